"""Looks into a workbook before it is opened: a small file that unfolds to a huge one is refused."""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator

MAX_UNFOLDED = 120 * 1024 * 1024
_MAX_PARTS = 2_000
_MAX_CELLS = 5_000_000
_PIECE = 256 * 1024
_LOCAL_HEADER = 30
# A cell names its place (r="C12"), a row its number (r="12"); a reader makes room up to the farthest one.
_PLACE = re.compile(rb"""\br\s*=\s*["']([A-Za-z]{0,4})(\d{1,9})["']""")
_OVERLAP = 64
_SHEET_MARKS = tuple("sheetData".encode(coding) for coding in ("utf-8", "utf-16-le", "utf-16-be"))


class UnsafeFileError(ValueError):
    """The file can't be opened safely, or not at all."""

    def __init__(self, reason: str, expected: str) -> None:
        self.reason, self.expected = reason, expected
        super().__init__(f"{reason}（应为：{expected}）")


def guard(content: bytes, *, max_rows: int, max_columns: int) -> None:
    """Raise UnsafeFileError unless the workbook is whole, unfolds to a bearable size and keeps its bounds."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as wrong:
        raise UnsafeFileError("不是完好的 XLSX 文件", "用 Excel 或 WPS 另存为 .xlsx 后再上传") from wrong
    if len(parts) > _MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNFOLDED:
        raise UnsafeFileError("文件展开后过大", f"展开后不超过 {MAX_UNFOLDED // 1048576} MB 的 XLSX")
    unfolded = 0
    for part in parts:
        if part.flag_bits & 0x1:
            raise UnsafeFileError("文件有密码", "去掉密码后再上传")
        # A workbook may give its sheets any name, so a part is a sheet when it holds a sheet's rows.
        is_sheet = "worksheets" in part.filename.lower()
        rows = columns = 0
        tail = b""
        for piece in _pieces(content, part):
            unfolded += len(piece)
            if unfolded > MAX_UNFOLDED:
                raise UnsafeFileError("文件展开后过大", f"展开后不超过 {MAX_UNFOLDED // 1048576} MB 的 XLSX")
            window = tail + piece
            is_sheet = is_sheet or any(mark in window for mark in _SHEET_MARKS)
            if is_sheet:
                if b"\x00" in window:
                    raise UnsafeFileError(
                        "工作表的文字编码不是 UTF-8", "用 Excel 或 WPS 另存为 .xlsx 后再上传"
                    )
                for letters, figures in _PLACE.findall(window):
                    rows, columns = max(rows, int(figures)), max(columns, _column(letters))
            tail = window[-_OVERLAP:]
        if rows > max_rows or columns > max_columns or rows * columns > _MAX_CELLS:
            raise UnsafeFileError(
                f"表格有 {rows} 行、{columns} 列",
                f"不超过 {max_rows} 行、{max_columns} 列；请删去空白区域里的内容",
            )


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def _pieces(content: bytes, part: zipfile.ZipInfo) -> Iterator[bytes]:
    """The part unfolded piece by piece, as far as its data really go: a header may lie about the size."""
    start = part.header_offset
    header = content[start : start + _LOCAL_HEADER]
    if len(header) < _LOCAL_HEADER or header[:4] != b"PK\x03\x04":
        raise UnsafeFileError("不是完好的 XLSX 文件", "用 Excel 或 WPS 另存为 .xlsx 后再上传")
    name_length, extra_length = struct.unpack("<HH", header[26:30])
    begins = start + _LOCAL_HEADER + name_length + extra_length
    packed = memoryview(content)[begins : begins + part.compress_size]
    if part.compress_type == zipfile.ZIP_STORED:
        for place in range(0, len(packed), _PIECE):
            yield bytes(packed[place : place + _PIECE])
        return
    if part.compress_type != zipfile.ZIP_DEFLATED:
        raise UnsafeFileError("文件的压缩方式不常见", "用 Excel 或 WPS 另存为 .xlsx 后再上传")
    unfolder = zlib.decompressobj(-zlib.MAX_WBITS)
    rest = bytes(packed)
    try:
        while rest and not unfolder.eof:
            yield unfolder.decompress(rest, _PIECE)
            rest = unfolder.unconsumed_tail
    except zlib.error as wrong:
        raise UnsafeFileError("文件内容已损坏", "重新保存后再上传") from wrong
