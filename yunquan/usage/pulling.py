"""平台拉取: fetch each supplier's application logs period by period, none left out, none twice (D47-5.12).

A period is over when its answer is a delivery: both are written in one transaction, with the attempt. What
fails is tried again, later each time.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from time import monotonic
from typing import Any

from django.conf import settings
from django.db import transaction

from yunquan.journal.actions import audited, notify, notify_all, record
from yunquan.journal.models import Notice
from yunquan.kernel.calendar import SHANGHAI, local_date
from yunquan.kernel.refusal import Refusal, Refused
from yunquan.kernel.workflow import Actor
from yunquan.usage import checks, deliveries, envelope, fetching
from yunquan.usage.inbox import Kept
from yunquan.usage.models import Delivery, PullAttempt, PullSource

LOG = logging.getLogger(__name__)
CLOCK = deliveries.CLOCK
LAYOUT = "application-jsonl"
# Records that the application writes late are still in the answer; and no period is longer than a day.
LAG, LONGEST = timedelta(minutes=5), timedelta(days=1)
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=5), timedelta(days=1)
TOLD_AFTER = 3
MOST_PERIODS = 400
# A slow interface has so long in one round, and goes on in the next: the others wait for it.
LONGEST_TURN_S = 600.0
# So many interfaces are asked at the same time.
AT_ONCE = 4


def key_place() -> Path:
    """Where the platform's key pair lies."""
    return Path(settings.YUNQUAN_DIR) / "usage" / "pull_key.pem"


def fingerprint() -> str:
    """What suppliers compare the platform's public key with."""
    return envelope.key_of(key_place()).fingerprint


@audited("pull_source.save", about="supplier")
def save_source(*, supplier: Any, typed: dict[str, str], by: Actor, now: datetime) -> PullSource:
    """Set up or change a supplier's pull interface; raises Refused with every fault of what was typed.

    `typed` holds url, user_id, cloud, every_hours, from_on (first time only) and is_active as they were typed.
    """
    row = PullSource.objects.select_for_update().filter(supplier=supplier).first()
    facts = understood(typed, is_first=row is None, today=local_date(now))
    refusals = [refusal for check in checks.ON_SAVE_SOURCE if (refusal := check(facts)) is not None]
    if by.org != f"supplier:{supplier.pk}":
        refusals = [
            Refusal("not_your_role", "只有供应商本单位可以设置拉取接口。", checks.ARTICLE, "请由本单位办理。")
        ]
    if refusals:
        raise Refused(refusals)
    if row is None:
        started = datetime.combine(facts["from_on"], time(), tzinfo=SHANGHAI)
        row = PullSource(supplier=supplier, fetched_to_at=started)
    row.url, row.user_id, row.cloud = facts["url"], facts["user_id"], facts["cloud"]
    row.every_hours, row.is_active = facts["every_hours"], facts["is_active"]
    row.failures, row.next_at, row.changed_by, row.changed_at = 0, now, by.person, now
    row.save()
    payload = {
        "url": row.url, "user_id": row.user_id, "cloud": row.cloud, "hours": str(row.every_hours),
        "active": str(row.is_active),
    }  # fmt: skip
    record("pull_source.save", by=by, obj=row.journal_key, now=now, why=checks.ARTICLE, payload=payload)
    return row


def understood(typed: dict[str, str], *, is_first: bool, today: date) -> dict[str, Any]:
    """What was typed, as the checks judge it; None where it can't be read."""
    url, user_id = typed.get("url", "").strip(), typed.get("user_id", "").strip()
    hours = typed.get("every_hours", "").strip()
    try:
        from_on = date.fromisoformat(typed.get("from_on", "").strip())
    except ValueError:
        from_on = None
    return {
        "url": url,
        "url_fault": fetching.url_fault(url, private=settings.USAGE_PULL_PRIVATE)
        if url
        else "请填写接口地址。",
        "user_id": user_id,
        "cloud": deliveries.normal_cloud(typed.get("cloud", "")),
        "every_hours": int(hours) if hours.isascii() and hours.isdigit() and len(hours) < 5 else None,
        "is_first": is_first,
        "from_on": from_on,
        "today": today,
        "is_active": bool(typed.get("is_active")),
    }


@audited("pull_source.rotate_key", about="key")
def rotate_key(*, key: str = "pull_key", by: Actor, now: datetime) -> str:
    """Put a new key pair in the old one's place and tell the suppliers its fingerprint; gives the fingerprint."""
    made = envelope.rotate(key_place())
    rows = PullSource.objects.filter(is_active=True)
    notify_all(
        Notice(
            org=f"supplier:{row.supplier_id}",
            obj=row.journal_key,
            kind="pull_key_rotated",
            title="平台拉取公钥已更换，请在接口上登记新的公钥指纹",
            text=f"新的公钥指纹（SHA-256）：{made.fingerprint}",
            key=f"{row.journal_key}:key:{made.fingerprint[:32]}",
            at=now,
        )
        for row in rows
    )
    payload = {"fingerprint": made.fingerprint}
    record("pull_source.rotate_key", by=by, obj=f"key:{key}", now=now, why=checks.ARTICLE, payload=payload)
    return made.fingerprint


# Fetching


@dataclass
class Pulled:
    """What a round of pulls did."""

    done: int = 0
    failed: list[str] = field(default_factory=list)


def pull_due(now: datetime) -> Pulled:
    """Fetch every period that is due, one worker at a time; a second worker finds nothing to do.

    A few interfaces are asked at once, so that a slow one doesn't hold the others; each period that came is
    written down here, one after the other, and its interface then stands in the queue again.
    """
    told = Pulled()
    with _alone() as may:
        if not may:
            return told
        due = PullSource.objects.filter(is_active=True, next_at__lte=now).order_by("next_at", "pk")
        turns = [_Turn(row) for row in due]
        if turns:
            envelope.key_of(key_place())  # Made once, before many ask for it.
            with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="pull") as pool:
                _take_turns(turns, pool, told, now)
    return told


@dataclass
class _Turn:
    """One interface in a round: what it was asked last, since when, how often."""

    row: PullSource
    period: tuple[datetime, datetime] | None = None
    until: float = 0.0
    asked: int = 0

    def ask(self) -> Kept | None:
        """Runs beside the others: only the network and the disk, never the database."""
        assert self.period is not None
        self.until = self.until or monotonic() + LONGEST_TURN_S
        return ask(self.row, *self.period)


def _take_turns(turns: list[_Turn], pool: ThreadPoolExecutor, told: Pulled, now: datetime) -> None:
    under_way: dict[Future[Kept | None], _Turn] = {}

    def next_of(turn: _Turn) -> None:
        turn.period = next_period(turn.row, now)
        if turn.period is not None:
            under_way[pool.submit(turn.ask)] = turn

    for turn in turns:
        next_of(turn)
    while under_way:
        for future in wait(under_way, return_when=FIRST_COMPLETED).done:
            turn = under_way.pop(future)
            assert turn.period is not None
            attempt = settle(turn.row, *turn.period, future.result, now)
            turn.asked += 1
            if attempt is None:
                continue
            if not attempt.is_done:
                told.failed.append(f"{turn.row.supplier_id}: {attempt.message}")
                continue
            told.done += 1
            turn.row.refresh_from_db()
            is_behind = turn.row.is_active and turn.row.next_at <= now
            if is_behind and monotonic() <= turn.until and turn.asked < MOST_PERIODS:
                next_of(turn)


@contextmanager
def _alone() -> Iterator[bool]:
    place = key_place().with_name("pull.lock")
    place.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(place, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
    finally:
        os.close(handle)


def pull(row: PullSource, now: datetime) -> PullAttempt | None:
    """Fetch the next period of one interface; None where no period is over yet."""
    period = next_period(row, now)
    return settle(row, *period, lambda: ask(row, *period), now) if period is not None else None


def next_period(row: PullSource, now: datetime) -> tuple[datetime, datetime] | None:
    """From where an interface was asked to, a day at most; None where no period is over yet."""
    assert row.fetched_to_at is not None
    end = min(row.fetched_to_at + LONGEST, now.replace(microsecond=0) - LAG)
    return (row.fetched_to_at, end) if end > row.fetched_to_at else None


def ask(row: PullSource, start: datetime, end: datetime) -> Kept | None:
    """The records of a period, safe on the disk; None where there are none. Touches no database."""
    content = fetched(row, start, end)
    return deliveries.keep([content]) if content.strip() else None


def settle(
    row: PullSource, start: datetime, end: datetime, answer: Callable[[], Kept | None], now: datetime
) -> PullAttempt | None:
    """Write down what came of a period; None where another worker has moved on before."""
    try:
        return accept(row, start, end, answer(), now)
    except (fetching.FetchFailed, envelope.BadAnswer) as fault:
        return fail(row, start, end, str(fault), now)
    except Refused as refused:
        return fail(row, start, end, "；".join(one.message for one in refused.refusals), now)
    except (ValueError, TypeError, LookupError, ArithmeticError, RecursionError, RuntimeError) as fault:
        # Whatever one interface answers, the others are asked too.
        LOG.exception("pull source %s was not fetched", row.pk)
        return fail(row, start, end, f"应答无法处理（{type(fault).__name__}）", now)


def fetched(row: PullSource, start: datetime, end: datetime) -> bytes:
    """The records of a period, opened and of that period; raises FetchFailed or BadAnswer."""
    key = envelope.key_of(key_place())
    query = {"user_id": row.user_id, "start": said_moment(start), "end": said_moment(end)}
    headers = {"X-Yunquan-Version": envelope.VERSION, "X-Yunquan-Public-Key": key.header}
    answer = fetching.fetch(row.url, query=query, headers=headers, private=settings.USAGE_PULL_PRIVATE)
    content = envelope.opened(answer, key, **query)
    _of_period(content, start, end)
    return content


def said_moment(moment: datetime) -> str:
    """A moment as requests carry it: 2019-06-16T00:00:00+08:00."""
    return moment.astimezone(SHANGHAI).isoformat(timespec="seconds")


def _of_period(content: bytes, start: datetime, end: datetime) -> None:
    """Refuse an answer with a record of another time; lines that can't be read are set apart when it is loaded."""
    for number, line in enumerate(content.split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            moment = datetime.fromisoformat(str(json.loads(line)["time"]))
        except (ValueError, KeyError, TypeError, RecursionError):
            continue
        # Compared as they stand: the first and the last day of all have no moment in UTC.
        if moment.tzinfo is not None and not start <= moment < end:
            raise envelope.BadAnswer(
                f"第 {number} 行的时间 {moment.isoformat()[:32]} 不在所请求的 {said_moment(start)} 至"
                f" {said_moment(end)} 之内"
            )


def accept(row: PullSource, start: datetime, end: datetime, kept: Any, now: datetime) -> PullAttempt | None:
    """Take the answer and move on, in one transaction; None where another worker has moved on before."""
    delivery: Delivery | None = None
    with transaction.atomic():
        held = PullSource.objects.select_for_update(of=("self",)).select_related("supplier").get(pk=row.pk)
        if held.fetched_to_at != start:
            return None
        if kept is not None:
            delivery = deliveries.take(
                kept=kept,
                name=f"pull-{start.astimezone(SHANGHAI):%Y%m%dT%H%M%S}-{end.astimezone(SHANGHAI):%Y%m%dT%H%M%S}.jsonl",
                source="application",
                channel="pull",
                supplier=held.supplier,
                cloud=held.cloud,
                layout=LAYOUT,
                by=CLOCK,
                now=now,
            ).delivery
        held.fetched_to_at, held.failures = end, 0
        held.next_at = max(now, end + timedelta(hours=held.every_hours) + LAG)
        if end < now.replace(microsecond=0) - LAG:
            held.next_at = now  # Behind: the next day follows at once.
        held.save(update_fields=["fetched_to_at", "failures", "next_at"])
        return PullAttempt.objects.create(
            pull_source=held,
            from_at=start,
            to_at=end,
            at=now,
            is_done=True,
            message="已收妥" if delivery is not None else "这段时间没有记录",
            delivery=delivery,
        )


def fail(row: PullSource, start: datetime, end: datetime, message: str, now: datetime) -> PullAttempt:
    """Write down what went wrong and try again later, twice as late each time, a day at most."""
    with transaction.atomic():
        held = PullSource.objects.select_for_update().get(pk=row.pk)
        held.failures += 1
        held.next_at = now + min(FIRST_PAUSE * 2 ** min(held.failures - 1, 16), LONGEST_PAUSE)
        held.save(update_fields=["failures", "next_at"])
        if held.failures >= TOLD_AFTER:
            notify(
                org=f"supplier:{held.supplier_id}",
                obj=held.journal_key,
                kind="pull_failing",
                title=f"行为数据接口连续 {held.failures} 次拉取失败，请检查",
                text=message,
                key=f"{held.journal_key}:failing:{local_date(now)}",
                now=now,
            )
        return PullAttempt.objects.create(
            pull_source=held, from_at=start, to_at=end, at=now, is_done=False, message=message[:300]
        )
