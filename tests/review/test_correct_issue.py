"""A second look at the issue: nobody gets a voucher, and a strike, that could never be claimed."""

from __future__ import annotations

import pytest

from tests.cast import World, at
from tests.vouchers.refusing import codes
from yunquan.jobs.tick import tick
from yunquan.parties.models import Strike
from yunquan.vouchers import actions as vouchers
from yunquan.vouchers.models import Voucher


@pytest.mark.clause("D47-5.10", "D47-5.18", "D47-5.19")
def test_nothing_is_issued_once_the_claim_window_has_closed(world: World) -> None:
    voucher = world.confirm(world.apply(), now=at("2019-04-01 09:00"))
    asked = {"voucher": voucher, "seen_hash": voucher.content_hash, "by": world["dg_reviewer"]}
    assert codes(vouchers.issue, **asked, now=at("2019-04-02 09:00")) == {"claim_window_over"}
    tick(at("2019-04-03 09:00"))
    assert Voucher.objects.get(pk=voucher.pk).state == "confirmed"
    assert not Strike.objects.exists()
    assert vouchers.issue(**asked, now=at("2019-03-31 16:59")).state == "issued"
