"""Who may see which part of a city's own subsidy: the only door (A1)."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from yunquan.evidence.models import StoredFile
from yunquan.kernel.workflow import Actor
from yunquan.matching.models import (
    MatchingLine,
    MatchingList,
    MatchingObjection,
    MatchingRecovery,
    MatchingRun,
    MatchingScheme,
)
from yunquan.parties import access as parties_access

PUBLIC_STATES = ("published", "standing")


def _of_bureau(rows: QuerySet[Any], actor: Actor) -> QuerySet[Any]:
    """The rows of the bureau's city; the province reads all; counties see none."""
    area = parties_access.area(actor, county="")
    return rows.none() if area is None else rows.filter(area)


def schemes_visible_to(actor: Actor) -> QuerySet[MatchingScheme]:
    """The versions of the city's scheme, proposed ones too."""
    return _of_bureau(MatchingScheme.objects.select_related("cycle"), actor)


def scheme_for(actor: Actor, pk: int) -> MatchingScheme | None:
    """One version, or None as if it did not exist."""
    return schemes_visible_to(actor).filter(pk=pk).first()


def lists_visible_to(actor: Actor) -> QuerySet[MatchingList]:
    """The lists of the bureau's city."""
    return _of_bureau(MatchingList.objects.select_related("cycle"), actor)


def list_for(actor: Actor, pk: int) -> MatchingList | None:
    """One list, or None."""
    return lists_visible_to(actor).filter(pk=pk).first()


def lines_visible_to(actor: Actor) -> QuerySet[MatchingLine]:
    """The lines of the bureau's city; an enterprise sees its own once they were in public."""
    rows = MatchingLine.objects.select_related("matching_list__cycle", "scheme", "voucher")
    own = parties_access.enterprise_number(actor)
    if own is not None:
        return rows.filter(enterprise_id=own, matching_list__state__in=PUBLIC_STATES)
    return _of_bureau(rows, actor)


def line_for(actor: Actor, pk: int) -> MatchingLine | None:
    """One line, or None."""
    return lines_visible_to(actor).filter(pk=pk).first()


def objections_visible_to(actor: Actor) -> QuerySet[MatchingObjection]:
    """The objections of the bureau's city."""
    rows = MatchingObjection.objects.select_related("line__matching_list__cycle", "line__scheme", "file")
    return _of_bureau(rows, actor)


def objection_for(actor: Actor, pk: int) -> MatchingObjection | None:
    """One objection, or None."""
    return objections_visible_to(actor).filter(pk=pk).first()


def runs_visible_to(actor: Actor) -> QuerySet[MatchingRun]:
    """The runs of the bureau's city."""
    return _of_bureau(MatchingRun.objects.select_related("cycle"), actor)


def run_for(actor: Actor, pk: int) -> MatchingRun | None:
    """One run, or None."""
    return runs_visible_to(actor).filter(pk=pk).first()


def recoveries_visible_to(actor: Actor) -> QuerySet[MatchingRecovery]:
    """The recoveries of the bureau's city."""
    rows = MatchingRecovery.objects.select_related("line__matching_list__cycle", "line__voucher")
    return _of_bureau(rows, actor)


def recovery_for(actor: Actor, pk: int) -> MatchingRecovery | None:
    """One recovery, or None."""
    return recoveries_visible_to(actor).filter(pk=pk).first()


def file_for(actor: Actor, pk: int) -> StoredFile | None:
    """The file of an objection that the actor may see, or None."""
    if objections_visible_to(actor).filter(file_id=pk).exists():
        return StoredFile.objects.filter(pk=pk).first()
    return None


def public_lists() -> QuerySet[MatchingList]:
    """The lists that are or were in public, open to everyone."""
    return MatchingList.objects.filter(state__in=PUBLIC_STATES).select_related("cycle")


def public_list(pk: int) -> MatchingList | None:
    """One public list, or None."""
    return public_lists().filter(pk=pk).first()


def public_line(pk: int) -> MatchingLine | None:
    """One line of a public list."""
    lines = MatchingLine.objects.filter(matching_list__state__in=PUBLIC_STATES)
    return lines.select_related("matching_list__cycle", "voucher", "scheme").filter(pk=pk).first()


def public_schemes() -> QuerySet[MatchingScheme]:
    """The adopted versions of all cities, open to everyone."""
    rows = MatchingScheme.objects.filter(state="adopted").select_related("cycle")
    return rows.order_by("-cycle__order", "city", "-from_on")


def objection_by_code(code: str) -> MatchingObjection | None:
    """An objection by the code that was given to whoever raised it."""
    query = MatchingObjection.objects.select_related("line__matching_list")
    return query.filter(code=code.strip().upper()).first()
