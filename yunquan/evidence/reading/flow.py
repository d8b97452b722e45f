"""The text of a document in one flow, in which every sign knows where it stands.

Patterns run over `text`: plain forms of the signs (full width as half width), runs of blanks as one tab (they part
columns), rows parted by line ends; a row that the page's edge broke off goes on without one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from yunquan.evidence.reading.facts import Place
from yunquan.evidence.reading.invoices.printed import Piece, Sheet, join
from yunquan.evidence.reading.invoices.values import tidy

MOST_SIGNS = 300_000
# Blanks narrower than this part of a sign's height stand between words, wider ones between columns.
_COLUMN_GAP = 1.2
# Running text reaches at least so far to the right, in thousandths of the page.
_PAGE_EDGE = 780
# Signs set apart one by one, as titles and labels often are: the blanks between them say nothing.
_SPREAD = re.compile(r"(?<!\S)(?:\S ){3,}\S(?!\S)")
_FOOT = re.compile(
    r"(?:第)?\s*\d{1,4}\s*(?:页)?\s*(?:[,，/]?\s*(?:共)?\s*\d{1,4}\s*页?)?|[-—–]\s*\d{1,4}\s*[-—–]"
)


# A line that begins like this is one of its own, however far the one above it reaches.
_BEGINS_ANEW = re.compile(
    r"[\u4e00-\u9fff（）() 　]{2,14}[:：]|第?[一二三四五六七八九十\d]{1,3}(?:条|章|、|\.(?!\d))|[(（][一二三四五六七八九十\d]{1,2}[)）]"
)


@dataclass(frozen=True, slots=True)
class Cell:
    """Text that stands together; `left` to `bottom` are thousandths of its page, where there are pages."""

    text: str
    left: float = 0.0
    right: float = 0.0
    top: float = 0.0
    bottom: float = 0.0


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a page, a paragraph, or a row of a table; `goes_on` when the next row belongs to it."""

    cells: tuple[Cell, ...]
    place: Place
    goes_on: bool = False

    @property
    def text(self) -> str:
        return "\t".join(cell.text for cell in self.cells)


@dataclass
class Flow:
    """Rows as one text; places and the writing as it stands in the document by position."""

    rows: Sequence[Row]
    text: str = ""
    _signs: list[str] = field(default_factory=list)
    _owners: list[tuple[int, int, int]] = field(default_factory=list)
    _starts: dict[int, int] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: Sequence[Row]) -> Flow:
        """The flow of some rows, at most MOST_SIGNS signs of it."""
        flow = cls(rows)
        parts: list[str] = []
        for number, row in enumerate(rows):
            for column, cell in enumerate(row.cells):
                if column:
                    flow._add(parts, "\t", "", (number, column, 0))
                flow._take(parts, cell, (number, column))
            if not row.goes_on:
                flow._add(parts, "\n", "\n", (number, max(len(row.cells) - 1, 0), 0))
            if len(parts) > MOST_SIGNS:
                break
        flow.text = "".join(parts)
        return flow

    def _add(self, parts: list[str], sign: str, written: str, owner: tuple[int, int, int]) -> None:
        parts.append(sign)
        self._signs.append(written)
        self._owners.append(owner)

    def _take(self, parts: list[str], cell: Cell, at: tuple[int, int]) -> None:
        blanks = ""
        spread: set[int] = set()
        for run in _SPREAD.finditer(cell.text[:MOST_SIGNS]) if " " in cell.text else ():
            spread.update(range(run.start() + 1, run.end(), 2))
        for offset, sign in enumerate(cell.text[:MOST_SIGNS]):
            if offset in spread:
                continue
            if sign.isspace():
                blanks += sign
                continue
            if unicodedata.category(sign) in ("Cc", "Cf", "Cs", "Co"):
                continue
            owner = (*at, offset)
            if blanks:
                wide = len(blanks) > 1 or blanks in "\t\u3000"
                self._add(parts, "\n" if "\n" in blanks else "\t" if wide else " ", blanks, owner)
                blanks = ""
            for place, plain in enumerate(unicodedata.normalize("NFKC", sign)):
                # Some signs come apart into blanks and accents.
                if not plain.isspace():
                    self._add(parts, plain, "" if place else sign, owner)

    def said(self, start: int, end: int) -> str:
        """The writing between two positions as it stands in the document, in one line."""
        return tidy("".join(self._signs[start:end]))

    def row_at(self, position: int) -> int:
        """The number of the row in which a position stands."""
        return self._owners[min(position, len(self._owners) - 1)][0] if self._owners else 0

    def owner(self, position: int) -> tuple[int, int]:
        """The row and the cell in it to which a position belongs."""
        return self._owners[position][:2]

    def starts(self) -> dict[int, int]:
        """Where each row begins."""
        if not self._starts:
            for position, (number, _column, _offset) in enumerate(self._owners):
                self._starts.setdefault(number, position)
        return self._starts

    def cells_of(self, row: int) -> list[tuple[int, int]]:
        """Where each cell of a row begins and ends, blanks left out; nothing for a row that isn't in the flow."""
        at = self.starts().get(row)
        spans: list[tuple[int, int]] = []
        for column in range(len(self.rows[row].cells) if at is not None and row < len(self.rows) else 0):
            ends = at = int(at or 0)
            while (
                ends < len(self._owners) and self.owner(ends) == (row, column) and self._signs[ends] != "\n"
            ):
                ends += 1
            first = at
            while first < ends and self.text[first] in "\t ":
                first += 1
            spans.append((first, ends))
            at = ends
        return spans

    def under(self, start: int, end: int) -> tuple[int, int] | None:
        """The cell right below some signs with the same left edge, where a narrow column breaks its text."""
        if start >= end:
            return None
        row, column = self.owner(start)
        box = self.place(start, end).box
        if (
            box is None
            or row + 1 >= len(self.rows)
            or self.rows[row + 1].place.page != self.rows[row].place.page
        ):
            return None
        bottom = self.rows[row].cells[column].bottom
        for number, span in enumerate(self.cells_of(row + 1)):
            cell = self.rows[row + 1].cells[number]
            if abs(cell.left - box[0]) < 15 and cell.top - bottom < 12 and span[0] < span[1]:
                return span
        return None

    def place(self, start: int, end: int) -> Place:
        """Where the signs between two positions stand: the first page's part of them, or the paragraph."""
        owners = self._owners[start:end] or self._owners[start : start + 1]
        if not owners:
            return Place()
        first = self.rows[owners[0][0]]
        if first.place.page is None:
            return first.place
        boxes: list[tuple[float, float, float, float]] = []
        by_cell: dict[tuple[int, int], list[int]] = {}
        for number, column, offset in owners:
            if self.rows[number].place.page == first.place.page:
                by_cell.setdefault((number, column), []).append(offset)
        for (number, column), offsets in by_cell.items():
            cell = self.rows[number].cells[column]
            boxes.append(_part(cell, min(offsets), max(offsets) + 1))
        box = (
            min(each[0] for each in boxes),
            min(each[1] for each in boxes),
            max(each[2] for each in boxes),
            max(each[3] for each in boxes),
        )
        left, top, right, bottom = (max(0, min(1000, round(edge))) for edge in box)
        return Place(page=first.place.page, box=(left, top, right, bottom))


def _width(text: str) -> int:
    """How wide signs are, in tenths of a Chinese one, as common fonts have them."""
    return sum(
        10
        if unicodedata.east_asian_width(sign) in "WFA"
        else 7
        if sign.isupper()
        else 3
        if sign in " .,:;'!|"
        else 6
        for sign in text
    )


def _part(cell: Cell, start: int, end: int) -> tuple[float, float, float, float]:
    """The box of some signs of a cell by the share of its width that they take, and half a sign around."""
    share = (cell.right - cell.left) / max(_width(cell.text), 1)
    left = cell.left + share * (_width(cell.text[:start]) - 5)
    right = cell.left + share * (_width(cell.text[:end]) + 5)
    return max(left, cell.left), cell.top, min(right, cell.right), cell.bottom


def rows_of(sheets: Iterable[Sheet]) -> list[Row]:
    """The rows of pages from top to bottom, without page numbers and heads that every page repeats."""
    rows: list[Row] = []
    heads: set[tuple[str, int]] = set()
    for sheet in sheets:
        wide, high = max(sheet.width, 1.0), max(sheet.height, 1.0)
        of_page: list[Row] = []
        for line in join(sheet.pieces):
            cells = _cells(line.pieces, wide, high)
            top = cells[0].top
            if (top < 80 or top > 920) and len(cells) <= 3:
                if _FOOT.fullmatch(line.text.strip()):
                    continue
                key = (re.sub(r"\d", "", line.text), round(top / 10))
                if sheet.number > 1 and key in heads:
                    continue
                heads.add(key)
            of_page.append(Row(cells, Place(page=sheet.number)))
        rows += of_page
    return _wrapped(rows)


def _cells(pieces: Sequence[Piece], wide: float, high: float) -> tuple[Cell, ...]:
    """A line's pieces as cells: a column's gap parts them."""
    groups: list[list[Piece]] = []
    for piece in pieces:
        last = groups[-1][-1] if groups else None
        if last is not None and piece.x - last.right <= _COLUMN_GAP * max(min(piece.size, last.size), 1.0):
            groups[-1].append(piece)
        else:
            groups.append([piece])
    return tuple(
        Cell(
            " ".join(piece.text for piece in group),
            1000 * group[0].x / wide,
            1000 * max(piece.right for piece in group) / wide,
            1000 * min(piece.y - piece.size for piece in group) / high,
            1000 * max(piece.y + 0.25 * piece.size for piece in group) / high,
        )
        for group in groups
    )


def _wrapped(rows: list[Row]) -> list[Row]:
    """Rows of running text that end at the right edge go on in the next."""
    edges: dict[int | None, tuple[float, float]] = {}
    for row in rows:
        left, right = edges.get(row.place.page, (1000.0, 0.0))
        edges[row.place.page] = min(left, row.cells[0].left), max(right, row.cells[-1].right)
    found: list[Row] = []
    for place, row in enumerate(rows):
        after = rows[place + 1] if place + 1 < len(rows) else None
        goes_on = False
        if after is not None and len(row.cells) == 1 and row.cells[0].text:
            cell, follows = row.cells[0], after.cells[0]
            left, right = edges[row.place.page]
            sign = (cell.right - cell.left) / max(_width(cell.text) / 10, 1)
            near = after.place.page != row.place.page or (
                follows.top - cell.bottom <= 1.6 * (cell.bottom - cell.top)
            )
            goes_on = (
                right - left > 400
                and right > _PAGE_EDGE
                and right - cell.right <= 2.3 * sign
                and follows.left - edges[after.place.page][0] <= 2.5 * sign
                and cell.text[-1] not in "。；：;:"
                and not _BEGINS_ANEW.match(follows.text)
                and near
            )
        found.append(Row(row.cells, row.place, goes_on))
    return found
