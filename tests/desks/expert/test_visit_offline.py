"""A visit in a real browser without network: filled, reloaded, killed, come back, and everything there exactly once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cast import World
from tests.desks.expert.devices import choose, fill, lead_opens, log_in, opened, said
from tests.inspections import visits
from yunquan.inspections.models import Photo, Presence, SheetEntry, Signature, Visit

pytestmark = pytest.mark.browser


@pytest.mark.clause("D108-3.3")
def test_what_was_entered_without_network_comes_through_once(
    lasting_world: World, live_server: Any, device: Callable[..., Any]
) -> None:
    world = lasting_world
    sheet, context, page, stem = lead_opens(world, live_server, device)
    url, expert = page.url, visits.lead(world, sheet.visit)
    context.set_offline(True)
    choose(page, f"{stem}genuine.finding", "met")
    page.locator(f'[name="{stem}genuine.remark"]:not([type=hidden])').fill("看板在车间大屏上运行")
    page.locator(f'[data-told="{stem}genuine.remark"]').filter(has_text="已存本机").wait_for()
    said(page, "没有网络")
    assert SheetEntry.objects.count() == 0
    # Reloaded without network: the page opens from the device and has everything.
    page.reload()
    page.locator(f'[name="{stem}genuine.finding"][value="met"]:checked').wait_for()
    assert page.locator(f'textarea[name="{stem}genuine.remark"]').input_value() == "看板在车间大屏上运行"
    choose(page, f"{stem}contract.finding", "unmet")
    # The battery dies: the browser is gone, its disk stays.
    context.close()
    context = device("one", expert)
    context.set_offline(True)
    page = context.pages[0] if context.pages else context.new_page()
    page.goto(url)
    page.locator(f'[name="{stem}contract.finding"][value="unmet"]:checked').wait_for()
    assert SheetEntry.objects.count() == 0
    context.set_offline(False)
    page.reload()
    said(page, "已同步")
    assert SheetEntry.objects.count() == 3
    sheet.refresh_from_db()
    assert sheet.findings == {
        "contract.finding": "unmet", "genuine.finding": "met", "genuine.remark": "看板在车间大屏上运行",
    }  # fmt: skip
    page.reload()
    said(page, "已同步")
    assert SheetEntry.objects.count() == 3


@pytest.mark.clause("D108-3.3")
def test_a_whole_visit_is_done_without_network_and_signed(
    lasting_world: World, live_server: Any, device: Callable[..., Any], tmp_path: Path
) -> None:
    from PIL import Image

    from yunquan.inspections.actions import handing

    world, told = lasting_world, []
    handed, handing._conclude = handing._conclude, lambda inspection, **facts: told.append(facts["outcome"])
    try:
        visit = visits.announced(
            world, regime="d26", experts=visits.stage.experts(world, 1), by="dg_reviewer"
        )
        sheet, expert = visit.sheets.get(), visits.lead(world, visit)
        context = device("one", expert)
        page = opened(context, f"{live_server.url}/expert/visits/{visit.pk}/")
        context.set_offline(True)
        for party, name in (("technical_expert", "甲"), ("enterprise", "乙"), ("supplier", "丙")):
            page.locator("#p-party").select_option(party)
            page.locator("#p-name").fill(name)
            page.get_by_role("button", name="登记到场").click()
            page.locator("#p-name").filter(has_not_text=name).wait_for()
        page.locator("[data-pending] li").nth(2).wait_for()
        page.get_by_role("button", name="开始检查").click()
        fill(page, sheet)
        photograph = tmp_path / "看板.jpg"
        Image.new("RGB", (300, 200), "navy").save(photograph)
        page.locator("#photo").set_input_files(str(photograph))
        page.get_by_role("button", name="保存照片").click()
        page.locator("[data-pending] li").nth(4).wait_for()
        page.get_by_role("button", name="定稿", exact=True).click()
        page.locator("[data-pending] li").nth(5).wait_for()
        for place in (1, 2, 3):
            form = page.locator(f"#sign-{place} form[data-op=sign]")
            if form.locator("[name=name]").count():
                form.locator("[name=name]").fill("签字人")
            box = form.locator("canvas")
            box.scroll_into_view_if_needed()
            area = box.bounding_box()
            page.mouse.move(area["x"] + 20, area["y"] + 20)
            page.mouse.down()
            page.mouse.move(area["x"] + 90, area["y"] + 60, steps=6)
            page.mouse.up()
            form.get_by_role("button", name="签字").click()
            page.locator("[data-pending] li").nth(5 + place).wait_for()
        assert (Visit.objects.get().state, Presence.objects.count(), Signature.objects.count()) == (
            "noticed",
            0,
            0,
        )
        context.set_offline(False)
        page.locator(".g-badge", has_text="已签字").wait_for()
        assert Visit.objects.get().state == "signed" and told == ["qualified"]
        assert (Photo.objects.count(), Presence.objects.count(), Signature.objects.count()) == (1, 3, 3)
        assert all(len(row.strokes[0]) >= 4 for row in Signature.objects.all())
        assert SheetEntry.objects.count() == len(visits.good(sheet))
        assert page.locator(".v-drawn").count() == 3
    finally:
        handing._conclude = handed


def test_two_devices_that_differ_see_it(
    lasting_world: World, live_server: Any, device: Callable[..., Any]
) -> None:
    world = lasting_world
    visit = visits.begun(world)
    sheet = visit.sheets.get()
    one, other = visits.everybody(world, visit)
    url, name = f"{live_server.url}/expert/visits/{visit.pk}/", f"s{sheet.pk}-genuine.finding"
    first, second = device("one", one), device("two", other)
    here, there = opened(first, url), opened(second, url)
    first.set_offline(True)
    second.set_offline(True)
    choose(here, name, "met")
    choose(there, name, "unmet")
    first.set_offline(False)
    said(here, "已同步")
    second.set_offline(False)
    there.locator(f'[data-told="{name}"]').filter(has_text="两台设备不同").wait_for()
    here.reload()
    assert here.locator(f'[name="{name}"][value="unmet"]').is_checked()
    assert "另一台设备填写：符合" in here.locator(f'[data-told="{name}"]').inner_text()
    assert SheetEntry.objects.count() == 2


def test_a_lost_answer_doubles_nothing(
    lasting_world: World, live_server: Any, device: Callable[..., Any]
) -> None:
    """The server took the batch and the answer was lost on the way: sent again, it counts once."""
    _sheet, _context, page, stem = lead_opens(lasting_world, live_server, device)
    lost: list[int] = []

    def lose(route: Any) -> None:
        if lost:
            route.continue_()
            return
        lost.append(route.fetch().status)
        route.abort()

    page.route("**/sync", lose)
    choose(page, f"{stem}genuine.finding", "met")
    said(page, "没有网络")
    assert lost == [200] and SheetEntry.objects.count() == 1
    said(page, "已同步")
    assert SheetEntry.objects.count() == 1


def test_what_waits_of_one_person_is_never_sent_by_another(
    lasting_world: World, live_server: Any, device: Callable[..., Any]
) -> None:
    world = lasting_world
    visit = visits.begun(world)
    sheet = visit.sheets.get()
    one, other = visits.everybody(world, visit)
    url = f"{live_server.url}/expert/visits/{visit.pk}/"
    context = device("one", one)
    page = opened(context, url)
    context.set_offline(True)
    choose(page, f"s{sheet.pk}-genuine.finding", "met")
    log_in(context, world, other, live_server.url)
    context.set_offline(False)
    page.goto(url)
    page.locator("[data-link]").wait_for()
    page.wait_for_timeout(1500)
    assert SheetEntry.objects.count() == 0
    assert not page.locator(f'[name="s{sheet.pk}-genuine.finding"][value="met"]').is_checked()
