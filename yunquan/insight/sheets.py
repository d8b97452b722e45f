"""The tables of a report as sheets, for XLSX and CSV that no spreadsheet runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from yunquan.insight.queries import REASONS, Line, Pair, Report
from yunquan.insight.replaying import APART
from yunquan.papers.tables import Column, Kind, Sheet, csv_bytes, write_xlsx
from yunquan.parties import regions
from yunquan.vouchers.lifecycle import LABELS, S

Field = tuple[str, str, Kind, Callable[[Line], Any]]


def _figure(name: str) -> Callable[[Line], Any]:
    return lambda line: line.figures.get(name, 0)


def _label(title: str) -> Field:
    return ("label", title, "text", lambda line: line.label)


_CHANGE: tuple[Field, ...] = (
    ("base", "原规则核定（元）", "money", _figure("base_fen")),
    ("tried", "试算核定（元）", "money", _figure("tried_fen")),
    ("change", "差额（元）", "money", lambda line: line.change_fen),
    ("percent", "差额比例", "text", lambda line: line.percent),
)
_GROUP: tuple[Field, ...] = (
    ("count", "张数", "count", _figure("count")),
    *_CHANGE,
    ("more", "增加的张数", "count", _figure("more")),
    ("less", "减少的张数", "count", _figure("less")),
    ("refused", "新增不予受理（张）", "count", _figure("refused")),
    ("paid", "已兑付（张）", "count", _figure("paid")),
    ("paid_base", "已兑付（元）", "money", _figure("paid_base_fen")),
    ("paid_tried", "试算应兑付（元）", "money", _figure("paid_tried_fen")),
    ("claims", "新增兑现不通过（张）", "count", _figure("claims_refused")),
    ("apart", "不能计算（张）", "count", _figure("apart")),
    ("apart_fen", "不能计算的券面（元）", "money", _figure("apart_fen")),
)
_SERVICE: tuple[Field, ...] = (
    ("count", "项数", "count", _figure("count")),
    *_CHANGE,
    ("refused", "新增不予受理（项）", "count", _figure("refused")),
)
_REASON: tuple[Field, ...] = (
    ("count", "张数", "count", _figure("count")),
    ("fen", "原金额（元）", "money", _figure("fen")),
)
_REACHED: tuple[Field, ...] = (
    ("given", "可用（元）", "money", _figure("given_fen")),
    ("base_count", "原规则够（张）", "count", _figure("base_count")),
    ("base", "原规则用去（元）", "money", _figure("base_fen")),
    ("base_short", "原规则不够（张）", "count", _figure("base_short")),
    ("tried_count", "试算够（张）", "count", _figure("tried_count")),
    ("tried", "试算用去（元）", "money", _figure("tried_fen")),
    ("tried_short", "试算不够（张）", "count", _figure("tried_short")),
    ("tried_short_fen", "试算不够（元）", "money", _figure("tried_short_fen")),
)
_CASE: tuple[Field, ...] = (
    ("label", "券号", "text", lambda line: line.key),
    ("city", "地市", "text", lambda line: regions.place_name(line.figures["city"])),
    ("state", "现状", "text", lambda line: LABELS[S(line.figures["state"])]),
    *_CHANGE,
    ("due_base", "原应兑付（元）", "money", _figure("due_base_fen")),
    ("due_tried", "试算应兑付（元）", "money", _figure("due_tried_fen")),
    ("reasons", "新增理由", "text", lambda line: "；".join(REASONS[one] for one in line.figures["reasons"])),
    ("was", "原依据", "text", _figure("was")),
    ("would", "试算依据", "text", _figure("would")),
)
_APART: tuple[Field, ...] = (
    ("label", "券号", "text", lambda line: line.key),
    ("city", "地市", "text", lambda line: regions.place_name(line.figures["city"])),
    ("reason", "不能计算的理由", "text", lambda line: APART[line.figures["reason"]]),
    ("face", "券面（元）", "money", _figure("face_fen")),
    ("again", "按当时规则重算（元）", "money", _figure("again_fen")),
)
# Name in an address, title, columns, and the lines of a report.
TABLES: dict[str, tuple[str, tuple[Field, ...], Callable[[Report], Sequence[Line]]]] = {
    "cities": ("按地市", (_label("地市"), *_GROUP), lambda report: [*report.cities, report.total]),
    "services": ("按应用服务（封顶前）", (_label("应用服务"), *_SERVICE), lambda report: report.services),
    "sizes": ("按企业规模", (_label("企业规模"), *_GROUP), lambda report: [*report.sizes, report.total]),
    "refused": ("新增不予受理", (_label("理由"), *_REASON), lambda report: report.refused),
    "claims": ("新增兑现不通过", (_label("理由"), *_REASON), lambda report: report.claim_refused),
    "quota": ("额度", (_label("周期和地市"), *_REACHED), lambda report: report.quota),
    "funds": ("资金", (_label("周期和地市"), *_REACHED), lambda report: report.funds),
    "cases": ("变化最大的券", _CASE, lambda report: report.cases),
    "apart": ("不能计算的券", _APART, lambda report: report.set_apart),
    "left_out": (
        "未试算的规则",
        (_label("规则项"), ("said", "原因", "text", _figure("said"))),
        lambda report: report.left_out,
    ),
}


def sheet(name: str, report: Report, *, notes: Iterable[str] = ()) -> Sheet:
    """One table of a report; raises KeyError for a name that is none."""
    title, fields, lines = TABLES[name]
    columns = [Column(key, head, kind) for key, head, kind, _read in fields]
    rows = [[read(line) for _key, _head, _kind, read in fields] for line in lines(report)]
    return Sheet(columns=columns, rows=rows, title=title, name=title, notes=tuple(notes))


def all_sheets(report: Report, *, notes: Iterable[str] = ()) -> list[Sheet]:
    """Every table of a report; the notes stand on the first."""
    return [sheet(name, report, notes=notes if place == 0 else ()) for place, name in enumerate(TABLES)]


def compared_sheet(tables: dict[str, list[Pair]], one: str, other: str) -> Sheet:
    """Two reports side by side in one table."""
    columns = [
        Column("table", "表"),
        Column("label", "项目"),
        Column("base", "原规则核定（元）", "money"),
        Column("one", f"甲：{one}（元）", "money"),
        Column("other", f"乙：{other}（元）", "money"),
        Column("apart", "乙比甲（元）", "money"),
        Column("one_refused", "甲新增不予受理", "count"),
        Column("other_refused", "乙新增不予受理", "count"),
    ]
    rows = [
        (
            name, pair.label, pair.base_fen, pair.one_fen, pair.other_fen, pair.apart_fen, pair.one_refused,
            pair.other_refused,
        )
        for name, pairs in tables.items()
        for pair in pairs
    ]  # fmt: skip
    return Sheet(columns=columns, rows=rows, title="两次试算对比", name="对比")


def written(folder: Path, report: Report) -> list[Path]:
    """Write the workbook and a CSV for each table; gives the files."""
    folder.mkdir(parents=True, exist_ok=True)
    book = folder / "report.xlsx"
    with book.open("wb") as file:
        write_xlsx(file, all_sheets(report))
    files = [book]
    for name in TABLES:
        path = folder / f"{name}.csv"
        path.write_bytes(csv_bytes(sheet(name, report)))
        files.append(path)
    return files
