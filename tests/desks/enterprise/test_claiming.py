"""The claim wizard: what is known is filled in, sums are checked before the submission, nothing is lost."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.cast import CLAIMING, PDF, World, at
from yunquan.vouchers.models import Voucher


def _file(content: bytes = b"") -> SimpleUploadedFile:
    return SimpleUploadedFile("扫描件.pdf", PDF + content, "application/pdf")


def _place(voucher: Voucher, step: str) -> str:
    return f"/enterprise/claims/{voucher.number}/{step}/"


def _invoice(voucher: Voucher, **changes: Any) -> dict[str, Any]:
    sent = {
        "number": "00001234", "code": "044001900111", "issued_on": "2019-01-15", "gross": "150000",
        "seller_name": voucher.supplier.name, "seller_uscc": voucher.supplier.uscc,
        "buyer_uscc": voucher.enterprise.uscc, "file": _file(b"%1"),
    }  # fmt: skip
    return {f"invoices-0-{name}": value for name, value in (sent | changes).items()}


def _proof(voucher: Voucher, **changes: Any) -> dict[str, Any]:
    sent = {
        "bank": "虚构银行", "serial": "S1", "paid_on": "2019-01-20", "payer_name": voucher.enterprise.name,
        "payee_name": voucher.supplier.name, "amount": "150000", "file": _file(b"%2"),
    }  # fmt: skip
    return {f"proofs-0-{name}": value for name, value in (sent | changes).items()}


@pytest.mark.clause("D47-5.11")
def test_a_clerk_claims_from_invoice_to_queue_number(world: World, enter, at_moment) -> None:
    voucher = world.issued()
    at_moment(CLAIMING)
    client = enter("dg_enterprise")
    first = client.get(_place(voucher, "invoices")).content.decode()
    assert voucher.supplier.uscc in first
    assert voucher.enterprise.uscc in first
    for step, sent in (
        ("invoices", _invoice(voucher)),
        ("proofs", _proof(voucher)),
        (
            "report",
            {"report-number": "YS-1", "report-accepted_on": "2019-02-01", "report-file": _file(b"%3")},
        ),
    ):
        answer = client.post(_place(voucher, step), {**sent, "next": "yes"})
        assert answer.status_code == 302, (step, re.findall(r"g-error.{0,80}", answer.content.decode()))
    text = client.get(_place(voucher, "check")).content.decode()
    assert "没有发现问题" in text
    assert "符合 6/6 项" in text
    assert client.post(_place(voucher, "check")).status_code == 302
    voucher.refresh_from_db()
    assert (voucher.state, voucher.claim_seq) == ("claimed", 1)


def test_faults_stand_beside_their_row_and_sums_are_said_before_the_submission(
    world, enter, at_moment
) -> None:
    voucher = world.issued()
    at_moment(CLAIMING)
    client = enter("dg_enterprise")
    wrong = _invoice(voucher, gross="很多", issued_on="2019-02-30", number="")
    answer = client.post(_place(voucher, "invoices"), {**wrong, "next": "yes"})
    text = answer.content.decode()
    assert answer.status_code == 422
    for name in ("gross", "issued_on", "number"):
        assert f'id="id_invoices-0-{name}_error"' in text, name
    assert "很多" in text
    assert "扫描件.pdf" in text
    client.post(
        _place(voucher, "invoices"), _invoice(voucher, gross="100", seller_name="另一家", seller_uscc="")
    )
    client.post(_place(voucher, "proofs"), _proof(voucher, amount="100"))
    text = client.post(_place(voucher, "check")).content.decode()
    assert "发票 1：请填写销售方税号" in text
    voucher.refresh_from_db()
    assert voucher.state == "issued"
    assert voucher.typed_claim["proofs"][0]["amount"] == "100"


@pytest.mark.clause("M6")
def test_too_little_paid_is_red_with_the_way_to_mend_it(world: World, enter, at_moment) -> None:
    voucher = world.issued()
    typed = world.typed_claim(voucher)
    typed["proofs"][0]["amount"] = "109999.99"
    Voucher.objects.filter(pk=voucher.pk).update(typed_claim=typed)
    at_moment(CLAIMING)
    text = enter("dg_enterprise").post(_place(voucher, "check")).content.decode()
    assert "补充付款凭证，合计不低于 110,000.00 元" in text
    voucher.refresh_from_db()
    assert voucher.state == "issued"


@pytest.mark.clause("D47-5.18", "T1")
def test_a_claim_after_the_closing_keeps_the_draft_and_says_when_it_closed(world, enter, at_moment) -> None:
    voucher = world.issued()
    typed = world.typed_claim(voucher)
    Voucher.objects.filter(pk=voucher.pk).update(typed_claim=typed)
    at_moment(at("2019-03-31 17:00"))
    answer = enter("dg_enterprise").post(_place(voucher, "check"))
    assert answer.status_code == 422
    assert "兑现申请已于 2019-03-31 17:00 截止" in answer.content.decode()
    voucher.refresh_from_db()
    assert voucher.typed_claim == typed


@pytest.mark.clause("U2")
def test_an_invoice_of_another_claim_is_named(world: World, enter, at_moment) -> None:
    first = world.claim(world.issued())
    used = first.claim_invoices.get().invoice
    voucher = world.issued()
    typed = world.typed_claim(voucher)
    typed["invoices"][0] |= {"code": used.code, "number": used.number}
    Voucher.objects.filter(pk=voucher.pk).update(typed_claim=typed)
    at_moment(CLAIMING)
    text = enter("dg_enterprise").get(_place(voucher, "invoices") + "?check=1").content.decode()
    assert "已经用于另一份兑现申请" in text
    assert 'id="id_invoices-0-number_error"' in text


def test_rows_are_added_with_what_is_known(world: World, enter, at_moment) -> None:
    voucher = world.issued()
    at_moment(CLAIMING)
    sent = {**_proof(voucher), "add": "proofs"}
    text = enter("dg_enterprise").post(_place(voucher, "proofs"), sent).content.decode()
    assert 'name="proofs-1-amount"' in text
    assert text.count(f'value="{voucher.supplier.name}"') == 2


PARENT = "虚构集团（测试）有限公司"


@pytest.mark.clause("D47-5.14", "D47-4.2")
def test_a_payment_by_the_parent_is_explained_with_its_proof_and_claimed(
    world: World, enter, at_moment
) -> None:
    voucher = world.issued()
    at_moment(CLAIMING)
    client = enter("dg_enterprise")
    client.post(_place(voucher, "invoices"), {**_invoice(voucher), "next": "yes"})
    answer = client.post(_place(voucher, "proofs"), {**_proof(voucher, payer_name=PARENT), "next": "yes"})
    # Another payer doesn't keep the clerk on the page: the next one asks who it is.
    assert answer.headers["Location"] == _place(voucher, "parties")
    text = client.get(_place(voucher, "parties")).content.decode()
    assert "还没有说明" in text and f'value="{PARENT}"' in text and "付款 S1 的付款方是" in text
    row = {"part": "payer", "name": PARENT, "relation": "", "reason": "集团统一付款", "uscc": ""}
    sent = {f"parties-0-{name}": value for name, value in row.items()}
    answer = client.post(_place(voucher, "parties"), {**sent, "next": "yes"})
    text = answer.content.decode()
    assert answer.status_code == 422 and "集团统一付款" in text
    assert 'id="id_parties-0-relation_error"' in text and 'id="id_parties-0-file_error"' in text
    told = client.get(_place(voucher, "check")).content.decode()
    assert "代付说明 1：请选择这家单位与本单位的关系" in told and "去说明" in told
    good = sent | {"parties-0-relation": "parent", "parties-0-file": _file(b"%9"), "next": "yes"}
    assert client.post(_place(voucher, "parties"), good).headers["Location"] == _place(voucher, "report")
    assert "由审核人核对" in client.get(_place(voucher, "parties")).content.decode()
    report = {"report-number": "YS-1", "report-accepted_on": "2019-02-01", "report-file": _file(b"%3")}
    client.post(_place(voucher, "report"), {**report, "next": "yes"})
    text = client.get(_place(voucher, "check")).content.decode()
    assert "没有发现问题" in text and "请留意" in text
    assert client.post(_place(voucher, "check")).status_code == 302
    voucher.refresh_from_db()
    assert voucher.state == "claimed" and voucher.claim_parties.get().party.name == PARENT


def test_where_all_papers_name_the_parties_the_page_of_explanations_is_passed_over(
    world: World, enter, at_moment
) -> None:
    voucher = world.issued()
    at_moment(CLAIMING)
    client = enter("dg_enterprise")
    client.post(_place(voucher, "invoices"), {**_invoice(voucher), "next": "yes"})
    answer = client.post(_place(voucher, "proofs"), {**_proof(voucher), "next": "yes"})
    assert answer.headers["Location"] == _place(voucher, "report")
    assert "没有需要说明的" in client.get(_place(voucher, "parties")).content.decode()
    answer = client.post(_place(voucher, "parties"), {"next": "yes"})
    assert answer.headers["Location"] == _place(voucher, "report")
