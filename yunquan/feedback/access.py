"""Who may see which message: the only door (A1). No supplier and no enterprise ever sees one."""

from __future__ import annotations

from django.db.models import QuerySet

from yunquan.evidence.models import StoredFile
from yunquan.feedback.models import Message
from yunquan.kernel.workflow import Actor
from yunquan.parties import access as parties_access
from yunquan.parties import regions


def messages_visible_to(actor: Actor) -> QuerySet[Message]:
    """A bureau sees what it handles; a city's never sees a complaint about a bureau; the province sees all."""
    code = parties_access.bureau_code(actor)
    rows = Message.objects.select_related("supplier", "voucher")
    if code == regions.PROVINCE:
        return rows
    if not regions.city(code):
        return rows.none()
    return rows.filter(bureau=code).exclude(about=Message.About.BUREAU)


def message_for(actor: Actor, pk: int) -> Message | None:
    """One message, or None as if it did not exist."""
    return messages_visible_to(actor).filter(pk=pk).first()


def message_by_code(code: str) -> Message | None:
    """A message by the code that its sender was given."""
    return Message.objects.filter(code=code.strip().upper()).first()


def published() -> QuerySet[Message]:
    """The answered messages that are open to everyone."""
    return Message.objects.filter(is_published=True, state__in=("answered", "closed")).order_by(
        "-answered_at", "-pk"
    )


def file_for(actor: Actor, pk: int) -> StoredFile | None:
    """The file of a message that the actor may see, or None."""
    if messages_visible_to(actor).filter(file_id=pk).exists():
        return StoredFile.objects.filter(pk=pk).first()
    return None
