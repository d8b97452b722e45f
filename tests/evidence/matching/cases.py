"""A clean case of invented firms, from which a test changes one thing at a time."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from yunquan.evidence.matching import DeclaredParty, VoucherFacts
from yunquan.evidence.reading.facts import ContractFacts, ContractLine, InvoiceFacts, InvoiceLine, ProofFacts
from yunquan.policy.rulebook import load_pack
from yunquan.policy.settlement import Party
from yunquan.policy.uscc import make_uscc

ENTERPRISE = Party("示例五金制品有限公司", make_uscc(1))
SUPPLIER = Party("示例云科技（东莞）有限公司", make_uscc(2))
PARENT = Party("示例云集团有限公司", make_uscc(3))
PACK = load_pack("gd-2018")

CONTRACT = ContractFacts(
    number="HT-2018-001",
    party_a=ENTERPRISE.name,
    party_b="示例云科技(东莞)有限公司",
    signed_on=date(2018, 10, 8),
    total_fen=12_000_000,
    cloud_fee_fen=10_000_000,
    lines=(ContractLine("生产品质管控", 8_000_000), ContractLine("供应链协同", 2_000_000)),
)
INVOICE = InvoiceFacts(
    kind="数电票",
    number="24442000000123456789",
    issued_on=date(2018, 12, 3),
    seller=SUPPLIER.name,
    seller_no=SUPPLIER.code,
    buyer=ENTERPRISE.name,
    buyer_no=ENTERPRISE.code,
    net_fen=9_433_962,
    tax_fen=566_038,
    gross_fen=10_000_000,
    red=False,
    lines=(InvoiceLine("*信息技术服务*生产品质管控服务费", 9_433_962, 566_038, "6%"),),
)
PROOF = ProofFacts(
    payer=ENTERPRISE.name,
    payee=SUPPLIER.name,
    amount_fen=10_000_000,
    paid_on=date(2018, 12, 10),
    serial="GH0001",
)


def voucher(**changed: Any) -> VoucherFacts:
    """The facts of the voucher; what is given replaces what is clean."""
    clean = VoucherFacts(
        enterprise=ENTERPRISE,
        supplier=SUPPLIER,
        face_fen=10_000_000,
        applied_on=date(2018, 11, 1),
        services={"生产品质管控": 8_000_000, "供应链协同": 2_000_000},
        contract=CONTRACT,
        claimed_on=date(2019, 2, 1),
        accepted_on=date(2018, 12, 20),
    )
    return replace(clean, **changed)


def parent(**changed: Any) -> DeclaredParty:
    """The supplier's parent, declared and proven as issuer."""
    declared = DeclaredParty(
        part="issuer", party=PARENT, relation="parent", reason="由集团统一开票", proof="file:7"
    )
    return replace(declared, **changed)
