"""One cloud of several suppliers, one client of several enterprises: a warning at the attestation and on review."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cast import CLAIMING, World
from yunquan.usage.ends import declared
from yunquan.usage.queries import ends_of
from yunquan.vouchers import actions
from yunquan.vouchers.models import Voucher
from yunquan.vouchers.sharing import ends_seen, shared_ends

pytestmark = pytest.mark.clause("D47-5.12")
NOW = CLAIMING


def ends(client: str = "14.23.10.8", cloud: str = "203.107.1.1", **more: Any) -> list[dict[str, Any]]:
    kinds = {"client": more.get("client_kind", "ip"), "cloud": more.get("cloud_kind", "ip")}
    return [
        {"service": service, "side": side, "kind": kinds[side], "value": value}
        for service in ("2", "8")
        for side, value in (("client", client), ("cloud", cloud))
    ]


def attested(world: World, clerk: str, said: list[dict[str, Any]], supplier: str = "supplier") -> Voucher:
    by = world[supplier]
    number = int(by.org.partition(":")[2])
    from yunquan.parties.models import Supplier

    voucher = world.claim(world.issued(clerk, supplier=Supplier.objects.get(pk=number)), clerk)
    return actions.attest(voucher=voucher, seen_hash=voucher.claim_hash, ends=said, by=by, now=NOW)


def warned(voucher: Voucher) -> dict[str, str]:
    """The words about others at each end, by side."""
    return {row.side: row.warning for row in ends_of(voucher.number) if "另有" in row.warning}


@pytest.fixture
def first(world: World) -> Voucher:
    world.add_enterprise("second")
    return attested(world, "dg_enterprise", ends())


def test_a_cloud_of_another_supplier_is_warned_of_and_one_of_the_same_is_not(
    world: World, first: Any
) -> None:
    world.add_supplier("third_supplier")
    same = attested(world, "second", ends("14.23.10.9"))
    assert warned(first) == warned(same) == {}
    world.add_enterprise("third")
    other = attested(world, "third", ends("14.23.10.10"), "third_supplier")
    assert set(warned(other)) == {"cloud"} and "另有 1 家供应商" in warned(other)["cloud"]
    # Who had declared it before is shown so on review, although nothing was warned of then.
    seen = {row.side: row.warning for row in ends_seen(first)}
    assert "另有 1 家供应商" in seen["cloud"] and "另有" not in seen["client"]


def test_a_client_of_another_enterprise_is_warned_of(world: World, first: Any) -> None:
    second = attested(world, "second", ends())
    assert set(warned(second)) == {"client"} and "另有 1 家企业" in warned(second)["client"]
    again = attested(world, "second", ends("14.23.10.8", "203.107.1.1"))
    assert "另有 1 家企业" in warned(again)["client"]  # Its own earlier voucher is no other enterprise.


@pytest.mark.parametrize(
    ("mine", "other", "meets"),
    [
        (("ip", "14.23.10.8"), ("cidr", "14.23.10.0/28"), True),
        (("cidr", "14.23.10.0/28"), ("ip", "14.23.10.8"), True),
        (("cidr", "14.23.10.0/28"), ("cidr", "14.23.0.0/16"), True),
        (("cidr", "14.16.0.0/12"), ("ip", "14.23.10.8"), True),
        (("ip", "14.23.10.8"), ("cidr", "14.23.11.0/24"), False),
        (("ip", "14.23.10.8"), ("ip", "14.23.10.80"), False),
        (("ip", "240e:3a1::8"), ("cidr", "240e:3a1::/56"), True),
        (("cidr", "240e:3a1::/56"), ("ip", "240e:3a1:0:1ff::8"), False),
        (("mobile", "13800138000"), ("mobile", "13800138000"), True),
        (("broadband", "gz-0001@163.gd"), ("device", "gz-0001@163.gd"), False),
    ],
)
def test_ranges_meet_what_lies_in_them(
    world: World, mine: tuple[str, str], other: tuple[str, str], meets: bool
) -> None:
    world.add_enterprise("second")
    attested(world, "dg_enterprise", ends(other[1], client_kind=other[0]) if other[0] != "device" else ends())
    asking = Voucher(number="X", enterprise_id=0, supplier_id=0)
    end = declared({"service": "2", "side": "client", "kind": mine[0], "value": mine[1]})
    assert bool(shared_ends(asking, [end])) is meets


def test_withdrawn_ends_and_those_of_the_voucher_itself_are_no_others(world: World, first: Any) -> None:
    actions.amend_ends(
        voucher=first, ends=ends("14.23.10.99"), reason="更换宽带", by=world["supplier"], now=NOW
    )
    second = attested(world, "second", ends())
    assert warned(second) == {}


def test_the_number_of_queries_does_not_grow(
    world: World, first: Any, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(3):
        ends_seen(first)
    attested(world, "second", ends())
    with django_assert_max_num_queries(3):
        assert any("另有" in row.warning for row in ends_seen(first))
