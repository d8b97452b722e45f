"""A load killed at every single touch of the store, and at hundreds of random moments, with YUNQUAN_CAMPAIGN=1."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.usage.store.killing import kill_at_random, kill_at_touches

pytestmark = pytest.mark.skipif(not os.environ.get("YUNQUAN_CAMPAIGN"), reason="a campaign")


def test_a_load_can_be_killed_at_every_touch_of_the_store(tmp_path: Path) -> None:
    assert kill_at_touches(tmp_path, range(1, 5_000)) > 300


def test_a_load_can_be_killed_hundreds_of_times(tmp_path: Path) -> None:
    kill_at_random(tmp_path, 300)
