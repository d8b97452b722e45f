"""Who is paid from a city's own funds, in which order, and why not the others (D47-4.4.6, F2, F3)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from yunquan.kernel.calendar import local_date
from yunquan.ledger.queries import balance_fen
from yunquan.matching import accounts
from yunquan.matching.entitled import STANDING, adopted, lessened_fen
from yunquan.matching.lifecycle import DECIDED
from yunquan.matching.models import MatchingInstruction, MatchingLine, MatchingObjection
from yunquan.policy.queueing import CARRIED, PILOT, Claim, plan_payments
from yunquan.programme.models import Cycle
from yunquan.settlement.holding_back import held_back, still_bounced
from yunquan.settlement.planning import Plan
from yunquan.vouchers.models import Voucher

LESSENED = "省奖补列入清单后已被追回或核减，将退出本清单、按现有省奖补重新列入"


def priority(pilots_first: bool) -> tuple[str, ...]:
    """The classes that come before the order of arrival; what was carried over always does (F3)."""
    return (CARRIED, PILOT) if pilots_first else (CARRIED,)


def place(line: MatchingLine) -> str:
    """A line's key in the queue: by the sequence of the claims, then its own number."""
    return f"{line.claim_seq:012d}-{line.pk}"


def pilots_come_first(cycle: Cycle, city: str, now: datetime) -> bool:
    """What the city's scheme says of pilots on this day; the last version before where none holds."""
    today = local_date(now)
    return next((row.pilots_first for row in adopted(cycle, city) if row.from_on <= today), False)


def plan_run(*, cycle: Cycle, city: str, now: datetime) -> Plan[MatchingLine]:
    """Plan the next run from what stands now; writes nothing."""
    waiting = MatchingLine.objects.filter(
        matching_list__cycle=cycle, city=city, matching_list__state="standing", state="listed"
    )
    lines = list(waiting.select_related("voucher__enterprise", "matching_list", "scheme"))
    held = _holds(lines, city=city, now=now)
    by_place = {place(line): line for line in lines}
    claims = [
        Claim(
            claim_no=key,
            amount_fen=line.due_fen,
            claimed_at=line.claimed_at,
            is_pilot=line.is_pilot,
            is_carried=line.carried_at is not None,
            is_held=line.voucher_id in held,
        )
        for key, line in by_place.items()
    ]
    funds_fen = balance_fen(accounts.fund(cycle.code, city))
    reasons = {key: held[line.voucher_id] for key, line in by_place.items() if line.voucher_id in held}
    ranks = priority(pilots_come_first(cycle, city, now))
    return Plan(funds_fen, plan_payments(claims, funds_fen, ranks), by_place, reasons)


def sent_back(lines: Iterable[MatchingLine]) -> dict[int, str]:
    """Of the lines that wait to be paid, by voucher, whose money came back and whose account stands unchanged."""
    waiting = [line for line in lines if line.state == "listed"]
    bounced = MatchingInstruction.objects.filter(line__in=waiting, state="bounced").order_by("pk")
    accounts_then = bounced.values_list("line__voucher", "bank_name", "bank_account")
    return still_bounced((line.voucher for line in waiting), accounts_then)


def _holds(lines: list[MatchingLine], *, city: str, now: datetime) -> dict[int, str]:
    """Why a line waits although its turn has come, by voucher."""
    vouchers = [line.voucher for line in lines]
    own = sent_back(lines)
    # By voucher, not by line: an objection outlives the version of the list it was raised against.
    raised = MatchingObjection.objects.filter(line__voucher__in=vouchers).exclude(state__in=DECIDED)
    own.update(dict.fromkeys(raised.values_list("line__voucher", flat=True), "异议处理中"))
    within = Voucher.objects.filter(city=city, state__in=STANDING)
    held = held_back(vouchers, own=own, within=within, on=local_date(now))
    # Paid in full it would be asked back at once; the clock takes it off its list (D47-4.4.6).
    held |= dict.fromkeys(lessened_fen(lines), LESSENED)
    lost = [row.pk for row in vouchers if row.state not in STANDING]
    return held | dict.fromkeys(lost, "服务券已被取消或追回")
