"""What may not be frozen or drawn: refused with file, line and reason, and nothing is written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.kernel.test_draw import ITEMS, PARAMS, SECRETS, VALUES
from yunquan.config.cli import main
from yunquan.kernel import draw
from yunquan.policy.drawing import bundle

ROWS: list[dict[str, Any]] = [
    {"mandatory": item.mandatory, "ref": item.ref, "stratum": item.stratum, "weight": item.weight}
    for item in ITEMS
]
REVEALS = {name: one.hex() for name, one in SECRETS.items()}
COMMITS = {
    name: draw.commitment(alg="sha256", draw_id="2019-H2-01", custodian=name, secret=one).hex()
    for name, one in SECRETS.items()
}


def lines(rows: list[Any]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def put(folder: Path, **changed: Any) -> list[str]:
    """Write the files of the known answer, some of them changed; gives the options that name them."""
    texts: dict[str, Any] = {
        "population": lines(ROWS), "params": PARAMS, "reveals": REVEALS, "entropy": VALUES, **changed,
    }  # fmt: skip
    options = []
    for name, text in texts.items():
        suffix = "jsonl" if name in ("population", "excluded", "experts") else "json"
        path = folder / f"{name}.{suffix}"
        if isinstance(text, bytes):
            path.write_bytes(text)
        else:
            path.write_text(
                text if isinstance(text, str) else json.dumps(text, ensure_ascii=False), encoding="utf-8"
            )
        options += [f"--{name.replace('_', '-')}", str(path)]
    return options


def run(folder: Path, **changed: Any) -> Result:
    return CliRunner().invoke(main, ["draw", "run", *put(folder, **changed), "--out", str(folder / "out")])


def refused(folder: Path, place: str, reason: str, **changed: Any) -> Result:
    """It is refused at that place for that reason, and neither a bundle nor half of one is left."""
    done = run(folder, **changed)
    assert done.exit_code == 2, done.output
    assert [line for line in done.stderr.splitlines() if line.startswith(place) and reason in line], (
        done.stderr
    )
    assert done.stdout == ""
    assert not [path for path in folder.iterdir() if path.is_dir()]
    return done


def row(place: int, **changed: Any) -> str:
    """The population with one row changed (counted from 1); a value of None takes the key away."""
    rows = [dict(one) for one in ROWS]
    rows[place - 1] |= changed
    rows[place - 1] = {key: value for key, value in rows[place - 1].items() if value is not None}
    return lines(rows)


@pytest.mark.parametrize(
    ("population", "place", "reason"),
    [
        (row(3, ref=None), "population.jsonl:3: ref", "没有填写"),
        (row(3, ref=""), "population.jsonl:3: ref", "是空的"),
        (row(3, ref=7), "population.jsonl:3: ref", "不是文字"),
        (row(5, ref="V002"), "population.jsonl:5: ref", "与第 2 行重复"),
        (row(4, ref="e\u0301"), "population.jsonl:4: ref", "NFC"),
        (row(4, ref="V\ufffd4"), "population.jsonl:4: ref", "编码已损坏"),
        (row(4, ref="V004\u200b"), "population.jsonl:4: ref", "看不见的字符"),
        (row(4, ref=" V004"), "population.jsonl:4: ref", "空白"),
        (lines(ROWS).replace("V004", "V\\ud800"), "population.jsonl:4: ref", "编码已损坏"),
        (lines(ROWS).encode().replace(b"V004", b"V\xff04"), "population.jsonl:4: 编码", "不是 UTF-8"),
        (lines(ROWS).encode("gb18030"), "population.jsonl:1: 编码", "不是 UTF-8"),
        (b"\xef\xbb\xbf" + lines(ROWS).encode(), "population.jsonl:1: 编码", "BOM"),
        (row(2, weight=0), "population.jsonl:2: weight", "权重 0 超出范围"),
        (row(2, weight=65), "population.jsonl:2: weight", "权重 65 超出范围"),
        (row(2, weight=-1), "population.jsonl:2: weight", "负数"),
        (row(2, weight=True), "population.jsonl:2: weight", "不是整数"),
        (row(2, weight=1.5), "population.jsonl:2: JSON", "1.5 不是整数"),
        (row(2, weight="1"), "population.jsonl:2: weight", "不是整数"),
        (row(2, mandatory=1), "population.jsonl:2: mandatory", "不是 true 或 false"),
        (row(2, stratum=None), "population.jsonl:2: stratum", "没有填写"),
        (row(2, stratum="东莞"), "population.jsonl:2: stratum", "只有一个对象"),
        (row(2, city="东莞"), "population.jsonl:2: city", "没有这一项"),
        (lines([*ROWS, ["V099"]]), "population.jsonl:13: JSON", "不是对象"),
        (lines(ROWS) + "\n\n", "population.jsonl:13: JSON", "空行"),
        (lines(ROWS) + '{"ref": "V099"', "population.jsonl:13: JSON", "写法不对"),
        (lines(ROWS).replace('"weight": 4', '"weight": 4, "weight": 5', 1), "population.jsonl:5: JSON", "两次"),
        (lines(ROWS).replace('"weight": 4', '"weight": NaN', 1), "population.jsonl:5: JSON", "不是整数"),
        ("[" * 100_000 + "\n", "population.jsonl:1: JSON", ""),
        ("", "population.jsonl:1: ref", "名单是空的"),
    ],
)  # fmt: skip
def test_a_population_that_may_not_be_frozen(
    tmp_path: Path, population: str | bytes, place: str, reason: str
) -> None:
    refused(tmp_path, place, reason, population=population)


def params(**changed: Any) -> str:
    """The parameters, one key a line, some changed; a value of None takes the key away."""
    found = {key: value for key, value in {**PARAMS, **changed}.items() if value is not None}
    return json.dumps(found, ensure_ascii=False, indent=1)


@pytest.mark.parametrize(
    ("changed", "place", "reason"),
    [
        ({"num": 0}, "params.json:9: num", "抽取比例是 0"),
        ({"num": 6}, "params.json:9: num", "6/5 大于 1"),
        ({"num": 0.2}, "params.json:1: JSON", "0.2 不是整数"),
        ({"den": 0}, "params.json:3: den", "分母是 0"),
        ({"den": 2**53}, "params.json:3: den", "2^53"),
        ({"wmax": 65}, "params.json:10: wmax", "最高权重 65"),
        ({"wmax": 0}, "params.json:10: wmax", "最高权重 0"),
        ({"wmax": 3}, "population.jsonl:5: weight", "权重 4 超出范围"),
        ({"alg": "md5"}, "params.json:2: alg", "不是 sha256 或 sm3"),
        ({"draw_id": ""}, "params.json:4: draw_id", "是空的"),
        ({"draw_id": None}, "params.json:1: draw_id", "没有填写"),
        ({"entropy": []}, "params.json:5: entropy", "没有公开随机源"),
        ({"entropy": ["a", "a"]}, "params.json:5: entropy", "有重复"),
        ({"entropy": "ssq:2020045"}, "params.json:5: entropy", "不是列表"),
        ({"shares": {}}, "params.json:11: shares", "没有这一项"),
        ({"fallback": {"x": "y"}}, "params.json:11: fallback", "“x”不在 entropy 中"),
        ({"fallback": {"ssq:2020045": "drand-quicknet:1000"}}, "params.json:11: fallback", "已另有用处"),
        ({"fallback": ["x"]}, "params.json:11: fallback", "不是“随机源: 备用源”"),
        ({"reveal_by": "2019-11-01T09:00:00"}, "params.json:11: reveal_by", "没有时区"),
        ({"reveal_by": 5}, "params.json:11: reveal_by", "不是时间"),
        ({"excluded": "00"}, "params.json:11: excluded", "与 excluded.jsonl 的散列不符"),
        ({"experts": "XY"}, "params.json:11: experts", "不是小写十六进制"),
    ],
)
def test_parameters_that_may_not_be_frozen(
    tmp_path: Path, changed: dict[str, Any], place: str, reason: str
) -> None:
    refused(tmp_path, place, reason, params=params(**changed))


@pytest.mark.parametrize(
    ("reveals", "place", "reason"),
    [
        ({}, "reveals.json:1: JSON", "没有一个秘密按时揭示"),
        ({**REVEALS, "city": "00" * 15}, "reveals.json:1: city", "秘密太短"),
        ({**REVEALS, "city": "AA" * 32}, "reveals.json:1: city", "不是小写十六进制"),
        ({**REVEALS, "city": 5}, "reveals.json:1: city", "不是小写十六进制"),
        ({**REVEALS, "city": "00" * 32}, "reveals.json:1: city", "与承诺不符"),
        ({**REVEALS, "press": "00" * 32}, "reveals.json:1: press", "冻结前没有作出承诺"),
        ([REVEALS], "reveals.json:1: JSON", "不是对象"),
    ],
)
def test_reveals_that_may_not_be_used(tmp_path: Path, reveals: Any, place: str, reason: str) -> None:
    refused(tmp_path, place, reason, reveals=reveals, commits=COMMITS)


@pytest.mark.parametrize(
    ("entropy", "place", "reason"),
    [
        ({**VALUES, "weather:2019": "26"}, "entropy.json:1: weather:2019", "没有指定这个随机源"),
        ({"ssq:2020045": "1"}, "entropy.json:1: drand-quicknet:1000", "没有这个随机源的值"),
        ({**VALUES, "ssq:2020045": ""}, "entropy.json:1: ssq:2020045", "是空的"),
        ({**VALUES, "ssq:2020045": 26}, "entropy.json:1: ssq:2020045", "不是文字"),
        ("", "entropy.json:1: JSON", "写法不对"),
    ],
)
def test_public_values_that_may_not_be_used(tmp_path: Path, entropy: Any, place: str, reason: str) -> None:
    refused(tmp_path, place, reason, entropy=entropy)


@pytest.mark.clause("D1")
def test_a_late_reveal_is_refused_and_the_draw_goes_on_without_it(tmp_path: Path) -> None:
    timed = params(reveal_by="2019-11-01T09:00:00+08:00", commits=draw.HASHES["sha256"](json.dumps(
        dict(sorted(COMMITS.items())), separators=(",", ":")).encode()).hex())  # fmt: skip
    at = {
        "audit": "2019-10-31T18:00:00+08:00",
        "province": "2019-11-01T01:00:00+00:00",
        "city": "2019-11-01T09:00:01+08:00",
    }
    everything = {"params": timed, "commits": COMMITS, "revealed_at": at}
    refused(tmp_path, "revealed_at.json:1: city", "迟于期限", **everything)
    refused(tmp_path, "reveals.json:1: reveal_by", "没有给出 --revealed-at", params=timed, commits=COMMITS)
    (tmp_path / "revealed_at.json").unlink()
    refused(tmp_path, "reveals.json:1: reveal_by", "没有给出 reveal_by", revealed_at=at)
    without = {name: one for name, one in REVEALS.items() if name != "city"}
    refused(tmp_path, "revealed_at.json:1: audit", "不是时间", **{**everything, "revealed_at": {}})
    assert run(tmp_path, reveals=without, **everything).exit_code == 0
    files = bundle.read(tmp_path / "out")
    assert bundle.difference(files) == ""
    # The secret that was dropped stays visible: committed, not revealed.
    assert set(json.loads(files["commits.json"])) - set(json.loads(files["reveals.json"])) == {"city"}


def test_a_silent_custodian_needs_commitments_that_were_frozen(tmp_path: Path) -> None:
    without = {name: one for name, one in REVEALS.items() if name != "city"}
    refused(tmp_path, "params.json:1: commits", "city 没有揭示", reveals=without, commits=COMMITS)


EXPERT = {"conflicts": ["V001"], "expert": "E1", "room": 3, "specialities": ["设备"]}


@pytest.mark.parametrize(
    ("name", "rows", "place", "reason"),
    [
        ("excluded", [{"ref": "V001", "reason": "已注销"}], "excluded.jsonl:1: ref", "同时在抽取名单中"),
        ("excluded", [{"ref": "X1"}], "excluded.jsonl:1: reason", "没有填写"),
        ("excluded", [{"ref": "X1", "reason": "甲"}] * 2, "excluded.jsonl:2: ref", "重复"),
        (
            "excluded",
            [{"ref": "X1", "reason": "甲"}],
            "params.json:1: excluded",
            "没有登记 excluded.jsonl 的散列",
        ),
        ("experts", [{**EXPERT, "conflicts": ["V999"]}], "experts.jsonl:1: conflicts", "“V999”不在名单中"),
        ("experts", [EXPERT, EXPERT], "experts.jsonl:2: expert", "重复"),
        ("experts", [{**EXPERT, "room": -1}], "experts.jsonl:1: room", "负数"),
        ("experts", [EXPERT], "params.json:1: experts", "没有登记 experts.jsonl 的散列"),
    ],
)
def test_lists_beside_the_population(
    tmp_path: Path, name: str, rows: list[Any], place: str, reason: str
) -> None:
    refused(tmp_path, place, reason, **{name: lines(rows)})


@pytest.mark.parametrize(
    ("commits", "reason"),
    [({}, "没有承诺"), ({"city": "zz"}, "不是小写十六进制"), ({**COMMITS, "city": "00"}, "长度不对")],
)
def test_commitments_that_are_none(tmp_path: Path, commits: Any, reason: str) -> None:
    refused(tmp_path, "commits.json:1:", reason, commits=commits)


def test_every_fault_is_said_at_once(tmp_path: Path) -> None:
    done = refused(
        tmp_path, "population.jsonl:2: weight", "权重 0",
        population=row(2, weight=0), params=params(num=0), excluded=lines([{"ref": "X1"}]),
    )  # fmt: skip
    assert "抽取比例是 0" in done.stderr
    assert "excluded.jsonl:1: reason" in done.stderr
    assert done.stderr.splitlines()[-1] == "共 3 处错误，没有写出结果"


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    options = put(tmp_path)
    (tmp_path / "entropy.json").unlink()
    done = CliRunner().invoke(main, ["draw", "run", *options, "--out", str(tmp_path / "out")])
    assert done.exit_code == 2
    assert "entropy.json:1: --entropy：读不出来" in done.stderr


def test_an_item_alone_in_its_stratum_may_stand_there_as_mandatory(tmp_path: Path) -> None:
    assert run(tmp_path, population=row(2, stratum="东莞", mandatory=True)).exit_code == 0
    first = json.loads((tmp_path / "out" / "result.jsonl").read_text(encoding="utf-8").splitlines()[0])
    assert first == {"outcome": "mandatory", "rank": 0, "ref": "V002", "stratum": "东莞"}


def test_a_fallback_source_takes_the_place_of_one_that_did_not_appear(tmp_path: Path) -> None:
    spare = params(fallback={"ssq:2020045": "ssq:2020046"})
    other = {"drand-quicknet:1000": VALUES["drand-quicknet:1000"], "ssq:2020046": "01,02,03,04,05,06+07"}
    refused(
        tmp_path, "entropy.json:1: ssq:2020045", "同时给出了备用源", params=spare, entropy={**VALUES, **other}
    )
    assert run(tmp_path, params=spare, entropy=other).exit_code == 0
    assert bundle.difference(bundle.read(tmp_path / "out")) == ""
