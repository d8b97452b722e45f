"""配套兑付: prepared by one, released by another, in queue order until the city's own funds are used up (F2, M8)."""

from __future__ import annotations

from datetime import datetime

from yunquan.journal.actions import Step, audited, move, move_all, record
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
from yunquan.parties import regions
from yunquan.parties.checks import role_allows
from yunquan.policy.queueing import CARRY, PAY
from yunquan.policy.roles import Role
from yunquan.programme.models import Cycle
from yunquan.settlement.actions.listing import people_of
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
    run = MatchingRun.objects.create(
        cycle=cycle,
        city=city,
        number=earlier.count() + 1,
        funds_fen=plan.funds_fen,
        total_fen=plan.total_fen,
        plan=plan.as_json(),
        plan_hash=plan.hash,
        pilots_first=pilots_come_first(cycle, city, now),
        prepared_by=by.person,
        prepared_at=now,
    )
    record(
        "matching_run.prepare",
        by=by,
        obj=run.journal_key,
        now=now,
        why=ARTICLE,
        post=run.state,
        payload={"plan_hash": plan.hash, "total_fen": str(plan.total_fen)},
    )
    return run


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
    carried = _left_unpaid(plan)
    facts = {
        "person": by.person,
        "earlier_persons": _people_before(run, plan),
        "content_hash": "",
        "recomputed_hash": _changed_list(plan),
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


def _left_unpaid(plan: Plan[MatchingLine]) -> list[MatchingLine]:
    """The lines that the money did not reach; when it ran out, the held ones too, so that they keep their
    place before those behind them (F3)."""
    if not any(row.outcome == CARRY for row in plan.payments):
        return []
    return [plan.lines[row.claim.claim_no] for row in plan.payments if row.outcome != PAY]


def _people_before(run: MatchingRun, plan: Plan[MatchingLine]) -> set[str]:
    people = {run.prepared_by}
    for row in plan.payments:
        if row.outcome == PAY:
            line = plan.lines[row.claim.claim_no]
            people |= people_of(line.voucher)
            people |= {line.matching_list.drafted_by, line.matching_list.approved_by}
    return people


def _changed_list(plan: Plan[MatchingLine]) -> str:
    """The title of a list in the plan whose lines no longer have their hash; empty where all do (P1)."""
    wanted = {line.matching_list_id for line in plan.lines.values()}
    for shown in MatchingList.objects.filter(pk__in=wanted).prefetch_related("lines__scheme"):
        if list_hash(shown, list(shown.lines.all())) != shown.content_hash:
            return shown.title
    return ""


def _write_instructions(run: MatchingRun, plan: Plan[MatchingLine]) -> list[MatchingInstruction]:
    city = regions.city(run.city)
    letters = city.letters if city is not None else run.city
    instructions = []
    for row in plan.payments:
        if row.outcome != PAY:
            continue
        line = plan.lines[row.claim.claim_no]
        enterprise = line.voucher.enterprise
        instructions.append(
            MatchingInstruction(
                run=run,
                line=line,
                city=run.city,
                number=f"PT{run.cycle.code}-{letters}-{run.number:03d}-{row.position:05d}",
                amount_fen=row.claim.amount_fen,
                payee_name=enterprise.name,
                bank_name=enterprise.bank_name,
                bank_account=enterprise.bank_account,
            )
        )
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
