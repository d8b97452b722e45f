"""What screens read of plans, draws and custodians."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from yunquan.evidence.models import StoredFile
from yunquan.inspections import access, draw_files
from yunquan.inspections.models import Custodian, DrawFile, Inspection, Plan, PlanItem, Visit
from yunquan.inspections.plan_checks import ENOUGH_CUSTODIANS, STATES, percent
from yunquan.inspections.plan_population import Population, population_of, regime_of
from yunquan.inspections.plan_scope import in_words
from yunquan.kernel.workflow import Actor
from yunquan.parties import access as parties
from yunquan.parties import regions
from yunquan.parties.models import Appointment, Supplier
from yunquan.policy.regimes import load_regime, shipped_regimes
from yunquan.policy.roles import Role
from yunquan.policy.rulebook import NotInForce
from yunquan.vouchers.lifecycle import VOUCHER

STRATA = {"city": "地市", "service": "应用服务", "supplier": "供应商"}
SHOWN_REFS = 2000


def plans(actor: Actor) -> QuerySet[Plan]:
    """The plans that a bureau sees, the latest first."""
    return access.plans_visible_to(actor).order_by("-pk")


def plan_scope_words(plan: Plan) -> list[str]:
    """The scope of a plan in sentences."""
    stage = regime_of(plan).value("stage", plan.in_force_on).value
    return in_words(plan.scope, stage=stage, on=plan.in_force_on)


def preview(plan: Plan, today: date) -> Population:
    """What a plan would be drawn from as of today; nothing is written."""
    return population_of(plan, today=today)


def run_by_name(plan: Plan) -> str:
    """The bureau that runs a plan, in words."""
    return regions.place_name(plan.city) if plan.city else "省厅"


def regimes_on(on: date, *, city: str) -> list[tuple[str, str]]:
    """The regimes in force on a day that this bureau may plan by, with their titles."""
    found = []
    for name in shipped_regimes():
        regime = load_regime(name)
        try:
            run_by = regime.value("run_by", on).value
        except NotInForce:
            continue
        if city or run_by == "province":
            found.append((name, regime.title))
    return found


def states_to_choose() -> list[tuple[str, str]]:
    """The states of vouchers that some regime inspects."""
    return [(state, VOUCHER.states[state]) for states in STATES.values() for state in states]


def weights_of(plan: Plan) -> list[Any]:
    """The regime's weights: label and what each adds."""
    return list(regime_of(plan).value("weights", plan.in_force_on).value.reasons)


def candidates(actor: Actor, today: date) -> list[tuple[str, list[tuple[str, str]]]]:
    """Who can keep a secret of this bureau's draws: login names with their words, grouped by body."""
    rows = Appointment.objects.filter(
        parties.in_force(today), bureau__isnull=False, role__in=parties.BUREAU_ROLES
    )
    others = rows.exclude(Q(bureau__code=parties.bureau_code(actor)) & ~Q(role=Role.AUDITOR))
    found: dict[str, dict[str, str]] = {}
    for row in others.select_related("person", "bureau").order_by("bureau__code", "role", "pk"):
        assert row.bureau is not None
        words = f"{row.person.name}（{Role(row.role).label}）"
        found.setdefault(row.bureau.name, {})[row.person.username] = words
    return [(body, list(people.items())) for body, people in found.items()]


@dataclass(frozen=True, slots=True)
class StratumResult:
    """A stratum of a frozen or drawn plan in figures."""

    name: str
    count: int
    mandatory: int
    drawn: int
    reserve: int


def strata_of(plan: Plan) -> list[StratumResult]:
    """The strata of what was frozen, with what was drawn; one query."""
    rows = PlanItem.objects.filter(plan=plan, excluded_reason="").order_by()
    counted = rows.values("stratum").annotate(
        count=Count("pk"),
        mandatory=Count("pk", filter=~Q(mandatory_reason="")),
        drawn=Count("pk", filter=Q(outcome="drawn")),
        reserve=Count("pk", filter=Q(outcome="reserve")),
    )
    made = [
        StratumResult(row["stratum"], row["count"], row["mandatory"], row["drawn"], row["reserve"])
        for row in counted
    ]
    return sorted(made, key=lambda one: one.name.encode())


def excluded_of(plan: Plan) -> list[tuple[str, int]]:
    """The reasons of exclusion with how many each; one query."""
    rows = PlanItem.objects.filter(plan=plan).exclude(excluded_reason="").order_by()
    return sorted(rows.values_list("excluded_reason").annotate(count=Count("pk")))


def picked_refs(plan: Plan) -> dict[str, list[tuple[str, int]]]:
    """For each stratum the references picked by hand or drawn, in order; a bounded number."""
    rows = PlanItem.objects.filter(plan=plan, outcome__in=("mandatory", "drawn"))
    found: dict[str, list[tuple[str, int]]] = {}
    told = rows.order_by("stratum", "rank", "ref").values_list("stratum", "ref", "rank")
    for stratum, ref, rank in told[:SHOWN_REFS]:
        found.setdefault(stratum, []).append((ref, rank or 0))
    return found


def items(plan: Plan) -> QuerySet[PlanItem]:
    """All items of a plan with their vouchers, for its bureau."""
    return PlanItem.objects.filter(plan=plan).select_related("voucher__enterprise", "voucher__supplier")


def sources_of(plan: Plan) -> list[dict[str, Any]]:
    """The public sources: when each appears, its spare with its time, and what shows that it stayed silent."""
    due = plan.due
    return [
        {
            "name": one, "due": due.get(one), "spare": plan.fallback.get(one, ""),
            "spare_due": due.get(plan.fallback.get(one, "")), "silent": plan.silent.get(one, ""),
        }
        for one in plan.sources
    ]  # fmt: skip


def custodians(plan: Plan) -> list[Custodian]:
    """The custodians of a plan in the order of their names."""
    return list(plan.custodians.select_related("person").order_by("name"))


def is_few(plan: Plan) -> bool:
    """Whether there are fewer custodians or sources than make a draw hard to rig."""
    return plan.custodians.count() < ENOUGH_CUSTODIANS


def files(plan: Plan) -> list[dict[str, Any]]:
    """The stored files of a draw: name, size, SHA-256, when written."""
    rows = DrawFile.objects.filter(plan=plan).order_by("pk")
    return [
        {"name": row.name, "size": len(row.content), "sha256": row.sha256, "at": row.written_at}
        for row in rows
    ]


def file_content(plan: Plan, name: str) -> bytes | None:
    """One file of a draw, or None."""
    row = DrawFile.objects.filter(plan=plan, name=name).first()
    return bytes(row.content) if row is not None else None


def bundle_zip(plan: Plan) -> bytes | None:
    """The bundle of a drawn plan as a ZIP; None before the draw."""
    if not plan.seed:
        return None
    return draw_files.zipped(draw_files.bundle_of(plan))


def progress(plan: Plan) -> dict[str, int]:
    """How many inspections of a plan stand in which state; one query."""
    rows = Inspection.objects.filter(plan=plan).order_by()
    return dict(rows.values_list("state").annotate(count=Count("pk")))


# Custodians and enterprises


def custodies(actor: Actor) -> list[Custodian]:
    """The custodies of a person, whatever the appointment, those to act on first."""
    head, _, tail = actor.person.partition(":")
    number = int(tail) if head == "person" and tail.isdecimal() else 0
    rows = Custodian.objects.filter(person_id=number, plan__published_at__isnull=False)
    return list(rows.select_related("plan").order_by("-plan__pk"))


def waits(one: Custodian) -> bool:
    """Whether a secret waits for its custodian: to be committed to, or to be revealed."""
    state = one.plan.state
    return (state == "published" and not one.commitment) or (state == "frozen" and not one.secret)


def custody_for(actor: Actor, number: str) -> Custodian | None:
    """One custody of the person, or None as if there were no such plan."""
    return next((row for row in custodies(actor) if row.plan.number == number), None)


def own_items(actor: Actor) -> list[PlanItem]:
    """An enterprise's own vouchers in the draws, with the references under which they stand in the open.

    The draw publishes who was picked by reference, so a reference tells whether one is picked: it is told once the
    visit is announced (D108-3.3), and where there is none once the plan is closed.
    """
    enterprise = parties.enterprise_number(actor)
    if enterprise is None:
        return []
    announced = Visit.objects.filter(
        inspections__item=OuterRef("pk"), plan__state="drawn", state__in=access.ANNOUNCED
    )
    rows = PlanItem.objects.filter(
        Q(plan__state="closed") | Exists(announced), voucher__enterprise_id=enterprise
    )
    return list(rows.select_related("plan", "voucher").order_by("-plan__pk", "pk")[:200])


def replaceable(plan: Plan, word: str) -> Inspection | None:
    """The inspection of a plan by its voucher's number or by its blinded reference, or None."""
    rows = Inspection.objects.filter(plan=plan).exclude(state="replaced")
    return rows.filter(Q(voucher__number__iexact=word) | Q(item__ref__iexact=word)).first()


# What next, in words


def must_file(plan: Plan) -> bool:
    """Whether a plan is filed with the province before it is published (D108-2.2, D26-1)."""
    return bool(plan.city) and bool(regime_of(plan).value("filed_first", plan.in_force_on).value)


def steps_of(plan: Plan) -> tuple[list[str], int]:
    """The steps of a plan in words, and the one that it stands at, from 1."""
    states = {
        "drafted": "拟定", "filed": "报备案", "accepted": "公布", "published": "承诺", "frozen": "揭示",
        "drawn": "抽查", "closed": "结束",
    }  # fmt: skip
    if not must_file(plan):
        states = {name: label for name, label in states.items() if name not in ("filed", "accepted")}
        states["drafted"] = "拟定和公布"
    order = list(states)
    place = order.index(plan.state) + 1 if plan.state in order else 0
    return list(states.values()), place + (plan.state == "closed")


def next_words(plan: Plan, *, population: Population | None = None, now: datetime) -> str:
    """What has to be done next, in plain words."""
    if plan.state == "drafted":
        if population is not None and population.faults:
            return "名单还有需要改正的地方，改好后才能上报或公布。"
        return "请审批人核对名单后报省厅备案。" if must_file(plan) else "请审批人核对名单后公布计划。"
    if plan.state == "filed":
        return "等待省厅备案或退回。"
    if plan.state == "accepted":
        return "省厅已备案，请审批人公布计划；名单已不能公布的，由省厅退回修改，或者中止。"
    people = custodians(plan)
    if plan.state == "published":
        silent = [one.name for one in people if not one.commitment]
        return f"等待 {'、'.join(silent)} 公布承诺。" if silent else "承诺已齐，可以冻结名单。"
    if plan.state == "frozen":
        silent = [one.name for one in people if not one.secret]
        if silent and plan.reveals_end_at is not None and now <= plan.reveals_end_at:
            return f"等待 {'、'.join(silent)} 揭示随机数。"
        return "揭示已结束。公开随机数公布后，原样录入并上传凭证，即可抽取。"
    if plan.state == "drawn":
        return "已抽取。请逐项约定抽查；全部公布结果后结束本次抽查，公布盲签。"
    return {"closed": "已结束，盲签已公布。", "aborted": "已中止，没有抽取。"}[plan.state]


def preview_rows(population: Population) -> Iterator[dict[str, Any]]:
    """The population and the exclusions as rows of a sheet."""
    for one in population.candidates:
        yield {
            "number": one.number, "stratum": one.stratum, "face": one.face_fen, "weight": one.weight,
            "reasons": "；".join(f"{label} +{add}" for label, add in one.reasons),
            "mandatory": one.mandatory_reason, "excluded": "",
        }  # fmt: skip
    for row in population.excluded:
        yield {
            "number": row.number, "stratum": "", "face": None, "weight": None, "reasons": "",
            "mandatory": "", "excluded": row.reason,
        }  # fmt: skip


def lines_of(reasons: Iterable[tuple[str, str]]) -> str:
    """Numbers with their reasons as a text that can be edited, one a line."""
    return "\n".join(f"{number} {reason}" for number, reason in reasons)


def supplier_names(numbers: Iterable[int]) -> list[str]:
    """The names of suppliers by their numbers."""
    return list(Supplier.objects.filter(pk__in=list(numbers)).order_by("pk").values_list("name", flat=True))


def share_words(plan: Plan) -> str:
    """A plan's share as people write it."""
    return percent(Fraction(plan.share_num, plan.share_den))


def regime_titles() -> dict[str, str]:
    """The titles of all regimes by their codes."""
    return {name: load_regime(name).title for name in shipped_regimes()}


def regime_title(plan: Plan) -> str:
    """The title of a plan's regime."""
    return regime_of(plan).title


def file_for(actor: Actor, pk: int) -> StoredFile | None:
    """The evidence of a public value: open to everyone, as the draw is (D1)."""
    if not access.public_plans().filter(entropy_proof=pk).exists():
        return None
    return StoredFile.objects.filter(pk=pk).first()


def waiting_plans(actor: Actor, now: datetime) -> list[Plan]:
    """The plans on which this person has the next step at this moment, a bounded number."""
    rows = _waiting(actor).prefetch_related("custodians").order_by("pk")[:50]
    return [row for row in rows if _can_go_on(row, now)]


def _can_go_on(plan: Plan, now: datetime) -> bool:
    """Whether nobody else is waited for: commitments before the freeze, secrets and their time before the draw."""
    people = plan.custodians.all()
    if plan.state == "published":
        return all(one.commitment for one in people)
    if plan.state == "frozen":
        over = plan.reveals_end_at is not None and now > plan.reveals_end_at
        return (over or all(one.secret for one in people)) and all(at <= now for at in plan.due.values())
    return True


def waiting_count(actor: Actor) -> int:
    """How many plans wait for a step of this person: to be filed, accepted, published, frozen or drawn."""
    return _waiting(actor).count()


def _waiting(actor: Actor) -> QuerySet[Plan]:
    steps = ("file", "accept", "publish", "freeze", "draw")
    rules = [
        row
        for row in Plan.lifecycle.rows
        if row.action in steps and actor.role in row.roles and actor.may(f"plan.{row.action}")
    ]
    wanted = {state for row in rules for state in row.sources}
    rows = access.plans_visible_to(actor).filter(state__in=wanted)
    code = parties.bureau_code(actor)
    own = rows.filter(city="" if code == regions.PROVINCE else code)
    filed = rows.filter(state="filed") if actor.role == Role.PROVINCE_OFFICER else rows.none()
    return own | filed
