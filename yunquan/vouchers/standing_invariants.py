"""S5 of the parties, as `yunquan doctor` checks it: nobody under a standing took a step that it forbids."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Q

from yunquan.journal.invariants import Breach
from yunquan.journal.models import LogEntry
from yunquan.kernel.calendar import local_date
from yunquan.parties.models import Enterprise, Standing, Supplier
from yunquan.vouchers.models import Voucher

# What nobody does with a voucher of an enterprise, or of a supplier, under a standing.
OF_ENTERPRISE = ("submit", "confirm", "issue", "claim", "approve_claim", "list", "order")
OF_SUPPLIER = ("submit", "confirm", "issue", "attest")


@dataclass(frozen=True, slots=True)
class _Span:
    """From which log entry to which a standing stood."""

    first: int
    last: int | None


def standing_breaches() -> Iterator[Breach]:
    """Each standing is logged, and between its imposing and its end, up to its last day, none of the steps was taken."""
    spans = _spans()
    for row in Standing.objects.order_by("pk").iterator(chunk_size=500):
        span = spans.get(row.journal_key)
        if span is None:
            yield Breach("L1", row.journal_key, "资格处理没有相应的日志")
            continue
        barred = row.kind == Standing.Kind.BARRED
        if barred or row.enterprise_id:
            firms = Enterprise.objects.filter(uscc=row.uscc)
            yield from _acted(row, span, Q(enterprise__in=firms), OF_ENTERPRISE)
        if barred or row.supplier_id:
            sellers = Supplier.objects.filter(uscc=row.uscc)
            yield from _acted(row, span, Q(supplier__in=sellers), OF_SUPPLIER)


def _spans() -> dict[str, _Span]:
    found: dict[str, _Span] = {}
    acts = ("standing.impose", "standing.lift", "standing.expire")
    rows = LogEntry.objects.filter(act__in=acts, obj__startswith="standing:").order_by("seq")
    for row in rows.iterator(chunk_size=2000):
        if json.loads(row.entry)["res"] == "refused":
            continue
        known = found.get(row.obj)
        found[row.obj] = _Span(row.seq, None) if known is None else _Span(known.first, row.seq)
    return found


def _acted(row: Standing, span: _Span, whose: Q, steps: tuple[str, ...]) -> Iterator[Breach]:
    numbers = Voucher.objects.filter(whose).order_by().values_list("number", flat=True)
    objs = [f"voucher:{number}" for number in numbers.iterator(chunk_size=2000)]
    for start in range(0, len(objs), 500):
        entries = LogEntry.objects.filter(
            obj__in=objs[start : start + 500],
            act__in=[f"voucher.{step}" for step in steps],
            seq__gt=span.first,
        )
        if span.last is not None:
            entries = entries.filter(seq__lt=span.last)
        for entry in entries.order_by("seq"):
            on = local_date(entry.at)
            in_force = row.from_on <= on and (row.until_on is None or on <= row.until_on)
            if in_force and json.loads(entry.entry)["res"] != "refused":
                yield Breach(
                    "S5", entry.obj, f"处理期内办理了 {entry.act}（{row.journal_key}，日志 {entry.seq}）"
                )
