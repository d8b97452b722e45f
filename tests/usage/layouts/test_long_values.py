"""Values longer than the room behind a block, above short ones at its end."""

from __future__ import annotations

import pytest

from tests.usage.layouts.reading import read

HEADING = "client,cloud,port,start,end,bytes_up,bytes_down\n"
REST = ",443,2018-11-18T08:00:00+08:00,2018-11-18T08:05:00+08:00,1,2\n"


@pytest.mark.parametrize("length", [30, 56, 57, 64, 65, 100, 400])
@pytest.mark.parametrize("long_rows", [1, 2, 9])
def test_short_values_at_the_end_are_read_below_long_ones(length: int, long_rows: int) -> None:
    above = [f"{place}{'x' * length}!,198.51.100.7{REST}" for place in range(long_rows)]
    _layout, whole = read(HEADING + "".join(above) + f"2001:db8::1,198.51.100.7{REST}")
    alone = [read(HEADING + line)[1] for line in above]
    assert whole.frame.height == 1 + sum(each.frame.height for each in alone)
    assert whole.bad_count == sum(each.bad_count for each in alone)
    assert [line.reason for line in whole.bad] == [line.reason for each in alone for line in each.bad]
