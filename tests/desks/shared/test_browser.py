"""The parts in a real browser: axe finds nothing, the page fits a telephone, the strict policy holds."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("size", ["normal", "large"])
def test_the_parts_are_clean_in_both_widths_and_sizes(
    chromium: Any, live_server: Any, width: int, size: str
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    context = chromium.new_context(viewport={"width": width, "height": 900})
    context.add_cookies([{"name": "size", "value": size, "url": live_server.url}])
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(live_server.url + "/styleguide/")
    page.wait_for_selector("[data-option] canvas")
    assert said == []
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert [found["id"] for found in Axe().run(page).response["violations"]] == []
    assert page.input_value("#id_signed_on") == "昨天"
    page.focus("#id_signed_on")
    page.keyboard.press("Escape")
    page.focus("#id_contract_no")
    assert page.input_value("#id_signed_on") == "昨天"
    # The calendar covers what lies under the field: Escape takes it away and leaves what was typed.
    page.fill("#id_signed_on", "2018-12-31")
    assert page.locator(".flatpickr-calendar.open").count() == 1
    page.keyboard.press("Escape")
    assert page.locator(".flatpickr-calendar.open").count() == 0
    assert page.input_value("#id_signed_on") == "2018-12-31"
    assert page.evaluate("document.activeElement.id") == "id_signed_on"
    context.close()


def test_the_larger_size_switches_in_place_and_stays(chromium: Any, live_server: Any) -> None:
    page = chromium.new_page()
    page.goto(live_server.url + "/form/")
    page.click("[data-size-switch]")
    assert page.get_attribute("html", "data-size") == "large"
    page.reload()
    assert page.get_attribute("html", "data-size") == "large"
    page.close()


def test_reading_and_submitting_work_without_javascript(chromium: Any, live_server: Any) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(live_server.url + "/form/")
    page.click("[data-size-switch]")
    page.fill("#id_contract_no", "新")
    page.fill("#id_fee_fen", "80000")
    page.click("main button[type=submit]")
    page.wait_for_url("**/list/")
    assert "已提交" in page.inner_text("main")
    context.close()
