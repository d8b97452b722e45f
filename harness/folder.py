"""A pytest plugin, loaded before the settings are read: each run gets a folder of its own, swept up after it.

Where memory is plenty the folder lies there, because tests write thousands of small files that nobody needs after
them. YUNQUAN_DIR and PYTEST_DEBUG_TEMPROOT name other places.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile

MEMORY, ENOUGH_BYTES = "/dev/shm", 4 << 30


def _in_memory() -> str | None:
    """The folder in memory, where there is one with room."""
    if not os.access(MEMORY, os.W_OK):
        return None
    found = os.statvfs(MEMORY)
    return MEMORY if found.f_bavail * found.f_frsize >= ENOUGH_BYTES else None


if "YUNQUAN_DIR" not in os.environ:
    os.environ["YUNQUAN_DIR"] = tempfile.mkdtemp(prefix="yunquan-test-", dir=_in_memory())
    atexit.register(shutil.rmtree, os.environ["YUNQUAN_DIR"], ignore_errors=True)
if "PYTEST_DEBUG_TEMPROOT" not in os.environ:
    os.environ["PYTEST_DEBUG_TEMPROOT"] = tempfile.mkdtemp(prefix="yunquan-pytest-", dir=_in_memory())
    atexit.register(shutil.rmtree, os.environ["PYTEST_DEBUG_TEMPROOT"], ignore_errors=True)
