"""Reading the registration forms: what was typed, turned into values or into every fault at once."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from yunquan.kernel.money import MoneyError, parse_yuan, yuan_plain
from yunquan.kernel.refusal import Refusal
from yunquan.parties import regions
from yunquan.policy.uscc import UsccError, validate_uscc

SIZES = {"large": "大型", "medium": "中型", "small": "小型", "micro": "微型"}
ENTERPRISE_FIELDS = (
    "name", "city", "county", "address", "is_legal_person", "founded_on", "industry", "size", "revenue",
    "has_serious_breach", "is_iia_certified", "had_iia_award", "licence", "pledge", "bank_name",
    "bank_account", "contact_name", "contact_phone",
)  # fmt: skip
SUPPLIER_FIELDS = (
    "name", "is_in_province", "city", "address", "platform", "strengths", "services", "holds_ip", "licence",
    "proof", "in_resource_pool", "contact_name", "contact_phone",
)  # fmt: skip


MAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
MAIL_LOOKS = "请写成 name@example.cn 的样子。"
_PHONE = re.compile(r"\+?[0-9][0-9 \-]{5,24}(?:转[0-9]{1,6})?")
PHONE_LOOKS = "请填写手机号或带区号的座机号。"


def tidy(text: object) -> str:
    """What was typed, without stray spaces; Chinese punctuation and full-width brackets stay.

    >>> tidy("　示例（东莞）有限公司 ")
    '示例（东莞）有限公司'
    """
    return unicodedata.normalize("NFC", str(text if text is not None else "")).strip()


def narrow(text: object) -> str:
    """A code, number or date with its full-width letters set right.

    >>> narrow("２０１８－０３－２０")
    '2018-03-20'
    """
    return unicodedata.normalize("NFKC", tidy(text)).strip()


def unreached(text: object) -> str:
    """The first part of a way to reach somebody that is neither a telephone number nor a mail address.

    >>> unreached("0769-22000000转801、name@example.cn"), unreached("13900000000，abc")
    ('', 'abc')
    """
    parts = [part.strip() for part in re.split(r"[,、;/]", narrow(text))]
    return next((part for part in parts if part and not (_PHONE.fullmatch(part) or MAIL.fullmatch(part))), "")


def read_uscc(text: object) -> str | Refusal:
    """The 统一社会信用代码 with its check character proved, or the fault (D47-5.7a).

    >>> read_uscc("91110000600037341l")
    '91110000600037341L'
    """
    try:
        return validate_uscc(narrow(text))
    except UsccError as error:
        return Refusal("uscc_invalid", f"{error}。", "D47-5.7a", "请按营业执照逐位核对后重新填写。", "uscc")


def _missing(name: str, label: str, article: str) -> Refusal:
    return Refusal("missing", f"没有填写{label}。", article, f"请填写{label}。", name)


def is_yes(text: object) -> bool:
    """Whether a box is ticked, as forms and tables write it."""
    return narrow(text).lower() in ("1", "true", "on", "yes", "y", "是", "有")


@dataclass
class FormReader:
    """Reads one form field by field and collects the faults on the way."""

    typed: Mapping[str, Any]
    article: str
    faults: list[Refusal] = field(default_factory=list)

    def fault(self, code: str, message: str, mend: str, name: str) -> None:
        self.faults.append(Refusal(code, message, self.article, mend, name))

    def text(self, name: str, label: str, *, most: int, needed: bool = True) -> str:
        plain = tidy(self.typed.get(name, ""))
        if not plain and needed:
            self.faults.append(_missing(name, label, self.article))
        if len(plain) > most:
            self.fault("too_long", f"{label}超过 {most} 个字。", f"请缩短到 {most} 个字以内。", name)
        return plain[:most]

    def day(self, name: str, label: str) -> date | None:
        plain = narrow(self.text(name, label, most=20))
        if not plain:
            return None
        found = re.fullmatch(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?", plain)
        try:
            return date(*(int(part) for part in found.groups())) if found else _no_date()
        except ValueError:
            self.fault("not_a_date", f"{label}“{plain}”不是日期。", "请写成 2018-03-20 的形式。", name)
            return None

    def money(self, name: str, label: str) -> int | None:
        plain = self.text(name, label, most=40)
        if not plain:
            return None
        try:
            return parse_yuan(plain)
        except MoneyError as error:
            self.fault("not_money", f"{label}：{error}。", "请填写以元为单位的金额。", name)
            return None

    def yes(self, name: str) -> bool:
        return is_yes(self.typed.get(name, ""))

    def file(self, name: str, label: str, *, needed: bool = True) -> int | None:
        plain = narrow(self.typed.get(name, ""))
        if plain.isdecimal() and len(plain) < 16:
            return int(plain)
        if plain or needed:
            self.fault("file_missing", f"没有上传{label}。", f"请上传{label}的扫描件。", name)
        return None

    def phone(self, name: str, label: str) -> str:
        plain = narrow(self.text(name, label, most=30))
        if plain and not _PHONE.fullmatch(plain):
            self.fault("not_a_phone", f"{label}“{plain}”不是电话号码。", PHONE_LOOKS, name)
        return plain

    def city(self, name: str = "city") -> str:
        plain = self.text(name, "所在地市", most=20)
        found = regions.find_city(plain) if plain else None
        if plain and found is None:
            self.fault("unknown_city", f"“{plain}”不是广东省的地市。", "请从 21 个地市中选择。", name)
        return found.code if found else ""

    def county(self, city: str) -> str:
        home = regions.city(city)
        plain = tidy(self.typed.get("county", ""))
        if home is None or not home.counties:
            if home and plain:
                self.fault("no_counties", f"{home.name}不设县区。", "请把所在县区留空。", "county")
            return ""
        if not plain:
            self.faults.append(_missing("county", "所在县区", self.article))
            return ""
        found = regions.find_county(plain, city)
        if found is None:
            self.fault("unknown_county", f"“{plain}”不属于{home.name}。", "请选择该市的县区。", "county")
        return found.code if found else ""


def _no_date() -> date:
    raise ValueError


def read_region(city: str, county: str, *, article: str) -> tuple[str, str, list[Refusal]]:
    """The city and county of a registration, or the faults."""
    reader = FormReader({"city": city, "county": county}, article)
    code = reader.city()
    return code, reader.county(code) if code else "", reader.faults


def read_enterprise(typed: Mapping[str, Any]) -> tuple[dict[str, Any], list[Refusal]]:
    """An enterprise's basic information (D47-5.7a) as columns, with every fault of the form."""
    form = FormReader(typed, "D47-5.7a")
    values: dict[str, Any] = {"name": form.text("name", "企业名称", most=120)}
    values["city"] = form.city()
    values["county"] = form.county(values["city"]) if values["city"] else ""
    values["address"] = form.text("address", "地址", most=200)
    values["is_legal_person"] = form.yes("is_legal_person")
    values["founded_on"] = form.day("founded_on", "成立日期")
    values["industry"] = form.text("industry", "行业", most=60)
    size = form.text("size", "企业规模", most=20)
    values["size"] = next((code for code, label in SIZES.items() if size in (code, label)), "")
    if size and not values["size"]:
        form.fault("unknown_size", f"企业规模“{size}”无法识别。", "请选择大型、中型、小型或微型。", "size")
    values["revenue_fen"] = form.money("revenue", "上年度主营业务收入")
    for name in ("has_serious_breach", "is_iia_certified", "had_iia_award", "pledge"):
        values[name] = form.yes(name)
    if not values["pledge"]:
        form.fault("pledge_missing", "没有勾选企业承诺书。", "请阅读企业承诺书并勾选。", "pledge")
    values["licence_id"] = form.file("licence", "营业执照")
    # The bank account may come later, at the claim; half of it is a fault all the same.
    values["bank_name"] = form.text("bank_name", "开户银行", most=80, needed=False)
    values["bank_account"] = re.sub(
        r"[\s-]", "", narrow(form.text("bank_account", "银行账号", most=40, needed=False))
    )
    if bool(values["bank_name"]) != bool(values["bank_account"]):
        name = "bank_account" if values["bank_name"] else "bank_name"
        form.fault(
            "bank_incomplete", "开户银行和银行账号要一起填写。", "请补齐，或两项都留待兑现时填写。", name
        )
    if values["bank_account"] and not re.fullmatch(r"[0-9]{8,32}", values["bank_account"]):
        form.fault("not_an_account", "银行账号应为 8 至 32 位数字。", "请按开户许可证核对。", "bank_account")
    values["contact_name"] = form.text("contact_name", "联系人", most=60)
    values["contact_phone"] = form.phone("contact_phone", "联系电话")
    return values, form.faults


def read_supplier(
    typed: Mapping[str, Any], *, services: Mapping[int, str]
) -> tuple[dict[str, Any], list[Refusal]]:
    """A supplier's registration (D47-5.3 to 5.5, D47-A1.2) as columns, with every fault of the form.

    `services` are the catalogue's numbers and names on the day; at least one must be offered (D47-A1.2-3).
    """
    form = FormReader(typed, "D47-5.3")
    values: dict[str, Any] = {"name": form.text("name", "供应商名称", most=120)}
    values["is_in_province"] = form.yes("is_in_province")
    values["city"] = form.city() if values["is_in_province"] else ""
    values["address"] = form.text("address", "地址", most=200)
    values["platform"] = form.text("platform", "所依托的平台", most=120)
    values["strengths"] = form.text("strengths", "服务能力说明", most=4000)
    values["services"] = _services(form, typed.get("services", []), services)
    for name in ("holds_ip", "in_resource_pool"):
        values[name] = form.yes(name)
    values["licence_id"] = form.file("licence", "营业执照")
    if not values["holds_ip"] and not tidy(typed.get("proof", "")):
        form.faults.append(
            Refusal(
                "agency_proof_missing",
                "没有知识产权的代理服务商或授权厂商须提供代理或授权证明。",
                "D47-A1.2-3",
                "请上传代理或授权证明文件。",
                "proof",
            )
        )
        values["proof_id"] = None
    else:
        values["proof_id"] = form.file("proof", "知识产权或授权证明", needed=False)
    values["contact_name"] = form.text("contact_name", "联系人", most=60)
    values["contact_phone"] = form.phone("contact_phone", "联系电话")
    return values, form.faults


def _services(form: FormReader, chosen: object, services: Mapping[int, str]) -> list[int]:
    if isinstance(chosen, list | tuple):
        parts = list(chosen)
    else:
        # A service's own name may hold the sign that separates names.
        text = tidy(chosen)
        for number, name in services.items():
            text = text.replace(name, f" {number} ")
        parts = re.split(r"[,，;；、\s]+", text)
    by_name = {name: number for number, name in services.items()}
    read: list[int] = []
    for part in (narrow(part) for part in parts):
        if not part:
            continue
        number = int(part) if part.isdecimal() and len(part) < 4 else by_name.get(part, 0)
        if number not in services:
            form.fault("unknown_service", f"“{part}”不在应用服务目录中。", "请从目录中选择。", "services")
        elif number not in read:
            read.append(number)
    if not read:
        form.faults.append(
            Refusal(
                "no_service",
                "没有选择拟提供的应用服务。",
                "D47-A1.2-3",
                "请至少选择目录中的一项应用服务。",
                "services",
            )
        )
    return sorted(read)


def typed_from(enterprise: Any) -> dict[str, str]:
    """The form as it would have to be typed to give an enterprise's present columns."""
    typed = {
        name: getattr(enterprise, name)
        for name in ENTERPRISE_FIELDS
        if name not in ("revenue", "licence", "founded_on")
    }
    revenue = enterprise.revenue_fen
    typed |= {
        "revenue": "" if revenue is None else yuan_plain(revenue),
        "licence": enterprise.licence_id or "",
        "founded_on": enterprise.founded_on.isoformat() if enterprise.founded_on else "",
    }
    return {
        name: ("1" if value else "") if isinstance(value, bool) else str(value)
        for name, value in typed.items()
    }
