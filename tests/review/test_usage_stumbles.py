"""What a newcomer stumbled over in the verification of use, once each."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from yunquan.config import cli

HEADER = "client,cloud,port,start,end,bytes_up,bytes_down"
ROW = "198.51.100.7,203.0.113.2,443,2019-03-05T09:00:00+08:00,2019-03-05T09:01:00+08:00,100,200"
FIREWALL = """
id: firewall
title: 厂区防火墙日志
source: operator
document: 厂商手册第 3 章
forms:
  - {id: firewall, kind: delimited, separator: ";"}
recognised_by: [login_at, from_ip, to_host]
fields:
  a: {names: [from_ip], read: address}
  b: {names: [to_host], read: end}
  start: {names: [login_at], read: iso}
"""


def load(folder: Path, *words: str) -> Result:
    """`yunquan usage load` into a store of this folder."""
    begun = ["usage", "load", "--store", str(folder / "store"), "--source", "operator"]
    return CliRunner().invoke(cli.main, [*begun, *words])


def written(path: Path, text: str) -> str:
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_further_layouts_are_named_on_the_command_line_and_hold_for_that_command_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("YUNQUAN_LAYOUTS", raising=False)
    layouts = tmp_path / "layouts"
    layouts.mkdir()
    written(layouts / "firewall.yaml", FIREWALL)
    log = written(
        tmp_path / "firewall.log",
        "login_at;from_ip;to_host\n2018-11-18T08:00:00+08:00;203.0.113.5;erp.example\n",
    )
    told = load(tmp_path, "--layouts", str(layouts), log)
    assert told.exit_code == 0, told.output
    assert "格式 firewall  记录 1" in told.output
    assert "YUNQUAN_LAYOUTS" not in os.environ
    missing = load(tmp_path, "--layouts", str(tmp_path / "nowhere"), log)
    assert missing.exit_code == 2
    assert "nowhere" in missing.output


@pytest.mark.parametrize("lost", HEADER.split(","))
def test_a_column_that_is_missing_is_named_with_its_line(tmp_path: Path, lost: str) -> None:
    place = HEADER.split(",").index(lost)
    rows = [line.split(",") for line in (HEADER, ROW)]
    text = "\n".join(",".join(cell for at, cell in enumerate(row) if at != place) for row in rows)
    told = load(tmp_path, written(tmp_path / "short.csv", text))
    assert told.exit_code == 2
    assert f"short.csv:1:{lost}: 表头缺少 {lost}；应为：operator-csv" in told.output
    assert not list((tmp_path / "store").glob("records/*"))


def test_a_column_that_stands_twice_is_refused(tmp_path: Path) -> None:
    told = load(tmp_path, written(tmp_path / "twice.csv", f"client,{HEADER}\n203.0.113.9,{ROW}\n"))
    assert told.exit_code == 2
    assert "twice.csv:1:client: 表头中这一列出现了多次" in told.output


def test_a_volume_past_all_bounds_is_called_too_large(tmp_path: Path) -> None:
    large = ROW.replace(",100,", f",{10**30},")
    told = load(tmp_path, written(tmp_path / "large.csv", f"{HEADER}\n{large}\n"))
    assert told.exit_code == 2
    assert "太大" in told.output


@pytest.mark.parametrize("command", [["nightly"], ["work", "--once"], ["rotate-key"]])
def test_a_command_on_a_folder_without_a_database_names_the_mistake_and_makes_nothing(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("YUNQUAN_DATABASE_URL", raising=False)
    monkeypatch.setattr(os, "environ", dict(os.environ))
    told = CliRunner().invoke(cli.main, ["usage", *command, "--dir", str(tmp_path / "nothing")])
    assert told.exit_code == 1
    assert "没有云券的数据库" in told.output
    assert not (tmp_path / "nothing").exists()
