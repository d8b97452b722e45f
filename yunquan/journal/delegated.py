"""What a third-party operator may do for a bureau: the acts that were delegated, and nothing else (D47-7).

Asked at the one door that every act passes. What an act does on its way belongs to the act.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from yunquan.kernel.refusal import Refusal, Refused
from yunquan.kernel.workflow import Actor

_within: ContextVar[bool] = ContextVar("within_an_act", default=False)


def permit(by: Actor, act: str) -> None:
    """Raise Refused for an operator whose delegation does not name the act."""
    if not by.may(act):
        raise Refused(
            [
                Refusal(
                    "not_delegated",
                    "这一步没有委托给第三方机构办理。",
                    "D47-7",
                    "请由主管部门的人员办理，或由主管部门扩大委托事项。",
                )
            ]
        )


@contextmanager
def acting(by: Actor, act: str) -> Iterator[None]:
    """Ask once, at the outermost act."""
    if _within.get():
        yield
        return
    permit(by, act)
    token = _within.set(True)
    try:
        yield
    finally:
        _within.reset(token)
