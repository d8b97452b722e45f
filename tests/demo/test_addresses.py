"""Where the site is served is what it says of itself, to search engines and in mails."""

from __future__ import annotations

import os

import pytest

from yunquan.config.cli import known_as


@pytest.mark.parametrize(
    ("host", "told"),
    [
        ("127.0.0.1", "http://127.0.0.1:8123"),
        ("0.0.0.0", "http://localhost:8123"),
        ("::1", "http://[::1]:8123"),
        ("cloud.example", "http://cloud.example:8123"),
    ],
)
def test_the_site_names_the_address_where_it_is_served(
    host: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Set first, so that what the command sets is taken back after the test.
    monkeypatch.setenv("YUNQUAN_SITE_URL", "")
    del os.environ["YUNQUAN_SITE_URL"]
    known_as(host, 8123)
    assert os.environ["YUNQUAN_SITE_URL"] == told


def test_an_address_that_was_set_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YUNQUAN_SITE_URL", "https://cloud.example")
    known_as("127.0.0.1", 8123)
    assert os.environ["YUNQUAN_SITE_URL"] == "https://cloud.example"
