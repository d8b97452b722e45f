"""What every test stands on: a folder of its own, no network, unknown template variables fail."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

import pytest
from django.conf import settings
from django.db import connections
from django.test import TransactionTestCase

from tests import migrated

pytest_plugins = ["tests.cast"]
migrated.share()
# No test pulls the plug: what is written is seen without waiting for a disk to have it.
os.fsync = lambda _file: None
DATABASE_FIXTURES = {"db", "transactional_db", "live_server", "django_db_serialized_rollback"}
# Files that take long, often with few tests: workers begin with them, so that none is left waiting for another's.
LONG = (
    "campaigns/test_machine",
    "browser/test_every_page",
    "browser/test_every_page_above",
    "demo/test_demonstration",
    "evidence/reading/test_hostile",
    "browser/test_reviewing_by_keyboard",
    "browser/test_the_whole_path",
    "evidence/hostility/test_papers",
    "usage/test_nightly_command",
    "usage/test_verdicts",
    "campaigns/test_killed_statements",
    "api/test_schema",
    "inspections/test_self_checks",
    "stories/test_contract_to_payment",
    "jobs/test_doctor",
    "policy/test_bulk",
)
LONG_AT = {f"tests/{name}.py": place for place, name in enumerate(LONG)}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--database-only",
        action="store_true",
        help="run only tests that touch a database (the PostgreSQL run), without the browser",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if os.environ.get("PYTEST_XDIST_WORKER"):
        items.sort(key=lambda item: LONG_AT.get(item.nodeid.partition("::")[0], len(LONG)))
    if not config.getoption("--database-only"):
        return
    kept, left = [], []
    for item in items:
        names = set(getattr(item, "fixturenames", ()))
        touches = item.get_closest_marker("django_db") is not None or names & DATABASE_FIXTURES
        (kept if touches and item.get_closest_marker("browser") is None else left).append(item)
    config.hook.pytest_deselected(items=left)
    items[:] = kept


def _flush_past_the_guards(teardown: Any) -> Any:
    """Committed tests are swept away by DELETE on SQLite, which append-only tables refuse: lift the triggers
    for the sweep alone, and lay down again what migrations had laid down (the log's head, the bureaus)."""

    def swept(self: TransactionTestCase) -> None:
        connection = connections["default"]
        triggers: list[tuple[str, str]] = []
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
                triggers = cursor.fetchall()
                for name, _sql in triggers:
                    cursor.execute(f"DROP TRIGGER {name}")
        teardown(self)
        with connection.cursor() as cursor:
            for _name, sql in triggers:
                cursor.execute(sql)
        from yunquan.journal.actions import EMPTY_CHAIN
        from yunquan.journal.models import LogHead
        from yunquan.parties.actions import found_bureaus

        found_bureaus()
        LogHead.objects.get_or_create(pk=1, defaults={"size": 0, "chain": EMPTY_CHAIN})

    return swept


TransactionTestCase._fixture_teardown = _flush_past_the_guards(TransactionTestCase._fixture_teardown)


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
