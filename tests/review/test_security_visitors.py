"""What a visitor can do from outside: limits that count the whole hour, no shared cache of a form's token."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client, RequestFactory

from tests.cast import World


@pytest.fixture
def kept_cache(settings: Any, tmp_path: Path) -> Any:
    """The cache of an installation: files."""
    settings.CACHES = {"default": {**_installed(), "LOCATION": str(tmp_path / "cache")}}
    yield cache
    cache.clear()


def _installed() -> dict[str, Any]:
    from yunquan.config import settings as house

    return dict(house.CACHES["default"])


def test_a_limit_of_an_hour_counts_the_whole_hour(kept_cache: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from yunquan.desks.shared.limits import within_limit

    request = RequestFactory().get("/")
    start = time.time() // 3600 * 3600 + 60
    moment = [start]
    monkeypatch.setattr(time, "time", lambda: moment[0])
    allowed = []
    for _ in range(12):
        allowed.append(within_limit(request, "objection", times=5))
        moment[0] += 290  # Just under and over the five minutes that a cache keeps by default.
    assert allowed == [True] * 5 + [False] * 7
    moment[0] = start + 3700
    assert within_limit(request, "objection", times=5)


def test_the_cache_keeps_more_than_a_few_hundred_limits() -> None:
    assert _installed()["OPTIONS"]["MAX_ENTRIES"] >= 10_000


def _account(number: int, **changes: str) -> dict[str, str]:
    return {
        "name": f"测试登记第{number}公司",
        "uscc": "",
        "person_name": "测试",
        "username": f"limit{number}",
        "password": "harbour-9-lantern",
        "password_again": "harbour-9-lantern",
        **changes,
    }


@pytest.mark.parametrize("door", ["/enterprise/register/", "/supplier/register/"])
def test_one_address_cannot_try_registrations_without_end(world: World, kept_cache: Any, door: str) -> None:
    client = Client()
    answers = [client.post(door, _account(number)) for number in range(70)]
    assert answers[0].status_code == 422
    last = answers[-1].content.decode()
    assert "过多" in last and "测试登记第69公司" in last, "what was typed stays"


def test_a_page_with_a_token_is_in_no_shared_cache(world: World) -> None:
    world.approved()
    published = world.published()
    line = published.lines.get()
    for place in (
        f"/publicity/{published.pk}/lines/{line.pk}/objection/",
        "/suppliers/",
        "/objections/?code=YYABC",
    ):
        answer = Client().get(place)
        if answer.cookies or "csrfmiddlewaretoken" in answer.content.decode() or answer.status_code != 200:
            assert "public" not in answer["Cache-Control"], place
    plain = Client().get("/catalogue/")
    assert plain["Cache-Control"].startswith("public") and not plain.cookies
