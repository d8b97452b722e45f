"""Uploads in the claim wizard: the virus check is told, a full disk and a line cut off lose nothing and leave nothing."""

from __future__ import annotations

import errno
import os
import socket
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings as site
from django.core.files import uploadedfile
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.test import Client

from tests.cast import PDF, World
from tests.desks.enterprise.test_prefill import _claim, _paper, _place, _preset, _sent, _value
from tests.evidence.clamd import EICAR, clamd
from tests.evidence.papers import einvoice
from yunquan.evidence import taking
from yunquan.evidence.models import StoredFile

pytestmark = pytest.mark.clause("E1")


def test_the_state_of_the_virus_check_stands_beside_every_uploaded_file(
    world, enter, at_moment, settings
) -> None:
    voucher, client = _claim(world, at_moment, enter)
    place, content = _place(voucher, "invoices"), einvoice.xml(_paper(voucher))
    page = client.post(
        place, _preset(voucher) | {"invoices-0-file": _sent(content), "fill": ""}
    ).content.decode()
    assert "病毒查杀：未查杀（未配置杀毒引擎）" in page
    with clamd() as (_made, address):
        settings.YUNQUAN_CLAMD = address
        page = client.post(
            place, _preset(voucher) | {"invoices-0-file": _sent(content + b"\n"), "fill": ""}
        ).content.decode()
        assert "病毒查杀：未发现病毒" in page
        virus = PDF + EICAR
        answer = client.post(
            place,
            _preset(voucher)
            | {"invoices-0-file": _sent(virus, "发票.pdf"), "invoices-0-number": "77", "fill": ""},
        )
        assert answer.status_code == 422 and "发现病毒" in answer.content.decode()
        assert _value(answer.content.decode(), "invoices-0-number") == "77"
    page = client.post(
        place, _preset(voucher) | {"invoices-0-file": _sent(content + b"\n\n"), "fill": ""}
    ).content.decode()
    assert "等待查杀" in page and "不必重新上传" in page
    held = StoredFile.objects.get(scan="waiting")
    answer = client.get(f"/files/{held.pk}/")
    assert answer.status_code == 423 and "不能打开" in answer.content.decode()
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_full_disk_loses_nothing_that_was_typed(world, enter, at_moment, monkeypatch) -> None:
    voucher, client = _claim(world, at_moment, enter)
    sent = _preset(voucher) | {
        "invoices-0-file": _sent(einvoice.xml(_paper(voucher))), "invoices-0-number": "00001234",
        "invoices-0-issued_on": "2019-01-15", "save": "yes",
    }  # fmt: skip

    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as now_full:
        now_full.setattr(taking.os, "fsync", full)
        answer = client.post(_place(voucher, "invoices"), sent)
    page = answer.content.decode()
    assert answer.status_code == 422 and "存储空间已满" in page
    assert _value(page, "invoices-0-number") == "00001234"
    voucher.refresh_from_db()
    assert voucher.typed_claim["invoices"][0]["number"] == "00001234"
    assert not StoredFile.objects.filter(name__startswith="发票").exists()


@pytest.mark.parametrize("moment", ["new_file", "write"])
def test_a_disk_that_fills_while_a_large_file_comes_in_costs_the_file_and_not_the_form(
    world, enter, at_moment, monkeypatch, moment
) -> None:
    voucher, client = _claim(world, at_moment, enter)
    content = PDF + b"%" * 4_000_000
    sent = _preset(voucher) | {
        "invoices-0-file": _sent(content, "大文件.pdf"), "invoices-0-number": "00001234", "save": "yes",
    }  # fmt: skip

    def full(*_given: Any, **_how: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    if moment == "write":
        monkeypatch.setattr(TemporaryUploadedFile, "write", full, raising=False)
    else:
        monkeypatch.setattr(uploadedfile.tempfile, "NamedTemporaryFile", full)
    answer = client.post(_place(voucher, "invoices"), sent)
    page = answer.content.decode()
    assert answer.status_code == 422 and "存储空间已满" in page
    assert _value(page, "invoices-0-number") == "00001234"
    ahead = client.post("/files/upload", {"file": _sent(content, "大文件.pdf")})
    assert ahead.status_code == 507 and "存储空间已满" in ahead.json()["errors"][0]
    assert not StoredFile.objects.filter(name="大文件.pdf").exists()


def _left_behind(folder: Path) -> list[str]:
    return [place.name for place in (folder / "files").rglob("*") if place.is_file()]


@pytest.mark.django_db(transaction=True)
def test_an_upload_that_is_cut_off_half_way_leaves_nothing(
    live_server: Any, lasting_world: World, at_moment: Any, own_folder: Path, tmp_path: Path, settings: Any
) -> None:
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path / "coming")
    (tmp_path / "coming").mkdir()
    world = lasting_world
    before, rows = _left_behind(own_folder), StoredFile.objects.count()
    client = Client()
    client.force_login(
        world.person(world["dg_enterprise"]), backend="django.contrib.auth.backends.ModelBackend"
    )
    cookie = client.cookies[site.SESSION_COOKIE_NAME].value
    token = "t" * 32
    body = (
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n'
        b"Content-Type: application/pdf\r\n\r\n" + PDF + b"%" * 6_000_000 + b"\r\n--b--\r\n"
    )
    head = (
        f"POST /files/upload HTTP/1.1\r\nHost: localhost\r\nCookie: {site.SESSION_COOKIE_NAME}={cookie};"
        f" csrftoken={token}\r\nX-CSRFToken: {token}\r\nContent-Type: multipart/form-data; boundary=b\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    place = urlsplit(live_server.url)
    line = socket.create_connection((place.hostname, place.port), timeout=20)
    line.sendall(head.encode() + body[: len(body) // 2])
    line.close()
    until = time.monotonic() + 10
    while time.monotonic() < until and list((tmp_path / "coming").iterdir()):
        time.sleep(0.1)
    assert _left_behind(own_folder) == before
    assert StoredFile.objects.count() == rows
    assert list((tmp_path / "coming").iterdir()) == []
    # The same upload whole is taken: it was the cut that kept it out.
    with socket.create_connection((place.hostname, place.port), timeout=20) as line:
        line.sendall(head.encode() + body)
        assert b" 200 " in line.recv(4096).split(b"\r\n")[0]
    assert StoredFile.objects.count() == rows + 1
