"""A pytest plugin, loaded before the settings are read: each run gets a folder of its own, swept up after it."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile

if "YUNQUAN_DIR" not in os.environ:
    os.environ["YUNQUAN_DIR"] = tempfile.mkdtemp(prefix="yunquan-test-")
    atexit.register(shutil.rmtree, os.environ["YUNQUAN_DIR"], ignore_errors=True)
