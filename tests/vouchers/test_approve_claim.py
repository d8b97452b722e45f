"""The city's review of a claim: computed checks, the bonus once ever, returns and rejections (D47-5.14, M6)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.cast import CLAIMING, DONGGUAN, World, broken
from tests.vouchers.refusing import codes, refusals
from yunquan.evidence.models import Invoice, PaymentProof
from yunquan.kernel.workflow import Actor
from yunquan.ledger.queries import balance_fen
from yunquan.parties.models import Enterprise
from yunquan.programme import accounts
from yunquan.vouchers import actions as vouchers
from yunquan.vouchers.models import Voucher

REASONS = [{"code": "false", "label": "发票不真实（测试）"}]
LATER = CLAIMING + timedelta(days=30)


def verified(world: World, **changes: Any) -> Voucher:
    return world.verdict(world.attest(world.claim(world.issued(**changes))))


def approve(world: World, voucher: Voucher, **changes: Any) -> dict[str, Any]:
    return {
        "voucher": voucher, "seen_hash": voucher.claim_hash, "by": world["dg_reviewer"], "now": LATER, **changes,
    }  # fmt: skip


@pytest.mark.clause("D47-5.14")
def test_a_claim_whose_checks_all_pass_is_approved(world: World) -> None:
    voucher = vouchers.approve_claim(**approve(world, verified(world)))
    assert (voucher.state, voucher.bonus_fen) == ("approved", 0)
    assert broken() == []


@pytest.mark.clause("D47-5.14", "M6")
@pytest.mark.parametrize(
    ("model", "changes", "expected"),
    [
        (Invoice, {"seller_uscc": "91440000000000000X"}, "issuer_is_supplier"),
        (Invoice, {"gross_fen": 109_999_99}, "invoices_cover_face"),
        (PaymentProof, {"payee_name": "虚构别家（测试）有限公司"}, "payee_is_supplier"),
        (PaymentProof, {"amount_fen": 109_999_99}, "payments_cover_face"),
    ],
)
def test_each_check_refuses_by_itself(
    world: World, model: Any, changes: dict[str, Any], expected: str
) -> None:
    voucher = verified(world)
    model.objects.update(**changes)
    assert codes(vouchers.approve_claim, **approve(world, voucher)) == {expected}


@pytest.mark.clause("D47-5.14", "D47-5.21")
def test_all_failing_checks_are_said_at_once(world: World) -> None:
    voucher = verified(world)
    Invoice.objects.update(gross_fen=1, seller_uscc="91440000000000000X")
    PaymentProof.objects.update(amount_fen=1, payee_name="虚构别家（测试）有限公司")
    said = codes(vouchers.approve_claim, **approve(world, voucher, seen_hash="other"))
    assert said == {
        "content_changed", "issuer_is_supplier", "invoices_cover_face", "payee_is_supplier", "payments_cover_face",
    }  # fmt: skip


@pytest.mark.clause("S3")
@pytest.mark.parametrize("step", ["submitted_by", "confirmed_by", "claimed_by", "attested_by"])
def test_nobody_approves_a_claim_he_had_a_hand_in(world: World, step: str) -> None:
    voucher = verified(world)
    by = Actor(person=getattr(voucher, step), role="city_reviewer", org=f"bureau:{DONGGUAN}")
    assert codes(vouchers.approve_claim, **approve(world, voucher, by=by)) == {"same_person"}


@pytest.mark.clause("D47-4.4.5", "M5")
def test_the_bonus_comes_with_the_first_approved_claim_and_never_again(world: World) -> None:
    Enterprise.objects.filter(pk=world.enterprise.pk).update(is_iia_certified=True)
    first = vouchers.approve_claim(**approve(world, verified(world)))
    second = vouchers.approve_claim(**approve(world, verified(world)))
    assert (first.bonus_fen, second.bonus_fen) == (200_000_00, 0)
    assert broken() == []


@pytest.mark.clause("D47-4.4.5", "M5")
def test_the_bonus_is_not_paid_to_who_had_a_provincial_award_for_it(world: World) -> None:
    Enterprise.objects.filter(pk=world.enterprise.pk).update(is_iia_certified=True, had_iia_award=True)
    assert vouchers.approve_claim(**approve(world, verified(world))).bonus_fen == 0


@pytest.mark.clause("D47-5.21", "S6")
def test_a_claim_is_sent_back_with_reasons_and_comes_again(world: World) -> None:
    voucher = verified(world)
    by = world["dg_reviewer"]
    assert codes(vouchers.send_back_claim, voucher=voucher, reasons=[], by=by, now=LATER) == {"no_reason"}
    voucher = vouchers.send_back_claim(voucher=voucher, reasons=REASONS, by=by, now=LATER)
    assert (voucher.state, voucher.attested_hash) == ("claim_returned", "")
    again = vouchers.claim(voucher=voucher, by=world["dg_enterprise"], now=LATER)
    assert world.approve(world.verdict(world.attest(again))).state == "approved"
    assert broken() == []


@pytest.mark.clause("D47-5.21", "Q4", "U1")
def test_a_rejected_claim_gives_back_its_quota_once_and_frees_all_it_rested_on(world: World) -> None:
    voucher = verified(world)
    quota = balance_fen(accounts.quota("2018", DONGGUAN))
    by = world["dg_reviewer"]
    assert codes(vouchers.reject_claim, voucher=voucher, reasons=[], by=by, now=LATER) == {"no_reason"}
    assert balance_fen(accounts.quota("2018", DONGGUAN)) == quota
    voucher = vouchers.reject_claim(voucher=voucher, reasons=REASONS, by=by, now=LATER)
    assert voucher.state == "refused"
    assert balance_fen(accounts.quota("2018", DONGGUAN)) == quota + voucher.face_fen
    said = refusals(vouchers.reject_claim, voucher=voucher, reasons=REASONS, by=by, now=LATER)
    assert [refusal.code for refusal in said] == ["not_from_this_state"]
    assert balance_fen(accounts.quota("2018", DONGGUAN)) == quota + voucher.face_fen
    assert not Invoice.objects.filter(is_live=True).exists()
    assert broken() == []


@pytest.mark.parametrize("step", ["approve_claim", "issue"])
def test_a_draft_without_a_supplier_is_refused_by_its_state(world: World, step: str) -> None:
    """Found by random lives: nobody to be related to is no fault of the program."""
    voucher = world.start()
    assert voucher.supplier is None
    act = getattr(vouchers, step)
    assert codes(act, voucher=voucher, seen_hash="", by=world["dg_reviewer"], now=LATER) == {
        "not_from_this_state"
    }
