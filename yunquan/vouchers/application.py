"""What an enterprise typed for an application, understood field by field (D47-5.7b, D47-A1.3).

Typed text stays as it was typed; `understand` gives the facts and every fault at once, each beside its
field. Field names of a service line carry its place: `lines-0-fee`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from yunquan.kernel.money import MoneyError, format_yuan, parse_yuan
from yunquan.kernel.refusal import Refusal
from yunquan.policy.contracts import normalise_contract_number

ARTICLE = "D47-A1.3"
LONGEST = {
    "contract_number": ("合同编号", 80),
    "place": ("实施地点", 200),
    "related_party_note": ("关联关系说明", 2000),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One application service of the contract: catalogue number, cloud fee in fen, devices where counted."""

    service: int
    fee_fen: int
    devices: int | None = None
    device_value_fen: int | None = None
    product: int | None = None


@dataclass(slots=True)
class Application:
    """The facts of an application; fields not understood are None and stand in `refusals`."""

    contract_number: str = ""
    signed_on: date | None = None
    total_fen: int | None = None
    cloud_fee_fen: int | None = None
    contract_file: int | None = None
    addendum_file: int | None = None
    supplier: int | None = None
    place: str = ""
    implementation_city: str = ""
    is_related_party: bool = False
    related_party_note: str = ""
    fair_price_vowed: bool = False
    draws_on_other_fund: bool = False
    lines: list[Line] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)

    def refuse(self, code: str, message: str, name: str, mend: str = "", article: str = ARTICLE) -> None:
        """Note a fault beside its field."""
        self.refusals.append(Refusal(code, message, article, mend, name))

    def refused(self, name: str) -> bool:
        """Whether a field has a fault already."""
        return any(refusal.field == name for refusal in self.refusals)


def understand(
    typed: Mapping[str, Any], *, services: Mapping[int, Any], province_cities: set[str]
) -> Application:
    """Read typed text into an application; `services` is the catalogue of the day by number.

    A service counts devices when its entry has `counts_devices` true.
    """
    seen = Application()
    seen.contract_number = str(typed.get("contract_number", "")).strip()
    if not normalise_contract_number(seen.contract_number):
        seen.refuse("missing", "请填写合同编号。", "contract_number", "编号见合同首页，应含字母或数字。")
    seen.signed_on = read_date(seen, typed, "signed_on", "签订日期")
    seen.total_fen = read_money(seen, typed, "total", "合同总额")
    seen.cloud_fee_fen = read_money(seen, typed, "cloud_fee", "上云费用合计")
    seen.contract_file = read_key(seen, typed, "contract_file", "请上传合同。", "D47-5.7b")
    seen.addendum_file = _optional_key(typed, "addendum_file")
    seen.supplier = read_key(seen, typed, "supplier", "请选择供应商。", "D47-5.8")
    seen.place = str(typed.get("place", "")).strip()
    if not seen.place:
        seen.refuse("missing", "请填写实施地点。", "place", article="D47-4.3")
    seen.implementation_city = str(typed.get("implementation_city", "")).strip()
    if seen.implementation_city not in province_cities:
        seen.refuse(
            "outside_province",
            "实施地点应在广东省内，请选择实施地市。",
            "implementation_city",
            article="D47-4.3",
        )
    for name, (label, most) in LONGEST.items():
        said = str(typed.get(name) or "").strip()
        if len(said) > most:
            seen.refuse("too_long", f"{label}不应超过 {most} 个字。", name, "请缩短后再提交。")
    seen.is_related_party = _truth(typed.get("is_related_party"))
    seen.related_party_note = str(typed.get("related_party_note", "")).strip()
    seen.fair_price_vowed = _truth(typed.get("fair_price_vowed"))
    seen.draws_on_other_fund = _truth(typed.get("draws_on_other_fund"))
    if seen.is_related_party and not seen.related_party_note:
        seen.refuse("missing", "请说明与供应商的关联关系。", "related_party_note", article="D47-5.23")
    if seen.is_related_party and not seen.fair_price_vowed:
        seen.refuse(
            "missing", "关联交易须承诺合同金额为市场公平合理价格。", "fair_price_vowed", article="D47-5.23"
        )
    _lines(seen, typed.get("lines") or [], services)
    _sums(seen)
    return seen


def _lines(seen: Application, typed_lines: list[Mapping[str, Any]], services: Mapping[int, Any]) -> None:
    if not typed_lines:
        seen.refuse("missing", "请至少选择一项应用服务。", "lines", "一份合同涉及多项服务的，分行填写。")
    chosen: set[int] = set()
    for place, typed in enumerate(typed_lines):
        name = f"lines-{place}"
        number = _optional_key(typed, "service")
        service = services.get(number) if number is not None else None
        if number is None or service is None:
            seen.refuse("unknown_service", "请选择目录中的应用服务。", f"{name}-service", article="D47-A1.1")
            continue
        if number in chosen:
            seen.refuse(
                "service_twice", "同一项服务只能填一行，请合并费用。", f"{name}-service", article="D47-A1.3"
            )
        chosen.add(number)
        fee = read_money(seen, typed, "fee", "本项上云费用", at=f"{name}-fee")
        devices = value = None
        if service.counts_devices:
            devices = _count(seen, typed.get("devices"), f"{name}-devices")
            value = read_money(seen, typed, "device_value", "联网设备原值", at=f"{name}-device_value")
        elif str(typed.get("devices") or "").strip():
            seen.refuse("devices_not_counted", "这项服务不按台套数计算，请清空台套数。", f"{name}-devices")
        if fee is not None:
            seen.lines.append(Line(number, fee, devices, value, _optional_key(typed, "product")))


def _sums(seen: Application) -> None:
    """Sums must agree (D47-A1.3): lines = cloud fee, cloud fee ≤ contract total."""
    if seen.cloud_fee_fen is None or any(r.field.startswith("lines") for r in seen.refusals):
        return
    lines_fen = sum(line.fee_fen for line in seen.lines)
    if lines_fen != seen.cloud_fee_fen:
        seen.refuse(
            "sums_differ",
            f"各项上云费用相加为 {format_yuan(lines_fen)} 元，与合计 {format_yuan(seen.cloud_fee_fen)} 元不一致。",
            "cloud_fee",
            "请按合同列明的费用核对各行与合计。",
        )
    if seen.total_fen is not None and seen.cloud_fee_fen > seen.total_fen:
        seen.refuse("fee_over_total", "上云费用合计不能大于合同总额。", "cloud_fee")


def read_money(
    seen: Any, typed: Mapping[str, Any], name: str, label: str, *, at: str = "", article: str = ARTICLE
) -> int | None:
    """An amount in 元 as fen, or None with a refusal beside the field."""
    text = str(typed.get(name) if typed.get(name) is not None else "").strip()
    if not text:
        seen.refuse("missing", f"请填写{label}。", at or name, article=article)
        return None
    try:
        amount = parse_yuan(text)
    except MoneyError as fault:
        seen.refuse("not_an_amount", f"{label}：{fault}", at or name, "例如 130000.00", article)
        return None
    if amount <= 0:
        seen.refuse("not_positive", f"{label}应大于 0。", at or name, article=article)
        return None
    return amount


def read_date(
    seen: Any, typed: Mapping[str, Any], name: str, label: str, *, at: str = "", article: str = ARTICLE
) -> date | None:
    """A day written as 2018-12-31, or None with a refusal beside the field."""
    text = str(typed.get(name) or "").strip()
    try:
        return date.fromisoformat(text)
    except ValueError:
        said = f"请填写{label}。" if not text else f"{label}“{text}”不是有效日期。"
        seen.refuse("not_a_date", said, at or name, "写法如 2018-11-09。", article)
        return None


def read_key(
    seen: Any, typed: Mapping[str, Any], name: str, message: str, article: str, *, at: str = ""
) -> int | None:
    """The id of something chosen or uploaded, or None with a refusal beside the field."""
    found = _optional_key(typed, name)
    if found is None:
        seen.refuse("missing", message, at or name, article=article)
    return found


def _optional_key(typed: Mapping[str, Any], name: str) -> int | None:
    text = str(typed.get(name) if typed.get(name) is not None else "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else None


def _count(seen: Application, value: Any, name: str) -> int | None:
    text = str(value if value is not None else "").strip()
    if text.isascii() and text.isdigit() and int(text[:9]) > 0 and len(text) < 8:
        return int(text)
    seen.refuse("not_a_count", "请填写联网设备台套数（正整数）。", name)
    return None


def _truth(value: Any) -> bool:
    return value is True or str(value).lower() in ("1", "true", "on", "yes")
