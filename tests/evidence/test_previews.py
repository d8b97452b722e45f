"""Pages are drawn in a process of its own, within limits."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from tests.parties.making import NOW
from yunquan.evidence import previews
from yunquan.evidence.actions import take_file
from yunquan.evidence.previews import PreviewError, page_count, page_png
from yunquan.kernel.workflow import Actor

pytestmark = pytest.mark.django_db
BY = Actor("person:1", "enterprise", "enterprise:1")


def taken(content, name="x"):
    return take_file(content=content, name=name, org=BY.org, by=BY, now=NOW)


def pdf(pages=2):
    out = io.BytesIO()
    sheets = [Image.new("RGB", (300, 200), "white") for _ in range(pages)]
    sheets[0].save(out, "PDF", save_all=True, append_images=sheets[1:])
    return out.getvalue()


def test_each_page_of_a_pdf_is_drawn_once_and_kept():
    file = taken(pdf())
    assert page_count(file) == 2
    drawn = page_png(file, page=2, width=400)
    assert Image.open(io.BytesIO(drawn)).size[0] == 400
    previews_before = previews._run
    try:
        previews._run = None
        assert page_png(file, page=2, width=400) == drawn
    finally:
        previews._run = previews_before


def test_a_picture_is_shown_without_its_hidden_data():
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = "secret place"
    Image.new("RGB", (2000, 1000), "red").save(out, "JPEG", exif=exif)
    drawn = page_png(taken(out.getvalue()), width=900)
    picture = Image.open(io.BytesIO(drawn))
    assert (picture.format, picture.size) == ("PNG", (900, 1800))
    assert b"secret" not in drawn


def test_a_page_that_is_not_there_is_refused():
    file = taken(pdf(1))
    for page in (0, 2):
        with pytest.raises(PreviewError, match="没有这一页"):
            page_png(file, page=page)


def test_a_damaged_file_says_so():
    with pytest.raises(PreviewError, match="损坏"):
        page_png(taken(b"%PDF-1.4 nothing here"))
    with pytest.raises(PreviewError, match="损坏"):
        page_png(taken(b"\x89PNG\r\n\x1a\nnothing here"))


def test_a_kind_without_pictures_says_so():
    file = taken(b"<?xml version='1.0'?><EInvoice/>")
    assert page_count(file) == 0
    with pytest.raises(PreviewError, match="下载"):
        page_png(file)


def test_a_picture_of_too_many_pixels_is_refused_within_the_limits():
    out = io.BytesIO()
    Image.new("1", (12000, 12000)).save(out, "PNG")
    with pytest.raises(PreviewError):
        page_png(taken(out.getvalue()))


def test_a_drawing_that_takes_too_long_is_stopped(monkeypatch):
    monkeypatch.setattr(previews, "SECONDS", 0.001)
    with pytest.raises(PreviewError, match="超时"):
        page_png(taken(pdf(3)))
