"""The verbs of the log: `move` changes a state and writes it down; nothing else assigns a state.

The plural verbs (`move_all`, `record_all`, `audited_all`) are the same for many things at once; a rush is
carried out with them, and the singular ones are the case of one.

Lock order (invariants.md): enterprise → contract and invoice keys → quota → queue → ledger accounts →
log head last. `move` and `record` take the log head, so an action calls them after its other locks.
"""

from __future__ import annotations

import functools
import hashlib
import re
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, ClassVar, Protocol, TypeVar

from django.db import IntegrityError, connection, models, transaction

from yunquan.journal.delegated import acting, permit
from yunquan.journal.models import LogEntry, LogPayload, Notice
from yunquan.journal.rows import insert, locked_head, move_head, update
from yunquan.kernel.calendar import CalendarNotAnnounced
from yunquan.kernel.canonical import canonical_json
from yunquan.kernel.merkle import leaf_hash
from yunquan.kernel.refusal import Refusal, Refused
from yunquan.kernel.workflow import Actor, Facts, Lifecycle

NOTICE = ("org", "role", "obj", "kind", "title", "text", "link", "key", "at", "read_at")
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What one act, or one refused attempt, puts into the log.

    `why` holds articles and codes only; free text goes into the payload, which stands in a table of
    its own and can be erased (L3).
    """

    act: str
    by: Actor
    obj: str
    now: datetime
    why: str
    pre: str = ""
    post: str = ""
    objv: int = 0
    pol: str = ""
    refused: bool = False
    payload: Mapping[str, Any] | None = None
    request: str = field(default_factory=request_id.get)

    def text(self, seq: int, data: str) -> bytes:
        """The canonical JSON that is hashed; `data` is the hash of the payload."""
        by = self.by
        return canonical_json(
            {
                "act": self.act,
                "actor": by.person if not by.operator else f"{by.person};operator={by.operator}",
                "data": data,
                "obj": self.obj,
                "objv": str(self.objv),
                "org": by.org,
                "pol": self.pol,
                "post": self.post,
                "pre": self.pre,
                "req": self.request,
                "res": "refused" if self.refused else "ok",
                "role": by.role,
                "seq": str(seq),
                "t": self.now.astimezone(UTC).isoformat(timespec="microseconds"),
                "v": "1",
                "why": self.why,
            }
        )


def record(act: str, *, by: Actor, obj: str, now: datetime, why: str, **rest: Any) -> int:
    """Append one entry (L1, L2) inside the caller's transaction and give its sequence number.

    `rest` are further fields of `Entry`. Raises RuntimeError outside a transaction.
    """
    return record_all([Entry(act=act, by=by, obj=obj, now=now, why=why, **rest)])


def record_all(entries: Iterable[Entry]) -> int:
    """Append entries one after the other under one lock of the head; gives the first sequence number."""
    if not connection.in_atomic_block:
        raise RuntimeError("a log entry is written in the transaction of the change it tells of")
    first, chain = locked_head()
    rows: list[tuple[Any, ...]] = []
    payloads: list[tuple[Any, ...]] = []
    for seq, entry in enumerate(entries, first):
        salt = secrets.token_hex(16)
        payload = canonical_json(dict(entry.payload or {})).decode()
        text = entry.text(seq, payload_hash(salt, payload))
        leaf = leaf_hash(text).hex()
        chain = chain_hash(chain, leaf)
        rows.append((seq, text.decode(), leaf, chain, entry.act, entry.obj, entry.now))
        payloads.append((seq, salt, payload))
    insert(LogEntry, ("seq", "entry", "leaf", "chain", "act", "obj", "at"), rows)
    insert(LogPayload, ("seq", "salt", "payload"), payloads)
    move_head(first + len(rows), chain)
    return first


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of a life cycle to take; `changes` are further columns set in the same UPDATE."""

    thing: Movable
    action: str
    by: Actor
    facts: Facts
    now: datetime
    changes: Mapping[str, Any] | None = None
    payload: Mapping[str, Any] | None = None
    codes: Iterable[str] = ()
    pol: str = ""
    request: str = field(default_factory=request_id.get)


def move(thing: Movable, action: str, *, by: Actor, facts: Facts, now: datetime, **rest: Any) -> int:
    """Take one step of a life cycle: ask the table, change the state by compare-and-set, write the log.

    A thing that names `acting_orgs` is moved by these organisations alone, behind the door of its access
    (A1). `rest` are further fields of `Step`. Raises Refused with every reason; a thing that someone else
    moved in the meantime is refused too. Gives the log's sequence number.
    """
    return move_all([Step(thing=thing, action=action, by=by, facts=facts, now=now, **rest)])


def move_all(steps: Iterable[Step]) -> int:
    """Take steps of different things in one transaction: all of them or, when one is refused, none."""
    taken = [_Taken(step) for step in steps]
    kinds: dict[tuple[type[models.Model], tuple[str, ...]], list[_Taken]] = {}
    for one in taken:
        kinds.setdefault((type(one.step.thing), tuple(one.values)), []).append(one)  # type: ignore[arg-type]
    for (model, columns), same in kinds.items():
        _compare_and_set(model, columns, same)
    return record_all([one.entry() for one in taken])


class _Taken:
    """A step that the table allows: what stood before, and every column that is set."""

    def __init__(self, step: Step) -> None:
        thing = step.thing
        decision = thing.lifecycle.decide(step.action, state=thing.state, role=step.by.role, facts=step.facts)
        if decision.row is None:
            raise Refused(decision.refusals)
        orgs = getattr(thing, "acting_orgs", None)
        if orgs is not None and step.by.org not in orgs:
            raise Refused([_not_your_case(thing, decision.row.article)])
        self.step, self.row = step, decision.row
        self.pre, self.version = thing.state, thing.version
        self.values = {**(step.changes or {}), "state": decision.row.target, "version": thing.version + 1}

    def entry(self) -> Entry:
        """What the log is told, once the thing has changed."""
        step, thing = self.step, self.step.thing
        return Entry(
            act=f"{thing.lifecycle.noun}.{step.action}",
            by=step.by,
            obj=thing.journal_key,
            now=step.now,
            why=" ".join([self.row.article, *step.codes]),
            pre=self.pre,
            post=self.row.target,
            objv=self.version + 1,
            pol=step.pol,
            payload=step.payload,
            request=step.request,
        )


def _compare_and_set(model: type[models.Model], columns: Sequence[str], taken: Sequence[_Taken]) -> None:
    """Set the columns of all at once, each where it has the state and version that were decided on."""
    rows = []
    for one in taken:
        plain = [value.pk if isinstance(value, models.Model) else value for value in one.values.values()]
        rows.append((*plain, one.step.thing.pk, one.pre, one.version))
    if update(model, columns, ("id", "state", "version"), rows) != len(taken):
        raise Refused([_changed_meanwhile(taken[0].step.thing, taken[0].row.article)])
    for one in taken:
        for name, value in one.values.items():
            setattr(one.step.thing, name, value)


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
                with transaction.atomic(), _days_known(), acting(by, act):
                    return body(by=by, now=now, **rest)
            except Refused as refused:
                with transaction.atomic():
                    record_all(
                        [_refusal(act, about, refused, by=by, now=now, subject=rest.get(about, about))]
                    )
                raise

        return acted

    return wrap


@contextmanager
def _days_known() -> Iterator[None]:
    """A time limit that runs into a year without announced holidays refuses the act in words (D47-5.21)."""
    try:
        yield
    except CalendarNotAnnounced as unknown:
        mend = "请联系省厅在“工作日历”中录入后再办理。"
        raise Refused([Refusal("calendar_not_announced", f"{unknown}。", "D47-5.21", mend)]) from None


def _refusal(
    act: str,
    about: str,
    refused: Refused,
    *,
    by: Actor,
    now: datetime,
    subject: Any,
    request: str | None = None,
) -> Entry:
    """The entry of a refused attempt (L1)."""
    obj = getattr(subject, "journal_key", None) or _named(about, subject)
    return Entry(
        act=act,
        by=by,
        obj=obj[:80],
        now=now,
        why=" ".join(dict.fromkeys(f"{r.article}:{r.code}" for r in refused.refusals)),
        refused=True,
        payload={"reasons": [r.message for r in refused.refusals]},
        request=request_id.get() if request is None else request,
    )


def _named(about: str, subject: object) -> str:
    """The object of an attempt on something that has no key yet: a code may be named, free text never (L3)."""
    text = str(subject)
    return f"{about}:{text}" if re.fullmatch(r"[0-9A-Za-z._:-]{1,60}", text) else about


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One of many acts that are decided and written together: who asks, when, in which request."""

    by: Actor
    now: datetime
    request: str = field(default_factory=request_id.get)


class OneByOne(Exception):
    """These acts touch one another and have to be decided one after the other."""


Ask = TypeVar("Ask", bound=Asked)
Together = Callable[[Sequence[Ask]], "list[Result | Refused]"]


def audited_all(act: str, about: str) -> Callable[[Together[Ask, Result]], Together[Ask, Result]]:
    """Wrap an action on many things at once: one transaction, one lock of the head, an outcome for each.

    The body decides each before it writes any, and gives Refused in the place of what it refuses; these
    attempts are logged with the rest (L1). Where the writing itself is refused (the quota ends among them,
    a contract is taken at the same moment), each is decided alone, in the same order.
    """

    def wrap(body: Together[Ask, Result]) -> Together[Ask, Result]:
        def told(ask: Ask, refused: Refused) -> Entry:
            subject = getattr(ask, about, about)
            return _refusal(act, about, refused, by=ask.by, now=ask.now, subject=subject, request=ask.request)

        @functools.wraps(body)
        def acted(asked: Sequence[Ask]) -> list[Result | Refused]:
            try:
                with transaction.atomic():
                    for ask in asked:
                        permit(ask.by, act)
                    outcomes = body(asked)
                    pairs = zip(asked, outcomes, strict=True)
                    refused = [told(ask, outcome) for ask, outcome in pairs if isinstance(outcome, Refused)]
                    if refused:
                        record_all(refused)
                    return outcomes
            except (Refused, IntegrityError, OneByOne) as fault:
                if len(asked) > 1:
                    return [outcome for one in asked for outcome in acted([one])]
                if not isinstance(fault, Refused):
                    raise
                with transaction.atomic():
                    record_all([told(asked[0], fault)])
                return [fault]

        return acted

    return wrap


def only(outcomes: Sequence[Result | Refused]) -> Result:
    """The outcome of a single act among many's; raises it when it is a refusal."""
    (outcome,) = outcomes
    if isinstance(outcome, Refused):
        raise outcome
    return outcome


def notify(*, org: str, obj: str, kind: str, title: str, key: str, now: datetime, **rest: str) -> None:
    """Put one message into an inbox, with the act it tells of; `rest` are text, link and role."""
    notify_all([Notice(org=org, obj=obj, kind=kind, title=title, key=key, at=now, **rest)])


def notify_all(notices: Iterable[Notice]) -> None:
    """Put messages into inboxes in the caller's transaction; the same key is sent once only.

    An inbox is rows like any other. What leaves the house (mail, short messages) is sent after the commit.
    """
    rows = list(notices)
    for row in rows:
        # A long name in a title is cut here rather than undo the act that the message tells of.
        row.title, row.key, row.link = row.title[:200], row.key[:160], row.link[:200]
    insert(Notice, NOTICE, ([getattr(row, name) for name in NOTICE] for row in rows), skip_known=True)


def mark_read(*, org: str, now: datetime) -> int:
    """Mark all messages of an organisation as read; gives how many were unread."""
    return Notice.objects.filter(org=org, read_at=None).update(read_at=now)
