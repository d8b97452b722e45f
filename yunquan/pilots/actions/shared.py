"""What the verbs of the pilots share: locks, facts, messages, and the title itself."""

from __future__ import annotations

from datetime import datetime

from yunquan.journal.actions import notify
from yunquan.pilots.models import PROVINCE, Pilot, PilotCall

HEARING_WORKING_DAYS = 5  # The decree names no time to be heard; our own assumption.
MENDING_WORKING_DAYS = 5  # Nor one for mending a returned application.


def locked(pilot: Pilot) -> Pilot:
    """The fresh row, locked; its call is locked first by whoever needs it."""
    rows = Pilot.objects.select_for_update(of=("self",)).select_related("call__cycle", "supplier")
    return rows.get(pk=pilot.pk)


def locked_call(call: PilotCall) -> PilotCall:
    """The fresh call, locked."""
    return PilotCall.objects.select_for_update(of=("self",)).select_related("cycle").get(pk=call.pk)


def tell_supplier(pilot: Pilot, title: str, *, now: datetime, text: str = "") -> None:
    """A message to the supplier that applied."""
    _tell(pilot, f"supplier:{pilot.supplier_id}", f"/supplier/pilots/{pilot.pk}/", "pilot", title, text, now)


def tell_province(pilot: Pilot, title: str, *, now: datetime, text: str = "") -> None:
    """A message to the province that something waits."""
    _tell(pilot, PROVINCE, f"/province/pilots/{pilot.pk}/", "pilot_work", title, text, now)


def _tell(pilot: Pilot, org: str, link: str, kind: str, title: str, text: str, now: datetime) -> None:
    key = f"{pilot.journal_key}:{pilot.version}:{org}"
    notify(org=org, obj=pilot.journal_key, kind=kind, title=title, text=text, link=link, key=key, now=now)
