"""The readers of whole columns say what a plain reader of one line after another says."""

from __future__ import annotations

import csv
import json
import unicodedata
from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.usage.layouts.reading import NOW, lines, moment, read
from yunquan.usage.layouts import columns, plain, records_of, spans
from yunquan.usage.layouts.plain import Wrong
from yunquan.usage.layouts.spans import of_texts
from yunquan.usage.names import point_of
from yunquan.usage.records import shown, stable_hash

DIGITS = st.text("0123456789", min_size=1, max_size=20)
OCTET = st.one_of(st.integers(0, 300).map(str), DIGITS)
NEARLY = st.text("0123456789.:+-TZ /abcf", max_size=36)
ADDRESS = st.one_of(
    st.ip_addresses(v=4).map(str),
    st.ip_addresses(v=6).map(str),
    st.lists(OCTET, min_size=3, max_size=5).map(".".join),
    NEARLY,
)
TIME = st.one_of(
    st.datetimes().map(lambda at: at.isoformat() + "Z"),
    st.datetimes().map(lambda at: at.isoformat(" ", "seconds") + "+08:00"),
    st.datetimes().map(lambda at: at.isoformat(timespec="milliseconds") + "-0330"),
    st.datetimes().map(lambda at: at.isoformat()),
    st.datetimes().map(lambda at: at.strftime("[%d/%b/%Y:%H:%M:%S +0800]")),
    st.from_regex(
        r"(19|20)[0-9]{2}-[01][0-9]-[0-3][0-9][T ][0-2][0-9]:[0-5][0-9]:[0-6][0-9]"
        r"(\.[0-9]{0,8})?(Z|[+-][0-9]{2}(:?[0-9]{2})?)?", fullmatch=True),
    st.from_regex(r"[0-9]{1,11}(\.[0-9]{0,7})?", fullmatch=True),
    NEARLY,
)  # fmt: skip


def held(values, ok, row):
    return int(values[row]) if ok[row] else None


def exact(read, text):
    try:
        return read(text)
    except Wrong:
        return None


@settings(max_examples=100, deadline=None)
@given(st.lists(ADDRESS, min_size=1, max_size=30))
@example(
    [
        "0.0.0.0",
        "255.255.255.255",
        "256.1.1.1",
        "1.1.1.01",
        "1.1.1.1 ",
        "1.1.1.1.1",
        "1..1.1",
        ".1.1.1",
        "1.1.1.",
    ]
)
def test_addresses(texts):
    values, ok = columns.ipv4(of_texts(texts))
    for row, text in enumerate(texts):
        point = plain.numeric_address(text)
        four = ":" not in text and point is not None
        assert ok[row] == four, text
        if four:
            assert (values[row], plain.signed(0)) == (point.lo, point.hi)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.one_of(TIME, DIGITS), min_size=1, max_size=30))
def test_what_the_fast_readers_take_the_exact_ones_take_to_the_same_value(texts):
    spans = of_texts(texts)
    for name, fast in columns.TIMES.items():
        values, ok = fast(spans)
        for row, text in enumerate(texts):
            if ok[row]:
                assert held(values, ok, row) == exact(plain.TIMES[name], text), (name, text)
    for fast, one in (
        (columns.volume, plain.volume_of),
        (columns.port, plain.port_of),
        (columns.protocol, plain.protocol_of),
    ):
        values, ok = fast(spans)
        for row, text in enumerate(texts):
            if ok[row]:
                assert held(values, ok, row) == exact(one, text), text


@given(
    st.lists(
        st.datetimes(min_value=NOW.replace(tzinfo=None, year=2010), max_value=NOW.replace(tzinfo=None)),
        min_size=1,
    )
)
def test_the_fast_readers_take_every_time_in_its_usual_spelling(times):
    for pattern, fast in (("%Y-%m-%dT%H:%M:%S+08:00", columns.iso), ("%Y-%m-%dT%H:%M:%S.%fZ", columns.iso),
                          ("%Y-%m-%d %H:%M:%S", columns.local), ("[%d/%b/%Y:%H:%M:%S +0800]", columns.clf)):  # fmt: skip
        assert fast(of_texts([at.strftime(pattern) for at in times]))[1].all()


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(2099, 12, 31)), st.integers(1, 9)
        ),
        min_size=1,
        max_size=8,
    ),
    st.lists(st.integers(0, 86_399), min_size=72, max_size=72),
    st.sampled_from(["", "x", "2018-02-30T00:00:00Z"]),
)
def test_days_that_hold_for_many_rows_are_read_as_each_row_says(days, clocks, odd):
    """Runs of rows of one day, with a text among them that is no time."""
    for pattern, fast, one in (("%Y-%m-%dT%H:%M:%S+08:00", columns.iso, plain.iso_of),
                               ("%Y-%m-%d %H:%M:%S", columns.local, plain.local_of),
                               ("[%d/%b/%Y:%H:%M:%S +0800]", columns.clf, plain.clf_of)):  # fmt: skip
        texts = []
        for day, often in days:
            for _ in range(often):
                at = day.replace(hour=0, minute=0, second=0) + timedelta(seconds=clocks[len(texts)])
                texts.append(at.strftime(pattern))
        texts[len(texts) // 2] = odd
        values, ok = fast(of_texts(texts))
        assert [held(values, ok, row) for row in range(len(texts))] == [exact(one, text) for text in texts]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(max_size=30), min_size=1, max_size=40), st.integers(1, 4))
def test_different_values_are_told_apart_whatever_places_they_take(texts, places):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(spans, "_PLACES", 1 << places)
        patch.setattr(spans, "_TO_PLACE", np.uint64(64 - places))
        found, which = of_texts(texts).distinct()
    assert [found[place] for place in which] == texts
    assert len(found) == len(set(texts))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.text(max_size=12), min_size=1, max_size=30), min_size=1, max_size=4))
def test_users_are_the_hashes_of_their_names_whoever_came_before(blocks):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(records_of._Users, "_PLACES", 2)
        users = records_of._Users(frozenset({"-"}))
        for texts in blocks:
            named = [unicodedata.normalize("NFKC", text).strip() for text in texts]
            expected = [0 if name in ("", "-") else stable_hash(name) for name in named]
            assert users.of(of_texts(texts)).tolist() == expected


CELL = st.text(
    st.characters(codec="utf-8", exclude_characters="\n\r", exclude_categories=["Cs"]), max_size=12
)
NUMBER = st.one_of(st.integers(-5, 70000).map(str), st.sampled_from(["", "1.5", "x", "007", "+3", " 4"]))
WHEN = st.one_of(
    st.datetimes(
        min_value=NOW.replace(tzinfo=None, year=2009), max_value=NOW.replace(tzinfo=None, year=2021)
    ).map(lambda at: at.isoformat() + "+08:00"),
    st.sampled_from(["2018-11-18T08:00:00Z", "2018-11-18T08:00:00", "1542499200", "1542499200000", "", "x"]),
)
NAMES = ["GZ-1", "8613800138000", "Erp.Example.", "1.2.3.4.5", "010.1.1.1", ""]
END = st.one_of(st.ip_addresses(v=4).map(str), st.ip_addresses().map(str), st.sampled_from(NAMES), CELL)
ROW = st.tuples(END, END, NUMBER, WHEN, WHEN, NUMBER, NUMBER)
COLUMNS = ["client", "cloud", "port", "start", "end", "bytes_up", "bytes_down"]


def said(value: str, read, none=0):
    """A value by the plain rules: nothing where it is blank, None in a pair where it is wrong."""
    return none if not value.strip() else read(value)


def one_line(cells: list[str]) -> str | None:
    """What a row must say, or None where it must be set apart; written down once more, line by line."""
    try:
        a, b = (shown(*point_of(cell)) if plain.end_of(cell) and cell.strip() else None for cell in cells[:2])
        port = said(cells[2], plain.port_of)
        start, end = said(cells[3], plain.iso_of, None), said(cells[4], plain.iso_of, None)
        up, down = said(cells[5], plain.volume_of), said(cells[6], plain.volume_of)
    except Wrong:
        return None
    end = start if end is None else end
    if start is None or a is None or b is None or end < start:
        return None
    now = int(NOW.timestamp()) * 1_000_000
    if start > now or start < plain.iso_of("2010-01-01T00:00:00Z"):
        return None
    return f"{a} {port} {b} {port} {moment(start)} {moment(end)} {up} {down} 0"


def expected(texts: list[str], rows: list[list[str] | None]) -> tuple[list[str], list[int]]:
    good, bad = [], []
    for number, (text, row) in enumerate(zip(texts, rows, strict=True), start=2):
        if not text.strip():
            continue
        found = one_line(row) if row is not None else None
        if found is None:
            bad.append(number)
        else:
            good.append(found)
    return good, bad


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(ROW.map(lambda row: ",".join(row)), CELL), max_size=20), st.integers(1, 400))
def test_lines_of_csv(texts, block):
    rows: list[list[str] | None] = []
    for text in texts:
        try:
            cells = next(csv.reader([text], strict=True), [])
        except csv.Error:
            cells = []
        rows.append(cells if len(cells) == 7 else None)
    content = "\n".join([",".join(COLUMNS), *texts]) + "\n"
    _, parsed = read(content, block=block)
    good, bad = expected(texts, rows)
    assert lines(parsed) == good
    assert [line.line for line in parsed.bad] == bad
    assert parsed.bad_count == len(bad)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(ROW.map(list), CELL), max_size=20), st.booleans(), st.integers(1, 400))
def test_lines_of_json(given_rows, ascii_only, block):
    first = ["GZ-1", "erp.example", "1", "2018-11-18T08:00:00Z", "", "1", "1"]
    texts, rows = [], []
    for row in [first, *given_rows]:
        if isinstance(row, list):
            texts.append(json.dumps(dict(zip(COLUMNS, row, strict=True)), ensure_ascii=ascii_only))
            rows.append(row)
        else:
            texts.append(row if not row.startswith("{") else "x" + row)
            rows.append(None)
    _, parsed = read("\n".join(texts) + "\n", block=block)
    good, bad = expected(texts, rows)
    assert lines(parsed) == good
    assert [line.line + 1 for line in parsed.bad] == bad
