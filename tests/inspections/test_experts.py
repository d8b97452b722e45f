"""Experts: the register, ties declared and computed, training, and panels from the draw's own seed."""

from __future__ import annotations

import json
import random
from datetime import timedelta

import pytest
from click.testing import CliRunner

from tests.cast import DONGGUAN, World
from tests.inspections import stage
from yunquan.inspections import draw_files
from yunquan.inspections.actions import experts as register
from yunquan.inspections.actions.appointing import recuse
from yunquan.inspections.actions.panels import order_for, panel_for
from yunquan.inspections.draw_invariants import draw_breaches
from yunquan.inspections.expert_ties import asked_in_turn
from yunquan.inspections.models import Expert, Inspection, Panelist, Tie, Visit
from yunquan.kernel.refusal import Refused
from yunquan.kernel.workflow import Actor
from yunquan.parties.models import ExpertOpinion
from yunquan.policy.drawing import bundle
from yunquan.policy.drawing.commands import draw as draw_command
from yunquan.policy.roles import Role

NOW = stage.DRAFTED
DAY = timedelta(days=1)


def codes(refused: pytest.ExceptionInfo[Refused]) -> set[str]:
    return {one.code for one in refused.value.refusals}


def visit_of(inspection: Inspection, panel: list[Expert]) -> Visit:
    """A planned visit with its panel, as rows."""
    start = NOW + 20 * DAY
    visit = Visit.objects.create(
        plan=inspection.plan, table="on_site", mode="on_site", enterprise=inspection.voucher.enterprise,
        city=inspection.city, place="测试", starts_at=start, ends_at=start + timedelta(hours=2),
        planned_by="t", planned_at=NOW,
    )  # fmt: skip
    visit.inspections.add(inspection)
    for rank, one in enumerate(panel, 1):
        Panelist.objects.create(visit=visit, expert=one, rank=rank)
    return visit


def added(world: World, name: str = "new", **changes: object) -> Expert:
    world.appoint(name, Role.EXPERT)
    form = {"username": name, "code": f"X-{name}", "speciality": "technical", "employer": "虚构大学（测试）"}
    return register.add(**{**form, **changes}, by=world["province_officer"], now=NOW)  # type: ignore[arg-type]


@pytest.mark.clause("D108-3.1", "D47-8.1")
def test_the_province_keeps_the_register_and_every_fault_is_said_at_once(world: World) -> None:
    row = added(world, services=[8, 2], is_front_line=True, title="高级工程师")
    assert (row.services, row.is_active) == ([2, 8], True)
    with pytest.raises(Refused) as refused:
        register.add(
            username="dg_reviewer", code="X-new", speciality="art", employer=" ", employer_uscc="9144",
            most_open=0, by=world["province_officer"], now=NOW,
        )  # fmt: skip
    assert codes(refused) == {"no_login", "code_taken", "wrong_field", "missing", "wrong_uscc", "wrong_load"}
    with pytest.raises(Refused) as refused:
        register.leave(expert=row, is_active=False, reason="调离", by=world["dg_reviewer"], now=NOW)
    assert codes(refused) == {"not_your_role"}
    assert not register.leave(
        expert=row, is_active=False, reason="调离", by=world["province_officer"], now=NOW
    ).is_active


@pytest.mark.clause("D108-3.1")
def test_ties_are_computed_from_the_platforms_own_records_and_declared_by_the_expert(world: World) -> None:
    world.appoint("new", Role.EXPERT)
    person = world.person(world["new"])
    ExpertOpinion.objects.create(supplier=world.supplier, expert=person, asked_at=NOW)
    row = register.add(
        username="new", code="X", speciality="technical", employer=world.enterprise.name,
        by=world["province_officer"], now=NOW,
    )  # fmt: skip
    assert {(one.uscc, one.kind, one.is_computed) for one in row.ties.all()} == {
        (world.enterprise.uscc, "employed", True),
        (world.supplier.uscc, "other", True),
    }
    tie = register.declare_tie(expert=row, firm="虚构甲公司（测试）", kind="family", by=world["new"], now=NOW)
    register.end_tie(expert=row, tie=tie.pk, by=world["new"], now=NOW)
    with pytest.raises(Refused) as refused:
        register.end_tie(expert=row, tie=row.ties.filter(is_computed=True)[0].pk, by=world["new"], now=NOW)
    assert codes(refused) == {"not_now"}
    for stranger in ("expert", "supplier", "dg_reviewer"):
        with pytest.raises(Refused) as refused:
            register.declare_tie(expert=row, firm="甲", kind="family", by=world[stranger], now=NOW)
        assert codes(refused) == {"not_yours"}
    with pytest.raises(Refused) as refused:
        register.declare_tie(expert=row, firm="", kind="friend", uscc="1", by=world["new"], now=NOW)
    assert codes(refused) == {"missing", "wrong_kind", "wrong_uscc"}


@pytest.mark.clause("D108-3.1", "D108-6")
def test_a_panel_is_asked_in_the_order_of_the_seed_the_front_line_first(world: World) -> None:
    stage.experts(world, 8)
    (inspection,) = stage.drawn(world)
    panel = panel_for(inspection, "technical", 5)
    assert [one.is_front_line for one in panel] == [True] * 4 + [False]
    order = order_for(inspection, "technical")
    assert [one.code for one in panel] == order[:5] and len(order) == 8
    assert panel_for(inspection, "technical", 5) == panel


@pytest.mark.clause("D108-3.1")
def test_anyone_gets_the_same_order_from_the_bundle_alone(world: World, tmp_path: object) -> None:
    made = stage.experts(world, 6)
    Expert.objects.filter(pk__in=[one.pk for one in made[:3]]).update(services=[2])
    (inspection,) = stage.drawn(world)
    folder = tmp_path / "bundle"  # type: ignore[operator]
    bundle.write(draw_files.bundle_of(inspection.plan), folder)
    told: dict[str, None] = {}
    for group in asked_in_turn("technical", 2):
        asked = ["experts", str(folder), "--ref", inspection.item.ref, "--speciality", group, "--count", "1"]
        for line in CliRunner().invoke(draw_command, asked).output.splitlines():
            if line[:1].isdigit():
                told.setdefault(line.split()[1])
    assert list(told) == order_for(inspection, "technical")


@pytest.mark.clause("D108-3.1")
def test_who_has_an_interest_is_full_or_left_never_sits_on_the_panel(world: World) -> None:
    made = stage.experts(world, 6)
    Expert.objects.filter(pk=made[0].pk).update(employer=world.supplier.name)
    (inspection,) = stage.drawn(world)
    assert made[0].code not in order_for(inspection, "technical")
    register.declare_tie(
        expert=made[1], firm="另一名称", uscc=world.enterprise.uscc, kind="shareholder",
        by=world["expert-technical-2"], now=NOW + 15 * DAY,
    )  # fmt: skip
    Expert.objects.filter(pk=made[2].pk).update(most_open=1)
    visit_of(inspection, [made[2]])
    Expert.objects.filter(pk=made[3].pk).update(is_active=False)
    assert {one.pk for one in panel_for(inspection, "technical", 2)} == {made[4].pk, made[5].pk}
    with pytest.raises(Refused) as refused:
        panel_for(inspection, "technical", 3)
    assert codes(refused) == {"too_few_experts"} and "只剩 2 名" in refused.value.refusals[0].message
    with pytest.raises(Refused):
        panel_for(inspection, "finance", 1)


@pytest.mark.clause("D26-3")
def test_where_the_regime_asks_for_training_only_the_trained_are_asked(world: World) -> None:
    made = stage.experts(world, 3)
    crowd = stage.crowd(world, 4, cities=[DONGGUAN])
    inspection = stage.drawn(world, regime="d26", vouchers=crowd)[0]
    with pytest.raises(Refused) as refused:
        panel_for(inspection, "technical", 1)
    assert "未参加培训" in refused.value.refusals[0].message
    held, reviewer = stage.DRAFTED_AT["d26"], world["dg_reviewer"]
    with pytest.raises(Refused) as refused:
        register.hold_training(title="", regime="x", held_at=None, place="", by=reviewer, now=held)
    assert len(refused.value.refusals) == 3
    training = register.hold_training(
        title="抽查培训", regime="d26", held_at=held, place="线上", by=reviewer, now=held
    )
    with pytest.raises(Refused) as refused:
        register.attend(training=training, experts=made, by=reviewer, now=held - DAY)
    assert codes(refused) == {"not_now"}
    register.attend(training=training, experts=made[:2], by=reviewer, now=held + DAY)
    assert register.attend(training=training, experts=made[:2], by=reviewer, now=held + DAY) == []
    assert {one.pk for one in panel_for(inspection, "technical", 2)} == {one.pk for one in made[:2]}


@pytest.mark.clause("D108-3.1")
def test_who_withdraws_is_followed_by_the_next_in_order(world: World) -> None:
    stage.experts(world, 4)
    (inspection,) = stage.drawn(world)
    order = order_for(inspection, "technical")
    visit = visit_of(inspection, panel_for(inspection, "technical", 2))
    first = visit.panelists.get(rank=1)
    person = next(name for name, actor in world.people.items() if actor.person == first.expert.person.key)
    with pytest.raises(Refused) as refused:
        recuse(visit=visit, expert=first.expert, reason="", by=world["fs_reviewer"], now=NOW)
    assert codes(refused) == {"missing", "not_your_case"}
    following = recuse(visit=visit, expert=first.expert, reason="曾任职", by=world[person], now=NOW)
    assert following is not None
    assert (following.expert.code, following.rank) == (order[2], 3)
    first.refresh_from_db()
    assert first.recused_reason == "曾任职"
    second = visit.panelists.get(rank=2)
    officer = world["province_officer"]
    last = recuse(visit=visit, expert=second.expert, reason="病假", by=officer, now=NOW)
    assert last is not None and last.expert.code == order[3]
    assert recuse(visit=visit, expert=following.expert, reason="病假", by=officer, now=NOW) is None
    with pytest.raises(Refused) as refused:
        recuse(visit=visit, expert=last.expert, reason="病假", by=officer, now=NOW)
    assert codes(refused) == {"too_few_experts"}


def test_someone_in_conflict_on_a_panel_is_a_breach(world: World) -> None:
    made = stage.experts(world, 3)
    Expert.objects.filter(pk=made[0].pk).update(employer=world.supplier.name)
    (inspection,) = stage.drawn(world)
    visit_of(inspection, [made[1]])
    assert list(draw_breaches()) == []
    visit_of(inspection, [made[0]])
    assert [one.invariant for one in draw_breaches()] == ["D2"]


@pytest.mark.parametrize("seed", range(4))
def test_no_panel_ever_holds_a_conflict_whatever_the_ties(world: World, seed: int) -> None:
    dice = random.Random(seed)
    made = stage.experts(world, 8)
    officer: Actor = world["province_officer"]
    firms = [world.enterprise.uscc, world.supplier.uscc, "", ""]
    tied: dict[int, set[str]] = {}
    for one in made:
        uscc = dice.choice(firms)
        if uscc:
            register.declare_tie(expert=one, firm="某单位", uscc=uscc, kind="adviser", by=officer, now=NOW)
            tied.setdefault(one.pk, set()).add(uscc)
    inspections = stage.drawn(world, vouchers=stage.crowd(world, 6, cities=[DONGGUAN]))
    rows = json.loads("[" + ",".join(_lines(inspections[0])) + "]")
    assert len(rows) == 8
    for inspection in inspections:
        parties = {inspection.voucher.enterprise.uscc, inspection.voucher.supplier.uscc}
        free = [one for one in made if not tied.get(one.pk, set()) & parties]
        assert {one.pk for one in panel_for(inspection, "technical", len(free))} == {one.pk for one in free}
    assert Tie.objects.filter(is_computed=True).count() == 0


def _lines(inspection: Inspection) -> list[str]:
    return draw_files.files_of(inspection.plan)["experts.jsonl"].decode().splitlines()
