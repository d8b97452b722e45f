"""What stands against a party on a day, its history, and who may see it (D47-8.4, D108-4, D26-4, D47-5.19)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet

from yunquan.kernel.calendar import local_date
from yunquan.kernel.refusal import Refusal
from yunquan.kernel.workflow import Actor
from yunquan.parties.access import area, bureau_code, enterprise_number, supplier_number
from yunquan.parties.models import Appeal, Enterprise, Standing, Strike, Supplier
from yunquan.parties.standing_checks import under_standing
from yunquan.policy.roles import Role

Kind = Standing.Kind
# By firm: what stands against it on a day.
Against = Mapping[str, Sequence[Standing]]


def on_day(today: date) -> Q:
    """What stands on a day; a term that ran out bars nobody, whether the clock has closed it or not."""
    return Q(state="stands", from_on__lte=today) & (Q(until_on=None) | Q(until_on__gte=today))


def against(usccs: Iterable[str], *, on: date) -> Against:
    """What stands against these firms on a day, in one query however many they are."""
    found: dict[str, list[Standing]] = {}
    for row in Standing.objects.filter(on_day(on), uscc__in=set(usccs)).order_by("pk"):
        found.setdefault(row.uscc, []).append(row)
    return found


def refusals_for(
    *,
    enterprise: Enterprise | None = None,
    supplier: Supplier | None = None,
    on: date,
    known: Against | None = None,
) -> list[Refusal]:
    """Each standing that keeps these parties from acting on a day, as a refusal with its article.

    A bar follows the firm in both guises; what was cancelled or suspended for a supplier does not touch the same
    firm as an enterprise. `known` spares the query where `against` was asked for many.
    """
    firms = [party.uscc for party in (enterprise, supplier) if party is not None]
    rows = known if known is not None else against(firms, on=on)
    found = []
    if enterprise is not None:
        found += [
            _refusal(row, enterprise.name, "")
            for row in rows.get(enterprise.uscc, ())
            if row.kind == Kind.BARRED or row.enterprise_id
        ]
    if supplier is not None:
        found += [
            _refusal(row, supplier.name, "supplier")
            for row in rows.get(supplier.uscc, ())
            if row.kind == Kind.BARRED or row.supplier_id
        ]
    return found


def _refusal(row: Standing, who: str, field: str) -> Refusal:
    return under_standing(
        who=who,
        label=row.get_kind_display(),
        from_on=row.from_on,
        term=row.term,
        article=row.article,
        field=field,
    )


def stands_on(party: Enterprise | Supplier, *, on: date) -> list[Standing]:
    """What stands against one party on a day, for the screens that show it."""
    side = Q(enterprise=party) if isinstance(party, Enterprise) else Q(supplier=party)
    rows = Standing.objects.filter(on_day(on), uscc=party.uscc)
    return list(rows.filter(side | Q(kind=Kind.BARRED)).order_by("-pk"))


def history(party: Enterprise | Supplier) -> list[dict[str, Any]]:
    """Everything that was laid on a party, strikes for lapsed vouchers among it, the latest first."""
    rows = Standing.objects.filter(uscc=party.uscc).prefetch_related("appeals")
    found = [
        {
            "at": row.entered_at,
            "what": row.get_kind_display(),
            "standing": row,
            "note": row.reason,
            "article": row.article,
            "state": row.lifecycle.states[row.state],
            "from_on": row.from_on,
            "until_on": row.until_on,
            "is_open": row.state == "stands",
        }
        for row in rows
    ]
    if isinstance(party, Enterprise):
        strikes = list(Strike.objects.filter(enterprise=party).order_by("at", "pk"))
        found += [
            {
                "at": strike.at,
                "what": f"第 {count} 次未兑现",
                "standing": None,
                "note": f"{strike.voucher} 逾期未兑现",
                "article": "D47-5.19",
                "state": "已计",
                "from_on": local_date(strike.at),
                "until_on": None,
                "is_open": False,
            }
            for count, strike in enumerate(strikes, 1)
        ]
    return sorted(found, key=lambda row: row["at"], reverse=True)


def visible_to(actor: Actor) -> QuerySet[Standing]:
    """A party sees its own, a bureau those of its area and those it imposed, the province and its auditor all (A1)."""
    rows = Standing.objects.select_related("enterprise", "supplier", "document")
    enterprise, supplier = enterprise_number(actor), supplier_number(actor)
    if enterprise is not None:
        return rows.filter(enterprise=enterprise)
    if supplier is not None:
        return rows.filter(supplier=supplier)
    if actor.role == Role.EXPERT:
        return rows.none()
    here = area(actor, city="enterprise__city", county="enterprise__county")
    home = area(actor, city="supplier__city", county="")
    if here is None:
        return rows.none()
    if not here:
        return rows  # The province and its auditor: no condition at all, which an OR would drop.
    return rows.filter(here | (home if home is not None else Q(pk=None)) | Q(bureau=bureau_code(actor)))


def standing_for(actor: Actor, pk: int) -> Standing | None:
    """One standing, or None as if it did not exist."""
    return visible_to(actor).filter(pk=pk).first()


def appeals_visible_to(actor: Actor) -> QuerySet[Appeal]:
    """The appeals against standings that an actor may see."""
    rows = Appeal.objects.filter(standing__in=visible_to(actor).values("pk"))
    return rows.select_related("standing__enterprise", "standing__supplier")


def appeal_for(actor: Actor, pk: int) -> Appeal | None:
    """One appeal, or None as if it did not exist."""
    return appeals_visible_to(actor).filter(pk=pk).first()


def published(*, on: date) -> QuerySet[Standing]:
    """What the public sees: cancelled and barred firms whose result was published and whose term runs (D108-2.2)."""
    rows = Standing.objects.filter(on_day(on), published_at__isnull=False).exclude(kind=Kind.SUSPENDED)
    return rows.select_related("enterprise", "supplier").order_by("-from_on", "-pk")


def run_out(today: date) -> QuerySet[Standing]:
    """What the clock closes: terms whose last day has passed."""
    return Standing.objects.filter(state="stands", until_on__lt=today).order_by("pk")
