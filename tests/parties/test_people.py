"""Accounts, appointments, deputies and the separation of administrators (A2, A3, D47-7)."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from tests.parties.making import (
    APPROVER,
    CLOCK,
    DONGGUAN,
    FOSHAN,
    NOW,
    PASSWORD,
    REVIEWER,
    appointed,
    person,
    registered,
)
from yunquan.journal.queries import history
from yunquan.kernel.refusal import Refused
from yunquan.kernel.workflow import Actor
from yunquan.parties import access, actions, invariants, regions
from yunquan.parties.models import Appointment, Bureau
from yunquan.policy.roles import Role

pytestmark = pytest.mark.django_db
TODAY = date(2018, 10, 9)
SECURITY = Actor("person:9001", Role.SECURITY_ADMIN, "bureau:440000")
SYSTEM = Actor("person:9002", Role.SYSTEM_ADMIN, "bureau:440000")


def bureau(code=DONGGUAN):
    return Bureau.objects.get(code=code)


def test_the_bureaus_of_the_province_its_cities_and_counties_are_there():
    assert Bureau.objects.filter(level="city").count() == 21
    assert Bureau.objects.filter(level="county").count() == 122
    assert bureau("440000").level == "province"
    assert not Bureau.objects.filter(city__in=["441900", "442000"], level="county").exists()
    assert actions.found_bureaus() == 0
    assert len({city.letters for city in regions.cities()}) == 21


@pytest.mark.clause("A2")
def test_the_system_administrator_makes_accounts_and_the_security_administrator_appoints():
    made = actions.add_person(username="Wang", name="王五", by=SYSTEM, now=NOW, password=PASSWORD)
    assert (made.username, access.appointments_of(made, TODAY)) == ("wang", [])
    row = actions.appoint(person=made, role=Role.CITY_REVIEWER, bureau=bureau(), by=SECURITY, now=NOW)
    assert access.actor_of(made, row) == Actor(made.key, "city_reviewer", "bureau:441900")
    for attempt in (
        lambda: actions.add_person(username="x", name="x", by=SECURITY, now=NOW),
        lambda: actions.appoint(person=made, role=Role.AUDITOR, bureau=bureau(), by=SYSTEM, now=NOW),
        lambda: actions.revoke(appointment=row, by=REVIEWER, now=NOW),
    ):
        with pytest.raises(Refused) as refused:
            attempt()
        assert refused.value.codes == ("not_your_role",)


def test_a_login_name_is_taken_once():
    person("wang")
    with pytest.raises(Refused) as refused:
        person(" WANG ")
    assert refused.value.codes == ("username_taken",)


@pytest.mark.parametrize(
    ("held", "wanted"),
    [
        (Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN),
        (Role.SECURITY_ADMIN, Role.AUDIT_ADMIN),
        (Role.AUDIT_ADMIN, Role.PROVINCE_OFFICER),
        (Role.PROVINCE_OFFICER, Role.SYSTEM_ADMIN),
    ],
)
def test_administrators_are_disjoint_people_without_business_roles(held, wanted):
    made, _ = appointed("admin", held)
    with pytest.raises(Refused) as refused:
        actions.appoint(person=made, role=wanted, bureau=bureau("440000"), by=SECURITY, now=NOW)
    assert refused.value.codes == ("separation_of_duties",)


def test_the_monitor_sees_mixed_administrators_that_slipped_past_the_action():
    made, _ = appointed("admin", Role.SYSTEM_ADMIN)
    assert not [b for b in invariants.breaches() if b.invariant == "A2"]
    Appointment.objects.create(
        person=made, role=Role.AUDITOR, bureau=bureau("440000"), starts_on=TODAY, appointed_by="x"
    )
    assert [b.row for b in invariants.breaches() if b.invariant == "A2"] == [made.key]


@pytest.mark.parametrize(
    ("role", "code"),
    [(Role.CITY_REVIEWER, "440000"), (Role.COUNTY_REVIEWER, DONGGUAN), (Role.ENTERPRISE, DONGGUAN)],
)
def test_a_role_belongs_to_its_kind_of_organisation(role, code):
    with pytest.raises(Refused) as refused:
        actions.appoint(person=person("wang"), role=role, bureau=bureau(code), by=SECURITY, now=NOW)
    assert refused.value.codes == ("role_not_there",)


def test_nobody_appoints_oneself():
    made, _ = appointed("sec", Role.SECURITY_ADMIN)
    by = Actor(made.key, Role.SECURITY_ADMIN, "bureau:440000")
    with pytest.raises(Refused) as refused:
        actions.appoint(person=made, role=Role.SECURITY_ADMIN, bureau=bureau("440000"), by=by, now=NOW)
    assert refused.value.codes == ("appoints_oneself",)


def test_a_withdrawn_appointment_fails_at_the_next_request():
    made, _ = appointed("wang", Role.CITY_REVIEWER, DONGGUAN)
    (row,) = access.appointments_of(made, TODAY)
    actions.revoke(appointment=row, by=SECURITY, now=NOW)
    assert access.appointments_of(made, TODAY) == []
    with pytest.raises(Refused) as refused:
        actions.revoke(appointment=row, by=SECURITY, now=NOW)
    assert refused.value.codes == ("already_revoked",)


def test_an_appointment_holds_from_its_first_to_its_last_day():
    made = person("wang")
    actions.appoint(
        person=made,
        role=Role.CITY_REVIEWER,
        bureau=bureau(),
        by=SECURITY,
        now=NOW,
        starts_on=date(2018, 10, 10),
        ends_on=date(2018, 10, 12),
    )
    held = [bool(access.appointments_of(made, date(2018, 10, day))) for day in (9, 10, 12, 13)]
    assert held == [False, True, True, False]


@pytest.mark.clause("A2")
def test_a_deputy_stands_in_for_a_time_and_falls_with_the_principal():
    principal, by = appointed("wang", Role.CITY_REVIEWER, DONGGUAN)
    deputy, _ = appointed("zhao", Role.CITY_APPROVER, DONGGUAN)
    (row,) = access.appointments_of(principal, TODAY)
    made = actions.deputise(
        appointment=row, deputy=deputy, starts_on=TODAY, ends_on=date(2018, 10, 31), by=by, now=NOW
    )
    assert [a.role for a in access.appointments_of(deputy, TODAY)] == ["city_approver", "city_reviewer"]
    assert len(access.appointments_of(deputy, date(2018, 11, 1))) == 1
    assert history(f"appointment:{made.pk}")[0]["payload"]["deputy_for"] == str(row.pk)
    actions.revoke(appointment=row, by=SECURITY, now=NOW)
    assert [a.role for a in access.appointments_of(deputy, TODAY)] == ["city_approver"]


def test_a_deputy_without_end_oneself_or_a_deputy_s_deputy_is_refused():
    principal, by = appointed("wang", Role.CITY_REVIEWER, DONGGUAN)
    deputy, acting = appointed("zhao", Role.CITY_APPROVER, DONGGUAN)
    (row,) = access.appointments_of(principal, TODAY)

    def deputise(appointment=row, who=deputy, ends_on=date(2018, 10, 31), by=by):
        return actions.deputise(
            appointment=appointment, deputy=who, starts_on=TODAY, ends_on=ends_on, by=by, now=NOW
        )

    made = deputise()
    for attempt, code in (
        (lambda: deputise(ends_on=None), "deputy_without_end"),
        (lambda: deputise(who=principal), "deputy_oneself"),
        (lambda: deputise(appointment=made, who=person("li"), by=acting), "deputy_of_deputy"),
        (lambda: deputise(by=APPROVER), "not_your_role"),
    ):
        with pytest.raises(Refused) as refused:
            attempt()
        assert code in refused.value.codes


def test_a_city_sees_its_own_enterprises_and_a_stranger_sees_nothing():
    mine, clerk = registered(1)
    other, other_clerk = registered(2, city="佛山", county="禅城区")
    seen = {
        actor: set(access.enterprises_visible_to(actor))
        for actor in (
            clerk,
            REVIEWER,
            Actor("p", Role.CITY_REVIEWER, f"bureau:{FOSHAN}"),
            Actor("p", Role.COUNTY_REVIEWER, "bureau:440604"),
            Actor("p", Role.AUDITOR, "bureau:440000"),
            Actor("p", Role.AUDITOR, f"bureau:{DONGGUAN}"),
            SYSTEM,
            SECURITY,
            Actor("p", Role.AUDIT_ADMIN, "bureau:440000"),
            Actor("p", Role.SUPPLIER, mine.key),
            Actor("p", Role.PUBLIC, "bureau:440000"),
            CLOCK,
        )
    }
    assert list(seen.values()) == [
        {mine}, {mine}, {other}, {other}, {mine, other}, {mine}, set(), set(), set(), set(), set(), set(),
    ]  # fmt: skip
    assert access.enterprise_for(other_clerk, mine.pk) is None


def test_the_monitor_sees_a_state_changed_past_the_log():
    enterprise, _ = registered()
    assert list(invariants.breaches()) == []
    type(enterprise).objects.filter(pk=enterprise.pk).update(state="rejected")
    assert [(b.invariant, b.row) for b in invariants.breaches()] == [("L1", enterprise.journal_key)]


def test_a_moment_without_zone_is_an_error():
    with pytest.raises(ValueError, match="时区"):
        actions.appoint(
            person=person("wang"), role=Role.AUDITOR, bureau=bureau(), by=SECURITY, now=datetime(2018, 10, 9)
        )
