"""Large uploads on their way in: when the disk is full the file is dropped and the rest of the form is kept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from django.core.files.uploadhandler import SkipFile, TemporaryFileUploadHandler
from django.http import HttpRequest

from yunquan.evidence.kinds import EXTENSIONS
from yunquan.evidence.taking import FULL
from yunquan.kernel.refusal import Refusal


class BearingFullDisk(TemporaryFileUploadHandler):
    """Django's handler for files that don't fit into memory; a full disk costs the file and not the form."""

    is_dropped = False

    def new_file(self, *args: Any, **rest: Any) -> None:
        self.is_dropped = False
        try:
            super().new_file(*args, **rest)
        except OSError as fault:
            self._skip(fault)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        try:
            super().receive_data_chunk(raw_data, start)
        except OSError as fault:
            self.file.close()
            self._skip(fault)

    def file_complete(self, file_size: int) -> Any:
        # Django completes the file before the next one although it was skipped.
        if self.is_dropped:
            return None
        try:
            return super().file_complete(file_size)
        except OSError as fault:
            # What lay in the buffer didn't fit either.
            if fault.errno not in FULL:
                raise
            _mark(self.request)
            return None

    def _skip(self, fault: OSError) -> None:
        if fault.errno not in FULL:
            raise fault
        _mark(self.request)
        self.is_dropped = True
        raise SkipFile


def _mark(request: HttpRequest | None) -> None:
    if request is not None:
        request.disk_was_full = True  # type: ignore[attr-defined]


def was_full(request: HttpRequest) -> bool:
    """Whether a file of this request was dropped because the disk was full."""
    return bool(getattr(request, "disk_was_full", False))


def of_kinds(refusals: Iterable[Refusal], kinds: Sequence[str]) -> list[Refusal]:
    """The refusals of an upload; one of its type names the types that its own place takes, not all that exist."""
    known = [kind.upper() for kind in kinds if kind in EXTENSIONS.values()]
    mend = f"这里可以上传 {'、'.join(known)} 格式的文件。"
    return [replace(one, mend=mend) if known and one.code == "file_type_refused" else one for one in refusals]
