"""What the city checks before payment: issuer, payee, sums, paid share (invariant M6, D47-5.14)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from yunquan.kernel.money import format_yuan
from yunquan.kernel.refusal import Refusal
from yunquan.policy.contracts import normalise_name
from yunquan.policy.rulebook import Rulebook
from yunquan.policy.uscc import compact


@dataclass(frozen=True, slots=True)
class Party:
    """An organisation as a document names it; the code may be missing on a payment proof."""

    name: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class Invoice:
    """An invoice of the claim: who issued it, how much in fen."""

    number: str
    issuer: Party
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Payment:
    """A payment proof of the claim: who was paid, how much in fen."""

    serial: str
    payee: Party
    amount_fen: int


@dataclass(frozen=True, slots=True)
class SettlementFacts:
    """Everything that the checks look at; money in fen."""

    supplier: Party
    face_fen: int
    contract_fen: int
    invoices: Sequence[Invoice]
    payments: Sequence[Payment]
    applied_on: date


@dataclass(frozen=True, slots=True)
class Check:
    """One computed check for the reviewer's screen, passed or not, with figures and article."""

    code: str
    passed: bool
    message: str
    article: str
    mend: str
    field: str


def is_same_party(one: Party, other: Party) -> bool:
    """Say whether two documents mean the same organisation: by code where both have it, else by name."""
    if one.code and other.code:
        return compact(one.code) == compact(other.code)
    return normalise_name(one.name) == normalise_name(other.name)


def settlement_checks(facts: SettlementFacts, rulebook: Rulebook) -> list[Check]:
    """Compute every check on a claim by the rules of the voucher's application day, passed ones too."""
    on = facts.applied_on
    invoice_rule = rulebook.value("settlement.invoice_rule", on)
    ratio = rulebook.value("settlement.paid_contract_ratio", on)
    invoiced = sum(invoice.amount_fen for invoice in facts.invoices)
    paid = sum(payment.amount_fen for payment in facts.payments)
    checks = [_issuers(facts, invoice_rule.article), _payees(facts, invoice_rule.article)]
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
    """Say every reason why a claim can't be approved for payment."""
    return [
        Refusal(check.code, check.message + "，不符合要求", check.article, check.mend, check.field)
        for check in settlement_checks(facts, rulebook)
        if not check.passed
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


def _issuers(facts: SettlementFacts, article: str) -> Check:
    others = [one.number for one in facts.invoices if not is_same_party(one.issuer, facts.supplier)]
    message = f"{len(facts.invoices)} 张发票的开具方都是“{facts.supplier.name}”"
    if others:
        message = f"发票 {'、'.join(others)} 的开具方不是“{facts.supplier.name}”"
    elif not facts.invoices:
        message = "没有发票"
    return Check(
        "issuer_is_supplier",
        bool(facts.invoices) and not others,
        message,
        article,
        f"提供由“{facts.supplier.name}”开具的发票",
        "invoices",
    )


def _payees(facts: SettlementFacts, article: str) -> Check:
    others = [one.serial for one in facts.payments if not is_same_party(one.payee, facts.supplier)]
    message = f"{len(facts.payments)} 笔付款的收款方都是“{facts.supplier.name}”"
    if others:
        message = f"付款 {'、'.join(others)} 的收款方不是“{facts.supplier.name}”"
    elif not facts.payments:
        message = "没有付款凭证"
    return Check(
        "payee_is_supplier",
        bool(facts.payments) and not others,
        message,
        article,
        f"提供付给“{facts.supplier.name}”的付款凭证",
        "payments",
    )
