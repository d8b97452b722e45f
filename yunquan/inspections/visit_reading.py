"""Reading what a signing form or a device sends; whatever is senseless is judged by the action, never guessed."""

from __future__ import annotations

import json
from typing import Any

MOST_SIGNS = 120_000


def strokes_of(value: Any) -> Any:
    """Strokes as a list, or as the JSON of one in a form's field; what can't be read is no signature.

    >>> strokes_of("[[1,2,3,4]]"), strokes_of(""), strokes_of("{")
    ([[1, 2, 3, 4]], [], [['?']])
    """
    if isinstance(value, str):
        if len(value) > MOST_SIGNS:
            return [["?"]]
        try:
            read = json.loads(value or "[]")
        except (ValueError, RecursionError):
            return [["?"]]
        return read if isinstance(read, list) else [["?"]]
    return value if isinstance(value, list) else []
