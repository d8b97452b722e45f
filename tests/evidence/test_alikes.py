"""Alike documents in the database: found as they come, bounded in cost, shown to nobody without a case (D47-5.17)."""

from __future__ import annotations

import threading
import zlib
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from tests.evidence.clamd import clamd
from tests.evidence.likeness import making
from tests.parties.making import NOW
from yunquan.evidence import alikes
from yunquan.evidence.actions import take_file
from yunquan.evidence.likeness import sketches
from yunquan.evidence.likeness.comparing import Document, Kind, compare, text_of
from yunquan.evidence.likeness.opening import pictures_from, read
from yunquan.evidence.likeness.twins import Cap
from yunquan.evidence.models import AcceptanceReport, Alike, Contract, Fingerprint, LikenessBand
from yunquan.evidence.readings import NotReadError
from yunquan.jobs.tick import tick
from yunquan.kernel.workflow import Actor

pytestmark = pytest.mark.clause("D47-5.17")


def actor(number):
    return Actor(f"person:{number}", "enterprise", f"enterprise:{number}")


def take(content, *, org=1, name="验收报告.docx"):
    return take_file(content=content, name=name, org=f"enterprise:{org}", by=actor(org), now=NOW)


def serve(file):
    """Let a file serve a case."""
    AcceptanceReport.objects.create(
        key=f"k{file.pk}", number=f"R{file.pk}", accepted_on=date(2019, 3, 1), file=file
    )
    return file


def text(name, said):
    return Document(name=name, sha256=name.rjust(64, "0"), text=text_of(said))


def picture(name, content):
    return Document(
        name=name, sha256=name.rjust(64, "0"), pictures=pictures_from(read(content, "x.jpg")["pictures"])
    )


def test_a_sketch_gives_the_document_back():
    page = making.page(making.report(2))
    both = replace(picture("a", making.saved(page)), text=text_of(making.report(1)), name="a".rjust(64, "0"))
    again = sketches.document_of(both.sha256, sketches.sketch_of(both))
    assert again.text is not None and both.text is not None
    assert (again.text.paper, again.text.content, again.text.figures) == (
        both.text.paper,
        both.text.content,
        both.text.figures,
    )
    assert np.array_equal(again.text.shingles, both.text.shingles)
    assert np.array_equal(again.text.signature, both.text.signature)
    assert list(again.pictures) == list(both.pictures)
    assert sketches.lanes_of(again) == sketches.lanes_of(both)
    nothing = Document(name="n", sha256="n", pictures=[])
    assert sketches.document_of("n", sketches.sketch_of(nothing)) == nothing
    other_form = zlib.compress(b"\x09" + bytes(20))
    with pytest.raises(ValueError, match="format"):
        sketches.document_of("x", other_form)


@pytest.mark.parametrize("seed", range(12))
def test_every_band_value_fits_the_database_and_the_text_key_is_signed(seed):
    document = text("a", making.report(seed))
    key = sketches.text_key(document)
    assert key is not None and -(2**63) <= key < 2**63
    assert all(0 <= value < 2**63 for _lane, value in sketches.lanes_of(document))


@pytest.mark.django_db
def test_a_report_with_another_name_in_it_is_found_with_whose_it_is_and_why():
    first = serve(take(making.word(making.report(3)), org=1))
    other = serve(take(making.word(making.report(3, enterprise="虚构精密机电有限公司")), org=2))
    for file in (first, other):
        alikes.remember(file, now=NOW)
    (found,) = alikes.alikes_of(other)
    assert (found.file, found.org, found.kind) == (first, "enterprise:1", Kind.OTHER_NAMES)
    assert 700 < found.score < 1000 and "用词" in found.why and found.label == "只换了名称"
    (back,) = alikes.alikes_of(first)
    assert (back.file, back.score) == (other, found.score)
    said = alikes.differences(first, other)
    assert {piece.what for piece in said.differences} == {"name"}
    assert any("虚构精密机电有限公司" in piece.right for piece in said.differences)


@pytest.mark.django_db
def test_reports_of_their_own_are_not_alike():
    for seed in range(40):
        alikes.store(text(f"r{seed}", making.report(seed)), now=NOW)
    assert Fingerprint.objects.count() == 40
    assert not Alike.objects.exists()


@pytest.mark.django_db
def test_the_same_file_of_another_firm_is_found_and_one_of_the_same_case_is_not():
    content = making.word(making.report(5))
    mine, beside, theirs = take(content), take(content, name="又一份.docx"), take(content, org=2)
    alikes.remember(mine, now=NOW)
    assert alikes.alikes_of(mine) == []  # Drafts of anybody are their own affair.
    serve(beside)
    serve(theirs)
    assert [one.file for one in alikes.alikes_of(mine)] == [beside, theirs]
    assert [one.file for one in alikes.alikes_of(mine, beside=[beside.pk])] == [theirs]
    (found,) = alikes.alikes_of(mine, beside=[beside.pk])
    assert (found.kind, found.score) == (Kind.SAME_FILE, 1000)


@pytest.mark.django_db
def test_a_page_saved_anew_is_found_with_its_page():
    page = making.page(making.report(7))
    one = serve(take(making.scan_pdf([making.page(making.report(8)), page]), name="甲.pdf"))
    other = serve(take(making.resaved(page), org=2, name="乙.jpg"))
    for file in (one, other):
        alikes.remember(file, now=NOW)
    (found,) = alikes.alikes_of(other)
    assert (found.file, found.kind) == (one, Kind.SAME_PICTURE)
    seen = alikes.compared(other, one)
    assert seen is not None and seen.pages == ((1, 2),)
    with pytest.raises(NotReadError, match="扫描件"):
        alikes.differences(one, other)


@pytest.mark.django_db
def test_remembering_twice_does_nothing_and_an_unreadable_file_says_why():
    file = take(b"%PDF-1.4 broken")
    row = alikes.remember(file, now=NOW)
    assert row.error and not row.bands.exists()
    assert alikes.remember(file, now=NOW).pk == row.pk
    assert alikes.compared(file, file).kind == Kind.SAME_FILE


@pytest.mark.django_db
def test_fingerprints_bands_and_pairs_never_change():
    alikes.store(text("a", making.report(1)), now=NOW)
    alikes.store(text("b", making.report(1)), now=NOW)
    for rows, change in (
        (Fingerprint.objects, {"text_key": 1}),
        (LikenessBand.objects, {"value": 1}),
        (Alike.objects, {"score": 1}),
    ):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            rows.update(**change)


@pytest.mark.django_db
def test_the_number_of_queries_does_not_grow_with_what_is_stored():
    def cost(name, said):
        with CaptureQueriesContext(connection) as seen:
            alikes.store(text(name, said), now=NOW)
        return len(seen)

    alikes.store(text("n", making.report(500)), now=NOW)
    few = cost("n0", making.report(500))
    form = making.report(1)
    for seed in range(150):
        alikes.store(text(f"r{seed}", f"{form}第{seed + 100}号附页"), now=NOW)
    assert cost("n1", making.report(501)) <= few
    # One that meets every stored one costs no more statements either.
    assert cost("n2", f"{form}第999号附页") == few
    assert Alike.objects.filter(other="n2".rjust(64, "0")).count() <= alikes.MOST_PARTNERS


@pytest.mark.django_db
def test_reading_what_is_alike_takes_the_same_queries_for_one_file_and_for_many(django_assert_num_queries):
    contents = [making.word(making.report(seed)) for seed in range(5)]
    files = [serve(take(content)) for content in contents]
    others = [serve(take(content, org=2)) for content in contents]
    with CaptureQueriesContext(connection) as one:
        alikes.alikes_of(files[0])
    with django_assert_num_queries(len(one)):
        told = alikes.alikes_of_each(files)
    assert [[one.file for one in told[file.pk]] for file in files] == [[other] for other in others]


@pytest.mark.django_db
def test_bands_are_found_through_the_index_newest_first():
    for seed in range(60):
        alikes.store(text(f"r{seed}", making.report(seed)), now=NOW)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("ANALYZE evidence_likenessband")
        explain = "EXPLAIN" if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN"
        cursor.execute(
            f"{explain} SELECT fingerprint_id FROM evidence_likenessband WHERE lane = 1 AND value = 2"
            " ORDER BY id DESC LIMIT 48"
        )
        plan = " ".join(str(row) for row in cursor.fetchall())
    assert "evidence_by_band" in plan and "TEMP B-TREE" not in plan and "Sort" not in plan


@pytest.mark.django_db
def test_a_form_that_many_fill_in_does_not_hide_the_nearest():
    """The oldest of 300 on one form has left the full bands, and still its copy is found."""
    form = making.SENTENCES * 3
    for seed in range(300):
        said = f"验收报告{'。'.join(form)}{making.report(seed)}"
        alikes.store(text(f"f{seed}", said), now=NOW)
    copy = f"验收报告{'。'.join(form)}{making.report(2, enterprise='虚构精密机电有限公司')}"
    alikes.store(text("copy", copy), now=NOW)
    name = "copy".rjust(64, "0")
    pairs = [{row.one, row.other} for row in Alike.objects.all()]
    assert {name, "f2".rjust(64, "0")} in pairs


@pytest.mark.django_db(transaction=True)
def test_of_two_that_come_together_the_second_sees_the_first():
    documents = [
        text(f"t{place}", making.report(9, enterprise=f"虚构{'甲乙丙丁'[place]}制品有限公司"))
        for place in range(4)
    ]
    assert compare(documents[0], documents[1]) is not None
    faults, start = [], threading.Barrier(4)

    def store(document):
        try:
            start.wait()
            alikes.store(document, now=NOW)
            alikes.store(document, now=NOW)
        except Exception as fault:
            faults.append(fault)
        finally:
            connection.close()

    connection.close()  # The pool gives out few: with one held here, the others would come one after the other.
    threads = [threading.Thread(target=store, args=(document,)) for document in documents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert Fingerprint.objects.count() == 4
    assert Alike.objects.count() == 6


@pytest.mark.django_db
def test_the_tick_compares_what_nobody_compared_and_leaves_what_waits(monkeypatch, settings):
    file = serve(take(making.word(making.report(1))))
    with clamd() as (made, address):
        settings.YUNQUAN_CLAMD = address
        made.most = 10
        held = take(making.word(making.report(2)), org=2)
        assert held.scan == "waiting"
        assert tick(NOW).done["files_compared"] == 1
        assert "files_compared" not in tick(NOW).done
    assert list(Fingerprint.objects.values_list("sha256", flat=True)) == [file.sha256]
    with pytest.raises(NotReadError, match="隔离"):
        alikes.remember(held, now=NOW)


@pytest.mark.django_db
@pytest.mark.clause("D47-4.4.2")
def test_two_contracts_of_a_pair_that_together_pass_a_cap_are_told(world):
    def contract(number, day, supplier=None):
        return Contract.objects.create(
            enterprise=world.enterprise, supplier=supplier or world.supplier, number=number, number_key=number,
            signed_on=day, total_fen=9_000_000, cloud_fee_fen=9_000_000, file=take(making.word(number)),
        )  # fmt: skip

    one, other = contract("HT-1", date(2018, 9, 1)), contract("HT-2", date(2018, 9, 20))
    far = contract("HT-3", date(2019, 9, 1))
    fees = {row.pk: ({"生产品质管控": 9_000_000}, None) for row in (one, other, far)}
    caps = {"生产品质管控": Cap(10_000_000)}
    (twin,) = alikes.twins_of(one, caps=caps, fees=lambda pks: {pk: fees[pk] for pk in pks})
    assert {twin.one, twin.other} == {str(one.pk), str(other.pk)} and "合计超过" in twin.why
    assert alikes.twins_of(far, caps=caps, fees=lambda pks: {pk: fees[pk] for pk in pks}) == ()
