"""The invariants of the books, as `yunquan doctor` checks them (M1, M2)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from django.db.models import F, Q, Sum

from yunquan.journal.invariants import Breach
from yunquan.ledger.models import Account, Transfer


def breaches() -> Iterator[Breach]:
    """Each transfer moves a positive amount between two accounts of one book; each balance is their sum."""
    wrong = Transfer.objects.filter(Q(amount_fen__lte=0) | Q(debit=F("credit")))
    for row in wrong:
        yield Breach("M1", f"transfer:{row.pk}", "金额不为正，或两方是同一账户")
    sums: dict[tuple[str, str], int] = defaultdict(int)
    for book, key, total in Transfer.objects.values_list("book", "debit").annotate(total=Sum("amount_fen")):
        sums[book, key] += total
    for book, key, total in Transfer.objects.values_list("book", "credit").annotate(total=Sum("amount_fen")):
        sums[book, key] -= total
    for account in Account.objects.all():
        total = sums.pop((account.book, account.key), 0)
        if account.balance_fen != total:
            yield Breach(
                "M1", f"account:{account.key}", f"余额 {account.balance_fen} 分，流水合计 {total} 分"
            )
        if account.balance_fen < 0 and not account.may_go_negative:
            yield Breach("M2", f"account:{account.key}", f"余额为负：{account.balance_fen} 分")
    for (book, key), total in sums.items():
        yield Breach("M1", f"account:{key}", f"{book} 中有流水 {total} 分，却没有这个账户")
