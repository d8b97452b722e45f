"""规则试算 on the province's desk: asked, read, compared, exported, attached; strangers find nothing."""

from __future__ import annotations

from datetime import date
from io import BytesIO
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from tests.cast import APPLYING, World
from tests.desks.officials import text_of
from yunquan.insight.models import Replay, ReplayReport
from yunquan.programme import actions as programme
from yunquan.programme.models import RuleChange
from yunquan.vouchers.models import Voucher

CAP = {"per": "service", "amount": "2 万元"}


@pytest.fixture
def change(world: World, moment: Any) -> RuleChange:
    return programme.draft_rule_change(
        pack="gd-2018", rule="award.cap.8", value=CAP, from_on=date(2099, 9, 1), article="D47-A1.1",
        meaning="试算用。", by=world["province_officer"], now=APPLYING,
    )  # fmt: skip


def ask(client: Any, world: World, change: RuleChange, **more: Any) -> Any:
    typed = {"changes": [change.pk], "cycles": [world.cycle.pk], "title": "", **more}
    return client.post("/province/replays/new/", typed)


@pytest.mark.clause("D47-4.4.1")
def test_a_draft_is_tried_read_attached_and_seen_by_the_second_person(
    world: World, enter: Any, change: RuleChange
) -> None:
    voucher = world.apply()
    client = enter("province_officer")
    assert f"/province/replays/new/?change={change.pk}" in text_of(
        client.get(f"/province/rules/changes/{change.pk}/")
    )
    assert "应用服务的奖补上限" in text_of(client.get("/province/replays/new/"))
    answer = ask(client, world, change)
    row = Replay.objects.get()
    assert answer.headers["Location"] == f"/province/replays/{row.pk}/"
    page = text_of(client.get(f"/province/replays/{row.pk}/"))
    for said in (
        "-10,000.00",
        "-9.1 %",
        "东莞",
        "小型",
        "8 供应链协同",
        voucher.number,
        "没有试算的",
        "摘要",
    ):
        assert said in page, said
    assert f'href="/province/vouchers/{voucher.number}/"' in page
    assert change.rule not in page
    done = client.post(f"/province/rules/changes/{change.pk}/report", {"replay": row.pk})
    assert done.headers["Location"] == f"/province/rules/changes/{change.pk}/"
    client.post(f"/province/rules/changes/{change.pk}/submit")
    second = enter("province_approver")
    page = text_of(second.get(f"/province/rules/changes/{change.pk}/"))
    assert row.report.content_hash in page and "-10,000.00" in page and "规则变更：附上试算报告" in page
    client.post(f"/province/rules/changes/{change.pk}/publish")
    second.post(f"/province/rules/changes/{change.pk}/publish")
    change.refresh_from_db()
    assert change.published_by == world["province_approver"].person


def test_what_was_typed_is_kept_and_every_fault_is_named(
    world: World, enter: Any, change: RuleChange
) -> None:
    client = enter("province_officer")
    answer = ask(client, world, change, changes=[], cycles=[], title="我的试算")
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "请勾选“规则变更”" in page and "请勾选“周期”" in page
    assert 'value="我的试算"' in page
    other = programme.draft_rule_change(
        pack="gd-2018", rule="goals.enterprises", value=3, from_on=date(2099, 9, 1), article="D47-1",
        meaning="目标。", by=world["province_officer"], now=change.drafted_at,
    )  # fmt: skip
    answer = ask(client, world, change, changes=[other.pk])
    assert answer.status_code == 422 and "试算不会有差别" in answer.content.decode()
    assert Replay.objects.count() == 0


def test_a_second_click_asks_for_nothing_more(world: World, enter: Any, change: RuleChange) -> None:
    client = enter("province_officer")
    for _ in range(2):
        assert ask(client, world, change, once="token-of-one-form").status_code == 302
    assert Replay.objects.count() == 1


def test_two_replays_stand_side_by_side_and_are_exported(
    world: World, enter: Any, change: RuleChange
) -> None:
    Voucher.objects.filter(pk=world.apply().pk).update(number="=HYPERLINK(1)")
    client = enter("province_officer")
    ask(client, world, change, title="=甲")
    programme.edit_rule_change(
        change=change, value={**CAP, "amount": "1 万元"}, from_on=change.from_on, article="D47-A1.1",
        meaning="再试。", by=world["province_officer"], now=change.drafted_at,
    )  # fmt: skip
    ask(client, world, change, title="乙")
    one, other = Replay.objects.order_by("pk")
    assert "乙" in text_of(client.get("/province/replays/compare/"))
    address = f"/province/replays/compare/?one={one.pk}&other={other.pk}"
    page = text_of(client.get(address))
    assert page.count("-10,000.00") >= 3
    assert "试算后又改过" in text_of(client.get(f"/province/replays/{one.pk}/"))
    written = b"".join(client.get(f"{address}&format=csv").streaming_content).decode()
    assert "-10000.00" in written and "\n=" not in written
    book = b"".join(client.get(f"/province/replays/{one.pk}/report.xlsx").streaming_content)
    sheets = CalamineWorkbook.from_filelike(BytesIO(book)).sheet_names
    assert {"按地市", "按企业规模", "变化最大的券", "不能计算的券"} <= set(sheets)
    cases = b"".join(client.get(f"/province/replays/{one.pk}/cases.csv").streaming_content).decode()
    assert "'=HYPERLINK(1)" in cases
    for kind in ("services", "quota", "apart", "left_out"):
        assert client.get(f"/province/replays/{one.pk}/{kind}.csv").status_code == 200
    assert client.get(f"/province/replays/{one.pk}/nothing.csv").status_code == 404
    assert client.get("/province/replays/compare/?one=x&other=1").status_code == 404


def test_a_large_replay_waits_for_the_clock_and_tells_how_far_it_is(
    world: World, enter: Any, change: RuleChange, monkeypatch: pytest.MonkeyPatch
) -> None:
    from yunquan.insight import actions
    from yunquan.jobs.tick import tick

    world.apply()
    monkeypatch.setattr(actions, "AT_ONCE", 0)
    client = enter("province_officer")
    ask(client, world, change)
    row = Replay.objects.get()
    row.work.__class__.objects.update(read=20_000, total=90_000)
    page = text_of(client.get(f"/province/replays/{row.pk}/"))
    assert "yunquan replay" in page and "20000" in page and "90000" in page
    assert client.post(f"/province/replays/{row.pk}/run").status_code == 404
    assert "等待试算" in text_of(client.get("/province/replays/"))
    assert tick(change.drafted_at).done["replays"] == 1
    assert "已完成" in text_of(client.get("/province/replays/"))
    assert "replays" not in tick(change.drafted_at).done


def test_without_vouchers_the_pages_say_so(world: World, enter: Any, change: RuleChange) -> None:
    client = enter("province_officer")
    assert "还没有试算" in text_of(client.get("/province/replays/"))
    ask(client, world, change)
    page = text_of(client.get(f"/province/replays/{Replay.objects.get().pk}/"))
    assert "没有数据可画" in page and "data-option" not in page


def test_the_auditor_reads_and_strangers_find_nothing(world: World, enter: Any, change: RuleChange) -> None:
    world.apply()
    ask(enter("province_officer"), world, change)
    pk = ReplayReport.objects.get().replay_id
    auditor = enter("auditor")
    page = text_of(auditor.get(f"/auditor/replays/{pk}/"))
    assert "/auditor/vouchers/" in page and "附在" not in page
    for rest in ("", "compare/"):
        assert "规则试算" in text_of(auditor.get(f"/auditor/replays/{rest}"))
    assert b"".join(auditor.get(f"/auditor/replays/{pk}/report.xlsx").streaming_content)[:2] == b"PK"
    for name in ("dg_reviewer", "dg_enterprise", "supplier", "auditor"):
        client = enter(name)
        for rest in ("", "new/", "compare/", f"{pk}/", f"{pk}/report.xlsx"):
            assert client.get(f"/province/replays/{rest}").status_code == 404, (name, rest)
        assert client.post(f"/province/rules/changes/{change.pk}/report", {"replay": pk}).status_code == 404
