"""Two at once and one thing twice: appointments that want the same experts, steps that a device sends again."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.cast import DONGGUAN, World
from tests.inspections import stage, visits
from tests.inspections.together import holds_another_back, together
from yunquan.inspections.actions import appointing, visiting
from yunquan.inspections.expert_ties import open_panels
from yunquan.inspections.models import Expert
from yunquan.kernel.refusal import Refused
from yunquan.vouchers.models import Voucher


@pytest.mark.clause("D108-6")
def test_what_a_device_sends_again_after_the_end_is_taken_as_known(
    world: World, concluded: list[dict[str, Any]]
) -> None:
    """The answer was lost on the way, and the visit has ended since: no step is refused that was taken."""
    visit = visits.begun(world)
    expert, now = visits.lead(world, visit), visit.starts_at
    key = visit.presences.order_by("pk").last().key
    steps: list[Callable[[], Any]] = [
        lambda: visiting.note_dispute(visit=visit, text="有异议", by=expert, now=now),
        lambda: visiting.leave(visit=visit, key=key, by=expert, now=now),
        lambda: visiting.obstruct(visit=visit, reason="不让进入车间", by=expert, now=now),
    ]
    for step in [*steps, *steps]:
        step()
    visit.refresh_from_db()
    assert (visit.state, visit.dispute, len(concluded)) == ("obstructed", "有异议", 1)
    with pytest.raises(Refused):
        visiting.obstruct(visit=visit, reason="另一个理由", by=expert, now=now)


@pytest.mark.clause("D108-3.1")
def test_two_appointments_at_once_do_not_pass_an_experts_load(
    lasting_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two visits of two houses choose their panels at the same moment; each expert takes one visit at a time.

    Who has looked at everything writes nothing before the other has looked as well or is held back: without the
    experts' lock both would have seen free experts.
    """
    world = lasting_world
    experts = stage.experts(world, 3)
    Expert.objects.update(most_open=1)
    # Two houses of two suppliers: no lock but the experts' holds one appointment back for the other.
    one, other = stage.crowd(world, 2, cities=(DONGGUAN,))
    Voucher.objects.filter(pk=other.pk).update(enterprise=int(world["fs_enterprise"].org.partition(":")[2]))
    assert one.supplier_id != other.supplier_id
    rows = stage.drawn(world, vouchers=[one, other])
    starts = visits.VISITING["d108"]

    def appoint(row: Any, hours: int) -> Any:
        return appointing.appoint(
            plan=row.plan, inspections=[row], table="on_site", mode="on_site", place="会议室",
            starts_at=starts + timedelta(hours=hours), ends_at=starts + timedelta(hours=hours + 2),
            by=world["province_officer"], now=starts - timedelta(days=6),
        )  # fmt: skip

    look, looked = appointing.free_of_clashes, list[None]()

    def last_look(facts: Any) -> Any:
        found, ends = list(look(facts)), time.monotonic() + 20
        looked.append(None)
        while len(looked) < 2 and not holds_another_back() and time.monotonic() < ends:
            time.sleep(0.05)
        return found

    monkeypatch.setattr(appointing, "free_of_clashes", last_look)
    outcomes = together([lambda: appoint(rows[0], 0), lambda: appoint(rows[1], 5)])
    assert sorted(outcomes) == ["done", "refused"]
    loads = open_panels(experts)
    assert sorted(loads.values()) == [1, 1]
