"""Drafts and replays for the tests of replays."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from tests.cast import World, at
from yunquan.insight import actions
from yunquan.insight.models import ReplayReport
from yunquan.programme import actions as programme
from yunquan.programme.models import RuleChange

NOW = at("2019-06-03 09:00")
Drafting = Callable[..., RuleChange]
Replaying = Callable[..., ReplayReport]


@pytest.fixture
def drafted(world: World) -> Drafting:
    """Draft a change of a rule by the province's officer."""

    def draft(rule: str, value: Any, **more: Any) -> RuleChange:
        form = {"pack": "gd-2018", "article": "D47-4.4.2", "meaning": "试算用。", "from_on": date(2019, 9, 1)}
        by = world["province_officer"]
        return programme.draft_rule_change(rule=rule, value=value, **{**form, **more}, by=by, now=NOW)

    return draft


@pytest.fixture
def replayed(world: World) -> Replaying:
    """Try drafts on the cycle and give the frozen report."""

    def replay(*changes: RuleChange, title: str = "") -> ReplayReport:
        by = world["province_officer"]
        row = actions.ask(changes=changes, cycles=[world.cycle], title=title, by=by, now=NOW)
        report = actions.run(row=row, by=by, now=NOW)
        assert report is not None
        return report

    return replay
