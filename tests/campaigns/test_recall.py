"""The labelled synthetic year whose figures are told, with YUNQUAN_CAMPAIGN=1; a short one runs every time."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import pytest

from tests.usage.test_recall import holds, tried

pytestmark = pytest.mark.skipif(not os.environ.get("YUNQUAN_CAMPAIGN"), reason="a campaign")


@pytest.mark.clause("D47-5.13")
def test_planted_frauds_of_a_year_are_found_and_the_honest_are_not_accused(tmp_path: Path) -> None:
    year = (date(2019, 1, 1), date(2019, 12, 31))
    holds(tried(tmp_path, vouchers=90, frauds=0.32, months=year), honest=60)
