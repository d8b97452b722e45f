"""Where behaviour data comes from in the demonstration: pulls that work and that fail, files with faults, ends.

Every record is synthetic, and the names of the files say so.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from yunquan.demo.stage import Stage, at
from yunquan.kernel.calendar import WorkingCalendar, local_date
from yunquan.usage import deliveries, pulling
from yunquan.usage.models import PullSource
from yunquan.vouchers import actions as vouchers
from yunquan.vouchers.lifecycle import S
from yunquan.vouchers.models import Voucher

HOST = "yun-8.example.com"
CLIENT = "113.108.10.10"
_CALENDAR = WorkingCalendar()


def recent(stage: Stage) -> None:
    """The last week on the desks of suppliers and province."""
    stage.until("2019-06-16 20:00")
    _pulled(stage)
    _failing(stage)
    _uploaded(stage)
    _corrected(stage)


def _settings(stage: Stage, supplier: str, cloud: str, from_on: str) -> PullSource:
    typed = {
        "url": f"https://pull.{supplier}-demo.example/usage", "user_id": f"YQ-{supplier}", "cloud": cloud,
        "every_hours": "24", "from_on": from_on, "is_active": "1",
    }  # fmt: skip
    return pulling.save_source(
        supplier=stage.suppliers[supplier], typed=typed, by=stage[supplier], now=stage.wait(minutes=5)
    )


def _pulled(stage: Stage) -> None:
    """The platform fetched a week of one supplier's logs, a day at a time."""
    row = _settings(stage, "yun", HOST, "2019-06-09")
    now = stage.until("2019-06-17 00:10")
    start = at("2019-06-09 00:00")
    while start + timedelta(days=1) <= now:
        end = start + timedelta(days=1)
        content = _log(start)
        kept = deliveries.keep([content]) if content else None
        attempt = pulling.accept(row, start, end, kept, now)
        if attempt is not None and attempt.delivery is not None:
            deliveries.load(delivery=attempt.delivery, now=now)
        start = end
    PullSource.objects.filter(pk=row.pk).update(next_at=now + timedelta(hours=24))


def _log(start: datetime) -> bytes:
    """A day of work: nobody logs in on a holiday."""
    if not _CALENDAR.is_working_day(local_date(start)):
        return b""
    rows = [
        {
            "time": (start + timedelta(hours=8, minutes=47 * turn)).isoformat(),
            "user": f"演示用户{turn % 3 + 1}",
            "ip": CLIENT,
            "action": "登录",
        }
        for turn in range(9)
    ]
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def _failing(stage: Stage) -> None:
    """Another supplier's certificate has run out: four attempts failed, the next comes later each time."""
    row = _settings(stage, "zhi", "", "2019-06-14")
    now = at("2019-06-17 09:10")
    for _ in range(4):
        row.refresh_from_db()
        assert row.fetched_to_at is not None
        start = row.fetched_to_at
        pulling.fail(row, start, start + timedelta(days=1), "TLS 连接失败（证书已过期，演示）", now)
        row.refresh_from_db()
        now = row.next_at
    stage.now = max(stage.now, now - timedelta(hours=1))


def _uploaded(stage: Stage) -> None:
    """A file with lines that were set apart, and one that could not be read at all."""
    head = "user,time,ip,action,host\n"
    good = f"演示用户1,2019-06-06T09:10:00+08:00,{CLIENT},登录,{HOST}\n"
    bad = f"演示用户1,2019-06-06 09:10,{CLIENT},登录,{HOST}\n演示用户2,2019-06-06T09:12:00+08:00,999.1.1.1,登录,{HOST}\n"
    for name, text in (
        ("合成数据-有坏行.csv", head + good + bad),
        ("合成数据-不能识别.csv", "序号,说明\n1,不是日志\n"),
    ):
        taken = deliveries.take(
            kept=deliveries.keep([text.encode()]), name=name, source="application", channel="upload",
            supplier=stage.suppliers["yun"], by=stage["yun"], now=stage.wait(minutes=3),
        )  # fmt: skip
        deliveries.load(delivery=taken.delivery, now=stage.wait(minutes=1))


def _corrected(stage: Stage) -> None:
    """One claim's ends are corrected before its verdict, with ends of many kinds and a weak one among them."""
    row = (
        Voucher.objects.filter(cycle=stage.cycles["2019"], state=S.ATTESTED, city="441900")
        .order_by("pk")
        .first()
    )
    assert row is not None
    line = row.lines.order_by("position")[0]
    supplier = next(name for name, one in stage.suppliers.items() if one.pk == row.supplier_id)
    machine = [("client", "machine", "CNC-0001", "")] if line.devices is not None else []
    given = [
        ("client", "cidr", "113.108.60.8/29", ""), ("client", "broadband", "07690000001@demo", ""),
        ("client", "mobile", "13800000000", ""), ("client", "device", "PDA-2019-01", ""), *machine,
        ("client", "ip", "192.168.1.20", ""), ("cloud", "ip", "203.107.200.10", "443"),
        ("cloud", "host", f"{supplier}-{line.service}.example.com", ""),
    ]  # fmt: skip
    kept = [
        {"service": str(one.service), "side": side, "kind": kind, "value": value, "port": port}
        for one in row.lines.exclude(pk=line.pk)
        for side, kind, value, port in (
            ("client", "ip", "113.108.60.10", ""),
            ("cloud", "host", f"{supplier}-{one.service}.example.com", ""),
        )
    ]
    fresh = [
        {"service": str(line.service), "side": side, "kind": kind, "value": value, "port": port}
        for side, kind, value, port in given
    ]
    vouchers.amend_ends(
        voucher=row,
        ends=fresh + kept,
        reason="企业更换了宽带专线，并补充移动终端（演示）。",
        by=stage[supplier],
        now=stage.wait(minutes=2),
    )
