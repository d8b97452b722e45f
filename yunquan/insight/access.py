"""Who may see the replays of rule changes: the province's officers, approvers and auditors, nobody else (A1)."""

from __future__ import annotations

from django.db.models import QuerySet

from yunquan.insight.models import Replay
from yunquan.kernel.workflow import Actor
from yunquan.programme.access import sees_province


def replays_visible_to(actor: Actor) -> QuerySet[Replay]:
    """All replays for the province, none for everybody else."""
    return Replay.objects.all() if sees_province(actor) else Replay.objects.none()


def replay_for(actor: Actor, pk: int) -> Replay | None:
    """One replay, or None as if it did not exist."""
    return replays_visible_to(actor).select_related("work", "report").filter(pk=pk).first()
