"""The invariants of evaluations, titles and splits: frozen figures are what their hash says, states are logged (L1)."""

from __future__ import annotations

from collections.abc import Iterator

from yunquan.insight.evaluation_actions import evaluation_hash
from yunquan.insight.models import Evaluation, ExcellentTitle, SplitPlan
from yunquan.insight.splitting_actions import amounts_of, split_hash
from yunquan.journal.invariants import Breach, unlogged


def breaches() -> Iterator[Breach]:
    """Changed figures, states past the log, sums that are not what was split."""
    for model, prefix in ((Evaluation, "evaluation"), (ExcellentTitle, "title"), (SplitPlan, "split")):
        rows = model.objects.values_list("pk", "state", "version")  # type: ignore[attr-defined]
        yield from unlogged(
            ((f"{prefix}:{pk}", state, version) for pk, state, version in rows),
            prefix,
            model.lifecycle.initial,
        )
    for row in Evaluation.objects.order_by("pk"):
        if _evaluation_hash(row) != row.content_hash:
            yield Breach("L1", row.journal_key, "评价的指标与冻结时的摘要不符")
    for plan in SplitPlan.objects.order_by("pk"):
        lines = {line.city: (line.figures, line.formula_fen) for line in plan.lines.all()}
        if split_hash(plan, lines) != plan.content_hash:
            yield Breach("L1", plan.journal_key, "额度测算与冻结时的摘要不符")
        if sum(fen for _figures, fen in lines.values()) != plan.total_fen:
            yield Breach("L1", plan.journal_key, "额度测算各地市合计不等于总额")
        if plan.state == "decided" and sum(amounts_of(plan).values()) != plan.total_fen:
            yield Breach("L1", plan.journal_key, "下达的额度合计不等于总额")


def _evaluation_hash(row: Evaluation) -> str:
    lines = [
        {
            "uscc": line.supplier.uscc,
            "position": line.position,
            "rank": line.rank or 0,
            "unranked": line.unranked,
            "score": line.score,
            "figures": line.figures,
            "candidacies": line.candidacies,
        }
        for line in row.lines.select_related("supplier").order_by("position")
    ]
    return evaluation_hash(row.year, row.edition, row.from_on, row.until_on, row.method, row.rules, lines)
