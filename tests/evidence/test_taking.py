"""Files are taken by their content and kept unchanged (E1)."""

from __future__ import annotations

import io
import os
import zipfile

import pytest

from tests.parties.making import NOW, PDF, REVIEWER, STRANGER, drafted, registered
from yunquan.evidence import access, invariants, queries, taking
from yunquan.evidence.actions import take_file
from yunquan.evidence.kinds import DOCX, JPEG, OFD, PNG, XLSX, XML, kind_of
from yunquan.evidence.models import StoredFile
from yunquan.kernel.refusal import Refused
from yunquan.kernel.workflow import Actor

ENTERPRISE = Actor("person:1", "enterprise", "enterprise:1")


def take(content=PDF, name="合同.pdf", by=ENTERPRISE, org=None):
    return take_file(content=content, name=name, org=org or by.org, by=by, now=NOW)


def package(*members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for member in members:
            made.writestr(member, "x")
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (PDF, "application/pdf"),
        (b"\x89PNG\r\n\x1a\n....", PNG),
        (b"\xff\xd8\xff\xe0....", JPEG),
        (package("[Content_Types].xml", "word/document.xml"), DOCX),
        (package("[Content_Types].xml", "xl/workbook.xml"), XLSX),
        (package("OFD.xml", "Doc_0/Document.xml"), OFD),
        (b"<?xml version='1.0'?><EInvoice/>", XML),
        (b"\xef\xbb\xbf<?xml version='1.0'?><EInvoice/>", XML),
        (b"MZ\x90", None),
        (package("a.txt"), None),
        (package("[Content_Types].xml", "xl/workbook.xml", "xl/vbaProject.bin"), None),
        (b"PK\x03\x04 broken", None),
        (b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'c'>]><a/>", None),
        (b"<html><script>1</script></html>", None),
        (b"GIF89a", None),
    ],
)
def test_the_kind_of_a_file_is_told_by_its_bytes(content, kind):
    assert kind_of(content) == kind


STATEMENT_TEXT = "户名：虚构\r\n交易日期,借方发生额,对方户名,流水号\r\n2019-01-20,60000.00,甲,A1\r\n"


@pytest.mark.parametrize(
    ("content", "taken"),
    [
        (STATEMENT_TEXT.encode(), True),
        (STATEMENT_TEXT.encode("gb18030"), True),
        (STATEMENT_TEXT.encode("utf-8-sig"), True),
        (STATEMENT_TEXT.encode("utf-16"), True),
        (STATEMENT_TEXT.replace(",", "\t").encode(), True),
        ((STATEMENT_TEXT + "2019-01-20,1.00,乙,A2\r\n" * 3000).encode(), True),
        ("交易日期,金额\n".encode(), False),
        ("交易日期,借方金额,对方户名\n<script>alert(1)</script>\n".encode(), False),
        (("<html>" + STATEMENT_TEXT).encode(), False),
        (STATEMENT_TEXT.encode() + b"\x00\x01", False),
        (b"#!/bin/sh\nrm -rf /\n", False),
        (b"a,b,c,d\n1,2,3,4\n", False),
    ],
)
@pytest.mark.clause("D47-5.11")
def test_a_bank_s_statement_as_text_is_taken_and_no_other_text(content, taken):
    if taken:
        assert taking.judge(content, "明细.csv") == "text/csv"
        assert taking.clean_name("明细.txt", "text/csv") == "明细.txt.csv"
        return
    with pytest.raises(Refused) as refused:
        taking.judge(content, "明细.csv")
    assert refused.value.codes == ("file_type_refused",)


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("合同.pdf", "合同.pdf"),
        ("C:\\桌面\\合同.PDF", "合同.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("a\x00b\r\n.pdf", "ab.pdf"),
        ('<i>"x".pdf', "_i_x_.pdf"),
        ("...", "文件.pdf"),
        ("", "文件.pdf"),
    ],
)
def test_a_name_is_cleaned(name, clean):
    assert taking.clean_name(name, "application/pdf") == clean


@pytest.mark.django_db
@pytest.mark.clause("D47-5.7b")
def test_a_file_is_kept_under_its_hash_and_read_back_the_same(own_folder):
    row = take()
    assert queries.content_of(row) == PDF
    place = taking.place_of(row.sha256)
    assert place.parent.name == row.sha256[:2]
    assert (row.size, row.scan, queries.scan_label(row)) == (
        len(PDF),
        "not_scanned",
        "未查杀（未配置杀毒引擎）",
    )
    again = take(name="另一份.pdf")
    assert again.sha256 == row.sha256
    assert queries.same_content(again) == [row]
    assert [name for name in os.listdir(place.parent) if name.startswith(".")] == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file_empty"),
        (b"MZ\x90", "file_type_refused"),
        (b"%PDF-" + b"0" * taking.MOST_BYTES, "file_too_large"),
    ],
)
def test_what_is_not_taken_is_refused_with_the_reason(content, code):
    with pytest.raises(Refused) as refused:
        take(content)
    assert refused.value.codes == (code,)
    assert refused.value.refusals[0].mend
    assert not StoredFile.objects.exists()


@pytest.mark.django_db
def test_a_file_is_taken_for_one_s_own_organisation_only():
    with pytest.raises(Refused) as refused:
        take(org="enterprise:2")
    assert refused.value.codes == ("not_your_organisation",)


@pytest.mark.django_db
def test_an_altered_or_missing_file_is_found_by_the_monitor():
    row = take()
    assert list(invariants.breaches()) == []
    place = taking.place_of(row.sha256)
    place.chmod(0o640)
    place.write_bytes(b"%PDF-other")
    assert [(b.invariant, b.row) for b in invariants.breaches()] == [("E1", row.journal_key)]
    with pytest.raises(OSError, match="哈希不符"):
        queries.content_of(row)
    place.unlink()
    assert [b.invariant for b in invariants.breaches()] == ["E1"]


@pytest.mark.django_db
def test_a_stored_file_cannot_be_changed_even_past_the_code():
    from django.db import DatabaseError, transaction

    row = take()
    for attempt in (
        lambda: StoredFile.objects.filter(pk=row.pk).update(sha256="0" * 64),
        lambda: StoredFile.objects.filter(pk=row.pk).delete(),
    ):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            attempt()
    assert StoredFile.objects.filter(pk=row.pk).update(scan="clean") == 1


@pytest.mark.django_db
def test_a_stranger_gets_nothing_and_the_case_s_reader_gets_the_file():
    row = take()
    other = Actor("person:2", "enterprise", "enterprise:2")
    supplier = Actor("person:3", "supplier", "supplier:3")
    assert access.file_for(ENTERPRISE, row.pk) == row
    assert [access.file_for(actor, row.pk) for actor in (other, supplier, REVIEWER)] == [None, None, None]
    assert access.file_for(supplier, row.pk, orgs=["enterprise:1"]) == row
    assert access.file_for(supplier, row.pk, orgs=["enterprise:2"]) is None
    assert access.file_for(Actor("x", "public", "enterprise:1"), row.pk) is None


@pytest.mark.django_db
def test_a_licence_is_seen_by_those_who_see_the_registration():
    enterprise, by = registered()
    assert access.registration_file_for(REVIEWER, enterprise.licence_id).org == by.org
    assert access.registration_file_for(STRANGER, enterprise.licence_id) is None
    loose = take(by=by)
    assert access.registration_file_for(REVIEWER, loose.pk) is None
    draft, _ = drafted(2)
    assert access.registration_file_for(REVIEWER, int(draft.typed["licence"])) is None


def test_a_hash_that_is_none_is_not_a_path():
    with pytest.raises(ValueError, match="SHA-256"):
        taking.place_of("../../etc/passwd")
