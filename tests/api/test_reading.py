"""What the API lets each read: lists, objections, catalogue, rules, products."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from tests.api.conftest import Caller
from tests.cast import World, at
from yunquan.kernel.workflow import Actor
from yunquan.policy.roles import Role
from yunquan.settlement import actions as settlement

pytestmark = pytest.mark.django_db
Callers = Callable[..., Caller]
VISITOR = Actor(person="visitor", role=Role.PUBLIC, org="public")


def _open(path: str, **query: Any) -> Any:
    return Client().get(f"/api/v1{path}", query)


def test_lists_are_read_by_their_city_and_by_all_once_in_public(world: World, caller: Callers) -> None:
    world.approved()
    drawn = settlement.draw_up(
        cycle=world.cycle, city="441900", by=world["dg_reviewer"], now=at("2019-04-08 09:00")
    )
    city, enterprise = caller("dg_reviewer"), caller("dg_enterprise")
    assert [row["id"] for row in city.get("/settlement-lists").json()["items"]] == [drawn.pk]
    assert enterprise.get("/settlement-lists").json()["items"] == []
    assert enterprise.get(f"/settlement-lists/{drawn.pk}").status_code == 404
    assert caller("fs_reviewer").get(f"/settlement-lists/{drawn.pk}").status_code == 404
    settlement.publish(settlement_list=drawn, by=world["dg_approver"], now=at("2019-04-08 10:00"))
    told = enterprise.get(f"/settlement-lists/{drawn.pk}").json()
    assert told["content_hash"] == drawn.content_hash
    assert [line["face_fen"] for line in told["lines"]] == [110_000_00]


def test_objections_are_for_bureaus(world: World, caller: Callers) -> None:
    world.approved()
    line = world.published().lines.get()
    objection = settlement.raise_objection(
        line=line, raised_by="测试提出人", contact="测试联系方式", grounds="测试异议内容", file=None,
        by=VISITOR, now=at("2019-04-09 09:00"),
    )  # fmt: skip
    city = caller("dg_reviewer")
    assert city.get(f"/objections/{objection.pk}").json()["grounds"] == "测试异议内容"
    assert len(city.get("/objections").json()["items"]) == 1
    for name in ("fs_reviewer", "dg_enterprise", "supplier"):
        assert caller(name).get(f"/objections/{objection.pk}").status_code == 404
        assert caller(name).get("/objections").json()["items"] == []
    assert caller("dg_enterprise").get("/objections/99999999999999999999").status_code == 422


@pytest.mark.clause("D47-A1.1")
def test_the_catalogue_is_open(world: World, set_clock: Any) -> None:
    services = _open("/catalogue").json()
    assert len(services) == 11
    monitoring = services[1]
    assert (monitoring["name"], monitoring["cap_fen"], monitoring["counts_devices"]) == (
        "生产设备状态监控", 2_000_00, True,
    )  # fmt: skip
    assert _open("/catalogue", on="2001-01-01").status_code == 404
    assert _open("/catalogue", on="昨天").status_code == 422
    assert _open("/catalogue", cycle="没有").status_code == 404


def test_the_rules_carry_their_articles(world: World, set_clock: Any) -> None:
    rules = {rule["key"]: rule for rule in _open("/rules").json()}
    assert rules["settlement.publicity_days"]["value"] == 7
    assert rules["settlement.publicity_days"]["article"] == "D47-5.22"


def test_cycles_suppliers_and_products_are_open(world: World, set_clock: Any) -> None:
    cycle = _open("/cycles").json()[0]
    assert cycle["code"] == "2018"
    assert {window["kind"] for window in cycle["windows"]} >= {"apply", "claim"}
    suppliers = _open("/suppliers").json()
    assert world.supplier.name in [row["name"] for row in suppliers]
    assert not any({"contact_name", "contact_phone", "bank_account"} & set(row) for row in suppliers)
    page = _open("/products", limit=1).json()
    assert len(page["items"]) == 1
    assert page["next"]
    one = page["items"][0]["id"]
    assert _open(f"/products/{one}").json()["price_standard"] == "按年订阅"
    assert _open("/products/424242").status_code == 404
    assert _open("/products", q="\x00").status_code == 422


def test_an_unknown_address_answers_in_the_same_shape(world: World) -> None:
    for method in ("get", "post", "put", "delete"):
        answer = getattr(Client(), method)("/api/v1/nowhere/at/all")
        assert answer.status_code == 404
        assert answer.json()["errors"][0]["code"] == "not_found"


def test_the_description_declares_every_status_that_is_given(world: World) -> None:
    schema = Client().get("/api/openapi.json").json()
    for path, methods in schema["paths"].items():
        for method, told in methods.items():
            given = set(told["responses"])
            assert {"400", "404", "422"} <= given, (path, method)
            assert ("401" in given) == bool(told.get("security")), (path, method)
            if method in ("post", "put"):
                assert {"403", "409"} <= given
                names = [parameter["name"] for parameter in told["parameters"]]
                assert "Idempotency-Key" in names, (path, method)


def test_the_reference_page_tells_every_operation_without_script(world: World) -> None:
    schema = Client().get("/api/openapi.json").json()
    page = Client().get("/api/reference").content.decode()
    for path in schema["paths"]:
        assert path in page
    assert "lines[].fee" in page
