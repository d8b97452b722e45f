"""Reading fills what is empty; what a person typed is there afterwards, wherever the file turns out to be a list."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cast import CLAIMING, World
from tests.desks.enterprise.test_prefill import _paper, _place, _preset, _sent
from tests.evidence.papers import lists
from tests.evidence.proofs.making import Payment, as_csv, statement
from yunquan.vouchers.models import Voucher

pytestmark = pytest.mark.clause("D47-5.10")


def _rows(voucher: Voucher, name: str) -> list[dict[str, str]]:
    voucher.refresh_from_db()
    return [dict(row) for row in voucher.typed_claim[name]]


def test_a_row_that_was_begun_by_hand_stays_when_its_file_is_a_list(
    world: World, enter: Any, moment: Any
) -> None:
    voucher = world.issued()
    moment(CLAIMING.strftime("%Y-%m-%d %H:%M"))
    papers = [_paper(voucher, 18), _paper(voucher, 19)]
    book = lists.xlsx([lists.row_of(place, paper) for place, paper in enumerate(papers, 1)])
    typed = {"invoices-0-number": "12345678", "invoices-0-gross": "777.00", "invoices-0-code": "044001900111"}
    sent = _preset(voucher) | typed | {"invoices-0-file": _sent(book, "清单.xlsx"), "fill": "invoices-0"}
    enter("dg_enterprise").post(_place(voucher, "invoices"), sent)
    rows = _rows(voucher, "invoices")
    assert [row["number"] for row in rows] == ["12345678", papers[0].number, papers[1].number]
    assert (rows[0]["gross"], rows[0]["code"]) == ("777.00", "044001900111")


def test_so_does_a_payment_begun_by_hand_when_its_file_is_a_statement(
    world: World, enter: Any, moment: Any
) -> None:
    voucher = world.issued()
    moment(CLAIMING.strftime("%Y-%m-%d %H:%M"))
    names = {"payer": voucher.enterprise.name, "payee": voucher.supplier.name}
    paid = [Payment().but(serial=f"X-{place}", **names) for place in (1, 2)]
    sent = {
        "proofs-0-serial": "S-9", "proofs-0-amount": "1.00", "proofs-0-payer_name": names["payer"],
        "proofs-0-payee_name": names["payee"], "proofs-0-bank": "虚构银行",
        "proofs-0-file": _sent(as_csv(statement(paid)), "流水.csv"), "fill": "proofs-0",
    }  # fmt: skip
    enter("dg_enterprise").post(_place(voucher, "proofs"), sent)
    rows = _rows(voucher, "proofs")
    assert rows[0]["serial"] == "S-9" and rows[0]["amount"] == "1.00"
    assert len(rows) >= 2


def test_a_row_in_which_nothing_was_typed_gives_way_to_the_rows_of_its_list(
    world: World, enter: Any, moment: Any
) -> None:
    voucher = world.issued()
    moment(CLAIMING.strftime("%Y-%m-%d %H:%M"))
    papers = [_paper(voucher, 18), _paper(voucher, 19)]
    book = lists.xlsx([lists.row_of(place, paper) for place, paper in enumerate(papers, 1)])
    sent = _preset(voucher) | {"invoices-0-file": _sent(book, "清单.xlsx"), "fill": "invoices-0"}
    enter("dg_enterprise").post(_place(voucher, "invoices"), sent)
    assert [row["number"] for row in _rows(voucher, "invoices")] == [paper.number for paper in papers]
