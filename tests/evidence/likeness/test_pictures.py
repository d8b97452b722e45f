"""Pictures: a copy is found however it was saved, another page is not, and an altered spot is shown in its place."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from tests.evidence.likeness import making
from yunquan.evidence.likeness import pictures
from yunquan.evidence.likeness.opening import pictures_from, read
from yunquan.evidence.likeness.pictures import Picture, bits_apart, likeness, picture_of

SEEDS = range(56, 62)


def picture(content: bytes) -> Picture:
    """The one picture of a file, as it comes out of the reader."""
    ((_page, found),) = pictures_from(read(content, "x.jpg")["pictures"])
    return found


@pytest.fixture(scope="module")
def pages() -> list[Image.Image]:
    return [making.page(making.report(seed)) for seed in SEEDS]


def test_a_copy_is_found_however_it_was_saved_or_scanned(pages: list[Image.Image]) -> None:
    for seed, page in zip(SEEDS, pages, strict=True):
        first = picture(making.saved(page))
        for copy in (
            making.saved(page, kind="PNG"),
            making.resaved(page),
            making.resaved(page, scale=0.3, quality=25),
            making.scanned(page, seed),
            making.scanned(page, seed + 50, turn=1.0),
        ):
            found = likeness(first, picture(copy))
            assert found is not None and found.score > 0.5
            assert set(first.bands) & set(picture(copy).bands)


def test_pages_of_one_form_with_their_own_words_are_not_one_picture(pages: list[Image.Image]) -> None:
    shown = [picture(making.saved(page)) for page in pages]
    assert [one for place, one in enumerate(shown) for other in shown[:place] if likeness(one, other)] == []


def test_an_altered_spot_is_shown_where_it_is(pages: list[Image.Image]) -> None:
    altered = pages[0].copy()
    # A stroke of another number over the lower left, as somebody would paste it there.
    wide, high = altered.size
    box = (int(wide * 0.10), int(high * 0.30), int(wide * 0.19), int(high * 0.34))
    pen = ImageDraw.Draw(altered)
    pen.rectangle(box, fill=255)
    pen.line((box[0], box[1], box[2], box[3]), fill=0, width=14)
    first = picture(making.saved(pages[0]))
    whole, found = (
        likeness(first, picture(making.saved(pages[0]))),
        likeness(first, picture(making.saved(altered))),
    )
    assert whole is not None and whole.boxes == () and found is not None and found.boxes
    assert found.score < whole.score
    # The boxes lie together, where the stroke is, and cover a small part of the page.
    assert len(found.boxes) <= 8
    assert all(right - left <= 63 and low - top <= 63 for left, top, right, low in found.boxes)
    assert max(top for _left, top, _right, _low in found.boxes) < 500


def test_an_empty_or_tiny_picture_is_none() -> None:
    assert picture_of(np.full((400, 300), 255, dtype=np.uint8)) is None
    assert picture_of(np.arange(64, dtype=np.uint8).reshape(8, 8)) is None
    assert picture_of(np.zeros(400, dtype=np.uint8)) is None


def test_the_transform_is_the_cosine_transform_of_its_definition() -> None:
    side = 8
    values = np.random.default_rng(3).random(side)
    plain = [
        sum(values[n] * np.cos(np.pi * (2 * n + 1) * k / (2 * side)) for n in range(side))
        for k in range(side)
    ]
    assert np.allclose(pictures._cosines(side) @ values.astype(np.float32), plain, atol=1e-4)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.integers(20, 300), st.integers(20, 300), st.integers(1, 3))
def test_shrinking_keeps_the_mean_of_every_field(seed: int, high: int, wide: int, times: int) -> None:
    grey = np.random.default_rng(seed).random((high, wide)).astype(np.float32) * 255
    small = pictures._shrunk(grey, 16)
    assert small.shape == (16, 16) and abs(float(small.mean()) - float(grey.mean())) < 0.5
    larger = np.kron(grey, np.ones((times, times), dtype=np.float32))
    assert np.allclose(pictures._shrunk(larger, 16), small, atol=0.1)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6), st.floats(0.7, 1.2), st.integers(-25, 25))
def test_light_and_contrast_do_not_count(seed: int, contrast: float, light: int) -> None:
    blocks = np.random.default_rng(seed).integers(60, 180, (12, 9), dtype=np.uint8)
    grey = np.asarray(Image.fromarray(blocks).resize((450, 600), Image.Resampling.BICUBIC))
    other = np.clip((grey.astype(np.float32) - 120) * contrast + 120 + light, 0, 255).astype(np.uint8)
    one, two = picture_of(grey), picture_of(other)
    assert one is not None and two is not None and bits_apart(one, two) <= 16
    assert likeness(one, two) is not None


def test_two_photographs_of_other_things_are_two_pictures() -> None:
    chance = np.random.default_rng(9)
    shown = []
    for _ in range(12):
        blocks = Image.fromarray(chance.integers(0, 255, (12, 16), dtype=np.uint8))
        out = io.BytesIO()
        blocks.resize((1600, 1200), Image.Resampling.BICUBIC).save(out, "JPEG")
        shown.append(picture(out.getvalue()))
    assert [one for place, one in enumerate(shown) for other in shown[:place] if likeness(one, other)] == []
