"""The enterprise's desk in a real browser: both widths, axe finds nothing, uploads go ahead, the award appears."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from tests.cast import CLAIMING, PDF, World

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def _page(chromium: Any, live_server: Any, world: World, name: str, width: int) -> Any:
    """A browser page logged in as one of the cast."""
    client = Client()
    client.force_login(world.person(world[name]), backend="django.contrib.auth.backends.ModelBackend")
    context = chromium.new_context(viewport={"width": width, "height": 900})
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}])
    page = context.new_page()
    page.faults = []
    page.on("console", lambda message: page.faults.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: page.faults.append(str(error)))
    return page


def _clean(page: Any, address: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    assert page.goto(address).status == 200, address
    assert page.faults == [], address
    fits = page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert fits, address
    found = Axe().run(page).response["violations"]
    assert [(one["id"], [node["html"][:120] for node in one["nodes"]]) for one in found] == [], address


@pytest.mark.parametrize("width", [1440, 390])
def test_pages_are_clean_in_both_widths(chromium, live_server, lasting_world, at_moment, width: int) -> None:
    world = lasting_world
    draft, issued = world.start(), world.issued()
    claimed = world.claim(
        world.issued(total="50000", cloud_fee="40000", lines=[{"service": "8", "fee": "40000"}])
    )
    waiting = world.apply(total="50000", cloud_fee="40000", lines=[{"service": "9", "fee": "40000"}])
    at_moment(CLAIMING)
    page = _page(chromium, live_server, world, "dg_enterprise", width)
    for path in (
        "", "apply/", "claims/", "vouchers/", "standing/", "messages/", "profile/",
        f"apply/{draft.number}/contract/?check=1", f"apply/{draft.number}/services/?check=1",
        f"apply/{draft.number}/check/", f"claims/{issued.number}/invoices/", f"claims/{issued.number}/check/",
        f"vouchers/{issued.number}/",
    ):  # fmt: skip
        _clean(page, f"{live_server.url}/enterprise/{path}")
    page.context.close()
    page = _page(chromium, live_server, world, "supplier", width)
    for path in (
        "", "vouchers/", "ends/", "products/", "registration/", f"confirm/{waiting.number}/",
        f"attest/{claimed.number}/",
    ):  # fmt: skip
        _clean(page, f"{live_server.url}/supplier/{path}")
    page.context.close()


def test_a_file_goes_ahead_and_the_award_appears_while_it_is_typed(
    chromium, live_server, lasting_world, at_moment, tmp_path: Path
) -> None:
    world = lasting_world
    voucher = world.start()
    paper = tmp_path / "我的合同.pdf"
    paper.write_bytes(PDF)
    page = _page(chromium, live_server, world, "dg_enterprise", 1440)
    page.goto(f"{live_server.url}/enterprise/apply/{voucher.number}/contract/")
    page.set_input_files("#id_contract_file", str(paper))
    page.get_by_text("已上传：我的合同.pdf").wait_for()
    page.fill("#id_contract_number", "HT-浏览器-1")
    page.fill("#id_signed_on", "2018-11-09")
    page.fill("#id_total", "80000")
    page.fill("#id_cloud_fee", "80000")
    page.click("button[name=next]")
    page.wait_for_url("**/services/")
    page.check(f"input[name=supplier][value='{world.supplier.pk}']")
    page.select_option("[name=lines-0-service]", "8")
    page.fill("[name=lines-0-fee]", "80000")
    page.press("[name=lines-0-fee]", "Tab")
    page.wait_for_selector("#preview .g-big")
    assert "30,000.00" in page.inner_text("#preview")
    page.click("button[name=next]")
    page.wait_for_url("**/place/")
    page.click("button[name=next]")
    page.wait_for_url("**/check/")
    page.click("main form .btn-primary")
    page.wait_for_url(f"**/vouchers/{voucher.number}/")
    voucher.refresh_from_db()
    assert (voucher.state, voucher.contract.file.name) == ("submitted", "我的合同.pdf")
    assert page.faults == []
    page.context.close()


def test_a_day_that_no_calendar_has_stays_as_typed_and_the_tab_of_the_page_is_seen(
    chromium, live_server, lasting_world, at_moment
) -> None:
    voucher = lasting_world.start()
    page = _page(chromium, live_server, lasting_world, "dg_enterprise", 390)
    page.goto(f"{live_server.url}/enterprise/apply/{voucher.number}/contract/")
    for typed, kept in (
        ("2019-13-45", "2019-13-45"),
        ("2019-02-30", "2019-02-30"),
        ("2018年11月9日", "2018-11-09"),
    ):
        page.fill("[name=signed_on]", typed)
        page.locator("[name=signed_on]").blur()
        page.mouse.click(5, 500)
        assert page.input_value("[name=signed_on]") == kept
    page.goto(f"{live_server.url}/enterprise/profile/")
    edges = page.evaluate(
        "(() => { const box = document.querySelector('.g-nav [aria-current]').getBoundingClientRect();"
        " return [box.left, box.right, document.documentElement.clientWidth] })()"
    )
    assert edges[0] >= 0 and edges[1] <= edges[2], edges
