"""A demonstration built once, a copy of it served to each file of tests, and browsers to look at it."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import migrated
from tests.browser.site import Site, Visitor, command, serving

CHROMIUM = "/usr/bin/chromium"
SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-quic",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
]
DESKTOP, TELEPHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a demonstration, built by the first process that asks and never written again.

    YUNQUAN_BROWSER_DEMO names a folder that already holds one, for whoever works on these tests.
    """
    if standing := os.environ.get("YUNQUAN_BROWSER_DEMO"):
        return Path(standing)
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
    folder = shared / "demonstration"
    with (shared / "demonstration.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "demo_complete").exists():
            folder.mkdir(exist_ok=True)
            migrated.lay_sqlite(folder / "yunquan.sqlite3")
            done = command(folder, "demo", "--no-serve")
            assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="module")
def site(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A copy of the demonstration, served; its clock stands at 2019-06-17 10:00."""
    folder = tmp_path_factory.mktemp("site") / "demonstration"
    shutil.copytree(built, folder)
    with serving(folder) as served:
        yield served


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """A running browser; without one these tests are skipped, but never where CI=true."""
    if not os.path.exists(CHROMIUM):
        if os.environ.get("CI", "").lower() == "true":
            pytest.fail(f"{CHROMIUM} is missing; the browser tests must run here (apt-get install chromium)")
        pytest.skip(f"{CHROMIUM} is missing (apt-get install chromium)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as running:
        browser = running.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        yield browser
        browser.close()


@pytest.fixture
def arrive(chromium: Any, site: Site) -> Iterator[Callable[..., Visitor]]:
    """Someone new at a browser of their own: `arrive()`, `arrive("dg-review")`, `arrive(plain=True)` without
    JavaScript. Whatever a script or the content policy complained of fails the test at its end."""
    visitors: list[Visitor] = []

    def newcomer(name: str = "", *, plain: bool = False, size: dict[str, int] = DESKTOP) -> Visitor:
        context = chromium.new_context(
            viewport=size, java_script_enabled=not plain, locale="zh-CN", accept_downloads=True
        )
        visitor = Visitor(context=context, url=site.url, plain=plain)
        visitors.append(visitor)
        return visitor.log_in(name) if name else visitor

    yield newcomer
    heard = [error for visitor in visitors for error in visitor.errors]
    for visitor in visitors:
        visitor.context.close()
    assert heard == []
