"""Suppliers register in and out of the province, and list products with modules and price standard."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.cast import PDF, World
from yunquan.catalogue.models import Product
from yunquan.parties.models import Supplier
from yunquan.policy.uscc import make_uscc

REGISTER, REGISTRATION = "/supplier/register/", "/supplier/registration/"


def _account(**changes: str) -> dict[str, str]:
    sent = {
        "name": "虚构云（测试）有限公司", "uscc": make_uscc(9100), "person_name": "测试员", "phone": "",
        "username": "xuniyun", "password": "xuniyun-demo-18", "password_again": "xuniyun-demo-18", "email": "",
    }  # fmt: skip
    return sent | changes


def _form(**changes: Any) -> dict[str, Any]:
    sent = {
        "name": "虚构云（测试）有限公司", "is_in_province": "1", "city": "441900", "address": "测试路 9 号",
        "platform": "虚构平台", "strengths": "团队 20 人", "services": ["2", "8"], "holds_ip": "1",
        "contact_name": "测试员", "contact_phone": "0769-1234567",
        "licence": SimpleUploadedFile("执照.pdf", PDF, "application/pdf"),
    }  # fmt: skip
    return sent | changes


@pytest.mark.clause("D47-5.4")
def test_a_supplier_of_the_province_goes_to_its_city(world: World, client, at_moment) -> None:
    assert client.post(REGISTER, _account()).headers["Location"] == REGISTRATION
    saved = client.post(REGISTRATION, {"platform": "先写平台", "save": "yes"}, follow=True).content.decode()
    assert "草稿已保存" in saved
    assert "先写平台" in saved
    answer = client.post(REGISTRATION, _form(submit="yes"))
    assert answer.status_code == 302, answer.content.decode()
    row = Supplier.objects.get(name="虚构云（测试）有限公司")
    assert (row.state, row.city, row.services) == ("city_check", "441900", [2, 8])
    assert "地市初审中" in client.get(REGISTRATION).content.decode()
    assert "注册申请正在地市初审" in client.get("/supplier/").content.decode()


@pytest.mark.clause("D47-5.5")
def test_a_supplier_from_outside_goes_straight_to_the_province(world: World, client, at_moment) -> None:
    client.post(REGISTER, _account())
    assert client.post(REGISTRATION, _form(submit="yes", is_in_province="0", city="")).status_code == 302
    assert Supplier.objects.get(name="虚构云（测试）有限公司").state == "province_review"


def test_every_fault_of_the_registration_stands_beside_its_field(world: World, client, at_moment) -> None:
    client.post(REGISTER, _account())
    sent = _form(submit="yes", city="火星", services=[], holds_ip="", contact_phone="x", platform="")
    text = client.post(REGISTRATION, sent).content.decode()
    for name in ("city", "services", "proof", "contact_phone", "platform"):
        assert f'id="id_{name}_error"' in text, name
    assert "团队 20 人" in text
    assert "执照.pdf" in text


def test_every_fault_of_an_account_is_said_at_once(world: World, client, at_moment) -> None:
    answer = client.post(REGISTER, _account(uscc="123", password="", username=""))
    text = answer.content.decode()
    assert answer.status_code == 422
    for name in ("uscc", "password", "username"):
        assert f'id="id_{name}_error"' in text, name
    assert client.post(REGISTER, _account(uscc=world.supplier.uscc)).status_code == 422


@pytest.mark.clause("D26-2")
def test_a_product_is_drafted_with_modules_and_submitted(world: World, enter) -> None:
    client = enter("supplier")
    place = client.post("/supplier/products/new").headers["Location"]
    sent = {
        "name": "排产云", "service": "3", "price_standard": "每年 3 万元", "price_from": "30,000",
        "modules-0-name": "排单", "modules-0-text": "自动排单",
    }  # fmt: skip
    assert 'name="modules-1-name"' in client.post(place, {**sent, "add": "modules"}).content.decode()
    assert client.post(place, {**sent, "save": "yes"}, follow=True).status_code == 200
    assert "自动排单" in client.get(place).content.decode()
    wrong = client.post(
        place, {**sent, "service": "99", "price_from": "便宜", "modules-0-name": "", "submit": "1"}
    )
    text = wrong.content.decode()
    assert wrong.status_code == 422
    for name in ("service", "price_from"):
        assert f'id="id_{name}_error"' in text, name
    assert "功能模块没有名称" in text
    assert "便宜" in text
    assert client.post(place, {**sent, "submit": "1"}).status_code == 302
    row = Product.objects.get(name="排产云")
    assert (row.state, row.price_from_fen) == ("submitted", 30_000_00)
    assert "自动排单" in client.get(place).content.decode()


@pytest.mark.clause("A1")
def test_another_suppliers_product_is_not_there(world: World, enter) -> None:
    product = Product.objects.filter(supplier=world.supplier).first()
    stranger = enter("other_supplier")
    assert stranger.get(f"/supplier/products/{product.pk}/").status_code == 404
    assert stranger.post(f"/supplier/products/{product.pk}/delist", {"reasons": "x"}).status_code == 404


def test_a_listed_product_is_delisted_with_a_reason(world: World, enter) -> None:
    product = Product.objects.filter(supplier=world.supplier).first()
    client, place = enter("supplier"), f"/supplier/products/{product.pk}/"
    assert "下架" in client.get(place).content.decode()
    told = client.post(f"{place}delist", {"reasons": " "}, follow=True).content.decode()
    assert "理由" in told
    client.post(f"{place}delist", {"reasons": "不再提供"})
    product.refresh_from_db()
    assert product.state == "delisted"


def test_the_number_of_queries_does_not_grow_with_cases(world, enter, django_assert_max_num_queries) -> None:
    for _ in range(5):
        world.apply(total="50000", cloud_fee="40000", lines=[{"service": "8", "fee": "40000"}])
    client = enter("supplier")
    with django_assert_max_num_queries(30):
        client.get("/supplier/")
    with django_assert_max_num_queries(30):
        client.get("/supplier/vouchers/")
