"""The auditor reads everything in scope and finds nothing that acts."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.cast import APPLYING, DONGGUAN, World
from tests.desks.officials import file_of, text_of
from yunquan.journal.models import LogEntry
from yunquan.kernel.refusal import Refused
from yunquan.parties.models import Bureau
from yunquan.policy.roles import Role
from yunquan.vouchers import actions as vouchers

PAGES = ("", "log/", "log/verify/", "accounts/", "transfers/", "vouchers/", "enterprises/", "suppliers/", "lists/",
         "runs/", "rules/", "deliveries/", "verdicts/")  # fmt: skip


@pytest.fixture
def paid(world: World) -> Any:
    voucher = world.approved()
    world.standing()
    run = world.released()
    world.pay_all(run)
    return voucher


def everything(world: World, voucher: Any) -> list[str]:
    from yunquan.settlement.models import PaymentRun, SettlementList

    return [
        *(f"/auditor/{page}" for page in PAGES),
        f"/auditor/vouchers/{voucher.number}/",
        f"/auditor/vouchers/{voucher.number}/usage/",
        f"/auditor/enterprises/{world.enterprise.pk}/",
        f"/auditor/suppliers/{world.supplier.pk}/",
        f"/auditor/lists/{SettlementList.objects.get().pk}/",
        f"/auditor/runs/{PaymentRun.objects.get().pk}/",
        "/auditor/log/0/",
        "/auditor/log/?result=refused",
        "/auditor/log/?actor=province_officer&act=quota.set_target",
    ]


def test_every_page_renders_and_none_acts(world: World, enter: Any, paid: Any) -> None:
    client = enter("auditor")
    for place in everything(world, paid):
        page = text_of(client.get(place))
        main = page[page.index("<main") :]
        for form in re.findall(r"<form[^>]*method=\"post\"[^>]*>.*?</form>", main, re.S):
            assert "save_view" in form or "drop_view" in form, (place, form)


@pytest.mark.parametrize(
    "name", ["province_officer", "dg_reviewer", "dg_enterprise", "supplier", "expert", "audit_admin"]
)
def test_strangers_find_nothing(world: World, enter: Any, name: str) -> None:
    client = enter(name)
    for page in PAGES:
        assert client.get(f"/auditor/{page}").status_code == 404


def test_refused_attempts_are_found_by_object_and_actor(world: World, enter: Any) -> None:
    voucher = world.apply()
    with pytest.raises(Refused):
        vouchers.issue(voucher=voucher, seen_hash="x", by=world["dg_reviewer"], now=APPLYING)
    client = enter("auditor")
    page = text_of(client.get(f"/auditor/log/?result=refused&obj=voucher:{voucher.number}&actor=dg_reviewer"))
    assert "被拒绝" in page
    assert "审核通过并发放" in page
    assert "没有符合条件的记录" in text_of(client.get("/auditor/log/?result=refused&actor=fs_reviewer"))
    sheet = text_of(client.get(f"/auditor/vouchers/{voucher.number}/"))
    assert "（被拒绝）" in sheet


@pytest.mark.clause("D47-5.2")
def test_an_entry_shows_its_hashes_and_an_altered_one_is_named(world: World, enter: Any) -> None:
    from django.db import connection

    client = enter("auditor")
    last = LogEntry.objects.order_by("-seq").first()
    assert last is not None
    page = text_of(client.get(f"/auditor/log/{last.seq}/"))
    assert last.leaf in page
    assert last.chain in page
    assert "都与写入时一致" in text_of(client.get("/auditor/log/verify/"))
    with connection.cursor() as cursor:
        on_table = " ON journal_logentry" if connection.vendor == "postgresql" else ""
        cursor.execute(f"DROP TRIGGER journal_logentry_no_update{on_table}")
        cursor.execute("UPDATE journal_logentry SET entry = replace(entry, 'ok', 'ko') WHERE seq = 3")
    page = text_of(client.get("/auditor/log/verify/"))
    assert "第 3 条与写入时不符" in page


def test_a_citys_auditor_sees_that_city_alone(world: World, enter: Any) -> None:
    world.appoint("dg_auditor", Role.AUDITOR, bureau=Bureau.objects.get(code=DONGGUAN))
    ours = world.issued()
    theirs = world.issue(world.confirm(world.apply("fs_enterprise")), reviewer="fs_reviewer")
    client = enter("dg_auditor")
    log = text_of(client.get("/auditor/log/?format=csv"))
    assert ours.number in log
    assert theirs.number not in log
    assert client.get(f"/auditor/vouchers/{theirs.number}/").status_code == 404
    entry = LogEntry.objects.filter(obj=f"voucher:{theirs.number}").first()
    assert entry is not None
    assert client.get(f"/auditor/log/{entry.seq}/").status_code == 404
    assert client.get("/auditor/log/verify/").status_code == 404
    books = text_of(client.get("/auditor/accounts/"))
    assert "东莞市" in books
    assert "佛山市" not in books
    text_of(client.get("/auditor/transfers/"))
    text_of(client.get("/auditor/"))


def test_the_books_sum_to_zero_on_the_page(world: World, enter: Any, paid: Any) -> None:
    page = text_of(enter("auditor").get("/auditor/accounts/"))
    assert page.count("全部账户余额合计为零") == 2
    assert "符合 2/2 项" in page


@pytest.mark.parametrize("page", ["log", "accounts", "transfers", "vouchers", "lists", "runs"])
def test_lists_are_exported(world: World, enter: Any, paid: Any, page: str) -> None:
    for kind in ("csv", "xlsx"):
        assert len(file_of(enter("auditor").get(f"/auditor/{page}/?format={kind}"))) > 100


def test_queries_do_not_grow(world: World, enter: Any, django_assert_max_num_queries: Any) -> None:
    for _ in range(3):
        world.issued()
    client = enter("auditor")
    for page in ("", "log/", "accounts/", "transfers/", "vouchers/"):
        with django_assert_max_num_queries(20):
            text_of(client.get(f"/auditor/{page}"))
