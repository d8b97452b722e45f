"""A list or paper as a download."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from django.http import FileResponse, HttpResponse, StreamingHttpResponse

from yunquan.papers.tables import Column, Sheet, csv_lines, write_xlsx

KINDS = {"xlsx": "Excel（XLSX）", "csv": "CSV"}
CONTENT_TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "csv": "text/csv; charset=utf-8",
    "pdf": "application/pdf",
}
_MEMORY_BYTES = 4 * 1024 * 1024


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
