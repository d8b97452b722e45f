"""A load that is taken back: it counts no more, everything of it is kept, and it may come again otherwise."""

from __future__ import annotations

import json
import os
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.usage.rollup.stage import Record, at
from tests.usage.rollup.stage import load as commit
from tests.usage.store.making import HEADER, OPTIONS, held, lines
from yunquan.usage.commands import usage
from yunquan.usage.rollup.figures import figures
from yunquan.usage.rollup.nightly import update
from yunquan.usage.rollup.registry import Registry
from yunquan.usage.store import Store, withdrawing

pytestmark = pytest.mark.clause("D47-5.12")
NOW = datetime(2020, 1, 2, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store(tmp_path / "store")
    for name, first in (("a.csv", 0), ("b.csv", 20)):
        path = tmp_path / name
        path.write_text(lines(first, 20))
        store.load(path, source="operator", options=OPTIONS)
    return store


def test_what_is_taken_back_counts_no_more_and_is_kept_with_the_reason(store: Store, tmp_path: Path) -> None:
    first = store.loads()[0]
    before = store.day_digest(first.days[0])
    gone = store.withdraw(first.sha256, "operator", reason="装错了应用", by="person:1", now=NOW)
    assert gone is not None and gone.days == first.days
    assert held(store) == held(Store(store.root)) == list(range(20, 40))
    assert store.day_digest(first.days[0]) != before
    folder = store.root / "withdrawn" / f"{first.key}-1"
    said = json.loads((folder / "withdrawn.json").read_text())
    assert (said["reason"], said["withdrawn_by"], said["records"]) == ("装错了应用", "person:1", 20)
    assert len(list(folder.glob("*.parquet"))) == len(first.parts)
    assert store.withdraw(first.sha256, "operator", reason="x", by="y", now=NOW) is None


def test_the_same_file_may_come_again_with_another_reach_and_go_again(store: Store, tmp_path: Path) -> None:
    looking = Store(store.root)
    first = looking.loads()[0]
    store.withdraw(first.sha256, "operator", reason="一", by="p", now=NOW)
    again = store.load(tmp_path / "a.csv", source="operator", options=OPTIONS, reach="telecom")
    assert (again.known, again.reach) == (False, "telecom")
    # Who had read the first mark sees the second, although it has the same name.
    assert {one.reach for one in looking.loads()} == {"", "telecom"}
    assert held(store) == list(range(40))
    store.withdraw(first.sha256, "operator", reason="二", by="p", now=NOW)
    marks = sorted((store.root / "withdrawn").glob("*/withdrawn.json"))
    assert [json.loads(path.read_text())["reason"] for path in marks] == ["一", "二"]
    # What was taken back stays through the sweep of later loads.
    path = tmp_path / "c.csv"
    path.write_text(lines(60, 3))
    store.load(path, source="operator", options=OPTIONS)
    assert all(list(mark.parent.glob("*.parquet")) for mark in marks)
    assert held(store) == [*range(20, 40), *range(60, 63)]


def test_one_that_is_killed_before_the_mark_goes_has_done_nothing_and_is_done_again(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, unlink = store.loads()[0], Path.unlink

    def killed(path: Path, missing_ok: bool = False) -> None:
        if path.parent.name == "loads":
            raise KeyboardInterrupt
        unlink(path, missing_ok=missing_ok)

    with monkeypatch.context() as patched:
        patched.setattr(withdrawing.Path, "unlink", killed)
        with pytest.raises(KeyboardInterrupt):
            store.withdraw(first.sha256, "operator", reason="一", by="p", now=NOW)
    assert held(Store(store.root)) == list(range(40))
    store.withdraw(first.sha256, "operator", reason="一", by="p", now=NOW)
    assert held(Store(store.root)) == list(range(20, 40))


def test_a_day_that_nothing_speaks_of_any_more_is_rolled_up_to_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path)
    ends = (("client", "198.51.100.1"), ("cloud", "203.0.113.5"))
    known = Registry.of(
        {"voucher": "V1", "service": "8", "end": end, "kind": "ip", "value": value, "port": ""}
        for end, value in ends
    )
    for day in (8, 9):
        commit(store, [Record("198.51.100.1", "203.0.113.5", at(f"2018-10-0{day}T09:00:00"))], name=str(day))
    period = (date(2018, 10, 8), date(2018, 10, 9))
    update(store, known)
    assert figures(store, known, *period)[0].total.records == 2
    store.withdraw(store.loads()[0].sha256, "operator", reason="一", by="p", now=NOW)
    update(store, known)
    assert figures(store, known, *period)[0].total.records == 1
    assert figures(store, known, *period)[0].by_source["operator"].covered_days == 1


def run(*arguments: str | os.PathLike[str]) -> tuple[int, str]:
    done = CliRunner().invoke(usage, ["withdraw", *map(str, arguments)])
    return done.exit_code, done.output


def test_the_command_takes_back_by_the_hash_or_its_beginning(store: Store) -> None:
    first = store.loads()[0]
    code, told = run("--store", store.root, first.sha256[:12], "--reason", "装错了应用")
    assert (code, held(store)) == (0, list(range(20, 40)))
    assert "a.csv" in told and "20 条记录" in told and first.days[0].isoformat() in told
    code, told = run("--store", store.root, first.sha256, "--reason", "装错了应用")
    assert code == 2 and "没有装入" in told


def test_the_command_says_what_it_needs(store: Store) -> None:
    first = store.loads()[0]
    assert run("--store", store.root, first.sha256)[0] == 2
    code, told = run("--store", store.root, first.sha256, "--reason", "  ")
    assert code == 2 and "理由" in told
    code, told = run("--store", store.root, first.sha256[:4], "--reason", "装错")
    assert code == 2 and "至少 8 位" in told
    (store.root / "inbox").mkdir()
    code, told = run("--store", store.root, first.sha256, "--reason", "装错")
    assert code == 2 and "平台" in told  # There the delivery's page does it, so that the log knows.
    assert held(store) == list(range(40))


def test_a_load_says_whose_network_and_which_cities(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "d.csv"
    path.write_text(HEADER + lines(90, 2).removeprefix(HEADER))
    arguments = [
        "--store",
        str(store.root),
        "--source",
        "operator",
        "--operator",
        "telecom",
        "--city",
        "441900",
    ]
    done = CliRunner().invoke(usage, ["load", *arguments, str(path)])
    assert done.exit_code == 0, done.output
    assert store.loads()[-1].reach == "telecom@441900"
    wrong = CliRunner().invoke(
        usage, ["load", *arguments[:3], "application", "--operator", "telecom", str(path)]
    )
    assert wrong.exit_code == 2 and "operator" in wrong.output
