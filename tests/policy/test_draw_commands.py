"""The commands of a draw, from the commitment to the check by a stranger."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.policy.test_draw_refusals import EXPERT, PARAMS, REVEALS, ROWS, VALUES, lines, params, put
from yunquan.config.cli import main
from yunquan.kernel import draw
from yunquan.policy.drawing import bundle

KNOWN = """\
{"outcome":"drawn","rank":1,"ref":"V003","stratum":"汕尾"}
{"outcome":"reserve","rank":2,"ref":"V006","stratum":"汕尾"}
{"outcome":"reserve","rank":3,"ref":"V009","stratum":"汕尾"}
{"outcome":"reserve","rank":4,"ref":"V012","stratum":"汕尾"}
{"outcome":"mandatory","rank":0,"ref":"V011","stratum":"深圳"}
{"outcome":"drawn","rank":1,"ref":"V007","stratum":"深圳"}
{"outcome":"drawn","rank":2,"ref":"V005","stratum":"深圳"}
{"outcome":"reserve","rank":3,"ref":"V001","stratum":"深圳"}
{"outcome":"reserve","rank":4,"ref":"V008","stratum":"深圳"}
{"outcome":"reserve","rank":5,"ref":"V002","stratum":"深圳"}
{"outcome":"reserve","rank":6,"ref":"V010","stratum":"深圳"}
{"outcome":"reserve","rank":7,"ref":"V004","stratum":"深圳"}
"""


def told(*args: str | Path) -> Result:
    return CliRunner().invoke(main, ["draw", *map(str, args)])


@pytest.mark.clause("D1")
def test_the_known_answer_through_the_command(tmp_path: Path) -> None:
    done = told("run", *put(tmp_path), "--out", tmp_path / "out")
    assert done.exit_code == 0
    assert done.stdout.splitlines() == [
        "种子 e69d4d2ce26e618c771efbbd59538b40a8cb138ddf47e3f7a37e9f00aaee091f",
        "汕尾：共 4，必查 0，抽中 1，候补 3",
        "深圳：共 8，必查 1，抽中 2，候补 5",
    ]
    assert "不能证明承诺在先" in done.stderr
    assert (tmp_path / "out" / "result.jsonl").read_text(encoding="utf-8") == KNOWN
    checked = told("verify", tmp_path / "out")
    assert (checked.exit_code, checked.output) == (0, "OK\n")


def test_the_order_and_the_spacing_of_the_input_change_nothing(tmp_path: Path) -> None:
    shuffled = random.Random(1).sample(ROWS, len(ROWS))
    told("run", *put(tmp_path, population=lines(shuffled), params=params()), "--out", tmp_path / "out")
    assert (tmp_path / "out" / "result.jsonl").read_text(encoding="utf-8") == KNOWN


def test_a_change_is_named_and_the_exit_code_is_1(tmp_path: Path) -> None:
    told("run", *put(tmp_path), "--out", tmp_path / "out")
    population = tmp_path / "out" / "population.jsonl"
    population.write_bytes(population.read_bytes().replace(b'"weight":4', b'"weight":5', 1))
    checked = told("verify", tmp_path / "out")
    assert checked.exit_code == 1
    assert checked.output.startswith("population.jsonl：")
    assert told("verify", tmp_path / "nowhere").output == "params.json：缺少这个文件\n"


def test_a_draw_is_not_repeated_over_the_first(tmp_path: Path) -> None:
    told("run", *put(tmp_path), "--out", tmp_path / "out")
    again = told("run", *put(tmp_path), "--out", tmp_path / "out")
    assert again.exit_code == 2
    assert "不能悄悄重做" in again.stderr


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    done = told("run", *put(tmp_path), "--out", tmp_path / "file" / "out")
    assert done.exit_code == 2
    assert "写不进去" in done.stderr
    over = told("run", *put(tmp_path), "--out", tmp_path / "file")
    assert "不能悄悄重做" in over.stderr
    assert (tmp_path / "file").read_text() == "x"


@pytest.mark.clause("D1")
def test_from_commitments_over_the_freeze_to_the_experts(tmp_path: Path) -> None:
    """Three custodians commit, everything is frozen, two reveal, and the experts follow from the same seed."""
    commits, secrets = {}, {}
    for custodian in ("province", "city", "audit"):
        made = json.loads(told("commit", "--draw-id", "2019-H2-01", "--custodian", custodian).stdout)
        commits |= made["公布"]
        secrets |= made["保密"]
    assert len(set(secrets.values())) == 3
    experts = [{**EXPERT, "expert": f"E{place}", "conflicts": ["V001"] * (place == 2)} for place in range(5)]
    options = put(
        tmp_path, excluded=lines([{"ref": "V099", "reason": "供应商已注销"}]), experts=lines(experts), commits=commits
    )  # fmt: skip
    before = [*options[:4], *options[8:]]
    frozen = told("freeze", *before, "--out", tmp_path / "frozen")
    assert frozen.exit_code == 0, frozen.output
    settled = json.loads((tmp_path / "frozen" / "params.json").read_text(encoding="utf-8"))
    assert set(settled) == {*PARAMS, "excluded", "experts", "commits"}
    for line in frozen.stdout.splitlines():
        digest, name = line.split("  ")
        assert draw.HASHES["sha256"]((tmp_path / "frozen" / name).read_bytes()).hex() == digest
    (tmp_path / "reveals.json").write_text(json.dumps({name: secrets[name] for name in ("city", "audit")}))
    given = [
        part
        for name in ("population.jsonl", "params.json", "excluded.jsonl", "experts.jsonl", "commits.json")
        for part in (f"--{name.partition('.')[0]}", tmp_path / "frozen" / name)
    ]
    after = ["--reveals", tmp_path / "reveals.json", "--entropy", tmp_path / "entropy.json"]
    done = told("run", *given, *after, "--out", tmp_path / "out")
    assert done.exit_code == 0, done.output
    assert "不能证明" not in done.stderr
    assert told("verify", tmp_path / "out").output == "OK\n"
    asked = told("experts", tmp_path / "out", "--ref", "V001", "--speciality", "设备", "--count", "2")
    order = asked.output.splitlines()
    assert len(order) == 4  # E2 has a conflict.
    assert not any("E2" in line for line in order)
    assert [line.endswith("递补") for line in order] == [False, False, True, True]
    few = told("experts", tmp_path / "out", "--ref", "V001", "--speciality", "设备", "--count", "5")
    assert (few.exit_code, few.stderr) == (1, "V001 需要 5 名“设备”专家，回避和满额之后只剩 4 名\n")
    # A conflict that vanishes after the freeze is found.
    path = tmp_path / "out" / "experts.jsonl"
    path.write_bytes(path.read_bytes().replace(b'["V001"]', b"[]"))
    spoilt = told("experts", tmp_path / "out", "--ref", "V001", "--speciality", "设备", "--count", "2")
    assert spoilt.exit_code == 1
    assert spoilt.output.startswith("experts.jsonl：")


def test_a_commitment_needs_readable_names() -> None:
    done = told("commit", "--draw-id", " ", "--custodian", "city")
    assert done.exit_code == 2
    assert "空白" in done.stderr


def test_the_same_with_sm3(tmp_path: Path) -> None:
    done = told("run", *put(tmp_path, params={**PARAMS, "alg": "sm3"}), "--out", tmp_path / "out")
    assert done.exit_code == 0
    files = bundle.read(tmp_path / "out")
    assert files["result.jsonl"] != KNOWN.encode()
    assert (
        json.loads(files["commits.json"])["city"]
        != draw.commitment(
            alg="sha256", draw_id="2019-H2-01", custodian="city", secret=bytes.fromhex(REVEALS["city"])
        ).hex()
    )
    assert json.loads(files["entropy.json"]) == VALUES
