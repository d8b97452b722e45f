"""Who is absent from a hearing, on what grounds a decision stands, and a decision that is taken again (D108-4, D858-2.3)."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.cast import DONGGUAN, World, broken
from tests.inspections import results, stage
from yunquan.inspections import result_queries
from yunquan.inspections.actions import deciding, rectifying
from yunquan.inspections.models import Effect, Hearing, Inspection, Rectification, Ruling, Summons
from yunquan.inspections.plan_scope import failed_suppliers
from yunquan.inspections.result_facts import others_asked
from yunquan.journal.models import Notice
from yunquan.kernel.refusal import Refused
from yunquan.parties.models import Standing
from yunquan.settlement.models import Recovery

pytestmark = pytest.mark.django_db


def codes(refused: Any) -> set[str]:
    return {one.code for one in refused.value.refusals}


@pytest.mark.clause("D108-4", "M10")
def test_whose_paid_vouchers_would_be_asked_back_is_asked_to_the_hearing_first(world: World) -> None:
    """Fraud of a supplier takes its other vouchers: an enterprise that was paid for one is not surprised by it."""
    world.add_enterprise("dg_second", title="虚构塑胶（测试）有限公司")
    other = int(world["dg_second"].org.partition(":")[2])
    paid = world.approved("dg_second")
    world.standing()
    world.pay_all(world.released())
    row = results.answer(world, results.informed(world, "fraud", vouchers=[world.approved()]))
    results.hear(world, row)
    with pytest.raises(Refused) as refused:
        results.propose(world, row, "fraud")
    assert codes(refused) == {"others_not_heard"} and "虚构塑胶" in refused.value.refusals[0].message
    results.summon(world, row)
    assert Summons.objects.filter(org=f"enterprise:{other}").exists()
    told = Notice.objects.get(org=f"enterprise:{other}", kind__startswith="inspection.summon")
    assert "追回" in told.text and not told.link
    row = results.propose(world, row, "fraud")
    # Nor is anything decided before the time of that hearing has come.
    with pytest.raises(Refused) as refused:
        results.decide(world, row, now=results.day(row, 5))
    assert codes(refused) == {"others_not_heard"} and not Effect.objects.exists()
    results.decide(world, row)
    assert Recovery.objects.get().voucher_id == paid.pk
    assert not broken()


def test_whom_a_decision_touches_costs_the_same_queries_however_many_they_are(world: World) -> None:
    for name in ("dg_second", "dg_third", "dg_fourth"):
        world.add_enterprise(name)
        world.approved(name)
    world.standing()
    world.pay_all(world.released())
    row = results.informed(world, "fraud", vouchers=[world.approved()])
    with CaptureQueriesContext(connection) as queries:
        assert len(others_asked(row)) == 3
    assert len(queries) <= 4


@pytest.mark.clause("D108-4")
def test_absent_is_who_was_asked_to_that_hearing_after_the_result_was_told(world: World) -> None:
    row = results.answer(world, results.informed(world, "fraud"))
    absent = {"supplier": "absent", "enterprise": "attended"}
    results.summon(world, row)
    assert set(Summons.objects.values_list("org", flat=True)) == {
        world["supplier"].org, world["dg_enterprise"].org,
    }  # fmt: skip
    # Neither earlier on that day nor on another one.
    for held_at in (results.day(row, 6, 8), results.day(row, 7, 8)):
        with pytest.raises(Refused) as refused:
            results.hear(world, row, held_at=held_at, parties=absent)
        assert codes(refused) == {"not_summoned"} and "供应商" in refused.value.refusals[0].message
    with pytest.raises(Refused) as refused:
        results.hear(world, row, held_at=results.day(row, 1))
    assert codes(refused) == {"before_informed"}
    assert not Hearing.objects.exists()
    results.hear(world, row, held_at=results.day(row, 6, 10), parties=absent)
    assert results.propose(world, row, "fraud").state == "proposed"


@pytest.mark.clause("D108-4")
def test_the_grounds_of_the_decision_are_those_of_the_proposal(world: World) -> None:
    row = results.answer(world, results.informed(world, "terms_unmet"))
    found = list(row.grounds)
    results.hear(world, row)
    said = "提供虚假合同（测试）"
    told = {"reason": "测试", "by": world["province_officer"], "now": results.day(row, 8)}
    with pytest.raises(Refused) as refused:
        deciding.propose(inspection=row, outcome="fraud", grounds=[" "], **told)
    assert codes(refused) == {"no_grounds"}
    row = deciding.propose(inspection=row, outcome="fraud", grounds=[said], **told)
    assert (row.grounds, row.proposed_grounds) == (found, [said])
    assert result_queries.result_view(row, for_party=True)["grounds"] == found
    row = results.decide(world, row)
    assert row.grounds == [said] and Ruling.objects.get(step="decided").grounds == [said]
    assert {said in one.reason for one in Standing.objects.all()} == {True}


@pytest.mark.clause("D858-2.3")
def test_a_failed_rectification_is_decided_anew_and_the_first_decision_stays(world: World) -> None:
    (mine,) = stage.paid(world)
    row = results.published(world, "rectify", regime="d858", vouchers=[mine])
    officer, reason = world["province_officer"], "没有整改（测试）"
    for days in (60, 130):
        with pytest.raises(Refused) as refused:
            deciding.reopen(inspection=row, reason=reason, by=officer, now=results.day(row, days))
        assert codes(refused) == {"nothing_failed"}
        order = Rectification.objects.get(state="ordered")
        rectifying.fail(rectification=order, reason=reason, by=officer, now=results.day(row, days))
        assert result_queries.waiting_results(officer).get().pk == row.pk
        assert "reopen" in result_queries.steps_for(row, officer)
        for name, why in (("dg_reviewer", reason), ("province_officer", " ")):
            with pytest.raises(Refused):
                deciding.reopen(inspection=row, reason=why, by=world[name], now=results.day(row, days))
        row = deciding.reopen(inspection=row, reason=reason, by=officer, now=results.day(row, days + 1))
        assert row.state == "answered" and not broken()
        if days == 60:  # What was to be mended is ordered once more.
            row = results.propose(world, row, "rectify")
            row = results.decide(world, row, now=results.day(row, 62))
            assert "reopen" not in result_queries.steps_for(row, officer)
    # Who was heard before the first decision is heard again before another one.
    with pytest.raises(Refused) as refused:
        results.propose(world, row, "violation")
    assert codes(refused) == {"not_heard"}
    results.hear(world, row, held_at=results.day(row, 132), now=results.day(row, 133))
    row = results.propose(world, row, "violation")
    row = deciding.send_back(
        inspection=row, reason="补充（测试）", by=world["province_approver"], now=results.day(row, 134)
    )
    row = results.decide(world, results.propose(world, row, "violation"), now=results.day(row, 135))
    rounds = Effect.objects.order_by("pk").values_list("round", "code")
    assert list(rounds)[:2] == [(1, "rectification"), (2, "rectification")]
    assert {turn for turn, _ in list(rounds)[2:]} == {3} and len(rounds) > 3
    steps = list(Ruling.objects.order_by("pk").values_list("step", flat=True))
    assert steps.count("reopened") == 2 and steps.count("decided") == 3
    assert not broken()


def test_a_decision_is_not_opened_again_while_another_inspection_of_the_voucher_is(world: World) -> None:
    (mine,) = stage.paid(world)
    row = results.published(world, "rectify", regime="d858", vouchers=[mine])
    officer, now = world["province_officer"], results.day(row, 60)
    rectifying.fail(rectification=Rectification.objects.get(), reason="没有整改", by=officer, now=now)
    other = Inspection.objects.get(pk=row.pk)
    item = other.item
    item.pk = None
    item.ref = "x"
    item.rank = 9
    item.plan = stage.draft(world)
    item.save()
    other.pk, other.item, other.plan, other.state = None, item, item.plan, "selected"
    other.save()
    with pytest.raises(Refused) as refused:
        deciding.reopen(inspection=row, reason="没有整改", by=officer, now=now)
    assert codes(refused) == {"inspected_elsewhere"}


@pytest.mark.clause("D108-2.2")
def test_a_citys_decision_counts_as_failed_with_the_review_and_not_before(world: World) -> None:
    row = results.decide(world, results.proposed(world, "terms_unmet", city=DONGGUAN))
    assert row.state == "decided" and failed_suppliers() == set()
    deciding.review(inspection=row, by=world["province_approver"], now=results.day(row, 10))
    assert failed_suppliers() == {world.supplier.pk}


def test_a_decision_that_nobody_reviews_counts_at_once(world: World) -> None:
    row = results.decide(world, results.proposed(world, "unqualified", regime="d26", city=DONGGUAN))
    assert row.state == "decided" and failed_suppliers() == {world.supplier.pk}
