"""Ten thousand random bundles, half of them changed, judged alike by verify.py and by a browser."""

from __future__ import annotations

import os
import time

import pytest

from tests.desks.browsing import a_browser
from tests.desks.public.draw_agreement import a_blank_page, agree

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not os.environ.get("YUNQUAN_CAMPAIGN"), reason="a campaign"),
]


@pytest.mark.clause("D1")
def test_browser_and_python_agree_on_ten_thousand_bundles() -> None:
    with a_browser() as browser, a_blank_page(browser) as page:
        right, wrong = agree(page, 10_000, seed=time.time_ns())
    assert min(right, wrong) > 4_000
