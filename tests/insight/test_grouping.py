"""Groups by code, and how far each group's quota or money reaches: equal to going through it row by row."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from yunquan.insight.grouping import added, coded
from yunquan.insight.replaying import _fitting, _until, _within

rows = st.lists(
    st.tuples(
        st.sampled_from([440100, 440300, 1_440_300, 2_000_000_000]), st.integers(0, 9), st.booleans(), st.integers(0, 4)
    ),
    max_size=30,
)  # fmt: skip


@settings(deadline=None)
@given(rows, st.integers(0, 30), st.booleans())
def test_a_bound_reaches_as_far_as_going_through_the_rows_in_order(
    found: list[tuple[int, int, bool, int]], bound: int, stops: bool
) -> None:
    keys, fen, asked, turn = (
        (np.array(column) for column in zip(*found, strict=True)) if found else [np.zeros(0, int)] * 4
    )
    asked = asked.astype(bool)
    codes, group = coded(keys)
    assert codes.tolist() == sorted(set(keys.tolist()))
    assert codes[group].tolist() == keys.tolist()
    assert added(group, len(codes), fen, only=asked).tolist() == [
        sum(one[1] for one in found if one[0] == code and one[2]) for code in codes.tolist()
    ]
    fits = _fitting(fen, asked, group, np.full(len(codes), bound), (turn,), _until if stops else _within)
    left, stopped, wanted = dict.fromkeys(codes.tolist(), bound), set(), np.zeros(len(found), dtype=bool)
    for at in sorted(range(len(found)), key=lambda at: found[at][3]):
        city, one, is_asked, _turn = found[at]
        if not is_asked:
            continue
        wanted[at] = city not in stopped and one <= left[city]
        if wanted[at]:
            left[city] -= one
        elif stops:
            stopped.add(city)
    assert fits.tolist() == wanted.tolist()
