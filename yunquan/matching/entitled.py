"""Which vouchers a city adds to, by which version of its scheme, and how much: what a list would hold now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Min, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from yunquan.kernel.calendar import local_date
from yunquan.ledger.queries import moved_by_subject_fen
from yunquan.matching.lifecycle import GONE
from yunquan.matching.models import MatchingLine, MatchingObjection, MatchingScheme
from yunquan.policy.matching import Award, Service, Worked, work_out
from yunquan.programme.models import Cycle
from yunquan.settlement.models import Objection, Recovery
from yunquan.vouchers.lifecycle import S
from yunquan.vouchers.models import Voucher

# A voucher in any other state is no longer one to add to.
STANDING = (S.APPROVED, S.LISTED, S.ORDERED, S.PAID)
UNUSED = (GONE, "refused", "dropped")


@dataclass(frozen=True, slots=True)
class Entitled:
    """One voucher, the version that holds for it, the inputs and the amount worked out from them."""

    voucher: Voucher
    scheme: MatchingScheme
    award: Award
    worked: Worked


def adopted(cycle: Cycle, city: str) -> list[MatchingScheme]:
    """The versions of a city's scheme that were adopted, the latest day first."""
    rows = MatchingScheme.objects.filter(cycle=cycle, city=city, state="adopted")
    return list(rows.order_by("-from_on", "-edition"))


def version_for(voucher: Voucher, versions: Sequence[MatchingScheme]) -> MatchingScheme | None:
    """The version of the day that counts for a voucher: of its payment or of its approval."""
    for version in versions:
        day = _day(voucher, version)
        if day is not None and version.from_on <= day:
            return version if version.until_on is None or day <= version.until_on else None
    return None


def _day(voucher: Voucher, version: MatchingScheme) -> date | None:
    moment = voucher.paid_at if version.trigger == "paid" else voucher.approved_at
    return local_date(moment) if moment is not None else None


def waiting(cycle: Cycle, city: str, *, among: Iterable[int] | None = None) -> list[Entitled]:
    """The vouchers that a version holds for and that stand on no list yet, in the order of the queue.

    Those whose amount comes to nothing are among them, with the working. `among` are vouchers under lock.
    """
    versions = adopted(cycle, city)
    if not versions:
        return []
    taken = MatchingLine.objects.exclude(state=GONE).values("voucher")
    rows = candidates(cycle, city).exclude(pk__in=taken).exclude(pk__in=_refused(cycle, city))
    if among is not None:
        rows = rows.filter(pk__in=list(among))
    found = []
    for voucher in rows.select_related("enterprise", "supplier").prefetch_related("lines"):
        version = version_for(voucher, versions)
        if version is not None:
            found.append((voucher, version))
    given = _given_before(cycle, city)
    awards = _awards([voucher for voucher, _version in found])
    entitled = []
    for voucher, version in found:
        award_fen, bonus_fen = awards[voucher.pk]
        services = tuple(
            Service(line.service, line.service_name, line.fee_fen)
            for line in sorted(voucher.lines.all(), key=lambda line: line.position)
        )
        award = Award(award_fen, bonus_fen, services, given[voucher.enterprise_id])
        worked = work_out(award, version.terms)
        given[voucher.enterprise_id] += worked.amount_fen
        entitled.append(Entitled(voucher, version, award, worked))
    return entitled


def candidates(cycle: Cycle, city: str):  # type: ignore[no-untyped-def]
    """The city's vouchers whose claim was approved and still stands, in the order of the queue."""
    rows = Voucher.objects.filter(cycle=cycle, city=city, state__in=STANDING, claim_seq__isnull=False)
    return rows.order_by("claim_seq")


def _refused(cycle: Cycle, city: str) -> QuerySet[Any]:
    """The vouchers to which the city adds nothing by a decision that outlives a list that was withdrawn."""
    upheld = MatchingObjection.objects.filter(line__matching_list__cycle=cycle, city=city, state="upheld")
    return upheld.values("line__voucher")


def reduced_fen(vouchers: Iterable[int]) -> dict[int, int]:
    """The least that decided objections leave of what a city adds, in fen by voucher; lists come and go."""
    rows = MatchingObjection.objects.filter(line__voucher__in=list(vouchers), state="reduced").order_by()
    return dict(rows.values_list("line__voucher").annotate(least=Min("payable_fen")))


def carried_since(vouchers: Iterable[int]) -> dict[int, datetime]:
    """Since when the city's money did not reach each voucher: it keeps its place on the next list (F3)."""
    rows = MatchingLine.objects.filter(voucher__in=list(vouchers), carried_at__isnull=False).order_by()
    return dict(rows.values_list("voucher").annotate(since=Min("carried_at")))


def _given_before(cycle: Cycle, city: str) -> defaultdict[int, int]:
    """What each enterprise stands with on this city's lists of the cycle, in fen."""
    lines = MatchingLine.objects.filter(matching_list__cycle=cycle, matching_list__city=city)
    rows = lines.exclude(state__in=UNUSED).order_by().values_list("enterprise")
    return defaultdict(int, rows.annotate(total=Sum(Coalesce("payable_fen", "amount_fen"))))


def _awards(vouchers: Sequence[Voucher]) -> dict[int, tuple[int, int]]:
    """Award and bonus of each voucher in fen: as paid where it is paid, else as the province's decided objections
    leave it; less what was asked back.
    """
    keys = {row.journal_key: row for row in vouchers}
    paid = moved_by_subject_fen(keys, kind="pay")
    back = _taken_back_fen(row.pk for row in vouchers)
    cut = Objection.objects.filter(line__voucher__in=vouchers, state="reduced").order_by()
    least = dict(cut.values_list("line__voucher").annotate(least=Min("payable_fen")))
    awards = {}
    for key, row in keys.items():
        full_fen = row.face_fen + row.bonus_fen
        standing_fen = paid.get(key, 0) if row.state == S.PAID else min(full_fen, least.get(row.pk, full_fen))
        standing_fen = max(0, standing_fen - back.get(row.pk, 0))
        awards[row.pk] = (min(row.face_fen, standing_fen), max(0, standing_fen - row.face_fen))
    return awards


def award_changed() -> Q:
    """Of lines: those whose voucher's award the province ever asked back or reduced, before the list or since."""
    cut = Objection.objects.filter(state="reduced").values("line__voucher")
    return Q(voucher__in=Recovery.objects.values("voucher")) | Q(voucher__in=cut)


def lessened_fen(lines: Iterable[MatchingLine]) -> dict[int, int]:
    """By how much the award behind each line is less now than when its list was drawn up, in fen by voucher.

    What was asked back before the list is in the line's own award already. The lines come with their voucher.
    """
    rows = [line for line in lines if line.voucher.state in STANDING]
    awards = _awards([line.voucher for line in rows])
    less = {line.voucher_id: line.award_fen - sum(awards[line.voucher_id]) for line in rows}
    return {voucher: fen for voucher, fen in less.items() if fen > 0}


def _taken_back_fen(vouchers: Iterable[int]) -> dict[int, int]:
    """What was asked back of each voucher's award, in fen."""
    rows = Recovery.objects.filter(voucher__in=list(vouchers)).order_by().values_list("voucher")
    return dict(rows.annotate(total=Sum("amount_fen")))
