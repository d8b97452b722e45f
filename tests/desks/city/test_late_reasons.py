"""What a reviewer reads of reasons that come late, and who reads of them afterwards (S6)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cast import APPLYING, World
from tests.desks.city.test_reviews import decide, fresh
from tests.desks.officials import text_of
from yunquan.vouchers import actions as vouchers
from yunquan.vouchers.models import Voucher

LATE = "首次退回时即可发现"
WORDS = "上次漏看了合同末页"
SEAL = {"code": "seal_missing", "label": "合同缺少双方签章或日期"}


@pytest.fixture
def come_again(world: World) -> Voucher:
    """An application that the city returned and that came again with another place, its contract the same."""
    by, clerk = world["dg_reviewer"], world["dg_enterprise"]
    voucher = world.confirm(world.apply())
    voucher = vouchers.send_back(voucher=voucher, reasons=[SEAL], by=by, now=APPLYING)
    typed = {**voucher.typed, "place": "东莞市测试路 2 号"}
    voucher = vouchers.save_application(voucher=voucher, typed=typed, by=clerk, now=APPLYING)
    return world.confirm(vouchers.submit(voucher=voucher, by=clerk, now=APPLYING))


@pytest.mark.clause("S6")
def test_the_reviewer_sees_at_each_reason_whether_it_comes_late_and_confirms_with_words(
    world: World, enter: Any, come_again: Voucher
) -> None:
    client, place = enter("dg_reviewer"), f"/city/applications/{come_again.number}/"
    page = text_of(client.get(place))
    choices = {row.split('"')[0]: row for row in page.split('type="checkbox" name="reasons" value="')[1:]}
    assert LATE in choices["lines_not_split"]
    assert LATE not in choices["seal_missing"]
    assert LATE not in choices["place_outside"]
    assert "此前退回 1 次" in page
    page = text_of(decide(client, place, "send_back", reasons=["lines_not_split"]), 422)
    assert "上次退回时即可发现、当时没有告知：一份合同有多项服务但费用没有分开" in page
    assert 'value="lines_not_split" checked' in page
    assert fresh(come_again).state == "confirmed"
    typed = {"reasons": ["lines_not_split"], "late_words": WORDS}
    assert decide(client, place, "send_back", **typed).status_code == 302
    assert fresh(come_again).return_reasons[0]["why_late"] == WORDS


@pytest.mark.clause("S6")
@pytest.mark.parametrize(
    ("who", "place"),
    [
        ("dg_enterprise", "/enterprise/vouchers/{}/"),
        ("supplier", "/supplier/vouchers/{}/"),
        ("auditor", "/auditor/vouchers/{}/"),
        ("dg_approver", "/city/vouchers/{}/"),
    ],
)
def test_a_late_reason_and_why_it_came_late_stand_on_every_page_of_the_voucher(
    world: World, enter: Any, come_again: Voucher, who: str, place: str
) -> None:
    lines = {"code": "lines_not_split", "label": "费用没有分开"}
    late = {"reasons": [lines], "late_words": WORDS, "by": world["dg_reviewer"], "now": APPLYING}
    vouchers.send_back(voucher=come_again, **late)
    page = text_of(enter(who).get(place.format(come_again.number)))
    assert LATE in page
    assert WORDS in page


def test_a_first_return_speaks_of_no_late_reasons(world: World, enter: Any) -> None:
    voucher = world.confirm(world.apply())
    page = text_of(enter("dg_reviewer").get(f"/city/applications/{voucher.number}/"))
    assert LATE not in page
    assert "late_words" not in page
