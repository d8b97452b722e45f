"""What screens read of the books."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import QuerySet, Sum

from yunquan.ledger.models import Account, Transfer


def balance_fen(key: str) -> int:
    """The balance of an account in fen; 0 for one that was never opened."""
    return Account.objects.filter(key=key).values_list("balance_fen", flat=True).first() or 0


def balances_fen(keys: Iterable[str]) -> dict[str, int]:
    """The balances of several accounts in one query; absent accounts count 0."""
    wanted = list(keys)
    found = dict(Account.objects.filter(key__in=wanted).values_list("key", "balance_fen"))
    return {key: found.get(key, 0) for key in wanted}


def moved_fen(*, subject: str, kind: str) -> int:
    """The sum in fen that moved for one subject by one kind of transfer."""
    return (
        Transfer.objects.filter(subject=subject, kind=kind).aggregate(total=Sum("amount_fen"))["total"] or 0
    )


def as_text(subject: str | None = None) -> str:
    """The ledger as text, a line a transfer: what a story test holds against the expected ledger."""
    from yunquan.kernel.money import format_yuan

    rows = Transfer.objects.order_by("pk")
    if subject is not None:
        rows = rows.filter(subject=subject)
    return "\n".join(
        f"{row.book} {row.kind}: {row.credit} -> {row.debit} {format_yuan(row.amount_fen)}" for row in rows
    )


def accounts() -> QuerySet[Account]:
    """All accounts of all books, by key; scope is the caller's affair."""
    return Account.objects.order_by("book", "key")


def transfers() -> QuerySet[Transfer]:
    """All transfers of all books, the latest first; scope is the caller's affair."""
    return Transfer.objects.order_by("-pk")


def book_sums_fen() -> dict[str, int]:
    """The sum of each book's balances in fen: 0 where every transfer has two sides (M1)."""
    rows = Account.objects.order_by("book").values("book").annotate(total=Sum("balance_fen"))
    return {row["book"]: row["total"] for row in rows}


def moved_by_subject_fen(subjects: Iterable[str], *, kind: str) -> dict[str, int]:
    """The sums in fen that moved for each of many subjects by one kind of transfer, in one query."""
    rows = Transfer.objects.filter(subject__in=list(subjects), kind=kind).order_by().values_list("subject")
    return dict(rows.annotate(total=Sum("amount_fen")))
