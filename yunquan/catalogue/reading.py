"""Reading a product's form: modules and price standard as later checks will compare them (D26-2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from yunquan.kernel.refusal import Refusal
from yunquan.parties.reading import FormReader, narrow, tidy

PRODUCT_FIELDS = ("service", "name", "summary", "modules", "price_standard", "price_from")


def read_product(
    typed: Mapping[str, Any], *, services: Mapping[int, str]
) -> tuple[dict[str, Any], list[Refusal]]:
    """A product's form as columns, with every fault; `services` are the catalogue's numbers and names.

    Modules are a list of `{name, text}`, or text with one module a line as “名称：功能”.
    """
    form = FormReader(typed, "D26-2")
    values: dict[str, Any] = {"service": _service(form, services)}
    values["name"] = form.text("name", "产品名称", most=80)
    values["summary"] = form.text("summary", "产品简介", most=2000, needed=False)
    values["modules"] = _modules(form)
    values["price_standard"] = form.text("price_standard", "收费标准", most=2000)
    price = tidy(typed.get("price_from", ""))
    values["price_from_fen"] = form.money("price_from", "起价") if price else None
    return values, form.faults


def _service(form: FormReader, services: Mapping[int, str]) -> int:
    plain = narrow(form.text("service", "目录服务", most=60))
    by_name = {name: number for number, name in services.items()}
    number = int(plain) if plain.isdecimal() and len(plain) < 4 else by_name.get(plain, 0)
    if plain and number not in services:
        form.fault("unknown_service", f"“{plain}”不在应用服务目录中。", "请从目录中选择。", "service")
        return 0
    return number


def _modules(form: FormReader) -> list[dict[str, str]]:
    typed = form.typed.get("modules", [])
    if isinstance(typed, str):
        lines = [line.replace("：", ":").partition(":") for line in typed.splitlines()]
        parts = [{"name": name, "text": text} for name, _colon, text in lines]
    else:
        parts = [dict(part) for part in typed]
    read: list[dict[str, str]] = []
    for place, part in enumerate(parts):
        name, text = tidy(part.get("name", "")), tidy(part.get("text", ""))
        if not name and not text:
            continue
        if not name:
            form.fault("module_unnamed", f"第 {place + 1} 个功能模块没有名称。", "请填写名称。", "modules")
        elif any(name == other["name"] for other in read):
            form.fault("module_twice", f"功能模块“{name}”填写了两次。", "请删去重复的一项。", "modules")
        else:
            read.append({"name": name[:200], "text": text[:2000]})
    if not read:
        form.fault("no_module", "没有填写功能模块。", "请至少填写一个功能模块及其功能。", "modules")
    return read
