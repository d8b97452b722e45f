"""A result is never made graver behind the back of those who answered to a milder one (D108-3.4, D108-4)."""

from __future__ import annotations

import pytest

from tests.cast import World
from tests.inspections import results
from yunquan.inspections.result_queries import result_view
from yunquan.kernel.refusal import Refused

pytestmark = pytest.mark.django_db


@pytest.mark.clause("D108-3.4")
def test_a_graver_outcome_than_the_parties_were_told_asks_for_a_hearing(world: World) -> None:
    row = results.answer(world, results.informed(world, "qualified"), accepts=True)
    with pytest.raises(Refused) as refused:
        results.propose(world, row, "terms_unmet")
    assert [one.code for one in refused.value.refusals] == ["not_heard"]
    results.hear(world, results.summon(world, row))
    row = results.propose(world, row, "terms_unmet")
    assert row.state == "proposed"
    assert result_view(row, for_party=False)["measures"] == ["取消该服务券的奖补资格"]
    assert result_view(row, for_party=True)["measures"] == []


def test_the_outcome_that_was_told_needs_no_second_word(world: World) -> None:
    row = results.answer(world, results.informed(world, "terms_unmet"))
    assert results.propose(world, row, "terms_unmet").state == "proposed"
