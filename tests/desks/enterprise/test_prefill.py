"""Uploaded files are read at once and fill what is empty; nothing typed is overwritten; all without JavaScript."""

from __future__ import annotations

import html
import re
from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.cast import APPLYING, CLAIMING, World
from tests.evidence.likeness import making
from tests.evidence.papers import einvoice, lists
from tests.evidence.papers.invoice import Line, Paper, digital, qr_text
from tests.evidence.papers.pdf import pdf
from yunquan.desks.enterprise.asking import application_blanks, claim_blanks
from yunquan.desks.shared import filling
from yunquan.evidence import readings
from yunquan.evidence.models import Fingerprint, Reading, StoredFile
from yunquan.evidence.reading.facts import ContractFacts, InvoiceFacts, ProofFacts
from yunquan.vouchers import actions
from yunquan.vouchers.models import Voucher

pytestmark = pytest.mark.clause("D47-5.10")


def _place(voucher: Voucher, step: str) -> str:
    return f"/enterprise/claims/{voucher.number}/{step}/"


def _paper(voucher: Voucher, place: int = 18, **changes: Any) -> Paper:
    """An invoice of the voucher's supplier to its enterprise."""
    told: dict[str, Any] = {
        "day": date(2019, 1, 15), "seller": voucher.supplier.name, "seller_no": voucher.supplier.uscc,
        "buyer": voucher.enterprise.name, "buyer_no": voucher.enterprise.uscc,
        "lines": (Line("*信息技术服务*云平台服务费", 100_000_00, 6_000_00),),
    }  # fmt: skip
    return digital(place, **(told | changes))


def _sent(content: bytes, name: str = "发票.xml") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def _value(page: str, name: str) -> str:
    """What stands in a field of a page."""
    found = re.search(rf'<input[^>]*\bname="{re.escape(name)}"[^>]*>', page)
    assert found, name
    value = re.search(r'\bvalue="([^"]*)"', found[0])
    return html.unescape(value[1]) if value else ""


def _claim(world: World, at_moment: Any, enter: Any) -> tuple[Voucher, Any]:
    voucher = world.issued()
    at_moment(CLAIMING)
    return voucher, enter("dg_enterprise")


def _preset(voucher: Voucher, place: int = 0) -> dict[str, str]:
    """A row as the page gives it before anything is typed."""
    preset = {
        "seller_name": voucher.supplier.name, "seller_uscc": voucher.supplier.uscc,
        "buyer_uscc": voucher.enterprise.uscc, "number": "", "code": "", "issued_on": "", "gross": "",
    }  # fmt: skip
    return {f"invoices-{place}-{name}": value for name, value in preset.items()}


def test_a_saved_draft_shows_what_its_invoice_says_and_a_button_fills_it_in(world, enter, at_moment) -> None:
    voucher, client = _claim(world, at_moment, enter)
    paper = _paper(voucher)
    place = _place(voucher, "invoices")
    sent = _preset(voucher) | {"invoices-0-file": _sent(einvoice.xml(paper)), "save": "yes"}
    assert client.post(place, sent).status_code == 302
    page = client.get(place).content.decode()
    assert "有 3 项空白可以填入" in page
    assert f"文件中是“{paper.number}”" in page and "（XML）" in page
    assert _value(page, "invoices-0-number") == ""
    assert page.count("已从文件读取，请核对") == 3  # What was known of the voucher agrees with the invoice.
    number = _value(page, "invoices-0-file_id")
    page = client.post(
        place, _preset(voucher) | {"invoices-0-file_id": number, "fill": "invoices-0"}
    ).content.decode()
    assert _value(page, "invoices-0-number") == paper.number
    assert _value(page, "invoices-0-issued_on") == "2019-01-15"
    assert _value(page, "invoices-0-gross") == "106000.00"
    assert page.count("已从文件读取，请核对") == 6
    voucher.refresh_from_db()
    assert voucher.typed_claim["invoices"][0]["number"] == paper.number


@pytest.mark.parametrize("kind", ["claim", "application"])
def test_what_is_saved_while_a_file_is_still_being_read_stays(
    world, enter, at_moment, monkeypatch, kind
) -> None:
    if kind == "claim":
        voucher, client = _claim(world, at_moment, enter)
        place, begun = _place(voucher, "invoices"), {"invoices": [{"number": "00009999"}]}
        posted = _preset(voucher)
        save, kept, now = actions.save_claim, "typed_claim", CLAIMING
    else:
        voucher, client = world.start(), enter("dg_enterprise")
        place = f"/enterprise/apply/{voucher.number}/contract/"
        begun, posted = (
            dict(voucher.typed) | {"contract_number": "HT-2018-77"},
            {"contract_number": "HT-2018-7"},
        )
        save, kept, now = actions.save_application, "typed", APPLYING

    def saved_meanwhile(*_args: Any, **_named: Any) -> dict[int, str]:
        save(voucher=voucher, typed=begun, by=world["dg_enterprise"], now=now)
        return {}

    monkeypatch.setattr(filling, "read_now", saved_meanwhile)
    assert client.post(place, posted | {"fill": ""}).status_code in (200, 422)
    voucher.refresh_from_db()
    assert getattr(voucher, kept) == begun
    # A person's own saving is never held up.
    monkeypatch.setattr(filling, "read_now", lambda *_args, **_named: {})
    client.post(place, posted | {"save": "yes"})
    voucher.refresh_from_db()
    assert getattr(voucher, kept) != begun


def test_what_a_person_typed_stays_and_the_difference_stands_beside_it(world, enter, at_moment) -> None:
    voucher, client = _claim(world, at_moment, enter)
    paper = _paper(voucher)
    sent = _preset(voucher) | {
        "invoices-0-file": _sent(einvoice.xml(paper)), "invoices-0-number": "00001234",
        "invoices-0-gross": "1,06,000", "fill": "",
    }  # fmt: skip
    page = client.post(_place(voucher, "invoices"), sent).content.decode()
    assert _value(page, "invoices-0-number") == "00001234"
    assert _value(page, "invoices-0-gross") == "1,06,000"
    assert f"与文件不同：文件中是“{paper.number}”" in page
    assert "与文件不同：文件中是“106,000.00 元”" in page
    assert _value(page, "invoices-0-issued_on") == "2019-01-15"
    taken = _preset(voucher) | {
        "invoices-0-file_id": _value(page, "invoices-0-file_id"), "invoices-0-number": "00001234",
        "invoices-0-gross": "1,06,000", "take": "invoices-0-number",
    }  # fmt: skip
    page = client.post(_place(voucher, "invoices"), taken).content.decode()
    assert _value(page, "invoices-0-number") == paper.number
    assert _value(page, "invoices-0-gross") == "1,06,000"


@pytest.mark.parametrize("typed", ["2019/1/15", "2019年1月15日", "２０１９-01-15", "2019.01.15"])
def test_the_same_day_written_otherwise_is_no_difference(world, enter, at_moment, typed) -> None:
    voucher, client = _claim(world, at_moment, enter)
    sent = _preset(voucher) | {
        "invoices-0-file": _sent(einvoice.xml(_paper(voucher))), "invoices-0-issued_on": typed,
        "invoices-0-gross": "106,000", "fill": "",
    }  # fmt: skip
    page = client.post(_place(voucher, "invoices"), sent).content.decode()
    assert "与文件不同" not in page
    assert _value(page, "invoices-0-issued_on") == typed


def test_several_files_become_rows_and_a_list_fills_rows_whose_files_follow(world, enter, at_moment) -> None:
    voucher, client = _claim(world, at_moment, enter)
    papers = [_paper(voucher, place) for place in (18, 26, 34)]
    stranger = digital(50, day=date(2019, 1, 20))
    content = lists.xlsx(
        [lists.row_of(place, paper) for place, paper in enumerate([*papers, stranger], start=1)]
    )
    place = _place(voucher, "invoices")
    sent = _preset(voucher) | {"invoices-many": [_sent(content, "清单.xlsx")], "fill": ""}
    page = client.post(place, sent, follow=True).content.decode()
    assert "清单共 4 笔，新填入 3 笔；1 笔的双方不是本券的企业和供应商，没有填入。" in page
    assert [_value(page, f"invoices-{row}-number") for row in range(3)] == [paper.number for paper in papers]
    assert [_value(page, f"invoices-{row}-file_id") for row in range(3)] == ["", "", ""]
    # The files themselves, in any order: each goes into its row.
    voucher.refresh_from_db()
    rows = voucher.typed_claim["invoices"]
    typed = {
        f"invoices-{number}-{key}": value for number, row in enumerate(rows) for key, value in row.items()
    }
    files = [_sent(einvoice.xml(paper)) for paper in reversed(papers)]
    page = client.post(place, typed | {"invoices-many": files, "fill": ""}).content.decode()
    voucher.refresh_from_db()
    rows = voucher.typed_claim["invoices"]
    assert [row["number"] for row in rows] == [paper.number for paper in papers]
    names = {row.pk: row for row in StoredFile.objects.all()}
    for row, paper in zip(rows, papers, strict=True):
        facts, _why = readings.invoice_facts(names[int(row["file"])])
        assert facts is not None and facts.number == paper.number


def test_a_statement_of_the_bank_becomes_a_row_for_each_payment_to_the_supplier(
    world, enter, at_moment
) -> None:
    voucher, client = _claim(world, at_moment, enter)
    statement = (
        "交易日期,借方发生额,贷方发生额,对方户名,流水号,摘要\n"
        f"2019-01-20,60000.00,,{voucher.supplier.name},A001,货款\n"
        f"2019-01-25,46000.00,,{voucher.supplier.name},A002,货款\n"
        "2019-01-26,800.00,,虚构物业管理有限公司,A003,水电\n"
    ).encode()
    sent = {"proofs-0-bank": "", "proofs-many": [_sent(statement, "明细.csv")], "fill": ""}
    page = client.post(_place(voucher, "proofs"), sent).content.decode()
    assert "清单共 3 笔，新填入 2 笔" in page, re.findall(r"g-note.{0,200}", page)
    voucher.refresh_from_db()
    rows = voucher.typed_claim["proofs"]
    assert [(row["serial"], row["paid_on"], row["amount"]) for row in rows] == [
        ("A001", "2019-01-20", "60000.00"), ("A002", "2019-01-25", "46000.00"),
    ]  # fmt: skip
    assert len({row["file"] for row in rows}) == 1 and rows[0]["file"]


def test_a_red_invoice_is_told_at_once_beside_its_file(world, enter, at_moment) -> None:
    voucher, client = _claim(world, at_moment, enter)
    content = einvoice.xml(_paper(voucher).red())
    page = client.post(
        _place(voucher, "invoices"), _preset(voucher) | {"invoices-0-file": _sent(content), "fill": ""}
    ).content.decode()
    assert "红字发票，不能用于兑现" in page
    assert [_value(page, f"invoices-0-{name}") for name in ("number", "issued_on", "gross")] == ["", "", ""]
    assert "已从文件读取" not in page and "填入空白项" not in page


def test_a_page_on_which_a_payment_is_only_asked_for_is_told_at_once(world, enter, at_moment) -> None:
    voucher, client = _claim(world, at_moment, enter)
    said = "付款申请单\n申请部门：采购部\n收款人名称：虚构云服务有限公司\n金额（小写）：50,000.00\n审批意见：同意付款\n"
    page = client.post(
        _place(voucher, "proofs"), {"proofs-0-file": _sent(making.pdf(said), "回单.pdf"), "fill": ""}
    ).content.decode()
    assert "这份文件不是付款凭证" in page, re.findall(r"g-told.{0,300}", page)


def test_sources_that_disagree_are_shown_beside_the_field(world, enter, at_moment) -> None:
    voucher, client = _claim(world, at_moment, enter)
    paper, other = (
        _paper(voucher),
        _paper(voucher, lines=(Line("*信息技术服务*云平台服务费", 90_000_00, 5_400_00),)),
    )
    content = pdf(paper, code=qr_text(other))
    page = client.post(
        _place(voucher, "invoices"),
        _preset(voucher) | {"invoices-0-file": _sent(content, "发票.pdf"), "fill": ""},
    ).content.decode()
    assert "文件中几处不一致" in page
    assert "二维码为 95,400.00 元" in page and "文字为 106,000.00 元" in page
    assert "第 1 页" in page


def test_a_contract_fills_its_step_and_the_services_of_the_next(world, enter, at_moment) -> None:
    client = enter("dg_enterprise")
    voucher = world.start()
    service = "生产品质管控"
    said = making.contract(
        enterprise=world.enterprise.name, supplier=world.supplier.name, number="HT-2018-77", fee="80000.00",
        day="2018年9月1日", service=service,
    )  # fmt: skip
    place = f"/enterprise/apply/{voucher.number}/contract/"
    answer = client.post(
        place, {"contract_file": _sent(making.word(said), "合同.docx"), "fill": "contract_file"}
    )
    page = answer.content.decode()
    assert answer.status_code == 200
    assert _value(page, "contract_number") == "HT-2018-77"
    assert (_value(page, "signed_on"), _value(page, "total")) == ("2018-09-01", "80000.00")
    assert "第" in page and "印章和签字没有识别" in page
    voucher.refresh_from_db()
    assert voucher.typed["contract_number"] == "HT-2018-77"
    assert voucher.typed.get("supplier") == str(world.supplier.pk)
    assert "供应商已填到“供应商与应用服务”一步" in page
    said = client.get(f"/enterprise/apply/{voucher.number}/services/").content.decode()
    assert "从合同文件中读到" in said and service in said and "80,000.00" in said
    # A second filling changes nothing that was chosen.
    voucher.typed = voucher.typed | {"supplier": "", "lines": [{"service": "9", "fee": "1"}]}
    voucher.save(update_fields=["typed"])
    client.post(
        place, {"contract_file_id": voucher.typed["contract_file"], "contract_number": "X", "fill": ""}
    )
    voucher.refresh_from_db()
    assert voucher.typed["lines"] == [{"service": "9", "fee": "1"}]
    assert voucher.typed["contract_number"] == "X"


def test_a_scan_says_why_nothing_was_read(world, enter, at_moment) -> None:
    client = enter("dg_enterprise")
    voucher = world.start()
    scan = making.saved(making.page("合同"))
    page = client.post(
        f"/enterprise/apply/{voucher.number}/contract/",
        {"contract_file": _sent(scan, "合同.jpg"), "fill": ""},
    ).content.decode()
    assert "没有从文件读出内容：扫描件，请手工填写" in page


def test_when_all_places_are_taken_the_page_says_so_and_asks_again(
    world, enter, at_moment, monkeypatch
) -> None:
    voucher, client = _claim(world, at_moment, enter)
    place, content = _place(voucher, "invoices"), einvoice.xml(_paper(voucher))
    monkeypatch.setattr(filling, "SECONDS", 0.2)
    held = [readings._places.acquire(timeout=1) for _ in range(readings.MOST_AT_ONCE)]
    assert all(held)
    try:
        answer = client.post(place, _preset(voucher) | {"invoices-0-file": _sent(content), "save": "yes"})
    finally:
        for _ in held:
            readings._places.release()
    page = answer.content.decode()
    assert answer.status_code == 200 and "正在读取这份文件" in page and 'data-reading="invoices-0"' in page
    again = _preset(voucher) | {
        "invoices-0-file_id": _value(page, "invoices-0-file_id"),
        "fill": "invoices-0",
    }
    page = client.post(place, again).content.decode()
    assert "正在读取" not in page and _value(page, "invoices-0-number")


def test_looking_at_the_page_reads_nothing(world, enter, at_moment) -> None:
    voucher, client = _claim(world, at_moment, enter)
    row = world.file(world["dg_enterprise"], einvoice.xml(_paper(voucher)))
    voucher.typed_claim = {"invoices": [{"file": str(row.pk)}], "proofs": [{}], "report": {}}
    voucher.save(update_fields=["typed_claim"])
    page = client.get(_place(voucher, "invoices")).content.decode()
    assert "这份文件还没有读取" in page and "读取并填入空白项" in page
    assert not Reading.objects.exists() and not Fingerprint.objects.exists()


def test_another_organisation_s_file_gives_nothing_away(world, enter, at_moment) -> None:
    voucher, client = _claim(world, at_moment, enter)
    paper = _paper(voucher)
    theirs = world.file(world["supplier"], einvoice.xml(paper))
    sent = _preset(voucher) | {"invoices-0-file_id": str(theirs.pk), "fill": ""}
    page = client.post(_place(voucher, "invoices"), sent).content.decode()
    assert paper.number not in page and not Reading.objects.exists()


def test_uploaded_papers_are_compared_with_all_others_as_they_come(world, enter, at_moment) -> None:
    voucher, client = _claim(world, at_moment, enter)
    sent = {
        "report-file": _sent(making.word(making.report(1)), "报告.docx"),
        "report-number": "",
        "save": "yes",
    }
    client.post(_place(voucher, "report"), sent)
    assert Fingerprint.objects.count() == 1


def test_the_number_of_queries_of_a_page_does_not_grow_with_its_rows(world, enter, at_moment) -> None:
    voucher, client = _claim(world, at_moment, enter)

    def cost(count: int) -> int:
        rows = []
        for number in range(count):
            file = world.file(world["dg_enterprise"], einvoice.xml(_paper(voucher, 18 + number)))
            readings.read_file(file, "invoice", now=CLAIMING)
            rows.append({"file": str(file.pk), "number": str(number)})
        voucher.typed_claim = {"invoices": rows, "proofs": [{}], "report": {}}
        voucher.save(update_fields=["typed_claim"])
        with CaptureQueriesContext(connection) as seen:
            assert client.get(_place(voucher, "invoices")).status_code == 200
        return len(seen)

    assert cost(2) == cost(9)


def test_every_question_that_a_file_answers_names_a_fact_of_that_file() -> None:
    blanks = claim_blanks() | application_blanks(services=[], suppliers=[], products=[])
    facts = {"invoice": InvoiceFacts(), "proof": ProofFacts(), "contract": ContractFacts()}
    seen = 0
    for blank in blanks.values():
        for asks in (blank.asks, *blank.rows.values(), *blank.groups.values()):
            reader = next((ask.reader for ask in asks if ask.reader), "")
            for ask in asks:
                if ask.reads:
                    assert hasattr(facts[reader], ask.reads), ask.name
                    seen += 1
    assert seen == 17
