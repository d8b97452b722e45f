"""Holds what was read against what an invented invoice says."""

from __future__ import annotations

from typing import Any

from tests.evidence.papers.invoice import Paper
from yunquan.evidence import kinds
from yunquan.evidence.reading.facts import InvoiceFacts
from yunquan.evidence.reading.invoices.reading import read_one

FIELDS = (
    "kind", "number", "issued_on", "seller", "seller_no", "buyer", "buyer_no", "net_fen", "tax_fen", "gross_fen",
)  # fmt: skip


def read(content: bytes) -> InvoiceFacts:
    """The facts of a file, read in this process."""
    return read_one(content, kinds.kind_of(content))


def said(paper: Paper) -> dict[str, Any]:
    """What the invoice says, by the names of the facts."""
    return {
        "kind": paper.kind,
        "number": paper.number,
        "issued_on": paper.day,
        "seller": paper.seller,
        "seller_no": paper.seller_no,
        "buyer": paper.buyer,
        "buyer_no": paper.buyer_no,
        "net_fen": paper.net_fen,
        "tax_fen": paper.tax_fen,
        "gross_fen": paper.gross_fen,
    }


def found(facts: InvoiceFacts) -> dict[str, Any]:
    """What was read, by the same names."""
    return {name: getattr(facts, name) for name in FIELDS}
