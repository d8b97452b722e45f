"""配套清单: drawn up, frozen and hashed, approved by a second person, in public for the full period (P1, P2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from yunquan.journal.actions import Step, audited, move, move_all, record
from yunquan.kernel.calendar import local_date
from yunquan.kernel.canonical import content_hash
from yunquan.kernel.refusal import Refusal, Refused
from yunquan.kernel.workflow import Actor
from yunquan.ledger.actions import lock_accounts
from yunquan.matching import accounts
from yunquan.matching.actions.schemes import of_city, open_accounts
from yunquan.matching.checks import ARTICLE
from yunquan.matching.entitled import (
    STANDING,
    Entitled,
    candidates,
    carried_since,
    lessened_fen,
    reduced_fen,
    waiting,
)
from yunquan.matching.models import MatchingLine, MatchingList
from yunquan.parties import regions
from yunquan.parties.checks import role_allows
from yunquan.parties.standings import against, refusals_for
from yunquan.policy.matching import Worked
from yunquan.policy.roles import Role
from yunquan.programme.models import Cycle
from yunquan.settlement.actions.listing import next_number, put_in_public
from yunquan.vouchers.actions.shared import lock


@audited("matching_list.draw_up", about="city")
def draw_up(*, cycle: Cycle, city: str, by: Actor, now: datetime) -> MatchingList:
    """Freeze what the scheme adds to every voucher that is due, in the order of the queue.

    A list withdrawn before is drawn up again under its batch number as the next version.
    """
    refusals = [role_allows(by.role, (Role.CITY_REVIEWER,), "编制配套清单"), of_city(city, by)]
    if any(refusals):
        raise Refused([one for one in refusals if one is not None])
    open_accounts(cycle.code, city)
    # Under the vouchers' locks their states stand still; under the fund's lock no other list is drawn up.
    locked = list(candidates(cycle, city).select_for_update(of=("self",)).values_list("pk", flat=True))
    lock_accounts([accounts.fund(cycle.code, city)])
    due = [one for one in waiting(cycle, city, among=locked) if one.worked.amount_fen > 0]
    on = local_date(now)
    known = against((one.voucher.enterprise.uscc for one in due), on=on)
    due = [one for one in due if not refusals_for(enterprise=one.voucher.enterprise, on=on, known=known)]
    if not due:
        message = "没有按本市配套办法应当配套、待列入清单的服务券。"
        mend = "请确认配套办法已审定，并且省奖补已经兑付（或兑现审核已通过）。"
        raise Refused([Refusal("nothing_due", message, ARTICLE, mend)])
    batch, edition = next_number(MatchingList.objects.filter(cycle=cycle, city=city))
    reduced = reduced_fen(one.voucher.pk for one in due)
    carried = carried_since(one.voucher.pk for one in due)
    lines = [_line(one, position, reduced, carried) for position, one in enumerate(due, 1)]
    place_name = regions.place_name(city)
    drawn = MatchingList(
        cycle=cycle,
        city=city,
        batch=batch,
        edition=edition,
        title=f"{place_name}{cycle.year}年度服务券配套清单（第 {batch} 批）",
        total_fen=sum(line.amount_fen for line in lines),
        count=len(lines),
        drafted_by=by.person,
        drafted_at=now,
    )
    drawn.content_hash = list_hash(drawn, lines)
    drawn.save()
    for line in lines:
        line.matching_list = drawn
    MatchingLine.objects.bulk_create(lines)
    record(
        "matching_list.draw_up",
        by=by,
        obj=drawn.journal_key,
        now=now,
        why=ARTICLE,
        post=drawn.state,
        payload={"hash": drawn.content_hash, "count": len(lines), "total_fen": str(drawn.total_fen)},
    )
    return drawn


def _line(
    one: Entitled, position: int, reduced: Mapping[int, int], carried: Mapping[int, datetime]
) -> MatchingLine:
    voucher, enterprise = one.voucher, one.voucher.enterprise
    least = reduced.get(voucher.pk, one.worked.amount_fen)
    assert voucher.claimed_at is not None and voucher.claim_seq is not None
    return MatchingLine(
        scheme=one.scheme,
        city=voucher.city,
        position=position,
        voucher=voucher,
        voucher_number=voucher.number,
        enterprise=enterprise,
        enterprise_name=enterprise.name,
        enterprise_uscc=enterprise.uscc,
        award_fen=one.award.award_fen + one.award.bonus_fen,
        amount_fen=one.worked.amount_fen,
        payable_fen=least if least < one.worked.amount_fen else None,
        working={"inputs": one.award.as_json(), "steps": steps_told(one.worked)},
        is_pilot=voucher.is_pilot,
        claimed_at=voucher.claimed_at,
        claim_seq=voucher.claim_seq,
        carried_at=carried.get(voucher.pk),
    )


def steps_told(worked: Worked) -> list[list[Any]]:
    """The working as it is kept and shown: label, how, fen after it."""
    return [[step.label, step.working, step.after_fen] for step in worked.steps]


def list_hash(row: MatchingList, lines: Sequence[MatchingLine]) -> str:
    """The hash of a list as published; anyone can compute it from the page's file."""
    return content_hash(list_content(row, lines))


def list_content(row: MatchingList, lines: Sequence[MatchingLine]) -> dict[str, Any]:
    """What the hash of a list is taken over, as canonical JSON."""
    return {
        "title": row.title,
        "batch": row.batch,
        "edition": row.edition,
        "total_fen": str(sum(line.amount_fen for line in lines)),
        "lines": [
            {
                "position": line.position,
                "voucher": line.voucher_number,
                "enterprise": line.enterprise_name,
                "uscc": line.enterprise_uscc,
                "province_fen": str(line.award_fen),
                "matching_fen": str(line.amount_fen),
                "scheme_edition": line.scheme.edition,
                "working": [[label, how, str(fen)] for label, how, fen in line.working["steps"]],
                "pilot": line.is_pilot,
                "claim_seq": line.claim_seq,
            }
            for line in sorted(lines, key=lambda line: line.position)
        ],
    }


def lock_list(row: MatchingList) -> MatchingList:
    """The list's row under lock, with its cycle."""
    return MatchingList.objects.select_for_update(of=("self",)).select_related("cycle").get(pk=row.pk)


@audited("matching_list.publish", about="matching_list")
def publish(*, matching_list: MatchingList, by: Actor, now: datetime) -> MatchingList:
    """Approve a list as a second person and put it in public for the full period (D47-5.22)."""
    row = lock_list(matching_list)
    lines = list(row.lines.select_related("voucher", "scheme"))
    put_in_public(row, lines, list_hash(row, lines), by=by, now=now)
    return row


@audited("matching_list.withdraw", about="matching_list")
def withdraw(*, matching_list: MatchingList, reason: str, by: Actor, now: datetime) -> MatchingList:
    """Take a list down with a reason; its vouchers may enter the next version."""
    row = lock_list(matching_list)
    lines = list(row.lines.select_for_update(of=("self",)).order_by("pk"))
    begun = [line for line in lines if line.state in ("ordered", "paid", "recovered")]
    facts = {"reason": reason, "ordered": begun}
    changes = {"withdrawn_reason": reason.strip()}
    payload = {"reason": reason.strip(), "hash": row.content_hash}
    move(row, "withdraw", by=by, facts=facts, now=now, changes=changes, payload=payload)
    move_all(
        [
            Step(thing=line, action="leave", by=by, facts={}, now=now)
            for line in lines
            if line.state == "listed"
        ]
    )
    return row


@audited("matching_list.close", about="matching_list")
def close(*, matching_list: MatchingList, by: Actor, now: datetime) -> MatchingList:
    """The publicity period is over: the list stands and may be paid (P1)."""
    row = lock_list(matching_list)
    facts = {"now": now, "publicity_ends_at": row.publicity_ends_at}
    move(row, "close", by=by, facts=facts, now=now, payload={"hash": row.content_hash})
    return row


@audited("matching_line.drop", about="line")
def drop(*, line: MatchingLine, by: Actor, now: datetime) -> MatchingLine:
    """A voucher was revoked, refused or recovered before the city paid: nothing is added to it any more."""
    voucher = lock(line.voucher)
    row = MatchingLine.objects.select_for_update(of=("self",)).get(pk=line.pk)
    move(row, "drop", by=by, facts={"is_lost": voucher.state not in STANDING}, now=now)
    return row


@audited("matching_line.relist", about="line")
def relist(*, line: MatchingLine, by: Actor, now: datetime) -> MatchingLine:
    """The province took back or reduced a part of the award before the city paid: the voucher waits for the next
    list, with what is left of the award."""
    lock(line.voucher)
    row = MatchingLine.objects.select_for_update(of=("self",)).select_related("voucher").get(pk=line.pk)
    less_fen = sum(lessened_fen([row]).values())
    payload = {"lessened_fen": str(less_fen)}
    move(row, "relist", by=by, facts={"lessened_fen": less_fen}, now=now, payload=payload)
    return row
