"""The award calculator, the calendar to subscribe to, and the open data with its dictionary."""

from __future__ import annotations

import csv
import html
import json
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from tests.cast import World, at
from yunquan.desks.public.open_data import DATASETS
from yunquan.policy.award import AwardLine, award
from yunquan.programme.queries import current_rulebook

pytestmark = pytest.mark.django_db


def get(place: str) -> Any:
    return Client().get(place)


def said(answer: Any) -> str:
    return html.unescape(answer.content.decode())


@pytest.mark.clause("D47-4.4.2", "D47-4.4.3")
def test_the_calculator_tells_what_the_award_function_tells(world: World, set_clock: Any) -> None:
    set_clock(at("2018-11-01 10:00"))
    page = said(get("/reckoning/?service0=1&fee0=250000&service2=2&fee2=60,000.00&devices2=12&before=450000"))
    lines = [AwardLine(1, 25_0000_00), AwardLine(2, 6_0000_00, 12)]
    told = award(lines, current_rulebook(), at("2018-11-01 10:00").date(), already_awarded_fen=45_0000_00)
    assert f"{told.award_fen // 100:,}.00" in page
    assert told.is_cut and "按剩余额度核定" in page


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("service0=1", "fee0"),
        ("fee1=100", "service1"),
        ("service0=2&fee0=100", "devices0"),
        ("service1=1&fee1=5&service3=1&fee3=6", "service3"),
        ("service0=1&fee0=1e5", "fee0"),
        ("size=small", "service0"),
    ],
)
def test_every_fault_of_the_calculator_stands_beside_its_field(
    world: World, set_clock: Any, query: str, field: str
) -> None:
    set_clock(at("2018-11-01 10:00"))
    answer = get(f"/reckoning/?{query}")
    assert answer.status_code == 422
    assert f'id="id_{field}_error"' in said(answer)


def test_closings_can_be_subscribed_to(world: World, set_clock: Any) -> None:
    set_clock(at("2018-11-01 10:00"))
    answer = get("/deadlines/calendar.ics")
    assert answer["Content-Type"].startswith("text/calendar")
    lines = answer.content.decode().split("\r\n")
    assert all(len(line.encode()) <= 75 for line in lines)
    assert lines.count("BEGIN:VEVENT") == 2
    assert "DTEND:20181231T090000Z" in lines


@pytest.mark.parametrize("one", DATASETS, ids=lambda one: one.code)
def test_each_dataset_has_the_columns_of_its_dictionary(world: World, set_clock: Any, one: Any) -> None:
    set_clock(at("2019-06-01 10:00"))
    cache.clear()
    world.approved()
    world.standing()
    answer = get(f"/data/{one.code}.csv")
    assert answer.status_code == 200
    rows = list(csv.reader(b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()))
    told = json.loads(get("/data/dictionary.json").content)["datasets"]
    (described,) = [row for row in told if row["code"] == one.code]
    heads = [column["title"] for column in described["columns"]]
    assert heads in rows
    body = rows[rows.index(heads) + 1 :]
    assert body
    assert all(len(row) == len(heads) for row in body)
    assert one.title in said(get("/data/"))


def test_an_unknown_dataset_is_not_there(world: World) -> None:
    assert get("/data/nosuch.csv").status_code == 404
