"""What the API tells of each thing: a plain dict of it, amounts in integer fen, times with offset."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.db.models import QuerySet
from ninja import Schema
from pydantic import Field

from yunquan.evidence.lifecycle import HOLDING
from yunquan.kernel.calendar import SHANGHAI


class Named(Schema):
    """An organisation."""

    id: int
    name: str
    uscc: str


class Step(Schema):
    """A step that the caller may take now."""

    action: str
    label: str
    article: str


class VoucherBrief(Schema):
    """A voucher as a list shows it; amounts in fen."""

    number: str
    cycle: str
    state: str
    state_label: str
    version: int
    enterprise: Named
    supplier: Named | None
    city: str
    county: str
    face_fen: int
    bonus_fen: int
    is_pilot: bool
    content_hash: str
    claim_hash: str
    applied_at: str
    issued_at: str
    claimed_at: str
    paid_at: str
    due_on: str


class VoucherLine(Schema):
    """One service of a voucher; amounts in fen."""

    service: int
    name: str
    fee_fen: int
    devices: int | None
    award_fen: int
    binding: str


class InvoiceOut(Schema):
    """An invoice of the claim that stands."""

    code: str
    number: str
    issued_on: str
    seller_uscc: str
    buyer_uscc: str
    gross_fen: int
    file: int


class ProofOut(Schema):
    """A payment proof of the claim that stands."""

    bank: str
    serial: str
    paid_on: str
    payer_name: str
    payee_name: str
    amount_fen: int
    file: int


class PartyOut(Schema):
    """Another firm that the claim declares, and whether the reviewer accepted it."""

    part: str = Field(description="issuer 开具方、buyer 购买方、payee 收款方、payer 付款方")
    name: str
    uscc: str
    relation: str = Field(description="parent 母公司、branch 分公司、subsidiary 子公司、renamed 更名")
    reason: str
    file: int
    is_accepted: bool = Field(description="审核人已认可")


class AlarmOut(Schema):
    """An alarm on an invoice of the claim; one that holds keeps the voucher from payment."""

    invoice: str = Field(description="发票代码-号码，数电票为号码")
    kind: str = Field(description="red 红冲、void 作废")
    happened_on: str
    reversed_fen: int | None = Field(description="红冲金额（分），整张为空")
    answer: str = Field(description="open 待核查、lifted 核查后解除、upheld 属实")
    holds: bool = Field(description="是否暂停办理")


class ContractOut(Schema):
    """The contract behind a voucher; amounts in fen."""

    number: str
    signed_on: str
    total_fen: int
    cloud_fee_fen: int
    file: int


class VoucherDetail(VoucherBrief):
    """A voucher with all that belongs to it."""

    place: str
    implementation_city: str
    edition: str
    rule_version: str
    contract: ContractOut | None
    lines: list[VoucherLine]
    invoices: list[InvoiceOut]
    proofs: list[ProofOut]
    parties: list[PartyOut]
    alarms: list[AlarmOut]
    explanation: dict[str, Any]
    return_reasons: list[dict[str, Any]]
    steps: list[Step] = Field(description="您现在可以办理的步骤")


class Moved(Schema):
    """Where a voucher stands after a step."""

    number: str
    state: str
    state_label: str
    version: int
    content_hash: str
    claim_hash: str
    face_fen: int


class FileOut(Schema):
    """A file that was taken."""

    id: int
    name: str
    size: int
    sha256: str


def moment(value: Any) -> str:
    """A moment as ISO 8601 with the offset of Shanghai, empty where there is none."""
    return value.astimezone(SHANGHAI).isoformat(timespec="seconds") if value else ""


def day(value: Any) -> str:
    """A day as 2018-12-31, empty where there is none."""
    return value.isoformat() if value else ""


def named(row: Any) -> dict[str, Any] | None:
    """An organisation by its name and code."""
    return {"id": row.pk, "name": row.name, "uscc": row.uscc} if row is not None else None


def brief(row: Any) -> dict[str, Any]:
    """A voucher as a list shows it; the caller has read enterprise, supplier and cycle with it."""
    return {
        "number": row.number,
        "cycle": row.cycle.code,
        "state": row.state,
        "state_label": row.lifecycle.states[row.state],
        "version": row.version,
        "enterprise": named(row.enterprise),
        "supplier": named(row.supplier),
        "city": row.city,
        "county": row.county,
        "face_fen": row.face_fen,
        "bonus_fen": row.bonus_fen,
        "is_pilot": row.is_pilot,
        "content_hash": row.content_hash,
        "claim_hash": row.claim_hash,
        "applied_at": moment(row.applied_at),
        "issued_at": moment(row.issued_at),
        "claimed_at": moment(row.claimed_at),
        "paid_at": moment(row.paid_at),
        "due_on": day(row.due_on),
    }


def moved(row: Any) -> dict[str, Any]:
    """Where a voucher stands now; nothing further is read from the database."""
    return {
        "number": row.number,
        "state": str(row.state),
        "state_label": row.lifecycle.states[row.state],
        "version": row.version,
        "content_hash": row.content_hash,
        "claim_hash": row.claim_hash,
        "face_fen": row.face_fen,
    }


def line(row: Any) -> dict[str, Any]:
    """One service line of a voucher."""
    return {
        "service": row.service,
        "name": row.service_name,
        "fee_fen": row.fee_fen,
        "devices": row.devices,
        "award_fen": row.award_fen,
        "binding": row.binding,
    }


def contract(row: Any) -> dict[str, Any] | None:
    """The contract behind a voucher."""
    if row is None:
        return None
    return {
        "number": row.number,
        "signed_on": day(row.signed_on),
        "total_fen": row.total_fen,
        "cloud_fee_fen": row.cloud_fee_fen,
        "file": row.file_id,
    }


def invoice(row: Any) -> dict[str, Any]:
    """An invoice of a claim."""
    return {
        "code": row.code,
        "number": row.number,
        "issued_on": day(row.issued_on),
        "seller_uscc": row.seller_uscc,
        "buyer_uscc": row.buyer_uscc,
        "gross_fen": row.gross_fen,
        "file": row.file_id,
    }


def proof(row: Any) -> dict[str, Any]:
    """A payment proof of a claim."""
    return {
        "bank": row.bank,
        "serial": row.serial,
        "paid_on": day(row.paid_on),
        "payer_name": row.payer_name,
        "payee_name": row.payee_name,
        "amount_fen": row.amount_fen,
        "file": row.file_id,
    }


def party(row: Any) -> dict[str, Any]:
    """Another firm that a claim declares."""
    names = ("part", "name", "uscc", "relation", "reason")
    told = {name: getattr(row, name) for name in names}
    return {**told, "file": row.file_id, "is_accepted": row.accepted_at is not None}


def alarm(row: Any) -> dict[str, Any]:
    """An alarm on an invoice of a claim."""
    return {
        "invoice": row.key,
        "kind": row.kind,
        "happened_on": day(row.happened_on),
        "reversed_fen": row.reversed_fen,
        "answer": row.answer,
        "holds": row.answer in HOLDING,
    }


def page(
    rows: QuerySet[Any], *, cursor: str, limit: int, tell: Callable[[Any], dict[str, Any]]
) -> dict[str, Any]:
    """One page, the latest first, and where the next begins; nothing is counted."""
    rows = rows.order_by("-pk")
    if cursor:
        rows = rows.filter(pk__lt=int(cursor))
    found: list[Any] = list(rows[: limit + 1])
    shown: Iterable[Any] = found[:limit]
    following = str(found[limit - 1].pk) if len(found) > limit else ""
    return {"items": [tell(row) for row in shown], "next": following}
