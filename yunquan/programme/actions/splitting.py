"""The quota of a cycle split over many cities in one act: all of it or nothing (D47-5.1, D47-8.2a)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction

from yunquan.journal.actions import audited
from yunquan.kernel.refusal import Refusal, Refused
from yunquan.kernel.workflow import Actor
from yunquan.ledger.actions import lock_accounts
from yunquan.parties import regions
from yunquan.programme import accounts
from yunquan.programme.actions.cycles import open_city_accounts
from yunquan.programme.actions.quotas import set_target
from yunquan.programme.models import CityTarget, Cycle


@dataclass(frozen=True, slots=True)
class CityShare:
    """What one city is to get: target in fen, factor in percent, quota in fen where it is given outright."""

    city: str
    target_fen: int
    factor_percent: int | None = None
    quota_fen: int | None = None


@audited("quota.split", about="cycle")
def split_quota(*, cycle: Cycle, shares: Sequence[CityShare], by: Actor, now: datetime) -> list[CityTarget]:
    """Set several cities' targets and quotas at once; raises Refused with every fault of every city.

    A refusal's field is `<city>_target`, `<city>_factor_percent` or `<city>_quota`.
    """
    return _split(cycle, shares, by, now)


def split_faults(*, cycle: Cycle, shares: Sequence[CityShare], by: Actor, now: datetime) -> list[Refusal]:
    """What `split_quota` would say now; nothing is kept, no attempt is logged."""
    with transaction.atomic():
        try:
            _split(cycle, shares, by, now)
        except Refused as refused:
            return list(refused.refusals)
        finally:
            transaction.set_rollback(True)
    return []


def _split(cycle: Cycle, shares: Sequence[CityShare], by: Actor, now: datetime) -> list[CityTarget]:
    known = sorted(share.city for share in shares if regions.city(share.city) is not None)
    for city in known:
        open_city_accounts(cycle.code, city)
    lock_accounts([accounts.province(cycle.code), *(accounts.quota(cycle.code, city) for city in known)])
    rows: list[CityTarget] = []
    faults: list[Refusal] = []
    for share in sorted(shares, key=lambda share: share.city):
        try:
            rows.append(
                set_target(
                    cycle=cycle,
                    city=share.city,
                    target_fen=share.target_fen,
                    factor_percent=share.factor_percent,
                    quota_fen=share.quota_fen,
                    by=by,
                    now=now,
                )
            )
        except Refused as refused:
            faults += [_of_city(share.city, refusal) for refusal in refused.refusals]
    if faults:
        raise Refused(_once(faults))
    return rows


def _of_city(city: str, refusal: Refusal) -> Refusal:
    if refusal.code in ("not_your_role", "cycle_closed"):
        return replace(refusal, field="")
    name = regions.place_name(city)
    message = refusal.message if refusal.message.startswith(name) else f"{name}：{refusal.message}"
    return replace(refusal, message=message, field=f"{city}_{refusal.field or 'target'}")


def _once(faults: Sequence[Refusal]) -> list[Refusal]:
    """A fault of the whole act is said once, not for each city."""
    return list(dict.fromkeys(faults))
