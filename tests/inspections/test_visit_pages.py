"""抽查安排 on the desks: appointed, announced, moved, recused and watched by bureaus; read and signed by parties."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from tests.cast import PDF, World
from tests.desks.officials import hold_clock, loud_templates  # noqa: F401
from tests.inspections import stage, visits
from yunquan.desks.shared.inspections import visit_pages
from yunquan.inspections.models import CheckSheet, Plan, Visit
from yunquan.parties.models import Supplier
from yunquan.policy.roles import Role
from yunquan.vouchers.models import Voucher

pytestmark = pytest.mark.django_db
HERE = "/province/inspections/visits/"


@pytest.fixture
def early(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Six days before the visits of a regime."""

    def before(regime: str) -> None:
        hold_clock(monkeypatch, visits.VISITING[regime] - timedelta(days=6))

    before("d108")
    return before


def login(world: World, name: str) -> Client:
    client = Client()
    client.force_login(world.person(world[name]))
    return client


def text(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


@pytest.mark.clause("D108-3.3")
def test_an_officer_appoints_and_announces_a_visit(world: World, early: Any) -> None:
    stage.drawn(world)
    panel = stage.experts(world, 2)
    client = login(world, "province_officer")
    page = text(client, HERE)
    assert "待约定" in page and world.enterprise.name in page and world.supplier.name in page
    plan = Plan.objects.get()
    new = f"{HERE}new/?plan={plan.number}&table=on_site&house={world.enterprise.pk}"
    assert "至少提前 2 天通知" in text(client, new)
    row = plan.inspections.get()
    form = {
        "inspections": str(row.pk), "mode": "on_site", "starts_at": "2019-04-24 09:30", "ends_at": "2019-04-24 08:30",
        "place": "会议室", "experts": [str(one.pk) for one in panel], "count": "2", "prepare": "设备台账", "once": "a",
    }  # fmt: skip
    refused = client.post(new, form)
    assert refused.status_code == 422 and "结束时间应在开始时间之后" in refused.content.decode()
    assert "设备台账" in refused.content.decode()
    late = client.post(
        new, {**form, "starts_at": "2019-04-19 09:30", "ends_at": "2019-04-19 10:30", "once": "b"}
    )
    assert late.status_code == 422 and "至少提前 2 天" in late.content.decode()
    done = client.post(new, {**form, "ends_at": "2019-04-24 11:30", "once": "c"})
    assert done.status_code == 302
    visit = Visit.objects.get()
    assert client.post(f"{HERE}{visit.pk}/do/notify").status_code == 302
    visit.refresh_from_db()
    assert visit.state == "noticed"
    shown = text(client, f"{HERE}{visit.pk}/")
    assert "设备台账" in shown and "已通知" in shown
    assert world.enterprise.name in text(client, f"{HERE}?view=week&on=2019-04-24")
    assert world.enterprise.name in text(client, f"{HERE}?on=2019-04-01")
    assert "2019" in text(client, f"{HERE}?on=none")
    assert b"BEGIN:VEVENT" in client.get(f"{HERE}visits.ics").content


def test_one_appointment_covers_several_vouchers_of_an_enterprise(world: World, early: Any) -> None:
    rows = stage.drawn(world, vouchers=[world.approved(), world.approved()])
    panel = stage.experts(world, 1)
    client = login(world, "province_officer")
    new = f"{HERE}new/?plan={rows[0].plan.number}&table=on_site&house={world.enterprise.pk}"
    form = {
        "inspections": [str(row.pk) for row in rows], "mode": "on_site", "starts_at": "2019-04-24 09:30",
        "ends_at": "2019-04-24 11:30", "place": "会议室", "experts": [str(panel[0].pk)], "count": "1", "once": "a",
    }  # fmt: skip
    assert client.post(new, form).status_code == 302
    assert Visit.objects.get().inspections.count() == 2


def test_the_calendar_warns_of_a_supplier_asked_for_twice(world: World, early: Any) -> None:
    experts = stage.experts(world, 4)
    visits.announced(world, vouchers=[world.approved()], experts=experts[:2])
    other = world.add_enterprise("dg_other", title="虚构机械（测试）有限公司")
    visits.announced(world, vouchers=[world.approved("dg_other")], experts=experts[2:])
    page = text(login(world, "province_officer"), f"{HERE}?on=2019-04-24")
    assert other.name in page and page.count(f"{world.supplier.name}同时在") == 2


def test_a_visit_is_moved_recused_and_cancelled_on_the_page(world: World, early: Any) -> None:
    visit = visits.announced(world)
    client, here = login(world, "province_officer"), f"{HERE}{visit.pk}/"
    form = {
        "starts_at": "2019-04-25 09:30",
        "ends_at": "2019-04-25 10:30",
        "place": "车间",
        "reason": "",
        "once": "m",
    }
    assert client.post(f"{here}move/", form).status_code == 422
    assert client.post(f"{here}move/", {**form, "reason": "停产", "once": "n"}).status_code == 302
    seat = visit.panelists.order_by("rank").first()
    assert seat is not None
    assert "回避" in text(client, f"{here}recuse/{seat.pk}/")
    assert client.post(f"{here}recuse/{seat.pk}/", {"reason": "同学", "once": "o"}).status_code == 302
    assert "同学" in text(client, here)
    client.post(f"{here}do/cancel", {"reason": ""})
    assert Visit.objects.get().state == "planned"
    client.post(f"{here}do/cancel", {"reason": "企业搬迁"})
    assert Visit.objects.get().state == "cancelled"


def test_a_paper_copy_is_brought_by_one_and_accepted_by_another(
    world: World, early: Any, concluded: list[dict[str, Any]]
) -> None:
    visit = visits.closed(world, regime="d108")
    world.appoint("second_officer", Role.PROVINCE_OFFICER, bureau=stage_bureau())
    client, here = login(world, "province_officer"), f"{HERE}{visit.pk}/"
    from django.core.files.uploadedfile import SimpleUploadedFile

    scan = SimpleUploadedFile("表.pdf", PDF, "application/pdf")
    assert client.post(f"{here}paper/", {"paper": scan, "once": "p"}).status_code == 302
    assert "纸质抽查表第 1 页" in text(client, here)
    assert client.get(f"{here}paper/1.png").headers["Content-Type"] == "image/png"
    client.post(f"{here}do/accept-paper")
    assert Visit.objects.get().state == "under_way"
    login(world, "second_officer").post(f"{here}do/accept-paper")
    assert Visit.objects.get().state == "signed"


def stage_bureau() -> Any:
    from yunquan.parties.models import Bureau

    return Bureau.objects.get(code="440000")


def test_bureaus_of_other_places_and_roles_find_nothing(world: World, early: Any) -> None:
    visit = visits.announced(world)
    assert text(login(world, "dg_reviewer"), f"/city/inspections/visits/{visit.pk}/")
    for name, path in (
        ("fs_reviewer", f"/city/inspections/visits/{visit.pk}/"), ("fs_reviewer", f"/city/inspections/visits/{visit.pk}/table.pdf"),
        ("fs_enterprise", f"/enterprise/inspections/visits/{visit.pk}/"), ("other_supplier", f"/supplier/inspections/visits/{visit.pk}/"),
        ("dg_cashier", f"/city/inspections/visits/{visit.pk}/"), ("dg_enterprise", f"{HERE}{visit.pk}/"),
    ):  # fmt: skip
        assert login(world, name).get(path).status_code == 404, (name, path)
    assert "约定" not in text(login(world, "dg_approver"), "/city/inspections/visits/")


def test_the_bureau_of_the_place_reads_and_takes_no_step(world: World, early: Any) -> None:
    visit = visits.announced(world)
    client, here = login(world, "dg_reviewer"), f"/city/inspections/visits/{visit.pk}/"
    page = text(client, here)
    assert "do/cancel" not in page and f"{here}move/" not in page and "do/obstruct" not in page
    client.post(f"{here}do/cancel", {"reason": "企业忙"})
    assert Visit.objects.get().state == "noticed"


@pytest.mark.clause("D108-3.3")
def test_vouchers_of_two_suppliers_are_appointed_apart(world: World, early: Any) -> None:
    mine, theirs = world.approved(), world.approved()
    other = Supplier.objects.exclude(pk=world.supplier.pk).order_by("pk")[0]
    Voucher.objects.filter(pk=theirs.pk).update(supplier=other)
    rows = stage.drawn(world, vouchers=[mine, Voucher.objects.get(pk=theirs.pk)])
    panel = stage.experts(world, 1)
    client = login(world, "province_officer")
    new = f"{HERE}new/?plan={rows[0].plan.number}&table=on_site&house={world.enterprise.pk}"
    page = text(client, new)
    assert "一次只选一家供应商的" in page and "不按抽取顺序选专家的理由" in page
    form: dict[str, Any] = {
        "inspections": [str(row.pk) for row in rows], "mode": "on_site", "starts_at": "2019-04-24 09:30",
        "ends_at": "2019-04-24 11:30", "place": "会议室", "experts": [str(panel[0].pk)], "count": "1", "once": "a",
    }  # fmt: skip
    refused = client.post(new, form)
    assert refused.status_code == 422 and "现选了 2 家的" in refused.content.decode()
    assert client.post(new, {**form, "inspections": [str(rows[0].pk)], "once": "b"}).status_code == 302
    again = {**form, "inspections": [str(rows[1].pk)], "once": "c"}
    again |= {"starts_at": "2019-04-24 13:30", "ends_at": "2019-04-24 15:30"}
    assert client.post(new, again).status_code == 302


def test_a_supplier_is_given_no_paper_of_another(
    world: World, early: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine, theirs = world.approved(), world.approved()
    visit = visits.closed(world, vouchers=[mine, theirs])
    other = Supplier.objects.exclude(pk=world.supplier.pk).order_by("pk")[0]
    Voucher.objects.filter(pk=theirs.pk).update(supplier=other)
    given: list[str] = []

    def paper(_visit: Visit, sheet: CheckSheet) -> bytes:
        given.append(sheet.inspection.voucher.number)
        return b"%PDF-"

    monkeypatch.setattr(visit_pages, "visit_pdf", paper)
    client, here = login(world, "supplier"), f"/supplier/inspections/visits/{visit.pk}/"
    for sheet in visit.sheets.order_by("pk"):
        assert client.get(f"{here}table.pdf?sheet={sheet.pk}").status_code == 200
    assert given == [mine.number, mine.number]
    assert theirs.number not in text(client, here)
    assert theirs.number not in text(client, "/supplier/inspections/visits/")
    assert theirs.number.encode() not in client.get("/supplier/inspections/visits/visits.ics").content


@pytest.mark.clause("D108-3.2")
def test_parties_read_what_to_prepare_and_sign(
    world: World, early: Any, concluded: list[dict[str, Any]]
) -> None:
    visit = visits.announced(world, regime="d108", prepare="请带设备台账")
    for name in ("enterprise", "supplier"):
        client = login(world, "dg_enterprise" if name == "enterprise" else "supplier")
        base = f"/{name}/inspections/visits/"
        assert str(visit.pk) in text(client, base)
        assert "请带设备台账" in text(client, f"{base}{visit.pk}/")
        assert b"BEGIN:VEVENT" in client.get(f"{base}visits.ics").content


@pytest.mark.clause("D108-3.3")
def test_parties_sign_at_their_own_desk(world: World, early: Any, concluded: list[dict[str, Any]]) -> None:
    visit = visits.closed(world, regime="d108")
    client, here = login(world, "dg_enterprise"), f"/enterprise/inspections/visits/{visit.pk}/"
    assert "看到的功能" in text(client, here)
    refused = client.post(here, {"name": "", "strokes": "[]", "agrees": "no", "once": "a"})
    assert refused.status_code == 422 and "须写明异议" in refused.content.decode()
    assert (
        client.post(here, {"name": "甲", "strokes": "[[1,2,3,4]]", "agrees": "yes", "once": "b"}).status_code
        == 302
    )
    assert "本单位已签字" in text(client, here)
    assert client.get(f"{here}table.pdf").content.startswith(b"%PDF-")


@pytest.mark.clause("D858-3")
def test_a_supplier_that_must_stay_away_finds_no_visit(world: World, early: Any) -> None:
    early("d858")
    visit = visits.announced(world, regime="d858")
    client = login(world, "supplier")
    assert client.get(f"/supplier/inspections/visits/{visit.pk}/").status_code == 404
    assert "没有安排给本单位的抽查" in text(client, "/supplier/inspections/visits/")


def test_the_calendar_asks_no_query_a_visit(
    world: World, early: Any, django_assert_max_num_queries: Any
) -> None:
    experts = stage.experts(world, 4)
    visits.announced(world, vouchers=[world.approved()], experts=experts[:2])
    client = login(world, "province_officer")
    text(client, f"{HERE}?on=2019-04-24")
    with django_assert_max_num_queries(60) as one:
        text(client, f"{HERE}?on=2019-04-24")
    starts = visits.VISITING["d108"] + timedelta(hours=5)
    visits.announced(world, vouchers=[world.approved()], experts=experts[2:], starts_at=starts)
    with django_assert_max_num_queries(len(one.captured_queries) + 6):
        text(client, f"{HERE}?on=2019-04-24")
