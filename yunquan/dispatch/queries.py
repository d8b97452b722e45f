"""What screens read of sending: a person's choices, the kinds with their texts, what was sent."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, QuerySet

from yunquan.dispatch import groups
from yunquan.dispatch.models import Choice, Dispatch, Template
from yunquan.journal.models import Notice
from yunquan.parties.models import Person


def choices_of(person: Person) -> dict[str, tuple[str, bool]]:
    """How a person takes each group: (mail, by_sms), the group's own way where nothing was chosen."""
    kept = {one.group: one for one in Choice.objects.filter(person=person, kind="")}
    return {
        group.code: (kept[group.code].mail, kept[group.code].by_sms)
        if group.code in kept
        else (group.mail, False)
        for group in groups.GROUPS
    }


def own_choices(person: Person) -> dict[str, tuple[str, bool]]:
    """The kinds of notices that a person takes another way than their group: (mail, by_sms)."""
    rows = Choice.objects.filter(person=person).exclude(kind="")
    return {one.kind: (one.mail, one.by_sms) for one in rows}


def kinds() -> list[dict[str, Any]]:
    """Every kind of notice that was ever written or reworded, with its group, its text and how often it was sent."""
    written = dict(Notice.objects.order_by().values_list("kind").annotate(count=Count("pk")))
    reworded = {one.kind: one for one in Template.objects.all()}
    named = {kind for group in groups.GROUPS for kind in group.kinds}
    return [
        {
            "kind": kind,
            "group": groups.group_of(kind),
            "template": reworded.get(kind),
            "count": written.get(kind, 0),
        }
        for kind in sorted(named | set(written) | set(reworded))
    ]


def template_of(kind: str) -> dict[str, str]:
    """The texts of one kind: its own, or the house's."""
    row = Template.objects.filter(kind=kind).first()
    if row is None:
        return {"subject": groups.SUBJECT, "body": groups.BODY, "short": groups.SHORT}
    return {"subject": row.subject, "body": row.body, "short": row.short}


def sent_to(person: Person) -> QuerySet[Dispatch]:
    """What was sent to a person, the latest first."""
    return Dispatch.objects.filter(person=person).select_related("notice").order_by("-pk")


def standing() -> dict[str, int]:
    """How many messages stand in each state."""
    return dict(Dispatch.objects.order_by().values_list("stage").annotate(count=Count("pk")))
