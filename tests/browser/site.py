"""The demonstration as a served site, and a person at a browser in front of it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from yunquan.kernel.calendar import SHANGHAI
from yunquan.papers.pdf import notice

YUNQUAN = str(Path(sys.executable).parent / "yunquan")
PASSWORD = "yunquan-demo-2018"
STARTS_WITHIN_SECONDS = 60


def at(text: str) -> datetime:
    """A moment in Shanghai: `at("2019-06-17 10:00")`."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def surroundings(folder: Path) -> dict[str, str]:
    """The environment of a command on the demonstration in a folder, with its embedded database."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("YUNQUAN_")}
    return {**kept, "YUNQUAN_DIR": str(folder), "YUNQUAN_DEMO": "1"}


def command(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run `yunquan WORDS --dir FOLDER` to its end."""
    return subprocess.run(
        [YUNQUAN, *words, "--dir", str(folder)],
        env=surroundings(folder), capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip


def paper(title: str, *facts: tuple[str, str]) -> dict[str, Any]:
    """A PDF to upload, as a browser takes it."""
    content = notice(title=title, paragraphs=["本文件为测试用，均为虚构。"], facts=list(facts), number="测试")
    return {"name": f"{title}.pdf", "mimeType": "application/pdf", "buffer": content}


@dataclass
class Site:
    """A served demonstration: its address, its folder, its clock."""

    url: str
    folder: Path
    said: Path

    def move_clock(self, moment: datetime) -> None:
        """Let the site's clock stand at a moment."""
        offset = int((moment - datetime.now(UTC)).total_seconds())
        (self.folder / "clock_offset").write_text(str(offset))

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command on this folder."""
        return command(self.folder, *words)


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def _answers(url: str) -> bool:
    try:
        with urlopen(f"{url}/healthz", timeout=5) as answer:
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False


@contextmanager
def serving(folder: Path) -> Iterator[Site]:
    """Serve the demonstration in a folder until the block ends; what the server said stays in `said`."""
    port = _free_port()
    said = folder.parent / "server.log"
    with said.open("wb") as log:
        server = subprocess.Popen(
            [YUNQUAN, "demo", "--dir", str(folder), "--port", str(port)],
            env=surroundings(folder), stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
        try:
            site = Site(url=f"http://127.0.0.1:{port}", folder=folder, said=said)
            patience = time.monotonic() + STARTS_WITHIN_SECONDS
            while not _answers(site.url):
                if server.poll() is not None or time.monotonic() > patience:
                    raise RuntimeError(f"The site did not start: {said.read_text()}")
                time.sleep(0.2)
            yield site
        finally:
            os.killpg(server.pid, signal.SIGTERM)
            try:
                server.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(server.pid, signal.SIGKILL)
                server.wait(10)


@dataclass
class Visitor:
    """One person at one browser: pages are opened by path, forms filled by field name, buttons by their words."""

    context: Any
    url: str
    plain: bool = False
    errors: list[str] = field(default_factory=list)
    page: Any = None

    def __post_init__(self) -> None:
        self.page = self.tab()

    def tab(self) -> Any:
        """Another tab of the same browser."""
        page = self.context.new_page()
        page.set_default_timeout(15_000)
        page.on("pageerror", lambda error: self.errors.append(f"{page.url}: {error}"))
        page.on("console", self._hear)
        return page

    def _hear(self, message: Any) -> None:
        # The browser itself notes answers of 404 and 422; what scripts and the policy say is a fault.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.errors.append(message.text)

    def open(self, path: str) -> Visitor:
        self.page.goto(path if path.startswith("http") else self.url + path)
        return self

    def log_in(self, name: str, password: str = PASSWORD) -> Visitor:
        self.open("/accounts/login/")
        self.fill(login=name, password=password)
        self.press("登录", within="main")
        self.page.wait_for_url(lambda place: "/accounts/login" not in place)
        return self

    def fill(self, **fields: str) -> Visitor:
        """Type into fields; `__` in a name stands for a hyphen (`lines__0__fee`)."""
        for name, value in fields.items():
            self.type(name.replace("__", "-"), value)
        return self

    def type(self, name: str, value: str) -> None:
        """Fill a text, choose from a list or press a radio button, by the field's name."""
        found = self.page.locator(f'main [name="{name}"]')
        kind = found.first.evaluate("node => node.tagName + ':' + node.type")
        if kind.startswith("SELECT"):
            found.first.select_option(value)
        elif kind == "INPUT:radio":
            self.page.locator(f'main [name="{name}"][value="{value}"]').check()
        elif kind == "INPUT:checkbox":
            box = self.page.locator(f'main [name="{name}"][value="{value}"]') if value != "1" else found
            box.first.check()
        else:
            found.first.fill(value)
            if found.first.get_attribute("data-date") is not None:
                found.first.press("Escape")

    def upload(self, name: str, file: dict[str, Any]) -> None:
        """Choose a file; where the page sends it ahead, wait until it says so."""
        chosen = self.page.locator(f'main [name="{name}"]')
        chosen.set_input_files(file)
        if chosen.get_attribute("data-upload") and not self.plain:
            box = self.page.locator(f'main .g-upload:has([name="{name}"]) [data-said]')
            box.filter(has_text="已上传").wait_for()

    def value(self, name: str) -> str:
        return str(self.page.locator(f'main [name="{name}"]').first.input_value())

    def press(self, words: str, *, within: str = "main") -> Visitor:
        """Press the button with exactly these words and wait for the next page."""
        button = self.page.locator(within).get_by_role("button", name=words, exact=True)
        assert button.count() and button.first.is_enabled(), f"{words}: {self.told}"
        with self.page.expect_navigation():
            button.first.click()
        return self

    def follow(self, words: str, *, within: str = "main") -> Visitor:
        """Follow the first link with these words."""
        with self.page.expect_navigation():
            self.page.locator(within).get_by_role("link", name=words).first.click()
        return self

    @property
    def text(self) -> str:
        return str(self.page.inner_text("main"))

    @property
    def told(self) -> str:
        """The messages, summaries and faults on the page: why something did not go on."""
        said = self.page.locator(".g-messages, .g-summary, main .g-error, main .is-bad").all_inner_texts()
        return f"{self.path}: {said or self.text[:2000]}"

    @property
    def path(self) -> str:
        return str(self.page.url).removeprefix(self.url).partition("?")[0]

    def fault_beside(self, name: str) -> str:
        """What the page says is wrong with a field, empty when nothing."""
        place = self.page.locator(f"#id_{name}_error")
        return str(place.first.inner_text()) if place.count() else ""
