"""A claim that the supplier leaves unanswered can be taken back, and silence is told (D47-5.11, 5.12)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cast import CLAIMING, World, at, broken
from tests.vouchers.refusing import codes
from yunquan.evidence.models import Invoice, PaymentProof
from yunquan.jobs.tick import tick
from yunquan.journal.models import Notice
from yunquan.vouchers import actions as vouchers

LATER = at("2019-03-01 10:00")


@pytest.mark.clause("D47-5.11")
def test_a_claim_taken_back_can_come_again_with_a_new_place(world: World) -> None:
    voucher = world.claim(world.issued())
    first, typed = voucher.claim_seq, voucher.typed_claim
    voucher = vouchers.withdraw_claim(voucher=voucher, by=world["dg_enterprise"], now=LATER)
    voucher.refresh_from_db()
    assert (voucher.state, voucher.claim_seq, voucher.claim_hash, voucher.typed_claim) == (
        "issued", None, "", typed,
    )  # fmt: skip
    assert not Invoice.objects.filter(is_live=True).exists()
    assert not PaymentProof.objects.filter(is_live=True).exists()
    assert broken() == []
    voucher = vouchers.claim(voucher=voucher, by=world["dg_enterprise"], now=LATER)
    assert voucher.state == "claimed"
    assert voucher.claim_seq > first
    assert broken() == []


@pytest.mark.clause("D47-5.11")
def test_neither_a_stranger_nor_the_supplier_takes_a_claim_back(world: World) -> None:
    voucher = world.claim(world.issued())
    for name in ("supplier", "dg_reviewer"):
        refused = codes(vouchers.withdraw_claim, voucher=voucher, by=world[name], now=LATER)
        assert refused == {"not_your_role"}
    assert Invoice.objects.filter(is_live=True).exists()


@pytest.mark.clause("D47-5.18")
def test_after_the_window_a_claim_is_kept_as_it_could_not_come_again(world: World) -> None:
    voucher = world.claim(world.issued())
    refused = codes(
        vouchers.withdraw_claim, voucher=voucher, by=world["dg_enterprise"], now=at("2019-03-31 17:00")
    )
    assert len(refused) == 1
    voucher.refresh_from_db()
    assert voucher.state == "claimed"
    assert Invoice.objects.filter(is_live=True).exists()


@pytest.mark.clause("D47-5.12")
@pytest.mark.parametrize("stage", ["apply", "claim"])
def test_silence_of_a_supplier_is_told_once_to_both(
    world: World, stage: str, django_capture_on_commit_callbacks: Any
) -> None:
    voucher = world.apply() if stage == "apply" else world.claim(world.issued(), now=CLAIMING)
    Notice.objects.all().delete()

    def silence() -> set[str]:
        return set(Notice.objects.filter(key__contains=":silent:").values_list("org", flat=True))

    def run(moment: str) -> None:
        with django_capture_on_commit_callbacks(execute=True):
            tick(at(moment))

    run(f"{voucher.waiting_since:%Y-%m-%d} 23:00")
    assert silence() == set()
    run("2018-12-28 10:00" if stage == "apply" else "2019-03-15 10:00")
    assert silence() == {voucher.supplier.key, voucher.enterprise.key}
    assert "撤回" in Notice.objects.get(org=voucher.enterprise.key, key__contains=":silent:").text
    run("2018-12-28 11:00" if stage == "apply" else "2019-03-15 11:00")
    assert Notice.objects.filter(key__contains=":silent:").count() == 2


def test_the_page_of_a_claim_offers_to_take_it_back(world: World, client: Any, monkeypatch: Any) -> None:
    from yunquan.journal import clock

    monkeypatch.setattr(clock, "read", lambda: LATER)
    voucher = world.claim(world.issued())
    client.force_login(world.person(world["dg_enterprise"]))
    address = f"/enterprise/vouchers/{voucher.number}/"
    assert "撤回兑现申请" in client.get(address).content.decode()
    assert "兑现截止前" in client.get(f"{address}withdraw-claim").content.decode()
    assert client.post(f"{address}withdraw-claim").status_code == 302
    text = client.get(address).content.decode()
    assert "企业撤回兑现" in text
    assert "开始兑现" in text
    assert client.post(f"{address}withdraw-claim").status_code == 422
