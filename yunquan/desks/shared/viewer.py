"""The documents of a case on the left of a review screen: one of them open, page by page, with marked places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest

from yunquan.evidence import queries as evidence

Box = tuple[int, int, int, int]
Marks = Mapping[int, Sequence[tuple[int, Box, str]]]
# A frame of a few thousandths around a field, so that the letters stay readable.
_AIR = 4


def pane(
    request: HttpRequest,
    files: Sequence[tuple[str, Any]],
    *,
    marks: Marks | None = None,
    eyes: Mapping[int, int] | None = None,
) -> dict[str, Any]:
    """The documents as tabs, one of them open; chosen by ?file=, ?page= and ?box= (thousandths of the page).

    `marks` are the places of fields that were read, by file; `eyes` how many of them need a look.
    """
    held = [(label, file) for label, file in files if file is not None]
    if not held:
        return {"tabs": [], "file": None}
    chosen = request.GET.get("file", "")
    place = next((at for at, pair in enumerate(held) if str(pair[1].pk) == chosen), 0)
    label, file = held[place]
    pages, unseen = _pages(file)
    page = max(1, min(whole(request.GET.get("page", "1")) or 1, pages or 1))

    def address(pk: int, number: int) -> str:
        return f"{request.path}?{urlencode({'file': pk, 'page': number})}"

    tabs = [
        {
            "label": name,
            "url": address(row.pk, 1),
            "active": row.pk == file.pk,
            "count": (eyes or {}).get(row.pk) or None,
        }
        for name, row in held
    ]
    following, before = held[(place + 1) % len(held)][1], held[place - 1][1]
    several = len(held) > 1
    return {
        "tabs": tabs if several else [],
        "file": file,
        "name": f"{label}：{file.name}",
        "image_url": f"/files/{file.pk}/page/{page}.png" if pages else "",
        "page": page,
        "pages": pages or 1,
        "original_url": f"/files/{file.pk}/",
        "previous_url": address(file.pk, page - 1) if page > 1 else "",
        "next_url": address(file.pk, page + 1) if page < pages else "",
        "next_file_url": address(following.pk, 1) if several else "",
        "previous_file_url": address(before.pk, 1) if several else "",
        "unseen": unseen,
        "places": _places((marks or {}).get(file.pk, ()), page, box_of(request)),
        "digest": file.sha256,
        "scan": evidence.scan_label(file),
    }


def asks_for_pane(request: HttpRequest) -> bool:
    """Whether only the document on the left is asked for: another page, another file, another place."""
    return request.method == "GET" and request.headers.get("HX-Target") == "pane"


def box_of(request: HttpRequest) -> Box | None:
    """The box that an address asks to be shown; anything else than four thousandths in order is none."""
    edges = [whole(edge) for edge in request.GET.get("box", "").split(",")]
    if len(edges) != 4 or any(edge is None or edge > 1000 for edge in edges):
        return None
    left, top, right, bottom = (edge or 0 for edge in edges)
    return (left, top, right, bottom) if left < right and top < bottom else None


def whole(text: str) -> int | None:
    """A small whole number out of an address, or None."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else None


def _places(marks: Sequence[tuple[int, Box, str]], page: int, shown: Box | None) -> list[dict[str, Any]]:
    """The boxes to draw over a page, the one that was asked for last, so that it lies on top."""
    boxes = {box: tone for on, box, tone in marks if on == page and box != shown}
    drawn = [_drawn(box, tone) for box, tone in boxes.items()]
    return [*drawn, _drawn(shown, "shown")] if shown is not None else drawn


def _drawn(box: Box, tone: str) -> dict[str, Any]:
    left, top = max(0, box[0] - _AIR), max(0, box[1] - _AIR)
    right, bottom = min(1000, box[2] + _AIR), min(1000, box[3] + _AIR)
    return {"x": left, "y": top, "width": right - left, "height": bottom - top, "tone": tone}


def _pages(file: Any) -> tuple[int, str]:
    """How many pages can be shown, or why none."""
    try:
        count = evidence.page_count(file)
    except evidence.PreviewError as unseen:
        return 0, str(unseen)
    if count == 0:
        return 0, "这种格式没有页面可以显示：读到的内容列在右侧，原件可下载核对。"
    return count, ""
