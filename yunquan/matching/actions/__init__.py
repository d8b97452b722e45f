"""The verbs of a city's own subsidy, the only writers of its tables, one file a stage."""

from yunquan.matching.actions.listing import close, draw_up, drop, publish, relist, withdraw
from yunquan.matching.actions.objecting import dismiss, raise_objection, reduce, uphold
from yunquan.matching.actions.paying import cancel, finish, prepare_run, release
from yunquan.matching.actions.recovering import demand, receive
from yunquan.matching.actions.results import take_result, take_results
from yunquan.matching.actions.schemes import adopt, propose, turn_down

__all__ = [
    "adopt",
    "cancel",
    "close",
    "demand",
    "dismiss",
    "draw_up",
    "drop",
    "finish",
    "prepare_run",
    "propose",
    "publish",
    "raise_objection",
    "receive",
    "reduce",
    "release",
    "relist",
    "take_result",
    "take_results",
    "turn_down",
    "uphold",
    "withdraw",
]
