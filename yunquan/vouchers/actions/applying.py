"""申领: the enterprise starts a draft, saves it as often as it likes, and submits it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from yunquan.evidence import actions as evidence
from yunquan.journal.actions import audited, move, record
from yunquan.kernel.refusal import Refusal, Refused
from yunquan.kernel.workflow import Actor
from yunquan.parties import regions
from yunquan.parties.models import Enterprise
from yunquan.programme.models import Cycle
from yunquan.vouchers.actions.shared import end_of_life, lock, tell
from yunquan.vouchers.lifecycle import S
from yunquan.vouchers.models import ServiceLine, Voucher
from yunquan.vouchers.preparing import Prepared, application_hash, explanation_of, prepare


@audited("voucher.start", about="enterprise")
def start(*, enterprise: Enterprise, cycle: Cycle, by: Actor, now: datetime) -> Voucher:
    """Open a draft application (D47-5.7b); its number is given now and never changes."""
    voucher = Voucher.objects.create(
        cycle=cycle,
        enterprise=enterprise,
        number=f"new:{secrets.token_hex(16)}",
        city=enterprise.city,
        county=enterprise.county,
        typed={"implementation_city": enterprise.city, "place": enterprise.address},
        created_at=now,
    )
    city = regions.city(enterprise.city)
    letters = city.letters if city is not None else "GD"
    voucher.number = f"GD{cycle.code}-{letters}-{voucher.pk:06d}"
    voucher.search_text = f"{voucher.number} {enterprise.search_text}"
    voucher.save(update_fields=["number", "search_text"])
    record("voucher.start", by=by, obj=voucher.journal_key, now=now, why="D47-5.7b", post=S.DRAFT)
    return voucher


@audited("voucher.save", about="voucher")
def save_application(*, voucher: Voucher, typed: Mapping[str, Any], by: Actor, now: datetime) -> Voucher:
    """Keep what was typed, as it was typed; drafts and returned applications alone can be edited."""
    voucher = lock(voucher)
    if voucher.state not in (S.DRAFT, S.RETURNED):
        raise Refused([_not_editable(voucher)])
    voucher.typed = dict(typed)
    voucher.save(update_fields=["typed"])
    return voucher


def _not_editable(voucher: Voucher) -> Refusal:
    return Refusal(
        "not_editable",
        f"这份申领现在是“{voucher.lifecycle.states[voucher.state]}”，不能修改。",
        "D47-5.9",
        "供应商确认前可先撤回再修改。",
    )


@audited("voucher.submit", about="voucher")
def submit(*, voucher: Voucher, by: Actor, now: datetime, typed: Mapping[str, Any] | None = None) -> Voucher:
    """Submit the application: every reason against it at once, or it goes to the supplier (D47-5.7b, 5.9).

    Pins the day, the catalogue edition, the rule version and the award (M4), and takes the contract (U1).
    """
    voucher = lock(voucher, with_enterprise=True)
    enterprise, cycle = voucher.enterprise, voucher.cycle
    if typed is not None:
        voucher.typed = dict(typed)
    prepared = prepare(voucher=voucher, enterprise=enterprise, cycle=cycle, typed=voucher.typed, now=now)
    decision = voucher.lifecycle.decide("submit", state=voucher.state, role=by.role, facts=prepared.facts)
    if decision.row is None:
        raise Refused(decision.refusals)
    award, supplier = prepared.award, prepared.supplier
    assert award is not None and supplier is not None
    _take_contract(voucher, prepared)
    digest = application_hash(voucher=voucher, prepared=prepared)
    application = prepared.application
    changes = {
        "supplier": supplier,
        "contract": voucher.contract,
        "typed": voucher.typed,
        "city": enterprise.city,
        "county": enterprise.county,
        "place": application.place,
        "implementation_city": application.implementation_city,
        "is_related_party": application.is_related_party,
        "related_party_note": application.related_party_note,
        "content_hash": digest,
        "confirmed_hash": "",
        "applied_on": prepared.applied_on,
        "applied_at": now,
        "edition": prepared.rulebook.edition(prepared.applied_on),
        "rule_version": prepared.rulebook.version,
        "awarded_before_fen": prepared.awarded_before_fen,
        "face_fen": award.award_fen,
        "explanation": explanation_of(award, size=enterprise.size),
        "submitted_by": by.person,
        "confirmed_by": "",
        "return_reasons": [],
        "waiting_since": now,
        "due_on": None,
        "search_text": f"{voucher.number} {enterprise.search_text} {supplier.search_text} "
        f"{application.contract_number}",
    }
    _write_lines(voucher, prepared)
    move(
        voucher,
        "submit",
        by=by,
        facts=prepared.facts,
        now=now,
        changes=changes,
        pol=prepared.rulebook.version,
        payload={"face_fen": str(award.award_fen), "content_hash": digest},
    )
    tell(voucher, org=supplier.key, kind="to_confirm", title="有服务券申领待您确认", now=now)
    return voucher


def _take_contract(voucher: Voucher, prepared: Prepared) -> None:
    application = prepared.application
    assert prepared.supplier is not None and application.signed_on is not None
    assert application.total_fen is not None and application.cloud_fee_fen is not None
    voucher.contract = evidence.enter_contract(
        contract=voucher.contract,
        enterprise=voucher.enterprise,
        supplier=prepared.supplier,
        number=application.contract_number,
        signed_on=application.signed_on,
        total_fen=application.total_fen,
        cloud_fee_fen=application.cloud_fee_fen,
        file=prepared.files[application.contract_file or 0],
        addendum=prepared.files.get(application.addendum_file or 0),
    )


def _write_lines(voucher: Voucher, prepared: Prepared) -> None:
    assert prepared.award is not None
    if voucher.contract_id and voucher.applied_at is not None:
        voucher.lines.all().delete()
    ServiceLine.objects.bulk_create(
        ServiceLine(
            voucher=voucher,
            position=place,
            service=line.service,
            service_name=awarded.name,
            product_id=line.product,
            fee_fen=line.fee_fen,
            devices=line.devices,
            device_value_fen=line.device_value_fen,
            award_fen=awarded.award_fen,
            binding=awarded.binding,
        )
        for place, (line, awarded) in enumerate(
            zip(prepared.application.lines, prepared.award.lines, strict=True), 1
        )
    )


@audited("voucher.withdraw", about="voucher")
def withdraw(*, voucher: Voucher, by: Actor, now: datetime) -> Voucher:
    """Take an application back before the supplier confirmed it; its place in the order is given up."""
    voucher = lock(voucher, with_enterprise=True)
    if voucher.lifecycle.row("withdraw", voucher.state) is not None and voucher.contract is not None:
        evidence.release(contract=voucher.contract)
    move(voucher, "withdraw", by=by, facts={}, now=now, changes={"waiting_since": None, "due_on": None})
    return voucher


@audited("voucher.cancel", about="voucher")
def cancel(*, voucher: Voucher, by: Actor, now: datetime) -> Voucher:
    """Give up a draft or a returned application."""
    voucher = lock(voucher, with_enterprise=True)
    if voucher.lifecycle.row("cancel", voucher.state) is not None:
        end_of_life(voucher, by=by, now=now, article="D47-5.7b")
    move(voucher, "cancel", by=by, facts={}, now=now, changes={"waiting_since": None, "due_on": None})
    return voucher
