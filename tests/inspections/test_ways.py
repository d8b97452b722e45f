"""The ways between the pages of an inspection: who waits for whom, links to what comes next, nothing that is refused."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.test import Client

from tests.cast import HUICHENG, World
from tests.inspections import stage, visits
from tests.inspections.test_plan_pages import CITY, PROVINCE, Desk, desk, form, loud_templates, text
from yunquan.inspections.actions import drawing
from yunquan.inspections.models import Plan
from yunquan.inspections.plan_checks import due_faults
from yunquan.kernel.workflow import Actor
from yunquan.parties import actions as parties
from yunquan.parties.models import Enterprise, Person
from yunquan.policy.roles import Role
from yunquan.policy.uscc import make_uscc

__all__ = ["desk", "loud_templates"]


@pytest.mark.clause("D858-2.2", "S3")
def test_who_decides_on_a_plan_is_led_to_its_list_and_an_address_alone_decides_nothing(
    world: World, desk: Desk
) -> None:
    stage.crowd(world, 10)
    row = stage.draft(world)
    here = f"{PROVINCE}{row.number}/"
    page = text(desk("province_approver").get(here))
    assert f'href="{here}preview/"' in page and f"{row.number}/publish" in page
    assert "将随机抽取" in text(desk("province_approver").get(f"{here}preview/"))
    for name in ("file", "accept", "publish", "close"):
        answer = desk("province_approver").get(f"{here}{name}")
        assert answer.status_code == 302 and answer["Location"] == here
    row.refresh_from_db()
    assert row.state == "drafted"
    listed = text(desk("province_approver").get(PROVINCE))
    assert ">d108<" not in listed, listed[listed.index(">d108<") - 300 :][:400]
    assert "现场抽查" in listed


@pytest.mark.clause("D858-2.2")
def test_custodians_and_drawers_see_on_their_first_page_what_waits_for_them(world: World, desk: Desk) -> None:
    stage.crowd(world, 10)
    row = stage.draft(world)
    homes = {"province_approver": "/province/", "fs_reviewer": "/city/", "auditor": "/auditor/"}

    def waits(name: str) -> bool:
        page = text(desk(name).get(homes.get(name, "/province/")))
        return f"/{row.number}/" in page.split("抽查里等您办的", 1)[-1] if "抽查里等您办的" in page else False

    assert waits("province_approver") and not waits("province_officer") and not waits("auditor")
    row = stage.publish(world, row)
    assert [waits(name) for name in ("fs_reviewer", "auditor", "province_officer")] == [True, True, False]
    stage.commit(world, row)
    desk.now = stage.DRAFTED + timedelta(days=2)
    assert [waits(name) for name in ("fs_reviewer", "auditor", "province_officer")] == [False, False, True]
    row = drawing.freeze(plan=row, by=world["province_officer"], now=desk.now)
    assert waits("auditor") and not waits("province_officer")
    desk.now = stage.DRAFTED + timedelta(days=13)
    assert waits("province_officer")


@pytest.mark.clause("D108-3.3")
def test_a_drawn_plan_leads_to_its_visits_and_its_public_page_explains_the_log(
    world: World, desk: Desk
) -> None:
    visit = visits.announced(world)
    desk.now = visit.starts_at - timedelta(days=1)
    page = text(desk("province_officer").get(f"{PROVINCE}{visit.plan.number}/"))
    assert f'href="/province/inspections/visits/{visit.pk}/"' in page
    shown = text(Client().get(f"/inspections/{visit.plan.number}/"))
    assert "只增不改的日志" in shown and 'href="/draws/verify/"' in shown
    assert 'href="/desk/notices/"' in text(desk("province_officer").get("/province/"))
    assert 'href="/desk/notices/"' not in shown


@pytest.mark.clause("D108-3.3", "A1")
def test_a_county_reads_the_visits_at_its_own_enterprises_once_announced(world: World, desk: Desk) -> None:
    planned = visits.appointed(world)
    county, page = desk("hc_reviewer"), "/city/county-visits/"
    desk.now = planned.starts_at - timedelta(days=6)
    assert "没有约定到本县区企业的抽查" in text(county.get(page))
    Enterprise.objects.filter(pk=planned.enterprise_id).update(city="441300", county=HUICHENG)
    assert "没有约定到本县区企业的抽查" in text(county.get(page))
    visits.appointing.announce(visit=planned, by=world["province_officer"], now=desk.now)
    told = text(county.get(page))
    assert world.enterprise.name in told and planned.place in told and 'href="/city/county-visits/"' in told
    assert desk("dg_reviewer").get(page).status_code == 404
    assert county.get(f"/city/inspections/visits/{planned.pk}/").status_code == 404


@pytest.mark.clause("D47-7")
def test_an_operator_sees_the_buttons_of_what_was_delegated_and_no_others(world: World, desk: Desk) -> None:
    stage.crowd(world, 10)
    row = stage.draft(world, city="441900")
    officer = text(desk("dg_reviewer").get(f"{CITY}{row.number}/"))
    assert f"{row.number}/edit/" in officer
    clerk = _operator(world, "message")
    page = text(clerk.get(f"{CITY}{row.number}/"))
    assert f"{row.number}/edit/" not in page and f"{row.number}/preview/" in page
    assert (
        "<form" not in text(clerk.get(f"{CITY}{row.number}/preview/")).split("<main", 1)[1].split("</main")[0]
    )
    assert "拟定计划" not in text(clerk.get(CITY)).split("<main", 1)[1]
    planner = _operator(world, "inspection", name="planner")
    assert f"{row.number}/edit/" in text(planner.get(f"{CITY}{row.number}/"))


def test_an_operators_offers_are_the_rows_of_what_it_was_given() -> None:
    role = Role.CITY_REVIEWER
    officer, clerk = (
        Actor("person:1", role, "bureau:441900"),
        Actor("person:2", role, "bureau:441900", operator="某机构", acts=("plan.revise",)),
    )
    table = Plan.lifecycle
    assert table.offers_to("drafted", officer) == table.offers("drafted", role)
    assert [one.action for one in table.offers_to("drafted", clerk)] == ["revise"]
    assert table.offers_to("published", clerk) == () != table.offers("published", role)


def _operator(world: World, work: str, name: str = "helper") -> Client:
    early = stage.DRAFTED - timedelta(days=20)
    person = Person.objects.create(username=name, name="测试受托人", joined_at=early, password="!")
    parties.delegate(
        username=name, operator="虚构服务中心（测试）", uscc=make_uscc(990), works=[work],
        starts_on=early.date(), ends_on=date(2019, 12, 1), by=world["dg_approver"], now=early,
    )  # fmt: skip
    client = Client()
    client.force_login(person)
    return client


@pytest.mark.clause("D108-1")
def test_everything_that_is_wrong_in_a_plan_is_said_in_one_round(world: World, desk: Desk) -> None:
    wrong = form(
        title="", share="五分之一", ends_on="2019-03-01", sources="ssq:2019040 2019-03-07 21:15",
        custodians=["province_officer"], cycles=["nix"],
    )  # fmt: skip
    answer = desk("province_officer").post(f"{PROVINCE}new/", wrong)
    page = text(answer)
    assert answer.status_code == 422 and not Plan.objects.exists()
    for said in ("比例请写成", "结束日期早于开始日期", "产生时间已经过去"):
        assert said in page, said
    assert page.count("请填写“名称”") <= 2 and "ssq:2019040 2019-03-07 21:15" in page


@pytest.mark.clause("D858-2.2")
def test_a_computable_source_has_the_time_that_its_parameters_give(world: World, desk: Desk) -> None:
    """Round 27946612 of quicknet appears at 2026-04-20 00:00 UTC: another time is refused, no time is filled in."""
    name, wrong = "drand-quicknet:27946612", "2026-04-20 09:00"
    client = desk("province_officer")
    page = text(client.post(f"{PROVINCE}new/", form(sources=f"{name} {wrong}")))
    assert "2026-04-20 08:00" in page and not Plan.objects.exists()
    assert client.post(f"{PROVINCE}new/", form(sources=name)).status_code == 302
    assert Plan.objects.get().due[name].isoformat() == "2026-04-20T00:00:00+00:00"
    past = {"sources": ["ssq:1"], "fallback": {}, "due": {"ssq:1": stage.DRAFTED}, "now": stage.DRAFTED}
    assert [one.code for one in due_faults(past)] == ["due_past"]
    assert not list(due_faults({**past, "now": stage.DRAFTED - timedelta(minutes=1)}))


@pytest.mark.clause("D858-2.2")
def test_a_custodian_who_logs_in_for_the_first_time_is_led_back_to_the_commitment(
    world: World, desk: Desk
) -> None:
    stage.crowd(world, 10)
    row = stage.publish(world, stage.draft(world))
    person = world.person(world["fs_reviewer"])
    person.set_password("Erst-1-Geheim")
    person.password_is_first = True
    person.save()
    client, here = Client(), f"/desk/custody/{row.number}/"
    led = client.get(here)["Location"]
    assert led.endswith(f"?next={here}")
    login = client.post(led, {"login": person.username, "password": "Erst-1-Geheim", "next": here})
    assert login.status_code == 302 and login["Location"] == here
    led = client.get(here)["Location"]
    page = text(client.get(led))
    assert "首次登录" in page and "首次密码" in page
    typed = {"oldpassword": "Erst-1-Geheim", "password1": "Zwei-2-Geheim!", "password2": "Zwei-2-Geheim!"}
    changed = client.post(led, {**typed, "next": here})
    assert changed.status_code == 302 and changed["Location"] == here
    assert "公布承诺" in text(client.get(here))
    secret = stage.SECRETS["fs_reviewer"]
    custodian = row.custodians.get(person=person)
    value = drawing.commitment_of(row, custodian.name, secret)
    assert client.post(here, {"commitment": value}).status_code == 302
    custodian.refresh_from_db()
    assert custodian.commitment == value
