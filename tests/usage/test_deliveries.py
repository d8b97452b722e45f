"""Deliveries: acknowledged once the bytes are safe, the same file once, loaded whole or refused with the place."""

from __future__ import annotations

import csv
import gzip
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from tests.cast import World, at, broken
from tests.vouchers.refusing import codes
from yunquan.journal.models import Notice
from yunquan.journal.queries import history
from yunquan.usage import access, deliveries, working
from yunquan.usage.inbox import Inbox, TooLarge
from yunquan.usage.lifecycle import DELIVERY
from yunquan.usage.models import Delivery

NOW = at("2019-06-17 10:00")
HEAD = "time,user,ip,action,host\n"


def log(day: str = "2019-06-10", rows: int = 3, more: str = "") -> bytes:
    """An application's log of one day."""
    lines = [f"{day}T09:{n:02d}:00+08:00,U{n},14.23.10.8,login,mes.example.com\n" for n in range(rows)]
    return (HEAD + "".join(lines) + more).encode()


def given(world: World, content: bytes = b"", by: str = "supplier", **changes: Any) -> dict[str, Any]:
    return {
        "kept": deliveries.keep([content or log()]),
        "name": "使用日志.csv",
        "source": "application",
        "channel": "upload",
        "supplier": world.supplier if by == "supplier" else None,
        "by": world[by],
        "now": NOW,
        **changes,
    }


def take(world: World, content: bytes = b"", by: str = "supplier", **changes: Any) -> Delivery:
    return deliveries.take(**given(world, content, by, **changes)).delivery


@pytest.mark.clause("D47-5.12")
def test_a_log_is_taken_and_loaded_into_the_store(world: World) -> None:
    row = take(world, log(more="2019-06-10 09:00,U9,14.23.10.8,login,mes.example.com\n"))
    assert (row.state, row.size > 0, row.org) == ("received", True, world["supplier"].org)
    assert deliveries.inbox().place(row.sha256).exists()
    row = deliveries.load(delivery=row, now=NOW)
    assert (row.state, row.records, row.bad_lines, row.days) == ("loaded", 3, 1, ["2019-06-10"])
    assert row.layout == "application-csv"
    store = deliveries.store()
    assert [one.scope for one in store.loads()] == [row.org]
    bad = store.bad_lines(row.sha256, "application")
    assert bad is not None
    assert next(csv.DictReader(bad.read_text(encoding="utf-8-sig").splitlines()))["line"] == "5"
    told = deliveries.bad_lines(row, most=10)
    assert [(one["line"], bool(one["reason"] and one["expected"])) for one in told] == [(5, True)]
    assert [act["act"] for act in history(row.journal_key)] == ["delivery.take", "delivery.load"]
    assert broken() == []


@pytest.mark.clause("D47-5.12")
def test_the_same_content_is_one_delivery_and_belongs_to_one_sender(world: World) -> None:
    first = take(world)
    again = deliveries.take(**given(world, name="别名.csv", channel="api"))
    assert (again.delivery, again.is_new) == (first, False)
    other = world.people["other_supplier"]
    stranger = given(world, by="other_supplier")
    from yunquan.parties.models import Supplier

    stranger["supplier"] = Supplier.objects.get(pk=int(other.org.partition(":")[2]))
    assert codes(deliveries.take, **stranger) == {"already_delivered"}
    assert codes(deliveries.take, **given(world, cloud="erp.example.com")) == {"delivered_for_another_cloud"}
    assert Delivery.objects.count() == 1


@pytest.mark.clause("D47-5.12", "D47-5.16")
def test_who_may_deliver_what(world: World) -> None:
    assert codes(deliveries.take, **given(world, source="operator")) == {"may_not_deliver"}
    assert codes(deliveries.take, **given(world, by="dg_reviewer")) == {"may_not_deliver"}
    assert codes(deliveries.take, **given(world, by="auditor", source="operator")) == {"may_not_deliver"}
    operator = b"client,cloud,port,start,end,bytes_up,bytes_down\n"
    operator += b"14.23.10.8,203.107.1.1,443,2019-06-10T09:00:00+08:00,2019-06-10T09:01:00+08:00,10,20\n"
    row = deliveries.load(delivery=take(world, operator, by="province_officer", source="operator"), now=NOW)
    assert (row.state, row.records, row.layout) == ("loaded", 1, "operator-csv")


def test_every_fault_of_a_delivery_is_said_at_once(world: World) -> None:
    wrong = given(world, cloud="http://mes", layout="excel", source="nobody")
    wrong["kept"] = deliveries.keep([b""])
    assert codes(deliveries.take, **wrong) == {
        "may_not_deliver", "delivery_empty", "bad_cloud", "unknown_layout",
    }  # fmt: skip


@pytest.mark.clause("D47-5.12")
def test_what_can_not_be_read_is_refused_whole_and_may_come_again(world: World) -> None:
    row = take(world, b"nothing that anyone knows\n1,2,3\n")
    row = deliveries.load(delivery=row, now=NOW)
    assert row.state == "refused"
    assert {"file", "line", "column", "reason", "expected"} == set(row.faults[0])
    assert "认不出" in row.faults[0]["reason"]
    assert deliveries.store().loads() == []
    assert Notice.objects.filter(org=row.org, kind="delivery_refused").count() == 1
    assert deliveries.load(delivery=row, now=NOW).state == "refused"
    second = take(world, b"nothing that anyone knows\n1,2,3\n")
    assert second.pk != row.pk


def test_a_log_without_the_applications_end_asks_for_it(world: World) -> None:
    content = log().replace(b",host", b"").replace(b",mes.example.com", b"")
    row = deliveries.load(delivery=take(world, content), now=NOW)
    assert (row.state, "应用域名" in row.faults[0]["expected"]) == ("refused", True)
    row = deliveries.load(delivery=take(world, content, cloud="mes.example.com"), now=NOW)
    assert (row.state, row.records) == ("loaded", 3)


def test_a_file_that_nobody_foresaw_does_not_keep_the_others_waiting(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, _second = take(world, log("2019-06-08")), take(world, log("2019-06-09"))
    whole = deliveries.load

    def load(*, delivery: Delivery, now: Any) -> Delivery:
        if delivery.pk == first.pk:
            raise RuntimeError("unforeseen")
        return whole(delivery=delivery, now=now)

    monkeypatch.setattr(deliveries, "load", load)
    told = working.work(NOW)
    assert told.done == {"deliveries_loaded": 1}
    assert told.refused == [f"{first.journal_key}: RuntimeError"]


def test_compressed_files_are_taken_as_they_come(world: World) -> None:
    row = deliveries.load(delivery=take(world, gzip.compress(log()), name="log.csv.gz"), now=NOW)
    assert (row.state, row.records) == ("loaded", 3)


@pytest.mark.clause("A1")
def test_the_sender_the_province_and_its_auditor_see_a_delivery_and_nobody_else(world: World) -> None:
    row = take(world)
    seen = {name for name, actor in world.people.items() if access.delivery_for(actor, row.pk)}
    assert seen == {"supplier", "province_officer", "province_approver", "auditor"}


def test_a_round_loads_what_waits_and_a_second_finds_nothing(world: World) -> None:
    for day in ("2019-06-08", "2019-06-09"):
        take(world, log(day))
    assert working.work(NOW).done == {"deliveries_loaded": 2}
    again = working.work(NOW)
    assert (again.done, again.refused) == ({}, [])


def test_while_another_load_writes_deliveries_wait(world: World) -> None:
    from yunquan.usage.store.lock import sole_writer

    row = take(world)
    with sole_writer(deliveries.store().root):
        told = working.work(NOW)
    assert told.done == {}
    assert "请等它结束" in told.refused[0]
    assert working.work(NOW).done == {"deliveries_loaded": 1}
    row.refresh_from_db()
    assert row.state == "loaded"


def test_the_bytes_go_once_nobody_waits_for_them_and_they_are_old(world: World) -> None:
    waits, gone = take(world, log("2019-06-08")), take(world, log("2019-06-09"))
    deliveries.load(delivery=gone, now=NOW)
    inbox = deliveries.inbox()
    assert deliveries.sweep() == 0
    for row in (waits, gone):
        os.utime(inbox.place(row.sha256), (1, 1))
    assert deliveries.sweep() == 1
    assert inbox.place(waits.sha256).exists()


def test_too_much_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path / "inbox")
    with pytest.raises(TooLarge):
        inbox.keep(iter([b"x" * 600, b"y" * 600]), most=1000)
    assert list(inbox.root.iterdir()) == []
    with pytest.raises(ValueError, match="SHA-256"):
        inbox.place("../secret_key")


ACKNOWLEDGE = """
import sys
from pathlib import Path
from yunquan.usage.inbox import Inbox
inbox = Inbox(Path(sys.argv[1]))
for number in range(100000):
    kept = inbox.keep([f"{number}".encode() * 5000], most=10**9)
    print(kept.sha256, kept.size, flush=True)
"""


def test_what_was_acknowledged_survives_a_kill(tmp_path: Path) -> None:
    for turn in range(3):
        folder = tmp_path / f"inbox{turn}"
        worker = subprocess.Popen(
            [sys.executable, "-c", ACKNOWLEDGE, str(folder)], stdout=subprocess.PIPE, text=True
        )
        assert worker.stdout is not None
        said = [worker.stdout.readline().split() for _ in range(20)]
        time.sleep(0.005 * turn)
        worker.send_signal(signal.SIGKILL)
        said += [line.split() for line in worker.stdout.read().splitlines() if len(line.split()) == 2]
        worker.wait()
        worker.stdout.close()
        inbox = Inbox(folder)
        for sha256, size in said:
            again = inbox.keep([inbox.place(sha256).read_bytes()], most=10**9)
            assert (again.sha256, again.size) == (sha256, int(size))


def test_the_clock_loads_and_the_province_alone_takes_back(world: World) -> None:
    roles = {row.action: [str(role) for role in row.roles] for row in DELIVERY.rows}
    assert roles == {"load": ["clock"], "refuse": ["clock"], "withdraw": ["province_officer"]}
    assert deliveries.store().root == Path(settings.YUNQUAN_DIR) / "usage"
