"""A supplier at the pages, and the clock that the pages read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from tests.cast import APPLYING, World
from yunquan.journal import clock

Enter = Callable[[str], Client]


@pytest.fixture
def at_moment(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """Set the one clock; it starts on the day of applying."""

    def turn(moment: datetime) -> None:
        monkeypatch.setattr(clock, "read", lambda: moment)

    turn(APPLYING)
    return turn


@pytest.fixture
def enter(world: World, at_moment: Callable[[datetime], None], settings: Any) -> Enter:
    """A browser logged in as one of the cast; the second factor of officials is tried elsewhere."""
    settings.SECOND_FACTOR_REQUIRED = False

    def log_in(name: str) -> Client:
        client = Client()
        client.force_login(world.person(world[name]), backend="django.contrib.auth.backends.ModelBackend")
        return client

    return log_in
