"""The store of behaviour data: a folder of Parquet partitions by day and source, and a mark for each load.

    records/day=YYYY-MM-DD/source=operator/<sha16>-<n>.parquet   written once, sorted by pair
    loads/<source>-<sha256>.json                                 the commit mark, written last
    bad/<source>-<sha256>.csv                                    lines set apart, with their reasons
    withdrawn/<source>-<sha256>-<n>/                             a load taken back: its mark with the reason, its files
    staging/<source>-<sha256>/                                   a load under way; a killed one goes on from here

A Parquet file that no mark names does not exist for readers and is swept at the next load.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

from yunquan.usage.layouts.contract import Layout, LayoutUnknown, Options
from yunquan.usage.reach import Hearing, covered, heard
from yunquan.usage.records import SOURCES
from yunquan.usage.store import encoding
from yunquan.usage.store.blocks import BLOCK
from yunquan.usage.store.durable import sync
from yunquan.usage.store.faults import LoadRefused, StoreBusy, StoreFailed
from yunquan.usage.store.loading import Loading, Said, head_of
from yunquan.usage.store.lock import sole_writer
from yunquan.usage.store.marks import Loaded, Marks, key_of, part_path, write_mark
from yunquan.usage.store.opening import Opened
from yunquan.usage.store.staging import Progress, Staging
from yunquan.usage.store.withdrawing import set_aside

__all__ = ["LoadRefused", "Loaded", "Said", "Store", "StoreBusy", "StoreFailed", "recognised"]

VERSION = "1"
_NO_ROOM = {errno.ENOSPC: "磁盘已满", errno.EDQUOT: "超出磁盘配额", errno.EFBIG: "超出单个文件的大小限制"}


class Store:
    """One folder of records. Any number may read it; one load writes at a time."""

    block = BLOCK

    def __init__(self, root: Path) -> None:
        self.root = root
        self._marks = Marks(root)
        try:
            for name in ("records", "loads", "bad", "staging"):
                (root / name).mkdir(parents=True, exist_ok=True)
        except OSError as wrong:
            raise StoreFailed(f"数据仓 {root} 不能使用（{wrong.strerror}）；请检查目录和权限") from wrong

    # Reading

    def as_it_is(self) -> Store:
        """This store with what is committed now, whatever else comes while someone computes from it."""
        found = Store(self.root)
        found._marks = self._marks.still()
        return found

    def loads(self) -> list[Loaded]:
        """The committed loads, in order of commit."""
        return list(self._marks.all())

    def days(self) -> list[date]:
        """The days of Shanghai on which any record starts."""
        return self._marks.days()

    def files(self, day: date, source: str) -> list[Path]:
        """The committed Parquet files of a day and source."""
        return self._marks.files(day, source)

    def day_digest(self, day: date) -> str:
        """What a day is made of; another as soon as a late file arrives."""
        keys = sorted(loaded.key for loaded in self._marks.of_day(day))
        return hashlib.sha256("\n".join(keys).encode("ascii")).hexdigest()

    def coverage(self, source: str, hearing: str | None = None) -> set[date]:
        """Days with any record of a source; for a group (see `reach.Hearing`), those that would show its use."""
        loads = [loaded for loaded in self.loads() if loaded.source == source]
        if hearing is None:
            return {day for loaded in loads for day in loaded.days}
        wanted = Hearing.parse(hearing)
        heard = (
            (one.reach, one.days) for one in loads if not wanted.scope or one.scope in (wanted.scope, "")
        )
        return covered(heard, wanted)

    def heard(self, hearing: str) -> str:
        """The same for all of whom the same deliveries speak: a hearing without what makes no difference here."""
        return str(heard(Hearing.parse(hearing), self._marks.reaches()))

    def bad_lines(self, sha256: str, source: str = "") -> Path | None:
        """The list of lines set apart from a committed file; None where there are none."""
        for name in (source,) if source else SOURCES:
            path = self._bad_path(name, sha256)
            if path.exists() and self._marks.find(name, sha256) is not None:
                return path
        return None

    # Writing

    def load(
        self,
        path: Path,
        *,
        source: str,
        layout: str | None = None,
        options: Options,
        scope: str = "",
        reach: str = "",
        name: str = "",
        progress: Callable[[Said], None] | None = None,
    ) -> Loaded:
        """Take a file whole or not at all; what is there already is known and stays as it is.

        `name` is what the file is called where `path` is not its own name. Raises LoadRefused with the place
        and what was expected, StoreBusy where another load is writing, StoreFailed where there is no room.
        """
        if source not in SOURCES:
            raise ValueError(f"source {source!r}")
        try:
            with sole_writer(self.root):
                self._sweep()
                with Opened(path, name) as opened:
                    sha256 = opened.sha256()
                    known = self._marks.find(source, sha256)
                    if known is not None:
                        return known
                    return self._load(opened, sha256, source, layout, options, (scope, reach), progress)
        except OSError as wrong:
            what = _NO_ROOM.get(wrong.errno or 0, wrong.strerror or str(wrong))
            raise StoreFailed(
                f"数据仓 {self.root} 写不进去：{what}；本文件没有装入，已装入的不受影响，腾出空间后重新装载即可"
            ) from wrong

    def withdraw(self, sha256: str, source: str, *, reason: str, by: str, now: datetime) -> Loaded | None:
        """Take a load back, with a reason: it counts no more, its mark and its files are kept beside.

        None where it isn't loaded. The same file may be loaded again. Raises StoreBusy and StoreFailed.
        """
        try:
            with sole_writer(self.root):
                loaded = self._marks.find(source, sha256)
                if loaded is not None:
                    set_aside(self.root, loaded, reason=reason, by=by, now=now)
                return loaded
        except OSError as wrong:
            raise StoreFailed(f"数据仓 {self.root} 写不进去（{wrong.strerror}），没有撤回") from wrong

    def _load(
        self,
        opened: Opened,
        sha256: str,
        source: str,
        layout_id: str | None,
        options: Options,
        about: tuple[str, str],
        say: Callable[[Said], None] | None,
    ) -> Loaded:
        scope, reach = about
        staging = Staging(self.root / "staging" / key_of(source, sha256), opened.file)
        try:
            layout, coding, head = recognised(opened, layout_id)
            recipe = {
                "version": VERSION,
                "layout": layout.id,
                "cloud": options.cloud or "",
                "zone": options.zone,
                "scope": scope,
                "file": opened.file,
            }
            loading = Loading(opened, staging, options=options, block=self.block, say=say)
            progress = loading.run(layout, coding, head, recipe)
            loaded = Loaded(
                file=opened.file,
                sha256=sha256,
                source=source,
                scope=scope,
                layout=layout.id,
                records=progress.records,
                bad=progress.bad,
                skipped=progress.skipped,
                days=tuple(sorted({part.day for part in progress.parts})),
                order=max((one.order for one in self._marks.all()), default=0) + 1,
                parts=tuple(progress.parts),
                reach=reach,
            )
            self._commit(loaded, staging, progress)
        except (LoadRefused, OSError):
            # What can't be loaded is not gone on with: nothing of it stays, and its room is free again.
            staging.drop()
            raise
        return loaded

    def _commit(self, loaded: Loaded, staging: Staging, progress: Progress) -> None:
        """First the bytes, then the mark, then the staging folder goes."""
        self._put_in_place(loaded, staging, progress)
        write_mark(self.root, loaded)
        staging.drop()

    def _put_in_place(self, loaded: Loaded, staging: Staging, progress: Progress) -> None:
        folders: set[Path] = set()
        for part in loaded.parts:
            place = part_path(self.root, loaded.source, loaded.sha256, part)
            if not place.parent.exists():
                place.parent.mkdir(parents=True)
                folders |= {place.parent.parent, place.parent.parent.parent}
            folders.add(place.parent)
            _put(staging.place(part), place)
        if staging.finish_bad(progress):
            place = self._bad_path(loaded.source, loaded.sha256)
            _put(staging.bad_file, place)
            sync([place])
            folders.add(place.parent)
        sync(folders)

    def _bad_path(self, source: str, sha256: str) -> Path:
        return self.root / "bad" / f"{key_of(source, sha256)}.csv"

    def _sweep(self) -> None:
        """Remove what a killed load left behind; what it staged stays, for it goes on from there."""
        loads = self.loads()
        named = {part_path(self.root, one.source, one.sha256, part) for one in loads for part in one.parts}
        for path in (self.root / "records").glob("day=*/source=*/*"):
            if path not in named:
                path.unlink()
        keys = {loaded.key for loaded in loads}
        for path in (self.root / "bad").iterdir():
            if path.stem not in keys:
                path.unlink()
        for path in (self.root / "loads").glob(".*.tmp"):
            path.unlink()
        for path in (self.root / "staging").iterdir():
            if path.name in keys:
                shutil.rmtree(path, ignore_errors=True)


def _put(staged: Path, place: Path) -> None:
    """Let a staged file stand in its place too; it stays staged until the mark is written."""
    place.unlink(missing_ok=True)
    try:
        os.link(staged, place)
    except OSError:
        shutil.copyfile(staged, place)
        sync([place])


def recognised(opened: Opened, layout_id: str | None) -> tuple[Layout, str, bytes]:
    """The layout of a file, its encoding, and its beginning (text as UTF-8); raises LoadRefused."""
    from yunquan.usage import layouts

    raw = head_of(opened)
    coding = encoding.coding_of(raw)
    if coding == "utf-32":
        raise opened.refused("文件是 UTF-32 编码", "UTF-8、GBK 或 UTF-16 编码")
    if raw[257:262] == b"ustar":
        raise opened.refused("这是 tar 包", "解开后的单个文件（可以再压缩）")
    head = encoding.readable(raw, coding)[: encoding.HEAD] if coding else raw
    try:
        layout = layouts.layout(layout_id) if layout_id else layouts.detect(head, opened.name)
    except LayoutUnknown as unknown:
        raise opened.refused(
            unknown.reason, unknown.expected, line=unknown.line, column=unknown.column
        ) from unknown
    if layout.kind == "text" and not coding:
        raise opened.refused(
            f"文件是二进制的，不是“{layout.title}”的文本", "UTF-8、GBK 或 UTF-16 编码的文本文件"
        )
    return layout, coding, head
