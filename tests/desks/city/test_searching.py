"""Searching the city's list of vouchers: the pages in their order, at a bounded number of queries."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from tests.cast import World
from tests.vouchers.test_searching import plainly, random_vouchers
from yunquan.vouchers import queries, searching


@pytest.mark.django_db
def test_pages_of_a_search_keep_their_order_and_cost_the_same_however_many_are_found(
    world: World,
    enter: Callable[[str], Client],
    django_assert_max_num_queries: DjangoAssertNumQueries,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(searching, "MOST_PROPOSED", 60)
    random_vouchers(world, 400)
    expected = plainly(queries.listed(world["dg_reviewer"]), ["GD2018", "-X-"])
    assert len(expected) > 100
    client, seen = enter("dg_reviewer"), []
    for page in range(1, len(expected) // 25 + 2):
        with django_assert_max_num_queries(30):
            answer = client.get(f"/city/vouchers/?q=GD2018+-X-&page={page}")
        seen += [row.record.pk for row in answer.context["table"].page.object_list]
    assert seen == expected
    exported = client.get("/city/vouchers/?q=GD2018+-X-&format=csv").getvalue().decode("utf-8-sig")
    assert exported.count("GD2018-X-") == len(expected)
    late = client.get("/city/vouchers/?q=GD2018+-X-&page=999").context["table"].page.object_list
    assert [row.record.pk for row in late] == expected[:25]
