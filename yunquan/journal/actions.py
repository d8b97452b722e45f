"""The verbs of the log: `move` changes a state and writes it down; nothing else assigns a state.

Lock order (invariants.md): enterprise → contract and invoice keys → quota → queue → ledger accounts →
log head last. `move` and `record` take the log head, so an action calls them after its other locks.
"""

from __future__ import annotations

import functools
import hashlib
import re
import secrets
from collections.abc import Callable, Iterable, Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, ClassVar, Protocol, TypeVar

from django.db import connection, models, transaction

from yunquan.journal.models import LogEntry, LogHead, LogPayload, Notice, RequestKey
from yunquan.kernel.canonical import canonical_json, content_hash
from yunquan.kernel.merkle import leaf_hash
from yunquan.kernel.refusal import Refusal, Refused
from yunquan.kernel.workflow import Actor, Facts, Lifecycle

EMPTY_CHAIN = hashlib.sha256(b"").hexdigest()
request_id: ContextVar[str] = ContextVar("request_id", default="")
Result = TypeVar("Result")


class Movable(Protocol):
    """A model with a life cycle: `lifecycle`, `state`, `version` and a `journal_key` such as `voucher:12`."""

    lifecycle: ClassVar[Lifecycle]
    state: str
    version: int
    pk: Any

    @property
    def journal_key(self) -> str: ...


def chain_hash(previous: str, leaf: str) -> str:
    """The chain after one more leaf: SHA-256(0x01 || previous chain || leaf), in hex."""
    return hashlib.sha256(b"\x01" + bytes.fromhex(previous) + bytes.fromhex(leaf)).hexdigest()


def payload_hash(salt: str, payload: str) -> str:
    """The `data` field of an entry: SHA-256(salt || payload), in hex; the payload may be erased later."""
    return hashlib.sha256(bytes.fromhex(salt) + payload.encode()).hexdigest()


def record(
    act: str,
    *,
    by: Actor,
    obj: str,
    now: datetime,
    why: str,
    pre: str = "",
    post: str = "",
    objv: int = 0,
    pol: str = "",
    refused: bool = False,
    payload: Mapping[str, Any] | None = None,
) -> int:
    """Append one entry (L1, L2) inside the caller's transaction and give its sequence number.

    `why` holds articles and codes only; free text goes into the payload, which stands in a table of
    its own and can be erased (L3). Raises RuntimeError outside a transaction.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("a log entry is written in the transaction of the change it tells of")
    salt = secrets.token_hex(16)
    text = canonical_json(dict(payload or {})).decode()
    head = LogHead.objects.select_for_update().get(pk=1)
    fields = {
        "act": act,
        "actor": by.person if not by.operator else f"{by.person};operator={by.operator}",
        "data": payload_hash(salt, text),
        "obj": obj,
        "objv": str(objv),
        "org": by.org,
        "pol": pol,
        "post": post,
        "pre": pre,
        "req": request_id.get(),
        "res": "refused" if refused else "ok",
        "role": by.role,
        "seq": str(head.size),
        "t": now.astimezone(UTC).isoformat(timespec="microseconds"),
        "v": "1",
        "why": why,
    }
    entry = canonical_json(fields)
    leaf = leaf_hash(entry).hex()
    chain = chain_hash(head.chain, leaf)
    LogEntry.objects.bulk_create(
        [LogEntry(seq=head.size, entry=entry.decode(), leaf=leaf, chain=chain, act=act, obj=obj, at=now)]
    )
    LogPayload.objects.bulk_create([LogPayload(seq=head.size, salt=salt, payload=text)])
    LogHead.objects.filter(pk=1).update(size=head.size + 1, chain=chain)
    return head.size


def move(
    thing: Movable,
    action: str,
    *,
    by: Actor,
    facts: Facts,
    now: datetime,
    changes: Mapping[str, Any] | None = None,
    payload: Mapping[str, Any] | None = None,
    codes: Iterable[str] = (),
    pol: str = "",
) -> int:
    """Take one step of a life cycle: ask the table, change the state by compare-and-set, write the log.

    A thing that names `acting_orgs` is moved by these organisations alone, behind the door of its access
    (A1). `changes` are further columns set in the same UPDATE. Raises Refused with every reason; a thing that
    someone else moved in the meantime is refused too. Gives the log's sequence number.
    """
    decision = thing.lifecycle.decide(action, state=thing.state, role=by.role, facts=facts)
    if decision.row is None:
        raise Refused(decision.refusals)
    orgs = getattr(thing, "acting_orgs", None)
    if orgs is not None and by.org not in orgs:
        raise Refused([_not_your_case(thing, decision.row.article)])
    pre, target, version = thing.state, decision.row.target, thing.version
    values = {**(changes or {}), "state": target, "version": version + 1}
    model: type[models.Model] = type(thing)  # type: ignore[assignment]
    touched = model._default_manager.filter(pk=thing.pk, state=pre, version=version).update(**values)
    if touched != 1:
        raise Refused([_changed_meanwhile(thing, decision.row.article)])
    for name, value in values.items():
        setattr(thing, name, value)
    return record(
        f"{thing.lifecycle.noun}.{action}",
        by=by,
        obj=thing.journal_key,
        now=now,
        why=" ".join([decision.row.article, *codes]),
        pre=pre,
        post=target,
        objv=version + 1,
        pol=pol,
        payload=payload,
    )


def _not_your_case(thing: Movable, article: str) -> Refusal:
    return Refusal(
        "not_your_case", f"这份{thing.lifecycle.label}不归本单位办理。", article, "请由所属单位的人员办理。"
    )


def _changed_meanwhile(thing: Movable, article: str) -> Refusal:
    return Refusal(
        "changed_meanwhile",
        f"这份{thing.lifecycle.label}刚刚已被他人办理，您的操作没有生效。",
        article,
        "请刷新页面，按最新状态办理。",
    )


def audited(act: str, about: str) -> Callable[[Callable[..., Result]], Callable[..., Result]]:
    """Wrap an action: all of it or nothing, and a refused attempt is logged after the roll-back (L1).

    `about` names the keyword argument that the attempt concerns (an object with `journal_key`, or text).
    """

    def wrap(body: Callable[..., Result]) -> Callable[..., Result]:
        @functools.wraps(body)
        def acted(*, by: Actor, now: datetime, **rest: Any) -> Result:
            try:
                with transaction.atomic():
                    return body(by=by, now=now, **rest)
            except Refused as refused:
                subject = rest.get(about, about)
                obj = getattr(subject, "journal_key", None) or _named(about, subject)
                why = " ".join(dict.fromkeys(f"{r.article}:{r.code}" for r in refused.refusals))
                detail = {"reasons": [r.message for r in refused.refusals]}
                with transaction.atomic():
                    record(act, by=by, obj=obj[:80], now=now, why=why, refused=True, payload=detail)
                raise

        return acted

    return wrap


def _named(about: str, subject: object) -> str:
    """The object of an attempt on something that has no key yet: a code may be named, free text never (L3)."""
    text = str(subject)
    return f"{about}:{text}" if re.fullmatch(r"[0-9A-Za-z._:-]{1,60}", text) else about


def notify(
    *,
    org: str,
    obj: str,
    kind: str,
    title: str,
    key: str,
    now: datetime,
    text: str = "",
    link: str = "",
    role: str = "",
) -> None:
    """Put one message into an inbox after the commit; the same key is sent once only."""
    notice = Notice(
        org=org, role=role, obj=obj, kind=kind, title=title, text=text, link=link, key=key, at=now
    )
    # Robust: the act is committed by then, and a message that fails must not make it look undone.
    transaction.on_commit(lambda: Notice.objects.bulk_create([notice], ignore_conflicts=True), robust=True)


def once(
    *, owner: str, key: str, content: Mapping[str, Any], now: datetime, run: Callable[[], dict[str, Any]]
) -> dict[str, Any]:
    """Run a request once per key (U4): again with the same content gives the first answer.

    Raises Refused (`idempotency_conflict`) when the key was used with other content. Answer and effect
    are committed together; two at the same moment: one runs, the other gets its answer.
    """
    digest = content_hash(dict(content))
    served = RequestKey.objects.filter(owner=owner, key=key).first()
    if served is None:
        with transaction.atomic():
            claimed = RequestKey(owner=owner, key=key, content_hash=digest, answer={}, at=now)
            made = RequestKey.objects.bulk_create([claimed], ignore_conflicts=True)
            row = RequestKey.objects.select_for_update().get(owner=owner, key=key)
            if made and row.answer == {} and row.content_hash == digest:
                answer = run()
                RequestKey.objects.filter(pk=row.pk).update(answer=answer)
                return answer
            served = row
    if served.content_hash != digest:
        raise Refused(
            [
                Refusal(
                    "idempotency_conflict",
                    "这个幂等键已用于另一份内容。",
                    "D47-3",
                    "同一请求重发请保持内容不变；新的请求请换一个幂等键。",
                )
            ]
        )
    return dict(served.answer)


def mark_read(*, org: str, now: datetime) -> int:
    """Mark all messages of an organisation as read; gives how many were unread."""
    return Notice.objects.filter(org=org, read_at=None).update(read_at=now)
