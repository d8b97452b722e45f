"""Suppliers register: city, experts, province; from outside straight to the province (D47-5.3 to 5.5)."""

from __future__ import annotations

from datetime import date

import pytest

from tests.parties.making import (
    APPROVER,
    CALENDAR,
    DONGGUAN,
    NOW,
    OFFICER,
    PDF,
    REVIEWER,
    RULES,
    STRANGER,
    appointed,
    drafted_supplier,
    person,
    registered_supplier,
    submitted_supplier,
)
from yunquan.evidence.actions import take_file
from yunquan.journal.queries import history
from yunquan.kernel.refusal import Refused
from yunquan.parties import access, actions, queries
from yunquan.parties.models import ExpertOpinion
from yunquan.policy.roles import Role
from yunquan.policy.rulebook import load_pack

pytestmark = pytest.mark.django_db
OPINION = {"platform_met": True, "supplier_met": True, "product_met": True, "remark": ""}


def submit(supplier, by, **options):
    rules = options.pop("rules", RULES)
    return actions.submit_supplier(
        supplier=supplier, by=by, now=NOW, rules=rules, calendar=CALENDAR, **options
    )


def register(supplier, by=OFFICER, rules=RULES):
    return actions.register(supplier=supplier, by=by, now=NOW, rules=rules)


@pytest.mark.clause("D47-5.3", "D47-5.4")
def test_a_supplier_in_the_province_goes_by_its_city_and_experts_to_registration():
    supplier, _ = registered_supplier()
    assert (supplier.state, supplier.registered_on, supplier.services) == ("registered", NOW.date(), [2, 9])
    assert [act["act"] for act in history(supplier.journal_key)] == [
        "supplier.apply",
        "supplier.submit",
        "supplier.city_pass",
        "supplier.ask_experts",
        "supplier.give_opinion",
        "supplier.register",
    ]


@pytest.mark.clause("D47-5.4", "D47-5.20")
def test_the_city_has_five_working_days_and_another_city_nothing_to_say():
    supplier, _ = submitted_supplier()
    assert (supplier.state, supplier.due_on) == ("city_check", date(2018, 10, 16))
    assert list(queries.suppliers_due(REVIEWER)) == [supplier]
    assert access.supplier_for(STRANGER, supplier.pk) is None
    with pytest.raises(Refused) as refused:
        actions.city_pass(supplier=supplier, by=STRANGER, now=NOW)
    assert refused.value.codes == ("not_your_area",)


@pytest.mark.clause("D47-5.5")
def test_a_supplier_from_outside_goes_straight_to_the_province():
    supplier, _ = submitted_supplier(is_in_province="", city="")
    assert (supplier.state, supplier.city) == ("province_review", "")
    assert not queries.suppliers_due(REVIEWER).exists()
    assert list(queries.suppliers_due(OFFICER)) == [supplier]


@pytest.mark.clause("D0-5.4")
def test_the_draft_pack_exempts_the_resource_pool_from_review_and_the_decree_does_not():
    draft = load_pack("gd-2018-draft")
    supplier, by = drafted_supplier(501, in_resource_pool="是")
    assert submit(supplier, by, rules=draft).state == "province_review"
    assert register(supplier, rules=draft).state == "registered"
    other, by = drafted_supplier(502, in_resource_pool="是")
    assert submit(other, by).state == "city_check"
    actions.city_pass(supplier=other, by=REVIEWER, now=NOW)
    with pytest.raises(Refused) as refused:
        register(other)
    assert refused.value.codes == ("experts_not_heard",)


@pytest.mark.clause("D47-A1.2-3")
def test_every_fault_of_the_form_is_said_at_once():
    supplier, by = drafted_supplier(services="搬家服务", holds_ip="", platform="", city="上海", licence="")
    with pytest.raises(Refused) as refused:
        submit(supplier, by)
    assert set(refused.value.codes) == {
        "unknown_service",
        "no_service",
        "agency_proof_missing",
        "missing",
        "unknown_city",
        "file_missing",
    }


@pytest.mark.clause("D47-A1.2-3")
def test_an_agent_registers_with_its_proof():
    supplier, by = drafted_supplier(holds_ip="")
    file = take_file(content=PDF, name="授权书.pdf", org=by.org, by=by, now=NOW)
    actions.save_supplier(supplier=supplier, typed={"proof": str(file.pk)}, by=by, now=NOW)
    assert submit(supplier, by).proof_id == file.pk


@pytest.mark.clause("D47-A1.2-5")
def test_outside_the_window_the_draft_stays_and_the_refusal_says_when_it_opens():
    supplier, by = drafted_supplier()
    with pytest.raises(Refused) as refused:
        submit(supplier, by, window_open=False, window_text="2018-11-01 09:00 至 2018-11-30 17:00")
    assert refused.value.codes == ("register_window_closed",)
    assert "2018-11-01" in refused.value.refusals[0].message


@pytest.mark.clause("D47-A1.2")
def test_an_opinion_is_whole_explained_and_given_once():
    supplier, _ = submitted_supplier(is_in_province="")
    expert, acting = appointed("expert1", Role.EXPERT)
    _other, stranger = appointed("expert2", Role.EXPERT)
    actions.ask_experts(supplier=supplier, experts=[expert], by=OFFICER, now=NOW)
    assert list(queries.suppliers_due(acting)) == [supplier]
    assert access.supplier_for(stranger, supplier.pk) is None
    for changes, by, code in (
        ({"platform_met": None}, acting, "opinion_incomplete"),
        ({"product_met": False}, acting, "opinion_unexplained"),
        ({}, stranger, "opinion_not_asked"),
    ):
        with pytest.raises(Refused) as refused:
            actions.give_opinion(supplier=supplier, **{**OPINION, **changes}, by=by, now=NOW)
        assert refused.value.codes == (code,)
    actions.give_opinion(supplier=supplier, **OPINION, by=acting, now=NOW)
    with pytest.raises(Refused) as refused:
        actions.give_opinion(supplier=supplier, **OPINION, by=acting, now=NOW)
    assert refused.value.codes == ("opinion_given",)
    assert queries.opinion_summary(supplier) == {"asked": 1, "given": 1, "met": 1}


@pytest.mark.clause("D47-5.4")
def test_registration_waits_for_every_expert_asked_and_an_invitation_can_be_replaced():
    supplier, _ = submitted_supplier(is_in_province="")
    first, _ = appointed("expert1", Role.EXPERT)
    second, acting = appointed("expert2", Role.EXPERT)
    actions.ask_experts(supplier=supplier, experts=[first, second], by=OFFICER, now=NOW)
    actions.give_opinion(supplier=supplier, **OPINION, by=acting, now=NOW)
    with pytest.raises(Refused) as refused:
        register(supplier)
    assert refused.value.codes == ("opinions_open",)
    actions.ask_experts(supplier=supplier, experts=[second], by=OFFICER, now=NOW)
    assert ExpertOpinion.objects.count() == 1
    assert register(supplier, by=APPROVER).state == "registered"


def test_only_people_with_an_expert_s_appointment_are_asked():
    supplier, _ = submitted_supplier(is_in_province="")
    with pytest.raises(Refused) as refused:
        actions.ask_experts(supplier=supplier, experts=[person("nobody")], by=OFFICER, now=NOW)
    assert refused.value.codes == ("not_an_expert",)
    with pytest.raises(Refused) as refused:
        actions.ask_experts(supplier=supplier, experts=[], by=OFFICER, now=NOW)
    assert refused.value.codes == ("no_expert",)


@pytest.mark.clause("D47-5.20")
def test_a_returned_supplier_comes_again_and_a_rejected_one_does_not():
    supplier, by = submitted_supplier()
    reasons = [{"code": "supplier.team", "text": "缺少案例证明"}]
    row = actions.send_back_supplier(supplier=supplier, reasons=reasons, by=REVIEWER, now=NOW, rules=RULES)
    assert (row.state, row.return_reasons[0]["article"]) == ("returned", "D47-A1.2-3")
    assert submit(supplier, by).state == "city_check"
    actions.city_pass(supplier=supplier, by=REVIEWER, now=NOW)
    reasons = [{"code": "unlawful", "text": "资质系伪造"}]
    row = actions.reject_supplier(supplier=supplier, reasons=reasons, by=OFFICER, now=NOW, rules=RULES)
    assert row.state == "rejected"
    with pytest.raises(Refused) as refused:
        submit(supplier, by)
    assert refused.value.codes == ("not_from_this_state",)


def test_the_city_cannot_decide_what_lies_with_the_province():
    supplier, _ = submitted_supplier()
    actions.city_pass(supplier=supplier, by=REVIEWER, now=NOW)
    with pytest.raises(Refused) as refused:
        actions.send_back_supplier(
            supplier=supplier, reasons=[{"code": "other", "text": "x"}], by=REVIEWER, now=NOW, rules=RULES
        )
    assert refused.value.codes == ("not_your_role",)


def test_registered_suppliers_are_found_by_pinyin_and_service():
    supplier, _ = registered_supplier()
    submitted_supplier(501)
    assert queries.registered_suppliers("dgslykj") == [supplier]
    assert queries.registered_suppliers("shili YUNKEJI", service=9, city=DONGGUAN) == [supplier]
    assert queries.registered_suppliers("", service=1) == []


@pytest.mark.clause("D47-A1.2-3")
def test_services_are_read_by_number_and_by_name():
    supplier, by = drafted_supplier(services="能耗、环保、安全监控及优化、供应链协同，2")
    assert submit(supplier, by).services == [2, 6, 8]
