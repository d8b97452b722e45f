"""取消奖补资格: a decided inspection ends a voucher from every live state but ordered and paid (D108-4, Q4)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.cast import DONGGUAN, PAYING, World, at, broken
from yunquan.kernel.refusal import Refused
from yunquan.ledger.queries import balance_fen
from yunquan.programme import accounts
from yunquan.settlement import actions as settlement
from yunquan.settlement.actions.recovering import left_to_demand_fen
from yunquan.vouchers import actions as vouchers
from yunquan.vouchers.lifecycle import COUNTED, REVOCABLE, S
from yunquan.vouchers.models import Voucher

DECIDED = at("2019-05-10 09:00")


def revoke(world: World, *rows: Voucher, by: str = "province_approver") -> list[Voucher]:
    return vouchers.revoke_all(
        vouchers=rows,
        source="inspection:1",
        reason="测试：未履行合同关键条款",
        article="D108-4",
        by=world[by],
        now=DECIDED,
    )


def declined(world: World) -> Voucher:
    return vouchers.decline(
        voucher=world.apply(), reasons=[{"label": "测试"}], by=world["supplier"], now=at("2018-12-04 09:00")
    )


def claim_returned(world: World) -> Voucher:
    row = world.claim(world.issued())
    return vouchers.decline_claim(
        voucher=row, reasons=[{"label": "测试"}], by=world["supplier"], now=at("2019-02-21 09:00")
    )


def listed(world: World) -> Voucher:
    row = world.approved()
    world.published()
    return Voucher.objects.get(pk=row.pk)


LIVE: dict[str, Callable[[World], Voucher]] = {
    S.SUBMITTED: lambda world: world.apply(),
    S.RETURNED: declined,
    S.CONFIRMED: lambda world: world.confirm(world.apply()),
    S.ISSUED: lambda world: world.issued(),
    S.CLAIMED: lambda world: world.claim(world.issued()),
    S.CLAIM_RETURNED: claim_returned,
    S.ATTESTED: lambda world: world.attest(world.claim(world.issued())),
    S.VERIFIED: lambda world: world.verdict(world.attest(world.claim(world.issued()))),
    S.APPROVED: lambda world: world.approved(),
    S.LISTED: listed,
}


def test_every_live_state_is_tried() -> None:
    assert set(LIVE) == set(REVOCABLE)


@pytest.mark.clause("D108-4", "D26-4")
@pytest.mark.parametrize("state", sorted(LIVE))
def test_a_voucher_is_revoked_from_every_live_state_and_gives_its_quota_back_once(
    world: World, state: str
) -> None:
    quota = accounts.quota("2018", DONGGUAN)
    before = balance_fen(quota)
    row = LIVE[state](world)
    assert row.state == state
    assert balance_fen(quota) == before - (row.face_fen if state in COUNTED else 0)
    (gone,) = revoke(world, row)
    assert gone.state == S.REVOKED and gone.bonus_fen == 0
    assert balance_fen(quota) == before
    assert gone.contract is not None and not type(gone.contract).objects.get(pk=gone.contract_id).is_live
    with pytest.raises(Refused):
        revoke(world, gone)
    assert balance_fen(quota) == before
    assert not broken()


@pytest.mark.clause("D108-4")
def test_all_of_a_decision_are_revoked_or_none(world: World) -> None:
    paying, free = world.approved(), world.issued()
    world.standing()
    world.released()
    with pytest.raises(Refused) as refused:
        revoke(world, free, paying)
    assert {one.code for one in refused.value.refusals} == {"bank_result_first"}
    assert Voucher.objects.get(pk=free.pk).state == S.ISSUED
    assert not broken()


def test_a_paid_voucher_is_not_revoked_but_asked_back(world: World) -> None:
    row = world.approved()
    world.standing()
    world.pay_all(world.released())
    with pytest.raises(Refused) as refused:
        revoke(world, row)
    assert {one.code for one in refused.value.refusals} == {"not_from_this_state"}
    row.refresh_from_db()
    by = world["province_approver"]
    recovery = settlement.demand(
        voucher=row,
        amount_fen=left_to_demand_fen(row),
        reason="测试：抽查认定不合格",
        document=world.file(by),
        decision="inspection:1",
        article="D108-4",
        by=by,
        now=DECIDED,
    )
    assert (recovery.amount_fen, recovery.article) == (row.face_fen + row.bonus_fen, "D108-4")
    assert left_to_demand_fen(row) == 0
    with pytest.raises(Refused):
        settlement.demand(
            voucher=row, amount_fen=1, reason="再要", document=world.file(by), decision="inspection:1", by=by,
            now=DECIDED,
        )  # fmt: skip


def test_without_a_decision_the_province_asks_nothing_back(world: World) -> None:
    row = world.approved()
    world.standing()
    world.pay_all(world.released())
    by = world["province_approver"]
    with pytest.raises(Refused) as refused:
        settlement.demand(
            voucher=row, amount_fen=1, reason="测试", document=world.file(by), by=by, now=DECIDED
        )
    assert "not_your_role" in {one.code for one in refused.value.refusals}


def test_a_revoked_voucher_keeps_its_line_and_is_not_paid(world: World) -> None:
    gone, free = world.approved(), world.approved()
    drawn = world.standing()
    revoke(world, gone)
    assert drawn.lines.count() == 2
    run = world.released(now=PAYING)
    assert [row.voucher_id for row in run.instructions.all()] == [free.pk]
    assert not broken()


def test_a_revoked_voucher_frees_its_contract_for_another(world: World) -> None:
    row = world.issued()
    number = row.typed["contract_number"]
    revoke(world, row)
    assert world.apply(contract_number=number).state == S.SUBMITTED


@pytest.mark.clause("A1")
@pytest.mark.parametrize("by", ["fs_approver", "dg_reviewer", "province_officer", "dg_enterprise"])
def test_only_the_approvers_of_the_place_revoke(world: World, by: str) -> None:
    row = world.issued()
    with pytest.raises(Refused):
        revoke(world, row, by=by)
    assert Voucher.objects.get(pk=row.pk).state == S.ISSUED


def test_a_revoking_names_its_reason(world: World) -> None:
    row = world.issued()
    with pytest.raises(Refused):
        vouchers.revoke_all(
            vouchers=[row], source="inspection:1", reason=" ", article="D108-4",
            by=world["province_approver"], now=DECIDED,
        )  # fmt: skip
