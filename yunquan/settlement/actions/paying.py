"""兑付: a run is prepared by one person, released by another, in queue order under the funds (D47-5.15, D47-8.2b)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from operator import attrgetter
from typing import Any, TypeVar, cast

from django.db import models
from django.db.models import QuerySet

from yunquan.journal.actions import audited, move, record
from yunquan.kernel.refusal import Refusal, Refused
from yunquan.kernel.workflow import Actor
from yunquan.ledger.actions import Posting, lock_accounts, transfer
from yunquan.ledger.books import Book
from yunquan.ledger.queries import balance_fen
from yunquan.parties import regions
from yunquan.parties.checks import role_allows
from yunquan.parties.models import Enterprise
from yunquan.policy.queueing import PlannedPayment
from yunquan.policy.roles import Role
from yunquan.programme import accounts
from yunquan.programme.models import Cycle
from yunquan.settlement.actions.listing import list_hash, people_of
from yunquan.settlement.models import PaymentInstruction, PaymentRun, SettlementLine, SettlementList
from yunquan.settlement.planning import Plan, plan_run
from yunquan.vouchers import actions as vouchers
from yunquan.vouchers.models import Voucher

Kind = TypeVar("Kind", bound=models.Model)


@audited("payment_run.prepare", about="city")
def prepare_run(*, cycle: Cycle, city: str, by: Actor, now: datetime) -> PaymentRun:
    """Prepare the next run of a city; nothing is paid before a second person releases it."""
    refused = role_allows(by.role, (Role.CITY_REVIEWER,), "编制兑付批次")
    if refused is not None:
        raise Refused([refused])
    # The city's fund stands for its runs: two who prepare at once do so one after the other.
    lock_accounts([accounts.fund(cycle.code, city)])
    waiting = PaymentRun.objects.filter(cycle=cycle, city=city)
    if waiting.filter(state="prepared").exists():
        raise Refused(
            [
                Refusal(
                    "run_waiting",
                    "已有一个批次待放行。",
                    "D47-5.15",
                    "请先放行或取消该批次，再编制新的批次。",
                )
            ]
        )
    plan = plan_run(cycle=cycle, city=city, now=now)
    if not plan.payments:
        raise Refused(
            [
                Refusal(
                    "nothing_waiting",
                    "没有公示期满、待兑付的服务券。",
                    "D47-5.15",
                    "清单须公示期满后才能兑付。",
                )
            ]
        )
    return keep_run(
        PaymentRun, plan, cycle=cycle, city=city, number=waiting.count() + 1, why="D47-8.2b", by=by, now=now
    )


def keep_run(
    runs: type[Kind],
    plan: Plan[Any],
    *,
    cycle: Cycle,
    city: str,
    number: int,
    why: str,
    by: Actor,
    now: datetime,
    **more: Any,
) -> Kind:
    """Keep a plan as a prepared run and record it, whichever money it pays; `why` is the article of its order."""
    run: Any = runs._default_manager.create(
        cycle=cycle,
        city=city,
        number=number,
        funds_fen=plan.funds_fen,
        total_fen=plan.total_fen,
        plan=plan.as_json(),
        plan_hash=plan.hash,
        prepared_by=by.person,
        prepared_at=now,
        **more,
    )
    record(
        f"{run.lifecycle.noun}.prepare",
        by=by,
        obj=run.journal_key,
        now=now,
        why=why,
        post=run.state,
        payload={"plan_hash": plan.hash, "total_fen": str(plan.total_fen)},
    )
    return cast(Kind, run)


def _locked(run: PaymentRun) -> PaymentRun:
    return PaymentRun.objects.select_for_update(of=("self",)).select_related("cycle").get(pk=run.pk)


@audited("payment_run.release", about="run")
def release(*, run: PaymentRun, by: Actor, now: datetime) -> PaymentRun:
    """Release a run: commit its funds, write the instructions, mark the rest as carried over.

    The plan is made anew under lock and must be the one that was prepared (F2); nobody releases what he
    prepared, reviewed or approved (S3); every list must still have its hash (P1).
    """
    run = _locked(run)
    numbers = [row["voucher"] for row in run.plan]
    list(Voucher.objects.select_for_update(of=("self",)).filter(number__in=numbers).order_by("pk"))
    plan = plan_run(cycle=run.cycle, city=run.city, now=now)
    lists = SettlementList.objects.filter(pk__in={line.settlement_list_id for line in plan.lines.values()})
    facts = {
        "person": by.person,
        "earlier_persons": people_before(run, plan, attrgetter("settlement_list")),
        "content_hash": "",
        "recomputed_hash": changed_list(lists.prefetch_related("lines"), list_hash),
        "plan_hash": run.plan_hash,
        "current_plan_hash": plan.hash,
        "total_fen": run.total_fen,
        "newly_carried": sum(row.outcome == "carry" and not row.claim.is_carried for row in plan.payments),
        "funds_left_fen": balance_fen(accounts.fund(run.cycle.code, run.city)),
    }
    decision = run.lifecycle.decide("release", state=run.state, role=by.role, facts=facts)
    if decision.row is None:
        raise Refused(decision.refusals)
    instructions = _write_instructions(run, plan)
    transfer(
        [
            Posting(
                accounts.fund(run.cycle.code, run.city),
                accounts.committed(run.cycle.code, run.city),
                instruction.amount_fen,
            )
            for instruction in instructions
        ],
        book=Book.CASH,
        kind="commit",
        subject=run.journal_key,
        article="D47-5.15",
        now=now,
    )
    for instruction in instructions:
        blocks = {"publicity_complete": True, "holds": []}
        vouchers.order(voucher=instruction.voucher, facts=blocks, by=by, now=now)
    carried = [line.voucher_id for line in plan.left_unpaid]
    vouchers.carry_over(vouchers=carried, now=now)
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


def people_before(run: Any, plan: Plan[Any], list_of: Callable[[Any], Any]) -> set[str]:
    """Everyone who took a step on a run, on a voucher that it pays or on the voucher's list (S3)."""
    people = {run.prepared_by}
    for _row, line in plan.paid:
        shown = list_of(line)
        people |= people_of(line.voucher) | {shown.drafted_by, shown.approved_by}
    return people


def changed_list(lists: QuerySet[Any], hash_of: Callable[[Any, list[Any]], str]) -> str:
    """The title of a list whose lines no longer have the published hash, or an empty text (P1)."""
    for shown in lists:
        if hash_of(shown, list(shown.lines.all())) != shown.content_hash:
            return str(shown.title)
    return ""


def ordered(run: Any, row: PlannedPayment, enterprise: Enterprise, prefix: str) -> dict[str, Any]:
    """What an instruction of a run says of number, amount in fen and payee, whichever money it pays."""
    city = regions.city(run.city)
    letters = city.letters if city is not None else run.city
    return {
        "run": run,
        "number": f"{prefix}{run.cycle.code}-{letters}-{run.number:03d}-{row.position:05d}",
        "amount_fen": row.claim.amount_fen,
        "payee_name": enterprise.name,
        "bank_name": enterprise.bank_name,
        "bank_account": enterprise.bank_account,
    }


def _write_instructions(run: PaymentRun, plan: Plan[SettlementLine]) -> list[PaymentInstruction]:
    instructions = [
        PaymentInstruction(voucher=line.voucher, **ordered(run, row, line.voucher.enterprise, "ZF"))
        for row, line in plan.paid
    ]
    return PaymentInstruction.objects.bulk_create(instructions)


@audited("payment_run.cancel", about="run")
def cancel(*, run: PaymentRun, by: Actor, now: datetime) -> PaymentRun:
    """Give up a run that wasn't released."""
    run = _locked(run)
    move(run, "cancel", by=by, facts={}, now=now)
    return run


@audited("payment_run.finish", about="run")
def finish(*, run: PaymentRun, by: Actor, now: datetime) -> PaymentRun:
    """Close a run when the bank's result is in for every instruction (M9)."""
    run = _locked(run)
    facts = {"waiting": run.instructions.filter(state="ordered").count()}
    move(run, "finish", by=by, facts=facts, now=now)
    return run
