"""The city, or its county, reviews: issue within the quota, return, reject (D47-5.10, 5.21, 8.2a)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.cast import APPLYING, DONGGUAN, HUIZHOU, World, broken
from tests.vouchers.refusing import codes, refusals
from yunquan.kernel.workflow import Actor
from yunquan.ledger.queries import as_text, balance_fen
from yunquan.parties.models import Bureau, Enterprise
from yunquan.programme import accounts
from yunquan.programme import actions as programme
from yunquan.vouchers import actions as vouchers
from yunquan.vouchers.models import Voucher

QUOTA, RESERVED = accounts.quota("2018", DONGGUAN), accounts.reserved("2018", DONGGUAN)
REASONS = [{"code": "fee_not_in_contract", "label": "合同未载明上云费用"}]


def small_quota(world: World, fen: int) -> None:
    """Leave 东莞 just so much quota."""
    programme.set_target(
        cycle=world.cycle,
        city=DONGGUAN,
        target_fen=fen,
        quota_fen=fen,
        by=world["province_officer"],
        now=APPLYING,
    )


@pytest.mark.clause("D47-5.10", "D47-8.2a", "Q1")
def test_issuing_moves_the_face_from_quota_to_reserved(world: World) -> None:
    before = balance_fen(QUOTA)
    voucher = world.issued()
    assert voucher.state == "issued"
    assert (before - balance_fen(QUOTA), balance_fen(RESERVED)) == (voucher.face_fen, voucher.face_fen)
    assert (
        as_text(voucher.journal_key) == "promises issue: quota:2018:441900 -> reserved:2018:441900 110,000.00"
    )
    assert broken() == []


@pytest.mark.clause("D47-8.2a", "Q3")
def test_an_exhausted_quota_is_refused_with_both_amounts_and_takes_nothing(world: World) -> None:
    small_quota(world, 200_000_00)
    first = world.issued()
    second = world.confirm(world.apply())
    now = APPLYING + timedelta(days=3)
    by = world["dg_reviewer"]
    said = refusals(vouchers.issue, voucher=second, seen_hash=second.content_hash, by=by, now=now)
    assert [refusal.code for refusal in said] == ["no_quota"]
    assert "90,000.00" in said[0].message
    assert "110,000.00" in said[0].message
    assert balance_fen(RESERVED) == first.face_fen
    second.refresh_from_db()
    assert second.state == "confirmed"
    assert broken() == []


@pytest.mark.clause("D47-8.2a", "Q3")
def test_the_last_fen_of_a_quota_can_be_issued(world: World) -> None:
    small_quota(world, 220_000_00)
    world.issued()
    assert world.issued().state == "issued"
    assert balance_fen(QUOTA) == 0
    assert broken() == []


@pytest.mark.clause("D47-5.21", "D47-5.10")
def test_everything_against_issuing_is_said_at_once(world: World) -> None:
    voucher = world.confirm(world.apply())
    small_quota(world, 100_000_00)
    Enterprise.objects.filter(pk=world.enterprise.pk).update(state="submitted")
    by = Actor(person=world["supplier"].person, role="city_reviewer", org=world["dg_reviewer"].org)
    said = codes(vouchers.issue, voucher=voucher, seen_hash="another", by=by, now=APPLYING)
    assert said == {"content_changed", "enterprise_not_approved", "same_person", "no_quota"}


@pytest.mark.clause("D47-5.10", "S2")
def test_the_city_issues_only_what_the_supplier_confirmed(world: World) -> None:
    voucher = world.confirm(world.apply())
    Voucher.objects.filter(pk=voucher.pk).update(confirmed_hash="0" * 64)
    by, now = world["dg_reviewer"], APPLYING
    assert codes(vouchers.issue, voucher=voucher, seen_hash=voucher.content_hash, by=by, now=now) == {
        "content_changed"
    }


@pytest.mark.clause("D47-5.10")
def test_a_county_reviews_where_its_city_so_set_and_the_city_elsewhere(world: World) -> None:
    def confirmed() -> Voucher:
        return world.confirm(world.apply("hc_enterprise"))

    first = confirmed()
    county, city = world["hc_reviewer"], world["hz_reviewer"]
    seen = {"seen_hash": first.content_hash, "now": APPLYING}
    assert codes(vouchers.issue, voucher=first, by=county, **seen) == {"reviewed_elsewhere"}
    assert codes(vouchers.send_back, voucher=first, reasons=REASONS, by=county, now=APPLYING) == {
        "reviewed_elsewhere"
    }
    assert codes(vouchers.reject, voucher=first, reasons=REASONS, by=county, now=APPLYING) == {
        "reviewed_elsewhere"
    }
    assert vouchers.issue(voucher=first, by=city, **seen).state == "issued"
    Bureau.objects.filter(code=HUIZHOU).update(counties_review=True)
    second = confirmed()
    seen = {"seen_hash": second.content_hash, "now": APPLYING}
    assert codes(vouchers.issue, voucher=second, by=city, **seen) == {"reviewed_elsewhere"}
    assert vouchers.issue(voucher=second, by=county, **seen).state == "issued"
    assert broken() == []


@pytest.mark.clause("D47-5.21", "S6")
def test_a_return_states_reasons_and_frees_nothing_yet(world: World) -> None:
    voucher = world.confirm(world.apply(contract_number="HT-77"))
    by = world["dg_reviewer"]
    assert codes(vouchers.send_back, voucher=voucher, reasons=[], by=by, now=APPLYING) == {"no_reason"}
    voucher = vouchers.send_back(voucher=voucher, reasons=REASONS, by=by, now=APPLYING)
    assert (voucher.state, voucher.confirmed_hash, voucher.due_on) == ("returned", "", None)
    assert voucher.contract.is_live
    again = vouchers.submit(voucher=voucher, by=world["dg_enterprise"], now=APPLYING)
    assert world.issue(world.confirm(again)).state == "issued"
    assert broken() == []


@pytest.mark.clause("D47-5.21", "Q4")
def test_a_rejection_ends_the_application_with_its_reasons(world: World) -> None:
    voucher = world.confirm(world.apply())
    by = world["dg_reviewer"]
    assert codes(vouchers.reject, voucher=voucher, reasons=[], by=by, now=APPLYING) == {"no_reason"}
    voucher.refresh_from_db()
    assert voucher.contract.is_live
    voucher = vouchers.reject(voucher=voucher, reasons=REASONS, by=by, now=APPLYING)
    assert (voucher.state, voucher.return_reasons) == ("rejected", REASONS)
    assert balance_fen(RESERVED) == 0
    assert codes(vouchers.submit, voucher=voucher, by=world["dg_enterprise"], now=APPLYING) >= {
        "not_from_this_state"
    }
    assert broken() == []


def test_the_second_of_two_reviewers_is_told_that_it_was_done(world: World) -> None:
    stale = world.confirm(world.apply())
    world.issue(stale)
    second = world.appoint("dg_reviewer_2", "city_reviewer", bureau=Bureau.objects.get(code=DONGGUAN))
    said = refusals(vouchers.send_back, voucher=stale, reasons=REASONS, by=second, now=APPLYING)
    assert [refusal.code for refusal in said] == ["not_from_this_state"]
    assert "刷新" in said[0].mend
