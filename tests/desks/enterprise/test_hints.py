"""What a page says beside its fields agrees with what it takes."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.desks.enterprise.test_prefill import _claim, _place, _preset
from yunquan.desks.shared.proposals import Beside

pytestmark = pytest.mark.clause("D47-5.10")
PROGRAM = b"MZ\x90\x00" * 40


def test_a_refused_file_names_the_kinds_of_its_own_place(world, enter) -> None:
    client, voucher = enter("dg_enterprise"), world.start()
    place = f"/enterprise/apply/{voucher.number}/contract/"
    sent = {"contract_file": SimpleUploadedFile("合同.exe", PROGRAM), "save": "yes"}
    page = client.post(place, sent).content.decode()
    assert "这里可以上传 PDF、DOCX、JPG、PNG 格式的文件。" in page and "XLSX、OFD" not in page


def test_a_file_sent_ahead_is_refused_with_the_kinds_of_its_place(world, enter) -> None:
    client, voucher = enter("dg_enterprise"), world.start()
    page = client.get(f"/enterprise/apply/{voucher.number}/contract/").content.decode()
    assert 'data-upload="/files/upload?kinds=pdf,docx,jpg,png"' in page
    answer = client.post(
        "/files/upload?kinds=pdf,docx,jpg,png,%3Cb%3E", {"file": SimpleUploadedFile("合同.exe", PROGRAM)}
    )
    (said,) = answer.json()["errors"]
    assert answer.status_code == 422 and said.endswith("这里可以上传 PDF、DOCX、JPG、PNG 格式的文件。")


def test_the_hint_of_an_invoice_s_code_agrees_with_what_is_asked(world, enter, at_moment) -> None:
    voucher, client = _claim(world, at_moment, enter)
    sent = _preset(voucher) | {"invoices-0-number": "00012345", "next": "yes"}
    page = client.post(_place(voucher, "invoices"), sent).content.decode()
    assert "请填写发票代码" in page and "没有代码的可不填" not in page
    assert "号码为 20 位的数电票不用填，其他发票必填" in page


@pytest.mark.parametrize("standing", ["empty", "same", "other"])
def test_a_value_without_a_source_has_no_empty_brackets(standing: str) -> None:
    from django.template.loader import render_to_string

    one = Beside("bank", "示例银行", "示例银行", "", standing)
    page = render_to_string("shared/parts/beside.html", {"beside": one, "name": "bank", "label": "付款银行"})
    assert "（）" not in page and ("文件" in page)
