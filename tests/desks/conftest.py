"""What every desk's tests in a browser begin with."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.desks.browsing import a_browser


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """A running browser for a file of tests."""
    with a_browser() as browser:
        yield browser
