"""An invoice reversed or void after it served a claim: an alarm holds its own voucher until a second person answers."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from tests.cast import CLAIMING, CLOCK, PAYING, World, at, broken
from tests.evidence.papers import einvoice
from tests.evidence.papers.invoice import digital
from tests.vouchers.refusing import codes
from yunquan.evidence import actions as evidence
from yunquan.evidence import alarms as evidence_alarms
from yunquan.evidence import readings
from yunquan.evidence.models import Invoice, InvoiceAlarm
from yunquan.evidence.reading.facts import InvoiceFacts
from yunquan.journal.models import LogEntry, Notice
from yunquan.settlement import actions as settlement
from yunquan.settlement.planning import plan_run
from yunquan.vouchers import actions as vouchers
from yunquan.vouchers import holding
from yunquan.vouchers.actions.alarms import hear
from yunquan.vouchers.models import Voucher

LATER = CLAIMING + timedelta(days=31)
REASONS = [{"label": "发票已红冲，请更换"}]


def key_of(voucher: Voucher) -> str:
    join = voucher.claim_invoices.select_related("invoice").get()
    return str(join.invoice.key)


def told(world: World, voucher: Voucher, **changes: Any) -> dict[str, Any]:
    """What a cashier tells of a voucher's invoice."""
    return {
        "key": key_of(voucher), "kind": "void", "happened_on": date(2019, 3, 1),
        "note": "税务发票查验平台查询（测试）", "by": world["dg_cashier"], "now": LATER, **changes,
    }  # fmt: skip


def raised(world: World, voucher: Voucher, **changes: Any) -> InvoiceAlarm:
    return vouchers.raise_alarm(**told(world, voucher, **changes))


def answered(world: World, alarm: InvoiceAlarm, answer: str = "lifted", **changes: Any) -> InvoiceAlarm:
    return vouchers.answer_alarm(
        **{
            "alarm": alarm, "answer": answer, "reason": "已核查（测试）", "by": world["dg_reviewer"],
            "now": LATER + timedelta(hours=1), **changes,
        }
    )  # fmt: skip


def verified(world: World, clerk: str = "dg_enterprise") -> Voucher:
    return world.verdict(world.attest(world.claim(world.issued(clerk), clerk)))


def approve(world: World, voucher: Voucher, **changes: Any) -> dict[str, Any]:
    return {
        "voucher": voucher, "seen_hash": voucher.claim_hash, "by": world["dg_reviewer"],
        "now": LATER + timedelta(days=1), **changes,
    }  # fmt: skip


@pytest.mark.clause("D47-5.14")
def test_an_alarm_holds_the_approval_until_it_is_lifted(world: World) -> None:
    voucher = verified(world)
    alarm = raised(world, voucher)
    assert [one.pk for one in holding.open_alarms(voucher)] == [alarm.pk]
    assert codes(vouchers.approve_claim, **approve(world, voucher)) == {"invoice_alarm"}
    answered(world, alarm)
    assert holding.open_alarms(voucher) == []
    assert vouchers.approve_claim(**approve(world, voucher)).state == "approved"
    assert broken() == []


@pytest.mark.clause("D47-5.14")
def test_an_alarm_found_true_goes_on_holding_and_the_claim_is_mended_with_another_invoice(
    world: World,
) -> None:
    voucher = verified(world)
    answered(world, raised(world, voucher), "upheld")
    assert codes(vouchers.approve_claim, **approve(world, voucher)) == {"invoice_alarm"}
    by = world["dg_reviewer"]
    voucher = vouchers.send_back_claim(voucher=voucher, reasons=REASONS, by=by, now=LATER)
    again = {"voucher": voucher, "by": world["dg_enterprise"], "now": LATER}
    # The same invoice can't come again.
    assert codes(vouchers.claim, **again) == {"invoice_alarm"}
    voucher = vouchers.claim(**again, typed=world.typed_claim(voucher))
    assert holding.open_alarms(voucher) == []
    voucher = world.verdict(world.attest(voucher))
    assert vouchers.approve_claim(**approve(world, voucher)).state == "approved"
    assert broken() == []


@pytest.mark.clause("D47-5.14", "D47-5.22")
def test_an_approved_claim_comes_back_or_ends_only_for_an_alarm_found_true(world: World) -> None:
    first, second = world.approved(), world.approved()
    back = {"reasons": REASONS, "by": world["dg_reviewer"], "now": LATER}
    end = {"reason": "发票已作废", "by": world["dg_approver"], "now": LATER}
    alarms = [raised(world, row) for row in (first, second)]
    assert codes(vouchers.send_back_claim, voucher=first, **back) == {"no_upheld_alarm"}
    assert codes(vouchers.refuse_for_alarm, voucher=second, **end) == {"no_upheld_objection"}
    for alarm in alarms:
        answered(world, alarm, "upheld")
    closed = {**back, "now": at("2019-03-31 17:00")}
    assert codes(vouchers.send_back_claim, voucher=first, **closed) == {"claims_closed"}
    first = vouchers.send_back_claim(voucher=first, **back)
    assert (first.state, first.approved_by, first.approved_at) == ("claim_returned", "", None)
    assert codes(vouchers.refuse_for_alarm, voucher=second, **{**end, "reason": " "}) == {"no_reason"}
    assert vouchers.refuse_for_alarm(voucher=second, **end).state == "refused"
    assert broken() == []


@pytest.mark.clause("F2", "D47-5.14")
def test_only_the_voucher_of_the_alarm_waits_and_the_others_are_listed_and_paid(world: World) -> None:
    held, free = world.approved(), world.approved()
    alarm = raised(world, held, now=at("2019-04-01 09:00"))
    standing = world.standing()
    assert [line.voucher_number for line in standing.lines.all()] == [free.number]
    held.refresh_from_db()
    assert held.state == "approved"
    assert codes(vouchers.enter_list, voucher=held, by=world["dg_reviewer"], now=PAYING) == {"invoice_alarm"}
    world.pay_all(world.released())
    free.refresh_from_db()
    assert free.state == "paid"
    answered(world, alarm, now=PAYING + timedelta(days=2))
    drawn = settlement.draw_up(
        cycle=world.cycle, city="441900", by=world["dg_reviewer"], now=PAYING + timedelta(days=3)
    )
    assert [line.voucher_number for line in drawn.lines.all()] == [held.number]
    assert broken() == []


@pytest.mark.clause("F2")
def test_a_list_of_nothing_but_held_claims_is_not_drawn_up(world: World) -> None:
    raised(world, world.approved(), now=at("2019-04-01 09:00"))
    draw = {"cycle": world.cycle, "city": "441900", "by": world["dg_reviewer"], "now": PAYING}
    assert codes(settlement.draw_up, **draw) == {"nothing_approved"}


@pytest.mark.clause("F2", "D47-5.15")
def test_an_alarm_raised_while_the_run_waits_for_its_release_stops_the_run_and_leaves_its_voucher_out(
    world: World,
) -> None:
    held, free = world.approved(), world.approved()
    world.standing()
    prepare = {"cycle": world.cycle, "city": "441900", "by": world["dg_reviewer"], "now": PAYING}
    run = settlement.prepare_run(**prepare)
    raised(world, held, now=PAYING + timedelta(minutes=1))
    release = {"by": world["dg_cashier"], "now": PAYING + timedelta(minutes=2)}
    # A cashier who raised the alarm had no hand in the run.
    assert codes(settlement.release, run=run, **release) == {"plan_outdated"}
    settlement.cancel(run=run, by=world["dg_reviewer"], now=PAYING + timedelta(minutes=3))
    again = settlement.prepare_run(**prepare)
    plan = {row["voucher"]: (row["outcome"], row["reason"]) for row in again.plan}
    assert plan == {held.number: ("held", "发票警示待核查"), free.number: ("pay", "")}
    world.pay_all(settlement.release(run=again, **release))
    held.refresh_from_db()
    assert held.state == "listed"
    assert broken() == []


@pytest.mark.clause("F2")
def test_the_order_itself_refuses_a_held_voucher(world: World) -> None:
    voucher = world.approved()
    world.standing()
    voucher.refresh_from_db()
    raised(world, voucher, now=PAYING)
    facts = {"publicity_complete": True, "holds": []}
    order = {"voucher": voucher, "facts": facts, "by": world["dg_cashier"], "now": PAYING}
    assert codes(vouchers.order, **order) == {"invoice_alarm"}


@pytest.mark.clause("D47-5.23")
def test_an_alarm_on_a_paid_voucher_tells_approver_and_cashier_and_opens_recovery(world: World) -> None:
    voucher = world.approved()
    world.standing()
    world.pay_all(world.released())
    voucher.refresh_from_db()
    Notice.objects.all().delete()
    alarm = raised(world, voucher, by=world["supplier"], now=PAYING + timedelta(days=5))
    sent = set(Notice.objects.filter(kind="alarm").values_list("org", "role"))
    assert sent == {
        ("bureau:441900", "city_approver"), ("bureau:441900", "city_cashier"),
        (world["dg_enterprise"].org, ""), (world["supplier"].org, ""),
    }  # fmt: skip
    answered(world, alarm, "upheld", now=PAYING + timedelta(days=6))
    recovery = settlement.demand(
        voucher=voucher, amount_fen=voucher.face_fen, reason="发票作废", by=world["dg_approver"],
        document=world.file(world["dg_approver"]), now=PAYING + timedelta(days=7),
    )  # fmt: skip
    assert recovery.state == "demanded"
    assert broken() == []


@pytest.mark.clause("S3")
def test_who_raised_or_upheld_an_alarm_does_not_answer_it(world: World) -> None:
    voucher = verified(world)
    alarm = raised(world, voucher, by=world["dg_reviewer"])
    say = {"alarm": alarm, "answer": "lifted", "reason": "已核查", "now": LATER}
    assert codes(vouchers.answer_alarm, by=world["dg_reviewer"], **say) == {"same_person"}
    answered(world, alarm, "upheld", by=world["dg_approver"])
    assert codes(vouchers.answer_alarm, by=world["dg_approver"], **say) == {"same_person"}
    # Raised by the one, found true by the other: a third lifts it.
    assert codes(vouchers.answer_alarm, by=world["dg_reviewer"], **say) == {"same_person"}
    assert answered(world, alarm, by=world["province_officer"]).answer == "lifted"
    assert codes(vouchers.answer_alarm, by=world["province_officer"], **say) == {"not_from_this_state"}
    acts = LogEntry.objects.filter(obj=alarm.journal_key).order_by("seq")
    steps = [json.loads(row.entry) for row in acts]
    assert [(one["act"], one["pre"], one["post"]) for one in steps if one["res"] == "ok"] == [
        ("alarm.raise", "", "open"), ("alarm.uphold", "open", "upheld"), ("alarm.lift", "upheld", "lifted"),
    ]  # fmt: skip
    assert broken() == []


@pytest.mark.clause("A1")
@pytest.mark.parametrize("who", ["other_supplier", "fs_cashier", "fs_enterprise"])
def test_strangers_neither_raise_nor_answer_nor_see(world: World, who: str) -> None:
    voucher = verified(world)
    assert "unknown_invoice" in codes(vouchers.raise_alarm, **told(world, voucher, by=world[who]))
    alarm = raised(world, voucher)
    assert holding.alarm_for(world[who], alarm.pk) is None
    answer = {"alarm": alarm, "answer": "lifted", "reason": "x", "by": world[who], "now": LATER}
    assert codes(vouchers.answer_alarm, **answer) == {"not_your_case"}
    for one in ("dg_enterprise", "supplier", "dg_reviewer", "province_officer", "auditor"):
        assert holding.alarm_for(world[one], alarm.pk) == alarm


@pytest.mark.clause("D47-5.14")
def test_the_enterprise_neither_raises_nor_answers(world: World) -> None:
    voucher = verified(world)
    by = world["dg_enterprise"]
    assert codes(vouchers.raise_alarm, **told(world, voucher, by=by)) == {"not_your_role"}
    alarm = raised(world, voucher)
    answer = {"alarm": alarm, "answer": "lifted", "reason": "x", "by": by, "now": LATER}
    assert codes(vouchers.answer_alarm, **answer) == {"not_your_role"}


@pytest.mark.clause("D47-5.14")
def test_every_fault_of_an_alarm_is_said_at_once_and_the_same_one_is_raised_once(world: World) -> None:
    voucher = verified(world)
    empty = told(world, voucher, kind="", happened_on=None, note=" ", reversed_fen=-1, red_number="9" * 21)
    assert codes(vouchers.raise_alarm, **empty) == {"missing", "not_a_date", "not_positive", "too_long"}
    late = told(world, voucher, happened_on=date(2019, 12, 1), reversed_fen=150_001_00)
    assert codes(vouchers.raise_alarm, **late) == {"day_in_future", "more_than_invoice"}
    raised(world, voucher, kind="red", reversed_fen=1000_00, red_number="24442000000000000001")
    same = told(world, voucher, kind="red", red_number="24442000000000000001")
    assert codes(vouchers.raise_alarm, **same) == {"alarm_known"}
    raised(world, voucher, kind="red", red_number="24442000000000000002")
    assert len(holding.open_alarms(voucher)) == 2


def red_of(voucher: Voucher, **changes: Any) -> InvoiceFacts:
    """The red invoice that takes back a voucher's blue one, as a reader finds it."""
    blue = Invoice.objects.get(key=key_of(voucher))
    facts = {
        "number": "24442000000000000009", "issued_on": date(2019, 3, 2), "seller_no": blue.seller_uscc,
        "gross_fen": -blue.gross_fen, "red": True, "reverses": blue.key,
    }  # fmt: skip
    return InvoiceFacts(**{**facts, **changes})


@pytest.mark.clause("D47-5.14")
def test_a_red_invoice_that_a_reader_finds_raises_the_alarm_by_itself_and_once(world: World) -> None:
    voucher = verified(world)
    file = world.file(world["supplier"])
    for _ in range(2):
        evidence_alarms.tell_reds(file, [red_of(voucher)], now=LATER)
    (alarm,) = holding.open_alarms(voucher)
    assert (alarm.raised_by, alarm.red_number, alarm.reversed_fen) == (
        CLOCK.person, "24442000000000000009", None,
    )  # fmt: skip
    assert codes(vouchers.approve_claim, **approve(world, voucher)) == {"invoice_alarm"}
    assert broken() == []


@pytest.mark.clause("D47-5.14")
@pytest.mark.parametrize(
    "changes",
    [{"red": False}, {"reverses": None}, {"seller_no": "91440000000000000X"}, {"reverses": "24442000000000000123"}],
)  # fmt: skip
def test_what_reverses_no_invoice_of_that_seller_raises_nothing(
    world: World, changes: dict[str, Any]
) -> None:
    voucher = verified(world)
    hear(world.file(world["supplier"]), red_of(voucher, **changes), LATER)
    assert holding.open_alarms(voucher) == []


def test_a_part_reversed_is_told_with_its_amount(world: World) -> None:
    voucher = verified(world)
    hear(world.file(world["supplier"]), red_of(voucher, gross_fen=-40_000_00), LATER)
    (alarm,) = holding.open_alarms(voucher)
    assert alarm.reversed_fen == 40_000_00 and "40,000.00 元" in holding.said(alarm)


def test_what_is_read_of_many_vouchers_costs_the_same_as_of_one(
    world: World, django_assert_num_queries: Any
) -> None:
    rows = [world.approved() for _ in range(3)]
    for row in rows:
        raised(world, row)
    with django_assert_num_queries(2):
        assert len(holding.held_among([rows[0].pk])) == 1
    with django_assert_num_queries(2):
        assert len(holding.held_among([row.pk for row in rows])) == 3
    assert plan_run(cycle=world.cycle, city="441900", now=PAYING).payments == []


def without_the_guards(monkeypatch: pytest.MonkeyPatch) -> None:
    """The program as it would be if nobody asked for alarms."""
    for place in ("reviewing_claims", "paying"):
        monkeypatch.setattr(f"yunquan.vouchers.actions.{place}.alarms_said", lambda _voucher: [])
    for place in ("holding_back", "actions.listing"):
        monkeypatch.setattr(f"yunquan.settlement.{place}.held_among", lambda _vouchers: {})


@pytest.mark.clause("F2")
def test_without_the_guards_a_held_voucher_is_paid_and_the_doctor_names_each_step(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    voucher = verified(world)
    raised(world, voucher)
    without_the_guards(monkeypatch)
    voucher = vouchers.approve_claim(**approve(world, voucher))
    world.standing()
    world.pay_all(world.released())
    found = [(row.invariant, row.row) for row in broken()]
    assert found == [("F2", voucher.journal_key)] * 3


@pytest.mark.clause("L1", "S3")
def test_the_doctor_names_an_alarm_answered_past_the_log_or_by_who_raised_it(world: World) -> None:
    alarm = raised(world, verified(world))
    InvoiceAlarm.objects.update(answer="lifted")
    assert {(row.invariant, row.row) for row in broken()} == {("L1", alarm.journal_key)}
    InvoiceAlarm.objects.update(answer="open")
    answered(world, alarm)
    assert broken() == []
    InvoiceAlarm.objects.update(answered_by=alarm.raised_by)
    assert {(row.invariant, row.row) for row in broken()} == {("S3", alarm.journal_key)}


@pytest.mark.clause("M3")
def test_what_was_told_of_an_invoice_never_changes(world: World) -> None:
    raised(world, verified(world))
    for column, value in (("key", "x"), ("note", "x"), ("raised_by", "x"), ("happened_on", date(2019, 1, 1))):
        with pytest.raises(IntegrityError), transaction.atomic():
            InvoiceAlarm.objects.update(**{column: value})


@pytest.mark.clause("D47-5.14")
def test_a_red_invoice_that_somebody_uploads_is_read_and_holds_the_voucher_of_the_blue_one(
    world: World,
) -> None:
    supplier = world.supplier
    blue = digital(seller=supplier.name, seller_no=supplier.uscc, day=date(2019, 1, 15))
    voucher = world.issued()
    typed = world.typed_claim(voucher)
    typed["invoices"][0] |= {"code": "", "number": blue.number}
    voucher = vouchers.claim(voucher=voucher, typed=typed, by=world["dg_enterprise"], now=CLAIMING)
    for paper, alarms in ((blue, 0), (blue.red(), 1)):
        by = world["supplier"]
        file = evidence.take_file(
            content=einvoice.xml(paper), name="发票.xml", org=by.org, by=by, now=CLAIMING
        )
        readings.read_file(file, "invoice", now=LATER)
        assert len(holding.open_alarms(voucher)) == alarms
    (alarm,) = holding.open_alarms(voucher)
    assert (alarm.kind, alarm.file, alarm.raised_by) == ("red", file, "clock")
