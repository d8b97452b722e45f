from __future__ import annotations

import contextlib

import cn2an
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yunquan.kernel import money
from yunquan.kernel.money import MoneyError, capitals, format_wan, format_yuan, parse_yuan, yuan_plain

AMOUNTS = st.integers(0, money.LARGEST_FEN)


@given(AMOUNTS)
def test_what_is_written_is_read_back(fen: int) -> None:
    assert parse_yuan(yuan_plain(fen)) == fen
    assert parse_yuan(format_yuan(fen)) == fen


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("80000", 8000000),
        ("80000.5", 8000050),
        (" 0.01 ", 1),
        ("1,234,567.89", 123456789),
        ("８０，０００．００", 8000000),
    ],
)
def test_amounts_as_people_write_them_are_read(text: str, fen: int) -> None:
    assert parse_yuan(text) == fen


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "没有填写"),
        ("1.234", "小数多于两位"),
        ("1e5", "科学记数法"),
        ("1,00", "千分位"),
        ("12,34.00", "千分位"),
        ("8万元", "单位"),
        ("-5", "不能为负"),
        ("+5", "正号"),
        ("一百", "不是数字"),
        (".5", "不是数字"),
        ("5.", "不是数字"),
        ("1_000", "不是数字"),
        ("٣", "不是数字"),
        ("9999999999999999", "一万亿"),
    ],
)
def test_anything_else_is_refused_with_its_reason(text: str, reason: str) -> None:
    with pytest.raises(MoneyError, match=reason):
        parse_yuan(text)


@given(st.text(max_size=12))
def test_no_text_breaks_the_reading(text: str) -> None:
    with contextlib.suppress(MoneyError):
        assert parse_yuan(text) >= 0


def _has_an_empty_wan_section(yuan: int) -> bool:
    # The oracle leaves out the 零 here, which the rules for payment papers ask for: 陆亿零玖仟伍佰元.
    return any(yuan // 10**low % 10**4 == 0 and yuan // 10**low and yuan >= 10**low for low in (4, 8))


@given(AMOUNTS)
def test_capitals_agree_with_an_independent_writer(fen: int) -> None:
    if not _has_an_empty_wan_section(fen // 100):
        assert capitals(fen) == cn2an.an2cn(yuan_plain(fen), "rmb")


@pytest.mark.parametrize(
    ("fen", "words"),
    [
        (0, "零元整"),
        (5, "伍分"),
        (50, "伍角"),
        (100, "壹元整"),
        (101, "壹元零壹分"),
        (1_000_00, "壹仟元整"),
        (10_700_053, "壹拾万柒仟元伍角叁分"),
        (600_009_500_00, "陆亿零玖仟伍佰元整"),
        (50_000_000, "伍拾万元整"),
        (-100, "负壹元整"),
    ],
)
def test_capitals_follow_the_rules_for_payment_papers(fen: int, words: str) -> None:
    assert capitals(fen) == words


@pytest.mark.parametrize(
    ("fen", "text"), [(11_000_000, "11 万元"), (200_000, "0.2 万元"), (-8_500_000, "-8.5 万元")]
)
def test_wan_is_exact_without_needless_zeros(fen: int, text: str) -> None:
    assert format_wan(fen) == text
