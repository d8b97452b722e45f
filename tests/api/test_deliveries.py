"""/deliveries: a log pushed as it is; once per content and per key; what was wrong, line by line (D47-5.12)."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest
from django.test import Client

from tests.cast import World, at
from yunquan.usage.models import Delivery

LINE = {"time": "2018-11-20T09:00:00+08:00", "user": "U1", "ip": "14.23.10.8", "action": "login",
        "host": "mes.example.com"}  # fmt: skip


def log(*changes: dict[str, Any]) -> bytes:
    return "".join(
        json.dumps(LINE | change, ensure_ascii=False) + "\n" for change in changes or ({},)
    ).encode()


def push(caller: Any, content: bytes, key: str = "k1", query: str = "", **headers: str) -> Any:
    return Client().post(
        f"/api/v1/deliveries{query}",
        content,
        content_type="application/octet-stream",
        headers={**caller.headers(), "Idempotency-Key": key, **headers},
    )


@pytest.mark.clause("D47-5.12")
def test_a_supplier_pushes_a_log_and_is_told_what_was_recognised(world: World, caller: Any) -> None:
    supplier = caller("supplier")
    sent = log({}, {"time": "2018-11-21T10:00:00+08:00"}, {"ip": "999.1.1.1"}, {"time": "2018-11-21 10:00"})
    answer = push(supplier, sent, query="?name=usage.jsonl&cloud=MES.example.com")
    assert answer.status_code == 201, answer.content.decode()
    said = answer.json()
    assert (said["state"], said["source"], said["channel"]) == ("loaded", "application", "api")
    assert (said["layout"], said["records"], said["bad_lines"]) == ("application-jsonl", 2, 2)
    assert (said["cloud"], said["days"]) == ("mes.example.com", ["2018-11-20", "2018-11-21"])
    assert [row["line"] for row in said["bad"]] == [3, 4]
    assert all(row["column"] and row["reason"] and row["expected"] for row in said["bad"])
    assert supplier.get(f"/deliveries/{said['id']}").json() == said
    assert [row["id"] for row in supplier.get("/deliveries").json()["items"]] == [said["id"]]


@pytest.mark.clause("U4")
def test_the_same_key_and_the_same_content_are_one_delivery(world: World, caller: Any) -> None:
    supplier = caller("supplier")
    first = push(supplier, log()).json()
    assert push(supplier, log()).json() == first
    assert push(supplier, log(), key="k2").json() == first
    other = push(supplier, log({"user": "U2"}), key="k1")
    assert (other.status_code, other.json()["errors"][0]["code"]) == (409, "idempotency_conflict")
    assert Delivery.objects.count() == 1


@pytest.mark.clause("A1")
def test_another_supplier_neither_sees_nor_claims_a_delivery(world: World, caller: Any) -> None:
    number = push(caller("supplier"), log()).json()["id"]
    stranger = caller("other_supplier")
    assert stranger.get(f"/deliveries/{number}").status_code == 404
    assert stranger.get("/deliveries").json()["items"] == []
    answer = push(stranger, log())
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (409, "already_delivered")
    for name in ("dg_enterprise", "dg_reviewer", "province_approver"):
        assert push(caller(name), log({"user": name}), key="x").status_code == 404, name
    for name in ("dg_enterprise", "dg_reviewer"):
        assert caller(name).get(f"/deliveries/{number}").status_code == 404
    assert Delivery.objects.count() == 1
    assert caller("province_officer").get(f"/deliveries/{number}").status_code == 200


def test_what_can_not_be_read_is_refused_with_the_place(world: World, caller: Any) -> None:
    supplier = caller("supplier")
    answer = push(supplier, b"\x00\x01 nothing known\n")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["code"] == "unreadable"
    assert "应为" in answer.json()["errors"][0]["mend"]
    assert push(supplier, b"\x00\x01 nothing known\n").status_code == 422
    row = Delivery.objects.get()
    assert row.state == "refused"
    for sent, query, code in (
        (b"", "", "delivery_empty"),
        (log(), "?cloud=http://mes", "bad_cloud"),
        (log(), "?layout=excel", "unknown_layout"),
    ):
        answer = push(supplier, sent, key=code, query=query)
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, code)


def test_compressed_bodies_and_operators_records_by_the_province(world: World, caller: Any) -> None:
    assert push(caller("supplier"), gzip.compress(log())).json()["records"] == 1
    head = b"client,cloud,port,start,end,bytes_up,bytes_down\n"
    row = b"14.23.10.8,203.107.1.1,443,2018-11-20T09:00:00+08:00,2018-11-20T09:01:00+08:00,10,20\n"
    said = push(caller("province_officer"), head + row).json()
    assert (said["source"], said["layout"], said["records"]) == ("operator", "operator-csv", 1)


def test_larger_bodies_wait_and_too_large_ones_are_refused(
    world: World, caller: Any, monkeypatch: Any, settings: Any
) -> None:
    from yunquan.usage import deliveries

    monkeypatch.setattr(deliveries, "SMALL_BYTES", 50)
    supplier = caller("supplier")
    said = push(supplier, log()).json()
    assert (said["state"], said["records"], said["loaded_at"]) == ("received", 0, "")
    settings.USAGE_MOST_BYTES = 60
    answer = push(supplier, log({"user": "U3"}), key="k2")
    assert answer.status_code == 413
    inbox = deliveries.inbox().root
    assert [path.name for path in inbox.iterdir()] == [said["sha256"]]


def test_a_body_that_unfolds_far_is_the_workers_and_a_bomb_is_refused(
    world: World, caller: Any, monkeypatch: Any
) -> None:
    from yunquan.usage import working
    from yunquan.usage.store import opening

    monkeypatch.setattr(opening, "FLOOR", 2 << 20)
    supplier = caller("supplier")
    packed = gzip.compress(log({"user": "u" * 900}) * (4 << 10))
    said = push(supplier, packed).json()
    assert (said["state"], said["size"] < 64 * 1024) == ("received", True)
    working.load_waiting(at("2019-03-15 10:00"), working.Worked())
    told = supplier.get(f"/deliveries/{said['id']}").json()
    assert told["state"] == "refused" and "疑似压缩炸弹" in told["faults"][0]["reason"]


def test_too_much_that_waits_is_refused_with_what_to_do(world: World, caller: Any, monkeypatch: Any) -> None:
    from yunquan.usage import deliveries

    monkeypatch.setattr(deliveries, "SMALL_BYTES", 50)
    monkeypatch.setattr(deliveries, "most_waiting", lambda: 2 * len(log()) - 1)
    supplier = caller("supplier")
    assert push(supplier, log()).json()["state"] == "received"
    answer = push(supplier, log({"user": "U3"}), key="k2")
    told = answer.json()["errors"][0]
    assert (answer.status_code, told["code"]) == (422, "too_much_waiting")
    assert "等待装入" in told["message"] and "送达记录" in told["mend"]


def test_the_province_says_whose_records_they_are(world: World, caller: Any) -> None:
    head = b"client,cloud,port,start,end,bytes_up,bytes_down\n"
    row = b"14.23.10.8,203.107.1.1,443,2018-11-20T09:00:00+08:00,2018-11-20T09:01:00+08:00,10,20\n"
    said = push(caller("province_officer"), head + row, query="?operator=unicom&cities=441900,440600").json()
    assert (said["operator"], said["cities"]) == ("unicom", ["440600", "441900"])
    answer = push(caller("province_officer"), head + row + row, key="k2", query="?operator=telekom")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "bad_reach")
    answer = push(caller("supplier"), log(), key="k3", query="?operator=telecom")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "bad_reach")


def test_a_form_instead_of_the_file_is_told_what_to_do(world: World, caller: Any) -> None:
    headers = {**caller("supplier").headers(), "Idempotency-Key": "k"}
    answer = Client().post("/api/v1/deliveries", {"file": "x"}, headers=headers)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "not_the_file_itself")


def test_a_read_only_token_delivers_nothing(world: World, caller: Any) -> None:
    assert push(caller("supplier", may_write=False), log()).status_code == 403
    assert push(type(caller("supplier"))(""), log()).status_code == 401
    assert Delivery.objects.count() == 0
