"""The pages of the rectification and of the candidates on every desk (D858-2.3)."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from tests.cast import World, at
from tests.inspections import stage
from tests.inspections.test_rectifying import CHECKING, ORDERING, REPORTING, ordered, reported
from tests.inspections.test_self_check_pages import Enter, body, entering, loud, once, text_of
from yunquan.inspections.actions import rectifying
from yunquan.inspections.models import Candidate, Inspection, Rectification
from yunquan.journal import clock

__all__ = ["loud"]
PARTIES = (("supplier", "supplier"), ("dg_enterprise", "enterprise"))
BUREAUS = (("dg_reviewer", "city"), ("province_officer", "province"))


@pytest.fixture
def enter(world: World, monkeypatch: pytest.MonkeyPatch, settings: Any) -> Enter:
    """A browser logged in as one of the cast, on a day of the rectification."""
    return entering(world, monkeypatch, settings, CHECKING)


@pytest.fixture
def inspection(world: World) -> Inspection:
    (row,) = stage.drawn(world, regime="d858", now=ORDERING)
    return row


@pytest.mark.clause("D858-2.3")
@pytest.mark.parametrize(("name", "desk"), PARTIES)
def test_a_party_reports_with_its_papers_and_loses_nothing_that_was_typed(
    world: World, inspection: Inspection, enter: Enter, name: str, desk: str
) -> None:
    row = ordered(world, inspection)
    client, here = enter(name), f"/{desk}/inspections/rectifications/{row.pk}/"
    assert f'href="{row.pk}/"' in text_of(client.get(f"/{desk}/inspections/rectifications/"))
    text = text_of(client.get(here))
    assert "排产模块闲置（测试）" in text and "2020-11-04" in text
    bare = text_of(client.post(here, {"once": once(text), "report": "已培训<b>"}), 422)
    assert "请上传证明整改到位的材料" in bare and "已培训&lt;b&gt;" in bare
    more = text_of(client.post(here, {"once": once(bare), "report": "已培训", "add": "files"}))
    assert 'name="files-1-file"' in more and "已培训" in more
    paper = world.file(world[name])
    sent = {"once": once(more), "report": "已培训", "files-0-file_id": str(paper.pk)}
    assert client.post(here, sent).status_code == 302
    assert client.post(here, sent).status_code == 302
    row.refresh_from_db()
    assert (row.state, row.version) == ("filed", 1)
    text = text_of(client.get(here))
    assert f"/files/{paper.pk}/" in text and "<textarea" not in text
    # The other party reads the paper as well; a stranger does not.
    other = next(one for one, _ in PARTIES if one != name)
    assert enter(other).get(f"/files/{paper.pk}/").status_code == 200
    assert enter("dg_reviewer").get(f"/files/{paper.pk}/").status_code == 200
    assert enter("other_supplier").get(f"/files/{paper.pk}/").status_code == 404


@pytest.mark.clause("D858-2.3")
@pytest.mark.parametrize(("name", "desk"), BUREAUS)
def test_a_bureau_checks_sends_back_and_fails(
    world: World, inspection: Inspection, enter: Enter, name: str, desk: str
) -> None:
    row = reported(world, ordered(world, inspection))
    client, here = enter(name), f"/{desk}/inspections/rectifications/{row.pk}/"
    assert row.inspection.voucher.number in text_of(client.get(f"/{desk}/inspections/rectifications/"))
    text = text_of(client.get(here))
    assert "已培训并恢复使用（测试）" in text
    bare = {"once": once(text), "action": "send_back", "note": "", "due_on": ""}
    refused = text_of(client.post(here, bare), 422)
    assert "请写明" in refused and "须晚于今天" in refused
    unchosen = text_of(client.post(here, {**bare, "action": "", "note": "缺少截图"}), 422)
    assert "请选择复查通过、退回再整改或整改不到位" in unchosen and "缺少截图" in unchosen
    assert Rectification.objects.get(pk=row.pk).state == "filed"
    again = {**bare, "once": once(refused), "note": "缺少截图", "due_on": "2020-11-20"}
    assert client.post(here, again).status_code == 302
    row.refresh_from_db()
    assert row.state == "ordered"
    # What a page does not offer any more is not done, and says why.
    assert "不能复查通过" in text_of(client.post(here, {"action": "pass", "note": "好"}), 422)
    assert client.post(here, {"action": "file", "note": "好"}).status_code == 404
    text = text_of(client.get(here))
    failing = {"once": once(text), "action": "fail", "note": "仍然闲置"}
    assert client.post(here, failing).status_code == 302
    text = text_of(client.get(here))
    assert "提出新的处理意见" in text and f"/{desk}/inspections/results/{inspection.pk}/" in text


def test_a_pass_says_what_was_looked_at(world: World, inspection: Inspection, enter: Enter) -> None:
    row = reported(world, ordered(world, inspection))
    client, here = enter("province_officer"), f"/province/inspections/rectifications/{row.pk}/"
    first = once(text_of(client.get(here)))
    refused = text_of(client.post(here, {"once": first, "action": "pass", "note": " "}), 422)
    assert "请写明复查情况" in refused
    passing = {"once": once(refused), "action": "pass", "note": "现场看过"}
    assert client.post(here, passing).status_code == 302
    assert "现场看过" in text_of(client.get(here))
    assert Rectification.objects.get().state == "done"


@pytest.mark.clause("A1")
def test_strangers_find_no_rectification(world: World, inspection: Inspection, enter: Enter) -> None:
    row = ordered(world, inspection)
    tries = {
        "supplier": ("other_supplier", "dg_reviewer", "dg_enterprise"),
        "enterprise": ("fs_enterprise", "supplier"),
        "city": ("fs_reviewer", "hc_reviewer", "province_officer"),
        "province": ("dg_reviewer", "auditor", "supplier"),
    }
    for desk, names in tries.items():
        for name in names:
            answer = enter(name).get(f"/{desk}/inspections/rectifications/{row.pk}/")
            assert answer.status_code == 404, (desk, name)
    assert "整改期限" in text_of(enter("dg_reviewer").get("/city/inspections/rectifications/"))
    assert row.inspection.voucher.number not in text_of(
        enter("fs_reviewer").get("/city/inspections/rectifications/")
    )
    assert enter("province_officer").get("/province/inspections/candidates/publish").status_code == 404
    assert enter("dg_reviewer").get("/province/inspections/candidates/").status_code == 404


def test_who_is_late_is_shown_and_exported(
    world: World, inspection: Inspection, enter: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = ordered(world, inspection)
    client, here = enter("province_officer"), "/province/inspections/rectifications/"
    assert row.inspection.voucher.number not in text_of(client.get(f"{here}?late=1"))
    monkeypatch.setattr(clock, "read", lambda: at("2020-12-01 10:00"))
    assert "已逾期" in text_of(client.get(f"{here}?late=1"))
    assert row.inspection.voucher.number in body(client.get(f"{here}?format=csv")).decode()
    assert body(client.get(f"{here}?format=xlsx"))[:2] == b"PK"


@pytest.mark.clause("D858-2.3")
def test_candidates_are_listed_published_and_then_public(
    world: World, inspection: Inspection, enter: Enter
) -> None:
    public = text_of(Client().get("/inspections/candidates/"))
    assert "还没有公布" in public
    for kind in rectifying.KINDS:
        rectifying.name_candidate(
            inspection=inspection, kind=kind, by=world["province_officer"], now=REPORTING
        )
    listing = text_of(enter("province_officer").get("/province/inspections/candidates/"))
    assert world.enterprise.name in listing and world.supplier.name in listing and "公布名单" not in listing
    client, here = enter("province_approver"), "/province/inspections/candidates/publish"
    text = text_of(client.get(f"{here}?kind=excellent_supplier_candidate"))
    row = Candidate.objects.get(kind="excellent_supplier_candidate")
    bare = text_of(client.post(here, {"once": once(text), "kind": row.kind}), 422)
    assert "请至少选择一个" in bare and world.supplier.name in bare
    sent = {"once": once(bare), "kind": row.kind, "pks": [str(row.pk)]}
    assert client.post(here, sent).status_code == 302
    public = text_of(Client().get("/inspections/candidates/"))
    assert world.supplier.name in public and world.enterprise.name not in public
    assert body(client.get("/province/inspections/candidates/list.pdf"))[:5] == b"%PDF-"
    assert re.search(r"公布时间", text_of(client.get("/province/inspections/candidates/?public=yes")))


def test_a_list_costs_the_same_queries_however_many_rows(
    world: World, enter: Enter, django_assert_max_num_queries: Any
) -> None:
    clerks = ["dg_enterprise"]
    for place in range(3):
        world.add_enterprise(f"dg_many_{place}")
        clerks.append(f"dg_many_{place}")
    for row in stage.drawn(
        world, regime="d858", vouchers=[world.approved(one) for one in clerks], now=ORDERING
    ):
        ordered(world, row)
        rectifying.name_candidate(
            inspection=row, kind="benchmark_candidate", by=world["province_officer"], now=REPORTING
        )
    client = enter("province_officer")
    for path in ("rectifications/", "candidates/"):
        with django_assert_max_num_queries(45):
            assert text_of(client.get(f"/province/inspections/{path}")).count("<tr") >= 5


def test_what_waits_for_a_bureau_stands_on_its_first_page(
    world: World, inspection: Inspection, enter: Enter
) -> None:
    row = ordered(world, inspection)
    for name, desk in BUREAUS:
        assert "整改待复查" not in text_of(enter(name).get(f"/{desk}/"))
    reported(world, row)
    for name, desk in BUREAUS:
        text = text_of(enter(name).get(f"/{desk}/"))
        assert "整改待复查" in text and f"/{desk}/inspections/rectifications/{row.pk}/" in text
