"""The supplier confirms exactly what was submitted, or returns it (D47-5.9, S2)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.cast import APPLYING, World, broken
from tests.vouchers.refusing import codes
from yunquan.journal.queries import history
from yunquan.vouchers import actions as vouchers


@pytest.mark.clause("D47-5.9", "S2")
def test_the_supplier_confirms_what_it_saw_and_the_city_gets_ten_working_days(world: World) -> None:
    voucher = world.confirm(world.apply())
    assert (voucher.state, voucher.confirmed_hash) == ("confirmed", voucher.content_hash)
    assert str(voucher.due_on) == "2018-12-17"
    assert broken() == []


@pytest.mark.clause("D47-5.9", "S2")
def test_content_changed_under_the_suppliers_eyes_is_not_confirmed(world: World) -> None:
    voucher = world.apply()
    seen, clerk = voucher.content_hash, world["dg_enterprise"]
    voucher = vouchers.withdraw(voucher=voucher, by=clerk, now=APPLYING)
    typed = {**voucher.typed, "place": "东莞市测试路 2 号"}
    voucher = vouchers.submit(voucher=voucher, typed=typed, by=clerk, now=APPLYING)
    assert voucher.content_hash != seen
    by = world["supplier"]
    assert codes(vouchers.confirm, voucher=voucher, seen_hash=seen, by=by, now=APPLYING) == {
        "content_changed"
    }


@pytest.mark.clause("D47-5.3")
def test_a_supplier_that_lost_its_standing_cannot_confirm(world: World) -> None:
    voucher = world.apply()
    world.supplier.state = "suspended"
    world.supplier.save()
    assert "supplier_not_registered" in codes(
        vouchers.confirm, voucher=voucher, seen_hash=voucher.content_hash, by=world["supplier"], now=APPLYING
    )


@pytest.mark.clause("D47-5.9", "D47-6.3")
def test_only_a_supplier_that_holds_a_pilot_tags_a_voucher_as_pilot(world: World) -> None:
    voucher = world.apply()
    seen, by = voucher.content_hash, world["supplier"]
    assert codes(vouchers.confirm, voucher=voucher, seen_hash=seen, tag_pilot=True, by=by, now=APPLYING) == {
        "no_pilot_held"
    }
    world.supplier.is_pilot, world.supplier.pilot_cycle = True, "2017"
    world.supplier.save()
    of_another_cycle = codes(
        vouchers.confirm, voucher=voucher, seen_hash=seen, tag_pilot=True, by=by, now=APPLYING
    )
    assert of_another_cycle == {"no_pilot_held"}
    world.supplier.pilot_cycle = world.cycle.code
    world.supplier.save()
    voucher = vouchers.confirm(voucher=voucher, seen_hash=seen, tag_pilot=True, by=by, now=APPLYING)
    assert voucher.is_pilot is True


@pytest.mark.clause("S3")
def test_one_person_on_both_sides_cannot_confirm_what_he_submitted(world: World) -> None:
    voucher = world.apply()
    both = world["supplier"]
    both = type(both)(person=world["dg_enterprise"].person, role=both.role, org=both.org)
    assert codes(
        vouchers.confirm, voucher=voucher, seen_hash=voucher.content_hash, by=both, now=APPLYING
    ) == {"same_person"}


@pytest.mark.clause("D47-5.9", "S6")
def test_the_supplier_returns_with_reasons_and_the_enterprise_mends_and_submits_again(world: World) -> None:
    voucher = world.apply()
    by = world["supplier"]
    assert codes(vouchers.decline, voucher=voucher, reasons=[], by=by, now=APPLYING) == {"no_reason"}
    assert codes(vouchers.decline, voucher=voucher, reasons=[{"label": " "}], by=by, now=APPLYING) == {
        "no_reason"
    }
    reasons = [{"code": "amount", "label": "金额不符"}, {"label": "其他", "text": "合同页不全"}]
    voucher = vouchers.decline(voucher=voucher, reasons=reasons, by=by, now=APPLYING)
    assert (voucher.state, voucher.returns, len(voucher.return_reasons)) == ("returned", 1, 2)
    again = vouchers.submit(voucher=voucher, by=world["dg_enterprise"], now=APPLYING + timedelta(hours=1))
    assert (again.state, again.return_reasons) == ("submitted", [])
    again = vouchers.decline(voucher=again, reasons=reasons, by=by, now=APPLYING)
    declined = [entry for entry in history(voucher.journal_key) if entry["act"] == "voucher.decline"]
    assert [entry["payload"]["repeated"] for entry in declined] == [False, True]
    assert broken() == []


@pytest.mark.clause("D47-5.9")
def test_an_application_under_way_is_withdrawn_before_it_is_edited(world: World) -> None:
    voucher = world.apply()
    clerk = world["dg_enterprise"]
    assert codes(vouchers.save_application, voucher=voucher, typed={}, by=clerk, now=APPLYING) == {
        "not_editable"
    }
    voucher = vouchers.withdraw(voucher=voucher, by=clerk, now=APPLYING)
    assert vouchers.save_application(voucher=voucher, typed={"place": "x"}, by=clerk, now=APPLYING).typed == {
        "place": "x"
    }
    voucher = world.confirm(world.apply())
    assert codes(vouchers.withdraw, voucher=voucher, by=clerk, now=APPLYING) == {"not_from_this_state"}
