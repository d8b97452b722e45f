"""What was read in a document: every field knows its sources and, where text was read, its place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from types import MappingProxyType
from typing import Any, Literal

# Where a field was read: the invoice's own XML, an OFD's tags, printed text, a sum written in capitals
# (人民币大写), QR code, a PDF's document information, or typed by a person.
Source = Literal["xml", "ofd", "text", "capitals", "qr", "info", "typed"]

# What a reader says of a paper that belongs elsewhere.
INVOICE_NO_CONTRACT = "这份文件是发票，不是合同，请上传双方盖章的合同"
INVOICE_NO_PROOF = "这份文件是发票，不是付款凭证，请上传付款成功后的银行回单"
CONTRACT_NO_PROOF = "这份文件是合同，不是付款凭证，请上传付款成功后的银行回单"
FOREIGN = frozenset({INVOICE_NO_CONTRACT, INVOICE_NO_PROOF, CONTRACT_NO_PROOF})


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a document a field was found.

    `page` counts from 1, `box` is left, top, right, bottom in thousandths of the page.  In documents without pages
    `paragraph` counts the paragraphs outside tables from 1, and `table` and `row` count tables and their rows.
    """

    page: int | None = None
    box: tuple[int, int, int, int] | None = None
    paragraph: int | None = None
    table: int | None = None
    row: int | None = None

    def as_json(self) -> dict[str, Any]:
        return {
            "page": self.page,
            "box": list(self.box) if self.box else None,
            "paragraph": self.paragraph,
            "table": self.table,
            "row": self.row,
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Place:
        box = kept.get("box")
        return cls(
            kept.get("page"),
            (box[0], box[1], box[2], box[3]) if box else None,
            kept.get("paragraph"),
            kept.get("table"),
            kept.get("row"),
        )


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two sources disagree about a field; `values` are what each says, the most trusted first."""

    field: str
    values: tuple[tuple[str, Any], ...]

    def as_json(self) -> dict[str, Any]:
        return {"field": self.field, "values": {source: _plain(value) for source, value in self.values}}


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """One line of an invoice; sums in fen, negative where red."""

    name: str
    net_fen: int | None = None
    tax_fen: int | None = None
    rate: str = ""

    def as_json(self) -> dict[str, Any]:
        return {"name": self.name, "net_fen": self.net_fen, "tax_fen": self.tax_fen, "rate": self.rate}


@dataclass(frozen=True, slots=True)
class ContractLine:
    """The fee of one service in a contract, in fen."""

    service: str
    fee_fen: int | None = None
    devices: int | None = None

    def as_json(self) -> dict[str, Any]:
        return {"service": self.service, "fee_fen": self.fee_fen, "devices": self.devices}


_APART = frozenset(("sources", "places"))
_BARE = (str, int, type(None))


def _plain(value: Any) -> Any:
    if isinstance(value, _BARE):
        return value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    return value.as_json() if hasattr(value, "as_json") else value


def _nothing() -> Mapping[str, Any]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class _Read:
    """What all documents share: sources and places by field, and where sources disagree."""

    sources: Mapping[str, tuple[str, ...]] = field(default_factory=_nothing)
    conflicts: tuple[Conflict, ...] = ()
    places: Mapping[str, Place] = field(default_factory=_nothing)

    def as_json(self) -> dict[str, Any]:
        """Everything that was read, as JSON can say it: dates ISO, sums integers."""
        found = {
            name: _plain(getattr(self, name)) for name in self.__dataclass_fields__ if name not in _APART
        }
        found["sources"] = {name: list(where) for name, where in self.sources.items()}
        found["places"] = {name: place.as_json() for name, place in self.places.items()}
        return found


def _shared(kept: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "sources": {name: tuple(where) for name, where in kept.get("sources", {}).items()},
        "conflicts": tuple(
            Conflict(row["field"], tuple(row["values"].items())) for row in kept.get("conflicts", ())
        ),
        "places": {name: Place.from_json(place) for name, place in kept.get("places", {}).items()},
    }


def _day(text: Any) -> date | None:
    return date.fromisoformat(text) if text else None


def _taken(kept: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    return {name: kept[name] for name in names if name in kept}


@dataclass(frozen=True, slots=True)
class InvoiceFacts(_Read):
    """An invoice as it was read (D47-5.14); sums in fen, negative where red; None where no source says it."""

    kind: str | None = None
    code: str | None = None
    number: str | None = None
    issued_on: date | None = None
    seller: str | None = None
    seller_no: str | None = None
    buyer: str | None = None
    buyer_no: str | None = None
    net_fen: int | None = None
    tax_fen: int | None = None
    gross_fen: int | None = None
    red: bool | None = None
    # Why the invoice no longer counts, as the document says it: 作废 or 已红冲.
    void: str | None = None
    # The key (code and number, or number alone) of the blue invoice that a red one says it reverses.
    reverses: str | None = None
    check_code: str | None = None
    lines: tuple[InvoiceLine, ...] = ()

    def as_record(self, file: str) -> dict[str, Any]:
        """The object of `yunquan invoice read`, whose keys are fixed."""
        return record_of(self.as_json(), file)

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> InvoiceFacts:
        """The facts again from as_json()."""
        names = [column.name for column in fields(cls)]
        return cls(
            **{
                **_taken(kept, names),
                **_shared(kept),
                "issued_on": _day(kept.get("issued_on")),
                "lines": tuple(InvoiceLine(**row) for row in kept.get("lines", ())),
            }
        )


RECORDED = (
    "kind", "code", "number", "issued_on", "seller", "seller_no", "buyer", "buyer_no",
    "net_fen", "tax_fen", "gross_fen", "red",
)  # fmt: skip
_WRITTEN = {"issued_on": "date"}


def record_of(kept: Mapping[str, Any], file: str) -> dict[str, Any]:
    """The object of `yunquan invoice read` from what as_json() of an invoice gave."""
    record: dict[str, Any] = {"file": file}
    for name in RECORDED:
        record[_WRITTEN.get(name, name)] = kept[name]
    record["sources"] = {
        _WRITTEN.get(name, name): where for name, where in kept["sources"].items() if name in RECORDED
    }
    record["conflicts"] = [
        {**conflict, "field": _WRITTEN.get(conflict["field"], conflict["field"])}
        for conflict in kept["conflicts"]
    ]
    record["error"] = None
    return record


def failed_record(file: str, reason: str) -> dict[str, Any]:
    """The object of `yunquan invoice read` for a file that can't be read, and why."""
    return {**InvoiceFacts().as_record(file), "error": reason}


@dataclass(frozen=True, slots=True)
class ContractFacts(_Read):
    """A contract as it was read (D47-5.10); sums in fen; None where it doesn't say.

    All of it is a proposal for the form.  `reason` says why nothing could be read (a scan), `notes` what was not
    looked at, seals and signatures always.
    """

    number: str | None = None
    party_a: str | None = None
    party_a_no: str | None = None
    party_b: str | None = None
    party_b_no: str | None = None
    signed_on: date | None = None
    total_fen: int | None = None
    cloud_fee_fen: int | None = None
    lines: tuple[ContractLine, ...] = ()
    devices: int | None = None
    devices_value_fen: int | None = None
    reason: str | None = None
    notes: tuple[str, ...] = ()

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> ContractFacts:
        """The facts again from as_json()."""
        names = [column.name for column in fields(cls)]
        return cls(
            **{
                **_taken(kept, names),
                **_shared(kept),
                "signed_on": _day(kept.get("signed_on")),
                "lines": tuple(ContractLine(**row) for row in kept.get("lines", ())),
                "notes": tuple(kept.get("notes", ())),
            }
        )


@dataclass(frozen=True, slots=True)
class ProofFacts(_Read):
    """A proof of payment as it was read (D47-5.14); accounts are masked; the sum in fen.

    `bank` issued the proof; `reason` says why nothing could be read (a scan).
    """

    layout: str | None = None
    bank: str | None = None
    payer: str | None = None
    payer_account: str | None = None
    payee: str | None = None
    payee_account: str | None = None
    amount_fen: int | None = None
    paid_on: date | None = None
    serial: str | None = None
    # A page on which a payment is only asked for proves nothing; the reason says what shows it.
    no_proof: str | None = None
    reason: str | None = None

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> ProofFacts:
        """The facts again from as_json()."""
        names = [column.name for column in fields(cls)]
        return cls(**{**_taken(kept, names), **_shared(kept), "paid_on": _day(kept.get("paid_on"))})
