"""Whole files in unusual writings: read as they mean, or refused by file, line and column."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from yunquan.policy import bulk, bulk_columns

AWARD_HEADER = "contract_no,enterprise,applied_at,service,cloud_fee,devices\n"
QUEUE_HEADER = "claim_no,city,amount,claimed_at,pilot,carried,held\n"
AT = "2018-10-08T09:00:00+08:00"


def awarded(folder: Path, rows: str, header: str = AWARD_HEADER) -> list[list[str]]:
    (folder / "lines.csv").write_text(header + rows, encoding="utf-8", newline="")
    assert bulk.run_award(folder / "lines.csv", "gd-2018", folder / "out.csv") == []
    with (folder / "out.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))[1:]


def award_faults(folder: Path, rows: str) -> list[tuple[int, str]]:
    (folder / "lines.csv").write_text(AWARD_HEADER + rows, encoding="utf-8", newline="")
    faults = bulk.run_award(folder / "lines.csv", "gd-2018", folder / "out.csv")
    assert not (folder / "out.csv").exists()
    return [(fault.line, fault.column) for fault in faults]


def planned(folder: Path, rows: str, funds: str = "东莞,100\n佛山,100\n") -> list[list[str]]:
    (folder / "claims.csv").write_text(QUEUE_HEADER + rows, encoding="utf-8")
    (folder / "funds.csv").write_text("city,amount\n" + funds, encoding="utf-8")
    assert bulk.run_queue(folder / "claims.csv", folder / "funds.csv", folder / "plan.csv") == []
    with (folder / "plan.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))[1:]


def test_columns_are_known_by_name_in_any_order(tmp_path: Path) -> None:
    header = "devices,cloud_fee,service,applied_at,enterprise,contract_no\n"
    assert awarded(tmp_path, f",5,1,{AT},甲,A\n", header)[0][:4] == ["A", "甲", AT, "5.00"]


@pytest.mark.parametrize("number", ['"A,1"', '"A\n1"', '"A""1"', '"A\r\n1"'])
def test_a_quoted_contract_number_comes_out_as_it_went_in(tmp_path: Path, number: str) -> None:
    out = awarded(tmp_path, f"{number},甲,{AT},1,5,\nB,甲,{AT},1,6,\n")
    assert sorted(row[0] for row in out) == sorted(
        [next(csv.reader([number]))[0] if "\n" not in number else number.strip('"'), "B"]
    )


def test_times_of_other_offsets_and_fractions_are_ordered_as_instants(tmp_path: Path) -> None:
    rows = (
        f"D,甲,{AT},1,5,\nC,甲,2018-10-08T00:59:59.999999Z,1,5,\n"
        "B,甲,2018-10-08T01:00:00.5Z,1,5,\nA,甲,2018-10-07T19:59:59-05:00,1,5,\n"
    )
    assert [row[0] for row in awarded(tmp_path, rows)] == ["A", "C", "D", "B"]


def test_lines_of_one_contract_may_write_one_instant_in_two_ways(tmp_path: Path) -> None:
    out = awarded(tmp_path, f"A,甲,{AT},1,5,\nA,甲,2018-10-08T01:00:00Z,3,6,\n")
    assert out == [["A", "甲", AT, "11.00", "5.00;6.00", "fee;fee", out[0][6]]]


def test_an_award_after_the_ceiling_is_zero_and_says_cumulative(tmp_path: Path) -> None:
    caps = "".join(f"A,甲,{AT},{number},9000000,\n" for number in (1, 3, 4))
    first, second = awarded(tmp_path, caps + "B,甲,2018-10-09T09:00:00+08:00,1,5,\n")
    assert first[3:6] == ["500000.00", "100000.00;500000.00;300000.00", "cap;cap;cap;cumulative"]
    assert second[3:6] == ["0.00", "5.00", "fee;cumulative"]
    assert second[6].split(";")[-1] == "D47-4.4.3"


@pytest.mark.parametrize(
    "fee",
    [
        "0",
        "0.00",
        "1.005",
        "1e3",
        "+1",
        ".5",
        "5.",
        "99999999999999999999",
        "9223372036854775808",
        "NaN",
        "inf",
    ],
)
def test_a_fee_that_is_no_positive_amount_is_refused(tmp_path: Path, fee: str) -> None:
    assert award_faults(tmp_path, f"A,甲,{AT},1,5,\nB,甲,{AT},1,{fee},\n") == [(3, "cloud_fee")]


@pytest.mark.parametrize("fee", ["１００", "100", "100.0", "100.00", '" 100"', "00100"])
def test_a_fee_is_one_amount_however_it_is_written(tmp_path: Path, fee: str) -> None:
    assert awarded(tmp_path, f"A,甲,{AT},1,{fee},\n")[0][3:5] == ["100.00", "100.00"]


@pytest.mark.parametrize(
    ("devices", "is_right"),
    [
        ("012", True),
        ("１２", True),
        ("+12", False),
        ("-1", False),
        ("1_2", False),
        ("12.0", False),
        ("00", False),
    ],
)
def test_devices_are_a_plain_positive_count(tmp_path: Path, devices: str, is_right: bool) -> None:
    row = f"A,甲,{AT},2,5,{devices}\n"
    if is_right:
        assert awarded(tmp_path, row)[0][3] == "5.00"
    else:
        assert award_faults(tmp_path, row) == [(2, "devices")]


@pytest.mark.parametrize("row", ["A\rB,甲,{at},1,5,\n"])
def test_a_stray_carriage_return_is_no_part_of_a_name(tmp_path: Path, row: str) -> None:
    assert award_faults(tmp_path, f"Z,甲,{AT},1,5,\n" + row.format(at=AT))


@pytest.mark.parametrize("blank", [" ", "\x1c", "\u3000", "\u00a0", "\t"])
def test_a_name_of_blanks_alone_is_not_filled_in(tmp_path: Path, blank: str) -> None:
    assert award_faults(tmp_path, f"A,{blank},{AT},1,5,\nB,乙,{AT},1,5,\n") == [(2, "enterprise")]


def test_an_output_that_cannot_be_written_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "lines.csv").write_text(AWARD_HEADER + f"A,甲,{AT},1,5,\n", encoding="utf-8")
    faults = bulk.run_award(tmp_path / "lines.csv", "gd-2018", tmp_path / "no" / "out.csv")
    assert [(fault.file, fault.column) for fault in faults] == [("out.csv", "-")]


def test_cities_come_by_code_point_and_ties_by_claim_number(tmp_path: Path) -> None:
    rows = "".join(
        f"{number},{city},1,2019-01-01T00:00:00Z,0,0,0\n"
        for number, city in [("b", "佛山"), ("a", "东莞"), ("B", "佛山"), ("10", "佛山"), ("9", "佛山")]
    )
    assert [row[:3] for row in planned(tmp_path, rows, "佛山,100\n东莞,100\n深圳,5\n")] == [
        ["东莞", "1", "a"],
        ["佛山", "1", "10"],
        ["佛山", "2", "9"],
        ["佛山", "3", "B"],
        ["佛山", "4", "b"],
    ]


def test_carried_come_first_then_pilots_and_a_held_one_keeps_its_place(tmp_path: Path) -> None:
    rows = (
        "1,东莞,60,2019-01-01T00:00:00Z,0,0,0\n2,东莞,30,2019-01-05T00:00:00Z,1,0,0\n"
        "3,东莞,99,2019-01-02T00:00:00Z,1,0,1\n4,东莞,20,2019-01-04T00:00:00Z,0,1,0\n"
        "5,东莞,10,2019-01-03T00:00:00Z,1,1,0\n6,东莞,1,2019-01-09T00:00:00Z,0,0,0\n"
        "7,东莞,1,2019-01-10T00:00:00Z,0,0,1\n"
    )
    assert [row[2:] for row in planned(tmp_path, rows)] == [
        ["5", "10.00", "pay"],
        ["4", "20.00", "pay"],
        ["3", "99.00", "held"],
        ["2", "30.00", "pay"],
        ["1", "60.00", "carry"],
        ["6", "1.00", "carry"],
        ["7", "1.00", "held"],
    ]


def test_equal_hashes_do_not_make_equal_names(monkeypatch: pytest.MonkeyPatch) -> None:
    names = pl.Series(["乙", "甲", "乙", "𠀀", "Z"])
    ranks, known = bulk_columns.ranked_names(names)
    monkeypatch.setattr(pl.Series, "hash", lambda text: pl.Series(np.zeros(len(text), dtype=np.uint64)))
    slowly, same = bulk_columns.ranked_names(names)
    assert ranks.tolist() == slowly.tolist() == [1, 2, 1, 3, 0]
    assert known.to_list() == same.to_list() == ["Z", "乙", "甲", "𠀀"]
    assert not bulk_columns.are_distinct(names)
    assert bulk_columns.are_distinct(known)


@pytest.mark.parametrize(
    "names",
    [
        ["甲"],
        ["示例企业0000012", "示例企业0000002", "示例企业0000012"],
        ["示例企业12", "示例企业1", "示例企业2", "示例企业"],
        ["A", "A\0", "A\0\0", "A\0B"],
        ["东莞市甲乙丙有限公司", "东莞市甲乙丙丁有限公司", "东莞市甲乙丙股份公司", "佛山市甲有限公司"],
        ["\U00020000一", "\uffee", "é", "e", "~", ""],
    ],
)
def test_names_are_ranked_by_code_point_wherever_they_begin_to_differ(names: list[str]) -> None:
    ranks, known = bulk_columns.ranked_names(pl.Series(names))
    assert known.to_list() == sorted(set(names))
    assert [known[int(rank)] for rank in ranks] == names
