"""Files that are no text: workbooks, captures and export packets go whole to their readers, packed or not."""

from __future__ import annotations

import gzip
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from tests.usage.layouts.capturing import BEGIN, capture, session, v5
from tests.usage.store.making import HEADER, OPTIONS, held, line, tree
from yunquan.usage.store import LoadRefused, Store, loading
from yunquan.usage.store.marks import Loaded


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def load(store: Store, path: Path) -> Loaded:
    """Load with a cloud end told."""
    return store.load(path, source="operator", options=replace(OPTIONS, cloud="47.106.8.9"))


def workbook(path: Path, rows: list[list[str]]) -> Path:
    """A workbook of one sheet."""
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        for place, row in enumerate(rows):
            sheet.write_row(place, 0, row)
    return path


@pytest.mark.parametrize("ending", ["xlsx", "xlsx.gz"])
def test_a_workbook_is_a_file_like_any_other(store: Store, tmp_path: Path, ending: str) -> None:
    path = workbook(
        tmp_path / "a.xlsx", [HEADER.split(","), *(line(n).split(",") for n in range(30)), ["wrong"]]
    )
    if ending.endswith("gz"):
        (tmp_path / "a.xlsx.gz").write_bytes(gzip.compress(path.read_bytes()))
    loaded = load(store, tmp_path / f"a.{ending}")
    assert (loaded.layout, loaded.records, loaded.bad) == ("xlsx", 30, 1)
    assert held(store) == list(range(30))
    assert store.bad_lines(loaded.sha256) is not None
    assert tree(store.root / "staging") == set()
    assert load(store, tmp_path / f"a.{ending}").known


@pytest.mark.parametrize("packed", [False, True])
def test_captures_and_export_packets_are_loaded_packed_or_not(
    store: Store, tmp_path: Path, packed: bool
) -> None:
    pcap = capture(tmp_path / "a.pcap", [frame for n in range(9) for frame in session(n, BEGIN + n * 10)])
    flows = tmp_path / "a.v5"
    flows.write_bytes(v5(2))
    for path, layout, records in ((pcap, "pcap", 9), (flows, "netflow", 2)):
        if packed:
            content, path = path.read_bytes(), path.with_name(path.name + ".gz")
            path.write_bytes(gzip.compress(content))
        loaded = load(store, path)
        assert (loaded.layout, loaded.records) == (layout, records)
    assert tree(store.root / "staging") == set()
    rows = pl.concat([pl.read_parquet(path) for day in store.days() for path in store.files(day, "operator")])
    assert rows.height == 11


@pytest.mark.parametrize("name", ["a.xlsx", "a.pcap"])
def test_one_that_is_cut_off_is_refused_and_leaves_nothing(store: Store, tmp_path: Path, name: str) -> None:
    if name == "a.xlsx":
        path = workbook(tmp_path / name, [HEADER.split(","), line(1).split(",")])
    else:
        path = capture(tmp_path / name, session(0, BEGIN))
    path.write_bytes(path.read_bytes()[:-7])
    with pytest.raises(LoadRefused) as refused:
        load(store, path)
    assert refused.value.expected
    assert tree(store.root) == set()


def test_an_interrupted_workbook_begins_again(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = workbook(tmp_path / "a.xlsx", [HEADER.split(","), *(line(n).split(",") for n in range(30))])
    monkeypatch.setattr(loading, "ROWS_OF_FEW", 1)

    def stop(_: loading.Said) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store.load(path, source="operator", options=OPTIONS, progress=stop)
    assert store.loads() == []
    assert store.load(path, source="operator", options=OPTIONS).records == 30
    assert held(store) == list(range(30))
