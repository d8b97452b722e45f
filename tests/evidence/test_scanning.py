"""Uploads are looked at by the virus scanner before anything opens them (E1, D47-5.7b)."""

from __future__ import annotations

import errno
import os
import time

import pytest
from django.conf import settings

from tests.evidence.clamd import EICAR, clamd
from tests.parties.making import NOW, PDF
from yunquan.evidence import invariants, previews, queries, readings, scanning, taking
from yunquan.evidence.actions import take_file
from yunquan.evidence.models import Reading, StoredFile
from yunquan.evidence.scanning import Scan
from yunquan.jobs.tick import CLOCK, tick
from yunquan.journal.models import LogEntry, LogPayload, Notice
from yunquan.kernel.refusal import Refused
from yunquan.kernel.workflow import Actor

ENTERPRISE = Actor("person:1", "enterprise", "enterprise:1")
VIRUS = PDF + b"\n" + EICAR


def take(content=PDF, name="合同.pdf", by=ENTERPRISE):
    return take_file(content=content, name=name, org=by.org, by=by, now=NOW)


def everything_kept(folder):
    return sorted(place.name for place in (folder / "files").rglob("*") if place.is_file())


@pytest.fixture(params=["unix", "tcp"])
def scanner(request, tmp_path_factory, monkeypatch):
    place = tmp_path_factory.mktemp("c") / "ctl" if request.param == "unix" else None
    with clamd(place) as (made, address):
        monkeypatch.setattr(settings, "YUNQUAN_CLAMD", address)
        yield made


@pytest.fixture
def nobody(monkeypatch, tmp_path):
    """A scanner is configured and doesn't answer."""
    monkeypatch.setattr(settings, "YUNQUAN_CLAMD", f"unix:{tmp_path}/nobody")


@pytest.mark.django_db
@pytest.mark.clause("E1")
def test_a_clean_file_is_taken_and_says_so(scanner):
    row = take(PDF + b"%" * 200_000)
    assert (row.scan, queries.scan_label(row)) == ("clean", "未发现病毒")
    assert sum(scanner.pieces) == row.size and max(scanner.pieces) <= 64 * 1024 and len(scanner.pieces) > 3
    assert queries.content_of(row)[:5] == b"%PDF-"


@pytest.mark.django_db
@pytest.mark.clause("E1")
def test_a_virus_is_refused_by_name_and_kept_nowhere_but_in_the_log(scanner, own_folder):
    with pytest.raises(Refused) as refused:
        take(VIRUS, "发票.pdf")
    assert refused.value.codes == ("file_infected",)
    assert "Eicar-Test-Signature" in refused.value.refusals[0].message
    assert not StoredFile.objects.exists()
    assert everything_kept(own_folder) == []
    entry = LogEntry.objects.latest("seq")
    assert "file_infected" in entry.entry
    assert "Eicar-Test-Signature" in LogPayload.objects.latest("pk").payload


@pytest.mark.django_db
def test_without_a_scanner_the_file_says_that_nobody_looked(monkeypatch):
    monkeypatch.setattr(settings, "YUNQUAN_CLAMD", "")
    row = take()
    assert (row.scan, queries.scan_label(row)) == ("not_scanned", "未查杀（未配置杀毒引擎）")
    assert queries.is_open(row)


@pytest.mark.django_db
@pytest.mark.clause("E1")
def test_a_file_that_could_not_be_looked_at_is_held_and_opened_by_nobody(nobody, own_folder):
    row = take()
    assert row.scan == Scan.WAITING and not queries.is_open(row)
    assert "不必重新上传" in queries.why_held(row)
    with pytest.raises(FileNotFoundError):
        queries.content_of(row)
    assert not previews.has_preview(row)
    for opened in (lambda: previews.page_png(row), lambda: previews.page_count(row)):
        with pytest.raises(previews.PreviewError, match="隔离"):
            opened()
    with pytest.raises(readings.NotReadError, match="隔离"):
        readings.read_file(row, "invoice", now=NOW)
    assert not Reading.objects.exists()
    assert everything_kept(own_folder) == [row.sha256]
    assert list(invariants.breaches()) == []


@pytest.mark.django_db
@pytest.mark.clause("E1")
def test_what_waited_is_opened_when_the_scanner_answers_again(nobody, own_folder, monkeypatch):
    rows = [take(), take(name="另一份.pdf"), take(PDF + b"%2")]
    report = tick(NOW)
    assert report.done["files_waiting"] == 1 and "files_waiting" in report.refused[0]
    with clamd(own_folder / "ctl") as (_made, address):
        monkeypatch.setattr(settings, "YUNQUAN_CLAMD", address)
        assert tick(NOW).done["files_clean"] == 2
        assert "files_clean" not in tick(NOW).done
    for row in rows:
        row.refresh_from_db()
        assert row.scan == Scan.CLEAN and queries.content_of(row)
    assert not list((own_folder / "files" / "quarantine").iterdir())
    assert list(invariants.breaches()) == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.clause("E1")
def test_a_virus_found_later_deletes_the_content_and_tells_the_uploader(nobody, own_folder, monkeypatch):
    row, good = take(VIRUS, "发票.pdf"), take()
    with clamd() as (_made, address):
        monkeypatch.setattr(settings, "YUNQUAN_CLAMD", address)
        found = dict(scanning.look_again(by=CLOCK, now=NOW))
    assert found[row.sha256].scan == Scan.INFECTED
    row.refresh_from_db()
    assert row.scan == Scan.INFECTED and not queries.is_open(row)
    assert everything_kept(own_folder) == [good.sha256]
    (notice,) = Notice.objects.filter(org="enterprise:1")
    assert "发现病毒" in notice.title and "Eicar" in notice.text
    assert list(invariants.breaches()) == []


@pytest.mark.django_db
@pytest.mark.clause("E1")
def test_a_file_of_earlier_days_in_which_a_virus_is_known_now_is_closed(scanner, monkeypatch):
    with monkeypatch.context() as before:
        before.setattr(settings, "YUNQUAN_CLAMD", "")
        row = take(VIRUS)
    assert queries.is_open(row)
    with clamd() as (_made, address):
        monkeypatch.setattr(settings, "YUNQUAN_CLAMD", address)
        with pytest.raises(Refused):
            take(VIRUS, by=Actor("person:2", "enterprise", "enterprise:2"))
    row.refresh_from_db()
    assert row.scan == Scan.INFECTED and not queries.is_open(row)
    assert Notice.objects.filter(org="enterprise:1").exists()


@pytest.mark.django_db
def test_a_content_found_clean_before_needs_no_second_look(scanner, monkeypatch, tmp_path):
    assert take().scan == Scan.CLEAN
    monkeypatch.setattr(settings, "YUNQUAN_CLAMD", f"unix:{tmp_path}/gone")
    assert take(name="又一份.pdf").scan == Scan.CLEAN


def test_the_scanner_s_limit_holds_the_file_and_is_said(monkeypatch):
    with clamd(most=100_000) as (_made, address):
        monkeypatch.setattr(settings, "YUNQUAN_CLAMD", address)
        finding = scanning.look_at(b"%PDF-" + b"0" * 8_000_000)
    assert (finding.scan, finding.said) == (Scan.WAITING, "INSTREAM size limit exceeded. ERROR")


@pytest.mark.django_db
def test_a_file_beyond_the_scanner_s_limit_does_not_keep_the_others_waiting(nobody, monkeypatch):
    for place in range(3):
        take(PDF + b"%" * (200_000 if place == 1 else place + 1))
    with clamd(most=100_000) as (_made, address):
        monkeypatch.setattr(settings, "YUNQUAN_CLAMD", address)
        found = [finding.scan for _sha256, finding in scanning.look_again(by=CLOCK, now=NOW)]
    assert sorted(found) == [Scan.CLEAN, Scan.CLEAN, Scan.WAITING]


def test_a_scanner_that_says_nothing_costs_its_time_limit_and_no_more():
    with clamd() as (made, address):
        made.silent = True
        begun = time.monotonic()
        with pytest.raises(scanning.ScannerError):
            scanning.ask(address, PDF, seconds=0.3)
        assert time.monotonic() - begun < 3


@pytest.mark.parametrize("content", [PDF, EICAR])
def test_an_answer_that_is_cut_off_says_nothing(scanner, content):
    scanner.cut_off = True
    finding = scanning.look_at(content)
    assert (finding.scan, finding.said) == (Scan.WAITING, "the answer was cut off")


@pytest.mark.parametrize("address", ["udp:1.2.3.4:5", "tcp:3310", "/run/clamd", "tcp:host:port"])
def test_an_address_that_is_none_is_named(address):
    with pytest.raises(scanning.ScannerError, match="unix:/path"):
        scanning.ask(address, PDF)


def test_the_scanner_hears_an_empty_stream_and_one_that_ends_on_a_piece(scanner):
    address = settings.YUNQUAN_CLAMD
    for size in (0, 1, 64 * 1024, 128 * 1024, 128 * 1024 + 1):
        assert scanning.ask(address, b"0" * size) == "stream: OK"
        assert sum(scanner.pieces) == size


@pytest.mark.django_db
@pytest.mark.clause("E1")
@pytest.mark.parametrize("fault", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_said_and_leaves_nothing(fault, monkeypatch, own_folder):
    def full(_handle):
        raise OSError(fault, os.strerror(fault))

    with monkeypatch.context() as now_full:
        now_full.setattr(taking.os, "fsync", full)
        with pytest.raises(Refused) as refused:
            take()
    assert refused.value.codes == ("disk_full",)
    assert "已填写的内容都在" in refused.value.refusals[0].mend
    assert everything_kept(own_folder) == []
    assert not StoredFile.objects.exists()


@pytest.mark.django_db
def test_another_fault_of_the_disk_is_no_full_disk(monkeypatch):
    def broken(_handle):
        raise OSError(errno.EIO, "input/output error")

    monkeypatch.setattr(taking.os, "fsync", broken)
    with pytest.raises(OSError, match="input/output"):
        take()
