"""The draft decree's pack runs a cycle from application to payment with no line of code of its own (D0)."""

from __future__ import annotations

import pytest

from tests.cast import CLOCK, DONGGUAN, World, at, broken
from tests.vouchers.refusing import codes
from yunquan.parties.models import Enterprise
from yunquan.programme import actions as programme
from yunquan.settlement import actions as settlement
from yunquan.vouchers import actions as vouchers


@pytest.fixture
def draft_world(world: World) -> World:
    """The cast with a cycle of the draft's pack in front of it."""
    officer, first = world["province_officer"], at("2018-09-12 09:00")
    cycle = programme.create_cycle(
        code="2018-D0", name="征求意见稿试算", pack="gd-2018-draft", year=2018, by=officer, now=first
    )
    programme.publish_windows(
        cycle=cycle,
        windows={
            "apply": (at("2018-10-15 10:00"), at("2018-12-31 17:00")),
            "claim": (at("2018-11-01 10:00"), at("2019-05-31 17:00")),
        },
        by=officer,
        now=first,
    )
    programme.set_target(
        cycle=cycle, city=DONGGUAN, target_fen=100_0000_00, factor_percent=150, by=officer, now=first
    )
    programme.appropriate_funds(
        cycle=cycle, city=DONGGUAN, amount_fen=100_0000_00, document="测试拨款", by=officer, now=first
    )
    world.cycle = programme.open_cycle(cycle=cycle, by=officer, now=at("2018-10-15 09:00"))
    return world


@pytest.mark.clause("D0-4.4", "D47-5.15")
def test_the_draft_pack_runs_from_application_to_payment(draft_world: World) -> None:
    world = draft_world
    voucher = world.approved()
    assert voucher.face_fen == 90_000_00  # 0.12 万元 × 60 台 + 1.8 万元, a small enterprise's caps
    assert voucher.edition == "稿"
    shown = world.published()
    assert shown.publicity_ends_at == at("2019-04-14 00:00")  # five full days after the day of publication
    settlement.close(settlement_list=shown, by=CLOCK, now=shown.publicity_ends_at)
    world.pay_all(world.released())
    voucher.refresh_from_db()
    assert voucher.state == "paid"
    assert broken() == []


@pytest.mark.clause("D0-4.4")
@pytest.mark.parametrize(
    ("size", "face_fen"),
    [("large", 180_000_00 + 45_000_00), ("medium", 120_000_00 + 30_000_00), ("micro", 48_000_00 + 12_000_00)],
)
def test_the_drafts_caps_go_by_the_size_of_the_enterprise(
    draft_world: World, size: str, face_fen: int
) -> None:
    Enterprise.objects.filter(pk=draft_world.enterprise.pk).update(size=size)
    assert draft_world.apply(total="300000.00").face_fen == face_fen


@pytest.mark.clause("D47-5.14", "D0-4.4", "M6")
def test_the_drafts_invoices_must_equal_the_contract(draft_world: World) -> None:
    world = draft_world
    voucher = world.issued()
    typed = world.typed_claim(voucher)
    typed["invoices"][0]["gross"] = "149999.99"
    now = at("2019-02-20 09:30")
    by = world["dg_enterprise"]
    assert codes(vouchers.claim, voucher=voucher, typed=typed, by=by, now=now) == {"invoices_equal_contract"}
    typed["invoices"][0]["gross"] = "150000.00"
    assert vouchers.claim(voucher=voucher, typed=typed, by=by, now=now).state == "claimed"


@pytest.mark.clause("D0-5.16", "D0-5.17")
def test_the_drafts_review_takes_five_working_days_not_ten(draft_world: World) -> None:
    voucher = draft_world.confirm(draft_world.apply())
    assert str(voucher.due_on) == "2018-12-10"


@pytest.mark.clause("D0-4.4")
def test_the_draft_forgives_age_and_breach_which_it_does_not_name(draft_world: World) -> None:
    Enterprise.objects.filter(pk=draft_world.enterprise.pk).update(
        founded_on="2018-09-01", has_serious_breach=True
    )
    assert draft_world.apply().state == "submitted"


@pytest.mark.clause("D47-5.22")
def test_publicity_lasts_seven_days_by_the_decree(world: World) -> None:
    world.approved()
    shown = world.published()
    assert (shown.published_at, shown.publicity_ends_at) == (at("2019-04-08 10:00"), at("2019-04-16 00:00"))
