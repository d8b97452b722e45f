"""发票警示 on the city's and the supplier's pages: told, looked into by another person, decided; the hold is shown."""

from __future__ import annotations

from datetime import date

import pytest

from tests.cast import World, at
from tests.desks.officials import text_of
from yunquan.evidence.models import InvoiceAlarm
from yunquan.vouchers import actions as vouchers
from yunquan.vouchers.models import Voucher

NOW = at("2019-03-25 09:00")


def sent(voucher: Voucher, **changes: str) -> dict[str, str]:
    key = voucher.claim_invoices.get().invoice.key
    return {
        "invoice": key, "kind": "void", "happened_on": "2019-03-18", "reversed": "", "red_number": "",
        "note": "税务发票查验平台查询（测试）", **changes,
    }  # fmt: skip


def raised(world: World, voucher: Voucher) -> InvoiceAlarm:
    return vouchers.raise_alarm(
        key=voucher.claim_invoices.get().invoice.key, kind="void", happened_on=date(2019, 3, 18),
        note="查验平台（测试）", by=world["dg_cashier"], now=NOW,
    )  # fmt: skip


@pytest.mark.clause("D47-5.14", "S3")
def test_a_cashier_tells_a_reviewer_looks_into_it_and_the_hold_is_shown_to_all(
    world: World, enter, moment
) -> None:
    voucher = world.approved()
    moment("2019-03-25 09:00")
    cashier, reviewer = enter("dg_cashier"), enter("dg_reviewer")
    number = voucher.claim_invoices.get().invoice.number
    found = cashier.get("/city/alarms/", {"invoice": number})
    assert found.headers["Location"] == f"/city/vouchers/{voucher.number}/alarm/"
    assert "没有找到" in text_of(cashier.get("/city/alarms/", {"invoice": "99999999"}))
    page = found.headers["Location"]
    text_of(cashier.get(page))
    text = text_of(cashier.post(page, sent(voucher, kind="", note="", happened_on="2019-13-01")), 422)
    for name in ("kind", "note", "happened_on"):
        assert f'id="id_{name}_error"' in text, name
    assert cashier.post(page, sent(voucher)).status_code == 302
    alarm = InvoiceAlarm.objects.get()
    for who, path in (
        ("dg_reviewer", "/city/vouchers/"), ("dg_enterprise", "/enterprise/vouchers/"), ("supplier", "/supplier/vouchers/"),
    ):  # fmt: skip
        text = text_of(enter(who).get(f"{path}{voucher.number}/"))
        assert "本券不列入清单、不兑付" in text and "待核查" in text, who
    assert "发票警示" in text_of(reviewer.get("/city/"))
    place = f"/city/alarms/{alarm.pk}/"
    assert place in text_of(reviewer.get("/city/alarms/"))
    own = text_of(cashier.get(place))
    assert 'name="decision"' not in own
    assert "请写明核查情况" in text_of(reviewer.post(place, {"decision": "lift", "reason": ""}), 422)
    assert reviewer.post(place, {"decision": "lift", "reason": "平台误报，已复查"}).status_code == 302
    text = text_of(reviewer.get(place))
    assert "平台误报，已复查" in text and "已办结" in text
    assert "核查情况：平台误报，已复查" in text_of(
        enter("supplier").get(f"/supplier/vouchers/{voucher.number}/")
    )


@pytest.mark.clause("D47-5.14")
def test_found_true_an_approved_claim_goes_back_or_ends(world: World, enter, moment) -> None:
    first, second = world.approved(), world.approved()
    alarms = [raised(world, row) for row in (first, second)]
    moment("2019-03-25 09:00")
    reviewer, approver = enter("dg_reviewer"), enter("dg_approver")
    for alarm in alarms:
        place = f"/city/alarms/{alarm.pk}/"
        assert 'value="refuse"' not in text_of(approver.get(place))
        assert approver.post(place, {"decision": "uphold", "reason": "查验属实"}).status_code == 302
    places = [f"/city/alarms/{alarm.pk}/" for alarm in alarms]
    assert (
        reviewer.post(places[0], {"decision": "send_back_claim", "reason": "请更换发票"}).status_code == 302
    )
    assert "请写明理由" in text_of(approver.post(places[1], {"decision": "refuse", "reason": " "}), 422)
    assert approver.post(places[1], {"decision": "refuse", "reason": "发票作废"}).status_code == 302
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state) == ("claim_returned", "refused")
    text_of(approver.get(places[1]))


@pytest.mark.clause("D47-5.23")
def test_on_a_paid_voucher_the_approver_is_led_to_recovery(world: World, enter, moment) -> None:
    voucher = world.approved()
    world.standing()
    world.pay_all(world.released())
    moment("2019-05-29 10:00")
    supplier = enter("supplier")
    page = f"/supplier/vouchers/{voucher.number}/alarm/"
    assert "由地市核查是否追回" in text_of(supplier.get(page))
    assert (
        supplier.post(page, sent(voucher, kind="red", red_number="24442000000000000009")).status_code == 302
    )
    assert "24442000000000000009" in text_of(supplier.get(f"/supplier/vouchers/{voucher.number}/"))
    assert voucher.claim_invoices.get().invoice.key in text_of(supplier.get("/supplier/alarms/"))
    approver, alarm = enter("dg_approver"), InvoiceAlarm.objects.get()
    text = text_of(approver.get(f"/city/alarms/{alarm.pk}/"))
    assert f"/city/vouchers/{voucher.number}/recover/" in text
    assert "请审批人核查是否追回" in text_of(approver.get("/city/inbox/"))


@pytest.mark.clause("A1")
def test_strangers_find_nothing(world: World, enter, moment) -> None:
    voucher = world.approved()
    alarm = raised(world, voucher)
    moment("2019-03-25 09:00")
    for who in ("fs_reviewer", "fs_cashier", "hc_reviewer", "dg_enterprise", "supplier"):
        client = enter(who)
        assert client.get(f"/city/alarms/{alarm.pk}/").status_code == 404, who
        assert client.get(f"/city/vouchers/{voucher.number}/alarm/").status_code == 404, who
    assert enter("other_supplier").get(f"/supplier/vouchers/{voucher.number}/alarm/").status_code == 404
    assert "没有待核查的警示" in text_of(enter("fs_reviewer").get("/city/alarms/"))
    assert "没有找到" in text_of(
        enter("fs_cashier").get("/city/alarms/", {"invoice": voucher.claim_invoices.get().invoice.number})
    )
    unclaimed = world.issued()
    assert enter("dg_cashier").get(f"/city/vouchers/{unclaimed.number}/alarm/").status_code == 404


def test_the_list_costs_the_same_however_many_there_are(
    world: World, enter, moment, django_assert_max_num_queries
) -> None:
    moment("2019-03-25 09:00")
    client = enter("dg_reviewer")
    raised(world, world.approved())
    client.get("/city/alarms/")
    with django_assert_max_num_queries(40) as seen:
        client.get("/city/alarms/")
    for _ in range(3):
        raised(world, world.approved())
    with django_assert_max_num_queries(len(seen)):
        client.get("/city/alarms/")
