"""Why a step of an inspection is refused; pure functions on facts (D108, D26, D858).

Facts are gathered by the actions under lock; a check never asks a database or a clock.
"""

from __future__ import annotations

from yunquan.kernel.refusal import Refusal
from yunquan.kernel.workflow import Facts


def reason_stated(facts: Facts) -> Refusal | None:
    """Who replaces, aborts, sends back or lifts says why (D108-3.3)."""
    if str(facts.get("reason") or "").strip():
        return None
    return Refusal("missing", "请写明理由。", "D108-3.3", field="reason")


def second_person(facts: Facts) -> Refusal | None:
    """Nobody decides what they prepared themselves (S3)."""
    if facts.get("person") not in (facts.get("earlier_persons") or ()):
        return None
    return Refusal(
        "same_person", "这一步须由另一个人办理，您办理过前面的步骤。", "D108-3.1", "请由同事办理。"
    )
