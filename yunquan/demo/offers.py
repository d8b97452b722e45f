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

# The acceptance report of one project, in words that no other one has.
METERED = (
    "能耗监测已接入空压机、注塑机和总配电柜共三十六块电表，分钟级采集，抄表误差经比对在千分之五以内。",
    "环保排口的两台在线监测仪已联网，超限短信在四十秒内送达班组长；危化品间的可燃气体探头逐一做过报警试验。",
    "四月以来夜班空载电耗由每班 410 度降至 265 度，数据由设备科与财务科共同核对。",
    "设备科、安全办和服务方三方现场签认，遗留的一块电表已于五月更换并复测合格。",
)


def offer(supplier: str, place: int) -> list[tuple[int, int, str]]:
    """What a supplier asks of an enterprise: services, fees in fen and devices; prices move a little between buyers."""
    share = 100 if supplier == "wai" else 93 + (place * 7 + len(supplier)) % 15
    return [
        (service, round(int(fee.replace(".", "")) * share / 1_000_000) * 10_000, devices)
        for service, fee, devices in OFFERS[supplier]
    ]
