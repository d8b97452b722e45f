"""A clerk lets a colleague stand in for a time, and takes it back; others' appointments stay untouched."""

from __future__ import annotations

import pytest

from tests.cast import APPLYING, World
from yunquan.parties.models import Appointment, Person

PLACE = "/enterprise/colleagues/"


@pytest.mark.clause("A3")
def test_a_deputy_is_appointed_acts_and_is_withdrawn(world: World, enter) -> None:
    colleague = Person.objects.create(username="tongshi", name="测试同事", joined_at=APPLYING)
    client = enter("dg_enterprise")
    assert client.get(PLACE).status_code == 200
    sent = {"deputy": "tongshi", "starts_on": "2018-12-01", "ends_on": "2018-12-31"}
    assert client.post(PLACE, sent).status_code == 302
    text = client.get(PLACE).content.decode()
    assert "测试同事" in text
    made = Appointment.objects.get(person=colleague)
    client_of_deputy = type(client)()
    client_of_deputy.force_login(colleague, backend="django.contrib.auth.backends.ModelBackend")
    assert client_of_deputy.get("/enterprise/").status_code == 200
    assert "委派代理人" not in client_of_deputy.get(PLACE).content.decode()
    assert client.post(PLACE, {"revoke": str(made.pk)}).status_code == 302
    assert client_of_deputy.get("/enterprise/").status_code == 404


def test_every_fault_is_said_and_a_strangers_appointment_cannot_be_revoked(world: World, enter) -> None:
    client = enter("dg_enterprise")
    sent = {"deputy": "niemand", "starts_on": "2018-12-01", "ends_on": "2018-12-31"}
    answer = client.post(PLACE, sent)
    assert answer.status_code == 422
    assert "没有登录名为“niemand”的账号" in answer.content.decode()
    bad = client.post(PLACE, {"deputy": "", "starts_on": "昨天", "ends_on": ""})
    assert bad.status_code == 422
    assert "昨天" in bad.content.decode()
    oneself = client.post(PLACE, sent | {"deputy": "dg_enterprise"})
    assert "代理人不能是本人" in oneself.content.decode()
    foreign = Appointment.objects.get(person__username="fs_enterprise")
    client.post(PLACE, {"revoke": str(foreign.pk)})
    foreign.refresh_from_db()
    assert foreign.revoked_at is None
