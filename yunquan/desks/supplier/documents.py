"""The documents of a case beside the decision: which there are, and the page that is shown."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest

from yunquan.evidence import queries as evidence


def shown(request: HttpRequest, files: list[tuple[str, Any]]) -> dict[str, Any]:
    """The chosen document and page for {% document %}, and the tabs of all; `files` are label and file."""
    kept = [(label, file) for label, file in files if file is not None]
    wanted, page = request.GET.get("file", ""), request.GET.get("page", "1")
    label, file = next(
        ((one, file) for one, file in kept if str(file.pk) == wanted), kept[0] if kept else ("", None)
    )
    number = int(page) if page.isascii() and page.isdigit() and len(page) < 5 else 1
    pages, image = 1, ""
    if file is not None and evidence.has_preview(file):
        try:
            pages = evidence.page_count(file)
            number = min(max(1, number), pages)
            image = f"/files/{file.pk}/page/{number}.png"
        except (evidence.PreviewError, OSError):
            pages, number = 1, 1
    return {
        "tabs": [{"label": one, "url": _url(request, each, 1), "active": each is file} for one, each in kept],
        "name": f"{label}：{file.name}" if file is not None else "没有文件",
        "image_url": image,
        "page": number,
        "pages": pages,
        "original_url": f"/files/{file.pk}/" if file is not None else "",
        "previous_url": _url(request, file, number - 1) if image and number > 1 else "",
        "next_url": _url(request, file, number + 1) if image and number < pages else "",
        "digest": file.sha256 if file is not None else "",
        "scan": evidence.scan_label(file) if file is not None else "",
    }


def _url(request: HttpRequest, file: Any, page: int) -> str:
    return f"{request.path}?{urlencode({'file': file.pk, 'page': page})}"
