"""The verbs of deliveries: acknowledged once the bytes are safe, then loaded whole or refused with reasons.

Taking writes a row; loading is the clock's, in the request itself where the file is small (D47-5.12).
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unicodedata import category, normalize

from django.conf import settings
from django.db import IntegrityError
from django.db.models import Sum

from yunquan.journal.actions import audited, move, notify, record
from yunquan.kernel.refusal import Refusal, Refused
from yunquan.kernel.workflow import Actor
from yunquan.policy.roles import Role
from yunquan.usage import checks
from yunquan.usage.inbox import Inbox, Kept, TooLarge
from yunquan.usage.lifecycle import DeliveryState
from yunquan.usage.models import Delivery
from yunquan.usage.names import normal_host
from yunquan.usage.reach import BadReach, Reach
from yunquan.usage.reach import said as reach_said

if TYPE_CHECKING:
    from yunquan.usage.layouts.contract import LayoutUnknown
    from yunquan.usage.store import LoadRefused, Store

FORGOTTEN = (DeliveryState.REFUSED, DeliveryState.WITHDRAWN)
CLOCK = Actor(person="clock", role=Role.CLOCK, org="platform")
# What unfolds to more is loaded by the worker: nobody waits for it, and no request holds the store for long.
SMALL_BYTES = 1024 * 1024
# So much of one sender may wait to be loaded at a time.
MOST_WAITING_FILES_SIZE = 2


def store() -> Store:
    """The platform's store of behaviour data."""
    from yunquan.usage.store import Store

    return Store(Path(settings.YUNQUAN_DIR) / "usage")


def inbox() -> Inbox:
    """Where deliveries wait to be loaded."""
    return Inbox(Path(settings.YUNQUAN_DIR) / "usage" / "inbox")


def keep(pieces: Iterable[bytes]) -> Kept:
    """Bring a content safely to the disk as it comes; raises Refused when it is larger than one delivery may be."""
    try:
        return inbox().keep(pieces, most=settings.USAGE_MOST_BYTES)
    except TooLarge:
        most = settings.USAGE_MOST_BYTES // 1024 // 1024
        refusal = Refusal(
            "delivery_too_large", f"文件超过 {most} MB。", checks.ARTICLE, "请按日期分成几份送达。", "file"
        )
        raise Refused([refusal]) from None


@dataclass(frozen=True, slots=True)
class Taken:
    """An acknowledged delivery, and whether it had come before."""

    delivery: Delivery
    is_new: bool


def take(
    *,
    kept: Kept,
    name: str,
    source: str,
    channel: str,
    supplier: Any = None,
    cloud: str = "",
    operator: str = "",
    cities: Sequence[str] = (),
    layout: str = "",
    by: Actor,
    now: datetime,
) -> Taken:
    """Acknowledge a delivery whose bytes are on the disk; the same content again is the same delivery (D47-5.12).

    `supplier` is the party whose application logs these are, none for operators' records, which say instead
    whose network in which cities they tell of (empty: all). Raises Refused with every reason.
    """
    given = {
        "kept": kept, "name": clean_name(name), "source": source, "channel": channel, "supplier": supplier,
        "cloud": cloud.strip(), "layout": layout, "operator": operator, "cities": cities,
    }  # fmt: skip
    try:
        return _take(delivery=f"{source}:{kept.sha256[:16]}", given=given, by=by, now=now)
    except IntegrityError:
        # Someone sent the same content at the same moment: now it is there.
        return _take(delivery=f"{source}:{kept.sha256[:16]}", given=given, by=by, now=now)


@audited("delivery.take", about="delivery")
def _take(*, delivery: str, given: dict[str, Any], by: Actor, now: datetime) -> Taken:
    kept, source, supplier = given["kept"], given["source"], given["supplier"]
    cloud = normal_cloud(given["cloud"])
    org = f"supplier:{supplier.pk}" if supplier is not None else by.org
    known = Delivery.objects.filter(source=source, sha256=kept.sha256).exclude(state__in=FORGOTTEN).first()
    waits = Delivery.objects.filter(org=org, state=DeliveryState.RECEIVED).aggregate(size=Sum("size"))["size"]
    facts = {
        "role": by.role,
        "source": source,
        "size": kept.size,
        "cloud": cloud,
        "layout": given["layout"],
        "layouts": [code for code, _ in layout_choices(source)],
        "reach_fault": _reach_fault(source, given["operator"], given["cities"]),
        "waiting": 0 if known is not None else waits or 0,
        "most_waiting": most_waiting(),
    }
    refusals = [refusal for check in checks.ON_TAKE if (refusal := check(facts)) is not None]
    if refusals:
        raise Refused(refusals)
    reach = Reach.of(given["operator"], given["cities"])
    if known is not None:
        _held_against(known, org=org, cloud=cloud or "", reach=reach)
        return Taken(known, is_new=False)
    row = Delivery.objects.create(
        org=org,
        supplier=supplier,
        source=source,
        channel=given["channel"],
        sha256=kept.sha256,
        name=given["name"],
        size=kept.size,
        cloud=cloud or "",
        operator=reach.operator,
        cities=list(reach.cities),
        layout=given["layout"],
        received_by=by.person,
        received_at=now,
    )
    payload = {"sha256": kept.sha256, "size": str(kept.size), "source": source, "channel": given["channel"]}
    record("delivery.take", by=by, obj=row.journal_key, now=now, why=checks.ARTICLE, payload=payload)
    return Taken(row, is_new=True)


def most_waiting() -> int:
    """How many bytes of one sender may wait to be loaded: a few files of the largest size."""
    return MOST_WAITING_FILES_SIZE * int(settings.USAGE_MOST_BYTES)


def _reach_fault(source: str, operator: str, cities: Iterable[str]) -> str:
    if source != "operator" and (operator or tuple(cities)):
        return "只有运营商连接记录才填运营商和覆盖地市"
    try:
        Reach.of(operator, cities)
    except BadReach as wrong:
        return str(wrong)
    return ""


def reach_of(delivery: Delivery) -> Reach:
    """Whose network in which cities a delivery tells of."""
    return Reach(delivery.operator, tuple(delivery.cities))


def _held_against(earlier: Delivery, *, org: str, cloud: str, reach: Reach) -> None:
    """The same content counts once: for its sender it is the same delivery, for anyone else it is refused."""
    if earlier.org != org:
        raise Refused(
            [
                Refusal(
                    "already_delivered",
                    "内容相同的文件已由其他单位送达，不能重复使用。",
                    checks.ARTICLE,
                    "请确认导出的是本单位应用系统的日志。",
                    "file",
                )
            ]
        )
    if earlier.cloud != cloud:
        raise Refused(
            [
                Refusal(
                    "delivered_for_another_cloud",
                    f"这份文件已按应用域名“{earlier.cloud or '（未填）'}”送达。",
                    checks.ARTICLE,
                    "同一份日志只对应一个应用；如上次填错，请联系省厅撤回那一次送达，再重新送达。",
                    "cloud",
                )
            ]
        )
    if reach_of(earlier) != reach:
        raise Refused(
            [
                Refusal(
                    "delivered_with_another_reach",
                    f"这份文件已按“{reach_said(str(reach_of(earlier)))}”送达。",
                    checks.ARTICLE,
                    "如上次填错，请先在那次送达的页面撤回，再重新送达。",
                    "operator",
                )
            ]
        )


def normal_cloud(text: str) -> str | None:
    """The application's end in one spelling, empty where none is given, None where it is no host or address.

    >>> normal_cloud("MES.example.com"), normal_cloud(""), normal_cloud("http://x"), normal_cloud("203.107.1.1")
    ('mes.example.com', '', None, '203.107.1.1')
    """
    plain = normalize("NFKC", text).strip()
    if not plain:
        return ""
    try:
        found = ip_address(plain)
    except ValueError:
        host = normal_host(plain)
        return host if host is not None and len(host) <= 120 else None
    return None if "%" in plain else str(getattr(found, "ipv4_mapped", None) or found)


def clean_name(name: str) -> str:
    """A file's name without paths and signs that can't be seen.

    >>> clean_name("../../日志\\u202e.csv")
    '日志.csv'
    """
    plain = normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    return "".join(sign for sign in plain if category(sign)[0] != "C").strip(" .")[-200:] or "未命名"


def layout_choices(source: str = "") -> list[tuple[str, str]]:
    """The formats that the platform reads, of one source or of both, as code and title."""
    from yunquan.usage import layouts

    known = layouts.known().values()
    # A workbook may hold either: its columns say which.
    return [
        (one.id, f"{one.title}　{one.id}")
        for one in known
        if source in ("", one.source) or one.kind == "table"
    ]


def layout_title(code: str) -> str:
    """A format in words; one that is unknown stands for itself."""
    return dict(layout_choices()).get(code, code)


# Loading


def is_small(delivery: Delivery) -> bool:
    """Whether a delivery is loaded at once, while its sender waits: by what it unfolds to, not by how it came."""
    if delivery.state != DeliveryState.RECEIVED or delivery.size > SMALL_BYTES:
        return False
    from yunquan.usage.store import LoadRefused
    from yunquan.usage.store.opening import Opened

    unfolded = 0
    try:
        with Opened(inbox().place(delivery.sha256), delivery.name) as opened:
            for piece in opened.unfolded():
                unfolded += len(piece)
                if unfolded > SMALL_BYTES:
                    return False
    except LoadRefused:
        return True  # Nothing of it will be loaded: its sender is told why at once.
    return True


def load(*, delivery: Delivery, now: datetime) -> Delivery:
    """Load a delivery into the store, or refuse it with what is wrong where; a second time does nothing.

    Raises StoreBusy while another load is writing and StoreFailed where the store can't be written: the
    delivery then waits on.
    """
    from yunquan.usage.layouts.contract import LayoutUnknown, Options
    from yunquan.usage.store import LoadRefused

    if delivery.state != DeliveryState.RECEIVED:
        return delivery
    try:
        loaded = store().load(
            inbox().place(delivery.sha256),
            source=delivery.source,
            layout=delivery.layout or None,
            options=Options(cloud=delivery.cloud or None, now=now),
            scope=delivery.org if delivery.supplier_id else "",
            reach=str(reach_of(delivery)),
            name=delivery.name,
        )
    except (LoadRefused, LayoutUnknown) as refused:
        changes: dict[str, Any] = {"faults": [_fault(refused, delivery)]}
        return _settled(delivery, "refuse", changes, now)
    changes = {
        "layout": loaded.layout,
        "records": loaded.records,
        "bad_lines": loaded.bad,
        "days": [day.isoformat() for day in loaded.days],
        "loaded_at": now,
    }
    return _settled(delivery, "load", changes, now)


def _fault(refused: LoadRefused | LayoutUnknown, delivery: Delivery) -> dict[str, Any]:
    from yunquan.usage.layouts.records_of import NO_CLOUD

    if refused.reason == NO_CLOUD[0]:
        # Said in the words of the page and of the API rather than of the command line.
        reason, expected = "日志里没有应用端地址，送达时也没有填写应用域名", "填写应用域名后重新送达"
        return {"file": delivery.name, "line": 0, "column": "", "reason": reason, "expected": expected}
    return {
        "file": delivery.name,
        "line": refused.line,
        "column": refused.column,
        "reason": refused.reason,
        "expected": refused.expected,
    }


def _settled(delivery: Delivery, action: str, changes: dict[str, Any], now: datetime) -> Delivery:
    # Where another worker was quicker, what it wrote stands.
    with suppress(Refused):
        _settle(delivery=delivery, action=action, changes=changes, by=CLOCK, now=now)
    return Delivery.objects.select_related("supplier").get(pk=delivery.pk)


@audited("delivery.settle", about="delivery")
def _settle(*, delivery: Delivery, action: str, changes: dict[str, Any], by: Actor, now: datetime) -> None:
    row = Delivery.objects.select_for_update().get(pk=delivery.pk)
    payload = {name: str(changes.get(name, "")) for name in ("layout", "records", "bad_lines")}
    if action == "refuse":
        payload = {"reason": changes["faults"][0]["reason"]}
        notify(
            org=row.org,
            obj=row.journal_key,
            kind="delivery_refused",
            title=f"行为数据“{row.name[:60]}”未能装入，请按原因改正后重新送达",
            key=f"{row.journal_key}:refused",
            now=now,
        )
    move(row, action, by=by, facts={}, now=now, changes=changes, payload=payload)


def waiting() -> list[Delivery]:
    """The deliveries that are still to be loaded, in the order in which they came."""
    rows = Delivery.objects.filter(state=DeliveryState.RECEIVED).select_related("supplier")
    return list(rows.order_by("pk"))


def sweep() -> int:
    """Remove the bytes of what is loaded or refused: the store holds the records, the log the hash."""
    return inbox().sweep({row.sha256 for row in waiting()})


def bad_lines_file(delivery: Delivery) -> Path | None:
    """The list of lines that were set apart, as CSV; None where there are none."""
    if not delivery.bad_lines:
        return None
    return store().bad_lines(delivery.sha256, delivery.source)


def bad_lines(delivery: Delivery, *, most: int) -> list[dict[str, Any]]:
    """The first lines that were set apart: line, column, reason, expected; what stood in them is left out."""
    place = bad_lines_file(delivery)
    if place is None:
        return []
    with place.open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row, _ in zip(csv.DictReader(file), range(most), strict=False)]
    return [
        {
            "line": int(row["line"]) if row["line"].isdecimal() else 0,
            "column": row["column"],
            "reason": row["reason"],
            "expected": row["expected"],
        }
        for row in rows
    ]
