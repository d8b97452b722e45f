"""The supplier attests a claim and gives client and cloud ends (D47-5.12, S2, S3)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cast import CLAIMING, World, broken
from tests.vouchers.refusing import codes, fields
from yunquan.kernel.workflow import Actor
from yunquan.usage.models import End
from yunquan.usage.queries import ends_of
from yunquan.vouchers import actions as vouchers


def attest(world: World, voucher: Any, **changes: Any) -> dict[str, Any]:
    return {
        "voucher": voucher,
        "seen_hash": voucher.claim_hash,
        "ends": world.ends(voucher),
        "by": world["supplier"],
        "now": CLAIMING,
        **changes,
    }


@pytest.mark.clause("D47-5.12", "S2")
def test_the_supplier_attests_what_it_saw_with_both_ends_of_each_service(world: World) -> None:
    voucher = world.attest(world.claim(world.issued()))
    assert (voucher.state, voucher.attested_hash) == ("attested", voucher.claim_hash)
    assert len(ends_of(voucher.number)) == 4
    assert broken() == []


@pytest.mark.clause("D47-5.12")
def test_every_missing_or_wrong_end_is_named(world: World) -> None:
    voucher = world.claim(world.issued())
    assert codes(vouchers.attest, **attest(world, voucher, ends=[])) == {"end_missing"}
    ends = [
        {"service": "2", "side": "client", "kind": "ip", "value": "300.1.1.1"},
        {"service": "2", "side": "cloud", "kind": "mobile", "value": "13800138000"},
        {"service": "5", "side": "cloud", "kind": "host", "value": "", "port": "70000"},
    ]
    said = fields(vouchers.attest, **attest(world, voucher, ends=ends))
    assert said == {
        ("bad_end", "ends-0-value"),
        ("unknown_kind", "ends-1-kind"),
        ("unknown_service", "ends-2-service"),
        ("bad_end", "ends-2-value"),
        ("bad_port", "ends-2-port"),
        ("end_missing", "ends"),
    }
    assert ends_of(voucher.number) == []


@pytest.mark.clause("S2", "S3")
def test_changed_content_and_the_submitters_own_hand_are_refused(world: World) -> None:
    voucher = world.claim(world.issued())
    assert codes(vouchers.attest, **attest(world, voucher, seen_hash="other")) == {"content_changed"}
    both = Actor(person=world["dg_enterprise"].person, role="supplier", org=world["supplier"].org)
    assert codes(vouchers.attest, **attest(world, voucher, by=both)) == {"same_person"}


@pytest.mark.clause("D47-5.12")
def test_ends_given_again_replace_the_earlier_ones_which_stay_on_record(world: World) -> None:
    voucher = world.attest(world.claim(world.issued()))
    voucher = world.verdict(voucher, "not_done")
    voucher = vouchers.claim(voucher=voucher, by=world["dg_enterprise"], now=CLAIMING)
    world.attest(voucher)
    assert len(ends_of(voucher.number)) == 4
    assert End.objects.filter(voucher=voucher.number).count() == 8


@pytest.mark.clause("D47-5.12", "S6")
def test_the_supplier_may_decline_a_claim_with_reasons(world: World) -> None:
    voucher = world.claim(world.issued())
    by = world["supplier"]
    assert codes(vouchers.decline_claim, voucher=voucher, reasons=[], by=by, now=CLAIMING) == {"no_reason"}
    voucher = vouchers.decline_claim(voucher=voucher, reasons=[{"label": "金额不符"}], by=by, now=CLAIMING)
    assert (voucher.state, voucher.return_reasons) == (
        "claim_returned",
        [{"label": "金额不符", "flagged": False}],
    )
    assert broken() == []
