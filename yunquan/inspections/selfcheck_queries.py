"""What screens read of self-checks: rounds, tables, lines with the records beside them, who is late (D858-2.1)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet

from yunquan.inspections import selfcheck_checks as rules
from yunquan.inspections.models import Inspection, Plan, Rectification, SelfCheck, SelfCheckLine
from yunquan.inspections.plan_population import scope_of
from yunquan.inspections.selfcheck_figures import Figures, figures_of, frozen
from yunquan.kernel.calendar import SHANGHAI
from yunquan.kernel.workflow import Actor
from yunquan.parties import access as parties_access
from yunquan.parties import regions
from yunquan.policy.regimes import forms, load_regime
from yunquan.policy.roles import Role
from yunquan.usage.cases import Case
from yunquan.vouchers.lifecycle import S
from yunquan.vouchers.models import Voucher
from yunquan.vouchers.verification import WATCHED_DAYS, cases_of, with_facts

TYPED = ("use_state", "inspected", "conclusion", "note")
OPEN = ("open", "returned")


def visible_to(actor: Actor) -> QuerySet[SelfCheck]:
    """A supplier sees its own tables, a city its own, the province and its auditors all (A1)."""
    rows = SelfCheck.objects.select_related("plan", "supplier")
    supplier = parties_access.supplier_number(actor)
    if supplier is not None:
        return rows.filter(supplier_id=supplier)
    code = parties_access.bureau_code(actor)
    if code == regions.PROVINCE:
        return rows
    if actor.role != Role.COUNTY_REVIEWER and regions.city(code):
        return rows.filter(city=code, supplier=None)
    return rows.none()


def self_check_for(actor: Actor, pk: int) -> SelfCheck | None:
    """One table, or None as if it did not exist."""
    return visible_to(actor).filter(pk=pk).first()


def form_of(plan: Plan) -> forms.SelfCheckForm | None:
    """The form that the plan's regime sets for self-checks; None where it has none."""
    found = load_regime(plan.regime).find("self_check", plan.in_force_on)
    return found.value if found is not None else None


def in_scope(plan: Plan) -> QuerySet[Voucher]:
    """The vouchers of a plan that were paid: what a self-check has to tell of (D858-1)."""
    return scope_of(plan).filter(state=S.PAID)


def whose(row: SelfCheck) -> str:
    """The name of who files a table."""
    return row.supplier.name if row.supplier is not None else regions.place_name(row.city)


def is_late(row: SelfCheck, today: date) -> bool:
    """Whether a table is overdue."""
    return row.state in OPEN and row.due_on < today


def cases_on(today: date) -> list[Case]:
    """Vouchers of suppliers' tables that are still open, paid so long ago that nobody watches them on: their records are
    rolled up again, so that a table shows what the platform received lately."""
    since = datetime.combine(today - timedelta(days=WATCHED_DAYS), time(), SHANGHAI)
    lines = SelfCheckLine.objects.filter(self_check__state__in=OPEN, self_check__supplier__isnull=False)
    rows = Voucher.objects.filter(state=S.PAID, paid_at__lt=since, pk__in=lines.order_by().values("voucher"))
    return cases_of(with_facts(rows).order_by("pk"))


def plans_with_rounds(actor: Actor) -> QuerySet[Plan]:
    """The plans whose self-check was opened, the latest first, with how many tables wait and were filed."""
    rows = Plan.objects.filter(self_checks__in=visible_to(actor).order_by().values("pk"))
    counted = rows.annotate(
        tables=Count("self_checks"),
        filed=Count("self_checks", filter=Q(self_checks__state="filed")),
        returned=Count("self_checks", filter=Q(self_checks__state="returned")),
    )
    return counted.order_by("-pk")


def plans_to_open() -> list[Plan]:
    """Published plans of a regime with a self-check whose round was not opened yet."""
    rows = Plan.objects.filter(state__in=("published", "frozen"), self_checks=None).order_by("-pk")
    return [row for row in rows[:50] if form_of(row) is not None]


def plan_with_round(number: str) -> Plan | None:
    """A plan by its number whose self-check was opened or could be."""
    row = Plan.objects.filter(number=number).first()
    return row if row is not None and form_of(row) is not None else None


def asked_by(plan: Plan, *, today: date) -> dict[str, Any]:
    """Whom a round would ask until when: suppliers and cities with paid vouchers in scope, by the regime's days."""
    form = form_of(plan)
    rows = in_scope(plan).order_by()
    return {
        "vouchers": rows.count(),
        "suppliers": rows.exclude(supplier=None).values("supplier").distinct().count(),
        "cities": [
            regions.place_name(code) for code in sorted(set(rows.values_list("city", flat=True).distinct()))
        ],
        "supplier_due_on": today + timedelta(days=form.supplier_days) if form is not None else None,
        "city_due_on": today + timedelta(days=form.city_days) if form is not None else None,
    }


def round_of(plan: Plan) -> QuerySet[SelfCheck]:
    """The tables of a round."""
    rows = SelfCheck.objects.filter(plan=plan).select_related("supplier", "plan")
    return rows.annotate(
        line_count=Count("lines"),
        above=Count("lines", filter=Q(state="filed", lines__figures__difference="above")),
    )


def overdue(today: date) -> QuerySet[SelfCheck]:
    """Tables that should have been filed before today, the longest overdue first."""
    rows = SelfCheck.objects.filter(state__in=OPEN, due_on__lt=today).select_related("plan", "supplier")
    return rows.order_by("due_on", "pk")


def waiting(actor: Actor) -> QuerySet[SelfCheck]:
    """The tables that this actor has to fill, the nearest due first."""
    return visible_to(actor).filter(state__in=OPEN).order_by("due_on", "pk")


def waiting_count(actor: Actor) -> int:
    """How many tables wait for this actor to fill them, up to 1000."""
    return waiting(actor).order_by().values("pk")[:1000].count()


@dataclass(frozen=True, slots=True)
class Line:
    """A line as pages and papers show it: the voucher, what is said of it, the records beside it."""

    voucher: Voucher
    typed: Mapping[str, str]
    figures: Figures | None
    is_prefilled: bool = False

    @property
    def number(self) -> str:
        return self.voucher.number

    @property
    def difference(self) -> str:
        """`above` where more is claimed than the records show, `below` where less, else nothing."""
        if self.figures is None:
            return ""
        return rules.differs(self.typed["use_state"], self.figures.says)


def above_records() -> QuerySet[SelfCheckLine]:
    """Lines of filed tables in which more is claimed than the records show."""
    return SelfCheckLine.objects.filter(self_check__state="filed", figures__difference="above")


def count_lines(row: SelfCheck) -> int:
    """How many vouchers a table has."""
    return SelfCheckLine.objects.filter(self_check=row).count()


def lines_of(row: SelfCheck, *, start: int = 0, most: int | None = None) -> list[Line]:
    """Lines by voucher number, with what was filed, or else what is typed so far, and the records beside it.

    The records of a filed supplier's table are those frozen with it; a draft's are today's affair and
    `with_figures` adds them.
    """
    rows = SelfCheckLine.objects.filter(self_check=row).select_related(
        "voucher__enterprise", "voucher__supplier", "voucher__contract", "voucher__cycle"
    )
    rows = rows.prefetch_related("voucher__lines").order_by("voucher__number")
    chosen = list(rows[start : None if most is None else start + most])
    known = prefill([one.voucher for one in chosen]) if row.supplier_id is None else {}
    return [_line(row, one, known.get(one.voucher_id, {})) for one in chosen]


def with_figures(row: SelfCheck, lines: Sequence[Line], today: date) -> list[Line]:
    """The lines of a supplier's table with the records beside them: those that it was frozen with, else today's."""
    form = form_of(row.plan)
    if row.supplier_id is None or form is None or row.state == "filed":
        return list(lines)
    known = figures_of([line.voucher for line in lines], form, today=today)
    return [replace(line, figures=known[line.number]) for line in lines]


def _line(row: SelfCheck, line: SelfCheckLine, known: Mapping[str, str]) -> Line:
    if row.state == "filed":
        filed = {name: str(getattr(line, name)) for name in TYPED}
        return Line(line.voucher, filed, frozen(line.figures))
    typed = dict(row.typed.get(line.voucher.number) or {})
    said = {name: str(typed.get(name, known.get(name, ""))) for name in TYPED}
    return Line(line.voucher, said, None, is_prefilled=bool(known) and not typed)


def prefill(vouchers: Sequence[Voucher]) -> dict[int, dict[str, str]]:
    """What the platform knows of the inspections of vouchers, as a city's table asks for it; a few queries."""
    rows = (
        Inspection.objects.filter(voucher__in=vouchers)
        .exclude(outcome="")
        .exclude(state="replaced")
        .select_related("plan")
        .prefetch_related("visits")
        .order_by("pk")
    )
    latest = {row.voucher_id: row for row in rows}
    ordered = Rectification.objects.filter(inspection__in=latest.values())
    mending = {row.inspection_id: row for row in ordered}
    return {pk: _known(row, mending.get(row.pk)) for pk, row in latest.items()}


def _known(row: Inspection, mending: Rectification | None) -> dict[str, str]:
    regime = load_regime(row.plan.regime)
    code = row.proposed_outcome if row.decided_at is not None and row.proposed_outcome else row.outcome
    try:
        outcome = regime.outcome(code, row.plan.in_force_on)
    except KeyError:
        return {}
    modes = {visit.mode for visit in row.visits.all()}
    parts = [f"{regime.title}：{outcome.label}"]
    if row.opinion:
        parts.append(row.opinion)
    if mending is not None:
        label = mending.lifecycle.states[mending.state]
        parts.append(f"整改（{label}，期限 {mending.due_on}）：{mending.problem}")
    return {
        "inspected": "remote" if modes == {"remote"} else "on_site",
        "conclusion": "qualified" if outcome.qualified else "unqualified",
        "note": "；".join(parts)[: rules.MOST_LETTERS],
    }


def facts_of(row: SelfCheck, lines: Iterable[Line]) -> dict[str, Any]:
    """What the checks of a filing look at."""
    form = form_of(row.plan)
    return {
        "whose": "supplier" if row.supplier_id else "city",
        "states": dict(form.states) if form is not None else {},
        "lines": [{"number": line.number, **line.typed} for line in lines],
    }
