"""The lines of an invoice against the services of its voucher; words that the reviewer should look at (D47-3)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

from yunquan.evidence.reading.facts import InvoiceLine

# The tax office's short name of the kind of goods stands between asterisks: *信息技术服务*软件服务费.
_CATEGORY = re.compile(r"^\s*[*＊]([^*＊]{2,20})[*＊]\s*(.*)$", re.DOTALL)
_CLOUD_CATEGORIES = ("信息技术", "软件", "电信", "信息系统", "研发和技术", "现代服务", "增值电信", "信息服务")
# Device connection and network alteration belong to cloud fees, so their parts are not named here.
_EQUIPMENT = (
    "机器人", "机械手", "机床", "注塑机", "冲床", "输送线", "流水线", "自动化设备", "自动化装备", "生产线",
    "叉车", "汽车", "空调", "家具", "电脑整机", "打印机",
)  # fmt: skip
_NOT_CLOUD = ("单机版", "永久授权", "买断", "光盘", "软件产品")
_ELSEWHERE = ("餐饮", "住宿", "旅游", "运输", "租赁", "不动产", "食品", "广告", "建筑", "物业", "劳务")
_GENERAL = (
    "云", "软件", "平台", "系统", "信息", "技术服务", "服务费", "实施", "接入", "网络", "数据", "运维",
    "saas", "开发", "联网",
)  # fmt: skip


def lines_against_services(lines: Sequence[InvoiceLine], services: Iterable[str]) -> list[str]:
    """What in an invoice's lines doesn't look like cloud fees of these services, in Chinese; no line, no word.

    >>> lines_against_services([InvoiceLine("*通用设备*六轴机器人")], ["生产品质管控"])
    ['“*通用设备*六轴机器人”像是自动化装备（机器人），不属于上云上平台费用']
    """
    wanted = [_plain(service) for service in services]
    return [told for line in lines if (told := _told(line.name, wanted))]


def _told(name: str, services: Sequence[str]) -> str:
    said = _plain(name)
    found = _CATEGORY.match(name)
    category = _plain(found[1]) if found else ""
    if not said or any(service in said for service in services):
        return ""
    for words, why in (
        (_EQUIPMENT, "像是自动化装备（{}），不属于上云上平台费用"),
        (_NOT_CLOUD, "像是非云化软件（{}），不属于上云上平台费用"),
        (_ELSEWHERE, "像是其他费用（{}），看不出与本券服务的关系"),
    ):
        word = next((word for word in words if word in said), None)
        if word is not None:
            return f"“{name.strip()[:60]}”{why.format(word)}"
    if category and any(word in category for word in _CLOUD_CATEGORIES):
        return ""
    if any(word in said for word in _GENERAL):
        return ""
    return f"“{name.strip()[:60]}”看不出与本券服务（{'、'.join(services)}）的关系"


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split()).casefold()
