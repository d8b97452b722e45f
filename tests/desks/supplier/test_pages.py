"""Each page of the supplier's desk opens, for its own people only; confirming and attesting work on one screen."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.template import engines

from tests.cast import CLAIMING, World

PLAIN = ("", "vouchers/", "ends/", "products/", "registration/", "messages/")


@pytest.fixture(autouse=True)
def loud(monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable that a template doesn't know stands out."""
    monkeypatch.setattr(engines["django"].engine, "string_if_invalid", "UNKNOWN-VARIABLE(%s)")


def _text(answer: Any, status: int = 200) -> str:
    assert answer.status_code == status, answer.status_code
    text = answer.content.decode()
    assert "UNKNOWN-VARIABLE" not in text, text[text.index("UNKNOWN-VARIABLE") :][:80]
    return text


def _once(text: str) -> str:
    return re.search(r'name="once" value="([^"]+)"', text)[1]


@pytest.mark.parametrize("path", PLAIN)
def test_a_page_opens_before_there_is_any_voucher(world: World, enter, path: str) -> None:
    _text(enter("supplier").get(f"/supplier/{path}"))


def test_what_waits_leads_to_the_screen_where_it_is_decided(world: World, enter) -> None:
    voucher = world.apply()
    text = _text(enter("supplier").get("/supplier/"))
    assert f"/supplier/confirm/{voucher.number}/" in text
    assert "虚构五金（测试）有限公司" in text


@pytest.mark.clause("A1")
def test_another_supplier_finds_nothing(world: World, enter) -> None:
    voucher = world.apply()
    for name in ("other_supplier", "dg_enterprise", "dg_reviewer"):
        client = enter(name)
        for path in ("vouchers", "confirm", "attest"):
            assert client.get(f"/supplier/{path}/{voucher.number}/").status_code == 404, (name, path)


@pytest.mark.clause("D47-5.9", "S2")
def test_a_supplier_confirms_what_it_saw_and_a_second_click_does_nothing(world: World, enter) -> None:
    voucher, client = world.apply(), enter("supplier")
    address = f"/supplier/confirm/{voucher.number}/"
    text = _text(client.get(address))
    assert "130,000.00" in text
    assert voucher.content_hash in text
    assert "标注“试点”" not in text
    sent = {"once": _once(text), "seen_hash": voucher.content_hash, "action": "confirm", "relation": "no"}
    assert client.post(address, sent).status_code == 302
    assert client.post(address, sent).status_code == 302
    voucher.refresh_from_db()
    assert (voucher.state, voucher.version, voucher.is_pilot) == ("confirmed", 2, False)


@pytest.mark.clause("S2")
def test_content_that_changed_meanwhile_is_not_confirmed(world: World, enter) -> None:
    voucher = world.apply()
    sent = {"seen_hash": "0" * 64, "action": "confirm", "relation": "no"}
    text = _text(enter("supplier").post(f"/supplier/confirm/{voucher.number}/", sent), 422)
    assert "您看到的内容已被更新" in text
    voucher.refresh_from_db()
    assert voucher.state == "submitted"


@pytest.mark.clause("D47-6.3")
def test_only_a_pilot_is_offered_the_tag_and_a_forged_one_is_refused(world: World, enter) -> None:
    voucher = world.apply()
    sent = {"seen_hash": voucher.content_hash, "action": "confirm", "relation": "no", "is_pilot": "1"}
    address = f"/supplier/confirm/{voucher.number}/"
    assert "未承担本周期试点示范" in _text(enter("supplier").post(address, sent), 422)
    type(world.supplier).objects.update(is_pilot=True, pilot_cycle="2017")
    assert "标注“试点”" not in _text(enter("supplier").get(address))
    type(world.supplier).objects.update(pilot_cycle=world.cycle.code)
    assert "标注“试点”" in _text(enter("supplier").get(address))
    assert enter("supplier").post(address, sent).status_code == 302
    voucher.refresh_from_db()
    assert voucher.is_pilot


@pytest.mark.clause("S6")
def test_a_return_needs_a_reason_and_gives_all_at_once(world: World, enter) -> None:
    voucher, client = world.apply(), enter("supplier")
    address = f"/supplier/confirm/{voucher.number}/"
    assert "请至少勾选或填写一条理由" in _text(client.post(address, {"action": "decline"}), 422)
    sent = {
        "action": "decline",
        "reasons": ["fee_differs", "seal_missing"],
        "reasons_text": "附件第 3 页缺失",
    }
    assert client.post(address, sent).status_code == 302
    voucher.refresh_from_db()
    assert voucher.state == "returned"
    assert [row["code"] for row in voucher.return_reasons] == ["fee_differs", "seal_missing", "other"]
    shown = enter("dg_enterprise").get(f"/enterprise/vouchers/{voucher.number}/").content.decode()
    assert "附件第 3 页缺失" in shown
    assert "按合同改正各项费用后重新提交" in shown


def _ends(**changes: str) -> dict[str, str]:
    rows = [("2", "client", "ip", "14.23.10.8"), ("2", "cloud", "host", "mes.example.com"),
            ("8", "client", "ip", "14.23.10.8"), ("8", "cloud", "host", "scm.example.com"),
            ("2", "cloud", "ip", "203.107.1.1"), ("8", "cloud", "ip", "203.107.1.2")]  # fmt: skip
    names = ("service", "side", "kind", "value")
    sent = {
        f"ends-{place}-{name}": value
        for place, row in enumerate(rows)
        for name, value in zip(names, row, strict=True)
    }
    return sent | changes


@pytest.mark.clause("D47-5.12")
def test_a_supplier_attests_a_claim_with_the_ends_of_each_service(world: World, enter, at_moment) -> None:
    voucher = world.claim(world.issued())
    at_moment(CLAIMING)
    client, address = enter("supplier"), f"/supplier/attest/{voucher.number}/"
    text = _text(client.get(address))
    assert "生产设备状态监控" in text
    assert 'name="ends-3-value"' in text
    sent = {"action": "attest", "seen_hash": voucher.claim_hash, **_ends()}
    assert client.post(address, sent).status_code == 302
    voucher.refresh_from_db()
    assert voucher.state == "attested"
    assert "mes.example.com" in _text(client.get("/supplier/ends/"))
    assert "mes.example.com" in b"".join(client.get("/supplier/ends/?format=csv")).decode()


def test_every_fault_of_the_ends_is_said_beside_its_field_and_nothing_is_lost(
    world, enter, at_moment
) -> None:
    voucher = world.claim(world.issued())
    at_moment(CLAIMING)
    client, address = enter("supplier"), f"/supplier/attest/{voucher.number}/"
    wrong = _ends(**{"ends-0-value": "999.1.1.1", "ends-1-port": "70000", "ends-3-kind": "mobile"})
    sent = {"action": "attest", "seen_hash": voucher.claim_hash, **wrong}
    text = _text(client.post(address, sent), 422)
    for said in (
        "999.1.1.1",
        "不是有效的 IP 地址",
        "端口应为 1 至 65535",
        "公有云应用端不能用手机号码",
        "70000",
    ):
        assert said in text, said
    again = _text(client.get(address))
    assert "999.1.1.1" in again
    more = _text(client.post(address, {**sent, "action": "", "add": "ends"}))
    assert 'name="ends-6-value"' in more
    fewer = _text(client.post(address, {**sent, "action": "", "remove": "ends-0"}))
    assert 'name="ends-5-value"' not in fewer


def test_a_weak_end_is_warned_of_once_and_then_accepted(world: World, enter, at_moment) -> None:
    voucher = world.claim(world.issued())
    at_moment(CLAIMING)
    client, address = enter("supplier"), f"/supplier/attest/{voucher.number}/"
    sent = {"action": "attest", "seen_hash": voucher.claim_hash, **_ends(**{"ends-0-value": "192.168.1.5"})}
    text = _text(client.post(address, sent), 422)
    assert "内网地址" in text
    warned = re.search(r'name="warned" value="([^"]+)"', text)[1]
    assert client.post(address, {**sent, "warned": warned}).status_code == 302
    voucher.refresh_from_db()
    assert voucher.state == "attested"


def test_a_claim_is_returned_with_reasons(world: World, enter, at_moment) -> None:
    voucher = world.claim(world.issued())
    at_moment(CLAIMING)
    client, address = enter("supplier"), f"/supplier/attest/{voucher.number}/"
    assert "请至少勾选" in _text(client.post(address, {"action": "decline"}), 422)
    assert client.post(address, {"action": "decline", "reasons": "proof_unreadable"}).status_code == 302
    voucher.refresh_from_db()
    assert voucher.state == "claim_returned"


@pytest.mark.clause("D47-5.23")
def test_a_supplier_says_whether_it_is_related_and_says_it_anew_with_the_claim(
    world: World, enter, at_moment
) -> None:
    voucher, client = world.apply(), enter("supplier")
    address = f"/supplier/confirm/{voucher.number}/"
    sent = {"seen_hash": voucher.content_hash, "action": "confirm"}
    assert "请选择贵单位与该企业是否存在关联关系" in _text(client.post(address, sent), 422)
    related = sent | {"relation": "yes", "related_party_note": "", "fair_price_vowed": ""}
    text = _text(client.post(address, related), 422)
    assert 'id="id_related_party_note_error"' in text and 'id="id_fair_price_vowed_error"' in text
    related |= {"related_party_note": "同一控制人", "fair_price_vowed": "1"}
    assert client.post(address, related).status_code == 302
    voucher.refresh_from_db()
    assert voucher.state == "confirmed"
    kept = voucher.related_declarations.get()
    assert (kept.side, kept.is_related, kept.note, kept.fair_price_vowed) == (
        "supplier",
        True,
        "同一控制人",
        True,
    )
    claimed = world.claim(world.issue(voucher))
    at_moment(CLAIMING)
    address = f"/supplier/attest/{voucher.number}/"
    assert "同一控制人" in _text(client.get(address))
    sent = {"action": "attest", "seen_hash": claimed.claim_hash, **_ends(), "relation": "no"}
    assert client.post(address, sent).status_code == 302
    assert list(voucher.related_declarations.order_by("pk").values_list("is_related", flat=True)) == [
        True,
        False,
    ]
