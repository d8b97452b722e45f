"""Keeping a file under its SHA-256: written beside, flushed to the disk, then named (E1)."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
import unicodedata
from pathlib import Path

from django.conf import settings

from yunquan.evidence.kinds import EXTENSIONS, TAKEN, kind_of
from yunquan.kernel.refusal import Refusal, Refused

MOST_BYTES = 20 * 1024 * 1024
_ARTICLE = "D47-5.7b"


def folder() -> Path:
    """Where the files of this installation lie."""
    return Path(settings.YUNQUAN_DIR) / "files"


def place_of(sha256: str) -> Path:
    """The path of a content, by its hash; raises ValueError for anything that isn't one."""
    if not re.fullmatch(r"[0-9a-f]{64}", sha256):
        raise ValueError("not a SHA-256")
    return folder() / sha256[:2] / sha256


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
    media_type = kind_of(content)
    if media_type is None:
        message = f"“{shown}”不是可以接收的文件类型，或文件已损坏、含有宏。"
        mend = f"请上传 {TAKEN} 格式的文件；扫描件建议用 PDF。"
        raise Refused([Refusal("file_type_refused", message, _ARTICLE, mend, "file")])
    return media_type


def keep(content: bytes) -> str:
    """Put a content on the disk for good and give its SHA-256; the same content is kept once."""
    digest = hashlib.sha256(content).hexdigest()
    place = place_of(digest)
    if place.exists() and place.stat().st_size == len(content):
        return digest
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
    return digest


def _flush_folder(path: Path) -> None:
    """Make the new name survive a power cut, where the system can."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def read(sha256: str) -> bytes:
    """The content of a hash, proved on the way; raises OSError when it is gone or altered (E1)."""
    content = place_of(sha256).read_bytes()
    if hashlib.sha256(content).hexdigest() != sha256:
        raise OSError(f"文件内容与哈希不符：{sha256}")
    return content


def is_whole(sha256: str) -> bool:
    """Whether the content is there and as it was taken."""
    try:
        read(sha256)
    except OSError:
        return False
    return True
