"""What screens and the command line read of the log."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from django.db.models import Q, QuerySet

from yunquan.journal.actions import EMPTY_CHAIN, chain_hash, payload_hash
from yunquan.journal.models import LogEntry, LogHead, LogPayload, Notice
from yunquan.kernel.merkle import leaf_hash


@dataclass(frozen=True, slots=True)
class LogFault:
    """The first row of the log that is not as it was written."""

    seq: int
    reason: str


def verify_log() -> LogFault | None:
    """Walk the whole log and name the first altered row (L2), or None when all is as written.

    Each entry's bytes give its leaf, the leaves give the chain, the chain ends at the head; the columns
    kept beside an entry and the payload, where it was not erased, must agree with the entry.
    """
    chain, expected = EMPTY_CHAIN, 0
    for row, payload in _rows_with_payloads():
        if row.seq != expected:
            return LogFault(expected, f"缺少第 {expected} 条，下一条是 {row.seq}")
        leaf = leaf_hash(row.entry.encode()).hex()
        if leaf != row.leaf:
            return LogFault(row.seq, "内容与叶哈希不符")
        chain = chain_hash(chain, leaf)
        if chain != row.chain:
            return LogFault(row.seq, "链哈希不符")
        fields = json.loads(row.entry)
        at = row.at.astimezone(UTC).isoformat(timespec="microseconds")
        if (fields["seq"], fields["act"], fields["obj"], fields["t"]) != (str(row.seq), row.act, row.obj, at):
            return LogFault(row.seq, "检索列与条目内容不符")
        if payload and payload_hash(payload.salt, payload.payload) != fields["data"]:
            return LogFault(row.seq, "附带内容与条目中的摘要不符")
        expected += 1
    head = LogHead.objects.get(pk=1)
    if head.size != expected:
        return LogFault(min(head.size, expected), f"日志头记 {head.size} 条，实有 {expected} 条")
    if head.chain != chain:
        return LogFault(expected - 1, "日志头的链哈希与末条不符")
    return None


def _rows_with_payloads(size: int = 2000) -> Iterator[tuple[LogEntry, LogPayload | None]]:
    after = -1
    while True:
        rows = list(LogEntry.objects.filter(seq__gt=after).order_by("seq")[:size])
        if not rows:
            return
        payloads = LogPayload.objects.in_bulk([row.seq for row in rows])
        for row in rows:
            yield row, payloads.get(row.seq)
        after = rows[-1].seq


def history(obj: str, *, with_refused: bool = False) -> list[dict[str, Any]]:
    """The acts on one object, oldest first: the timeline of a page and what an auditor reads."""
    rows = list(LogEntry.objects.filter(obj=obj).order_by("seq"))
    payloads = LogPayload.objects.in_bulk([row.seq for row in rows])
    acts = []
    for row in rows:
        fields = json.loads(row.entry)
        if fields["res"] == "refused" and not with_refused:
            continue
        detail = json.loads(payloads[row.seq].payload) if row.seq in payloads else {}
        acts.append({**fields, "seq": row.seq, "at": row.at, "payload": detail})
    return acts


def inbox(orgs: list[str], *, limit: int = 50) -> list[Notice]:
    """The latest messages for these organisations."""
    return list(Notice.objects.filter(org__in=orgs).order_by("-at", "-pk")[:limit])


def unread_count(orgs: list[str]) -> int:
    """How many messages wait unread."""
    return Notice.objects.filter(org__in=orgs, read_at=None).count()


def notice_sent(key: str) -> bool:
    """Whether the message of this key was sent already."""
    return Notice.objects.filter(key=key[:160]).exists()


def log_size() -> int:
    """How many entries the log holds."""
    return LogHead.objects.get(pk=1).size


def entries(
    *,
    obj: str = "",
    act: str = "",
    actor: str = "",
    refused: bool | None = None,
    acts: Iterable[str] = (),
) -> QuerySet[LogEntry]:
    """Entries of the log for a search, the latest first: by object, act, actor's opaque id, refused or not.

    `acts` are beginnings of acts (`appointment.`), of which one must fit. Scope is the caller's affair.
    """
    rows = LogEntry.objects.order_by("-seq")
    if obj:
        rows = rows.filter(obj__startswith=obj)
    if act:
        rows = rows.filter(act=act)
    if actor:
        rows = rows.filter(entry__contains=f'"actor":"{actor}"')
    if refused is not None:
        rows = rows.filter(entry__contains='"res":"refused"' if refused else '"res":"ok"')
    begins = Q()
    for beginning in acts:
        begins |= Q(act__startswith=beginning)
    return rows.filter(begins)


def entry(seq: int) -> dict[str, Any] | None:
    """One entry with its fields, its payload where not erased, and whether leaf and chain agree (L2)."""
    row = LogEntry.objects.filter(seq=seq).first()
    if row is None:
        return None
    before = LogEntry.objects.filter(seq=seq - 1).first()
    previous = before.chain if before is not None else EMPTY_CHAIN
    payload = LogPayload.objects.filter(seq=seq).first()
    fields = json.loads(row.entry)
    leaf = leaf_hash(row.entry.encode()).hex()
    return {
        "row": row,
        "fields": fields,
        "payload": json.loads(payload.payload) if payload else None,
        "payload_fits": payload is not None and payload_hash(payload.salt, payload.payload) == fields["data"],
        "previous": previous,
        "leaf_fits": leaf == row.leaf,
        "chain_fits": chain_hash(previous, row.leaf) == row.chain,
    }


def head() -> LogHead:
    """How long the log is and where its chain ends."""
    return LogHead.objects.get(pk=1)


def told(rows: Iterable[LogEntry]) -> list[dict[str, Any]]:
    """Entries with their fields and payloads, in one more query however many they are."""
    listed = list(rows)
    payloads = LogPayload.objects.in_bulk([row.seq for row in listed])
    return [
        {
            "row": row,
            "fields": json.loads(row.entry),
            "payload": json.loads(payloads[row.seq].payload) if row.seq in payloads else {},
        }
        for row in listed
    ]
