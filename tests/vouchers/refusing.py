"""What a refused act said: its codes and the fields they stand beside."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from yunquan.kernel.refusal import Refusal, Refused


def refusals(act: Callable[..., Any], **arguments: Any) -> list[Refusal]:
    """Every refusal of an act that must be refused."""
    with pytest.raises(Refused) as said:
        act(**arguments)
    found = list(said.value.refusals)
    assert all(refusal.article and refusal.message for refusal in found)
    return found


def codes(act: Callable[..., Any], **arguments: Any) -> set[str]:
    """The codes of every refusal of an act."""
    return {refusal.code for refusal in refusals(act, **arguments)}


def fields(act: Callable[..., Any], **arguments: Any) -> set[tuple[str, str]]:
    """Code and field of every refusal of an act."""
    return {(refusal.code, refusal.field) for refusal in refusals(act, **arguments)}
