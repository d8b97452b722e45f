"""Whether two documents are alike, of what kind, and why, in words for a reviewer; never a verdict."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from yunquan.evidence.likeness import shingles
from yunquan.evidence.likeness.pictures import Picture, PictureLikeness, likeness
from yunquan.evidence.likeness.shingles import Hashes, Signature


class Kind(StrEnum):
    """What two documents have in common."""

    SAME_FILE = "same_file"
    SAME_TEXT = "same_text"
    OTHER_NAMES = "other_names"
    SIMILAR_TEXT = "similar_text"
    SAME_WORDING = "same_wording"
    SAME_PICTURE = "same_picture"
    SIMILAR_PICTURE = "similar_picture"
    TWIN_CONTRACTS = "twin_contracts"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = {
    Kind.SAME_FILE: "同一个文件",
    Kind.SAME_TEXT: "文字完全相同",
    Kind.OTHER_NAMES: "只换了名称",
    Kind.SIMILAR_TEXT: "文字高度相似",
    Kind.SAME_WORDING: "用词相同，数字不同",
    Kind.SAME_PICTURE: "同一幅图像",
    Kind.SIMILAR_PICTURE: "图像大部分相同",
    Kind.TWIN_CONTRACTS: "同一对单位的合同相近",
}
Paper = Literal["contract", "report", "slip", "other"]

LEAST_WORDING = 0.7
# A report that was written for its case differs from another in words, not in blanks only.
SAME_WORDING = 0.92
# A copy saved anew agrees so well; a page scanned askew may agree no better than another page of its form.
SAME_PICTURE = 0.92
LEAST_FIGURES = 0.5
# Two slips of one bank, or two invoices of one firm, share every word; only the same figures make them alike.
SLIP_FIGURES = 0.95
_LEAST_SHINGLES = 30
# With fewer words of its own than this part, a paper is a form filled in.
MOST_OWN_WORDS = 0.4


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A text as it is compared: what it says with firms and figures left blank, and the figures apart."""

    paper: Paper
    content: int
    figures: Counter[str]
    shingles: NDArray[np.uint32]
    signature: Signature


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A file as it is compared; `text` is None where it has none."""

    name: str
    sha256: str
    text: Text | None = None
    pictures: Sequence[tuple[int, Picture]] = ()


@dataclass(frozen=True, slots=True)
class Alike:
    """Two documents with something in common; `score` from 0 to 1, `why` in Chinese."""

    kind: Kind
    score: float
    why: str
    pages: tuple[tuple[int, int], ...] = field(default=())


def text_of(text: str, *, names: Sequence[str] = (), form: Hashes | None = None) -> Text | None:
    """A text made ready for comparing; None where it says nothing.

    `names` are parties known to stand in it; `form` are shingles of blank forms, which don't count. A paper that is
    hardly more than a filled-in form shares its words with all others on it, as slips of one bank do: only the same
    figures make two of them alike.
    """
    content = shingles.plain(text)
    if not content:
        return None
    hashes = shingles.shingles(shingles.wording(text, names))
    paper = paper_of(text)
    if form is not None and len(form):
        own = len(hashes[~np.isin(hashes, form, assume_unique=True)])
        if own < MOST_OWN_WORDS * len(hashes):
            paper = "slip"
        else:
            hashes = shingles.without(hashes, form)
    return Text(
        paper=paper,
        content=int(np.frombuffer(_digest(content), dtype=np.uint64)[0]),
        figures=shingles.figures(text),
        # Half of each hash is enough to compare two texts, and half as much to keep.
        shingles=np.unique((hashes >> np.uint64(32)).astype(np.uint32)),
        signature=shingles.signature(hashes),
    )


def _digest(content: str) -> bytes:
    import hashlib

    return hashlib.blake2b(content.encode("utf-8", "surrogatepass"), digest_size=8).digest()


def paper_of(text: str) -> Paper:
    """What kind of paper a text is by its first words: a contract, a report, an invoice or bank slip, another."""
    head = shingles.plain(text[:600])[:160]
    found = [
        (head.find(word), paper)
        for word, paper in (
            ("验收", "report"),
            ("报告", "report"),
            ("合同", "contract"),
            ("协议", "contract"),
            ("发票", "slip"),
            ("回单", "slip"),
            ("转账", "slip"),
            ("电子凭证", "slip"),
        )
        if word in head
    ]
    named: Paper = min(found)[1] if found else "other"  # type: ignore[assignment]
    return named


def compare(one: Document, other: Document) -> Alike | None:
    """What two documents have in common, the strongest only; None where it isn't worth showing."""
    if one.sha256 == other.sha256:
        return Alike(Kind.SAME_FILE, 1.0, "两个文件的内容逐字节相同")
    alike = None
    if one.text is not None and other.text is not None:
        alike = compare_texts(one.text, other.text)
    # A page scanned into a paper of its own words is found too.
    if alike is None and one.pictures and other.pictures:
        alike = compare_pictures(one.pictures, other.pictures)
    return alike


def compare_texts(one: Text, other: Text) -> Alike | None:
    """What two texts have in common."""
    if one.content == other.content:
        return Alike(Kind.SAME_TEXT, 1.0, "文件不同，文字完全相同（另存、改名或换了格式）")
    if min(len(one.shingles), len(other.shingles)) < _LEAST_SHINGLES:
        return None
    if shingles.estimate(one.signature, other.signature) < LEAST_WORDING - 0.2:
        return None
    words = shingles.jaccard(one.shingles, other.shingles)
    shared = shingles.shared_part(one.figures, other.figures)
    if words < LEAST_WORDING:
        return None
    if "slip" in (one.paper, other.paper) and shared < SLIP_FIGURES:
        return None
    share = f"用词 {words:.0%} 相同，日期、金额和编号 {shared:.0%} 相同"
    if shared < LEAST_FIGURES:
        if one.paper == other.paper == "report" and words >= SAME_WORDING:
            why = f"{share}；可能是同一份报告换了名称和数字，也可能只是格式相同，请对照"
            return Alike(Kind.SAME_WORDING, round(words * (0.5 + shared / 2), 4), why)
        return None
    score = round(min(0.99, words * (0.75 + shared / 4)), 4)
    if words >= SAME_WORDING:
        return Alike(Kind.OTHER_NAMES, score, f"{share}：主要是单位名称不同")
    return Alike(Kind.SIMILAR_TEXT, score, share)


def compare_pictures(
    one: Sequence[tuple[int, Picture]], other: Sequence[tuple[int, Picture]]
) -> Alike | None:
    """Which pages of two documents show the same picture; the score is of the best pair."""
    pages: list[tuple[int, int]] = []
    best: PictureLikeness | None = None
    for page, picture in one:
        for other_page, other_picture in other:
            same = likeness(picture, other_picture)
            if same is not None:
                pages.append((page, other_page))
                best = same if best is None or same.score > best.score else best
    if best is None:
        return None
    which = ""
    if len(one) > 1 or len(other) > 1:
        which = "：" + "、".join(f"第 {left} 页与第 {right} 页" for left, right in pages[:6])
    if best.boxes:
        why = f"图像除 {len(best.boxes)} 小块外相同（局部有改动，或同一格式填了不同内容，请对照）{which}"
        return Alike(Kind.SIMILAR_PICTURE, best.score, why, tuple(pages))
    if best.score < SAME_PICTURE:
        why = f"图像很相似（可能重新扫描过，也可能是同一格式的另一份，请对照）{which}"
        return Alike(Kind.SIMILAR_PICTURE, best.score, why, tuple(pages))
    why = f"图像相同（另存、缩放、压缩或平整重扫）{which}"
    return Alike(Kind.SAME_PICTURE, best.score, why, tuple(pages))
