"""Weird input gets a page, never a traceback: NUL, endless searches and numbers, forms sent to the wrong place."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tests.cast import World
from yunquan.kernel.money import MoneyError, parse_yuan

LISTS = {
    "dg_enterprise": "/enterprise/vouchers/",
    "dg_reviewer": "/city/vouchers/",
    "province_officer": "/province/enterprises/",
    "auditor": "/auditor/log/",
}


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize(
    "query", ["q=" + "a" * 60_000, "q=%00", "page=-1", "page=99999999", "sort=__class__", "col=x"]
)
def test_no_search_breaks_a_list(enter: Any, name: str, query: str) -> None:
    assert enter(name).get(f"{LISTS[name]}?{query}").status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("place", ["/catalogue/?q=a%00b", "/suppliers/?city=%00&q=%00"])
def test_a_nul_in_an_address_reaches_no_view(place: str) -> None:
    seen = Client().get(place)
    assert seen.status_code == 200
    assert all("\x00" not in value for values in seen.wsgi_request.GET.lists() for value in values[1])


def test_a_nul_in_a_path_is_no_page(enter: Any) -> None:
    assert enter("dg_reviewer").get("/city/vouchers/GD%00/").status_code == 404
    assert Client().get("/%00").status_code == 404


def test_a_nul_in_a_form_is_not_kept(enter: Any, world: World) -> None:
    voucher = world.start()
    client = enter("dg_enterprise")
    client.post(
        f"/enterprise/apply/{voucher.number}/contract/", {"contract_number": "HT\x00-7", "total": "1"}
    )
    voucher.refresh_from_db()
    assert voucher.typed["contract_number"] == "HT-7"


def test_an_amount_of_thousands_of_figures_is_no_amount() -> None:
    with pytest.raises(MoneyError):
        parse_yuan("9" * 5000)


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("province_officer", "/province/calendar/?year={}"),
        ("province_officer", "/province/suppliers/{pk}/?page={}"),
    ],
)
def test_a_number_without_end_in_an_address_is_none(enter: Any, world: World, name: str, place: str) -> None:
    address = place.format("9" * 5000, pk=world.supplier.pk)
    assert enter(name).get(address).status_code == 200


def test_the_amount_of_a_form_may_be_as_long_as_it_likes(enter: Any, world: World) -> None:
    number = world.issued().number
    answer = enter("dg_approver").post(f"/city/vouchers/{number}/recover/", {"amount": "9" * 5000})
    assert answer.status_code == 422
