"""From the bytes of a file to whole lines of UTF-8: unpacking, encodings, blocks."""

from __future__ import annotations

import bz2
import contextlib
import gzip
import io
import lzma
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from yunquan.usage.store import LoadRefused, encoding
from yunquan.usage.store.blocks import blocks
from yunquan.usage.store.opening import Opened

TEXT = "".join(f"{number},东莞示例,{number * number}\n" for number in range(20_000)).encode()


def zipped(*members: tuple[str, bytes]) -> bytes:
    """A zip of these members."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return made.getvalue()


PACKERS = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress, "zst": zstandard.compress}
PACKED = {ending: pack(TEXT) for ending, pack in PACKERS.items()} | {"zip": zipped(("a.csv", TEXT))}


def unpacked(path: Path) -> bytes:
    """The whole file, unpacked."""
    with Opened(path) as opened:
        return b"".join(opened.pieces())


def written(folder: Path, name: str, content: bytes) -> Path:
    """A file of this content."""
    path = folder / name
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("ending", sorted(PACKED))
def test_a_packed_file_is_read_as_it_comes_and_named_without_its_packing(tmp_path: Path, ending: str) -> None:
    path = written(tmp_path, f"a.csv.{ending}", PACKED[ending])
    assert unpacked(path) == TEXT
    with Opened(path) as opened:
        assert opened.name == "a.csv"


@pytest.mark.parametrize("ending", sorted(PACKERS))
def test_packed_files_laid_end_to_end_are_one(tmp_path: Path, ending: str) -> None:
    halves = PACKERS[ending](TEXT[:70_001]) + PACKERS[ending](TEXT[70_001:])
    assert unpacked(written(tmp_path, f"a.{ending}", halves)) == TEXT


@pytest.mark.parametrize("ending", sorted(PACKED))
@pytest.mark.parametrize("lost", [1, 7, 2_000])
def test_a_cut_off_packed_file_is_refused(tmp_path: Path, ending: str, lost: int) -> None:
    with pytest.raises(LoadRefused, match=r"不完整或已损坏|文件里没有|zip"):
        unpacked(written(tmp_path, f"a.{ending}", PACKED[ending][:-lost]))


@pytest.mark.parametrize("ending", sorted(PACKED))
def test_a_packed_file_with_a_changed_byte_never_reads_as_something_else(tmp_path: Path, ending: str) -> None:
    content = bytearray(PACKED[ending])
    content[len(content) // 2] ^= 0x40
    path = written(tmp_path, f"a.{ending}", bytes(content))
    if ending == "zst":
        # Zstandard carries no sum of its content unless asked to; what it gives is judged line by line.
        with contextlib.suppress(LoadRefused):
            unpacked(path)
        return
    with pytest.raises(LoadRefused, match="损坏"):
        unpacked(path)


@pytest.mark.parametrize("ending", ["gz", "bz2", "xz", "zst", "zip"])
def test_a_file_that_unfolds_beyond_all_bounds_is_refused(
    tmp_path: Path, ending: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("yunquan.usage.store.opening.FLOOR", 4 << 20)
    zeros = b"\n" * (24 << 20)
    bomb = zipped(("a.csv", zeros)) if ending == "zip" else PACKERS[ending](zeros)
    if ending == "zip":
        bomb = bomb.replace(len(zeros).to_bytes(4, "little"), (1 << 31).to_bytes(4, "little"))
    with pytest.raises(LoadRefused, match="疑似压缩炸弹"):
        unpacked(written(tmp_path, f"a.{ending}", bomb))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "文件是空的"),
        (zipped(("a.csv", b"1"), ("b.csv", b"2")), "zip 里有 2 个文件"),
        (b"7z\xbc\xaf\x27\x1c" + bytes(30), "7z"),
        (b"Rar!\x1a\x07\x00" + bytes(30), "RAR"),
    ],
)
def test_what_is_no_readable_file_is_refused_with_the_reason(
    tmp_path: Path, content: bytes, reason: str
) -> None:
    with pytest.raises(LoadRefused, match=reason):
        unpacked(written(tmp_path, "a", content))


def test_a_zip_with_a_password_is_refused(tmp_path: Path) -> None:
    content = bytearray(zipped(("a.csv", b"1,2\n")))
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(LoadRefused, match="密码"):
        unpacked(written(tmp_path, "a.zip", bytes(content)))


def test_a_folder_a_missing_file_and_a_device_are_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    held = os.open(tmp_path / "pipe", os.O_RDWR)
    for path, reason in (
        (tmp_path, "目录"),
        (tmp_path / "none", "没有这个文件"),
        (tmp_path / "pipe", "普通文件"),
    ):
        with pytest.raises(LoadRefused, match=reason):
            Opened(path)
    os.close(held)


def test_a_file_that_is_still_written_to_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", b"1\n")
    with Opened(path) as opened:
        path.write_bytes(b"1\n2\n")
        with pytest.raises(LoadRefused, match="还在被写入"):
            opened.unchanged()


# Encodings

HAN = "账号,应用服务,东莞示例企业\n13800000000,云桌面,登录\n"


@pytest.mark.parametrize(
    ("content", "coding"),
    [
        (b"a,b\n1,2\n", "ascii"),
        (HAN.encode(), "utf-8"),
        (HAN.encode("utf-8-sig"), "utf-8"),
        (HAN.encode("gb18030"), "gb18030"),
        (HAN.encode("utf-16"), "utf-16-le"),
        (b"\xfe\xff" + HAN.encode("utf-16-be"), "utf-16-be"),
        (("a,b,c\n" * 50).encode("utf-16-le"), "utf-16-le"),
        (("a,b,c\n" * 50).encode("utf-16-be"), "utf-16-be"),
        (b"\xd4\xc3\xb2\xa1\x02\x00\x04\x00" + bytes(16), ""),
    ],
)
def test_the_encoding_is_told_by_the_beginning(content: bytes, coding: str) -> None:
    assert encoding.coding_of(content) == coding


@pytest.mark.parametrize("coding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be"])
def test_every_encoding_gives_the_same_lines(coding: str) -> None:
    content = (HAN * 40).replace("\n", "\r\n").encode(coding)
    told = encoding.coding_of(content)
    for size in (1, 3, 64, 1 << 20):
        pieces = (content[at : at + size] for at in range(0, len(content), size))
        got = b"".join(
            encoding.clean(block.text, told, block.first_line)[0]
            for block in blocks(encoding.unwound(pieces, told), size=100)
        )
        assert got.decode() == HAN * 40


def test_a_line_in_the_other_encoding_is_set_apart_and_the_numbers_of_the_others_stay() -> None:
    for most, other in (("utf-8", "gb18030"), ("gb18030", "utf-8")):
        content = "甲乙丙丁\n".encode(most) * 3 + "戊己庚辛\n".encode(other) + "壬癸\n".encode(most)
        coding = encoding.coding_of(content)
        assert coding == most
        text, apart = encoding.clean(content, coding, 11)
        assert text.decode() == "甲乙丙丁\n" * 3 + "\n壬癸\n"
        assert [one.line for one in apart] == [14]
        assert "编码" in apart[0].reason


def test_lines_with_zeros_in_them_are_set_apart() -> None:
    text, apart = encoding.clean(b"1,2\n" + bytes(500) + b"\n3,4\n", "ascii", 1)
    assert (text, [one.line for one in apart]) == (b"1,2\n\n3,4\n", [2])


def test_half_a_character_at_the_end_of_utf16_sets_its_line_apart() -> None:
    content = "甲,1\n乙,2".encode("utf-16")[:-1]
    text = b"".join(encoding.unwound(iter([content]), "utf-16-le"))
    assert [one.line for one in encoding.clean(text, "utf-8", 1)[1]] == [2]


# Blocks


def cut(content: bytes, sizes: list[int]) -> Iterator[bytes]:
    """The content in pieces of these sizes, the last one repeated."""
    at = place = 0
    while at < len(content):
        size = sizes[min(place, len(sizes) - 1)]
        yield content[at : at + size]
        at, place = at + size, place + 1


LINES = st.lists(st.binary(max_size=30).map(lambda line: line.replace(b"\n", b"")), max_size=40)
SIZES = st.lists(st.integers(1, 60), min_size=1, max_size=5)


@given(LINES, st.booleans(), SIZES, st.integers(1, 200), st.integers(1, 25))
def test_any_cut_gives_the_same_lines_with_the_same_numbers(
    lines: list[bytes], ended: bool, sizes: list[int], size: int, longest: int
) -> None:
    content = b"\n".join(lines) + (b"\n" if ended and lines else b"")
    whole = content.split(b"\n")
    if whole[-1] == b"":
        whole.pop()
    wanted = [b"" if len(line) > longest else line for line in whole]
    overlong = [(number, len(line)) for number, line in enumerate(whole, 1) if len(line) > longest]
    found: list[bytes] = []
    long: list[tuple[int, int]] = []
    for block in blocks(cut(content, sizes), size=size, longest=longest):
        assert block.first_line == len(found) + 1
        assert block.text.endswith(b"\n")
        assert block.lines == block.text.count(b"\n")
        found += block.text.split(b"\n")[:-1]
        long += [(one.line, one.length) for one in block.overlong]
    assert found == wanted
    assert long == overlong


@given(LINES, SIZES, st.integers(1, 100), st.integers(0, 20))
def test_going_on_behind_any_block_gives_what_going_through_gives(
    lines: list[bytes], sizes: list[int], size: int, stop: int
) -> None:
    content = b"\n".join([*lines, b"end"])
    whole = list(blocks(cut(content, sizes), size=size, longest=12))
    before = whole[: stop + 1]
    last = before[-1]
    rest = list(
        blocks(cut(content, [7]), size=33, longest=12, skip=last.end, first_line=last.first_line + last.lines)
    )
    assert b"".join(block.text for block in before + rest) == b"".join(block.text for block in whole)
    assert [one for block in before + rest for one in block.overlong] == [
        one for block in whole for one in block.overlong
    ]


def test_a_line_of_ten_megabytes_is_dropped_as_it_passes() -> None:
    pieces = [b"a\n", *[b"x" * (1 << 20)] * 10, b"\nb\n"]
    made = list(blocks(pieces, size=2 << 20))
    assert b"".join(block.text for block in made) == b"a\n\nb\n"
    assert [(one.line, one.length) for block in made for one in block.overlong] == [(2, 10 << 20)]
