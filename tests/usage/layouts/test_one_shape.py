"""Lines of JSON cut by the shape of the first say what a JSON parser says of each, or are left to it."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from yunquan.usage.layouts.shape import of_one_shape

LETTERS = st.text(
    st.characters(min_codepoint=32, max_codepoint=0x9FFF, exclude_characters='"\\'), max_size=50
)
NUMBER = st.one_of(st.integers(0, 10**16 - 1), st.integers(0, 10**8))
KEYS = st.lists(
    st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters='"\\'), max_size=90),
    min_size=1,
    max_size=5,
    unique=True,
)
Made = tuple[list[str], list[list[str | int]], tuple[str, str]]
SEPARATORS = st.sampled_from([(",", ":"), (", ", ": ")])


def block_of(keys: list[str], rows: list[list[str | int]], separators: tuple[str, str]) -> bytes:
    lines = [
        json.dumps(dict(zip(keys, row, strict=True)), ensure_ascii=False, separators=separators)
        for row in rows
    ]
    return ("\n".join(lines) + "\n").encode()


def parsed(block: bytes) -> list[dict[str, str]]:
    """What each line means, numbers as they are written."""
    return [
        {key: value if isinstance(value, str) else str(value) for key, value in json.loads(line).items()}
        for line in block.decode().removesuffix("\n").split("\n")
    ]


def cut(block: bytes) -> list[dict[str, str]] | None:
    rows = of_one_shape(block, 1)
    if rows is None:
        return None
    assert rows.lines.tolist() == list(range(1, rows.height + 1))
    for name, column in rows.columns.items():
        if column.numbers is not None:
            assert column.numbers.tolist() == [int(column.text(row)) for row in range(rows.height)], name
    return [{name: column.text(row) for name, column in rows.columns.items()} for row in range(rows.height)]


@st.composite
def regular(draw: st.DrawFn) -> Made:
    keys = draw(KEYS)
    kinds = [draw(st.sampled_from([LETTERS, NUMBER])) for _ in keys]
    rows = draw(st.lists(st.tuples(*kinds).map(list), min_size=1, max_size=12))
    return keys, rows, draw(SEPARATORS)


@settings(max_examples=150, deadline=None)
@given(regular())
@example((["k" * 200, "a"], [["", "x" * 300], ["y" * 40, ""]], (",", ":")))
@example((["", "0"], [["00", ""], ["", ""]], (",", ":")))
@example((["a", ","], [["", 0]], (",", ":")))
@example((["a", ",", ":"], [["x", "y", ""], ["", "yy", "z"]], (",", ":")))
@example((["n"], [[0], [99999999], [100000000], [10**16 - 1]], (", ", ": ")))
def test_lines_of_one_shape_are_cut_at_once(
    made: Made,
) -> None:
    block = block_of(*made)
    assert cut(block) == parsed(block)
    assert cut(block.removesuffix(b"\n")) == parsed(block)


MEDDLING = st.lists(
    st.tuples(st.floats(0, 1), st.integers(0, 3), st.sampled_from(list(b'"{}:, 0a1-.\n\\\x01\xe4'))),
    min_size=1,
    max_size=4,
)


@settings(max_examples=400, deadline=None)
@given(regular(), MEDDLING)
@example((["aaaa", "b"], [["x", 1], ["", 1]], (",", ":")), [(0.0, 2, 0x22)])
def test_a_line_that_is_none_is_never_cut(made: Made, meddling: list[tuple[float, int, int]]) -> None:
    block = bytearray(block_of(*made))
    for share, what, letter in meddling:
        at = min(int(share * len(block)), len(block) - 1)
        if what == 0:
            block.insert(at, letter)
        elif what == 1 and len(block) > 1:
            del block[at]
        elif what == 2:
            block[at] = letter
        else:
            block += block[at:]
    try:
        bytes(block).decode()
    except UnicodeDecodeError:
        return
    found = cut(bytes(block))
    assert found is None or found == parsed(bytes(block))


@pytest.mark.parametrize(
    "second",
    [
        '{"a":"x","n":01}',
        '{"a":"x","n":-1}',
        '{"a":"x","n":1.5}',
        '{"a":"x","n":}',
        '{"a":"x","n":12345678901234567}',
        '{"a":"x","n":1}}',
        '{"a":"x","n":1,"b":2}',
        '{"a":"x" ,"n":1}',
        '{"b":"x","n":1}',
        '{"a":1,"n":1}',
        '{"a":"x',
        "",
    ],
)
def test_another_shape_is_left_to_the_parser(second: str) -> None:
    lines = b'{"a":"x","n":1}\n' * 3
    assert of_one_shape(lines + second.encode() + b"\n", 1) is None
    assert of_one_shape(lines + b'{"a":"","n":0}\n', 1) is not None


def test_a_quote_too_few_and_one_too_many_are_no_balance() -> None:
    lines = ['{"a":"x","b":"y"}', '{"a":"x"z","b":"y"}', '{"a":"x","b":"y}']
    assert of_one_shape("\n".join(lines).encode(), 1) is None


def test_places_lie_in_the_columns_of_a_whole_block() -> None:
    rows = of_one_shape(b'{"a":"%s","n":5}\n' % (b"v" * 33) + b'{"a":"short","n":1234567890}\n', 11)
    assert rows is not None
    assert [rows.columns["a"].text(row) for row in (0, 1)] == ["v" * 33, "short"]
    assert rows.columns["n"].numbers is not None
    np.testing.assert_array_equal(rows.columns["n"].numbers, [5, 1234567890])
    assert rows.lines.tolist() == [11, 12]
