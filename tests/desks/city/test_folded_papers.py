"""Many invoices of a claim that agree are one line of its review; what a reviewer should look at never is."""

from __future__ import annotations

from typing import Any

import pytest

from yunquan.desks.shared.comparing import Card, Row, told_and_folded


def card(number: int, *, eyes: bool = False, **facts: Any) -> Card:
    row = Row("number", "号码", "1", "1", "一致", "good", False, eyes, "", "", "", (), "")
    return Card(f"invoice-{number}", f"发票 {number}", number, "", (row,), **facts)


def split(*cards: Card) -> tuple[list[int], list[int]]:
    found = told_and_folded(cards)
    return [one.file for one in found["told"]], [one.file for one in found["folded"]]


def test_all_but_the_open_one_are_folded_where_many_agree() -> None:
    assert split(card(1, is_open=True), card(2), card(3), card(4)) == ([1], [2, 3, 4])


def test_few_that_agree_stand_as_they_are() -> None:
    assert split(card(1, is_open=True), card(2), card(3)) == ([1, 2, 3], [])


@pytest.mark.parametrize("facts", [{"eyes": True}, {"why": "还没有读取"}])
def test_what_differs_or_was_not_read_is_never_folded(facts: dict[str, Any]) -> None:
    assert split(card(1), card(2, **facts), card(3), card(4)) == ([2], [1, 3, 4])
