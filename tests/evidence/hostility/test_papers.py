"""Hostile contracts and payment proofs: each is refused with a reason or read harmlessly, within 5 s and 256 MB."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.evidence.hostility import File, packages, pages, payments, words
from tests.evidence.reading.test_hostile import BASE_KB
from tests.evidence.reading.test_hostile import nobody_calls as nobody_calls
from yunquan.evidence.reading import confinement, sandbox
from yunquan.evidence.reading.facts import ContractFacts, ProofFacts

Files = Callable[[], Iterator[File]]
FORMS: dict[str, tuple[str, Files, int]] = {
    "contract-docx": ("contract", words.files, 130),
    "contract-pdf": ("contract", words.pdf_files, 30),
    "contract-any-pdf": ("contract", pages.pdf_files, 55),
    "contract-strange": ("contract", pages.strange_files, 10),
    "proof-csv": ("proof", payments.csv_files, 60),
    "proof-xlsx": ("proof", payments.xlsx_files, 20),
    "proof-list": ("proof", packages.xlsx_files, 25),
    "proof-pdf": ("proof", payments.receipt_files, 45),
    "proof-any-pdf": ("proof", pages.pdf_files, 55),
    "proof-strange": ("proof", pages.strange_files, 10),
}
CHINESE = re.compile(r"[\u4e00-\u9fff]{4}")
TURNING = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u200b\u200d\ufeff"
MOST_FEN = 10**14


def _strings(told: Any) -> Iterator[str]:
    if isinstance(told, dict):
        for value in told.values():
            yield from _strings(value)
    elif isinstance(told, list):
        for value in told:
            yield from _strings(value)
    elif isinstance(told, str):
        yield told


def fault_of(reader: str, answer: dict[str, Any]) -> str | None:
    """Why an answer to a hostile file isn't good enough, or None."""
    if answer.get("cpu_ms", 0) > 1000 * confinement.CPU_SECONDS + 200:
        return f"took {answer['cpu_ms']} ms"
    if answer.get("peak_kb", 0) > BASE_KB + confinement.MEMORY_BYTES // 1024:
        return f"took {answer['peak_kb']} kB"
    if answer["error"] is not None:
        return None if CHINESE.search(answer["error"]) and "fault" not in answer else f"reason {answer!r}"
    for text in _strings(answer["read"]):
        if len(text) > 600 or any(ord(sign) < 32 or sign in TURNING for sign in text):
            return f"signs came through: {text[:50]!r}"
        if "root:" in text:
            return "a file of this machine came through"
    if reader == "contract":
        facts = ContractFacts.from_json(json.loads(json.dumps(answer["read"])))
        sums = [
            facts.total_fen,
            facts.cloud_fee_fen,
            facts.devices_value_fen,
            *(line.fee_fen for line in facts.lines),
        ]
        return (
            "a sum out of bounds"
            if any(one is not None and not 0 <= one <= MOST_FEN for one in sums)
            else None
        )
    for one in answer["read"]["proofs"]:
        if one["facts"] is None:
            continue
        proof = ProofFacts.from_json(one["facts"])
        if proof.amount_fen is not None and not 0 < proof.amount_fen <= MOST_FEN:
            return f"sum {proof.amount_fen}"
        for account in (proof.payer_account, proof.payee_account):
            if account is not None and ("*" not in account or len(account) > 12):
                return f"account {account}"
    return None


@pytest.mark.enable_socket
@pytest.mark.parametrize("form", FORMS)
def test_hostile_papers_cost_seconds_and_nothing_else(form: str, nobody_calls: None) -> None:
    reader, make, at_least = FORMS[form]

    def answered(file: File) -> tuple[str, dict[str, Any]]:
        name, content = file
        return name, sandbox.run(reader, content, name)

    names, faults = [], []
    with ThreadPoolExecutor(2) as pool:
        for name, answer in pool.map(answered, make()):
            names.append(name)
            fault = fault_of(reader, answer)
            if fault:
                faults.append(f"{name}: {fault}")
    assert faults == []
    assert len(names) == len(set(names)) >= at_least
    # After all that the reader still reads.
    assert sandbox.run(reader, b"MZ", "x")["error"]


@pytest.mark.parametrize(
    ("form", "name", "reason"),
    [
        ("contract-docx", "bomb.docx", "展开后过大"),
        ("contract-docx", "dtd-laughs.docx", "文档类型或实体"),
        ("contract-docx", "dtd-file.docx", "文档类型或实体"),
        ("contract-docx", "password.docx", "有密码"),
        ("contract-docx", "two-of-a-name.docx", "同名"),
        ("contract-docx", "deep.docx", "层次过深"),
        ("contract-docx", "old.doc", "旧版 Word"),
        ("contract-docx", "macro.docx", "含宏"),
        ("contract-docx", "letters.docx", "展开后过大"),
        ("contract-docx", "paragraphs-empty.docx", "展开后过大"),
        ("contract-any-pdf", "password.pdf", "有密码"),
        ("proof-csv", "rows-full.csv", "按月分开"),
        ("proof-csv", "too-big.csv", "超过 8 MB"),
        ("proof-xlsx", "password.xlsx", "密码"),
        ("proof-xlsx", "bomb.xlsx", "过大"),
        ("proof-pdf", "receipts.pdf", "拆开上传"),
    ],
)
def test_the_reason_names_what_is_wrong(form: str, name: str, reason: str) -> None:
    reader, make, _at_least = FORMS[form]
    content = next(content for each, content in make() if each == name)
    assert reason in (sandbox.run(reader, content, name)["error"] or "")
