"""The invariants of settlement, as `yunquan doctor` checks them (M7–M10, P1, P2, S3, F2, F3)."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Count, Min, Sum

from yunquan.journal.invariants import Breach, unlogged
from yunquan.kernel.calendar import local_date
from yunquan.ledger.queries import balances_fen, moved_fen
from yunquan.policy.deadlines import publicity_ends_at
from yunquan.policy.queueing import CARRY, HELD, PAY, Claim, plan_payments
from yunquan.programme import accounts
from yunquan.programme.models import Cycle
from yunquan.programme.rules import rulebook
from yunquan.settlement.actions.listing import list_hash
from yunquan.settlement.lifecycle import DECIDED
from yunquan.settlement.models import (
    Objection,
    PaymentInstruction,
    PaymentRun,
    Recovery,
    SettlementList,
)
from yunquan.vouchers.lifecycle import S
from yunquan.vouchers.models import Voucher


def breaches() -> Iterator[Breach]:
    """Every invariant of settlement on the whole database."""
    yield from _logged()
    yield from _lists()
    yield from _publicity()
    yield from _runs()
    yield from _orders()
    yield from _payments()
    yield from _recoveries()
    yield from _funds()


def _logged() -> Iterator[Breach]:
    nouns = (
        (SettlementList, "settlement_list", "drafted"),
        (Objection, "objection", "raised"),
        (PaymentRun, "payment_run", "prepared"),
        (Recovery, "recovery", "demanded"),
        (PaymentInstruction, "instruction", "ordered"),
    )
    for model, noun, initial in nouns:
        key = "number" if model is PaymentInstruction else "pk"
        rows = model._default_manager.values_list(key, "state", "version")
        keyed = ((f"{noun}:{pk}", state, version) for pk, state, version in rows.iterator())
        yield from unlogged(keyed, f"{noun}:", initial)


def _lists() -> Iterator[Breach]:
    """A list has its published hash, and its total is the sum of its lines (P1, P2)."""
    for row in SettlementList.objects.prefetch_related("lines"):
        lines = list(row.lines.all())
        if list_hash(row, lines) != row.content_hash:
            yield Breach("P1", row.journal_key, "清单内容与冻结时的摘要不符")
        total = sum(line.listed_fen for line in lines)
        if total != row.total_fen or len(lines) != row.count:
            yield Breach("P2", row.journal_key, f"合计 {row.total_fen} 分，各行相加 {total} 分")
        if row.approved_by and row.approved_by == row.drafted_by:
            yield Breach("S3", row.journal_key, "编制人与审批人是同一人")


def _publicity() -> Iterator[Breach]:
    """A list from which payment began had stood in public for the full period of its day (P1)."""
    begun = SettlementList.objects.filter(lines__voucher__instructions__isnull=False)
    for row in begun.exclude(state="withdrawn").distinct().select_related("cycle"):
        orders = PaymentInstruction.objects.filter(
            voucher__settlement_lines__settlement_list=row, run__released_at__gte=row.drafted_at
        )
        first = orders.aggregate(first=Min("run__released_at"))["first"]
        least = publicity_ends_at(row.published_at, rulebook(row.cycle.pack)) if row.published_at else None
        ended = row.publicity_ends_at
        if least is None or ended is None or ended < least or (first and first < ended):
            yield Breach("P1", row.journal_key, "公示未满规定天数就已兑付")


def _runs() -> Iterator[Breach]:
    """A released run's instructions add up to its total; releaser ≠ preparer (P2, S3)."""
    released = PaymentRun.objects.filter(state__in=("released", "done"))
    for run in released.annotate(ordered=Sum("instructions__amount_fen")):
        if (run.ordered or 0) != run.total_fen:
            yield Breach("P2", run.journal_key, f"批次合计 {run.total_fen} 分，指令合计 {run.ordered} 分")
        if run.released_by == run.prepared_by:
            yield Breach("S3", run.journal_key, "编制人与放行人是同一人")


def _orders() -> Iterator[Breach]:
    """A run pays the longest prefix of its queue that its funds reach; the rest carries over in order (F2, F3)."""
    for run in PaymentRun.objects.filter(state__in=("released", "done")).select_related("cycle"):
        known = {
            row.number: row
            for row in Voucher.objects.filter(number__in=[row["voucher"] for row in run.plan]).select_related(
                "cycle"
            )
        }
        kept = [row for row in run.plan if row["voucher"] in known]
        claims = {_place(known[row["voucher"]]): row for row in kept}
        rule = rulebook(run.cycle.pack).value("settlement.priority_classes", local_date(run.prepared_at))
        planned = plan_payments(
            (
                Claim(
                    claim_no=number,
                    amount_fen=row["amount_fen"],
                    claimed_at=known[row["voucher"]].claimed_at or run.prepared_at,
                    is_pilot=row["pilot"],
                    is_carried=row["carried"],
                    is_held=row["outcome"] == HELD,
                )
                for number, row in claims.items()
            ),
            run.funds_fen,
            rule.value,
        )
        due = [(claims[row.claim.claim_no], row.outcome) for row in planned]
        carried = [row["voucher"] for row in kept if row["carried"]]
        if carried != [row["voucher"] for row, _outcome in due if row["carried"]]:
            yield Breach("F3", run.journal_key, "结转的券没有保持原来的次序")
        elif [(row["voucher"], row["outcome"]) for row in kept] != [
            (row["voucher"], how) for row, how in due
        ]:
            yield Breach("F2", run.journal_key, "排队结果不是按次序用完资金为止")
        ordered = sorted(run.instructions.values_list("voucher__number", "amount_fen"))
        if ordered != sorted(
            (row["voucher"], row["amount_fen"]) for row in run.plan if row["outcome"] == PAY
        ):
            yield Breach("F2", run.journal_key, "支付指令与排队结果不符")
        for row in kept:
            if row["outcome"] == CARRY and known[row["voucher"]].carried_at is None:
                yield Breach("F3", f"voucher:{row['voucher']}", "没有轮到的券没有记为结转")


def _place(voucher: Voucher) -> str:
    return f"{voucher.cycle.order:04d}-{voucher.claim_seq or 0:012d}-{voucher.pk}"


def _payments() -> Iterator[Breach]:
    """Paid ⇔ one cash transfer ⇔ one bank result ⇔ one instruction; never more than face + bonus (M7, M9)."""
    paid = PaymentInstruction.objects.filter(state="paid").select_related("voucher")
    by_voucher = {row.voucher_id: row for row in paid.annotate(successes=Count("results"))}
    for voucher in Voucher.objects.filter(state__in=(S.PAID, S.RECOVERED)).iterator(chunk_size=500):
        row = by_voucher.pop(voucher.pk, None)
        cash = moved_fen(subject=voucher.journal_key, kind="pay")
        if row is None or row.successes < 1 or cash != row.amount_fen:
            yield Breach("M9", voucher.journal_key, "已兑付的券没有恰好一笔付款、一条银行回单与之对应")
        if cash > voucher.face_fen + voucher.bonus_fen:
            yield Breach("M7", voucher.journal_key, "付款超过奖补金额")
        open_objection = Objection.objects.filter(line__voucher=voucher).exclude(state__in=DECIDED)
        if open_objection.exists():
            yield Breach("P1", voucher.journal_key, "异议未了结就已兑付")
    for row in by_voucher.values():
        yield Breach("M9", row.journal_key, "银行已付款，券却不是已兑付")


def _recoveries() -> Iterator[Breach]:
    """What is asked back never exceeds what was paid (M10)."""
    for row in Recovery.objects.values("voucher", "voucher__number").annotate(total=Sum("amount_fen")):
        paid = moved_fen(subject=f"voucher:{row['voucher__number']}", kind="pay")
        if row["total"] > paid:
            yield Breach(
                "M10", f"voucher:{row['voucher__number']}", f"追回 {row['total']} 分，已付 {paid} 分"
            )


def _funds() -> Iterator[Breach]:
    """Committed money stands for instructions without a result, city by city (M8)."""
    for cycle in Cycle.objects.all():
        waiting = PaymentInstruction.objects.filter(run__cycle=cycle, state="ordered").order_by()
        sums = dict(waiting.values_list("run__city").annotate(total=Sum("amount_fen")))
        cities = set(cycle.targets.values_list("city", flat=True)) | set(sums)
        balances = balances_fen(accounts.committed(cycle.code, city) for city in cities)
        for city in sorted(cities):
            key = accounts.committed(cycle.code, city)
            if balances[key] != sums.get(city, 0):
                yield Breach("M8", key, f"账上 {balances[key]} 分，待回单指令 {sums.get(city, 0)} 分")
