"""The clock's chores: expire, lapse with a strike, close publicity, remind, escalate; each once (D47-5.18, 5.19)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.cast import CLAIMING, DONGGUAN, World, at, broken
from tests.vouchers.refusing import codes
from yunquan.jobs.tick import CLOCK, Report, tick
from yunquan.journal.models import LogEntry, Notice
from yunquan.journal.queries import history, log_size
from yunquan.ledger.queries import as_text, balance_fen
from yunquan.parties.models import Enterprise, Strike
from yunquan.programme import accounts
from yunquan.programme import actions as programme
from yunquan.vouchers import actions as vouchers
from yunquan.vouchers.models import Voucher

APPLY_CLOSES, CLAIM_CLOSES = at("2018-12-31 17:00"), at("2019-03-31 17:00")
Tick = Callable[[datetime], Report]


@pytest.fixture
def ticked(django_capture_on_commit_callbacks: Any) -> Tick:
    """A run of the clock whose messages go out as after a commit."""

    def run(now: datetime) -> Report:
        with django_capture_on_commit_callbacks(execute=True):
            return tick(now)

    return run


def nothing_left(ticked: Tick, now: datetime) -> None:
    """A second run at the same moment does nothing and writes nothing."""
    before = (log_size(), Notice.objects.count(), as_text())
    report = ticked(now)
    assert (report.done, report.refused) == ({}, [])
    assert (log_size(), Notice.objects.count(), as_text()) == before


@pytest.mark.clause("D47-5.18")
def test_drafts_and_returned_applications_end_with_the_window_without_a_strike(
    world: World, ticked: Tick
) -> None:
    draft = world.start()
    returned = vouchers.decline(
        voucher=world.apply(), reasons=[{"label": "测试"}], by=world["supplier"], now=at("2018-12-05 10:00")
    )
    waiting = world.apply()
    assert "expired" not in ticked(APPLY_CLOSES - timedelta(microseconds=1)).done
    assert ticked(APPLY_CLOSES).done["expired"] == 2
    states = dict(Voucher.objects.values_list("pk", "state"))
    assert [states[row.pk] for row in (draft, returned, waiting)] == ["expired", "expired", "submitted"]
    assert not Strike.objects.exists()
    returned.refresh_from_db()
    assert returned.contract.is_live is False
    nothing_left(ticked, APPLY_CLOSES)
    assert broken() == []


@pytest.mark.clause("D47-5.18", "D47-5.19", "Q4", "T1")
def test_a_voucher_not_claimed_in_time_lapses_with_a_strike_and_its_quota_goes_back_once(
    world: World, ticked: Tick
) -> None:
    quota = balance_fen(accounts.quota("2018", DONGGUAN))
    unclaimed = world.issued()
    returned = vouchers.decline_claim(
        voucher=world.claim(world.issued()), reasons=[{"label": "测试"}], by=world["supplier"], now=CLAIMING
    )
    claimed = world.claim(world.issued())
    ticked(CLAIM_CLOSES - timedelta(microseconds=1))
    assert not Strike.objects.exists()
    assert ticked(CLAIM_CLOSES).done["lapsed"] == 2
    states = dict(Voucher.objects.values_list("pk", "state"))
    assert [states[row.pk] for row in (unclaimed, returned, claimed)] == ["lapsed", "lapsed", "claimed"]
    assert set(Strike.objects.values_list("voucher", flat=True)) == {unclaimed.number, returned.number}
    assert balance_fen(accounts.quota("2018", DONGGUAN)) == quota - claimed.face_fen
    assert [entry["act"] for entry in history(unclaimed.journal_key)][-1] == "voucher.lapse"
    nothing_left(ticked, CLAIM_CLOSES)
    assert Strike.objects.count() == 2
    assert broken() == []


@pytest.mark.clause("D47-5.19", "S5")
def test_the_third_strike_bars_the_enterprise(world: World, ticked: Tick) -> None:
    for _ in range(3):
        world.issued()
    ticked(CLAIM_CLOSES)
    enterprise = Enterprise.objects.get(pk=world.enterprise.pk)
    assert enterprise.barred_at is not None
    assert LogEntry.objects.filter(act="enterprise.bar", obj=enterprise.journal_key).count() == 1
    assert broken() == []


@pytest.mark.clause("S1", "D47-5.18")
def test_the_clock_lapses_nothing_before_its_hour_and_nobody_else_lapses(world: World) -> None:
    voucher = world.issued()
    early = CLAIM_CLOSES - timedelta(seconds=1)
    assert codes(vouchers.lapse, voucher=voucher, by=CLOCK, now=early) == {"window_still_open"}
    by = world["dg_reviewer"]
    assert codes(vouchers.lapse, voucher=voucher, by=by, now=CLAIM_CLOSES) == {"not_your_role"}
    assert not Strike.objects.exists()
    assert balance_fen(accounts.reserved("2018", DONGGUAN)) == voucher.face_fen
    assert broken() == []


@pytest.mark.clause("T1", "D47-5.18")
def test_an_extended_window_lapses_nothing_until_the_new_closing(world: World, ticked: Tick) -> None:
    voucher = world.issued()
    extended = at("2019-04-30 17:00")
    programme.publish_windows(
        cycle=world.cycle,
        windows={"claim": (at("2018-11-01 10:00"), extended)},
        by=world["province_officer"],
        now=at("2019-03-20 09:00"),
    )
    assert "lapsed" not in ticked(CLAIM_CLOSES).done
    assert ticked(extended).done["lapsed"] == 1
    voucher.refresh_from_db()
    assert voucher.state == "lapsed"


@pytest.mark.clause("D47-5.22", "P1")
def test_publicity_closes_by_the_clock(world: World, ticked: Tick) -> None:
    world.approved()
    shown = world.published()
    ends = shown.publicity_ends_at
    assert "publicity_closed" not in ticked(ends - timedelta(microseconds=1)).done
    assert ticked(ends).done["publicity_closed"] == 1
    nothing_left(ticked, ends)
    shown.refresh_from_db()
    assert shown.state == "standing"
    assert broken() == []


@pytest.mark.clause("D47-5.18")
def test_an_enterprise_is_reminded_thirty_seven_and_one_day_before_the_closing(
    world: World, ticked: Tick
) -> None:
    voucher = world.issued()
    sent = []
    for days in (40, 30, 29, 7, 6, 1):
        now = CLAIM_CLOSES - timedelta(days=days, hours=3)
        sent.append(ticked(now).done.get("reminded", 0))
        nothing_left(ticked, now)
    assert sent == [0, 1, 0, 1, 0, 1]
    notices = Notice.objects.filter(org=f"enterprise:{world.enterprise.pk}", kind="reminder")
    assert notices.count() == 3
    assert all(voucher.number in notice.title and "2019-03-31 17:00" in notice.title for notice in notices)


@pytest.mark.clause("D47-5.21")
def test_a_review_nearly_due_reminds_the_city_and_an_overdue_one_the_province(
    world: World, ticked: Tick
) -> None:
    voucher = world.confirm(world.apply())
    assert str(voucher.due_on) == "2018-12-17"
    city = Notice.objects.filter(org=f"bureau:{DONGGUAN}", kind="reminder")
    province = Notice.objects.filter(org="bureau:440000", kind="reminder")
    ticked(at("2018-12-12 09:00"))
    assert (city.count(), province.count()) == (0, 0)
    ticked(at("2018-12-13 09:00"))
    assert (city.count(), province.count()) == (1, 0)
    ticked(at("2018-12-18 09:00"))
    assert (city.count(), province.count()) == (2, 1)
    nothing_left(ticked, at("2018-12-18 09:00"))
    assert "逾期" in province.get().title


def test_the_clock_goes_on_when_someone_acted_in_the_meantime(
    world: World, ticked: Tick, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = world.issued(), world.issued()
    lapse = vouchers.lapse

    def meanwhile(**arguments: Any) -> Any:
        if arguments["voucher"].pk == first.pk:
            world.claim(first, now=CLAIM_CLOSES - timedelta(minutes=1))
        return lapse(**arguments)

    monkeypatch.setattr(vouchers, "lapse", meanwhile)
    report = ticked(CLAIM_CLOSES)
    assert report.done["lapsed"] == 1
    assert len(report.refused) == 1
    states = dict(Voucher.objects.values_list("pk", "state"))
    assert (states[first.pk], states[second.pk]) == ("claimed", "lapsed")
    assert broken() == []
