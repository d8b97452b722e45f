"""Readers that stand ready end with the tests that used them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from yunquan.evidence.reading import sandbox


@pytest.fixture(scope="module", autouse=True)
def readers_end() -> Iterator[None]:
    yield
    sandbox.stop()
