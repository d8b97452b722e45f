"""Every case of the demonstration's queues, whatever is planted in it, looked at closely in both widths."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.browser.crawl import looked_at
from tests.browser.site import Visitor

pytestmark = pytest.mark.browser
# What was planted and must be met on the way, so that no kind of screen goes unseen.
MET = (
    "项请核对", "发票警示，暂停兑付", "代付、代开说明", "只换了名称", "双方已披露", "明显偏高", "第 2 个表格", "没有页面可以显示",

)  # fmt: skip


@pytest.mark.clause("D47-5.10", "D47-5.14", "D47-5.23", "D108-4.1.3")
def test_each_case_of_both_queues_is_whole_and_clear_to_axe(arrive: Callable[..., Visitor]) -> None:
    clerk = arrive("dg-review")
    cases: list[str] = []
    for queue in ("/city/applications/", "/city/claims/"):
        clerk.open(queue)
        links = clerk.page.eval_on_selector_all(
            "main tbody a", "all => all.map(one => one.getAttribute('href'))"
        )
        cases += [link for link in dict.fromkeys(links) if link.startswith(queue)]
    assert len(cases) > 8
    found, texts = [], ""
    for case in cases:
        faults, _links = looked_at(clerk, case)
        found += [f"{case}: {fault}" for fault in faults]
        texts += clerk.text
    assert not found, "\n".join(found)
    assert [words for words in MET if words not in texts] == []
