"""Where a decree limits the award by the contract's amount, the lines together keep it too."""

from __future__ import annotations

from datetime import date

import pytest

from yunquan.policy.award import AwardLine, award
from yunquan.policy.rulebook import load_pack


@pytest.mark.clause("D0-4.4")
def test_the_lines_of_a_contract_together_never_exceed_its_amount() -> None:
    rules = load_pack("gd-2018-draft")
    contract_fen = 50_000_00
    lines = [AwardLine(3, 40_000_00, None, contract_fen), AwardLine(5, 40_000_00, None, contract_fen)]
    found = award(lines, rules, date(2018, 12, 3), 0, "large")
    assert found.sum_fen > contract_fen
    assert found.award_fen == contract_fen
    assert found.binding.endswith("contract")
    assert "合同金额" in found.explanation
