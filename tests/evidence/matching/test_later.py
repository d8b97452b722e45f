"""An invoice that turns red or void after its claim: alarm, hold, and recovery where money went out."""

from __future__ import annotations

from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from yunquan.evidence.matching import Claimed, News, later_alarms

CLAIMED = Claimed(key="A", voucher="粤券1", gross_fen=1_000)
OTHER = Claimed(key="B", voucher="粤券1", gross_fen=500)
RED = News(key="A", kind="red", on=date(2019, 4, 1), red_number="R1")


def test_an_invoice_reversed_before_payment_holds_its_voucher_alone() -> None:
    third = Claimed(key="C", voucher="粤券2", gross_fen=700)
    (alarm,) = later_alarms([CLAIMED, OTHER, third], [RED], face_fen={"粤券1": 800})
    assert (alarm.voucher, alarm.hold, alarm.recover, alarm.article) == ("粤券1", True, False, "D47-5.14")
    assert alarm.standing_fen == 500 and "低于服务券金额" in alarm.message and "R1" in alarm.message


def test_a_paid_voucher_is_for_recovery_and_no_longer_held() -> None:
    paid = Claimed(key="A", voucher="粤券1", gross_fen=1_000, is_paid=True)
    (alarm,) = later_alarms([paid], [RED])
    assert (alarm.hold, alarm.recover, alarm.article) == (False, True, "D47-5.23")


def test_what_concerns_no_claimed_invoice_alarms_nobody() -> None:
    assert later_alarms([CLAIMED], [News(key="Z", kind="void", on=date(2019, 4, 1))]) == []
    assert later_alarms([CLAIMED], []) == []


def test_a_part_reversed_still_holds_and_the_rest_is_said() -> None:
    news = [
        News(key="A", kind="red", on=date(2019, 4, day), reversed_fen=100, red_number=str(day))
        for day in (1, 2)
    ]
    (alarm,) = later_alarms([CLAIMED], news, face_fen={"粤券1": 800})
    assert alarm.hold and alarm.standing_fen == 800 and "不低于" in alarm.message
    # The same news told twice takes nothing twice.
    assert later_alarms([CLAIMED], news + news, face_fen={"粤券1": 800}) == [alarm]


@settings(deadline=None)
@given(st.permutations(range(4)), st.lists(st.integers(0, 2_000), min_size=4, max_size=4))
def test_the_order_of_news_changes_nothing_and_no_rest_is_negative(order: list[int], cut: list[int]) -> None:
    news = [
        News(key="A", kind="red", on=date(2019, 4, 1 + place), reversed_fen=fen)
        for place, fen in enumerate(cut)
    ]
    plain = later_alarms([CLAIMED, OTHER], news)
    assert plain == later_alarms([CLAIMED, OTHER], [news[place] for place in order])
    assert plain[0].standing_fen == 500 + max(0, 1_000 - sum(cut))
