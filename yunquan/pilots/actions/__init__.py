"""The verbs of the pilots, the only writers of their tables."""

from yunquan.pilots.actions.applying import recall, save, start, submit
from yunquan.pilots.actions.calling import call_faults, draft_call, publicise, publish, rank, unrank
from yunquan.pilots.actions.naming import drop, finish, hear, keep, name, state, withdraw
from yunquan.pilots.actions.reviewing import (
    accept,
    ask_experts,
    declare,
    recuse,
    score,
    seating_faults,
    send_back,
)

__all__ = [
    "accept",
    "ask_experts",
    "call_faults",
    "declare",
    "draft_call",
    "drop",
    "finish",
    "hear",
    "keep",
    "name",
    "publicise",
    "publish",
    "rank",
    "recall",
    "recuse",
    "save",
    "score",
    "seating_faults",
    "send_back",
    "start",
    "state",
    "submit",
    "unrank",
    "withdraw",
]
