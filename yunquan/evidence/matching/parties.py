"""Issuer = payee = supplier, buyer = payer = enterprise, or another firm with a declared and proven reason."""

from __future__ import annotations

from collections.abc import Sequence

from yunquan.evidence.matching.facts import Finding, VoucherFacts
from yunquan.evidence.reading.facts import InvoiceFacts, ProofFacts
from yunquan.policy.settlement import CODES
from yunquan.policy.substitutes import PARTS, RELATIONS, Part, Party, standing


def parties(
    voucher: VoucherFacts, invoices: Sequence[InvoiceFacts], proofs: Sequence[ProofFacts]
) -> list[Finding]:
    """Issuer = payee = supplier, buyer = payer = enterprise, or a declared and proven exception."""
    found: list[Finding] = []
    for place, one in enumerate(invoices):
        shown, at = f"发票 {one.number}", f"invoices-{place}"
        seller, buyer = (
            Party(one.seller or "", one.seller_no or ""),
            Party(one.buyer or "", one.buyer_no or ""),
        )
        found.append(
            _party(voucher, "issuer", shown, seller, f"{at}-seller_{'uscc' if seller.code else 'name'}")
        )
        found.append(_party(voucher, "buyer", shown, buyer, f"{at}-buyer_uscc"))
    for place, proof in enumerate(proofs):
        shown, at = f"付款凭证 {proof.serial}", f"proofs-{place}"
        found.append(_party(voucher, "payee", shown, Party(proof.payee or ""), f"{at}-payee_name"))
        found.append(_party(voucher, "payer", shown, Party(proof.payer or ""), f"{at}-payer_name"))
    return found


def _party(voucher: VoucherFacts, part: Part, shown: str, named: Party, at: str) -> Finding:
    word, whose, article = PARTS[part]
    wanted = voucher.supplier if whose == "supplier" else voucher.enterprise
    code = CODES[part]
    stood, declared = standing(part, named, wanted, voucher.exceptions)
    if stood == "same":
        return Finding(code, True, "refuses", f"{shown} 的{word}是“{wanted.name}”", article, field=at)
    is_word = "是" if named.name or named.code else ""
    stated = f"{shown} 的{word}{is_word}{named.shown}，不是“{wanted.name}”"
    if declared is None:
        mend = f"更换为{word}是“{wanted.name}”的材料；属母公司、分公司、子公司或更名的，请在“代付说明”中说明并上传证明"
        return Finding(code, False, "refuses", stated, article, mend, at)
    relation = RELATIONS[declared.relation]
    if stood == "unproven":
        mend = "请写明关系并上传证明（工商登记、变更通知书等）"
        return Finding(code, False, "refuses", f"{stated}；已说明是{relation}，但没有证明", article, mend, at)
    told = f"{stated}；已说明是{relation}并附证明"
    if stood == "accepted":
        return Finding(f"{code}_excepted", True, "look", f"{told}，审核人已认可", article, field=at)
    return Finding(f"{code}_excepted", False, "look", told, article, "请审核证明后认可或退回", at)
