"""What the checks of a result ask: the regime's outcomes and days, who runs it, who answered, who was heard."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from yunquan.evidence.models import StoredFile
from yunquan.inspections.models import Hearing, Inspection, Opinion, Panelist, Rectification, Ruling, Summons
from yunquan.inspections.result_checks import SANCTIONS
from yunquan.journal.actions import notify
from yunquan.kernel.calendar import local_date
from yunquan.kernel.workflow import Actor
from yunquan.policy.regimes import load_regime
from yunquan.policy.regimes.forms import Outcome
from yunquan.policy.roles import Role
from yunquan.programme.rules import working_calendar
from yunquan.settlement.actions.recovering import lefts_to_demand_fen
from yunquan.vouchers.lifecycle import S
from yunquan.vouchers.models import Voucher

CITY = "city"
# Whom an effect touches besides the voucher itself.
TOUCHED = {
    "enterprise_barred": "enterprise",
    "recovery": "enterprise",
    "supplier_vouchers_revoked": "supplier",
    "supplier_standing_cancelled": "supplier",
    "supplier_barred": "supplier",
}


def locked(inspection: Inspection) -> Inspection:
    """The inspection's row under lock, with its plan and voucher."""
    rows = Inspection.objects.select_for_update(of=("self",))
    return rows.select_related("plan", "voucher__enterprise", "voucher__supplier").get(pk=inspection.pk)


def outcomes_of(inspection: Inspection) -> list[Outcome]:
    """The outcomes that the plan's regime knows on its day."""
    plan = inspection.plan
    return list(load_regime(plan.regime).value("outcomes", plan.in_force_on).value.outcomes)


def outcome_article(inspection: Inspection) -> str:
    """What the outcomes of the regime rest on."""
    plan = inspection.plan
    return str(load_regime(plan.regime).value("outcomes", plan.in_force_on).article)


def outcome_of(inspection: Inspection, code: str) -> Outcome | None:
    """One outcome by its code, or None."""
    return next((one for one in outcomes_of(inspection) if one.code == code), None)


def outcome_label(inspection: Inspection, code: str) -> str:
    """An outcome in words."""
    found = outcome_of(inspection, code)
    return found.label if found is not None else code


def outcome_facts(inspection: Inspection, code: str, grounds: Sequence[str]) -> dict[str, Any]:
    """Whether an outcome is known, and whether its grounds are named."""
    found = outcome_of(inspection, code)
    return {
        "outcome_known": found is not None,
        "qualified": found.qualified if found is not None else True,
        "grounds": [one for one in grounds if str(one).strip()],
        "sanctions": sorted(SANCTIONS & set(found.effects)) if found is not None else [],
    }


def due(inspection: Inspection, name: str, start: date) -> date | None:
    """The last day that a value of the regime in working days gives, or None where the regime sets none."""
    plan = inspection.plan
    found = load_regime(plan.regime).find(name, plan.in_force_on)
    return working_calendar().add_working_days(start, int(found.value)) if found is not None else None


def result_due(inspection: Inspection, now: datetime) -> date | None:
    """The last day to give the result back: counted from the end of the visit (D108-3.4)."""
    signed = [visit.signed_at for visit in inspection.visits.all() if visit.signed_at is not None]
    last = max(signed) if signed else inspection.concluded_at or now
    return due(inspection, "result_working_days", local_date(last))


def to_review(inspection: Inspection) -> bool:
    """Whether the province reviews this result: a city's, where the regime says so (D108-2.2)."""
    plan = inspection.plan
    found = load_regime(plan.regime).find("reviewed_by_province", plan.in_force_on)
    return bool(plan.city) and found is not None and bool(found.value)


def place_facts(inspection: Inspection, by: Actor) -> dict[str, Any]:
    """Who acts: of the bureau that runs the plan, and of the panel where it is an expert."""
    plan = inspection.plan
    facts: dict[str, Any] = {"person": by.person, "runs_it": by.role == Role.EXPERT or by.org == plan.org}
    if by.role == Role.EXPERT:
        number = by.person.partition(":")[2]
        seats = Panelist.objects.filter(visit__inspections=inspection, recused_at=None)
        facts["on_panel"] = number.isdigit() and seats.filter(expert__person_id=int(number)).exists()
    return facts


def asked_before(inspection: Inspection) -> bool:
    """Whether an explanation of the amount was asked for."""
    return bool(inspection.doubt)


def silent(inspection: Inspection) -> list[str]:
    """The parties that have not answered in writing."""
    told = set(Opinion.objects.filter(inspection=inspection, kind="answer").values_list("org", flat=True))
    return [
        side for side, org in sides_of(inspection).items() if org not in told and not org.endswith(":None")
    ]


def unheard(inspection: Inspection, code: str) -> list[str]:
    """The parties that a sanction would touch, or who were told a milder result, and that were not heard."""
    found = outcome_of(inspection, code)
    touched = {
        TOUCHED[effect] for effect in (found.effects if found is not None else ()) if effect in TOUCHED
    }
    told = outcome_of(inspection, inspection.outcome)
    if found is not None and told is not None and told.qualified and not found.qualified:
        # Both answered to a good result; to another one they have said nothing yet.
        touched |= {"enterprise", "supplier"}
    heard: set[str] = set()
    since = heard_since(inspection)
    for row in Hearing.objects.filter(inspection=inspection):
        if since is None or row.held_at >= since:
            heard |= set(row.parties)
    return sorted(touched - heard)


def others_asked(inspection: Inspection) -> dict[str, str]:
    """Whose money a decision against the supplier would ask back beside this voucher's: organisation and name.

    What the bank has in hand may be paid by then.
    """
    rows = Voucher.objects.filter(supplier=inspection.voucher.supplier_id, state__in=(S.PAID, S.ORDERED))
    rows = rows.exclude(pk=inspection.voucher_id).exclude(enterprise=inspection.voucher.enterprise_id)
    others = list(rows.select_related("enterprise").order_by("enterprise__name", "pk"))
    left = lefts_to_demand_fen(others)
    return {
        f"enterprise:{row.enterprise_id}": row.enterprise.name
        for row in others
        if row.state == S.ORDERED or left[row.pk] > 0
    }


def others_unheard(inspection: Inspection, code: str, now: datetime) -> list[str]:
    """The names of those who would have to pay back and were not asked to a hearing that is over (D108-4)."""
    found = outcome_of(inspection, code)
    if found is None or "supplier_vouchers_revoked" not in found.effects:
        return []
    since = heard_since(inspection)
    asked = Summons.objects.filter(inspection=inspection, held_at__lte=now)
    if since is not None:
        asked = asked.filter(held_at__gte=since)
    called = set(asked.values_list("org", flat=True))
    return [name for org, name in others_asked(inspection).items() if org not in called]


def round_of(inspection: Inspection) -> int:
    """Which decision of the inspection is in hand: 1, and one more each time that it was opened again."""
    return 1 + Ruling.objects.filter(inspection=inspection, step=Ruling.Step.REOPENED).count()


def heard_since(inspection: Inspection) -> datetime | None:
    """From when a hearing counts for the decision in hand: the parties were told, or it was opened again."""
    again = Ruling.objects.filter(inspection=inspection, step=Ruling.Step.REOPENED).order_by("-pk").first()
    return again.at if again is not None else inspection.informed_at


def uncalled(inspection: Inspection, sides: Iterable[str], held_at: datetime | None) -> list[str]:
    """Of the sides said to be absent from a hearing those that were not asked to it: for that day, not for later."""
    if held_at is None:
        return []
    day = local_date(held_at)
    called = {
        row.org
        for row in Summons.objects.filter(inspection=inspection, held_at__lte=held_at)
        if local_date(row.held_at) == day and row.summoned_at < row.held_at
    }
    orgs = sides_of(inspection)
    return [side for side in sides if orgs[side] not in called]


def sides_of(inspection: Inspection) -> dict[str, str]:
    """The two parties of an inspection, as the log names them."""
    voucher = inspection.voucher
    return {
        "supplier": f"supplier:{voucher.supplier_id}",
        "enterprise": f"enterprise:{voucher.enterprise_id}",
    }


def failed_rectifications() -> QuerySet[Rectification]:
    """Of the inspection of an outer query what its last decision ordered and a check found not mended (D858-2.3)."""
    return Rectification.objects.filter(
        inspection=OuterRef("pk"), state="failed", ordered_at__gte=OuterRef("decided_at")
    )


def rectification_failed(inspection: Inspection) -> bool:
    """Whether the last decision ordered something to be mended that was not."""
    return Inspection.objects.filter(Exists(failed_rectifications()), pk=inspection.pk).exists()


def own_files(files: Sequence[int], by: Actor) -> tuple[list[StoredFile], bool]:
    """The uploads of the actor's own organisation, and whether all that were named are among them."""
    wanted = list(dict.fromkeys(files))
    rows = list(StoredFile.objects.filter(pk__in=wanted, org=by.org).order_by("pk"))
    return rows, len(rows) == len(wanted)


def write_ruling(
    inspection: Inspection,
    step: str,
    *,
    outcome: str = "",
    grounds: Sequence[str] = (),
    text: str = "",
    document: StoredFile | None = None,
    by: Actor,
    now: datetime,
) -> Ruling:
    """Keep what was said of the outcome at a step."""
    return Ruling.objects.create(
        inspection=inspection,
        step=step,
        outcome=outcome,
        grounds=list(grounds),
        text=text.strip(),
        document=document,
        person=by.person,
        role=by.role,
        org=by.org,
        at=now,
    )


def tell_parties(inspection: Inspection, kind: str, title: str, text: str, now: datetime) -> None:
    """A message to the supplier and the enterprise of the voucher, once a version."""
    voucher = inspection.voucher
    for org in (f"supplier:{voucher.supplier_id}", f"enterprise:{voucher.enterprise_id}"):
        tell(inspection, org, kind, title, text, now)


def tell(inspection: Inspection, org: str, kind: str, title: str, text: str, now: datetime) -> None:
    """A message about an inspection into one inbox."""
    if org.endswith(":None"):
        return
    notify(
        org=org,
        obj=inspection.journal_key,
        kind=f"inspection.{kind}"[:40],
        title=title,
        text=text,
        key=f"{inspection.journal_key}:{inspection.version}:{kind}:{org}",
        now=now,
    )
