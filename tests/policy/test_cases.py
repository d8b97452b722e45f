"""The cases in cases/*.yaml, which an official can read and add to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from yunquan.kernel.money import parse_yuan, yuan_plain
from yunquan.policy.award import AwardLine, award
from yunquan.policy.eligibility import EnterpriseFacts, ProjectFacts, enterprise_refusals, project_refusals
from yunquan.policy.rulebook import load_pack
from yunquan.policy.settlement import (
    Invoice,
    Party,
    Payment,
    SettlementFacts,
    settlement_checks,
    settlement_refusals,
)
from yunquan.policy.uscc import make_uscc

CASES = Path(__file__).parent / "cases"


def cases(name: str) -> list[Any]:
    return [
        pytest.param(case, id=case["name"], marks=pytest.mark.clause(*case["clauses"]))
        for case in YAML(typ="safe").load((CASES / name).read_text(encoding="utf-8"))
    ]


@pytest.mark.parametrize("case", cases("award.yaml"))
def test_an_award_is_what_the_case_says(case: dict[str, Any]) -> None:
    lines = [
        AwardLine(
            line["service"],
            parse_yuan(line["fee"]),
            line.get("devices"),
            parse_yuan(line["contract"]) if "contract" in line else None,
        )
        for line in case["lines"]
    ]
    judged = award(
        lines,
        load_pack(case["pack"]),
        case["applied_on"],
        parse_yuan(case.get("already", "0")),
        case.get("size"),
    )
    assert yuan_plain(judged.award_fen) == case["award"]
    assert [yuan_plain(line.award_fen) for line in judged.lines] == case["line_awards"]
    assert judged.binding == case["binding"]
    assert list(judged.articles) == case["articles"]
    if "says" in case:
        assert judged.explanation == case["says"]


ELIGIBLE = {
    "region": "441900",
    "legal_person": True,
    "established_on": None,
    "revenue": "20000000",
    "last_breach_on": None,
    "contract_signed_on": None,
    "implementation_region": "441900",
    "other_fund": False,
}


@pytest.mark.parametrize("case", cases("eligibility.yaml"))
def test_every_reason_is_said_at_once(case: dict[str, Any]) -> None:
    on = case["applied_on"]
    usual = ELIGIBLE | {"established_on": on.replace(year=on.year - 5), "contract_signed_on": on}
    facts = usual | case["facts"]
    enterprise = EnterpriseFacts(
        facts["region"],
        facts["legal_person"],
        facts["established_on"],
        parse_yuan(facts["revenue"]) if facts["revenue"] else None,
        facts["last_breach_on"],
    )
    project = ProjectFacts(facts["contract_signed_on"], facts["implementation_region"], facts["other_fund"])
    rulebook = load_pack(case["pack"])
    refusals = enterprise_refusals(enterprise, rulebook, on) + project_refusals(project, rulebook, on)
    assert [refusal.code for refusal in refusals] == case["refused"]
    assert all(refusal.article and refusal.mend and refusal.field for refusal in refusals)


@pytest.mark.parametrize("case", cases("settlement.yaml"))
def test_a_claim_is_checked_as_the_case_says(case: dict[str, Any]) -> None:
    name = "示例云科技（东莞）有限公司"
    issuer = Party(case["issuer"]) if "issuer" in case else Party("示例云科技(东莞)有限公司 ", make_uscc(1))
    payee = Party(case.get("payee", name))
    facts = SettlementFacts(
        Party(name, make_uscc(1)),
        parse_yuan(case["face"]),
        parse_yuan(case["contract"]),
        [Invoice(f"FP{place}", issuer, parse_yuan(text)) for place, text in enumerate(case["invoices"])],
        [Payment(f"LS{place}", payee, parse_yuan(text)) for place, text in enumerate(case["payments"])],
        case["applied_on"],
    )
    rulebook = load_pack(case["pack"])
    checks = settlement_checks(facts, rulebook)
    assert [check.code for check in checks if not check.passed] == case["failed"]
    assert [refusal.code for refusal in settlement_refusals(facts, rulebook)] == case["failed"]
    assert all(check.article and check.mend for check in checks)
