"""Which encoding a text file is in, and its lines as UTF-8. A line in another one is set apart, never guessed at.

The decision hangs on the file alone, not on where it is cut: the first mebibyte decides by its lines; where
that is plain ASCII, the first line that is not.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

import polars as pl
from polars.exceptions import PolarsError

from yunquan.usage.layouts.contract import BadLine

HEAD = 1 << 20
TITLES = {
    "ascii": "ASCII",
    "utf-8": "UTF-8",
    "gb18030": "GBK",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    "utf-32": "UTF-32",
}
_BOMS = (
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# A Chinese character in UTF-8. Pairs of GBK bytes look like it by chance only.
_UTF8_HAN = re.compile(rb"[\xe3-\xe9][\x80-\xbf][\x80-\xbf]")


def coding_of(head: bytes) -> str:
    """The encoding by the beginning of a file; "" where it is no text."""
    for mark, coding in _BOMS:
        if head.startswith(mark):
            return coding
    if b"\x00" in head:
        sample = head[:4096]
        for coding, high in (("utf-16-le", sample[1::2]), ("utf-16-be", sample[::2])):
            if high.count(0) > 0.3 * len(high) and _is_text(sample, coding):
                return coding
        if b"\x00" in sample[:512]:
            return ""
    return coding_of_lines(head, "ascii")


def _is_text(sample: bytes, coding: str) -> bool:
    """Whether these bytes are characters of text, with none that only machines write."""
    text = sample[: len(sample) & ~1].decode(coding, "replace")
    return "\ufffd" not in text[:-1] and all(letter >= " " or letter in "\t\r\n" for letter in text)


def coding_of_lines(text: bytes, so_far: str) -> str:
    """What the lines that are not ASCII are in, most of them; `so_far` where all are or none can be read."""
    if text.isascii():
        return so_far
    cut = text.rfind(b"\n") + 1
    text = text[:cut] if cut else text
    utf8 = gbk = 0
    for line in text.split(b"\n"):
        if line.isascii():
            continue
        if _reads(line, "utf-8", whole=bool(cut)):
            utf8 += 1
        elif _reads(line, "gb18030", whole=bool(cut)):
            gbk += 1
    if not utf8 and not gbk:
        return so_far
    return "utf-8" if utf8 >= gbk else "gb18030"


def coding_from(text: bytes) -> str:
    """What the first line that is not ASCII and can be read is in; "ascii" where there is none."""
    if text.isascii():
        return "ascii"
    for line in text.split(b"\n"):
        coding = coding_of_lines(line, "ascii")
        if coding != "ascii":
            return coding
    return "ascii"


def _reads(line: bytes, coding: str, *, whole: bool = True) -> bool:
    try:
        codecs.getincrementaldecoder(coding)().decode(line, final=whole)
    except UnicodeDecodeError:
        return False
    return True


def belongs(line: bytes, coding: str) -> bool:
    """Whether a line can be read in the file's encoding, and is not plainly in the other."""
    if b"\x00" in line:
        return False
    if line.isascii():
        return True
    if coding == "gb18030":
        return _reads(line, coding) and not (_UTF8_HAN.search(line) and _reads(line, "utf-8"))
    return coding != "ascii" and _reads(line, "utf-8")


def unwound(pieces: Iterator[bytes], coding: str) -> Iterator[bytes]:
    """The stream without its byte order mark, and UTF-16 as UTF-8; what is no character stays no character."""
    if coding.startswith("utf-16"):
        yield from _from_utf16(pieces, coding)
        return
    first = b""
    for piece in pieces:
        first += piece
        if len(first) >= len(codecs.BOM_UTF8):
            break
    yield first.removeprefix(codecs.BOM_UTF8) if coding == "utf-8" else first
    yield from pieces


def _from_utf16(pieces: Iterator[bytes], coding: str) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(coding)("surrogatepass")
    first = True
    for piece in pieces:
        text = decoder.decode(piece)
        if first and text:
            text, first = text.removeprefix("\ufeff"), False
        yield text.encode("utf-8", "surrogatepass")
    if decoder.getstate()[0]:
        yield b"\xff"  # Half a character at the end: its line must not pass for whole.


def readable(head: bytes, coding: str) -> bytes:
    """The whole lines at the beginning of a file as UTF-8, for those who look what it is."""
    text = b"".join(unwound(iter([head]), coding))
    cut = text.rfind(b"\n") + 1
    text = text[:cut] if cut else text
    return text.decode("gb18030" if coding == "gb18030" else "utf-8", "replace").encode("utf-8")


def clean(text: bytes, coding: str, first_line: int) -> tuple[bytes, list[BadLine]]:
    """The lines as UTF-8 with plain line ends; a line that can't be read is left blank and named."""
    apart: list[BadLine] = []
    if b"\x00" in text or not _whole_belongs(text, coding):
        lines = text.split(b"\n")
        for place, line in enumerate(lines):
            if not belongs(line, coding):
                apart.append(_unreadable(line, coding, first_line + place))
                lines[place] = b""
        text = b"\n".join(lines)
    if coding == "gb18030" and not text.isascii():
        text = text.decode("gb18030").encode("utf-8")
    if b"\r" in text:
        text = text.replace(b"\r\n", b"\n")
    return text, apart


def _whole_belongs(text: bytes, coding: str) -> bool:
    if text.isascii():
        return True
    if coding == "ascii":
        return False
    if coding != "gb18030":
        # As text.decode("utf-8") would tell, without making the text.
        try:
            pl.Series([text], dtype=pl.Binary).cast(pl.String)
        except PolarsError:
            return False
        return True
    try:
        text.decode("gb18030")
    except UnicodeDecodeError:
        return False
    return _UTF8_HAN.search(text) is None


def _unreadable(line: bytes, coding: str, number: int) -> BadLine:
    title = TITLES.get(coding, coding)
    if b"\x00" in line:
        reason, expected = "这一行含有空字符（0x00）", "不含空字符的文本行"
    elif coding == "ascii":
        reason, expected = "这一行的文字编码认不出", "UTF-8、GBK 或 UTF-16 编码"
    else:
        reason, expected = f"这一行不是 {title} 编码，与文件其他行不同", f"整个文件用同一种编码（{title}）"
    return BadLine(line=number, column="", reason=reason, expected=expected)
