"""The completion table on the desks: drafted, looked at, sent, received, downloaded (D47-5.13)."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from django.test import Client

from tests.cast import DONGGUAN, World
from tests.desks.officials import text_of
from tests.usage.judging import SHARED, attested, compute
from tests.vouchers.test_completion import draft, send, three
from yunquan.journal.models import Notice
from yunquan.usage.models import CompletionTable
from yunquan.vouchers.models import Voucher


def form(world: World, **changes: str) -> dict[str, str]:
    return {
        "cycle": str(world.cycle.pk), "city": DONGGUAN, "from_on": "2019-02-01", "to_on": "2019-02-28", **changes,
    }  # fmt: skip


@pytest.fixture
def officer(enter: Any, moment: Any) -> Client:
    moment("2019-03-04 10:00")
    client: Client = enter("province_officer")
    return client


@pytest.mark.clause("D47-5.13")
def test_the_officer_drafts_looks_and_sends(world: World, officer: Client) -> None:
    done, not_done, _missing = three(world)
    page = text_of(officer.get("/province/completion/"))
    assert "东莞市" in page and "编制（先看后发）" in page
    answer = officer.post("/province/completion/", form(world))
    table = CompletionTable.objects.get()
    assert answer.status_code == 302 and answer["Location"] == f"/province/completion/{table.pk}/"
    page = text_of(officer.get(answer["Location"]))
    assert done.number in page and "活跃天数 3 天，要求不少于 20 天" in page and "发送地市" in page
    assert table.content_hash in page
    answer = officer.post(f"/province/completion/{table.pk}/send", {"once": "a"})
    assert answer.status_code == 302
    not_done.refresh_from_db()
    assert not_done.state == "claim_returned"
    again = text_of(officer.post(f"/province/completion/{table.pk}/send", {"once": "b"}), status=422)
    assert "已发送地市" in again
    assert "发送地市</button>" not in again


@pytest.mark.clause("D47-5.13")
def test_bad_input_is_said_beside_its_field_and_nothing_typed_is_lost(world: World, officer: Client) -> None:
    attested(world)
    for changes, words in (
        ({"city": ""}, "地市"),
        ({"city": "999999"}, "地市"),
        ({"cycle": "77777"}, "周期"),
        ({"from_on": "2019-02-31"}, "日期"),
        ({"from_on": "昨天"}, "日期"),
        ({"from_on": "2019-02-28", "to_on": "2019-02-01"}, "起始日期晚于截止日期"),
        ({"to_on": "2031-02-01"}, "截止日期还没有到"),
        ({"from_on": "0001-01-01"}, "早于本周期的年度"),
        ({"city": "440600"}, "没有等待行为数据判定"),
    ):
        page = text_of(officer.post("/province/completion/", form(world, **changes)), status=422)
        assert words in page, changes
        assert "2019-02-" in page
    assert not CompletionTable.objects.exists()


@pytest.mark.clause("D47-5.13", "A1")
def test_the_city_finds_what_was_sent_and_strangers_nothing(
    world: World, enter: Any, officer: Client
) -> None:
    rows = three(world)
    table = draft(world)
    places = [f"/city/completion/{table.pk}/", f"/city/completion/{table.pk}/table.pdf"]
    for name in ("dg_reviewer", "dg_approver", "fs_reviewer", "dg_enterprise", "supplier", "auditor"):
        assert [enter(name).get(place).status_code for place in places] == [404, 404], name
    send(world, table)
    client = enter("dg_reviewer")
    assert table.title in text_of(client.get("/city/completion/"))
    page = text_of(client.get(places[0]))
    assert all(row.number in page for row in rows)
    assert "省厅下发" in text_of(client.get("/city/inbox/"))
    for name in ("fs_reviewer", "hc_reviewer", "dg_enterprise", "supplier"):
        assert [enter(name).get(place).status_code for place in places] == [404, 404], name
    for name in ("dg_reviewer", "dg_enterprise", "supplier"):
        assert enter(name).get(f"/province/completion/{table.pk}/").status_code == 404


@pytest.mark.clause("D47-5.13")
def test_the_papers_carry_the_hash_and_the_json_hashes_to_it(world: World, enter: Any) -> None:
    three(world)
    table = send(world, draft(world))
    client = enter("dg_reviewer")
    content = client.get(f"/city/completion/{table.pk}/table.json").content
    assert hashlib.sha256(content).hexdigest() == table.content_hash
    assert client.get(f"/city/completion/{table.pk}/table.pdf").content.startswith(b"%PDF")
    sheet = b"".join(client.get(f"/city/completion/{table.pk}/table.csv").streaming_content).decode(
        "utf-8-sig"
    )
    assert "未完成" in sheet and "数据不足" in sheet
    book = b"".join(client.get(f"/city/completion/{table.pk}/table.xlsx").streaming_content)
    assert book.startswith(b"PK")


@pytest.mark.clause("D47-5.13")
def test_a_second_edition_shows_its_difference(world: World, enter: Any) -> None:
    *_others, missing = three(world)
    send(world, draft(world))
    compute(missing, "done", signals=[SHARED])
    second = send(world, draft(world))
    page = text_of(enter("dg_approver").get(f"/city/completion/{second.pk}/"))
    assert "与第 1 版的差异" in page and "用户端与其他企业共用" in page
    assert Voucher.objects.get(pk=missing.pk).state == "verified"


@pytest.mark.clause("D47-5.13")
def test_sending_says_what_moved_and_what_stays(world: World, officer: Client) -> None:
    def said(table: CompletionTable) -> str:
        answer = officer.post(f"/province/completion/{table.pk}/send", {})
        assert answer.status_code == 302
        return text_of(officer.get(answer["Location"]))

    *_moved, missing = three(world)
    page = said(draft(world))
    assert "1 张完成，已转入兑现审核；1 张未完成，已退回企业；1 张数据不足，继续等待数据" in page
    notice = Notice.objects.get(org=f"bureau:{DONGGUAN}", kind="completion_table")
    assert "1 张完成，已转入兑现审核" in notice.text
    # The one that stays is all that a further edition meets.
    compute(missing, "not_enough_data", figures={"active_days": 4})
    assert "没有兑现申请因此流转：1 张数据不足" in said(draft(world))
    assert Voucher.objects.get(pk=missing.pk).state == "attested"


def test_queries_of_a_table_do_not_grow_with_its_lines(
    world: World, enter: Any, django_assert_max_num_queries: Any
) -> None:
    three(world)
    table = send(world, draft(world))
    client = enter("dg_reviewer")
    client.get(f"/city/completion/{table.pk}/")
    with django_assert_max_num_queries(30):
        client.get(f"/city/completion/{table.pk}/")
