"""A reviewer decides applications, claims and registrations on one screen each."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.cast import FOSHAN, HUICHENG, HUIZHOU, World, at
from tests.desks.officials import text_of
from yunquan.parties.models import Bureau, Enterprise
from yunquan.vouchers.models import Voucher


def decide(client: Any, place: str, decision: str, **typed: Any) -> Any:
    """Press one button of a decision page with what it carried."""
    page = text_of(client.get(place))
    seen = page.split('name="seen" value="')[1].split('"')[0] if 'name="seen" value="' in page else ""
    return client.post(place, {"decision": decision, "seen": seen, **typed})


@pytest.fixture
def confirmed(world: World) -> Voucher:
    return world.confirm(world.apply())


def fresh(voucher: Voucher) -> Voucher:
    return Voucher.objects.get(pk=voucher.pk)


@pytest.mark.clause("D47-5.10")
def test_an_application_is_issued_from_its_screen(world: World, enter: Any, confirmed: Voucher) -> None:
    client, place = enter("dg_reviewer"), f"/city/applications/{confirmed.number}/"
    page = text_of(client.get(place))
    assert "第 1/1 件" in page
    assert "还没有读取。请打开原件逐项核对" in page
    assert "合同唯一" in page
    assert "剩余" in page
    met = re.search(r"符合 (\d+)/(\d+) 项", page)
    assert met is not None and met[1] == met[2] and int(met[1]) >= 11
    answer = decide(client, place, "issue")
    assert answer.status_code == 302
    assert fresh(confirmed).state == "issued"


@pytest.mark.clause("D47-5.21")
def test_a_return_states_coded_reasons_and_free_text_at_once(
    world: World, enter: Any, confirmed: Voucher
) -> None:
    client, place = enter("dg_reviewer"), f"/city/applications/{confirmed.number}/"
    typed = {"reasons": ["fee_differs", "seal_missing"], "reasons_text": "第三页缺盖章日期"}
    assert decide(client, place, "send_back", **typed).status_code == 302
    kept = fresh(confirmed).return_reasons
    assert [reason["code"] for reason in kept] == ["fee_differs", "seal_missing", "other"]
    assert kept[2]["text"] == "第三页缺盖章日期"
    assert kept[0]["mend"]


@pytest.mark.clause("D47-5.21")
def test_a_return_without_a_reason_is_refused_beside_the_field(
    world: World, enter: Any, confirmed: Voucher
) -> None:
    client, place = enter("dg_reviewer"), f"/city/applications/{confirmed.number}/"
    page = text_of(decide(client, place, "send_back"), 422)
    assert "请至少勾选" in page
    assert fresh(confirmed).state == "confirmed"


def test_a_reason_that_only_rejects_does_not_return_and_nothing_typed_is_lost(
    world: World, enter: Any, confirmed: Voucher
) -> None:
    client, place = enter("dg_reviewer"), f"/city/applications/{confirmed.number}/"
    answer = decide(client, place, "send_back", reasons=["unlawful"], reasons_text="说明在此")
    page = text_of(answer, 422)
    assert "只用于驳回" in page
    assert "说明在此" in page
    assert 'value="unlawful" checked' in page
    assert decide(client, place, "reject", reasons=["unlawful"]).status_code == 302
    assert fresh(confirmed).state == "rejected"


def test_an_unknown_button_changes_nothing(world: World, enter: Any, confirmed: Voucher) -> None:
    client, place = enter("dg_reviewer"), f"/city/applications/{confirmed.number}/"
    assert "请选择通过、退回或驳回" in text_of(decide(client, place, "pay"), 422)
    assert fresh(confirmed).state == "confirmed"


@pytest.mark.clause("D47-5.9")
def test_content_that_changed_since_the_page_was_drawn_is_not_issued(
    world: World, enter: Any, confirmed: Voucher
) -> None:
    client, place = enter("dg_reviewer"), f"/city/applications/{confirmed.number}/"
    page = text_of(client.post(place, {"decision": "issue", "seen": "0" * 64}), 422)
    assert "您看到的内容已被更新" in page


def test_two_reviewers_at_once_leave_one_outcome_and_the_other_is_told(
    world: World, enter: Any, confirmed: Voucher
) -> None:
    world.appoint("dg_reviewer_2", world["dg_reviewer"].role, bureau=Bureau.objects.get(code="441900"))
    one, other, place = (
        enter("dg_reviewer"),
        enter("dg_reviewer_2"),
        f"/city/applications/{confirmed.number}/",
    )
    seen = confirmed.content_hash
    assert one.post(place, {"decision": "issue", "seen": seen}).status_code == 302
    page = text_of(other.post(place, {"decision": "reject", "seen": seen, "reasons": ["seal_missing"]}), 422)
    assert "已发放，待兑现" in page
    assert fresh(confirmed).state == "issued"


def test_a_second_click_leads_where_the_first_did(world: World, enter: Any, confirmed: Voucher) -> None:
    client, place = enter("dg_reviewer"), f"/city/applications/{confirmed.number}/"
    sent = {"decision": "issue", "seen": confirmed.content_hash, "once": "token-1"}
    first, second = client.post(place, sent), client.post(place, sent)
    assert first.status_code == second.status_code == 302
    assert first.url == second.url


def test_after_a_decision_comes_the_next_of_the_queue(world: World, enter: Any, confirmed: Voucher) -> None:
    later = world.confirm(world.apply())
    client = enter("dg_reviewer")
    page = text_of(client.get(f"/city/applications/{confirmed.number}/"))
    assert "第 1/2 件" in page
    answer = decide(client, f"/city/applications/{confirmed.number}/", "issue")
    assert answer.url == f"/city/applications/{later.number}/"


@pytest.mark.clause("D47-5.10")
def test_a_county_reviews_its_own_only_when_the_city_so_set(world: World, enter: Any) -> None:
    voucher = world.confirm(world.apply("hc_enterprise", implementation_city=HUIZHOU))
    place = f"/city/applications/{voucher.number}/"
    county, city = enter("hc_reviewer"), enter("hz_reviewer")
    assert county.get(place).status_code == 404
    assert voucher.number not in text_of(county.get("/city/applications/"))
    assert voucher.number in text_of(city.get("/city/applications/"))
    Bureau.objects.filter(code=HUIZHOU).update(counties_review=True)
    assert voucher.number in text_of(county.get("/city/applications/"))
    assert voucher.number not in text_of(city.get("/city/applications/"))
    page = text_of(city.get(place))
    assert "由县区审核" in page
    assert 'value="issue" disabled' in page
    assert decide(county, place, "issue").status_code == 302
    assert fresh(voucher).reviewed_by == world["hc_reviewer"].person


@pytest.mark.clause("D47-5.14")
def test_a_claim_is_approved_with_its_checks_and_a_verdict_marked_as_by_hand(
    world: World, enter: Any, moment: Any
) -> None:
    voucher = world.verdict(world.attest(world.claim(world.issued())))
    moment("2019-03-20 10:00")
    client, place = enter("dg_reviewer"), f"/city/claims/{voucher.number}/"
    page = text_of(client.get(place))
    assert "人工录入，非系统计算" in page
    assert "发票合计" in page
    assert "验收报告" in page
    assert decide(client, place, "approve_claim").status_code == 302
    assert fresh(voucher).state == "approved"


@pytest.mark.clause("D47-5.21")
def test_a_claim_is_returned_with_reasons(world: World, enter: Any, moment: Any) -> None:
    voucher = world.verdict(world.attest(world.claim(world.issued())))
    moment("2019-03-20 10:00")
    client, place = enter("dg_reviewer"), f"/city/claims/{voucher.number}/"
    assert "请至少勾选" in text_of(decide(client, place, "send_back_claim"), 422)
    assert decide(client, place, "send_back_claim", reasons=["payee"]).status_code == 302
    assert fresh(voucher).state == "claim_returned"


@pytest.fixture
def registering(world: World) -> Enterprise:
    row = world.add_enterprise("newcomer", title="虚构新来（测试）有限公司")
    Enterprise.objects.filter(pk=row.pk).update(
        state="submitted", submitted_by="person:0", submitted_at=at("2018-12-03 09:00"), due_on="2018-12-17"
    )
    return Enterprise.objects.get(pk=row.pk)


@pytest.mark.clause("D47-5.20")
def test_an_enterprise_is_approved_returned_or_handed_to_the_right_region(
    world: World, enter: Any, registering: Enterprise
) -> None:
    client, place = enter("dg_reviewer"), f"/city/registrations/enterprises/{registering.pk}/"
    assert registering.name in text_of(client.get("/city/registrations/"))
    page = text_of(client.get(place))
    assert "6200000000000000" not in page
    assert "尾号 0000" in page
    assert "请选择" in text_of(client.post(place, {"decision": "transfer", "region": ""}), 422)
    answer = client.post(place, {"decision": "transfer", "region": f"{HUIZHOU}:{HUICHENG}"})
    assert answer.status_code == 302
    moved = Enterprise.objects.get(pk=registering.pk)
    assert (moved.city, moved.county, moved.state) == (HUIZHOU, HUICHENG, "submitted")
    assert client.get(place).status_code == 404
    there = enter("hz_reviewer")
    assert decide(there, place, "send_back", reasons=["licence_unreadable"]).status_code == 302
    assert Enterprise.objects.get(pk=registering.pk).state == "returned"


def test_a_registration_is_approved(world: World, enter: Any, registering: Enterprise) -> None:
    place = f"/city/registrations/enterprises/{registering.pk}/"
    assert decide(enter("dg_reviewer"), place, "approve").status_code == 302
    assert Enterprise.objects.get(pk=registering.pk).state == "registered"


@pytest.mark.clause("D47-5.4")
def test_a_supplier_passes_the_first_check(world: World, enter: Any) -> None:
    row = world.add_supplier("new_supplier", title="虚构新供应（测试）有限公司")
    type(row).objects.filter(pk=row.pk).update(
        state="city_check", submitted_by="person:0", submitted_at=at("2018-12-03 09:00"), due_on="2018-12-17"
    )
    client, place = enter("dg_reviewer"), f"/city/registrations/suppliers/{row.pk}/"
    assert row.name in text_of(client.get("/city/registrations/suppliers/"))
    assert decide(client, place, "city_pass").status_code == 302
    row.refresh_from_db()
    assert row.state == "province_review"


@pytest.mark.clause("A1")
def test_another_citys_officer_finds_nothing_of_dongguan(
    world: World, enter: Any, confirmed: Voucher, registering: Enterprise
) -> None:
    client = enter("fs_reviewer")
    places = [
        f"/city/applications/{confirmed.number}/",
        f"/city/claims/{confirmed.number}/",
        f"/city/vouchers/{confirmed.number}/",
        f"/city/enterprises/{world.enterprise.pk}/",
        f"/city/suppliers/{world.supplier.pk}/",
        f"/city/registrations/enterprises/{registering.pk}/",
        f"/files/{confirmed.contract.file_id}/",
        f"/files/{confirmed.contract.file_id}/page/1.png",
    ]
    for place in places:
        assert client.get(place).status_code == 404, place
    assert client.post(places[0], {"decision": "issue"}).status_code == 404
    assert client.post(places[5], {"decision": "approve"}).status_code == 404
    for place in ("/city/", "/city/vouchers/", "/city/enterprises/", "/city/applications/"):
        page = text_of(client.get(place))
        assert confirmed.number not in page
        assert world.enterprise.name not in page
    assert confirmed.city != FOSHAN
