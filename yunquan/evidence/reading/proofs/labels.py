"""Labels in a receipt and what stands behind, beside or below each of them."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from yunquan.evidence.reading.amounts import CAPITAL_SIGNS
from yunquan.evidence.reading.facts import Place
from yunquan.evidence.reading.flow import Cell, Flow, Row

_BOUNDARY = frozenset("\n\t :;,。)]】/|、")
# After these a label may follow without any blank, when a colon stands behind it.
_ENDS_A_VALUE = frozenset("司厂行店部社)元整0123456789")
_AMOUNT_BEGINS = re.compile(rf"[¥\d]|人民币|CNY|RMB|[{CAPITAL_SIGNS}]")
MOST_HITS = 4_000


@dataclass(frozen=True, slots=True)
class Hit:
    """A label at a place of the flow, and where its value stands there; an empty span where there is none."""

    label: str
    start: int
    end: int
    row: int
    cell: Cell
    value: tuple[int, int] = (0, 0)


@lru_cache(16)
def _pattern(labels: tuple[str, ...]) -> re.Pattern[str]:
    spread = (r"[ \t]?".join(re.escape(sign) for sign in label.replace(" ", "")) for label in labels)
    return re.compile("|".join(spread))


def plain(label: str) -> str:
    """A label without blanks, as it is compared."""
    return "".join(label.split())


class Labelled:
    """The labels of a receipt with their values."""

    def __init__(self, flow: Flow, vocabulary: Iterable[str]) -> None:
        self.flow = flow
        self.begins = flow.starts()
        words = tuple(sorted({plain(word) for word in vocabulary}, key=lambda word: (-len(word), word)))
        found: list[tuple[int, int]] = []
        for hit in _pattern(words).finditer(flow.text):
            if self._is_label(hit.start(), hit.end()):
                found.append(hit.span())
                if len(found) >= MOST_HITS:
                    break
        self.spans = found
        self.label_starts = {start for start, _end in found}
        self.label_rows = {flow.owner(start)[0] for start, _end in found}
        self.hits = [self._hit(place) for place in range(len(found))]
        self.by_row: dict[int, list[Hit]] = {}
        for each in self.hits:
            self.by_row.setdefault(each.row, []).append(each)

    def _is_label(self, start: int, end: int) -> bool:
        text = self.flow.text
        before = text[start - 1] if start else "\n"
        after = text[end : end + 12]
        if after.lstrip(" \t").startswith(":"):
            return before in _BOUNDARY or before in _ENDS_A_VALUE
        if before not in _BOUNDARY:
            return False
        if not after or after[0] in "\n\t ":
            return True
        word = text[start:end]
        return ("额" in word or "写" in word) and _AMOUNT_BEGINS.match(after) is not None

    def cell_at(self, position: int) -> tuple[int, int, Cell]:
        """The row, the column and the cell in which a position stands."""
        row, column = self.flow.owner(position)
        return row, column, self.flow.rows[row].cells[column]

    def _hit(self, place: int) -> Hit:
        start, end = self.spans[place]
        row, column, cell = self.cell_at(start)
        label = plain(self.flow.text[start:end])
        return Hit(label, start, end, row, cell, self._value(place, row, column, cell))

    def _value(self, place: int, row: int, column: int, cell: Cell) -> tuple[int, int]:
        text = self.flow.text
        until = self.spans[place + 1][0] if place + 1 < len(self.spans) else len(text)
        at = self.spans[place][1]
        while at < len(text) and text[at] in " :_":
            at += 1
        if at < len(text) and text[at] == "\t":
            while at < len(text) and text[at] in " \t:_":
                at += 1
        if at >= until or text[at] == "\n":
            colon = text[self.spans[place][1] : at].strip(" \t_")
            return (at, at) if colon else self._below(row, column, cell)
        stop = min(
            until, *(where for where in (text.find(sign, at) for sign in "\t\n") if where >= 0), len(text)
        )
        while stop > at and text[stop - 1] in " _":
            stop -= 1
        return at, stop

    def _below(self, row: int, column: int, cell: Cell) -> tuple[int, int]:
        """The cell under a label that has nothing behind it, as tables have it whose labels are their head."""
        rows = self.flow.rows
        if (
            row + 1 not in self.begins
            or row + 1 in self.label_rows
            or rows[row + 1].place.page != rows[row].place.page
        ):
            return (0, 0)
        for number, span in enumerate(self.flow.cells_of(row + 1)):
            under = rows[row + 1].cells[number]
            overlaps = min(cell.right, under.right) > max(cell.left, under.left)
            if overlaps if rows[row].place.page is not None else number == column:
                return span
        return (0, 0)

    def rest_of_row(self, hit: Hit, passing: Collection[str]) -> tuple[int, int]:
        """What stands behind a label up to the row's end, past labels that say more of the same."""
        ends = self.flow.text.find("\n", hit.end)
        ends = ends if ends >= 0 else len(self.flow.text)
        for each in self.by_row[hit.row]:
            if each.start > hit.start and each.label not in passing:
                ends = min(ends, each.start)
        return hit.end, ends

    def said(self, span: tuple[int, int]) -> str:
        """What stands between two positions, in one line."""
        return self.flow.said(*span).strip(" ：:_；;，,")

    def place(self, span: tuple[int, int]) -> Place:
        """Where it stands."""
        return self.flow.place(*span)

    def goes_on(self, span: tuple[int, int]) -> tuple[int, int] | None:
        """The cell below a value that continues it, in a row without labels."""
        below = self.flow.under(*span)
        return below if below is not None and self.flow.owner(below[0])[0] not in self.label_rows else None

    def left_over(self, *, whole_rows: bool = False) -> list[str]:
        """The cells that are neither labels nor values: titles, stamps, notes.

        With `whole_rows` nothing that stands behind a label in its row is left, whoever's it is.
        """
        covered: list[tuple[int, int]] = []
        for hit in self.hits:
            covered += [(hit.start, hit.end), hit.value]
            if whole_rows:
                covered.append((hit.end, self.rest_of_row(hit, ())[1]))
        starts = sorted(covered)
        found: list[str] = []
        for number in self.begins:
            for begins, ends in self.flow.cells_of(number):
                if begins < ends and not _covers(starts, begins, ends):
                    found.append(plain(self.flow.text[begins:ends]))
        return found


def _covers(spans: Sequence[tuple[int, int]], begins: int, ends: int) -> bool:
    """Whether any span, in the order of their beginnings, shares a sign with a cell."""
    at = bisect_left(spans, (ends, 0))
    # A row's spans are few; the ones that reach into a cell begin in its row or right above.
    return any(start < end and end > begins for start, end in spans[max(0, at - 40) : at])


def head_side(
    labelled: Labelled,
    hit: Hit,
    heads: Sequence[tuple[str, Row, Cell, int]],
) -> str:
    """Which side a label of both sides belongs to: by a head left of it, or by one above it."""
    cell, row = hit.cell, labelled.flow.rows[hit.row]
    same_page = [each for each in heads if each[1].place.page == row.place.page]
    left = [
        each
        for each in same_page
        if each[2].left <= cell.left
        and each[2].top - 30 <= cell.top <= each[2].bottom + 30
        and each[3] != hit.start
        and (each[1].place.page is not None or each[1] is row)
    ]
    if left:
        return max(left, key=lambda each: (each[2].left, -abs(each[2].top - cell.top)))[0]
    above = [each for each in same_page if each[3] < hit.start]
    if not above:
        return ""
    last = above[-1]
    beside = [each for each in above if each[1] is last[1]]
    if len({each[0] for each in beside}) < 2:
        return last[0]
    near = [each for each in beside if each[2].left <= cell.left + 60]
    return max(near or beside[:1], key=lambda each: each[2].left)[0]
