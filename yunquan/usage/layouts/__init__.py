"""The logs that are understood: each a mapping file over a reader, recognised by the head of a file (D47-5.13)."""

from __future__ import annotations

from yunquan.usage.layouts.contract import (
    BadLine,
    Header,
    Layout,
    LayoutUnknown,
    Options,
    Parsed,
)
from yunquan.usage.layouts.recognising import detect, header_of, known, layout

__all__ = [
    "BadLine",
    "Header",
    "Layout",
    "LayoutUnknown",
    "Options",
    "Parsed",
    "detect",
    "header_of",
    "known",
    "layout",
]
