"""Reading a contacts receipt: the fields of annex 3, turned into values or into every fault at once (D47-A3)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from yunquan.kernel.refusal import Refusal
from yunquan.parties import regions
from yunquan.parties.reading import MAIL, MAIL_LOOKS, FormReader, narrow, tidy

ARTICLE = "D47-A3"
# The form's fields in its order: name, label, longest.
TEXTS = (
    ("unit", "单位", 80),
    ("leader", "分管领导", 40),
    ("leader_phone", "分管领导联系方式", 30),
    ("section", "分管科室", 60),
    ("section_head", "科室负责人", 40),
    ("section_head_phone", "科室负责人联系方式", 30),
    ("responsible", "具体负责人", 40),
    ("mobile", "手机号码", 30),
    ("landline", "座机号码", 30),
    ("email", "电子邮箱", 120),
)
PHONES = ("leader_phone", "section_head_phone", "landline")
NAMES = tuple(name for name, _label, _most in TEXTS)
MOST_COUNTIES = 30


def kept(typed: Mapping[str, Any]) -> dict[str, Any]:
    """What was typed, cut to the fields of the form; nothing of it is judged.

    >>> kept({"unit": "示例局", "other": "x"})["unit"]
    '示例局'
    """
    rows = typed.get("counties") or []
    counties = [
        {name: tidy(row.get(name, ""))[:60] for name in ("county", "name", "mobile")}
        for row in rows[:MOST_COUNTIES]
        if isinstance(row, Mapping)
    ]
    return {
        **{name: tidy(typed.get(name, ""))[:300] for name in (*NAMES, "scan")},
        "counties": [row for row in counties if any(row.values())],
    }


def read(typed: Mapping[str, Any], *, city: str) -> tuple[dict[str, Any], list[Refusal]]:
    """The values of a receipt and every fault; `city` is where counties may be named, empty for a county's own."""
    form = FormReader(typed, ARTICLE)
    values: dict[str, Any] = {}
    for name, label, most in TEXTS:
        values[name] = form.phone(name, label) if name in PHONES else form.text(name, label, most=most)
    values["mobile"] = narrow(values["mobile"]).replace(" ", "").replace("-", "")
    if values["mobile"] and not re.fullmatch(r"1[0-9]{10}", values["mobile"]):
        form.fault("not_a_mobile", f"“{values['mobile']}”不是手机号码。", "请填写 11 位手机号码。", "mobile")
    values["email"] = narrow(values["email"])
    if values["email"] and not MAIL.fullmatch(values["email"]):
        form.fault("not_a_mail", f"“{values['email']}”不是邮箱地址。", MAIL_LOOKS, "email")
    values["counties"] = _counties(form, typed, city)
    return values, form.faults


def _counties(form: FormReader, typed: Mapping[str, Any], city: str) -> list[dict[str, str]]:
    """The persons of the counties, each with a county of this city, a name and a mobile number."""
    found = []
    for place, row in enumerate(kept(typed)["counties"]):
        county = regions.find_county(row["county"], city)
        if county is None:
            mend = "请选择本市的县区，或把这一行清空。"
            fault = "的县区不属于本市" if row["county"] else "没有选择县区"
            form.fault("unknown_county", f"第 {place + 1} 行{fault}。", mend, f"counties-{place}-county")
        if not row["name"]:
            form.fault(
                "missing", f"第 {place + 1} 行没有填写具体负责人。", "请填写姓名。", f"counties-{place}-name"
            )
        mobile = narrow(row["mobile"]).replace(" ", "").replace("-", "")
        if not re.fullmatch(r"1[0-9]{10}", mobile):
            mend = "请填写 11 位手机号码。"
            form.fault("not_a_mobile", f"第 {place + 1} 行的手机号码不对。", mend, f"counties-{place}-mobile")
        found.append({"county": county.code if county else "", "name": row["name"], "mobile": mobile})
    return found
