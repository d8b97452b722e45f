"""The doctor names each planted breach; on a healthy database it says nothing (one plant an invariant)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.conf import settings
from django.db import connection
from django.db.models import F

from tests.cast import CLAIMING, CLOCK, DONGGUAN, PAYING, World, broken
from tests.journal.test_log import unguarded
from tests.settlement.making import object_to, several
from yunquan.evidence.models import Contract, Invoice, PaymentProof
from yunquan.journal.models import LogHead
from yunquan.ledger.models import Account, Transfer
from yunquan.parties.models import Appointment
from yunquan.programme.models import CityTarget, Window
from yunquan.settlement import actions as settlement
from yunquan.settlement.models import (
    BankResult,
    Objection,
    PaymentInstruction,
    PaymentRun,
    Recovery,
    SettlementList,
)
from yunquan.vouchers.models import ClaimQueue, Voucher


@contextmanager
def without_checks(table: str) -> Iterator[None]:
    """The table's CHECK and UNIQUE constraints out of the way, as after a careless repair by hand."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(
                "SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'c'", [table]
            )
            for (name,) in cursor.fetchall():
                cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
        else:
            cursor.execute("PRAGMA ignore_check_constraints = 1")
        cursor.execute(
            "SELECT indexname FROM pg_indexes WHERE tablename = %s AND indexdef LIKE '%%UNIQUE%%WHERE%%'"
            if connection.vendor == "postgresql"
            else "SELECT name FROM sqlite_master WHERE type='index' AND tbl_name=%s AND sql LIKE '%%UNIQUE%%WHERE%%'",
            [table],
        )
        for (name,) in cursor.fetchall():
            cursor.execute(f'DROP INDEX "{name}"')
        try:
            yield
        finally:
            if connection.vendor != "postgresql":
                cursor.execute("PRAGMA ignore_check_constraints = 0")


def found() -> set[tuple[str, str]]:
    """What the doctor names: invariant and row."""
    return {(breach.invariant, breach.row) for breach in broken()}


@pytest.fixture
def paid(world: World) -> Voucher:
    voucher = world.approved()
    world.standing()
    world.pay_all(world.released())
    voucher.refresh_from_db()
    assert broken() == []
    return voucher


@pytest.fixture
def issued(world: World) -> Voucher:
    voucher = world.issued()
    assert broken() == []
    return voucher


@pytest.mark.clause("M1")
def test_a_balance_that_is_not_the_sum_of_its_transfers(issued: Voucher) -> None:
    Account.objects.filter(key=f"quota:2018:{DONGGUAN}").update(balance_fen=F("balance_fen") + 1)
    assert ("M1", f"account:quota:2018:{DONGGUAN}") in found()


@pytest.mark.clause("M1", "M3")
def test_a_transfer_altered_or_deleted_by_hand(issued: Voucher) -> None:
    with unguarded("ledger_transfer") as cursor:
        cursor.execute("UPDATE ledger_transfer SET amount_fen = amount_fen - 1 WHERE kind = 'issue'")
    assert ("M1", f"account:reserved:2018:{DONGGUAN}") in found()
    with unguarded("ledger_transfer") as cursor:
        cursor.execute("DELETE FROM ledger_transfer WHERE kind = 'issue'")
    assert ("M1", f"account:quota:2018:{DONGGUAN}") in found()


@pytest.mark.clause("M1")
def test_a_transfer_that_moves_nothing_or_to_itself(issued: Voucher) -> None:
    with without_checks("ledger_transfer"), unguarded("ledger_transfer") as cursor:
        cursor.execute("UPDATE ledger_transfer SET amount_fen = 0 WHERE kind = 'issue'")
        row = Transfer.objects.get(kind="issue")
        assert ("M1", f"transfer:{row.pk}") in found()
        cursor.execute("UPDATE ledger_transfer SET amount_fen = 1, debit = credit WHERE kind = 'issue'")
        assert ("M1", f"transfer:{row.pk}") in found()


@pytest.mark.clause("M1")
def test_a_transfer_to_an_account_that_does_not_exist(issued: Voucher) -> None:
    Account.objects.filter(key=f"reserved:2018:{DONGGUAN}").delete()
    assert ("M1", f"account:reserved:2018:{DONGGUAN}") in found()


@pytest.mark.clause("M2")
def test_a_balance_below_zero(issued: Voucher) -> None:
    with without_checks("ledger_account"):
        Account.objects.filter(key=f"quota:2018:{DONGGUAN}").update(balance_fen=-1)
        assert ("M2", f"account:quota:2018:{DONGGUAN}") in found()


@pytest.mark.clause("M4")
def test_a_face_that_is_not_the_award_of_its_inputs(issued: Voucher) -> None:
    Voucher.objects.update(face_fen=F("face_fen") + 1)
    assert ("M4", issued.journal_key) in found()


@pytest.mark.clause("M5")
def test_more_than_the_ceiling_for_one_enterprise(world: World, issued: Voucher) -> None:
    Voucher.objects.update(face_fen=500_000_01)
    assert ("M5", f"enterprise:{world.enterprise.pk}") in found()


@pytest.mark.clause("M5")
def test_a_bonus_twice(world: World, issued: Voucher) -> None:
    world.issued()
    with without_checks("vouchers_voucher"):
        Voucher.objects.update(bonus_fen=1)
        assert ("M5", f"enterprise:{world.enterprise.pk}") in found()


@pytest.mark.clause("M6")
@pytest.mark.parametrize(
    "change",
    [
        lambda: Invoice.objects.update(seller_uscc="91440000000000000X"),
        lambda: Invoice.objects.update(gross_fen=1),
        lambda: PaymentProof.objects.update(payee_name="虚构别家"),
        lambda: PaymentProof.objects.update(amount_fen=1),
    ],
)
def test_an_approved_claim_whose_evidence_does_not_bear_it(paid: Voucher, change: Callable[[], int]) -> None:
    change()
    assert ("M6", paid.journal_key) in found()


@pytest.mark.clause("M7")
def test_more_paid_than_face_and_bonus(paid: Voucher) -> None:
    Voucher.objects.update(face_fen=F("face_fen") - 1)
    assert ("M7", paid.journal_key) in found()


@pytest.mark.clause("M8")
def test_committed_money_without_an_instruction(world: World) -> None:
    world.approved()
    world.standing()
    world.released()
    PaymentInstruction.objects.update(amount_fen=F("amount_fen") - 1)
    assert ("M8", f"committed:2018:{DONGGUAN}") in found()


@pytest.mark.clause("M9")
def test_paid_without_a_bank_result_or_an_instruction(paid: Voucher) -> None:
    with unguarded("settlement_bankresult"):
        BankResult.objects.all().delete()
    assert ("M9", paid.journal_key) in found()


@pytest.mark.clause("M9")
def test_a_bank_that_paid_a_voucher_which_is_not_paid(paid: Voucher) -> None:
    Voucher.objects.update(state="ordered")
    instruction = PaymentInstruction.objects.get()
    assert ("M9", instruction.journal_key) in found()


@pytest.mark.clause("M10")
def test_more_asked_back_than_was_paid(world: World, paid: Voucher) -> None:
    by = world["dg_approver"]
    settlement.demand(
        voucher=paid, amount_fen=1_00, reason="测试", document=world.file(by), by=by, now=PAYING
    )
    Recovery.objects.update(amount_fen=paid.face_fen + 1)
    assert ("M10", paid.journal_key) in found()


@pytest.mark.clause("Q1")
def test_quota_and_faces_that_differ(issued: Voucher) -> None:
    Voucher.objects.update(face_fen=F("face_fen") - 1)
    assert ("Q1", f"reserved:2018:{DONGGUAN}") in found()


@pytest.mark.clause("Q2", "D47-8.2a")
def test_a_quota_outside_target_times_factor(issued: Voucher) -> None:
    row = CityTarget.objects.get(city=DONGGUAN)
    with without_checks("programme_citytarget"):
        CityTarget.objects.filter(pk=row.pk).update(target_fen=1)
        assert ("Q2", row.journal_key) in found()


@pytest.mark.clause("U1")
def test_a_living_voucher_whose_contract_was_freed_and_a_dead_one_that_holds_it(issued: Voucher) -> None:
    Contract.objects.update(is_live=False)
    assert ("U1", issued.journal_key) in found()
    Contract.objects.update(is_live=True)
    Voucher.objects.update(state="rejected")
    assert ("U1", issued.journal_key) in found()


@pytest.mark.clause("U1")
def test_one_contract_under_two_vouchers(world: World, issued: Voucher) -> None:
    world.issued()
    with without_checks("evidence_contract"):
        first = Contract.objects.order_by("pk")[0]
        Contract.objects.update(number=first.number, number_key=first.number_key)
        assert any(invariant == "U1" and row.startswith("contract:") for invariant, row in found())


@pytest.mark.clause("U2", "U3")
def test_evidence_freed_under_a_living_claim_or_used_twice(world: World) -> None:
    voucher = world.claim(world.issued())
    Invoice.objects.update(is_live=False)
    PaymentProof.objects.update(is_live=False)
    assert found() >= {("U2", voucher.journal_key), ("U3", voucher.journal_key)}
    Invoice.objects.update(is_live=True)
    PaymentProof.objects.update(is_live=True)
    assert found() == set()
    world.claim(world.issued())
    with without_checks("evidence_invoice"), without_checks("evidence_paymentproof"):
        Invoice.objects.update(key="same")
        PaymentProof.objects.update(key="same")
        assert found() >= {("U2", "invoice:same"), ("U3", "paymentproof:same")}


@pytest.mark.clause("S1", "L1")
def test_a_state_or_version_changed_past_the_log(issued: Voucher) -> None:
    Voucher.objects.update(version=F("version") + 1)
    assert ("L1", issued.journal_key) in found()


@pytest.mark.clause("S2")
@pytest.mark.parametrize("column", ["confirmed_hash", "attested_hash"])
def test_a_confirmation_of_something_else(paid: Voucher, column: str) -> None:
    Voucher.objects.update(**{column: "0" * 64})
    assert ("S2", paid.journal_key) in found()


@pytest.mark.clause("S3")
def test_one_person_on_two_sides(paid: Voucher) -> None:
    Voucher.objects.update(reviewed_by=F("submitted_by"))
    assert ("S3", paid.journal_key) in found()
    SettlementList.objects.update(approved_by=F("drafted_by"))
    PaymentRun.objects.update(released_by=F("prepared_by"))
    listed, run = SettlementList.objects.get(), PaymentRun.objects.get()
    assert found() >= {("S3", listed.journal_key), ("S3", run.journal_key)}


@pytest.mark.clause("F1")
def test_a_place_in_the_queue_that_was_never_given_or_given_out_of_order(world: World) -> None:
    first, second = world.claim(world.issued()), world.claim(world.issued())
    ClaimQueue.objects.update(next_seq=2)
    assert ("F1", second.journal_key) in found()
    ClaimQueue.objects.update(next_seq=3)
    Voucher.objects.filter(pk=first.pk).update(claimed_at=CLAIMING.replace(year=2020))
    assert ("F1", second.journal_key) in found()


@pytest.mark.clause("T1", "D47-5.18")
def test_a_window_that_was_published_too_late(world: World) -> None:
    Window.objects.filter(kind="apply").update(published_at=F("closes_at"))
    assert any(invariant == "T1" for invariant, _row in found())


@pytest.mark.clause("P1")
def test_a_list_that_was_changed_after_it_was_frozen(paid: Voucher) -> None:
    with unguarded("settlement_settlementline") as cursor:
        cursor.execute("UPDATE settlement_settlementline SET enterprise_name = 'x'")
    assert ("P1", SettlementList.objects.get().journal_key) in found()


@pytest.mark.clause("P1")
def test_a_payment_over_an_open_objection(world: World) -> None:
    [voucher] = several(world, 1)
    shown = world.published()
    raised = object_to(world, shown, voucher)
    settlement.dismiss(objection=raised, reason="测试", by=world["dg_approver"], now=raised.raised_at)
    settlement.close(settlement_list=shown, by=CLOCK, now=shown.publicity_ends_at)
    world.pay_all(world.released())
    assert found() == set()
    Objection.objects.update(state="raised")
    assert ("P1", voucher.journal_key) in found()


@pytest.mark.clause("P2")
def test_totals_that_are_not_the_sum_of_their_lines(paid: Voucher) -> None:
    SettlementList.objects.update(total_fen=F("total_fen") + 1)
    PaymentRun.objects.update(total_fen=F("total_fen") + 1)
    assert found() >= {
        ("P2", SettlementList.objects.get().journal_key),
        ("P2", PaymentRun.objects.get().journal_key),
    }


@pytest.mark.clause("L2")
def test_a_head_that_does_not_fit_the_log(world: World) -> None:
    LogHead.objects.update(size=F("size") + 1)
    assert ("L2", "log:head") in found()


@pytest.mark.clause("E1")
def test_a_kept_file_that_was_altered(world: World, issued: Voucher) -> None:
    kept = [path for path in settings.YUNQUAN_DIR.rglob("*") if path.is_file() and path.stat().st_size > 100]
    pdfs = [path for path in kept if path.read_bytes().startswith(b"%PDF")]
    assert pdfs
    pdfs[0].chmod(0o600)
    pdfs[0].write_bytes(b"%PDF-1.4 altered")
    assert any(invariant == "E1" for invariant, _row in found())


@pytest.mark.clause("A2")
def test_an_administrator_with_a_second_role(world: World) -> None:
    admin = Appointment.objects.get(role="system_admin")
    Appointment.objects.filter(role="auditor").update(person=admin.person)
    assert ("A2", admin.person.key) in found()
