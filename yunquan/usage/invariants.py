"""The invariants of usage, as `yunquan doctor` checks them (E1, P1 for completion tables, L1)."""

from __future__ import annotations

from collections.abc import Iterator

from yunquan.journal.invariants import Breach, unlogged
from yunquan.usage.completion import by_voucher, outcome_of, table_hash
from yunquan.usage.models import CompletionTable, Verdict


def breaches() -> Iterator[Breach]:
    """Every invariant of usage on the whole database."""
    yield from _logged()
    yield from _tables()
    yield from _verdicts()


def _logged() -> Iterator[Breach]:
    rows = CompletionTable.objects.values_list("pk", "state", "version").iterator()
    keyed = ((f"completion_table:{pk}", state, version) for pk, state, version in rows)
    yield from unlogged(keyed, "completion_table:", "drafted")


def _tables() -> Iterator[Breach]:
    """A table has the hash under which it was frozen, and names as many vouchers as it says (E1)."""
    for row in CompletionTable.objects.prefetch_related("lines__verdict").iterator(chunk_size=50):
        lines = list(row.lines.all())
        if table_hash(row, lines) != row.content_hash:
            yield Breach("E1", row.journal_key, "情况表的内容与冻结时的摘要不符")
        if len(by_voucher(lines)) != row.count:
            yield Breach("E1", row.journal_key, f"记为 {row.count} 张，实有 {len(by_voucher(lines))} 张")


def _verdicts() -> Iterator[Breach]:
    """A computed verdict follows from its services (E1)."""
    rows = Verdict.objects.filter(source=Verdict.Source.COMPUTED).prefetch_related("services")
    for row in rows.iterator(chunk_size=500):
        parts = [part.outcome for part in row.services.all()]
        if outcome_of(parts) != row.outcome:
            yield Breach("E1", f"verdict:{row.pk}", f"{row.voucher} 的判定与各项应用服务的判定不符")
