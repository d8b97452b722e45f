"""A cell of a table as the text that a person sees in it, for lists of invoices and statements of payments."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from yunquan.evidence.reading.invoices.values import tidy

# A number cell holds so many figures; of a longer number the last ones are lost.
_EXACT_FIGURES = 10**15


def cell_text(cell: Any, *, longest: int) -> str:
    """A cell as text, cut to a length; a number too long for a number cell has lost its last figures and says so.

    >>> cell_text(120.50, longest=9), cell_text(None, longest=9), cell_text(44001900111, longest=20)
    ('120.5', '', '44001900111')
    """
    if cell is None or cell == "":
        return ""
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, (int, float)):
        if abs(cell) >= _EXACT_FIGURES:
            return f"{cell:.0f}（数字格式，已失真）"
        written = format(Decimal(repr(cell)), "f")
        return written.rstrip("0").rstrip(".") if "." in written else written
    if isinstance(cell, (datetime, date)):
        return cell.isoformat()[:10]
    return tidy(str(cell)[:longest])
