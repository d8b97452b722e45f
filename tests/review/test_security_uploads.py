"""Uploads and downloads are hostile: size before reading, bounds of a workbook, content as it was taken (E1)."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.cast import PDF, World
from yunquan.evidence import actions as evidence
from yunquan.evidence.models import StoredFile
from yunquan.evidence.taking import MOST_BYTES, place_of
from yunquan.papers.zipguard import UnsafeFileError, guard

OVER = MOST_BYTES + 1000


@pytest.fixture
def unread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing over the limit may be read whole."""
    kept = evidence.judge

    def judge(content: bytes, name: str) -> str:
        assert len(content) <= MOST_BYTES + 1, "a file over the limit was read whole"
        return kept(content, name)

    monkeypatch.setattr(evidence, "judge", judge)


def test_an_upload_over_the_limit_is_refused_without_reading_it_whole(enter: Any, unread: None) -> None:
    sent = SimpleUploadedFile("合同.pdf", PDF + b"0" * OVER)
    answer = enter("dg_enterprise").post("/files/upload", {"file": sent})
    assert answer.status_code == 422
    assert "超过 20 MB" in answer.json()["errors"][0]
    assert not StoredFile.objects.filter(name__contains="合同").filter(size__gt=MOST_BYTES).exists()


def test_a_file_over_the_limit_in_a_form_is_refused_beside_its_field(
    enter: Any, unread: None, world: World
) -> None:
    voucher = world.start()
    sent = SimpleUploadedFile("合同.pdf", PDF + b"0" * OVER)
    answer = enter("dg_enterprise").post(
        f"/enterprise/apply/{voucher.number}/contract/", {"contract_number": "HT-9", "contract_file": sent}
    )
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "超过 20 MB" in page and "HT-9" in page


@pytest.mark.django_db
def test_a_body_that_no_form_can_need_is_refused_before_it_is_read() -> None:
    class Endless(io.RawIOBase):
        def read(self, *args: Any) -> bytes:
            raise AssertionError("the body was read")

    answer = Client().generic(
        "POST",
        "/enterprise/register/",
        b"",
        content_type="multipart/form-data; boundary=x",
        CONTENT_LENGTH=str(10 * 1024**3),
        **{"wsgi.input": Endless()},
    )
    assert answer.status_code == 413


def _workbook(place: str) -> bytes:
    sheet = (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
        "</sheetData></worksheet>"
    )
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr(place, sheet)
    return kept.getvalue()


@pytest.mark.parametrize(
    "place", ["xl/worksheets/sheet1.xml", "xl/tables.xml", "xl/sharedStrings.xml", "a.bin"]
)
def test_a_sheet_is_bounded_whatever_its_part_is_called(place: str) -> None:
    with pytest.raises(UnsafeFileError, match="行"):
        guard(_workbook(place), max_rows=50_000, max_columns=256)


def test_a_download_is_what_was_taken_or_says_that_it_is_not(enter: Any, world: World) -> None:
    file = world.file(world["dg_enterprise"])
    client = enter("dg_enterprise")
    answer = client.get(f"/files/{file.pk}/")
    content = answer.getvalue()
    assert answer.status_code == 200 and content.startswith(b"%PDF")
    place = place_of(file.sha256)
    place.chmod(0o640)
    place.write_bytes(content + b"altered")
    altered = client.get(f"/files/{file.pk}/")
    assert altered.status_code == 500 and "不一致" in altered.content.decode()
    place.unlink()
    assert client.get(f"/files/{file.pk}/").status_code == 500
