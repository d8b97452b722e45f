"""What a content is compared by, as bytes for the database and back, and the bands under which it is found."""

from __future__ import annotations

import json
import struct
import zlib
from collections import Counter
from collections.abc import Sequence

import numpy as np

from yunquan.evidence.likeness.comparing import Document, Text
from yunquan.evidence.likeness.pictures import BANDS, BITS, PRINT_SIDE, Picture
from yunquan.evidence.likeness.shingles import LANES, PERMUTATIONS, bands

_FORMAT = 1
_HEAD = struct.Struct(">BIIH")
_BITS, _PRINT = BITS // 8, PRINT_SIDE * PRINT_SIDE
# Lanes of pictures begin here, so that a band of a text never meets a band of a picture.
_PICTURES = 1_000
_HALF = 1 << 63


def sketch_of(document: Document) -> bytes:
    """A document's text and pictures, packed; the text itself is not in it."""
    told: dict[str, object] = {}
    shingles = signature = b""
    if document.text is not None:
        text = document.text
        told = {"paper": text.paper, "content": text.content, "figures": dict(text.figures)}
        shingles = text.shingles.astype("<u4").tobytes()
        signature = text.signature.astype("<u4").tobytes()
    said = json.dumps(told, ensure_ascii=False).encode()
    parts = [_HEAD.pack(_FORMAT, len(said), len(shingles), len(document.pictures)), said, shingles, signature]
    for page, picture in document.pictures:
        parts.append(struct.pack(">I", page) + picture.bits + picture.grey)
    return zlib.compress(b"".join(parts), 1)


def document_of(sha256: str, sketch: bytes) -> Document:
    """The document again from its sketch; raises ValueError for one of an unknown format."""
    packed = zlib.decompress(sketch)
    form, told_size, shingle_size, count = _HEAD.unpack_from(packed)
    if form != _FORMAT:
        raise ValueError(f"sketch of format {form}")
    at = _HEAD.size
    told = json.loads(packed[at : at + told_size])
    at += told_size
    text = None
    if told:
        shingles = np.frombuffer(packed, dtype="<u4", count=shingle_size // 4, offset=at)
        at += shingle_size
        signature = np.frombuffer(packed, dtype="<u4", count=PERMUTATIONS, offset=at)
        at += 4 * PERMUTATIONS
        text = Text(
            paper=told["paper"],
            content=told["content"],
            figures=Counter(told["figures"]),
            shingles=shingles.astype(np.uint32),
            signature=signature.astype(np.uint32),
        )
    pictures = []
    for _picture in range(count):
        (page,) = struct.unpack_from(">I", packed, at)
        bits = packed[at + 4 : at + 4 + _BITS]
        grey = packed[at + 4 + _BITS : at + 4 + _BITS + _PRINT]
        pictures.append((page, Picture(bits, grey)))
        at += 4 + _BITS + _PRINT
    return Document(name=sha256, sha256=sha256, text=text, pictures=pictures)


def lanes_of(document: Document) -> list[tuple[int, int]]:
    """The bands under which a document is found: lane and value, each once."""
    found: Sequence[tuple[int, int]] = ()
    if document.text is not None:
        found = list(enumerate(bands(document.text.signature)))
        assert len(found) == LANES
    seen = dict.fromkeys(found)
    for _page, picture in document.pictures:
        values = picture.bands
        assert len(values) == BANDS
        seen |= dict.fromkeys((_PICTURES + band, value) for band, value in enumerate(values))
    return list(seen)


def text_key(document: Document) -> int | None:
    """The hash of a document's plain text as a signed number of 64 bits; None where it has no text."""
    if document.text is None:
        return None
    content = document.text.content
    return content - 2 * _HALF if content >= _HALF else content
