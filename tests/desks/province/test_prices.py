"""The province's page of prices: what lies out of line, the picture with its table, a download that is safe."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.cast import World
from tests.desks.officials import file_of, text_of
from tests.vouchers.test_price_queries import copies
from yunquan.parties.models import Enterprise
from yunquan.vouchers.models import Voucher


@pytest.fixture
def priced(world: World) -> Voucher:
    voucher = world.apply()
    copies(voucher, [20_000 + 50 * place for place in range(12)])
    return voucher


@pytest.mark.clause("D108-4.1.3", "D26-2")
def test_what_lies_out_of_line_is_listed_with_its_cases(world: World, enter: Any, priced: Voucher) -> None:
    client = enter("province_officer")
    page = text_of(client.get("/province/prices/"))
    assert f"/province/vouchers/{priced.number}/" in page
    assert "明显偏高" in page and "案例太少" in page and "不是结论" in page
    assert "prices" in page and "图中的数字" in page
    chosen = text_of(client.get("/province/prices/?service=2"))
    assert "没有明显偏高的合同" in chosen
    assert "还没有可以比较的合同" in text_of(client.get("/province/prices/?cycle=1999"))


def test_the_download_holds_every_line_and_no_formula(world: World, enter: Any, priced: Voucher) -> None:
    Enterprise.objects.filter(pk=priced.enterprise_id).update(name="=HYPERLINK(虚构)")
    client = enter("province_officer")
    text = file_of(client.get("/province/prices/?format=csv")).decode("utf-8-sig")
    assert text.count(priced.number) >= 13
    assert ",=HYPERLINK" not in text and '"=HYPERLINK' not in text
    assert file_of(client.get("/province/prices/?format=xlsx&service=8")).startswith(b"PK")


def test_only_the_province_opens_the_page_and_odd_addresses_do_no_harm(
    world: World, enter: Any, priced: Voucher
) -> None:
    for name in ("dg_reviewer", "dg_enterprise", "dg_supplier"):
        if name in world.people:
            assert enter(name).get("/province/prices/").status_code == 404
    client = enter("province_officer")
    for query in ("service=x", "service=99999", "service=٣", "cycle=%27", "format=exe"):
        assert client.get(f"/province/prices/?{query}").status_code == 200


def test_the_queries_do_not_grow_with_contracts(world: World, enter: Any, priced: Voucher) -> None:
    client = enter("province_officer")

    def queries() -> int:
        client.get("/province/prices/")
        with CaptureQueriesContext(connection) as caught:
            client.get("/province/prices/")
        return len(caught)

    before = queries()
    copies(priced, range(30_000, 30_040))
    assert queries() <= before
