"""An expert's visits: the whole path as plain forms, and a device's queue that is answered once for each key."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from django.test import Client
from PIL import Image

from tests.cast import World
from tests.desks.officials import hold_clock
from tests.inspections import visits
from yunquan.inspections.actions import handing
from yunquan.inspections.models import Photo, Presence, SheetEntry, Signature, Visit

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def concluded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    told: list[str] = []
    monkeypatch.setattr(handing, "_conclude", lambda inspection, **facts: told.append(facts["outcome"]))
    return told


@pytest.fixture
def day(monkeypatch: pytest.MonkeyPatch) -> None:
    hold_clock(monkeypatch, visits.VISITING["d108"])


def browser(world: World, visit: Visit) -> Client:
    client = Client()
    client.force_login(world.person(visits.lead(world, visit)))
    return client


def picture() -> io.BytesIO:
    place = io.BytesIO()
    Image.new("RGB", (40, 30), "navy").save(place, "JPEG")
    place.seek(0)
    place.name = "现场.jpg"
    return place


def queue(client: Client, visit: Visit, *ops: dict[str, Any], device: str = "phone") -> dict[str, Any]:
    body = json.dumps({"device": device, "ops": ops})
    answer = client.post(f"/expert/visits/{visit.pk}/sync", body, content_type="application/json")
    assert answer.status_code == 200, answer.content
    told: dict[str, Any] = answer.json()
    return told


def test_my_visits_stand_with_today_first(world: World, day: Any) -> None:
    visit = visits.announced(world)
    page = browser(world, visit).get("/expert/visits/").content.decode()
    assert page.index("今天") < page.index(world.enterprise.name) and f"/expert/visits/{visit.pk}/" in page


def test_strangers_and_planned_visits_are_not_there(world: World, day: Any) -> None:
    visit = visits.appointed(world)
    client = browser(world, visit)
    assert client.get(f"/expert/visits/{visit.pk}/").status_code == 404
    elsewhere = world.issue(world.confirm(world.apply("fs_enterprise")), reviewer="fs_reviewer")
    announced = visits.announced(
        world, experts=visits.stage.experts(world, 4)[2:], vouchers=[elsewhere], starts_at=visit.ends_at
    )
    for path in ("", "sync", "state", "table.pdf", "photos/1.png", "do/begin"):
        assert client.get(f"/expert/visits/{announced.pk}/{path}").status_code in (404, 405)
    client.force_login(world.person(world["dg_reviewer"]))
    assert client.get(f"/expert/visits/{announced.pk}/").status_code == 404


@pytest.mark.clause("D108-3.3")
def test_a_whole_visit_without_scripts(world: World, day: Any, concluded: list[str]) -> None:
    visit = visits.announced(world)
    client, base = browser(world, visit), f"/expert/visits/{visit.pk}/"
    page = client.get(base)
    assert page.status_code == 200 and "开始检查" in page.content.decode()
    refused = client.post(f"{base}do/begin", {"once": "b0"})
    assert refused.status_code == 422 and "还没有登记到场" in refused.content.decode()
    for place, party in enumerate(("technical_expert", "enterprise", "supplier")):
        sent = {"once": f"p{place}", "party": party, "name": f"测试{place}"}
        assert client.post(f"{base}do/presence", sent).status_code == 302
    assert Presence.objects.count() == 3
    assert client.post(f"{base}do/begin", {"once": "b1"}).status_code == 302
    open_yet = client.post(f"{base}do/close", {"once": "c0"})
    assert open_yet.status_code == 422 and open_yet.content.decode().count("还没有给出检查结论") >= 4
    sheet = visit.sheets.get()
    form = {
        f"s{sheet.pk}-{name}": "1" if value is True else value for name, value in visits.good(sheet).items()
    }
    assert client.post(f"{base}sheets/{sheet.pk}", {**form, "once": "form"}).status_code == 302
    count = SheetEntry.objects.count()
    again = {f"was-{name}": value for name, value in form.items()}
    client.post(f"{base}sheets/{sheet.pk}", {**form, **again, "once": "form2"})
    assert SheetEntry.objects.count() == count
    assert (
        client.post(f"{base}photos", {"once": "f1", "photo": picture(), "caption": "看板"}).status_code == 302
    )
    photo = Photo.objects.get()
    assert client.get(f"{base}photos/{photo.pk}.png").headers["Content-Type"] == "image/png"
    client.post(f"{base}do/dispute", {"once": "d1", "dispute": "金额有异议"})
    assert client.post(f"{base}do/close", {"once": "c1"}).status_code == 302
    for party, name in (("technical_expert", ""), ("enterprise", "甲"), ("supplier", "乙")):
        sent = {"once": f"s{party}", "party": party, "name": name, "strokes": "[[1,2,3,4]]", "agrees": "yes"}
        assert client.post(f"{base}do/sign", sent).status_code == 302
    assert Visit.objects.get().state == "under_way"
    other = visits.everybody(world, visit)[1]
    client.force_login(world.person(other))
    client.post(f"{base}do/sign", {"once": "last", "party": "technical_expert", "strokes": "[]"})
    assert Visit.objects.get().state == "signed"
    assert client.get(f"{base}table.pdf").content.startswith(b"%PDF-")
    assert client.get(f"{base}table.xlsx").content.startswith(b"PK")
    assert client.get(f"{base}blank.pdf").content.startswith(b"%PDF-")
    assert "polyline" in client.get(base).content.decode()


def met(sheet: Any, key: str) -> dict[str, Any]:
    """An entry as a device sends it: the first criterion is met."""
    return {
        "key": key, "number": 1, "kind": "entry", "sheet": sheet.pk, "row": "genuine.finding", "value": "met",
    }  # fmt: skip


def test_a_queue_is_answered_for_each_key_and_once(world: World, day: Any) -> None:
    visit = visits.begun(world)
    client, sheet = browser(world, visit), visit.sheets.get()
    good = met(sheet, "k1")
    bad = {"key": "k2", "number": 2, "kind": "entry", "sheet": sheet.pk, "row": "nothing", "value": "met"}
    there = {"key": "k3", "number": 3, "kind": "presence", "party": "city", "name": "某"}
    for _ in range(3):
        told = queue(client, visit, good, bad, there)
        assert told["outcomes"]["k1"] == [] == told["outcomes"]["k3"] and told["outcomes"]["k2"]
    assert SheetEntry.objects.count() == 1 and Presence.objects.filter(party="city").count() == 1
    assert told["findings"] == {str(sheet.pk): {"genuine.finding": "met"}}


def test_a_whole_visit_from_a_queue_that_comes_late(world: World, day: Any, concluded: list[str]) -> None:
    """Everything was done without network; the batches come in any size, some twice."""
    visit = visits.announced(world, experts=visits.stage.experts(world, 1))
    client, sheet = browser(world, visit), visit.sheets.get()
    whole = visits.good(sheet)
    steps: list[dict[str, Any]] = [
        {"kind": "presence", "party": party, "name": party}
        for party in ("technical_expert", "enterprise", "supplier")
    ]
    steps.append({"kind": "begin"})
    steps += [
        {"kind": "entry", "sheet": sheet.pk, "row": row, "value": value} for row, value in whole.items()
    ]
    steps.append({"kind": "close"})
    seen = {str(sheet.pk): whole}
    for party in ("technical_expert", "enterprise", "supplier"):
        steps.append({"kind": "sign", "party": party, "name": "甲", "strokes": [[1, 2, 3, 4]], "shown": seen})
    ops = [
        {**step, "key": f"k{place}", "number": place, "at": "1999-01-01T00:00:00Z"}
        for place, step in enumerate(steps, 1)
    ]
    for start in (0, 0, 3, 9):
        told = queue(client, visit, *ops[start : start + 12])
        assert not any(told["outcomes"].values()), told["outcomes"]
    told = queue(client, visit, *ops)
    assert told["state"] == "signed" and SheetEntry.objects.count() == len(whole)
    assert Signature.objects.count() == 3 and Presence.objects.count() == 3


@pytest.mark.parametrize(
    "body",
    ["", "[]", "{}", '{"device":"","ops":[]}', '{"device":"a","ops":[1]}', '{"device":"a","ops":[{"key":"k"}]}',
     '{"device":"a","ops":[{"key":"k","number":-1}]}', '{"device":"a","ops":[{"key":"k","number":true}]}', "[" * 100000],
)  # fmt: skip
def test_what_is_no_queue_is_refused(world: World, day: Any, body: str) -> None:
    visit = visits.begun(world)
    answer = browser(world, visit).post(
        f"/expert/visits/{visit.pk}/sync", body, content_type="application/json"
    )
    assert answer.status_code == 400 and answer.json()["error"]


@pytest.mark.parametrize(
    "step",
    [
        {"kind": "sign", "party": "enterprise", "name": 5, "strokes": "x", "shown": {"a": 1}},
        {"kind": "sign", "party": ["x"], "strokes": {"a": 1}},
        {"kind": "entry", "sheet": "1", "row": None, "value": {"a": [1]}},
        {"kind": "conduct", "lines": [None, "x", 99]},
        {"kind": "leave", "of": None}, {"kind": "obstruct"}, {"kind": "dispute", "dispute": 7}, {"kind": "nothing"}, {},
    ],
)  # fmt: skip
def test_a_senseless_step_is_refused_in_words_and_breaks_nothing(
    world: World, day: Any, step: dict[str, Any]
) -> None:
    visit = visits.begun(world)
    told = queue(browser(world, visit), visit, {**step, "key": "k", "number": 1})
    assert told["state"] == "under_way"
    assert told["outcomes"]["k"] or step.get("kind") == "conduct"


@pytest.mark.parametrize("name", ["照片.jpg", "x.png"])
def test_a_hostile_photograph_is_refused(world: World, day: Any, name: str) -> None:
    visit = visits.begun(world)
    file = io.BytesIO(b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>")
    file.name = name
    answer = browser(world, visit).post(f"/expert/visits/{visit.pk}/photos", {"once": "x", "photo": file})
    assert answer.status_code == 422 and "只收 JPEG 或 PNG" in answer.content.decode()
    assert Photo.objects.count() == 0


def test_a_photograph_sent_twice_is_one(world: World, day: Any) -> None:
    visit = visits.begun(world)
    client = browser(world, visit)
    for _ in range(2):
        answer = client.post(
            f"/expert/visits/{visit.pk}/photos",
            {"key": "one", "photo": picture()},
            headers={"accept": "application/json"},
        )
        assert answer.json()["refused"] == []
    assert Photo.objects.count() == 1


def test_the_calendar_file_has_my_visits(world: World, day: Any) -> None:
    visit = visits.announced(world)
    text = browser(world, visit).get("/expert/visits/visits.ics").content.decode()
    assert "DTSTART:20190424T013000Z" in text and f"UID:visit-{visit.pk}@" in text
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))


def test_an_expert_withdraws(world: World, day: Any) -> None:
    visit = visits.announced(world)
    client = browser(world, visit)
    assert (
        client.post(f"/expert/visits/{visit.pk}/recuse", {"once": "r", "reason": "同学"}).status_code == 302
    )
    assert client.get(f"/expert/visits/{visit.pk}/").status_code == 404


def test_pages_ask_as_much_with_more_sheets(
    world: World, day: Any, django_assert_max_num_queries: Any
) -> None:
    visit = visits.begun(world, vouchers=[world.approved(), world.approved(), world.approved()])
    client = browser(world, visit)
    client.get(f"/expert/visits/{visit.pk}/")
    with django_assert_max_num_queries(45):
        assert client.get(f"/expert/visits/{visit.pk}/").status_code == 200


def test_a_device_sends_nothing_of_another_person(world: World, day: Any) -> None:
    visit = visits.begun(world)
    client, sheet = browser(world, visit), visit.sheets.get()
    body = {"device": "phone", "ops": [met(sheet, "k")]}
    path, other = f"/expert/visits/{visit.pk}/sync", {"x-person": "person:999999"}
    answer = client.post(path, json.dumps(body), content_type="application/json", headers=other)
    assert answer.status_code == 409 and SheetEntry.objects.count() == 0
    photo = client.post(f"/expert/visits/{visit.pk}/photos", {"key": "x", "photo": picture()}, headers=other)
    assert photo.status_code == 409 and Photo.objects.count() == 0
