"""The invariants of the pilots, as `yunquan doctor` checks them (L1, S3, D47-6)."""

from __future__ import annotations

from collections.abc import Iterator

from yunquan.journal.invariants import Breach, unlogged
from yunquan.parties.models import Supplier
from yunquan.pilots import scoring
from yunquan.pilots.lifecycle import HOLDING
from yunquan.pilots.models import Earmark, Pilot, PilotCall, PilotSeat


def breaches() -> Iterator[Breach]:
    """Logged states, titles with a decision behind them, sheets that add up, earmarks where a pilot was proposed."""
    for model, prefix in ((PilotCall, "pilot_call:"), (Pilot, "pilot:")):
        rows = model._default_manager.values_list("pk", "state", "version")
        yield from unlogged(
            ((f"{prefix}{pk}", state, version) for pk, state, version in rows), prefix, "draft"
        )
    holding = set(Pilot.objects.filter(state__in=HOLDING).values_list("supplier", "call__cycle__code"))
    titled = set(Supplier.objects.filter(is_pilot=True).values_list("pk", "pilot_cycle"))
    for pk, cycle in sorted(holding ^ titled):
        said = "有试点称号，没有授予的决定" if (pk, cycle) in titled else "已授予试点称号，登记中没有"
        yield Breach("D47-6.2", f"supplier:{pk}", said)
    for pilot in Pilot.objects.filter(named_at__isnull=False):
        if pilot.named_by == pilot.proposed_by:
            yield Breach("S3", pilot.journal_key, "拟定和授予称号是同一个人")
        if pilot.decided_by and pilot.decided_by == pilot.hearing_by:
            yield Breach("S3", pilot.journal_key, "提出和决定取消称号是同一个人")
    given = PilotSeat.objects.filter(given_at__isnull=False).select_related("pilot__call")
    for seat in given:
        if seat.total != scoring.total(seat.points, seat.pilot.call.criteria):
            yield Breach("D47-A2", f"pilot_seat:{seat.pk}", "总分不是各项得分按权重之和")
    early = Earmark.objects.filter(pilot__state__in=("draft", "submitted", "returned", "reviewing"))
    for pk in early.values_list("pilot", flat=True).distinct():
        yield Breach("D47-6.4", f"pilot:{pk}", "还没有拟定为试点，已有安排额度")
