"""The contract itself: parties, sums, days, one voucher only (D47-5.8, D47-A1.3)."""

from __future__ import annotations

from yunquan.evidence.matching.facts import Finding, Used, VoucherFacts, said_day, said_yuan
from yunquan.kernel.money import format_yuan
from yunquan.policy.contracts import normalise_name


def match_contract(voucher: VoucherFacts, used: Used | None = None) -> list[Finding]:
    """Every point of the contract itself: parties, sums, days, one voucher only (D47-5.8, D47-A1.3)."""
    contract, found = voucher.contract, []
    for side, name, party in (
        ("甲方", contract.party_a, voucher.enterprise),
        ("乙方", contract.party_b, voucher.supplier),
    ):
        same = name is not None and normalise_name(name) == normalise_name(party.name)
        shown = f"“{name}”" if name else "没有填写"
        found.append(
            Finding(
                "contract_party",
                same,
                "refuses",
                f"合同{side}是“{party.name}”" if same else f"合同{side}{shown}，不是“{party.name}”",
                "D47-5.8",
                "合同须由申领企业与所选供应商签订；名称有变更的请补充证明",
                "contract",
            )
        )
    found += _contract_sums(voucher)
    signed = contract.signed_on
    found.append(
        Finding(
            "contract_before_application",
            signed is not None and signed <= voucher.applied_on,
            "refuses",
            f"合同签订于 {said_day(signed)}，申领于 {voucher.applied_on}",
            "D47-5.6",
            "先签合同再申领；请核对签订日期",
            "signed_on",
        )
    )
    elsewhere = used.contract if used else None
    found.append(
        Finding(
            "contract_used",
            elsewhere is None,
            "refuses",
            f"合同已用于服务券 {elsewhere}" if elsewhere else "合同没有用于其他服务券",
            "D47-5.8",
            "每份合同只对应一张服务券",
            "contract_number",
        )
    )
    return found


def _contract_sums(voucher: VoucherFacts) -> list[Finding]:
    contract = voucher.contract
    lines = sum(voucher.services.values())
    total, cloud = contract.total_fen, contract.cloud_fee_fen
    agree = cloud is not None and lines == cloud
    within = cloud is not None and total is not None and 0 < cloud <= total
    return [
        Finding(
            "fee_lines_sum",
            agree,
            "refuses",
            f"各项应用服务费用合计 {format_yuan(lines)} 元，合同上云费用合计 {said_yuan(cloud)}",
            "D47-A1.3",
            "逐项列明的费用之和应等于上云费用合计",
            "cloud_fee",
        ),
        Finding(
            "cloud_fee_within_total",
            within,
            "refuses",
            f"上云费用合计 {said_yuan(cloud)}，合同金额总计 {said_yuan(total)}",
            "D47-A1.3",
            "上云费用不能超过合同金额；请核对",
            "total",
        ),
    ]
