"""A file that nobody can look at, a full disk and a swollen text cost themselves and nobody else (E1, D47-5.7b)."""

from __future__ import annotations

import errno
import os
import resource
import socket
import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from tests.cast import PDF
from tests.evidence.clamd import EICAR, clamd
from tests.parties.making import NOW
from yunquan.evidence import previews, queries, scanning
from yunquan.evidence.actions import take_file
from yunquan.evidence.likeness import comparing, own_forms, shingles
from yunquan.evidence.models import StoredFile
from yunquan.evidence.scanning import Scan
from yunquan.jobs.tick import tick
from yunquan.kernel.refusal import Refused
from yunquan.kernel.workflow import Actor

ENTERPRISE = Actor("person:1", "enterprise", "enterprise:1")


def take(content: bytes = PDF) -> StoredFile:
    return take_file(content=content, name="合同.pdf", org=ENTERPRISE.org, by=ENTERPRISE, now=NOW)


@pytest.mark.django_db
@pytest.mark.clause("E1")
def test_files_at_which_the_scanner_stumbles_keep_none_of_the_others_waiting(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(settings, "YUNQUAN_CLAMD", f"unix:{tmp_path}/nobody")
    bad = [take(PDF + b"%stumble" + bytes([number + 65])) for number in range(6)]
    good = [take(PDF + b"%good" + bytes([number + 65])) for number in range(6)]
    ask = scanning.ask

    def stumbling(address: str, content: bytes, **rest: Any) -> str:
        if b"%stumble" in content:
            raise scanning.ScannerError("TimeoutError: the scanner takes too long")
        return ask(address, content, **rest)

    monkeypatch.setattr(scanning, "ask", stumbling)
    with clamd(tmp_path / "ctl") as (_made, address):
        monkeypatch.setattr(settings, "YUNQUAN_CLAMD", address)
        for minute in range(12):
            tick(NOW + timedelta(minutes=minute))
    assert {StoredFile.objects.get(pk=row.pk).scan for row in good} == {Scan.CLEAN}
    assert {StoredFile.objects.get(pk=row.pk).scan for row in bad} == {Scan.WAITING}


@pytest.mark.django_db
@pytest.mark.clause("E1")
def test_a_virus_that_was_found_is_not_taken_while_nobody_can_look(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    content = PDF + b"\n" + EICAR
    monkeypatch.setattr(settings, "YUNQUAN_CLAMD", "")
    first = take(content)
    with clamd(tmp_path / "ctl") as (_made, address):
        monkeypatch.setattr(settings, "YUNQUAN_CLAMD", address)
        with pytest.raises(Refused):
            take(content)
    first.refresh_from_db()
    assert not queries.is_open(first)
    for nobody in ("", f"unix:{tmp_path}/nobody"):
        monkeypatch.setattr(settings, "YUNQUAN_CLAMD", nobody)
        with pytest.raises(Refused) as refused:
            take(content)
        assert refused.value.codes == ("file_infected",)
    assert StoredFile.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.clause("D47-5.7b")
def test_a_page_is_shown_while_the_disk_is_full_and_nothing_is_left_beside(
    monkeypatch: pytest.MonkeyPatch, own_folder: Path
) -> None:
    row = take()

    def full(*_args: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(previews.os, "replace", full)
    assert previews.page_count(row) == 1
    assert previews.page_png(row).startswith(b"\x89PNG")
    left = [place.name for place in (own_folder / "files" / "previews").rglob("*") if place.is_file()]
    assert left == []


@pytest.mark.django_db
@pytest.mark.clause("E1")
@pytest.mark.parametrize("told", [b"many", b"9" * 6_000, b"9" * 9, b"-1", b"1.5", b"<html>"])
def test_what_a_drawing_process_says_is_a_number_of_pages_and_a_picture_or_nothing(
    monkeypatch: pytest.MonkeyPatch, own_folder: Path, told: bytes
) -> None:
    row = take()
    done = subprocess.CompletedProcess([], 0, stdout=told)
    monkeypatch.setattr(previews.subprocess, "run", lambda *_args, **_rest: done)
    with pytest.raises(previews.PreviewError):
        previews.page_count(row)
    monkeypatch.setattr(previews, "page_count", lambda _file: 1)
    with pytest.raises(previews.PreviewError):
        previews.page_png(row)
    assert not [place for place in (own_folder / "files" / "previews").rglob("*") if place.is_file()]


PEEP = """
import errno, socket, subprocess, sys
from yunquan.evidence import rendering

rendering.limit_oneself()
told = []
for deed in (
    lambda: socket.create_connection(("127.0.0.1", PORT), timeout=2),
    lambda: socket.socket(socket.AF_UNIX).connect("/nowhere"),
    lambda: subprocess.run(["true"], check=True),
    lambda: open("left", "wb").write(b"x"),
):
    try:
        deed()
        told.append("done")
    except FileNotFoundError:
        told.append("reached")
    except OSError:
        told.append("refused")
print(*told)
"""


@pytest.mark.clause("E1")
def test_what_draws_a_hostile_page_reaches_no_network_and_starts_no_program(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        program = PEEP.replace("PORT", str(server.getsockname()[1]))
        told = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, cwd=tmp_path,
            env={"PATH": os.defpath, "PYTHONPATH": str(previews._ROOT), "LANG": "C.UTF-8"}, check=False,
        )  # fmt: skip
    assert told.stdout.split() == ["refused"] * 4, told.stderr
    assert not (tmp_path / "left").exists()


def test_signs_that_stand_for_many_cost_no_more_than_others() -> None:
    def spent(text: str) -> float:
        start = time.process_time()
        comparing.text_of(text)
        shingles.figures(text)
        return time.process_time() - start

    swollen, usual = "\ufdfa" * shingles.MOST_CHARACTERS, "甲乙丙丁戊己" * (shingles.MOST_CHARACTERS // 6)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert spent(swollen) < 8 * spent(usual) + 0.5
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200 * 1024
    assert len(shingles.plain(swollen)) <= shingles.MOST_CHARACTERS
    assert len(shingles.wording(swollen)) <= shingles.MOST_CHARACTERS


def test_the_own_forms_are_read_by_one_thread_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    about, most = 0, 0
    read = own_forms.opening.read

    def counted(*args: Any) -> Any:
        nonlocal about, most
        about += 1
        most = max(most, about)
        time.sleep(0.01)
        try:
            return read(*args)
        finally:
            about -= 1

    own_forms._made.cache_clear()
    monkeypatch.setattr(own_forms.opening, "read", counted)
    threads = [threading.Thread(target=own_forms.own_forms) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1
