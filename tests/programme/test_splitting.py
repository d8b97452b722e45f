"""The quota of a cycle split over the cities in one act."""

from __future__ import annotations

import pytest

from tests.cast import APPLYING, DONGGUAN, FOSHAN, World
from yunquan.journal.models import LogEntry
from yunquan.kernel.refusal import Refused
from yunquan.programme import actions
from yunquan.programme.models import CityTarget


@pytest.mark.clause("D47-5.1")
def test_many_cities_get_their_quota_at_once(world: World) -> None:
    shares = [actions.CityShare(DONGGUAN, 2000_0000_00, 150), actions.CityShare("440100", 500_0000_00)]
    actions.split_quota(cycle=world.cycle, shares=shares, by=world["province_officer"], now=APPLYING)
    found = dict(CityTarget.objects.values_list("city", "quota_fen"))
    assert found[DONGGUAN] == 3000_0000_00
    assert found["440100"] == 750_0000_00


@pytest.mark.clause("D47-8.2a")
def test_every_fault_of_every_city_comes_at_once_and_nothing_is_kept(world: World) -> None:
    shares = [
        actions.CityShare(DONGGUAN, 0),
        actions.CityShare(FOSHAN, 100_0000_00, 300),
        actions.CityShare("440100", 500_0000_00),
    ]
    with pytest.raises(Refused) as refused:
        actions.split_quota(cycle=world.cycle, shares=shares, by=world["province_officer"], now=APPLYING)
    fields = {refusal.field for refusal in refused.value.refusals}
    assert {f"{DONGGUAN}_target", f"{FOSHAN}_factor_percent"} <= fields
    assert not CityTarget.objects.filter(city="440100").exists()


def test_a_trial_keeps_nothing_and_logs_nothing(world: World) -> None:
    before = LogEntry.objects.count()
    shares = [actions.CityShare("440100", 500_0000_00), actions.CityShare(DONGGUAN, -1)]
    faults = actions.split_faults(
        cycle=world.cycle, shares=shares, by=world["province_officer"], now=APPLYING
    )
    assert [fault.field for fault in faults][:1] == [f"{DONGGUAN}_target"]
    assert (
        actions.split_faults(cycle=world.cycle, shares=shares[:1], by=world["province_officer"], now=APPLYING)
        == []
    )
    assert LogEntry.objects.count() == before
    assert not CityTarget.objects.filter(city="440100").exists()
