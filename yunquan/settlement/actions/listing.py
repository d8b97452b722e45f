"""结算清单: drawn up from approved claims, frozen and hashed, approved by a second person, published (D47-5.14)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from yunquan.journal.actions import audited, move, record
from yunquan.kernel.calendar import local_date
from yunquan.kernel.canonical import content_hash
from yunquan.kernel.refusal import Refusal, Refused
from yunquan.kernel.workflow import Actor
from yunquan.parties import regions
from yunquan.parties.standings import against, refusals_for
from yunquan.policy.deadlines import publicity_deadline, publicity_ends_at
from yunquan.programme.models import Cycle
from yunquan.programme.rules import rulebook
from yunquan.settlement.models import SettlementLine, SettlementList
from yunquan.vouchers import actions as vouchers
from yunquan.vouchers.holding import held_among, holds_among
from yunquan.vouchers.lifecycle import S
from yunquan.vouchers.models import Voucher


@audited("settlement_list.draw_up", about="city")
def draw_up(*, cycle: Cycle, city: str, by: Actor, now: datetime) -> SettlementList:
    """Freeze every approved claim of a city into a list, in the order of the queue (D47-5.14).

    A list withdrawn before is drawn up again under its batch number as the next version.
    """
    approved = list(
        Voucher.objects.select_for_update(of=("self",))
        .filter(cycle=cycle, city=city, state=S.APPROVED)
        .select_related("enterprise", "supplier")
        .prefetch_related("lines")
        .order_by("claim_seq")
    )
    # One that an alarm or an inspection holds waits until it is settled; the others go on (D47-5.14, F2).
    alarmed = held_among(voucher.pk for voucher in approved)
    of_city = Voucher.objects.filter(cycle=cycle, city=city)
    held = holds_among((voucher.pk for voucher in approved), within=of_city)
    # Nor does anyone enter a list who is barred on the day (D47-8.4, D26-4).
    on = local_date(now)
    known = against((voucher.enterprise.uscc for voucher in approved), on=on)
    barred = {row.pk for row in approved if refusals_for(enterprise=row.enterprise, on=on, known=known)}
    left_out = barred | set(alarmed) | set(held)
    approved = [voucher for voucher in approved if voucher.pk not in left_out]
    if not approved:
        waiting = f"另有 {len(alarmed)} 张因发票警示暂停。" if alarmed else ""
        waiting += f"另有 {len(held)} 张因抽查或核查暂缓。" if held else ""
        waiting += f"另有 {len(barred)} 张的企业在资格处理期内。" if barred else ""
        mend = "请等待抽查或核查了结。" if held else "请先在“兑现审核”中完成审核。"
        raise Refused(
            [
                Refusal(
                    "nothing_approved",
                    f"没有已审核通过、待列入清单的服务券。{waiting}",
                    "D47-5.14",
                    "请先核查发票警示。" if alarmed else mend,
                )
            ]
        )
    batch, edition = next_number(SettlementList.objects.select_for_update().filter(cycle=cycle, city=city))
    lines = [_line(voucher, place) for place, voucher in enumerate(approved, 1)]
    total_fen = sum(line.listed_fen for line in lines)
    place_name = regions.place_name(city)
    drawn = SettlementList(
        cycle=cycle,
        city=city,
        batch=batch,
        edition=edition,
        title=f"{place_name}{cycle.year}年度服务券结算清单（第 {batch} 批）",
        total_fen=total_fen,
        count=len(lines),
        drafted_by=by.person,
        drafted_at=now,
        rule_version=rulebook(cycle.pack).version,
    )
    drawn.content_hash = list_hash(drawn, lines)
    drawn.save()
    for line in lines:
        line.settlement_list = drawn
    SettlementLine.objects.bulk_create(lines)
    for voucher in approved:
        vouchers.enter_list(voucher=voucher, by=by, now=now)
    record(
        "settlement_list.draw_up",
        by=by,
        obj=drawn.journal_key,
        now=now,
        why="D47-5.14",
        post=drawn.state,
        pol=drawn.rule_version,
        payload={"hash": drawn.content_hash, "count": len(lines), "total_fen": str(total_fen)},
    )
    return drawn


def next_number(lists: QuerySet[Any]) -> tuple[int, int]:
    """Batch and version of a city's next list: a withdrawn one without a successor is drawn up again under its number."""
    latest = lists.order_by("-batch", "-edition").first()
    if latest is None:
        return 1, 1
    if latest.state == "withdrawn":
        return latest.batch, latest.edition + 1
    return latest.batch + 1, 1


def _line(voucher: Voucher, place: int) -> SettlementLine:
    assert voucher.supplier is not None
    assert voucher.claimed_at is not None and voucher.claim_seq is not None
    return SettlementLine(
        position=place,
        voucher=voucher,
        voucher_number=voucher.number,
        enterprise_name=voucher.enterprise.name,
        enterprise_uscc=voucher.enterprise.uscc,
        services="、".join(line.service_name for line in sorted(voucher.lines.all(), key=_position)),
        supplier_name=voucher.supplier.name,
        face_fen=voucher.face_fen,
        bonus_fen=voucher.bonus_fen,
        is_pilot=voucher.is_pilot,
        claimed_at=voucher.claimed_at,
        claim_seq=voucher.claim_seq,
    )


def _position(line: Any) -> int:
    return int(line.position)


def list_hash(settlement_list: SettlementList, lines: Sequence[SettlementLine]) -> str:
    """The hash of a list as published: title, number, every line; anyone can compute it from the page's file."""
    return content_hash(list_content(settlement_list, lines))


def list_content(settlement_list: SettlementList, lines: Sequence[SettlementLine]) -> dict[str, Any]:
    """What the hash of a list is taken over, as canonical JSON."""
    return {
        "title": settlement_list.title,
        "batch": settlement_list.batch,
        "edition": settlement_list.edition,
        "total_fen": str(sum(line.listed_fen for line in lines)),
        "lines": [
            {
                "position": line.position,
                "voucher": line.voucher_number,
                "enterprise": line.enterprise_name,
                "uscc": line.enterprise_uscc,
                "services": line.services,
                "supplier": line.supplier_name,
                "face_fen": str(line.face_fen),
                "bonus_fen": str(line.bonus_fen),
                "pilot": line.is_pilot,
                "claim_seq": line.claim_seq,
            }
            for line in sorted(lines, key=_position)
        ],
    }


def lock_list(settlement_list: SettlementList) -> SettlementList:
    """The list's row under lock, with its cycle."""
    query = SettlementList.objects.select_for_update(of=("self",)).select_related("cycle")
    return query.get(pk=settlement_list.pk)


@audited("settlement_list.publish", about="settlement_list")
def publish(*, settlement_list: SettlementList, by: Actor, now: datetime) -> SettlementList:
    """Approve a list as a second person and put it in public for the full period (D47-5.14, D47-5.22)."""
    row = lock_list(settlement_list)
    lines = list(row.lines.select_related("voucher"))
    put_in_public(row, lines, list_hash(row, lines), by=by, now=now)
    return row


def put_in_public(row: Any, lines: Sequence[Any], recomputed_hash: str, *, by: Actor, now: datetime) -> None:
    """Move a locked list into public for the full period, whichever money it pays; its `lines` with their vouchers."""
    facts = {
        "person": by.person,
        "earlier_persons": {row.drafted_by, *(p for line in lines for p in people_of(line.voucher))},
        "content_hash": row.content_hash,
        "recomputed_hash": recomputed_hash,
        "count": len(lines),
    }
    rules = rulebook(row.cycle.pack)
    ends_at = publicity_ends_at(now, rules)
    changes = {
        "approved_by": by.person,
        "published_at": now,
        "publicity_ends_at": ends_at,
        "publicity_article": publicity_deadline(now, rules).article,
    }
    payload = {"hash": row.content_hash, "ends_at": ends_at.isoformat()}
    move(row, "publish", by=by, facts=facts, now=now, changes=changes, payload=payload, pol=rules.version)


def people_of(voucher: Voucher) -> set[str]:
    """Everyone who took a step on a voucher before its list (S3)."""
    steps = (
        voucher.submitted_by,
        voucher.confirmed_by,
        voucher.reviewed_by,
        voucher.claimed_by,
        voucher.attested_by,
        voucher.approved_by,
    )
    return {person for person in steps if person}


@audited("settlement_list.withdraw", about="settlement_list")
def withdraw(*, settlement_list: SettlementList, reason: str, by: Actor, now: datetime) -> SettlementList:
    """Take a list out of public with a reason; its claims go back and may enter the next version."""
    row = lock_list(settlement_list)
    # The vouchers are locked before the log's head, and their states read under that lock.
    of_list = Voucher.objects.filter(settlement_lines__settlement_list=row)
    list(of_list.select_for_update(of=("self",)).order_by("pk").values_list("pk"))
    lines = list(row.lines.select_related("voucher").order_by("voucher_id"))
    begun = (S.ORDERED, S.PAID, S.RECOVERED)
    facts = {"reason": reason, "ordered": [line for line in lines if line.voucher.state in begun]}
    move(
        row,
        "withdraw",
        by=by,
        facts=facts,
        now=now,
        changes={"withdrawn_reason": reason.strip()},
        payload={"reason": reason.strip(), "hash": row.content_hash},
    )
    for line in lines:
        if line.voucher.state == S.LISTED:
            vouchers.leave_list(voucher=line.voucher, by=by, now=now)
    return row


@audited("settlement_list.close", about="settlement_list")
def close(*, settlement_list: SettlementList, by: Actor, now: datetime) -> SettlementList:
    """The publicity period is over: the list stands and may be paid (D47-5.22, P1)."""
    row = lock_list(settlement_list)
    facts = {"now": now, "publicity_ends_at": row.publicity_ends_at}
    move(row, "close", by=by, facts=facts, now=now, payload={"hash": row.content_hash})
    return row
