"""申领: the enterprise starts a draft, saves it as often as it likes, and submits it."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from yunquan.evidence import actions as evidence
from yunquan.journal.actions import (
    Asked,
    Step,
    audited,
    audited_all,
    move,
    move_all,
    notify_all,
    only,
    record,
)
from yunquan.journal.rows import insert
from yunquan.kernel.refusal import Refusal, Refused
from yunquan.kernel.workflow import Actor
from yunquan.parties import regions
from yunquan.parties.models import Enterprise
from yunquan.parties.pinyin import folded
from yunquan.policy.roles import Role
from yunquan.programme.models import Cycle
from yunquan.vouchers.actions.declaring import declare_of_enterprises
from yunquan.vouchers.actions.shared import end_of_life, lock, lock_all, notice
from yunquan.vouchers.lifecycle import S
from yunquan.vouchers.models import ServiceLine, Voucher
from yunquan.vouchers.preparing import Case, Prepared, application_hash, explanation_of, prepare_all

LINE = (
    "voucher",
    "position",
    "service",
    "service_name",
    "product",
    "fee_fen",
    "devices",
    "device_value_fen",
    "award_fen",
    "binding",
)


@audited("voucher.start", about="enterprise")
def start(*, enterprise: Enterprise, cycle: Cycle, by: Actor, now: datetime) -> Voucher:
    """Open a draft application (D47-5.7b); its number is given now and never changes."""
    _own(enterprise.key, by)
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
    voucher.search_text = f"{folded(voucher.number)} {enterprise.search_text}"
    voucher.save(update_fields=["number", "search_text"])
    record("voucher.start", by=by, obj=voucher.journal_key, now=now, why="D47-5.7b", post=S.DRAFT)
    return voucher


@audited("voucher.save", about="voucher")
def save_application(
    *,
    voucher: Voucher,
    typed: Mapping[str, Any],
    by: Actor,
    now: datetime,
    since: Mapping[str, Any] | None = None,
) -> Voucher:
    """Keep what was typed, as it was typed; drafts and returned applications alone can be edited.

    `since` is the draft that a slow proposal of the machine began from: where a person saved meanwhile, the person's
    draft stays.
    """
    voucher = lock(voucher)
    _own(f"enterprise:{voucher.enterprise_id}", by)
    if voucher.state not in (S.DRAFT, S.RETURNED):
        raise Refused([_not_editable(voucher)])
    if since is not None and voucher.typed != dict(since):
        return voucher
    voucher.typed = dict(typed)
    voucher.save(update_fields=["typed"])
    return voucher


def _own(org: str, by: Actor) -> None:
    """Only the enterprise itself opens and edits its applications (A1)."""
    if by.org != org or by.role != Role.ENTERPRISE:
        raise Refused(
            [Refusal("not_your_case", "只能办理本企业的申领。", "D47-5.7a", "请用本企业的账号登录。")]
        )


def _not_editable(voucher: Voucher) -> Refusal:
    return Refusal(
        "not_editable",
        f"这份申领现在是“{voucher.lifecycle.states[voucher.state]}”，不能修改。",
        "D47-5.9",
        "供应商确认前可先撤回再修改。",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission(Asked):
    """An enterprise submits an application: what was typed, or the draft as it was saved."""

    voucher: Voucher
    typed: Mapping[str, Any] | None = None


def submit(*, voucher: Voucher, by: Actor, now: datetime, typed: Mapping[str, Any] | None = None) -> Voucher:
    """Submit the application: every reason against it at once, or it goes to the supplier (D47-5.7b, 5.9).

    Pins the day, the catalogue edition, the rule version and the award (M4), and takes the contract (U1).
    """
    return only(submit_all([Submission(voucher=voucher, typed=typed, by=by, now=now)]))


@audited_all("voucher.submit", about="voucher")
def submit_all(asked: Sequence[Submission]) -> list[Voucher | Refused]:
    """Submit applications of different enterprises in one transaction; an outcome for each."""
    unread = ("typed_claim", "explanation")
    locked = lock_all([row.voucher for row in asked], with_enterprise=True, without=unread)
    cases = []
    for submission, voucher in zip(asked, locked, strict=True):
        if submission.typed is not None:
            voucher.typed = dict(submission.typed)
        cases.append(
            Case(
                voucher=voucher,
                enterprise=voucher.enterprise,
                cycle=voucher.cycle,
                typed=voucher.typed,
                now=submission.now,
            )
        )
    outcomes: list[Voucher | Refused] = []
    accepted: list[tuple[Submission, Voucher, Prepared]] = []
    for submission, voucher, prepared in zip(asked, locked, prepare_all(cases), strict=True):
        role = submission.by.role
        decision = voucher.lifecycle.decide("submit", state=voucher.state, role=role, facts=prepared.facts)
        outcomes.append(voucher if decision.row is not None else Refused(decision.refusals))
        if decision.row is not None:
            accepted.append((submission, voucher, prepared))
    if accepted:
        _write(accepted)
    return outcomes


def _write(accepted: Sequence[tuple[Submission, Voucher, Prepared]]) -> None:
    """Contracts, lines, states, log and messages of the accepted, each kind in one statement."""
    again = [voucher.pk for _, voucher, _ in accepted if voucher.applied_at is not None]
    if again:
        ServiceLine.objects.filter(voucher__in=again).delete()
    entered = evidence.enter_contracts([_contract(voucher, prepared) for _, voucher, prepared in accepted])
    steps = []
    for (submission, voucher, prepared), contract in zip(accepted, entered, strict=True):
        voucher.contract = contract
        steps.append(_step(submission, voucher, prepared))
    insert(
        ServiceLine, LINE, (line for _, voucher, prepared in accepted for line in _lines(voucher, prepared))
    )
    declare_of_enterprises(accepted)
    move_all(steps)
    notify_all(
        notice(voucher, org=supplier.key, kind="to_confirm", title="有服务券申领待您确认", now=submission.now)
        for submission, voucher, prepared in accepted
        if (supplier := prepared.supplier) is not None
    )


def _step(submission: Submission, voucher: Voucher, prepared: Prepared) -> Step:
    """What the voucher keeps of an accepted application."""
    award, supplier, application = prepared.award, prepared.supplier, prepared.application
    assert award is not None and supplier is not None
    enterprise, now = voucher.enterprise, submission.now
    digest = application_hash(voucher=voucher, prepared=prepared)
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
        "explanation": explanation_of(award, size=prepared.size),
        "submitted_by": submission.by.person,
        "confirmed_by": "",
        "return_reasons": [],
        "waiting_since": now,
        "due_on": None,
        "search_text": f"{folded(voucher.number)} {enterprise.search_text} {supplier.search_text} "
        f"{folded(application.contract_number)}",
    }
    return Step(
        thing=voucher,
        action="submit",
        by=submission.by,
        facts=prepared.facts,
        now=now,
        changes=changes,
        pol=prepared.rulebook.version,
        payload={"face_fen": str(award.award_fen), "content_hash": digest},
        request=submission.request,
    )


def _contract(voucher: Voucher, prepared: Prepared) -> evidence.ContractFacts:
    application = prepared.application
    assert prepared.supplier is not None and application.signed_on is not None
    assert application.total_fen is not None and application.cloud_fee_fen is not None
    return evidence.ContractFacts(
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


def _lines(voucher: Voucher, prepared: Prepared) -> Iterator[tuple[Any, ...]]:
    """The columns of LINE for each service of the application."""
    assert prepared.award is not None
    pairs = zip(prepared.application.lines, prepared.award.lines, strict=True)
    for place, (line, awarded) in enumerate(pairs, 1):
        typed = (line.product, line.fee_fen, line.devices, line.device_value_fen)
        yield (voucher.pk, place, line.service, awarded.name, *typed, awarded.award_fen, awarded.binding)


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
