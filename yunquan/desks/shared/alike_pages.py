"""Two alike documents side by side, for officials who may see the case of at least one of them (A1, D47-5.17).

What lies outside the official's area stays masked: neither whose it is, nor its name, pages or words are shown, only
where the two agree. Likeness is a hint; nothing here decides anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from yunquan.desks.shared.desk import Desk
from yunquan.desks.shared.viewer import whole
from yunquan.evidence import alikes, readings
from yunquan.evidence import queries as evidence
from yunquan.evidence.likeness.differences import LABELS, Piece
from yunquan.kernel.workflow import Actor
from yunquan.parties import access as parties_access
from yunquan.parties import regions
from yunquan.vouchers import access as voucher_access

ELSEWHERE = "另一地市的材料"
_LONG, _KEPT = 120, 48


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two documents as this official may see it."""

    owner: str
    name: str
    is_masked: bool
    file: Any = None
    image_url: str = ""
    page: int = 1
    pages: int = 0
    unseen: str = ""
    is_past: bool = False
    scan: str = ""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of one side's text; `what` is same, name, figure or wording."""

    what: str
    label: str
    text: str


def address(prefix: str, one: int, other: int) -> str:
    """Where two files are laid side by side on the desk of a prefix such as /city/."""
    return f"{prefix}alike/{one}/{other}/"


def view(desk: Desk) -> Callable[..., HttpResponse]:
    """The page for a desk of officials."""
    page: Callable[..., HttpResponse] = desk(_side_by_side)
    return page


def _side_by_side(request: HttpRequest, one: int, other: int) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    files = evidence.files_of_pair(one, other)
    seen = {pk: voucher_access.file_for(actor, pk) for pk in files}
    if len(files) < 2 or not any(seen.values()):
        raise Http404
    # The side that the official may see stands left.
    left, right = (one, other) if seen[one] is not None else (other, one)
    found = alikes.compared(files[left], files[right])
    if found is None or right not in {file.pk for file in alikes.serving([files[right].sha256])}:
        raise Http404
    is_province = parties_access.bureau_code(actor) == regions.PROVINCE
    masked = seen[right] is None and not is_province
    pair = _pair(request, found.pages)
    text, why_not = _texts(files[left], files[right], masked)
    context = {
        "found": found,
        "percent": found.score // 10,
        "sides": [
            _side(actor, files[left], pair[0], is_masked=False),
            _side(actor, files[right], pair[1], is_masked=masked, is_past=seen[right] is None),
        ],
        "pairs": [
            {"label": f"第 {mine} 页与第 {yours} 页", "url": f"{request.path}?pair={place}", "active": (mine, yours) == pair}
            for place, (mine, yours) in enumerate(found.pages)
        ],
        "text": text,
        "why_not": why_not,
    }  # fmt: skip
    return render(request, "shared/alike.html", context)


def _pair(request: HttpRequest, pages: Sequence[tuple[int, int]]) -> tuple[int, int]:
    place = whole(request.GET.get("pair", "0")) or 0
    return pages[place] if place < len(pages) else (pages[0] if pages else (1, 1))


def _side(actor: Actor, file: Any, page: int, *, is_masked: bool, is_past: bool = False) -> Side:
    if is_masked:
        return Side(ELSEWHERE, "文件名不显示", True)
    owner = owners(actor, [file.org]).get(file.org, "一家单位（不在本辖区）")
    if is_past:
        return Side(owner, file.name, False, is_past=True)
    try:
        pages, unseen = evidence.page_count(file), ""
    except evidence.PreviewError as reason:
        pages, unseen = 0, str(reason)
    url = f"/files/{file.pk}/page/{page}.png" if 1 <= page <= pages else ""
    return Side(owner, file.name, False, file, url, page, pages, unseen, scan=evidence.scan_label(file))


def owners(actor: Actor, orgs: Sequence[str]) -> dict[str, str]:
    """The names of those organisations that the official may see."""
    known: dict[str, str] = {}
    for kind, rows in (
        ("enterprise", parties_access.enterprises_visible_to(actor)),
        ("supplier", parties_access.suppliers_visible_to(actor)),
    ):
        numbers = [int(number) for what, _, number in (org.partition(":") for org in orgs)
                   if what == kind and number.isdecimal()]  # fmt: skip
        if numbers:
            named = rows.filter(pk__in=numbers).values_list("pk", "name")
            known |= {f"{kind}:{pk}": name for pk, name in named}
    return known


def _texts(left: Any, right: Any, masked: bool) -> tuple[dict[str, Any] | None, str]:
    """Both texts with what differs marked, or why they can't be laid side by side."""
    try:
        found = alikes.differences(left, right)
    except readings.NotReadError as reason:
        return None, str(reason)
    return {
        "summary": found.summary(),
        "is_whole": found.is_whole,
        "sides": [
            list(_stretches(found.pieces, "left")),
            list(_stretches(found.pieces, "right", masked=masked)),
        ],
    }, ""


def _stretches(pieces: Sequence[Piece], side: str, *, masked: bool = False) -> Iterator[Stretch]:
    for piece in pieces:
        text: str = getattr(piece, side)
        if not text:
            continue
        if piece.what == "same":
            yield Stretch("same", "", _shortened(text))
        else:
            shown = f"〔{LABELS[piece.what]}不同〕" if masked else text
            yield Stretch(piece.what, LABELS[piece.what], shown)


def _shortened(text: str) -> str:
    if len(text) <= _LONG:
        return text
    return f"{text[:_KEPT]}……（相同的 {len(text) - 2 * _KEPT} 字略）……{text[-_KEPT:]}"
