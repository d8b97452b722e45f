"""Tokens are shown once, end in time, and speak for one appointment."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.api.conftest import appointment_of
from tests.cast import APPLYING, World
from yunquan.api import access, actions, queries
from yunquan.api.models import ApiToken
from yunquan.journal.models import LogEntry
from yunquan.kernel.refusal import Refused
from yunquan.parties.models import Appointment

pytestmark = pytest.mark.django_db


def _create(world: World, who: str = "dg_enterprise", **changes: Any) -> actions.Issued:
    form = {"name": "ERP 对接", "days": 30, "may_write": True, "by": world[who], "now": APPLYING}
    return actions.create_token(appointment=appointment_of(world[who]), **{**form, **changes})


def test_only_the_hash_of_a_token_is_kept(world: World) -> None:
    issued = _create(world)
    row = ApiToken.objects.get()
    kept = [str(getattr(row, field.attname)) for field in ApiToken._meta.concrete_fields]
    assert issued.text.startswith("yq_")
    assert issued.text not in kept
    assert row.digest == actions.digest_of(issued.text)
    assert issued.text not in "".join(LogEntry.objects.values_list("entry", flat=True))


def test_a_token_speaks_for_its_appointment(world: World) -> None:
    found = access.caller_of(_create(world).text, APPLYING)
    assert found is not None
    assert found.actor == world["dg_enterprise"]
    assert found.may_write


def test_a_token_is_found_in_one_query(world: World, django_assert_num_queries: Any) -> None:
    text = _create(world).text
    with django_assert_num_queries(1):
        access.caller_of(text, APPLYING)


@pytest.mark.parametrize("text", ["", "yq_wrong", "x" * 5000, "yq_\x00", "令牌"])
def test_anything_else_speaks_for_nobody(world: World, text: str) -> None:
    assert access.caller_of(text, APPLYING) is None


def test_a_token_ends_with_its_last_day_its_revocation_or_its_appointment(world: World) -> None:
    text = _create(world, days=30).text
    assert access.caller_of(text, APPLYING + timedelta(days=31)) is None
    other = _create(world)
    actions.revoke_token(token=other.token, by=world["dg_enterprise"], now=APPLYING)
    assert access.caller_of(other.text, APPLYING) is None
    Appointment.objects.filter(pk=appointment_of(world["dg_enterprise"]).pk).update(revoked_at=APPLYING)
    assert access.caller_of(text, APPLYING) is None


def test_every_reason_against_a_token_is_said_at_once(world: World) -> None:
    with pytest.raises(Refused) as refused:
        _create(world, name="  ", days=4000, by=world["fs_reviewer"])
    assert set(refused.value.codes) == {"not_your_appointment", "name_missing", "days_out_of_range"}


@pytest.mark.parametrize("name", ["system_admin", "security_admin", "audit_admin", "expert"])
def test_administrators_and_experts_act_in_person(world: World, name: str) -> None:
    with pytest.raises(Refused) as refused:
        _create(world, name)
    assert refused.value.codes == ("role_without_token",)


def test_a_token_is_revoked_once(world: World) -> None:
    token = _create(world).token
    actions.revoke_token(token=token, by=world["dg_enterprise"], now=APPLYING)
    with pytest.raises(Refused):
        actions.revoke_token(token=token, by=world["dg_enterprise"], now=APPLYING)


@pytest.mark.clause("D47-5.2")
def test_an_organisation_sees_its_own_tokens_only(world: World) -> None:
    token = _create(world).token
    assert [row["name"] for row in queries.tokens_of(world["dg_enterprise"], APPLYING)] == ["ERP 对接"]
    for stranger in ("supplier", "dg_reviewer", "fs_reviewer", "expert", "auditor"):
        assert access.token_for(world[stranger], token.pk) is None
    assert access.token_for(world["security_admin"], token.pk) == token
