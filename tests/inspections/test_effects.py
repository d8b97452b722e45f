"""What a decided outcome does, regime by regime: all or nothing, once, and the doctor sees what is missing (S5)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import connection, transaction

from tests.cast import DONGGUAN, PAYING, World, at, broken
from tests.inspections import results, stage
from tests.inspections.together import together
from yunquan.inspections.actions import answering, deciding
from yunquan.inspections.models import Effect, Inspection
from yunquan.journal.models import LogEntry
from yunquan.kernel.refusal import Refused
from yunquan.ledger.queries import balance_fen
from yunquan.parties import standings
from yunquan.parties.models import Standing, Supplier
from yunquan.programme import accounts
from yunquan.settlement import actions as settlement
from yunquan.settlement.models import Recovery
from yunquan.vouchers.holding import open_holds
from yunquan.vouchers.lifecycle import S
from yunquan.vouchers.models import Voucher


def fresh(row: Voucher) -> Voucher:
    return Voucher.objects.get(pk=row.pk)


def second(world: World, name: str = "dg_second", **changes: Any) -> None:
    if name not in world.people:
        world.add_enterprise(name, title="虚构塑胶（测试）有限公司", **changes)


@pytest.mark.clause("D108-4")
def test_key_terms_unmet_take_this_voucher_alone(world: World) -> None:
    mine, other = world.approved(), world.issued()
    row = results.decided(world, "terms_unmet", vouchers=[mine])
    assert (fresh(mine).state, fresh(other).state) == (S.REVOKED, S.ISSUED)
    assert not Standing.objects.exists()
    (done,) = Effect.objects.filter(inspection=row)
    assert (done.before, done.after, done.article) == (S.APPROVED, S.REVOKED, "D108-4")
    assert not open_holds(mine)
    assert not broken()


@pytest.mark.clause("D108-4", "S5", "Q4", "M10")
def test_fraud_takes_every_voucher_of_the_supplier_and_its_standing_for_good(world: World) -> None:
    quota = accounts.quota("2018", DONGGUAN)
    full = balance_fen(quota)
    second(world)
    paid = world.approved("dg_second")
    world.standing()
    world.pay_all(world.released())
    mine, submitted, issued = world.approved(), world.apply("dg_second"), world.issued()
    elsewhere = world.issued(supplier=_other_supplier(world))
    row = results.decided(world, "fraud", vouchers=[mine])
    assert {fresh(one).state for one in (mine, submitted, issued)} == {S.REVOKED}
    assert (fresh(paid).state, fresh(elsewhere).state) == (S.PAID, S.ISSUED)
    recovery = Recovery.objects.get()
    assert (recovery.voucher_id, recovery.amount_fen) == (paid.pk, paid.face_fen + paid.bonus_fen)
    assert recovery.document.org == world["province_approver"].org
    assert balance_fen(quota) == full - fresh(paid).face_fen - fresh(elsewhere).face_fen
    laid = {one.kind: one for one in Standing.objects.filter(supplier=world.supplier)}
    assert set(laid) == {"supplier_cancelled", "barred"}
    assert all(one.until_on is None and one.article == "D108-4" for one in laid.values())
    assert not Standing.objects.filter(enterprise__isnull=False).exists()
    assert standings.refusals_for(supplier=world.supplier, on=date(2099, 1, 1))
    assert Effect.objects.filter(inspection=row, code="supplier_vouchers_revoked").count() == 3
    assert not broken()


def _other_supplier(world: World) -> Supplier:
    return Supplier.objects.get(pk=int(world["other_supplier"].org.partition(":")[2]))


@pytest.mark.clause("D26-4", "S5")
def test_a_violation_bars_both_for_five_years_and_has_the_others_checked_first(world: World) -> None:
    mine, other = world.approved(), world.approved()
    row = results.decided(world, "violation", regime="d26", city=DONGGUAN, vouchers=[mine])
    assert (fresh(mine).state, fresh(other).state) == (S.REVOKED, S.APPROVED)
    assert [hold.kind for hold in open_holds(other)] == ["checked_first"]
    bars = Standing.objects.filter(kind="barred").order_by("pk")
    assert [one.party_key for one in bars] == [world.enterprise.key, world.supplier.key]
    assert {(one.from_on, one.until_on) for one in bars} == {(date(2020, 4, 29), date(2025, 4, 28))}
    assert Standing.objects.get(kind="supplier_cancelled").until_on is None
    assert Effect.objects.filter(inspection=row).count() == 5
    assert not broken()


@pytest.mark.clause("D26-4")
def test_not_qualified_under_the_second_regime_leaves_the_suppliers_other_projects_alone(
    world: World,
) -> None:
    mine, other = world.approved(), world.approved()
    results.decided(world, "unqualified", regime="d26", city=DONGGUAN, vouchers=[mine])
    assert (fresh(mine).state, fresh(other).state) == (S.REVOKED, S.APPROVED)
    assert not open_holds(other) and not Standing.objects.exists()
    assert not broken()


@pytest.mark.clause("D26-4")
def test_a_voucher_checked_first_and_found_good_is_paid_again(world: World) -> None:
    second(world)
    mine, other = world.approved(), world.approved("dg_second")
    results.decided(world, "violation", regime="d26", city=DONGGUAN, vouchers=[mine])
    assert open_holds(other)
    row = results.visited(world, regime="d26", city=DONGGUAN, vouchers=[fresh(other)], hours=4)[0]
    row = results.conclude(world, row, "qualified")
    row = answering.inform(inspection=row, by=world["dg_reviewer"], now=results.day(row, 2))
    row = results.answer(world, row, accepts=True, names=["supplier", "dg_second"])
    results.decide(world, results.propose(world, row, "qualified"))
    assert not open_holds(other)
    assert not broken()


@pytest.mark.clause("D858-2.3", "M10")
def test_a_violation_found_after_payment_asks_the_money_back(world: World) -> None:
    (mine,) = stage.paid(world)
    row = results.decided(world, "violation", regime="d858", vouchers=[mine])
    assert fresh(mine).state == S.PAID
    assert Recovery.objects.get().amount_fen == mine.face_fen + mine.bonus_fen
    assert {one.kind for one in Standing.objects.all()} == {"barred", "supplier_cancelled"}
    assert Effect.objects.filter(inspection=row, code="recovery").get().after.startswith("recovery:")
    assert not broken()


@pytest.mark.clause("D858-2.3")
@pytest.mark.parametrize(
    ("outcome", "codes"),
    [("rectify", {"rectification"}), ("good", {"benchmark_candidate", "excellent_supplier_candidate"})],
)
def test_what_is_to_be_mended_and_what_is_good_are_written_down(
    world: World, outcome: str, codes: set[str]
) -> None:
    (mine,) = stage.paid(world)
    row = results.decided(world, outcome, regime="d858", vouchers=[mine])
    assert set(Effect.objects.filter(inspection=row).values_list("code", flat=True)) == codes
    assert not broken()


@pytest.mark.clause("D108-4", "M9")
@pytest.mark.parametrize("outcome", ["terms_unmet", "fraud"])
def test_nothing_is_decided_while_the_bank_has_the_money_in_hand(world: World, outcome: str) -> None:
    """Of the voucher itself, or of another of the supplier's."""
    second(world)
    sent = world.approved("dg_second")
    world.standing()
    run = world.released()
    mine = world.approved()
    chosen = mine if outcome == "fraud" else None
    if chosen is None:
        # The one that was sent is the one that is decided on.
        row = results.proposed(world, outcome, vouchers=[mine])
        Inspection.objects.filter(pk=row.pk).update(voucher=sent)
    else:
        row = results.proposed(world, outcome, vouchers=[chosen])
    with pytest.raises(Refused) as refused:
        results.decide(world, row)
    assert {one.code for one in refused.value.refusals} == {"bank_result_first"}
    assert Inspection.objects.get(pk=row.pk).state == "proposed"
    assert fresh(mine).state == S.APPROVED and not Effect.objects.exists() and not Standing.objects.exists()
    world.pay_all(run)
    results.decide(world, row)
    assert Recovery.objects.filter(voucher=sent).exists()


@pytest.mark.clause("S5", "S3")
def test_a_decision_that_fails_at_its_nth_statement_leaves_nothing_behind(world: World) -> None:
    mine, other = world.approved(), world.issued()
    row = results.proposed(world, "fraud", vouchers=[mine])
    document = world.file(world["province_approver"])

    class Stop(Exception):
        pass

    def stopping(left: list[int]) -> Callable[..., Any]:
        def wrapper(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
            if sql.split(None, 1)[0].upper() in ("INSERT", "UPDATE", "DELETE"):
                left[0] -= 1
                if left[0] < 0:
                    raise Stop
            return execute(sql, params, many, context)

        return wrapper

    size, failed = LogEntry.objects.count(), 0
    for nth in range(200):
        left = [nth]
        try:
            with connection.execute_wrapper(stopping(left)), transaction.atomic():
                results.decide(world, row, document=document)
        except Stop:
            failed += 1
            assert (fresh(mine).state, fresh(other).state) == (S.APPROVED, S.ISSUED)
            assert LogEntry.objects.count() == size
            assert not Effect.objects.exists() and not Standing.objects.exists()
            continue
        break
    assert failed > 20
    assert (fresh(mine).state, fresh(other).state) == (S.REVOKED, S.REVOKED)
    assert not broken()


@pytest.mark.clause("S5")
@pytest.mark.parametrize("damage", ["voucher", "standing", "effect", "recovery"])
def test_the_doctor_finds_what_a_decision_left_undone(world: World, damage: str) -> None:
    second(world)
    paid = world.approved("dg_second")
    world.standing()
    world.pay_all(world.released())
    mine, late = world.approved(), world.issued()
    results.decided(world, "fraud", vouchers=[mine])
    assert not broken()
    guards = _lifted_guards()
    if damage == "voucher":
        Voucher.objects.filter(pk=late.pk).update(state=S.ISSUED)
    elif damage == "standing":
        Standing.objects.filter(kind="barred").update(source="inspection:0")
    elif damage == "effect":
        Effect.objects.filter(code="supplier_barred").delete()
    else:
        Recovery.objects.filter(voucher=paid).delete()
    assert "S5" in {one.invariant for one in broken()}, guards


def _lifted_guards() -> int:
    """Take the triggers away for the test's own transaction: someone who writes past the platform."""
    dropped = 0
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            for (name,) in cursor.fetchall():
                cursor.execute(f"DROP TRIGGER {name}")
                dropped += 1
        else:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            for table in ("inspections_effect", "parties_standing"):
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
                dropped += 1
    return dropped


@pytest.mark.clause("S5", "A1")
def test_decided_twice_at_once_it_is_decided_once(lasting_world: World) -> None:
    world = lasting_world
    row = results.proposed(world, "fraud")
    document = world.file(world["province_approver"])
    outcomes = together([lambda: results.decide(world, row, document=document)] * 3)
    assert sorted(outcomes) == ["done", "refused", "refused"]
    assert LogEntry.objects.filter(act="voucher.revoke", entry__contains='"res":"ok"').count() == 1
    assert Standing.objects.count() == 2
    assert not broken()


@pytest.mark.clause("S5", "M9", "F2")
def test_a_decision_and_the_release_of_a_run_at_once_have_one_outcome(lasting_world: World) -> None:
    world = lasting_world
    second(world)
    listed = world.approved("dg_second")
    world.standing()
    mine = world.approved()
    row = results.proposed(world, "fraud", vouchers=[mine])
    run = settlement.prepare_run(cycle=world.cycle, city=DONGGUAN, by=world["dg_reviewer"], now=PAYING)
    document = world.file(world["province_approver"])
    outcomes = together(
        [
            lambda: results.decide(world, row, document=document),
            lambda: settlement.release(run=run, by=world["dg_cashier"], now=PAYING),
        ]
    )
    assert sorted(outcomes) == ["done", "refused"]
    assert fresh(listed).state in (S.REVOKED, S.ORDERED)
    assert (fresh(listed).state == S.REVOKED) == Effect.objects.exists()
    assert not broken()


def test_deciding_names_nobody_twice(world: World) -> None:
    """The own voucher is taken once although two effects name it."""
    row = results.decided(world, "fraud")
    assert Effect.objects.filter(inspection=row, obj=row.voucher.journal_key).count() == 1
    with pytest.raises(Refused):
        deciding.decide(
            inspection=row, document=None, by=world["province_approver"], now=results.day(row, 11)
        )


@pytest.mark.clause("D26-4", "S3")
def test_a_key_check_is_ended_by_another_approver_of_the_place_with_a_reason(world: World) -> None:
    mine, other = world.approved(), world.approved()
    results.decided(world, "violation", regime="d26", city=DONGGUAN, vouchers=[mine])
    now = at("2020-05-06 09:00")
    for by, reason in (
        ("dg_approver", "好"),
        ("fs_approver", "好"),
        ("dg_reviewer", "好"),
        ("province_approver", " "),
    ):
        with pytest.raises(Refused):
            deciding.clear_first_check(voucher=fresh(other), reason=reason, by=world[by], now=now)
    assert open_holds(other)
    by = world["province_approver"]
    assert deciding.clear_first_check(voucher=fresh(other), reason="核查属实（测试）", by=by, now=now) == 1
    assert not open_holds(other)
    assert not broken()
