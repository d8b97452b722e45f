"""What was filled in beside what was read in the documents, as cards of a review screen (D47-5.10, D47-5.14).

Every card takes its reading from what is stored; nothing is read while a page is drawn.  A difference decides
nothing: it is where a reviewer should look.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

from yunquan.evidence import readings
from yunquan.evidence.matching import (
    Difference,
    contract_differences,
    invoice_differences,
    proof_differences,
)
from yunquan.evidence.matching.differences import STANDINGS
from yunquan.evidence.reading.facts import ContractFacts, ContractLine, InvoiceFacts, Place, ProofFacts
from yunquan.kernel.money import format_yuan, parse_yuan

SOURCES = {
    "xml": "XML", "ofd": "OFD 标记", "text": "文字", "capitals": "大写金额", "qr": "二维码", "info": "文件属性",
    "typed": "填写",
}  # fmt: skip
# So many papers that agree are not listed one by one.
LEAST_FOLDED = 3
Address = Callable[[int, int, str], str]


@dataclass(frozen=True, slots=True)
class Row:
    """One field: what was filled in, what was read and how, and whether a reviewer should look."""

    name: str
    label: str
    entered: str
    read: str
    verdict: str
    tone: str
    money: bool
    needs_eye: bool
    sources: str
    where: str
    url: str
    conflict: tuple[tuple[str, str], ...]
    article: str


@dataclass(frozen=True, slots=True)
class Card:
    """One document with its fields; `why` says why nothing was read, `how` from which sources it was."""

    key: str
    title: str
    file: int
    url: str
    rows: tuple[Row, ...] = ()
    why: str = ""
    how: str = ""
    notes: tuple[str, ...] = ()
    summary: str = ""
    amount_fen: int | None = None
    is_open: bool = False
    marks: tuple[tuple[int, tuple[int, int, int, int], str], ...] = field(default=())

    @property
    def eyes(self) -> int:
        """How many fields a reviewer should look at."""
        return sum(row.needs_eye for row in self.rows)

    @property
    def agreed(self) -> int:
        return sum(row.tone == "good" for row in self.rows)

    @property
    def unread(self) -> int:
        """How many fields the document was not found to say."""
        return sum(row.tone == "waiting" for row in self.rows)


def address(path: str) -> Address:
    """Links on a page to a place of a document: file, page and box; they work without scripts."""

    def made(file: int, page: int, box: str) -> str:
        asked = {"file": str(file), "page": str(page)} | ({"box": box} if box else {})
        return f"{path}?{urlencode(asked, safe=',')}#place"

    return made


def contract_card(voucher: Any, lines: Sequence[Any], to: Address) -> Card | None:
    """The contract as it was filled in beside what its file says, and the addendum where the contract is silent."""
    contract = voucher.contract
    if contract is None:
        return None
    files = [file for file in (contract.file, contract.addendum) if file is not None]
    stored = readings.readings_of(files, "contract")
    read, why = readings.contract_in(stored.get(contract.file.sha256))
    entered = ContractFacts(
        number=contract.number,
        party_a=voucher.enterprise.name,
        party_b=voucher.supplier.name if voucher.supplier else "",
        signed_on=contract.signed_on,
        total_fen=contract.total_fen,
        cloud_fee_fen=contract.cloud_fee_fen,
        lines=tuple(ContractLine(line.service_name, line.fee_fen, line.devices) for line in lines),
    )
    differences = contract_differences(entered, read or ContractFacts())
    if read is not None:
        differences += _devices(lines, read)
    notes = tuple(read.notes) if read is not None else ()
    card = _card("contract", "合同", contract.file, differences, why, to, notes=notes)
    return replace(card, is_open=True)


def invoice_cards(invoices: Sequence[Any], enterprise: Any, to: Address, *, chosen: str = "") -> list[Card]:
    """Each invoice of a claim beside what its file says; one query for all."""
    stored = readings.readings_of([row.file for row in invoices], "invoice")
    cards = []
    for place, row in enumerate(invoices):
        found, why = readings.invoices_in(stored.get(row.file.sha256))
        read, why = _picked(found, why, "number", row.number)
        entered = InvoiceFacts(
            code=row.code or None,
            number=row.number,
            issued_on=row.issued_on,
            seller=row.seller_name,
            seller_no=row.seller_uscc,
            buyer=enterprise.name,
            buyer_no=row.buyer_uscc,
            gross_fen=row.gross_fen,
        )
        differences = invoice_differences(entered, read or InvoiceFacts())
        card = _card(
            f"invoice-{place}", f"发票 {row.number}", row.file, differences, why, to,
            summary=f"{row.issued_on} 开具", amount_fen=row.gross_fen, marked=_marks(read),
        )  # fmt: skip
        cards.append(_opened(card, chosen))
    return cards


def proof_cards(proofs: Sequence[Any], to: Address, *, chosen: str = "") -> list[Card]:
    """Each payment proof of a claim beside what its file says; one query for all."""
    stored = readings.readings_of([row.file for row in proofs], "proof")
    cards = []
    for place, row in enumerate(proofs):
        found, why = readings.proofs_in(stored.get(row.file.sha256))
        read, why = _picked(found, why, "serial", row.serial)
        entered = ProofFacts(
            payer=row.payer_name,
            payee=row.payee_name,
            amount_fen=row.amount_fen,
            paid_on=row.paid_on,
            serial=row.serial,
        )
        differences = proof_differences(entered, read or ProofFacts())
        marked = [f"不是付款证明：{read.no_proof}"] if read is not None and read.no_proof else []
        card = _card(
            f"proof-{place}", f"付款 {row.serial}", row.file, differences, why, to,
            summary=f"{row.paid_on} 付款", amount_fen=row.amount_fen, marked=marked,
        )  # fmt: skip
        cards.append(_opened(card, chosen))
    return cards


def marks_of(cards: Iterable[Card]) -> dict[int, list[tuple[int, tuple[int, int, int, int], str]]]:
    """The places of all fields by file: page, box in thousandths, tone."""
    found: dict[int, list[tuple[int, tuple[int, int, int, int], str]]] = {}
    for card in cards:
        found.setdefault(card.file, []).extend(card.marks)
    return found


def eyes_of(cards: Iterable[Card]) -> dict[int, int]:
    """How many fields of each file a reviewer should look at."""
    found: dict[int, int] = {}
    for card in cards:
        found[card.file] = found.get(card.file, 0) + card.eyes
    return found


def tally(cards: Iterable[Card], checks: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """What a reviewer sees first: how many checks fail, pass or want a look, and how many fields differ."""
    kept, told = list(cards), [row["passed"] for row in checks]
    rows = [f"{card.key}-{row.name}" for card in kept for row in card.rows if row.needs_eye]
    return {
        "bad": told.count(False),
        "looks": told.count(None),
        "good": told.count(True),
        "eyes": len(rows),
        "first": rows[0] if rows else "",
    }


def told_and_folded(cards: Sequence[Card]) -> dict[str, Any]:
    """The cards that stand on the page, and those that agree in every field, folded into one line where many are.

    A card that a reviewer should look at, that was not read, or whose document is open is never folded.
    """
    calm = [card for card in cards if not (card.is_open or card.eyes or card.unread or card.why)]
    if len(calm) < LEAST_FOLDED:
        return {"told": list(cards), "folded": []}
    return {"told": [card for card in cards if card not in calm], "folded": calm}


def box_text(box: Sequence[int]) -> str:
    """A box as it stands in an address: left, top, right, bottom in thousandths."""
    return ",".join(str(edge) for edge in box)


def _card(
    key: str,
    title: str,
    file: Any,
    differences: Sequence[Difference],
    why: str,
    to: Address,
    *,
    notes: tuple[str, ...] = (),
    summary: str = "",
    amount_fen: int | None = None,
    marked: Sequence[str] = (),
) -> Card:
    kept = [one for one in differences if one.entered or one.read or one.conflict]
    # What no form asks for is shown only where the document contradicts itself.
    kept = [one for one in kept if one.standing != "not_entered" or one.conflict or one.field == "code"]
    read = any(one.read for one in differences)
    rows = tuple(_row(one, place, file.pk, to, read=read) for place, one in enumerate(kept))
    how = "、".join(
        dict.fromkeys(SOURCES.get(source, source) for one in differences for source in one.sources)
    )
    marks = tuple(
        (one.place.page, one.place.box, "bad" if one.needs_eye else "")
        for one in kept
        if one.place is not None and one.place.page and one.place.box
    )
    return Card(
        key, title, file.pk, to(file.pk, 1, ""), rows, why if not read else "", how, (*marked, *notes), summary,
        amount_fen, marks=marks,
    )  # fmt: skip


def _row(one: Difference, place: int, file: int, to: Address, *, read: bool) -> Row:
    tones = {"same": "good", "differs": "bad", "not_read": "waiting", "not_entered": ""}
    money = one.field.endswith("_fen") or one.field.startswith("lines.")
    verdict = STANDINGS[one.standing]
    if one.standing == "differs" and money:
        verdict = _apart(one.entered, one.read)
    if one.standing == "not_read":
        verdict = "没有读到" if read else "请看原件"
    url = ""
    if one.place is not None and one.place.page:
        url = to(file, one.place.page, box_text(one.place.box) if one.place.box else "")
    conflict = tuple(_told(part) for part in one.conflict.split("；")) if one.conflict else ()
    service = one.field.partition("lines.")[2]
    return Row(
        name=f"line-{place}" if service else one.field,
        label=service or one.label,
        entered=_bare(one.entered, money),
        read=_bare(one.read, money),
        verdict=verdict,
        tone="bad" if one.needs_eye else tones[one.standing],
        money=money,
        needs_eye=one.needs_eye,
        sources="、".join(SOURCES.get(source, source) for source in one.sources),
        where=_where(one.place),
        url=url,
        conflict=conflict,
        article=one.article,
    )


def _devices(lines: Sequence[Any], read: ContractFacts) -> list[Difference]:
    """The devices of the contract as a whole, where a service counts them and the contract says how many."""
    counted = [line.devices for line in lines if line.devices is not None]
    if not counted or read.devices is None:
        return []
    entered, found = sum(counted), read.devices
    standing = "same" if entered == found else "differs"
    return [
        Difference(
            "devices", "联网设备", f"{entered} 台套", f"{found} 台套", standing, "D47-A1.3",  # type: ignore[arg-type]
            tuple(read.sources.get("devices", ())), read.places.get("devices"),
        )
    ]  # fmt: skip


def _marks(read: InvoiceFacts | None) -> list[str]:
    """What an invoice says of itself that takes its force away."""
    if read is None:
        return []
    return [*(["红字发票"] if read.red else []), *([f"发票{read.void}"] if read.void else [])]


def _picked(found: Sequence[Any], why: str, name: str, number: str) -> tuple[Any, str]:
    """The one paper of a file, or of several the one with this number; None and why."""
    if not found:
        return None, why
    if len(found) == 1 and found[0].row is None:
        return found[0].facts, found[0].why or why
    told = (one for one in found if one.facts is not None)
    row = next((one for one in told if readings.same_number(getattr(one.facts, name), number)), None)
    return (row.facts, row.why) if row is not None else (None, f"文件里有 {len(found)} 笔，其中没有这一笔")


def _opened(card: Card, chosen: str) -> Card:
    """The card of the document that is open, and any that a reviewer should look at, stand open."""
    return replace(card, is_open=bool(card.eyes) or str(card.file) == chosen)


def _apart(entered: str, read: str) -> str:
    """How far two sums are apart, from what is shown of them."""
    one, other = (parse_yuan(text.removesuffix(" 元").removeprefix("-")) for text in (entered, read))
    signs = [-1 if text.startswith("-") else 1 for text in (entered, read)]
    return f"差 {format_yuan(abs(signs[0] * one - signs[1] * other))}"


def _bare(text: str, money: bool) -> str:
    return text.removesuffix(" 元") if money else text


def _told(part: str) -> tuple[str, str]:
    source, _, value = part.partition("：")
    return SOURCES.get(source, source), value


def _where(place: Place | None) -> str:
    """Where in the document a field stands, in words."""
    if place is None:
        return ""
    if place.page:
        return f"第 {place.page} 页"
    if place.table:
        return f"第 {place.table} 个表格" + (f"第 {place.row} 行" if place.row else "")
    return f"第 {place.paragraph} 段" if place.paragraph else ""
