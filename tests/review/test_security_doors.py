"""Every address of the site against every role: a stranger gets 404, a reader writes nothing, nobody a traceback."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from tests.cast import World

DESKS = ("enterprise/", "supplier/", "city/", "province/", "expert/", "auditor/", "admin/")


def addresses(patterns: Any = None, head: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Every pattern below a desk's prefix, with the address as it is written."""
    for one in patterns if patterns is not None else get_resolver().url_patterns:
        place = head + str(one.pattern)
        if isinstance(one, URLResolver):
            if head or place in (*DESKS, "files/"):
                yield from addresses(one.url_patterns, place)
        elif head:
            yield place, one


@pytest.fixture
def case(world: World) -> dict[str, Any]:
    """One of everything in 东莞, with the addresses that lead to it."""
    world.approved()
    standing = world.standing()
    run = world.released()
    row = run.instructions.select_related("voucher__contract").get()
    voucher = row.voucher
    file = voucher.contract.file_id
    return {
        "voucher": voucher.number, "list": standing.pk, "run": run.pk, "file": file,
        "enterprise": voucher.enterprise_id, "supplier": voucher.supplier_id,
    }  # fmt: skip


def filled(place: str, case: dict[str, Any]) -> str | None:
    """The address with the case's ids in it; None for one that needs no id or another kind of id."""
    for mark, name in (
        ("<str:number>", "voucher"), ("city/lists/<int:pk>", "list"), ("auditor/lists/<int:pk>", "list"),
        ("payments/<int:pk>", "run"), ("runs/<int:pk>", "run"), ("enterprises/<int:pk>", "enterprise"),
        ("suppliers/<int:pk>", "supplier"), ("files/<int:pk>", "file"),
    ):  # fmt: skip
        if mark in place:
            head = mark.partition("<")[0]
            place = place.replace(mark, f"{head}{case[name]}")
            place = place.replace("<str:step>", "contract").replace("<int:number>", "1")
            return None if "<" in place or "(" in place else f"/{place}"
    return None


STRANGERS = ("fs_reviewer", "fs_approver", "fs_cashier", "hc_reviewer", "fs_enterprise", "other_supplier", "expert",
             "system_admin", "security_admin", "audit_admin")  # fmt: skip


def test_a_stranger_finds_nothing_at_any_address_of_a_case(
    enter: Any, world: World, case: dict[str, Any]
) -> None:
    asked, seen = 0, []
    places = [where for place, _ in addresses() if (where := filled(place, case))]
    assert len(places) > 30
    for name in (one for one in STRANGERS if one in world.people):
        client = enter(name)
        for where in places:
            for answer in (client.get(where), client.post(where, {"decision": "approve", "once": "x"})):
                asked += 1
                if answer.status_code not in (404, 405):
                    seen.append((name, where, answer.status_code))
    assert not seen, seen[:20]


ROLES = ("dg_enterprise", "dg_reviewer", "dg_approver", "dg_cashier", "province_officer", "province_approver",
         "expert", "auditor", "system_admin", "security_admin", "audit_admin", "supplier")  # fmt: skip


def test_no_page_writes_when_it_is_only_read(
    enter: Any, world: World, case: dict[str, Any], settings: Any
) -> None:
    settings.MIDDLEWARE = ["yunquan.desks.shared.reading.RefusingGet", *settings.MIDDLEWARE]
    for name in (one for one in ROLES if one in world.people):
        client = enter(name)
        for place, _ in addresses():
            where = filled(place, case) or (None if "<" in place or "(" in place else f"/{place}")
            if where is None:
                continue
            answer = client.get(where)
            answer.getvalue()  # A download is read to its end, so that its file is closed.
            assert answer.status_code in (200, 302, 404, 405), (name, where, answer.status_code)


def test_nobody_reaches_a_desk_without_logging_in(case: dict[str, Any]) -> None:
    for place, _ in addresses():
        where = filled(place, case) or (None if "<" in place or "(" in place else f"/{place}")
        # A worker script is the same for all, like any other static file.
        if where is None or where.endswith(("/register/", "/sw.js")):
            continue
        for answer in (Client().get(where), Client().post(where)):
            assert answer.status_code in (404, 405, 400) or answer.url.startswith("/accounts/login/"), where
