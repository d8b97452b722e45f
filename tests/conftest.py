"""What every test stands on: a folder of its own, no network, unknown template variables fail."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

os.environ.setdefault("YUNQUAN_DIR", tempfile.mkdtemp(prefix="yunquan-test-"))
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

import pytest
from django.conf import settings

pytest_plugins = ["tests.cast"]
DATABASE_FIXTURES = {"db", "transactional_db", "live_server", "django_db_serialized_rollback"}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--database-only",
        action="store_true",
        help="run only tests that touch a database (the PostgreSQL run), without the browser",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--database-only"):
        return
    kept, left = [], []
    for item in items:
        names = set(getattr(item, "fixturenames", ()))
        touches = item.get_closest_marker("django_db") is not None or names & DATABASE_FIXTURES
        (kept if touches and item.get_closest_marker("browser") is None else left).append(item)
    config.hook.pytest_deselected(items=left)
    items[:] = kept


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Files of a test go into its own folder."""
    monkeypatch.setattr(settings, "YUNQUAN_DIR", tmp_path)
    return tmp_path


@pytest.fixture(autouse=True)
def cheap_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Quick password hashing and a cache that no other test sees; unknown template variables are loud."""
    monkeypatch.setattr(settings, "PASSWORD_HASHERS", ["django.contrib.auth.hashers.MD5PasswordHasher"])
    monkeypatch.setattr(
        settings, "CACHES", {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
    )
