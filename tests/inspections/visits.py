"""A visit walked on as far as a test needs, by the verbs of the platform."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from tests.cast import World, at
from tests.inspections import stage
from tests.laying import once
from yunquan.inspections.actions import appointing, sheets, signing, visiting
from yunquan.inspections.actions.sheets import Sent
from yunquan.inspections.models import CheckSheet, Expert, Inspection, Visit
from yunquan.inspections.sheet_fields import fields
from yunquan.kernel.workflow import Actor
from yunquan.vouchers.models import Voucher

# When a visit of each regime takes place, and the day on which it is appointed and announced.
VISITING = {"d108": at("2019-04-24 09:30"), "d26": at("2020-04-20 09:30"), "d858": at("2020-10-20 09:30")}
STROKES = [[10, 20, 30, 40, 50, 10], [60, 60, 80, 90]]
serial = itertools.count(1)


def appointed(
    world: World,
    *,
    regime: str = "d108",
    table: str = "on_site",
    vouchers: Sequence[Voucher] = (),
    experts: Sequence[Expert] = (),
    by: str = "province_officer",
    **changes: Any,
) -> Visit:
    """A planned visit of everything that a plan of the regime picked."""
    rows = stage.drawn(world, regime=regime, vouchers=vouchers)
    starts = changes.pop("starts_at", VISITING[regime])
    speciality = "finance" if table == "finance" else "technical"
    return appointing.appoint(
        plan=rows[0].plan,
        inspections=rows,
        table=table,
        mode=changes.pop("mode", "on_site"),
        place="东莞市测试路 1 号会议室",
        starts_at=starts,
        ends_at=changes.pop("ends_at", starts + timedelta(hours=3)),
        prepare=changes.pop("prepare", ""),
        experts=stage.train(world, list(experts) or stage.experts(world, 2, speciality), regime),
        departs=changes.pop("departs", "测试选定的专家"),
        by=world[by],
        now=changes.pop("now", VISITING[regime] - timedelta(days=6)),
    )


@once
def announced(world: World, *, by: str = "province_officer", **changes: Any) -> Visit:
    visit = appointed(world, by=by, **changes)
    return appointing.announce(visit=visit, by=world[by], now=visit.starts_at - timedelta(days=5))


def lead(world: World, visit: Visit) -> Actor:
    seat = visit.panelists.filter(recused_at=None).order_by("rank").select_related("expert__person").first()
    assert seat is not None
    return world[seat.expert.person.username]


def everybody(world: World, visit: Visit) -> list[Actor]:
    seats = visit.panelists.filter(recused_at=None).order_by("rank").select_related("expert__person")
    return [world[seat.expert.person.username] for seat in seats]


def present(world: World, visit: Visit, *parties: str, by: Actor | None = None) -> None:
    for party in parties:
        visiting.enter_presence(
            visit=visit, key=f"p{next(serial)}", party=party, name=f"测试{party}", by=by or lead(world, visit),
            now=visit.starts_at,
        )  # fmt: skip


@once
def begun(world: World, *, parties: Sequence[str] = (), **changes: Any) -> Visit:
    """A visit under way with everybody there."""
    visit = announced(world, **changes)
    named = "finance_expert" if visit.table == "finance" else "technical_expert"
    there = parties or (
        (named, "supplier") if visit.table == "finance" else (named, "enterprise", "supplier")
    )
    present(world, visit, *there)
    for actor in everybody(world, visit):
        visiting.confirm_conduct(
            visit=visit, lines=range(20), name="测试", by=actor, now=visit.starts_at
        )  # fmt: skip
    return visiting.begin(visit=visit, by=lead(world, visit), now=visit.starts_at)


def good(sheet: CheckSheet) -> dict[str, Any]:
    """Every criterion met, every function ticked, concluded as qualified."""
    found: dict[str, Any] = {}
    for name, field in fields(sheet.rows).items():
        if name.endswith(".finding"):
            found[name] = "met"
        elif ".f." in name:
            found[name] = True
        elif name.endswith(".outcome"):
            found[name] = "qualified"
        elif field.kind == "text" and name.endswith(".opinion"):
            found[name] = "系统使用正常，建议扩大联网范围。"
    return found


def sent(sheet: CheckSheet, found: Mapping[str, Any], *, device: str = "a", first: int = 1) -> list[Sent]:
    return [
        Sent(
            key=f"{device}-{first + place}-{sheet.pk}",
            sheet=sheet.pk,
            row=row,
            value=value,
            number=first + place,
        )
        for place, (row, value) in enumerate(found.items())
    ]


def fill(
    world: World, visit: Visit, *, device: str = "a", first: int = 1, by: Actor | None = None, **changes: Any
) -> None:
    """Fill every sheet; `changes` are fields with `__` for the point."""
    for sheet in visit.sheets.order_by("pk"):
        found = good(sheet) | {name.replace("__", "."): value for name, value in changes.items()}
        outcomes = sheets.take_entries(
            visit=visit, device=device, entries=sent(sheet, found, device=device, first=first),
            by=by or lead(world, visit), now=visit.starts_at + timedelta(hours=1),
        )  # fmt: skip
        assert not any(outcomes.values()), outcomes


@once
def closed(world: World, **changes: Any) -> Visit:
    visit = begun(world, **changes)
    fill(world, visit)
    sheets.close_sheets(visit=visit, by=lead(world, visit), now=visit.starts_at + timedelta(hours=2))
    visit.refresh_from_db()
    return visit


def put_name(world: World, visit: Visit, party: str, *, by: Actor | None = None, **changes: Any) -> Visit:
    moment: datetime = changes.pop("now", visit.starts_at + timedelta(hours=2, minutes=10))
    return signing.sign(
        visit=visit, key=changes.pop("key", f"s{next(serial)}"), party=party,
        name=changes.pop("name", "测试签字人"), strokes=changes.pop("strokes", STROKES),
        by=by or lead(world, visit), now=moment, **changes,
    )  # fmt: skip


def signed(world: World, **changes: Any) -> Visit:
    """A visit that every party signed."""
    visit = closed(world, **changes)
    party = "finance_expert" if visit.table == "finance" else "technical_expert"
    for actor in everybody(world, visit):
        visit = put_name(world, visit, party, by=actor)
    for one in ("enterprise", "supplier"):
        if visit.state == "under_way" and not (visit.table == "finance" and one == "enterprise"):
            visit = put_name(world, visit, one)
    return visit


def inspection_of(visit: Visit) -> Inspection:
    row = visit.inspections.order_by("pk").first()
    assert row is not None
    return row
