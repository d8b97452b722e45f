"""申报: a draft is kept as it was typed, and submitted against all the conditions at once (D47-A2)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from yunquan.journal.actions import audited, move, record
from yunquan.kernel.calendar import SHANGHAI
from yunquan.kernel.canonical import content_hash
from yunquan.kernel.refusal import Refusal, Refused
from yunquan.kernel.workflow import Actor
from yunquan.parties.models import Supplier
from yunquan.pilots import form
from yunquan.pilots.actions.shared import locked, locked_call, tell_province
from yunquan.pilots.lifecycle import EDITABLE
from yunquan.pilots.models import Pilot, PilotCall
from yunquan.programme.rules import rulebook


@audited("pilot.start", about="call")
def start(*, call: PilotCall, supplier: Supplier, by: Actor, now: datetime) -> Pilot:
    """Open a draft with what the registration already says; a second one of the same call is the same one."""
    row = locked_call(call)
    faults = []
    if by.org != supplier.key:
        faults.append(Refusal("not_your_supplier", "只能以本供应商名义申报。", "D47-A2"))
    if row.state != "open" or now >= row.closes_at:
        closes = f"{row.closes_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
        faults.append(Refusal("call_closed", f"申报已于 {closes} 截止。", "D47-6.2"))
    if faults:
        raise Refused(faults)
    known = Pilot.objects.filter(call=row, supplier=supplier).first()
    if known is not None:
        return known
    typed = {
        "address": supplier.address,
        "contact_name": supplier.contact_name,
        "contact_mobile": supplier.contact_phone,
        "capability": supplier.strengths,
        "services": [{"service": str(number)} for number in supplier.services],
        "areas": [{"city": supplier.city}] if supplier.city else [],
    }
    pilot = Pilot.objects.create(call=row, supplier=supplier, typed=typed, started_at=now)
    payload = {"call": row.pk, "supplier": supplier.key}
    record("pilot.start", by=by, obj=pilot.journal_key, now=now, why="D47-6.2", post="draft", payload=payload)
    return pilot


@audited("pilot.save", about="pilot")
def save(*, pilot: Pilot, typed: Mapping[str, Any], by: Actor, now: datetime) -> Pilot:
    """Keep the form as it was typed; nothing is judged before the submission, nothing is lost."""
    row = locked(pilot)
    if by.org != f"supplier:{row.supplier_id}":
        raise Refused([Refusal("not_your_supplier", "只能填写本供应商的申报。", "D47-A2")])
    if row.state not in EDITABLE:
        said = f"申报现在是“{row.lifecycle.states[row.state]}”，不能修改。"
        raise Refused([Refusal("not_editable", said, "D47-A2", "需要修改的，请先撤回。")])
    row.typed = form.kept({**row.typed, **typed})
    row.save(update_fields=["typed"])
    return row


@audited("pilot.submit", about="pilot")
def submit(*, pilot: Pilot, by: Actor, now: datetime) -> Pilot:
    """Submit the application of annex 2; raises Refused with every condition that is not met."""
    call = locked_call(pilot.call)
    row = locked(pilot)
    rules = rulebook(call.cycle.pack)
    application, facts = form.facts(row, call, now)
    kept = form.kept(row.typed)
    changes = {
        "typed": kept,
        "title": application.title,
        "scene": application.scene,
        "promised": application.promised,
        "plan_ends_on": application.plan_ends_on,
        "submitted_by": by.person,
        "submitted_at": now,
        "content_hash": content_hash(kept),
        "return_reasons": [],
        "mend_due_on": None,
    }
    payload = {"content_hash": changes["content_hash"], "promised": application.promised}
    move(row, "submit", by=by, facts=facts, now=now, changes=changes, payload=payload, pol=rules.version)
    tell_province(row, f"试点申报待形式审查：{row.supplier.name}", now=now)
    return row


@audited("pilot.recall", about="pilot")
def recall(*, pilot: Pilot, by: Actor, now: datetime) -> Pilot:
    """Take an application back before it was accepted, to change it while the call is open."""
    call = locked_call(pilot.call)
    row = locked(pilot)
    move(row, "recall", by=by, facts=form.time_facts(row, call, now), now=now)
    return row
