"""What follows a visit, written down instead of done, for tests that look at the visit alone."""

from __future__ import annotations

from typing import Any

import pytest

from yunquan.inspections.actions import handing


@pytest.fixture
def concluded(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Every conclusion that a visit handed over."""
    told: list[dict[str, Any]] = []
    monkeypatch.setattr(
        handing, "_conclude", lambda inspection, **facts: told.append({"of": inspection, **facts})
    )
    return told
