"""Products are listed with function modules and price standard, and stay as listed (D26-2, D47-A1.2-5)."""

from __future__ import annotations

from datetime import date

import pytest

from tests.parties.making import (
    APPROVER,
    CALENDAR,
    NOW,
    OFFICER,
    PUBLIC,
    REVIEWER,
    RULES,
    appointed,
    drafted_supplier,
    registered_supplier,
    submitted_supplier,
)
from yunquan.catalogue import access, actions, invariants, queries
from yunquan.catalogue.models import Product
from yunquan.kernel.refusal import Refused
from yunquan.kernel.workflow import Actor
from yunquan.parties import actions as parties
from yunquan.policy.roles import Role

pytestmark = pytest.mark.django_db
FORM = {
    "service": "2",
    "name": "设备云监控",
    "summary": "设备联网与状态监控。",
    "modules": "设备台账：台账与备件\n报警处理：报警与派单",
    "price_standard": "每台每年 1000 元，含实施。",
    "price_from": "1,000.00",
}


def draft(supplier, by, **changes):
    return actions.draft_product(supplier=supplier, typed={**FORM, **changes}, by=by, now=NOW)


def submit(product, by):
    return actions.submit_product(product=product, by=by, now=NOW, rules=RULES, calendar=CALENDAR)


def listed(supplier, by, **changes):
    return actions.list_product(product=submit(draft(supplier, by, **changes), by), by=OFFICER, now=NOW)


@pytest.mark.clause("D26-2", "D47-A1.2-5")
def test_a_product_is_listed_with_modules_and_price_standard():
    supplier, by = registered_supplier()
    product = submit(draft(supplier, by), by)
    assert (product.state, product.due_on) == ("submitted", date(2018, 10, 16))
    assert list(queries.products_due(OFFICER)) == [product]
    product = actions.list_product(product=product, by=OFFICER, now=NOW)
    assert product.modules == [
        {"name": "设备台账", "text": "台账与备件"},
        {"name": "报警处理", "text": "报警与派单"},
    ]
    assert (product.price_standard, product.price_from_fen) == ("每台每年 1000 元，含实施。", 100_000)
    assert list(invariants.breaches()) == []


@pytest.mark.clause("D26-2")
def test_every_fault_of_the_form_is_said_at_once():
    supplier, by = registered_supplier()
    product = draft(
        supplier,
        by,
        service="搬家",
        name="",
        modules="：无名\n甲：一\n甲：二",
        price_standard="",
        price_from="千元",
    )
    with pytest.raises(Refused) as refused:
        submit(product, by)
    codes = set(refused.value.codes)
    assert codes == {"unknown_service", "missing", "module_unnamed", "module_twice", "not_money"}
    with pytest.raises(Refused) as refused:
        submit(draft(supplier, by, modules=[]), by)
    assert refused.value.codes == ("no_module",)


def test_modules_are_also_read_as_a_list():
    supplier, by = registered_supplier()
    product = submit(draft(supplier, by, modules=[{"name": "台账", "text": "x"}, "报警"]), by)
    assert [module["name"] for module in product.modules] == ["台账", "报警"]


@pytest.mark.clause("D47-A1.2-5")
def test_a_product_comes_with_the_registration_and_is_listed_after_it():
    supplier, by = drafted_supplier()
    with pytest.raises(Refused) as refused:
        submit(draft(supplier, by), by)
    assert refused.value.codes == ("supplier_not_submitted",)
    supplier, by = submitted_supplier(501)
    product = submit(draft(supplier, by), by)
    with pytest.raises(Refused) as refused:
        actions.list_product(product=product, by=OFFICER, now=NOW)
    assert refused.value.codes == ("supplier_not_registered",)


@pytest.mark.clause("D26-2")
def test_what_was_listed_stays_as_it_was_listed():
    supplier, by = registered_supplier()
    product = listed(supplier, by)
    with pytest.raises(Refused) as refused:
        actions.save_product(product=product, typed={"price_standard": "更高"}, by=by, now=NOW)
    assert refused.value.codes == ("not_editable",)
    product = actions.delist_product(product=product, reason="不再提供", by=by, now=NOW)
    assert product.state == "delisted"
    assert not queries.listed().exists()


@pytest.mark.clause("D47-5.20")
def test_a_returned_product_is_mended_and_comes_again():
    supplier, by = registered_supplier()
    product = submit(draft(supplier, by), by)
    with pytest.raises(Refused) as refused:
        actions.send_back_product(product=product, reasons=[], by=OFFICER, now=NOW)
    assert refused.value.codes == ("reason_missing",)
    reasons = [{"code": "price_unclear", "text": "请写明是否含实施费"}]
    product = actions.send_back_product(product=product, reasons=reasons, by=OFFICER, now=NOW)
    assert (product.state, product.return_reasons[0]["label"]) == ("returned", "收费标准不明确")
    actions.save_product(product=product, typed={"price_standard": "含实施费"}, by=by, now=NOW)
    product = submit(product, by)
    reasons = [{"code": "modules_unclear", "text": ""}]
    product = actions.send_back_product(product=product, reasons=reasons, by=OFFICER, now=NOW)
    assert [reason["flagged"] for reason in product.return_reasons] == [True]


def test_only_its_own_supplier_and_the_province_touch_a_product():
    supplier, by = registered_supplier()
    _other, stranger = registered_supplier(501)
    product = submit(draft(supplier, by), by)
    for attempt, code in (
        (lambda: draft(supplier, stranger), "not_your_supplier"),
        (lambda: actions.save_product(product=product, typed={}, by=stranger, now=NOW), "not_your_supplier"),
        (lambda: submit(product, OFFICER), "not_your_role"),
        (lambda: actions.list_product(product=product, by=REVIEWER, now=NOW), "not_your_role"),
        (lambda: actions.list_product(product=product, by=by, now=NOW), "not_your_role"),
    ):
        with pytest.raises(Refused) as refused:
            attempt()
        assert refused.value.codes == (code,)
    product = actions.list_product(product=product, by=APPROVER, now=NOW)
    for by_whom, reason, code in ((stranger, "x", "not_your_supplier"), (by, " ", "reason_missing")):
        with pytest.raises(Refused) as refused:
            actions.delist_product(product=product, reason=reason, by=by_whom, now=NOW)
        assert refused.value.codes == (code,)


def test_an_unlisted_product_is_hidden_from_strangers():
    supplier, by = registered_supplier()
    _other, stranger = registered_supplier(501)
    product = draft(supplier, by)
    readers = (by, stranger, OFFICER, REVIEWER, PUBLIC, None)
    assert [access.product_for(actor, product.pk) is not None for actor in readers] == [True] + [False] * 5
    product = submit(product, by)
    assert [access.product_for(actor, product.pk) is not None for actor in readers] == [
        True, False, True, False, False, False,
    ]  # fmt: skip
    actions.list_product(product=product, by=OFFICER, now=NOW)
    assert all(access.product_for(actor, product.pk) == product for actor in readers)


def test_an_expert_sees_the_products_of_the_supplier_it_is_asked_about():
    supplier, by = submitted_supplier(is_in_province="")
    product = submit(draft(supplier, by), by)
    expert, acting = appointed("zhuanjia", Role.EXPERT)
    assert access.product_for(acting, product.pk) is None
    parties.ask_experts(supplier=supplier, experts=[expert], by=OFFICER, now=NOW)
    assert access.product_for(acting, product.pk) == product


def test_the_public_finds_products_by_pinyin_supplier_and_service(django_assert_num_queries):
    supplier, by = registered_supplier()
    product = listed(supplier, by)
    assert list(queries.listed("shebeiyun")) == [product]
    assert list(queries.listed("示例云 sbyjk", service=2, supplier=supplier.pk)) == [product]
    assert not queries.listed(service=9).exists()
    assert queries.counts_by_service() == {2: 1}
    assert list(queries.own_products(by)) == [product]
    assert list(queries.own_products(Actor("x", "public", by.org))) == []


@pytest.mark.clause("D47-A1.1")
def test_the_services_of_a_day_stand_in_their_stages():
    day = date(2018, 12, 1)
    assert [service.number for service in queries.services(RULES, day)] == list(range(1, 12))
    assert list(queries.stages(RULES, day)) == ["研发设计", "生产管理", "售后管理", "经营管理"]
    assert queries.service(RULES, 2, day).counts_devices


def test_the_monitor_sees_a_listed_product_without_price():
    supplier, by = registered_supplier()
    product = listed(supplier, by)
    Product.objects.filter(pk=product.pk).update(price_standard="")
    assert [b.invariant for b in invariants.breaches()] == ["D26-2"]
