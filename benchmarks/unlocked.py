"""The site with the quota's guard taken away, for the negative control alone: read, think, then write."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

from benchmarks.served import application
from yunquan.kernel.refusal import Refusal, Refused
from yunquan.ledger.models import Account, Transfer
from yunquan.vouchers.actions import reviewing

__all__ = ["application"]


def naive_transfer(postings: Iterable[Any], *, book: str, article: str, now: Any, kind: str) -> None:
    """What a careless ledger does: it reads the balance without a lock and writes back what it worked out."""
    posted = list(postings)
    amount_fen = sum(posting.amount_fen for posting in posted)
    gives = Account.objects.get(key=posted[0].credit)
    takes = Account.objects.get(key=posted[0].debit)
    if gives.balance_fen < amount_fen:
        raise Refused([Refusal("insufficient_balance", "", article)])
    time.sleep(0.1)
    Account.objects.filter(pk=gives.pk).update(balance_fen=gives.balance_fen - amount_fen)
    Account.objects.filter(pk=takes.pk).update(balance_fen=takes.balance_fen + amount_fen)
    Transfer.objects.bulk_create(
        Transfer(
            book=book, credit=p.credit, debit=p.debit, amount_fen=p.amount_fen, kind=kind,
            subject=p.subject, article=article, at=now,
        )
        for p in posted
    )  # fmt: skip


reviewing.transfer = naive_transfer  # type: ignore[assignment]
