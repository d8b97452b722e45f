"""Callers of the API: a token for each member of the cast, and a clock that stands where a test puts it."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from tests.cast import APPLYING, World
from yunquan.api import actions
from yunquan.journal import clock
from yunquan.kernel.workflow import Actor
from yunquan.parties.models import Appointment


@pytest.fixture
def set_clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """Put the one clock to a moment; it stands at the time of applying until then."""

    def put(moment: datetime) -> None:
        monkeypatch.setattr(clock, "read", lambda: moment)

    put(APPLYING)
    return put


@dataclass
class Caller:
    """A system that calls the API with a token."""

    token: str
    keys: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def get(self, path: str, **query: Any) -> Any:
        return Client().get(f"/api/v1{path}", query, headers=self.headers())

    def send(self, path: str, body: Any = None, *, method: str = "post", key: str = "") -> Any:
        headers = self.headers() | {"Idempotency-Key": key or f"key-{next(self.keys)}"}
        sent = body if isinstance(body, bytes) else json.dumps(body) if body is not None else ""
        call = getattr(Client(), method)
        return call(f"/api/v1{path}", sent, content_type="application/json", headers=headers)

    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}


def appointment_of(actor: Actor) -> Appointment:
    """The appointment behind a member of the cast."""
    rows = Appointment.objects.select_related("person", "enterprise", "supplier", "bureau")
    return rows.get(person_id=int(actor.person.partition(":")[2]))


@pytest.fixture
def caller(world: World, set_clock: Any) -> Callable[..., Caller]:
    """A caller for a member of the cast: `caller("dg_enterprise")`."""

    def give(name: str, *, may_write: bool = True, days: int = 366) -> Caller:
        issued = actions.create_token(
            appointment=appointment_of(world[name]),
            name="测试系统",
            days=days,
            may_write=may_write,
            by=world[name],
            now=APPLYING - timedelta(days=1),
        )
        return Caller(issued.text)

    return give
