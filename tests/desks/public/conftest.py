"""Visitors of the public pages: a clock that stands, a cache that counts, unknown variables that fail."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.conf import settings as house
from django.core.cache import cache

from tests.cast import World, at
from yunquan.journal import clock
from yunquan.settlement.models import SettlementList


class LoudVariable(str):
    """What a template puts in place of an unknown variable: an error."""

    __slots__ = ()

    def __contains__(self, part: object) -> bool:
        return part == "%s"

    def __mod__(self, name: object) -> str:
        raise AssertionError(f"unknown template variable: {name}")


@pytest.fixture(autouse=True)
def loud_templates(settings: Any) -> None:
    """An unknown variable in a page fails the test."""
    templates = copy.deepcopy(house.TEMPLATES)
    templates[0]["OPTIONS"]["string_if_invalid"] = LoudVariable("%s")
    settings.TEMPLATES = templates


@pytest.fixture(autouse=True)
def counting_cache(settings: Any) -> Any:
    """Limits need a cache that keeps its counts for the test."""
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def set_clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """Put the one clock to a moment; it stands within the publicity of the cast's list until then."""

    def put(moment: datetime) -> None:
        monkeypatch.setattr(clock, "read", lambda: moment)

    put(at("2019-04-10 10:00"))
    return put


@pytest.fixture
def published(world: World, set_clock: Any) -> SettlementList:
    """A list of one voucher of 东莞, in public since 2019-04-08."""
    world.approved()
    return world.published()
