"""Single values as invoices write them: sums, days, numbers and names, or None for what is none."""

from __future__ import annotations

import re
import unicodedata
from datetime import date

from yunquan.kernel.money import MoneyError, parse_yuan

_DAY = re.compile(r"(\d{4})\s*[年/.-]?\s*(\d{1,2})\s*[月/.-]?\s*(\d{1,2})\s*日?(?:[\sT].*)?", re.ASCII | re.S)
_PLAIN_SUM = re.compile(r"-?\d{1,11}\.\d{2}", re.ASCII)
_STAMP = re.compile(r"(\d{4})(\d{2})(\d{2})\d{6,9}", re.ASCII)
_LONGEST_NAME = 200
_TURNING = set("\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")


def tidy(text: str | None) -> str:
    """Text as a person sees it: no control signs, none that turn the direction of writing, single blanks."""
    if not text:
        return ""
    if text.isprintable():
        # Neither control signs nor blanks other than the common one; what turns the writing is not printable.
        return text if " " not in text else " ".join(text.split())
    kept = "".join(
        " " if sign.isspace() else sign
        for sign in text
        if sign not in _TURNING and (sign.isspace() or unicodedata.category(sign) not in ("Cc", "Cs", "Co"))
    )
    return " ".join(kept.split())


def _folded(text: str | None) -> str:
    """Tidy text in the plain forms of its signs: full-width figures as figures."""
    plain = tidy(text)
    return plain if plain.isascii() else unicodedata.normalize("NFKC", plain)


def fen(text: str | None) -> int | None:
    """A sum in 元, with or without its sign of currency, in fen; negative where it is written so.

    >>> fen("¥1,272.00"), fen("-¥100.5"), fen("（小写）")
    (127200, -10050, None)
    """
    # Most files write it plainly, and reading thousands of them should not take the long way.
    if text and _PLAIN_SUM.fullmatch(text):
        return int(text.replace(".", ""))
    plain = _folded(text).replace(" ", "").replace("−", "-")
    plain = plain.replace("¥", "").replace("￥", "").removesuffix("元").removeprefix("CNY")
    # Some programs write more zeros than a sum of money has places.
    if re.fullmatch(r"-?\d+\.\d{3,}", plain, re.ASCII):
        whole, places = plain.split(".")
        plain = f"{whole}.{places[:2]}" if not places[2:].strip("0") else ""
    try:
        return parse_yuan(plain, negative=True) if plain else None
    except MoneyError:
        return None


def day(text: str | None) -> date | None:
    """A day in any of the ways invoices write it.

    >>> day("2023年05月06日"), day("20230506"), day("2026-09-01 10:11:12"), day("2023-13-01")
    (datetime.date(2023, 5, 6), datetime.date(2023, 5, 6), datetime.date(2026, 9, 1), None)
    """
    plain = _folded(text)
    found = _STAMP.fullmatch(plain) or _DAY.fullmatch(plain)
    if found is None:
        return None
    try:
        return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return None


def number(text: str | None) -> str | None:
    """The number of an invoice: 8 digits, or 20 in a 数电票."""
    plain = _folded(text).replace(" ", "")
    return plain if re.fullmatch(r"\d{8}|\d{20}", plain, re.ASCII) else None


def code(text: str | None) -> str | None:
    """The code of an older invoice: 10 or 12 digits."""
    plain = _folded(text).replace(" ", "")
    return plain if re.fullmatch(r"\d{10}|\d{12}", plain, re.ASCII) else None


def tax_number(text: str | None) -> str | None:
    """A taxpayer's number: 统一社会信用代码 or an older one, 15 to 20 digits and capitals."""
    plain = _folded(text).replace(" ", "").upper()
    return plain if re.fullmatch(r"[0-9A-Z]{15,20}", plain, re.ASCII) else None


def name(text: str | None) -> str | None:
    """The name of a party, as it is written."""
    plain = tidy(text)
    return plain[:_LONGEST_NAME] or None


def check_code(text: str | None) -> str | None:
    """The check code of an older invoice: its 20 digits, or the last six that a QR code may hold."""
    plain = _folded(text).replace(" ", "")
    return plain if re.fullmatch(r"\d{20}|\d{6}", plain, re.ASCII) else None
