"""Day-to-day work for an operator: the named acts alone, recorded as such, ended at once (D47-7)."""

from __future__ import annotations

import html
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client

from tests.cast import APPLYING, World, broken
from yunquan.journal import clock
from yunquan.journal.models import LogEntry
from yunquan.kernel.refusal import Refused
from yunquan.kernel.workflow import Actor
from yunquan.parties import access, actions, delegations
from yunquan.parties.models import Appointment, Person
from yunquan.policy.uscc import make_uscc
from yunquan.settlement import actions as settlement
from yunquan.vouchers import actions as vouchers

pytestmark = pytest.mark.django_db
NOW = APPLYING
TODAY = date(2018, 11, 1)


@pytest.fixture
def helper(world: World) -> Person:
    return Person.objects.create(username="operator-1", name="测试受托人", joined_at=NOW, password="!")


def delegate(world: World, **changes: Any) -> Appointment:
    facts = {
        "username": "operator-1",
        "operator": "虚构咨询（测试）有限公司",
        "uscc": make_uscc(990),
        "works": ["application"],
        "starts_on": NOW.date(),
        "ends_on": NOW.date() + timedelta(days=90),
        "by": world["dg_approver"],
        "now": NOW,
    }
    return actions.delegate(**{**facts, **changes})


def acting(row: Appointment) -> Actor:
    return access.actor_of(row.person, row)


def codes(refused: Any) -> set[str]:
    return {refusal.field or refusal.code for refusal in refused.value.refusals}


@pytest.mark.clause("D47-7")
def test_an_operator_does_the_named_acts_and_each_is_recorded_as_done_for_the_bureau(
    world: World, helper: Person
) -> None:
    by = acting(delegate(world))
    voucher = world.confirm(world.apply())
    issued = vouchers.issue(voucher=voucher, seen_hash=voucher.content_hash, by=by, now=NOW)
    assert issued.state == "issued"
    entry = LogEntry.objects.filter(act="voucher.issue").latest("seq")
    assert f"{helper.key};operator=虚构咨询（测试）有限公司" in entry.entry
    assert '"org":"bureau:441900"' in entry.entry
    assert broken() == []


@pytest.mark.clause("D47-7")
def test_what_was_not_delegated_is_refused_and_the_attempt_recorded(world: World, helper: Person) -> None:
    by = acting(delegate(world, works=["message"]))
    voucher = world.confirm(world.apply())
    with pytest.raises(Refused) as refused:
        vouchers.issue(voucher=voucher, seen_hash=voucher.content_hash, by=by, now=NOW)
    assert codes(refused) == {"not_delegated"}
    assert LogEntry.objects.filter(act="voucher.issue", entry__contains='"res":"refused"').exists()
    with pytest.raises(Refused) as refused:
        settlement.draw_up(cycle=world.cycle, city="441900", by=by, now=NOW)
    assert codes(refused) == {"not_delegated"}


def test_without_the_door_the_same_person_could_do_everything(
    world: World, helper: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: with the question taken away, an act that was not delegated goes through."""
    by = acting(delegate(world, works=["message"]))
    voucher = world.confirm(world.apply())
    monkeypatch.setattr("yunquan.journal.actions.permit", lambda by, act: None)
    monkeypatch.setattr("yunquan.journal.delegated.permit", lambda by, act: None)
    assert vouchers.issue(voucher=voucher, seen_hash=voucher.content_hash, by=by, now=NOW).state == "issued"


def test_it_fails_at_the_next_request_once_ended_or_over(world: World, helper: Person) -> None:
    row = delegate(world)
    last = row.ends_on
    assert last is not None
    assert access.appointments_of(helper, last) == [row]
    assert access.appointments_of(helper, last + timedelta(days=1)) == []
    with pytest.raises(Refused) as refused:
        actions.end_delegation(appointment=row, reason="", by=world["fs_approver"], now=NOW)
    assert codes(refused) == {"not_your_case", "reason"}
    actions.end_delegation(appointment=row, reason="合同终止", by=world["dg_approver"], now=NOW)
    assert access.appointments_of(helper, NOW.date()) == []


def test_everything_wrong_is_said_at_once(world: World, helper: Person) -> None:
    with pytest.raises(Refused) as refused:
        delegate(world, operator=" ", uscc="1", works=[], ends_on=None, username="nobody")
    assert codes(refused) == {"operator", "uscc", "works", "ends_on", "username"}
    with pytest.raises(Refused) as refused:
        delegate(world, uscc=world.supplier.uscc, username=world.person(world["dg_cashier"]).username)
    assert codes(refused) == {"uscc", "username"}
    with pytest.raises(Refused) as refused:
        delegate(world, by=world["dg_reviewer"])
    assert codes(refused) == {"not_your_role"}
    delegate(world)
    with pytest.raises(Refused) as refused:
        delegate(world)
    assert codes(refused) == {"username"}


def test_decisions_on_money_and_rights_are_in_no_group() -> None:
    told = {act for one in delegations.WORKS for act in one.acts}
    never = ("settlement_list.", "payment_run.", "instruction.", "recovery.", "standing.", "appointment.",
             "rule_change.", "quota.", "funds.", "person.")  # fmt: skip
    assert not [act for act in told if act.startswith(never)]
    assert "inspection.decide" not in told and "plan.publish" not in told


def test_every_named_act_is_an_act_of_the_house(world: World) -> None:
    import re
    from pathlib import Path

    import yunquan

    root = Path(yunquan.__path__[0])
    known = {
        act
        for path in root.rglob("*.py")
        for act in re.findall(r"@audited(?:_all)?\(\"([a-z_.]+)\"", path.read_text(encoding="utf-8"))
    }
    assert {act for one in delegations.WORKS for act in one.acts} <= known


def test_the_page_delegates_and_takes_back(
    world: World, helper: Person, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.SECOND_FACTOR_REQUIRED = False
    monkeypatch.setattr(clock, "read", lambda: NOW)
    client = Client()
    client.force_login(
        world.person(world["dg_approver"]), backend="django.contrib.auth.backends.ModelBackend"
    )
    assert client.get("/city/delegations/").status_code == 200
    form = {"operator": "虚构咨询（测试）有限公司", "uscc": "错", "username": "operator-1", "works": ["application"],
            "starts_on": "2018-11-01", "ends_on": "2019-01-01"}  # fmt: skip
    answer = client.post("/city/delegations/", form)
    assert answer.status_code == 422
    page = html.unescape(answer.content.decode())
    assert 'id="id_uscc_error"' in page and "虚构咨询（测试）有限公司" in page
    assert client.post("/city/delegations/", {**form, "uscc": make_uscc(990)}).status_code == 302
    row = Appointment.objects.get(operator__startswith="虚构咨询")
    operator = Client()
    operator.force_login(helper, backend="django.contrib.auth.backends.ModelBackend")
    assert "受托：虚构咨询（测试）有限公司" in html.unescape(operator.get("/city/").content.decode())
    assert operator.post("/city/delegations/", form).status_code == 422
    assert client.post("/city/delegations/", {"end": str(row.pk), "reason": "合同终止"}).status_code == 302
    assert operator.get("/city/").status_code in (302, 404)
    reviewer = Client()
    reviewer.force_login(
        world.person(world["fs_approver"]), backend="django.contrib.auth.backends.ModelBackend"
    )
    assert reviewer.post("/city/delegations/", {"end": str(row.pk), "reason": "x"}).status_code == 404
