"""What the tests of the officials' desks stand on: a moment, a logged-in client, loud templates."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from tests.cast import World, at
from yunquan.evidence.models import DeclaredParty
from yunquan.journal import clock
from yunquan.vouchers.models import Voucher

UNKNOWN = "UNKNOWN["


@pytest.fixture(autouse=True)
def loud_templates(settings: Any) -> None:
    """A variable that a template names and no view gives shows on the page."""
    first = settings.TEMPLATES[0]
    options = {**first["OPTIONS"], "string_if_invalid": "UNKNOWN[%s]"}
    settings.TEMPLATES = [{**first, "OPTIONS": options}]
    settings.SECOND_FACTOR_REQUIRED = False


@pytest.fixture
def moment(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], datetime]:
    """Move the clock that the pages read."""

    def move(text: str) -> datetime:
        now = at(text)
        hold_clock(monkeypatch, now)
        return now

    move("2018-12-10 10:00")
    return move


def hold_clock(patch: pytest.MonkeyPatch, now: datetime) -> None:
    """Let the one clock, which on PostgreSQL is the server's, stand still at a moment."""
    patch.setattr(clock, "read", lambda: now)


@pytest.fixture
def enter(world: World, moment: Any) -> Callable[[str], Client]:
    """A client logged in as one of the cast."""

    def entered(name: str) -> Client:
        client = Client()
        client.force_login(world.person(world[name]), backend="django.contrib.auth.backends.ModelBackend")
        return client

    return entered


def paid_by_its_parent(world: World, voucher: Voucher) -> DeclaredParty:
    """The proof of a claim shows the enterprise's parent as payer, and the enterprise declared it so."""
    proof = voucher.claim_proofs.get().proof
    type(proof).objects.filter(pk=proof.pk).update(payer_name="虚构母公司（测试）有限公司")
    party = DeclaredParty.objects.create(
        part="payer", name="虚构母公司（测试）有限公司", relation="parent", reason="集团统一付款",
        file=world.file(world["dg_enterprise"]),
    )  # fmt: skip
    voucher.claim_parties.create(party=party)
    return party


def file_of(answer: Any) -> bytes:
    """The whole of a download; reading it to its end closes the file."""
    assert answer.status_code == 200
    return b"".join(answer.streaming_content)


def text_of(answer: Any, status: int = 200) -> str:
    """The page's text, with no unknown variable in it."""
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    page = content.decode()
    assert answer.status_code == status, (answer.status_code, page[:2000])
    assert UNKNOWN not in page, page[page.index(UNKNOWN) - 200 : page.index(UNKNOWN) + 100]
    return page
