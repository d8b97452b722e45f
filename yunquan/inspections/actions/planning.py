"""计划: drafted by the drawer, a city's filed with the province, published by another person (D108-1, D108-2.2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any

from yunquan.inspections.actions.plan_steps import locked, step_facts
from yunquan.inspections.actions.replacing import replace
from yunquan.inspections.models import Custodian, Plan
from yunquan.inspections.plan_checks import pick_faults, plan_faults
from yunquan.inspections.plan_population import population_of, regime_of
from yunquan.journal.actions import audited, move, notify, record
from yunquan.kernel.calendar import local_date
from yunquan.kernel.canonical import content_hash
from yunquan.kernel.refusal import Refusal, Refused
from yunquan.kernel.workflow import Actor
from yunquan.parties import access as parties
from yunquan.parties import regions
from yunquan.parties.models import Bureau, Person
from yunquan.policy.drawing.beacons import appears_at
from yunquan.policy.drawing.reading import text_wrong
from yunquan.policy.regimes import Regime, load_regime, shipped_regimes
from yunquan.policy.regimes.forms import Draw
from yunquan.policy.roles import Role
from yunquan.policy.rulebook import NotInForce

__all__ = [
    "PlanFacts", "abort", "accept", "draft", "file", "pick", "publish", "replace", "revise", "send_back",
]  # fmt: skip
CUSTODIAN_ROLES = parties.BUREAU_ROLES


@dataclass(frozen=True, kw_only=True)
class PlanFacts:
    """A plan as an officer writes it down; `custodians` are login names, `share` is (num, den)."""

    title: str
    regime: str
    purpose: str
    starts_on: date
    ends_on: date
    scope: Mapping[str, Any]
    share: tuple[int, int]
    custodians: Sequence[str]
    sources: Sequence[str]
    strata: Sequence[str] | None = None
    fallback: Mapping[str, str] = field(default_factory=dict)
    # When each source's value will appear, by source; spare ones too.
    due: Mapping[str, datetime] = field(default_factory=dict)
    reveals_end_at: datetime | None = None
    alg: str = "sha256"
    operator: str = ""
    mandatory: Mapping[str, str] = field(default_factory=dict)
    left_out: Mapping[str, str] = field(default_factory=dict)
    merged: Mapping[str, str] = field(default_factory=dict)
    note: str = ""


@audited("plan.draft", about="about")
def draft(*, facts: PlanFacts, by: Actor, now: datetime, about: str = "plan") -> Plan:
    """Write down a new plan; raises Refused with everything that is wrong in it (D108-1, D26-1, D858-1)."""
    city = _city(by)
    # One plan after the other gets its number.
    Bureau.objects.select_for_update().get(code=city or regions.PROVINCE)
    plan = Plan(drafted_by=by.person, drafted_at=now, city=city, run_by="city" if city else "province")
    people = _write(plan, facts, by=by, now=now)
    plan.number = _next_number(plan, now)
    plan.save()
    _keep_custodians(plan, people)
    record("plan.draft", by=by, obj=plan.journal_key, now=now, why="D108-1", payload=_told(facts))
    return plan


def faults_of(*, facts: PlanFacts, plan: Plan | None = None, by: Actor, now: datetime) -> list[Refusal]:
    """Everything that is wrong in a plan as written down; nothing is kept."""
    city = _city(by)
    tried = copy(plan) if plan is not None else Plan(city=city, run_by="city" if city else "province")
    try:
        _write(tried, facts, by=by, now=now)
    except Refused as refused:
        return list(refused.refusals)
    return []


@audited("plan.revise", about="plan")
def revise(*, plan: Plan, facts: PlanFacts, by: Actor, now: datetime) -> Plan:
    """Write a drafted plan down anew; who revised it counts as its drawer (D108-1)."""
    plan = locked(plan)
    people = _write(plan, facts, by=by, now=now)
    changes = {name: getattr(plan, name) for name in _WRITTEN}
    move(
        plan, "revise", by=by, facts=step_facts(plan, by=by, now=now), now=now, payload=_told(facts),
        changes={**changes, "drafted_by": by.person},
    )  # fmt: skip
    _keep_custodians(plan, people)
    return plan


@audited("plan.pick", about="plan")
def pick(
    *,
    plan: Plan,
    mandatory: Mapping[str, str],
    left_out: Mapping[str, str],
    merged: Mapping[str, str],
    by: Actor,
    now: datetime,
) -> Plan:
    """Set who is picked by hand, who is left out, and which strata go together, with reasons (D108-1, D858-2.2)."""
    plan = locked(plan)
    plan.mandatory, plan.left_out = _stated(mandatory), _stated(left_out)
    plan.merged = {name: into for name, into in merged.items() if into}
    picks = {"mandatory": plan.mandatory, "left_out": plan.left_out, "merged": plan.merged}
    facts = {**step_facts(plan, by=by, now=now), "faults": pick_faults(_pick_facts(plan))}
    move(plan, "revise", by=by, facts=facts, now=now, payload=picks, changes=picks)
    return plan


@audited("plan.file", about="plan")
def file(*, plan: Plan, by: Actor, now: datetime) -> Plan:
    """File a city's plan with the province, its list without overlap with any other (D108-2.2, D26-1)."""
    plan = locked(plan)
    facts = {**step_facts(plan, by=by, now=now), "faults": population_of(plan, today=local_date(now)).faults}
    move(plan, "file", by=by, facts=facts, now=now, changes={"filed_by": by.person, "entered_at": now})
    _tell(plan, org="bureau:440000", kind="plan_filed", title=f"{plan.number} 报备案：{plan.title}", now=now,
          link=f"/province/inspections/plans/{plan.number}/")  # fmt: skip
    return plan


@audited("plan.accept", about="plan")
def accept(*, plan: Plan, by: Actor, now: datetime) -> Plan:
    """The province takes note of a city's plan (D108-2.2)."""
    plan = locked(plan)
    move(plan, "accept", by=by, facts=step_facts(plan, by=by, now=now), now=now,
         changes={"accepted_by": by.person})  # fmt: skip
    _tell(plan, org=plan.org, kind="plan_accepted", title=f"{plan.number} 省厅已备案，可以公布", now=now,
          link=f"/city/inspections/plans/{plan.number}/")  # fmt: skip
    return plan


@audited("plan.send_back", about="plan")
def send_back(*, plan: Plan, reason: str, by: Actor, now: datetime) -> Plan:
    """The province sends a city's plan back with a reason, one that it had accepted too (D108-2.2)."""
    plan = locked(plan)
    facts = {**step_facts(plan, by=by, now=now), "reason": reason}
    move(plan, "send_back", by=by, facts=facts, now=now, payload={"reason": reason.strip()},
         changes={"entered_at": None, "filed_by": "", "accepted_by": "", "note": reason.strip()})  # fmt: skip
    _tell(
        plan, org=plan.org, kind="plan_returned", title=f"{plan.number} 被省厅退回修改", now=now, text=reason,
        link=f"/city/inspections/plans/{plan.number}/",
    )  # fmt: skip
    return plan


@audited("plan.publish", about="plan")
def publish(*, plan: Plan, by: Actor, now: datetime) -> Plan:
    """Publish a plan: rule, share, strata, sources and custodians are open from now on (D858-2.2)."""
    plan = locked(plan)
    facts = {**step_facts(plan, by=by, now=now), "faults": population_of(plan, today=local_date(now)).faults}
    changes = {"published_by": by.person, "published_at": now, "entered_at": plan.entered_at or now}
    move(plan, "publish", by=by, facts=facts, now=now, changes=changes, payload={"scope_key": plan.scope_key})
    for one in plan.custodians.select_related("person"):
        _tell(
            plan, org=_home(one.person, local_date(now)), kind="custodian", now=now, link="/desk/custody/",
            title=f"{plan.number} 请保管人 {one.name} 公布随机数承诺",
        )  # fmt: skip
    return plan


@audited("plan.abort", about="plan")
def abort(*, plan: Plan, reason: str, by: Actor, now: datetime) -> Plan:
    """End a plan without a draw; one that was published stays visible with the reason (D1).

    A city's plan that was not drawn by its last day can be ended by the province as well (D108-2.2).
    """
    plan = locked(plan)
    facts = {**step_facts(plan, by=by, now=now), "reason": reason}
    move(plan, "abort", by=by, facts=facts, now=now, payload={"reason": reason.strip()},
         changes={"note": reason.strip()})  # fmt: skip
    if by.org != plan.org:
        _tell(
            plan, org=plan.org, kind="plan_aborted", title=f"{plan.number} 到期未抽取，已由省厅中止", now=now,
            text=reason, link=f"/city/inspections/plans/{plan.number}/",
        )  # fmt: skip
    return plan


_WRITTEN = (
    "title", "regime", "regime_version", "in_force_on", "purpose", "starts_on", "ends_on", "scope", "scope_key",
    "share_num", "share_den", "strata", "alg", "sources", "fallback", "due_at", "reveals_end_at", "operator", "mandatory",
    "left_out", "merged", "note",
)  # fmt: skip


def _write(plan: Plan, facts: PlanFacts, *, by: Actor, now: datetime) -> list[tuple[Person, str]]:
    """Put what was written down into the plan, judged as a whole; gives the custodians with their bodies."""
    today = local_date(now)
    regime = load_regime(facts.regime) if facts.regime in shipped_regimes() else None
    held = _held(regime, facts.starts_on if isinstance(facts.starts_on, date) else today)
    draw: Draw | None = held["draw"].value if held else None
    strata = list(facts.strata if facts.strata is not None else draw.strata if draw else ())
    scope = {key: value for key, value in facts.scope.items() if value or key not in ("signals", "earlier")}
    key = content_hash(
        {
            "city": plan.city,
            "ends_on": str(facts.ends_on),
            "purpose": facts.purpose.strip(),
            "regime": facts.regime,
            "scope": scope,
            "starts_on": str(facts.starts_on),
        }
    )
    same = Plan.objects.filter(scope_key=key).exclude(state="aborted").exclude(pk=plan.pk).first()
    people = [_custodian(name, plan, today, by) for name in facts.custodians]
    named = (*facts.sources, *facts.fallback.values())
    due = {**{one: moment for one in named if (moment := appears_at(one))}, **facts.due}
    judged = {
        **asdict(facts),
        "now": now,
        "due": due,
        "scope": scope,
        "strata": strata,
        "city": plan.city,
        "regime_missing": held is None,
        "same_scope": same.number if same is not None else "",
        "not_yours": held is not None and held["run_by"].value == "city" and not plan.city,
        "stage": held["stage"].value if held else "before_payment",
        "stage_article": held["stage"].article if held else "D108-5",
        "least_share": draw.least_share if draw else None,
        "may_pick": draw.mandatory if draw else True,
        "draw_article": held["draw"].article if held else "D858-2.2",
        "source_faults": [
            (why, one) for one in (*facts.sources, *facts.fallback.values()) if (why := text_wrong(one))
        ],
        "custodians": [shown for _person, shown in people],
    }
    if found := plan_faults(judged):
        raise Refused(found)
    assert regime is not None
    plan.title, plan.regime, plan.purpose = facts.title.strip(), facts.regime, facts.purpose.strip()
    plan.regime_version, plan.in_force_on = regime.version, facts.starts_on
    plan.starts_on, plan.ends_on, plan.scope, plan.scope_key = facts.starts_on, facts.ends_on, scope, key
    plan.share_num, plan.share_den = facts.share
    plan.strata, plan.alg, plan.sources, plan.fallback = (
        strata,
        facts.alg,
        list(facts.sources),
        dict(facts.fallback),
    )
    plan.due_at = {source: moment.isoformat() for source, moment in due.items()}
    plan.reveals_end_at, plan.operator, plan.note = facts.reveals_end_at, facts.operator.strip(), facts.note
    plan.mandatory, plan.left_out = _stated(facts.mandatory), _stated(facts.left_out)
    plan.merged = dict(facts.merged)
    return [(person, shown["body"]) for person, shown in people if person is not None]


def _held(regime: Regime | None, on: date) -> dict[str, Any] | None:
    """The values of a regime that a plan asks for, or None where it isn't in force yet."""
    if regime is None:
        return None
    try:
        return {
            name: regime.value(name, on) for name in ("draw", "run_by", "stage", "weights", "filed_first")
        }
    except NotInForce:
        return None


def _stated(reasons: Mapping[str, str]) -> dict[str, str]:
    return {number.strip(): str(reason).strip() for number, reason in reasons.items() if number.strip()}


def _pick_facts(plan: Plan) -> dict[str, Any]:
    draw = regime_of(plan).value("draw", plan.in_force_on)
    return {
        "mandatory": plan.mandatory, "left_out": plan.left_out, "may_pick": draw.value.mandatory,
        "draw_article": draw.article,
    }  # fmt: skip


def _city(by: Actor) -> str:
    """The city whose plan it will be; nothing for the province's."""
    code = parties.bureau_code(by)
    if by.role not in (Role.PROVINCE_OFFICER, Role.CITY_REVIEWER) or not code:
        raise Refused([not_your_role()])
    return "" if code == regions.PROVINCE else code


def not_your_role() -> Refusal:
    """Why someone else than an officer can't write a plan down."""
    return Refusal("not_your_role", "您的岗位不能拟定抽查计划。", "D108-2", "由省厅经办人或地市审核员拟定。")


def _next_number(plan: Plan, now: datetime) -> str:
    """The number of a plan: year, bureau, and the place among that bureau's plans of the year."""
    head = f"CC{local_date(now).year}-{plan.city or regions.PROVINCE}-"
    last = Plan.objects.filter(number__startswith=head).order_by("-number").values_list("number", flat=True)
    return f"{head}{int(last[0].rpartition('-')[2]) + 1 if last else 1:03d}"


def _custodian(username: str, plan: Plan, today: date, by: Actor) -> tuple[Person | None, dict[str, str]]:
    """A custodian by login name, with the body that he stands for; no body where he can't be one.

    All his appointments count: who may act for the drawer's bureau in any of them, or writes the plan himself, is a
    drawer. The body is that of the first appointment that is none of the drawer's.
    """
    person = Person.objects.filter(username=username.strip()).first()
    shown = {"shown": username, "body": "", "is_drawer": ""}
    if person is None:
        return None, shown
    shown["shown"] = person.name
    if person.key == by.person and by.org == plan.org:
        shown["is_drawer"] = "yes"
    for row in parties.appointments_of(person, today):
        if row.role not in CUSTODIAN_ROLES or row.bureau is None:
            continue
        is_auditor = row.role == Role.AUDITOR
        if row.org_key == plan.org and not is_auditor:
            shown["is_drawer"] = "yes"
        body = f"{row.bureau.name}（审计）" if is_auditor else row.bureau.name
        shown["body"] = shown["body"] or body[:40]
    return person, shown


def _keep_custodians(plan: Plan, people: Sequence[tuple[Person, str]]) -> None:
    """The custodians as they are named now; a commitment is only made once the plan is published."""
    plan.custodians.all().delete()
    Custodian.objects.bulk_create(
        Custodian(plan=plan, name=body, person=person, body=body) for person, body in people
    )


def _home(person: Person, today: date) -> str:
    rows = parties.appointments_of(person, today)
    return rows[0].org_key if rows else "platform"


def _told(facts: PlanFacts) -> dict[str, Any]:
    """What the log's payload keeps of a plan as written down."""
    return {
        "title": facts.title, "regime": facts.regime, "purpose": facts.purpose,
        "days": [str(facts.starts_on), str(facts.ends_on)], "scope": dict(facts.scope),
        "share": list(facts.share), "sources": list(facts.sources),
        "due": {source: moment.isoformat() for source, moment in facts.due.items()}, "operator": facts.operator,
        "mandatory": dict(facts.mandatory), "left_out": dict(facts.left_out), "merged": dict(facts.merged),
    }  # fmt: skip


def _tell(
    plan: Plan, *, org: str, kind: str, title: str, now: datetime, text: str = "", link: str = ""
) -> None:
    notify(
        org=org, obj=plan.journal_key, kind=kind, title=title, text=text, link=link, now=now,
        key=f"{plan.journal_key}:{plan.version}:{kind}:{title[-40:]}",
    )  # fmt: skip
