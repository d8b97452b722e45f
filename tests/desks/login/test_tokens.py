"""An organisation's own system gets a token on a page; it is shown once and can be taken back."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from tests.cast import World
from yunquan.api.models import ApiToken


def _client(world: World, name: str) -> Client:
    client = Client()
    client.force_login(world.person(world[name]), "django.contrib.auth.backends.ModelBackend")
    return client


@pytest.mark.clause("D47-5.2")
def test_a_token_is_shown_once_works_and_can_be_taken_back(world: World) -> None:
    client = _client(world, "dg_enterprise")
    page = client.post("/desk/tokens/", {"name": "ERP 对接", "days": "30", "may_write": "on"})
    found = re.search(r"yq_[\w-]{20,}", page.content.decode())
    assert found is not None
    header = {"HTTP_AUTHORIZATION": f"Bearer {found[0]}"}
    assert Client().get("/api/v1/vouchers", **header).status_code == 200
    assert found[0] not in client.get("/desk/tokens/").content.decode()
    token = ApiToken.objects.get()
    assert client.post(f"/desk/tokens/{token.pk}/revoke").status_code == 302
    assert Client().get("/api/v1/vouchers", **header).status_code == 401


def test_a_wrong_form_keeps_what_was_typed(world: World) -> None:
    page = _client(world, "supplier").post("/desk/tokens/", {"name": "", "days": "9999"})
    assert page.status_code == 422
    assert "9999" in page.content.decode()


def test_a_stranger_finds_no_token(world: World) -> None:
    _client(world, "dg_enterprise").post("/desk/tokens/", {"name": "ERP", "days": "30"})
    token = ApiToken.objects.get()
    assert _client(world, "fs_enterprise").post(f"/desk/tokens/{token.pk}/revoke").status_code == 404
    assert Client().get("/desk/tokens/").status_code == 302
