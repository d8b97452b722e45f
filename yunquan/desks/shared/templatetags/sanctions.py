"""What stands against a party and what holds a voucher, said wherever either is looked at (D47-8.4, D47-5.22)."""

from __future__ import annotations

from typing import Any

from django import template

from yunquan.journal import clock
from yunquan.kernel.calendar import local_date
from yunquan.parties import standings
from yunquan.vouchers import holding

register = template.Library()


@register.inclusion_tag("shared/parts/standing_note.html")
def standing_note(party: Any, url: str = "") -> dict[str, Any]:
    """What stands against a party today, with the way to the page where it is told and appealed."""
    rows = standings.stands_on(party, on=local_date(clock.read())) if party is not None else []
    return {"rows": rows, "party": party, "url": url}


@register.inclusion_tag("shared/inspections/standing_history.html")
def standing_history(party: Any) -> dict[str, Any]:
    """Everything that was ever laid on a party, strikes for lapsed vouchers among it."""
    return {"history": standings.history(party)}


@register.inclusion_tag("shared/parts/holds.html")
def holds(voucher: Any) -> dict[str, Any]:
    """What keeps a voucher from lists and payment, for the bureaus."""
    rows = holding.open_holds(voucher)
    return {"rows": [{"row": row, "kind": row.get_kind_display()} for row in rows]}
