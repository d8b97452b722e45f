"""Issuer = payee = supplier, buyer = payer = enterprise, or another firm with a declared and proven reason."""

from __future__ import annotations

from collections.abc import Sequence

from yunquan.evidence.matching.facts import RELATIONS, Finding, Part, VoucherFacts
from yunquan.evidence.reading.facts import InvoiceFacts, ProofFacts
from yunquan.policy.contracts import normalise_name
from yunquan.policy.settlement import Party, is_same_party

_PARTS: dict[Part, tuple[str, str, str]] = {
    # What the document calls the party, whom it must be, and the article.
    "issuer": ("开具方", "supplier", "D47-5.14"),
    "payee": ("收款方", "supplier", "D47-5.14"),
    "buyer": ("购买方", "enterprise", "D47-5.11"),
    "payer": ("付款方", "enterprise", "D47-4.2"),
}


def parties(
    voucher: VoucherFacts, invoices: Sequence[InvoiceFacts], proofs: Sequence[ProofFacts]
) -> list[Finding]:
    """Issuer = payee = supplier, buyer = payer = enterprise, or a declared and proven exception."""
    found: list[Finding] = []
    for place, one in enumerate(invoices):
        shown, at = f"发票 {one.number}", f"invoices-{place}"
        found.append(
            _party(
                voucher, "issuer", shown, Party(one.seller or "", one.seller_no or ""), f"{at}-seller_name"
            )
        )
        found.append(
            _party(voucher, "buyer", shown, Party(one.buyer or "", one.buyer_no or ""), f"{at}-buyer_uscc")
        )
    for place, proof in enumerate(proofs):
        shown, at = f"付款凭证 {proof.serial}", f"proofs-{place}"
        found.append(_party(voucher, "payee", shown, Party(proof.payee or ""), f"{at}-payee_name"))
        found.append(_party(voucher, "payer", shown, Party(proof.payer or ""), f"{at}-payer_name"))
    return found


def _party(voucher: VoucherFacts, part: Part, shown: str, named: Party, at: str) -> Finding:
    word, whose, article = _PARTS[part]
    wanted = voucher.supplier if whose == "supplier" else voucher.enterprise
    code = {"issuer": "issuer_is_supplier", "payee": "payee_is_supplier"}.get(part, f"{part}_is_enterprise")
    if _is(named, wanted):
        return Finding(code, True, "refuses", f"{shown} 的{word}是“{wanted.name}”", article, field=at)
    who = f"“{named.name or named.code}”" if named.name or named.code else "没有写明"
    stated = f"{shown} 的{word}{'' if who == '没有写明' else '是'}{who}，不是“{wanted.name}”"
    declared = next((one for one in voucher.exceptions if one.part == part and _is(named, one.party)), None)
    if declared is None:
        mend = f"更换为{word}是“{wanted.name}”的材料；属母公司、分公司或更名的，请说明并上传证明"
        return Finding(code, False, "refuses", stated, article, mend, at)
    relation = RELATIONS[declared.relation]
    if not declared.is_proven:
        mend = "请写明关系并上传证明（工商登记、变更通知书等）"
        return Finding(code, False, "refuses", f"{stated}；已说明是{relation}，但没有证明", article, mend, at)
    told = f"{stated}；已说明是{relation}并附证明"
    if declared.accepted:
        return Finding(f"{code}_excepted", True, "look", f"{told}，审核人已认可", article, field=at)
    return Finding(f"{code}_excepted", False, "look", told, article, "请审核证明后认可或退回", at)


def _is(named: Party, wanted: Party) -> bool:
    """The same organisation; nobody is nobody."""
    if not (named.name or named.code):
        return False
    if named.code and wanted.code:
        return is_same_party(named, wanted)
    return bool(named.name) and normalise_name(named.name) == normalise_name(wanted.name)
