"""Sums in a contract: the total, the cloud fee, devices and their value, in figures and in capitals."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice

from yunquan.evidence.reading.amounts import CAPITAL_SIGNS, FIGURES, UNIT, capitals_fen, figures_fen
from yunquan.evidence.reading.flow import Flow

_SIGNS = rf"[{CAPITAL_SIGNS}](?:[ ]?[{CAPITAL_SIGNS}]){{0,30}}"
CAPITALS = rf"(?=[^。\n]{{1,40}}?[元圆角]){_SIGNS}"
# What may stand between a label and its sum.
FILL = r"(?:[ \t_]|\([^()\n]{0,24}\)|人民币|RMB|CNY|大写|小写|含税|不含税|暂定|为|是|共|合|计|总|[:¥即“”\"]|[:为]\n){0,14}"
# A number that goes on as something else is no sum: a share, a day, a count.
END = r"(?![\d%‰]|[,.]\d|[ \t]?(?:年|月|日|号|天|台|套|个|人|项|条|%|％))"
SUM = rf"(?P<figures>{FIGURES})[ \t]?(?P<unit>{UNIT})?{END}"
_NEITHER = re.compile(rf"{FILL}(?:{SUM}|(?P<capitals>{CAPITALS}))")
_CAPITALS_NEAR = re.compile(rf"^[^。;\n]{{0,14}}?(?P<capitals>{CAPITALS})")
_FIGURES_NEAR = re.compile(rf"^[^。;\n\d]{{0,14}}?(?P<figures>{FIGURES})[ \t]?(?P<unit>{UNIT})?{END}")
_UNIT_SAID = re.compile(r"\((?:[^()]{0,6}[:/])?(?:人民币)?[ ]?(万元|千元|元)\)")
_SHARE = re.compile(r"^[ \t]*的")

_WHOLE = (
    r"(?:总金额|总价款|总价格|总价|总额|总费用|总计金额|总计费用|金额总计|金额合计|金额总额|价款总计|价款合计|价款总额|"
    r"费用总计|费用合计|费用总额|服务费总额|标的总额)"
)
_TOTALS = (
    (re.compile(rf"(?:合同|协议|订单|项目){_WHOLE}|(?<!不)含税(?:合同)?{_WHOLE}|价税合计"), 3),
    (re.compile(rf"{_WHOLE}|(?:合同|协议)(?:标的)?(?:金额|价款|价格|费用|额)"), 2),
)
_MOST = 400
_CLOUD_MARK = r"[“”\"'「」『』]?"
_CLOUD = (
    (
        re.compile(
            rf"上云(?:上平台)?{_CLOUD_MARK}[ \t]?(?:平台)?(?:服务)?费用?(?:合计|总计|总额|总金额|金额合计|金额)|"
            r"云(?:平台|服务|化)(?:使用|服务)?费用?(?:合计|总计|总额)"
        ),
        3,
    ),
    (
        re.compile(
            rf"上云(?:上平台)?{_CLOUD_MARK}[ \t]?(?:平台)?(?:服务)?费用?(?=[ ]?(?:为|共|计|是|:|\t|\(?人民币|¥|\d))"
        ),
        2,
    ),
)
# Before a label these make another sum of it.
_OTHER_BEFORE = re.compile(
    r"(?:原|不超过|超过|补充|上年|每年|年度|变更前|占|低于|高于|累计|框架|云(?:上)?(?:平台)?[”\"]?)[ \t]?$"
)
_OTHER_AFTER = re.compile(r"^[ \t]*(?:的|之)?[ \t]*(?:\d{1,3}(?:\.\d+)?[ ]?%|百分之|[一二三四五六七八九]成)")
_DEVICES = re.compile(
    r"(?:联网设备|设备数量|联网的?设备数|接入设备)(?:数量|台数|总数)?(?:\((?:台套|台/套|台)\))?[ \t:为共计_]{0,6}"
    r"(\d{1,6})[ \t_]?(?:\(?台(?:套|/套|\(套\))?|套|$|\n|[,。;])"
)
_DEVICES_VALUE = re.compile(r"设备(?:资产)?原值(?:总计|合计|总额|总值|总金额)?")


@dataclass(frozen=True, slots=True)
class Sum:
    """A sum that was found: figures and capitals in fen, and where it stands in the flow."""

    start: int
    end: int
    figures_fen: int | None
    capitals_fen: int | None
    weight: int = 0

    @property
    def fen(self) -> int:
        """The sum that is taken: the figures, or the capitals where there are none."""
        return self.figures_fen if self.figures_fen is not None else int(self.capitals_fen or 0)


def sum_after(flow: Flow, position: int, *, unit: str = "", bare: bool = False) -> Sum | None:
    """The sum that a label introduces which ends at a position; `bare` takes small figures without a unit."""
    window = flow.text[position : position + 160]
    if _OTHER_AFTER.match(window) or _SHARE.match(window):
        return None
    found = _NEITHER.match(window)
    if found is None:
        return None
    rest = window[found.end() :]
    if found["capitals"]:
        capitals = capitals_fen(found["capitals"])
        if capitals is None:
            return None
        near = _FIGURES_NEAR.match(rest)
        figures = (
            _fen(near["figures"], near["unit"] or "", window[: found.start("capitals")], unit)
            if near
            else None
        )
        end = found.end() + (near.end() if near and figures is not None else 0)
        start = found.start("capitals")
        return Sum(position + start, position + end, figures, capitals)
    before = window[: found.start("figures")]
    told = found["unit"] or ""
    named = bool(told or "¥" in before or _UNIT_SAID.search(before) or unit)
    figures = _fen(found["figures"], told, before, unit)
    plain = found["figures"].replace(",", "")
    if figures is None or not (named or bare or "." in plain or "," in found["figures"] or len(plain) >= 4):
        return None
    near = _CAPITALS_NEAR.match(rest)
    capitals = capitals_fen(near["capitals"]) if near and not re.search(r"\d", near[0]) else None
    end = found.end() + (near.end() if near and capitals is not None else 0)
    return Sum(position + found.start("figures"), position + end, figures, capitals)


def _fen(figures: str, told: str, before: str, unit: str) -> int | None:
    said = _UNIT_SAID.search(before)
    return figures_fen(figures, told or (said[1] if said else unit))


def totals(flow: Flow) -> list[Sum]:
    """Every sum that is called the contract's, the likeliest first."""
    found: list[Sum] = []
    for pattern, weight in _TOTALS:
        for label in islice(pattern.finditer(flow.text), _MOST):
            if _OTHER_BEFORE.search(flow.text[max(0, label.start() - 8) : label.start()]):
                continue
            one = sum_after(flow, label.end())
            if one is None or one.fen <= 0:
                continue
            between = flow.text[label.start() - 3 : one.start]
            lighter = 2 if "不含税" in between else 0
            # A label that holds the shorter one stands once.
            if not any(other.start == one.start for other in found):
                found.append(Sum(one.start, one.end, one.figures_fen, one.capitals_fen, weight - lighter))
    return sorted(found, key=lambda one: -one.weight)


def cloud_fees(flow: Flow) -> list[Sum]:
    """Every sum that is called the cloud fee as a whole, the likeliest first."""
    found: list[Sum] = []
    for pattern, weight in _CLOUD:
        for label in islice(pattern.finditer(flow.text), _MOST):
            one = sum_after(flow, label.end())
            if one is not None and not any(other.start == one.start for other in found):
                found.append(Sum(one.start, one.end, one.figures_fen, one.capitals_fen, weight))
    return found


def devices(flow: Flow) -> tuple[int, int, int] | None:
    """The number of connected devices and where it stands."""
    found = _DEVICES.search(flow.text)
    return (int(found[1]), found.start(1), found.end(1)) if found and int(found[1]) else None


def devices_value(flow: Flow) -> Sum | None:
    """The original value of the devices."""
    for label in _DEVICES_VALUE.finditer(flow.text):
        one = sum_after(flow, label.end())
        if one is not None:
            return one
    return None
