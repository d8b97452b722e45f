"""The index gives what comparing every key gives, within its bound, and twins are what the caps say."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.evidence.likeness import making
from yunquan.evidence.likeness.index import MOST_STEPS, BandIndex
from yunquan.evidence.likeness.twins import MOST_DAYS, Cap, Outline, outline_of, twins

rows = st.lists(st.tuples(*[st.integers(0, 6)] * 4), max_size=30)


@settings(deadline=None)
@given(rows)
def test_the_index_finds_exactly_who_shares_a_key_in_its_lane(documents: list[tuple[int, ...]]) -> None:
    index = BandIndex(4, slots=16)
    for number, keys in enumerate(documents):
        plain = [
            earlier
            for earlier in range(number)
            if any(a == b for a, b in zip(documents[earlier], keys, strict=True))
        ]
        # Slots collide, lanes too: both bring candidates only where the very key is the same.
        found = index.candidates(keys)
        assert set(plain) <= set(found)
        assert all(set(documents[one]) & set(keys) for one in found)
        assert index.add(keys) == number
    assert len(index) == len(documents)


def test_nothing_is_lost_when_the_table_grows() -> None:
    index = BandIndex(8, slots=16)
    keys = [[number * 8 + lane for lane in range(8)] for number in range(3_000)]
    for one in keys:
        index.add(one)
    assert all(index.candidates(one) == [number] for number, one in enumerate(keys))
    assert index.candidates([10**9 + lane for lane in range(8)]) == []


def test_a_full_bucket_gives_its_newest_only() -> None:
    index = BandIndex(1)
    for _ in range(10 * MOST_STEPS):
        index.add([7])
    assert index.candidates([7]) == list(range(9 * MOST_STEPS, 10 * MOST_STEPS))


def test_a_document_brings_a_key_for_every_lane() -> None:
    with pytest.raises(ValueError, match="lanes"):
        BandIndex(3).add([1, 2])


CAPS = {"生产品质管控": Cap(20_000_000), "生产设备状态监控": Cap(200_000, per_device=True)}
DAY = date(2018, 10, 8)


def contract(name: str, fee: int, *, after: int = 0, **other: object) -> Outline:
    """A contract of one pair about one service."""
    known: dict[str, object] = {
        "enterprise": "示例五金有限公司",
        "supplier": "示例云科技（东莞）有限公司",
        "number": name,
        "signed_on": DAY + timedelta(days=after),
        "fees": {"生产品质管控": fee},
    }
    return Outline(name=name, **{**known, **other})  # type: ignore[arg-type]


@settings(deadline=None)
@given(st.integers(1, 30_000_000), st.integers(1, 30_000_000), st.integers(0, 200))
def test_twins_are_two_that_keep_the_cap_alone_and_pass_it_together_within_a_quarter(
    one: int, other: int, after: int
) -> None:
    found = twins([contract("1", one), contract("2", other, after=after)], CAPS)
    cap = 20_000_000
    assert bool(found) == (one <= cap and other <= cap and one + other > cap and after <= MOST_DAYS)
    assert all(0 < twin.score <= 1 and twin.days_apart == after for twin in found)


def test_another_firm_another_service_or_the_same_contract_is_no_twin() -> None:
    first = contract("HT-1", 15_000_000)
    for other in (
        contract("2", 15_000_000, enterprise="样板塑胶有限公司"),
        contract("2", 15_000_000, supplier="样板云有限公司"),
        contract("2", 15_000_000, fees={"供应链协同": 15_000_000}),
        contract("ht 1", 15_000_000),
    ):
        assert twins([first, other], CAPS) == ()
    assert len(twins([first, contract("2", 15_000_000, supplier="示例云科技(东莞)有限公司")], CAPS)) == 1


def test_a_cap_by_device_counts_the_devices() -> None:
    fees = {"fees": {"生产设备状态监控": 1_900_000}, "devices": 10}
    assert len(twins([contract("1", 0, **fees), contract("2", 0, **fees)], CAPS)) == 1
    fees["devices"] = 20
    assert twins([contract("1", 0, **fees), contract("2", 0, **fees)], CAPS) == ()


def test_the_outline_of_a_contract_is_read_from_the_annex_form() -> None:
    text = making.contract(
        enterprise="示例五金有限公司", number="HT-001", fee="120,000.00", day="2018年10月8日"
    )
    outline = outline_of("a", text, CAPS)
    assert outline is not None and outline.fees == {"生产品质管控": 12_000_000}
    assert (outline.enterprise, outline.supplier) == ("示例五金有限公司", "示例云科技(东莞)有限公司")
    assert (outline.number, outline.signed_on) == ("HT-001", date(2018, 10, 8))
    assert outline_of("a", "没有甲乙双方的文字", CAPS) is None
    assert outline_of("a", "甲方：一公司\n乙方：二公司\n没有费用", CAPS) is None
