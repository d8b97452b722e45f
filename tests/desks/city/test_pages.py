"""The desk opens on what waits, every page renders for its role, and costs the same however much there is."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.cast import APPLYING, DONGGUAN, HUIZHOU, World
from tests.desks.officials import text_of
from yunquan.journal.actions import notify
from yunquan.parties.models import Appointment, Bureau

EVERYONE = ("", "inbox/", "vouchers/", "enterprises/", "bureau/")
CITY = ("lists/", "objections/", "payments/", "recoveries/", "quota/", "suppliers/")


@pytest.mark.parametrize("name", ["dg_reviewer", "dg_approver", "dg_cashier", "hc_reviewer"])
def test_every_page_renders_empty(world: World, enter: Any, name: str) -> None:
    client = enter(name)
    pages = [*EVERYONE, *(() if name == "hc_reviewer" else CITY)]
    pages += ["applications/", "registrations/"] if "reviewer" in name else []
    for page in pages:
        text_of(client.get(f"/city/{page}"))


@pytest.mark.parametrize("name", ["dg_enterprise", "supplier", "province_officer", "auditor", "system_admin"])
def test_other_roles_find_no_city_desk(world: World, enter: Any, name: str) -> None:
    client = enter(name)
    for page in (*EVERYONE, *CITY, "applications/", "claims/", "registrations/"):
        assert client.get(f"/city/{page}").status_code == 404
    assert Client().get("/city/").status_code == 302


def test_roles_see_only_what_they_may_do(world: World, enter: Any) -> None:
    assert enter("dg_cashier").get("/city/applications/").status_code == 404
    assert enter("dg_approver").get("/city/claims/").status_code == 404
    assert enter("hc_reviewer").get("/city/claims/").status_code == 404
    assert enter("hc_reviewer").get("/city/suppliers/").status_code == 404


def test_the_first_page_puts_the_overdue_first_and_in_red(world: World, enter: Any, moment: Any) -> None:
    first = world.confirm(world.apply())
    second = world.confirm(world.apply(now=APPLYING + timedelta(days=1)), now=APPLYING + timedelta(days=1))
    client = enter("dg_reviewer")
    page = text_of(client.get("/city/"))
    assert page.index(first.number) < page.index(second.number)
    assert "还剩" in page
    moment("2019-01-20 10:00")
    page = text_of(client.get("/city/"))
    assert "已逾期" in page
    assert "g-badge is-over" in page


def test_the_first_page_counts_truly(world: World, enter: Any) -> None:
    for _ in range(3):
        world.confirm(world.apply(cloud_fee="1000.00", lines=[{"service": "8", "fee": "1000.00"}]))
    page = text_of(enter("dg_reviewer").get("/city/"))
    assert page.split("申领待审核")[1].split("</b>")[0].endswith("3")


def test_an_empty_first_page_says_what_to_do(world: World, enter: Any) -> None:
    assert "现在没有等您办理的事项" in text_of(enter("dg_cashier").get("/city/"))


@pytest.mark.parametrize("place", ["/city/", "/city/applications/", "/city/vouchers/", "/city/enterprises/"])
def test_more_rows_cost_no_more_queries(world: World, enter: Any, place: str) -> None:
    client = enter("dg_reviewer")
    counts = []
    for _ in range(2):
        for _ in range(3):
            world.confirm(world.apply(cloud_fee="1000.00", lines=[{"service": "8", "fee": "1000.00"}]))
        with CaptureQueriesContext(
            connection,
        ) as asked:
            text_of(client.get(place))
        counts.append(len(asked))
    assert counts[1] <= counts[0]


def test_lists_are_searched_filtered_and_exported(world: World, enter: Any) -> None:
    voucher = world.issued()
    client = enter("dg_reviewer")
    assert voucher.number in text_of(client.get(f"/city/vouchers/?q={voucher.number}"))
    assert voucher.number in text_of(client.get("/city/vouchers/?state=issued&cycle=2018"))
    assert voucher.number not in text_of(client.get("/city/vouchers/?state=paid"))
    assert voucher.number in text_of(client.get("/city/vouchers/?format=csv"))
    book = client.get("/city/enterprises/?format=xlsx")
    assert b"".join(book.streaming_content).startswith(b"PK")
    page = text_of(client.get(f"/city/vouchers/{voucher.number}/"))
    assert "办理记录" in page
    assert "这笔钱怎么算的" in page


def test_the_inbox_is_read(world: World, enter: Any, django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        world.confirm(world.apply())
    client = enter("dg_reviewer")
    assert "标为已读" in text_of(client.get("/city/inbox/"))
    assert client.post("/city/inbox/").status_code == 302
    assert "标为已读" not in text_of(client.get("/city/inbox/"))


def test_an_inbox_leads_nobody_where_he_finds_nothing(world: World, enter: Any) -> None:
    """The city is told as one; its cashier has no business with a visit, its reviewer has."""
    told: dict[str, Any] = {"org": world["dg_reviewer"].org, "obj": "inspection:1", "kind": "inspection"}
    place = "/city/inspections/visits/1/"
    notify(**told, title="现场核查安排", text="六月十日", key="visit", link=place, now=APPLYING)
    for name, there in (("dg_reviewer", True), ("dg_cashier", False)):
        page = text_of(enter(name).get("/city/inbox/"))
        assert "现场核查安排" in page
        assert (place in page) is there, name


@pytest.mark.clause("D47-5.10")
def test_the_approver_lets_counties_review(world: World, enter: Any) -> None:
    sent = {"what": "counties", "reviews": "county"}
    assert enter("hz_approver").post("/city/bureau/", sent).status_code == 302
    assert Bureau.objects.get(code=HUIZHOU).counties_review
    text_of(enter("hz_reviewer").post("/city/bureau/", sent), 422)
    assert "没有下属县区" in text_of(enter("dg_approver").post("/city/bureau/", sent), 422)
    assert not Bureau.objects.get(code=DONGGUAN).counties_review


def test_a_colleague_stands_in_for_a_time_and_is_taken_back(world: World, enter: Any) -> None:
    client = enter("dg_reviewer")
    deputy = world.person(world["dg_approver"])
    wrong = {"what": "deputy", "deputy": str(deputy.pk), "starts_on": "2018-12-11", "ends_on": ""}
    assert "没有填写代理的截止日期" in text_of(client.post("/city/bureau/", wrong), 422)
    assert (
        client.post(
            "/city/bureau/", {**wrong, "starts_on": "2018-12-01", "ends_on": "2018-12-20"}
        ).status_code
        == 302
    )
    made = Appointment.objects.get(deputy_for__isnull=False)
    assert "撤销代理" in text_of(client.get("/city/bureau/"))
    taken = {"what": "revoke", "appointment": str(made.pk)}
    assert enter("fs_reviewer").post("/city/bureau/", taken).status_code == 404
    assert client.post("/city/bureau/", taken).status_code == 302
    made.refresh_from_db()
    assert made.revoked_at is not None


def test_the_supervision_telephone_is_set(world: World, enter: Any) -> None:
    client = enter("dg_approver")
    assert (
        client.post("/city/bureau/", {"what": "telephone", "telephone": "0769-00000000"}).status_code == 302
    )
    assert "0769-00000000" in text_of(client.get("/city/bureau/"))
