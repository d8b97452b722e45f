"""A list or paper as a download."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from typing import Any, Literal
from urllib.parse import quote

from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse

from yunquan.desks.shared.templatetags.gov import until
from yunquan.papers.tables import Column, Kind, Sheet, csv_lines, write_xlsx

KINDS = {"xlsx": "Excel（XLSX）", "csv": "CSV"}
CONTENT_TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "csv": "text/csv; charset=utf-8",
    "pdf": "application/pdf",
}
_MEMORY_BYTES = 4 * 1024 * 1024
MOST_ROWS = 200_000


Told = tuple[str, str] | tuple[str, str, Kind | Literal["until"]]


class Listing:
    """A list that a page draws by hand, as a file: per column a heading, where its value stands in a row, and its kind.

    The kind `until` is a moment at which something ends, said as pages say it: the midnight after a day is its 24:00.

    A page with several lists gives each a key.  The view hands over the very rows that it shows, so that the file
    has the page's door and filters; what a page cuts short it reads up to `most(request, …)`.
    """

    def __init__(self, title: str, *columns: Told, key: str = "") -> None:
        self.title, self.key = title, key
        self.paths = [one[1] for one in columns]
        kinds = [one[2] if len(one) == 3 else "text" for one in columns]
        self.ends = [kind == "until" for kind in kinds]
        self.columns = [
            Column(one[1], one[0], "text" if kind == "until" else kind)
            for one, kind in zip(columns, kinds, strict=True)
        ]

    def files(self, request: HttpRequest) -> list[dict[str, str]]:
        """The links to the file, with what was searched and filtered."""
        chosen = request.GET.copy()
        for name in ("page", "format", "list"):
            chosen.pop(name, None)
        if self.key:
            chosen["list"] = self.key
        kept = f"{query}&" if (query := chosen.urlencode()) else ""
        note = {"note": self.title} if self.key else {}
        return [
            {"label": label, "url": f"{request.path}?{kept}format={kind}", **note}
            for kind, label in KINDS.items()
        ]

    def asked(self, request: HttpRequest, rows: Iterable[Any]) -> Any:
        """The file, where it was asked for; else None, and the page is shown."""
        kind = request.GET.get("format", "")
        if kind not in KINDS or request.GET.get("list", "") != self.key:
            return None

        def values() -> Iterator[list[Any]]:
            for row in rows:
                found = [_found(row, path) for path in self.paths]
                yield [
                    until(value) if value and ends else value
                    for value, ends in zip(found, self.ends, strict=True)
                ]

        return answer(kind, self.title, Sheet(columns=self.columns, rows=values(), title=self.title))


def first_asked(request: HttpRequest, *lists: tuple[Listing, Iterable[Any]]) -> Any:
    """The file of the list that was asked for, of a page with several; else None, and the page is shown."""
    return next((file for one, rows in lists if (file := one.asked(request, rows)) is not None), None)


def most(request: HttpRequest, shown: int) -> int:
    """How many rows a list is read to: what the page shows, and all that a file takes."""
    return MOST_ROWS if request.GET.get("format") in KINDS else shown


def _found(row: Any, path: str) -> Any:
    """What stands in a row under a path such as `row.cycle.name`, by key or by attribute; nothing where a part is none."""
    for part in path.split("."):
        if row is None:
            return None
        row = row.get(part) if isinstance(row, dict) else getattr(row, part, None)
    return row() if callable(row) else row


def sheet(title: str, columns: Iterable[Any], rows: Iterable[Any], *, notes: Iterable[str] = ()) -> Sheet:
    """A sheet with the columns that a list shows."""
    named = [
        Column(name=bound.name, title=str(bound.header), kind=getattr(bound.column, "paper_kind", "text"))
        for bound in columns
    ]
    return Sheet(columns=named, rows=rows, title=title, notes=tuple(notes))


def disposition(name: str, kind: str) -> str:
    """The header that names the download, Chinese names included."""
    return f"attachment; filename=\"yunquan.{kind}\"; filename*=UTF-8''{quote(f'{name}.{kind}', safe='')}"


def answer(kind: str, name: str, sheet: Sheet) -> HttpResponse | StreamingHttpResponse | FileResponse:
    """The sheet as XLSX (through a file) or CSV (streamed)."""
    headers = {"Content-Disposition": disposition(name, kind)}
    if kind == "csv":
        return StreamingHttpResponse(csv_lines(sheet), content_type=CONTENT_TYPES["csv"], headers=headers)
    place = tempfile.SpooledTemporaryFile(max_size=_MEMORY_BYTES)  # noqa: SIM115  FileResponse closes it.
    write_xlsx(place, [sheet])
    place.seek(0)
    return FileResponse(place, content_type=CONTENT_TYPES["xlsx"], headers=headers)


def paper(kind: str, name: str, content: bytes) -> HttpResponse:
    """A finished paper (pdf, docx, xlsx) as a download."""
    return HttpResponse(
        content, content_type=CONTENT_TYPES[kind], headers={"Content-Disposition": disposition(name, kind)}
    )
