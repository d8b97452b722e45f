"""The invariants of the demonstration projects, as `yunquan doctor` checks them."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import F, Q, Sum

from yunquan.demonstrations.lifecycle import STANDING
from yunquan.demonstrations.models import Project, Rectification, Report
from yunquan.journal.invariants import Breach, unlogged
from yunquan.kernel.canonical import content_hash


def breaches() -> Iterator[Breach]:
    """Each stands where the log says; a plan adds up; public money is within it; what was filed is unchanged."""
    for model, noun, first in (
        (Project, "demonstration", "building"),
        (Report, "demonstration_report", "asked"),
        (Rectification, "demonstration_rectification", "ordered"),
    ):
        rows = model.objects.values_list("pk", "state", "version")  # type: ignore[attr-defined]
        yield from unlogged(((f"{noun}:{pk}", state, version) for pk, state, version in rows), noun, first)
    yield from _plans()
    yield from _overspent()
    yield from _changed()


def _plans() -> Iterator[Breach]:
    rows = Project.objects.annotate(public=Sum("budget__public_fen"), own=Sum("budget__own_fen"))
    for row in rows.exclude(public=F("public_fen"), own=F("own_fen")):
        yield Breach("D858-2.1", row.journal_key, "资金计划各行合计与总额不一致")


def _overspent() -> Iterator[Breach]:
    public = Q(reports__spending__fund="public", reports__state__in=STANDING)
    rows = Project.objects.annotate(spent=Sum("reports__spending__amount_fen", filter=public))
    for row in rows.filter(spent__gt=F("public_fen")):
        yield Breach(
            "M1", row.journal_key, f"财政资金累计支出 {row.spent} 分，超过计划的 {row.public_fen} 分"
        )


def _changed() -> Iterator[Breach]:
    rows = Report.objects.filter(state__in=STANDING).prefetch_related("spending")
    for row in rows.iterator(chunk_size=500):
        if content_hash(row.content) != row.content_hash:
            yield Breach("D858-2.1", row.journal_key, "报告内容与报送时的摘要不一致")
        told = sum(int(one["amount_fen"]) for one in row.content.get("spending", ()))
        if told != sum(one.amount_fen for one in row.spending.all()):
            yield Breach("D858-2.1", row.journal_key, "支出明细与报送的内容不一致")
