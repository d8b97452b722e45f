"""A reason of a second return that was visible the first time is flagged, explained and told (S6, D47-5.21)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.cast import APPLYING, CLAIMING, World, broken
from tests.vouchers.refusing import fields
from yunquan.journal.models import Notice
from yunquan.journal.queries import history
from yunquan.vouchers import actions as vouchers
from yunquan.vouchers import returning
from yunquan.vouchers.models import Voucher

LATER = CLAIMING + timedelta(hours=2)
SEAL = {"code": "seal_missing", "label": "合同缺少双方签章或日期"}
LINES = {"code": "lines_not_split", "label": "一份合同有多项服务但费用没有分开"}
PLACE = {"code": "place_outside", "label": "实施地点不在省内"}
OWN = {"code": "other", "label": "补充说明", "text": "请补充设备清单"}
PAYEE = {"code": "payee", "label": "付款的收款方不是所选供应商"}
REPORT = {"code": "acceptance_missing", "label": "缺少盖章的验收报告"}
WORDS = "上次审核时漏看了合同末页"


def again(world: World, voucher: Voucher, **changes: Any) -> Voucher:
    """The enterprise mends its application and the supplier confirms it anew."""
    clerk = world["dg_enterprise"]
    if changes:
        typed = {**voucher.typed, **changes}
        voucher = vouchers.save_application(voucher=voucher, typed=typed, by=clerk, now=APPLYING)
    return world.confirm(vouchers.submit(voucher=voucher, by=clerk, now=APPLYING))


def back(world: World, voucher: Voucher, *reasons: dict[str, str], **more: Any) -> Voucher:
    by = world["dg_reviewer"]
    return vouchers.send_back(voucher=voucher, reasons=list(reasons), by=by, now=APPLYING, **more)


def flags(voucher: Voucher) -> dict[str, bool]:
    return {reason["code"]: reason["flagged"] for reason in voucher.return_reasons}


@pytest.mark.clause("S6", "D47-5.21")
def test_a_reason_visible_at_the_first_return_needs_words_and_is_flagged_for_good(
    world: World, django_capture_on_commit_callbacks: Any
) -> None:
    voucher = again(world, back(world, world.confirm(world.apply()), SEAL))
    late = {"voucher": voucher, "reasons": [SEAL, LINES], "by": world["dg_reviewer"], "now": APPLYING}
    assert fields(vouchers.send_back, **late) == {("late_reason", "late_words")}
    assert fields(vouchers.send_back, **late, late_words="  ") == {("late_reason", "late_words")}
    with django_capture_on_commit_callbacks(execute=True):
        voucher = back(world, voucher, SEAL, LINES, late_words=WORDS)
    # What nobody mended is said again without a flag.
    assert flags(voucher) == {"seal_missing": False, "lines_not_split": True}
    assert [reason.get("why_late") for reason in voucher.return_reasons] == [None, WORDS]
    entry = [act for act in history(voucher.journal_key) if act["act"] == "voucher.send_back"][-1]
    assert entry["why"].split() == ["D47-5.21", "seal_missing", "lines_not_split", "S6"]
    assert [reason["flagged"] for reason in entry["payload"]["reasons"]] == [False, True]
    told = Notice.objects.get(kind="late_reason")
    assert (told.org, WORDS in told.text, LINES["label"] in told.text) == ("bureau:440000", True, True)
    assert broken() == []


@pytest.mark.clause("S6")
def test_a_reason_on_what_was_changed_since_comes_in_time(world: World) -> None:
    first = back(world, world.confirm(world.apply()), SEAL)
    voucher = again(world, first, place="松山湖高新区二号厂房")
    voucher = back(world, voucher, PLACE)
    assert flags(voucher) == {"place_outside": False}
    assert not Notice.objects.filter(kind="late_reason").exists()


@pytest.mark.clause("S6")
def test_another_file_of_the_same_content_is_the_same_contract(world: World) -> None:
    voucher = world.confirm(world.apply())
    content = b"%PDF-1.4 the very same contract"
    first = world.file(world["dg_enterprise"], content).pk
    second = world.file(world["dg_enterprise"], content).pk
    voucher = again(world, back(world, voucher, PLACE), contract_file=str(first))
    voucher = again(world, back(world, voucher, PLACE), contract_file=str(second))
    seen = returning.visible_before(
        voucher, ["seal_missing", "place_outside"], step="application", by=world["dg_reviewer"]
    )
    assert set(seen) == {"seal_missing"}


@pytest.mark.clause("S6")
def test_own_words_said_again_are_no_new_reason_and_new_ones_on_the_same_form_are(world: World) -> None:
    voucher = again(world, back(world, world.confirm(world.apply()), OWN))
    voucher = again(world, back(world, voucher, OWN))
    other = {**OWN, "text": "请补充付款计划"}
    voucher = back(world, voucher, other, late_words=WORDS)
    assert [reason["flagged"] for reason in voucher.return_reasons] == [True]


@pytest.mark.clause("S6", "D47-5.9")
def test_a_supplier_is_flagged_for_its_own_second_return_and_no_bureau_for_the_first_of_a_supplier(
    world: World,
) -> None:
    by = world["supplier"]
    voucher = vouchers.decline(voucher=world.apply(), reasons=[SEAL], by=by, now=APPLYING)
    voucher = vouchers.submit(voucher=voucher, by=world["dg_enterprise"], now=APPLYING)
    voucher = vouchers.decline(voucher=voucher, reasons=[LINES], by=by, now=APPLYING)
    assert flags(voucher) == {"lines_not_split": True}
    # The bureau reads it for the first time.
    voucher = back(world, again(world, voucher), PLACE)
    assert flags(voucher) == {"place_outside": False}
    assert not Notice.objects.filter(kind="late_reason").exists()


@pytest.mark.clause("S6", "D47-5.21")
def test_a_claim_returned_twice_is_held_to_the_same(world: World) -> None:
    by = world["dg_reviewer"]
    voucher = world.verdict(world.attest(world.claim(world.issued())))
    voucher = vouchers.send_back_claim(voucher=voucher, reasons=[PAYEE], by=by, now=LATER)
    voucher = vouchers.claim(voucher=voucher, by=world["dg_enterprise"], now=LATER)
    voucher = world.verdict(world.attest(voucher, now=LATER), now=LATER)
    late = {"voucher": voucher, "by": by, "now": LATER}
    assert fields(vouchers.send_back_claim, **late, reasons=[REPORT]) == {("late_reason", "late_words")}
    voucher = vouchers.send_back_claim(**late, reasons=[PAYEE, REPORT], late_words=WORDS)
    assert flags(voucher) == {"payee": False, "acceptance_missing": True}
    assert broken() == []


@pytest.mark.clause("S6")
def test_what_would_come_late_is_known_before_it_is_said(world: World) -> None:
    by, codes = world["dg_reviewer"], ("seal_missing", "place_outside", "other")
    voucher = world.confirm(world.apply())
    assert returning.visible_before(voucher, codes, step="application", by=by) == {}
    voucher = again(world, back(world, voucher, SEAL), place="另一处厂房")
    assert returning.visible_before(voucher, codes, step="application", by=by) == {}
    voucher = again(world, back(world, voucher, SEAL))
    seen = returning.visible_before(voucher, codes, step="application", by=by)
    assert set(seen) == {"place_outside", "other"}
    assert returning.visible_before(voucher, codes, step="application", by=world["supplier"]) == {}


@pytest.mark.clause("S6")
def test_the_doctor_names_a_return_without_a_reason(world: World) -> None:
    voucher = back(world, world.confirm(world.apply()), SEAL)
    Voucher.objects.filter(pk=voucher.pk).update(return_reasons=[])
    assert [(breach.invariant, breach.row) for breach in broken()] == [("S6", voucher.journal_key)]
