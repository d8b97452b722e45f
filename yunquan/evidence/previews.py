"""Pictures of uploaded files for the review screen, page by page, drawn by a process with limits."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from yunquan.evidence.kinds import JPEG, PDF, PNG
from yunquan.evidence.meanwhile import lend_connection
from yunquan.evidence.models import StoredFile
from yunquan.evidence.scanning import is_open, why_held
from yunquan.evidence.taking import folder, read

WIDTHS = (400, 900, 1400)
SECONDS = 20
MOST_PAGES, MOST_DRAWN = 1_000_000, 32 * 1024 * 1024
PICTURE = b"\x89PNG\r\n\x1a\n"
UNSEEN = "文件损坏或过于复杂，不能预览，请下载后查看。"
_ROOT = Path(__file__).resolve().parents[2]


class PreviewError(Exception):
    """The file can't be shown as a picture; the message says so in Chinese."""


def has_preview(file: StoredFile) -> bool:
    """Whether a file of this kind can be shown as pictures, and may be opened at all."""
    return file.media_type in (PDF, PNG, JPEG) and is_open(file)


def page_count(file: StoredFile) -> int:
    """How many pages can be shown; a picture has one, other kinds none. Raises PreviewError."""
    if not is_open(file):
        raise PreviewError(why_held(file))
    if file.media_type in (PNG, JPEG):
        return 1
    if file.media_type != PDF:
        return 0
    kept = folder() / "previews" / file.sha256[:2] / f"{file.sha256}.pages"
    if kept.exists():
        return int(kept.read_text())
    told = _run(file, "count").strip()
    # The process that opened a hostile file is not believed: a number of pages, or nothing.
    if not told.isdigit() or len(told) > len(str(MOST_PAGES)) or int(told) > MOST_PAGES:
        raise PreviewError(UNSEEN)
    _keep(kept, told)
    return int(told)


def page_png(file: StoredFile, *, page: int = 1, width: int = 900) -> bytes:
    """One page as PNG, counted from 1, at one of the fixed widths; drawn once and kept.

    Raises PreviewError for kinds without pictures, damaged files and pages that aren't there.
    """
    if not is_open(file):
        raise PreviewError(why_held(file))
    if not has_preview(file):
        raise PreviewError("这种格式的文件不能在线预览，请下载后查看。")
    if page < 1 or page > page_count(file):
        raise PreviewError("没有这一页。")
    wide = next((fixed for fixed in WIDTHS if fixed >= width), WIDTHS[-1])
    kept = folder() / "previews" / file.sha256[:2] / f"{file.sha256}-{page}-{wide}.png"
    if kept.exists():
        return kept.read_bytes()
    work = ("page", str(page - 1), str(wide)) if file.media_type == PDF else ("picture", str(wide))
    drawn = _run(file, *work)
    if not drawn.startswith(PICTURE) or len(drawn) > MOST_DRAWN:
        raise PreviewError(UNSEEN)
    _keep(kept, drawn)
    return drawn


def _run(file: StoredFile, *work: str) -> bytes:
    try:
        content = read(file.sha256)
    except OSError:
        raise PreviewError("文件缺失或与上传时不一致，请联系系统管理员。") from None
    command = [sys.executable, "-m", "yunquan.evidence.rendering", *work]
    lend_connection()
    # The child gets no secrets of this process and no more time than a page needs.
    environment = {"PATH": os.defpath, "PYTHONPATH": str(_ROOT), "LANG": "C.UTF-8"}
    try:
        done = subprocess.run(
            command,
            input=content,
            capture_output=True,
            timeout=SECONDS,
            env=environment,
            cwd=_ROOT,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise PreviewError("预览生成超时，请下载后查看。") from None
    if done.returncode != 0 or not done.stdout:
        raise PreviewError(UNSEEN)
    return done.stdout


def _keep(place: Path, content: bytes) -> None:
    """Keep what was drawn; where there is no room it is drawn anew the next time."""
    beside = ""
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        handle, beside = tempfile.mkstemp(dir=place.parent, prefix=".drawing-")
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.replace(beside, place)
    except OSError:
        if beside:
            Path(beside).unlink(missing_ok=True)
