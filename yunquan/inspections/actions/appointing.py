"""Appointing a visit: when, where, with which experts; announced in time, moved or cancelled with a reason.

D108-3.2, D108-3.3, D26-5.2. Locks: enterprise, suppliers and experts (clashes are looked for under them), then the
inspections, then the visit.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q

from yunquan.inspections.actions.seating import (
    asked_of,
    choose,
    next_in_order,
    passed_over,
    reason_for,
    ties_of,
)
from yunquan.inspections.models import CheckSheet, Expert, Inspection, Panelist, Plan, Visit
from yunquan.inspections.sheet_fields import frozen_rows
from yunquan.inspections.sheet_prefill import prefilled
from yunquan.inspections.visit_checks import free_of_clashes, mode_allowed, noticed_in_time
from yunquan.inspections.visit_queries import clashes, regime_value, supplier_signs, visit_facts
from yunquan.inspections.visit_words import told_to
from yunquan.journal.actions import audited, move, notify_all, record
from yunquan.journal.models import Notice
from yunquan.kernel.refusal import Refusal, Refused
from yunquan.kernel.workflow import Actor
from yunquan.parties.models import Enterprise, Supplier
from yunquan.policy.regimes import load_regime

MOST_TOGETHER = 60
FREE = ("selected", "appointed")


@audited("visit.appoint", about="plan")
def appoint(
    *,
    plan: Plan,
    inspections: Sequence[Inspection],
    table: str,
    mode: str,
    place: str,
    starts_at: datetime,
    ends_at: datetime,
    prepare: str = "",
    experts: Sequence[Expert] = (),
    count: int = 2,
    departs: str = "",
    by: Actor,
    now: datetime,
) -> Visit:
    """Plan a visit of one enterprise, or of one supplier for the finance table, over several inspections of a plan.

    Without `experts` the panel is the next in the order of the draw; where the ticked ones pass someone over who could
    come, `departs` says why, for the log. Raises Refused with every reason at once: another regime's table or mode,
    notice too short, a clash, an expert with an interest, with full load or without training.
    """
    refusals = _of_one_house(plan, inspections, table, by)
    if refusals:
        raise Refused(refusals)
    # Who may be chosen is locked as well: two appointments at once would count the same expert's load.
    _lock(inspections, experts, [] if experts else asked_of(plan.regime, table, plan.in_force_on))
    rows = list(
        Inspection.objects.select_for_update(of=("self",))
        .filter(pk__in=[one.pk for one in inspections])
        .select_related("plan", "voucher__enterprise", "voucher__supplier")
        .order_by("pk")
    )
    refusals += [_gone(row) for row in rows if row.state not in FREE]
    refusals += _already(rows, table)
    if not place.strip():
        refusals.append(
            Refusal("place_missing", "请写明地点或会议号。", "D108-3.3", field="place")
        )  # fmt: skip
    if ends_at <= starts_at:
        refusals.append(
            Refusal("ends_before", "结束时间应在开始时间之后。", "D108-3.3", field="ends_at")
        )  # fmt: skip
        raise Refused(refusals)
    panel = list(experts) or choose(rows, table, count)
    refusals += ties_of(panel, rows, table, now=now)
    left_out = passed_over(panel, rows) if experts else []
    refusals += reason_for(left_out, departs)
    facts = visit_facts(plan, table, starts_at=starts_at, now=now) | {"mode": mode}
    facts["clashes"] = clashes(
        rows, table, panel, city=_city(rows, table), starts_at=starts_at, ends_at=ends_at
    )
    refusals += [one for one in (mode_allowed(facts), noticed_in_time(facts)) if one]
    refusals += free_of_clashes(facts)
    if refusals:
        raise Refused(refusals)
    first = rows[0].voucher
    visit = Visit.objects.create(
        plan=plan,
        table=table,
        mode=mode,
        enterprise=None if table == "finance" else first.enterprise,
        supplier=first.supplier if table == "finance" else None,
        city=_city(rows, table),
        place=place.strip()[:200],
        starts_at=starts_at,
        ends_at=ends_at,
        prepare=prepare.strip(),
        planned_by=by.person,
        planned_at=now,
    )
    visit.inspections.set(rows)
    for rank, expert in enumerate(panel, 1):
        Panelist.objects.create(visit=visit, expert=expert, rank=rank, is_lead=rank == 1)
    record(
        "visit.appoint",
        by=by,
        obj=visit.journal_key,
        now=now,
        why="D108-3.3",
        payload={"inspections": [row.journal_key for row in rows], "panel": [one.code for one in panel]}
        | _departure(left_out, departs),
    )
    for row in rows:
        move(row, "appoint", by=by, facts={}, now=now, pol=plan.regime_version)
    return visit


@audited("visit.notify", about="visit")
def announce(*, visit: Visit, by: Actor, now: datetime) -> Visit:
    """Tell enterprise, supplier, experts and the bureaus of the place; the sheets are laid down with what is known."""
    visit, rows, panel = _held(visit)
    facts = visit_facts(visit.plan, visit.table, starts_at=visit.starts_at, now=now)
    facts["panel"] = {f"{one.speciality}_expert" for one in panel}
    facts["clashes"] = clashes(
        rows, visit.table, panel, city=visit.city, starts_at=visit.starts_at, ends_at=visit.ends_at, but=visit
    )
    move(
        visit,
        "notify",
        by=by,
        facts=facts,
        now=now,
        changes={"noticed_at": now},
        pol=visit.plan.regime_version,
    )
    lay_sheets(visit, rows)
    _tell(visit, rows, "抽查通知", now=now)
    return visit


@audited("visit.move", about="visit")
def move_visit(
    *,
    visit: Visit,
    starts_at: datetime,
    ends_at: datetime,
    place: str = "",
    reason: str,
    by: Actor,
    now: datetime,
) -> Visit:
    """Put a visit at another time with a reason; it has to be announced anew, in time."""
    visit, rows, panel = _held(visit)
    facts = visit_facts(visit.plan, visit.table, starts_at=starts_at, now=now) | {"reason": reason}
    if ends_at <= starts_at:
        raise Refused([Refusal("ends_before", "结束时间应在开始时间之后。", "D108-3.3", field="ends_at")])
    was_known = visit.noticed_at is not None
    facts["clashes"] = clashes(
        rows, visit.table, panel, city=visit.city, starts_at=starts_at, ends_at=ends_at, but=visit
    )
    refusals = [one for one in [noticed_in_time(facts)] if one] + list(free_of_clashes(facts))
    if refusals:
        raise Refused(refusals)
    changes: dict[str, Any] = {"starts_at": starts_at, "ends_at": ends_at, "noticed_at": None}
    changes["place"] = place.strip()[:200] or visit.place
    move(visit, "move", by=by, facts=facts, now=now, changes=changes, payload={"reason": reason})
    if was_known:
        _tell(visit, rows, "抽查改期，新的时间另行通知", now=now, text=reason)
    return visit


@audited("visit.cancel", about="visit")
def cancel(*, visit: Visit, reason: str, by: Actor, now: datetime) -> Visit:
    """Cancel a visit with a reason; its inspections may be appointed again."""
    visit = locked(visit)
    was_known = visit.noticed_at is not None
    move(visit, "cancel", by=by, facts={"reason": reason}, now=now, payload={"reason": reason})
    if was_known:
        _tell(visit, open_inspections(visit), "抽查取消", now=now, text=reason)
    return visit


@audited("visit.recuse", about="visit")
def recuse(
    *,
    visit: Visit,
    expert: Expert,
    reason: str,
    by: Actor,
    now: datetime,
    successor: Expert | None = None,
    departs: str = "",
) -> Panelist | None:
    """An expert withdraws, on their own or by the bureau; the next in order takes the seat (D108-3.1).

    A bureau alone names another `successor`, and says in `departs` why the next in order is passed over.
    """
    _lock([], [expert, *([successor] if successor else [])], [expert.speciality])
    visit = locked(visit)
    seat = visit.panelists.filter(expert=expert, recused_at=None).first()
    own = by.role == "expert" and expert.person.key == by.person
    refusals = []
    if seat is None or visit.state not in ("planned", "noticed", "under_way"):
        refusals.append(Refusal("not_on_panel", "这位专家现在不在这次抽查的专家组里。", "D108-3.1"))
    if not own and by.org not in visit.plan.acting_orgs:
        refusals.append(Refusal("not_your_case", "只有本人或组织单位可以登记回避。", "D108-3.1"))
    if not reason.strip():
        refusals.append(Refusal("missing", "请写明回避的理由。", "D108-3.1", field="reason"))
    rows = open_inspections(visit)
    next_one = next_in_order(visit, rows, expert.speciality)
    following = successor or next_one
    left_out = [next_one] if next_one is not None and next_one != following else []
    refusals += reason_for(left_out, departs)
    if own and left_out:
        message = "回避的专家不能自选接替的人。"
        refusals.append(Refusal("not_your_case", message, "D108-3.1", "由顺位在后的专家接替。", "experts"))
    others = visit.panelists.filter(recused_at=None, expert__speciality=expert.speciality).exclude(
        expert=expert
    )
    if following is None and not others.exists():
        message = "回避后没有同专业的专家可以接替，专家组会空缺。"
        mend = "请先增补专家，或改期后再办。"
        refusals.append(Refusal("too_few_experts", message, "D108-3.1", mend))
    if following is not None:
        refusals += ties_of([following], rows, visit.table, now=now)
        if visit.panelists.filter(expert=following).exists():
            refusals.append(
                Refusal("on_panel_already", "接替的专家已在专家组里。", "D108-3.1", field="experts")
            )
        busy = clashes(
            [], visit.table, [following], city=visit.city,
            starts_at=visit.starts_at, ends_at=visit.ends_at, but=visit,
        )  # fmt: skip
        refusals += free_of_clashes({"clashes": busy})
    if refusals or seat is None:
        raise Refused(refusals)
    Panelist.objects.filter(pk=seat.pk).update(
        recused_at=now, recused_reason=reason.strip()[:300], is_lead=False
    )  # fmt: skip
    taken = None
    if following is not None:
        last = max(visit.panelists.values_list("rank", flat=True))
        taken = Panelist.objects.create(visit=visit, expert=following, rank=last + 1)
    if seat.is_lead:
        heir = visit.panelists.filter(recused_at=None).order_by("rank").first()
        if heir is not None:
            Panelist.objects.filter(pk=heir.pk).update(is_lead=True)
    record(
        "visit.recuse", by=by, obj=visit.journal_key, now=now, why="D108-3.1",
        payload={"expert": expert.code, "successor": following.code if following else "", "reason": reason}
        | _departure(left_out, departs, name="departs"),
    )  # fmt: skip
    if taken is not None and visit.state != "planned":
        notify_all(told_to(visit, rows, "抽查通知", now=now, only=[taken.expert]))
    return taken


def locked(visit: Visit) -> Visit:
    """The visit, locked and fresh."""
    query = Visit.objects.select_for_update(of=("self",)).select_related("plan", "enterprise", "supplier")
    return query.get(pk=visit.pk)


def open_inspections(visit: Visit) -> list[Inspection]:
    """What the visit still covers: a replaced inspection falls away."""
    rows = visit.inspections.exclude(state="replaced")
    return list(rows.select_related("plan", "voucher__enterprise", "voucher__supplier").order_by("pk"))


def _held(visit: Visit) -> tuple[Visit, list[Inspection], list[Expert]]:
    """The visit with what it covers and its panel, all that may clash locked first."""
    seats = visit.panelists.filter(recused_at=None).select_related("expert").order_by("rank")
    rows, panel = open_inspections(visit), [seat.expert for seat in seats]
    _lock(rows, panel)
    return locked(visit), rows, panel


def lay_sheets(visit: Visit, rows: Sequence[Inspection]) -> None:
    """A sheet for each voucher; one that nobody has entered anything in is laid down anew."""
    regime, on = load_regime(visit.plan.regime), visit.plan.in_force_on
    for row in rows:
        services = list(row.voucher.lines.order_by("position").values_list("service", "service_name"))
        laid = {
            "rows": frozen_rows(regime, visit.table, services, on),
            "prefilled": prefilled(row.voucher),
        }
        sheet, made = CheckSheet.objects.get_or_create(
            visit=visit, inspection=row, table=visit.table, defaults=laid
        )
        if not made and not sheet.entries.exists():
            CheckSheet.objects.filter(pk=sheet.pk).update(**laid)


def _of_one_house(plan: Plan, rows: Sequence[Inspection], table: str, by: Actor) -> list[Refusal]:
    if by.org not in plan.acting_orgs:
        return [Refusal("not_your_case", "这份抽查计划不归本单位组织。", "D108-2")]
    if not rows:
        return [Refusal("nothing_chosen", "请选择这次要查的服务券。", "D108-3.3", field="inspections")]
    tables = regime_value(plan, "tables")
    if table not in tables.value:
        return [Refusal("table_unknown", "本规程没有这张抽查表。", tables.article, field="table")]
    if any(row.plan_id != plan.pk for row in rows):
        return [Refusal("other_plan", "只能选同一份计划的服务券。", "D108-3.3", field="inspections")]
    if len(rows) > MOST_TOGETHER:
        return [Refusal("too_many", f"一次最多查 {MOST_TOGETHER} 张券。", "D108-3.3", field="inspections")]
    houses = {row.voucher.supplier_id if table == "finance" else row.voucher.enterprise_id for row in rows}
    if len(houses) > 1:
        who = "供应商" if table == "finance" else "企业"
        message = f"一次抽查只去一家{who}，现选了 {len(houses)} 家。"
        return [Refusal("several_houses", message, "D108-3.3", "请分开安排。", "inspections")]
    suppliers = {row.voucher.supplier_id for row in rows}
    if len(suppliers) > 1 and supplier_signs(plan, table):
        message = f"这张表须由供应商签字，一次只查一家供应商的服务券，现选了 {len(suppliers)} 家的。"
        return [Refusal("several_suppliers", message, "D108-3.3", "请按供应商分开安排。", "inspections")]
    return []


def _departure(left_out: Sequence[Expert], departs: str, name: str = "reason") -> dict[str, Any]:
    """What the log is told of a panel out of the order of the draw: who was passed over, and why."""
    if not left_out:
        return {}
    return {"passed_over": [one.code for one in left_out], name: departs.strip()[:500]}


def _gone(row: Inspection) -> Refusal:
    said = row.lifecycle.states[row.state]
    message = f"服务券 {row.voucher.number} 的抽查{said}，不能再约。"
    return Refusal("not_open", message, "D108-3.3", field="inspections")


def _already(rows: Sequence[Inspection], table: str) -> list[Refusal]:
    busy = Visit.objects.filter(inspections__in=rows, table=table).exclude(state="cancelled")
    taken = busy.values_list("inspections__voucher__number", flat=True)
    own = {row.voucher.number for row in rows}
    return [
        Refusal(
            "appointed_already", f"服务券 {number} 已安排过这张表的抽查。", "D108-3.3", field="inspections"
        )
        for number in sorted(own & set(taken))
    ]


def _city(rows: Sequence[Inspection], table: str) -> str:
    supplier = rows[0].voucher.supplier
    if table == "finance" and supplier is not None and supplier.city:
        return str(supplier.city)
    return rows[0].city


def _lock(rows: Sequence[Inspection], experts: Sequence[Expert], chosen_of: Sequence[str] = ()) -> None:
    """Whoever must not be in two places is locked before clashes are looked for, in the order of their numbers.

    `chosen_of` are the specialities of whom the panel is chosen: all of them are locked.
    """
    enterprises = {row.voucher.enterprise_id for row in rows}
    suppliers = {row.voucher.supplier_id for row in rows if row.voucher.supplier_id}
    list(Enterprise.objects.select_for_update().filter(pk__in=enterprises).order_by("pk").only("pk"))
    list(Supplier.objects.select_for_update().filter(pk__in=suppliers).order_by("pk").only("pk"))
    list(
        Expert.objects.select_for_update()
        .filter(Q(pk__in=[one.pk for one in experts]) | Q(is_active=True, speciality__in=list(chosen_of)))
        .order_by("pk")
        .only("pk")
    )


def _tell(visit: Visit, rows: Sequence[Inspection], title: str, *, now: datetime, text: str = "") -> None:
    notices: list[Notice] = told_to(visit, rows, title, now=now, text=text)
    notify_all(notices)
