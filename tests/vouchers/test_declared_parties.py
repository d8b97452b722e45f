"""Another firm in a claim's documents: declared with its proof, attested with the claim, accepted by the reviewer."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from tests.cast import CLAIMING, World, broken
from tests.vouchers.refusing import codes, fields
from yunquan.evidence.models import DeclaredParty
from yunquan.journal.models import LogEntry, LogPayload
from yunquan.kernel.workflow import Actor
from yunquan.policy.uscc import make_uscc
from yunquan.vouchers import access, queries
from yunquan.vouchers import actions as vouchers
from yunquan.vouchers.findings import claim_findings
from yunquan.vouchers.models import ClaimParty, Voucher

LATER = CLAIMING + timedelta(days=30)
PARENT, PARENT_USCC = "虚构集团（测试）有限公司", make_uscc(777)


def typed_with(world: World, voucher: Voucher, *parties: dict[str, str], **proof: str) -> dict[str, Any]:
    """A claim that the enterprise's parent paid."""
    typed = world.typed_claim(voucher)
    typed["proofs"][0] |= {"payer_name": PARENT, **proof}
    return {**typed, "parties": list(parties)}


def payer(world: World, **changes: str) -> dict[str, str]:
    """The row that says so, as typed."""
    return {
        "part": "payer", "name": PARENT, "uscc": PARENT_USCC, "relation": "parent", "reason": "由集团统一付款",
        "file": str(world.file(world["dg_enterprise"]).pk), **changes,
    }  # fmt: skip


def claimed(world: World, typed: dict[str, Any], voucher: Voucher) -> Voucher:
    return vouchers.claim(voucher=voucher, typed=typed, by=world["dg_enterprise"], now=CLAIMING)


def verified(world: World, *parties: dict[str, str]) -> Voucher:
    voucher = world.issued()
    voucher = claimed(world, typed_with(world, voucher, *(parties or (payer(world),))), voucher)
    return world.verdict(world.attest(voucher))


def approve(world: World, voucher: Voucher, **changes: Any) -> dict[str, Any]:
    by = world["dg_reviewer"]
    return {"voucher": voucher, "seen_hash": voucher.claim_hash, "by": by, "now": LATER, **changes}


def accept(world: World, voucher: Voucher, **changes: Any) -> dict[str, Any]:
    party = voucher.claim_parties.get().party
    return {"party": party, "by": world["dg_reviewer"], "now": LATER, **changes}


@pytest.mark.clause("D47-4.2", "D47-5.14", "M6")
def test_another_payer_is_refused_until_it_is_declared_and_not_approved_until_it_is_accepted(
    world: World,
) -> None:
    voucher = world.issued()
    by = {"voucher": voucher, "by": world["dg_enterprise"], "now": CLAIMING}
    assert fields(vouchers.claim, typed=typed_with(world, voucher), **by) == {
        ("payer_is_enterprise", "proofs-0-payer_name")
    }
    voucher = world.verdict(world.attest(claimed(world, typed_with(world, voucher, payer(world)), voucher)))
    assert codes(vouchers.approve_claim, **approve(world, voucher)) == {"exception_unaccepted"}
    checks = queries.claim_checks(voucher)
    refusals, _bonus = queries.claim_review(voucher, world["dg_reviewer"], on=CLAIMING.date())
    assert [(one.code, one.weight) for one in checks if not one.passed] == [("payer_is_enterprise", "look")]
    assert [one.code for one in refusals] == ["exception_unaccepted"] and "请先核对代付说明" in refusals[
        0
    ].message
    vouchers.accept_party(**accept(world, voucher))
    assert vouchers.approve_claim(**approve(world, voucher)).state == "approved"
    assert broken() == []


@pytest.mark.clause("D47-5.14")
@pytest.mark.parametrize(
    ("part", "changes"),
    [
        ("issuer", {"invoices": {"seller_name": PARENT, "seller_uscc": PARENT_USCC}}),
        ("buyer", {"invoices": {"buyer_uscc": PARENT_USCC}}),
        ("payee", {"proofs": {"payee_name": PARENT}}),
        ("payer", {"proofs": {"payer_name": PARENT}}),
    ],
)
def test_each_part_may_be_excepted_by_itself_and_by_no_other(
    world: World, part: str, changes: dict[str, dict[str, str]]
) -> None:
    voucher = world.issued()
    typed = world.typed_claim(voucher)
    for group, facts in changes.items():
        typed[group][0] |= facts
    by = {"voucher": voucher, "by": world["dg_enterprise"], "now": CLAIMING}
    refused = codes(vouchers.claim, typed=typed, **by)
    assert len(refused) == 1
    for other in {"issuer", "buyer", "payee", "payer"} - {part}:
        assert codes(vouchers.claim, typed={**typed, "parties": [payer(world, part=other)]}, **by) == refused
    typed["parties"] = [payer(world, part=part)]
    voucher = world.verdict(world.attest(vouchers.claim(typed=typed, **by)))
    vouchers.accept_party(**accept(world, voucher))
    assert vouchers.approve_claim(**approve(world, voucher)).state == "approved"
    assert broken() == []


@pytest.mark.clause("D47-5.11", "D47-5.14")
def test_every_fault_of_a_declared_firm_stands_beside_its_field(world: World) -> None:
    voucher = world.issued()
    bad = payer(
        world, part="friend", relation="cousin", name="", uscc="91440000000000000X", reason="", file=""
    )
    said = fields(
        vouchers.claim, voucher=voucher, typed=typed_with(world, voucher, {}, bad), by=world["dg_enterprise"],
        now=CLAIMING,
    )  # fmt: skip
    assert {one for one in said if one[1].startswith("parties")} == {
        ("missing", "parties-1-part"), ("missing", "parties-1-relation"), ("missing", "parties-1-name"),
        ("bad_uscc", "parties-1-uscc"), ("missing", "parties-1-reason"), ("missing", "parties-1-file"),
    }  # fmt: skip
    # What is known already of the other papers is said at the same time.
    assert ("payer_is_enterprise", "proofs-0-payer_name") in said


@pytest.mark.clause("A1")
def test_a_proof_that_is_not_the_enterprises_own_does_not_exist_for_it(world: World) -> None:
    voucher = world.issued()
    foreign = payer(world, file=str(world.file(world["supplier"]).pk))
    typed = typed_with(world, voucher, foreign)
    said = fields(vouchers.claim, voucher=voucher, typed=typed, by=world["dg_enterprise"], now=CLAIMING)
    assert said == {("unknown_file", "parties-0-file")}


@pytest.mark.clause("S2")
def test_the_hash_of_a_claim_holds_what_it_declares_and_is_unchanged_where_it_declares_nothing(
    world: World,
) -> None:
    voucher = world.issued()
    typed = world.typed_claim(voucher)
    plain = claimed(world, typed, voucher).claim_hash
    voucher.refresh_from_db()
    seen = {}
    for name, parties in {
        "none": [], "blank": [{"part": "", "name": " "}], "one": [payer(world)],
        "other": [payer(world, reason="其他理由")],
    }.items():  # fmt: skip
        voucher = vouchers.withdraw_claim(voucher=voucher, by=world["dg_enterprise"], now=CLAIMING)
        voucher = claimed(world, {**typed, "parties": parties}, voucher)
        seen[name] = voucher.claim_hash
    assert seen["none"] == seen["blank"] == plain
    assert len({plain, seen["one"], seen["other"]}) == 3


@pytest.mark.clause("S2", "D47-5.21")
def test_what_was_accepted_is_dropped_with_the_claim_and_has_to_be_accepted_anew(world: World) -> None:
    voucher = verified(world)
    vouchers.accept_party(**accept(world, voucher))
    first = voucher.claim_parties.get().party
    by = world["dg_reviewer"]
    voucher = vouchers.send_back_claim(voucher=voucher, reasons=[{"label": "补正"}], by=by, now=LATER)
    voucher = vouchers.claim(voucher=voucher, by=world["dg_enterprise"], now=LATER)
    second = voucher.claim_parties.get().party
    assert (second.pk != first.pk, second.accepted_by) == (True, "")
    assert codes(vouchers.accept_party, party=first, by=by, now=LATER) == {"not_standing"}
    voucher = world.verdict(world.attest(voucher))
    assert codes(vouchers.approve_claim, **approve(world, voucher)) == {"exception_unaccepted"}
    withdrawn = world.issued()
    withdrawn = claimed(world, typed_with(world, withdrawn, payer(world)), withdrawn)
    vouchers.withdraw_claim(voucher=withdrawn, by=world["dg_enterprise"], now=CLAIMING)
    assert not ClaimParty.objects.filter(voucher=withdrawn).exists()


@pytest.mark.clause("S3", "A1", "D47-5.14")
def test_only_a_reviewer_of_the_city_who_had_no_hand_in_the_claim_accepts_and_only_while_it_waits(
    world: World,
) -> None:
    voucher = verified(world)
    for who in ("dg_approver", "fs_reviewer", "dg_enterprise", "supplier", "province_officer"):
        assert codes(vouchers.accept_party, **accept(world, voucher, by=world[who])) == {"not_your_role"}
    hand = Actor(person=voucher.claimed_by, role="city_reviewer", org=world["dg_reviewer"].org)
    assert codes(vouchers.accept_party, **accept(world, voucher, by=hand)) == {"same_person"}
    assert voucher.claim_parties.get().party.accepted_at is None
    for _ in range(2):
        row = vouchers.accept_party(**accept(world, voucher))
        assert (row.accepted_by, row.accepted_at) == (world["dg_reviewer"].person, LATER)
    logged = LogEntry.objects.filter(act="voucher.accept_party", obj=voucher.journal_key)
    assert [json.loads(row.entry)["res"] for row in logged.order_by("seq")].count("ok") == 1
    approved = vouchers.approve_claim(**approve(world, voucher))
    assert codes(vouchers.accept_party, **accept(world, approved)) == {"not_from_this_state"}


@pytest.mark.clause("L3")
def test_no_name_of_a_declared_firm_stands_in_an_entry(world: World) -> None:
    voucher = verified(world)
    vouchers.accept_party(**accept(world, voucher))
    assert not LogEntry.objects.filter(entry__contains=PARENT).exists()
    assert not LogPayload.objects.filter(payload__contains=PARENT).exists()


@pytest.mark.clause("A1")
def test_the_proof_is_open_to_those_who_see_the_voucher_and_to_nobody_else(world: World) -> None:
    voucher = verified(world)
    pk = voucher.claim_parties.get().party.file_id
    for who in ("dg_enterprise", "supplier", "dg_reviewer", "province_officer"):
        assert access.file_for(world[who], pk) is not None
    for who in ("fs_reviewer", "fs_enterprise", "other_supplier"):
        assert access.file_for(world[who], pk) is None


@pytest.mark.clause("M6")
def test_the_doctor_names_an_approved_claim_whose_exception_nobody_accepted(world: World) -> None:
    voucher = verified(world)
    vouchers.accept_party(**accept(world, voucher))
    vouchers.approve_claim(**approve(world, voucher))
    assert broken() == []
    DeclaredParty.objects.update(accepted_at=None)
    assert {(row.invariant, row.row) for row in broken()} == {("M6", voucher.journal_key)}


@pytest.mark.clause("D47-5.14")
def test_the_findings_of_a_claim_name_each_paper_and_its_exception(world: World) -> None:
    voucher = verified(world)
    waiting = {one.code: one for one in claim_findings(voucher) if not one.passed}
    assert (
        set(waiting) == {"payer_is_enterprise_excepted"}
        and not waiting["payer_is_enterprise_excepted"].refuses
    )
    vouchers.accept_party(**accept(world, voucher))
    assert [one for one in claim_findings(voucher) if not one.passed] == []
