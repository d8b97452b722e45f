"""Three administrators, kept apart: one makes accounts, one grants rights, one reads the records (A2, A3)."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from tests.cast import World
from tests.desks.officials import text_of
from yunquan.parties.models import Appointment, Person
from yunquan.policy.roles import Role

OF = {
    "system_admin": (
        "/admin/",
        "/admin/people/",
        "/admin/people/new/",
        "/admin/bureaus/",
        "/admin/bureaus/441900/",
    ),
    "security_admin": ("/admin/", "/admin/people/"),
    "audit_admin": ("/admin/", "/admin/people/", "/admin/grants/", "/admin/logins/"),
}


@pytest.mark.parametrize("name", list(OF))
def test_each_has_its_own_pages(world: World, enter: Any, name: str) -> None:
    client = enter(name)
    for page in OF[name]:
        text_of(client.get(page))
    person = world.person(world["dg_reviewer"])
    text_of(client.get(f"/admin/people/{person.pk}/"))
    others = {page for pages in OF.values() for page in pages} - set(OF[name])
    for page in others:
        assert client.get(page).status_code == 404, page


@pytest.mark.parametrize("name", ["province_officer", "dg_approver", "expert", "auditor", "dg_enterprise"])
def test_strangers_find_nothing(world: World, enter: Any, name: str) -> None:
    client = enter(name)
    for page in {page for pages in OF.values() for page in pages}:
        assert client.get(page).status_code == 404


def test_a_new_account_gets_a_password_that_is_shown_once(world: World, enter: Any) -> None:
    client = enter("system_admin")
    typed = {"username": "Zhao.Test", "person_name": "测试新人", "phone": "", "email": "", "once": "t1"}
    page = text_of(client.post("/admin/people/new/", typed))
    found = re.search(r"([0-9A-Za-z]{5}-[0-9A-Za-z]{5}-[0-9A-Za-z]{5})", page)
    assert found is not None
    person = Person.objects.get(username="zhao.test")
    assert person.check_password(found[1])
    again = client.post("/admin/people/new/", typed)
    assert again.status_code == 302
    assert Person.objects.filter(username="zhao.test").count() == 1
    assert found[1] not in text_of(client.get(f"/admin/people/{person.pk}/"))


def test_a_bad_account_keeps_what_was_typed_and_names_every_fault(world: World, enter: Any) -> None:
    client = enter("system_admin")
    page = text_of(
        client.post(
            "/admin/people/new/", {"username": "supplier", "person_name": "留住的名字", "email": "不是邮箱"}
        ),
        422,
    )
    assert "留住的名字" in page
    page = text_of(
        client.post("/admin/people/new/", {"username": "supplier", "person_name": "留住的名字"}), 422
    )
    assert "已被使用" in page


def test_a_password_can_be_set_anew_by_the_system_administrator_alone(world: World, enter: Any) -> None:
    person = world.person(world["dg_reviewer"])
    page = text_of(enter("system_admin").post(f"/admin/people/{person.pk}/password"))
    found = re.search(r"([0-9A-Za-z]{5}-[0-9A-Za-z]{5}-[0-9A-Za-z]{5})", page)
    assert found is not None
    person.refresh_from_db()
    assert person.check_password(found[1])
    assert enter("security_admin").post(f"/admin/people/{person.pk}/password").status_code == 404


@pytest.mark.clause("A2")
def test_appointing_revoking_and_deputising(world: World, enter: Any) -> None:
    client = enter("security_admin")
    person = Person.objects.create(username="new-one", name="测试新人", joined_at="2018-01-01T00:00:00+08:00")
    place = f"/admin/people/{person.pk}/"
    typed = {"role": "city_reviewer", "organisation": "441900", "starts_on": "2018-12-10", "ends_on": ""}
    assert client.post(f"{place}appoint", typed).status_code == 302
    row = Appointment.objects.get(person=person)
    assert (row.role, row.org_key) == ("city_reviewer", "bureau:441900")
    newcomer = Client()
    newcomer.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    assert newcomer.get("/city/").status_code == 200 or newcomer.get("/desk/").status_code == 302
    deputy = f"/admin/appointments/{row.pk}/deputy/"
    text_of(client.get(deputy))
    wrong = text_of(
        client.post(deputy, {"deputy": "nobody", "starts_on": "2018-12-10", "ends_on": "2018-12-20"}), 422
    )
    assert "没有登录名为“nobody”的账号" in wrong
    assert (
        client.post(
            deputy, {"deputy": "fs_reviewer", "starts_on": "2018-12-10", "ends_on": "2018-12-20"}
        ).status_code
        == 302
    )
    assert Appointment.objects.get(deputy_for=row).person.username == "fs_reviewer"
    assert "代理" in text_of(client.get(f"/admin/people/{world.person(world['fs_reviewer']).pk}/"))
    assert client.post(f"/admin/appointments/{row.pk}/revoke").status_code == 302
    row.refresh_from_db()
    assert row.revoked_at is not None
    again = text_of(client.post(f"/admin/appointments/{row.pk}/revoke"), 422)
    assert "已经撤销" in again


def test_the_separation_is_said_as_a_reason(world: World, enter: Any) -> None:
    client = enter("security_admin")
    person = world.person(world["dg_reviewer"])
    typed = {"role": "system_admin", "organisation": "", "starts_on": "2018-12-10"}
    page = text_of(client.post(f"/admin/people/{person.pk}/appoint", typed), 422)
    assert "须由不同的人担任，且不能兼任业务岗位" in page
    wrong = {"role": "city_reviewer", "organisation": "999999", "starts_on": "2018-12-10"}
    page = text_of(client.post(f"/admin/people/{person.pk}/appoint", wrong), 422)
    assert "没有代码为“999999”的单位" in page
    own = world.person(world["security_admin"])
    page = text_of(client.post(f"/admin/people/{own.pk}/appoint", typed), 422)
    assert "不能任命自己" in page
    assert enter("system_admin").post(f"/admin/people/{person.pk}/appoint", typed).status_code == 404
    assert Appointment.objects.filter(person=person, role=Role.SYSTEM_ADMIN).count() == 0


def test_the_record_of_grants_names_refused_attempts(world: World, enter: Any) -> None:
    client = enter("security_admin")
    person = world.person(world["dg_reviewer"])
    client.post(
        f"/admin/people/{person.pk}/appoint",
        {"role": "audit_admin", "organisation": "", "starts_on": "2018-12-10"},
    )
    page = text_of(enter("audit_admin").get("/admin/grants/"))
    assert "被拒绝" in page
    assert "须由不同的人担任" in page


def test_a_bureaus_telephone(world: World, enter: Any) -> None:
    client = enter("system_admin")
    assert client.post("/admin/bureaus/441900/", {"telephone": "0769-22000000"}).status_code == 302
    assert "0769-22000000" in text_of(client.get("/admin/bureaus/?level=city"))
    assert client.get("/admin/bureaus/000000/").status_code == 404


def test_queries_do_not_grow_with_people(
    world: World, enter: Any, django_assert_max_num_queries: Any
) -> None:
    for page, name in (("people", "system_admin"), ("grants", "audit_admin")):
        client = enter(name)
        with django_assert_max_num_queries(14):
            text_of(client.get(f"/admin/{page}/"))
