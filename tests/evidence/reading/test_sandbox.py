"""The process that opens strangers' files: what it can't do, and what becomes of one that dies."""

from __future__ import annotations

import json
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.evidence.papers import pdf
from tests.evidence.papers.einvoice import xml
from tests.evidence.papers.invoice import digital
from yunquan.evidence.reading import child, confinement, sandbox
from yunquan.evidence.reading.unreadable import UnreadableError

BASE = confinement.address_space


def apart(work: Callable[[bytes, str], Any], *files: tuple[str, bytes]) -> list[dict[str, Any]]:
    """Have some work done as the child does it with a reader's."""
    return child.read_apart(work, list(files) or [("x", b"x")], BASE())


def tried(deed: Callable[[], object]) -> dict[str, Any]:
    """What becomes of a deed in the confined process."""

    def work(_content: bytes, _name: str) -> str:
        try:
            return f"did {deed()!r}"
        except BaseException as refused:
            return f"refused {type(refused).__name__}"

    return apart(work)[0]


@pytest.mark.parametrize(
    "deed",
    [
        pytest.param(lambda: socket.socket(), id="socket"),
        pytest.param(lambda: Path("/tmp/yunquan-never").write_text(""), id="write"),
        pytest.param(lambda: os.open("/tmp", os.O_TMPFILE | os.O_RDWR), id="nameless file"),
        pytest.param(lambda: os.mkdir("/tmp/yunquan-never"), id="folder"),
        pytest.param(lambda: os.unlink("/tmp/yunquan-never"), id="unlink"),
        pytest.param(lambda: os.execv("/bin/true", ["true"]), id="program"),
        pytest.param(os.fork, id="fork"),
        pytest.param(lambda: os.kill(os.getppid(), signal.SIGTERM), id="kill"),
        pytest.param(lambda: os.read(0, 1), id="what the reader hears"),
        pytest.param(lambda: os.write(1, b"x"), id="what the reader says"),
    ],
)
def test_the_confined_process_can_only_read_and_answer(deed: Callable[[], object]) -> None:
    # PermissionError or, for streams that are closed, OSError.
    assert tried(deed)["read"] in ("refused PermissionError", "refused OSError", "refused FileNotFoundError")
    assert not Path("/tmp/yunquan-never").exists()


def test_limits_end_what_goes_too_far_and_the_reason_is_chinese() -> None:
    def eat(_content: bytes, _name: str) -> int:
        return len([bytearray(1 << 20) for _ in range(400)])

    def turn(_content: bytes, _name: str) -> None:
        while True:
            pass

    def talk(_content: bytes, _name: str) -> str:
        return "x" * (child.MOST_ANSWER + 1)

    def fall(_content: bytes, _name: str) -> None:
        os.abort()

    assert apart(eat)[0]["error"] == child.TOO_LARGE
    began = time.monotonic()
    turned = apart(turn)[0]
    assert turned["error"] == child.TOO_LONG and turned["cpu_ms"] <= 1000 * confinement.CPU_SECONDS
    assert time.monotonic() - began < 3 * child.WALL_SECONDS
    assert apart(talk)[0]["error"] == child.TALKATIVE
    assert apart(fall)[0]["error"] == child.CRASHED


def test_faults_of_a_reader_become_reasons() -> None:
    def fault(_content: bytes, name: str) -> None:
        if name == "reason":
            raise UnreadableError("没有第一页")
        raise {"memory": MemoryError, "depth": RecursionError}.get(name, KeyError)

    told = apart(fault, ("reason", b""), ("memory", b""), ("depth", b""), ("other", b""))
    assert [answer["error"] for answer in told] == ["没有第一页", child.TOO_LARGE, child.BROKEN, child.BROKEN]


def test_one_bad_file_of_a_handful_spoils_no_other() -> None:
    def work(content: bytes, _name: str) -> str:
        if content == b"bad":
            os.abort()
        return content.decode()

    told = apart(work, ("1", b"one"), ("2", b"bad"), ("3", b"three"))
    assert [answer["read"] for answer in told] == ["one", None, "three"]
    assert told[1]["error"] == child.CRASHED


def test_answers_come_in_the_order_of_the_files() -> None:
    files: list[tuple[str, bytes]] = []
    for place in range(120):
        files.append((f"{place}.xml", xml(digital(place))))
        if place % 37 == 0:
            files += [("empty", b""), ("junk", b"junk"), ("big", b"<" + b" " * (21 << 20))]
    told = list(sandbox.run_many("invoice", files))
    assert len(told) == len(files)
    for (name, _content), answer in zip(files, told, strict=True):
        if name.endswith(".xml"):
            number = digital(int(name.removesuffix(".xml"))).number
            assert answer["read"]["invoices"][0]["facts"]["number"] == number
        else:
            assert answer["read"] is None and answer["error"]


def test_a_reader_that_was_killed_is_replaced() -> None:
    assert sandbox.run("invoice", xml(digital()), "x.xml")["error"] is None
    reader = sandbox._stands["invoice"].idle[0]
    reader.process.kill()
    reader.process.wait()
    assert sandbox.run("invoice", xml(digital()), "x.xml")["error"] is None


def test_many_threads_are_served_by_few_readers() -> None:
    content, told = pdf.pdf(digital()), []
    threads = [
        threading.Thread(target=lambda: told.append(sandbox.run("invoice", content, "x.pdf")))
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer["error"] for answer in told] == [None] * 6
    assert len(sandbox._stands["invoice"].idle) <= max(1, os.cpu_count() or 1)


def test_a_reader_goes_when_whoever_asked_goes() -> None:
    assert sandbox.run("invoice", xml(digital()), "x.xml")["error"] is None
    process = sandbox._stands["invoice"].idle.pop().process
    assert process.stdin is not None and process.stdout is not None
    process.stdin.close()
    assert process.wait(10) == 0
    process.stdout.close()


def test_the_reader_knows_no_secrets_of_the_site(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YUNQUAN_DATABASE_URL", "postgres://secret")
    sandbox.stop()
    assert sandbox.run("invoice", xml(digital()), "x.xml")["error"] is None
    process = sandbox._stands["invoice"].idle[0].process
    assert b"secret" not in Path(f"/proc/{process.pid}/environ").read_bytes()


def test_what_was_read_survives_the_way_as_json() -> None:
    answer = sandbox.run("invoice", xml(digital(seller="虚构\U00020bb7（测试）公司")), "x.xml")
    assert (
        json.loads(json.dumps(answer))["read"]["invoices"][0]["facts"]["seller"]
        == "虚构\U00020bb7（测试）公司"
    )


@pytest.mark.parametrize(
    "frame",
    [
        None,
        [],
        {"answers": []},
        {"answers": [{"read": None, "error": None}]},
        {"answers": [{"read": None, "error": None}, "x"]},
        {"answers": [{"read": None, "error": None}, {"read": None}]},
        {"answers": [{"read": None, "error": None}] * 2, "spent": 3},
    ],
)
def test_what_a_fork_wrote_is_an_answer_only_when_it_has_the_shape_of_one(frame: Any) -> None:
    assert child.understood(frame, 2) is None
    good = {"answers": [{"read": None, "error": "坏"}] * 2, "spent": {"cpu_ms": 1}}
    assert child.understood(good, 2) == [{"read": None, "error": "坏", "cpu_ms": 1}] * 2


def test_a_fork_that_writes_something_else_costs_its_own_file_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def relayed(told: bytes) -> list[bytes]:
        monkeypatch.setattr(child, "_told", lambda *_: (told, "", {"cpu_ms": 1, "peak_kb": 1}))
        return [child.relay(lambda _content, _name: None, [("x", b"x")], BASE())]

    for nonsense in (b"", b"[", b"[1]", b'"x"', b"[{}]", b'[{"read":1,"error":null}],"answers":[]'):
        try:
            answers = child.understood(json.loads(relayed(nonsense)[0]), 1)
        except ValueError:
            answers = None
        assert answers is None
