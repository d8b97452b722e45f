"""The last page of a wizard says where the draft differs from its own files; nothing is refused for that."""

from __future__ import annotations

import pytest

from tests.cast import World
from tests.desks.enterprise.test_prefill import _claim, _paper, _place
from tests.evidence.likeness import making
from tests.evidence.papers import einvoice
from tests.evidence.papers.pdf import pdf
from yunquan.evidence import readings
from yunquan.vouchers import holding
from yunquan.vouchers.models import Voucher

pytestmark = pytest.mark.clause("D47-5.10")


def _contract(world: World, content: bytes) -> Voucher:
    """A draft whose contract is this file, read already."""
    voucher = world.start()
    file = world.file(world["dg_enterprise"], content)
    readings.read_file(file, "contract", now=file.uploaded_at)
    voucher.typed = world.typed(contract_file=str(file.pk))
    voucher.save(update_fields=["typed"])
    return voucher


def test_an_application_that_differs_from_its_contract_is_told_before_it_is_submitted(world, enter) -> None:
    said = making.contract(
        enterprise=world.enterprise.name, supplier=world.supplier.name, number="HT-2018-9999", fee="80123.00",
        day="2018年9月2日", service="生产品质管控",
    )  # fmt: skip
    voucher = _contract(world, making.word(said))
    client, place = enter("dg_enterprise"), f"/enterprise/apply/{voucher.number}/"
    page = client.get(f"{place}check/").content.decode()
    assert "项与文件不同（合同编号、签订日期、合同总额、上云费用合计）" in page and "没有发现问题" not in page
    assert f'href="{place}contract/#id_contract_number"' in page
    assert client.post(f"{place}check/").status_code == 302
    voucher.refresh_from_db()
    assert voucher.state == "submitted"


def test_an_invoice_in_the_contract_s_place_is_told_on_the_last_page(world, enter, at_moment) -> None:
    issued = world.issued()
    voucher = _contract(world, pdf(_paper(issued)))
    page = enter("dg_enterprise").get(f"/enterprise/apply/{voucher.number}/check/").content.decode()
    assert "这份文件是发票，不是合同" in page and "没有发现问题" not in page


def test_a_claim_that_differs_from_its_invoice_is_told_at_its_row(world, enter, at_moment) -> None:
    voucher, client = _claim(world, at_moment, enter)
    typed = world.typed_claim(voucher)
    good = typed["invoices"][0]
    file = world.file(world["dg_enterprise"], einvoice.xml(_paper(voucher)))
    readings.read_file(file, "invoice", now=file.uploaded_at)
    typed["invoices"] = [good | {"file": str(file.pk)}]
    Voucher.objects.filter(pk=voucher.pk).update(typed_claim=typed)
    page = client.get(_place(voucher, "check")).content.decode()
    assert "发票 1：" in page and "项与文件不同（发票号码" in page
    assert "没有发现问题" not in page and "符合 6/6 项" in page
    assert f'href="{_place(voucher, "invoices")}#id_invoices-0-number"' in page
    assert client.post(_place(voucher, "check")).status_code == 302


@pytest.mark.clause("D47-5.14")
def test_a_red_invoice_that_came_before_the_claim_is_told_first_and_refuses_nothing(
    world, enter, at_moment
) -> None:
    voucher, client = _claim(world, at_moment, enter)
    by, paper = world["supplier"], _paper(voucher)
    file = world.file(by, einvoice.xml(paper.red()))
    readings.read_file(file, "invoice", now=file.uploaded_at)
    typed = world.typed_claim(voucher)
    typed["invoices"] = [typed["invoices"][0] | {"code": "", "number": paper.number}]
    Voucher.objects.filter(pk=voucher.pk).update(typed_claim=typed)
    page = client.get(_place(voucher, "check")).content.decode()
    assert "没有发现问题" not in page and "主管部门核查前暂停兑付" in page
    assert page.index("读到红字发票") < page.index("1 张发票的开具方都是")
    assert client.post(_place(voucher, "check")).status_code == 302
    assert len(holding.open_alarms(voucher)) == 1
