"""The papers of a case on its page."""

from __future__ import annotations

from typing import Any

from django import template

from yunquan.desks.shared import letter_pages

register = template.Library()


@register.inclusion_tag("shared/parts/letters.html")
def letters(noun: str, thing: Any) -> dict[str, Any]:
    """Receipts and notices of a voucher, an enterprise or a supplier, as PDF and Word."""
    name = thing.number if noun == "voucher" else str(thing.pk)
    return {"letters": letter_pages.shown(noun, name, thing.journal_key)}
