"""What is open to everybody: cycles, catalogue, rules, registered suppliers and listed products."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query, Router, Schema

from yunquan.api import answering as say
from yunquan.api import reading as read
from yunquan.api.answers import absent
from yunquan.api.door import OPEN_FAULTS, there
from yunquan.catalogue import access as catalogue_access
from yunquan.catalogue import queries as catalogue
from yunquan.journal import clock
from yunquan.kernel.workflow import Actor
from yunquan.parties import queries as parties
from yunquan.policy.roles import Role
from yunquan.policy.rulebook import Dated, Rulebook, Service
from yunquan.programme import access as programme_access
from yunquan.programme import queries as programme
from yunquan.programme.rules import current_rulebook, rulebook

router = Router(tags=["公开信息"], auth=None)
VISITOR = Actor(person="visitor", role=Role.PUBLIC, org="public")
Words = Annotated[
    str, Query(max_length=60, pattern=r"^[^\x00]*$", description="名称、拼音或首字母；不填为全部")
]
On = Annotated[date | None, Query(description="哪一天的规定，如 2018-12-01；不填为今天")]


class WindowOut(Schema):
    """When something may arrive."""

    kind: str
    label: str
    opens_at: str
    closes_at: str
    is_open: bool


class CycleOut(Schema):
    """A cycle of the programme with its windows."""

    code: str
    name: str
    year: int
    pack: str
    state: str
    windows: list[WindowOut]


class ServiceOut(Schema):
    """One service of the catalogue; the cap in fen, for all or by size."""

    number: int
    name: str
    stage: str
    edition: str
    article: str
    counts_devices: bool
    cap_fen: int | None
    cap_by_size_fen: dict[str, int] | None
    cap_article: str
    pains: list[str]
    scenes: list[str]


class RuleOut(Schema):
    """A rule in force on a day."""

    key: str
    title: str
    value: Any
    article: str
    document: str
    meaning: str
    from_on: str


class SupplierOut(Schema):
    """A registered supplier."""

    id: int
    name: str
    city: str
    is_in_province: bool
    platform: str
    services: list[int]
    is_pilot: bool


class ProductOut(Schema):
    """A listed product; the lowest price in fen."""

    id: int
    supplier: int
    supplier_name: str
    service: int
    name: str
    summary: str
    modules: list[Any]
    price_standard: str
    price_from_fen: int | None


class ProductPage(Schema):
    """One page of products, the latest first."""

    items: list[ProductOut]
    next: str


def _rules(cycle: str, on: date | None) -> tuple[Rulebook, date]:
    day = on or clock.today()
    if not cycle:
        return current_rulebook(), day
    return rulebook(there(_cycle(cycle), "没有这个周期。").pack), day


def _cycle(code: str) -> Any:
    return programme_access.cycles_visible_to(VISITOR).filter(code=code).first()


@router.get("/cycles", response={200: list[CycleOut], **OPEN_FAULTS}, summary="发放周期")
def cycles(request: HttpRequest) -> list[dict[str, Any]]:
    """各周期及其公布的申领、兑现时间，最近的在前。"""
    now = clock.read()
    return [_cycle_out(cycle, now) for cycle in programme.cycles(VISITOR)]


def _cycle_out(cycle: Any, now: datetime) -> dict[str, Any]:
    return {
        "code": cycle.code,
        "name": cycle.name,
        "year": cycle.year,
        "pack": cycle.pack,
        "state": cycle.state,
        "windows": [
            {
                "kind": row.kind,
                "label": row.label,
                "opens_at": say.moment(row.opens_at),
                "closes_at": say.moment(row.closes_at),
                "is_open": row.is_open,
            }
            for row in programme.windows(cycle, now)
        ],
    }


@router.get("/catalogue", response={200: list[ServiceOut], **OPEN_FAULTS}, summary="应用服务目录")
def services(request: HttpRequest, on: On = None, cycle: Words = "") -> list[dict[str, Any]]:
    """某天有效的目录：环节、痛点、场景和奖补上限。"""
    rules, day = _rules(cycle, on)
    if rules.find("catalogue.edition", day) is None:
        raise absent("那一天还没有目录。")
    return [_service(one) for one in catalogue.services(rules, day)]


def _service(one: Service) -> dict[str, Any]:
    return {
        "number": one.number,
        "name": one.name,
        "stage": one.stage,
        "edition": one.edition,
        "article": one.article,
        "counts_devices": one.counts_devices,
        "cap_fen": one.cap.amount,
        "cap_by_size_fen": dict(one.cap.by_size) if one.cap.by_size else None,
        "cap_article": one.cap_article,
        "pains": list(one.pains),
        "scenes": list(one.scenes),
    }


@router.get("/rules", response={200: list[RuleOut], **OPEN_FAULTS}, summary="规则")
def rules(request: HttpRequest, on: On = None, cycle: Words = "") -> list[dict[str, Any]]:
    """某天有效的每一条规则：值、条款、含义和起始日期。"""
    book, day = _rules(cycle, on)
    table = programme.rule_table(book, day)
    return [_rule(description.title, dated) for description, dated in table if dated is not None]


def _rule(title: str, dated: Dated) -> dict[str, Any]:
    return {
        "key": dated.key,
        "title": title,
        "value": _plain(dated.raw),
        "article": dated.article,
        "document": dated.document,
        "meaning": dated.meaning,
        "from_on": say.day(dated.from_on),
    }


def _plain(value: Any) -> Any:
    """A value as it is written in the pack, with days as text."""
    if isinstance(value, dict):
        return {str(name): _plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return say.day(value) if isinstance(value, date) else value


@router.get("/suppliers", response={200: list[SupplierOut], **OPEN_FAULTS}, summary="供应商")
def suppliers(request: HttpRequest, q: Words = "", service: read.Service = None) -> list[dict[str, Any]]:
    """已注册、企业可选择的供应商。"""
    return [
        {
            "id": row.pk,
            "name": row.name,
            "city": row.city,
            "is_in_province": row.is_in_province,
            "platform": row.platform,
            "services": [int(number) for number in row.services],
            "is_pilot": row.is_pilot,
        }
        for row in parties.registered_suppliers(q, service=service)
    ]


@router.get("/products", response={200: ProductPage, **OPEN_FAULTS}, summary="产品")
def products(
    request: HttpRequest,
    cursor: read.Cursor = "",
    limit: read.Limit = 50,
    q: Words = "",
    service: read.Service = None,
) -> dict[str, Any]:
    """已上架的产品，含功能模块和收费标准。"""
    return say.page(catalogue.listed(q, service=service), cursor=cursor, limit=limit, tell=_product)


@router.get("/products/{pk}", response={200: ProductOut, **OPEN_FAULTS}, summary="一个产品")
def product(request: HttpRequest, pk: read.Pk) -> dict[str, Any]:
    """产品的功能模块和收费标准，抽查时以此核对。"""
    return _product(there(catalogue_access.product_for(None, pk), "没有这个产品。"))


def _product(row: Any) -> dict[str, Any]:
    return {
        "id": row.pk,
        "supplier": row.supplier_id,
        "supplier_name": row.supplier.name,
        "service": row.service,
        "name": row.name,
        "summary": row.summary,
        "modules": row.modules,
        "price_standard": row.price_standard,
        "price_from_fen": row.price_from_fen,
    }
