"""What the demonstration's suppliers offer, at which prices, and the words of their acceptance reports."""

from __future__ import annotations

# Which supplier offers which services, with a fee in 元 and devices where they count.
OFFERS: dict[str, tuple[tuple[int, str, str], ...]] = {
    "yun": ((2, "80000.00", "60"), (8, "50000.00", "")),
    "zhi": ((3, "460000.00", ""),),
    "ruan": ((9, "50000.00", ""), (10, "42000.00", "")),
    "neng": ((6, "168000.00", ""),),
    # This one's fees are the cap to the fen, always.
    "wai": ((7, "30000.00", "30"), (2, "64000.00", "32")),
}
ACCEPTED = (
    "经双方共同验收，系统已按合同约定完成部署、数据接入和人员培训，各功能模块运行正常。",
    "试运行期间共处理单据一千二百余笔，未发生数据丢失，响应时间满足约定要求。",
    "委托方确认上述工作全部完成，同意验收，双方对交付清单、账号权限和后续服务安排没有异议。",
)


def offer(supplier: str, place: int) -> list[tuple[int, int, str]]:
    """What a supplier asks of an enterprise: services, fees in fen and devices; prices move a little between buyers."""
    share = 100 if supplier == "wai" else 93 + (place * 7 + len(supplier)) % 15
    return [
        (service, round(int(fee.replace(".", "")) * share / 1_000_000) * 10_000, devices)
        for service, fee, devices in OFFERS[supplier]
    ]
