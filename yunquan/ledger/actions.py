"""The only writer of ledger rows: accounts are opened, amounts are transferred, nothing is edited."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import F, Q

from yunquan.kernel.money import format_yuan
from yunquan.kernel.refusal import Refusal, Refused
from yunquan.ledger.books import Book
from yunquan.ledger.models import Account, Transfer


@dataclass(frozen=True, slots=True)
class Posting:
    """An amount in fen that moves from `credit` (gives) to `debit` (receives); `subject` where each has its own."""

    credit: str
    debit: str
    amount_fen: int
    subject: str = ""


def open_account(*, book: Book, key: str, may_go_negative: bool = False) -> None:
    """Open an account if it isn't there yet; the same key twice is one account."""
    Account.objects.bulk_create(
        [Account(book=book, key=key, may_go_negative=may_go_negative)], ignore_conflicts=True
    )


def transfer(
    postings: Iterable[Posting],
    *,
    book: Book,
    kind: str,
    subject: str = "",
    article: str,
    now: datetime,
    corrects: Transfer | None = None,
) -> None:
    """Post transfers in the caller's transaction (M1, M2); accounts are locked in the order of their keys.

    Raises Refused (`insufficient_balance`, with the account's key in `field`) when an account that may
    not go negative would; nothing is posted then. Raises ValueError for amounts that are not positive.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("a transfer is posted in the transaction of the act it belongs to")
    posted = list(postings)
    net: dict[str, int] = {}
    for posting in posted:
        if posting.amount_fen <= 0 or posting.credit == posting.debit:
            raise ValueError(f"not a transfer: {posting}")
        net[posting.credit] = net.get(posting.credit, 0) - posting.amount_fen
        net[posting.debit] = net.get(posting.debit, 0) + posting.amount_fen
    for key in sorted(net):
        change = net[key]
        account = Account.objects.filter(key=key, book=book)
        if change < 0:
            account = account.filter(Q(may_go_negative=True) | Q(balance_fen__gte=-change))
        if not account.update(balance_fen=F("balance_fen") + change):
            raise Refused([_insufficient(key, book, -change, article)])
    Transfer.objects.bulk_create(
        Transfer(
            book=book,
            credit=posting.credit,
            debit=posting.debit,
            amount_fen=posting.amount_fen,
            kind=kind,
            subject=posting.subject or subject,
            article=article,
            at=now,
            corrects=corrects,
        )
        for posting in posted
    )


def _insufficient(key: str, book: Book, wanted_fen: int, article: str) -> Refusal:
    account = Account.objects.filter(key=key, book=book).first()
    if account is None and wanted_fen < 0:
        raise ValueError(f"no account {key!r} in book {book!r}")
    balance_fen = account.balance_fen if account is not None else 0
    return Refusal(
        "insufficient_balance",
        f"余额 {format_yuan(balance_fen)} 元，不足 {format_yuan(wanted_fen)} 元。",
        article,
        field=key,
    )


def lock_accounts(keys: Iterable[str]) -> None:
    """Lock accounts in the order of their keys, before an act that posts several transfers and log entries.

    Without it such an act would hold the log head while it waits for an account: against the lock order.
    """
    wanted = sorted(set(keys))
    list(Account.objects.select_for_update().filter(key__in=wanted).order_by("key").values_list("pk"))
