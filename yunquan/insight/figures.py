"""统计: how far the programme is, from the vouchers themselves; each figure with its definition (D47-1, D47-5.2).

The number of queries is the same however many vouchers there are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum

from yunquan.insight.small_cells import hidden
from yunquan.parties import regions
from yunquan.parties.models import Enterprise, Supplier
from yunquan.programme.models import Cycle
from yunquan.programme.rules import rulebook
from yunquan.settlement.models import PaymentInstruction
from yunquan.vouchers.lifecycle import COUNTED, S
from yunquan.vouchers.models import Voucher

SENT = ~Q(state__in=(S.DRAFT, S.CANCELLED))
SIZES = {"large": "大型", "medium": "中型", "small": "小型", "micro": "微型"}
# Where a voucher waits for somebody, and for whom.
WAITING = {
    S.SUBMITTED: "供应商确认申领",
    S.CONFIRMED: "主管部门审核申领",
    S.CLAIMED: "供应商确认兑现",
    S.ATTESTED: "行为数据判定",
    S.VERIFIED: "主管部门审核兑现",
    S.APPROVED: "列入结算清单",
}
AGES = ((7, "7 天以内"), (15, "8 至 15 天"), (30, "16 至 30 天"), (None, "30 天以上"))


@dataclass(frozen=True, slots=True)
class Cell:
    """One row of a table: of how many enterprises and vouchers, issued and paid; amounts in fen."""

    key: str
    label: str
    enterprises: int = 0
    issued: int = 0
    issued_fen: int = 0
    paid: int = 0
    paid_fen: int = 0
    is_hidden: bool = False

    @property
    def paid_percent(self) -> int:
        """Paid vouchers of those issued, in whole per cent."""
        return self.paid * 100 // self.issued if self.issued else 0


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of the way from application to payment: how many vouchers ever reached it."""

    label: str
    definition: str
    count: int
    percent: int


@dataclass(frozen=True, slots=True)
class Age:
    """How many vouchers wait for somebody, by how long."""

    label: str
    counts: tuple[int, ...]

    @property
    def total(self) -> int:
        return sum(self.counts)


@dataclass(frozen=True, slots=True)
class Goal:
    """What the decree wants to reach, and how far it is (D47-1)."""

    label: str
    definition: str
    reached: int
    goal: int
    by_year: int
    article: str

    @property
    def percent(self) -> int:
        return self.reached * 100 // self.goal if self.goal else 0


def _rows(scope: QuerySet[Voucher], by: str) -> dict[str, Cell]:
    issued = Q(state__in=COUNTED)
    rows = (
        scope.filter(issued)
        .order_by()
        .values(key=F(by))
        .annotate(
            enterprises=Count("enterprise", distinct=True),
            issued=Count("pk", distinct=True),
        )
    )
    cells = {str(row["key"] or ""): row for row in rows}
    sums = scope.filter(issued).order_by().values(key=F(by)).annotate(fen=Sum("face_fen"))
    paid = (
        PaymentInstruction.objects.filter(state="paid", voucher__in=scope.order_by().values("pk"))
        .order_by()
        .values(key=F(f"voucher__{by}"))
        .annotate(count=Count("voucher", distinct=True), fen=Sum("amount_fen"))
    )
    fen = {str(row["key"] or ""): row["fen"] or 0 for row in sums}
    settled = {str(row["key"] or ""): row for row in paid}
    return {
        key: Cell(
            key=key,
            label=key,
            enterprises=row["enterprises"],
            issued=row["issued"],
            issued_fen=fen.get(key, 0),
            paid=settled[key]["count"] if key in settled else 0,
            paid_fen=settled[key]["fen"] or 0 if key in settled else 0,
        )
        for key, row in cells.items()
    }


def by_city(scope: QuerySet[Voucher]) -> list[Cell]:
    """A row for each of the 21 cities, empty ones too."""
    found = _rows(scope, "city")
    return [replace(found.get(city.code, Cell(city.code, "")), label=city.name) for city in regions.cities()]


def by_size(scope: QuerySet[Voucher]) -> list[Cell]:
    """A row for each size of enterprise."""
    found = _rows(scope, "enterprise__size")
    return [replace(found.get(size, Cell(size, "")), label=label) for size, label in SIZES.items()]


def by_service(scope: QuerySet[Voucher]) -> list[Cell]:
    """A row for each service by what its lines were awarded; a voucher of two services counts with both.

    What was paid isn't told by service: a payment is for the voucher as a whole.
    """
    rows = (
        scope.filter(state__in=COUNTED)
        .order_by()
        .values("lines__service", "lines__service_name")
        .annotate(
            enterprises=Count("enterprise", distinct=True), issued=Count("pk"), fen=Sum("lines__award_fen")
        )
    )
    told = [row for row in rows if row["lines__service"] is not None]
    return [
        Cell(
            key=str(row["lines__service"]),
            label=row["lines__service_name"],
            enterprises=row["enterprises"],
            issued=row["issued"],
            issued_fen=row["fen"] or 0,
        )
        for row in sorted(told, key=lambda row: (row["lines__service"], row["lines__service_name"]))
    ]


def total_of(scope: QuerySet[Voucher]) -> Cell:
    """All together, each enterprise once."""
    issued = scope.filter(state__in=COUNTED).order_by()
    told = issued.aggregate(
        enterprises=Count("enterprise", distinct=True), issued=Count("pk"), fen=Sum("face_fen")
    )
    paid = PaymentInstruction.objects.filter(state="paid", voucher__in=scope.order_by().values("pk"))
    settled = paid.order_by().aggregate(count=Count("voucher", distinct=True), fen=Sum("amount_fen"))
    return Cell(
        "",
        "合计",
        told["enterprises"],
        told["issued"],
        told["fen"] or 0,
        settled["count"],
        settled["fen"] or 0,
    )


def funnel(scope: QuerySet[Voucher]) -> list[Stage]:
    """How many vouchers ever came so far; one query."""
    listed = Q(state__in=(S.LISTED, S.ORDERED, S.PAID, S.RECOVERED))
    steps: tuple[tuple[str, str, Q], ...] = (
        ("申领", "提交过申领的券", Q(applied_at__isnull=False)),
        ("发放", "审核通过并发放的券", Q(issued_at__isnull=False)),
        ("申请兑现", "提出过兑现申请的券", Q(claimed_at__isnull=False)),
        ("兑现审核通过", "兑现审核通过的券", Q(approved_at__isnull=False)),
        ("列入清单", "现在列入结算清单、兑付中或已兑付的券", listed),
        ("兑付", "银行已付款的券，含后来追回的", Q(paid_at__isnull=False)),
    )
    told = (
        scope.filter(SENT)
        .order_by()
        .aggregate(
            **{f"step{number}": Count("pk", filter=wanted) for number, (_, _, wanted) in enumerate(steps)}
        )
    )
    first = told["step0"]
    return [
        Stage(label, definition, told[f"step{number}"], told[f"step{number}"] * 100 // first if first else 0)
        for number, (label, definition, _) in enumerate(steps)
    ]


def ageing(scope: QuerySet[Voucher], now: datetime) -> list[Age]:
    """What waits for whom, by whole days since it came there; one query."""
    bounds: list[tuple[str, Q]] = []
    newer = None
    for days, _label in AGES:
        since = now - timedelta(days=days) if days is not None else None
        wanted = Q()
        if since is not None:
            wanted &= Q(waiting_since__gt=since)
        if newer is not None:
            wanted &= Q(waiting_since__lte=newer)
        bounds.append((f"age{len(bounds)}", wanted))
        newer = since
    rows: Iterable[Mapping[str, Any]] = (
        scope.filter(state__in=WAITING, waiting_since__isnull=False)
        .order_by()
        .values("state")
        .annotate(**{name: Count("pk", filter=wanted) for name, wanted in bounds})
    )
    found = {row["state"]: tuple(row[name] for name, _ in bounds) for row in rows}
    return [Age(label, found.get(state, (0,) * len(AGES))) for state, label in WAITING.items()]


def goals(cycle: Cycle | None, on: date) -> list[Goal]:
    """The programme's goals of D47 一 and how far they are, over all cycles; two queries."""
    if cycle is None:
        return []
    rules = rulebook(cycle.pack)
    by_year = rules.find("goals.by_year", on)
    reached = {
        "goals.enterprises": ("上云上平台的工业企业", "至少有一张服务券已发放且未作废的企业"),
        "goals.suppliers": ("工业互联网供应商", "审核通过、已注册的供应商"),
    }
    told: Mapping[str, int] = {
        "goals.enterprises": Enterprise.objects.filter(vouchers__state__in=COUNTED).distinct().count(),
        "goals.suppliers": Supplier.objects.filter(state="registered").count(),
    }
    return [
        Goal(label, definition, told[key], goal.value, by_year.value if by_year else 0, goal.article)
        for key, (label, definition) in reached.items()
        if (goal := rules.find(key, on)) is not None
    ]


def published(cells: Sequence[Cell]) -> list[Cell]:
    """The same for the public: small cells keep only that there is something (no enterprise is given away)."""
    places = hidden([cell.enterprises for cell in cells])
    return [
        Cell(cell.key, cell.label, is_hidden=True) if place in places else cell
        for place, cell in enumerate(cells)
    ]


def everything() -> QuerySet[Voucher]:
    """All vouchers: for figures that are published, after small cells were hidden."""
    return Voucher.objects.all()


def scope_of(rows: QuerySet[Voucher], cycle: Cycle | None) -> QuerySet[Voucher]:
    """The vouchers of a cycle among those that an actor may see."""
    return rows.filter(cycle=cycle) if cycle is not None else rows
