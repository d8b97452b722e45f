"""Readings of uploaded files: once for each content and version, in the confined process, never twice (E1)."""

from __future__ import annotations

import threading

import pytest
from django.db import DatabaseError, connection, transaction

from tests.evidence.likeness import making
from tests.evidence.papers import einvoice, lists
from tests.evidence.papers.invoice import digital
from tests.parties.making import NOW
from yunquan.evidence import readings, taking
from yunquan.evidence.actions import take_file
from yunquan.evidence.models import Reading
from yunquan.evidence.reading import sandbox
from yunquan.kernel.workflow import Actor

ENTERPRISE = Actor("person:1", "enterprise", "enterprise:1")
pytestmark = pytest.mark.clause("D47-5.14")


def take(content, name="发票.xml", by=ENTERPRISE):
    return take_file(content=content, name=name, org=by.org, by=by, now=NOW)


@pytest.fixture
def asked(monkeypatch):
    """How often the confined process was asked, and by which reader."""
    seen, run = [], sandbox.run
    monkeypatch.setattr(sandbox, "run", lambda *given: seen.append(given[0]) or run(*given))
    return seen


@pytest.mark.django_db
def test_an_invoice_is_read_once_for_all_who_upload_it(asked):
    paper = digital()
    first, second = take(einvoice.xml(paper)), take(einvoice.xml(paper), "又一份.xml")
    assert readings.reading_of(first, "invoice") is None
    assert readings.invoice_facts(first) == (None, readings.NOT_READ)
    row = readings.read_file(first, "invoice", now=NOW)
    assert readings.read_file(second, "invoice", now=NOW) == row == readings.reading_of(second, "invoice")
    assert asked == ["invoice"] and Reading.objects.count() == 1
    facts, why = readings.invoice_facts(second)
    assert facts is not None and why == ""
    assert (facts.number, facts.gross_fen, facts.seller_no) == (
        paper.number,
        paper.gross_fen,
        paper.seller_no,
    )
    assert facts.sources["number"] == ("xml",)


@pytest.mark.django_db
def test_a_file_that_holds_nothing_of_the_kind_says_why_and_is_not_read_again(asked):
    file = take(b"<?xml version='1.0'?><a/>")
    row = readings.read_file(file, "invoice", now=NOW)
    assert row.facts is None and row.error
    assert readings.read_file(file, "invoice", now=NOW) == row
    assert readings.invoice_facts(file) == (None, row.error)
    assert readings.invoices_in(row) == ((), row.error)
    assert asked == ["invoice"]


@pytest.mark.django_db
def test_a_new_version_reads_again_when_asked_and_the_old_row_stays(asked, monkeypatch):
    file = take(einvoice.xml(digital()))
    old = readings.read_file(file, "invoice", now=NOW)
    monkeypatch.setattr(readings, "VERSIONS", {**readings.VERSIONS, "invoice": old.version + 1})
    kept = readings.reading_of(file, "invoice")
    assert kept == old and not readings.is_current(kept)
    new = readings.read_file(file, "invoice", now=NOW)
    assert new != old and readings.reading_of(file, "invoice") == new and readings.is_current(new)
    assert Reading.objects.count() == 2 and len(asked) == 2


@pytest.mark.django_db
def test_readings_never_change():
    readings.read_file(take(einvoice.xml(digital())), "invoice", now=NOW)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Reading.objects.update(error="x")


@pytest.mark.django_db
def test_the_rows_of_a_list_are_found_by_their_number():
    papers = [digital(place) for place in (18, 26, 34)]
    content = lists.xlsx([lists.row_of(place, paper) for place, paper in enumerate(papers, start=1)])
    file = take(content, "清单.xlsx")
    row = readings.read_file(file, "invoice", now=NOW)
    found, why = readings.invoices_in(row)
    assert why == "" and [one.facts.number for one in found] == [paper.number for paper in papers]
    assert all(one.row is not None for one in found)
    facts, _why = readings.invoice_facts(file, number=f" {papers[1].number} ")
    assert facts is not None and facts.number == papers[1].number
    assert readings.invoice_facts(file, number="1") == (None, "文件是 3 笔发票的清单，其中没有这一笔")


@pytest.mark.django_db
def test_a_contract_and_a_statement_are_read_by_their_readers():
    said = making.contract(
        enterprise="虚构五金制品（测试）有限公司", number="HT-2018-09", fee="80000.00", day="2018年9月1日"
    )
    file = take(making.word(said), "合同.docx")
    readings.read_file(file, "contract", now=NOW)
    facts, why = readings.contract_facts(file)
    assert facts is not None and why == ""
    assert (facts.number, facts.total_fen, facts.party_b) == ("HT-2018-09", 8_000_000, making.SUPPLIER)
    assert readings.notes_in(readings.reading_of(file, "contract"))
    scan = take(making.saved(making.page("合同")), "合同.jpg")
    for reader, read in (("contract", readings.contract_facts), ("proof", readings.proof_facts)):
        readings.read_file(scan, reader, now=NOW)
        assert "扫描件" in read(scan)[1]


@pytest.mark.django_db
def test_many_readings_are_fetched_in_one_query(django_assert_num_queries):
    files = [take(einvoice.xml(digital(place))) for place in (18, 26, 34)]
    for file in files[:2]:
        readings.read_file(file, "invoice", now=NOW)
    with django_assert_num_queries(1):
        assert set(readings.readings_of(files, "invoice")) == {file.sha256 for file in files[:2]}
    with django_assert_num_queries(0):
        assert readings.readings_of([], "invoice") == {}


@pytest.mark.django_db
def test_a_reader_in_trouble_says_nothing_about_the_file(monkeypatch):
    file = take(einvoice.xml(digital()))
    monkeypatch.setattr(sandbox, "run", lambda *_given: {"read": None, "error": sandbox.NO_ANSWER})
    with pytest.raises(readings.NotReadError, match="稍后重试"):
        readings.read_file(file, "invoice", now=NOW)
    assert not Reading.objects.exists()
    taking.place_of(file.sha256).unlink()
    with pytest.raises(readings.NotReadError, match="缺失"):
        readings.read_file(file, "invoice", now=NOW)


@pytest.mark.django_db(transaction=True)
def test_no_more_than_two_are_read_at_once_and_the_third_is_told_to_ask_again(monkeypatch):
    files = [take(einvoice.xml(digital(place))) for place in (18, 26, 34)]
    entered, leave, faults = threading.Semaphore(0), threading.Event(), []

    def slow(*_given):
        entered.release()
        leave.wait(20)
        return {"read": None, "error": "试"}

    monkeypatch.setattr(sandbox, "run", slow)

    def read(file):
        try:
            readings.read_file(file, "invoice", now=NOW)
        except Exception as fault:
            faults.append(fault)
        finally:
            connection.close()

    threads = [threading.Thread(target=read, args=(file,)) for file in files[:2]]
    for thread in threads:
        thread.start()
    assert entered.acquire(timeout=10) and entered.acquire(timeout=10)
    with pytest.raises(readings.BusyError):
        readings.read_file(files[2], "invoice", now=NOW)
    leave.set()
    for thread in threads:
        thread.join()
    assert faults == []
    assert readings.read_file(files[2], "invoice", now=NOW).error == "试"


@pytest.mark.django_db(transaction=True)
def test_two_who_read_one_content_at_the_same_time_get_the_same_row(monkeypatch):
    file = take(einvoice.xml(digital()))
    together, run, rows = threading.Barrier(2), sandbox.run, []

    def both(*given):
        together.wait(20)
        return run(*given)

    monkeypatch.setattr(sandbox, "run", both)

    def read():
        try:
            rows.append(readings.read_file(file, "invoice", now=NOW))
        finally:
            connection.close()

    threads = [threading.Thread(target=read) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(rows) == 2 and rows[0] == rows[1] and Reading.objects.count() == 1
