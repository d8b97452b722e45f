"""A voucher is its enterprise's own and serves once; the contract comes first, an addendum with it (D47-3, D47-5.6)."""

from __future__ import annotations

from datetime import date

import pytest

from tests.cast import APPLYING, CLAIMING, World, broken
from tests.vouchers.refusing import codes
from yunquan.kernel.workflow import Actor
from yunquan.vouchers import actions as vouchers
from yunquan.vouchers.lifecycle import VOUCHER
from yunquan.vouchers.models import Voucher


@pytest.mark.clause("D47-3 券", "D47-3")
def test_a_voucher_is_claimed_once_and_no_step_gives_it_to_another(world: World) -> None:
    voucher = world.approved()
    owner = voucher.enterprise_id
    typed = world.typed_claim(voucher)
    clerk = world["dg_enterprise"]
    assert codes(vouchers.claim, voucher=voucher, typed=typed, by=clerk, now=CLAIMING) == {
        "not_from_this_state"
    }
    world.standing()
    world.pay_all(world.released())
    assert "not_from_this_state" in codes(
        vouchers.claim, voucher=voucher, typed=typed, by=clerk, now=CLAIMING
    )
    assert Voucher.objects.get().enterprise_id == owner
    assert not {"transfer", "give", "pledge", "assign"} & set(VOUCHER.actions)


@pytest.mark.clause("D47-5.6", "S2")
def test_an_addendum_is_kept_with_its_contract_and_is_part_of_what_is_confirmed(world: World) -> None:
    addendum = world.file(world["dg_enterprise"])
    voucher = world.apply(signed_on="2018-04-02", addendum_file=str(addendum.pk))
    assert voucher.contract.addendum_id == addendum.pk
    seen = voucher.content_hash
    voucher = vouchers.withdraw(voucher=voucher, by=world["dg_enterprise"], now=APPLYING)
    other = world.file(world["dg_enterprise"])
    typed = {**voucher.typed, "addendum_file": str(other.pk)}
    voucher = vouchers.submit(voucher=voucher, typed=typed, by=world["dg_enterprise"], now=APPLYING)
    assert voucher.content_hash != seen
    assert broken() == []


@pytest.mark.clause("D47-5.6", "D47-5.7b")
def test_without_a_contract_nothing_is_applied_for(world: World) -> None:
    voucher = world.start()
    typed = world.typed(contract_file="", contract_number="")
    assert codes(vouchers.submit, voucher=voucher, typed=typed, by=world["dg_enterprise"], now=APPLYING) == {
        "missing"
    }


@pytest.mark.clause("P2020-1")
@pytest.mark.parametrize(
    ("paid", "expected"), [("134999.99", {"paid_share_of_contract"}), ("135000.00", set())]
)
def test_in_the_round_of_2020_nine_tenths_of_the_contract_must_be_paid(
    world: World, paid: str, expected: set[str]
) -> None:
    voucher = world.issued()
    Voucher.objects.filter(pk=voucher.pk).update(applied_on=date(2020, 6, 1))
    typed = world.typed_claim(voucher)
    typed["proofs"][0]["amount"] = paid
    arguments = {"voucher": voucher, "typed": typed, "by": world["dg_enterprise"], "now": CLAIMING}
    if expected:
        assert codes(vouchers.claim, **arguments) == expected
    else:
        assert vouchers.claim(**arguments).state == "claimed"


@pytest.mark.clause("U3", "D47-5.14")
def test_the_same_file_in_two_vouchers_is_declared(world: World) -> None:
    first, second = world.issued(), world.issued()
    by = world["dg_enterprise"]
    used = world.typed_claim(first)
    vouchers.claim(voucher=first, typed=used, by=by, now=CLAIMING)
    typed = world.typed_claim(second)
    typed["report"]["file"] = used["report"]["file"]
    assert codes(vouchers.claim, voucher=second, typed=typed, by=by, now=CLAIMING) == {"same_file_elsewhere"}
    typed["same_file_note"] = "同一项目分两份合同，共用验收报告附件"
    assert vouchers.claim(voucher=second, typed=typed, by=by, now=CLAIMING).state == "claimed"


@pytest.mark.clause("S3")
def test_nobody_attests_what_he_reviewed(world: World) -> None:
    voucher = world.claim(world.issued())
    by = Actor(person=voucher.reviewed_by, role="supplier", org=world["supplier"].org)
    told = {"seen_hash": voucher.claim_hash, "ends": world.ends(voucher)}
    assert codes(vouchers.attest, voucher=voucher, by=by, now=CLAIMING, **told) == {"same_person"}
