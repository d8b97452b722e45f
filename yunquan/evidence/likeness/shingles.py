"""A text as its shingles, their MinHash signature, and the bands by which alike texts meet in an index."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]
Signature = NDArray[np.uint32]

# Five characters are two or three Chinese words: long enough to be rare, short enough to survive an edit.
WIDTH = 5
PERMUTATIONS = 128
# Wide bands find texts that are four fifths the same; narrow ones tell the nearly identical apart where
# thousands share a form and fill the wide ones.
_LAYERS = ((32, 4), (8, 16))
LANES = sum(bands for bands, _rows in _LAYERS)
MOST_CHARACTERS = 400_000
_PIECE = 8_192
_MOST_FOR_ONE = 18

NAME, FIGURE = "名", "数"
_STOPS = "由为与和的在对向及是给经让将把被"
_FIRM_ENDS = re.compile(r"有限责任公司|有限公司|分公司|公司|厂(?!房|长|区|家|商|内)")
_MOST_NAME = 28
# A line broken within a name, and the blank that typesetting puts between Chinese and figures.
_BROKEN = re.compile(
    r"(?<=[\u4e00-\u9fff)])[ \t]*\r?\n[ \t]*(?=[\u4e00-\u9fff(])"
    r"|(?<=[\u4e00-\u9fff])[ \t]+(?=[0-9A-Za-z])|(?<=[0-9A-Za-z])[ \t]+(?=[\u4e00-\u9fff])"
)
_DAY = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")
_NUMBER = re.compile(r"[A-Za-z]{0,8}\d[\dA-Za-z,.%\-]*")

_generator = np.random.Generator(np.random.PCG64(20180320))
_MULTIPLIERS = _generator.integers(1, 2**63, PERMUTATIONS, dtype=np.uint64) * np.uint64(2) + np.uint64(1)
_ADDENDS = _generator.integers(0, 2**63, PERMUTATIONS, dtype=np.uint64)
_PLACES = _generator.integers(1, 2**63, WIDTH, dtype=np.uint64) * np.uint64(2) + np.uint64(1)


def _narrow(text: str) -> str:
    """A text in the one spelling of its signs, never longer than is compared: one sign may stand for eighteen."""
    taken = MOST_CHARACTERS // _MOST_FOR_ONE
    while True:
        spelt = unicodedata.normalize("NFKC", text[:taken])
        if len(spelt) >= MOST_CHARACTERS or taken >= min(len(text), MOST_CHARACTERS):
            return spelt[:MOST_CHARACTERS]
        taken = min(2 * taken, MOST_CHARACTERS)


def plain(text: str) -> str:
    """A text without its looks: width, case, spaces and punctuation don't count.

    >>> plain("验收　报告：ＯＫ！")
    '验收报告ok'
    """
    folded = _narrow(text).casefold()
    return "".join(sign for sign in folded if sign.isalnum())[:MOST_CHARACTERS]


def wording(text: str, names: Iterable[str] = ()) -> str:
    """What a text says when firms, days and figures are left blank, without its looks.

    `names` are names known to stand in it; names of firms are found by their form too.

    >>> wording("示例五金厂于2019年3月1日验收") == wording("样板机电有限公司于2018-12-30验收")
    True
    """
    shown = _BROKEN.sub("", _narrow(text))
    for name in sorted((unicodedata.normalize("NFKC", name) for name in names if len(name) > 1), key=len)[
        ::-1
    ]:
        shown = shown.replace(name, NAME)
    shown = _without_firms(shown)
    shown = _DAY.sub(FIGURE, shown)
    return plain(_NUMBER.sub(FIGURE, shown))


def firms(text: str) -> list[tuple[int, int]]:
    """Where in a text names of firms stand: from their ending back to a space, a sign or a small word."""
    spans, done = [], 0
    for ending in _FIRM_ENDS.finditer(text):
        start = ending.start()
        least = max(done, start - _MOST_NAME)
        while start > least and (text[start - 1].isalnum() or text[start - 1] in "()（）"):
            if text[start - 1] in _STOPS:
                break
            start -= 1
        if ending.start() - start >= 2:
            spans.append((start, ending.end()))
            done = ending.end()
    return spans


def _without_firms(text: str) -> str:
    """Leave the names of firms blank."""
    parts, done = [], 0
    for start, end in firms(text):
        parts += [text[done:start], NAME]
        done = end
    return "".join(parts) + text[done:]


def figures(text: str) -> Counter[str]:
    """The figures in a text that say something about its case: days, sums, numbers of three signs or more.

    >>> sorted(figures("一、2019年3月1日验收 12 台，共 80,000.00 元"))
    ['2019-03-01', '80000']
    """
    shown = _narrow(text)
    found: Counter[str] = Counter()
    for day in _DAY.finditer(shown):
        found[f"{day[1]}-{int(day[2]):02d}-{int(day[3]):02d}"] += 1
    for number in _NUMBER.findall(_DAY.sub(" ", shown)):
        bare = re.sub(r"[,\-]", "", number).rstrip(".").casefold()
        bare = re.sub(r"^(\d+)\.0+$", r"\1", bare)
        if len(bare) >= 3 and not re.fullmatch(r"\d(\.\d)+", bare):
            found[bare] += 1
    return found


def shared_part(one: Counter[str], other: Counter[str]) -> float:
    """How much two bags have in common, 0 to 1; two empty ones have nothing to differ in."""
    whole = (one | other).total()
    return (one & other).total() / whole if whole else 1.0


def shingles(plain_text: str) -> Hashes:
    """The hashes of all runs of five characters of a plain text, each once, sorted."""
    if not plain_text:
        return np.empty(0, dtype=np.uint64)
    signs = np.frombuffer(plain_text.encode("utf-32-le"), dtype=np.uint32).astype(np.uint64)
    if len(signs) < WIDTH:
        signs = np.concatenate([signs, np.zeros(WIDTH - len(signs), dtype=np.uint64)])
    count = len(signs) - WIDTH + 1
    mixed = np.zeros(count, dtype=np.uint64)
    for place in range(WIDTH):
        mixed = (mixed ^ (signs[place : place + count] * _PLACES[place])) * _PLACES[WIDTH - 1 - place]
        mixed ^= mixed >> np.uint64(29)
    return np.unique(mixed)


def without(hashes: Hashes, form: Hashes) -> Hashes:
    """The shingles that a blank form doesn't bring with it; all of them where hardly anything is left."""
    if not len(form):
        return hashes
    rest = hashes[~np.isin(hashes, form, assume_unique=True)]
    return rest if len(rest) >= 20 else hashes


def signature(hashes: Hashes) -> Signature:
    """The MinHash signature; the share of equal places of two estimates the Jaccard likeness of their texts."""
    least = np.full(PERMUTATIONS, np.iinfo(np.uint64).max, dtype=np.uint64)
    for start in range(0, len(hashes), _PIECE):
        piece = hashes[start : start + _PIECE]
        least = np.minimum(least, (_MULTIPLIERS[:, None] * piece[None, :] + _ADDENDS[:, None]).min(axis=1))
    return (least >> np.uint64(32)).astype(np.uint32)


def bands(signed: Signature) -> tuple[int, ...]:
    """The keys under which a signature stands in an index, each a number of 63 bits; equal keys are candidates."""
    keys, lane = [], 0
    for count, rows in _LAYERS:
        block = signed[: count * rows].reshape(count, rows).astype(np.uint64)
        mixed = np.arange(lane, lane + count, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        for row in range(rows):
            mixed = (mixed ^ block[:, row]) * np.uint64(0xBF58476D1CE4E5B9)
            mixed ^= mixed >> np.uint64(31)
        keys.append(mixed >> np.uint64(1))
        lane += count
    return tuple(int(key) for key in np.concatenate(keys))


def estimate(one: Signature, other: Signature) -> float:
    """The likeness that two signatures suggest, 0 to 1."""
    return float(np.mean(one == other))


def jaccard(one: NDArray[Any], other: NDArray[Any]) -> float:
    """The true likeness of two texts: shared shingles over all shingles of either."""
    if not len(one) and not len(other):
        return 1.0
    shared = len(np.intersect1d(one, other, assume_unique=True))
    return shared / (len(one) + len(other) - shared)
