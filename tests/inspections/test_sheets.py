"""Check sheets: the criteria of the decrees, what a closing refuses, and that no device loses or doubles a line."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.cast import World
from tests.inspections import visits
from yunquan.inspections import visit_invariants
from yunquan.inspections.actions import sheets
from yunquan.inspections.actions.sheets import Sent
from yunquan.inspections.models import CheckSheet, SheetEntry, Visit
from yunquan.inspections.sheet_checks import unfinished
from yunquan.inspections.sheet_fields import fields, frozen_rows
from yunquan.inspections.sheet_merging import Entered, merged, values
from yunquan.inspections.visit_queries import doubts, told
from yunquan.kernel.refusal import Refused
from yunquan.policy.regimes import load_regime

D108, ON = load_regime("d108"), visits.VISITING["d108"].date()


def take(world: World, visit: Visit, *entries: Sent, device: str = "a") -> dict[str, str]:
    return sheets.take_entries(
        visit=visit, device=device, entries=entries, by=visits.lead(world, visit),
        now=visit.starts_at + timedelta(hours=1),
    )  # fmt: skip


def entry(sheet: CheckSheet, row: str, value: Any, number: int, device: str = "a") -> Sent:
    return Sent(key=f"{device}-{number}", sheet=sheet.pk, row=row, value=value, number=number)


def ticked(service: int) -> dict[str, Any]:
    """Findings of a sheet for one service with every function ticked and everything met."""
    rows = frozen_rows(D108, "on_site", [(service, "服务")], ON)
    found: dict[str, Any] = {}
    for name in fields(rows):
        if ".f." in name:
            found[name] = True
        elif name.endswith(".finding"):
            found[name] = "met"
    return found | {"conclusion.outcome": "qualified"}


@pytest.mark.clause("D108-3.3")
@pytest.mark.parametrize("service", range(1, 12))
def test_each_category_asks_for_its_basic_functions_and_an_extended_one(service: int) -> None:
    rows = frozen_rows(D108, "on_site", [(service, "服务")], ON)
    whole = ticked(service)
    assert unfinished(rows, whole) == []
    stem = f"catalogue.f.{service}."
    categories = rows[1]["services"][0]["categories"]
    assert categories, "the official table names something for each service"
    for part in ("b", "e"):
        without = {
            name: value
            for name, value in whole.items()
            if not (name.startswith(stem) and name.rpartition(".")[2].startswith(part))
        }
        expected = ["functions_missing"] if part == "e" or all(one["basic"] for one in categories) else []
        assert [one.code for one in unfinished(rows, without)] == expected
    one = next(name for name in whole if name.startswith(stem) and name.rpartition(".")[2].startswith("e"))
    fewer = {name: value for name, value in whole.items() if ".e" not in name or name == one}
    assert unfinished(rows, fewer) == [], "one extended function is enough"


@pytest.mark.clause("D108-3.3")
def test_all_twelve_categories_of_the_official_table_are_there() -> None:
    named = {one.name for service in range(1, 12) for one in D108.categories(service, ON)}
    assert len(named) == 12


def test_any_one_of_several_categories_is_enough() -> None:
    rows = frozen_rows(D108, "on_site", [(9, "服务")], ON)
    categories = rows[1]["services"][0]["categories"]
    whole = ticked(9)
    for kept in range(len(categories)):
        only = {
            name: value
            for name, value in whole.items()
            if not name.startswith("catalogue.f.") or name.startswith(f"catalogue.f.9.{kept}.")
        }
        assert unfinished(rows, only) == []


@pytest.mark.clause("D108-3.3")
def test_every_unanswered_criterion_is_named_beside_its_field() -> None:
    rows = frozen_rows(D108, "on_site", [(2, "服务")], ON)
    named = {(one.field, one.code) for one in unfinished(rows, {})}
    asked = (
        "genuine.finding",
        "catalogue.finding",
        "contract.finding",
        "amount.finding",
        "conclusion.outcome",
    )
    assert named == {(field, "unanswered") for field in asked}


@pytest.mark.clause("D108-3.3")
def test_a_conclusion_agrees_with_the_rows() -> None:
    rows = frozen_rows(D108, "on_site", [(2, "服务")], ON)
    unmet = ticked(2) | {"contract.finding": "unmet", "contract.remark": "只交付了一半"}
    (refusal,) = unfinished(rows, unmet)
    assert (refusal.code, refusal.article, refusal.field) == (
        "conclusion_disagrees", "D108-3.3", "conclusion.outcome",
    )  # fmt: skip
    failed = unmet | {"conclusion.outcome": "terms_unmet", "conclusion.g.terms_unmet.0": True}
    assert unfinished(rows, failed) == []
    assert [one.code for one in unfinished(rows, {**failed, "conclusion.g.terms_unmet.0": False})] == [
        "ground_missing"
    ]
    without_reason = ticked(2) | {"conclusion.outcome": "fraud", "conclusion.g.fraud.0": True}
    assert [one.code for one in unfinished(rows, without_reason)] == ["conclusion_disagrees"]


@pytest.mark.clause("D26-2")
def test_the_three_standards_of_d26_stand_with_modules_and_prices(world: World) -> None:
    visit = visits.announced(world, regime="d26")
    sheet = visit.sheets.get()
    assert [row["label"] for row in sheet.rows] == ["实施真实", "财务规范", "功能完整", "整体结论"]
    known = sheet.prefilled["parts"]
    assert any("功能模块：模块一" in text for text in known["products"])
    assert any("收费标准：按年订阅" in text for text in known["products"])
    assert known["invoices"] and known["payments"]


@pytest.mark.clause("D108-3.2")
def test_the_finance_table_has_a_row_for_each_contract(world: World) -> None:
    visit = visits.begun(world, table="finance", vouchers=[world.approved(), world.approved()])
    assert [[row["code"] for row in sheet.rows] for sheet in visit.sheets.all()] == [
        ["contract", "invoice", "payment", "conclusion"]
    ] * 2
    with pytest.raises(Refused) as raised:
        sheets.close_sheets(visit=visit, by=visits.lead(world, visit), now=visit.starts_at)
    assert len(raised.value.refusals) == 8
    assert {one.field.partition("-")[0] for one in raised.value.refusals} == {
        f"s{sheet.pk}" for sheet in visit.sheets.all()
    }
    visits.fill(world, visit)
    assert sheets.close_sheets(visit=visit, by=visits.lead(world, visit), now=visit.starts_at)


def test_what_is_sent_ten_times_counts_once(world: World) -> None:
    visit = visits.begun(world)
    sheet = visit.sheets.get()
    for _ in range(10):
        assert take(world, visit, entry(sheet, "genuine.finding", "met", 1)) == {"a-1": ""}
    assert SheetEntry.objects.count() == 1


def test_a_bad_entry_keeps_no_good_one_back(world: World) -> None:
    visit = visits.begun(world)
    sheet = visit.sheets.get()
    said = take(
        world, visit, entry(sheet, "genuine.finding", "maybe", 1), entry(sheet, "no.such", "x", 2),
        entry(sheet, "genuine.remark", "x" * 3000, 3), entry(sheet, "catalogue.f.2.0.b0", "yes", 4),
        entry(sheet, "genuine.remark", "能登录", 5),
    )  # fmt: skip
    assert [key for key, why in said.items() if not why] == ["a-5"] and len(said) == 5
    assert CheckSheet.objects.get().findings == {"genuine.remark": "能登录"}


def test_two_devices_that_differ_are_decided_and_shown(world: World) -> None:
    visit = visits.begun(world)
    sheet = visit.sheets.get()
    take(world, visit, entry(sheet, "genuine.finding", "met", 9, "a"), device="a")
    take(world, visit, entry(sheet, "genuine.finding", "unmet", 1, "b"), device="b")
    word = told(sheet)["genuine.finding"]
    assert word.value == "unmet" and [other.value for other in word.others] == ["met"]
    # What the first device entered earlier and sends only now changes nothing: its own later word holds.
    take(world, visit, entry(sheet, "genuine.finding", "na", 3, "a"), device="a")
    assert told(sheet)["genuine.finding"].value == "unmet"


def test_a_wrong_clock_of_a_device_orders_nothing(world: World) -> None:
    visit = visits.begun(world)
    sheet = visit.sheets.get()
    past, future = visit.starts_at - timedelta(days=4000), visit.starts_at + timedelta(days=4000)
    one = Sent(key="1", sheet=sheet.pk, row="genuine.finding", value="met", number=1, at=future)
    two = Sent(key="2", sheet=sheet.pk, row="genuine.finding", value="unmet", number=2, at=past)
    take(world, visit, two, one)
    assert CheckSheet.objects.get().findings == {"genuine.finding": "unmet"}
    assert SheetEntry.objects.get(key="1").received_at < SheetEntry.objects.get(key="1").entered_at


def test_entries_stay_as_they_came(world: World) -> None:
    visit = visits.begun(world)
    take(world, visit, entry(visit.sheets.get(), "genuine.finding", "met", 1))
    with pytest.raises(IntegrityError), transaction.atomic():
        SheetEntry.objects.update(value="unmet")


def test_a_sheet_that_is_not_what_was_entered_is_found(world: World) -> None:
    visit = visits.begun(world)
    visits.fill(world, visit)
    assert list(visit_invariants.breaches()) == []
    CheckSheet.objects.update(findings={"genuine.finding": "unmet"})
    assert [one.row for one in visit_invariants.breaches()] == [f"sheet:{visit.sheets.get().pk}"]


@pytest.mark.clause("D108-A2")
def test_an_amount_in_doubt_is_kept_with_its_reason(world: World) -> None:
    visit = visits.begun(world)
    visits.fill(world, visit, amount__finding="doubt", amount__remark="高于同类合同三成")
    assert doubts(visits.inspection_of(visit)) == ["高于同类合同三成"]


FIELDS = ("genuine.finding", "contract.finding", "genuine.remark")
WORDS = st.sampled_from(["met", "unmet", "na", ""])


@st.composite
def entries_of_devices(draw: Any) -> list[Entered]:
    """What up to three devices entered, each field of one device only in the order of its own numbers."""
    rows = []
    for device in ("a", "b", "c"):
        for number in range(draw(st.integers(0, 5))):
            rows.append(Entered(draw(st.sampled_from(FIELDS)), draw(WORDS), device, number, 0))
    return rows


def arriving(rows: list[Entered]) -> list[Entered]:
    """The same rows with the order of arrival written on them; of a key that comes twice only the first is kept."""
    seen: dict[tuple[str, int], Entered] = {}
    for place, row in enumerate(rows):
        key = (row.device, row.number)
        seen.setdefault(key, Entered(row.field, row.value, row.device, row.number, place))
    return list(seen.values())


@settings(max_examples=300, deadline=None)
@given(entries_of_devices(), st.randoms(use_true_random=False))
def test_one_device_merges_alike_in_any_order_and_however_often(
    rows: list[Entered], chance: random.Random
) -> None:
    mine = [row for row in rows if row.device == "a"]
    mixed = [*mine, *chance.sample(mine, len(mine) // 2)]
    chance.shuffle(mixed)
    assert values(arriving(mixed)) == values(arriving(mine))


@settings(max_examples=300, deadline=None)
@given(entries_of_devices(), st.randoms(use_true_random=False))
def test_what_came_again_later_changes_nothing(rows: list[Entered], chance: random.Random) -> None:
    chance.shuffle(rows)
    again = [*rows, *chance.choices(rows, k=len(rows))] if rows else []
    assert values(arriving(again)) == values(arriving(rows))
    told_now = merged(arriving(rows))
    for field, word in told_now.items():
        own = [row for row in rows if row.field == field]
        assert word.value in {row.value for row in own}
        latest = {row.device: row for row in sorted(own, key=lambda row: row.number)}
        assert {other.value for other in word.others} == {row.value for row in latest.values()} - {word.value}


def test_merging_by_arrival_alone_would_be_noticed() -> None:
    """The negative control: a merge that trusts the order of arrival differs when batches of a device swap."""
    early, late = Entered("x", "met", "a", 1, 1), Entered("x", "unmet", "a", 2, 0)
    by_arrival = sorted([early, late], key=lambda row: row.arrived)[-1].value
    assert values([early, late])["x"] == "unmet" != by_arrival
