"""Keeping a file under its SHA-256: written beside, flushed to the disk, then named (E1).

What the virus scanner could not look at yet lies in a folder of its own, where nothing opens it.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import tempfile
import unicodedata
from pathlib import Path

from django.conf import settings

from yunquan.evidence.kinds import EXTENSIONS, STATEMENT, TAKEN, is_statement, kind_of
from yunquan.kernel.refusal import Refusal, Refused

MOST_BYTES = 20 * 1024 * 1024
_ARTICLE = "D47-5.7b"
FULL = (errno.ENOSPC, errno.EDQUOT)


def folder() -> Path:
    """Where the files of this installation lie."""
    return Path(settings.YUNQUAN_DIR) / "files"


def place_of(sha256: str) -> Path:
    """The path of a content, by its hash; raises ValueError for anything that isn't one."""
    if not re.fullmatch(r"[0-9a-f]{64}", sha256):
        raise ValueError("not a SHA-256")
    return folder() / sha256[:2] / sha256


def held_place(sha256: str) -> Path:
    """Where a content waits for the virus scanner; raises ValueError for what isn't a hash."""
    return folder() / "quarantine" / place_of(sha256).name


def clean_name(name: str, media_type: str) -> str:
    """A file's name without paths, control signs and bidi tricks, ending as its content says.

    >>> clean_name("../../合同\\u202e.exe", "application/pdf")
    '合同.exe.pdf'
    """
    plain = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    plain = "".join(sign for sign in plain if unicodedata.category(sign)[0] != "C")
    plain = re.sub(r'[<>:"|?*]+', "_", plain).strip(" .") or "文件"
    extension = EXTENSIONS[media_type]
    ends = (".jpg", ".jpeg") if extension == "jpg" else (f".{extension}",)
    stem = plain
    for end in ends:
        if plain.lower().endswith(end):
            stem = plain[: -len(end)]
            break
    return f"{stem[:150]}.{extension}"


def judge(content: bytes, name: str) -> str:
    """The media type of an upload that may be taken; raises Refused with the reason (D47-5.7b)."""
    shown = name.replace("\\", "/").rpartition("/")[2][:80] or "文件"
    if not content:
        raise Refused([Refusal("file_empty", f"“{shown}”是空文件。", _ARTICLE, "请检查后重新上传。", "file")])
    if len(content) > MOST_BYTES:
        message = f"“{shown}”超过 {MOST_BYTES // 1024 // 1024} MB。"
        raise Refused([Refusal("file_too_large", message, _ARTICLE, "请压缩或分拆后重新上传。", "file")])
    media_type = kind_of(content) or (STATEMENT if is_statement(content) else None)
    if media_type is None:
        message = f"“{shown}”不是可以接收的文件类型，或文件已损坏、含有宏。"
        mend = f"请上传 {TAKEN} 格式的文件；扫描件建议用 PDF。"
        raise Refused([Refusal("file_type_refused", message, _ARTICLE, mend, "file")])
    return media_type


def keep(content: bytes, *, held: bool = False) -> str:
    """Put a content on the disk for good and give its SHA-256; the same content is kept once.

    `held` puts it where it waits for the virus scanner. Raises Refused when the disk is full; nothing is left then.
    """
    digest = hashlib.sha256(content).hexdigest()
    place = held_place(digest) if held else place_of(digest)
    if place.exists() and place.stat().st_size == len(content):
        return digest
    try:
        _write(content, place)
    except OSError as fault:
        if fault.errno in FULL:
            raise Refused([disk_full()]) from None
        raise
    return digest


def _write(content: bytes, place: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    handle, beside = tempfile.mkstemp(dir=place.parent, prefix=".taking-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(beside, 0o440)
        os.replace(beside, place)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise
    _flush_folder(place.parent)


def disk_full() -> Refusal:
    """The platform has no room for a file: a fault of the platform, and nothing typed is lost."""
    mend = "已填写的内容都在，请稍后重新选择这份文件；多次不成请联系系统管理员。"
    return Refusal("disk_full", "平台的存储空间已满，文件没有收下。", _ARTICLE, mend, "file")


def let_out(sha256: str) -> None:
    """Put a content that had waited for the scanner among the others; a second time it does nothing."""
    held, place = held_place(sha256), place_of(sha256)
    if held.exists():
        place.parent.mkdir(parents=True, exist_ok=True)
        os.replace(held, place)
        _flush_folder(place.parent)


def drop_held(sha256: str) -> None:
    """Delete a content in which a virus was found while it waited."""
    held_place(sha256).unlink(missing_ok=True)


def read_held(sha256: str) -> bytes:
    """A content that waits for the scanner; raises OSError when it is gone or altered."""
    held = held_place(sha256)
    return _proved(held if held.exists() else place_of(sha256), sha256)


def _flush_folder(path: Path) -> None:
    """Make the new name survive a power cut, where the system can."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def read(sha256: str) -> bytes:
    """The content of a hash, proved on the way; raises OSError when it is gone, held back or altered (E1)."""
    return _proved(place_of(sha256), sha256)


def _proved(place: Path, sha256: str) -> bytes:
    content = place.read_bytes()
    if hashlib.sha256(content).hexdigest() != sha256:
        raise OSError(f"文件内容与哈希不符：{sha256}")
    return content


def is_whole(sha256: str, *, held: bool = False) -> bool:
    """Whether the content is there and as it was taken; `held` looks where it waits for the scanner first."""
    try:
        read_held(sha256) if held else read(sha256)
    except OSError:
        return False
    return True
