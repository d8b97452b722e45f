"""Money is whole fen; 元 and 万元 exist only here, where people type and read them."""

from __future__ import annotations

import re
import unicodedata

FEN_PER_YUAN = 100
FEN_PER_WAN = 1_000_000
# A trillion yuan is far above any budget here and keeps sums of many rows inside 64 bits.
LARGEST_FEN = 100_000_000_000_000

_PLAIN = re.compile(r"([0-9]+)(?:\.([0-9]{1,2}))?", re.ASCII)
_GROUPED = re.compile(r"([0-9]{1,3}(?:,[0-9]{3})+)(?:\.([0-9]{1,2}))?", re.ASCII)

_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("", "拾", "佰", "仟")
_SECTIONS = ("", "万", "亿", "万亿")


class MoneyError(ValueError):
    """The text is not an amount of money; the message says in Chinese what to write instead."""


def parse_yuan(text: str, *, negative: bool = False) -> int:
    """Read an amount in 元 as people write it and give it in fen; raises MoneyError.

    >>> parse_yuan("110,000.5")
    11000050
    >>> parse_yuan("８００００")
    8000000
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    if not plain:
        raise MoneyError("金额没有填写，请填写以元为单位的数字，例如 80000.00")
    body, sign = plain, 1
    if plain[0] in "-−+":
        if plain[0] == "+":
            raise MoneyError(f"金额“{text.strip()}”不要写正号，请直接填写数字，例如 80000.00")
        if not negative:
            raise MoneyError(f"金额“{text.strip()}”不能为负数，请填写大于零的数字")
        body, sign = plain[1:], -1
    found = _PLAIN.fullmatch(body) or _GROUPED.fullmatch(body)
    if found is None:
        raise MoneyError(_why_not_money(text.strip(), body))
    if len(found[1]) > 30:
        raise MoneyError("金额超过一万亿元，请检查是否多写了数字")
    fen = int(found[1].replace(",", "")) * FEN_PER_YUAN + int((found[2] or "").ljust(2, "0"))
    if fen > LARGEST_FEN:
        raise MoneyError(f"金额“{text.strip()}”超过一万亿元，请检查是否多写了数字")
    return sign * fen


def _why_not_money(shown: str, body: str) -> str:
    if re.fullmatch(r"[0-9,]+\.[0-9]{3,}", body):
        return f"金额“{shown}”的小数多于两位，请精确到分，最多两位小数"
    if re.fullmatch(r"[0-9.]+[eE][+-]?[0-9]+", body):
        return f"金额“{shown}”用了科学记数法，请写出全部数字，例如 80000.00"
    if "," in body and re.fullmatch(r"[0-9,]+(\.[0-9]{1,2})?", body):
        return f"金额“{shown}”的千分位逗号位置不对，请写成 110,000.00 或 110000.00"
    if re.search(r"[万亿元¥$]", body):
        return f"金额“{shown}”不要带单位或货币符号，请换算成元后只填写数字，例如 80000.00"
    return f"金额“{shown}”不是数字，请填写以元为单位、最多两位小数的数字，例如 80000.00"


def yuan_plain(fen: int) -> str:
    """Write fen as 元 with two decimals and no separators, the form of every CSV column.

    >>> yuan_plain(11000050)
    '110000.50'
    """
    sign, fen = ("-", -fen) if fen < 0 else ("", fen)
    return f"{sign}{fen // FEN_PER_YUAN}.{fen % FEN_PER_YUAN:02d}"


def format_yuan(fen: int) -> str:
    """Write fen as 元 with thousands separators, the form of pages and papers.

    >>> format_yuan(11000000)
    '110,000.00'
    """
    sign, fen = ("-", -fen) if fen < 0 else ("", fen)
    return f"{sign}{fen // FEN_PER_YUAN:,}.{fen % FEN_PER_YUAN:02d}"


def format_wan(fen: int) -> str:
    """Write fen as 万元, exact to the fen, without needless zeros.

    >>> format_wan(11000000), format_wan(8500000), format_wan(1)
    ('11 万元', '8.5 万元', '0.000001 万元')
    """
    sign, fen = ("-", -fen) if fen < 0 else ("", fen)
    whole, rest = divmod(fen, FEN_PER_WAN)
    decimals = f".{rest:06d}".rstrip("0") if rest else ""
    return f"{sign}{whole:,}{decimals} 万元"


def capitals(fen: int) -> str:
    """Write fen in the capital characters of a payment paper (人民币大写).

    >>> capitals(100_0409_50)
    '壹佰万零肆佰零玖元伍角'
    """
    if fen < 0:
        return "负" + capitals(-fen)
    yuan, rest = divmod(fen, FEN_PER_YUAN)
    jiao, cents = divmod(rest, 10)
    words = _whole(yuan) + "元" if yuan else ""
    if not rest:
        return (words or "零元") + "整"
    if jiao:
        words += _DIGITS[jiao] + "角"
    elif words:
        words += "零"
    if cents:
        words += _DIGITS[cents] + "分"
    return words


def _whole(yuan: int) -> str:
    """Spell a positive whole number, a 零 standing for each inner run of empty places."""
    if yuan >= 10**16:
        raise MoneyError("金额超过大写金额能够表示的范围")
    sections = []
    while yuan:
        yuan, section = divmod(yuan, 10_000)
        sections.append(section)
    words, gap = "", False
    for place in range(len(sections) - 1, -1, -1):
        section = sections[place]
        if not section:
            gap = bool(words)
            # 亿 closes the two sections above it, even where the lower of them is empty.
            if place == 2 and words and not words.endswith("亿"):
                words += "亿"
            continue
        if words and (gap or section < 1000):
            words += "零"
        words += _section(section) + ("万" if place == 3 else _SECTIONS[place])
        gap = False
    return words


def _section(section: int) -> str:
    words, gap = "", False
    for place in range(3, -1, -1):
        digit = section // 10**place % 10
        if not digit:
            gap = bool(words)
            continue
        words += ("零" if gap else "") + _DIGITS[digit] + _PLACES[place]
        gap = False
    return words
