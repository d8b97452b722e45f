"""Whole files: the bulk path equals the single judgement, and every fault is named."""

from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yunquan.kernel.calendar import local_date
from yunquan.kernel.money import parse_yuan, yuan_plain
from yunquan.policy import bulk, bulk_award, bulk_columns, bulk_lines, tables
from yunquan.policy.award import AwardLine, award
from yunquan.policy.queueing import Claim, plan_payments
from yunquan.policy.rulebook import Rulebook, load_pack

AWARD_HEADER = "contract_no,enterprise,applied_at,service,cloud_fee,devices\n"
QUEUE_HEADER = "claim_no,city,amount,claimed_at,pilot,carried,held\n"
SLOWLY = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
SERVICES = {one.number: one for one in load_pack("gd-2018").services(datetime(2018, 10, 8).date())}
CHANGED = load_pack("gd-2018").overlaid(
    [
        {
            "key": "award.cap.1",
            "from_on": "2018-11-01",
            "value": {"per": "service", "amount": "7 万元", "ratio": "60 %"},
            "article": "D47-4.4.4",
            "meaning": "十一月起改上限并按费用的六成。",
        },
        {
            "key": "award.cumulative_ceiling",
            "from_on": "2018-11-15",
            "value": {"amount": "60 万元"},
            "article": "D47-8.2a",
            "meaning": "十一月十五日起提高累计上限。",
        },
    ]
)
GROUPED = load_pack("gd-2018").overlaid(
    [
        {
            "key": f"award.cap.{number}",
            "from_on": "2018-03-20",
            "value": {"per": "service", "amount": "9 万元", "exclusion_group": "甲组"},
            "article": "D47-4.4.4",
            "meaning": "同组应用只奖补一次。",
        }
        for number in (1, 3)
    ]
)

fees = st.one_of(
    st.integers(1, 10**4), st.integers(1, 8 * 10**7), st.just(10**14), st.sampled_from([10**7, 5 * 10**7])
)
moments = st.builds(
    lambda seconds, hours: (datetime(2018, 10, 20, tzinfo=UTC) + timedelta(seconds=seconds)).astimezone(
        timezone(timedelta(hours=hours))
    ),
    st.one_of(st.integers(0, 3), st.integers(0, 40 * 86_400)),
    st.sampled_from([8, 8, 0, -5]),
)


@st.composite
def contracts(draw: st.DrawFn) -> list[dict[str, Any]]:
    made = []
    for place in range(draw(st.integers(1, 12))):
        numbers = draw(st.lists(st.sampled_from(sorted(SERVICES)), min_size=1, max_size=4, unique=True))
        made.append(
            {
                "contract_no": draw(st.sampled_from(["A", "合同", "z", "𠀀", "é"])) + f"-{place}",
                "enterprise": draw(st.sampled_from(["甲厂", "乙厂", "丙", "𠀀厂", "Z"])),
                "applied_at": draw(moments).isoformat(),
                "lines": [
                    (
                        str(number) if draw(st.booleans()) else SERVICES[number].name,
                        draw(fees),
                        draw(st.sampled_from([1, 7, 300, 10**18]))
                        if SERVICES[number].counts_devices
                        else None,
                    )
                    for number in numbers
                ],
            }
        )
    return made


def written(fen: int, style: int) -> str:
    plain = yuan_plain(fen)
    if style == 1 and plain.endswith(".00"):
        return plain[:-3]
    return plain[:-1] if style == 2 and plain.endswith("0") else plain


def as_csv(made: list[dict[str, Any]], order: list[int], style: int) -> str:
    rows = []
    for one in made:
        for service, fee, devices in one["lines"]:
            rows.append(
                [
                    one["contract_no"],
                    one["enterprise"],
                    one["applied_at"],
                    service,
                    written(fee, style),
                    devices or "",
                ]
            )
    keys = {row[0]: place for place, row in enumerate(rows)}
    if order:
        rows = sorted(rows, key=lambda row: order[keys[row[0]] % len(order)])
    return AWARD_HEADER + "".join(",".join(map(str, row)) + "\n" for row in rows)


def judged_singly(made: list[dict[str, Any]], rulebook: Rulebook) -> list[list[str]]:
    out, totals, taken = [], {}, {}
    for one in sorted(
        made,
        key=lambda one: (one["enterprise"], datetime.fromisoformat(one["applied_at"]), one["contract_no"]),
    ):
        judged = award(
            [AwardLine(*line) for line in one["lines"]],
            rulebook,
            local_date(datetime.fromisoformat(one["applied_at"])),
            totals.get(one["enterprise"], 0),
            taken_groups=taken.setdefault(one["enterprise"], set()),
        )
        totals[one["enterprise"]] = totals.get(one["enterprise"], 0) + judged.award_fen
        taken[one["enterprise"]] |= {line.exclusion_group for line in judged.lines if line.exclusion_group}
        out.append(
            [
                one["contract_no"],
                one["enterprise"],
                one["applied_at"],
                yuan_plain(judged.award_fen),
                ";".join(yuan_plain(line.award_fen) for line in judged.lines),
                judged.binding,
                ";".join(judged.articles),
            ]
        )
    return out


def rows_of(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


@pytest.mark.clause("D47-4.4.2", "D47-4.4.3")
@pytest.mark.parametrize(
    "rulebook",
    [load_pack("gd-2018"), load_pack("gd-2018-draft"), CHANGED, GROUPED],
    ids=["decree", "draft", "changed", "grouped"],
)
@SLOWLY
@given(made=contracts(), order=st.lists(st.integers(0, 9), max_size=5), style=st.integers(0, 2))
def test_awards_in_bulk_equal_the_single_judgement(
    tmp_path: Path, rulebook: Rulebook, made: list[dict[str, Any]], order: list[int], style: int
) -> None:
    source = tmp_path / "lines.csv"
    source.write_text(as_csv(made, order, style), encoding="utf-8")
    expected = judged_singly(made, rulebook)
    for slow in (False, True):
        faults: list[tables.TableFault] = []
        if slow:
            content = source.read_bytes()
            lines = bulk_lines.read_exactly("lines.csv", content, rulebook, faults)
        else:
            lines = bulk_lines.read_lines(source, rulebook, faults)
        assert not faults
        assert lines is not None
        for written in (False, True):
            table = bulk_award.awards(lines, rulebook, for_writing=written)
            tables.write_whole(table, tmp_path / "out.csv", is_plain=written and lines.is_plain)
            assert rows_of(tmp_path / "out.csv") == [list(bulk_award.OUT), *expected]


def test_the_clean_file_takes_the_fast_reading(tmp_path: Path) -> None:
    text = (
        AWARD_HEADER + "A,甲,2018-10-08T09:00:00+08:00,1,80000.00,\nB,甲,2018-10-08T09:00:00+08:00,2,1.5,3\n"
    )
    lines = bulk_lines.read_fast(text.encode(), bulk_lines.regimes(load_pack("gd-2018")))
    assert lines is not None
    assert lines.fee_fen.tolist() == [8_000_000, 150]
    assert lines.devices.tolist() == [0, 3]
    assert lines.service.tolist() == [1, 2]


FAULTY = [
    ("B,甲,2018-10-08T09:00:00+08:00,1,0,", "cloud_fee", "不大于零"),
    ("B,甲,2018-10-08T09:00:00+08:00,1,-5,", "cloud_fee", "负数"),
    ("B,甲,2018-10-08T09:00:00+08:00,1,1.234,", "cloud_fee", "小数多于两位"),
    ("B,甲,2018-10-08T09:00:00+08:00,1,,", "cloud_fee", "没有填写"),
    ("B,甲,2018-10-08T09:00:00+08:00,1,1e3,", "cloud_fee", "科学记数法"),
    ("B,甲,2018-10-08T09:00:00,1,5,", "applied_at", "没有时区"),
    ("B,甲,2018-02-30T09:00:00+08:00,1,5,", "applied_at", "不是存在的时间"),
    ("B,甲,昨天,1,5,", "applied_at", "不是 ISO 8601"),
    ("B,甲,2017-10-08T09:00:00+08:00,1,5,", "applied_at", "还没有目录"),
    ("B,甲,2018-10-08T09:00:00+08:00,12,5,", "service", "没有“12”"),
    ("B,甲,2018-10-08T09:00:00+08:00,炼丹,5,", "service", "没有“炼丹”"),
    ("B,甲,2018-10-08T09:00:00+08:00,2,5,", "devices", "没有填写台套数"),
    ("B,甲,2018-10-08T09:00:00+08:00,2,5,0", "devices", "不是正整数"),
    ("B,甲,2018-10-08T09:00:00+08:00,2,5,1.5", "devices", "不是正整数"),
    ("B,甲,2018-10-08T09:00:00+08:00,1,5,3", "devices", "不按联网设备"),
    ("A,乙,2018-10-08T09:00:00+08:00,3,5,", "enterprise", "第 2 行"),
    ("A,甲,2018-10-08T09:00:01+08:00,3,5,", "applied_at", "第 2 行"),
    ("A,甲,2018-10-08T09:00:00+08:00,研发管理协同,5,", "service", "两次"),
    (",甲,2018-10-08T09:00:00+08:00,1,5,", "contract_no", "没有填写"),
    ("B, ,2018-10-08T09:00:00+08:00,1,5,", "enterprise", "没有填写"),
    ("B,甲,2018-10-08T09:00:00+08:00,1,5", "-", "5 列"),
    ("B,甲,2018-10-08T09:00:00+08:00,1,5,,", "-", "7 列"),
]


@pytest.mark.parametrize(("row", "column", "reason"), FAULTY)
def test_a_wrong_line_is_named_and_nothing_is_written(
    tmp_path: Path, row: str, column: str, reason: str
) -> None:
    source, out = tmp_path / "lines.csv", tmp_path / "out.csv"
    source.write_text(AWARD_HEADER + "A,甲,2018-10-08T09:00:00+08:00,1,5,\n" + row + "\n", encoding="utf-8")
    faults = bulk.run_award(source, "gd-2018", out)
    assert [(fault.file, fault.line, fault.column) for fault in faults] == [("lines.csv", 3, column)]
    assert reason in faults[0].reason
    assert faults[0].expected
    assert not out.exists()


def test_all_faults_are_named_at_once_with_true_lines(tmp_path: Path) -> None:
    source = tmp_path / "lines.csv"
    source.write_text(
        AWARD_HEADER
        + '"A\n1",甲,2018-10-08T09:00:00+08:00,1,5,\n\nB,甲,x,1,0,\nC,,2018-10-08T09:00:00Z,2,5,\n',
        encoding="utf-8",
    )
    faults = bulk.run_award(source, "gd-2018", tmp_path / "out.csv")
    assert [(fault.line, fault.column) for fault in faults] == [
        (5, "applied_at"),
        (5, "cloud_fee"),
        (6, "enterprise"),
        (6, "devices"),
    ]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "空的"),
        (b"contract_no,enterprise\n", "表头缺少"),
        (AWARD_HEADER.encode().replace(b"devices", b"gadgets"), "不认识"),
        (AWARD_HEADER.encode() + "甲".encode("gbk") + b",,,,,\n", "UTF-8"),
        (AWARD_HEADER.encode() + b'"A,B\n', "引号"),
    ],
)
def test_a_file_of_another_form_is_refused(tmp_path: Path, content: bytes, reason: str) -> None:
    source = tmp_path / "lines.csv"
    source.write_bytes(content)
    faults = bulk.run_award(source, "gd-2018", tmp_path / "out.csv")
    assert any(reason in fault.reason for fault in faults), faults
    assert not (tmp_path / "out.csv").exists()


def test_a_missing_file_is_a_fault(tmp_path: Path) -> None:
    assert "读不到" in bulk.run_award(tmp_path / "no.csv", "gd-2018", tmp_path / "out.csv")[0].reason


def test_a_header_alone_gives_a_header_alone(tmp_path: Path) -> None:
    (tmp_path / "lines.csv").write_text(AWARD_HEADER)
    assert bulk.run_award(tmp_path / "lines.csv", "gd-2018", tmp_path / "out.csv") == []
    assert rows_of(tmp_path / "out.csv") == [list(bulk_award.OUT)]


@pytest.mark.parametrize("prefix", ["", "\ufeff"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_marks_line_ends_and_other_writings_of_the_same_give_the_same(
    tmp_path: Path, prefix: str, newline: str
) -> None:
    plain = AWARD_HEADER + "É1,甲,2018-10-08T09:00:00+08:00,1,80000,\nÉ1,甲,2018-10-08T09:00:00+08:00,3,5,\n"
    other = (
        AWARD_HEADER + 'E\u03011,甲,2018-10-08T09:00:00+08:00," 1","80,000.00",\nÉ1,甲,20181008T010000Z,3,５,'
    )
    found = []
    for text in (plain, other):
        (tmp_path / "lines.csv").write_text(
            prefix + text.replace("\n", newline), encoding="utf-8", newline=""
        )
        assert bulk.run_award(tmp_path / "lines.csv", "gd-2018", tmp_path / "out.csv") == []
        found.append(rows_of(tmp_path / "out.csv"))
    assert found[0] == found[1]
    assert found[0][1][3:6] == ["80005.00", "80000.00;5.00", "fee;fee"]


@st.composite
def claim_files(draw: st.DrawFn) -> tuple[list[Claim], dict[str, str], dict[str, int]]:
    city_of, claims = {}, []
    for place in range(draw(st.integers(1, 25))):
        claim = Claim(
            draw(st.sampled_from(["a", "B", "号", "𠀀"])) + f"{draw(st.integers(0, 3))}-{place}",
            draw(st.one_of(st.integers(1, 50), st.integers(1, 10**14))),
            draw(moments),
            draw(st.booleans()),
            draw(st.booleans()),
            draw(st.booleans()),
        )
        claims.append(claim)
        city_of[claim.claim_no] = draw(st.sampled_from(["东莞", "佛山", "𠀀", "Z"]))
    funds = {
        city: draw(st.one_of(st.integers(0, 200), st.just(10**14))) for city in ("东莞", "佛山", "𠀀", "Z")
    }
    return claims, city_of, funds


@pytest.mark.clause("D47-8.2b", "D47-6.4", "D26-5.4")
@SLOWLY
@given(made=claim_files())
def test_payment_plans_in_bulk_equal_the_single_plan(tmp_path: Path, made: Any) -> None:
    claims, city_of, funds = made
    rows = [
        f"{one.claim_no},{city_of[one.claim_no]},{yuan_plain(one.amount_fen)},{one.claimed_at.isoformat()},"
        f"{one.is_pilot:d},{one.is_carried:d},{one.is_held:d}\n"
        for one in claims
    ]
    (tmp_path / "claims.csv").write_text(QUEUE_HEADER + "".join(rows), encoding="utf-8")
    (tmp_path / "funds.csv").write_text(
        "city,amount\n" + "".join(f"{city},{yuan_plain(fen)}\n" for city, fen in funds.items()),
        encoding="utf-8",
    )
    assert bulk.run_queue(tmp_path / "claims.csv", tmp_path / "funds.csv", tmp_path / "plan.csv") == []
    expected = []
    for city in sorted(set(city_of.values())):
        here = [one for one in claims if city_of[one.claim_no] == city]
        expected += [
            [city, str(one.position), one.claim.claim_no, yuan_plain(one.claim.amount_fen), one.outcome]
            for one in plan_payments(here, funds[city])
        ]
    assert rows_of(tmp_path / "plan.csv")[1:] == expected


QUEUE_FAULTY = [
    ("2,东莞,0,2019-01-01T00:00:00Z,0,0,0", "amount"),
    ("2,东莞,5,2019-01-01T00:00:00,0,0,0", "claimed_at"),
    ("2,东莞,5,2019-01-01T00:00:00Z,2,0,0", "pilot"),
    ("2,东莞,5,2019-01-01T00:00:00Z,0,,0", "carried"),
    ("2,东莞,5,2019-01-01T00:00:00Z,0,0,yes", "held"),
    ("1,东莞,5,2019-01-01T00:00:00Z,0,0,0", "claim_no"),
    ("2,佛山,5,2019-01-01T00:00:00Z,0,0,0", "city"),
]


@pytest.mark.parametrize(("row", "column"), QUEUE_FAULTY)
def test_a_wrong_claim_is_named_and_nothing_is_written(tmp_path: Path, row: str, column: str) -> None:
    claims, funds, out = tmp_path / "claims.csv", tmp_path / "funds.csv", tmp_path / "plan.csv"
    claims.write_text(QUEUE_HEADER + "1,东莞,5,2019-01-01T00:00:00Z,0,0,0\n" + row + "\n", encoding="utf-8")
    funds.write_text("city,amount\n东莞,100\n", encoding="utf-8")
    faults = bulk.run_queue(claims, funds, out)
    assert [(fault.file, fault.line, fault.column) for fault in faults] == [("claims.csv", 3, column)]
    assert not out.exists()


def test_faults_of_the_funds_and_of_the_claims_are_named_together(tmp_path: Path) -> None:
    claims, funds = tmp_path / "claims.csv", tmp_path / "funds.csv"
    claims.write_text(QUEUE_HEADER + "1,东莞,x,2019-01-01T00:00:00Z,0,0,0\n", encoding="utf-8")
    funds.write_text("city,amount\n东莞,1\n东莞,2.345\n", encoding="utf-8")
    faults = bulk.run_queue(claims, funds, tmp_path / "plan.csv")
    assert {(fault.file, fault.line, fault.column) for fault in faults} == {
        ("claims.csv", 2, "amount"),
        ("funds.csv", 3, "city"),
        ("funds.csv", 3, "amount"),
    }


TIMES = st.one_of(
    st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1)).map("{:%Y-%m-%dT%H:%M:%S}+08:00".format),
    st.from_regex(
        r"\A20[0-9]{2}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-6][0-9]:[0-6][0-9][+-]0[0-9]:[0-9]0\Z",
        alphabet="0123456789-T:+",
    ),
)


@SLOWLY
@given(st.lists(TIMES, max_size=5))
def test_the_fast_reading_of_times_says_the_same_or_nothing(texts: list[str]) -> None:
    fast = bulk_columns.fast_instants(pl.Series(texts, dtype=pl.String))
    if fast is not None:
        assert fast.tolist() == [tables.instant(text) for text in texts]


@SLOWLY
@given(st.lists(st.text("0123456789.,-+e ", max_size=14), max_size=5))
def test_the_fast_reading_of_money_says_the_same_or_nothing(texts: list[str]) -> None:
    fast = bulk_columns.fast_money(pl.Series(texts, dtype=pl.String))
    if fast is not None:
        assert fast.tolist() == [parse_yuan(text) for text in texts]
