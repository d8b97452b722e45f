"""数据来源: the health of every supplier's data, and the operators' records that the province delivers."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.cast import World, at
from yunquan.journal import clock
from yunquan.usage import pulling
from yunquan.usage.models import Delivery

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
    assert "请选择要送达的文件" in client.post(PAGE, {"layout": ""}).content.decode()
    answer = client.post(PAGE, {"file": SimpleUploadedFile("dx.csv", HEAD + ROW), "layout": ""})
    row = Delivery.objects.get()
    assert (row.source, row.state, row.records) == ("operator", "loaded", 1)
    assert answer.headers["Location"] == f"{PAGE}{row.pk}/"
    for path in ("", "all/", f"{row.pk}/"):
        assert "dx.csv" in client.get(PAGE + path).content.decode()
    assert client.get(f"{PAGE}{row.pk}/bad.csv").status_code == 404
    approver = enter("province_approver")
    approver.post(PAGE, {"file": SimpleUploadedFile("dx2.csv", HEAD + ROW + ROW), "layout": ""})
    assert Delivery.objects.count() == 1


@pytest.mark.clause("A1")
def test_a_city_finds_nothing_here(world: World, enter: Any, now: None) -> None:
    for name in ("dg_reviewer", "supplier", "auditor"):
        assert enter(name).get(PAGE).status_code == 404
