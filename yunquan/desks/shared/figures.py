"""统计页: the map of the cities, funnel, ageing, awards by service and size; each picture with table and download."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.cache import cache
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from yunquan.desks.shared import exports
from yunquan.insight import figures
from yunquan.insight.figures import Age, Cell, Goal, Stage
from yunquan.kernel.calendar import local_date
from yunquan.papers.tables import Column, Sheet
from yunquan.parties import regions
from yunquan.programme import queries as programme

KEPT_SECONDS = 600
# Where each city stands on the schematic map: column and row of a grid, west to east, north to south.
TILES = {
    "440200": (5, 0), "441800": (4, 1), "441600": (6, 1), "441400": (8, 1), "441200": (3, 2), "440100": (4, 2),
    "441900": (5, 2), "441300": (6, 2), "445200": (8, 2), "445100": (9, 2), "445300": (2, 3), "440600": (3, 3),
    "442000": (4, 3), "440300": (5, 3), "441500": (7, 3), "440500": (9, 3), "440900": (1, 4), "441700": (2, 4),
    "440700": (3, 4), "440400": (4, 4), "440800": (0, 5),
}  # fmt: skip
WIDE, HIGH, GAP = 92, 62, 4
SHADES = 5
TABLES = {
    "cities": "按地市",
    "services": "按应用服务",
    "sizes": "按企业规模",
    "funnel": "从申领到兑付",
    "ageing": "待办时长",
}
_CELLS = (
    Column("label", "名称"), Column("enterprises", "企业数", "count"), Column("issued", "已发放（张）", "count"),
    Column("issued_fen", "已发放（元）", "money"), Column("paid", "已兑付（张）", "count"),
    Column("paid_fen", "已兑付（元）", "money"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Figures:
    """All figures of one page, counted at one moment."""

    at: datetime
    total: Cell
    cities: list[Cell]
    services: list[Cell]
    sizes: list[Cell]
    funnel: list[Stage]
    ageing: list[Age]
    goals: list[Goal]


def counted(
    scope: QuerySet[Any], cycle: Any, now: datetime, *, key: str = "", is_public: bool = False
) -> Figures:
    """Count everything; with a `key` at most every ten minutes."""
    place = f"figures:{key}:{cycle.pk if cycle is not None else 0}"
    kept = cache.get(place) if key else None
    if kept is not None:
        return kept  # type: ignore[no-any-return]
    shown = figures.published if is_public else list
    told = Figures(
        at=now,
        total=figures.total_of(scope),
        cities=shown(figures.by_city(scope)),
        services=shown(figures.by_service(scope)),
        sizes=shown(figures.by_size(scope)),
        funnel=figures.funnel(scope),
        ageing=figures.ageing(scope, now),
        goals=figures.goals(cycle, local_date(now)),
    )
    if key:
        cache.set(place, told, KEPT_SECONDS)
    return told


def page(
    request: HttpRequest,
    *,
    rows: QuerySet[Any],
    now: datetime,
    parts: Sequence[str],
    title: str,
    key: str = "",
    is_public: bool = False,
    apart: Callable[[Any], str] | None = None,
) -> HttpResponse:
    """The page, or one table of it as a file (`?table=cities&format=csv`).

    `apart` says of a cycle what is shown beside the figures and never counted among them.
    """
    cycles = programme.open_cycles()
    wanted = request.GET.get("cycle", "")
    cycle = programme.current_cycle() if not wanted else programme.cycle_by_code(wanted[:20])
    if wanted and cycle is None:
        raise Http404
    told = counted(figures.scope_of(rows, cycle), cycle, now, key=key, is_public=is_public)
    table, kind = request.GET.get("table", ""), request.GET.get("format", "")
    if table or kind:
        if table not in parts or table not in TABLES or kind not in exports.KINDS:
            raise Http404
        name = f"{cycle.name if cycle is not None else ''}{TABLES[table]}"
        return exports.answer(kind, name, sheet_of(told, table, name))  # type: ignore[return-value]
    most = max((stage.count for stage in told.funnel), default=0)
    heads = [label for _days, label in figures.AGES]
    context = {
        "title": title,
        "told": told,
        "parts": parts,
        "cycle": cycle,
        "cycles": [
            {"label": row.name, "url": f"?cycle={row.code}", "active": row == cycle} for row in cycles
        ],
        "is_public": is_public,
        "apart": apart(cycle) if apart is not None and cycle is not None else "",
        "tiles": tiles(told.cities) if "cities" in parts else [],
        "map_size": f"0 0 {10 * WIDE} {6 * HIGH}",
        "funnel_bars": [(stage, stage.count * 100 // most if most else 0) for stage in told.funnel],
        "service_bars": _bars(told.services),
        "size_bars": _bars(told.sizes),
        "age_heads": heads,
        "ages": [(age, list(zip(heads, age.counts, strict=True))) for age in told.ageing],
        "files": {
            part: [
                {"label": label, "url": f"?cycle={cycle.code if cycle else ''}&table={part}&format={kind}"}
                for kind, label in exports.KINDS.items()
            ]
            for part in parts
            if part in TABLES
        },
    }
    return render(request, "shared/figures.html", context)


def _bars(cells: Sequence[Cell]) -> list[tuple[Cell, int]]:
    """Each cell with the length of its bar in per cent of the longest."""
    most = max((cell.issued_fen for cell in cells), default=0)
    return [(cell, cell.issued_fen * 100 // most if most else 0) for cell in cells]


def tiles(cells: Iterable[Cell]) -> list[dict[str, Any]]:
    """The cities as squares of a schematic map, darker the more was issued; the table holds the numbers."""
    rows = list(cells)
    most = max((cell.issued_fen for cell in rows), default=0)
    found = []
    for cell in rows:
        column, row = TILES[cell.key]
        shade = -(-cell.issued_fen * SHADES // most) if most else 0
        x, y = column * WIDE, row * HIGH
        found.append(
            {
                "cell": cell,
                "x": x,
                "y": y,
                "width": WIDE - GAP,
                "height": HIGH - GAP,
                "middle": x + (WIDE - GAP) // 2,
                "name_y": y + 24,
                "told_y": y + 44,
                "shade": shade,
                "name": regions.place_name(cell.key).removesuffix("市"),
                "told": "少于 3 家" if cell.is_hidden else f"{cell.issued} 张",
            }
        )
    return found


def sheet_of(told: Figures, table: str, title: str) -> Sheet:
    """One table as a sheet; a hidden cell says so."""
    notes = (f"统计时间 {told.at:%Y-%m-%d %H:%M}",)
    if table == "funnel":
        columns: tuple[Column, ...] = (
            Column("label", "环节"), Column("definition", "口径"), Column("count", "张数", "count"),
            Column("percent", "占申领（%）", "count"),
        )  # fmt: skip
        stages = [(one.label, one.definition, one.count, one.percent) for one in told.funnel]
        return Sheet(columns, stages, title=title, notes=notes, name=TABLES[table])
    if table == "ageing":
        heads = [Column(f"age{place}", label, "count") for place, (_days, label) in enumerate(figures.AGES)]
        rows = [(one.label, *one.counts, one.total) for one in told.ageing]
        columns = (Column("label", "等待办理"), *heads, Column("total", "合计", "count"))
        return Sheet(columns, rows, title=title, notes=notes, name=TABLES[table])
    cells: list[Cell] = {"cities": told.cities, "services": told.services, "sizes": told.sizes}[table]
    lines = [
        (f"{cell.label}（少于 3 家，不公布）", None, None, None, None, None)
        if cell.is_hidden
        else (cell.label, cell.enterprises, cell.issued, cell.issued_fen, cell.paid, cell.paid_fen)
        for cell in cells
    ]
    columns = _CELLS if table != "services" else _CELLS[:4]
    return Sheet(
        columns, [line[: len(columns)] for line in lines], title=title, notes=notes, name=TABLES[table]
    )
