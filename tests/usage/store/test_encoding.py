"""Which lines are in a file's encoding."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from yunquan.usage.store.encoding import clean

# Lead bytes, continuations at their bounds, surrogates, numbers beyond Unicode.
BYTES = st.sampled_from(
    [0x41, 0x80, 0x8F, 0x9F, 0xA0, 0xBF, 0xC0, 0xC2, 0xE0, 0xE4, 0xED, 0xF0, 0xF4, 0xF5, 0xFF]
)


def is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


@given(st.lists(st.lists(BYTES, max_size=8).map(bytes), min_size=1, max_size=6))
@example([b"\xed\xa0\x80", "云".encode()])
@example([b"\xf4\x90\x80\x80"])
@example([b"\xe4\xba"])
def test_a_line_that_is_not_utf8_is_left_blank_and_named(lines: list[bytes]) -> None:
    text, apart = clean(b"\n".join(lines), "utf-8", 5)
    assert text == b"\n".join(line if is_utf8(line) else b"" for line in lines)
    assert [bad.line for bad in apart] == [
        number for number, line in enumerate(lines, start=5) if not is_utf8(line)
    ]
