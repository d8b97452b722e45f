"""A telephone for the tests of a visit: a real browser with a disk of its own, and its hands."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from tests.cast import World
from tests.inspections import visits

CHROMIUM = "/usr/bin/chromium"
SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--disable-sync",
]
TELEPHONE = {"width": 390, "height": 844}


@pytest.fixture
def chromium() -> Iterator[Any]:
    """The engine that starts browsers with a folder of their own, so that a killed one can come back."""
    if not Path(CHROMIUM).exists():
        pytest.skip(f"{CHROMIUM} is missing (apt-get install chromium)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as running:
        yield running.chromium


@pytest.fixture
def device(
    chromium: Any, live_server: Any, lasting_world: World, tmp_path: Path
) -> Iterator[Callable[..., Any]]:
    """A telephone: `device("one", actor)` opens it, again after it was closed with what its disk has."""
    opened: list[Any] = []
    errors: list[str] = []

    def start(name: str, actor: Any) -> Any:
        context = chromium.launch_persistent_context(
            str(tmp_path / name), executable_path=CHROMIUM, args=SWITCHES, viewport=TELEPHONE, locale="zh-CN",
            service_workers="allow",
        )  # fmt: skip
        log_in(context, lasting_world, actor, live_server.url)
        context.on("weberror", lambda error: errors.append(str(error.error)))
        opened.append(context)
        return context

    yield start
    for context in opened:
        if context.pages:
            context.close()
    assert errors == []


def opened(context: Any, url: str) -> Any:
    """The visit's page, kept on the device."""
    page = context.pages[0] if context.pages else context.new_page()
    page.set_default_timeout(20_000)
    page.goto(url)
    page.locator('html[data-kept="true"]').wait_for(state="attached")
    return page


def choose(page: Any, name: str, value: str) -> None:
    page.locator(f'[name="{name}"][value="{value}"]').check()
    page.locator(f'[data-told="{name}"]').filter(has_text="已存本机").wait_for()


def said(page: Any, text: str) -> None:
    page.locator("[data-link]").filter(has_text=text).wait_for()


def fill(page: Any, sheet: Any) -> None:
    """Every field of the sheet as a good visit has it."""
    for row, value in visits.good(sheet).items():
        name = f"s{sheet.pk}-{row}"
        if value is True:
            page.locator(f'input[type=checkbox][name="{name}"]').check()
        elif row.endswith(("finding", "outcome")):
            page.locator(f'[name="{name}"][value="{value}"]').check()
        else:
            page.locator(f'textarea[name="{name}"]').fill(value)


def log_in(context: Any, world: World, actor: Any, url: str) -> None:
    """The actor's session on the device, as after the login page."""
    client = Client()
    client.force_login(world.person(actor))
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": url}])


def lead_opens(
    world: World, live_server: Any, device: Callable[..., Any], **changes: Any
) -> tuple[Any, Any, Any, Any]:
    """A visit under way, open on the telephone of its leading expert: sheet, context, page, stem of its fields."""
    visit = visits.begun(world, **changes)
    sheet = visit.sheets.get()
    context = device("one", visits.lead(world, visit))
    page = opened(context, f"{live_server.url}/expert/visits/{visit.pk}/")
    return sheet, context, page, f"s{sheet.pk}-"
