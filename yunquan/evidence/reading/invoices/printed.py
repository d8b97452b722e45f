"""Finds an invoice's fields in text that stands on a page: labels, and what stands right of or below them.

PDF and OFD give the same thing, pieces of text with their places; programs that print invoices cut the text up in
every way, so that a label and its value may be one piece, two, or one piece for each character.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from yunquan.evidence.reading.facts import InvoiceLine, Place
from yunquan.evidence.reading.invoices import values
from yunquan.evidence.reading.invoices.merge import Said, is_red_mark, reversed_key, title_kind, void_mark

MOST_PIECES = 20_000
_SUM = re.compile(r"[-−]?[¥￥]?[-−]?\d[\d,]*\.\d{2}(?!\d)")
_DAY = re.compile(r"开票日期[:：]?(\d{4}年\d{1,2}月\d{1,2}日?|\d{4}[-/.]?\d{2}[-/.]?\d{2})")
_NUMBER = re.compile(r"发票号码[:：]?(?:No|№)?[.:：]?(\d{20}|\d{8})(?!\d)")
_CODE = re.compile(r"发票代码[:：]?(\d{12}|\d{10})(?!\d)")
_CHECK = re.compile(r"校验码[:：]?(\d{20})(?!\d)")
# The upright letters beside the block, 购买方信息, may touch the label.
_NAME = re.compile(r"^[购买方销售信息]{0,5}名称[:：](.*)")
_TAX_NUMBER = re.compile(r"纳税人识别号[:：](.*)")
_TOTAL = re.compile(r"(?<!税)合计(?!金额|税额)(.*)")
_GROSS = re.compile(r"小写[)）]?[:：]?(.*)")
_RATE = re.compile(r"(?:\d{1,2}(?:\.\d)?%|免税|不征税|\*{2,3})")
# Labels that are spread over the width of the longest one: 名        称.
_SPREAD = ("名称", "纳税人识别号", "校验码", "发票代码", "发票号码", "开票日期")
_LABELS = ("发票号码", "开票日期", "发票代码", "校验码", "机器编号", "纳税人识别号", "地址", "开户行", "名称")


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of text on a page, all in one unit; `y` is its base line, counted from the page's upper edge."""

    text: str
    x: float
    right: float
    y: float
    size: float


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page's pieces of text and its measures."""

    pieces: Sequence[Piece]
    width: float
    height: float
    number: int = 1


@dataclass(frozen=True, slots=True)
class _Line:
    """Pieces on one base line from left to right, and their text without blanks."""

    pieces: tuple[Piece, ...]
    text: str

    @property
    def y(self) -> float:
        return self.pieces[0].y


@functools.lru_cache(4096)
def _compact(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", values.tidy(text)).split()).replace("¥", "￥")


def join(pieces: Iterable[Piece]) -> list[_Line]:
    """Pieces as lines, pieces that touch as one."""
    rows: list[list[Piece]] = []
    for piece in sorted(pieces, key=lambda each: (each.y, each.x)):
        if rows and abs(piece.y - rows[-1][0].y) <= 0.5 * max(min(piece.size, rows[-1][0].size), 1.0):
            rows[-1].append(piece)
        else:
            rows.append([piece])
    return [
        _Line(tuple(joined := _touching(row)), _compact("".join(each.text for each in joined)))
        for row in rows
    ]


def _touching(row: list[Piece]) -> list[Piece]:
    row.sort(key=lambda each: each.x)
    groups: list[list[Piece]] = []
    for piece in row:
        last = groups[-1][-1] if groups else None
        if last is not None and -0.5 * last.size <= piece.x - last.right <= 0.8 * max(
            min(piece.size, last.size), 1.0
        ):
            groups[-1].append(piece)
        elif last is not None and piece.text == last.text and abs(piece.x - last.x) < 0.3 * last.size:
            continue  # The same text twice in one place is how some programs print bold.
        else:
            groups.append([piece])
    return _gathered([_one(group) for group in groups])


def _one(group: Sequence[Piece]) -> Piece:
    return Piece(
        "".join(each.text for each in group),
        group[0].x,
        max(each.right for each in group),
        group[0].y,
        max(each.size for each in group),
    )


def _gathered(row: list[Piece]) -> list[Piece]:
    """A row whose spread labels are one piece each again."""
    gathered: list[Piece] = []
    place = 0
    while place < len(row):
        length, text = 1, _compact(row[place].text)
        for label in _SPREAD:
            if not text or len(text) >= len(label) or not label.startswith(text):
                continue
            after, whole = place + 1, text
            while after < len(row) and len(whole) < len(label) and label.startswith(whole):
                whole += _compact(row[after].text)
                after += 1
            if whole.startswith(label):
                length = after - place
        gathered.append(_one(row[place : place + length]))
        place += length
    return gathered


class _Finder:
    """One page's findings while they are collected."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet, self.lines = sheet, join(sheet.pieces[:MOST_PIECES])
        self.told: dict[str, Any] = {}
        self.places: dict[str, Place] = {}

    def place(self, *pieces: Piece) -> Place:
        """A field's place in thousandths of the page."""
        wide, high = max(self.sheet.width, 1.0), max(self.sheet.height, 1.0)

        def share(length: float, of: float) -> int:
            return max(0, min(1000, round(1000 * length / of)))

        box = (
            share(min(piece.x for piece in pieces), wide),
            share(min(piece.y - piece.size for piece in pieces), high),
            share(max(piece.right for piece in pieces), wide),
            share(max(piece.y + 0.25 * piece.size for piece in pieces), high),
        )
        return Place(self.sheet.number, box)

    def keep(self, name: str, value: Any, *pieces: Piece) -> None:
        """Keep a field that was found; the first finding stays."""
        if value is not None and name not in self.told:
            self.told[name] = value
            self.places[name] = self.place(*pieces)

    def heads(self) -> None:
        """Number, code, check code, day and title."""
        for line in self.lines:
            for name, pattern, take in (
                ("number", _NUMBER, values.number),
                ("code", _CODE, values.code),
                ("check_code", _CHECK, values.check_code),
                ("issued_on", _DAY, values.day),
            ):
                found = pattern.search(line.text)
                if found:
                    self.keep(name, take(found[1]), *self._showing(line, found[1]))
            for piece in line.pieces:
                self.keep("kind", title_kind(piece.text), piece)
            self.keep("kind", title_kind(line.text), *line.pieces)

    def _showing(self, line: _Line, value: str) -> tuple[Piece, ...]:
        """The pieces of a line that show a value, or the whole line where it is spread over several."""
        held = tuple(piece for piece in line.pieces if value in _compact(piece.text))
        return held[:1] or line.pieces

    def parties(self) -> None:
        """Buyer and seller: left and right in a 数电票, above and below in older invoices."""
        for name, pattern, take in (
            ("", _NAME, values.name),
            ("_no", _TAX_NUMBER, values.tax_number),
        ):
            found = [hit for line in self.lines for hit in self._labelled(line, pattern)]
            if not found:
                continue
            if len(found) == 1:
                piece = found[0][0]
                older_seller = piece.x < self.sheet.width / 2 and piece.y > self.sheet.height / 2
                sides = ["seller" if piece.x > self.sheet.width * 0.45 or older_seller else "buyer"]
            else:
                found = found[:2]
                if abs(found[0][0].y - found[1][0].y) <= 1.5 * found[0][0].size:
                    found.sort(key=lambda hit: hit[0].x)
                sides = ["buyer", "seller"]
            for side, (_label, text, held) in zip(sides, found, strict=True):
                self.keep(f"{side}{name}", take(text), *held)

    def _labelled(self, line: _Line, pattern: re.Pattern[str]) -> list[tuple[Piece, str, tuple[Piece, ...]]]:
        """Every label in a line with the text that belongs to it: the rest of its piece, or the piece after."""
        hits: list[tuple[Piece, str, tuple[Piece, ...]]] = []
        for place, piece in enumerate(line.pieces):
            found = pattern.search(_compact(piece.text))
            if not found:
                continue
            held, text = (piece,), found[1]
            if not text and place + 1 < len(line.pieces):
                after = line.pieces[place + 1]
                near = after.x - piece.right < 0.25 * self.sheet.width
                if near and not any(label in _compact(after.text) for label in _LABELS):
                    held, text = (after,), after.text
            elif text and pattern is _NAME:
                # A name keeps its own blanks, which the search had to leave out.
                text = re.split("[:：]", piece.text, maxsplit=1)[-1]
            hits.append((piece, text, held))
        return hits

    def sums(self) -> None:
        """The sums of the line 合计, and the sum behind （小写）."""
        for line in self.lines:
            gross = _GROSS.search(line.text)
            if gross:
                found = _SUM.search(gross[1])
                if found:
                    self.keep("gross_fen", values.fen(found[0]), *self._showing(line, found[0]))
                continue
            total = _TOTAL.search(line.text)
            if total and "价" not in line.text[: total.start()][-3:]:
                found_sums = _SUM.findall(total[1])
                for name, text in zip(("net_fen", "tax_fen"), found_sums, strict=False):
                    self.keep(name, values.fen(text), *self._showing(line, text))

    def items(self) -> tuple[InvoiceLine, ...]:
        """The lines between the headings and 合计 that have a rate of tax."""
        rows, inside = [], False
        for line in self.lines:
            if "金额" in line.text and "税额" in line.text:
                inside = True
                continue
            if _TOTAL.search(line.text) or "小写" in line.text:
                break
            if not inside:
                continue
            rate = next((piece for piece in line.pieces[1:] if _RATE.fullmatch(_compact(piece.text))), None)
            if rate is None:
                continue
            before = [values.fen(piece.text) for piece in line.pieces[1:] if piece.right <= rate.x]
            after = [values.fen(piece.text) for piece in line.pieces if piece.x >= rate.right]
            rows.append(
                InvoiceLine(
                    values.name(line.pieces[0].text) or "",
                    next((amount for amount in reversed(before) if amount is not None), None),
                    next((amount for amount in after if amount is not None), None),
                    _compact(rate.text),
                )
            )
        return tuple(rows[:200])

    def marks(self) -> tuple[bool, str | None]:
        """Whether the page says that the invoice is red, and whether a stamp says that it is void."""
        red = any(is_red_mark(line.text) for line in self.lines)
        void = next(
            (mark for line in self.lines for piece in line.pieces if (mark := void_mark(piece.text))), None
        )
        if red:
            # A remark may run on in the next line.
            told = [line.text for line in self.lines]
            pairs = (one + other for one, other in zip(told, [*told[1:], ""], strict=True))
            self.told["reverses"] = next((key for pair in pairs if (key := reversed_key(pair))), None)
        return red, void


def find(sheet: Sheet) -> Said | None:
    """What a page says about an invoice (source `text`), or None when no invoice is printed on it."""
    finder = _Finder(sheet)
    finder.heads()
    finder.sums()
    if not {"number", "gross_fen"} & finder.told.keys():
        return None
    finder.parties()
    red, void = finder.marks()
    return Said("text", finder.told, finder.places, finder.items(), red, void)
