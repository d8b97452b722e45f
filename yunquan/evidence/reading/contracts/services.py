"""Cloud fees per service: rows of tables, sentences, and the catalogue's names where no fee stands beside them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from yunquan.evidence.reading.amounts import FIGURES, UNIT, figures_fen
from yunquan.evidence.reading.contracts.sums import FILL, SUM, sum_after
from yunquan.evidence.reading.facts import Place
from yunquan.evidence.reading.flow import Cell, Flow, Row

# The eleven services of the first catalogue (D47-A1.1) with words by which contracts also call them.
SERVICES: dict[str, tuple[str, ...]] = {
    "研发管理协同": ("研发协同", "研发管理"),
    "生产设备状态监控": ("设备状态监控", "设备联网监控"),
    "智能排单调度": ("智能排单", "智能排产", "排单调度"),
    "设备智能调机": ("智能调机",),
    "生产品质管控": ("品质管控", "质量管控"),
    "能耗、环保、安全监控及优化": ("能耗环保安全监控", "能耗监控", "能源监控"),
    "设备远程运维及服务": ("设备远程运维", "远程运维"),
    "供应链协同": ("供应链管理",),
    "进销存及仓储管理": ("进销存", "仓储管理"),
    "人力资源与绩效管理": ("人力资源", "绩效管理"),
    "项目管理协同": ("项目协同", "项目管理系统"),
}
DEVICE_SERVICES = ("生产设备状态监控", "设备远程运维及服务")
_LONGEST_NAME = 80
_MOST_LINES = 200

_NAME_HEAD = re.compile(
    r"(?:应用)?服务(?:名称|内容|项目|模块)?$|应用(?:名称|模块)?$|(?:产品|项目|模块|功能|系统|软件|费用)(?:名称|内容|模块)?$|名称$|内容$"
)
_FEE_NOT = re.compile(r"单价|税额|税率|数量|不含税|原值|比例|优惠|折")
_DEVICE_HEAD = re.compile(r"台套|设备(?:台数|数量)|联网设备|接入设备")
_TOTAL_ROW = re.compile(
    r"^(?:总?合计|总计|小计|总价|合计金额|费用合计|总金额|上云(?:上平台)?费用(?:合计|总计))"
)
_UNIT = re.compile(r"\(?(?:单位)?[:/]?[ ]?(?:人民币)?(万元|千元|元)\)?")
_CELL_SUM = re.compile(rf"^[¥ ]{{0,3}}(?P<figures>{FIGURES})[ ]?(?P<unit>{UNIT})?$")
_STATED = re.compile(rf"(?:¥[ ]?|:[ ]?)(?P<figures>{FIGURES})[ ]?(?P<unit>{UNIT})?(?![\d%])")
_NUMBERED = re.compile(r"应用服务[ ]?([1-9一二三四五六七八九])[ ]?(?:的)?(?:费用?)?" + FILL + SUM)
_CATALOGUE = re.compile(r"(?:应用)?服务目录[^\n。]{0,300}")
_BETWEEN = (
    r"(?:[”\"』」】]|应用|服务|模块|系统|软件|平台|上云上平台|上云|费用?|金额|小计|合计|"
    r"[:为]\n|为|是|共|计|:|的|人民币|¥|[ \t_]|\([^()\n]{0,16}\)|-|—|"
    r"含税|年费|云|,(?=人民币|¥|费用|计)){0,12}"
)


def _pattern(name: str) -> str:
    # Blanks and points may stand in a name, or be left out of it.
    return "[ \\t]?".join("[、,和及与]?" if sign in "、" else re.escape(sign) for sign in name)


_BY_NAME = {
    name: re.compile("|".join(_pattern(word) for word in (name, *aliases)))
    for name, aliases in SERVICES.items()
}
_BETWEEN_HERE = re.compile(_BETWEEN)
_MONEY_SIGN = re.compile(r"¥|费|金额|人民币|元")


@dataclass(frozen=True, slots=True)
class Line:
    """The fee of one service and where it stands; `devices` where its row says them."""

    service: str
    fee_fen: int | None
    place: Place
    devices: int | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """What a table of fees says: its lines, the sum under them, and whether it speaks of cloud fees."""

    lines: tuple[Line, ...]
    total_fen: int | None
    total_place: Place
    is_cloud: bool


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())


def service_named(text: str) -> str | None:
    """The catalogue's service that a text names, or None when it names none or several.

    >>> service_named("MES 生产品质管控模块（云端）"), service_named("六轴机器人")
    ('生产品质管控', None)
    """
    plain = _plain(text)
    full = [name for name in SERVICES if _plain(name) in plain]
    named = full or [name for name, pattern in _BY_NAME.items() if pattern.search(plain)]
    return named[0] if len(named) == 1 else None


def _fee_weight(head: str) -> int:
    if _FEE_NOT.search(head) or len(head) > 24:
        return 0
    for word, weight in (
        ("上云", 6),
        ("小计", 5),
        ("合计", 5),
        ("总价", 5),
        ("价税", 5),
        ("费用", 4),
        ("金额", 4),
        ("费", 3),
        ("价格", 2),
        ("报价", 2),
    ):
        if word in head:
            return weight
    return 0


@dataclass(frozen=True, slots=True)
class _Columns:
    name: Cell
    fee: Cell
    devices: Cell | None
    places: tuple[int, int, int]
    unit: str
    is_cloud: bool


def _columns(row: Row, above: str) -> _Columns | None:
    """The columns of a table's head, or None where the row is none."""
    heads = [_plain(cell.text) for cell in row.cells]
    if len(heads) < 2 or any(len(head) > 40 for head in heads):
        return None
    bare = [re.sub(r"\([^()]*\)", "", head) for head in heads]
    names = [place for place, head in enumerate(bare) if _NAME_HEAD.search(head)]
    fees = sorted(
        (place for place, head in enumerate(heads) if _fee_weight(head)),
        key=lambda place: -_fee_weight(heads[place]),
    )
    fees = [place for place in fees if place not in names[:1]]
    if not names or not fees:
        return None
    name, fee = names[0], fees[0]
    counted = [
        place for place, head in enumerate(heads) if _DEVICE_HEAD.search(head) and place not in (name, fee)
    ]
    told = (
        _UNIT.search(heads[fee][2:])
        if "元" in heads[fee]
        else _UNIT.search(above)
        if "单位" in above
        else None
    )
    device = counted[0] if counted else -1
    return _Columns(
        row.cells[name],
        row.cells[fee],
        row.cells[device] if counted else None,
        (name, fee, device),
        told[1] if told else "",
        "上云" in heads[fee] or "应用服务" in heads[name] or "上云" in above,
    )


def _cell(row: Row, head: Cell | None, place: int, across: int) -> Cell | None:
    """The cell below a head: by its number where the row has all `across` cells, else by where it stands on a page.

    Sums stand at the right of a column whose head stands in its middle, so where alone may mislead.
    """
    if head is None:
        return None
    if row.place.page is None or len(row.cells) == across:
        return row.cells[place] if 0 <= place < len(row.cells) else None
    best: tuple[float, Cell] | None = None
    for cell in row.cells:
        apart = max(head.left, cell.left) - min(head.right, cell.right)
        if apart < 60 and (best is None or apart < best[0]):
            best = (apart, cell)
    return best[1] if best else None


def _named_beside(row: Row, fee: Cell | None) -> str:
    """The service that a row names in a cell that stands below no head, as where its number and its name touch."""
    others = " ".join(cell.text for cell in row.cells if cell is not fee)
    return others if service_named(others) else ""


def _sum_in(cell: Cell | None, unit: str) -> int | None:
    if cell is None:
        return None
    found = _CELL_SUM.match(unicodedata.normalize("NFKC", cell.text).replace("\n", "").strip())
    return figures_fen(found["figures"], found["unit"] or unit) if found else None


def _stated(text: str, unit: str) -> int | None:
    """The sum in a row that says it among words: 合计：￥110,000.00（大写：…）."""
    plain = unicodedata.normalize("NFKC", text)
    found = _STATED.search(plain)
    return figures_fen(found["figures"], found["unit"] or unit) if found else None


def tables(rows: Sequence[Row]) -> list[Table]:
    """Every table of fees in the document."""
    found: list[Table] = []
    place = 0
    while place < len(rows):
        above = " ".join(_plain(row.text) for row in rows[max(0, place - 2) : place])[-160:]
        columns = _columns(rows[place], above)
        place += 1
        if columns is None:
            continue
        table, place = _table(rows, place, columns)
        if table is not None:
            found.append(table)
    return found


def _table(rows: Sequence[Row], begins: int, columns: _Columns) -> tuple[Table | None, int]:
    head = rows[begins - 1]
    across = len(head.cells)
    lines: list[Line] = []
    strays: list[tuple[Cell, Row]] = []
    taken: list[tuple[str, Row, int | None, int | None]] = []
    total: int | None = None
    total_place = Place()
    place = begins
    while place < len(rows) and len(taken) < _MOST_LINES:
        row = rows[place]
        if row.place.table != head.place.table or (row.place.page is None and row.place.table is None):
            break
        first = _plain(row.text)
        if (
            row.place.page is not None
            and len(row.cells) == 1
            and (len(first) > 24 or first.endswith((":", "。")))
        ):
            break
        name = _cell(row, columns.name, columns.places[0], across)
        fee = _cell(row, columns.fee, columns.places[1], across)
        amount = _sum_in(fee, columns.unit) if fee is not name else None
        leading = next((_plain(cell.text) for cell in row.cells if cell.text.strip()), "")
        if _TOTAL_ROW.search(leading) or (name is not None and _TOTAL_ROW.search(_plain(name.text))):
            if amount is None:
                sums = [_sum_in(cell, columns.unit) for cell in row.cells]
                amount = next((each for each in reversed(sums) if each is not None), None)
            if amount is None:
                amount = _stated(row.text, columns.unit)
            total, total_place, place = amount, row.place, place + 1
            break
        place += 1
        if amount is not None and name is not None and _plain(name.text):
            counted = _cell(row, columns.devices, columns.places[2], across)
            figures = re.match(r"\d{1,6}", _plain(counted.text)) if counted else None
            taken.append((name.text, row, amount, int(figures[0]) if figures else None))
        elif amount is not None and row.place.page is not None:
            taken.append((_named_beside(row, fee), row, amount, None))
        elif name is not None and row.place.page is not None and len(row.cells) == 1:
            strays.append((name, row))
    for text, row, amount, counted_devices in taken:
        near = [(cell.top, cell.text) for cell, stray in strays if _beside(stray, row, taken)]
        if near:
            own = [(row.cells[0].top, text)] if text else []
            text = "".join(part for _top, part in sorted([*near, *own]))
        service = service_named(text)
        if service is None and not columns.is_cloud:
            continue
        shown = service or " ".join(text.split())[:_LONGEST_NAME]
        if shown:
            lines.append(Line(shown, amount, _row_place(row), counted_devices))
    if not lines:
        return None, place
    return Table(tuple(lines), total, total_place, columns.is_cloud), place


def _beside(stray: Row, row: Row, taken: Sequence[tuple[str, Row, int | None, int | None]]) -> bool:
    """Whether a piece of a name that stands in a line of its own belongs to a row: it is the nearest."""
    if stray.place.page != row.place.page:
        return False
    far = abs(stray.cells[0].top - row.cells[0].top)
    others = [
        abs(stray.cells[0].top - each[1].cells[0].top)
        for each in taken
        if each[1].place.page == row.place.page
    ]
    return far < 40 and far <= min(others)


def _row_place(row: Row) -> Place:
    if row.place.page is None:
        return row.place
    box = (
        min(cell.left for cell in row.cells),
        min(cell.top for cell in row.cells),
        max(cell.right for cell in row.cells),
        max(cell.bottom for cell in row.cells),
    )
    left, top, right, bottom = (max(0, min(1000, round(edge))) for edge in box)
    return Place(page=row.place.page, box=(left, top, right, bottom))


def in_sentences(flow: Flow) -> list[Line]:
    """Fees that a sentence states behind the service's name, or behind its number in the list of services."""
    found: list[tuple[int, Line]] = []
    for name, pattern in _BY_NAME.items():
        for hit in islice(pattern.finditer(flow.text), 40):
            between = _BETWEEN_HERE.match(flow.text, hit.end())
            ends = between.end() if between else hit.end()
            one = sum_after(flow, ends)
            if one is None or not one.fen or not _MONEY_SIGN.search(flow.text[hit.end() : one.end + 2]):
                continue
            found.append((hit.start(), Line(name, one.fen, flow.place(hit.start(), one.end))))
            break
    named = listed(flow)
    for hit in _NUMBERED.finditer(flow.text):
        number = "0123456789".find(hit[1]) if hit[1].isascii() else "〇一二三四五六七八九".find(hit[1])
        amount = figures_fen(hit["figures"], hit["unit"] or "")
        if amount and 0 < number <= len(named):
            found.append(
                (hit.start(), Line(named[number - 1].service, amount, flow.place(*hit.span("figures"))))
            )
    unique: dict[str, Line] = {}
    for _start, line in sorted(found, key=lambda each: each[0]):
        unique.setdefault(line.service, line)
    return list(unique.values())


def listed(flow: Flow) -> list[Line]:
    """The services that the contract says it covers, in their order, without fees."""
    sentence = _CATALOGUE.search(flow.text)
    if sentence is None:
        return []
    found = []
    for name, pattern in _BY_NAME.items():
        hit = pattern.search(flow.text, sentence.start(), sentence.end())
        if hit:
            found.append((hit.start(), Line(name, None, flow.place(*hit.span()))))
    return [line for _start, line in sorted(found, key=lambda each: each[0])]
