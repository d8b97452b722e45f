"""规则试算 in a real browser: asked, shown, attached, compared, at both widths and clean for axe."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.cast import APPLYING, World
from tests.desks.province.test_browser import hold, looking
from yunquan.programme import actions as programme

__all__ = ["looking"]
pytestmark = pytest.mark.browser


@pytest.mark.clause("D47-4.4.1")
def test_a_change_is_tried_and_its_report_attached(
    looking: Any,
    lasting_world: World,
    live_server: Any,
) -> None:
    world = lasting_world
    world.apply()
    changes = [
        programme.draft_rule_change(
            pack="gd-2018", rule="award.cap.8", value={"per": "service", "amount": amount},
            from_on=date(2099, 9, 1), article="D47-A1.1", meaning="试算用。", by=world["province_officer"],
            now=APPLYING,
        )
        for amount in ("2 万元", "1 万元")
    ]  # fmt: skip
    page = looking("province_officer")
    replays = live_server.url + "/province/replays/"
    page.goto(replays)
    hold(page)
    for change in changes:
        page.goto(f"{replays}new/?change={change.pk}")
        page.click("main button:has-text('试算')")
        page.wait_for_url("**/province/replays/*/")
    hold(page)
    assert "-20,000.00" in page.inner_text("main")
    page.click("text=附在第")
    page.wait_for_url("**/rules/changes/*/")
    hold(page)
    page.goto(replays)
    page.click("text=对比两次试算")
    page.wait_for_selector("#one_replay")
    page.select_option("#one_replay", index=0)
    page.select_option("#other_replay", index=1)
    page.click("main button:has-text('对比')")
    page.wait_for_selector("text=乙比甲")
    hold(page)
