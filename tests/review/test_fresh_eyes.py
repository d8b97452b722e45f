"""What a newcomer stumbled over, once each."""

from __future__ import annotations

import os
import re
import socket
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from click.testing import CliRunner
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.cast import APPLYING, PDF, World
from yunquan.config import cli
from yunquan.kernel.workflow import Actor
from yunquan.parties import actions as parties
from yunquan.policy.roles import Role
from yunquan.policy.rulebook import pack_folder
from yunquan.vouchers.models import Voucher


@pytest.fixture
def enter(world: World, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Log someone of the cast in at the time of applying."""
    from yunquan.journal import clock

    monkeypatch.setattr(clock, "read", lambda: APPLYING)

    def log_in(name: str) -> Client:
        client = Client()
        client.force_login(world.person(world[name]))
        return client

    return log_in


def test_the_deadline_in_a_list_of_the_city_is_a_badge_and_not_its_source(world: World, enter: Any) -> None:
    world.confirm(world.apply())
    for address in ("/city/applications/", "/city/vouchers/"):
        text = enter("dg_reviewer").get(address).content.decode()
        assert "个工作日</span>" in text
        assert "&lt;span" not in text


def test_a_fault_names_its_field_once(world: World, enter: Any) -> None:
    client, voucher = enter("dg_enterprise"), world.start()
    answer = client.post(
        f"/enterprise/apply/{voucher.number}/contract/",
        {
            "contract_number": "HT-1", "signed_on": "2018-11-09", "total": "十万", "cloud_fee": "-5",
            "contract_file": SimpleUploadedFile("合同.pdf", PDF, "application/pdf"), "next": "yes",
        },
    )  # fmt: skip
    text = answer.content.decode()
    assert "金额“十万”" in text
    assert "合同总额：合同总额" not in text
    assert "上云费用合计：上云费用合计" not in text


def test_a_contract_of_a_wrong_kind_is_not_also_called_missing(world: World, enter: Any) -> None:
    client, voucher = enter("dg_enterprise"), world.start()
    sent = {"contract_file": SimpleUploadedFile("bad.exe", b"MZ123"), "next": "yes"}
    text = client.post(f"/enterprise/apply/{voucher.number}/contract/", sent).content.decode()
    assert "bad.exe" in text
    assert "请上传合同。" not in text


def test_no_supplier_chosen_is_said_once(world: World, enter: Any) -> None:
    client, voucher = enter("dg_enterprise"), world.start()
    text = client.post(f"/enterprise/apply/{voucher.number}/services/", {"next": "yes"}).content.decode()
    assert "请选择供应商。" in text
    assert "不是平台注册供应商" not in text


def test_a_filter_not_used_says_all_and_still_filters(world: World, enter: Any) -> None:
    client = enter("province_officer")
    text = client.get("/province/suppliers/").content.decode()
    assert "未知" not in text
    assert world.supplier.name in client.get("/province/suppliers/?is_in_province=yes").content.decode()
    assert world.supplier.name not in client.get("/province/suppliers/?is_in_province=no").content.decode()


@pytest.mark.parametrize("command", [["doctor"], ["log", "verify"], ["tick"]])
def test_a_command_on_a_wrong_folder_names_the_mistake_and_makes_nothing(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("YUNQUAN_DATABASE_URL", raising=False)
    monkeypatch.setattr(os, "environ", dict(os.environ))
    answer = CliRunner().invoke(cli.main, [*command, "--dir", str(tmp_path / "nothing")])
    assert answer.exit_code == 1
    assert "没有云券的数据库" in answer.output
    assert "yunquan migrate" in answer.output
    assert not (tmp_path / "nothing").exists()


@pytest.mark.parametrize("command", ["serve", "demo"])
def test_a_port_in_use_is_said_before_anything_is_built(command: str, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        answer = CliRunner().invoke(cli.main, [command, "--dir", str(tmp_path / "d"), "--port", str(port)])
    assert answer.exit_code == 1
    assert "--port" in answer.output
    assert not (tmp_path / "d").exists()


@pytest.mark.parametrize(("command", "column"), [("award", "cloud_fee"), ("queue", "claimed_at")])
def test_the_help_of_a_command_names_the_columns_of_its_file(command: str, column: str) -> None:
    assert column in CliRunner().invoke(cli.main, [command, "-h"]).output


@pytest.mark.parametrize("pack", ["gd-2018", "gd-2018-draft"])
def test_citizens_read_no_programmer_words_in_the_rules(pack: str) -> None:
    for file in pack_folder(pack).glob("*.yaml"):
        for said in re.findall(r"meaning: (.*)", file.read_text(encoding="utf-8")):
            assert not re.search(r"\byears\b|[a-z]+_[a-z]+", said), f"{file.name}: {said}"


def test_a_double_click_opens_one_draft(world: World, enter: Any) -> None:
    client = enter("dg_enterprise")
    page = client.get("/enterprise/apply/").content.decode()
    sent = {"once": re.search(r'name="once" value="([^"]+)"', page)[1]}
    first = client.post("/enterprise/apply/start", sent)
    second = client.post("/enterprise/apply/start", sent)
    assert first.headers["Location"] == second.headers["Location"]
    assert Voucher.objects.count() == 1


def test_the_address_of_a_click_under_way_leads_back_to_the_page(world: World, enter: Any) -> None:
    answer = enter("dg_enterprise").get("/enterprise/apply/start")
    assert answer.headers["Location"] == "/enterprise/apply/"


def test_an_amount_alone_changes_the_amount_and_keeps_the_rest(world: World, enter: Any) -> None:
    client = enter("province_officer")
    sent = {
        "value": "60 万元",
        "from_on": "2019-06-01",
        "article": "D47-4.4.4",
        "meaning": "提高到 60 万元。",
    }
    answer = client.post("/province/rules/gd-2018/award.cap.3/change/", sent, follow=True)
    text = answer.content.decode()
    assert "按现在的内容不能发布" not in text
    assert "金额：60 万元" in text
    assert "计算单位：每项服务" in text


@pytest.mark.clause("A3")
def test_a_password_that_an_administrator_set_is_changed_at_the_first_login(world: World) -> None:
    admin = Actor(person="person:0", role=Role.SYSTEM_ADMIN, org="platform")
    person = world.person(world["dg_enterprise"])
    parties.set_password(person=person, password="first-Word-2018", by=admin, now=APPLYING)
    client = Client()
    sent = {"login": person.username, "password": "first-Word-2018"}
    assert client.post("/accounts/login/", sent).status_code == 302
    for address in ("/enterprise/", "/enterprise/apply/", "/desk/tokens/"):
        led = f"/accounts/password/change/?next={quote(address, safe='')}"
        assert client.get(address).headers["Location"] == led
    assert "首次登录" in client.get("/accounts/password/change/").content.decode()
    sent = {"oldpassword": "first-Word-2018", "password1": "mine-Alone-2018", "password2": "mine-Alone-2018"}
    assert client.post("/accounts/password/change/", sent).headers["Location"] == "/desk/"
    assert client.get("/enterprise/apply/").status_code == 200


def test_the_logins_of_the_demonstration_keep_their_password(world: World, settings: Any) -> None:
    settings.YUNQUAN_DEMO = True
    admin = Actor(person="person:0", role=Role.SYSTEM_ADMIN, org="platform")
    person = world.person(world["dg_enterprise"])
    parties.set_password(person=person, password="first-Word-2018", by=admin, now=APPLYING)
    person.refresh_from_db()
    client = Client()
    client.force_login(person)
    assert client.get("/enterprise/").status_code == 200


def test_a_password_of_ones_own_is_not_a_first_one(world: World) -> None:
    person = world.person(world["dg_enterprise"])
    parties.set_password(person=person, password="mine-Alone-2018", by=world["dg_enterprise"], now=APPLYING)
    person.refresh_from_db()
    assert not person.password_is_first
