"""A request is carried out once per idempotency key: again with the same content gives the first answer (U4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from django.db import IntegrityError, transaction

from yunquan.journal.actions import only
from yunquan.journal.models import RequestKey
from yunquan.journal.rows import insert
from yunquan.kernel.canonical import content_hash
from yunquan.kernel.refusal import Refusal, Refused

KEPT = ("owner", "key", "content_hash", "answer", "at")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Keyed:
    """A request with its idempotency key: whose key it is, and the hash of what was asked."""

    owner: str
    key: str
    content_hash: str
    now: datetime


Request = TypeVar("Request", bound=Keyed)
Answer = dict[str, Any]


def once(
    *, owner: str, key: str, content: Mapping[str, Any], now: datetime, run: Callable[[], Answer]
) -> Answer:
    """Run a request once per key (U4): again with the same content gives the first answer.

    Raises Refused (`idempotency_conflict`) when the key was used with other content.
    """
    asked = Keyed(owner=owner, key=key, content_hash=content_hash(dict(content)), now=now)
    return only(once_all([asked], run=lambda fresh: [run()]))


def once_all(
    asked: Sequence[Request], *, run: Callable[[Sequence[Request]], list[Answer]]
) -> list[Answer | Refused]:
    """The same for several: `run` answers those that were not served before, all in one transaction.

    Answer and effect are committed together. Of two with one key at the same moment, the second's effect
    is rolled back or refused, its key turns out to be taken, and it gets the first one's answer.
    """
    try:
        with transaction.atomic():
            served = _served(asked)
            fresh = [ask for ask in asked if (ask.owner, ask.key) not in served]
            answers = run(fresh) if fresh else []
            kept = [
                RequestKey(
                    owner=ask.owner, key=ask.key, content_hash=ask.content_hash, answer=answer, at=ask.now
                )
                for ask, answer in zip(fresh, answers, strict=True)
            ]
            insert(RequestKey, KEPT, ([getattr(row, name) for name in KEPT] for row in kept))
            served.update({(row.owner, row.key): row for row in kept})
    except (IntegrityError, Refused):
        if len(asked) > 1:
            return [outcome for ask in asked for outcome in once_all([ask], run=run)]
        served = _served(asked)
        if not served:
            raise
    return [_answer(ask, served[ask.owner, ask.key]) for ask in asked]


def _served(asked: Sequence[Keyed]) -> dict[tuple[str, str], RequestKey]:
    rows = RequestKey.objects.filter(
        key__in={ask.key for ask in asked}, owner__in={ask.owner for ask in asked}
    )
    return {(row.owner, row.key): row for row in rows}


def _answer(ask: Keyed, served: RequestKey) -> Answer | Refused:
    if served.content_hash == ask.content_hash:
        return dict(served.answer)
    return Refused(
        [
            Refusal(
                "idempotency_conflict",
                "这个幂等键已用于另一份内容。",
                "D47-3",
                "同一请求重发请保持内容不变；新的请求请换一个幂等键。",
            )
        ]
    )
