"""Registration is open to everyone; the 单位资料 keeps its draft and says every fault beside its field."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.cast import PDF, World
from yunquan.parties.models import Enterprise
from yunquan.policy.uscc import make_uscc

REGISTER, PROFILE = "/enterprise/register/", "/enterprise/profile/"


def _account(**changes: str) -> dict[str, str]:
    sent = {
        "name": "虚构模具（测试）有限公司", "uscc": make_uscc(9000), "person_name": "测试员", "phone": "13800000000",
        "username": "moju", "password": "moju-yunquan-18", "password_again": "moju-yunquan-18", "email": "",
    }  # fmt: skip
    return sent | changes


def _profile(**changes: Any) -> dict[str, Any]:
    sent = {
        "name": "虚构模具（测试）有限公司", "city": "441900", "county": "", "address": "测试路 8 号",
        "founded_on": "2010-05-01", "industry": "模具", "size": "small", "revenue": "23,100,000",
        "is_legal_person": "1", "pledge": "1", "contact_name": "测试员", "contact_phone": "13800000000",
        "licence": SimpleUploadedFile("执照.pdf", PDF, "application/pdf"),
    }  # fmt: skip
    return sent | changes


@pytest.mark.clause("D47-5.7a")
def test_an_enterprise_registers_fills_its_information_and_submits_it(
    world: World, client, at_moment
) -> None:
    assert client.get(REGISTER).status_code == 200
    answer = client.post(REGISTER, _account())
    assert answer.status_code == 302, answer.content.decode()
    assert answer.headers["Location"] == PROFILE
    draft = client.post(PROFILE, {"address": "先写一半", "save": "yes"}, follow=True)
    assert "草稿已保存" in draft.content.decode()
    assert "先写一半" in client.get(PROFILE).content.decode()
    answer = client.post(PROFILE, _profile(submit="yes"))
    assert answer.status_code == 302, answer.content.decode()
    row = Enterprise.objects.get(name="虚构模具（测试）有限公司")
    assert (row.state, row.city, row.revenue_fen) == ("submitted", "441900", 23_100_000_00)
    assert row.licence.name == "执照.pdf"
    text = client.get(PROFILE).content.decode()
    assert "待审核" in text
    assert "东莞市经济和信息化局" in text


def test_every_fault_of_an_account_is_said_at_once_and_what_was_typed_stays(world, client, at_moment) -> None:
    sent = _account(uscc="91441900MADEM00000", name="", username="dg_enterprise", password_again="x")
    answer = client.post(REGISTER, sent)
    text = answer.content.decode()
    assert answer.status_code == 422
    for name in ("uscc", "name", "password_again"):
        assert f'id="id_{name}_error"' in text, name
    assert "91441900MADEM00000" in text
    assert "moju-yunquan-18" not in text
    taken = client.post(REGISTER, _account(username="dg_enterprise")).content.decode()
    assert 'id="id_username_error"' in taken
    both = client.post(REGISTER, _account(username="dg_enterprise", password="")).content.decode()
    assert 'id="id_username_error"' in both
    assert 'id="id_password_error"' in both
    weak = client.post(REGISTER, _account(password="12345678", password_again="12345678")).content.decode()
    assert 'id="id_password_error"' in weak
    none = client.post(REGISTER, {}).content.decode()
    for name in ("uscc", "name", "username", "password", "person_name"):
        assert f'id="id_{name}_error"' in none, name


def test_every_fault_of_the_information_stands_beside_its_field(world: World, client, at_moment) -> None:
    client.post(REGISTER, _account())
    sent = _profile(
        submit="yes", revenue="很多", founded_on="昨天", city="999999", contact_phone="无", size="", pledge="",
        bank_name="虚构银行",
    )  # fmt: skip
    answer = client.post(PROFILE, sent)
    text = answer.content.decode()
    assert answer.status_code == 422
    for name in ("revenue", "founded_on", "city", "contact_phone", "size", "pledge", "bank_account"):
        assert f'id="id_{name}_error"' in text, name
    for said in ("很多", "昨天", "执照.pdf"):
        assert said in text, said
    row = Enterprise.objects.get(name="虚构模具（测试）有限公司")
    assert row.state == "draft"
    assert row.typed["revenue"] == "很多"


@pytest.mark.clause("D47-4.1")
def test_every_ground_of_ineligibility_is_said_at_once(world: World, client, at_moment) -> None:
    client.post(REGISTER, _account())
    sent = _profile(submit="yes", founded_on="2018-11-01", is_legal_person="", has_serious_breach="1")
    text = client.post(PROFILE, sent).content.decode()
    for name in ("founded_on", "is_legal_person", "has_serious_breach"):
        assert f'id="id_{name}_error"' in text, name


def test_a_registered_enterprise_opens_a_change_and_drops_it(world: World, enter) -> None:
    Enterprise.objects.filter(pk=world.enterprise.pk).update(state="registered")
    client = enter("dg_enterprise")
    assert "变更资料" in client.get(PROFILE).content.decode()
    assert client.post("/enterprise/profile/change", {"action": "amend"}).status_code == 302
    assert "放弃变更" in client.get(PROFILE).content.decode()
    assert client.post("/enterprise/profile/change", {"action": "keep"}).status_code == 302
    world.enterprise.refresh_from_db()
    assert world.enterprise.state == "registered"
    assert client.post("/enterprise/profile/change", {"action": "approve"}).status_code == 404


def test_messages_are_read_and_lead_to_what_they_are_about(
    world: World, enter, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        voucher = world.issued()
    client = enter("dg_enterprise")
    text = client.get("/enterprise/messages/").content.decode()
    assert f"/enterprise/vouchers/{voucher.number}/" in text
    assert "未读" in text
    assert client.post("/enterprise/messages/").status_code == 302
    assert "未读" not in client.get("/enterprise/messages/").content.decode()
