"""What screens and actions read of visits: facts for the checks, clashes, the schedule, the state of a sheet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Max, Q, QuerySet

from yunquan.inspections import access
from yunquan.inspections.models import (
    CheckSheet,
    Expert,
    Inspection,
    Panelist,
    Plan,
    SheetEntry,
    Visit,
)
from yunquan.inspections.sheet_merging import Entered, Told, merged, values
from yunquan.kernel.calendar import SHANGHAI, local_date
from yunquan.kernel.canonical import content_hash
from yunquan.kernel.workflow import Actor
from yunquan.parties import access as parties_access
from yunquan.parties.regions import place_name
from yunquan.policy.regimes import load_regime
from yunquan.policy.regimes.forms import PARTIES
from yunquan.policy.roles import Role
from yunquan.policy.rulebook import Dated

COMING = ("planned", "noticed", "under_way")
EXPERTS = ("technical_expert", "finance_expert")


def regime_value(plan: Plan, name: str) -> Dated:
    """A value of the plan's regime on its day."""
    return load_regime(plan.regime).value(name, plan.in_force_on)


def regime_find(plan: Plan, name: str) -> Any:
    """The same without its article, None where the decree says nothing."""
    found = load_regime(plan.regime).find(name, plan.in_force_on)
    return found.value if found is not None else None


def visit_facts(plan: Plan, table: str, *, starts_at: datetime, now: datetime) -> dict[str, Any]:
    """What the checks of an appointment ask."""
    notice, modes = regime_value(plan, "notice_days"), regime_value(plan, "modes")
    present = regime_value(plan, f"present.{table}").value
    return {
        "notice_days": notice.value,
        "notice_article": notice.article,
        "modes": modes.value,
        "mode_article": modes.article,
        "starts_on": local_date(starts_at),
        "today": local_date(now),
        "specialities": [one for one in present.must if one in EXPERTS],
    }


def clashes(
    rows: Sequence[Inspection],
    table: str,
    panel: Sequence[Expert],
    *,
    city: str,
    starts_at: datetime,
    ends_at: datetime,
    but: Visit | None = None,
) -> list[tuple[str, str, str]]:
    """Who would be in two places: (who, kind, where); kinds are enterprise, supplier, expert (D26-5.2)."""
    same_time = Visit.objects.filter(state__in=COMING, starts_at__lt=ends_at, ends_at__gt=starts_at)
    if but is not None:
        same_time = same_time.exclude(pk=but.pk)
    found = []
    if rows and table != "finance":
        enterprise = rows[0].voucher.enterprise
        for visit in same_time.filter(enterprise=enterprise):
            found.append((f"企业“{enterprise.name}”", "enterprise", span(visit)))
    if rows and _supplier_comes(rows[0].plan, table):
        firms = [row.voucher.supplier for row in rows]
        suppliers = {firm.pk: firm for firm in firms if firm is not None}
        concerned = Q(supplier__in=suppliers) | Q(inspections__voucher__supplier__in=suppliers)
        elsewhere = same_time.filter(concerned).exclude(city=city).select_related("plan").distinct()
        for visit in elsewhere:
            if not _supplier_comes(visit.plan, visit.table):
                continue
            asked = {visit.supplier_id, *visit.inspections.values_list("voucher__supplier", flat=True)}
            for pk in sorted(set(suppliers) & {one for one in asked if one}):
                found.append((f"供应商“{suppliers[pk].name}”", "supplier", span(visit)))
    seats = Panelist.objects.filter(visit__in=same_time, expert__in=panel, recused_at=None)
    for seat in seats.select_related("visit", "expert"):
        found.append((f"专家 {seat.expert.code} ", "expert", span(seat.visit)))
    return found


def span(visit: Visit) -> str:
    """Where and when, in a few words."""
    start, end = visit.starts_at.astimezone(SHANGHAI), visit.ends_at.astimezone(SHANGHAI)
    return f"{place_name(visit.city)} {start:%m-%d %H:%M}–{end:%H:%M}"


def _supplier_comes(plan: Plan, table: str) -> bool:
    present = regime_value(plan, f"present.{table}").value
    return "supplier" in (*present.must, *present.may)


def supplier_may_see(visit: Visit) -> bool:
    """Whether the regime lets the supplier come: where it must not, it is not told of the day (D858-2.2)."""
    return _supplier_comes(visit.plan, visit.table)


def supplier_signs(plan: Plan, table: str) -> bool:
    """Whether the supplier signs this table: then a visit is of one supplier's vouchers alone."""
    return "supplier" in regime_value(plan, f"table.{table}").value.signers


# The schedule


def schedule(actor: Actor, *, starts: datetime, ends: datetime) -> list[Visit]:
    """The visits that an actor may see between two moments, with their panels, in order of time."""
    rows = access.visits_visible_to(actor).filter(starts_at__lt=ends, ends_at__gt=starts)
    return _ready(rows.exclude(state="cancelled").order_by("starts_at", "pk"))


def of_plan(actor: Actor, plan: Plan, most: int = 50) -> list[Visit]:
    """The visits of a plan that the actor may see, the latest first; a bounded number."""
    rows = access.visits_visible_to(actor).filter(plan=plan).exclude(state="cancelled")
    return _ready(rows.order_by("-starts_at", "-pk")[:most])


def of_expert(actor: Actor) -> list[Visit]:
    """The visits of an expert once they are announced, the earliest first."""
    rows = access.visits_visible_to(actor).exclude(state="planned").order_by("starts_at", "pk")
    return _ready(rows)


def open_visits(actor: Actor) -> int:
    """How many announced visits an expert still has before it."""
    return access.visits_visible_to(actor).filter(state__in=("noticed", "under_way")).count()


def of_party(actor: Actor) -> list[Visit]:
    """The visits of an enterprise or supplier, the latest first; without those that a supplier is kept out of."""
    rows = _ready(access.visits_visible_to(actor).order_by("-starts_at", "-pk"))
    return [row for row in rows if _may_know(actor, row)]


def visit_of_party(actor: Actor, pk: int) -> Visit | None:
    """One of them, or None."""
    row = access.visit_for(actor, pk)
    return row if row is not None and _may_know(actor, row) else None


def _may_know(actor: Actor, visit: Visit) -> bool:
    return parties_access.supplier_number(actor) is None or supplier_may_see(visit)


def _ready(rows: QuerySet[Visit]) -> list[Visit]:
    return list(
        rows.select_related("plan", "enterprise", "supplier").prefetch_related(
            "panelists__expert__person", "inspections__voucher__supplier", "inspections__voucher__enterprise"
        )
    )


def busy_suppliers(visits: Iterable[Visit]) -> dict[int, list[str]]:
    """For each visit the suppliers that are asked for at overlapping times: a warning on the calendar (D26-5.2)."""
    rows = [row for row in visits if row.state in COMING and supplier_may_see(row)]
    named = {row.pk: _suppliers(row) for row in rows}
    warned: dict[int, list[str]] = {}
    for place, one in enumerate(rows):
        for other in rows[place + 1 :]:
            if one.starts_at < other.ends_at and other.starts_at < one.ends_at:
                for pk in sorted(named[one.pk].keys() & named[other.pk].keys()):
                    warned.setdefault(one.pk, []).append(f"{named[one.pk][pk]}同时在{span(other)}")
                    warned.setdefault(other.pk, []).append(f"{named[one.pk][pk]}同时在{span(one)}")
    return warned


def _suppliers(visit: Visit) -> dict[int, str]:
    firms = [row.voucher.supplier for row in visit.inspections.all()]
    return {firm.pk: firm.name for firm in [*firms, visit.supplier] if firm is not None}


def ready_for(plan: Plan, table: str) -> QuerySet[Inspection]:
    """The inspections of a plan that this table was not arranged for yet."""
    arranged = Visit.objects.filter(table=table).exclude(state="cancelled").values("inspections")
    rows = Inspection.objects.filter(plan=plan, state__in=("selected", "appointed")).exclude(pk__in=arranged)
    return rows.select_related("voucher__enterprise", "voucher__supplier").order_by(
        "voucher__enterprise__name", "pk"
    )


def experts_for(plan: Plan, table: str) -> list[Expert]:
    """The register's experts who may sit on this table's panel."""
    present = regime_value(plan, f"present.{table}").value
    wanted = [one.removesuffix("_expert") for one in (*present.must, *present.may) if one in EXPERTS]
    rows = Expert.objects.filter(is_active=True, speciality__in=wanted).select_related("person")
    return list(rows.order_by("-is_front_line", "code"))


# A visit's panel, sheets and signatures


def panel(visit: Visit) -> list[Panelist]:
    """The experts who sit on it now, in order."""
    rows = visit.panelists.filter(recused_at=None).select_related("expert__person")
    return list(rows.order_by("rank"))


def seat_of(visit: Visit, actor: Actor) -> Panelist | None:
    """The actor's own seat, or None."""
    if actor.role != Role.EXPERT:
        return None
    return next((one for one in panel(visit) if one.expert.person.key == actor.person), None)


def live_sheets(visit: Visit) -> list[CheckSheet]:
    """The sheets of what is still inspected, in order."""
    rows = visit.sheets.exclude(inspection__state="replaced")
    return list(
        rows.select_related("inspection__voucher__enterprise", "inspection__voucher__supplier").order_by("pk")
    )


def sheets_for(actor: Actor, visit: Visit) -> list[CheckSheet]:
    """The sheets that an actor may read: a supplier those of its own vouchers, everybody else that sees it all."""
    own = parties_access.supplier_number(actor)
    return [one for one in live_sheets(visit) if own in (None, one.inspection.voucher.supplier_id)]


def inspections_for(actor: Actor, visit: Visit) -> list[Inspection]:
    """The same for what is inspected."""
    own = parties_access.supplier_number(actor)
    return [one for one in visit.inspections.all() if own in (None, one.voucher.supplier_id)]


def entered(sheet: CheckSheet) -> list[Entered]:
    """All that was entered in a sheet, as the merging takes it; the row's own number is the order of arrival."""
    rows = sheet.entries.values_list("row", "value", "device", "number", "pk", "entered_by", "entered_at")
    return [Entered(*row) for row in rows.order_by("pk")]


def told(sheet: CheckSheet) -> dict[str, Told]:
    """What holds in each field, with what other devices say otherwise."""
    return merged(entered(sheet))


def findings(sheet: CheckSheet) -> dict[str, Any]:
    """The same as plain values."""
    return values(entered(sheet))


def sheets_hash(
    visit: Visit, found: Mapping[int, Mapping[str, Any]], sheets: Sequence[CheckSheet] | None = None
) -> str:
    """The content of all sheets with these findings, as it is signed: one hash for the visit."""
    return content_hash(
        {
            "v": "1",
            "visit": visit.journal_key,
            "table": visit.table,
            "sheets": [
                {
                    "voucher": sheet.inspection.voucher.number,
                    "rows": sheet.rows,
                    "prefilled": sheet.prefilled,
                    "findings": dict(found.get(sheet.pk, {})),
                }
                for sheet in (live_sheets(visit) if sheets is None else sheets)
            ],
        }
    )


def current_hash(visit: Visit, sheets: Sequence[CheckSheet] | None = None) -> str:
    """The hash of the visit's sheets as they are now closed; empty while one is open."""
    sheets = live_sheets(visit) if sheets is None else sheets
    if not sheets or any(sheet.closed_at is None for sheet in sheets):
        return ""
    return sheets[0].content_hash if len({sheet.content_hash for sheet in sheets}) == 1 else ""


def wanted_signatures(visit: Visit, sheets: Sequence[CheckSheet] | None = None) -> list[dict[str, Any]]:
    """Who has to sign, and whether they have signed what stands now: party, label, person, signature."""
    signers = regime_value(visit.plan, f"table.{visit.table}").value.signers
    now = current_hash(visit, sheets)
    given = [one for one in visit.signatures.order_by("pk") if now and one.content_hash == now]
    wanted: list[dict[str, Any]] = []
    seats = panel(visit)
    for party in signers:
        if party not in EXPERTS:
            found = next((one for one in reversed(given) if one.party == party), None)
            wanted.append({"party": party, "label": PARTIES[party], "person": "", "signature": found})
    for seat in seats:
        party, key = f"{seat.expert.speciality}_expert", seat.expert.person.key
        found = next((one for one in reversed(given) if one.party == party and one.person == key), None)
        label = f"{PARTIES[party]} {seat.expert.person.name}"
        wanted.append({"party": party, "label": label, "person": key, "signature": found})
    return sorted(wanted, key=lambda one: 0 if one["person"] else 1)


def doubts(inspection: Inspection) -> list[str]:
    """What the experts left open about the amount, to be explained (D108-A2)."""
    said = []
    for sheet in CheckSheet.objects.filter(inspection=inspection).exclude(visit__state="cancelled"):
        found = findings(sheet)
        for row in sheet.rows:
            if row["kind"] == "amount" and found.get(f"{row['code']}.finding") == "doubt":
                said.append(str(found.get(f"{row['code']}.remark", "")))
    return said


def next_number(sheet: CheckSheet, device: str) -> int:
    """The next number of a device that keeps no count of its own: a plain form's."""
    last = SheetEntry.objects.filter(sheet__visit=sheet.visit_id, device=device).aggregate(last=Max("number"))
    return int(last["last"] or 0) + 1
