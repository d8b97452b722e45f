"""Related parties: both sides declare, hints are computed, a second reviewer looks where there is one (D47-5.23)."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pytest

from tests.cast import APPLYING, CLAIMING, World, broken
from tests.vouchers.refusing import codes, fields
from yunquan.journal.models import LogEntry, LogPayload
from yunquan.parties.models import Appointment, Bureau, Enterprise, Supplier
from yunquan.policy.roles import Role
from yunquan.vouchers import actions as vouchers
from yunquan.vouchers.actions import Declares
from yunquan.vouchers.models import RelatedDeclaration, SecondLook, Voucher
from yunquan.vouchers.relating import relation_of, relations_of

SEEN = APPLYING + timedelta(days=2)
LATER = CLAIMING + timedelta(days=29)
ON = date(2018, 12, 5)
YES = Declares(is_related=True, note="同一控制人", fair_price_vowed=True)
NO = Declares(is_related=False)
RELATED = {"is_related_party": "1", "related_party_note": "同一控制人", "fair_price_vowed": "1"}


@pytest.fixture
def two(world: World) -> World:
    """The cast with a second reviewer in 东莞."""
    bureau = Bureau.objects.get(code="441900")
    world.appoint("dg_reviewer_2", Role.CITY_REVIEWER, bureau=bureau)
    return world


def issue(world: World, voucher: Voucher, **changes: Any) -> dict[str, Any]:
    by, now = world["dg_reviewer"], APPLYING + timedelta(days=3)
    return {"voucher": voucher, "seen_hash": voucher.content_hash, "by": by, "now": now, **changes}


def look(world: World, voucher: Voucher, step: str = "application", **changes: Any) -> dict[str, Any]:
    seen = voucher.claim_hash if step == "claim" else voucher.content_hash
    by = changes.pop("by", None) or world["dg_reviewer_2"]
    return {
        "voucher": voucher, "step": step, "seen_hash": seen, "agrees": True, "note": "价格与同类合同相当",
        "by": by, "now": SEEN if step == "application" else LATER, **changes,
    }  # fmt: skip


def approve(world: World, voucher: Voucher, **changes: Any) -> dict[str, Any]:
    by, now = world["dg_reviewer"], CLAIMING + timedelta(days=30)
    return {"voucher": voucher, "seen_hash": voucher.claim_hash, "by": by, "now": now, **changes}


@pytest.mark.clause("D47-5.23")
def test_a_related_application_waits_for_a_second_reviewer_where_there_are_two(two: World) -> None:
    voucher = two.confirm(two.apply(**RELATED), declares=YES)
    assert codes(vouchers.issue, **issue(two, voucher)) == {"second_look_missing"}
    # The decider's own look is no second one.
    vouchers.look_again(**look(two, voucher, by=two["dg_reviewer"]))
    assert codes(vouchers.issue, **issue(two, voucher)) == {"second_look_missing"}
    vouchers.look_again(**look(two, voucher))
    assert vouchers.issue(**issue(two, voucher)).state == "issued"
    payload = LogPayload.objects.get(seq=LogEntry.objects.filter(act="voucher.issue").latest("seq").seq)
    said = json.loads(payload.payload)
    assert said["related"] == "declared" and {one["person"] for one in said["second_looks"]} == {
        two["dg_reviewer"].person, two["dg_reviewer_2"].person,
    }  # fmt: skip
    assert broken() == []


@pytest.mark.clause("D47-5.23")
def test_where_there_is_one_reviewer_nothing_waits_and_it_is_said(world: World) -> None:
    voucher = world.confirm(world.apply(**RELATED), declares=YES)
    told = relation_of(voucher, step="application", on=ON)
    assert (
        told.is_related
        and not told.disclosure.second_reviewer
        and "只有一名审核人" in told.disclosure.message
    )
    assert vouchers.issue(**issue(world, voucher)).state == "issued"


@pytest.mark.clause("D47-5.23")
def test_an_unrelated_application_needs_no_second_look(two: World) -> None:
    voucher = two.confirm(two.apply(), declares=NO)
    assert relation_of(voucher, step="application", on=ON).disclosure.standing == "none"
    assert vouchers.issue(**issue(two, voucher)).state == "issued"


@pytest.mark.clause("D47-5.23")
def test_dissent_is_answered_by_the_decider_with_a_reason_in_the_log(two: World) -> None:
    voucher = two.confirm(two.apply(**RELATED), declares=YES)
    vouchers.look_again(**look(two, voucher, agrees=False, note="高于同类合同三成"))
    assert fields(vouchers.issue, **issue(two, voucher)) == {("dissent_unanswered", "dissent_reason")}
    assert codes(vouchers.issue, **issue(two, voucher, dissent_reason="  ")) == {"dissent_unanswered"}
    reason = "含定制开发，已附报价明细"
    assert vouchers.issue(**issue(two, voucher, dissent_reason=reason)).state == "issued"
    seq = LogEntry.objects.filter(act="voucher.issue").latest("seq").seq
    assert json.loads(LogPayload.objects.get(seq=seq).payload)["dissent_reason"] == reason


def test_the_latest_opinion_of_a_person_counts(two: World) -> None:
    voucher = two.confirm(two.apply(**RELATED), declares=YES)
    for agrees in (False, True):
        vouchers.look_again(**look(two, voucher, agrees=agrees))
    assert vouchers.issue(**issue(two, voucher)).state == "issued"


@pytest.mark.clause("S2", "D47-5.23")
def test_an_opinion_on_other_content_is_none(two: World) -> None:
    voucher = two.confirm(two.apply(**RELATED), declares=YES)
    assert codes(vouchers.look_again, **look(two, voucher, seen_hash="x")) == {"content_changed"}
    vouchers.look_again(**look(two, voucher))
    by, reasons = two["dg_reviewer"], [{"label": "补正"}]
    voucher = vouchers.send_back(voucher=voucher, reasons=reasons, by=by, now=SEEN)
    typed = {**two.typed(**RELATED), "place": "东莞市测试路 2 号"}
    voucher = vouchers.submit(voucher=voucher, typed=typed, by=two["dg_enterprise"], now=SEEN)
    voucher = two.confirm(voucher, now=SEEN)
    assert codes(vouchers.issue, **issue(two, voucher)) == {"second_look_missing"}


@pytest.mark.clause("D47-5.23")
def test_a_related_claim_waits_for_a_second_reviewer_of_its_own(two: World) -> None:
    voucher = two.confirm(two.apply(**RELATED), declares=YES)
    vouchers.look_again(**look(two, voucher))
    voucher = vouchers.issue(**issue(two, voucher))
    voucher = two.verdict(two.attest(two.claim(voucher)))
    assert codes(vouchers.approve_claim, **approve(two, voucher)) == {"second_look_missing"}
    vouchers.look_again(**look(two, voucher, "claim", agrees=False))
    assert codes(vouchers.approve_claim, **approve(two, voucher)) == {"dissent_unanswered"}
    assert vouchers.approve_claim(**approve(two, voucher, dissent_reason="已核对")).state == "approved"
    assert broken() == []


@pytest.mark.clause("S3", "A1")
@pytest.mark.parametrize(
    "who", ["dg_approver", "fs_reviewer", "hc_reviewer", "dg_enterprise", "supplier", "province_officer"]
)
def test_only_a_reviewer_of_the_bureau_looks(two: World, who: str) -> None:
    voucher = two.confirm(two.apply(**RELATED))
    assert codes(vouchers.look_again, **look(two, voucher, by=two[who])) == {"not_your_role"}
    assert not SecondLook.objects.exists()


def test_a_look_says_something_and_comes_while_the_case_waits(two: World) -> None:
    voucher = two.confirm(two.apply(**RELATED))
    assert codes(vouchers.look_again, **look(two, voucher, note=" ")) == {"missing"}
    assert codes(vouchers.look_again, **look(two, voucher, "claim")) == {"not_from_this_state"}


@pytest.mark.clause("D47-5.23")
def test_what_the_supplier_declares_is_kept_and_its_faults_are_said(world: World) -> None:
    voucher = world.apply()
    seen = {"voucher": voucher, "seen_hash": voucher.content_hash, "by": world["supplier"], "now": SEEN}
    bare = Declares(is_related=True)
    assert fields(vouchers.confirm, declares=bare, **seen) == {
        ("missing", "related_party_note"), ("missing", "fair_price_vowed"),
    }  # fmt: skip
    assert not RelatedDeclaration.objects.exists()
    voucher = vouchers.confirm(declares=NO, **seen)
    voucher = world.claim(world.issue(voucher))
    attest = {
        "voucher": voucher, "seen_hash": voucher.claim_hash, "ends": world.ends(voucher),
        "by": world["supplier"], "now": CLAIMING,
    }  # fmt: skip
    assert codes(vouchers.attest, declares=bare, **attest) == {"missing"}
    vouchers.attest(declares=YES, **attest)
    kept = RelatedDeclaration.objects.order_by("pk").values_list("side", "is_related", "note")
    assert list(kept) == [("supplier", False, ""), ("supplier", True, "同一控制人")]
    assert broken() == []


def test_the_same_declaration_is_kept_once(world: World) -> None:
    voucher = world.claim(world.issue(world.confirm(world.apply(), declares=YES)))
    vouchers.attest(
        voucher=voucher, seen_hash=voucher.claim_hash, ends=world.ends(voucher), declares=YES,
        by=world["supplier"], now=CLAIMING,
    )  # fmt: skip
    assert RelatedDeclaration.objects.count() == 1


@pytest.mark.clause("D47-5.23")
def test_what_the_enterprise_declares_is_kept_and_taken_back_with_the_next_submission(world: World) -> None:
    world.apply()
    assert not RelatedDeclaration.objects.exists()
    voucher = world.apply(**RELATED)
    again = vouchers.withdraw(voucher=voucher, by=world["dg_enterprise"], now=APPLYING)
    vouchers.submit(voucher=again, typed=world.typed(), by=world["dg_enterprise"], now=APPLYING)
    rows = RelatedDeclaration.objects.order_by("pk").values_list("side", "is_related", "fair_price_vowed")
    assert list(rows) == [("enterprise", True, True), ("enterprise", False, False)]


@pytest.mark.clause("D47-5.23")
@pytest.mark.parametrize(
    ("enterprise", "supplier", "kind"),
    [
        ({"contact_phone": "0769-22001234"}, {"contact_phone": "(0769) 2200 1234"}, "telephone"),
        ({"address": "东莞市松山湖科技十路2号3栋501室"}, {"address": "广东省东莞市松山湖科技十路２号3幢501"}, "address"),
    ],
)  # fmt: skip
def test_strong_hints_that_nobody_declared_ask_for_a_second_look_and_say_what_the_decree_provides(
    two: World, enterprise: dict[str, str], supplier: dict[str, str], kind: str
) -> None:
    voucher = two.confirm(two.apply(), declares=NO)
    Enterprise.objects.filter(pk=two.enterprise.pk).update(**enterprise)
    Supplier.objects.filter(pk=two.supplier.pk).update(**supplier)
    voucher = Voucher.objects.get(pk=voucher.pk)
    told = relation_of(voucher, step="application", on=ON)
    assert [one.kind for one in told.hints] == [kind]
    assert (
        told.disclosure.standing == "undisclosed" and "取消供应商当期及下一期资格" in told.disclosure.message
    )
    assert codes(vouchers.issue, **issue(two, voucher)) == {"second_look_missing"}


@pytest.mark.clause("D47-5.23")
def test_a_person_who_acts_for_both_is_a_strong_hint(two: World) -> None:
    voucher = two.confirm(two.apply(), declares=NO)
    clerk = two.person(two["dg_enterprise"])
    Appointment.objects.create(
        person=clerk,
        role=Role.SUPPLIER,
        supplier=two.supplier,
        starts_on=date(2018, 1, 1),
        appointed_by="test",
    )
    told = relation_of(voucher, step="application", on=ON)
    assert [(one.kind, one.strength) for one in told.hints] == [("person", "strong")]
    # Before the appointment began, nothing tied them.
    assert relation_of(voucher, step="application", on=date(2017, 12, 1)).hints == ()


def test_a_weak_hint_is_shown_and_stops_nothing(two: World) -> None:
    voucher = two.confirm(two.apply())
    for model, pk in ((Enterprise, two.enterprise.pk), (Supplier, two.supplier.pk)):
        model._default_manager.filter(pk=pk).update(contact_name="某某（测试）")
    voucher = Voucher.objects.get(pk=voucher.pk)
    told = relation_of(voucher, step="application", on=ON)
    assert [one.kind for one in told.hints] == ["contact"] and told.disclosure.standing == "hinted"
    assert vouchers.issue(**issue(two, voucher)).state == "issued"


@pytest.mark.clause("D47-5.23")
def test_a_county_that_reviews_counts_its_own_reviewers(world: World) -> None:
    Bureau.objects.filter(code="441300").update(counties_review=True)
    county = Bureau.objects.get(code="441302")
    voucher = world.apply("hc_enterprise", implementation_city="441300", **RELATED)
    voucher = world.confirm(voucher, declares=YES)
    assert relation_of(voucher, step="application", on=ON).reviewers == 1
    world.appoint("hc_reviewer_2", Role.COUNTY_REVIEWER, bureau=county)
    assert relation_of(voucher, step="application", on=ON).reviewers == 2
    assert codes(vouchers.issue, **issue(world, voucher, by=world["hc_reviewer"])) == {"second_look_missing"}
    vouchers.look_again(**look(world, voucher, by=world["hc_reviewer_2"]))
    assert vouchers.issue(**issue(world, voucher, by=world["hc_reviewer"])).state == "issued"


def test_many_relations_cost_as_many_queries_as_one(two: World, django_assert_num_queries: Any) -> None:
    rows = [two.confirm(two.apply(**RELATED), declares=YES) for _ in range(3)]
    rows = list(
        Voucher.objects.select_related("enterprise", "supplier").filter(pk__in=[row.pk for row in rows])
    )
    for some in (rows[:1], rows):
        with django_assert_num_queries(5):
            assert len(relations_of(some, step="application", on=ON)) == len(some)
    quiet = list(Voucher.objects.select_related("enterprise", "supplier").filter(pk=two.apply().pk))
    with django_assert_num_queries(2):
        relations_of(quiet, step="application", on=ON)
