"""Every page of the public, of enterprises, suppliers and cities, at desk and telephone width (see crawl.py)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.browser.crawl import FIRST_PAGES, walk
from tests.browser.site import Site, Visitor

pytestmark = pytest.mark.browser
LOGINS = [
    name for name, first in FIRST_PAGES.items() if first in ("/", "/enterprise/", "/supplier/", "/city/")
]


@pytest.fixture(scope="module")
def examined() -> set[str]:
    """The patterns looked at closely, over all logins: officials of one desk differ in their buttons only."""
    return set()


@pytest.mark.parametrize("login", LOGINS)
def test_every_page_is_whole_in_both_widths(
    arrive: Callable[..., Visitor], examined: set[str], login: str
) -> None:
    walk(arrive(login), login, examined)


def test_the_server_said_nothing_of_errors(arrive: Callable[..., Visitor], site: Site) -> None:
    arrive().open("/")
    assert "Traceback" not in site.said.read_text()
