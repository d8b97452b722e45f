"""The list page: search, filter, sort, columns, saved views, export, and no COUNT."""

from __future__ import annotations

import io

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from python_calamine import CalamineWorkbook

pytestmark = pytest.mark.django_db


@pytest.fixture
def rows() -> None:
    ContentType.objects.all().delete()
    ContentType.objects.bulk_create(
        ContentType(app_label="东莞" if number % 2 else "佛山", model=f"虚构企业{number:02d}（测试）有限公司")
        for number in range(35)
    )


def text(client: Client, address: str, **headers: str) -> str:
    answer = client.get(address, headers=headers)
    assert answer.status_code == 200
    html = answer.content.decode()
    assert "UNKNOWN[" not in html
    return html


@pytest.mark.usefixtures("rows")
def test_pages_follow_one_another_without_a_count(client: Client) -> None:
    with CaptureQueriesContext(
        connection,
    ) as asked:
        first = text(client, "/list/")
    assert not [query for query in asked.captured_queries if "COUNT(" in query["sql"]]
    assert "虚构企业09" in first
    assert "虚构企业10" not in first
    assert "page=2" in first
    assert "虚构企业34" in text(client, "/list/?page=4")
    assert "上一页" in text(client, "/list/?page=4")
    for odd in ("0", "-1", "x", "99999999999999", "²"):
        text(client, f"/list/?page={odd}")


@pytest.mark.usefixtures("rows")
def test_two_character_words_are_found_and_all_words_must_be(client: Client) -> None:
    html = text(client, "/list/?q=东莞 企业07")
    assert "虚构企业07" in html
    assert "虚构企业09" not in html
    assert "没有符合条件的记录" in text(client, "/list/?q=深圳")


@pytest.mark.usefixtures("rows")
def test_filter_sort_and_columns_hold_together(client: Client) -> None:
    html = text(client, "/list/?app_label=佛山&sort=-model&col=award")
    assert html.index("虚构企业34") < html.index("虚构企业32")
    assert "虚构企业33" not in html
    assert 'data-label="地市"' not in html
    assert 'data-label="券号"' in html
    assert ">全部</option>" in html
    text(client, "/list/?sort=award&app_label=nowhere")


@pytest.mark.usefixtures("rows")
def test_a_partial_request_gets_the_rows_alone(client: Client) -> None:
    assert "<html" not in text(client, "/list/", HX_Request="true")


@pytest.mark.usefixtures("rows")
def test_the_filtered_rows_leave_as_xlsx_and_csv(client: Client) -> None:
    answer = client.get("/list/?app_label=佛山&sort=-model&format=xlsx")
    rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.getvalue())).get_sheet_by_index(0).to_python()
    assert rows[1] == ["券号", "地市", "奖补（元）"]
    assert len(rows) == 20
    assert rows[2][0] == "虚构企业34（测试）有限公司"
    assert isinstance(rows[2][2], float)
    assert "filename*=UTF-8''" in answer.headers["Content-Disposition"]
    lines = client.get("/list/?q=企业07&format=csv").getvalue().decode("utf-8-sig").splitlines()
    assert len(lines) == 2
    assert lines[1].startswith("虚构企业07（测试）有限公司,东莞,")


@pytest.mark.usefixtures("rows")
def test_a_view_is_kept_and_dropped(client: Client) -> None:
    kept = client.post("/list/", {"save_view": "佛山的", "query": "app_label=佛山&page=3"})
    assert "page" not in kept.headers["Location"]
    assert "佛山的" in text(client, "/list/")
    client.post("/list/", {"drop_view": "佛山的"})
    assert "佛山的" not in text(client, "/list/").replace("已保存视图“佛山的”。", "")


def test_an_empty_list_says_what_to_do(client: Client) -> None:
    ContentType.objects.all().delete()
    html = text(client, "/list/")
    assert "先与供应商签好合同" in html
    assert 'href="/form/"' in html
