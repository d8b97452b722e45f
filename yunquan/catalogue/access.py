"""Who may see which product: the only door. Listed ones are public."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from yunquan.catalogue.models import Product
from yunquan.kernel.workflow import Actor
from yunquan.parties import regions
from yunquan.parties.access import bureau_code, suppliers_visible_to
from yunquan.policy.roles import Role


def products_visible_to(actor: Actor | None) -> QuerySet[Product]:
    """Listed products for everybody; besides them a supplier's own, and all but drafts for the province.

    An expert also sees the products of the suppliers it is asked about.
    """
    listed = Q(state="listed")
    if actor is None:
        return Product.objects.filter(listed)
    if actor.role == Role.SUPPLIER:
        return Product.objects.filter(listed | Q(supplier__in=suppliers_visible_to(actor).values("pk")))
    if actor.role == Role.EXPERT:
        asked = Q(supplier__in=suppliers_visible_to(actor).values("pk")) & ~Q(state="draft")
        return Product.objects.filter(listed | asked)
    if bureau_code(actor) == regions.PROVINCE:
        return Product.objects.exclude(state="draft")
    return Product.objects.filter(listed)


def product_for(actor: Actor | None, pk: int) -> Product | None:
    """One product, or None as if it did not exist."""
    return products_visible_to(actor).select_related("supplier").filter(pk=pk).first()
