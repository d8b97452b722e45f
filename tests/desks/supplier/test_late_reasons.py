"""A supplier that returned an application sees which reasons it could have given then (S6)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cast import APPLYING, World
from yunquan.vouchers import actions as vouchers

SEAL = {"code": "seal_missing", "label": "合同缺少双方签章或日期"}
LATE = "首次退回时即可发现"


@pytest.mark.clause("S6", "D47-5.9")
def test_the_second_time_each_reason_says_whether_it_comes_late(world: World, enter: Any) -> None:
    voucher, place = world.apply(), "/supplier/confirm/{}/"
    client, by = enter("supplier"), world["supplier"]
    assert LATE not in client.get(place.format(voucher.number)).content.decode()
    voucher = vouchers.decline(voucher=voucher, reasons=[SEAL], by=by, now=APPLYING)
    vouchers.submit(voucher=voucher, by=world["dg_enterprise"], now=APPLYING)
    page = client.get(place.format(voucher.number)).content.decode()
    choices = {row.split('"')[0]: row for row in page.split('name="reasons" value="')[1:]}
    assert LATE in choices["lines_not_split"] and LATE not in choices["seal_missing"]
