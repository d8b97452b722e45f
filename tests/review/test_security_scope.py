"""Ids in a body and files of others: what isn't one's own does not exist, and nothing of it is told (A1)."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.test import Client
from docx import Document

from tests.cast import APPLYING, World
from yunquan.catalogue.models import Product
from yunquan.vouchers import actions as vouchers

TOKENS = "/desk/tokens/"


def _words(content: bytes) -> str:
    document = Document(io.BytesIO(content))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(one.text for one in document.paragraphs), *cells])


def test_a_supplier_that_is_not_registered_is_named_to_nobody(enter: Any, world: World) -> None:
    hidden = world.add_supplier("尚在审核的供应商公司")
    type(hidden).objects.filter(pk=hidden.pk).update(state="province_review", registered_on=None)
    voucher = world.start()
    typed = world.typed() | {"supplier": str(hidden.pk)}
    vouchers.save_application(voucher=voucher, typed=typed, by=world["dg_enterprise"], now=APPLYING)
    client = enter("dg_enterprise")
    for place in ("services/", "check/"):
        page = client.get(f"/enterprise/apply/{voucher.number}/{place}").content.decode()
        assert hidden.name not in page and hidden.uscc not in page, place
    paper = client.get(f"/enterprise/vouchers/{voucher.number}/contract.docx")
    assert paper.status_code == 200
    said = _words(paper.getvalue())
    assert hidden.name not in said and hidden.uscc not in said


@pytest.mark.parametrize("product", ["999999", "foreign"])
def test_a_product_of_another_supplier_is_refused_beside_its_line(
    enter: Any, world: World, product: str
) -> None:
    other = world.add_supplier("另一家供应商公司")
    listed = Product.objects.filter(supplier=world.supplier).first()
    if product == "foreign":
        kept = Product.objects.create(
            supplier=other,
            service=listed.service if listed else 2,
            name="别家的产品",
            state="draft",
            typed={},
        )
        product = str(kept.pk)
    voucher, typed = world.start(), world.typed()
    typed["lines"][0]["product"] = product
    vouchers.save_application(voucher=voucher, typed=typed, by=world["dg_enterprise"], now=APPLYING)
    answer = enter("dg_enterprise").post(f"/enterprise/apply/{voucher.number}/check/", {"once": "p"})
    assert answer.status_code == 422
    assert "不是该供应商" in answer.content.decode()
    voucher.refresh_from_db()
    assert voucher.state == "draft"


def _token(client: Client) -> Any:
    return client.post(TOKENS, {"name": "对接", "days": "30"})


def test_the_page_with_a_new_token_is_kept_in_no_cache(enter: Any) -> None:
    answer = _token(enter("dg_enterprise"))
    assert "yq_" in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]


def test_taking_a_token_back_twice_says_so_and_makes_no_token(enter: Any) -> None:
    from yunquan.api.models import ApiToken

    client = enter("dg_enterprise")
    _token(client)
    pk = ApiToken.objects.get().pk
    place = f"{TOKENS}{pk}/revoke"
    assert client.post(place).status_code == 302
    again = client.post(place, {"name": "另一个", "days": "30"}, follow=True)
    page = again.content.decode()
    assert "已经撤销" in page and "请填写“用途”" not in page
    assert ApiToken.objects.count() == 1


@pytest.mark.parametrize("name", ["fs_reviewer", "fs_enterprise", "supplier", "expert"])
def test_no_other_organisation_takes_a_token_back(enter: Any, world: World, name: str) -> None:
    from yunquan.api.models import ApiToken

    if name not in world.people:
        pytest.skip("not in the cast")
    _token(enter("dg_enterprise"))
    pk = ApiToken.objects.get().pk
    assert enter(name).post(f"{TOKENS}{pk}/revoke").status_code == 404
    assert ApiToken.objects.get().revoked_at is None
