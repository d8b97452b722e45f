"""Submitting an application: every reason against it at once, or the award is pinned and the contract taken."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from tests.cast import APPLYING, World, at, broken
from tests.vouchers.refusing import codes, fields, refusals
from yunquan.evidence.models import Contract
from yunquan.parties.models import Enterprise, Strike
from yunquan.vouchers import actions as vouchers
from yunquan.vouchers.models import Voucher

ONE_LINE = [{"service": "3", "fee": "450000.00"}]
BIG = {"lines": ONE_LINE, "cloud_fee": "450000.00", "total": "500000.00"}


def submit_codes(
    world: World, clerk: str = "dg_enterprise", *, now: Any = APPLYING, **changes: Any
) -> set[str]:
    voucher = world.start(clerk, now=now)
    typed = world.typed(clerk, **changes)
    return codes(vouchers.submit, voucher=voucher, typed=typed, by=world[clerk], now=now)


@pytest.mark.clause("D47-5.7b", "D47-4.4.2", "D47-A1.1")
def test_a_complete_application_goes_to_the_supplier_with_its_award_pinned(world: World) -> None:
    voucher = world.apply()
    assert voucher.state == "submitted"
    assert voucher.face_fen == 110_000_00
    assert [(line.award_fen, line.binding) for line in voucher.lines.order_by("position")] == [
        (80_000_00, "fee"),
        (30_000_00, "cap"),
    ]
    assert voucher.applied_on == date(2018, 12, 3)
    assert voucher.rule_version
    assert voucher.edition
    assert voucher.explanation["award_fen"] == 110_000_00
    assert broken() == []


@pytest.mark.clause("D47-4.1", "D47-5.7b", "D47-5.21")
def test_everything_wrong_is_said_at_once_each_beside_its_field(world: World) -> None:
    Enterprise.objects.filter(pk=world.enterprise.pk).update(
        founded_on=date(2018, 6, 1), revenue_fen=999_0000_00, has_serious_breach=True, is_legal_person=False
    )
    world.supplier.state = "suspended"
    world.supplier.save()
    voucher = world.start()
    late = at("2018-12-31 17:00")
    typed = world.typed(
        contract_number=" ",
        signed_on="2018-3-1",
        total="十五万",
        place="",
        implementation_city="999999",
        contract_file="999999",
        is_related_party="on",
        lines=[{"service": "2", "fee": "80000.001", "devices": "0", "device_value": ""}, {"service": "99"}],
    )
    said = fields(vouchers.submit, voucher=voucher, typed=typed, by=world["dg_enterprise"], now=late)
    assert said >= {
        ("apply_window_closed", ""),
        ("missing", "contract_number"),
        ("not_a_date", "signed_on"),
        ("missing", "place"),
        ("outside_province", "implementation_city"),
        ("unknown_file", "contract_file"),
        ("missing", "related_party_note"),
        ("missing", "fair_price_vowed"),
        ("not_an_amount", "lines-0-fee"),
        ("not_a_count", "lines-0-devices"),
        ("missing", "lines-0-device_value"),
        ("unknown_service", "lines-1-service"),
        ("supplier_not_registered", "supplier"),
    }
    assert {"too_young", "revenue_too_low", "breach_with_public_funds", "not_legal_person"} <= {
        c for c, _ in said
    }
    assert ("not_an_amount", "total") in said
    voucher.refresh_from_db()
    assert voucher.state == "draft"
    assert not Contract.objects.exists()


@pytest.mark.clause("D47-5.18", "T1")
def test_an_application_counts_until_the_last_moment_and_not_at_the_closing_time(world: World) -> None:
    closing = at("2018-12-31 17:00")
    said = refusals(
        vouchers.submit,
        voucher=world.start(now=closing),
        typed=world.typed(),
        by=world["dg_enterprise"],
        now=closing,
    )
    assert [refusal.code for refusal in said] == ["apply_window_closed"]
    assert "2018-12-31 17:00" in said[0].message
    assert "保存" in said[0].mend
    assert world.apply(now=closing - timedelta(microseconds=1)).state == "submitted"


@pytest.mark.clause("D47-5.18", "T1")
def test_an_application_before_the_opening_time_is_refused_and_at_it_accepted(world: World) -> None:
    opening = at("2018-10-15 10:00")
    signed = {"signed_on": "2018-10-01"}
    assert submit_codes(world, now=opening - timedelta(seconds=1), **signed) == {"apply_window_not_open"}
    assert world.apply(now=opening, **signed).state == "submitted"


def test_what_was_saved_stays_when_the_window_closes_during_the_submit(world: World) -> None:
    voucher = world.start()
    typed = world.typed(place="东莞市测试路 9 号")
    vouchers.save_application(voucher=voucher, typed=typed, by=world["dg_enterprise"], now=APPLYING)
    late = at("2018-12-31 17:00:01")
    assert codes(vouchers.submit, voucher=voucher, by=world["dg_enterprise"], now=late) == {
        "apply_window_closed"
    }
    voucher.refresh_from_db()
    assert (voucher.state, voucher.typed) == ("draft", typed)


@pytest.mark.clause("D47-5.7a", "D47-5.20")
@pytest.mark.parametrize("state", ["draft", "returned"])
def test_an_enterprise_that_has_not_sent_its_registration_cannot_apply(world: World, state: str) -> None:
    Enterprise.objects.filter(pk=world.enterprise.pk).update(state=state)
    assert submit_codes(world) == {"enterprise_not_registered"}


@pytest.mark.clause("D47-5.7a")
@pytest.mark.parametrize("state", ["submitted", "registered", "amending"])
def test_an_enterprise_under_review_or_registered_can_apply(world: World, state: str) -> None:
    Enterprise.objects.filter(pk=world.enterprise.pk).update(state=state)
    assert world.apply().state == "submitted"


@pytest.mark.clause("D47-5.8", "U1")
def test_a_contract_in_use_is_refused_however_its_number_is_spelled(world: World) -> None:
    world.apply(contract_number="HT-2018-0007")
    assert submit_codes(world, contract_number="ｈｔ－2018 / 0007") == {"contract_used"}


@pytest.mark.clause("D47-5.8", "U1")
def test_another_enterprise_or_another_supplier_may_use_the_same_number(world: World) -> None:
    world.apply(contract_number="HT-1")
    other = world["other_supplier"].org.partition(":")[2]
    assert world.apply("fs_enterprise", contract_number="HT-1").state == "submitted"
    assert (
        world.apply(contract_number="HT-1", supplier=type(world.supplier).objects.get(pk=other)).state
        == "submitted"
    )


@pytest.mark.clause("D47-5.8", "U1")
@pytest.mark.parametrize("end", ["cancel", "reject"])
def test_a_contract_is_free_again_when_its_voucher_has_ended(world: World, end: str) -> None:
    voucher = world.apply(contract_number="HT-9")
    clerk = world["dg_enterprise"]
    if end == "cancel":
        voucher = vouchers.withdraw(voucher=voucher, by=clerk, now=APPLYING)
        vouchers.cancel(voucher=voucher, by=clerk, now=APPLYING)
    else:
        reasons = [{"code": "other", "label": "合同不真实（测试）"}]
        voucher = world.confirm(voucher)
        vouchers.reject(voucher=voucher, reasons=reasons, by=world["dg_reviewer"], now=APPLYING)
    assert world.apply(contract_number="HT-9").state == "submitted"
    assert broken() == []


@pytest.mark.clause("D47-A1.3")
@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"cloud_fee": "129999.99"}, ("sums_differ", "cloud_fee")),
        ({"total": "129999.99"}, ("fee_over_total", "cloud_fee")),
        ({"lines": []}, ("missing", "lines")),
        ({"lines": [{"service": "8", "fee": "0"}]}, ("not_positive", "lines-0-fee")),
        ({"lines": [{"service": "8", "fee": "-5"}]}, ("not_an_amount", "lines-0-fee")),
        (
            {"lines": [{"service": "8", "fee": "1", "devices": "3"}]},
            ("devices_not_counted", "lines-0-devices"),
        ),
        (
            {"lines": [{"service": "8", "fee": "60000"}, {"service": "8", "fee": "70000"}]},
            ("service_twice", "lines-1-service"),
        ),
        (
            {"lines": [{"service": "7", "fee": "130000", "device_value": "1"}]},
            ("not_a_count", "lines-0-devices"),
        ),
    ],
)
def test_lines_sums_and_devices_must_agree(
    world: World, changes: dict[str, Any], expected: tuple[str, str]
) -> None:
    voucher = world.start()
    said = fields(
        vouchers.submit,
        voucher=voucher,
        typed=world.typed(**changes),
        by=world["dg_enterprise"],
        now=APPLYING,
    )
    assert expected in said


@pytest.mark.clause("D47-5.23")
def test_a_related_party_deal_is_disclosed_with_a_vow(world: World) -> None:
    voucher = world.apply(is_related_party="on", related_party_note="同一母公司", fair_price_vowed="on")
    assert (voucher.is_related_party, voucher.related_party_note) == (True, "同一母公司")


@pytest.mark.clause("D47-4.1", "D47-4.3")
def test_contract_day_place_and_other_funds_are_judged(world: World) -> None:
    assert submit_codes(world, signed_on="2018-03-20") == {"signed_too_early"}
    assert submit_codes(world, signed_on="2018-12-04") == {"signed_in_future"}
    assert submit_codes(world, draws_on_other_fund="on") == {"other_fund"}
    assert submit_codes(world, implementation_city="440999") == {"outside_province"}
    assert world.apply(signed_on="2018-03-21").state == "submitted"


@pytest.mark.clause("D47-4.4.3", "M5")
def test_the_ceiling_cuts_the_later_voucher_and_refuses_the_next(world: World) -> None:
    first = world.apply(**BIG)
    second = world.apply()
    assert (first.face_fen, second.face_fen) == (450_000_00, 50_000_00)
    assert second.awarded_before_fen == 450_000_00
    assert second.explanation["is_cut"] is True
    assert submit_codes(world) == {"ceiling_reached"}
    assert broken() == []


@pytest.mark.clause("D47-4.4.3")
def test_a_voucher_taken_back_loses_its_place_under_the_ceiling(world: World) -> None:
    first = world.apply(**BIG)
    second = world.apply()
    clerk = world["dg_enterprise"]
    first = vouchers.withdraw(voucher=first, by=clerk, now=APPLYING)
    later = vouchers.submit(voucher=first, by=clerk, now=APPLYING + timedelta(hours=1))
    assert (second.face_fen, later.face_fen) == (50_000_00, 450_000_00)
    assert broken() == []


@pytest.mark.clause("D47-5.19", "S5")
def test_two_lapses_suspend_the_next_batch_and_three_bar_for_good(world: World) -> None:
    from yunquan.programme import actions as programme

    for number in (1, 2):
        Strike.objects.create(enterprise=world.enterprise, voucher=f"V{number}", cycle="2018", at=APPLYING)
    assert world.apply().state == "submitted"
    officer = world["province_officer"]
    this = world.cycle
    world.cycle = programme.create_cycle(
        code="2019", name="2019 年度", pack="gd-2018", year=2019, by=officer, now=APPLYING
    )
    assert "suspended_by_lapses" in submit_codes(world)
    Strike.objects.create(enterprise=world.enterprise, voucher="V3", cycle="2018", at=APPLYING)
    world.cycle = this
    assert submit_codes(world) == {"barred_by_lapses"}


def test_a_submit_again_changes_nothing(world: World) -> None:
    voucher = world.apply()
    before = Voucher.objects.filter(pk=voucher.pk).values().get()
    assert codes(
        vouchers.submit, voucher=voucher, typed=world.typed(), by=world["dg_enterprise"], now=APPLYING
    ) >= {"not_from_this_state"}
    assert Voucher.objects.filter(pk=voucher.pk).values().get() == before


def test_another_organisations_file_does_not_exist_for_the_applicant(world: World) -> None:
    foreign = world.file(world["fs_enterprise"])
    assert submit_codes(world, contract_file=str(foreign.pk)) == {"unknown_file"}
