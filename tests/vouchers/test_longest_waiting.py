"""A supplier's first page reads what waits longest off an index, whatever the number that waits."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection

from tests.cast import APPLYING, World
from yunquan.vouchers import queries
from yunquan.vouchers.lifecycle import S
from yunquan.vouchers.models import Voucher

pytestmark = pytest.mark.django_db


def test_what_waits_longest_comes_first_over_both_states(world: World) -> None:
    supplier = world["supplier"]
    rows = [world.apply() for _ in range(4)]
    for place, row in enumerate(rows):
        Voucher.objects.filter(pk=row.pk).update(waiting_since=APPLYING - timedelta(hours=(place * 3) % 4))
    found = queries.longest_waiting(supplier, (S.SUBMITTED, S.CLAIMED), most=3)
    expected = sorted(rows, key=lambda row: Voucher.objects.get(pk=row.pk).waiting_since)[:3]
    assert [row.pk for row in found] == [row.pk for row in expected]
    assert queries.longest_waiting(world["other_supplier"], (S.SUBMITTED, S.CLAIMED), most=3) == []


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="SQLite says how it sorts")
def test_nothing_is_sorted_to_find_them(world: World) -> None:
    rows = queries.waiting_for(world["supplier"], (S.SUBMITTED,)).order_by("waiting_since", "pk")[:50]
    sql, values = rows.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}", values)
        plan = " ".join(str(row[-1]) for row in cursor.fetchall())
    assert "voucher_supplier_waiting" in plan and "TEMP B-TREE" not in plan, plan
