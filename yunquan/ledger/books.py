"""The two books; no transfer crosses from one to the other."""

from __future__ import annotations

from enum import StrEnum


class Book(StrEnum):
    """Promises (额度) and cash (资金)."""

    PROMISES = "promises"
    CASH = "cash"


BOOK_LABELS = {Book.PROMISES: "额度簿", Book.CASH: "资金簿"}
