"""Prefilling in a real browser: files go ahead, the form comes back filled, what is typed meanwhile stays."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.cast import CLAIMING
from tests.desks.enterprise.test_browser import _page
from tests.desks.enterprise.test_prefill import _paper
from tests.evidence.papers import einvoice

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.clause("D47-5.10")]


def _named(name: str, content: bytes) -> dict[str, Any]:
    return {"name": name, "mimeType": "application/octet-stream", "buffer": content}


def _clean_now(page: Any) -> None:
    from axe_playwright_python.sync_playwright import Axe

    fits = page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert fits
    found = Axe().run(page).response["violations"]
    assert [(one["id"], [node["html"][:120] for node in one["nodes"]]) for one in found] == []


def test_invoices_are_read_as_they_go_ahead_and_nothing_typed_is_lost(
    chromium: Any, live_server: Any, lasting_world: Any, at_moment: Any
) -> None:
    world = lasting_world
    voucher = world.issued()
    at_moment(CLAIMING)
    page = _page(chromium, live_server, world, "dg_enterprise", 1440)
    page.goto(f"{live_server.url}/enterprise/claims/{voucher.number}/invoices/")
    paper = _paper(voucher)
    page.fill("#id_invoices-0-code", "044001900111")

    def typing(route: Any) -> None:
        """The clerk goes on typing while the answer is on its way."""
        answer = route.fetch()
        page.fill("#id_invoices-0-gross", "1")
        route.fulfill(response=answer)

    page.route("**/invoices/", typing)
    page.set_input_files("#id_invoices-0-file", _named("发票.xml", einvoice.xml(paper)))
    page.locator("#id_invoices-0-number + .g-beside, .g-beside.is-same").first.wait_for()
    page.unroute("**/invoices/")
    assert page.input_value("#id_invoices-0-number") == paper.number
    assert page.input_value("#id_invoices-0-issued_on") == "2019-01-15"
    assert page.input_value("#id_invoices-0-code") == "044001900111"
    assert page.input_value("#id_invoices-0-gross") == "1"
    _clean_now(page)
    several = [
        _named("二.xml", einvoice.xml(_paper(voucher, 26))),
        _named("坏.exe", b"MZ\x90"),
        _named("三.xml", einvoice.xml(_paper(voucher, 34))),
    ]
    page.set_input_files("#id_invoices-many", several)
    page.locator("#id_invoices-2-number").wait_for()
    assert page.input_value("#id_invoices-1-number") == _paper(voucher, 26).number
    assert page.input_value("#id_invoices-2-number") == _paper(voucher, 34).number
    assert "坏.exe" in page.locator("#id_invoices-many").locator("xpath=../..").inner_text()
    assert page.get_by_text("与文件不同").count() == 1
    page.get_by_role("button", name=re.compile(r"改用文件中的\s*价税合计")).click()
    page.wait_for_load_state()
    assert page.input_value("#id_invoices-0-gross") == "106000.00"
    page.set_viewport_size({"width": 390, "height": 900})
    _clean_now(page)
    # A refused upload answers 422, which the browser writes down; nothing else may go wrong.
    assert [fault for fault in page.faults if "422" not in fault] == []
    page.context.close()
