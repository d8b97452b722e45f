"""/settlement-lists and /objections: bureaus read their own, everybody what is in public."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema

from yunquan.api import answering as say
from yunquan.api import reading as read
from yunquan.api.door import READ_FAULTS, actor_of, there
from yunquan.kernel.workflow import Actor
from yunquan.parties.access import bureau_code
from yunquan.settlement import access, queries

router = Router(tags=["结算"])


class ListOut(Schema):
    """A settlement list; amounts in fen."""

    id: int
    title: str
    cycle: str
    city: str
    batch: int
    edition: int
    state: str
    state_label: str
    count: int
    total_fen: int
    content_hash: str
    published_at: str
    publicity_ends_at: str


class ListLine(Schema):
    """One line as it was frozen; amounts in fen."""

    id: int
    position: int
    voucher: str
    enterprise: str
    enterprise_uscc: str
    services: str
    supplier: str
    face_fen: int
    bonus_fen: int
    is_pilot: bool
    claim_seq: int
    open_objections: int


class ListDetail(ListOut):
    """A list with its lines."""

    lines: list[ListLine]


class ListPage(Schema):
    """One page of lists, the latest first."""

    items: list[ListOut]
    next: str


class ObjectionOut(Schema):
    """An objection as the bureau that answers it reads it."""

    id: int
    list: int
    line: int
    voucher: str
    city: str
    state: str
    state_label: str
    raised_by: str
    contact: str
    grounds: str
    raised_at: str
    due_on: str
    answer: str
    findings: str
    payable_fen: int | None
    decided_at: str
    file: int | None


class ObjectionPage(Schema):
    """One page of objections, the latest first."""

    items: list[ObjectionOut]
    next: str


def _lists(actor: Actor) -> Any:
    return access.lists_visible_to(actor) if bureau_code(actor) else access.public_lists()


def _list(row: Any) -> dict[str, Any]:
    return {
        "id": row.pk,
        "title": row.title,
        "cycle": row.cycle.code,
        "city": row.city,
        "batch": row.batch,
        "edition": row.edition,
        "state": row.state,
        "state_label": row.lifecycle.states[row.state],
        "count": row.count,
        "total_fen": row.total_fen,
        "content_hash": row.content_hash,
        "published_at": say.moment(row.published_at),
        "publicity_ends_at": say.moment(row.publicity_ends_at),
    }


def _line(row: Any) -> dict[str, Any]:
    return {
        "id": row.pk,
        "position": row.position,
        "voucher": row.voucher_number,
        "enterprise": row.enterprise_name,
        "enterprise_uscc": row.enterprise_uscc,
        "services": row.services,
        "supplier": row.supplier_name,
        "face_fen": row.face_fen,
        "bonus_fen": row.bonus_fen,
        "is_pilot": row.is_pilot,
        "claim_seq": row.claim_seq,
        "open_objections": row.open_objections,
    }


def _objection(row: Any) -> dict[str, Any]:
    return {
        "id": row.pk,
        "list": row.line.settlement_list_id,
        "line": row.line_id,
        "voucher": row.line.voucher_number,
        "city": row.city,
        "state": row.state,
        "state_label": row.lifecycle.states[row.state],
        "raised_by": row.raised_by,
        "contact": row.contact,
        "grounds": row.grounds,
        "raised_at": say.moment(row.raised_at),
        "due_on": say.day(row.due_on),
        "answer": row.answer,
        "findings": row.findings,
        "payable_fen": row.payable_fen,
        "decided_at": say.moment(row.decided_at),
        "file": row.file_id,
    }


@router.get("/settlement-lists", response={200: ListPage, **READ_FAULTS}, summary="结算清单列表")
def lists(request: HttpRequest, cursor: read.Cursor = "", limit: read.Limit = 50) -> dict[str, Any]:
    """主管部门看本地市的全部清单，其他单位看公示中和公示期满的清单。"""
    return say.page(_lists(actor_of(request)), cursor=cursor, limit=limit, tell=_list)


@router.get("/settlement-lists/{pk}", response={200: ListDetail, **READ_FAULTS}, summary="一份结算清单")
def one_list(request: HttpRequest, pk: read.Pk) -> dict[str, Any]:
    """清单和逐行内容；content_hash 可用公示页的下载文件核对。"""
    row = there(_lists(actor_of(request)).filter(pk=pk).first(), "没有这份清单。")
    return {**_list(row), "lines": [_line(line) for line in queries.lines_of(row)]}


@router.get("/objections", response={200: ObjectionPage, **READ_FAULTS}, summary="异议列表")
def objections(request: HttpRequest, cursor: read.Cursor = "", limit: read.Limit = 50) -> dict[str, Any]:
    """主管部门看本地市收到的异议；其他单位没有可看的异议。"""
    rows = access.objections_visible_to(actor_of(request))
    return say.page(rows, cursor=cursor, limit=limit, tell=_objection)


@router.get("/objections/{pk}", response={200: ObjectionOut, **READ_FAULTS}, summary="一份异议")
def one_objection(request: HttpRequest, pk: read.Pk) -> dict[str, Any]:
    """异议内容、材料和处理结果。"""
    return _objection(there(access.objection_for(actor_of(request), pk), "没有这份异议。"))
