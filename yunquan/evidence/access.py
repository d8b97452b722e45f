"""Who may open a file: the organisation that uploaded it, and those whom the caller names."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import QuerySet

from yunquan.evidence.models import StoredFile
from yunquan.kernel.workflow import Actor
from yunquan.parties import access as parties_access
from yunquan.parties.models import Enterprise, Supplier


def files_of(actor: Actor) -> QuerySet[StoredFile]:
    """The files that the actor's own organisation uploaded."""
    numbers = (parties_access.enterprise_number(actor), parties_access.supplier_number(actor))
    if numbers == (None, None) and not parties_access.bureau_code(actor):
        return StoredFile.objects.none()
    return StoredFile.objects.filter(org=actor.org)


def file_for(actor: Actor, pk: int, *, orgs: Collection[str] = ()) -> StoredFile | None:
    """One file, or None as if it did not exist.

    Evidence doesn't know vouchers: a caller who has found, through the access of its own noun, that
    this actor may see a case passes the organisations whose files belong to that case as `orgs`.
    """
    own = files_of(actor).filter(pk=pk).first()
    if own is not None or not orgs:
        return own
    return StoredFile.objects.filter(pk=pk, org__in=list(orgs)).first()


def registration_file_for(actor: Actor, pk: int) -> StoredFile | None:
    """The licence or proof of a registration that the actor may see, or None."""
    file = StoredFile.objects.filter(pk=pk).first()
    if file is None:
        return None
    kind, _, number = file.org.partition(":")
    if not number.isdecimal():
        return None
    if kind == "enterprise":
        owner: Enterprise | Supplier | None = parties_access.enterprise_for(actor, int(number))
        return file if owner is not None and owner.licence_id == pk else None
    if kind == "supplier":
        owner = parties_access.supplier_for(actor, int(number))
        return file if owner is not None and pk in (owner.licence_id, owner.proof_id) else None
    return None


def visitors_file(pk: int) -> StoredFile | None:
    """A file that somebody without login sent; the caller holds a signed mark for it."""
    return StoredFile.objects.filter(pk=pk, org="public").first()
