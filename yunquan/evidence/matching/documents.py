"""What each invoice and proof must be by itself: its own sums, its day, its marks, and used once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from yunquan.evidence.keys import invoice_key
from yunquan.evidence.matching.facts import Finding, VoucherFacts
from yunquan.evidence.reading.facts import InvoiceFacts, ProofFacts
from yunquan.kernel.money import format_yuan


def own_sums(invoices: Sequence[InvoiceFacts]) -> list[Finding]:
    """Net and tax make gross, lines make net: within an invoice, where it says them (D47-5.11)."""
    found = []
    for place, one in enumerate(invoices):
        at = f"invoices-{place}-gross"
        if one.net_fen is not None and one.tax_fen is not None and one.gross_fen is not None:
            made = one.net_fen + one.tax_fen
            message = f"发票 {one.number} 金额加税额 {format_yuan(made)} 元，价税合计 {format_yuan(one.gross_fen)} 元"
            mend = "请核对金额"
            found.append(
                Finding("invoice_sums", made == one.gross_fen, "refuses", message, "D47-5.11", mend, at)
            )
        nets = [line.net_fen for line in one.lines if line.net_fen is not None]
        # Each line is rounded to a fen of its own, so as many fen may be missing as there are lines.
        if nets and len(nets) == len(one.lines) and one.net_fen is not None:
            near = abs(sum(nets) - one.net_fen) <= len(nets)
            message = (
                f"发票 {one.number} 明细合计 {format_yuan(sum(nets))} 元，金额 {format_yuan(one.net_fen)} 元"
            )
            found.append(Finding("invoice_lines_sum", near, "look", message, "D47-5.11", "请核对明细", at))
    return found


def days(
    voucher: VoucherFacts, invoices: Sequence[InvoiceFacts], proofs: Sequence[ProofFacts]
) -> list[Finding]:
    """Contract, then invoice, payment and acceptance, then the claim; nothing is dated after the claim."""
    dated = [
        *((f"发票 {one.number} 开票日", one.issued_on, f"invoices-{at}-issued_on") for at, one in enumerate(invoices)),
        *((f"付款凭证 {one.serial} 付款日", one.paid_on, f"proofs-{at}-paid_on") for at, one in enumerate(proofs)),
        *((("验收日", voucher.accepted_on, "report-accepted_on"),) if voucher.accepted_on else ()),
    ]  # fmt: skip
    signed, claimed, found = voucher.contract.signed_on, voucher.claimed_on, []
    for shown, day, at in dated:
        if day is None:
            message = f"{shown}没有写明"
            found.append(Finding("day_missing", False, "refuses", message, "D47-5.11", "请填写日期", at))
            continue
        if claimed is not None:
            message = f"{shown} {day}，兑现申请于 {claimed}"
            mend = "材料日期不能晚于申请当天；请核对"
            found.append(Finding("day_after_claim", day <= claimed, "refuses", message, "D47-5.11", mend, at))
        if signed is not None and day < signed:
            message = f"{shown} {day} 早于合同签订日 {signed}"
            mend = "请说明为什么早于合同，或核对日期"
            found.append(Finding("day_before_contract", False, "look", message, "D47-5.6", mend, at))
    return found


def marks(invoices: Sequence[InvoiceFacts], proofs: Sequence[ProofFacts]) -> list[Finding]:
    """A red or void invoice proves nothing, nor does a page on which a payment is only asked for."""
    found = []
    for place, one in enumerate(invoices):
        bad = one.void or ("红字发票" if one.red or (one.gross_fen or 0) < 0 else "")
        message = (
            f"发票 {one.number} 是{bad}，不能作为凭据" if bad else f"发票 {one.number} 没有红冲或作废标记"
        )
        mend = "请更换有效的发票"
        at = f"invoices-{place}-number"
        found.append(Finding("invoice_counts", not bad, "refuses", message, "D47-5.14", mend, at))
    for place, proof in enumerate(proofs):
        if proof.no_proof:
            message = f"付款凭证 {proof.serial or place + 1} 不是付款证明：{proof.no_proof}"
            mend = "请上传银行回单或流水；付款申请、审批或提交页面不能证明已付款"
            at = f"proofs-{place}-file"
            found.append(Finding("proof_is_request", False, "refuses", message, "D47-5.11", mend, at))
    return found


def key_of(one: InvoiceFacts) -> str:
    """The key under which an invoice is used once."""
    return invoice_key(one.code or "", one.number or "")


def once(
    code: str, word: str, used: Mapping[str, str], keyed: Sequence[tuple[str, str]], group: str
) -> list[Finding]:
    """Each document serves one voucher and stands in a claim once (U2, U3)."""
    found, seen = [], set[str]()
    for place, (key, shown) in enumerate(keyed):
        at = f"{group}-{place}-{'number' if group == 'invoices' else 'serial'}"
        if key in used:
            message = f"{word} {shown} 已用于服务券 {used[key]}"
            mend = f"每份{word}只能用一次；请更换"
            found.append(Finding(code, False, "refuses", message, "D47-5.14", mend, at))
        elif key and key in seen:
            message = f"{word} {shown} 在本次申请中填写了两次"
            found.append(
                Finding("listed_twice", False, "refuses", message, "D47-5.14", "请删去重复的一行", at)
            )
        else:
            message = f"{word} {shown} 没有用于其他服务券"
            found.append(Finding(code, True, "refuses", message, "D47-5.14", field=at))
        seen.add(key)
    return found
