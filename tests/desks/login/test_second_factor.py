"""Officials need a second factor where the installation demands it; a forgotten password sends no mail."""

from __future__ import annotations

import pytest
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.test import Client

from tests.cast import World


@pytest.fixture
def demanding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "SECOND_FACTOR_REQUIRED", True)


def test_an_official_without_a_second_factor_is_led_to_set_one_up(
    world: World, client: Client, demanding: None
) -> None:
    client.force_login(world.person(world["dg_reviewer"]), "django.contrib.auth.backends.ModelBackend")
    answer = client.get("/city/")
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/2fa/")
    assert client.get("/accounts/2fa/").status_code == 200


def test_an_official_with_a_second_factor_comes_in(world: World, client: Client, demanding: None) -> None:
    person = world.person(world["dg_reviewer"])
    Authenticator.objects.create(user=person, type=Authenticator.Type.TOTP, data={"secret": "x"})
    client.force_login(person, "django.contrib.auth.backends.ModelBackend")
    assert client.get("/city/").status_code == 200


def test_an_enterprise_needs_none(world: World, client: Client, demanding: None) -> None:
    client.force_login(world.person(world["dg_enterprise"]), "django.contrib.auth.backends.ModelBackend")
    assert client.get("/enterprise/").status_code == 200


def test_a_forgotten_password_says_whom_to_ask(client: Client, db: None) -> None:
    answer = client.get("/accounts/password/reset/")
    assert answer.status_code == 200
    assert "系统管理员" in answer.content.decode()
