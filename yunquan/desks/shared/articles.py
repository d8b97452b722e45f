"""How a citation reads on a page: 47号 五(三)10."""

from __future__ import annotations

from yunquan.kernel.citation import Citation, CitationError, numeral

TITLES = {"D47": "47号", "D108": "108号", "D26": "26号", "D858": "858号", "D410": "410号", "D0": "试行稿"}
FULL_TITLES = {
    "D47": "粤经信融合函〔2018〕47号《“上云上平台”服务券奖补工作方案（试行）》",
    "D108": "粤工信办函〔2019〕108号（2018 年服务券现场抽查）",
    "D26": "粤工信办函〔2020〕26号（2019 年服务券抽查）",
    "D858": "粤工信互联网函〔2020〕858号（监督检查）",
    "D410": "汕经信函〔2018〕410号（转发）",
    "D0": "《服务券后补助工作方案（试行）》早期稿",
}
# Part 五 of D47 numbers its items through its six sections, so the section is found by the item.
_SECTION_ENDS = {"D47-5": (2, 5, 10, 15, 17, 23)}
_NUMBERED_THROUGH = frozenset(_SECTION_ENDS)


def short(text: str) -> str:
    """The citation as an official writes it; text that is no citation comes back unchanged.

    >>> short("D47-5.10"), short("D47-4.4.2"), short("D47-A1.1")
    ('47号 五(三)10', '47号 四(四)2', '47号 附件1.1')
    """
    try:
        citation = Citation.parse(text)
    except CitationError:
        return text
    part, _, item = citation.clause.partition(".")
    ends = _SECTION_ENDS.get(f"{citation.document}-{part}", ())
    figures = item.rstrip("abcdefghijklmnopqrstuvwxyz")
    if figures.isdigit():
        for section, end in enumerate(ends, start=1):
            if int(figures) <= end:
                return f"{TITLES[citation.document]} {numeral(int(part))}({numeral(section)}){figures}"
    return citation.display(TITLES, _NUMBERED_THROUGH)


def title(text: str) -> str:
    """The document's full name with the clause, for the pointer that rests on a citation."""
    document = text.partition("-")[0]
    return f"依据：{FULL_TITLES.get(document, document)}，{short(text).partition(' ')[2] or text}"
