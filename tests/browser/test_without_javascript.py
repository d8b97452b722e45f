"""Applying, confirming, reviewing and objecting in a browser that runs no scripts."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.browser import acts
from tests.browser.site import Visitor

pytestmark = pytest.mark.browser


@pytest.mark.clause("D47-5.7b", "D47-5.9", "D47-5.10")
def test_an_application_is_made_confirmed_and_issued_without_javascript(
    arrive: Callable[..., Visitor],
) -> None:
    clerk = arrive("qy10", plain=True)
    number = acts.starts_application(clerk)
    clerk.fill(contract_number="YS-无脚本-1", signed_on="昨天")
    clerk.press("保存，下一步")
    assert "日期" in clerk.fault_beside("signed_on") and clerk.value("contract_number") == "YS-无脚本-1"
    acts.fills_application(clerk, number, contract="YS-无脚本-1")
    assert "110,000.00" in clerk.text
    acts.submits(clerk, number)
    acts.confirms(arrive("yun", plain=True), number)
    reviewer = arrive("dg-review", plain=True)
    acts.issues(reviewer, number)
    assert number in reviewer.told
    clerk.open(f"/enterprise/vouchers/{number}/")
    assert "已发放" in clerk.text


@pytest.mark.clause("D47-5.21")
def test_a_return_names_every_reason_without_javascript(arrive: Callable[..., Visitor]) -> None:
    reviewer = arrive("dg-review", plain=True)
    reviewer.open("/city/applications/")
    reviewer.page.locator("main tbody a").first.click()
    number = reviewer.path.strip("/").split("/")[-1]
    reviewer.press("退回补正")
    assert "请至少勾选或写明一条理由" in reviewer.text
    boxes = reviewer.page.locator('main [name="reasons"]')
    folded = reviewer.page.locator("details:not([open]) > summary", has_text="选择理由")
    if folded.count():
        folded.click()
    boxes.nth(0).check()
    boxes.nth(1).check()
    reviewer.fill(reasons_text="请一并补充签章页（测试）。")
    reviewer.press("退回补正")
    assert number in reviewer.told
    reviewer.open(f"/city/vouchers/{number}/")
    assert "请一并补充签章页" in reviewer.text
