"""The invariants of the cities' own subsidies, as `yunquan doctor` checks them (M1, M4, M5, M7 to M10, P1, P2, S3, F2, F3)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from django.db.models import Min, Sum

from yunquan.journal.invariants import Breach, unlogged
from yunquan.ledger import queries as ledger
from yunquan.ledger.books import Book
from yunquan.ledger.queries import balances_fen, moved_by_subject_fen
from yunquan.matching import accounts
from yunquan.matching.actions.listing import list_hash, steps_told
from yunquan.matching.entitled import UNUSED
from yunquan.matching.lifecycle import DECIDED, LIFECYCLES
from yunquan.matching.models import (
    MatchingInstruction,
    MatchingLine,
    MatchingList,
    MatchingObjection,
    MatchingRecovery,
    MatchingRun,
    MatchingScheme,
)
from yunquan.matching.planning import place, priority
from yunquan.policy.deadlines import publicity_ends_at
from yunquan.policy.matching import Award, work_out
from yunquan.policy.queueing import HELD, PAY, Claim, plan_payments
from yunquan.programme.rules import rulebook

MODELS = (
    MatchingScheme,
    MatchingList,
    MatchingLine,
    MatchingObjection,
    MatchingRun,
    MatchingInstruction,
    MatchingRecovery,
)


def breaches() -> Iterator[Breach]:
    """Every invariant of the cities' own subsidies on the whole database."""
    yield from _logged()
    yield from _books_apart()
    yield from _schemes()
    yield from _lists()
    yield from _lines()
    yield from _runs()
    yield from _payments()
    yield from _recoveries()
    yield from _funds()


def _logged() -> Iterator[Breach]:
    for model, table in zip(MODELS, LIFECYCLES, strict=True):
        key = "number" if model is MatchingInstruction else "pk"
        rows = model._default_manager.values_list(key, "state", "version")
        keyed = ((f"{table.noun}:{pk}", state, version) for pk, state, version in rows.iterator())
        yield from unlogged(keyed, f"{table.noun}:", table.initial)


def _books_apart() -> Iterator[Breach]:
    """The city's own money stands in its own book, the province's never does (M1)."""
    for account in ledger.accounts():
        if (account.book == Book.MATCHING) != account.key.startswith(accounts.PREFIX):
            yield Breach("M1", f"account:{account.key}", f"账户不应在“{account.get_book_display()}”")
    for row in ledger.transfers().iterator(chunk_size=2000):
        own = {key.startswith(accounts.PREFIX) for key in (row.credit, row.debit)}
        if own != {row.book == Book.MATCHING}:
            yield Breach("M1", f"transfer:{row.pk}", "流水把本市配套资金与省奖补资金连在一起")


def _schemes() -> Iterator[Breach]:
    """Nobody adopts what he proposed (S3); a change never reached back (M4)."""
    last: dict[tuple[int, str], MatchingScheme] = {}
    for row in MatchingScheme.objects.filter(state="adopted").order_by("decided_at", "pk"):
        if row.proposed_by == row.decided_by:
            yield Breach("S3", row.journal_key, "提出人与审定人是同一人")
        before = last.get((row.cycle_id, row.city))
        if before is not None and row.from_on <= before.from_on:
            yield Breach("M4", row.journal_key, "新版本的起始日期不晚于上一版本")
        last[row.cycle_id, row.city] = row


def _lists() -> Iterator[Breach]:
    """A list has its hash and its total; it stood in public for the full period before payment began (P1, P2)."""
    rows = MatchingList.objects.select_related("cycle").prefetch_related("lines__scheme")
    for row in rows.annotate(first_at=Min("lines__instructions__run__released_at")):
        lines = list(row.lines.all())
        if list_hash(row, lines) != row.content_hash:
            yield Breach("P1", row.journal_key, "清单内容与冻结时的摘要不符")
        total = sum(line.amount_fen for line in lines)
        if total != row.total_fen or len(lines) != row.count:
            yield Breach("P2", row.journal_key, f"合计 {row.total_fen} 分，各行相加 {total} 分")
        if row.approved_by and row.approved_by == row.drafted_by:
            yield Breach("S3", row.journal_key, "编制人与审批人是同一人")
        if row.first_at is None:
            continue
        least = publicity_ends_at(row.published_at, rulebook(row.cycle.pack)) if row.published_at else None
        ended = row.publicity_ends_at
        if least is None or ended is None or ended < least or row.first_at < ended:
            yield Breach("P1", row.journal_key, "公示未满规定天数就已兑付")


def _lines() -> Iterator[Breach]:
    """Each amount is what its version makes of its inputs (M4); each enterprise is within the ceiling (M5)."""
    given: dict[tuple[int, str, int], int] = defaultdict(int)
    most: dict[tuple[int, str, int], int] = defaultdict(int)
    for row in MatchingLine.objects.select_related("scheme").iterator(chunk_size=500):
        worked = work_out(Award.from_json(row.working["inputs"]), row.scheme.terms)
        if worked.amount_fen != row.amount_fen or steps_told(worked) != row.working["steps"]:
            told = f"清单 {row.amount_fen} 分，按办法重算 {worked.amount_fen} 分"
            yield Breach("M4", row.journal_key, told)
        if row.state in UNUSED:
            continue
        key = (row.scheme.cycle_id, row.city, row.enterprise_id)
        given[key] += row.due_fen
        most[key] = max(most[key], row.scheme.ceiling_fen)
    for key, total in given.items():
        if total > most[key]:
            yield Breach("M5", f"enterprise:{key[2]}", f"本市配套 {total} 分，超过上限 {most[key]} 分")


def _runs() -> Iterator[Breach]:
    """A run pays the longest prefix of its queue that the city's own funds reach; sums and persons (F2, F3, P2, S3)."""
    released = MatchingRun.objects.filter(state__in=("released", "done"))
    for run in released.annotate(ordered=Sum("instructions__amount_fen")):
        if (run.ordered or 0) != run.total_fen:
            yield Breach("P2", run.journal_key, f"批次合计 {run.total_fen} 分，指令合计 {run.ordered} 分")
        if run.released_by == run.prepared_by:
            yield Breach("S3", run.journal_key, "编制人与放行人是同一人")
        yield from _order(run)


def _order(run: MatchingRun) -> Iterator[Breach]:
    wanted = [row["voucher"] for row in run.plan]
    lines = MatchingLine.objects.filter(voucher_number__in=wanted, matching_list__cycle=run.cycle_id)
    # A voucher whose list was withdrawn has an older line: the one that a run held is the latest.
    known = {line.voucher_number: line for line in lines.order_by("pk")}
    kept = {place(known[row["voucher"]]): row for row in run.plan if row["voucher"] in known}
    planned = plan_payments(
        (
            Claim(
                claim_no=key,
                amount_fen=row["amount_fen"],
                claimed_at=known[row["voucher"]].claimed_at,
                is_pilot=row["pilot"],
                is_carried=row["carried"],
                is_held=row["outcome"] == HELD,
            )
            for key, row in kept.items()
        ),
        run.funds_fen,
        priority(run.pilots_first),
    )
    due = [(kept[row.claim.claim_no]["voucher"], row.outcome) for row in planned]
    told = [(row["voucher"], row["outcome"]) for row in kept.values()]
    carried = [row["voucher"] for row in kept.values() if row["carried"]]
    if carried != [voucher for voucher, _how in due if known[voucher] and voucher in carried]:
        yield Breach("F3", run.journal_key, "结转的配套没有保持原来的次序")
    elif told != due:
        yield Breach("F2", run.journal_key, "排队结果不是按次序用完资金为止")
    ordered = sorted(run.instructions.values_list("line__voucher_number", "amount_fen"))
    if ordered != sorted((row["voucher"], row["amount_fen"]) for row in run.plan if row["outcome"] == PAY):
        yield Breach("F2", run.journal_key, "支付指令与排队结果不符")


def _payments() -> Iterator[Breach]:
    """Paid ⇔ one transfer ⇔ one bank result ⇔ one instruction; never more than is due; no open objection (M7, M9, P1)."""
    paid = MatchingInstruction.objects.filter(state="paid").prefetch_related("results")
    by_line = {row.line_id: row for row in paid}
    lines = list(MatchingLine.objects.filter(state__in=("paid", "recovered")))
    cash = moved_by_subject_fen((line.journal_key for line in lines), kind="pay")
    open_on = set(
        MatchingObjection.objects.filter(line__voucher__in=[line.voucher_id for line in lines])
        .exclude(state__in=DECIDED)
        .values_list("line__voucher", flat=True)
    )
    for line in lines:
        row, moved = by_line.pop(line.pk, None), cash.get(line.journal_key, 0)
        results = [one for one in row.results.all() if one.outcome == "paid"] if row is not None else []
        if row is None or len(results) != 1 or moved != row.amount_fen:
            yield Breach("M9", line.journal_key, "已兑付的配套没有恰好一笔付款、一条银行回单与之对应")
        if moved > line.due_fen:
            yield Breach("M7", line.journal_key, "付款超过应配套的金额")
        if line.voucher_id in open_on:
            yield Breach("P1", line.journal_key, "异议未了结就已兑付")
    for row in by_line.values():
        yield Breach("M9", row.journal_key, "银行已付款，配套却不是已兑付")


def _recoveries() -> Iterator[Breach]:
    """What is asked back never exceeds what was paid (M10)."""
    rows = list(MatchingRecovery.objects.order_by().values_list("line").annotate(total=Sum("amount_fen")))
    paid = moved_by_subject_fen((f"matching_line:{pk}" for pk, _total in rows), kind="pay")
    for pk, total in rows:
        key = f"matching_line:{pk}"
        if total > paid.get(key, 0):
            yield Breach("M10", key, f"追回 {total} 分，已付 {paid.get(key, 0)} 分")


def _funds() -> Iterator[Breach]:
    """Committed money stands for instructions without a result; what was provided is the version's total (M8)."""
    waiting = MatchingInstruction.objects.filter(state="ordered").order_by()
    rows = waiting.values_list("run__cycle__code", "city").annotate(total=Sum("amount_fen"))
    ordered = {(code, city): total for code, city, total in rows}
    totals: dict[tuple[str, str], int] = {}
    adopted = MatchingScheme.objects.filter(state="adopted").order_by("decided_at", "pk")
    for code, city, total in adopted.values_list("cycle__code", "city", "total_fen"):
        totals[code, city] = total
    places = sorted({*ordered, *totals})
    balances = balances_fen(key for at in places for key in (accounts.committed(*at), accounts.treasury(*at)))
    for at in places:
        committed, provided = balances[accounts.committed(*at)], -balances[accounts.treasury(*at)]
        if committed != ordered.get(at, 0):
            told = f"账上 {committed} 分，待回单指令 {ordered.get(at, 0)} 分"
            yield Breach("M8", accounts.committed(*at), told)
        if provided != totals.get(at, 0):
            told = f"落实 {provided} 分，办法总额 {totals.get(at, 0)} 分"
            yield Breach("M8", accounts.treasury(*at), told)
