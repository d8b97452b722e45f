"""What readers found in uploaded files: each content is read once by each version of a reader, and kept (E1).

Reading happens in the confined process of `reading.sandbox` and outside any transaction, for it may take seconds.
What was read is a proposal for a form and a comparison for a reviewer, never a decision (D47-5.10, D47-5.14).
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from django.db import IntegrityError, transaction

from yunquan.evidence import taking
from yunquan.evidence.alarms import tell_reds
from yunquan.evidence.meanwhile import lend_connection
from yunquan.evidence.models import Reading, StoredFile
from yunquan.evidence.reading import sandbox
from yunquan.evidence.reading.facts import ContractFacts, InvoiceFacts, ProofFacts
from yunquan.evidence.scanning import is_open, why_held

# A reader that reads more or better gets the next number: then files are read again when they are asked for.
VERSIONS: Mapping[str, int] = {"invoice": 2, "contract": 2, "proof": 2}
MOST_AT_ONCE = 2
NOT_READ = "还没有读取"
GONE = "文件缺失或与上传时不一致，没有读取；请联系系统管理员"
BUSY = "正在读取，请稍候"

Facts = TypeVar("Facts")
_places = threading.BoundedSemaphore(MOST_AT_ONCE)


class NotReadError(Exception):
    """A file could not be read now, for a reason that may pass; nothing was kept. The message is Chinese."""


class BusyError(NotReadError):
    """As many files as may be are being read at this moment: ask again."""


@dataclass(frozen=True, slots=True)
class Found(Generic[Facts]):
    """One paper of a file; `row` is its row in a list, None where the file is the paper itself.

    `facts` is None where the row could not be read; `why` then says so in Chinese.
    """

    row: int | None
    facts: Facts | None
    why: str = ""


def read_file(file: StoredFile, reader: str, *, now: datetime, wait: float = 0.0) -> Reading:
    """The reading of a file by the current version of a reader; reads it where that has not happened yet.

    A file that holds nothing of the kind gives a row with `error`. Waits `wait` seconds for a place and raises
    BusyError when there is none, NotReadError for a file that is held back or gone. Call it outside a transaction.
    """
    version = VERSIONS[reader]
    row = Reading.objects.filter(sha256=file.sha256, reader=reader, version=version).first()
    if row is not None:
        tell(file, row, now=now)
        return row
    if not is_open(file):
        raise NotReadError(why_held(file))
    if not _places.acquire(timeout=wait):
        raise BusyError(BUSY)
    lend_connection()
    try:
        answer = sandbox.run(reader, taking.read(file.sha256), file.name)
    except OSError:
        raise NotReadError(GONE) from None
    finally:
        _places.release()
    if answer["error"] == sandbox.NO_ANSWER:
        # The reader's own trouble says nothing about the file.
        raise NotReadError(sandbox.NO_ANSWER)
    kept = _kept(file.sha256, reader, version, answer, now)
    tell(file, kept, now=now)
    return kept


def tell(file: StoredFile, reading: Reading, *, now: datetime) -> None:
    """Tell whoever asked of the red invoices in a file, each time that it comes: it counts whose file it is.

    What a stranger's copy of the same content told holds nothing; that of a party does.
    """
    if reading.reader == "invoice":
        rows = invoices_in(reading)[0]
        tell_reds(file, [row.facts for row in rows if row.facts is not None], now=now)


def _kept(sha256: str, reader: str, version: int, answer: Mapping[str, Any], now: datetime) -> Reading:
    try:
        with transaction.atomic():
            return Reading.objects.create(
                sha256=sha256,
                reader=reader,
                version=version,
                facts=answer["read"],
                error=answer["error"] or "",
                read_at=now,
            )
    except IntegrityError:
        # Somebody read the same content in the meantime: the answer is the same.
        return Reading.objects.get(sha256=sha256, reader=reader, version=version)


def reading_of(file: StoredFile, reader: str) -> Reading | None:
    """The newest reading of a file, or None where nobody has read it; reads nothing."""
    return readings_of([file], reader).get(file.sha256)


def readings_of(files: Iterable[StoredFile], reader: str) -> dict[str, Reading]:
    """The newest reading of each file by its SHA-256, in one query; files that nobody has read are left out."""
    wanted = {file.sha256 for file in files}
    rows = Reading.objects.filter(sha256__in=wanted, reader=reader).order_by("version") if wanted else ()
    return {row.sha256: row for row in rows}


def is_current(reading: Reading | None) -> bool:
    """Whether a reading is by the present version of its reader."""
    return reading is not None and reading.version >= VERSIONS[reading.reader]


def contract_in(reading: Reading | None) -> tuple[ContractFacts | None, str]:
    """The contract of a reading, or None and why."""
    if reading is None or reading.facts is None:
        return None, _why(reading)
    facts = ContractFacts.from_json(reading.facts)
    return facts, facts.reason or ""


def invoices_in(reading: Reading | None) -> tuple[tuple[Found[InvoiceFacts], ...], str]:
    """The invoices of a reading: one, or the rows of a list; none and why."""
    if reading is None or reading.facts is None:
        return (), _why(reading)
    return tuple(_found(row, InvoiceFacts.from_json) for row in reading.facts["invoices"]), ""


def proofs_in(reading: Reading | None) -> tuple[tuple[Found[ProofFacts], ...], str]:
    """The payments of a reading: one receipt or several, or the rows of a statement; none and why."""
    if reading is None or reading.facts is None:
        return (), _why(reading)
    return tuple(_found(row, ProofFacts.from_json) for row in reading.facts["proofs"]), ""


def notes_in(reading: Reading | None) -> tuple[str, ...]:
    """What the reader did not look at, or says besides; a reviewer should know it."""
    return tuple(reading.facts.get("notes", ())) if reading is not None and reading.facts else ()


def contract_facts(file: StoredFile) -> tuple[ContractFacts | None, str]:
    """The contract that was read in a file, or None and why."""
    return contract_in(reading_of(file, "contract"))


def invoice_facts(file: StoredFile, *, number: str = "") -> tuple[InvoiceFacts | None, str]:
    """The invoice that was read in a file, or None and why; `number` picks one out of a list."""
    rows, why = invoices_in(reading_of(file, "invoice"))
    return _picked(rows, why, "发票", lambda facts: same_number(facts.number, number))


def proofs_facts(file: StoredFile) -> tuple[tuple[ProofFacts, ...] | None, str]:
    """The payments that were read in a file, or None and why."""
    rows, why = proofs_in(reading_of(file, "proof"))
    facts = tuple(row.facts for row in rows if row.facts is not None)
    return (facts, why) if facts else (None, why or next((row.why for row in rows), NOT_READ))


def proof_facts(file: StoredFile, *, serial: str = "") -> tuple[ProofFacts | None, str]:
    """The payment that was read in a file, or None and why; `serial` picks one out of a statement."""
    rows, why = proofs_in(reading_of(file, "proof"))
    return _picked(rows, why, "付款", lambda facts: same_number(facts.serial, serial))


def same_number(one: str | None, other: str | None) -> bool:
    """Whether two numbers are one, however they are spaced or written wide; an empty one is no number."""
    return bool(_bare(one)) and _bare(one) == _bare(other)


def _bare(text: str | None) -> str:
    return re.sub(r"[\s\-]", "", unicodedata.normalize("NFKC", text or "")).casefold()


def _picked(rows: tuple[Found[Facts], ...], why: str, what: str, wanted: Any) -> tuple[Facts | None, str]:
    if not rows:
        return None, why
    if len(rows) == 1 and rows[0].row is None:
        return rows[0].facts, rows[0].why or why
    picked = next((row for row in rows if row.facts is not None and wanted(row.facts)), None)
    if picked is not None:
        return picked.facts, picked.why
    return None, f"文件是 {len(rows)} 笔{what}的清单，其中没有这一笔"


def _found(row: Mapping[str, Any], made: Any) -> Found[Any]:
    facts = row["facts"]
    why = row["error"] or (facts or {}).get("reason") or ""
    return Found(row["row"], made(facts) if facts else None, why)


def _why(reading: Reading | None) -> str:
    return reading.error if reading is not None else NOT_READ
