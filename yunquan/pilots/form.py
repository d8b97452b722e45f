"""The application form held against the conditions: the facts of a submission, for the act and for its preview."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from yunquan.evidence.queries import files_by_id
from yunquan.kernel.calendar import SHANGHAI, local_date
from yunquan.kernel.refusal import Refusal
from yunquan.parties import regions, standings
from yunquan.pilots.checks import ON_SUBMIT
from yunquan.pilots.lifecycle import HOLDING
from yunquan.pilots.models import Pilot, PilotCall
from yunquan.pilots.reading import Application, read
from yunquan.programme.queries import window
from yunquan.programme.rules import rulebook

ROWS = ("partners", "services", "areas", "schedule", "cases", "proofs")
MOST_LETTERS, MOST_ROWS, MOST_FIELDS = 20_000, 60, 60


def kept(typed: Mapping[str, Any]) -> dict[str, Any]:
    """What is kept of a form: short texts, and rows of short texts under the names that the form has."""
    found: dict[str, Any] = {}
    for name, value in list(typed.items())[:MOST_FIELDS]:
        if name in ROWS:
            listed = value if isinstance(value, list) else []
            found[name] = [
                {str(key)[:40]: str(one)[:MOST_LETTERS] for key, one in row.items()}
                for row in listed[:MOST_ROWS]
                if isinstance(row, Mapping)
            ]
        elif value is not None:
            found[str(name)[:40]] = str(value)[:MOST_LETTERS]
    return found


def sanctions(pilot: Pilot, now: datetime) -> list[Refusal]:
    """What stands against the supplier today."""
    return standings.refusals_for(supplier=pilot.supplier, on=local_date(now))


def time_facts(pilot: Pilot, call: PilotCall, now: datetime) -> dict[str, Any]:
    """Whether one may still apply: until the closing date, a returned application until its own date."""
    mending = pilot.mend_due_on is not None and local_date(now) <= pilot.mend_due_on
    return {
        "call_open": call.state == "open" and (now < call.closes_at or mending),
        "closes_said": f"{call.closes_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}",
    }


def titles(pilot: Pilot) -> dict[str, bool]:
    """Whether the same firm holds a title by another application, or lost one."""
    others = Pilot.objects.filter(supplier__uscc=pilot.supplier.uscc).exclude(pk=pilot.pk)
    states = set(others.values_list("state", flat=True))
    return {"title_withdrawn": "withdrawn" in states, "holds_title": bool(states & set(HOLDING))}


def facts(pilot: Pilot, call: PilotCall, now: datetime) -> tuple[Application, dict[str, Any]]:
    """The form's values and every fact that a submission is judged by."""
    today, supplier = local_date(now), pilot.supplier
    rules = rulebook(call.cycle.pack)
    application, faults = read(pilot.typed, services=rules.services(today), today=today)
    least = rules.find("pilots.least_enterprises", today)
    settling = window(call.cycle, "claim")
    return application, {
        **time_facts(pilot, call, now),
        "supplier_state": supplier.state,
        "in_guangdong": supplier.is_in_province and regions.city(supplier.city) is not None,
        "sanctions": sanctions(pilot, now),
        **titles(pilot),
        "faults": [*faults, *_files(application, supplier.key)],
        "least_enterprises": least.value if least is not None else None,
        "promised": application.promised,
        "fees_above": application.fees_above,
        "today": today,
        "plan_ends_on": application.plan_ends_on,
        "settles_on": local_date(settling.closes_at) if settling is not None else None,
        "last_field": application.last_field,
        "references": application.references,
    }


def refusals(pilot: Pilot, now: datetime) -> list[Refusal]:
    """Everything that stands against a submission now, for the page before the button is pressed."""
    _application, known = facts(pilot, pilot.call, now)
    found: list[Refusal] = []
    for check in ON_SUBMIT:
        said = check(known)
        found += [] if said is None else [said] if isinstance(said, Refusal) else list(said)
    return found


def _files(application: Application, org: str) -> list[Refusal]:
    """Files that are not the applicant's own."""
    own = files_by_id([pk for _field, pk in application.files], org=org)
    return [
        Refusal("file_missing", "所选文件不存在。", "D47-A2", "请重新上传文件。", field)
        for field, pk in application.files
        if pk not in own
    ]
