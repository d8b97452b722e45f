"""What differs between two alike texts, side by side: names, figures and words, in the order of the text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from yunquan.evidence.likeness import shingles

What = Literal["same", "name", "figure", "wording"]
# Comparing costs the product of both lengths at worst, so it is bounded; the rest is shown as not compared.
MOST_CLAUSES = 1_500
_MOST_TOKENS = 200
# Products of lengths compared sign by sign; beyond it changed clauses are shown whole.
_BUDGET = 2_000_000
_CLAUSE = re.compile(r"[^，。；：、！？\n,;!?]+[，。；：、！？\n,;!?]*")
_TOKEN = re.compile(r"\d[\d,.\-/年月日%]*|[A-Za-z]+|\s+|.", re.DOTALL)
# Two stretches that differ with fewer equal signs than this between them are one: words share signs by chance.
_BRIDGE = 3
LABELS: dict[What, str] = {"same": "相同", "name": "名称", "figure": "日期、金额或数字", "wording": "文字"}


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of both texts: equal, or what stands left and right in its place."""

    what: What
    left: str
    right: str


@dataclass(frozen=True, slots=True)
class SideBySide:
    """Two texts against each other; `is_whole` is False where they were too long to compare to the end."""

    pieces: tuple[Piece, ...]
    is_whole: bool = True

    @property
    def differences(self) -> tuple[Piece, ...]:
        return tuple(piece for piece in self.pieces if piece.what != "same")

    def summary(self) -> str:
        """What differs, counted by kind, in Chinese."""
        counts = {what: sum(piece.what == what for piece in self.pieces) for what in LABELS if what != "same"}
        told = "，".join(f"{LABELS[what]} {count} 处不同" for what, count in counts.items() if count)
        return told or "没有不同"


def side_by_side(left: str, right: str) -> SideBySide:
    """Lay two texts against each other, clause by clause and within changed clauses sign by sign.

    Joining the left parts gives the left text as far as it was compared, joining the right ones the right text.
    """
    ours, theirs = _CLAUSE.findall(left), _CLAUSE.findall(right)
    whole = len(ours) <= MOST_CLAUSES and len(theirs) <= MOST_CLAUSES
    ours, theirs = ours[:MOST_CLAUSES], theirs[:MOST_CLAUSES]
    pieces: list[Piece] = []
    spent = 0
    for same, mine, yours in _steps(ours, theirs, repeats=False):
        before, after = "".join(mine), "".join(yours)
        if same:
            pieces.append(Piece("same", before, after))
            continue
        spent += len(before) * len(after)
        pieces += _within(before, after) if spent <= _BUDGET else [Piece(_what(before, after), before, after)]
    return SideBySide(tuple(_joined(pieces)), whole)


def _steps(
    left: Sequence[str], right: Sequence[str], *, repeats: bool = True
) -> list[tuple[bool, Sequence[str], Sequence[str]]]:
    """What is equal and what isn't, in order; without `repeats` a clause that stands everywhere ties nothing."""
    matcher = SequenceMatcher(None, left, right, autojunk=not repeats)
    return [(op == "equal", left[a:b], right[c:d]) for op, a, b, c, d in matcher.get_opcodes()]


def _within(left: str, right: str) -> list[Piece]:
    ours, theirs = _tokens(left), _tokens(right)
    if len(ours) > _MOST_TOKENS or len(theirs) > _MOST_TOKENS:
        return [Piece(_what(left, right), left, right)]
    pieces = []
    for same, mine, yours in _steps(ours, theirs):
        before, after = "".join(mine), "".join(yours)
        pieces.append(Piece("same" if same else _what(before, after), before, after))
    return _bridged(pieces)


def _tokens(text: str) -> list[str]:
    """Signs, figures, and names of firms as a whole."""
    tokens, done = list[str](), 0
    for start, end in shingles.firms(text):
        tokens += [*_TOKEN.findall(text[done:start]), text[start:end]]
        done = end
    return tokens + _TOKEN.findall(text[done:])


def _bridged(pieces: list[Piece]) -> list[Piece]:
    """Differences of one kind with next to nothing between them become one."""
    joined: list[Piece] = []
    for piece in pieces:
        between = joined[-1] if joined else None
        if (
            piece.what == "wording"
            and between is not None
            and between.what == "same"
            and len(between.left) < _BRIDGE
            and len(joined) > 1
            and joined[-2].what == "wording"
        ):
            last = joined[-2]
            joined[-2:] = [
                Piece(
                    "wording", last.left + between.left + piece.left, last.right + between.right + piece.right
                )
            ]
        else:
            joined.append(piece)
    return joined


def _what(left: str, right: str) -> What:
    if re.search(r"\d", left + right) and not shingles.plain(re.sub(r"\d", "", left + right)).strip("年月日"):
        return "figure"
    ours, theirs = shingles.wording(left), shingles.wording(right)
    if ours == theirs:
        return "name" if shingles.NAME in ours else "figure"
    return "wording"


def _joined(pieces: list[Piece]) -> list[Piece]:
    joined: list[Piece] = []
    for piece in pieces:
        if joined and joined[-1].what == piece.what:
            joined[-1] = Piece(piece.what, joined[-1].left + piece.left, joined[-1].right + piece.right)
        else:
            joined.append(piece)
    return joined
