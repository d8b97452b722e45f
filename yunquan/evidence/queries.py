"""What screens and the monitor read of the evidence."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from yunquan.evidence.models import StoredFile
from yunquan.evidence.previews import PreviewError, has_preview, page_count, page_png
from yunquan.evidence.scanning import is_open, scan_label, why_held
from yunquan.evidence.taking import MOST_BYTES, place_of, read

__all__ = [
    "MOST_BYTES",
    "PreviewError",
    "content_of",
    "has_preview",
    "is_open",
    "page_count",
    "page_png",
    "place_of",
    "scan_label",
    "why_held",
]


def content_of(file: StoredFile) -> bytes:
    """A file's bytes, proved against its hash; raises OSError when they are gone or changed (E1)."""
    return read(file.sha256)


def files_by_id(pks: Iterable[int], *, org: str) -> dict[int, StoredFile]:
    """An organisation's own files among these, in one query."""
    return {row.pk: row for row in StoredFile.objects.filter(pk__in=list(pks), org=org)}


def files_of_pair(one: int, other: int) -> dict[int, StoredFile]:
    """Two files by their numbers, for a caller who asks the door of their cases before anything is shown."""
    return {row.pk: row for row in StoredFile.objects.filter(pk__in=(one, other))}


def same_content(file: StoredFile, *, orgs: Collection[str] = ()) -> list[StoredFile]:
    """Other uploads with the same content: the same file in two vouchers must be declared (U3)."""
    rows = StoredFile.objects.filter(sha256=file.sha256).exclude(pk=file.pk)
    if orgs:
        rows = rows.filter(org__in=list(orgs))
    return list(rows.order_by("pk"))
