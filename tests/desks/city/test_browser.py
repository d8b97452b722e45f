"""The city's review screens in a real browser: keys return, reject and look, and never approve by a slip."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.cast import World
from yunquan.vouchers.models import Voucher

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api")
    if not os.path.exists("/usr/bin/chromium"):
        pytest.skip("no chromium here")
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield browser
        browser.close()


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
