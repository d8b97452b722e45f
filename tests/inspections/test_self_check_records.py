"""What the platform's own records say beside a self-check, from records to the frozen line (D858-2.1)."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from tests.cast import World, at
from tests.inspections.test_self_checks import FILING, opened, said
from tests.usage.test_verdicts import log_of
from yunquan.inspections import selfcheck_queries
from yunquan.inspections.actions import self_checks
from yunquan.usage import nightly
from yunquan.usage.layouts.contract import Options
from yunquan.usage.pictures import root
from yunquan.usage.store import Store


def load(place: Path, text: str) -> None:
    """Put an operator's file into the platform's store."""
    file = place / "operator.csv"
    file.write_text(text, encoding="utf-8")
    Store(root()).load(file, source="operator", options=Options(now=at("2020-09-11 02:00")))


@pytest.mark.clause("D858-2.1")
def test_the_records_of_the_last_days_stand_beside_the_claim(world: World, tmp_path: Path) -> None:
    """A voucher paid sixteen months ago is rolled up again while its table is open; of the other nothing came."""
    _, row, _ = opened(world, 1)
    (line,) = selfcheck_queries.lines_of(row)
    today = date(2020, 9, 10)
    load(tmp_path, log_of(["120.79.10.8"], date(2020, 6, 1), today))
    (before,) = selfcheck_queries.with_figures(row, [line], today)
    nightly.run(now=at("2020-09-11 03:00"))
    (after,) = selfcheck_queries.with_figures(row, [line], today)
    assert before.figures is not None and after.figures is not None
    assert (before.figures.active, after.figures.says) == (0, "in_use")
    assert after.figures.active > 50
    assert after.figures.last_on == "2020-09-10"
    self_checks.save(self_check=row, typed=said(row, "stopped", "已停用"), by=world["supplier"], now=FILING)
    filed = self_checks.file(self_check=row, by=world["supplier"], now=FILING)
    assert [one.difference for one in selfcheck_queries.lines_of(filed)] == ["below"]
    # Once the table is filed nobody watches the voucher on.
    assert selfcheck_queries.cases_on(today) == []
