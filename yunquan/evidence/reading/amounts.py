"""Sums and days as Chinese papers write them: figures, 万元, capitals (人民币大写), days in figures or words."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

from yunquan.kernel.money import FEN_PER_WAN, FEN_PER_YUAN, LARGEST_FEN

_WORDS = {
    **dict(zip("零壹贰叁肆伍陆柒捌玖", range(10), strict=True)),
    **dict(zip("〇一二三四五六七八九", range(10), strict=True)),
    "○": 0, "貳": 2, "弍": 2, "两": 2, "參": 3, "叄": 3, "参": 3, "陸": 6, "O": 0, "o": 0, "0": 0,
}  # fmt: skip
_TENS = {"拾": 10, "十": 10, "佰": 100, "百": 100, "仟": 1000, "千": 1000}
_GROUPS = {"万": 10_000, "萬": 10_000, "亿": 100_000_000, "億": 100_000_000}
CAPITAL_SIGNS = "".join(
    dict.fromkeys([*(sign for sign in _WORDS if not sign.isascii()), *_TENS, *_GROUPS, *"元圆角分整正"])
)
_UNITS = {"万元": FEN_PER_WAN, "万": FEN_PER_WAN, "亿元": 10_000 * FEN_PER_WAN, "千元": 1000 * FEN_PER_YUAN}
UNIT = r"(?:万元|亿元|千元|万(?!分)|元|圆)"
# Figures as they stand after NFKC: grouped by commas or not, up to six decimals (for 万元).
FIGURES = r"(?:\d{1,3}(?:,\n?\d{3})+|\d{1,13})(?:\.\d{1,6})?"
_FIGURES = re.compile(FIGURES)

_DAY_FIGURES = re.compile(
    r"(?<!\d)((?:19|20)\d{2})\s?(?:年|-|/|\.)\s?(\d{1,2})\s?(?:月|-|/|\.)\s?(\d{1,2})(?!\d)\s?日?"
)
_YEAR_WORDS, _PART_WORDS = (
    "〇零○Oo0一二三四五六七八九壹贰叁肆伍陆柒捌玖",
    "一二三四五六七八九十元正廿卅壹贰叁肆伍陆柒捌玖拾",
)
_DAY_WORDS = re.compile(
    rf"((?:[{_YEAR_WORDS}][ ]?){{4}})年[ ]?([{_PART_WORDS}]{{1,3}})[ ]?月[ ]?([{_PART_WORDS}]{{1,4}})[ ]?日"
)
_DAY_COMPACT = re.compile(r"(?<!\d)((?:19|20)\d{2})(\d{2})(\d{2})(?!\d)")


def figures_fen(text: str, unit: str = "") -> int | None:
    """Figures with their unit in fen, or None where they make no whole fen.

    >>> figures_fen("110,000.00"), figures_fen("8.5", "万元"), figures_fen("1.234"), figures_fen("11", "万")
    (11000000, 8500000, None, 11000000)
    """
    if _FIGURES.fullmatch(text) is None:
        return None
    scaled = Decimal(text.replace(",", "").replace("\n", "")) * _UNITS.get(unit, FEN_PER_YUAN)
    if scaled != scaled.to_integral_value() or scaled > LARGEST_FEN:
        return None
    return int(scaled)


def capitals_fen(text: str) -> int | None:
    """A sum in capitals in fen, or None for what is none; the words of daily writing count as well.

    >>> capitals_fen("壹拾壹万元整"), capitals_fen("人民币捌仟零伍元伍角"), capitals_fen("叁拾万圆正"), capitals_fen("元整")
    (11000000, 800550, 30000000, None)
    """
    signs = "".join(text.split()).removeprefix("人民币").removesuffix("整").removesuffix("正")
    total = section = 0
    digit: int | None = None
    yuan: int | None = None
    cents, said = 0, False
    for sign in signs:
        if sign in _WORDS:
            if digit:
                return None
            digit, said = _WORDS[sign], True
        elif sign in _TENS and yuan is None:
            # 拾万 stands for 壹拾万.
            section += (digit if digit else 1) * _TENS[sign]
            digit = None
        elif sign in _GROUPS and yuan is None:
            total = (
                (total + section + (digit or 0)) * _GROUPS[sign]
                if _GROUPS[sign] > 10_000
                else (total + (section + (digit or 0)) * _GROUPS[sign])
            )
            section, digit = 0, None
        elif sign in "元圆" and yuan is None:
            yuan, section, digit = total + section + (digit or 0), 0, None
        elif sign == "角" and digit is not None:
            cents, digit = cents + 10 * digit, None
        elif sign == "分" and digit is not None:
            cents, digit = cents + digit, None
        else:
            return None
    if (yuan is None and not cents) or digit or not (said or yuan):
        return None
    fen = (yuan or 0) * FEN_PER_YUAN + cents
    return fen if fen <= LARGEST_FEN else None


def _number(words: str) -> int:
    """A number under a hundred in words; 元 and 正 are the first month's old name."""
    if words in ("元", "正"):
        return 1
    for old, new in (("廿", "二十"), ("卅", "三十"), ("拾", "十")):
        words = words.replace(old, new)
    tens, ten, ones = words.rpartition("十")
    if not ten:
        return int("".join(str(_WORDS.get(sign, 0)) for sign in words))
    return 10 * (_WORDS.get(tens, 1) if tens else 1) + (_WORDS.get(ones, 0) if ones else 0)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def days_in(text: str, *, compact: bool = False) -> list[tuple[int, int, date]]:
    """Every day in a text with where it begins and ends; `compact` takes 20181203 as well.

    >>> [found[2].isoformat() for found in days_in("二〇一八年十二月三日至2019-03-31，2018年13月1日")]
    ['2018-12-03', '2019-03-31']
    """
    found = []
    for hit in _DAY_FIGURES.finditer(text):
        found.append((hit.start(), hit.end(), _day(int(hit[1]), int(hit[2]), int(hit[3]))))
    for hit in _DAY_WORDS.finditer(text):
        year = int("".join(str(_WORDS[sign]) for sign in hit[1] if sign != " "))
        found.append((hit.start(), hit.end(), _day(year, _number(hit[2]), _number(hit[3]))))
    if compact:
        for hit in _DAY_COMPACT.finditer(text):
            found.append((hit.start(), hit.end(), _day(int(hit[1]), int(hit[2]), int(hit[3]))))
    return sorted((start, end, day) for start, end, day in found if day is not None)
