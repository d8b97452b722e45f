"""At least 200 hostile files: each is refused with a reason or read harmlessly, within 5 s and 256 MB."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.evidence import hostile
from tests.evidence.hostility import File, markup, packages, pages
from tests.evidence.papers import invoice
from yunquan.evidence.reading import confinement, sandbox
from yunquan.evidence.reading.facts import InvoiceFacts

FORMS = {
    "xml": (markup.files, 100),
    "ofd": (packages.ofd_files, 70),
    "xlsx": (packages.xlsx_files, 25),
    "pdf": (pages.pdf_files, 55),
    "picture": (pages.picture_files, 40),
    "strange": (pages.strange_files, 10),
}
# What a fork of the reader had before it opened anything, at most.
BASE_KB = 64 * 1024
CHINESE = re.compile(r"[\u4e00-\u9fff]{4}")


def fault_of(name: str, answer: dict[str, Any]) -> str | None:
    """Why an answer to a hostile file isn't good enough, or None."""
    if answer.get("cpu_ms", 0) > 1000 * confinement.CPU_SECONDS:
        return f"took {answer['cpu_ms']} ms"
    if answer.get("peak_kb", 0) > BASE_KB + confinement.MEMORY_BYTES // 1024:
        return f"took {answer['peak_kb']} kB"
    if (answer["error"] is None) == (answer["read"] is None):
        return "neither read nor refused"
    if answer["error"] is not None:
        return None if CHINESE.search(answer["error"]) else f"reason {answer['error']!r}"
    for one in answer["read"]["invoices"]:
        if one["error"] is not None:
            continue
        facts = InvoiceFacts.from_json(one["facts"])
        shown = json.dumps(facts.as_record(name), ensure_ascii=False)
        if any(ord(sign) < 32 or sign in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067" for sign in shown):
            return "control signs came through"
        if "root:" in shown:
            return "a file of this machine came through"
        if not re.fullmatch(r"\d{8}|\d{20}", facts.number or "") or any(
            sum_fen is not None and abs(sum_fen) > 10**14
            for sum_fen in (facts.net_fen, facts.tax_fen, facts.gross_fen)
        ):
            return f"read {facts.number} {facts.gross_fen}"
    return None


@pytest.fixture
def nobody_calls() -> Iterator[None]:
    """Port 9 of this machine, which hostile files name, must hear nothing."""
    with socket.socket() as ear:
        try:
            ear.bind(("127.0.0.1", 9))
        except OSError:
            yield
            return
        ear.listen()
        ear.setblocking(False)
        yield
        with pytest.raises(BlockingIOError):
            ear.accept()


@pytest.mark.enable_socket
@pytest.mark.parametrize("form", FORMS)
def test_hostile_files_cost_seconds_and_nothing_else(form: str, nobody_calls: None) -> None:
    make, at_least = FORMS[form]
    names: list[str] = []

    def answered(file: File) -> tuple[str, dict[str, Any]]:
        name, content = file
        return name, sandbox.run("invoice", content, name)

    faults = []
    with ThreadPoolExecutor(2) as pool:
        for name, answer in pool.map(answered, make()):
            names.append(name)
            fault = fault_of(name, answer)
            if fault:
                faults.append(f"{name}: {fault}")
    assert faults == []
    assert len(names) == len(set(names)) >= at_least
    # After all that the reader still reads.
    assert sandbox.run("invoice", b"<a/>", "x")["error"]


def test_the_corpus_has_at_least_two_hundred_files() -> None:
    assert sum(at_least for _make, at_least in FORMS.values()) >= 200
    first = next(iter(hostile.corpus()))
    assert first[0].startswith("xml-") and first[1]


@pytest.mark.parametrize(
    ("form", "name", "reason"),
    [
        ("xml", "dtd-laughs.xml", "文档类型或实体"),
        ("xml", "dtd-file.xml", "文档类型或实体"),
        ("xml", "too-big.xml", "超过 20 MB"),
        ("ofd", "bomb.ofd", "展开后超过"),
        ("ofd", "slip0.ofd", "包外的路径"),
        ("ofd", "password.ofd", "有密码"),
        ("ofd", "two-of-a-name.ofd", "同名"),
        ("ofd", "office-too.ofd", "同时是"),
        ("ofd", "units-loop.ofd", "超过 5 秒"),
        ("xlsx", "far.xlsx", "行"),
        ("pdf", "bomb.pdf", "超过 256 MB"),
        ("pdf", "password.pdf", "有密码"),
        ("pdf", "two.pdf", "多张发票"),
        ("picture", "bomb.png", "万像素"),
        ("picture", "two-codes.png", "多张发票"),
        ("strange", "old.xlsx", "旧版 Office 或加密"),
    ],
)
def test_the_reason_names_what_is_wrong(form: str, name: str, reason: str) -> None:
    content = next(content for each, content in FORMS[form][0]() if each == name)
    assert reason in (sandbox.run("invoice", content, name)["error"] or "")


def test_formulas_in_names_are_text_like_any_other() -> None:
    content = next(content for name, content in markup.files() if name == "name0.xml")
    answer = sandbox.run("invoice", content, "name0.xml")
    assert answer["read"]["invoices"][0]["facts"]["seller"] == "=cmd|'/c calc'!A1"
    assert invoice.digital().number == answer["read"]["invoices"][0]["facts"]["number"]
