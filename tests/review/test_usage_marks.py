"""A spoilt mark is told in words, and no record is swept away because of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from yunquan.config import cli

HEAD = "client,cloud,port,start,end,bytes_up,bytes_down\n"
ROW = "198.51.100.7,203.0.113.2,443,2019-03-05T09:00:00+08:00,2019-03-05T09:01:00+08:00,{},200\n"


def load(folder: Path, number: int) -> tuple[int, str]:
    path = folder / f"{number}.csv"
    path.write_text(HEAD + ROW.format(number), encoding="utf-8")
    asked = ["usage", "load", "--store", str(folder / "store"), "--source", "operator", str(path)]
    said = CliRunner().invoke(cli.main, asked)
    return said.exit_code, said.output


@pytest.mark.parametrize("ruin", [b"", b"{", b"[]", b'{"version": 1}', b"\xff\x00"])
def test_a_spoilt_mark_is_named_and_nothing_is_lost(tmp_path: Path, ruin: bytes) -> None:
    assert load(tmp_path, 1)[0] == 0
    mark = next((tmp_path / "store" / "loads").glob("*.json"))
    records = sorted((tmp_path / "store" / "records").rglob("*.parquet"))
    whole = mark.read_bytes()
    mark.write_bytes(ruin)
    code, said = load(tmp_path, 2)
    assert code == 1 and mark.name in said.replace("\n", "") and "Traceback" not in said
    assert sorted((tmp_path / "store" / "records").rglob("*.parquet")) == records
    mark.write_bytes(whole)
    assert load(tmp_path, 2)[0] == 0
