"""Who sees which voucher: default deny, a stranger finds nothing (A1)."""

from __future__ import annotations

import pytest

from tests.cast import CLOCK, FOSHAN, HUIZHOU, World
from yunquan.kernel.workflow import Actor
from yunquan.policy.roles import Role
from yunquan.vouchers.access import file_for, visible_to, voucher_for

EVERYONE = (
    "dg_enterprise", "fs_enterprise", "hc_enterprise", "supplier", "other_supplier", "dg_reviewer", "dg_approver",
    "dg_cashier", "fs_reviewer", "fs_approver", "fs_cashier", "hz_reviewer", "hc_reviewer", "province_officer",
    "province_approver", "auditor", "expert", "system_admin", "security_admin", "audit_admin",
)  # fmt: skip
OF_DONGGUAN = {
    "dg_enterprise", "supplier", "dg_reviewer", "dg_approver", "dg_cashier", "province_officer",
    "province_approver", "auditor",
}  # fmt: skip


@pytest.mark.clause("A1")
def test_a_voucher_is_there_for_its_parties_its_city_and_the_province_alone(world: World) -> None:
    voucher = world.apply()
    seeing = {name for name in EVERYONE if voucher_for(world[name], voucher.number) is not None}
    assert seeing == OF_DONGGUAN


@pytest.mark.clause("A1")
def test_a_county_sees_its_own_enterprises_and_its_city_sees_them_too(world: World) -> None:
    voucher = world.apply("hc_enterprise")
    seeing = {name for name in EVERYONE if voucher_for(world[name], voucher.number) is not None}
    assert seeing == {
        "hc_enterprise", "supplier", "hz_reviewer", "hc_reviewer", "province_officer", "province_approver", "auditor",
    }  # fmt: skip
    assert voucher_for(world["hz_cashier"], voucher.number) is not None


@pytest.mark.clause("A1")
def test_a_draft_is_its_enterprises_own_affair(world: World) -> None:
    voucher = world.start()
    assert {name for name in EVERYONE if voucher_for(world[name], voucher.number) is not None} == {
        "dg_enterprise"
    }


@pytest.mark.clause("A1")
@pytest.mark.parametrize(
    ("role", "org"),
    [
        (Role.CLOCK, "platform"),
        (Role.PUBLIC, "public"),
        (Role.ENTERPRISE, ""),
        (Role.ENTERPRISE, "enterprise:x"),
        (Role.ENTERPRISE, "supplier:1"),
        (Role.SUPPLIER, "enterprise:1"),
        (Role.CITY_REVIEWER, "enterprise:1"),
        (Role.CITY_REVIEWER, "bureau:"),
        (Role.CITY_REVIEWER, "bureau:999999"),
        (Role.EXPERT, "bureau:440000"),
        (Role.SYSTEM_ADMIN, "bureau:440000"),
        ("unknown", "bureau:440000"),
    ],
)
def test_what_is_not_granted_is_not_there(world: World, role: str, org: str) -> None:
    world.apply()
    assert not visible_to(Actor(person="person:1", role=role, org=org)).exists()


@pytest.mark.clause("A1")
def test_an_auditor_of_a_city_sees_that_city_alone(world: World) -> None:
    ours, theirs = world.apply(), world.apply("fs_enterprise")
    auditor = Actor(person="person:1", role=Role.AUDITOR, org=f"bureau:{FOSHAN}")
    assert list(visible_to(auditor)) == [theirs]
    assert set(visible_to(world["auditor"])) == {ours, theirs}
    assert not visible_to(Actor(person="person:1", role=Role.AUDITOR, org=f"bureau:{HUIZHOU}")).exists()
    assert not visible_to(CLOCK).exists()


@pytest.mark.clause("A1")
def test_a_file_is_there_for_whoever_sees_a_voucher_that_rests_on_it(world: World) -> None:
    voucher = world.verdict(world.attest(world.claim(world.issued())))
    files = {
        "contract": voucher.contract.file_id,
        "report": voucher.report.file_id,
        "invoice": voucher.claim_invoices.get().invoice.file_id,
        "proof": voucher.claim_proofs.get().proof.file_id,
    }
    for pk in files.values():
        seeing = {name for name in EVERYONE if file_for(world[name], pk) is not None}
        assert seeing == OF_DONGGUAN
