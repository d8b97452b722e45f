"""`yunquan replay`: figures on the screen, tables in a folder, and the replays that wait."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.cast import World
from tests.insight.conftest import NOW, Drafting
from yunquan.insight import actions
from yunquan.insight.commands import replay
from yunquan.insight.models import Replay, ReplayReport

CAP = {"per": "service", "amount": "2 万元"}


@pytest.mark.clause("D47-4.4.1")
def test_the_command_tries_a_draft_and_writes_its_tables(
    world: World, drafted: Drafting, tmp_path: Path
) -> None:
    world.apply()
    change, more = drafted("award.cap.8", CAP), drafted("goals.enterprises", 5)
    options = [
        "--cycles",
        "2018",
        "--change",
        str(change.pk),
        "--change",
        str(more.pk),
        "--out",
        str(tmp_path),
    ]
    done = CliRunner().invoke(replay, options, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    for said in ("试算 1 张", "-10,000.00 元（-9.1 %）", "未试算 支持上云上平台的工业企业数"):
        assert said in done.output, said
    with (tmp_path / "services.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = {row["应用服务"]: row for row in csv.DictReader(file)}
    assert rows["8 供应链协同"]["试算核定（元）"] == "20000.00"
    assert (tmp_path / "report.xlsx").read_bytes()[:2] == b"PK"
    # Nothing is kept of what a command tries.
    assert Replay.objects.count() == 0


def test_the_command_names_everything_that_is_wrong(world: World, drafted: Drafting) -> None:
    options = ["--cycles", "1999,2018", "--change", "4711", "--change", str(drafted("award.cap.8", CAP).pk)]
    done = CliRunner().invoke(replay, options)
    assert done.exit_code == 1
    assert "没有周期“1999”" in done.output and "没有编号为 4711 的规则变更" in done.output
    done = CliRunner().invoke(replay, ["--change", str(drafted("award.cap.8", CAP).pk)])
    assert done.exit_code == 1 and "请至少选择一个周期" in done.output


def test_without_drafts_the_command_works_on_what_waits(world: World, drafted: Drafting) -> None:
    by = world["province_officer"]
    row = actions.ask(changes=[drafted("award.cap.8", CAP)], cycles=[world.cycle], by=by, now=NOW)
    done = CliRunner().invoke(replay, [], catch_exceptions=False)
    assert f"{row.journal_key} {row.title}：已完成" in done.output
    assert ReplayReport.objects.get().replay == row
    assert "没有等待的试算" in CliRunner().invoke(replay, []).output
