"""The draw: commitments, freeze, reveals and public value in this order alone, once, and checked by anyone (D1, D2)."""

from __future__ import annotations

import random
import subprocess
import sys
from collections import Counter
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from tests.cast import DONGGUAN, World
from tests.inspections import stage
from yunquan.inspections import draw_files
from yunquan.inspections.actions import drawing, planning
from yunquan.inspections.draw_invariants import draw_breaches
from yunquan.inspections.invariants import breaches
from yunquan.inspections.models import DrawFile, Inspection, Plan, PlanItem
from yunquan.journal.models import LogEntry
from yunquan.kernel import draw as kernel
from yunquan.kernel.refusal import Refused
from yunquan.policy.drawing import bundle
from yunquan.vouchers.models import Hold, Voucher

NOW = stage.DRAFTED
DAY = timedelta(days=1)


def codes(refused: pytest.ExceptionInfo[Refused]) -> set[str]:
    return {one.code for one in refused.value.refusals}


def published(world: World, **changes: Any) -> Plan:
    return stage.publish(world, stage.draft(world, **changes))


def written_over(plan: Plan, name: str, content: bytes) -> None:
    """What nobody can do but whoever owns the database: change a stored file."""
    with connection.cursor() as cursor:
        on_table = " ON inspections_drawfile" if connection.vendor == "postgresql" else ""
        cursor.execute(f"DROP TRIGGER inspections_drawfile_no_update{on_table}")
    DrawFile.objects.filter(plan=plan, name=name).update(content=content)


@pytest.mark.clause("D858-2.2")
def test_the_bundle_of_a_plan_verifies_with_the_program_that_it_carries(world: World, tmp_path: Path) -> None:
    stage.crowd(world, 30)
    plan = stage.draw(world, stage.frozen(world, published(world)))
    files = draw_files.bundle_of(plan)
    assert sorted(files) == sorted(bundle.NAMES)
    folder = tmp_path / "bundle"
    bundle.write(files, folder)
    told = subprocess.run(
        [sys.executable, folder / "verify.py", folder], capture_output=True, text=True, check=False
    )
    assert (told.returncode, told.stdout.strip()) == (0, "OK")
    assert plan.seed == bundle.seed_in(files).hex()
    assert Inspection.objects.filter(plan=plan).count() == 6  # Two of the ten of each city.
    assert list(breaches()) == []


@pytest.mark.clause("D108-1")
def test_what_is_picked_before_payment_is_held_in_the_same_act(world: World) -> None:
    stage.crowd(world, 30)
    plan = stage.draw(world, stage.frozen(world, published(world)))
    picked = set(Inspection.objects.filter(plan=plan).values_list("voucher", flat=True))
    held = Hold.objects.filter(source=plan.journal_key, lifted_at=None)
    assert set(held.values_list("voucher", flat=True)) == picked


def test_after_payment_nothing_is_held(world: World) -> None:
    stage.crowd(world, 10, state="paid", cities=[DONGGUAN])
    plan = stage.draw(world, stage.frozen(world, published(world, regime="d858")))
    assert Inspection.objects.filter(plan=plan).count() == 2 and not Hold.objects.exists()


@pytest.mark.clause("D858-2.2")
def test_a_draw_follows_its_order_and_no_other(world: World) -> None:
    stage.crowd(world, 10, cities=[DONGGUAN])
    plan, officer, auditor = published(world), world["province_officer"], world["auditor"]
    with pytest.raises(Refused) as refused:
        drawing.freeze(plan=plan, by=officer, now=NOW)
    assert codes(refused) == {"not_committed"}
    with pytest.raises(Refused) as refused:
        drawing.reveal(plan=plan, secret="60" * 32, by=auditor, now=NOW)
    assert "not_now" in codes(refused)
    with pytest.raises(Refused) as refused:
        drawing.commit(plan=plan, commitment="00" * 32, by=officer, now=NOW)
    assert codes(refused) == {"not_custodian"}
    stage.commit(world, plan)
    with pytest.raises(Refused) as refused:
        drawing.commit(plan=plan, commitment="00" * 32, by=auditor, now=NOW)
    assert codes(refused) == {"committed"}
    with pytest.raises(Refused) as refused:
        drawing.freeze(plan=plan, by=officer, now=NOW, reveals_end_at=NOW)
    assert codes(refused) == {"wrong_reveal_time"}
    with pytest.raises(Refused) as refused:
        stage.draw(world, plan)
    assert codes(refused) == {"not_from_this_state"}
    assert not DrawFile.objects.exists() and not PlanItem.objects.exists()
    plan = drawing.freeze(plan=plan, by=officer, now=NOW + DAY)
    with pytest.raises(Refused) as refused:
        drawing.commit(plan=plan, commitment="00" * 32, by=auditor, now=NOW + DAY)
    assert "not_now" in codes(refused)
    with pytest.raises(Refused) as refused:
        drawing.reveal(plan=plan, secret="61" * 32, by=auditor, now=NOW + 2 * DAY)
    assert codes(refused) == {"not_as_committed"}
    drawing.reveal(plan=plan, secret="60" * 32, by=auditor, now=NOW + 2 * DAY)
    with pytest.raises(Refused) as refused:
        stage.draw(world, plan, now=NOW + 3 * DAY)
    assert codes(refused) == {"reveals_open", "not_due"}
    late = NOW + 11 * DAY
    with pytest.raises(Refused) as refused:
        drawing.reveal(plan=plan, secret="20" * 32, by=world["fs_reviewer"], now=late)
    assert codes(refused) == {"too_late"}
    assert LogEntry.objects.filter(act="plan.reveal", entry__contains='"res":"refused"').count() == 3
    with pytest.raises(Refused) as refused:
        drawing.draw(plan=plan, entropy={stage.SOURCE: "1"}, proof=None, by=officer, now=late)
    assert codes(refused) == {"no_proof"}
    paper = stage.proof(world, officer)
    with pytest.raises(Refused) as refused:
        drawing.draw(plan=plan, entropy={"dice": "6"}, proof=paper, by=officer, now=late)
    assert [one.message for one in refused.value.refusals if "冻结时没有指定" in one.message]
    assert [one.message for one in refused.value.refusals if "没有这个随机源的值" in one.message]
    plan = drawing.draw(plan=plan, entropy={stage.SOURCE: "1"}, proof=paper, by=officer, now=late)
    # The two that kept silent show as commitments that were never opened.
    files = draw_files.files_of(plan)
    assert files["commits.json"].count(b'":"') == 3 and files["reveals.json"].count(b'":"') == 1
    assert list(breaches()) == []


def test_without_any_secret_there_is_no_draw_and_the_plan_can_only_be_aborted(world: World) -> None:
    stage.crowd(world, 10, cities=[DONGGUAN])
    plan = stage.frozen(world, published(world), revealed=False)
    with pytest.raises(Refused) as refused:
        stage.draw(world, plan)
    assert "作废" in refused.value.refusals[0].message
    plan = planning.abort(plan=plan, reason="无人揭示", by=world["province_approver"], now=NOW + 20 * DAY)
    assert (plan.state, list(draw_breaches())) == ("aborted", [])


@pytest.mark.clause("D858-2.2")
def test_a_second_draw_of_a_plan_is_refused(world: World) -> None:
    stage.crowd(world, 10, cities=[DONGGUAN])
    plan = stage.draw(world, stage.frozen(world, published(world)))
    before = Inspection.objects.count()
    with pytest.raises(Refused) as refused:
        stage.draw(world, plan, value="another")
    assert codes(refused) == {"not_from_this_state"}
    with pytest.raises(Refused) as refused:
        planning.abort(plan=plan, reason="不满意", by=world["province_approver"], now=NOW)
    assert codes(refused) == {"not_from_this_state"}
    assert Inspection.objects.count() == before
    with pytest.raises(Refused) as refused:
        stage.draft(world)
    assert codes(refused) == {"same_scope"}
    # Nor past the actions: the database keeps one plan a scope, and one file a name.
    with pytest.raises(IntegrityError), transaction.atomic():
        Plan.objects.create(
            **{
                field.attname: getattr(plan, field.attname)
                for field in Plan._meta.concrete_fields
                if field.attname not in ("id", "number")
            },
            number="CC-again",
        )
    with pytest.raises(IntegrityError), transaction.atomic():
        draw_files.keep(plan, {"result.jsonl": b""}, now=NOW)


@pytest.mark.clause("D858-2.2")
def test_population_and_parameters_are_logged_before_a_secret_is_known(world: World) -> None:
    stage.crowd(world, 10, cities=[DONGGUAN])
    plan = stage.draw(world, stage.frozen(world, published(world)))
    acts = list(LogEntry.objects.filter(obj=plan.journal_key).order_by("seq").values_list("act", flat=True))
    assert acts == [
        "plan.draft", "plan.publish", *["plan.commit"] * 3, "plan.freeze", *["plan.reveal"] * 3, "plan.draw",
    ]  # fmt: skip
    assert LogEntry.objects.get(seq=plan.freeze_seq).act == "plan.freeze"
    # A freeze that the log tells of after a secret was revealed is a breach.
    last = LogEntry.objects.order_by("-seq").values_list("seq", flat=True)[0]
    Plan.objects.filter(pk=plan.pk).update(freeze_seq=last)
    assert {(one.invariant, one.message) for one in draw_breaches()} == {("D1", "日志中没有冻结的记录")}


@pytest.mark.parametrize("name", ["population.jsonl", "params.json", "excluded.jsonl", "commits.json"])
def test_a_changed_byte_of_what_was_frozen_is_named(world: World, name: str) -> None:
    crowd = stage.crowd(world, 10, cities=[DONGGUAN])
    left_out = {crowd[0].number: "已注销"}
    plan = stage.draw(world, stage.frozen(world, published(world, left_out=left_out)))
    assert list(draw_breaches()) == []
    content = draw_files.files_of(plan)[name]
    place = content.index(b'"') + 1
    changed = content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]
    with pytest.raises(Exception, match="append-only"), transaction.atomic():
        DrawFile.objects.filter(plan=plan, name=name).update(content=changed)
    written_over(plan, name, changed)
    told = [one for one in draw_breaches() if one.row == plan.journal_key]
    assert any(one.invariant == "D1" and name in one.message for one in told)
    assert name in bundle.difference(draw_files.bundle_of(plan))


def test_a_frozen_list_that_was_changed_is_not_drawn_from(world: World) -> None:
    stage.crowd(world, 10, cities=[DONGGUAN])
    plan = stage.frozen(world, published(world))
    content = draw_files.files_of(plan)["population.jsonl"]
    _first, _, rest = content.partition(b"\n")
    written_over(plan, "population.jsonl", rest)
    DrawFile.objects.filter(plan=plan, name="population.jsonl").update(sha256=sha256(rest).hexdigest())
    (breach,) = draw_breaches()
    assert breach.message == "population.jsonl 与冻结时记入日志的散列不同"
    with pytest.raises(Refused) as refused:
        stage.draw(world, plan)
    assert codes(refused) == {"frozen_changed"}


def test_an_inspection_past_the_draw_and_a_result_rewritten_are_named(world: World) -> None:
    stage.crowd(world, 10, cities=[DONGGUAN])
    plan = stage.draw(world, stage.frozen(world, published(world)))
    reserve = PlanItem.objects.filter(plan=plan, outcome="reserve").order_by("-rank")[0]
    made = Inspection.objects.create(
        item=reserve, plan=plan, voucher=reserve.voucher, city=DONGGUAN, selected_at=NOW
    )
    assert [one.invariant for one in draw_breaches()] == ["D2"]
    made.delete()
    PlanItem.objects.filter(pk=reserve.pk).update(outcome="drawn")
    assert {one.invariant for one in draw_breaches()} == {"D1"}


@pytest.mark.clause("D858-2.2")
def test_a_replacement_is_the_next_of_the_reserve_with_a_reason_and_another_person(world: World) -> None:
    stage.crowd(world, 20)
    plan = stage.draw(world, stage.frozen(world, published(world)))
    row = Inspection.objects.filter(plan=plan).select_related("item").order_by("pk")[0]
    now, approver = NOW + 15 * DAY, world["province_approver"]
    with pytest.raises(Refused) as refused:
        planning.replace(inspection=row, reason=" ", by=approver, now=now)
    assert codes(refused) == {"missing"}
    with pytest.raises(Refused) as refused:
        planning.replace(inspection=row, reason="停业", by=world["province_officer"], now=now)
    assert codes(refused) == {"not_your_role"}
    Plan.objects.filter(pk=plan.pk).update(frozen_by=approver.person)
    with pytest.raises(Refused) as refused:
        planning.replace(inspection=row, reason="停业", by=approver, now=now)
    assert codes(refused) == {"same_person"}
    Plan.objects.filter(pk=plan.pk).update(frozen_by=world["province_officer"].person)
    ranks = []
    for _ in range(3):
        row = planning.replace(inspection=row, reason="停业", by=approver, now=now)
        ranks.append(row.item.rank)
    first = PlanItem.objects.filter(plan=plan, outcome="reserve", stratum=row.item.stratum).order_by("rank")[
        0
    ]
    assert ranks == list(range(first.rank or 0, (first.rank or 0) + 3))
    held = Hold.objects.filter(lifted_at=None, voucher=row.voucher)
    assert held.exists() and Hold.objects.filter(lifted_at__isnull=False).count() == 3
    assert list(breaches()) == []
    # Negative control: the last replacement jumps over one of the reserve.
    later = PlanItem.objects.filter(plan=plan, outcome="reserve", stratum=row.item.stratum).order_by("-rank")[
        0
    ]
    Inspection.objects.filter(pk=row.pk).update(item=later, voucher=later.voucher)
    told = list(draw_breaches())
    assert {one.invariant for one in told} == {"D2"} and "备选次序" in told[0].message


def test_a_reserve_that_another_plan_inspects_is_passed_over_and_that_is_written_down(world: World) -> None:
    stage.crowd(world, 12, cities=[DONGGUAN])
    plan = stage.draw(world, stage.frozen(world, published(world)))
    reserve = list(PlanItem.objects.filter(plan=plan, outcome="reserve").order_by("rank"))
    other = stage.drawn(world, vouchers=[reserve[0].voucher])[0].plan
    row = Inspection.objects.filter(plan=plan)[0]
    made = planning.replace(inspection=row, reason="停业", by=world["province_approver"], now=NOW + 15 * DAY)
    assert made.item == reserve[1]
    reserve[0].refresh_from_db()
    assert other.number in reserve[0].passed_reason and list(draw_breaches()) == []


def test_without_a_reserve_nothing_is_replaced(world: World) -> None:
    (row,) = stage.drawn(world)
    with pytest.raises(Refused) as refused:
        planning.replace(inspection=row, reason="停业", by=world["province_approver"], now=NOW + 15 * DAY)
    assert codes(refused) == {"no_reserve"}


@pytest.mark.clause("D858-2.2")
def test_the_salts_are_published_when_the_round_closes(world: World) -> None:
    stage.crowd(world, 10, cities=[DONGGUAN])
    plan = stage.draw(world, stage.frozen(world, published(world)))
    officer, now = world["province_officer"], NOW + 60 * DAY
    with pytest.raises(Refused) as refused:
        drawing.close(plan=plan, by=officer, now=now)
    assert codes(refused) == {"still_open"}
    assert draw_files.SALTS not in draw_files.files_of(plan)
    Inspection.objects.filter(plan=plan).update(state="published")
    plan = drawing.close(plan=plan, by=officer, now=now)
    rows = draw_files.rows_in(draw_files.files_of(plan)[draw_files.SALTS])
    numbers = set(Voucher.objects.values_list("number", flat=True))
    assert {row["number"] for row in rows} == numbers
    for row in rows:
        salt = bytes.fromhex(row["salt"])
        assert kernel.blinded(alg="sha256", salt=salt, number=row["number"]) == row["ref"]


def test_a_custodian_who_cannot_serve_is_taken_out_with_a_reason_before_the_freeze(world: World) -> None:
    stage.crowd(world, 10, cities=[DONGGUAN])
    plan, officer = published(world), world["province_officer"]
    gone = plan.custodians.get(person=world.person(world["hz_reviewer"]))
    with pytest.raises(Refused) as refused:
        drawing.drop_custodian(plan=plan, name=gone.name, reason="", by=officer, now=NOW)
    assert codes(refused) == {"missing"}
    drawing.drop_custodian(plan=plan, name=gone.name, reason="调离", by=officer, now=NOW)
    plan = stage.draw(world, stage.frozen(world, plan))
    assert plan.state == "drawn" and list(breaches()) == []
    with pytest.raises(Refused):
        drawing.drop_custodian(plan=plan, name="x", reason="调离", by=officer, now=NOW)


@pytest.mark.parametrize("seed", range(6))
def test_everyone_of_the_scope_is_in_or_out_and_enough_are_drawn_whatever_the_plan(
    world: World, seed: int
) -> None:
    dice = random.Random(seed)
    crowd = stage.crowd(world, dice.randint(8, 60))
    den = dice.randint(2, 9)
    some = dice.sample(crowd, dice.randint(0, 4))
    cut = dice.randint(0, len(some))
    plan = published(
        world, share=(dice.randint(1, den), den), strata=dice.choice([[], ["city"], ["supplier"]]),
        mandatory={one.number: "重点" for one in some[:cut]},
        left_out={one.number: "已注销" for one in some[cut:]}, alg=dice.choice(["sha256", "sm3"]),
    )  # fmt: skip
    plan = stage.frozen(world, plan)
    items = list(PlanItem.objects.filter(plan=plan))
    assert {item.voucher_id for item in items} == {one.pk for one in crowd} and len(items) == len(crowd)
    out = {item.voucher.number for item in items if item.excluded_reason}
    assert out == {one.number for one in some[cut:]}
    plan = stage.draw(world, plan, value=str(dice.random()))
    counted = Counter(
        PlanItem.objects.filter(plan=plan).values_list("stratum", "outcome").exclude(outcome="")
    )
    for stratum in {name for name, _outcome in counted}:
        total = sum(count for (name, _o), count in counted.items() if name == stratum)
        free = total - counted[stratum, "mandatory"]
        least = min(-(-total * plan.share_num // plan.share_den), free)
        assert counted[stratum, "drawn"] == least
    assert list(draw_breaches()) == []
