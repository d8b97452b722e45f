"""The city's review screens in a real browser: keys return, reject and look, and never approve by a slip."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest

from tests.cast import World, at
from tests.desks.city.test_papers_beside import contract_of, read
from tests.desks.officials import paid_by_its_parent
from yunquan.evidence.models import InvoiceAlarm
from yunquan.vouchers import actions
from yunquan.vouchers.models import Voucher

pytestmark = pytest.mark.browser


@pytest.fixture
def looking(
    chromium: Any, live_server: Any, lasting_world: World, moment: Any
) -> Iterator[Callable[..., Any]]:
    """A page logged in as one of the cast."""
    opened = []

    def look(name: str, *, scripts: bool = True) -> Any:
        context = chromium.new_context(viewport={"width": 1440, "height": 900}, java_script_enabled=scripts)
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


def state_of(voucher: Voucher) -> str:
    return str(Voucher.objects.values_list("state", flat=True).get(pk=voucher.pk))


def press(page: Any, *keys: str) -> None:
    """The keys, the last of which sends the form."""
    for key in keys[:-1]:
        page.keyboard.press(key)
    with page.expect_navigation():
        page.keyboard.press(keys[-1])


@pytest.mark.clause("D47-5.21")
def test_enter_among_the_reasons_returns_or_rejects_and_never_approves(
    looking: Any, lasting_world: World, live_server: Any
) -> None:
    world = lasting_world
    one, other = world.confirm(world.apply()), world.confirm(world.apply())
    page = looking("dg_reviewer")
    place = f"{live_server.url}/city/applications/{one.number}/"
    for keys in (("r", "Enter"), ("x", "Enter")):
        page.goto(place)
        press(page, *keys)
        assert state_of(one) == "confirmed", keys
        assert "请至少勾选" in page.inner_text("main"), keys
    page.goto(place)
    press(page, "r", "Space", "Enter")
    assert state_of(one) == "returned"
    assert page.url == f"{live_server.url}/city/applications/{other.number}/"
    press(page, "r", "Space", "x", "Shift+Tab", "Shift+Tab", "Enter")
    assert state_of(other) != "issued"
    page.goto(f"{live_server.url}/city/applications/{other.number}/")
    press(page, "x", "Space", "Enter")
    assert state_of(other) == "rejected"


@pytest.mark.clause("D47-5.21")
def test_without_scripts_enter_among_the_reasons_decides_nothing(
    looking: Any, lasting_world: World, live_server: Any
) -> None:
    world = lasting_world
    voucher = world.confirm(world.apply())
    page = looking("dg_reviewer", scripts=False)
    page.goto(f"{live_server.url}/city/applications/{voucher.number}/")
    page.click("[data-why] > summary")
    page.click("[data-why] fieldset summary")
    page.check("[data-why] input[type=checkbox] >> nth=0")
    press(page, "Enter")
    assert state_of(voucher) == "confirmed"
    assert "请选择通过、退回或驳回" in page.inner_text("main")
    assert page.is_checked("[data-why] input[type=checkbox] >> nth=0")


def differing(world: World) -> Voucher:
    """A confirmed application whose contract says another fee, at a place of its first page."""
    voucher = world.confirm(world.apply())
    assert voucher.contract is not None
    read(voucher.contract.file, "contract", contract_of(voucher, cloud_fee_fen=12_900_000))
    return voucher


def test_after_a_decision_the_address_is_that_of_the_case_shown(
    looking: Any, lasting_world: World, live_server: Any
) -> None:
    world = lasting_world
    one, other = differing(world), world.confirm(world.apply())
    page = looking("dg_reviewer")
    page.goto(f"{live_server.url}/city/applications/{one.number}/")

    held: list[Any] = []

    def late(route: Any) -> None:
        """The page of the document comes while the decision is under way."""
        if route.request.method == "GET" and route.request.headers.get("hx-target") == "pane":
            held.append(route)
            return
        if route.request.method == "POST":
            held[0].continue_()
            time.sleep(1)
        route.continue_()

    page.route("**/city/applications/**", late)
    page.keyboard.press("d")
    press(page, "r", "Space", "Enter")
    page.wait_for_load_state()
    assert held and state_of(one) == "returned"
    assert page.url == f"{live_server.url}/city/applications/{other.number}/"
    assert other.number in page.inner_text(".g-crumb")


@pytest.mark.clause("D47-5.14")
def test_d_leads_to_everything_that_waits_to_be_looked_at(
    looking: Any, lasting_world: World, live_server: Any, moment: Any
) -> None:
    world = lasting_world
    voucher = world.verdict(world.attest(world.claim(world.issued())))
    moment("2019-03-20 10:00")
    invoice = voucher.claim_invoices.get().invoice
    paid_by_its_parent(world, voucher)
    actions.raise_alarm(
        key=invoice.key, kind=InvoiceAlarm.Kind.RED, happened_on=date(2019, 3, 1), note="查验平台（测试）",
        by=world["dg_cashier"], now=at("2019-03-19 09:00"),
    )  # fmt: skip
    page = looking("dg_reviewer")
    page.goto(f"{live_server.url}/city/claims/{voucher.number}/")
    met = []
    for _step in range(12):
        page.keyboard.press("d")
        met.append(page.evaluate("document.activeElement.innerText"))
    for said in ("发票警示，暂停兑付", "请先核对代付说明", "认可"):
        assert any(said in text for text in met), (said, met)
    # At the top of the page what was computed is in sight, above the bar with the buttons.
    page.evaluate("window.scrollTo(0, 0)")
    computed = page.locator("#checks h2").bounding_box()
    bar = page.locator(".g-decide").bounding_box()
    assert computed and bar and computed["y"] + computed["height"] < bar["y"]


def test_the_navigation_is_not_cut_when_counts_have_two_digits(
    looking: Any, lasting_world: World, live_server: Any
) -> None:
    page = looking("dg_reviewer")
    page.goto(f"{live_server.url}/city/")
    page.evaluate(
        """document.querySelectorAll('.g-nav a').forEach(function (link) {
          link.querySelectorAll('.g-count').forEach(function (one) { one.remove(); });
          link.insertAdjacentHTML('beforeend', '<span class="g-count">88</span>'); })"""
    )
    cut = page.evaluate(
        """(function () { var row = document.querySelector('.g-nav ul'); return row.scrollWidth - row.clientWidth; })()"""
    )
    assert cut <= 0
