"""A delivered file as a stream of bytes: unpacked as it comes, bounded, its hash taken."""

from __future__ import annotations

import bz2
import errno
import hashlib
import io
import lzma
import os
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import zstandard

from yunquan.usage.store.faults import LoadRefused

PIECE = 1 << 20
# Logs shrink to a tenth or a fiftieth. What unfolds further than this is made to fill the disk.
RATIO, FLOOR, CEILING = 250, 256 << 20, 1 << 40
_ZSTD_STEP = 2048  # A block of three bytes may unfold to 128 KiB, so little is fed at a time.
_WINDOW = 1 << 27
_XZ_MEMORY = 256 << 20
_MAGIC = (
    (b"\x1f\x8b", "gz"),
    (b"\x28\xb5\x2f\xfd", "zst"),
    (b"BZh", "bz2"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"PK\x03\x04", "zip"),
)
_FOREIGN = (
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"Rar!\x1a\x07", "RAR"),
    (b"\x1f\x9d", "compress (.Z)"),
    (b"\x04\x22\x4d\x18", "LZ4"),
    (b"PK\x05\x06", "空的 ZIP"),
)
_TAKEN = "未压缩，或 gz、zst、bz2、xz 压缩，或只含一个文件的 zip"
_WHOLE = "完整的文件；请重新传送"
_ENDINGS = {".gz", ".zst", ".bz2", ".xz", ".zip"}


class Torn(Exception):
    """The packed bytes end too early or are damaged."""


class Opened:
    """One delivered file, open for reading until it is closed; directories and devices are refused."""

    def __init__(self, path: Path, name: str = "") -> None:
        self.path, self.file = path, name or path.name
        try:
            self._raw: io.BufferedReader = path.open("rb")
        except IsADirectoryError as wrong:
            raise self.refused("这是一个目录", "一个文件；请逐个列出目录里的文件") from wrong
        except OSError as wrong:
            why = {errno.ENOENT: "没有这个文件", errno.EACCES: "没有读取权限"}.get(
                wrong.errno or 0, wrong.strerror
            )
            raise self.refused(f"文件打不开（{why}）", "存在而且有读取权限的文件") from wrong
        self._before = os.fstat(self._raw.fileno())
        if not stat.S_ISREG(self._before.st_mode):
            self._raw.close()
            raise self.refused("不是普通文件", "磁盘上的普通文件")
        self.size = self._before.st_size
        self.read = 0
        head = self._raw.read(16)
        if not head:
            self._raw.close()
            raise self.refused("文件是空的", "至少有一条记录的文件")
        for magic, what in _FOREIGN:
            if head.startswith(magic):
                self._raw.close()
                raise self.refused(f"不支持的压缩格式 {what}", _TAKEN)
        self.packing = next((packing for magic, packing in _MAGIC if head.startswith(magic)), "")
        self.is_workbook = self.packing == "zip" and self._is_workbook()
        if self.is_workbook:
            self.packing = ""
        self.name = self.file
        if self.packing and Path(self.name).suffix.lower() in _ENDINGS:
            self.name = Path(self.name).stem

    def close(self) -> None:
        self._raw.close()

    def __enter__(self) -> Opened:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def refused(self, reason: str, expected: str, *, line: int = 0, column: str = "") -> LoadRefused:
        """A refusal of this file."""
        return LoadRefused(file=self.file, line=line, column=column, reason=reason, expected=expected)

    def sha256(self) -> str:
        """The hash of the file as it came."""
        self._raw.seek(0)
        return hashlib.file_digest(self._raw, "sha256").hexdigest()

    def unchanged(self) -> None:
        """Refuse a file that was written to while it was read."""
        now = os.fstat(self._raw.fileno())
        if (now.st_size, now.st_mtime_ns) != (self._before.st_size, self._before.st_mtime_ns):
            raise self.refused("装载时文件还在被写入", "已经写完、不再变动的文件")

    def unfolded(self) -> Iterator[bytes]:
        """The unpacked bytes, those of a workbook too, so that their number can be told."""
        if not self.is_workbook:
            yield from self.pieces()
            return
        try:
            with zipfile.ZipFile(self._raw) as archive:
                for one in archive.infolist():
                    with archive.open(one) as member:
                        while piece := member.read(PIECE):
                            yield piece
        except (
            zipfile.BadZipFile,
            zlib.error,
            EOFError,
            NotImplementedError,
            RuntimeError,
            OSError,
        ) as wrong:
            raise self._torn(0) from wrong

    def pieces(self) -> Iterator[bytes]:
        """The unpacked bytes from the beginning; refuses what is torn, and what unfolds beyond all bounds."""
        self._raw.seek(0)
        self.read = unfolded = 0
        bound = CEILING if not self.packing else min(CEILING, max(FLOOR, RATIO * self.size))
        try:
            for piece in self._unpacked():
                unfolded += len(piece)
                if unfolded > bound:
                    raise self.refused(
                        f"解压后超过 {bound >> 20} MB，是压缩文件的 {unfolded // max(1, self.size)} 倍以上，疑似压缩炸弹",
                        f"解压后不超过压缩文件的 {RATIO} 倍（{FLOOR >> 20} MB 以内不限）",
                    )
                yield piece
        except (Torn, EOFError, zlib.error, lzma.LZMAError, zstandard.ZstdError, zipfile.BadZipFile) as wrong:
            raise self._torn(unfolded) from wrong
        except (OSError, ValueError) as wrong:
            # The bz2 module says by a bare OSError that its data are damaged; the system's errors have a number.
            if getattr(wrong, "errno", None) is None:
                raise self._torn(unfolded) from wrong
            raise self.refused(f"读取时出错（{wrong}）", _WHOLE) from wrong

    def _torn(self, unfolded: int) -> LoadRefused:
        return self.refused(f"{self.packing} 压缩数据不完整或已损坏（解压到第 {unfolded} 字节处）", _WHOLE)

    def _unpacked(self) -> Iterator[bytes]:
        if self.packing == "zip":
            return self._member()
        makers: dict[str, Callable[[], Any]] = {
            "gz": lambda: zlib.decompressobj(wbits=31),
            "bz2": bz2.BZ2Decompressor,
            "xz": lambda: lzma.LZMADecompressor(format=lzma.FORMAT_XZ, memlimit=_XZ_MEMORY),
            "zst": lambda: zstandard.ZstdDecompressor(max_window_size=_WINDOW).decompressobj(),
        }
        if not self.packing:
            return self._packed(PIECE)
        unfold = {"gz": _gz, "zst": _zst}.get(self.packing, _bz2_or_xz)
        return unfold(self._packed(_ZSTD_STEP if self.packing == "zst" else 1 << 16), makers[self.packing])

    def _packed(self, step: int) -> Iterator[bytes]:
        while piece := self._raw.read(step):
            self.read += len(piece)
            yield piece

    def _is_workbook(self) -> bool:
        try:
            with zipfile.ZipFile(self._raw) as archive:
                return "[Content_Types].xml" in archive.namelist()
        except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError):
            return False

    def _member(self) -> Iterator[bytes]:
        with zipfile.ZipFile(self._raw) as archive:
            members = [
                one
                for one in archive.infolist()
                if not one.is_dir() and not one.filename.startswith("__MACOSX/")
            ]
            if len(members) != 1:
                raise self.refused(f"zip 里有 {len(members)} 个文件", "只含一个文件的 zip；请逐个压缩")
            if members[0].flag_bits & 0x1:
                raise self.refused("zip 有密码", "去掉密码后再传送")
            try:
                with archive.open(members[0]) as member:
                    while piece := member.read(PIECE):
                        self.read = min(self.size, self._raw.tell())
                        yield piece
            except (NotImplementedError, RuntimeError) as wrong:
                raise self.refused("zip 用了不支持的压缩方法", "用 deflate 方法压缩的 zip") from wrong


def _gz(packed: Iterator[bytes], maker: Callable[[], Any]) -> Iterator[bytes]:
    stream, begun = maker(), False
    for piece in packed:
        while piece:
            if stream.eof:
                piece = piece.lstrip(b"\x00")  # Tapes and block devices pad with zeros.
                if not piece:
                    break
                stream = maker()
            begun = True
            yield stream.decompress(piece, PIECE)
            piece = stream.unused_data if stream.eof else stream.unconsumed_tail
    while begun and not stream.eof:
        rest = stream.decompress(stream.unconsumed_tail, PIECE)
        if not rest:
            raise Torn
        yield rest


def _bz2_or_xz(packed: Iterator[bytes], maker: Callable[[], Any]) -> Iterator[bytes]:
    stream = maker()
    for piece in packed:
        while True:
            if stream.eof:
                piece = piece.lstrip(b"\x00")
                if not piece:
                    break
                stream = maker()
            yield stream.decompress(piece, PIECE)
            piece = stream.unused_data if stream.eof else b""
            if stream.needs_input and not stream.eof:
                break
    if not stream.eof:
        raise Torn


def _zst(packed: Iterator[bytes], maker: Callable[[], Any]) -> Iterator[bytes]:
    stream, whole = maker(), True
    gathered: list[bytes] = []
    length = 0
    for piece in packed:
        while piece:
            if stream.eof:
                stream = maker()
            unfolded = stream.decompress(piece)
            whole = stream.eof
            piece = stream.unused_data if stream.eof else b""
            gathered.append(unfolded)
            length += len(unfolded)
        if length >= PIECE:
            yield b"".join(gathered)
            gathered, length = [], 0
    yield b"".join(gathered)
    if not whole:
        raise Torn
