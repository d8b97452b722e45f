"""配套兑付: prepared by one, released by another, in queue order until the city's own funds are used up (F2, M8)."""

from __future__ import annotations

from datetime import datetime
from operator import attrgetter

from yunquan.journal.actions import Step, audited, move, move_all
from yunquan.kernel.refusal import Refusal, Refused
from yunquan.kernel.workflow import Actor
from yunquan.ledger.actions import Posting, lock_accounts, transfer
from yunquan.ledger.books import Book
from yunquan.ledger.queries import balance_fen
from yunquan.matching import accounts
from yunquan.matching.actions.listing import list_hash
from yunquan.matching.actions.schemes import of_city, open_accounts
from yunquan.matching.checks import ARTICLE
from yunquan.matching.models import MatchingInstruction, MatchingLine, MatchingList, MatchingRun
from yunquan.matching.planning import pilots_come_first, plan_run
from yunquan.parties.checks import role_allows
from yunquan.policy.roles import Role
from yunquan.programme.models import Cycle
from yunquan.settlement.actions.paying import changed_list, keep_run, ordered, people_before
from yunquan.settlement.planning import Plan
from yunquan.vouchers.models import Voucher


@audited("matching_run.prepare", about="city")
def prepare_run(*, cycle: Cycle, city: str, by: Actor, now: datetime) -> MatchingRun:
    """Prepare the next run of a city's own money; nothing is paid before a second person releases it."""
    refusals = [role_allows(by.role, (Role.CITY_REVIEWER,), "编制配套兑付批次"), of_city(city, by)]
    if any(refusals):
        raise Refused([one for one in refusals if one is not None])
    open_accounts(cycle.code, city)
    lock_accounts([accounts.fund(cycle.code, city)])
    earlier = MatchingRun.objects.filter(cycle=cycle, city=city)
    if earlier.filter(state="prepared").exists():
        mend = "请先放行或取消该批次，再编制新的批次。"
        raise Refused([Refusal("run_waiting", "已有一个配套批次待放行。", ARTICLE, mend)])
    plan = plan_run(cycle=cycle, city=city, now=now)
    if not plan.payments:
        mend = "配套清单须公示期满后才能兑付。"
        raise Refused([Refusal("nothing_waiting", "没有公示期满、待兑付的配套。", ARTICLE, mend)])
    return keep_run(
        MatchingRun,
        plan,
        cycle=cycle,
        city=city,
        number=earlier.count() + 1,
        why=ARTICLE,
        by=by,
        now=now,
        pilots_first=pilots_come_first(cycle, city, now),
    )


def _locked(run: MatchingRun) -> MatchingRun:
    return MatchingRun.objects.select_for_update(of=("self",)).select_related("cycle").get(pk=run.pk)


@audited("matching_run.release", about="run")
def release(*, run: MatchingRun, by: Actor, now: datetime) -> MatchingRun:
    """Release a run: commit the city's own money, write the instructions, mark the rest as carried over.

    The plan is made anew under lock and must be the one that was prepared; the releaser took no earlier step.
    """
    run = _locked(run)
    code, city = run.cycle.code, run.city
    numbers = [row["voucher"] for row in run.plan]
    # Vouchers before lines before accounts, everywhere.
    vouchers = Voucher.objects.select_for_update(of=("self",)).filter(number__in=numbers).order_by("pk")
    waiting = MatchingLine.objects.filter(voucher_number__in=numbers, city=city, state="listed")
    list(vouchers.values_list("pk"))
    list(waiting.select_for_update(of=("self",)).order_by("pk").values_list("pk"))
    lock_accounts([accounts.fund(code, city), accounts.committed(code, city)])
    plan = plan_run(cycle=run.cycle, city=city, now=now)
    carried = plan.left_unpaid
    lists = MatchingList.objects.filter(pk__in={line.matching_list_id for line in plan.lines.values()})
    facts = {
        "person": by.person,
        "earlier_persons": people_before(run, plan, attrgetter("matching_list")),
        "content_hash": "",
        "recomputed_hash": changed_list(lists.prefetch_related("lines__scheme"), list_hash),
        "plan_hash": run.plan_hash,
        "current_plan_hash": plan.hash,
        "total_fen": run.total_fen,
        "newly_carried": sum(line.carried_at is None for line in carried),
        "funds_left_fen": balance_fen(accounts.fund(code, city)),
    }
    decision = run.lifecycle.decide("release", state=run.state, role=by.role, facts=facts)
    if decision.row is None:
        raise Refused(decision.refusals)
    instructions = _write_instructions(run, plan)
    transfer(
        [
            Posting(
                accounts.fund(code, city),
                accounts.committed(code, city),
                row.amount_fen,
                row.line.journal_key,
            )
            for row in instructions
        ],
        book=Book.MATCHING,
        kind="commit",
        article=ARTICLE,
        now=now,
    )
    fresh = [line.pk for line in carried if line.carried_at is None]
    MatchingLine.objects.filter(pk__in=fresh).update(carried_at=now)
    move_all([Step(thing=row.line, action="order", by=by, facts={}, now=now) for row in instructions])
    move(
        run,
        "release",
        by=by,
        facts=facts,
        now=now,
        changes={"released_by": by.person, "released_at": now},
        payload={"plan_hash": run.plan_hash, "instructions": len(instructions), "carried": len(carried)},
    )
    return run


def _write_instructions(run: MatchingRun, plan: Plan[MatchingLine]) -> list[MatchingInstruction]:
    instructions = [
        MatchingInstruction(line=line, city=run.city, **ordered(run, row, line.voucher.enterprise, "PT"))
        for row, line in plan.paid
    ]
    return MatchingInstruction.objects.bulk_create(instructions)


@audited("matching_run.cancel", about="run")
def cancel(*, run: MatchingRun, by: Actor, now: datetime) -> MatchingRun:
    """Give up a run that wasn't released."""
    run = _locked(run)
    move(run, "cancel", by=by, facts={}, now=now)
    return run


@audited("matching_run.finish", about="run")
def finish(*, run: MatchingRun, by: Actor, now: datetime) -> MatchingRun:
    """Close a run when the bank's result is in for every instruction (M9)."""
    run = _locked(run)
    move(run, "finish", by=by, facts={"waiting": run.instructions.filter(state="ordered").count()}, now=now)
    return run
