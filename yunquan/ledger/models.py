"""Tables of the books: accounts and the transfers between them."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from yunquan.ledger.books import BOOK_LABELS


class Account(models.Model):
    """An account of a book. `balance_fen` is the sum of its transfers, kept beside them under a lock
    so that the database itself refuses to let it go below zero (M2); `yunquan doctor` recomputes it."""

    book = models.CharField(max_length=10, choices=BOOK_LABELS.items())
    key = models.CharField(max_length=80, unique=True)
    balance_fen = models.BigIntegerField(default=0)
    may_go_negative = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(may_go_negative=True) | Q(balance_fen__gte=0), name="ledger_balance_not_negative"
            )
        ]


class Transfer(models.Model):
    """An amount that moved from one account (`credit`, gives) to another (`debit`, receives); never edited."""

    book = models.CharField(max_length=10, choices=BOOK_LABELS.items())
    credit = models.CharField(max_length=80)
    debit = models.CharField(max_length=80)
    amount_fen = models.BigIntegerField()
    kind = models.CharField(max_length=30)
    subject = models.CharField(max_length=80)
    article = models.CharField(max_length=40)
    at = models.DateTimeField()
    corrects = models.OneToOneField("self", null=True, blank=True, on_delete=models.PROTECT)

    class Meta:
        indexes = [
            models.Index(fields=["subject"], name="ledger_transfer_by_subject"),
            models.Index(fields=["debit"], name="ledger_transfer_by_debit"),
            models.Index(fields=["credit"], name="ledger_transfer_by_credit"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="ledger_amount_positive"),
            models.CheckConstraint(condition=~Q(debit=F("credit")), name="ledger_two_accounts"),
        ]
