"""A decision with reasons is never an approval, whatever key or button sent it (D47-5.21)."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.cast import World, at
from tests.desks.city.test_reviews import decide, fresh
from tests.desks.officials import text_of
from yunquan.parties.models import Enterprise
from yunquan.vouchers.models import Voucher


@pytest.fixture
def confirmed(world: World) -> Voucher:
    return world.confirm(world.apply())


@pytest.fixture
def registering(world: World) -> Enterprise:
    row = world.add_enterprise("newcomer", title="虚构新来（测试）有限公司")
    Enterprise.objects.filter(pk=row.pk).update(
        state="submitted", submitted_by="person:0", submitted_at=at("2018-12-03 09:00"), due_on="2018-12-17"
    )
    return Enterprise.objects.get(pk=row.pk)


@pytest.mark.clause("D47-5.21")
@pytest.mark.parametrize("typed", [{"reasons": ["fee_differs"]}, {"reasons_text": "第三页缺盖章日期"}])
def test_an_approval_that_comes_with_reasons_is_refused_and_they_are_kept(
    world: World, enter: Any, confirmed: Voucher, typed: dict[str, Any]
) -> None:
    client, place = enter("dg_reviewer"), f"/city/applications/{confirmed.number}/"
    page = text_of(decide(client, place, "issue", **typed), 422)
    assert "勾选了退回或驳回的理由，没有办理" in page
    assert 'value="fee_differs" checked' in page or "第三页缺盖章日期" in page
    assert fresh(confirmed).state == "confirmed"
    assert decide(client, place, "issue").status_code == 302


def test_the_first_button_of_a_decision_decides_nothing_and_keeps_what_was_ticked(
    world: World, enter: Any, confirmed: Voucher
) -> None:
    client, place = enter("dg_reviewer"), f"/city/applications/{confirmed.number}/"
    form = text_of(client.get(place)).split('<form method="post" class="g-card g-decide"')[1]
    first = re.search(r"<button[^>]*>", form)
    assert first is not None and 'name="decision" value=""' in first[0] and "disabled" not in first[0]
    page = text_of(decide(client, place, "", reasons=["fee_differs"]), 422)
    assert "请选择通过、退回或驳回" in page and 'value="fee_differs" checked' in page
    assert fresh(confirmed).state == "confirmed"


def test_a_claim_and_a_registration_with_reasons_are_not_approved(
    world: World, enter: Any, moment: Any, registering: Enterprise
) -> None:
    voucher = world.verdict(world.attest(world.claim(world.issued())))
    client, place = enter("dg_reviewer"), f"/city/registrations/enterprises/{registering.pk}/"
    page = text_of(decide(client, place, "approve", reasons=["licence_unreadable"]), 422)
    assert "没有办理" in page and 'value="licence_unreadable" checked' in page
    assert Enterprise.objects.get(pk=registering.pk).state == "submitted"
    moment("2019-03-20 10:00")
    place = f"/city/claims/{voucher.number}/"
    page = text_of(decide(client, place, "approve_claim", reasons=["payee"]), 422)
    assert "没有办理" in page and 'value="payee" checked' in page
    assert fresh(voucher).state == "verified"


@pytest.mark.clause("D47-5.4")
def test_a_supplier_with_reasons_does_not_pass(world: World, enter: Any) -> None:
    row = world.add_supplier("new_supplier", title="虚构新供应（测试）有限公司")
    type(row).objects.filter(pk=row.pk).update(
        state="city_check", submitted_by="person:0", submitted_at=at("2018-12-03 09:00"), due_on="2018-12-17"
    )
    place = f"/city/registrations/suppliers/{row.pk}/"
    page = text_of(decide(enter("dg_reviewer"), place, "city_pass", reasons_text="营业执照看不清"), 422)
    assert "没有办理" in page and "营业执照看不清" in page
    row.refresh_from_db()
    assert row.state == "city_check"
