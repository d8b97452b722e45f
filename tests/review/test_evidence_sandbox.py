"""What a reading process says is not believed: it opened a hostile file and may be the file's by now (E1)."""

from __future__ import annotations

import io
import struct
from datetime import date
from typing import Any

import pytest

from tests.cast import CLAIMING, World
from tests.evidence.papers import lists
from tests.evidence.papers.einvoice import xml
from tests.evidence.papers.invoice import digital
from tests.evidence.proofs.making import Payment, as_csv, statement
from yunquan.evidence import alikes, readings
from yunquan.evidence.reading import child, sandbox
from yunquan.evidence.reading.facts import InvoiceFacts

pytestmark = pytest.mark.clause("E1")


def invoice(**facts: Any) -> Any:
    return {"invoices": [{"row": None, "facts": facts, "error": None}]}


STRANGE: dict[str, Any] = {
    "a list": [1],
    "a word": "x",
    "a number": 3,
    "nothing": None,
    "no invoices": {},
    "more than asked": {**invoice(), "more": 1},
    "a number of invoices": {"invoices": 3},
    "a row that is a word": {"invoices": ["x"]},
    "a row without an error": {"invoices": [{"row": None, "facts": None}]},
    "facts that are a word": {"invoices": [{"row": None, "facts": "x", "error": None}]},
    "a number as a number": invoice(number=5),
    "a seller as a list": invoice(seller=["<b>"]),
    "a sum as text": invoice(gross_fen="1e9"),
    "a sum as a fraction": invoice(gross_fen=0.5),
    "a sum as a truth": invoice(gross_fen=True),
    "a sum beyond all sums": invoice(gross_fen=10**400),
    "a day that is none": invoice(issued_on="2019-99-99"),
    "a day as a number": invoice(issued_on=20190101),
    "a truth as a word": invoice(red="no"),
    "lines with strange names": invoice(lines=[{"name": "x", "bad": 1}]),
    "lines without names": invoice(lines=[{}]),
    "conflicts that are numbers": invoice(conflicts=[1]),
    "a conflict of objects": invoice(conflicts=[{"field": "number", "values": {"xml": {}}}]),
    "a page that is a word": invoice(places={"number": {"page": "x"}}),
    "a box of one edge": invoice(places={"number": {"page": 1, "box": [1]}}),
    "sources that are a word": invoice(sources={"number": "xml"}),
    "a name without end": invoice(seller="甲" * 1_000_000),
    "a field of another's": invoice(passport="x"),
}


def told(monkeypatch: pytest.MonkeyPatch, read: Any, error: Any = None) -> None:
    monkeypatch.setattr(sandbox, "run_many", lambda *_args: iter([{"read": read, "error": error}]))


@pytest.mark.parametrize("how", STRANGE)
def test_an_answer_that_no_reader_gives_is_a_reader_that_broke_down(
    world: World, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    told(monkeypatch, STRANGE[how])
    file = world.file(world["dg_enterprise"])
    kept = readings.read_file(file, "invoice", now=CLAIMING)
    assert readings.invoices_in(kept) == ((), child.CRASHED)


@pytest.mark.parametrize("error", [5, "", ["x"], {"a": 1}, "甲\x00\ud800" + "乙" * 100_000])
def test_a_reason_is_words_and_short(world: World, monkeypatch: pytest.MonkeyPatch, error: Any) -> None:
    told(monkeypatch, {"invoices": "x"}, error)
    kept = readings.read_file(world.file(world["dg_enterprise"]), "invoice", now=CLAIMING)
    assert kept.facts is None and 0 < len(kept.error) <= 1000
    assert "\x00" not in kept.error and "\ud800" not in kept.error


def test_signs_that_no_database_holds_are_left_out(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    told(monkeypatch, invoice(seller="虚构\x00云\ud800（测试）", number="1"))
    kept = readings.read_file(world.file(world["dg_enterprise"]), "invoice", now=CLAIMING)
    kept.refresh_from_db()
    found, _why = readings.invoices_in(kept)
    assert found[0].facts is not None and found[0].facts.seller == "虚构云（测试）"


@pytest.mark.parametrize(
    "read",
    [
        {"text": 5, "pictures": []},
        {"text": "x", "pictures": [{"page": 1, "bits": "zz", "grey": ""}]},
        {"text": "x", "pictures": [{"page": 1, "bits": "00", "grey": "AA=="}]},
        {"text": "x", "pictures": 7},
    ],
)
def test_a_fingerprint_is_made_of_what_a_reader_gives(
    world: World, monkeypatch: pytest.MonkeyPatch, read: Any
) -> None:
    told(monkeypatch, read)
    row = alikes.remember(world.file(world["dg_enterprise"]), now=CLAIMING)
    assert row.error == child.CRASHED and row.text_key is None


@pytest.mark.parametrize(
    "told", [b"[" * 200_000, b'[{"read":' + b"9" * 5_000 + b"}]", b"[1,", b"[NaN]", b"{}", b"5"]
)
def test_a_frame_that_cant_be_understood_costs_the_file_and_not_the_page(
    monkeypatch: pytest.MonkeyPatch, told: bytes
) -> None:
    frame = b'{"spent":{},"answers":' + told + b"}"
    reader = sandbox._Reader.__new__(sandbox._Reader)
    reader.give, said = io.BytesIO(), io.BytesIO(struct.pack(">I", len(frame)) + frame)
    monkeypatch.setattr(reader, "_answer", lambda _seconds: child.take_frame(said), raising=False)
    assert reader.read([("a.pdf", b"x")]) == [{"read": None, "error": child.CRASHED}]


@pytest.mark.parametrize("told", [b"[" * 200_000, b"5", b"[5]", b'[{"read": 1}]', b"{}"])
def test_so_does_one_that_is_read_alone(monkeypatch: pytest.MonkeyPatch, told: bytes) -> None:
    monkeypatch.setattr(child, "_told", lambda *_args: (told, "", {"cpu_ms": 1, "peak_kb": 1}))
    (answer,) = child.read_apart(lambda *_args: None, [("a.pdf", b"x")], 0)
    assert (answer["read"], answer["error"]) == (None, child.CRASHED)


def test_what_readers_do_say_is_passed_on() -> None:
    paper = digital(18, day=date(2019, 1, 15))
    one = sandbox.run("invoice", xml(paper), "a.xml")
    assert InvoiceFacts.from_json(one["read"]["invoices"][0]["facts"]).gross_fen == paper.gross_fen
    several = sandbox.run(
        "invoice", lists.xlsx([lists.row_of(1, paper), lists.row_of(2, paper.red())]), "a.xlsx"
    )
    assert len(several["read"]["invoices"]) == 2
    payments = sandbox.run("proof", as_csv(statement([Payment(), Payment().but(serial="X-2")])), "a.csv")
    assert len(payments["read"]["proofs"]) == 2 and payments["error"] is None
    assert sandbox.run("likeness", xml(paper), "a.xml")["error"] is None
