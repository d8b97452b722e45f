"""The auditor reads deliveries and verdicts in scope, with every act on them, and finds no button (A1, D47-5.13)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cast import DONGGUAN, FOSHAN, World
from tests.desks.officials import file_of, text_of
from tests.usage.judging import SHARED, attested, compute
from tests.usage.test_deliveries import NOW, log, take
from yunquan.parties.models import Bureau
from yunquan.policy.roles import Role
from yunquan.usage import deliveries, withdrawals

pytestmark = pytest.mark.clause("D47-5.12", "D47-5.13")


@pytest.fixture
def judged(world: World, moment: Any) -> Any:
    moment("2019-06-18 10:00")
    voucher = attested(world)
    compute(voucher, "not_done", signals=[{**SHARED, "text": "见依据"}])
    return voucher


def test_deliveries_with_their_fate_and_no_way_to_take_one_back(
    world: World, enter: Any, judged: Any
) -> None:
    row = deliveries.load(
        delivery=take(world, log(more="2019-06-10 09:00,U9,1.2.3.4,x,y.example.com\n")), now=NOW
    )
    page = f"/auditor/deliveries/{row.pk}/"
    client = enter("auditor")
    assert row.name in text_of(client.get("/auditor/deliveries/"))
    seen = text_of(client.get(page))
    assert row.sha256 in seen and "坏行" in seen and "办理记录" in seen and "撤回误装" not in seen
    assert "line" in file_of(client.get(f"{page}bad.csv")).decode("utf-8-sig")
    withdrawals.withdraw(delivery=row, reason="应用域名填错", by=world["province_officer"], now=NOW)
    seen = text_of(client.get(page))
    assert "已撤回" in seen and "应用域名填错" in seen
    assert client.post(f"{page}withdraw/").status_code == 404
    assert client.post(f"/province/sources/{row.pk}/withdraw/").status_code == 404


def test_verdicts_with_their_reasons_and_signals(world: World, enter: Any, judged: Any) -> None:
    client = enter("auditor")
    page = text_of(client.get("/auditor/verdicts/"))
    assert judged.number in page and "未完成" in page and "行为数据计算" in page
    assert judged.number not in text_of(client.get("/auditor/verdicts/?holds=done"))
    sheet = file_of(client.get("/auditor/verdicts/?format=csv")).decode("utf-8-sig")
    assert judged.number in sheet and "未完成" in sheet
    use = text_of(client.get(f"/auditor/vouchers/{judged.number}/usage/"))
    assert "用户端与其他企业共用" in use and "活跃天数 3 天" in use and "120.79.10.8" in use


@pytest.mark.clause("A1")
def test_a_citys_auditor_reads_its_own_verdicts_and_no_delivery(
    world: World, enter: Any, judged: Any
) -> None:
    row = take(world, log())
    for name, city in (("dg_auditor", DONGGUAN), ("fs_auditor", FOSHAN)):
        world.appoint(name, Role.AUDITOR, bureau=Bureau.objects.get(code=city))
    own, other = enter("dg_auditor"), enter("fs_auditor")
    assert judged.number in text_of(own.get("/auditor/verdicts/"))
    assert judged.number not in text_of(other.get("/auditor/verdicts/"))
    assert other.get(f"/auditor/vouchers/{judged.number}/usage/").status_code == 404
    for client in (own, other):
        assert row.name not in text_of(client.get("/auditor/deliveries/"))
        assert client.get(f"/auditor/deliveries/{row.pk}/").status_code == 404


def test_the_number_of_queries_does_not_grow(
    world: World, enter: Any, judged: Any, django_assert_max_num_queries: Any
) -> None:
    client = enter("auditor")
    client.get("/auditor/verdicts/")
    for name in ("e1", "e2", "e3"):
        world.add_enterprise(name)
        compute(attested(world, name), "done", signals=[SHARED])
    with django_assert_max_num_queries(20):
        client.get("/auditor/verdicts/")
    with django_assert_max_num_queries(20):
        client.get("/auditor/deliveries/")
