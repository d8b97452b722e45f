"""/deliveries: suppliers push their application logs, the province operators' records; what came of each."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query, Router, Schema, Status
from pydantic import Field

from yunquan.api import answering as say
from yunquan.api import reading as read
from yunquan.api.access import Caller
from yunquan.api.answers import Fault, absent, problems
from yunquan.api.door import READ_FAULTS, WRITE_FAULTS, actor_of, change, there
from yunquan.kernel.refusal import Refusal
from yunquan.kernel.workflow import Actor
from yunquan.parties import access as parties_access
from yunquan.policy.roles import Role
from yunquan.usage import access, deliveries
from yunquan.usage.reach import OPERATORS

router = Router(tags=["行为数据"])
PIECE = 1024 * 1024
MOST_SHOWN = 100
BODY = {
    "requestBody": {
        "required": True,
        "description": "文件原样作为请求体：JSON 行、CSV、访问日志等，可为 gzip、zstd 压缩。",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}
Name = Annotated[str, Query(max_length=200, pattern=r"^[^\x00]*$", description="文件名，便于日后查找")]
Cloud = Annotated[
    str,
    Query(
        max_length=120,
        pattern=r"^[^\x00]*$",
        description="日志所属应用的域名或 IP；日志里已有应用端地址的不填",
    ),
]
LayoutName = Annotated[
    str,
    Query(max_length=40, pattern=r"^[a-z0-9-]*$", description="格式，如 application-jsonl；不填由平台识别"),
]


Operator = Annotated[
    str,
    Query(
        max_length=16,
        pattern=r"^[a-z]*$",
        description="运营商连接记录由哪家提供：" + "、".join(OPERATORS) + "；不填为各家合并",
    ),
]
Cities = Annotated[
    str,
    Query(
        max_length=200,
        pattern=r"^([0-9]{6}(,[0-9]{6})*)?$",
        description="运营商连接记录覆盖的地市代码，以逗号分隔，如 441900,440600；不填为全省",
    ),
]


class BadLine(Schema):
    """A line that was set apart; the others were taken."""

    line: int
    column: str
    reason: str
    expected: str


class WhyRefused(Schema):
    """Why a file was not taken at all, and where."""

    file: str
    line: int
    column: str
    reason: str
    expected: str


class DeliveryBrief(Schema):
    """A delivery of behaviour data."""

    id: int
    source: str
    channel: str
    state: str = Field(description="received 已收妥待装入，loaded 已装入，refused 未能装入，withdrawn 已撤回")
    state_label: str
    name: str
    size: int
    sha256: str
    cloud: str
    operator: str = Field(description="运营商连接记录由哪家提供；空为各家合并")
    cities: list[str] = Field(description="运营商连接记录覆盖的地市；空为全省")
    layout: str = Field(description="识别出的格式")
    records: int
    bad_lines: int = Field(description="被剔出的行数")
    days: list[str] = Field(description="涉及的日期")
    faults: list[WhyRefused]
    received_at: str
    loaded_at: str


class DeliveryOut(DeliveryBrief):
    """A delivery with the first of its bad lines."""

    bad: list[BadLine] = Field(description=f"前 {MOST_SHOWN} 个坏行")


class DeliveryPage(Schema):
    """One page of deliveries, the latest first."""

    items: list[DeliveryBrief]
    next: str


@router.post("", response={201: DeliveryOut, **WRITE_FAULTS}, summary="送达行为数据", openapi_extra=BODY)
def deliver(
    request: HttpRequest,
    key: read.Key,
    name: Name = "",
    cloud: Cloud = "",
    operator: Operator = "",
    cities: Cities = "",
    layout: LayoutName = "",
) -> Status[dict[str, Any]]:
    """文件作为请求体直接上传。内容相同的文件只算一次；解压后 1 MB 以内当场装入并给出结果，更大的稍后装入，用 GET 查看。

    供应商送达本单位应用系统的日志，省厅送达运营商连接记录。不能识别的整份退还（422），个别坏行剔出并逐行说明。
    """
    actor = actor_of(request)
    caller: Caller = request.auth  # type: ignore[attr-defined]
    number = parties_access.supplier_number(actor)
    if not caller.may_write:
        raise Fault(403, "token_read_only", "这个令牌只能查询。", "请使用创建时允许办理的令牌。")
    supplier = parties_access.supplier_for(actor, number) if number is not None else None
    if supplier is None and actor.role != Role.PROVINCE_OFFICER:
        raise absent()
    if (request.content_type or "").startswith("multipart/"):
        raise Fault(
            422,
            "not_the_file_itself",
            "请求体应是文件本身，不是表单。",
            "例如 curl --data-binary @文件名。",
            "file",
        )
    kept = deliveries.keep(_pieces(request))

    def act(by: Actor, now: datetime) -> dict[str, Any]:
        taken = deliveries.take(
            kept=kept,
            name=name or f"api-{kept.sha256[:12]}",
            source="application" if supplier is not None else "operator",
            channel="api",
            supplier=supplier,
            cloud=cloud,
            operator=operator,
            cities=cities.split(",") if cities else (),
            layout=layout,
            by=by,
            now=now,
        )
        return {"id": taken.delivery.pk}

    kept_answer = change(
        request,
        "delivery.take",
        key,
        f"{kept.sha256}:{name}:{cloud}:{operator}:{cities}:{layout}",
        act,
        status=201,
    )
    if kept_answer.status_code != 201:
        return kept_answer
    row = _loaded_if_small(there(access.delivery_for(actor, kept_answer.value["id"])), request)
    if row.state == "refused":
        return Status(422, problems(_refusals(row)))
    return Status(201, _detail(row))


def _pieces(request: HttpRequest) -> Iterator[bytes]:
    """The body as it comes; it is never held whole."""
    while piece := request.read(PIECE):
        yield piece


def _loaded_if_small(row: Any, request: HttpRequest) -> Any:
    from yunquan.usage.store import StoreBusy, StoreFailed

    if not deliveries.is_small(row):
        return row
    try:
        return deliveries.load(delivery=row, now=request.now)  # type: ignore[attr-defined]
    except (StoreBusy, StoreFailed):
        return row  # It is acknowledged and waits for the worker.


def _refusals(row: Any) -> list[Refusal]:
    found = []
    for fault in row.faults:
        place = f"第 {fault['line']} 行" if fault["line"] else ""
        column = f"“{fault['column']}”列" if fault["column"] else ""
        where = f"{place}{column}：" if place or column else ""
        message = f"{where}{fault['reason']}。"
        found.append(Refusal("unreadable", message, "D47-5.12", f"应为：{fault['expected']}", "file"))
    return found


@router.get("", response={200: DeliveryPage, **READ_FAULTS}, summary="行为数据送达记录")
def listing(request: HttpRequest, cursor: read.Cursor = "", limit: read.Limit = 50) -> dict[str, Any]:
    """本单位送达的文件，最新的在前。"""
    rows = access.deliveries_visible_to(actor_of(request))
    return say.page(rows, cursor=cursor, limit=limit, tell=_brief)


@router.get("/{pk}", response={200: DeliveryOut, **READ_FAULTS}, summary="一份送达的状态")
def one(request: HttpRequest, pk: read.Pk) -> dict[str, Any]:
    """识别出的格式、记录数、涉及日期，以及坏行的行号、列和原因。"""
    return _detail(there(access.delivery_for(actor_of(request), pk), "没有这份送达。"))


def _brief(row: Any) -> dict[str, Any]:
    return {
        "id": row.pk,
        "source": row.source,
        "channel": row.channel,
        "state": row.state,
        "state_label": row.lifecycle.states[row.state],
        "name": row.name,
        "size": row.size,
        "sha256": row.sha256,
        "cloud": row.cloud,
        "operator": row.operator,
        "cities": row.cities,
        "layout": row.layout,
        "records": row.records,
        "bad_lines": row.bad_lines,
        "days": row.days,
        "faults": row.faults,
        "received_at": say.moment(row.received_at),
        "loaded_at": say.moment(row.loaded_at),
    }


def _detail(row: Any) -> dict[str, Any]:
    return {**_brief(row), "bad": deliveries.bad_lines(row, most=MOST_SHOWN)}
