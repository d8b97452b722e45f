"""Tables of the figures, a module a part: replays of rules, evaluations of suppliers, splits over the cities."""

from yunquan.insight.models.evaluations import (
    Evaluation,
    EvaluationLine,
    EvaluationReply,
    ExcellentTitle,
    ReplyAnswer,
)
from yunquan.insight.models.replays import AttachedReport, Replay, ReplayReport, ReplayRow, ReplayWork
from yunquan.insight.models.splits import IndustrySize, SplitAdjustment, SplitLine, SplitPlan

__all__ = [
    "AttachedReport",
    "Evaluation",
    "EvaluationLine",
    "EvaluationReply",
    "ExcellentTitle",
    "IndustrySize",
    "Replay",
    "ReplayReport",
    "ReplayRow",
    "ReplayWork",
    "ReplyAnswer",
    "SplitAdjustment",
    "SplitLine",
    "SplitPlan",
]
