"""Every operation tried with what its description allows and forbids; bounded, the same in every run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core import signals
from django.db import close_old_connections

from tests.api.conftest import Caller
from tests.cast import World

pytestmark = pytest.mark.django_db
EXAMPLES = 12


@pytest.fixture
def kept_connection() -> Iterator[None]:
    """A request made without Django's own test client must not close the test's connection."""
    signals.request_started.disconnect(close_old_connections)
    signals.request_finished.disconnect(close_old_connections)
    yield
    signals.request_started.connect(close_old_connections)
    signals.request_finished.connect(close_old_connections)


@pytest.mark.parametrize("name", ["dg_enterprise", "supplier", "dg_reviewer"])
def test_every_operation_answers_as_described(
    world: World, caller: Callable[..., Caller], name: str, kept_connection: None
) -> None:
    schemathesis = pytest.importorskip("schemathesis")
    from hypothesis import HealthCheck, given
    from hypothesis import settings as bounds
    from schemathesis.checks import not_a_server_error
    from schemathesis.specs.openapi.checks import (
        content_type_conformance,
        negative_data_rejection,
        response_schema_conformance,
        status_code_conformance,
    )

    from yunquan.config.wsgi import application

    world.confirm(world.apply())
    world.issued()
    headers = caller(name).headers()
    schema = schemathesis.openapi.from_wsgi("/api/openapi.json", application)
    bounded = bounds(
        max_examples=EXAMPLES, derandomize=True, database=None, deadline=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    checks = (
        not_a_server_error,
        status_code_conformance,
        content_type_conformance,
        response_schema_conformance,
        negative_data_rejection,
    )
    tried = set()
    for found in schema.get_all_operations():
        operation = found.ok()

        @bounded
        @given(case=operation.as_strategy())
        def try_one(case: Any) -> None:
            case.call_and_validate(headers=headers, checks=checks)
            tried.add((case.method, case.path))

        try_one()
    assert len(tried) >= 20
