"""试点额度: what of a city's quota is set aside for pilots, as a plan; vouchers alone ever use quota (Q1, D47-6.4).

An earmark posts nothing to the ledger and stops nobody else's voucher: customers of a pilot draw on the same quota
as everyone, first in the order of settlement. It says how much of what is left the pilots are expected to need, so
that the province sees in time where it has to move quota between cities.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from django.db.models import Sum

from yunquan.kernel.money import format_yuan
from yunquan.ledger.queries import balances_fen
from yunquan.parties import regions
from yunquan.pilots.lifecycle import HOLDING
from yunquan.pilots.models import Earmark
from yunquan.pilots.progress import tagged
from yunquan.programme import accounts
from yunquan.programme.models import Cycle
from yunquan.vouchers.lifecycle import COUNTED


def unused_fen(amount_fen: int, used_fen: int) -> int:
    """What of an earmark its vouchers haven't drawn yet."""
    return max(0, amount_fen - used_fen)


def room_fen(left_fen: int, others_fen: int) -> int:
    """What of a city's remaining quota no other pilot expects."""
    return max(0, left_fen - others_fen)


def too_large(
    wanted: Mapping[str, int], *, left: Mapping[str, int], others: Mapping[str, int]
) -> list[tuple[str, int, int]]:
    """The earmarks that do not fit: city, amount and room in fen."""
    found = []
    for city, amount in sorted(wanted.items()):
        room = room_fen(left.get(city, 0), others.get(city, 0))
        if amount > room:
            found.append((city, amount, room))
    return found


def misfits(earmarks: Iterable[Earmark], cycle: Cycle, *, pilot: int) -> list[tuple[str, str, str]]:
    """The earmarks of a pilot to be named that do not fit, in words; the caller holds the cities' targets."""
    rows = list(earmarks)
    wanted = {row.city: row.amount_fen for row in rows}
    left = left_by_city(cycle, wanted)
    # Vouchers that were tagged before have drawn their part already.
    drawn = used_by_city(cycle, wanted)
    mine = {row.city: drawn.get((row.pilot.supplier_id, row.city), 0) for row in rows}
    still = {city: unused_fen(amount, mine[city]) for city, amount in wanted.items()}
    found = too_large(still, left=left, others=expected_by_city(cycle, wanted, without=pilot))
    return [
        (regions.place_name(city), format_yuan(amount), format_yuan(room)) for city, amount, room in found
    ]


def left_by_city(cycle: Cycle, cities: Collection[str]) -> dict[str, int]:
    """What each city's quota has left by the ledger."""
    keys = {accounts.quota(cycle.code, city): city for city in cities}
    return {keys[key]: fen for key, fen in balances_fen(list(keys)).items()}


def used_by_city(cycle: Cycle, cities: Collection[str]) -> dict[tuple[int, str], int]:
    """What the tagged vouchers of each supplier hold or have used in each city."""
    rows = tagged().filter(cycle=cycle, city__in=list(cities), state__in=COUNTED).order_by()
    summed = rows.values_list("supplier", "city").annotate(fen=Sum("face_fen"))
    return {(supplier, city): fen for supplier, city, fen in summed}


def expected_by_city(cycle: Cycle, cities: Collection[str], *, without: int = 0) -> dict[str, int]:
    """What the pilots that hold a title are still expected to draw in each city."""
    rows = Earmark.objects.filter(pilot__call__cycle=cycle, pilot__state__in=HOLDING, city__in=list(cities))
    used, found = used_by_city(cycle, cities), dict.fromkeys(cities, 0)
    for row in rows.exclude(pilot=without).select_related("pilot"):
        found[row.city] += unused_fen(row.amount_fen, used.get((row.pilot.supplier_id, row.city), 0))
    return found


def table(cycle: Cycle) -> list[dict[str, object]]:
    """For each city with pilots: earmarked, drawn by tagged vouchers, expected, left of the quota, and whether it is enough."""
    rows = list(
        Earmark.objects.filter(pilot__call__cycle=cycle, pilot__state__in=HOLDING).select_related("pilot")
    )
    cities = sorted({row.city for row in rows})
    used, left, expected = (
        used_by_city(cycle, cities),
        left_by_city(cycle, cities),
        expected_by_city(cycle, cities),
    )
    found: list[dict[str, object]] = []
    for city in cities:
        mine = [row for row in rows if row.city == city]
        found.append(
            {
                "city": city,
                "name": regions.place_name(city),
                "earmarked_fen": sum(row.amount_fen for row in mine),
                "used_fen": sum(used.get((row.pilot.supplier_id, city), 0) for row in mine),
                "expected_fen": expected[city],
                "left_fen": left[city],
                "is_short": expected[city] > left[city],
            }
        )
    return found
