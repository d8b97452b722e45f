"""Fees of vouchers held against the listed price and against other contracts, for reviewers and the draw.

Whatever the number of vouchers in the house, a comparison reads the latest few hundred of each ground, in a
constant number of queries; what comes out is a question to ask, never a verdict (D26-2, D108-4.1.3).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from django.db.models import CharField, Q, QuerySet, Value

from yunquan.catalogue.models import Product
from yunquan.evidence.prices import (
    FAR_OUT,
    LEAST_CASES,
    CapShare,
    Ground,
    Priced,
    PriceView,
    PriceWeight,
    cap_shares,
    price_views,
    score_of,
    spread_of,
    weight_of,
)
from yunquan.kernel.workflow import Actor
from yunquan.policy.award import cap_fen
from yunquan.programme.rules import rulebook
from yunquan.vouchers.access import visible_to
from yunquan.vouchers.lifecycle import LIVE
from yunquan.vouchers.models import ServiceLine, Voucher

# How many of the latest lines stand for a ground, and for all suppliers together.
LATEST, LATEST_OF_ALL = 500, 20_000
_BY_DEVICE = re.compile(r"每\s*(?:台|套|台套|设备|点)|[/／]\s*(?:台|套|台套)|按(?:台|套|设备|联网设备)")
_TAKEN = (
    "pk", "service", "service_name", "fee_fen", "devices", "award_fen", "binding",
    "voucher__supplier_id", "voucher__enterprise__size", "voucher__applied_on", "voucher__cycle__pack",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class LinePrice:
    """One service line of a voucher with what its fee was held against, and the listed price in words."""

    service: int
    name: str
    fee_fen: int
    devices: int | None
    views: tuple[PriceView, ...]
    listed_text: str
    product: int | None

    @property
    def needs_eye(self) -> bool:
        return any(view.needs_eye for view in self.views)


@dataclass(frozen=True, slots=True)
class VoucherPrices:
    """All that is said of a voucher's prices: its lines, and how often its supplier ends at the cap."""

    lines: tuple[LinePrice, ...]
    share: CapShare | None
    weight: PriceWeight

    @property
    def needs_eye(self) -> bool:
        return self.weight.points > 0


class Caps:
    """Caps in fen by pack, day, service, size and devices; each rulebook is read once."""

    def __init__(self) -> None:
        self._books: dict[str, Any] = {}
        self._services: dict[tuple[str, date, int], Any] = {}

    def of(self, pack: str, on: date | None, service: int, size: str, devices: int | None) -> int | None:
        """The cap of a line on its day, None where the catalogue of that day has no such service."""
        if on is None:
            return None
        key = (pack, on, service)
        if key not in self._services:
            if pack not in self._books:
                self._books[pack] = rulebook(pack)
            self._services[key] = self._books[pack].service(service, on)
        found = self._services[key]
        return cap_fen(found.cap, size, devices) if found is not None else None


def price_view(voucher: Voucher) -> VoucherPrices:
    """A voucher's prices for the review screen, in as many queries whatever the number of its lines."""
    lines = list(voucher.lines.select_related("product").order_by("position"))
    if not lines or voucher.supplier_id is None:
        return VoucherPrices((), None, PriceWeight(0, ()))
    caps, size = Caps(), voucher.enterprise.size
    grounds = _grounds([line.service for line in lines], voucher)
    listed = _listed(voucher.supplier_id, lines)
    shown = []
    for line in lines:
        priced = Priced(
            key=str(line.pk),
            service=str(line.service),
            supplier=str(voucher.supplier_id),
            size=size,
            fee_fen=line.fee_fen,
            devices=line.devices,
        )
        product = line.product or listed.get(line.service)
        standard = product.price_standard if product is not None else ""
        views = price_views(
            priced,
            grounds["service"],
            listed_fen=(product.price_from_fen or 0) if product is not None else 0,
            listed_by_device=is_by_device(standard),
            narrower=grounds,
        )
        shown.append(
            LinePrice(
                line.service,
                line.service_name,
                line.fee_fen,
                line.devices,
                tuple(views),
                standard,
                product.pk if product is not None else None,
            )
        )
    share = cap_share(voucher.supplier_id, caps=caps)
    weight = weight_of((view for line in shown for view in line.views), share)
    return VoucherPrices(tuple(shown), share, weight)


def price_weight(voucher: Voucher) -> PriceWeight:
    """By how much a voucher's prices raise its weight in a draw, with every reason (D108-4.1.3)."""
    return price_view(voucher).weight


def cap_share(supplier_id: int, *, caps: Caps | None = None) -> CapShare | None:
    """How often a supplier's latest lines end exactly at the cap, beside those of all others; two queries."""
    caps = caps or Caps()
    counted = _counted()
    own = _latest(counted.filter(voucher__supplier_id=supplier_id), LATEST)
    others = _latest(counted.exclude(voucher__supplier_id=supplier_id), 4 * LATEST)
    lines = [_priced(row, caps) for row in (*own, *others)]
    return next((one for one in cap_shares(lines) if one.supplier == str(supplier_id)), None)


def cap_shares_of_all() -> list[CapShare]:
    """The same for every supplier, over the latest lines of all; those that stand out first; one query."""
    caps = Caps()
    return cap_shares(_priced(row, caps) for row in _latest(_counted(), LATEST_OF_ALL))


@dataclass(frozen=True, slots=True)
class Outlier:
    """A line whose fee lies far from others of its service: which voucher, how far, against how many."""

    number: str
    enterprise: str
    supplier_id: int
    supplier: str
    city: str
    service: int
    name: str
    fee_fen: int
    devices: int | None
    price_fen: int
    listed_fen: int | None
    median_fen: int
    count: int
    score: float
    is_high: bool


@dataclass(frozen=True, slots=True)
class Market:
    """The prices of one service, for each device where it counts devices: how they lie, and each one."""

    service: int
    name: str
    by_device: bool
    count: int
    median_fen: int
    lower_fen: int
    upper_fen: int
    most_fen: int
    is_few: bool
    lines: tuple[Outlier, ...]


def markets(actor: Actor, *, service: int | None = None, cycle: str = "") -> list[Market]:
    """Every service with its latest lines in the actor's scope, each held against all of them; three queries."""
    rows = _counted().filter(voucher__in=visible_to(actor))
    if service is not None:
        rows = rows.filter(service=service)
    if cycle:
        rows = rows.filter(voucher__cycle__code=cycle)
    taken = rows.order_by("-pk")[:LATEST_OF_ALL].values_list(
        "service", "service_name", "fee_fen", "devices", "product__price_from_fen", "product__price_standard",
        "voucher__number", "voucher__enterprise__name", "voucher__supplier_id", "voucher__supplier__name",
        "voucher__city",
    )  # fmt: skip
    grouped: defaultdict[tuple[int, bool], list[Any]] = defaultdict(list)
    for row in taken:
        grouped[row[0], bool(row[3])].append(row)
    listed = _listed_of_all({row[8] for rows_of in grouped.values() for row in rows_of})
    return [
        _market(key, grouped[key], listed) for key in sorted(grouped, key=lambda key: (key[0], not key[1]))
    ]


def far_out(found: Iterable[Market]) -> list[Outlier]:
    """The lines that lie far above the others of their service, the farthest first; few cases say nothing."""
    high = [line for market in found if not market.is_few for line in market.lines if line.is_high]
    return sorted(high, key=lambda line: (-line.score, line.number))


def _market(
    key: tuple[int, bool], rows: Sequence[Any], listed: Mapping[tuple[int, int], tuple[int, str]]
) -> Market:
    service, by_device = key
    prices = [Fraction(row[2], row[3]) if by_device else Fraction(row[2]) for row in rows]
    spread = spread_of(prices)
    assert spread is not None
    few = spread.count < LEAST_CASES
    lines = []
    for row, price in zip(rows, prices, strict=True):
        _service, name, fee, devices, from_fen, standard, number, enterprise, supplier, title, city = row
        score = 0.0 if few else round(score_of(price, spread), 2)
        start, words = (from_fen, standard) if from_fen else listed.get((supplier, service), (None, ""))
        comparable = start is not None and is_by_device(words) == by_device
        lines.append(
            Outlier(
                number, enterprise, supplier, title, city, service, name, fee, devices, round(price),
                start if comparable else None, round(spread.median), spread.count, score,
                not few and score > FAR_OUT,
            )
        )  # fmt: skip
    return Market(
        service, rows[0][1], by_device, spread.count, round(spread.median), round(spread.lower),
        round(spread.upper), round(spread.most), few, tuple(lines),
    )  # fmt: skip


def _counted() -> QuerySet[ServiceLine]:
    """The lines of living vouchers: what was rejected or ran out is no price that holds."""
    return ServiceLine.objects.filter(voucher__state__in=LIVE, voucher__supplier__isnull=False)


def _latest(rows: QuerySet[ServiceLine], most: int) -> list[Any]:
    return list(rows.order_by("-pk").values_list(*_TAKEN)[:most])


def _priced(row: Sequence[Any], caps: Caps | None = None) -> Priced:
    """A line as prices compare it; its cap is the fee itself where fee and cap meet to the fen."""
    pk, service, _name, fee, devices, award, binding, supplier, size, on, pack = row
    cap = caps.of(pack, on, service, size, devices) if caps is not None else None
    # A tie names the fee as what binds; where the award follows a share of the fee, the award meets the cap.
    meets = cap is not None and (fee == cap or (binding == "fee" and award == cap))
    return Priced(
        key=str(pk), service=str(service), supplier=str(supplier), size=size, fee_fen=fee,
        cap_fen=fee if meets else cap, devices=devices,
    )  # fmt: skip


def _grounds(services: Iterable[int], voucher: Voucher) -> dict[Ground, list[Priced]]:
    """The latest lines of each service by ground, other than the voucher's own, in one query."""
    narrow: dict[Ground, Q] = {
        "service": Q(),
        "service_size": Q(voucher__enterprise__size=voucher.enterprise.size),
        "supplier": Q(voucher__supplier_id=voucher.supplier_id),
    }
    parts = []
    for service in sorted(set(services)):
        for ground, condition in narrow.items():
            latest = _counted().filter(condition, service=service).exclude(voucher=voucher).order_by("-pk")
            part = ServiceLine.objects.filter(pk__in=latest.values("pk")[:LATEST])
            parts.append(part.annotate(ground=Value(ground, CharField())).values_list("ground", *_TAKEN))
    found: dict[Ground, list[Priced]] = {ground: [] for ground in narrow}
    for ground, *row in parts[0].union(*parts[1:], all=True):
        found[ground].append(_priced(row))
    return found


def _listed(supplier_id: int, lines: Iterable[ServiceLine]) -> dict[int, Product]:
    """The supplier's listed product of each service, for lines that name none; one query."""
    wanted = {line.service for line in lines}
    rows = Product.objects.filter(supplier_id=supplier_id, service__in=wanted, state="listed").order_by("-pk")
    return {row.service: row for row in rows}


def _listed_of_all(suppliers: set[int]) -> dict[tuple[int, int], tuple[int, str]]:
    """The listed starting price by supplier and service with its words, where there is one; one query."""
    rows = Product.objects.filter(state="listed", price_from_fen__gt=0).order_by("pk")
    if len(suppliers) <= LATEST:
        rows = rows.filter(supplier__in=suppliers)
    told = rows.values_list("supplier_id", "service", "price_from_fen", "price_standard")
    return {(supplier, service): (fen, words) for supplier, service, fen, words in told if fen}


def is_by_device(standard: str) -> bool:
    """Whether a price standard speaks of a price for each device.

    >>> is_by_device("按年订阅，每台套每年 1200 元"), is_by_device("按年订阅，基础版每年 30000 元起")
    (True, False)
    """
    return _BY_DEVICE.search(standard) is not None
