"""What others read of the message board: what waits, what weighs in a draw, how it is doing."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Avg, Count, F, Q, QuerySet

from yunquan.feedback.lifecycle import OPEN, SETTLED
from yunquan.feedback.models import Message

WEIGHING = (Message.Kind.COMPLAINT, Message.Kind.REPORT)


@dataclass(frozen=True, slots=True)
class Complained:
    """Of whom a complaint or report is open: vouchers and suppliers by their keys."""

    vouchers: frozenset[int]
    suppliers: frozenset[int]


def open_complaints() -> Complained:
    """The complaints and reports that a bureau took up and has not settled (D858-1); one query.

    One that was only received weighs nothing: else anybody could have a competitor inspected by writing.
    """
    rows = Message.objects.filter(kind__in=WEIGHING, state__in=OPEN).values_list("voucher", "supplier")
    found = list(rows)
    return Complained(
        frozenset(pk for pk, _ in found if pk is not None), frozenset(pk for _, pk in found if pk is not None)
    )


def is_complained_of(supplier: int) -> bool:
    """Whether a complaint or report about a supplier, by its key, was not settled yet: taken up or only received.

    Who asks holds one decision until it is answered, and chooses nobody by it: what counts is what stands.
    """
    rows = Message.objects.filter(kind__in=WEIGHING, supplier=supplier)
    return rows.exclude(state__in=SETTLED).exists()


def waiting(rows: QuerySet[Message]) -> QuerySet[Message]:
    """What is still to be answered, the most urgent first."""
    return rows.exclude(state__in=SETTLED).order_by("due_on", "pk")


def standing(rows: QuerySet[Message]) -> dict[str, object]:
    """How many came, wait, were answered in time, and how satisfied senders were; one query."""
    in_time = Q(state__in=("answered", "closed"), answered_at__date__lte=F("due_on"))
    return rows.order_by().aggregate(
        all=Count("pk"),
        open=Count("pk", filter=~Q(state__in=SETTLED)),
        answered=Count("pk", filter=Q(state__in=("answered", "closed"))),
        in_time=Count("pk", filter=in_time),
        rated=Count("rating"),
        satisfaction=Avg("rating"),
    )
