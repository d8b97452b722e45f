"""Contracts of one pair of firms that together pass a cap that each alone keeps are told to reviewers (D47-4.4.2)."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.cast import World
from yunquan.programme.rules import rulebook
from yunquan.vouchers.models import Voucher
from yunquan.vouchers.twins import twins_of

pytestmark = pytest.mark.clause("D47-4.4.2")


def _service(world: World) -> tuple[str, int]:
    """A service with a cap of its own that doesn't count devices: its number and the cap in fen."""
    from tests.cast import APPLYING
    from yunquan.kernel.calendar import local_date

    services = rulebook(world.cycle.pack).services(local_date(APPLYING))
    one = next(one for one in services if one.cap.amount and not one.counts_devices)
    return str(one.number), one.cap.amount


def _voucher(world: World, service: str, fee_fen: int) -> Voucher:
    yuan = f"{fee_fen // 100}"
    return world.apply(total=yuan, cloud_fee=yuan, lines=[{"service": service, "fee": yuan}])


def test_two_vouchers_that_together_pass_the_cap_of_a_service_are_told(world: World) -> None:
    service, cap = _service(world)
    one, other = _voucher(world, service, cap * 9 // 10), _voucher(world, service, cap * 8 // 10)
    (twin,) = twins_of(one)
    assert twin.number == other.number and "合计超过" in twin.why and 0 < twin.score <= 1000
    assert [back.number for back in twins_of(other)] == [one.number]


def test_two_that_together_keep_the_cap_are_not(world: World) -> None:
    service, cap = _service(world)
    one, _other = _voucher(world, service, cap * 4 // 10), _voucher(world, service, cap * 5 // 10)
    assert twins_of(one) == []


def test_the_number_of_queries_does_not_grow_with_the_contracts(world: World) -> None:
    service, cap = _service(world)
    one = _voucher(world, service, cap * 9 // 10)

    def cost() -> int:
        with CaptureQueriesContext(connection) as seen:
            twins_of(one)
        return len(seen)

    _voucher(world, service, cap * 8 // 10)
    few = cost()
    for _ in range(3):
        _voucher(world, service, cap * 8 // 10)
    assert cost() == few and len(twins_of(one)) == 4
