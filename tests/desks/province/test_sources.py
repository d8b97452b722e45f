"""数据来源: the health of every supplier's data, and the operators' records that the province delivers."""

from __future__ import annotations

import csv
import gzip
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.cast import World, at
from tests.desks.officials import file_of
from yunquan.journal import clock
from yunquan.usage import pulling, working
from yunquan.usage.models import Delivery
from yunquan.usage.store import opening

NOW = at("2019-03-15 10:00")
PAGE = "/province/sources/"
HEAD = b"client,cloud,port,start,end,bytes_up,bytes_down\n"
ROW = b"14.23.10.8,203.107.1.1,443,2019-03-14T09:00:00+08:00,2019-03-14T09:01:00+08:00,10,20\n"


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "read", lambda: NOW)


@pytest.mark.clause("D47-5.12", "D47-5.13")
def test_the_worst_source_stands_first(world: World, enter: Any, now: None) -> None:
    typed = {"url": "https://pull.example.com/", "user_id": "Y", "every_hours": "24", "from_on": "2019-03-01",
             "is_active": "1"}  # fmt: skip
    row = pulling.save_source(supplier=world.supplier, typed=typed, by=world["supplier"], now=NOW)
    assert row.fetched_to_at is not None
    pulling.fail(row, row.fetched_to_at, NOW, "TLS 连接失败（测试）", NOW)
    for name in ("province_officer", "province_approver"):
        text = enter(name).get(PAGE).content.decode()
        assert text.index(world.supplier.name) < text.index("虚构软件（测试）有限公司")
        for said in ("连续失败 1 次", "TLS 连接失败（测试）", "未设置"):
            assert said in text
        assert ("送达运营商连接记录" in text) is (name == "province_officer")


@pytest.mark.clause("D47-5.13")
def test_the_officer_delivers_operators_records(world: World, enter: Any, now: None) -> None:
    client = enter("province_officer")
    assert "请选择要送达的文件" in client.post(PAGE, {"layout": "", "operator": "merged"}).content.decode()
    unsaid = client.post(PAGE, {"file": SimpleUploadedFile("dx.csv", HEAD + ROW), "layout": ""})
    assert unsaid.status_code == 422 and "请选择“哪家运营商提供”" in unsaid.content.decode()
    assert Delivery.objects.count() == 0
    answer = client.post(
        PAGE, {"file": SimpleUploadedFile("dx.csv", HEAD + ROW), "layout": "", "operator": "merged"}
    )
    row = Delivery.objects.get()
    assert (row.source, row.state, row.records) == ("operator", "loaded", 1)
    assert answer.headers["Location"] == f"{PAGE}{row.pk}/"
    for path in ("", "all/", f"{row.pk}/"):
        assert "dx.csv" in client.get(PAGE + path).content.decode()
    assert client.get(f"{PAGE}{row.pk}/bad.csv").status_code == 404
    approver = enter("province_approver")
    approver.post(
        PAGE, {"file": SimpleUploadedFile("dx2.csv", HEAD + ROW + ROW), "layout": "", "operator": "merged"}
    )
    assert Delivery.objects.count() == 1


@pytest.mark.clause("A1")
def test_a_city_finds_nothing_here(world: World, enter: Any, now: None) -> None:
    for name in ("dg_reviewer", "supplier", "auditor"):
        assert enter(name).get(PAGE).status_code == 404


@pytest.mark.clause("D47-5.12")
def test_the_officer_says_whose_records_they_are_and_takes_a_mistake_back(
    world: World, enter: Any, now: None
) -> None:
    client = enter("province_officer")
    sent = {"layout": "", "operator": "telecom", "cities": ["441900", "440600"]}
    client.post(PAGE, {"file": SimpleUploadedFile("dx.csv", HEAD + ROW), **sent})
    row = Delivery.objects.get()
    page = f"{PAGE}{row.pk}/"
    shown = client.get(page).content.decode()
    assert "中国电信，佛山市、东莞市" in shown and "撤回误装的文件" in shown
    assert "撤回误装的文件" not in enter("province_approver").get(page).content.decode()
    client = enter("province_officer")
    answer = client.post(f"{page}withdraw/", {"reason": ""})
    assert answer.status_code == 422 and "撤回的理由" in answer.content.decode()
    answer = client.post(f"{page}withdraw/", {"reason": "运营商填错"})
    assert answer.headers["Location"] == page
    shown = client.get(page).content.decode()
    assert "已由省厅撤回" in shown and "运营商填错" in shown and "撤回误装的文件" not in shown
    client.post(PAGE, {"file": SimpleUploadedFile("dx.csv", HEAD + ROW), **sent, "operator": "unicom"})
    assert [one.operator for one in Delivery.objects.order_by("pk")] == ["telecom", "unicom"]
    for name in ("province_approver", "dg_reviewer", "supplier", "auditor"):
        assert enter(name).post(f"{page}withdraw/", {"reason": "x"}).status_code == 404


@pytest.mark.clause("D47-5.12")
def test_a_bomb_that_is_uploaded_holds_no_request_and_is_refused_by_the_worker(
    world: World, enter: Any, now: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "FLOOR", 2 << 20)
    client = enter("province_officer")
    line = ROW.replace(b"14.23.10.8", b"u" * 900)
    packed = gzip.compress(HEAD + line * (4 << 10))
    answer = client.post(
        PAGE,
        {"file": SimpleUploadedFile("dx.csv.gz", packed), "layout": "", "operator": "merged"},
        follow=True,
    )
    assert "稍后自动装入" in answer.content.decode()
    row = Delivery.objects.get()
    assert row.state == "received" and row.size < 64 * 1024
    working.load_waiting(NOW, working.Worked())
    assert "疑似压缩炸弹" in client.get(f"{PAGE}{row.pk}/").content.decode()


@pytest.mark.clause("A1")
def test_names_of_files_and_reasons_run_nowhere(world: World, enter: Any, now: None) -> None:
    client = enter("province_officer")
    name, reason = "=HYPERLINK(1).csv", "<script>alert(1)</script>"
    client.post(PAGE, {"file": SimpleUploadedFile(name, HEAD + ROW), "layout": "", "operator": "merged"})
    row = Delivery.objects.get()
    client.post(f"{PAGE}{row.pk}/withdraw/", {"reason": reason})
    for path in ("", "all/", f"{row.pk}/"):
        answer = client.get(PAGE + path)
        page = answer.content.decode()
        assert reason not in page and " style=" not in page and "onclick" not in page
        policy = answer.headers["Content-Security-Policy"]
        assert "unsafe-inline" not in policy and "script-src 'self'" in policy
    sheet = file_of(client.get(f"{PAGE}all/?format=csv")).decode("utf-8-sig")
    cells = [cell for line in csv.reader(sheet.splitlines()) for cell in line]
    assert not any(cell.startswith(("=", "+", "-", "@", "\t")) for cell in cells)
    assert any("HYPERLINK" in cell for cell in cells)
