"""One file on its way into the store: read, cut, parsed beside one another, staged, ready to be committed."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from itertools import chain
from pathlib import Path
from typing import Any

import polars as pl

from yunquan.usage.layouts.contract import BadLine, Header, Layout, LayoutUnknown, Options, Parsed
from yunquan.usage.store import blocks as cutting
from yunquan.usage.store import encoding
from yunquan.usage.store.blocks import Block
from yunquan.usage.store.faults import LoadRefused
from yunquan.usage.store.opening import Opened
from yunquan.usage.store.parts import Pending, by_day, lay_together
from yunquan.usage.store.staging import Progress, Staging

WORKERS = min(4, os.cpu_count() or 1)
# So many records wait in memory before they are written; more where they lie on many days.
FEW_DAYS, ROWS_OF_FEW, ROWS_OF_MANY = 31, 1_000_000, 2_000_000


@dataclass(frozen=True, slots=True)
class Said:
    """How a load goes: bytes of the file read and in all, records and bad lines so far."""

    file: str
    done: int
    total: int
    records: int
    bad: int
    resumed: bool


@dataclass(frozen=True, slots=True)
class Understood:
    """A block as records by day, and what was not taken of it."""

    frames: dict[date, pl.DataFrame]
    bad: list[BadLine]
    bad_count: int
    records: int
    skipped: int
    header: Header | None


@dataclass(slots=True)
class _Job:
    block: Block
    coding: str
    header: Header
    read: int
    future: Future[Understood]


class Loading:
    """The work on one file, from its bytes to parts in its staging folder."""

    def __init__(
        self,
        opened: Opened,
        staging: Staging,
        *,
        options: Options,
        block: int = cutting.BLOCK,
        say: Callable[[Said], None] | None = None,
    ) -> None:
        self._opened, self._staging, self._options = opened, staging, options
        self._block, self._say = block, say
        self._pending = Pending()
        self._resumed = False

    def run(self, layout: Layout, coding: str, head: bytes, recipe: dict[str, str]) -> Progress:
        """Stage the whole file, going on where an interrupted load of it stopped."""
        progress = self._staging.begin(recipe, self._options.now.isoformat())
        # What lay in the future when the load began still does, so that going on gives what going through gives.
        self._options = replace(self._options, now=datetime.fromisoformat(progress.now))
        if layout.kind == "text":
            self._resumed = progress.offset > 0
            self._run_text(layout, coding, head, progress)
        else:
            if progress.parts or progress.bad:
                self._staging.drop()
                progress = self._staging.begin(recipe, progress.now)
            self._run_whole(layout, progress)
        self._write(progress)
        self._opened.unchanged()
        if progress.records == 0 and (progress.bad or not progress.skipped):
            raise self._no_record(progress)
        progress.parts, left = lay_together(progress.parts, self._staging.place, progress.number)
        progress.number += len(left)
        self._staging.save(progress)
        for part in left:
            self._staging.place(part).unlink()
        return progress

    def _run_text(self, layout: Layout, coding: str, head: bytes, progress: Progress) -> None:
        header = _header_from(progress.header) if progress.header else self._header_of(layout, head)
        progress.coding = progress.coding or coding
        stream = encoding.unwound(self._opened.pieces(), progress.coding)
        cut = cutting.blocks(stream, size=self._block, skip=progress.offset, first_line=progress.line)
        jobs: deque[_Job] = deque()
        text_coding = progress.coding
        pool = ThreadPoolExecutor(max_workers=WORKERS, thread_name_prefix="parse")

        def submit(block: Block) -> _Job:
            future = pool.submit(self._understand, layout, block, text_coding, header)
            return _Job(block, text_coding, header, self._opened.read, future)

        try:
            waiting: Iterator[Block | None] = chain(cut, [None] * (WORKERS + 1))
            for block in waiting:
                if block is not None:
                    if text_coding == "ascii":
                        text_coding = encoding.coding_from(block.text)
                    jobs.append(submit(block))
                if jobs and (block is None or len(jobs) > WORKERS):
                    job = jobs.popleft()
                    understood = job.future.result()
                    self._take(progress, understood, job)
                    if understood.header is not None and understood.header != header:
                        header = understood.header
                        progress.header = asdict(header)
                        # The blocks behind it were begun with columns that no longer hold.
                        for behind in jobs:
                            behind.future.cancel()
                            behind.header = header
                            behind.future = pool.submit(
                                self._understand, layout, behind.block, behind.coding, header
                            )
                    self._checkpoint(progress)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)

    def _understand(self, layout: Layout, block: Block, coding: str, header: Header) -> Understood:
        text, apart = encoding.clean(block.text, coding, block.first_line)
        apart += [
            BadLine(
                one.line,
                "",
                f"这一行有 {one.length >> 10} KB，过长",
                f"每行不超过 {cutting.LONGEST >> 10} KB",
            )
            for one in block.overlong
        ]
        apart.sort(key=lambda one: one.line)
        try:
            parsed = layout.parse(text, first_line=block.first_line, header=header, options=self._options)
        except LayoutUnknown as unknown:
            raise self._refused(unknown) from unknown
        except (pl.exceptions.PolarsError, ValueError, OverflowError) as wrong:
            reason = f"从这一行起无法按“{layout.title}”解析（{str(wrong).splitlines()[0][:120]}）"
            raise self._opened.refused(reason, f"“{layout.title}”格式的行", line=block.first_line) from wrong
        return self._understood(parsed, apart)

    def _understood(self, parsed: Parsed, apart: list[BadLine]) -> Understood:
        bad = sorted([*apart, *parsed.bad], key=lambda one: one.line) if apart else parsed.bad
        return Understood(
            frames=by_day(parsed.frame),
            bad=bad,
            bad_count=parsed.bad_count + len(apart),
            records=parsed.frame.height,
            skipped=parsed.skipped,
            header=parsed.header,
        )

    def _run_whole(self, layout: Layout, progress: Progress) -> None:
        path = self._opened.path
        unpacked = self._staging.folder / f"unpacked{Path(self._opened.name).suffix}"
        if self._opened.packing:
            with unpacked.open("wb") as file:
                for piece in self._opened.pieces():
                    file.write(piece)
            path = unpacked
        try:
            for parsed in layout.parse_file(path, self._options):
                self._take(progress, self._understood(parsed, []))
                if self._pending.rows >= ROWS_OF_FEW:
                    self._write(progress)
        except LayoutUnknown as unknown:
            raise self._refused(unknown) from unknown
        unpacked.unlink(missing_ok=True)

    def _take(self, progress: Progress, understood: Understood, job: _Job | None = None) -> None:
        self._pending.add(understood.frames)
        progress.records += understood.records
        progress.bad += understood.bad_count
        progress.skipped += understood.skipped
        self._staging.set_apart(progress, understood.bad)
        if job is not None:
            progress.offset, progress.line = job.block.end, job.block.first_line + job.block.lines
            progress.coding = job.coding
        if self._say is not None:
            done, total = job.read if job is not None else self._opened.read, self._opened.size
            said = Said(self._opened.file, done, total, progress.records, progress.bad, self._resumed)
            self._say(said)

    def _checkpoint(self, progress: Progress) -> None:
        enough = ROWS_OF_FEW if self._pending.days <= FEW_DAYS else ROWS_OF_MANY
        if self._pending.rows >= enough:
            self._write(progress)
            self._staging.save(progress)

    def _write(self, progress: Progress) -> None:
        written = self._pending.write(self._staging.place, progress.number)
        progress.parts += written
        progress.number += len(written)

    def _header_of(self, layout: Layout, head: bytes) -> Header:
        from yunquan.usage.layouts import header_of

        try:
            return header_of(layout, head)
        except LayoutUnknown as unknown:
            raise self._refused(unknown) from unknown

    def _refused(self, unknown: LayoutUnknown) -> LoadRefused:
        return self._opened.refused(
            unknown.reason, unknown.expected, line=unknown.line, column=unknown.column
        )

    def _no_record(self, progress: Progress) -> Exception:
        if progress.first_bad:
            line, column, reason, expected = progress.first_bad
            reason = f"{reason}（全文件 {progress.bad} 行都不能用）"
            return self._opened.refused(reason, expected, line=line, column=column)
        return self._opened.refused("文件里没有一条记录", "至少有一条记录的文件")


def _header_from(kept: dict[str, Any]) -> Header:
    fields: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in kept.items()
    }
    return Header(**fields)


def head_of(opened: Opened) -> bytes:
    """The first mebibyte of the unpacked file."""
    return first_bytes(opened.pieces(), encoding.HEAD)


def first_bytes(pieces: Iterable[bytes], most: int) -> bytes:
    """Exactly the first `most` bytes, however the stream is cut."""
    gathered: list[bytes] = []
    length = 0
    for piece in pieces:
        gathered.append(piece)
        length += len(piece)
        if length >= most:
            break
    return b"".join(gathered)[:most]
