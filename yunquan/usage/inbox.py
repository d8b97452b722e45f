"""What was acknowledged and is not loaded yet: bytes on the disk, named by their hash, flushed before the answer.

usage/inbox/<sha256>      a delivery that waits
usage/inbox/.taking-…     one that is still coming in; a killed one is swept
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

PIECE = 1024 * 1024
# No transaction that is about to name a file takes longer than this.
SWEPT_AFTER_S = 3600


class TooLarge(Exception):
    """More bytes came than one delivery may have."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A content that is safe on the disk."""

    sha256: str
    size: int


class Inbox:
    """One folder of contents; the same content is kept once."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir(parents=True, exist_ok=True)

    def place(self, sha256: str) -> Path:
        """Where a content lies; raises ValueError for what is no hash."""
        if len(sha256) != 64 or set(sha256) - set("0123456789abcdef"):
            raise ValueError("not a SHA-256")
        return self.root / sha256

    def keep(self, pieces: Iterable[bytes], *, most: int) -> Kept:
        """Write a content as it comes and flush it; raises TooLarge, and then nothing of it stays."""
        digest, size = hashlib.sha256(), 0
        handle, beside = tempfile.mkstemp(dir=self.root, prefix=".taking-")
        try:
            with os.fdopen(handle, "wb") as file:
                for piece in pieces:
                    size += len(piece)
                    if size > most:
                        raise TooLarge
                    digest.update(piece)
                    file.write(piece)
                file.flush()
                os.fsync(file.fileno())
            os.chmod(beside, 0o440)
            # Naming it anew also makes it young again, so that no sweep takes it before it is recorded.
            os.replace(beside, self.place(digest.hexdigest()))
        except BaseException:
            Path(beside).unlink(missing_ok=True)
            raise
        self._flush_names()
        return Kept(digest.hexdigest(), size)

    def _flush_names(self) -> None:
        """Make the new name survive a power cut."""
        handle = os.open(self.root, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def sweep(self, waiting: Collection[str]) -> int:
        """Remove what no delivery waits for any more and isn't fresh; gives how many files went."""
        old, gone = time.time() - SWEPT_AFTER_S, 0
        for path in self.root.iterdir():
            if path.name not in waiting and path.stat().st_mtime < old:
                path.unlink(missing_ok=True)
                gone += 1
        return gone
