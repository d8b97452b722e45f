"""The pages of the self-check on the desks of supplier, city and province (D858-2.1)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.template import engines
from django.test import Client

from tests.cast import World, at
from tests.desks.officials import hold_clock
from tests.inspections import stage
from tests.inspections.test_self_checks import FILING, filled, opened, paid, said
from yunquan.desks.shared.inspections import selfcheck_pages
from yunquan.inspections import selfcheck_queries
from yunquan.inspections.actions import self_checks
from yunquan.inspections.models import SelfCheck
from yunquan.inspections.selfcheck_figures import Figures
from yunquan.journal import clock
from yunquan.papers.readers import Wanted, read_table

Enter = Callable[[str], Client]


@pytest.fixture(autouse=True)
def loud(monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable that a template doesn't know stands out."""
    monkeypatch.setattr(engines["django"].engine, "string_if_invalid", "UNKNOWN-VARIABLE(%s)")


def entering(world: World, monkeypatch: pytest.MonkeyPatch, settings: Any, now: datetime) -> Enter:
    """A browser logged in as one of the cast, at a moment."""
    settings.SECOND_FACTOR_REQUIRED = False
    hold_clock(monkeypatch, now)

    def log_in(name: str) -> Client:
        client = Client()
        client.force_login(world.person(world[name]), backend="django.contrib.auth.backends.ModelBackend")
        return client

    return log_in


@pytest.fixture
def enter(world: World, monkeypatch: pytest.MonkeyPatch, settings: Any) -> Enter:
    """A browser on a day of the self-check."""
    return entering(world, monkeypatch, settings, FILING)


def text_of(answer: Any, status: int = 200) -> str:
    assert answer.status_code == status, answer.status_code
    text = answer.content.decode()
    assert "UNKNOWN-VARIABLE" not in text, text[text.index("UNKNOWN-VARIABLE") :][:80]
    return str(text)


def once(text: str) -> str:
    found = re.search(r'name="once" value="([^"]+)"', text)
    assert found is not None
    return found[1]


def body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


@pytest.mark.clause("D858-2.1")
def test_a_supplier_fills_saves_and_files_on_one_page(world: World, enter: Enter) -> None:
    _, row, _ = opened(world)
    first, second = said(row)
    client, here = enter("supplier"), f"/supplier/inspections/self-checks/{row.pk}/"
    assert here in text_of(client.get("/supplier/inspections/self-checks/"))
    text = text_of(client.get(here))
    assert first in text and second in text and "没有收到记录" in text and "兑现判定：完成" in text
    sent = {
        "once": once(text), "page": "1", "action": "save",
        f"use_state-{first}": "in_use", f"use_state-{second}": "idle", f"note-{second}": "",
    }  # fmt: skip
    assert client.post(here, sent).status_code == 302
    text = text_of(client.get(here))
    assert text.count('value="idle" selected') == 1
    refused = text_of(client.post(here, {**sent, "once": once(text), "action": "file"}), 422)
    assert f'href="#id_note-{second}"' in refused and "请写明说明" in refused
    assert refused.count('value="idle" selected') == 1
    whole = {**sent, "once": once(refused), "action": "file", f"note-{second}": "订单不足<b>（测试）"}
    assert client.post(here, whole).status_code == 302
    # A second click finds it done.
    assert client.post(here, whole).status_code == 302
    row.refresh_from_db()
    assert (row.state, row.version) == ("filed", 1)
    text = text_of(client.get(here))
    assert "内容与填报时一致" in text and row.content_hash in text
    assert "订单不足&lt;b&gt;（测试）" in text and "<select" not in text


def test_bad_input_is_kept_as_it_was_typed(world: World, enter: Enter) -> None:
    _, row, _ = opened(world, 1)
    (number,) = said(row)
    client, here = enter("supplier"), f"/supplier/inspections/self-checks/{row.pk}/"
    sent = {"page": "1", "action": "file", f"use_state-{number}": "great", f"note-{number}": "长" * 1001}
    text = text_of(client.post(here, sent), 422)
    assert "great（请改选）" in text and "长" * 1001 in text
    assert "请选择使用状态" in text and "1001 个字" in text
    odd = {"page": "9999999", "action": "save", "use_state-GD2018-XX-000001": "idle"}
    assert "不在这份自查表里" in text_of(client.post(here, odd), 422)
    assert text_of(client.get(f"{here}?page=abc"))


@pytest.mark.clause("A1")
def test_strangers_find_no_table_of_others(world: World, enter: Enter) -> None:
    plan, row, city = opened(world, 1)
    tails = ("", "table.xlsx", "table.pdf")
    for tail in tails:
        for name in ("other_supplier", "dg_enterprise", "dg_reviewer", "expert"):
            assert enter(name).get(f"/supplier/inspections/self-checks/{row.pk}/{tail}").status_code == 404
        for name in ("fs_reviewer", "hc_reviewer", "supplier"):
            assert enter(name).get(f"/city/inspections/self-checks/{city.pk}/{tail}").status_code == 404
        # A city finds its own table alone, not its suppliers'.
        assert enter("dg_reviewer").get(f"/city/inspections/self-checks/{row.pk}/{tail}").status_code == 404
        assert (
            enter("dg_reviewer").get(f"/province/inspections/self-checks/{row.pk}/{tail}").status_code == 404
        )
    assert (
        enter("dg_reviewer").get(f"/province/inspections/self-checks/plans/{plan.number}/").status_code == 404
    )
    assert (
        enter("other_supplier").get(f"/supplier/inspections/self-checks/{row.pk}/import").status_code == 404
    )
    assert Client().get(f"/supplier/inspections/self-checks/{row.pk}/").status_code == 302


@pytest.mark.clause("D858-2.1")
def test_the_province_opens_a_round_sees_who_is_late_and_sends_back(
    world: World, enter: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = stage.plan(world, regime="d858", vouchers=paid(world, 1))
    client, base = enter("province_officer"), "/province/inspections/self-checks/"
    assert f"plans/{plan.number}/open" in text_of(client.get(base))
    asking = text_of(client.get(f"{base}plans/{plan.number}/open"))
    assert "东莞" in asking and "1 张" in asking
    assert client.post(f"{base}plans/{plan.number}/open", {"once": once(asking)}).status_code == 302
    assert "已经开启" in text_of(client.post(f"{base}plans/{plan.number}/open", {"once": "x"}), 422)
    row = SelfCheck.objects.get(plan=plan, supplier=world.supplier)
    monkeypatch.setattr(
        selfcheck_queries, "figures_of", lambda vouchers, form, *, today: {
            one.number: Figures(on="2020-09-10", window=90, covered=80, says="idle", signals=("整点规律",))
            for one in vouchers
        },
    )  # fmt: skip
    late = at("2020-10-20 10:00")
    monkeypatch.setattr(clock, "read", lambda: late)
    listing = text_of(client.get(base))
    assert "逾期未报" in listing and world.supplier.name in listing and "2 家" in listing
    rows = text_of(client.get(f"{base}plans/{plan.number}/?late=1"))
    assert world.supplier.name in rows and "已逾期" in rows
    self_checks.save(self_check=row, typed=said(row), by=world["supplier"], now=late)
    self_checks.file(self_check=row, by=world["supplier"], now=late)
    rows = text_of(client.get(f"{base}plans/{plan.number}/?differs=1"))
    assert world.supplier.name in rows and "东莞" not in rows
    page = text_of(client.get(f"{base}{row.pk}/"))
    assert "所填好于记录" in page and "整点规律" in page and "没有填好" not in page
    bare = text_of(client.post(f"{base}{row.pk}/", {"once": once(page), "reason": "", "due_on": "昨天"}), 422)
    assert "日期请写成" in bare or "输入一个有效的日期" in bare
    sent = {"once": once(page), "reason": "请核对停用情况", "due_on": "2020-10-30"}
    assert client.post(f"{base}{row.pk}/", sent).status_code == 302
    row.refresh_from_db()
    assert row.state == "returned"
    # The approver reads, and sends nothing back.
    assert enter("province_approver").post(f"{base}{row.pk}/", sent).status_code == 404
    assert "退回补充，请于 2020-10-30" in text_of(
        enter("supplier").get(f"/supplier/inspections/self-checks/{row.pk}/")
    )


@pytest.mark.clause("D858-2.1")
def test_a_table_goes_out_as_a_spreadsheet_and_comes_back_filled(world: World, enter: Enter) -> None:
    _, row, _ = opened(world)
    first, second = sorted(said(row))
    client, here = enter("supplier"), f"/supplier/inspections/self-checks/{row.pk}/"
    out = body(client.get(f"{here}table.xlsx"))
    columns = [Wanted("number", ("服务券号",)), Wanted("use_state", ("使用状态",), required=False)]
    assert [line.values["number"] for line in read_table(out, columns).rows] == [first, second]

    def bring(content: bytes) -> Any:
        return client.post(f"{here}import", {"table": SimpleUploadedFile("自查.xlsx", content)})

    wrong = text_of(bring(filled(row, [[first, "很好", ""]])), 422)
    assert "第 2 行" in wrong and "使用状态" in wrong and "很好" in wrong
    tried = text_of(bring(filled(row, [[first, "在用", ""], [second, "停用", "=cmd 已搬迁"]])))
    assert "试运行通过" in tried
    row.refresh_from_db()
    assert row.typed == {}
    note = {first: {"use_state": "", "note": "先写的说明"}}
    self_checks.save(self_check=row, typed=note, by=world["supplier"], now=FILING)
    token = re.search(r'name="load" value="([^"]+)"', tried)
    assert token is not None
    assert client.post(f"{here}import", {"once": token[1], "load": token[1]}).status_code == 302
    row.refresh_from_db()
    assert row.typed[second] == {
        "use_state": "stopped",
        "inspected": "",
        "conclusion": "",
        "note": "=cmd 已搬迁",
    }
    # What the spreadsheet leaves empty takes nothing away.
    assert (row.typed[first]["use_state"], row.typed[first]["note"]) == ("in_use", "先写的说明")
    assert "已经失效" in text_of(client.post(f"{here}import", {"once": "n", "load": "stale"}), 422)
    assert body(client.get(f"{here}table.pdf"))[:5] == b"%PDF-"
    assert "'=cmd 已搬迁" in body(client.get(f"{here}table.csv")).decode()


def test_a_city_fills_its_table_and_its_approver_only_reads(world: World, enter: Enter) -> None:
    _, _, city = opened(world, 1)
    (line,) = selfcheck_queries.lines_of(city)
    here = f"/city/inspections/self-checks/{city.pk}/"
    reading = text_of(enter("dg_approver").get(here))
    assert "<select" not in reading
    denied = text_of(
        enter("dg_approver").post(here, {"action": "save", f"inspected-{line.number}": "none"}), 422
    )
    assert "您的岗位不能填报" in denied
    client = enter("dg_reviewer")
    text = text_of(client.get(here))
    sent = {
        "once": once(text), "page": "1", "action": "file",
        f"inspected-{line.number}": "on_site", f"conclusion-{line.number}": "unqualified", f"note-{line.number}": "已整改",
    }  # fmt: skip
    assert client.post(here, sent).status_code == 302
    assert "不合格" in text_of(client.get(here))
    assert body(client.get(f"{here}table.pdf"))[:5] == b"%PDF-"


def test_pages_cost_the_same_queries_however_many_vouchers(
    world: World, enter: Enter, monkeypatch: pytest.MonkeyPatch, django_assert_max_num_queries: Any
) -> None:
    _, row, _ = opened(world, 4)
    client, here = enter("supplier"), f"/supplier/inspections/self-checks/{row.pk}/"
    with django_assert_max_num_queries(32):
        client.get(here)
    monkeypatch.setattr(selfcheck_pages, "ON_PAGE", 3)
    first = text_of(client.get(here))
    assert "第 1/2 页" in first
    numbers = sorted(said(row))
    sent = {"once": once(first), "page": "1", "action": "page:2", f"use_state-{numbers[0]}": "in_use"}
    onward = client.post(here, sent)
    assert onward.headers["Location"] == f"{here}?page=2"
    second = text_of(client.get(onward.headers["Location"]))
    assert numbers[3] in second and numbers[0] not in second
    refused = text_of(client.post(here, {"once": once(second), "page": "2", "action": "file"}), 422)
    assert f"{here}?page=1#id_use_state-{numbers[1]}" in refused
    assert f'href="#id_use_state-{numbers[3]}"' in refused


def test_a_table_that_waits_stands_on_the_citys_first_page(world: World, enter: Enter) -> None:
    _, _, city = opened(world, 1)
    text = text_of(enter("dg_reviewer").get("/city/"))
    assert "自查表待填报" in text and f"/city/inspections/self-checks/{city.pk}/" in text
    assert "自查表待填报" not in text_of(enter("fs_reviewer").get("/city/"))
