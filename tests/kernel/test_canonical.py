from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yunquan.kernel.canonical import CanonicalError, canonical_json, content_hash

SCALARS = (
    st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(st.characters(exclude_categories=["Cs"]))
)
THINGS = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text("abc云é", max_size=3), inner)
)


@given(THINGS)
def test_the_form_is_stable_and_plain_json(thing: object) -> None:
    written = canonical_json(thing)
    assert canonical_json(json.loads(written)) == written


def test_keys_are_in_utf16_order_and_text_in_nfc() -> None:
    assert (
        canonical_json({"\U0001f600": 1, "ﬀ": 2, "e\u0301": "e\u0301"}) == '{"é":"é","😀":1,"ﬀ":2}'.encode()
    )


def test_control_characters_are_escaped_as_rfc_8785_says() -> None:
    assert canonical_json('\b\t\n\f\r\x0f"\\/') == b'"\\b\\t\\n\\f\\r\\u000f\\"\\\\/"'


@pytest.mark.parametrize(
    "thing", [None, 1.5, 2**53, {1: "a"}, {"a": [None]}, b"a", {1, 2}, "\ud800", {"\ud800": 1}]
)
def test_what_has_no_canonical_form_is_refused(thing: object) -> None:
    with pytest.raises(CanonicalError):
        canonical_json(thing)


def test_keys_that_become_equal_are_refused() -> None:
    with pytest.raises(CanonicalError, match="重复"):
        canonical_json({"é": 1, "e\u0301": 2})


def test_the_hash_is_of_the_canonical_bytes() -> None:
    assert content_hash({"b": 1, "a": 2}) == content_hash({"a": 2, "b": 1})
    assert content_hash({}) == "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
