"""Each page of the province renders for its roles, and is not there for anybody else."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cast import APPLYING, CLOCK, World
from tests.desks.officials import file_of, text_of
from yunquan.catalogue.models import Product
from yunquan.programme import actions as programme
from yunquan.settlement import actions as settlement

PAGES = (
    "/province/", "/province/inbox/", "/province/cycles/", "/province/cycles/new/", "/province/overview/",
    "/province/rules/", "/province/rules/?pack=gd-2018-draft", "/province/rules/?q=上限", "/province/rules/catalogue/",
    "/province/rules/gd-2018/award.cap.3/", "/province/rules/gd-2018/award.cap.3/change/",
    "/province/rules/gd-2018/suppliers.standard/change/", "/province/rules/gd-2018/settlement.invoice_rule/change/",
    "/province/suppliers/", "/province/suppliers/import/", "/province/products/", "/province/verdicts/",
    "/province/objections/", "/province/vouchers/", "/province/enterprises/", "/province/enterprises/import/",
    "/province/notices/", "/province/notices/new/", "/province/contacts/", "/province/contacts/new/",
    "/province/calendar/", "/province/calendar/?year=2030",
)  # fmt: skip
OF_CYCLE = ("", "windows/", "quotas/", "quotas/import/", "reallocate/", "funds/")


@pytest.mark.parametrize("name", ["province_officer", "province_approver"])
def test_every_page_renders(world: World, enter: Any, name: str) -> None:
    client = enter(name)
    of_cycle = [f"/province/cycles/{world.cycle.pk}/{rest}" for rest in OF_CYCLE]
    product = Product.objects.first()
    assert product is not None
    things = [
        f"/province/suppliers/{world.supplier.pk}/",
        f"/province/enterprises/{world.enterprise.pk}/",
        f"/province/products/{product.pk}/",
    ]
    for page in (*PAGES, *of_cycle, *things):
        assert "</html>" in text_of(client.get(page)), page


@pytest.mark.clause("D47-5.2")
def test_an_empty_programme_says_what_to_do(enter: Any, world: World) -> None:
    client = enter("province_officer")
    page = text_of(client.get("/province/verdicts/"))
    assert "没有等待判定的兑现申请" in page
    assert "没有等待办理的事项" in text_of(client.get("/province/"))


@pytest.mark.parametrize(
    "name", ["dg_reviewer", "fs_approver", "dg_enterprise", "supplier", "expert", "auditor", "system_admin"]
)
def test_strangers_find_nothing(world: World, enter: Any, name: str) -> None:
    client = enter(name)
    for page in ("/province/", "/province/rules/", f"/province/cycles/{world.cycle.pk}/quotas/"):
        assert client.get(page).status_code == 404


def test_a_visitor_logs_in_first(client: Any, world: World) -> None:
    answer = client.get("/province/")
    assert answer.status_code == 302
    assert "login" in answer.headers["Location"]


def test_what_is_not_there_is_not_found(world: World, enter: Any) -> None:
    client = enter("province_officer")
    for page in (
        "/province/cycles/999/", "/province/suppliers/999/", "/province/vouchers/GD2018-XX-000001/",
        "/province/enterprises/999/", "/province/rules/changes/999/", "/province/objections/999/",
        "/province/rules/gd-2018/no.such.rule/", "/province/products/999/", "/province/notices/999/",
        "/province/verdicts/GD-NONE/", "/province/overview/?cycle=1999", "/province/rules/no-pack/award.cap.1/",
    ):  # fmt: skip
        assert client.get(page).status_code == 404, page


def test_vouchers_of_all_cities_and_one_voucher(world: World, enter: Any, moment: Any) -> None:
    voucher = world.approved()
    client = enter("province_officer")
    page = text_of(client.get("/province/vouchers/?city=441900"))
    assert voucher.number in page
    assert voucher.number not in text_of(client.get("/province/vouchers/?city=440600"))
    sheet = text_of(client.get(f"/province/vouchers/{voucher.number}/"))
    for said in ("人工录入", "生产设备状态监控", "办理记录", "这笔钱怎么算的", "110,000.00"):
        assert said in sheet
    assert "审核通过并发放" in sheet


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_lists_and_the_overview_are_exported(world: World, enter: Any, kind: str) -> None:
    world.issued()
    client = enter("province_officer")
    for page in ("vouchers", "enterprises", "suppliers", "products", "overview"):
        assert len(file_of(client.get(f"/province/{page}/?format={kind}"))) > 50, page


@pytest.mark.clause("D47-5.2")
def test_the_overview_counts_true(world: World, enter: Any) -> None:
    voucher = world.issued()
    page = text_of(enter("province_approver").get("/province/overview/"))
    assert "东莞市" in page
    assert "110,000.00" in page
    assert voucher.face_fen == 11_000_000


def test_queries_do_not_grow_with_rows(world: World, enter: Any, django_assert_max_num_queries: Any) -> None:
    client = enter("province_officer")
    pages = (
        "/province/",
        "/province/overview/",
        "/province/vouchers/",
        "/province/suppliers/",
        "/province/verdicts/",
    )
    for _ in range(3):
        world.attest(world.claim(world.issued()))
    for city in ("440100", "440200", "440300", "440400"):
        programme.set_target(
            cycle=world.cycle, city=city, target_fen=1_0000_00, by=world["province_officer"], now=APPLYING
        )
    for page in pages:
        with django_assert_max_num_queries(30):
            text_of(client.get(page))


def test_an_escalated_objection_is_reported_back(world: World, enter: Any, moment: Any) -> None:
    now = moment("2019-04-10 10:00")
    world.approved()
    line = world.published().lines.first()
    row = settlement.raise_objection(
        line=line, raised_by="测试甲", contact="13800000000", grounds="价格偏高", file=None, by=CLOCK, now=now
    )
    settlement.escalate(objection=row, reason="请省厅核查", by=world["dg_reviewer"], now=now)
    client = enter("province_officer")
    assert "异议核查" in text_of(client.get("/province/"))
    page = text_of(client.get(f"/province/objections/{row.pk}/"))
    assert "价格偏高" in page
    again = text_of(client.post(f"/province/objections/{row.pk}/", {"reason": ""}), 422)
    assert "请填写“核查情况”" in again
    answer = client.post(f"/province/objections/{row.pk}/", {"reason": "专家 2 人到场，设备在用。"})
    assert answer.status_code == 302
    row.refresh_from_db()
    assert (row.state, row.findings) == ("raised", "专家 2 人到场，设备在用。")
    assert "设备在用" in text_of(client.get(f"/province/objections/{row.pk}/"))
    approver = enter("province_approver")
    assert approver.post(f"/province/objections/{row.pk}/", {"reason": "又一次"}).status_code == 422
