"""A person may take a single kind of notice another way than its group; what is told has a name to choose by."""

from __future__ import annotations

import ast
import html
from pathlib import Path
from typing import Any

import pytest
from django.core import mail

from tests.cast import World, at
from tests.dispatch.test_pages import CHOSEN, inside, page
from yunquan.dispatch import actions, groups, kinds, queries
from yunquan.dispatch.models import Choice
from yunquan.journal.actions import notify
from yunquan.kernel.refusal import Refused
from yunquan.parties.models import Person

NOW = at("2018-11-05 10:00")
HOUSE = Path(__file__).parents[2] / "yunquan"


@pytest.fixture(autouse=True)
def ways(settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.YUNQUAN_SMS = "console"
    settings.SECOND_FACTOR_REQUIRED = False


@pytest.fixture
def clerk(world: World) -> Person:
    person = world.person(world["dg_enterprise"])
    person.email, person.phone = "clerk@example.org", "13800001234"
    person.save()
    return person


def tell(world: World, kind: str) -> None:
    org = world["dg_enterprise"].org
    notify(org=org, obj="voucher:GD", kind=kind, title=f"消息 {kind}（测试）", key=kind, now=NOW)


@pytest.mark.django_db
def test_a_kinds_own_choice_goes_before_its_groups_and_falls_back_when_it_ends(
    world: World, clerk: Person
) -> None:
    by = world["dg_enterprise"]
    group = {"decision": ("none", False)}
    actions.choose(choices=group, own={"issued": ("now", False)}, person=clerk, by=by, now=NOW)
    for kind in ("issued", "returned", "inspection.informed"):
        tell(world, kind)
    actions.work(NOW)
    assert [one.subject for one in mail.outbox] == ["【云券】消息 issued（测试）"]
    actions.choose(choices=group, own={"issued": None}, person=clerk, by=by, now=NOW)
    assert queries.own_choices(clerk) == {}
    assert queries.choices_of(clerk)["decision"] == ("none", False)
    clerk.phone = ""
    with pytest.raises(Refused) as refused:
        actions.choose(choices={}, own={"issued": ("fax", True)}, person=clerk, by=by, now=NOW)
    assert {one.field for one in refused.value.refusals} == {"kind-issued-mail", "kind-issued-sms"}


@pytest.mark.django_db
def test_the_page_offers_the_kinds_that_come_here_and_keeps_what_was_chosen(
    world: World, clerk: Person
) -> None:
    client = inside(world, "dg_enterprise")
    shown = page(client.get("/desk/notices/"))
    assert "服务券已发放" in shown and "兑现待审核" not in shown
    chosen = {
        **CHOSEN,
        "email": clerk.email,
        "phone": clerk.phone,
        "kind-issued-mail": "none",
        "kind-paid-sms": "yes",
    }
    assert client.post("/desk/notices/", chosen).status_code == 302
    assert queries.own_choices(clerk) == {"issued": ("none", False), "paid": ("now", True)}
    shown = html.unescape(client.get("/desk/notices/").content.decode())
    assert shown.count("<details open>") == 2
    wrong = client.post("/desk/notices/", {**chosen, "kind-issued-mail": "fax"})
    assert wrong.status_code == 422 and 'id="id_kind-issued-mail_error"' in page(wrong)
    assert (
        client.post("/desk/notices/", {**CHOSEN, "email": clerk.email, "phone": clerk.phone}).status_code
        == 302
    )
    assert not Choice.objects.exclude(kind="").exists()


def test_every_kind_of_a_group_and_every_kind_that_the_house_writes_has_a_name() -> None:
    unnamed = {kind for group in groups.GROUPS for kind in group.kinds if kinds.kind_of(kind) is None}
    for path in HOUSE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name not in ("notify", "Notice"):
                continue
            said = [word.value for word in node.keywords if word.arg == "kind"]
            told = [one.value for one in said if isinstance(one, ast.Constant)]
            unnamed |= {kind for kind in told if kinds.kind_of(str(kind)) is None}
    assert unnamed == set()
    assert {one.code for one in kinds.KINDS if len(one.label) < 2 or not one.to} == set()
