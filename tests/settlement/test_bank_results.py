"""Bank results: line by line, each once, contradictions named, money that comes back is free again (M9)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cast import DONGGUAN, PAYING, World, broken
from tests.settlement.making import outcomes, several, taken_meanwhile
from tests.vouchers.refusing import fields
from yunquan.ledger.queries import as_text, balance_fen
from yunquan.parties.models import Enterprise
from yunquan.programme import accounts
from yunquan.settlement import actions as settlement
from yunquan.settlement.models import BankResult, PaymentRun
from yunquan.vouchers.models import Voucher


@pytest.fixture
def run(world: World) -> PaymentRun:
    several(world, 2)
    world.standing()
    return world.released()


def take(world: World, run: PaymentRun, **columns: Any) -> dict[str, Any]:
    return {"run": run, "columns": world.result(run, **columns), "by": world["dg_cashier"], "now": PAYING}


@pytest.mark.clause("D47-5.15", "M7", "M9")
def test_a_line_pays_once_however_often_it_comes(world: World, run: PaymentRun) -> None:
    line = take(world, run)
    assert [settlement.take_result(**line) for _ in range(3)] == ["taken", "known", "known"]
    assert BankResult.objects.count() == 1
    assert as_text().count("cash pay:") == 1
    assert broken() == []


@pytest.mark.clause("D47-5.15", "M9")
@pytest.mark.parametrize(
    ("columns", "field"),
    [
        ({"instruction": "ZF-unknown"}, "instruction"),
        ({"amount": "110000.01"}, "amount"),
        ({"amount": "many"}, "amount"),
        ({"outcome": "也许"}, "outcome"),
        ({"settled_on": "2019-13-01"}, "settled_on"),
        ({"bank_reference": ""}, "bank_reference"),
    ],
)
def test_a_line_that_cannot_be_right_is_refused_with_its_column(
    world: World, run: PaymentRun, columns: dict[str, str], field: str
) -> None:
    assert fields(settlement.take_result, **take(world, run, **columns)) == {("bad_result_line", field)}
    assert not BankResult.objects.exists()
    assert broken() == []


@pytest.mark.clause("D47-5.15", "M9")
@pytest.mark.parametrize(
    ("day", "said"),
    [
        ("2019-05-21", "晚于今天（2019-05-20）"),
        ("2019-05-19", "早于本批次放行的日期（2019-05-20）"),
        ("2019-05-20", ""),
    ],
)
def test_a_payment_is_settled_between_the_release_of_its_run_and_today(
    world: World, run: PaymentRun, day: str, said: str
) -> None:
    [told] = settlement.take_results(
        run=run, rows=[(2, world.result(run, settled_on=day))], by=world["dg_cashier"], now=PAYING
    )
    reasons = [(one.code, one.field, said in one.message) for one in told.reasons]
    assert reasons == ([("bad_result_line", "settled_on", True)] if said else [])
    assert BankResult.objects.count() == (0 if said else 1)
    assert broken() == []


@pytest.mark.clause("D47-5.15")
def test_everything_wrong_with_a_line_is_said_at_once(world: World, run: PaymentRun) -> None:
    said = fields(
        settlement.take_result, **take(world, run, instruction="?", amount="x", outcome="?", settled_on="?")
    )
    assert {field for _code, field in said} == {"instruction", "amount", "outcome", "settled_on"}


@pytest.mark.clause("M9")
@pytest.mark.parametrize(("first", "second"), [("成功", "失败"), ("失败", "成功")])
def test_a_contradicting_line_is_refused_and_changes_nothing(
    world: World, run: PaymentRun, first: str, second: str
) -> None:
    settlement.take_result(**take(world, run, outcome=first, bank_reference="B1"))
    before = as_text()
    said = fields(settlement.take_result, **take(world, run, outcome=second, bank_reference="B1"))
    assert said == {("result_contradicts", "outcome")}
    assert as_text() == before
    assert broken() == []


@pytest.mark.clause("M9")
def test_one_bank_reference_stands_for_one_payment(world: World, run: PaymentRun) -> None:
    settlement.take_result(**take(world, run, bank_reference="B1"))
    other = run.instructions.order_by("-number").first()
    said = fields(settlement.take_result, **take(world, run, bank_reference="B1", instruction=other.number))
    assert said == {("bad_result_line", "bank_reference")}


@pytest.mark.clause("M9")
def test_a_reference_that_another_payment_took_meanwhile_is_refused_in_words(
    world: World, run: PaymentRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    settlement.take_result(**take(world, run, bank_reference="B1"))
    other = run.instructions.order_by("-number").first()
    taken_meanwhile(monkeypatch)
    said = fields(settlement.take_result, **take(world, run, bank_reference="B1", instruction=other.number))
    assert said == {("bad_result_line", "bank_reference")}
    assert BankResult.objects.count() == 1
    assert broken() == []


@pytest.mark.clause("D47-5.15")
def test_a_bad_line_stops_no_other(world: World, run: PaymentRun) -> None:
    first, second = run.instructions.order_by("number")
    rows = [
        (2, world.result(run, amount="1.00")),
        (3, world.result(run, instruction=second.number, bank_reference="B2")),
        (4, world.result(run, instruction=first.number)),
        (5, world.result(run, instruction=first.number)),
    ]
    taken = settlement.take_results(run=run, rows=rows, by=world["dg_cashier"], now=PAYING)
    assert [(row.row, row.status) for row in taken] == [
        (2, "refused"),
        (3, "taken"),
        (4, "taken"),
        (5, "known"),
    ]
    assert taken[0].reasons[0].field == "amount"
    assert {voucher.state for voucher in Voucher.objects.all()} == {"paid"}
    assert broken() == []


@pytest.mark.clause("D47-5.15", "M9")
@pytest.mark.parametrize(("first", "second"), [("成功", "失败"), ("失败", "成功")])
def test_a_file_that_says_two_things_of_a_payment_settles_nothing_of_it(
    world: World, run: PaymentRun, first: str, second: str
) -> None:
    torn, other = run.instructions.order_by("number")
    rows = [
        (2, world.result(run, instruction=torn.number, outcome=first, bank_reference="B1")),
        (3, world.result(run, instruction=other.number, bank_reference="B2")),
        (4, world.result(run, instruction=torn.number, outcome=second, bank_reference="B1")),
    ]
    taken = settlement.take_results(run=run, rows=rows, by=world["dg_cashier"], now=PAYING)
    assert [row.status for row in taken] == ["refused", "taken", "refused"]
    assert {(one.code, one.field) for row in taken for one in row.reasons} == {
        ("result_contradicts", "outcome")
    }
    assert "第 2、4 行" in taken[0].reasons[0].message
    torn.refresh_from_db()
    assert torn.state == "ordered"
    again = settlement.take_results(run=run, rows=rows[2:], by=world["dg_cashier"], now=PAYING)
    assert [row.status for row in again] == ["taken"]
    known = settlement.take_results(run=run, rows=rows, by=world["dg_cashier"], now=PAYING)
    assert [row.status for row in known] == ["refused", "known", "known"]
    assert broken() == []


@pytest.mark.clause("D47-5.15", "M7", "M8")
def test_money_that_bounced_is_free_and_the_voucher_waits_for_a_corrected_account(
    world: World, run: PaymentRun
) -> None:
    fund = balance_fen(accounts.fund("2018", DONGGUAN))
    first, second = run.instructions.order_by("number")
    settlement.take_result(**take(world, run, outcome="退票"))
    settlement.take_result(**take(world, run, instruction=second.number, bank_reference="B2"))
    first.voucher.refresh_from_db()
    assert first.voucher.state == "listed"
    assert balance_fen(accounts.fund("2018", DONGGUAN)) == fund + first.amount_fen
    settlement.finish(run=run, by=world["dg_cashier"], now=PAYING)
    again = settlement.prepare_run(cycle=world.cycle, city=DONGGUAN, by=world["dg_reviewer"], now=PAYING)
    assert outcomes(again) == [(first.voucher.number, "held")]
    assert "退回" in again.plan[0]["reason"]
    settlement.cancel(run=again, by=world["dg_reviewer"], now=PAYING)
    Enterprise.objects.filter(pk=first.voucher.enterprise_id).update(bank_account="6200000000000009")
    world.pay_all(world.released())
    first.voucher.refresh_from_db()
    assert first.voucher.state == "paid"
    assert broken() == []


@pytest.mark.clause("S1")
def test_only_the_cashier_takes_results(world: World, run: PaymentRun) -> None:
    line = take(world, run)
    for name in ("dg_reviewer", "dg_approver", "auditor", "dg_enterprise"):
        said = fields(settlement.take_result, **{**line, "by": world[name]})
        assert {code for code, _field in said} == {"not_your_role"}
    assert not BankResult.objects.exists()
