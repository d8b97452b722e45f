"""A published list as an official paper, whichever money it pays: the province's settlement list, a city's own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

from yunquan.kernel.calendar import local_date
from yunquan.papers import pdf
from yunquan.papers.tables import Column
from yunquan.parties import queries as parties
from yunquan.parties import regions

UNPUBLISHED = "本稿尚未审批公示，不作为对外依据。"


def issuer_of(city: str) -> str:
    """The bureau under whose name the paper goes out."""
    bureau = parties.bureau(city)
    return bureau.name if bureau is not None else regions.place_name(city)


def public_days(row: Any) -> tuple[date, date] | None:
    """The first and the last day on which the list stands in public; None before it is published."""
    if row.published_at is None or row.publicity_ends_at is None:
        return None
    return local_date(row.published_at), local_date(row.publicity_ends_at - timedelta(microseconds=1))


def days_in_public(row: Any) -> int:
    """How many whole days the list stands in public, the day of its publication not counted."""
    days = public_days(row)
    return (days[1] - days[0]).days if days else 0


def list_pdf(
    row: Any,
    columns: Sequence[Column],
    lines: Iterable[dict[str, Any]],
    *,
    objection: str,
    notes: Sequence[str] = (),
) -> bytes:
    """The list with its hash on each page; before it is published it says so instead of a period."""
    rows = [{column.name: line[column.name] for column in columns} for line in lines]
    days = public_days(row)
    if days is None:
        return pdf.table_paper(
            title=f"{row.title}（未公示稿）", columns=columns, rows=rows, total_fen=row.total_fen,
            issuer=issuer_of(row.city), digest=row.content_hash, notes=[UNPUBLISHED, *notes],
        )  # fmt: skip
    first_on, last_on = days
    return pdf.settlement_list(
        title=row.title,
        columns=columns,
        rows=rows,
        publicity_from=first_on,
        publicity_until=last_on,
        publicity_days=days_in_public(row),
        total_fen=row.total_fen,
        digest=row.content_hash,
        objection=objection,
        notes=notes,
        issuer=issuer_of(row.city),
        issued_on=first_on,
    )
