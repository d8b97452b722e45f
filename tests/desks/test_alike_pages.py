"""Two alike documents side by side: an official sees what lies in the area, the province sees all (A1, D47-5.17)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.cast import CLAIMING, World
from tests.evidence.likeness import making
from yunquan.evidence import alikes
from yunquan.evidence.actions import enter_report, take_file
from yunquan.evidence.models import AcceptanceReport, StoredFile

pytestmark = pytest.mark.clause("A1")
STRANGE = "虚构精密机电有限公司"


def _report(world: World, org: str, said: str, serial: int) -> StoredFile:
    actor = world["dg_enterprise"]
    by = type(actor)(person=actor.person, role=actor.role, org=org)
    file = take_file(
        content=making.word(said), name=f"报告{serial}（{STRANGE}）.docx", org=org, by=by, now=CLAIMING
    )
    enter_report(supplier=world.supplier, number=f"YS-{serial}", accepted_on=date(2019, 2, 1), file=file)
    alikes.remember(file, now=CLAIMING)
    return file


@pytest.fixture
def pair(world: World) -> tuple[StoredFile, StoredFile]:
    """The report of a voucher of 东莞, and one with another name in it that no case of 东莞 holds."""
    voucher = world.claim(world.issued())
    mine = _report(world, world.enterprise.key, making.report(3), 901)
    voucher.report = AcceptanceReport.objects.get(file=mine)
    voucher.save(update_fields=["report"])
    theirs = _report(world, "enterprise:999999", making.report(3, enterprise=STRANGE), 902)
    return mine, theirs


@pytest.fixture
def enter(world: World, settings: Any, client: Any) -> Any:
    settings.SECOND_FACTOR_REQUIRED = False

    def log_in(name: str) -> Any:
        client.force_login(world.person(world[name]), backend="django.contrib.auth.backends.ModelBackend")
        return client

    return log_in


@pytest.mark.django_db
def test_a_city_sees_its_own_paper_and_nothing_that_names_the_other(pair, enter) -> None:
    mine, theirs = pair
    client = enter("dg_reviewer")
    for one, other in ((mine, theirs), (theirs, mine)):
        answer = client.get(f"/city/alike/{one.pk}/{other.pk}/")
        page = answer.content.decode()
        assert answer.status_code == 200
        assert "另一地市的材料" in page and "文件名不显示" in page and "只换了名称" in page
        assert making.facts(3)["enterprise"] in page and mine.name in page
        assert f"/files/{theirs.pk}/" not in page
        assert theirs.name not in page
        # Its name stands in the name of the own file of this test, and nowhere else.
        assert page.replace(mine.name, "").count(STRANGE) == 0
        assert "名称不同" in page
    assert client.get(f"/files/{theirs.pk}/").status_code == 404


@pytest.mark.django_db
def test_the_province_sees_both(pair, enter) -> None:
    mine, theirs = pair
    client = enter("province_officer")
    page = client.get(f"/province/alike/{mine.pk}/{theirs.pk}/").content.decode()
    # No case holds the other one any more: its words are shown, its original has no door.
    assert "另一地市" not in page and "不在任何单据中" in page
    assert page.replace(theirs.name, "").replace(mine.name, "").count(STRANGE) >= 1
    assert f"/files/{theirs.pk}/" not in page and f"/files/{mine.pk}/" in page


@pytest.mark.django_db
def test_both_are_shown_whole_where_both_cases_may_be_seen(world, pair, enter) -> None:
    mine, theirs = pair
    other = world.claim(
        world.issued(total="50000", cloud_fee="40000", lines=[{"service": "8", "fee": "40000"}])
    )
    other.report = AcceptanceReport.objects.get(file=theirs)
    other.save(update_fields=["report"])
    for name, prefix in (("dg_reviewer", "/city/"), ("province_officer", "/province/")):
        page = enter(name).get(f"{prefix}alike/{mine.pk}/{theirs.pk}/").content.decode()
        assert "另一地市" not in page and theirs.name in page
        assert f"/files/{theirs.pk}/" in page and f"/files/{mine.pk}/" in page
        assert page.replace(theirs.name, "").replace(mine.name, "").count(STRANGE) >= 1


@pytest.mark.django_db
def test_who_may_see_neither_case_finds_nothing(pair, enter) -> None:
    mine, theirs = pair
    for name in ("fs_reviewer", "dg_enterprise", "supplier"):
        client = enter(name)
        for path in (f"/city/alike/{mine.pk}/{theirs.pk}/", f"/province/alike/{mine.pk}/{theirs.pk}/"):
            assert client.get(path).status_code == 404, (name, path)


@pytest.mark.django_db
def test_papers_that_have_nothing_in_common_are_no_page(world, pair, enter) -> None:
    mine, _theirs = pair
    own = _report(world, world.enterprise.key, making.report(17), 903)
    client = enter("dg_reviewer")
    for one, other in ((mine.pk, own.pk), (mine.pk, 999_999), (mine.pk, mine.pk)):
        assert client.get(f"/city/alike/{one}/{other}/").status_code == 404


@pytest.mark.django_db
def test_alike_pages_are_shown_one_pair_after_the_other(world, enter) -> None:
    page = making.page(making.report(7))
    voucher = world.claim(world.issued())
    files = []
    actor = world["dg_enterprise"]
    for serial, content in enumerate(
        (making.scan_pdf([making.page(making.report(8)), page]), making.resaved(page))
    ):
        file = take_file(content=content, name="扫描件", org=actor.org, by=actor, now=CLAIMING)
        enter_report(supplier=world.supplier, number=f"S{serial}", accepted_on=date(2019, 2, 1), file=file)
        alikes.remember(file, now=CLAIMING)
        files.append(file)
    voucher.report = AcceptanceReport.objects.get(file=files[0])
    voucher.save(update_fields=["report"])
    said = enter("dg_reviewer").get(f"/city/alike/{files[0].pk}/{files[1].pk}/?pair=99999").content.decode()
    assert "第 2 / 2 页" in said and "第 1 / 1 页" not in said
    assert "扫描件，没有可以逐字对照的文字" in said
