"""What screens read of usage: the ends of a voucher, the verdict that holds, and completion tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db.models import Max, QuerySet

from yunquan.usage.completion import Change, difference, is_unchanged
from yunquan.usage.models import CompletionLine, CompletionTable, End, ServiceVerdict, Verdict

WATCHING = "watching"


def ends_of(voucher: str) -> list[End]:
    """The ends that hold now."""
    return list(End.objects.filter(voucher=voucher, withdrawn_at=None).order_by("service", "side", "pk"))


def latest_verdict(voucher: str) -> Verdict | None:
    """The verdict that holds (see `holding`)."""
    return holding([voucher]).get(voucher)


def latest_outcome(voucher: str) -> str:
    """The outcome that holds, or an empty text while there is none."""
    verdict = latest_verdict(voucher)
    return verdict.outcome if verdict is not None else ""


def holding(numbers: Iterable[str]) -> dict[str, Verdict]:
    """The verdict that holds of each voucher, with its services, in a constant number of queries (D47-5.13).

    The latest holds; what is computed after the claim has gone on only watches, and overturns no verdict.
    """
    found: dict[str, Verdict] = {}
    query = Verdict.objects.filter(voucher__in=list(numbers), is_watching=False).select_related("document")
    for row in query.prefetch_related("services").order_by("pk"):
        found[row.voucher] = row
    return found


def resting_on_ends(held: Mapping[str, Verdict]) -> dict[str, Verdict]:
    """Those of the verdicts that were computed from the ends that hold now, in one query (E1).

    Ends that were declared or withdrawn later were not judged yet; a verdict by hand stands on its document.
    """
    rows = End.objects.filter(voucher__in=list(held)).order_by().values("voucher")
    changed = {
        voucher: max(moment for moment in moments if moment is not None)
        for voucher, *moments in rows.annotate(last=Max("declared_at"), gone=Max("withdrawn_at")).values_list(
            "voucher", "last", "gone"
        )
    }
    return {
        number: verdict
        for number, verdict in held.items()
        if verdict.source != Verdict.Source.COMPUTED or changed.get(number, verdict.at) <= verdict.at
    }


def latest_computed(numbers: Iterable[str]) -> dict[str, Verdict]:
    """The latest computed verdict of each voucher, with its services; what stands by hand is left aside."""
    rows = Verdict.objects.filter(voucher__in=list(numbers), source=Verdict.Source.COMPUTED)
    return {row.voucher: row for row in rows.prefetch_related("services").order_by("pk")}


def signals_among(numbers: Iterable[str]) -> dict[str, list[dict[str, Any]]]:
    """The signals of each voucher's latest computed verdict, where there are any; two queries."""
    rows = Verdict.objects.filter(voucher__in=list(numbers), source=Verdict.Source.COMPUTED).order_by()
    latest = dict(rows.values_list("voucher").annotate(last=Max("pk")))
    parts = ServiceVerdict.objects.filter(verdict__in=list(latest.values())).exclude(signals=[])
    found: dict[str, list[dict[str, Any]]] = {}
    for voucher, signals in parts.order_by("service").values_list("verdict__voucher", "signals"):
        found.setdefault(voucher, []).extend(signals)
    return found


def missing_of(numbers: Iterable[str]) -> dict[str, list[str]]:
    """What is missing to judge each voucher, in words, for its supplier; empty where nothing is (D47-5.12)."""
    found: dict[str, list[str]] = {}
    for number, verdict in holding(numbers).items():
        if verdict.outcome == Verdict.Outcome.NOT_ENOUGH_DATA:
            parts = [reason for part in services_of(verdict) for reason in part.reasons]
            told = [
                str(reason.get("label", "")) for reason in parts or verdict.reasons if not reason.get("met")
            ]
            found[number] = list(dict.fromkeys(told))
    return found


def verdicts_of(voucher: str) -> list[Verdict]:
    """All verdicts of a voucher, oldest first."""
    return list(Verdict.objects.filter(voucher=voucher).prefetch_related("services").order_by("pk"))


def services_of(verdict: Verdict | None) -> list[ServiceVerdict]:
    """The parts of a verdict by service, in the order of the catalogue; none for a verdict by hand."""
    return sorted(verdict.services.all(), key=lambda row: row.service) if verdict is not None else []


def ends_among(numbers: Any) -> QuerySet[End]:
    """The ends that hold of many vouchers, latest first; `numbers` may be a query of voucher numbers."""
    return End.objects.filter(voucher__in=numbers, withdrawn_at=None).order_by("-pk")


# Completion tables


def table_lines(table: CompletionTable) -> list[CompletionLine]:
    """The lines of a table in order."""
    return list(table.lines.select_related("verdict").order_by("position"))


def table_is_unchanged(table: CompletionTable, lines: Sequence[CompletionLine]) -> bool:
    """Whether the lines still have the hash under which the table was frozen."""
    return is_unchanged(table, lines)


def edition_before(table: CompletionTable) -> CompletionTable | None:
    """The edition that was sent before this one, or None for the first."""
    rows = CompletionTable.objects.filter(cycle=table.cycle_id, city=table.city, batch=table.batch)
    return rows.filter(edition__lt=table.edition, state="sent").order_by("-edition").first()


def changes_since(table: CompletionTable, lines: Sequence[CompletionLine]) -> list[Change]:
    """What this edition says otherwise than the one sent before it; empty for a first edition."""
    before = edition_before(table)
    return difference(table_lines(before), lines) if before is not None else []


def table_lines_of(voucher: str) -> list[CompletionLine]:
    """Every line of sent tables that names a voucher, the latest first."""
    rows = CompletionLine.objects.filter(voucher=voucher, table__state="sent").select_related("table")
    return list(rows.order_by("-table__sent_at", "service"))
