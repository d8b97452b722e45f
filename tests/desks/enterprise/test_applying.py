"""The application wizard: drafts are kept as typed, every problem is said at once, nothing is ever lost."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.cast import APPLYING, PDF, World, at
from yunquan.vouchers.models import Voucher


def _once(client: Client, address: str) -> str:
    return re.search(r'name="once" value="([^"]+)"', client.get(address).content.decode())[1]


def _place(voucher: Voucher, step: str) -> str:
    return f"/enterprise/apply/{voucher.number}/{step}/"


def _contract(**changes: Any) -> dict[str, Any]:
    sent = {
        "contract_number": "HT-1", "signed_on": "2018-11-09", "total": "150,000", "cloud_fee": "130000.00",
        "contract_file": SimpleUploadedFile("合同.pdf", PDF, "application/pdf"),
    }  # fmt: skip
    return sent | changes


def _lines(world: World) -> dict[str, str]:
    return {
        "supplier": str(world.supplier.pk),
        "lines-0-service": "2", "lines-0-fee": "80000", "lines-0-devices": "60",
        "lines-0-device_value": "3000000", "lines-1-service": "8", "lines-1-fee": "50000",
    }  # fmt: skip


PLACE = {"implementation_city": "441900", "place": "东莞市测试路 1 号"}


@pytest.mark.clause("D47-5.7b", "D47-A1.3")
def test_a_clerk_walks_from_contract_to_submission_without_javascript(world: World, enter) -> None:
    client = enter("dg_enterprise")
    answer = client.post("/enterprise/apply/start")
    assert answer.status_code == 302
    voucher = Voucher.objects.get()
    assert answer.headers["Location"] == _place(voucher, "contract")
    answer = client.post(_place(voucher, "contract"), _contract(next="yes"))
    assert answer.headers["Location"] == _place(voucher, "services"), answer.content.decode()[:3000]
    answer = client.post(_place(voucher, "services"), {**_lines(world), "next": "yes"})
    assert answer.headers["Location"] == _place(voucher, "place")
    answer = client.post(_place(voucher, "place"), {**PLACE, "next": "yes"})
    assert answer.headers["Location"] == _place(voucher, "check")
    text = client.get(_place(voucher, "check")).content.decode()
    assert "没有发现问题" in text
    assert "110,000.00" in text
    sent = {"once": _once(client, _place(voucher, "check"))}
    assert client.post(_place(voucher, "check"), sent).status_code == 302
    again = client.post(_place(voucher, "check"), sent, follow=True)
    assert again.status_code == 200
    voucher.refresh_from_db()
    assert (voucher.state, voucher.version, voucher.face_fen) == ("submitted", 1, 110_000_00)


def test_what_was_typed_stays_as_it_was_typed_and_each_fault_stands_beside_its_field(world, enter) -> None:
    client, voucher = enter("dg_enterprise"), world.start()
    sent = _contract(total="十五万", signed_on="去年冬天", contract_number="", cloud_fee="1.234", next="yes")
    answer = client.post(_place(voucher, "contract"), sent)
    text = answer.content.decode()
    assert answer.status_code == 422
    for said in ("十五万", "去年冬天", "1.234", "请填写合同编号", "不是有效日期", "合同.pdf"):
        assert said in text, said
    for name in ("contract_number", "signed_on", "total", "cloud_fee"):
        assert f'id="id_{name}_error"' in text, name
    assert 'id="id_contract_file_error"' not in text
    voucher.refresh_from_db()
    assert voucher.typed["total"] == "十五万"
    assert "十五万" in client.get(_place(voucher, "contract")).content.decode()


def test_lines_are_added_and_removed_by_buttons_and_each_has_its_own_faults(world, enter) -> None:
    client, voucher = enter("dg_enterprise"), world.start()
    place = _place(voucher, "services")
    text = client.post(place, {**_lines(world), "add": "lines"}).content.decode()
    assert 'name="lines-2-service"' in text
    text = client.post(place, {**_lines(world), "remove": "lines-0"}).content.decode()
    assert 'name="lines-1-service"' not in text
    assert 'value="50000"' in text
    wrong = _lines(world) | {"lines-0-devices": "六十", "lines-1-fee": "-5", "next": "yes"}
    answer = client.post(place, wrong)
    text = answer.content.decode()
    assert answer.status_code == 422
    assert 'id="id_lines-0-devices_error"' in text
    assert 'id="id_lines-1-fee_error"' in text
    assert 'id="id_lines-0-fee_error"' not in text
    assert "六十" in text


def test_the_award_is_shown_with_its_reasons_while_it_is_typed(world: World, enter) -> None:
    client, voucher = enter("dg_enterprise"), world.start()
    text = client.post(f"/enterprise/apply/{voucher.number}/preview", _lines(world)).content.decode()
    assert "110,000.00" in text
    assert "上限 30,000.00" in text
    voucher.refresh_from_db()
    assert "lines" not in voucher.typed


def test_suppliers_are_found_and_the_chosen_one_stays(world: World, enter) -> None:
    client, voucher = enter("dg_enterprise"), world.start()
    sent = {**_lines(world), "q": "other_supplier", "find": "yes"}
    text = client.post(_place(voucher, "services"), sent).content.decode()
    assert "虚构软件（测试）有限公司" in text
    assert re.search(rf'value="{world.supplier.pk}"[^>]*checked', text)


@pytest.mark.clause("D47-5.18", "T1")
def test_a_submission_after_the_closing_keeps_the_draft_and_says_when_it_closed(
    world: World, enter, at_moment
) -> None:
    voucher = world.start()
    typed = world.typed()
    Voucher.objects.filter(pk=voucher.pk).update(typed=typed)
    client = enter("dg_enterprise")
    at_moment(at("2018-12-31 16:59:59"))
    assert "没有发现问题" in client.get(_place(voucher, "check")).content.decode()
    at_moment(at("2018-12-31 17:00"))
    answer = client.post(_place(voucher, "check"))
    assert answer.status_code == 422
    assert "申领已于 2018-12-31 17:00 截止" in answer.content.decode()
    voucher.refresh_from_db()
    assert (voucher.state, voucher.typed) == ("draft", typed)


def test_all_problems_of_all_steps_stand_together_and_lead_to_their_fields(world: World, enter) -> None:
    voucher = world.start()
    text = enter("dg_enterprise").post(_place(voucher, "check")).content.decode()
    for anchor in (
        "contract/?check=1#id_contract_number", "contract/?check=1#id_contract_file",
        "services/?check=1#id_supplier", "services/?check=1#id_lines",
    ):  # fmt: skip
        assert anchor in text, anchor


def test_a_file_of_another_kind_is_refused_beside_its_field_and_the_rest_stays(world, enter) -> None:
    client, voucher = enter("dg_enterprise"), world.start()
    sent = _contract(contract_file=SimpleUploadedFile("合同.exe", b"MZ\x00\x01", "application/pdf"))
    answer = client.post(_place(voucher, "contract"), sent)
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "不是可以接收的文件类型" in text
    assert 'id="id_contract_file_error"' in text
    voucher.refresh_from_db()
    assert voucher.typed["contract_number"] == "HT-1"


@pytest.mark.clause("A1")
def test_another_organisations_file_number_is_not_there(world: World, enter) -> None:
    foreign = world.file(world["fs_enterprise"])
    client, voucher = enter("dg_enterprise"), world.start()
    sent = _contract(contract_file_id=str(foreign.pk), next="yes")
    del sent["contract_file"]
    answer = client.post(_place(voucher, "contract"), sent)
    assert answer.status_code == 422
    assert "没有找到上传的文件" in answer.content.decode()
    assert "合同.pdf" not in answer.content.decode()


def test_withdraw_then_cancel_are_asked_once_more_and_a_late_one_is_told_so(world: World, enter) -> None:
    client, voucher = enter("dg_enterprise"), world.apply()
    address = f"/enterprise/vouchers/{voucher.number}/"
    assert "撤回申领" in client.get(f"{address}withdraw").content.decode()
    assert client.post(f"{address}withdraw").status_code == 302
    assert client.post(f"{address}cancel").status_code == 302
    voucher.refresh_from_db()
    assert voucher.state == "cancelled"
    late = client.post(f"{address}withdraw")
    assert late.status_code == 422
    assert "不能撤回申领" in late.content.decode()


def test_a_returned_application_shows_what_to_mend(world: World, enter) -> None:
    from yunquan.vouchers import actions

    voucher = world.apply()
    reasons = [{"code": "fee_differs", "label": "费用不一致", "mend": "按合同改正", "article": "D47-5.10"}]
    actions.decline(voucher=voucher, reasons=reasons, by=world["supplier"], now=APPLYING + timedelta(hours=1))
    text = enter("dg_enterprise").get(_place(voucher, "contract")).content.decode()
    assert "费用不一致" in text
    assert "按合同改正" in text
    assert voucher.typed["contract_number"] in text


def test_a_wizard_of_a_voucher_under_review_leads_back_to_the_voucher(world: World, enter) -> None:
    voucher = world.apply()
    answer = enter("dg_enterprise").post(_place(voucher, "contract"), _contract())
    assert answer.headers["Location"] == f"/enterprise/vouchers/{voucher.number}/"


def test_hostile_numbers_of_rows_and_unknown_steps_do_no_harm(world: World, enter) -> None:
    client, voucher = enter("dg_enterprise"), world.start()
    sent = {f"lines-{n}-fee": "1" for n in range(400)} | {"remove": "lines-99999999999", "lines-x-fee": "1"}
    assert client.post(_place(voucher, "services"), sent).status_code == 200
    voucher.refresh_from_db()
    assert len(voucher.typed["lines"]) <= 60
    assert client.get(_place(voucher, "elsewhere")).status_code == 404
