"""试点称号: given after publicity by a second person, finished in time or taken after a hearing (D47-6.2, D47-6.5).

Nothing here touches a voucher: customers that were tagged stay tagged and are paid like before (D47-6.5).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from yunquan.feedback.queries import is_complained_of
from yunquan.journal.actions import audited, move
from yunquan.kernel.calendar import local_date
from yunquan.kernel.workflow import Actor
from yunquan.parties import actions as parties
from yunquan.parties.models import Supplier
from yunquan.pilots import form
from yunquan.pilots.actions.shared import (
    HEARING_WORKING_DAYS,
    locked,
    locked_call,
    tell_province,
    tell_supplier,
)
from yunquan.pilots.earmarks import misfits
from yunquan.pilots.models import Pilot
from yunquan.pilots.progress import ground_of, progress_of
from yunquan.programme.models import CityTarget
from yunquan.programme.rules import working_calendar


@audited("pilot.name", about="pilot")
def name(*, pilot: Pilot, by: Actor, now: datetime) -> Pilot:
    """Give the title, and count the quota by city as earmarked (D47-6.2, D47-6.4); another person than proposed."""
    call = locked_call(pilot.call)
    row = locked(pilot)
    marked = list(row.earmarks.select_related("pilot").order_by("city"))
    # Whoever changes these quotas or earmarks them at this moment comes before it or sees it.
    list(
        CityTarget.objects.select_for_update()
        .filter(cycle=call.cycle, city__in=[one.city for one in marked])
        .order_by("city")
    )
    # And of two titles of the same supplier one is given first.
    list(Supplier.objects.select_for_update().filter(pk=row.supplier_id))
    facts = {
        "person": by.person,
        "earlier_persons": (row.proposed_by,),
        "now": now,
        "publicity_ends_at": call.publicity_ends_at,
        "complaint_open": is_complained_of(row.supplier_id),
        "sanctions": form.sanctions(row, now),
        # Both applications of two calls may stand in public: the second one waits until the first title ends.
        **form.titles(row),
        "earmarks": marked,
        "too_large": misfits(marked, call.cycle, pilot=row.pk),
    }
    payload = {"earmarks": {one.city: one.amount_fen for one in marked}, "promised": row.promised}
    changes = {"named_by": by.person, "named_at": now}
    move(row, "name", by=by, facts=facts, now=now, changes=changes, payload=payload)
    _title(row, held=True, by=by, now=now)
    tell_supplier(
        row,
        f"已授予试点称号：{row.title}",
        text="确认客户的申领时，请勾选“试点”。",
        now=now,
    )
    return row


@audited("pilot.drop", about="pilot")
def drop(*, pilot: Pilot, reason: str, by: Actor, now: datetime) -> Pilot:
    """Don't make a pilot of what stood in public, because an objection holds; with the reason."""
    locked_call(pilot.call)
    row = locked(pilot)
    facts = {"person": by.person, "earlier_persons": (row.proposed_by,), "reason": reason}
    move(row, "drop", by=by, facts=facts, now=now, changes={"not_chosen_reason": reason.strip()})
    tell_supplier(row, "试点申报公示后不予立项", text=reason.strip(), now=now)
    return row


def _title(row: Pilot, *, held: bool, by: Actor, now: datetime) -> None:
    cycle = row.call.cycle.code
    parties.hold_pilot_title(
        supplier=row.supplier, held=held, cycle=cycle, source=row.journal_key, by=by, now=now
    )


def _end_facts(row: Pilot, now: datetime) -> dict[str, Any]:
    progress = progress_of([row])[row.pk]
    ground = ground_of(row, now)
    return {
        "is_over": progress.is_over(now),
        "promised": progress.promised,
        "finished": progress.finished,
        "ground": ground,
        "ground_said": Pilot.Ground(ground).label if ground else "",
        "today": local_date(now),
        "stated": row.stated_at is not None,
        "state_due_on": row.state_due_on,
    }


@audited("pilot.finish", about="pilot")
def finish(*, pilot: Pilot, by: Actor, now: datetime) -> Pilot:
    """The last day has passed and the promise is kept: the pilot is finished and its title ends with honour."""
    row = locked(pilot)
    facts = _end_facts(row, now)
    payload = {"finished": facts["finished"], "promised": facts["promised"]}
    move(row, "finish", by=by, facts=facts, now=now, changes={"ended_at": now}, payload=payload)
    _title(row, held=False, by=by, now=now)
    tell_supplier(row, f"试点示范已按期完成：{row.title}", now=now)
    return row


@audited("pilot.hear", about="pilot")
def hear(*, pilot: Pilot, by: Actor, now: datetime) -> Pilot:
    """Say that the title is to be taken and why; the supplier may answer for some working days first (D47-6.5)."""
    row = locked(pilot)
    facts = _end_facts(row, now)
    until = working_calendar().add_working_days(local_date(now), HEARING_WORKING_DAYS)
    changes = {
        "ground": facts["ground"],
        "hearing_by": by.person,
        "hearing_at": now,
        "state_due_on": until,
        "statement": "",
        "stated_at": None,
    }
    payload = {"ground": facts["ground"], "finished": facts["finished"], "promised": facts["promised"]}
    move(row, "hear", by=by, facts=facts, now=now, changes=changes, payload=payload)
    text = f"事由：{facts['ground_said']}。您可以在 {until} 前陈述意见。已完成的客户照常兑付。"
    tell_supplier(row, "拟取消试点示范称号，请陈述意见", text=text, now=now)
    tell_province(row, f"试点拟取消称号：{row.title}", text=facts["ground_said"], now=now)
    return row


@audited("pilot.state", about="pilot")
def state(*, pilot: Pilot, text: str, by: Actor, now: datetime) -> Pilot:
    """The supplier says what it has to say, once."""
    row = locked(pilot)
    facts = {**_end_facts(row, now), "reason": text}
    move(row, "state", by=by, facts=facts, now=now, changes={"statement": text.strip(), "stated_at": now})
    tell_province(row, f"试点单位已陈述意见：{row.title}", now=now)
    return row


@audited("pilot.withdraw", about="pilot")
def withdraw(*, pilot: Pilot, reason: str, by: Actor, now: datetime) -> Pilot:
    """Take the title, by another person than who proposed it; no later application (D47-6.5). Vouchers stay as they are."""
    row = locked(pilot)
    facts = {
        **_end_facts(row, now),
        "person": by.person,
        "earlier_persons": (row.hearing_by,),
        "reason": reason,
    }
    changes = {"decision": reason.strip(), "decided_by": by.person, "ended_at": now}
    payload = {"ground": facts["ground"], "finished": facts["finished"]}
    move(row, "withdraw", by=by, facts=facts, now=now, changes=changes, payload=payload)
    _title(row, held=False, by=by, now=now)
    text = f"{reason.strip()}\n已按合同完成的客户，服务券照常兑付；今后不能再申报试点示范。"
    tell_supplier(row, "已取消试点示范称号", text=text, now=now)
    return row


@audited("pilot.keep", about="pilot")
def keep(*, pilot: Pilot, reason: str, by: Actor, now: datetime) -> Pilot:
    """The ground no longer stands: the title is kept."""
    row = locked(pilot)
    facts = {
        **_end_facts(row, now),
        "person": by.person,
        "earlier_persons": (row.hearing_by,),
        "reason": reason,
    }
    changes = {"decision": reason.strip(), "decided_by": by.person, "ground": ""}
    move(row, "keep", by=by, facts=facts, now=now, changes=changes)
    tell_supplier(row, "保留试点示范称号", text=reason.strip(), now=now)
    return row
