"""What of the city's own subsidy waits for an officer."""

from __future__ import annotations

from datetime import date
from typing import Any

from yunquan.desks.city.work import Waiting
from yunquan.kernel.workflow import Actor
from yunquan.matching import access, queries
from yunquan.policy.roles import Role

BASE = "/city/matching/"


def queues(actor: Actor) -> dict[str, Any]:
    """The rows that wait for this role, by kind of work."""
    found: dict[str, Any] = {}
    if actor.role == Role.CITY_APPROVER:
        found["matching_scheme"] = access.schemes_visible_to(actor).filter(state="proposed").order_by("pk")
        found["matching_list"] = access.lists_visible_to(actor).filter(state="drafted").order_by("pk")
        found["matching_objection"] = queries.objections_open(access.objections_visible_to(actor))
    if actor.role == Role.CITY_CASHIER:
        runs = access.runs_visible_to(actor)
        found["matching_run"] = runs.filter(state="prepared").order_by("pk")
        found["matching_result"] = runs.filter(state="released").order_by("pk")
        found["matching_recovery"] = (
            access.recoveries_visible_to(actor).filter(state="demanded").order_by("pk")
        )
    return found


def _scheme(row: Any, due_on: date | None, left: int | None) -> Waiting:
    return Waiting(
        "matching_scheme", "配套办法待审定", f"{row.cycle.name}第 {row.edition} 版", "", f"{BASE}schemes/{row.pk}/",
        "核对比例、上限、资金和依据后审定或退回", due_on, left, row.proposed_at,
    )  # fmt: skip


def _list(row: Any, due_on: date | None, left: int | None) -> Waiting:
    return Waiting(
        "matching_list", "配套清单待审批", row.title, f"{row.count} 张", f"{BASE}lists/{row.pk}/", "核对后审批并公示",
        due_on, left, row.drafted_at,
    )  # fmt: skip


def _objection(row: Any, due_on: date | None, left: int | None) -> Waiting:
    return Waiting(
        "matching_objection", "配套异议", row.line.enterprise_name, row.line.voucher_number,
        f"{BASE}objections/{row.pk}/", "核实后作出决定并答复", due_on, left, row.raised_at,
    )  # fmt: skip


def _run(row: Any, due_on: date | None, left: int | None) -> Waiting:
    return Waiting(
        "matching_run", "配套批次待放行", f"{row.cycle.name}第 {row.number} 批", "", f"{BASE}runs/{row.pk}/",
        "复核排队结果和金额后放行", due_on, left, row.prepared_at,
    )  # fmt: skip


def _result(row: Any, due_on: date | None, left: int | None) -> Waiting:
    return Waiting(
        "matching_result", "等待配套银行结果", f"{row.cycle.name}第 {row.number} 批", "", f"{BASE}runs/{row.pk}/",
        "下载兑付文件交银行，收到结果后导入", due_on, left, row.released_at,
    )  # fmt: skip


def _recovery(row: Any, due_on: date | None, left: int | None) -> Waiting:
    return Waiting(
        "matching_recovery", "配套追回待入库", row.line.enterprise_name, row.line.voucher_number,
        f"{BASE}recoveries/{row.pk}/", "款项到账后登记入库流水号", due_on, left, row.demanded_at,
    )  # fmt: skip


ITEMS = {
    "matching_scheme": _scheme,
    "matching_list": _list,
    "matching_objection": _objection,
    "matching_run": _run,
    "matching_result": _result,
    "matching_recovery": _recovery,
}
