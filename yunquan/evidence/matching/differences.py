"""Facts entered beside facts read, field by field, for the review screen; a difference decides nothing."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from yunquan.evidence.reading.facts import ContractFacts, InvoiceFacts, Place, ProofFacts
from yunquan.kernel.money import format_yuan
from yunquan.policy.contracts import normalise_contract_number, normalise_name
from yunquan.policy.uscc import compact

Standing = Literal["same", "differs", "not_read", "not_entered"]
STANDINGS: dict[Standing, str] = {
    "same": "一致",
    "differs": "不一致",
    "not_read": "材料中没有读到",
    "not_entered": "没有填写",
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One field: what was entered, what was read and where, and whether they say the same."""

    field: str
    label: str
    entered: str
    read: str
    standing: Standing
    article: str
    sources: tuple[str, ...] = ()
    place: Place | None = None
    conflict: str = ""

    @property
    def needs_eye(self) -> bool:
        """Whether a reviewer should look: the two differ, or the document's own sources do."""
        return self.standing == "differs" or bool(self.conflict)


_INVOICE = {
    "code": ("发票代码", "D47-5.11"),
    "number": ("发票号码", "D47-5.11"),
    "issued_on": ("开票日期", "D47-5.11"),
    "seller": ("销售方", "D47-5.14"),
    "seller_no": ("销售方税号", "D47-5.14"),
    "buyer": ("购买方", "D47-5.11"),
    "buyer_no": ("购买方税号", "D47-5.11"),
    "net_fen": ("金额", "D47-5.14"),
    "tax_fen": ("税额", "D47-5.14"),
    "gross_fen": ("价税合计", "D47-5.14"),
}
_CONTRACT = {
    "number": ("合同编号", "D47-5.8"),
    "party_a": ("甲方", "D47-5.8"),
    "party_b": ("乙方", "D47-5.8"),
    "signed_on": ("签订日期", "D47-5.6"),
    "total_fen": ("合同金额", "D47-A1.3"),
    "cloud_fee_fen": ("上云费用合计", "D47-5.10"),
}
_PROOF = {
    "payer": ("付款方", "D47-4.2"),
    "payee": ("收款方", "D47-5.14"),
    "amount_fen": ("金额", "D47-5.14"),
    "paid_on": ("付款日期", "D47-5.11"),
    "serial": ("流水号", "D47-5.11"),
}
_NAMES = {"seller", "buyer", "party_a", "party_b", "payer", "payee"}
_NUMBERS = {"seller_no", "buyer_no"}


def invoice_differences(entered: InvoiceFacts, read: InvoiceFacts) -> list[Difference]:
    """An invoice as it was entered beside what its file says."""
    return [_difference(field, *_INVOICE[field], entered, read) for field in _INVOICE]


def proof_differences(entered: ProofFacts, read: ProofFacts) -> list[Difference]:
    """A payment proof as it was entered beside what its file says."""
    return [_difference(field, *_PROOF[field], entered, read) for field in _PROOF]


def contract_differences(entered: ContractFacts, read: ContractFacts) -> list[Difference]:
    """A contract as it was entered beside what its file says, with the fee of each service (D47-5.10)."""
    found = [_difference(field, *_CONTRACT[field], entered, read) for field in _CONTRACT]
    ours = {_plain(line.service): line for line in entered.lines}
    theirs = {_plain(line.service): line for line in read.lines}
    for key in dict.fromkeys([*ours, *theirs]):
        mine, yours = ours.get(key), theirs.get(key)
        shown = (mine or yours).service  # type: ignore[union-attr]
        before = mine.fee_fen if mine else None
        after = yours.fee_fen if yours else None
        found.append(
            Difference(
                f"lines.{shown}",
                f"“{shown}”费用",
                _shown("fee_fen", before),
                _shown("fee_fen", after),
                _standing("fee_fen", before, after),
                "D47-5.10",
                place=read.places.get(f"lines.{shown}"),
            )
        )
    return found


def to_look_at(differences: Iterable[Difference]) -> list[Difference]:
    """Those that need a reviewer's eye, in their order."""
    return [difference for difference in differences if difference.needs_eye]


def _difference(field: str, label: str, article: str, entered: Any, read: Any) -> Difference:
    before, after = getattr(entered, field), getattr(read, field)
    conflict = next((one for one in read.conflicts if one.field == field), None)
    told = (
        "；".join(f"{source}：{_shown(field, value)}" for source, value in conflict.values)
        if conflict
        else ""
    )
    return Difference(
        field,
        label,
        _shown(field, before),
        _shown(field, after),
        _standing(field, before, after),
        article,
        tuple(read.sources.get(field, ())),
        read.places.get(field),
        told,
    )


def _standing(field: str, entered: Any, read: Any) -> Standing:
    if read in (None, ""):
        return "not_read"
    if entered in (None, ""):
        return "not_entered"
    return "same" if _key(field, entered) == _key(field, read) else "differs"


def _key(field: str, value: Any) -> Any:
    """A value without its looks, as it is compared; money and days as they are."""
    if not isinstance(value, str):
        return value
    if field in _NAMES:
        return normalise_name(value)
    if field in _NUMBERS:
        return compact(value)
    return normalise_contract_number(value)


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())


def _shown(field: str, value: Any) -> str:
    if value is None:
        return ""
    if field.endswith("_fen") and isinstance(value, int):
        return f"{format_yuan(value)} 元"
    return value.isoformat() if isinstance(value, date) else str(value)
