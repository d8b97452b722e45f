"""行为数据 on the supplier's desk: what arrived, what is missing, uploads, pull settings, ends and their history."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.template import engines

from tests.cast import CLAIMING, World, at
from yunquan.usage import deliveries, pulling
from yunquan.usage.models import Delivery, End, PullSource
from yunquan.vouchers import actions as vouchers

NOW = at("2019-03-15 10:00")
HEAD = "time,user,ip,action,host\n"
PAGE = "/supplier/behaviour/"


@pytest.fixture(autouse=True)
def loud(monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable that a template doesn't know stands out."""
    monkeypatch.setattr(engines["django"].engine, "string_if_invalid", "UNKNOWN-VARIABLE(%s)")


def _text(answer: Any, status: int = 200) -> str:
    assert answer.status_code == status, answer.status_code
    text = str(answer.content.decode())
    assert "UNKNOWN-VARIABLE" not in text, text[text.index("UNKNOWN-VARIABLE") :][:80]
    return text


def log(day: str = "2019-03-14", host: str = "mes.example.com", more: str = "") -> SimpleUploadedFile:
    line = f"{day}T09:00:00+08:00,U1,14.23.10.8,login,{host}\n"
    return SimpleUploadedFile("access.log.1", (HEAD + line + more).encode())


@pytest.mark.clause("D47-5.12")
def test_what_is_missing_is_said_by_voucher_and_service(world: World, enter: Any, at_moment: Any) -> None:
    at_moment(NOW)
    client = enter("supplier")
    assert "还没有需要数据的服务券" in _text(client.get(PAGE))
    voucher = world.attest(world.claim(world.issued()))
    text = _text(client.get(PAGE))
    assert (voucher.number in text, text.count("全部缺")) == (True, 2)
    answer = client.post(PAGE, {"file": log(), "cloud": "", "layout": ""})
    row = Delivery.objects.get()
    assert answer.headers["Location"] == f"{PAGE}{row.pk}/"
    assert (row.state, row.records, row.name) == ("loaded", 1, "access.log.1")
    assert "1 / 2" in _text(client.get(PAGE)).replace("\n", "")
    shown = _text(client.get(f"{PAGE}{row.pk}/"))
    assert row.sha256 in shown
    assert "已装入" in shown
    assert "access.log.1" in _text(client.get(f"{PAGE}all/"))
    assert "access.log.1" in b"".join(client.get(f"{PAGE}all/?format=csv")).decode()


def test_bad_lines_are_shown_and_downloaded(world: World, enter: Any, at_moment: Any) -> None:
    at_moment(NOW)
    client = enter("supplier")
    client.post(PAGE, {"file": log(more="2019-03-14 09:00,U2,14.23.10.8,login,mes.example.com\n")})
    row = Delivery.objects.get()
    text = _text(client.get(f"{PAGE}{row.pk}/"))
    assert "坏行" in text
    assert "bad.csv" in text
    table = b"".join(client.get(f"{PAGE}{row.pk}/bad.csv").streaming_content).decode("utf-8-sig")
    assert table.splitlines()[0].startswith("file,line,column,reason,expected")
    assert len(table.splitlines()) == 2
    fine = client.post(PAGE, {"file": log("2019-03-13")}).headers["Location"]
    assert client.get(f"{fine}bad.csv").status_code == 404


def test_what_can_not_be_read_says_why(world: World, enter: Any, at_moment: Any) -> None:
    at_moment(NOW)
    client = enter("supplier")
    answer = client.post(PAGE, {"file": SimpleUploadedFile("x.csv", b"a,b\n1,2\n")}, follow=True)
    text = _text(answer)
    assert "为什么没有装入" in text
    assert "认不出文件的格式" in text


def test_every_fault_is_said_beside_its_field_and_the_file_need_not_be_sent_again(
    world: World, enter: Any, at_moment: Any
) -> None:
    at_moment(NOW)
    client = enter("supplier")
    text = _text(client.post(PAGE, {"cloud": "http://mes", "layout": "excel"}), 422)
    for name in ("file", "layout"):
        assert f'id="id_{name}_error"' in text, name
    assert "http://mes" in text
    text = _text(client.post(PAGE, {"file": log(), "cloud": "http://mes", "layout": ""}), 422)
    assert 'id="id_cloud_error"' in text
    assert "已收到“access.log.1”" in text
    assert client.post(PAGE, {"cloud": "mes.example.com", "layout": ""}).status_code == 302
    assert Delivery.objects.get().state == "loaded"


def test_the_same_file_twice_is_one_and_a_second_click_does_nothing(
    world: World, enter: Any, at_moment: Any
) -> None:
    at_moment(NOW)
    client = enter("supplier")
    once = re.search(r'name="once" value="([^"]+)"', _text(client.get(PAGE)))
    assert once
    for _ in range(2):
        assert client.post(PAGE, {"file": log(), "once": once[1]}).status_code == 302
    assert "以前送达过" in _text(client.post(PAGE, {"file": log()}, follow=True))
    assert Delivery.objects.count() == 1


@pytest.mark.clause("A1")
def test_another_suppliers_delivery_is_not_there(world: World, enter: Any, at_moment: Any) -> None:
    at_moment(NOW)
    enter("supplier").post(PAGE, {"file": log()})
    row = Delivery.objects.get()
    stranger = enter("other_supplier")
    for path in (f"{row.pk}/", f"{row.pk}/bad.csv"):
        assert stranger.get(PAGE + path).status_code == 404
    assert "access.log.1" not in _text(stranger.get(f"{PAGE}all/"))
    assert "内容相同的文件" in _text(stranger.post(PAGE, {"file": log()}), 422)


def test_larger_files_wait_and_the_page_says_so(
    world: World, enter: Any, at_moment: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_moment(NOW)
    monkeypatch.setattr(deliveries, "SMALL_BYTES", 10)
    client = enter("supplier")
    text = _text(client.post(PAGE, {"file": log()}, follow=True))
    assert "稍后自动装入" in text
    assert Delivery.objects.get().state == "received"


@pytest.mark.clause("D47-5.12")
def test_pull_settings_are_kept_with_every_fault_beside_its_field(
    world: World, enter: Any, at_moment: Any, settings: Any
) -> None:
    at_moment(NOW)
    settings.USAGE_PULL_PRIVATE = False
    client, place = enter("supplier"), f"{PAGE}pull/"
    assert pulling.fingerprint() in _text(client.get(place))
    wrong = {
        "url": "http://10.0.0.1/",
        "user_id": "",
        "cloud": "a b",
        "every_hours": "999",
        "from_on": "明天",
    }
    text = _text(client.post(place, wrong), 422)
    for name in ("url", "user_id", "cloud", "every_hours", "from_on"):
        assert f'id="id_{name}_error"' in text, name
    for typed in ("http://10.0.0.1/", "a b", "999", "明天"):
        assert typed in text
    right = {
        "url": "https://pull.example.com/usage", "user_id": "YQ-001", "cloud": "", "every_hours": "24",
        "from_on": "2019-03-01", "is_active": "1",
    }  # fmt: skip
    assert client.post(place, right).status_code == 302
    row = PullSource.objects.get()
    assert (row.fetched_to_at, row.is_active) == (at("2019-03-01 00:00"), True)
    pulling.fail(row, row.fetched_to_at, NOW, "连接失败（测试）", NOW)
    text = _text(client.get(place))
    assert "连续失败 1 次" in text
    assert "连接失败（测试）" in text
    assert "连续失败 1 次" in _text(client.get(PAGE))
    assert client.post(place, {**right, "is_active": "", "every_hours": "12"}).status_code == 302
    row.refresh_from_db()
    assert (row.is_active, row.failures, row.fetched_to_at) == (False, 0, at("2019-03-01 00:00"))


def _rows(*rows: tuple[str, str, str, str]) -> dict[str, str]:
    names = ("service", "side", "kind", "value")
    return {
        f"ends-{place}-{name}": value
        for place, row in enumerate(rows)
        for name, value in zip(names, row, strict=True)
    }


ENDS = (
    ("2", "client", "ip", "14.23.10.8"), ("2", "cloud", "ip", "203.107.1.1"),
    ("8", "client", "broadband", "dg0769"), ("8", "cloud", "ip", "203.107.1.2"),
)  # fmt: skip


@pytest.mark.clause("D47-5.12")
def test_ends_are_corrected_until_the_verdict_and_everybody_concerned_sees_who_and_why(
    world: World, enter: Any, at_moment: Any
) -> None:
    voucher = world.attest(world.claim(world.issued()))
    at_moment(CLAIMING + timedelta(days=2))
    client, place = enter("supplier"), f"/supplier/vouchers/{voucher.number}/ends/"
    assert f"{place}amend" in _text(client.get(place))
    text = _text(client.get(f"{place}amend"))
    assert "120.79.10.8" in text
    wrong = {
        "action": "amend",
        "reason": "",
        **_rows(*ENDS),
        "ends-0-value": "1.2.3",
        "ends-2-kind": "machine",
    }
    text = _text(client.post(f"{place}amend", wrong), 422)
    for name in ("reason", "ends-0-value", "ends-2-kind"):
        assert f'id="id_{name}_error"' in text, name
    assert "1.2.3" in _text(client.get(f"{place}amend"))
    sent = {"action": "amend", "reason": "企业更换了专线", **_rows(*ENDS)}
    assert client.post(f"{place}amend", sent).status_code == 302
    assert set(End.objects.filter(withdrawn_at=None).values_list("value", flat=True)) == {
        "14.23.10.8", "203.107.1.1", "dg0769", "203.107.1.2",
    }  # fmt: skip
    name = world.person(world["supplier"]).name
    for who, desk in (
        ("supplier", "supplier"), ("dg_reviewer", "city"), ("province_officer", "province"), ("auditor", "auditor"),
    ):  # fmt: skip
        text = _text(enter(who).get(f"/{desk}/vouchers/{voucher.number}/ends/"))
        for said in ("企业更换了专线", name, "120.79.10.8", "14.23.10.8", "撤下", "新增"):
            assert said in text, (who, said)
    for who, desk in (("fs_reviewer", "city"), ("other_supplier", "supplier")):
        assert enter(who).get(f"/{desk}/vouchers/{voucher.number}/ends/").status_code == 404
    assert "没有变化" in _text(client.post(f"{place}amend", sent), 422)


@pytest.mark.clause("D47-5.12")
def test_after_the_verdict_ends_stand(world: World, enter: Any, at_moment: Any) -> None:
    from tests.vouchers.refusing import codes

    voucher = world.attest(world.claim(world.issued()))
    asked = {"voucher": voucher, "ends": world.ends(voucher)[:2], "reason": "x", "now": NOW}
    assert codes(vouchers.amend_ends, **asked, by=world["other_supplier"]) >= {"not_your_role"}
    voucher = world.verdict(voucher)
    at_moment(NOW)
    assert codes(vouchers.amend_ends, **asked, by=world["supplier"]) >= {"not_from_this_state"}
    client, place = enter("supplier"), f"/supplier/vouchers/{voucher.number}/ends/"
    assert f"{place}amend" not in _text(client.get(place))
    assert client.get(f"{place}amend").status_code == 302
    assert client.post(f"{place}amend", {"action": "amend"}).status_code == 302


def test_the_number_of_queries_does_not_grow_with_cases(
    world: World, enter: Any, at_moment: Any, django_assert_max_num_queries: Any
) -> None:
    for _ in range(3):
        world.attest(
            world.claim(
                world.issued(total="50000", cloud_fee="40000", lines=[{"service": "8", "fee": "40000"}])
            )
        )
    at_moment(NOW)
    client = enter("supplier")
    with django_assert_max_num_queries(30):
        client.get(PAGE)
