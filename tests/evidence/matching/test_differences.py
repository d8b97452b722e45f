"""Facts entered beside facts read: looks don't count, a real difference is shown with its place."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from tests.evidence.matching.cases import CONTRACT, INVOICE, PROOF
from yunquan.evidence.matching import contract_differences, invoice_differences, proof_differences
from yunquan.evidence.matching.differences import to_look_at
from yunquan.evidence.reading.facts import Conflict, ContractFacts, ContractLine, Place


def test_the_same_facts_with_other_looks_differ_in_nothing() -> None:
    read = replace(INVOICE, seller="示例云科技 (东莞)有限公司", number="2444 2000 0001 2345 6789")
    assert to_look_at(invoice_differences(INVOICE, read)) == []
    assert to_look_at(proof_differences(PROOF, replace(PROOF, serial="gh-0001"))) == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("number", "24442000000123456788"),
        ("issued_on", date(2018, 12, 4)),
        ("seller", "样板云科技有限公司"),
        ("gross_fen", 10_000_001),
        ("buyer_no", "91441900MA00000000"),
    ],
)
def test_every_real_difference_is_shown_with_both_sides(field: str, value: object) -> None:
    (difference,) = to_look_at(invoice_differences(INVOICE, replace(INVOICE, **{field: value})))
    assert difference.field == field and difference.entered != difference.read and difference.article


def test_what_was_not_read_or_not_entered_is_said_and_is_no_difference() -> None:
    found = {one.field: one.standing for one in contract_differences(ContractFacts(), CONTRACT)}
    assert found["number"] == "not_entered"
    found = {one.field: one.standing for one in contract_differences(CONTRACT, ContractFacts())}
    assert set(found.values()) == {"not_read"}


def test_the_fee_of_each_service_is_held_against_the_contract_and_its_place_shown() -> None:
    place = Place(page=2, box=(10, 20, 300, 40))
    read = replace(
        CONTRACT,
        lines=(ContractLine("生产品质管控", 7_000_000), ContractLine("项目管理协同", 3_000_000)),
        places={"lines.生产品质管控": place, "total_fen": Place(page=1)},
    )
    found = {one.field: one for one in contract_differences(CONTRACT, read)}
    assert found["lines.生产品质管控"].standing == "differs" and found["lines.生产品质管控"].place == place
    assert found["lines.供应链协同"].standing == "not_read"
    assert found["lines.项目管理协同"].standing == "not_entered"
    assert found["total_fen"].place == Place(page=1) and not found["total_fen"].needs_eye


def test_sources_that_disagree_within_a_document_need_an_eye() -> None:
    read = replace(INVOICE, conflicts=(Conflict("gross_fen", (("xml", 10_000_000), ("qr", 9_000_000))),))
    (difference,) = to_look_at(invoice_differences(INVOICE, read))
    assert difference.standing == "same" and "90,000.00" in difference.conflict
