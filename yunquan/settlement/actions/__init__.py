"""The verbs of settlement, the only writers of its tables, one file a stage."""

from yunquan.settlement.actions.listing import close, draw_up, publish, withdraw
from yunquan.settlement.actions.objecting import (
    defer,
    dismiss,
    escalate,
    raise_objection,
    reduce,
    report,
    uphold,
)
from yunquan.settlement.actions.paying import cancel, finish, prepare_run, release
from yunquan.settlement.actions.recovering import demand, receive
from yunquan.settlement.actions.results import LineOutcome, take_result, take_results

__all__ = [
    "LineOutcome",
    "cancel",
    "close",
    "defer",
    "demand",
    "dismiss",
    "draw_up",
    "escalate",
    "finish",
    "prepare_run",
    "publish",
    "raise_objection",
    "receive",
    "reduce",
    "release",
    "report",
    "take_result",
    "take_results",
    "uphold",
    "withdraw",
]
