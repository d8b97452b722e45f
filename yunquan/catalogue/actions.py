"""The verbs of a supplier's product: drafted, submitted, listed or returned, delisted (D26-2, D47-A1.2-5).

What was listed is frozen, because later checks compare against its modules and price standard; another
price means another product.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from yunquan.catalogue.models import Product
from yunquan.catalogue.reading import PRODUCT_FIELDS, read_product
from yunquan.journal.actions import audited, move, notify, record
from yunquan.kernel.calendar import WorkingCalendar, local_date
from yunquan.kernel.refusal import Refusal, Refused
from yunquan.kernel.workflow import Actor
from yunquan.parties.checks import role_allows
from yunquan.parties.models import Supplier
from yunquan.parties.pinyin import searchable
from yunquan.parties.returning import judge_return, read_reasons, summary
from yunquan.parties.standings import refusals_for
from yunquan.policy.roles import Role
from yunquan.policy.rulebook import Rulebook

# The decree leaves the words to the reviewer; these are the platform's own.
RETURN_REASONS: tuple[Mapping[str, str], ...] = (
    {"code": "service_wrong", "label": "产品与所选目录服务不对应", "mend": "重新选择目录中的应用服务"},
    {"code": "modules_unclear", "label": "功能模块描述不清晰或不完整", "mend": "逐项写明功能模块及其功能"},
    {"code": "price_unclear", "label": "收费标准不明确", "mend": "写明计费方式、单价和包含的内容"},
    {"code": "product.precise", "label": "未达到审核标准：精准化", "mend": "写明解决的具体生产管理痛点"},
    {"code": "product.productised", "label": "未达到审核标准：产品化", "mend": "写明普适性和复用情况"},
    {"code": "product.easy", "label": "未达到审核标准：易用性", "mend": "写明部署周期、成本和运维方式"},
)


@audited("product.draft", about="supplier")
def draft_product(
    *, supplier: Supplier, by: Actor, now: datetime, typed: Mapping[str, Any] | None = None
) -> Product:
    """Open a draft of a product for the actor's own supplier."""
    _own(supplier.key, by)
    row = Product(supplier=supplier, service=0, name="", typed=_typed(typed or {}))
    row.name = str(row.typed.get("name", ""))[:80]
    row.save()
    record("product.draft", by=by, obj=row.journal_key, now=now, why="D47-A1.2-5", post="draft")
    return row


@audited("product.save", about="product")
def save_product(*, product: Product, typed: Mapping[str, Any], by: Actor, now: datetime) -> Product:
    """Keep the form as it was typed; nothing is judged before the submission."""
    row = _locked(product)
    _own(row.supplier.key, by)
    if row.state not in ("draft", "returned"):
        message = f"产品现在是“{row.lifecycle.states[row.state]}”，不能修改。"
        mend = "已上架的产品不能改动；功能或收费有变化时请另建一个产品。"
        raise Refused([Refusal("not_editable", message, "D26-2", mend)])
    row.typed = {**row.typed, **_typed(typed)}
    row.name = str(row.typed.get("name", ""))[:80]
    row.save(update_fields=["typed", "name"])
    return row


@audited("product.submit", about="product")
def submit_product(
    *, product: Product, by: Actor, now: datetime, rules: Rulebook, calendar: WorkingCalendar
) -> Product:
    """Ask for the listing, with function modules and price standard; every fault is said at once."""
    row = _locked(product)
    _own(row.supplier.key, by)
    today = local_date(now)
    services = {service.number: service.name for service in rules.services(today)}
    values, faults = read_product(row.typed, services=services)
    sanctions = refusals_for(supplier=row.supplier, on=today)
    facts = {"faults": faults, "supplier_state": row.supplier.state, "sanctions": sanctions}
    days = rules.value("review.registration_working_days", today).value
    changes = {
        **values,
        "search_text": searchable(values["name"], row.supplier.name, services.get(values["service"], "")),
        "submitted_by": by.person,
        "submitted_at": now,
        "due_on": None if faults else calendar.add_working_days(today, days),
        "return_reasons": [],
    }
    move(row, "submit", by=by, facts=facts, now=now, changes=changes, pol=rules.version)
    notify(
        org="bureau:440000",
        obj=row.journal_key,
        kind="product.due",
        title=f"待审核产品：{row.name}",
        key=f"{row.journal_key}:{row.version}:province",
        now=now,
    )
    return row


@audited("product.list", about="product")
def list_product(*, product: Product, by: Actor, now: datetime) -> Product:
    """The province lists a registered supplier's product 上架 (D47-A1.2-5)."""
    row = _locked(product)
    sanctions = refusals_for(supplier=row.supplier, on=local_date(now))
    facts = {**_facts(row, by), "supplier_state": row.supplier.state, "sanctions": sanctions}
    changes = {"listed_on": local_date(now), "reviewed_by": by.person, "due_on": None, "return_reasons": []}
    move(row, "list", by=by, facts=facts, now=now, changes=changes)
    _tell(row, "list", f"产品已上架：{row.name}", "", now)
    return row


@audited("product.send_back", about="product")
def send_back_product(
    *, product: Product, reasons: Iterable[Mapping[str, str]], by: Actor, now: datetime
) -> Product:
    """Return the product once with every reason (D47-5.20); one visible earlier is flagged (S6)."""
    row = _locked(product)
    read = read_reasons(reasons, RETURN_REASONS)
    form = {name: row.typed.get(name, "") for name in PRODUCT_FIELDS}
    judged, rounds = judge_return(read, rounds=row.returns, form=form, at=now.isoformat())
    changes = {"return_reasons": judged, "returns": rounds, "reviewed_by": by.person, "due_on": None}
    late = ["S6"] if any(reason["flagged"] for reason in judged) else []
    codes = [*dict.fromkeys(reason["code"] for reason in judged), *late]
    facts, payload = {**_facts(row, by), "reasons": read}, {"reasons": judged}
    move(row, "send_back", by=by, facts=facts, now=now, changes=changes, payload=payload, codes=codes)
    _tell(row, "send_back", f"产品已退回，请补正后重新提交：{row.name}", summary(judged), now)
    return row


@audited("product.delist", about="product")
def delist_product(*, product: Product, reason: str, by: Actor, now: datetime) -> Product:
    """Take a product off the catalogue 下架; its supplier or the province does it, saying why."""
    row = _locked(product)
    if by.role == Role.SUPPLIER:
        _own(row.supplier.key, by)
    said = reason.strip()[:500]
    facts = {"reasons": [said] if said else []}
    move(row, "delist", by=by, facts=facts, now=now, payload={"reason": said})
    _tell(row, "delist", f"产品已下架：{row.name}", said, now)
    return row


def _locked(product: Product) -> Product:
    rows = Product.objects.select_for_update(of=("self",)).select_related("supplier")
    return rows.get(pk=product.pk)


def _typed(form: Mapping[str, Any]) -> dict[str, Any]:
    """Keep the known fields only: texts, and the modules as a list of name and text."""
    kept: dict[str, Any] = {}
    for name in PRODUCT_FIELDS:
        value = form.get(name)
        if value is None:
            continue
        if name == "modules" and isinstance(value, list | tuple):
            kept[name] = [
                {"name": str(part.get("name", ""))[:200], "text": str(part.get("text", ""))[:2000]}
                if isinstance(part, Mapping)
                else {"name": str(part)[:200], "text": ""}
                for part in value[:60]
            ]
        else:
            kept[name] = str(value)[:8000]
    return kept


def _own(key: str, by: Actor) -> None:
    refusal = role_allows(by.role, (Role.SUPPLIER,), "办理产品上架")
    if refusal is None and by.org != key:
        message = "只能办理本供应商的产品。"
        refusal = Refusal("not_your_supplier", message, "D47-A1.2-5", "请用本供应商的账号登录。")
    if refusal is not None:
        raise Refused([refusal])


def _facts(row: Product, by: Actor) -> dict[str, Any]:
    return {"submitted_by": row.submitted_by, "person": by.person}


def _tell(row: Product, kind: str, title: str, text: str, now: datetime) -> None:
    notify(
        org=row.supplier.key,
        obj=row.journal_key,
        kind=f"product.{kind}",
        title=title,
        text=text,
        key=f"{row.journal_key}:{kind}:{row.version}",
        now=now,
    )
