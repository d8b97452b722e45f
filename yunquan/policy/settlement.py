"""What the city checks before payment: issuer, payee, sums, paid share (invariant M6, D47-5.14)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from yunquan.kernel.money import format_yuan
from yunquan.kernel.refusal import Refusal
from yunquan.policy.rulebook import Rulebook
from yunquan.policy.substitutes import PARTS, DeclaredParty, Part, Party, Standing, is_same_party, standing

__all__ = [
    "Check",
    "Invoice",
    "Party",
    "Payment",
    "SettlementFacts",
    "claim_refusal",
    "is_same_party",
    "settlement_checks",
    "settlement_refusals",
    "unaccepted_exceptions",
]

CODES: dict[Part, str] = {
    "issuer": "issuer_is_supplier",
    "payee": "payee_is_supplier",
    "buyer": "buyer_is_another",
    "payer": "payer_is_enterprise",
}


@dataclass(frozen=True, slots=True)
class Invoice:
    """An invoice of the claim: who issued it, how much in fen, and to whom where that is known."""

    number: str
    issuer: Party
    amount_fen: int
    buyer: Party | None = None


@dataclass(frozen=True, slots=True)
class Payment:
    """A payment proof of the claim: who was paid, how much in fen, and by whom where that is known."""

    serial: str
    payee: Party
    amount_fen: int
    payer: Party | None = None


@dataclass(frozen=True, slots=True)
class SettlementFacts:
    """Everything that the checks look at; money in fen.

    `exceptions` are the other firms that were declared for a party; buyer and payer are checked where `enterprise`
    is given.
    """

    supplier: Party
    face_fen: int
    contract_fen: int
    invoices: Sequence[Invoice]
    payments: Sequence[Payment]
    applied_on: date
    enterprise: Party | None = None
    exceptions: Sequence[DeclaredParty] = ()


@dataclass(frozen=True, slots=True)
class Check:
    """One computed check for the reviewer's screen, passed or not, with figures and article.

    One that asks to `look` refuses nothing by itself: the reviewer has to judge it first.
    """

    code: str
    passed: bool
    message: str
    article: str
    mend: str
    field: str
    weight: Literal["refuses", "look"] = "refuses"


def settlement_checks(facts: SettlementFacts, rulebook: Rulebook) -> list[Check]:
    """Compute every check on a claim by the rules of the voucher's application day, passed ones too."""
    on = facts.applied_on
    invoice_rule = rulebook.value("settlement.invoice_rule", on)
    ratio = rulebook.value("settlement.paid_contract_ratio", on)
    invoiced = sum(invoice.amount_fen for invoice in facts.invoices)
    paid = sum(payment.amount_fen for payment in facts.payments)
    checks = _parties(facts, invoice_rule.article)
    if invoice_rule.value == "equals_contract":
        checks.append(
            Check(
                "invoices_equal_contract",
                bool(facts.invoices) and invoiced == facts.contract_fen,
                f"发票合计 {format_yuan(invoiced)} 元，合同金额 {format_yuan(facts.contract_fen)} 元",
                invoice_rule.article,
                "补充或更换发票，使合计等于合同金额",
                "invoices",
            )
        )
    else:
        checks.append(
            Check(
                "invoices_cover_face",
                bool(facts.invoices) and invoiced >= facts.face_fen,
                f"发票合计 {format_yuan(invoiced)} 元，服务券金额 {format_yuan(facts.face_fen)} 元",
                invoice_rule.article,
                f"补充发票，合计不低于 {format_yuan(facts.face_fen)} 元",
                "invoices",
            )
        )
    checks.append(
        Check(
            "payments_cover_face",
            bool(facts.payments) and paid >= facts.face_fen,
            f"付款合计 {format_yuan(paid)} 元，服务券金额 {format_yuan(facts.face_fen)} 元",
            invoice_rule.article if ratio.value else ratio.article,
            f"补充付款凭证，合计不低于 {format_yuan(facts.face_fen)} 元",
            "payments",
        )
    )
    if ratio.value:
        # Rounded up, so that a payment a fen below the share doesn't pass.
        share = ratio.value
        least = -(-facts.contract_fen * share.numerator // share.denominator)
        checks.append(
            Check(
                "paid_share_of_contract",
                paid >= least,
                f"付款合计 {format_yuan(paid)} 元，合同的 {float(share):.0%} 为 {format_yuan(least)} 元",
                ratio.article,
                f"补充付款凭证，合计不低于 {format_yuan(least)} 元",
                "payments",
            )
        )
    return checks


def settlement_refusals(facts: SettlementFacts, rulebook: Rulebook) -> list[Refusal]:
    """Say every reason why a claim can't be made, or approved for payment."""
    return [
        Refusal(check.code, check.message + "，不符合要求", check.article, check.mend, check.field)
        for check in settlement_checks(facts, rulebook)
        if not check.passed and check.weight == "refuses"
    ]


def unaccepted_exceptions(checks: Iterable[Check]) -> list[Refusal]:
    """What the reviewer has to judge before a claim can be approved: firms declared for a party (D47-5.14)."""
    return [
        Refusal(
            "exception_unaccepted",
            f"{check.message}，请先核对代付说明",
            check.article,
            check.mend,
            check.field,
        )
        for check in checks
        if not check.passed and check.weight == "look"
    ]


def claim_refusal(face_fen: int, paid_fen: int, rulebook: Rulebook, on: date) -> Refusal | None:
    """Say why a claim can't even be made: less paid than the voucher is worth (D47-4.2)."""
    if paid_fen >= face_fen:
        return None
    return Refusal(
        "paid_below_face",
        f"已支付 {format_yuan(paid_fen)} 元，低于服务券金额 {format_yuan(face_fen)} 元",
        rulebook.value("settlement.paid_contract_ratio", on).article,
        f"实际支付达到 {format_yuan(face_fen)} 元后再申请兑现",
        "payments",
    )


def _parties(facts: SettlementFacts, article: str) -> list[Check]:
    """Issuer and payee are the supplier, buyer and payer the enterprise, or firms that were declared for them."""
    invoices, payments = facts.invoices, facts.payments
    checks = [
        _party(facts, "issuer", [(one.number, one.issuer) for one in invoices], article),
        _party(facts, "payee", [(one.serial, one.payee) for one in payments], article),
    ]
    if facts.enterprise is not None:
        buyers = [(one.number, one.buyer) for one in invoices if one.buyer is not None]
        payers = [(one.serial, one.payer) for one in payments if one.payer is not None]
        checks += [_party(facts, "buyer", buyers, "")] if buyers else []
        checks += [_party(facts, "payer", payers, "")] if payers else []
    return checks


def _party(facts: SettlementFacts, part: Part, rows: Sequence[tuple[str, Party]], article: str) -> Check:
    """One check over all documents of a kind: who is named in them for this part."""
    word, whose, own_article = PARTS[part]
    wanted = facts.supplier if whose == "supplier" else facts.enterprise
    assert wanted is not None
    kind, group = ("发票", "invoices") if part in ("issuer", "buyer") else ("付款", "payments")
    unit = "张" if kind == "发票" else "笔"
    stood: dict[Standing, list[str]] = {}
    for number, named in rows:
        stood.setdefault(standing(part, named, wanted, facts.exceptions)[0], []).append(number)
    others = [*stood.get("another", ()), *stood.get("unproven", ())]
    waiting, accepted = stood.get("proven", []), stood.get("accepted", [])
    message = f"{len(rows)} {unit}{kind}的{word}都是“{wanted.name}”"
    mend = f"提供{word}是“{wanted.name}”的{kind if kind == '发票' else '付款凭证'}"
    if others:
        message = f"{kind} {'、'.join(others)} 的{word}不是“{wanted.name}”"
        mend += "；属母公司、分公司、子公司或更名的，请在“代付说明”中说明并上传证明"
    elif waiting:
        message = f"{kind} {'、'.join(waiting)} 的{word}不是“{wanted.name}”，已说明并附证明"
        mend = "请审核人核对说明和证明，认可或退回"
    elif accepted:
        message = f"{kind} {'、'.join(accepted)} 的{word}不是“{wanted.name}”，已说明并附证明，审核人已认可"
    elif not rows:
        message = "没有发票" if kind == "发票" else "没有付款凭证"
    passed = bool(rows) and not others and not waiting
    weight: Literal["refuses", "look"] = "look" if waiting and not others else "refuses"
    return Check(CODES[part], passed, message, article or own_article, mend, group, weight)
