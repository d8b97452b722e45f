"""What the platform knows of a voucher, laid beside the rows of its check table: frozen when it is announced.

Texts only, so that what was signed has one byte form. Contract, invoices, payments, the product listing (modules,
price standard), the usage verdict with its figures (D108-3.3, D26-2).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from yunquan.catalogue.models import Product
from yunquan.kernel.calendar import local_date
from yunquan.kernel.money import format_yuan
from yunquan.usage import queries as usage
from yunquan.usage.models import Verdict
from yunquan.vouchers.models import Voucher
from yunquan.vouchers.price_queries import price_view

# Which parts stand beside a row of this code; a row of another code gets those of its kind.
BESIDE = {
    "genuine": ("ends", "usage"),
    "catalogue": ("products",),
    "complete": ("products",),
    "contract": ("contract", "lines"),
    "amount": ("lines", "prices", "payments"),
    "finance": ("contract", "prices", "invoices", "payments"),
    "invoice": ("invoices",),
    "payment": ("payments",),
}
OF_KIND = {"functions": ("products", "usage"), "amount": ("lines", "prices"), "finding": ("contract",)}
_SIDES = {"client": "用户端", "cloud": "公有云应用端"}


def prefilled(voucher: Voucher) -> dict[str, Any]:
    """The head of the sheet and the parts beside its rows, each a list of texts."""
    contract = voucher.contract
    prices = price_view(voucher)
    lines = list(voucher.lines.select_related("product").order_by("position"))
    listed = {line.service: (line.product, line.listed_text) for line in prices.lines}
    named = Product.objects.in_bulk([product for product, _text in listed.values() if product])
    head = {
        "voucher": voucher.number,
        "enterprise": voucher.enterprise.name,
        "supplier": voucher.supplier.name if voucher.supplier is not None else "",
        "contract": contract.number if contract is not None else "",
        "place": voucher.place,
        "face": format_yuan(voucher.face_fen),
    }
    parts = {
        "contract": _contract(contract),
        "lines": [
            f"{line.service_name}：上云费用 {format_yuan(line.fee_fen)} 元，核定 {format_yuan(line.award_fen)} 元"
            + (f"，联网设备 {line.devices} 台套" if line.devices else "")
            for line in lines
        ],
        "products": [
            text for line in lines for text in _product(line, *listed.get(line.service, (None, "")), named)
        ],
        "prices": [f"{line.name}：{view.message}" for line in prices.lines for view in line.views],
        "invoices": _invoices(voucher),
        "payments": _payments(voucher),
        "ends": [
            f"{_SIDES.get(end.side, end.side)} {_masked(end)}{f':{end.port}' if end.port else ''}"
            for end in usage.ends_of(voucher.number)
        ],
        "usage": _usage(voucher),
    }
    return {"head": head, "parts": {name: texts for name, texts in parts.items() if texts}}


def beside(row: dict[str, Any], known: dict[str, Any]) -> list[str]:
    """What stands beside one row."""
    names = BESIDE.get(row["code"], OF_KIND.get(row["kind"], ()))
    if row["kind"] == "functions":
        names = tuple(dict.fromkeys([*names, *OF_KIND["functions"]]))
    parts = known.get("parts", {})
    return [text for name in names for text in parts.get(name, ())]


def _masked(end: Any) -> str:
    """A mobile number is shown in part: the expert compares it with what is shown on site."""
    value = str(end.value)
    return f"{value[:3]}****{value[-4:]}" if end.kind == "mobile" and len(value) > 7 else value


def _contract(contract: Any) -> list[str]:
    if contract is None:
        return []
    return [
        f"合同 {contract.number}，签订于 {contract.signed_on:%Y-%m-%d}，总额 {format_yuan(contract.total_fen)} 元，"
        f"上云费用 {format_yuan(contract.cloud_fee_fen)} 元"
    ]


def _product(line: Any, number: int | None, standard: str, named: Mapping[int, Product]) -> list[str]:
    product = line.product or named.get(number or 0)
    name = f"{line.service_name}{f'（{product.name}）' if product is not None else ''}"
    modules = "、".join(_module(one) for one in product.modules) if product is not None else ""
    told = [f"{name} 功能模块：{modules}"] if modules else []
    return [*told, f"{name} 收费标准：{standard}"] if standard else told


def _module(one: Any) -> str:
    """A module as it was listed: a name, or a name with what it does."""
    if not isinstance(one, Mapping):
        return str(one)
    text = str(one.get("text", "")).strip()
    return f"{one.get('name', '')}（{text}）" if text else str(one.get("name", ""))


def _invoices(voucher: Voucher) -> list[str]:
    rows = [row.invoice for row in voucher.claim_invoices.select_related("invoice").order_by("pk")]
    return [
        f"发票 {row.code} {row.number}，{row.issued_on:%Y-%m-%d}，{row.seller_name}，{format_yuan(row.gross_fen)} 元"
        for row in rows
    ]


def _payments(voucher: Voucher) -> list[str]:
    rows = [row.proof for row in voucher.claim_proofs.select_related("proof").order_by("pk")]
    return [
        f"付款 {row.serial}，{row.paid_on:%Y-%m-%d}，{row.payer_name} → {row.payee_name}，{format_yuan(row.amount_fen)} 元"
        for row in rows
    ]


def _usage(voucher: Voucher) -> list[str]:
    verdict = usage.latest_verdict(voucher.number)
    if verdict is None:
        return ["行为数据：尚无判定"]
    labels, sources = dict(Verdict.Outcome.choices), dict(Verdict.Source.choices)
    said = f"行为数据判定：{labels[verdict.outcome]}（{sources[verdict.source]}，{local_date(verdict.at):%Y-%m-%d}）"
    told = [said]
    names = {line.service: line.service_name for line in voucher.lines.all()}
    computed = usage.latest_computed([voucher.number]).get(voucher.number)
    for part in usage.services_of(computed):
        figures = "，".join(
            f"{_FIGURES[name]} {value}"
            for name, value in part.figures.items()
            if name in _FIGURES and isinstance(value, int | str) and not isinstance(value, bool)
        )
        if figures:
            told.append(f"{names.get(part.service, part.service)}：{figures}")
    return told


_FIGURES = {"days": "使用天数", "sessions": "使用次数", "clients": "用户端数", "days_with_data": "有数据天数"}
