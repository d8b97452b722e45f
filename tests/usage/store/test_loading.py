"""A file into the store: whole or not at all, once, beside its bad lines."""

from __future__ import annotations

import csv
import gzip
import itertools
import json
import os
import random
import subprocess
import sys
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.usage.store.making import HEADER, OPTIONS, held, line, lines, tree
from yunquan.usage.records import SCHEMA
from yunquan.usage.store import LoadRefused, Store, StoreBusy, StoreFailed, loading
from yunquan.usage.store.lock import sole_writer
from yunquan.usage.store.marks import Loaded


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def load(store: Store, path: Path, text: str | bytes, source: str = "operator", scope: str = "") -> Loaded:
    """Write a file and load it."""
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return store.load(path, source=source, options=OPTIONS, scope=scope)


@pytest.mark.clause("D47-5.13")
def test_a_file_is_in_the_store_whole_by_day_of_shanghai_and_sorted_by_pair(
    store: Store, tmp_path: Path
) -> None:
    loaded = load(store, tmp_path / "a.csv", lines(0, 500))
    assert (loaded.records, loaded.bad, loaded.known, loaded.layout) == (500, 0, False, "operator-csv")
    assert held(store) == list(range(500))
    assert store.days() == list(loaded.days) == sorted(store.coverage("operator"))
    assert store.loads() == [loaded]
    for day in store.days():
        for path in store.files(day, "operator"):
            frame = pl.read_parquet(path)
            assert dict(frame.schema) == SCHEMA
            assert frame["pair"].is_sorted()
            starts = (frame["start_us"] // 1_000_000 + 8 * 3600) // 86_400
            assert {date(1970, 1, 1) + timedelta(days=int(one)) for one in starts} == {day}
    assert tree(store.root / "staging") == set()


@pytest.mark.clause("D47-5.13")
def test_the_same_content_from_the_same_source_is_one_load(store: Store, tmp_path: Path) -> None:
    first = load(store, tmp_path / "a.csv", lines(0, 50))
    before = tree(store.root)
    again = load(store, tmp_path / "other-name.csv", lines(0, 50))
    assert again.known
    assert (again.file, again.sha256) == ("a.csv", first.sha256)
    assert tree(store.root) == before
    other = load(store, tmp_path / "a.csv", lines(0, 50), source="application")
    assert not other.known
    assert held(store) == held(store, "application") == list(range(50))


def test_bad_lines_are_kept_apart_counted_and_safe_to_open(store: Store, tmp_path: Path) -> None:
    text = lines(0, 20) + "=cmd|' /C calc'!A0,1.2.3.4,80,2019,2019,1,1\n" + line(20) + "\n"
    loaded = load(store, tmp_path / "a.csv", text + "x\n" + line(21))
    assert (loaded.records, loaded.bad) == (22, 2)
    listed = store.bad_lines(loaded.sha256)
    assert listed is not None
    rows = list(csv.DictReader(listed.read_text(encoding="utf-8-sig").splitlines()))
    assert [row["line"] for row in rows] == ["22", "24"]
    assert all(row["file"] == "a.csv" and row["reason"] and row["expected"] for row in rows)
    assert not any(cell.startswith(tuple("=+-@")) for row in rows for cell in row.values())
    assert store.bad_lines("0" * 64) is None


def test_the_list_of_bad_lines_is_bounded_their_number_is_not(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("yunquan.usage.store.staging.KEPT_BAD_LINES", 10)
    loaded = load(store, tmp_path / "a.csv", lines(0, 5) + "x\n" * 30)
    assert loaded.bad == 30
    listed = store.bad_lines(loaded.sha256)
    assert listed is not None
    assert len(listed.read_text().splitlines()) == 1 + 10 + 1
    assert "另有 20 行" in listed.read_text()


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        (HEADER + "\n", 0, "没有一条记录"),
        (HEADER + "\n" + "x\n" * 5, 2, "5 行都不能用"),
        ("garbage\nof no kind\n", 0, "认不出"),
        (b"\x00\x01\x02" * 500, 0, "认不出"),
        ("甲,乙\n".encode("utf-32"), 0, "UTF-32"),
    ],
)
def test_a_file_without_a_good_record_is_refused_and_leaves_nothing(
    store: Store, tmp_path: Path, text: str | bytes, line: int, reason: str
) -> None:
    with pytest.raises(LoadRefused, match=reason) as refused:
        load(store, tmp_path / "a.csv", text)
    assert refused.value.line == line
    assert refused.value.expected
    assert str(refused.value).startswith("a.csv:")
    assert tree(store.root) == set()


def test_an_archive_that_ends_too_early_leaves_nothing_of_its_whole_lines(
    store: Store, tmp_path: Path
) -> None:
    with pytest.raises(LoadRefused, match="不完整"):
        load(store, tmp_path / "a.csv.gz", gzip.compress(lines(0, 60_000).encode())[:-9])
    assert tree(store.root) == set()
    assert store.loads() == []


def test_long_lines_and_lines_in_another_encoding_are_set_apart_by_number(
    store: Store, tmp_path: Path
) -> None:
    text = lines(0, 3).encode() + b"9" * (10 << 20) + b"\n" + "示例,".encode() * 3 + b"\n"
    text += "另一种编码".encode("gb18030") + b"\n" + line(3).encode() + b"\n"
    loaded = load(store, tmp_path / "a.csv", text)
    assert (loaded.records, loaded.bad) == (4, 3)
    listed = store.bad_lines(loaded.sha256)
    assert listed is not None
    rows = list(csv.DictReader(listed.read_text(encoding="utf-8-sig").splitlines()))
    assert (rows[0]["line"], rows[0]["reason"]) == ("5", "这一行有 10240 KB，过长")
    assert [row["line"] for row in rows] == ["5", "6", "7"]


@pytest.mark.parametrize("coding", ["utf-8-sig", "utf-16", "utf-16-le", "gb18030"])
def test_a_file_in_another_encoding_gives_the_same_records(store: Store, tmp_path: Path, coding: str) -> None:
    load(store, tmp_path / "a.csv", lines(0, 40).encode(coding))
    assert held(store) == list(range(40))


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(40, 4_000), st.integers(1, 300), st.randoms(use_true_random=False))
def test_any_split_into_blocks_gives_the_same_records(
    tmp_path_factory: pytest.TempPathFactory, block: int, rows: int, dice: random.Random
) -> None:
    folder = tmp_path_factory.mktemp("split")
    kinds = (line, lambda _: "", lambda _: "wrong", lambda _: "示例".encode("gb18030").decode("latin-1"))
    body = [dice.choices(kinds, (90, 4, 4, 2))[0](number) for number in range(120)] + [line(120)]
    (folder / "a.csv").write_bytes("\n".join([HEADER, *body]).encode("latin-1"))
    seen = []
    for size, enough in ((1 << 20, 1 << 20), (block, rows)):
        store = Store(folder / f"store-{size}")
        store.block = size
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(loading, "ROWS_OF_FEW", enough)
            patch.setattr(loading, "ROWS_OF_MANY", enough)
            loaded = store.load(folder / "a.csv", source="operator", options=OPTIONS)
        listed = store.bad_lines(loaded.sha256)
        apart = listed.read_text() if listed is not None else ""
        seen.append((held(store), loaded.bad, loaded.skipped, loaded.days, apart))
    assert seen[0] == seen[1]


def test_an_interrupted_load_goes_on_where_it_stopped(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "ROWS_OF_FEW", 50)
    monkeypatch.setattr(loading, "ROWS_OF_MANY", 50)
    store.block = 2_000
    path = tmp_path / "a.csv"
    path.write_text(lines(0, 600) + "wrong\n")
    said: list[loading.Said] = []

    def stop_at(most: int) -> None:
        said.clear()

        def progress(one: loading.Said) -> None:
            said.append(one)
            if one.records >= most:
                raise KeyboardInterrupt

        store.load(path, source="operator", options=OPTIONS, progress=progress)

    for most in (200, 400):
        with pytest.raises(KeyboardInterrupt):
            stop_at(most)
        assert store.loads() == []
        assert held(store) == []
    stop_at(10_000)
    assert said[0].resumed
    assert said[0].records > 300
    assert held(store) == list(range(600))
    assert store.loads()[0].bad == 1


def test_another_format_or_name_does_not_go_on_with_what_was_staged(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "ROWS_OF_FEW", 50)
    monkeypatch.setattr(loading, "ROWS_OF_MANY", 50)
    store.block = 2_000
    path = tmp_path / "a.csv"
    path.write_text(lines(0, 600))

    def stop(one: loading.Said) -> None:
        if one.records >= 300:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store.load(path, source="operator", options=OPTIONS, progress=stop)
    said: list[loading.Said] = []
    store.load(path, source="operator", options=OPTIONS, scope="supplier:1", progress=said.append)
    assert not said[0].resumed
    assert held(store) == list(range(600))


def test_parts_that_no_mark_names_are_swept_at_the_next_load(store: Store, tmp_path: Path) -> None:
    load(store, tmp_path / "a.csv", lines(0, 5))
    orphan = store.root / "records" / "day=2019-03-04" / "source=operator" / "0123456789abcdef-0.parquet"
    orphan.write_bytes(b"half")
    (store.root / "bad" / "operator-0.csv").write_bytes(b"")
    assert held(store) == list(range(5))
    load(store, tmp_path / "b.csv", lines(5, 5))
    assert not orphan.exists()
    assert held(store) == list(range(10))


def test_many_small_parts_of_a_day_are_laid_together(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "ROWS_OF_FEW", 20)
    store.block = 1_000
    loaded = load(store, tmp_path / "a.csv", lines(0, 300).replace("+00:00", "+00:00"))
    assert len(loaded.parts) == len(loaded.days)
    assert held(store) == list(range(300))


def test_one_loader_writes_at_a_time(store: Store, tmp_path: Path) -> None:
    with sole_writer(store.root), pytest.raises(StoreBusy, match=f"进程 {os.getpid()}"):
        load(store, tmp_path / "a.csv", lines(0, 5))
    load(store, tmp_path / "a.csv", lines(0, 5))
    assert held(store) == list(range(5))


def test_a_late_file_changes_the_digest_of_its_own_days_alone(store: Store, tmp_path: Path) -> None:
    load(store, tmp_path / "a.csv", lines(0, 100))
    before = {day: store.day_digest(day) for day in store.days()}
    late = load(store, tmp_path / "b.csv", lines(30, 5, step=timedelta(minutes=98)))
    changed = {day for day in store.days() if store.day_digest(day) != before.get(day)}
    assert changed == set(late.days) < set(store.days())
    assert Store(store.root).day_digest(late.days[0]) == store.day_digest(late.days[0])


def test_coverage_counts_loads_of_the_scope_and_of_none(store: Store, tmp_path: Path) -> None:
    all_days = [
        load(store, tmp_path / f"{scope}.csv", lines(place * 200, 5), scope=scope).days
        for place, scope in enumerate(("", "supplier:1", "supplier:2"))
    ]
    assert store.coverage("operator", "supplier:1") == set(itertools.chain(*all_days[:2]))
    assert store.coverage("operator") == set(itertools.chain(*all_days))
    assert store.coverage("application") == set()


def test_loads_stand_in_the_order_of_their_commit(store: Store, tmp_path: Path) -> None:
    names = [load(store, tmp_path / f"{name}.csv", lines(place, 3)).file for place, name in enumerate("zam")]
    assert [loaded.file for loaded in Store(store.root).loads()] == names == ["z.csv", "a.csv", "m.csv"]


FULL = """
import json, resource, sys
from pathlib import Path
from tests.usage.store.making import OPTIONS
from yunquan.usage.store import Store, StoreFailed
root, path, most = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
store = Store(root)
resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
try:
    store.load(path, source="operator", options=OPTIONS)
except StoreFailed as failed:
    print(json.dumps(str(failed)))
"""


@pytest.mark.parametrize("most", [100, 3_000, 60_000])
def test_a_store_without_room_says_so_and_leaves_nothing(store: Store, tmp_path: Path, most: int) -> None:
    kept = load(store, tmp_path / "a.csv", lines(0, 5))
    before = tree(store.root)
    path = tmp_path / "b.csv"
    path.write_text(lines(5, 20_000, step=timedelta(seconds=1)))
    ran = subprocess.run(
        [sys.executable, "-c", FULL, str(store.root), str(path), str(most)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "大小限制" in json.loads(ran.stdout)
    assert tree(store.root) == before
    assert store.loads() == [kept]
    store.load(path, source="operator", options=OPTIONS)
    assert held(store) == list(range(20_005))


def test_a_store_that_cannot_be_made_says_why(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreFailed, match="不能使用"):
        Store(tmp_path / "file" / "store")


def test_columns_that_change_on_the_way_hold_from_there_on_however_the_file_is_cut(tmp_path: Path) -> None:
    orders = (
        "date time s-ip s-port c-ip sc-status sc-bytes cs-bytes",
        "date time c-ip sc-status s-ip s-port cs-bytes sc-bytes",
    )
    text = ["#Software: Microsoft Internet Information Services 10.0", "#Version: 1.0"]
    for number in range(600):
        fields = orders[number // 150 % 2]
        if number % 150 == 0:
            text.append(f"#Fields: {fields}")
        values = {
            "date": "2019-03-04",
            "time": f"{number // 60 % 24:02}:{number % 60:02}:00",
            "s-ip": "47.106.8.1",
            "s-port": "443",
            "c-ip": f"120.79.{number % 200}.7",
            "sc-status": "200",
            "sc-bytes": str(number + 1_000),
            "cs-bytes": str(number),
        }
        text.append(" ".join(values[field] for field in fields.split()))
    (tmp_path / "u_ex.log").write_text("\n".join(text) + "\n")
    seen = []
    for size in (1 << 20, 700):
        store = Store(tmp_path / f"store-{size}")
        store.block = size
        loaded = store.load(tmp_path / "u_ex.log", source="application", options=OPTIONS)
        files = [path for day in store.days() for path in store.files(day, "application")]
        rows = pl.concat([pl.read_parquet(path) for path in files]).sort("bytes_ab", "bytes_ba")
        seen.append((loaded.records, loaded.bad, loaded.skipped, rows.rows()))
    assert seen[0] == seen[1]
    assert seen[0][0] == 600


SAMPLES = sorted(path for path in (Path(__file__).parents[1] / "samples").iterdir() if path.is_file())


@pytest.mark.parametrize("sample", SAMPLES, ids=[path.name for path in SAMPLES])
def test_every_sample_of_a_producer_gives_the_same_records_cut_packed_and_whole(
    tmp_path: Path, sample: Path
) -> None:
    packed = tmp_path / f"{sample.name}.gz"
    packed.write_bytes(gzip.compress(sample.read_bytes()))
    seen = []
    for path, size in ((sample, 1 << 20), (sample, 300), (packed, 300)):
        store = Store(tmp_path / f"store-{len(seen)}")
        store.block = size
        options = replace(OPTIONS, cloud="47.106.8.9")
        loaded = store.load(path, source="operator", options=options)
        files = [path for day in store.days() for path in store.files(day, "operator")]
        rows = sorted(pl.concat([pl.read_parquet(path) for path in files]).rows(), key=repr)
        seen.append((loaded.layout, loaded.records, loaded.bad, loaded.skipped, rows))
    assert seen[0] == seen[1] == seen[2]
    assert seen[0][1] > 0
