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


def test_an_enterprise_is_found_whatever_the_width_and_the_capitals_of_the_search(world, enter) -> None:  # type: ignore[no-untyped-def]
    world.enterprise.search_text = "虚构五金(测试)有限公司 xugouwujin xgwj"
    world.enterprise.save(update_fields=["search_text"])
    client = enter("dg_reviewer")
    for asked in ("五金（测试）", "五金(测试)", "XGWJ", "xuGouWuJin"):
        assert (
            "虚构五金（测试）有限公司" in client.get("/city/enterprises/", {"q": asked}).content.decode()
        ), asked
    assert "虚构五金（测试）有限公司" not in client.get("/city/enterprises/", {"q": "陶瓷"}).content.decode()
