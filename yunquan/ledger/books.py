"""The books; no transfer crosses from one to another."""

from __future__ import annotations

from enum import StrEnum


class Book(StrEnum):
    """Promises (额度), cash (资金), and the cities' own funds (配套), which never meet the province's."""

    PROMISES = "promises"
    CASH = "cash"
    MATCHING = "matching"


BOOK_LABELS = {Book.PROMISES: "额度簿", Book.CASH: "资金簿", Book.MATCHING: "地方配套簿"}
