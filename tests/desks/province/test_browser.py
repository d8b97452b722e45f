"""The officials' decision pages in a real browser: axe finds nothing, both widths fit, faults included."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.cast import APPLYING, World
from yunquan.catalogue.models import Product
from yunquan.parties import actions
from yunquan.parties.models import Supplier

pytestmark = pytest.mark.browser
WIDTHS = (1440, 390)


@pytest.fixture
def looking(
    chromium: Any, live_server: Any, lasting_world: World, moment: Any
) -> Iterator[Callable[[str], Any]]:
    """A page logged in as one of the cast."""
    opened = []

    def look(name: str) -> Any:
        context = chromium.new_context(viewport={"width": 1440, "height": 900})
        opened.append(context)
        page = context.new_page()
        page.goto(f"{live_server.url}/accounts/login/")
        page.fill("[name=login]", name)
        page.fill("[name=password]", f"{name}-demo-2018")
        page.click("main button[type=submit]")
        page.wait_for_load_state()
        return page

    yield look
    for context in opened:
        context.close()


def hold(page: Any) -> None:
    """The page as it stands, at both widths: nothing for axe, nothing beyond the edge."""
    from axe_playwright_python.sync_playwright import Axe

    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        found = [(one["id"], one["nodes"][0]["html"][:200]) for one in Axe().run(page).response["violations"]]
        assert found == [], (page.url, width)
        over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert over <= 0, (page.url, width, over)


def applicant_of(world: World) -> Supplier:
    row = world.add_supplier(
        "applicant", title="虚构智造（测试）有限公司", services=[2, 8], platform="测试平台"
    )
    Supplier.objects.filter(pk=row.pk).update(state="province_review", submitted_by="person:0")
    row.refresh_from_db()
    return row


def test_the_provinces_decisions(looking: Any, lasting_world: World, live_server: Any) -> None:
    world = lasting_world
    voucher = world.attest(world.claim(world.issued()))
    supplier, product = applicant_of(world), Product.objects.order_by("pk").first()
    assert product is not None
    Product.objects.filter(pk=product.pk).update(state="submitted", submitted_by="person:0")
    page = looking("province_officer")
    for place in (
        "/province/", f"/province/suppliers/{supplier.pk}/", f"/province/products/{product.pk}/",
        "/province/overview/", f"/province/vouchers/{voucher.number}/",
    ):  # fmt: skip
        page.goto(live_server.url + place)
        hold(page)
    page.goto(f"{live_server.url}/province/verdicts/{voucher.number}/")
    page.click("text=录入判定 >> nth=-1")
    page.wait_for_selector(".g-summary")
    hold(page)
    page.goto(f"{live_server.url}/province/cycles/{world.cycle.pk}/quotas/")
    page.fill("#id_440100_target", "一百万")
    page.click("main button[type=submit]")
    page.wait_for_selector("#id_440100_target_error")
    assert page.input_value("#id_440100_target") == "一百万"
    hold(page)


def test_the_experts_opinion_on_a_telephone(looking: Any, lasting_world: World, live_server: Any) -> None:
    world = lasting_world
    supplier = applicant_of(world)
    actions.ask_experts(
        supplier=supplier, experts=[world.person(world["expert"])], by=world["province_officer"], now=APPLYING
    )
    page = looking("expert")
    page.goto(f"{live_server.url}/expert/")
    hold(page)
    page.click("text=开始审核")
    page.click("text=提交意见")
    page.wait_for_selector(".g-summary")
    hold(page)
    for name in ("platform", "supplier", "product"):
        page.check(f"[name={name}_met][value=yes]")
    page.fill("[name=remark]", "可行")
    page.click("text=提交意见")
    page.wait_for_url("**/expert/")
    assert "已提交对" in page.inner_text("main")


def test_what_auditors_and_administrators_read(looking: Any, lasting_world: World, live_server: Any) -> None:
    world = lasting_world
    voucher = world.approved()
    page = looking("auditor")
    for place in (
        "/auditor/",
        "/auditor/log/",
        "/auditor/log/9/",
        "/auditor/accounts/",
        f"/auditor/vouchers/{voucher.number}/",
    ):
        page.goto(live_server.url + place)
        hold(page)
    page = looking("security_admin")
    number = world.person(world["dg_reviewer"]).pk
    page.goto(f"{live_server.url}/admin/people/{number}/")
    hold(page)
