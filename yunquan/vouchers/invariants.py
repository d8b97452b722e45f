"""The invariants of vouchers, as `yunquan doctor` checks them (M4–M6, Q1, Q3, U1–U3, S1–S4, S6, F1)."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator

from django.db.models import Count, Q, Sum

from yunquan.evidence.models import InvoiceAlarm
from yunquan.journal.invariants import Breach, unlogged
from yunquan.journal.models import LogEntry, LogPayload
from yunquan.kernel.money import parse_yuan
from yunquan.ledger.queries import balances_fen
from yunquan.policy.award import AwardLine, award
from yunquan.policy.rulebook import Rulebook
from yunquan.programme import accounts
from yunquan.programme.models import Cycle, Window
from yunquan.programme.rules import rulebook
from yunquan.usage.invariants import recomputed
from yunquan.vouchers.claimsums import stored_claim_checks
from yunquan.vouchers.held_invariants import held_breaches
from yunquan.vouchers.lifecycle import CEILING, COUNTED, LIVE, S
from yunquan.vouchers.models import ClaimInvoice, ClaimQueue, Voucher
from yunquan.vouchers.standing_invariants import standing_breaches
from yunquan.vouchers.verification import waiting_cases

APPROVED = (S.APPROVED, S.LISTED, S.ORDERED, S.PAID, S.RECOVERED)
NO_QUOTA = re.compile(r"剩余额度 ([\d,.]+) 元，不足本券 ([\d,.]+) 元")
REDEEMED = (S.PAID, S.RECOVERED)
# What nobody does with a voucher while an alarm stands against one of its invoices.
HELD_STEPS = ("voucher.approve_claim", "voucher.list", "voucher.order")


def breaches() -> Iterator[Breach]:
    """Every invariant of the voucher on the whole database."""
    yield from _logged()
    yield from _quota()
    yield from _undersold()
    yield from _ceilings()
    yield from _contracts()
    yield from _queue()
    yield from _windows()
    yield from _alarms()
    yield from held_breaches()
    yield from standing_breaches()
    yield from _returns()
    yield from recomputed(waiting_cases())
    rules: dict[str, Rulebook] = {}
    query = Voucher.objects.filter(state__in=LIVE).select_related(
        "cycle", "enterprise", "supplier", "contract"
    )
    for voucher in query.prefetch_related("lines").iterator(chunk_size=500):
        pack = voucher.cycle.pack
        if pack not in rules:
            rules[pack] = rulebook(pack)
        yield from _one(voucher, rules[pack])


def _one(voucher: Voucher, rules: Rulebook) -> Iterator[Breach]:
    key = voucher.journal_key
    if voucher.state in CEILING:
        contract_fen = voucher.contract.total_fen if voucher.contract else None
        lines = [
            AwardLine(line.service, line.fee_fen, line.devices, contract_fen)
            for line in sorted(voucher.lines.all(), key=lambda line: line.position)
        ]
        assert voucher.applied_on is not None
        # Values of a day that has passed never change: a published change begins after its publication.
        size = voucher.explanation["enterprise_size"]
        again = award(lines, rules, voucher.applied_on, voucher.awarded_before_fen, size)
        if again.award_fen != voucher.face_fen:
            yield Breach("M4", key, f"重算奖补 {again.award_fen} 分，记录为 {voucher.face_fen} 分")
    if voucher.state in (S.CONFIRMED, *COUNTED) and voucher.confirmed_hash != voucher.content_hash:
        yield Breach("S2", key, "供应商确认的不是提交的内容")
    if voucher.state in APPROVED and voucher.attested_hash != voucher.claim_hash:
        yield Breach("S2", key, "供应商确认的不是申请兑现的内容")
    if voucher.state in APPROVED:
        # A firm declared for a party counts once the reviewer accepted it, and not before.
        for check in stored_claim_checks(voucher, rules):
            if not check.passed:
                yield Breach("M6", key, check.message)
    people = [voucher.submitted_by, voucher.confirmed_by, voucher.reviewed_by]
    named = [person for person in people if person]
    if len(named) != len(set(named)):
        yield Breach("S3", key, "同一人办理了互相制约的环节")


def _logged() -> Iterator[Breach]:
    """Each state has its log entry (S1, L1)."""
    rows = Voucher.objects.values_list("number", "state", "version").iterator(chunk_size=2000)
    keyed = ((f"voucher:{number}", state, version) for number, state, version in rows)
    yield from unlogged(keyed, "voucher:", S.DRAFT)


def _returns() -> Iterator[Breach]:
    """Whoever sent a voucher back or rejected it said why (S6)."""
    sent = (S.RETURNED, S.CLAIM_RETURNED, S.REJECTED)
    for number in Voucher.objects.filter(state__in=sent, return_reasons=[]).values_list("number", flat=True):
        yield Breach("S6", f"voucher:{number}", "退回或驳回没有理由")


def _quota() -> Iterator[Breach]:
    """Used quota = reserved + redeemed = the faces of issued and paid vouchers (Q1)."""
    for cycle in Cycle.objects.all():
        held: dict[str, int] = defaultdict(int)
        redeemed: dict[str, int] = defaultdict(int)
        rows = Voucher.objects.filter(cycle=cycle, state__in=COUNTED).order_by()
        for city, state, total in rows.values_list("city", "state").annotate(total=Sum("face_fen")):
            (redeemed if state in REDEEMED else held)[city] += total
        cities = set(cycle.targets.values_list("city", flat=True)) | set(held) | set(redeemed)
        keys = [name(cycle.code, city) for city in cities for name in (accounts.reserved, accounts.redeemed)]
        balances = balances_fen(keys)
        for city in sorted(cities):
            for name, wanted in ((accounts.reserved, held[city]), (accounts.redeemed, redeemed[city])):
                key = name(cycle.code, city)
                if balances[key] != wanted:
                    yield Breach("Q1", key, f"账上 {balances[key]} 分，券面合计 {wanted} 分")


def _undersold() -> Iterator[Breach]:
    """Who was refused for want of quota wanted more than was left when it was decided (Q3)."""
    said = LogEntry.objects.filter(act="voucher.issue", entry__contains=":no_quota")
    for row in said.order_by("seq").iterator(chunk_size=500):
        payload = LogPayload.objects.filter(seq=row.seq).first()  # An erased one says nothing any more.
        found = NO_QUOTA.search(payload.payload) if payload is not None else None
        if found is not None and parse_yuan(found[2]) <= parse_yuan(found[1]):
            yield Breach("Q3", f"log:{row.seq}", "剩余额度足够，却以额度不足拒绝发放")


def _ceilings() -> Iterator[Breach]:
    """Σ face per enterprise and cycle stays under the cumulative ceiling; the bonus comes once ever (M5)."""
    for cycle in Cycle.objects.all():
        rules = rulebook(cycle.pack)
        rows = Voucher.objects.filter(cycle=cycle, state__in=CEILING).order_by()
        totals = rows.values_list("enterprise", "enterprise__size").annotate(total=Sum("face_fen"))
        for enterprise, size, total in totals:
            day = (
                rows.filter(enterprise=enterprise)
                .values_list("applied_on", flat=True)
                .order_by("-applied_on")[0]
            )
            assert day is not None
            ceiling = rules.value("award.cumulative_ceiling", day).value.for_size(size)
            if total > ceiling:
                yield Breach(
                    "M5", f"enterprise:{enterprise}", f"周期内合计 {total} 分，超过上限 {ceiling} 分"
                )
    twice = (
        Voucher.objects.filter(bonus_fen__gt=0).values("enterprise").annotate(n=Count("pk")).filter(n__gt=1)
    )
    for row in twice:
        yield Breach("M5", f"enterprise:{row['enterprise']}", "贯标奖补超过一次")


def _contracts() -> Iterator[Breach]:
    """A living voucher's contract is live, a dead one's is free (U1); likewise its claim's evidence (U2, U3)."""
    dead = Voucher.objects.exclude(state__in=(*LIVE, S.DRAFT)).filter(contract__is_live=True)
    for number in dead.values_list("number", flat=True):
        yield Breach("U1", f"voucher:{number}", "券已终结，合同仍被占用")
    freed = Voucher.objects.filter(state__in=LIVE, contract__is_live=False)
    for number in freed.values_list("number", flat=True):
        yield Breach("U1", f"voucher:{number}", "券仍有效，合同却已释放")
    claimed = Voucher.objects.filter(state__in=(S.CLAIMED, S.ATTESTED, S.VERIFIED, *APPROVED))
    for number in claimed.filter(claim_invoices__invoice__is_live=False).values_list("number", flat=True):
        yield Breach("U2", f"voucher:{number}", "兑现所依据的发票已被释放")
    for number in claimed.filter(claim_proofs__proof__is_live=False).values_list("number", flat=True):
        yield Breach("U3", f"voucher:{number}", "兑现所依据的付款凭证已被释放")


def _windows() -> Iterator[Breach]:
    """What was accepted arrived from the opening and before the closing of its window (T1)."""
    for window in Window.objects.exclude(published_at=None).exclude(kind=Window.Kind.REGISTER):
        column = "applied_at" if window.kind == Window.Kind.APPLY else "claimed_at"
        outside = Q(**{f"{column}__lt": window.opens_at}) | Q(**{f"{column}__gte": window.closes_at})
        for number in Voucher.objects.filter(outside, cycle=window.cycle_id).values_list("number", flat=True):
            yield Breach("T1", f"voucher:{number}", f"在{window.get_kind_display()}时间以外受理")


def _alarms() -> Iterator[Breach]:
    """Each alarm and its answer are logged (L1), answered by another person (S3), and while it stood nothing that
    rests on its invoice was approved, listed or ordered (F2). The log's order tells which came first."""
    raised: dict[str, int] = {}
    lifted: dict[str, int] = {}
    told: dict[str, str] = {}
    for row in LogEntry.objects.filter(obj__startswith="alarm:").order_by("seq").iterator(chunk_size=2000):
        fields = json.loads(row.entry)
        if fields["res"] == "refused":
            continue
        told[row.obj] = fields["post"]
        if row.act == "alarm.raise":
            raised[row.obj] = row.seq
        elif row.act == "alarm.lift":
            lifted[row.obj] = row.seq
    for alarm in InvoiceAlarm.objects.order_by("pk").iterator(chunk_size=2000):
        key = alarm.journal_key
        if key not in raised or told[key] != alarm.answer:
            yield Breach("L1", key, f"警示是“{alarm.get_answer_display()}”，日志中没有相应的一步")
            continue
        if alarm.raised_by == alarm.answered_by:
            yield Breach("S3", key, "登记人与核查人是同一人")
        joins = ClaimInvoice.objects.filter(invoice__key=alarm.key).values_list("voucher__number", flat=True)
        acts = LogEntry.objects.filter(obj__in=[f"voucher:{number}" for number in joins], act__in=HELD_STEPS)
        until = {"seq__lt": lifted[key]} if key in lifted else {}
        for row in acts.filter(seq__gt=raised[key], **until).order_by("seq"):
            if json.loads(row.entry)["res"] != "refused":
                yield Breach("F2", row.obj, f"发票警示未了结就办理了 {row.act}（日志 {row.seq}）")


def _queue() -> Iterator[Breach]:
    """Settlement numbers per city and cycle run below the next one, and times follow them (F1)."""
    for queue in ClaimQueue.objects.all():
        rows = Voucher.objects.filter(cycle=queue.cycle_id, city=queue.city, claim_seq__isnull=False)
        last = None
        for number, seq, at in rows.order_by("claim_seq").values_list("number", "claim_seq", "claimed_at"):
            if (seq or 0) >= queue.next_seq or (last is not None and at is not None and at < last):
                yield Breach("F1", f"voucher:{number}", f"结算序号 {seq} 与到达先后不符")
            last = at
