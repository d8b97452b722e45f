"""The invariants of usage, as `yunquan doctor` checks them (E1, P1 for completion tables, L1)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from yunquan.journal.invariants import Breach, unlogged
from yunquan.programme.rules import rulebook
from yunquan.usage.cases import Case, ends_for, registry_of
from yunquan.usage.completion import by_voucher, outcome_of, table_hash
from yunquan.usage.judging import computed_again, judged_again
from yunquan.usage.models import CompletionTable, Verdict
from yunquan.usage.pictures import root
from yunquan.usage.queries import latest_computed


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
    """A computed verdict follows from its services, and each of these from its figures and the rules (E1)."""
    rows = Verdict.objects.filter(source=Verdict.Source.COMPUTED).prefetch_related("services")
    for row in rows.iterator(chunk_size=500):
        parts = list(row.services.all())
        if outcome_of(part.outcome for part in parts) != row.outcome:
            yield Breach("E1", f"verdict:{row.pk}", f"{row.voucher} 的判定与各项应用服务的判定不符")
        for part in parts:
            # Figures of a store stand with the pack and the days under which they are judged.
            if "pack" in part.figures and judged_again(part.figures, rulebook).outcome != part.outcome:
                told = f"{row.voucher} 第 {part.service} 项的判定与其数据不符"
                yield Breach("E1", f"verdict:{row.pk}", told)


def recomputed(cases: Sequence[Case]) -> Iterator[Breach]:
    """Where the records are as they were, computing again gives the figures that stand (E1).

    The cases come from above: usage lies below vouchers.
    """
    if not (root() / "loads").exists() or not cases:
        return
    from yunquan.usage.store import Store

    registry = registry_of(cases, ends_for(cases))
    known = latest_computed(case.number for case in cases)
    for case, told in computed_again(cases, registry, Store(root()), known):
        row = known[case.number]
        kept = {part.service: part.figures for part in row.services.all()}
        if kept != told:
            yield Breach("E1", f"verdict:{row.pk}", f"{case.number} 重算的数据与判定所记不符")
