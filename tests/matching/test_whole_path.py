"""A city's own subsidy from scheme to payment and back: persons, amounts, order, books apart (D47-4.4.6)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from tests.cast import CLOCK, DONGGUAN, FOSHAN, PAYING, World, broken
from tests.matching.making import (
    ADDING,
    ADOPTING,
    LISTING,
    VISITOR,
    drawn,
    outcomes,
    paid,
    pay_all,
    prepared,
    proposed,
    published,
    released,
    result,
    scheme,
    standing,
)
from tests.settlement.making import several, taken_meanwhile
from tests.vouchers.refusing import refusals
from yunquan.jobs.tick import tick
from yunquan.ledger.models import Account, Transfer
from yunquan.ledger.queries import balance_fen
from yunquan.matching import accounts, queries
from yunquan.matching import actions as matching
from yunquan.matching.models import MatchingInstruction, MatchingLine, MatchingResult, MatchingScheme
from yunquan.parties.models import Enterprise
from yunquan.programme import accounts as province
from yunquan.settlement import actions as settlement
from yunquan.vouchers.models import Voucher

FACE = 110_000_00


def codes(act: Callable[..., Any]) -> list[str]:
    """The codes of every refusal, in the order in which they are said."""
    return [refusal.code for refusal in refusals(act)]


def funds(world: World) -> dict[str, int]:
    return queries.funds_of(world.cycle, DONGGUAN)


@pytest.mark.clause("D47-4.4.6", "S3", "M9", "P1")
def test_half_of_the_award_is_listed_published_and_paid_from_the_citys_own_funds(world: World) -> None:
    scheme(world)
    first, second = paid(world)
    shown = standing(world)
    assert [(line.voucher_number, line.amount_fen) for line in shown.lines.order_by("position")] == [
        (first.number, FACE // 2),
        (second.number, FACE // 2),
    ]
    province_before = dict(Account.objects.exclude(book="matching").values_list("key", "balance_fen"))
    run = released(world)
    assert funds(world)["committed_fen"] == run.total_fen == FACE
    pay_all(world, run)
    run = matching.finish(run=run, by=world["dg_cashier"], now=ADDING + timedelta(days=2))
    assert run.state == "done"
    assert funds(world) == {
        "provided_fen": 1_000_000_00, "free_fen": 1_000_000_00 - FACE, "committed_fen": 0, "recovered_fen": 0,
        "paid_fen": FACE,
    }  # fmt: skip
    assert balance_fen(accounts.enterprise(first.enterprise_id)) == FACE // 2
    assert balance_fen(province.enterprise(first.enterprise_id)) == FACE
    assert dict(Account.objects.exclude(book="matching").values_list("key", "balance_fen")) == province_before
    assert broken() == []


@pytest.mark.clause("D47-4.4.6", "S3")
def test_a_version_is_proposed_by_one_and_adopted_by_another(world: World) -> None:
    row = proposed(world)
    assert funds(world)["provided_fen"] == 0
    approver = world["dg_approver"]
    MatchingScheme.objects.filter(pk=row.pk).update(proposed_by=approver.person)
    assert codes(lambda: matching.adopt(scheme=row, by=approver, now=ADOPTING)) == ["same_person"]
    assert codes(lambda: matching.adopt(scheme=row, by=world["dg_reviewer"], now=ADOPTING)) == [
        "not_your_role"
    ]
    assert codes(lambda: proposed(world)) == ["proposal_waits"]
    stranger = codes(lambda: matching.adopt(scheme=row, by=world["fs_approver"], now=ADOPTING))
    assert stranger == ["not_your_case"]
    turned = matching.turn_down(scheme=row, reason="比例过高（测试）", by=approver, now=ADOPTING)
    assert turned.state == "turned_down" and broken() == []


@pytest.mark.clause("D47-4.4.6")
def test_everything_that_is_wrong_with_a_version_is_said_at_once(world: World) -> None:
    wrong = {"title": " ", "document": "", "clause": "", "ratio": 20_001, "ceiling_fen": 0, "total_fen": None,
             "rounding": "jiao", "trigger": "never", "from_on": None}  # fmt: skip
    assert codes(lambda: proposed(world, **wrong)) == [
        "scheme_title", "scheme_document", "scheme_clause", "scheme_ratio", "scheme_ceiling_fen",
        "scheme_total_fen", "scheme_rounding", "scheme_trigger", "scheme_from_on",
    ]  # fmt: skip
    assert codes(lambda: proposed(world, basis="fixed", fixed={}, until_on=date(2018, 1, 1))) == [
        "scheme_fixed", "scheme_until_on",
    ]  # fmt: skip
    long = codes(lambda: proposed(world, title="长" * 121, document="长" * 61, clause="长" * 61))
    assert long == ["scheme_title", "scheme_document", "scheme_clause"]
    assert MatchingScheme.objects.count() == 0
    [unknown] = refusals(lambda: proposed(world, basis="fixed", fixed={2: 1_00, 97: 1_00, 99: 1_00}))
    assert (unknown.field, "97、99" in unknown.message) == ("fixed", True)
    assert codes(lambda: proposed(world, city=FOSHAN)) == ["not_your_case"]


@pytest.mark.clause("D47-4.4.6", "M4", "M2")
def test_a_change_is_a_new_version_from_a_later_day_and_moves_the_difference_of_the_funds(
    world: World,
) -> None:
    scheme(world)
    paid(world, 1)
    standing(world)
    released(world)
    later = LISTING + timedelta(days=30)
    back = proposed(world, from_on=date(2019, 6, 1), now=later)
    adopt = {"scheme": back, "by": world["dg_approver"], "now": later}
    assert codes(lambda: matching.adopt(**adopt)) == ["starts_in_the_past"]
    matching.turn_down(reason="改期（测试）", **adopt)
    low = proposed(world, from_on=date(2019, 8, 1), total_fen=FACE // 2 - 1, now=later)
    assert codes(lambda: matching.adopt(scheme=low, by=world["dg_approver"], now=later)) == ["funds_short"]
    matching.turn_down(scheme=low, reason="总额过低（测试）", by=world["dg_approver"], now=later)
    scheme(world, from_on=date(2019, 8, 1), total_fen=FACE // 2, ratio=3000, now=later)
    assert (funds(world)["provided_fen"], funds(world)["free_fen"]) == (FACE // 2, 0)
    assert MatchingLine.objects.get().amount_fen == FACE // 2
    assert broken() == []


@pytest.mark.clause("D47-4.4.6", "M5")
def test_the_ceiling_of_an_enterprise_counts_what_stands_on_earlier_lists(world: World) -> None:
    scheme(world, ceiling_fen=80_000_00)
    world.add_enterprise("twice")
    for _ in range(2):
        world.approved("twice")
    paid(world, 1)
    lines = list(drawn(world).lines.order_by("position"))
    assert [line.amount_fen for line in lines] == [55_000_00, 25_000_00, 55_000_00]
    told = [step[0] for step in lines[1].working["steps"]]
    assert told == ["省奖补", "按比例配套", "不超过企业剩余上限", "取整"]
    assert broken() == []


@pytest.mark.clause("D47-4.4.6")
def test_a_fixed_sum_a_service_and_the_moment_of_approval_are_values_of_the_scheme(world: World) -> None:
    scheme(
        world,
        basis="fixed",
        fixed={2: 12_345_67, 8: 4_00},
        trigger="approved",
        rounding="fen",
        within_fee=False,
    )
    [voucher] = several(world, 1)
    assert voucher.state == "approved"
    [line] = drawn(world).lines.all()
    assert line.amount_fen == 12_345_67 + 4_00
    assert codes(lambda: drawn(world)) == ["nothing_due"]


@pytest.mark.clause("D47-8.2b", "F2", "F3", "D47-4.4.6")
def test_own_funds_are_used_up_in_the_order_of_the_queue_and_the_rest_carries_over(world: World) -> None:
    scheme(world, total_fen=FACE // 2 + 1)
    first, second, third = paid(world, 3)
    standing(world)
    run = released(world)
    assert outcomes(run) == [(first.number, "pay"), (second.number, "carry"), (third.number, "carry")]
    pay_all(world, run)
    assert MatchingLine.objects.exclude(carried_at=None).count() == 2
    later = ADDING + timedelta(days=3)
    scheme(world, from_on=date(2019, 7, 1), total_fen=FACE * 2, now=later)
    again = released(world, now=later + timedelta(days=1))
    assert outcomes(again) == [(second.number, "pay"), (third.number, "pay")]
    pay_all(world, again, now=later + timedelta(days=2))
    assert broken() == []


@pytest.mark.clause("D47-5.22", "F2", "P1")
def test_an_objection_holds_its_own_line_alone_and_is_decided(world: World) -> None:
    scheme(world)
    rows = paid(world, 3)
    shown = published(world)
    lines = list(shown.lines.order_by("position"))
    raised = [
        matching.raise_objection(
            line=line, raised_by="测试来访者", contact="测试联系方式", grounds="请核查（测试）", file=None, by=VISITOR,
            now=LISTING + timedelta(days=1),
        )
        for line in lines
    ]  # fmt: skip
    empty = codes(
        lambda: matching.raise_objection(
            line=lines[0], raised_by="", contact=" ", grounds="", file=None, by=VISITOR, now=ADDING
        )
    )
    assert empty == ["publicity_over", "missing", "missing", "missing"]
    assert shown.publicity_ends_at is not None
    tick_like = {"by": CLOCK, "now": shown.publicity_ends_at}
    matching.close(matching_list=shown, **tick_like)
    approver = {"by": world["dg_approver"], "now": ADDING}
    matching.dismiss(objection=raised[0], reason="属实（测试）", **approver)
    bad = codes(lambda: matching.reduce(objection=raised[1], payable_fen=FACE, reason=" ", **approver))
    assert bad == ["no_reason", "amount_out_of_range"]
    matching.reduce(objection=raised[1], payable_fen=10_000_00, reason="核减（测试）", **approver)
    held = [(row[0], row[1]) for row in outcomes(prepared(world))]
    assert held == [(rows[0].number, "pay"), (rows[1].number, "pay"), (rows[2].number, "held")]
    matching.uphold(objection=raised[2], reason="不实（测试）", **approver)
    assert MatchingLine.objects.get(voucher=rows[2]).state == "refused"
    run = MatchingLine.objects.get(voucher=rows[0]).matching_list.cycle.matching_runs.get()
    late = codes(lambda: matching.release(run=run, by=world["dg_cashier"], now=ADDING))
    assert late == ["plan_outdated"]
    matching.cancel(run=run, by=world["dg_cashier"], now=ADDING)
    pay_all(world, released(world))
    assert balance_fen(accounts.enterprise(rows[1].enterprise_id)) == 10_000_00
    assert broken() == []


@pytest.mark.clause("D47-5.15", "M9")
def test_a_result_line_is_taken_once_and_a_bounced_payment_waits_for_a_new_account(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    scheme(world)
    _first, second = paid(world)
    standing(world)
    run = released(world)
    row, other = run.instructions.order_by("number")
    take = {"run": run, "by": world["dg_cashier"], "now": ADDING}
    torn = [(2, result(row)), (3, result(row, "失败"))]
    assert [one.status for one in matching.take_results(rows=torn, **take)] == ["refused", "refused"]
    assert not MatchingResult.objects.exists()
    assert matching.take_result(columns=result(row), **take) == "taken"
    assert matching.take_result(columns=result(row), **take) == "known"
    assert codes(lambda: matching.take_result(columns=result(row, "失败"), **take)) == ["result_contradicts"]
    with monkeypatch.context() as raced:
        taken_meanwhile(raced)
        late = result(other, bank_reference=f"B{row.number}")
        assert codes(lambda: matching.take_result(columns=late, **take)) == ["bad_result_line"]
    rows = [
        (2, result(other, bank_reference=f"B{row.number}")),
        (3, result(other, amount="1.00", outcome="也许", settled_on="昨天")),
        (4, result(other, amount="1.00", settled_on="2019-06-19")),
        (5, result(other, amount="1.00", settled_on="2019-06-21")),
        (6, result(other, "失败")),
    ]
    told = matching.take_results(rows=rows, **take)
    assert [(one.status, len(one.reasons)) for one in told] == [
        ("refused", 1), ("refused", 3), ("refused", 2), ("refused", 2), ("taken", 0)
    ]  # fmt: skip
    assert MatchingResult.objects.count() == 2
    assert funds(world)["committed_fen"] == 0
    assert outcomes(prepared(world)) == [(second.number, "held")]
    run = world.cycle.matching_runs.get(state="prepared")
    assert codes(lambda: matching.release(run=run, by=world["dg_cashier"], now=ADDING)) == ["nothing_to_pay"]
    matching.cancel(run=run, by=world["dg_cashier"], now=ADDING)
    Enterprise.objects.filter(pk=second.enterprise_id).update(bank_account="6200000000000001")
    pay_all(world, released(world))
    assert MatchingInstruction.objects.filter(state="paid").count() == 2
    assert broken() == []


@pytest.mark.clause("D47-5.23", "M10", "D47-4.4.6")
def test_what_the_province_takes_back_the_city_takes_back_in_the_same_share(world: World) -> None:
    scheme(world)
    [voucher] = paid(world, 1)
    standing(world)
    pay_all(world, released(world))
    line = MatchingLine.objects.get()
    approver, cashier = world["dg_approver"], world["dg_cashier"]
    demand = {
        "line": line,
        "reason": "省奖补已追回（测试）",
        "by": approver,
        "now": ADDING + timedelta(days=9),
    }
    assert codes(lambda: matching.demand(amount_fen=1, **demand)) == ["nothing_taken_back"]
    part = settlement.demand(
        voucher=voucher, amount_fen=FACE // 4 + 1, reason="核减（测试）", document=world.file(approver), by=approver,
        now=ADDING,
    )  # fmt: skip
    settlement.receive(recovery=part, bank_reference="R1", by=cashier, now=ADDING)
    lines = MatchingLine.objects.select_related("voucher")
    [(told, due_fen)] = queries.to_recover(lines)
    assert (told.pk, due_fen) == (line.pk, -(-(FACE // 2) * (FACE // 4 + 1) // FACE))
    first = matching.demand(amount_fen=due_fen, **demand)
    assert queries.to_recover(lines) == []
    rest = settlement.demand(
        voucher=voucher, amount_fen=FACE - part.amount_fen, reason="全部追回（测试）", document=world.file(approver),
        by=approver, now=ADDING,
    )  # fmt: skip
    settlement.receive(recovery=rest, bank_reference="R2", by=cashier, now=ADDING)
    too_much = codes(lambda: matching.demand(amount_fen=FACE // 2 - due_fen + 1, **demand))
    assert too_much == ["recovery_out_of_range"]
    second = matching.demand(amount_fen=queries.to_recover(lines)[0][1], **demand)
    same = codes(lambda: matching.receive(recovery=second, bank_reference="", by=cashier, now=ADDING))
    assert same == ["missing"]
    for place, recovery in enumerate((first, second)):
        matching.receive(recovery=recovery, bank_reference=f"PR{place}", by=cashier, now=ADDING)
    line.refresh_from_db()
    assert line.state == "recovered"
    assert funds(world)["recovered_fen"] == FACE // 2
    assert balance_fen(accounts.enterprise(voucher.enterprise_id)) == 0
    assert broken() == []


@pytest.mark.clause("D47-4.4.6", "F2")
def test_a_voucher_recovered_before_the_city_paid_is_held_and_then_dropped_by_the_clock(world: World) -> None:
    scheme(world)
    first, second = paid(world)
    shown = published(world)
    approver = world["dg_approver"]
    back = settlement.demand(
        voucher=first, amount_fen=FACE, reason="测试", document=world.file(approver), by=approver, now=LISTING
    )
    settlement.receive(recovery=back, bank_reference="R1", by=world["dg_cashier"], now=LISTING)
    assert shown.publicity_ends_at is not None
    matching.close(matching_list=shown, by=CLOCK, now=shown.publicity_ends_at)
    run = prepared(world)
    assert outcomes(run) == [(first.number, "held"), (second.number, "pay")]
    matching.cancel(run=run, by=world["dg_cashier"], now=ADDING)
    assert codes(
        lambda: matching.drop(line=MatchingLine.objects.get(voucher=second), by=CLOCK, now=ADDING)
    ) == ["voucher_stands"]
    assert tick(ADDING).done["matching_dropped"] == 1
    assert outcomes(released(world)) == [(second.number, "pay")]
    assert broken() == []


@pytest.mark.clause("P1", "M3", "D47-5.14b")
def test_a_list_withdrawn_comes_again_as_its_next_version_and_its_lines_are_frozen(world: World) -> None:
    scheme(world)
    paid(world)
    shown = published(world)
    with pytest.raises(DatabaseError), transaction.atomic():
        MatchingLine.objects.update(amount_fen=1)
    with pytest.raises(DatabaseError), transaction.atomic():
        MatchingScheme.objects.update(ratio=1)
    matching.withdraw(matching_list=shown, reason="改正（测试）", by=world["dg_approver"], now=LISTING)
    again = drawn(world)
    assert (again.batch, again.edition, again.count) == (1, 2, 2)
    same = codes(lambda: matching.publish(matching_list=again, by=world["dg_reviewer"], now=LISTING))
    assert same == ["not_your_role"]
    matching.publish(matching_list=again, by=world["dg_approver"], now=LISTING)
    early = codes(lambda: matching.close(matching_list=again, by=CLOCK, now=LISTING))
    assert early == ["publicity_not_over"]
    assert codes(lambda: prepared(world)) == ["nothing_waiting"]
    assert broken() == []


@pytest.mark.clause("M1", "D47-4.4.6")
def test_no_transfer_joins_the_citys_own_money_to_the_provinces(world: World) -> None:
    scheme(world)
    paid(world, 1)
    standing(world)
    pay_all(world, released(world))
    own = Transfer.objects.filter(book="matching")
    assert {row.kind for row in own} == {"provide", "commit", "pay"}
    for row in Transfer.objects.all():
        assert {row.credit.startswith("own_"), row.debit.startswith("own_")} == {row.book == "matching"}
    assert Voucher.objects.get().state == "paid" and PAYING < ADDING
