"""A second look at what comes in: whatever is typed gets an answer in words, never a broken database."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.cast import APPLYING, CLAIMING, World, at
from tests.vouchers.refusing import codes, fields
from yunquan.catalogue.models import Product
from yunquan.journal.models import LogEntry
from yunquan.vouchers import actions as vouchers


def lines(**changes: Any) -> list[dict[str, Any]]:
    return [{"service": "8", "fee": "130000.00", **changes}]


@pytest.mark.clause("D47-5.7b")
@pytest.mark.parametrize(
    ("field", "length"), [("contract_number", 81), ("place", 201), ("related_party_note", 2001)]
)
def test_what_is_too_long_for_its_column_is_refused_beside_its_field(
    world: World, field: str, length: int
) -> None:
    typed = world.typed(**{field: "长" * length})
    asked = {"voucher": world.start(), "typed": typed, "by": world["dg_enterprise"], "now": APPLYING}
    assert ("too_long", field) in fields(vouchers.submit, **asked)


@pytest.mark.clause("D47-5.8", "U1")
def test_a_contract_number_of_signs_alone_is_no_number(world: World) -> None:
    asked = {
        "voucher": world.start(),
        "typed": world.typed(contract_number="——／"),
        "by": world["dg_enterprise"],
    }
    assert ("missing", "contract_number") in fields(vouchers.submit, **asked, now=APPLYING)


@pytest.mark.clause("D47-5.11")
@pytest.mark.parametrize(
    ("part", "field", "length"),
    [
        ("invoices", "code", 21),
        ("invoices", "number", 21),
        ("invoices", "seller_uscc", 21),
        ("invoices", "buyer_uscc", 21),
        ("proofs", "bank", 81),
        ("proofs", "serial", 61),
        ("report", "number", 81),
    ],
)
def test_claim_papers_too_long_for_their_columns_are_refused_beside_the_field(
    world: World, part: str, field: str, length: int
) -> None:
    voucher = world.issued()
    typed = world.typed_claim(voucher)
    rows = typed[part] if part != "report" else [typed[part]]
    rows[0][field] = "9" * length
    beside = f"{part}-{field}" if part == "report" else f"{part}-0-{field}"
    asked = {"voucher": voucher, "typed": typed, "by": world["dg_enterprise"], "now": CLAIMING}
    assert ("too_long", beside) in fields(vouchers.claim, **asked)


@pytest.mark.clause("D47-5.7b", "D26-2")
def test_a_product_is_one_that_the_supplier_lists_for_the_service(world: World) -> None:
    own = Product.objects.get(supplier=world.supplier, service=8)
    other = Product.objects.exclude(supplier=world.supplier).filter(service=8).get()
    for wrong in (987654, other.pk, Product.objects.get(supplier=world.supplier, service=2).pk):
        typed = world.typed(lines=lines(product=str(wrong)))
        asked = {"voucher": world.start(), "typed": typed, "by": world["dg_enterprise"], "now": APPLYING}
        assert fields(vouchers.submit, **asked) == {("unknown_product", "lines-0-product")}
    assert world.apply(lines=lines(product=str(own.pk))).lines.get().product_id == own.pk


@pytest.mark.clause("D47-5.12")
def test_an_end_stands_on_one_of_the_two_sides(world: World) -> None:
    voucher = world.claim(world.issued())
    ends = [
        *world.ends(voucher),
        {"service": 2, "side": "somewhere else", "kind": "ip", "value": "120.79.10.8"},
    ]
    asked = {"voucher": voucher, "seen_hash": voucher.claim_hash, "ends": ends, "by": world["supplier"]}
    assert ("unknown_side", "ends-4-side") in fields(vouchers.attest, **asked, now=CLAIMING)


@pytest.mark.clause("D47-5.14", "U2")
def test_a_digital_invoice_with_a_made_up_code_is_the_same_invoice(world: World) -> None:
    first, second = world.issued(), world.issued(lines=lines())
    number = "24442000000123456789"
    typed = world.typed_claim(first)
    typed["invoices"][0] |= {"code": "", "number": number}
    vouchers.claim(voucher=first, typed=typed, by=world["dg_enterprise"], now=CLAIMING)
    again = world.typed_claim(second)
    again["invoices"][0] |= {"code": "044001900111", "number": number}
    asked = {"voucher": second, "typed": again, "by": world["dg_enterprise"], "now": CLAIMING}
    assert codes(vouchers.claim, **asked) == {"invoice_used"}


@pytest.mark.clause("L3")
def test_what_a_client_sends_as_a_reason_code_does_not_enter_the_log_for_good(world: World) -> None:
    reasons = [
        {"code": "张某 13800000000", "label": "资料有误"},
        {"code": "fee_differs", "label": "费用不一致"},
    ]
    vouchers.decline(voucher=world.apply(), reasons=reasons, by=world["supplier"], now=APPLYING)
    assert not LogEntry.objects.filter(entry__contains="13800000000").exists()


@pytest.mark.clause("D47-5.21")
def test_a_year_without_announced_holidays_is_refused_in_words_and_logged(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from yunquan.kernel.calendar import CalendarNotAnnounced, WorkingCalendar

    def unknown(self: WorkingCalendar, start: Any, count: int) -> Any:
        raise CalendarNotAnnounced(2019)

    monkeypatch.setattr(WorkingCalendar, "add_working_days", unknown)
    voucher = world.apply()
    asked = {"voucher": voucher, "seen_hash": voucher.content_hash, "by": world["supplier"]}
    assert codes(vouchers.confirm, **asked, now=APPLYING + timedelta(hours=1)) == {"calendar_not_announced"}
    assert LogEntry.objects.filter(entry__contains='"res":"refused"', act="voucher.confirm").exists()


@pytest.mark.clause("S2", "D47-5.9")
def test_what_the_supplier_confirms_names_the_amount_and_the_product(world: World) -> None:
    voucher = world.apply(lines=lines())
    seen = voucher.content_hash
    vouchers.withdraw(voucher=voucher, by=world["dg_enterprise"], now=APPLYING)
    own = Product.objects.get(supplier=world.supplier, service=8)
    typed = {**voucher.typed, "lines": lines(product=str(own.pk))}
    again = vouchers.submit(
        voucher=voucher, typed=typed, by=world["dg_enterprise"], now=at("2018-12-04 09:00")
    )
    assert again.content_hash != seen
