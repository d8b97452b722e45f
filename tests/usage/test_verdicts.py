"""Verdicts from behaviour data: computed nightly, written once, the same when computed again (D47-5.13, 5.16)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from tests.cast import CLAIMING, World, at, broken
from tests.usage.judging import attested
from tests.vouchers.test_completion import draft, send
from yunquan.jobs.doctor import breaches
from yunquan.journal.queries import log_size
from yunquan.kernel.calendar import SHANGHAI, WorkingCalendar
from yunquan.usage import nightly
from yunquan.usage.models import ServiceVerdict, Verdict
from yunquan.usage.pictures import masked, picture, root
from yunquan.usage.queries import latest_verdict, verdicts_of
from yunquan.usage.store import Store
from yunquan.vouchers.models import Voucher
from yunquan.vouchers.verification import case_of

NOW = CLAIMING + timedelta(days=5)
CALENDAR = WorkingCalendar()
HEAD = "client,cloud,port,start,end,bytes_up,bytes_down\n"


def days_from(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += timedelta(days=1)


def log_of(
    clients: list[str],
    first: date,
    last: date,
    *,
    cloud: str = "mes.example.com",
    a_day: int = 6,
    only: Any = None,
) -> str:
    """Operator records of honest use: working days, at hours and volumes that wander."""
    lines = [HEAD]
    for day in days_from(first, last):
        if not CALENDAR.is_working_day(day) or (only is not None and not only(day)):
            continue
        for client in clients:
            for turn in range(a_day):
                minute = (day.toordinal() * 37 + turn * 97 + len(client) * 11) % 540
                begins = datetime(day.year, day.month, day.day, 8, 7, tzinfo=SHANGHAI) + timedelta(
                    minutes=minute
                )
                ends = begins + timedelta(seconds=40 + (minute * 7) % 900)
                volume = 1000 + (minute * 7919 + turn * 104729 + day.toordinal()) % 90_000
                lines.append(
                    f"{client},{cloud},443,{begins.isoformat()},{ends.isoformat()},{volume},{volume * 3}\n"
                )
    return "".join(lines)


def load(place: Path, text: str, *, source: str = "operator") -> None:
    """Put a file into the platform's store."""
    from yunquan.usage.layouts.contract import Options

    file = place / f"{source}-{abs(hash(text))}.csv"
    file.write_text(text, encoding="utf-8")
    Store(root()).load(file, source=source, options=Options(now=NOW))


def other_ends(world: World, monkeypatch: pytest.MonkeyPatch, client: str) -> None:
    """Let the next attestation name another client end."""
    usual = type(world).ends
    monkeypatch.setattr(
        type(world),
        "ends",
        lambda self, voucher: [
            {**end, "value": client} if end["side"] == "client" else end for end in usual(self, voucher)
        ],
    )


def background(place: Path) -> None:
    """Records of nobody we know, so that the operator reaches every day of the period."""
    text = HEAD + "".join(
        f"198.51.100.9,203.0.113.9,443,{day}T10:00:00+08:00,{day}T10:01:00+08:00,10,10\n"
        for day in days_from(date(2018, 11, 1), date(2019, 2, 25))
    )
    load(place, text)


@pytest.mark.clause("D47-5.13", "E1")
def test_use_is_judged_from_records_and_written_once(world: World, tmp_path: Path) -> None:
    voucher = attested(world)
    load(tmp_path, log_of(["120.79.10.8"], date(2018, 11, 9), date(2019, 2, 20)))
    night = nightly.run(now=NOW)
    assert night.written == {"done": 1} and night.days > 60
    verdict = latest_verdict(voucher.number)
    assert verdict is not None
    assert (verdict.outcome, verdict.source, len(verdict.input_hash)) == ("done", "computed", 64)
    part = verdict.services.get(service=2)
    assert part.figures["active_days"] > 60 and part.figures["clients"] == 1
    assert part.figures["from"] == "2018-11-09" and part.figures["to"] == "2019-02-20"
    assert any(reason["code"] == "active_days" and reason["met"] for reason in part.reasons)
    before = log_size()
    assert nightly.run(now=NOW + timedelta(days=1)).written == {}
    assert len(verdicts_of(voucher.number)) == 1 and log_size() == before
    voucher.refresh_from_db()
    assert voucher.state == "attested"
    assert broken() == []


@pytest.mark.clause("D47-5.13")
def test_little_use_under_full_coverage_is_not_done_and_no_data_is_not_enough(
    world: World, tmp_path: Path
) -> None:
    voucher = attested(world)
    load(
        tmp_path,
        HEAD + "120.79.9.9,mes.example.com,443,2017-01-03T10:00:00+08:00,2017-01-03T10:01:00+08:00,1,1\n",
    )
    assert nightly.run(now=NOW).written == {"not_enough_data": 1}
    verdict = latest_verdict(voucher.number)
    assert verdict is not None
    assert verdict.services.first().reasons[0]["code"] == "no_data"  # type: ignore[union-attr]
    background(tmp_path)
    load(tmp_path, log_of(["120.79.10.8"], date(2018, 11, 12), date(2018, 11, 14)))
    assert nightly.run(now=NOW).written == {"not_done": 1}
    table = send(world, draft(world))
    voucher.refresh_from_db()
    assert (voucher.state, table.count) == ("claim_returned", 1)
    said = " ".join(reason["label"] for reason in voucher.return_reasons)
    assert "活跃天数 3 天，要求不少于 20 天" in said and "工作时间使用占 100 %" not in said
    assert broken() == []


@pytest.mark.clause("D47-5.13")
def test_a_late_file_is_judged_anew_and_the_earlier_verdict_stays_on_record(
    world: World, tmp_path: Path
) -> None:
    voucher = attested(world)
    background(tmp_path)
    assert nightly.run(now=NOW).written == {"not_done": 1}
    load(tmp_path, log_of(["120.79.10.8"], date(2018, 11, 9), date(2019, 2, 20)))
    assert nightly.run(now=NOW).written == {"done": 1}
    assert [row.outcome for row in verdicts_of(voucher.number)] == ["not_done", "done"]


@pytest.mark.clause("D47-5.16")
def test_a_judged_voucher_is_watched_and_never_moved_by_it(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    voucher = world.verdict(attested(world))
    load(tmp_path, log_of(["120.79.10.8"], date(2018, 11, 9), date(2019, 2, 20)))
    world.add_enterprise("second")
    attested(world, "second")  # The same client address under another enterprise.
    assert sum(nightly.run(now=NOW).written.values()) == 2
    rows = verdicts_of(voucher.number)
    assert [row.source for row in rows] == ["hand", "computed"]
    assert latest_verdict(voucher.number) == rows[0]
    codes = {signal["code"] for part in rows[1].services.all() for signal in part.signals}
    assert "shared_client" in codes
    evidence = [
        one for part in rows[1].services.all() for one in part.signals if one["code"] == "shared_client"
    ]
    assert evidence[0]["evidence"]
    assert Voucher.objects.get(pk=voucher.pk).state == "verified"
    assert nightly.run(now=NOW).written == {}


@pytest.mark.clause("E1")
def test_the_doctor_finds_a_verdict_that_does_not_follow_from_its_figures(
    world: World, tmp_path: Path
) -> None:
    voucher = attested(world)
    background(tmp_path)
    nightly.run(now=NOW)
    assert broken() == []
    good = latest_verdict(voucher.number)
    assert good is not None
    slipped = Verdict.objects.create(
        voucher=voucher.number, outcome="done", source="computed", rule_version=good.rule_version,
        input_hash=good.input_hash, recorded_by="clock", at=NOW,
    )  # fmt: skip
    for part in good.services.all():
        ServiceVerdict.objects.create(
            verdict=slipped, service=part.service, outcome="done", figures=part.figures, reasons=part.reasons
        )
    found = [row for row in breaches() if row.invariant == "E1"]
    assert {row.row for row in found} == {f"verdict:{slipped.pk}"}


@pytest.mark.clause("E1")
def test_the_doctor_finds_figures_that_the_records_do_not_give(world: World, tmp_path: Path) -> None:
    voucher = attested(world)
    load(tmp_path, log_of(["120.79.10.8"], date(2018, 11, 9), date(2019, 2, 20)))
    nightly.run(now=NOW)
    good = latest_verdict(voucher.number)
    assert good is not None
    slipped = Verdict.objects.create(
        voucher=voucher.number, outcome="done", source="computed", rule_version=good.rule_version,
        input_hash=good.input_hash, recorded_by="clock", at=NOW,
    )  # fmt: skip
    for part in good.services.all():
        ServiceVerdict.objects.create(
            verdict=slipped, service=part.service, outcome="done", figures={**part.figures, "records": 999_999},
            reasons=part.reasons,
        )  # fmt: skip
    assert f"verdict:{slipped.pk}" in {row.row for row in breaches() if row.invariant == "E1"}


@pytest.mark.clause("D47-5.13", "D47-5.16")
def test_a_picture_is_read_from_roll_ups(world: World, tmp_path: Path) -> None:
    voucher = attested(world)
    load(tmp_path, log_of(["120.79.10.8"], date(2018, 11, 9), date(2019, 2, 20)))
    logged = ["user,time,ip,action,host,port,bytes"]
    logged += [
        f"甲,{day}T10:00:00+08:00,120.79.10.8,登录,mes.example.com,443,9"
        for day in days_from(date(2019, 1, 1), date(2019, 1, 10))
    ]
    load(tmp_path, "\n".join(logged) + "\n", source="application")
    nightly.run(now=NOW)
    case = case_of(voucher)
    assert case is not None
    seen = picture(case)
    service = seen.services[2]
    assert service.active_days("operator") > 60
    assert service.active_days("application") == service.sessions("application") == 10
    assert sum(service.hours["operator"]) == service.sessions("operator")
    assert [client.end for client in service.clients] == ["120.79.10.8"]
    assert masked(service.clients[0].end) == "120.79.*.*"
    assert len(service.covered["application"]) == 10


def test_a_picture_without_any_data_is_empty(world: World) -> None:
    case = case_of(attested(world))
    assert case is not None
    seen = picture(case)
    assert all(not service.days for service in seen.services.values())
    assert nightly.run_if_due(at("2019-02-25 03:00")) is None


def test_the_night_runs_once_a_day(world: World, tmp_path: Path) -> None:
    attested(world)
    background(tmp_path)
    first = nightly.run_if_due(at("2019-02-25 03:00"))
    assert first is not None and first.looked_at == 1
    assert nightly.run_if_due(at("2019-02-25 04:00")) is None
    assert nightly.run_if_due(at("2019-02-26 03:00")) is not None
    assert connection.vendor
