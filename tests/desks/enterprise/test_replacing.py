"""A file that another replaces takes its proposals along; what the person typed stays."""

from __future__ import annotations

import pytest

from tests.desks.enterprise.test_prefill import _claim, _paper, _place, _preset, _sent, _value
from tests.evidence.likeness import making
from tests.evidence.papers import einvoice
from tests.evidence.papers.invoice import Line

pytestmark = pytest.mark.clause("D47-5.10")


def _row(page: str, place: int = 0) -> dict[str, str]:
    """A row as the page has it, to be posted again."""
    names = ("number", "code", "issued_on", "seller_name", "seller_uscc", "buyer_uscc", "gross", "file_id")
    return {f"invoices-{place}-{name}": _value(page, f"invoices-{place}-{name}") for name in names}


@pytest.mark.parametrize("press", ["fill", "save", "next"])
def test_the_old_invoice_s_values_go_with_it_and_the_typed_ones_stay(world, enter, at_moment, press) -> None:
    voucher, client = _claim(world, at_moment, enter)
    other = _paper(voucher, 26, lines=(Line("*信息技术服务*云平台服务费", 50_000_00, 3_000_00),))
    place = _place(voucher, "invoices")
    first = _preset(voucher) | {"invoices-0-file": _sent(einvoice.xml(_paper(voucher))), "fill": ""}
    page = client.post(place, first).content.decode()
    assert _value(page, "invoices-0-gross") == "106000.00"
    again = _row(page) | {
        "invoices-0-issued_on": "2019-01-14", "invoices-0-file": _sent(einvoice.xml(other)), press: "invoices-0",
    }  # fmt: skip
    client.post(place, again)
    voucher.refresh_from_db()
    (row,) = voucher.typed_claim["invoices"]
    assert (row["number"], row["gross"]) == (other.number, "53000.00")
    assert row["issued_on"] == "2019-01-14"
    assert (row["seller_name"], row["buyer_uscc"]) == (voucher.supplier.name, voucher.enterprise.uscc)


def test_where_nothing_is_read_in_the_new_file_the_fields_are_empty(world, enter, at_moment) -> None:
    voucher, client = _claim(world, at_moment, enter)
    place = _place(voucher, "invoices")
    first = _preset(voucher) | {"invoices-0-file": _sent(einvoice.xml(_paper(voucher))), "fill": ""}
    page = client.post(place, first).content.decode()
    blank = making.saved(making.page("发票"))
    page = client.post(
        place, _row(page) | {"invoices-0-file": _sent(blank, "发票.jpg"), "save": "yes"}, follow=True
    ).content.decode()
    assert "文件已更换" in page
    voucher.refresh_from_db()
    (row,) = voucher.typed_claim["invoices"]
    assert [row[name] for name in ("number", "issued_on", "gross")] == ["", "", ""]
    assert row["seller_name"] == voucher.supplier.name


def test_the_same_file_sent_again_changes_nothing(world, enter, at_moment) -> None:
    voucher, client = _claim(world, at_moment, enter)
    place, content = _place(voucher, "invoices"), einvoice.xml(_paper(voucher))
    page = client.post(
        place, _preset(voucher) | {"invoices-0-file": _sent(content), "fill": ""}
    ).content.decode()
    voucher.refresh_from_db()
    (row,) = voucher.typed_claim["invoices"]
    answer = client.post(place, _row(page) | {"invoices-0-file": _sent(content), "save": "yes"}, follow=True)
    voucher.refresh_from_db()
    assert voucher.typed_claim["invoices"][0] | {"file": ""} == row | {"file": ""}
    assert "文件已更换" not in answer.content.decode()


def test_another_contract_brings_its_own_sum_and_services(world, enter, at_moment) -> None:
    client, voucher = enter("dg_enterprise"), world.start()
    place = f"/enterprise/apply/{voucher.number}/contract/"

    def sent(number: str, fee: str, service: str):
        said = making.contract(
            enterprise=world.enterprise.name, supplier=world.supplier.name, number=number, fee=fee,
            day="2018年9月1日", service=service,
        )  # fmt: skip
        return _sent(making.word(said), "合同.docx")

    names = ("contract_number", "signed_on", "total", "cloud_fee", "contract_file_id")
    page = client.post(
        place, {"contract_file": sent("HT-1", "80000.00", "生产品质管控"), "fill": ""}
    ).content.decode()
    typed = {name: _value(page, name) for name in names}
    assert typed["total"] == "80000.00"
    voucher.refresh_from_db()
    lines = voucher.typed["lines"]
    client.post(place, typed | {"contract_file": sent("HT-2", "60000.00", "生产品质管控"), "save": "yes"})
    voucher.refresh_from_db()
    assert (voucher.typed["contract_number"], voucher.typed["total"]) == ("HT-2", "60000.00")
    assert voucher.typed["supplier"] == str(world.supplier.pk)
    assert len(lines) == 1 and [row["fee"] for row in voucher.typed["lines"]] == ["60000.00"]
