"""A refusal says what is wrong, by which article, and how to mend it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason why a step can't be taken, with its article and the way to mend it.

    >>> Refusal("window_closed", "申领已于 2018-12-31 17:00 截止。", "D47-5.18").article
    'D47-5.18'
    """

    code: str
    message: str
    article: str
    mend: str = ""
    field: str = ""


class Refused(Exception):
    """A step was refused; `refusals` holds every reason at once (一次性告知)."""

    def __init__(self, refusals: Iterable[Refusal]) -> None:
        self.refusals: tuple[Refusal, ...] = tuple(refusals)
        super().__init__("；".join(refusal.message for refusal in self.refusals))

    @property
    def codes(self) -> tuple[str, ...]:
        """The machine words of all reasons, in order."""
        return tuple(refusal.code for refusal in self.refusals)
