"""A voucher's fees beside the listed price and other contracts: counted, bounded, never a verdict."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.cast import World
from yunquan.catalogue.models import Product
from yunquan.evidence.models import Contract
from yunquan.parties.models import Supplier
from yunquan.vouchers import price_queries
from yunquan.vouchers.models import ServiceLine, Voucher

pytestmark = pytest.mark.django_db


def copies(
    voucher: Voucher, fees: Iterable[int], *, supplier: Supplier | None = None, **changes: Any
) -> list[Voucher]:
    """Vouchers like this one with one line of supply-chain service at each fee (in 元)."""
    made = []
    for fee in fees:
        contract = Contract.objects.get(pk=voucher.contract_id)
        contract.pk, contract.number_key = None, f"copy-{Contract.objects.count()}"
        contract.save()
        row = Voucher.objects.get(pk=voucher.pk)
        row.pk, row.number, row.contract = None, f"{voucher.number}-{contract.pk}", contract
        row.supplier = supplier or voucher.supplier
        for name, value in changes.items():
            setattr(row, name, value)
        row.save()
        ServiceLine.objects.create(
            voucher=row, position=1, service=8, service_name="供应链协同", fee_fen=fee * 100,
            award_fen=min(fee, 30_000) * 100, binding="fee" if fee <= 30_000 else "cap",
        )  # fmt: skip
        made.append(row)
    return made


def standings(voucher: Voucher, service: int = 8) -> dict[str, str]:
    """Where the fee of one service stands, by ground."""
    line = next(line for line in price_queries.price_view(voucher).lines if line.service == service)
    return {view.ground: view.standing for view in line.views}


@pytest.mark.clause("D108-4.1.3")
def test_too_few_cases_are_said_and_enough_are_compared(world: World) -> None:
    voucher = world.apply()
    assert set(standings(voucher).values()) == {"few"}
    copies(voucher, [25_000 + 100 * place for place in range(7)])
    assert standings(voucher)["service"] == "few"
    copies(voucher, [25_800])
    found = standings(voucher)
    assert (found["service"], found["supplier"], found["service_size"]) == ("high", "high", "high")
    line = next(line for line in price_queries.price_view(voucher).lines if line.service == 8)
    assert all("8 例" in view.message for view in line.views if view.ground != "listed")


def test_a_rejected_or_withdrawn_contract_is_no_price_and_nobody_compares_with_itself(world: World) -> None:
    voucher = world.apply()
    copies(voucher, [20_000] * 9, state="rejected")
    copies(voucher, [20_000] * 9, state="draft")
    assert set(standings(voucher).values()) == {"few"}


@pytest.mark.clause("D26-2")
def test_the_listed_price_is_that_of_the_product_and_by_device_only_where_it_says_so(world: World) -> None:
    voucher = world.apply()
    products = Product.objects.filter(supplier=world.supplier)
    products.filter(service=8).update(price_from_fen=5_000_000, price_standard="每项每年 50000 元")
    products.filter(service=2).update(price_from_fen=100_000, price_standard="每台套每年 1000 元")
    lines = {line.service: line for line in price_queries.price_view(voucher).lines}
    assert "一致" in lines[8].views[0].message and lines[8].views[0].standing == "usual"
    assert lines[2].views[0].standing == "high" and "/台" in lines[2].views[0].message
    products.filter(service=2).update(price_from_fen=8_000_000, price_standard="整体每年 80000 元")
    lines = {line.service: line for line in price_queries.price_view(voucher).lines}
    assert lines[2].views[0].standing == "usual" and "/台" not in lines[2].views[0].message


def test_the_sample_of_the_latest_keeps_the_suppliers_own_however_many_others_follow(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(price_queries, "LATEST", 10)
    voucher = world.apply()
    copies(voucher, [50_000] * 9)
    copies(voucher, [20_000 + place for place in range(12)], supplier=world.add_supplier("later_supplier"))
    found = standings(voucher)
    assert (found["supplier"], found["service"]) == ("usual", "high")


def test_a_supplier_whose_fees_are_the_cap_to_the_fen_stands_out(world: World) -> None:
    voucher = world.apply()
    honest = world.add_supplier("honest_supplier")
    copies(voucher, [21_000 + 700 * place for place in range(12)], supplier=honest)
    capped = world.add_supplier("capped_supplier")
    rows = copies(voucher, [30_000] * 10, supplier=capped)
    share = price_queries.cap_share(capped.pk)
    assert share is not None and share.stands_out and (share.count, share.at_cap) == (10, 10)
    usual = price_queries.cap_share(honest.pk)
    assert usual is not None and not usual.stands_out and usual.at_cap == 0
    weight = price_queries.price_weight(rows[0])
    assert weight.points >= 1 and any("上限" in reason for reason in weight.reasons)
    assert price_queries.cap_shares_of_all()[0].supplier == str(capped.pk)


def test_the_queries_do_not_grow_with_lines_or_vouchers(world: World) -> None:
    one = world.apply(lines=[{"service": "8", "fee": "130000.00"}])
    two = world.apply()

    def queries(voucher: Voucher) -> int:
        fresh = Voucher.objects.select_related("enterprise").get(pk=voucher.pk)
        with CaptureQueriesContext(connection) as caught:
            price_queries.price_view(fresh)
        return len(caught)

    before = queries(one)
    copies(one, range(20_000, 20_060))
    assert before == queries(one) == queries(two)


@pytest.mark.clause("D108-4.1.3")
def test_the_province_sees_each_service_with_what_lies_far_out(world: World) -> None:
    voucher = world.apply()
    copies(voucher, [20_000 + 50 * place for place in range(12)])
    found = price_queries.markets(world["province_officer"])
    by_service = {(one.service, one.by_device): one for one in found}
    assert by_service[2, True].is_few and by_service[2, True].lines[0].price_fen == 133_333
    market = by_service[8, False]
    assert market.count == 13 and not market.is_few
    assert [line.number for line in price_queries.far_out(found)] == [voucher.number]
    assert price_queries.markets(world["province_officer"], service=2) == [by_service[2, True]]
    assert price_queries.markets(world["fs_reviewer"]) == []
