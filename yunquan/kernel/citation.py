"""A place in a decree, as the register writes it (D47-5.10) and as an official reads it (47号 五10)."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

_FORM = re.compile(
    r"(?P<document>[A-Z]+[0-9]*)-(?P<clause>A?[0-9]+(?:\.[0-9]+)*[a-z]?(?:-[0-9]+)?)",
    re.ASCII,
)
_NUMERALS = "零一二三四五六七八九"


class CitationError(ValueError):
    """The text doesn't name a place in a document."""


def numeral(number: int) -> str:
    """Write 1 to 99 as decrees number their parts.

    >>> numeral(4), numeral(10), numeral(23)
    ('四', '十', '二十三')
    """
    tens, ones = divmod(number, 10)
    if not tens:
        return _NUMERALS[ones]
    return ("" if tens == 1 else _NUMERALS[tens]) + "十" + (_NUMERALS[ones] if ones else "")


@dataclass(frozen=True, slots=True, order=True)
class Citation:
    """One clause of one document."""

    document: str
    clause: str

    @classmethod
    def parse(cls, text: str) -> Citation:
        """Read a requirement id such as D47-5.10, D47-A1.3-3 or D47-5.7b; raises CitationError."""
        found = _FORM.fullmatch(text.strip())
        if found is None:
            raise CitationError(f"“{text}”不是条款出处，请写成“文件代号-条款号”，例如 D47-5.10")
        return cls(found["document"], found["clause"])

    def display(self, titles: Mapping[str, str], numbered_parts: Collection[str] = ()) -> str:
        """Name the clause with the document's short title, as the decree itself numbers it.

        `numbered_parts` names the parts ("D47-5") whose items are numbered through with plain
        figures; elsewhere the second level is （一）（二） as usual.

        >>> Citation.parse("D47-4.4.2").display({"D47": "47号"})
        '47号 四(四)2'
        >>> Citation.parse("D47-5.7b").display({"D47": "47号"}, {"D47-5"})
        '47号 五7'
        >>> Citation.parse("D47-A1.3").display({"D47": "47号"})
        '47号 附件1.3'
        """
        clause, _, item = self.clause.rstrip("abcdefghijklmnopqrstuvwxyz").partition("-")
        if clause.startswith("A"):
            place = f"附件{clause[1:]}"
            if item:
                place += f" {numeral(int(item))}"
        else:
            parts = [int(part) for part in clause.split(".")]
            place = numeral(parts[0])
            rest = parts[1:]
            if rest and f"{self.document}-{parts[0]}" not in numbered_parts:
                place += f"({numeral(rest[0])})"
                rest = rest[1:]
            place += ".".join(str(part) for part in rest)
        return f"{titles.get(self.document, self.document)} {place}"

    def __str__(self) -> str:
        return f"{self.document}-{self.clause}"
