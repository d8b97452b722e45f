"""Cycles and their windows: published in time, with a time of day, never moved earlier (D47-5.18, T1)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.parties.making import APPROVER, OFFICER, PUBLIC, REVIEWER
from tests.programme.making import NOW, WINDOWS, at, made, target
from yunquan.kernel.refusal import Refused
from yunquan.programme import access, actions, invariants, queries
from yunquan.programme.models import Window
from yunquan.programme.rules import current_cycle, current_rulebook

pytestmark = pytest.mark.django_db


def publish(cycle, now=NOW, by=OFFICER, **windows):
    return actions.publish_windows(cycle=cycle, windows=windows or WINDOWS, by=by, now=now)


@pytest.mark.clause("D47-5.1")
def test_a_cycle_opens_once_windows_are_public_and_the_quota_is_split():
    cycle = made()
    with pytest.raises(Refused) as refused:
        actions.open_cycle(cycle=cycle, by=OFFICER, now=NOW)
    assert refused.value.codes == ("window_not_published", "window_not_published", "quota_not_split")
    publish(cycle)
    target(cycle)
    cycle = actions.open_cycle(cycle=cycle, by=OFFICER, now=NOW)
    assert (cycle.state, current_cycle()) == ("open", cycle)
    assert list(invariants.breaches()) == []
    assert actions.close_cycle(cycle=cycle, by=APPROVER, now=NOW).state == "closed"
    with pytest.raises(Refused) as refused:
        target(cycle)
    assert refused.value.codes == ("cycle_closed",)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"code": "2018 年"}, "bad_code"),
        ({"code": "2018"}, "code_taken"),
        ({"pack": "gd-1999"}, "bad_pack"),
        ({"name": " "}, "missing"),
        ({"year": 18}, "bad_year"),
        ({"by": REVIEWER}, "not_your_role"),
    ],
)
def test_a_wrong_cycle_is_refused(changes, code):
    made()
    form = {"code": "2019", "name": "2019 年度", "pack": "gd-2018", "year": 2019, "by": OFFICER}
    with pytest.raises(Refused) as refused:
        actions.create_cycle(**{**form, **changes}, now=NOW)
    assert refused.value.codes == (code,)


@pytest.mark.clause("D47-5.18")
def test_a_closing_less_than_thirty_days_ahead_is_refused_to_the_minute():
    cycle = made()
    opens_at, soon = NOW, NOW + timedelta(days=30)
    with pytest.raises(Refused) as refused:
        publish(cycle, apply=(opens_at, soon - timedelta(minutes=1)))
    assert refused.value.codes == ("notice_too_short",)
    assert refused.value.refusals[0].field == "apply_closes_at"
    (row,) = publish(cycle, apply=(opens_at, soon))
    assert (row.closes_at, row.published_at) == (soon, NOW)


@pytest.mark.clause("D47-5.18")
def test_every_fault_of_every_window_is_said_at_once():
    cycle = made()
    with pytest.raises(Refused) as refused:
        publish(
            cycle,
            apply=(NOW, NOW + timedelta(days=29)),
            claim=(NOW + timedelta(days=50), NOW + timedelta(days=20)),
        )
    assert set(refused.value.codes) == {"notice_too_short", "closes_before_opening", "claim_closes_first"}
    assert not Window.objects.exists()


@pytest.mark.clause("D47-5.18")
def test_a_public_closing_never_moves_earlier_and_may_be_extended_in_time():
    cycle = made()
    publish(cycle)
    opens_at, closes_at = WINDOWS["apply"]
    for opens, closes, now, code in (
        (opens_at, closes_at - timedelta(minutes=1), NOW, "closing_moved_earlier"),
        (opens_at, closes_at + timedelta(days=1), closes_at - timedelta(days=5), "notice_too_short"),
        (opens_at, closes_at + timedelta(days=60), closes_at, "window_closed"),
        (opens_at + timedelta(days=1), closes_at, NOW, "opening_moved_later"),
    ):
        with pytest.raises(Refused) as refused:
            publish(cycle, now=now, apply=(opens, closes))
        assert refused.value.codes == (code,)
    (row,) = publish(
        cycle, now=closes_at - timedelta(days=5), apply=(opens_at, closes_at + timedelta(days=25))
    )
    assert row.closes_at == closes_at + timedelta(days=25)
    assert list(invariants.breaches()) == []


def test_publishing_the_same_again_late_changes_nothing_and_is_not_refused():
    cycle = made()
    publish(cycle)
    publish(cycle, now=WINDOWS["apply"][1] - timedelta(days=1), apply=WINDOWS["apply"])
    assert list(invariants.breaches()) == []


def test_a_city_publishes_no_windows_and_an_unknown_kind_is_refused():
    cycle = made()
    for by, windows, code in (
        (REVIEWER, WINDOWS, "not_your_role"),
        (OFFICER, {"lunch": WINDOWS["apply"]}, "unknown_window"),
    ):
        with pytest.raises(Refused) as refused:
            publish(cycle, by=by, **windows)
        assert refused.value.codes == (code,)


def test_windows_tell_what_is_open_at_a_moment():
    cycle = made()
    publish(cycle)
    states = {
        text: [(row.kind, row.is_open) for row in queries.windows(cycle, at(text))]
        for text in ("2018-10-15 09:59", "2018-10-15 10:00", "2018-12-31 16:59", "2018-12-31 17:00")
    }
    assert [dict(found)["apply"] for found in states.values()] == [False, True, True, False]
    assert [row["label"] for row in queries.deadlines(NOW)] == []


@pytest.mark.clause("D47-A1.2-5")
def test_supplier_registration_is_open_in_its_windows_only():
    assert queries.registering(NOW) == (True, "")
    publish(made(), register=(at("2018-10-01 09:00"), at("2018-10-20 17:00")))
    assert queries.registering(at("2018-10-01 09:00"))[0]
    closed, text = queries.registering(NOW)
    assert (closed, text) == (False, "2018-10-01 09:00 至 2018-10-20 17:00")
    assert queries.registering(at("2018-10-20 17:00")) == (False, "最近一次注册已经截止")


def test_a_cycle_in_preparation_is_seen_by_the_province_only():
    cycle = made()
    assert access.cycle_for(OFFICER, cycle.pk) == cycle
    assert access.cycle_for(REVIEWER, cycle.pk) is None
    assert access.cycle_for(PUBLIC, cycle.pk) is None


def test_without_a_cycle_the_first_pack_judges_registrations():
    assert current_rulebook().id == "gd-2018"
    made(pack="gd-2018-draft")
    assert current_rulebook().id == "gd-2018-draft"


def test_the_monitor_sees_a_window_published_too_late():
    cycle = made()
    publish(cycle)
    Window.objects.filter(kind="apply").update(published_at=WINDOWS["apply"][1] - timedelta(days=29))
    assert [b.invariant for b in invariants.breaches()] == ["T1"]
