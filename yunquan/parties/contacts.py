"""Contacts receipts as screens and jobs read them, and who may see which: they name people (A1, D47-A3)."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import CharField, Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Cast, Coalesce, Concat

from yunquan.journal.queries import entries, history
from yunquan.kernel.workflow import Actor
from yunquan.parties import access, regions
from yunquan.parties.lifecycle import RECEIPT_ROLES
from yunquan.parties.models import (
    Appointment,
    Bureau,
    ContactAccount,
    ContactEdition,
    ContactReceipt,
    ContactRound,
    Handover,
    Person,
)
from yunquan.policy.roles import Role

READERS = frozenset((*RECEIPT_ROLES, Role.AUDITOR))
WRITING, ACCEPTING = ("contact_receipt.save", "contact_receipt.file"), "contact_receipt.accept"
MISSING = ("asked", "returned")


def receipts_visible_to(actor: Actor) -> QuerySet[ContactReceipt]:
    """The province's officers and auditors see all, a city its own and its counties', a county its own.

    A third-party operator sees none: nobody delegates the names and numbers of officials.
    """
    rows = ContactReceipt.objects.select_related("round", "bureau")
    code = access.bureau_code(actor)
    if actor.role not in READERS or actor.operator or not code:
        return rows.none()
    if code == regions.PROVINCE:
        return rows
    own = Q(bureau__code=code)
    return rows.filter(own | Q(bureau__city=code) if regions.city(code) else own)


def receipt_for(actor: Actor, pk: int) -> ContactReceipt | None:
    """One receipt, or None as if it did not exist."""
    return receipts_visible_to(actor).filter(pk=pk).first()


def own_receipts(actor: Actor) -> QuerySet[ContactReceipt]:
    """What the actor's own bureau was asked, the latest first."""
    return receipts_visible_to(actor).filter(bureau__code=access.bureau_code(actor) or "-").order_by("-pk")


def own_due(actor: Actor) -> QuerySet[ContactReceipt]:
    """What the actor's own bureau still has to send, by day."""
    rows = own_receipts(actor).filter(state__in=MISSING).annotate(due_on=F("round__due_on"))
    return rows.order_by("due_on", "pk")


def to_judge(actor: Actor) -> QuerySet[ContactReceipt]:
    """What waits for the actor's bureau to look at, leaving out what the actor wrote in."""
    rows = receipts_visible_to(actor).filter(state="filed", judge=access.bureau_code(actor) or "-")
    key = Concat(Value("contact_receipt:"), Cast(OuterRef("pk"), CharField()))
    acts = entries(refused=False).filter(obj=key)
    accepted = Coalesce(Subquery(acts.filter(act=ACCEPTING).values("seq")[:1]), -1)
    wrote = entries(actor=actor.person, refused=False).filter(obj=key, act__in=WRITING)
    return (
        rows.alias(since=accepted)
        .exclude(Exists(wrote.filter(seq__gt=OuterRef("since"))))
        .order_by("filed_at", "pk")
    )


def writers(receipt: ContactReceipt) -> set[str]:
    """Everybody who wrote in a receipt since it was last accepted, in its draft too, by the log."""
    found: set[str] = set()
    for act in history(receipt.journal_key):
        if act["act"] == ACCEPTING:
            found.clear()
        elif act["act"] in WRITING:
            found.add(act["actor"])
    return found


def rounds_of(actor: Actor) -> list[ContactRound]:
    """The calls of the actor's bureau with how many were asked, sent and accepted, in one query."""
    code = access.bureau_code(actor)
    if actor.role not in READERS or actor.operator or not code:
        return []
    counted = ContactRound.objects.annotate(
        asked=Count("receipts"),
        missing=Count("receipts", filter=Q(receipts__state__in=MISSING)),
        filed=Count("receipts", filter=Q(receipts__state="filed")),
        accepted=Count("receipts", filter=Q(receipts__state="accepted")),
    )
    return list(counted.filter(bureau=code).order_by("-pk")[:100])


def round_for(actor: Actor, pk: int) -> ContactRound | None:
    """A call of the actor's own bureau, or None."""
    return next((row for row in rounds_of(actor) if row.pk == pk), None)


def receipts_of(actor: Actor, row: ContactRound) -> QuerySet[ContactReceipt]:
    """The receipts of a call, by code, each with whom its latest edition names."""
    latest = ContactEdition.objects.filter(receipt=OuterRef("pk"), number=OuterRef("edition"))
    named = ("section", "responsible", "mobile", "landline", "email")
    rows = receipts_visible_to(actor).filter(round=row).order_by("bureau__code")
    return rows.annotate(**{name: Subquery(latest.values(name)[:1]) for name in named})


def editions(receipt: ContactReceipt) -> list[ContactEdition]:
    """Every edition that was sent, the latest first."""
    return list(
        receipt.editions.select_related("account__person", "account__appointment").order_by("-number")
    )


def file_for(actor: Actor, pk: int) -> Any:
    """The sealed scan of a receipt that the actor may see, or None."""
    seen = receipts_visible_to(actor).values("pk")
    edition = ContactEdition.objects.filter(receipt__in=seen, scan_id=pk).select_related("scan").first()
    return edition.scan if edition is not None else None


def running_late(today: date, soon: date) -> QuerySet[ContactReceipt]:
    """The receipts not sent whose day is near or past, for reminders."""
    rows = ContactReceipt.objects.filter(state__in=MISSING, round__due_on__lte=soon)
    return rows.select_related("round", "bureau").order_by("round__due_on", "pk")


# Accounts from receipts: the system administrator opens, the security administrator appoints (A2).


def to_open(actor: Actor) -> QuerySet[ContactEdition]:
    """Accepted editions whose responsible person has no account from it yet."""
    rows = ContactEdition.objects.filter(number=F("receipt__stands"), account=None)
    shown = rows if actor.role == Role.SYSTEM_ADMIN else rows.none()
    return shown.select_related("receipt__bureau", "receipt__round").order_by("entered_at", "pk")


def to_appoint(actor: Actor) -> QuerySet[ContactAccount]:
    """Accounts opened from receipts that hold no appointment yet."""
    rows = ContactAccount.objects.filter(appointment=None)
    shown = rows if actor.role == Role.SECURITY_ADMIN else rows.none()
    return shown.select_related("edition__receipt__bureau", "person").order_by("opened_at", "pk")


def waiting_accounts(actor: Actor) -> int:
    """How many accounts of receipts wait for this administrator to open or to appoint, up to a thousand."""
    queue = to_open(actor) if actor.role == Role.SYSTEM_ADMIN else to_appoint(actor)
    return queue.order_by().values("pk")[:1000].count()


def holders(bureau: Bureau, today: date) -> list[Appointment]:
    """Who holds a role of a bureau today in their own right, neither deputies nor operators."""
    rows = Appointment.objects.filter(access.in_force(today), bureau=bureau, deputy_for=None, operator="")
    return list(rows.select_related("person", "bureau").order_by("person__name", "role", "pk"))


def deputies(people: list[Person], bureau: Bureau, today: date) -> list[Appointment]:
    """The deputyships in a bureau that fall with these people: given by them, or held by them."""
    rows = Appointment.objects.filter(revoked_at=None, bureau=bureau).exclude(deputy_for=None)
    rows = rows.filter(Q(ends_on=None) | Q(ends_on__gte=today))
    rows = rows.filter(Q(person__in=people) | Q(deputy_for__person__in=people))
    return list(rows.select_related("person", "deputy_for__person", "bureau").order_by("pk"))


def handovers(actor: Actor) -> QuerySet[Handover]:
    """The changes of person that the actor may read: administrators all, a bureau its own, the latest first."""
    rows = Handover.objects.select_related("bureau", "leaver", "successor").order_by("-pk")
    if actor.role in access.ADMIN_ROLES:
        return rows
    code = access.bureau_code(actor)
    if not code or actor.operator:
        return rows.none()
    return rows if code == regions.PROVINCE else rows.filter(bureau__code=code)
