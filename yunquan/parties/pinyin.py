"""Names as people type them into a search box: Chinese, full pinyin or its initials."""

from __future__ import annotations

import unicodedata

from pypinyin import Style, lazy_pinyin


def searchable(*texts: str) -> str:
    """Put texts, their pinyin and the initials into one line to search in.

    >>> searchable("东莞云帆")
    '东莞云帆 dongguanyunfan dgyf'
    """
    words: list[str] = []
    for text in texts:
        plain = folded(text)
        if not plain:
            continue
        spelled = ["".join(lazy_pinyin(plain)), "".join(lazy_pinyin(plain, style=Style.FIRST_LETTER))]
        words += [plain, *(word for word in spelled if word != plain)]
    return " ".join(dict.fromkeys(words))


def folded(text: str) -> str:
    """A text as it is stored to be searched, and as a search asks for it: full width and capitals don't count.

    >>> folded(" ＧＤ2019-DG-000001（1） ")
    'gd2019-dg-000001(1)'
    """
    return unicodedata.normalize("NFKC", text).strip().lower()


def wanted_words(query: str) -> list[str]:
    """The words of a search, each of which must be found."""
    return folded(query).split()[:8]
