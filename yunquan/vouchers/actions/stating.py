"""The reasons of a return as they are stated: all at once, and one that comes late is flagged and explained (S6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from yunquan.kernel.workflow import Actor
from yunquan.vouchers.actions.shared import Reason, stated, tell
from yunquan.vouchers.models import Voucher
from yunquan.vouchers.returning import Step, judged


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """Reasons with their flags, why late ones come only now, and what stood in the form at this return."""

    reasons: list[dict[str, Any]]
    late_words: str
    seen: Mapping[str, str]

    @property
    def late(self) -> list[str]:
        """The reasons that an earlier return could have given, as words."""
        return [str(row.get("label") or row.get("text")) for row in self.reasons if row["flagged"]]

    @property
    def facts(self) -> dict[str, Any]:
        """What the checks of a return ask for."""
        return {"reasons": self.reasons, "late": self.late, "late_words": self.late_words}

    @property
    def payload(self) -> dict[str, Any]:
        """What the log keeps: also what was seen, so that the next return can be held against it."""
        return {"reasons": self.reasons, "seen": dict(self.seen)}


def state_reasons(
    voucher: Voucher, reasons: Sequence[Reason], *, step: Step, by: Actor, late_words: str = ""
) -> Stated:
    """Read the reasons of a return; each flagged one carries the words on why it comes only now."""
    words = late_words.strip()
    found, seen = judged(voucher, stated(reasons), step=step, by=by)
    kept = [row | ({"why_late": words} if row["flagged"] and words else {}) for row in found]
    return Stated(reasons=kept, late_words=words, seen=seen)


def tell_of_late_reasons(voucher: Voucher, given: Stated, *, by: Actor, now: datetime) -> None:
    """Let the province know that a bureau gave a reason that it could have given before (S6)."""
    if not given.late or not by.org.startswith("bureau:"):
        return
    title = f"再次退回的理由首次退回时即可发现：{voucher.number}"
    text = f"{'、'.join(given.late)}。{given.late_words}"
    tell(voucher, org="bureau:440000", kind="late_reason", title=title, now=now, text=text)
