"""What goes wrong on a field day: full or slow devices, tabs, hasty fingers, ended logins. Nothing is lost or doubled."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.cast import World
from tests.desks.expert.devices import choose, fill, lead_opens, log_in, opened, said
from tests.inspections import visits
from yunquan.inspections.actions import appointing, visiting
from yunquan.inspections.models import SheetEntry, Signature, Visit
from yunquan.inspections.sheet_checks import unfinished

pytestmark = pytest.mark.browser
# A device without room ends the transaction after the writing.
FULL = """() => {
  window.realPut = IDBObjectStore.prototype.put;
  IDBObjectStore.prototype.put = function (one) {
    const asked = window.realPut.call(this, one);
    queueMicrotask(() => { try { this.transaction.abort(); } catch (over) { /* It ended already. */ } });
    return asked;
  };
}"""


def waiting(page: Any) -> Any:
    return page.locator("[data-pending] li")


def holds(page: Any, name: str, text: str) -> None:
    """Wait until a text on the page says so."""
    page.wait_for_function(
        "([name, text]) => document.getElementById(name)?.value === text", arg=[name, text]
    )


def sign(page: Any, place: int) -> Any:
    """Draw a signature on one of the pads and give its form."""
    form = page.locator(f"#sign-{place} form[data-op=sign]")
    box = form.locator("canvas")
    box.scroll_into_view_if_needed()
    area = box.bounding_box()
    page.mouse.move(area["x"] + 20, area["y"] + 20)
    page.mouse.down()
    page.mouse.move(area["x"] + 90, area["y"] + 60, steps=6)
    page.mouse.up()
    return form


@pytest.mark.clause("D108-3.3")
def test_what_keeps_a_sheet_open_is_said_without_network_as_the_platform_says_it(
    lasting_world: World, live_server: Any, device: Callable[..., Any]
) -> None:
    sheet, context, page, stem = lead_opens(lasting_world, live_server, device)
    context.set_offline(True)
    fill(page, sheet)
    whole = visits.good(sheet)
    ticks = [row for row in whole if ".f." in row]

    def differ(**changes: Any) -> None:
        """Change fields on the page, and hold its faults against the platform's."""
        for row, value in changes.items():
            name = f"{stem}{row}"
            if isinstance(value, bool):
                page.locator(f'input[type=checkbox][name="{name}"]').set_checked(value)
            elif row.endswith(("finding", "outcome")):
                page.locator(f'[name="{name}"][value="{value}"]').check()
            else:
                page.locator(f'textarea[name="{name}"]').fill(value)
            whole[row] = value
        here = page.evaluate(
            "visitSheet.faults(document.querySelector('form[data-sheet]')).map((one) => one.field)"
        )
        found = {row: value for row, value in whole.items() if value is True or (value and value.strip())}
        there = [f"{stem}{one.field}" for one in unfinished(sheet.rows, found)]
        assert sorted(here) == sorted(there), changes

    differ()
    differ(**{"amount.finding": "doubt"})
    page.get_by_role("button", name="定稿", exact=True).click()
    said(page, "不能定稿")
    beside = page.locator(f'[data-told="{stem}amount.remark"]')
    assert "请写明看到的情况和理由" in beside.inner_text() and waiting(page).count() == 0
    differ(**{"genuine.finding": "na"})
    differ(**{"genuine.remark": "  "})
    differ(**{"genuine.remark": "设备已搬走"})
    differ(**{"contract.finding": "unmet", "contract.remark": "少装两台"})
    differ(**{row: False for row in ticks})
    differ(**{"catalogue.finding": "unmet"})
    failing = next(one["code"] for one in sheet.rows[-1]["outcomes"] if not one["qualified"])
    differ(**{"conclusion.outcome": failing})
    differ(**{f"conclusion.g.{failing}.0": True})
    differ(**{"contract.finding": "met", "catalogue.finding": "na", "catalogue.remark": "无"})
    differ(**{"amount.finding": "met"})


def test_a_full_device_says_so_and_the_sheet_goes_as_a_plain_form(
    lasting_world: World, live_server: Any, device: Callable[..., Any]
) -> None:
    sheet, _context, page, stem = lead_opens(lasting_world, live_server, device)
    page.evaluate(FULL)
    page.locator(f'[name="{stem}genuine.finding"][value="met"]').check()
    page.locator(f'[data-told="{stem}genuine.finding"]').filter(has_text="本机没有存下").wait_for()
    page.locator(f'textarea[name="{stem}genuine.remark"]').fill("看板在运行")
    page.locator(f'[data-told="{stem}genuine.remark"]').filter(has_text="本机没有存下").wait_for()
    page.get_by_role("button", name="保存这张表").click()
    page.get_by_text("已保存 2 处修改").wait_for()
    sheet.refresh_from_db()
    assert sheet.findings == {"genuine.finding": "met", "genuine.remark": "看板在运行"}


def test_a_device_that_has_room_again_keeps_what_stood_in_the_page(
    lasting_world: World, live_server: Any, device: Callable[..., Any]
) -> None:
    _sheet, _context, page, stem = lead_opens(lasting_world, live_server, device)
    page.evaluate(FULL)
    page.locator(f'[name="{stem}genuine.finding"][value="met"]').check()
    page.locator(f'[data-told="{stem}genuine.finding"]').filter(has_text="本机没有存下").wait_for()
    page.evaluate("() => { IDBObjectStore.prototype.put = window.realPut; }")
    page.evaluate("window.dispatchEvent(new Event('online'))")
    page.locator(f'[data-told="{stem}genuine.finding"]').filter(has_text="已存本机").wait_for()
    said(page, "已同步")
    assert SheetEntry.objects.count() == 1


def test_the_last_words_before_a_page_goes_away_are_kept(
    lasting_world: World, live_server: Any, device: Callable[..., Any]
) -> None:
    _sheet, context, page, stem = lead_opens(lasting_world, live_server, device)
    context.set_offline(True)
    box = page.locator(f'textarea[name="{stem}genuine.remark"]')
    box.fill("刚写完")
    page.reload()
    holds(page, f"{stem}genuine.remark", "刚写完")
    box.fill("刚写完就关掉")
    url, other = page.url, context.new_page()
    page.close()
    page = other
    page.goto(url)
    holds(page, f"{stem}genuine.remark", "刚写完就关掉")
    context.set_offline(False)
    page.reload()
    said(page, "已同步")
    assert list(SheetEntry.objects.order_by("pk").values_list("value", flat=True)) == [
        "刚写完",
        "刚写完就关掉",
    ]


def test_a_reload_by_the_page_itself_waits_for_what_is_half_done(
    lasting_world: World, live_server: Any, device: Callable[..., Any]
) -> None:
    """A photograph goes through while somebody writes a dispute: the words stay, also when the battery dies."""
    sheet, context, page, _stem = lead_opens(lasting_world, live_server, device)
    visit, expert = sheet.visit, visits.lead(lasting_world, sheet.visit)
    context.set_offline(True)
    page.locator("#p-party").select_option("enterprise")
    page.locator("#p-name").fill("甲")
    page.get_by_role("button", name="登记到场").click()
    waiting(page).first.wait_for()
    page.locator("#dispute").fill("企业认为第二条\n\n不该这样判")
    context.set_offline(False)
    said(page, "填完手上的内容后会自动刷新")
    assert page.locator("#dispute").input_value() == "企业认为第二条\n\n不该这样判"
    context.close()
    context = device("one", expert)
    page = opened(context, f"{live_server.url}/expert/visits/{visit.pk}/")
    assert page.locator("#dispute").input_value() == "企业认为第二条\n\n不该这样判"
    page.get_by_role("button", name="记录异议").click()
    page.locator("p", has_text="不该这样判").wait_for()
    assert page.locator("#dispute").input_value() == ""
    visit.refresh_from_db()
    assert visit.dispute == "企业认为第二条\n\n不该这样判"


def test_a_hasty_finger_signs_once(
    lasting_world: World, live_server: Any, device: Callable[..., Any]
) -> None:
    world = lasting_world
    visit = visits.closed(world)
    context = device("one", visits.lead(world, visit))
    page = opened(context, f"{live_server.url}/expert/visits/{visit.pk}/")
    context.set_offline(True)
    form = sign(page, 1)
    form.get_by_role("button", name="签字").evaluate("(one) => { one.click(); one.click(); }")
    waiting(page).first.wait_for()
    form.get_by_role("button", name="签字").click()
    page.wait_for_timeout(300)
    assert waiting(page).count() == 1
    context.set_offline(False)
    page.locator(".v-drawn").wait_for()
    assert [len(row.strokes) for row in Signature.objects.all()] == [1]


def test_two_tabs_send_the_same_once(
    lasting_world: World, live_server: Any, device: Callable[..., Any]
) -> None:
    _sheet, context, page, stem = lead_opens(lasting_world, live_server, device)
    other = context.new_page()
    other.goto(page.url)
    said(other, "已同步")
    context.set_offline(True)
    choose(page, f"{stem}genuine.finding", "met")
    choose(other, f"{stem}contract.finding", "unmet")
    page.locator("#p-party").select_option("enterprise")
    page.locator("#p-name").fill("甲")
    page.get_by_role("button", name="登记到场").click()
    waiting(page).first.wait_for()
    before = Visit.objects.get().presences.count()
    context.set_offline(False)
    page.locator(".v-people", has_text="甲").wait_for()
    said(other, "已同步")
    assert (
        SheetEntry.objects.count() == 2 and len(set(SheetEntry.objects.values_list("number", flat=True))) == 2
    )
    assert Visit.objects.get().presences.count() == before + 1


def test_a_login_that_ends_while_syncing_keeps_everything_for_the_next(
    lasting_world: World, live_server: Any, device: Callable[..., Any]
) -> None:
    sheet, context, page, stem = lead_opens(lasting_world, live_server, device)
    context.clear_cookies()
    choose(page, f"{stem}genuine.finding", "met")
    said(page, "登录已失效")
    assert SheetEntry.objects.count() == 0
    log_in(context, lasting_world, visits.lead(lasting_world, sheet.visit), live_server.url)
    page.goto(page.url)
    said(page, "已同步")
    assert SheetEntry.objects.count() == 1


def test_a_platform_that_never_answers_is_given_up_and_asked_again(
    lasting_world: World, live_server: Any, device: Callable[..., Any]
) -> None:
    _sheet, _context, page, stem = lead_opens(lasting_world, live_server, device)
    asked: list[Any] = []

    def keep_silent(route: Any) -> None:
        asked.append(route)
        if len(asked) > 1:
            route.continue_()

    page.route("**/sync", keep_silent)
    page.clock.install()
    page.locator(f'[name="{stem}genuine.finding"][value="met"]').check()
    page.locator(f'[data-told="{stem}genuine.finding"]').filter(has_text="已存本机").wait_for()
    page.clock.run_for(1_000)
    said(page, "正在同步")
    page.clock.run_for(31_000)
    said(page, "没有网络")
    page.clock.run_for(9_000)
    said(page, "已同步")
    assert len(asked) == 2 and SheetEntry.objects.count() == 1


def test_one_bad_op_keeps_nothing_else_back(
    lasting_world: World, live_server: Any, device: Callable[..., Any]
) -> None:
    sheet, context, page, stem = lead_opens(lasting_world, live_server, device)
    context.set_offline(True)
    choose(page, f"{stem}genuine.finding", "met")
    page.evaluate(
        "(told) => visitStore.add({key: 'x'.repeat(60), visit: told.visit, person: told.person, kind: 'dispute', said: '坏的一条'})",
        {"visit": str(sheet.visit_id), "person": visits.lead(lasting_world, sheet.visit).person},
    )
    choose(page, f"{stem}contract.finding", "unmet")
    context.set_offline(False)
    said(page, "平台没有处理好 1 条")
    assert SheetEntry.objects.count() == 2
    assert "坏的一条" in waiting(page).inner_text()


def test_a_clock_that_is_wrong_by_decades_orders_nothing(
    lasting_world: World, live_server: Any, device: Callable[..., Any]
) -> None:
    sheet, context, page, stem = lead_opens(lasting_world, live_server, device)
    context.set_offline(True)
    page.clock.set_fixed_time("2037-01-01T00:00:00Z")
    choose(page, f"{stem}genuine.finding", "unmet")
    page.clock.set_fixed_time("1971-01-01T00:00:00Z")
    page.locator(f'[name="{stem}genuine.finding"][value="met"]').check()
    page.locator(f'[data-told="{stem}genuine.finding"]').filter(has_text="已存本机").wait_for()
    page.reload()
    page.locator(f'[name="{stem}genuine.finding"][value="met"]:checked').wait_for()
    context.set_offline(False)
    page.reload()
    said(page, "已同步")
    sheet.refresh_from_db()
    assert sheet.findings == {"genuine.finding": "met"} and SheetEntry.objects.count() == 2


def test_what_waits_for_a_visit_that_ended_meanwhile_stays_readable(
    lasting_world: World, live_server: Any, device: Callable[..., Any]
) -> None:
    """Ended, or the expert was taken off the panel: what the device holds is shown, with why it wasn't taken."""
    world = lasting_world
    sheet, context, page, stem = lead_opens(world, live_server, device)
    visit, url = sheet.visit, page.url
    expert = visits.lead(world, visit)
    context.set_offline(True)
    page.locator(f'textarea[name="{stem}genuine.remark"]').fill("只在这台手机里的话")
    page.locator(f'[data-told="{stem}genuine.remark"]').filter(has_text="已存本机").wait_for()
    visiting.obstruct(
        visit=visit, reason="阻拦进入车间", by=visits.everybody(world, visit)[1],
        now=visit.starts_at + timedelta(hours=1),
    )  # fmt: skip
    context.set_offline(False)
    page.goto(url)
    waiting(page).filter(has_text="只在这台手机里的话").filter(has_text="没有收下").wait_for()
    assert expert is not None and SheetEntry.objects.count() == 0
    page.goto(f"{live_server.url}/expert/visits/")
    fold = page.locator("[data-unsent] details")
    fold.locator("summary").click()
    assert "只在这台手机里的话" in fold.inner_text()
    assert appointing.locked(visit).state == "obstructed"
