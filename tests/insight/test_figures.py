"""Figures are those of the vouchers; the public's give no enterprise away; the queries don't grow."""

from __future__ import annotations

import csv
import html
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from tests.cast import CLAIMING, DONGGUAN, World
from tests.inspections import stage
from yunquan.desks.shared.figures import tiles
from yunquan.insight import figures
from yunquan.insight.small_cells import LEAST, hidden
from yunquan.vouchers.models import Voucher


@given(st.lists(st.integers(0, 30), max_size=21))
def test_what_is_hidden_is_small_or_covers_a_small_one(counts: list[int]) -> None:
    chosen = hidden(counts)
    assert all(counts[place] for place in chosen)
    assert all(place in chosen for place, count in enumerate(counts) if 0 < count < LEAST)
    filled = [place for place, count in enumerate(counts) if count]
    if chosen and chosen != frozenset(filled):
        # By subtracting what is told from the total one learns of no fewer than three, in no fewer than two cells.
        assert sum(counts[place] for place in chosen) >= LEAST
        assert len(chosen) > 1
    if not any(0 < count < LEAST for count in counts):
        assert chosen == frozenset()


def everything() -> Any:
    return figures.everything()


@pytest.mark.django_db
@pytest.mark.clause("D47-5.2")
def test_each_stage_counts_what_ever_came_so_far(world: World) -> None:
    world.issued()
    world.approved()
    world.standing()
    world.pay_all(world.released())
    counts = {one.label: one.count for one in figures.funnel(everything())}
    assert counts == {"申领": 2, "发放": 2, "申请兑现": 1, "兑现审核通过": 1, "列入清单": 1, "兑付": 1}
    total = figures.total_of(everything())
    faces = list(Voucher.objects.values_list("face_fen", flat=True))
    assert (total.enterprises, total.issued, total.issued_fen) == (1, 2, sum(faces))
    assert (total.paid, total.paid_fen) == (1, Voucher.objects.get(state="paid").face_fen)
    (dongguan,) = [one for one in figures.by_city(everything()) if one.key == DONGGUAN]
    assert (dongguan.issued, dongguan.paid, dongguan.paid_fen) == (2, 1, total.paid_fen)
    assert len(figures.by_city(everything())) == 21
    lines = figures.by_service(everything())
    assert sum(one.issued_fen for one in lines) >= total.issued_fen


@pytest.mark.django_db
def test_what_waits_is_counted_by_its_age(world: World) -> None:
    voucher = world.apply()
    Voucher.objects.filter(pk=voucher.pk).update(waiting_since=CLAIMING)
    from datetime import timedelta

    for days, place in ((0, 0), (6, 0), (8, 1), (15, 2), (29, 2), (30, 3), (400, 3)):
        ages = figures.ageing(everything(), CLAIMING + timedelta(days=days))
        (waits,) = [one for one in ages if one.total]
        assert waits.counts.index(1) == place, days


@pytest.mark.django_db
@pytest.mark.clause("D47-1")
def test_goals_are_the_decrees_and_how_far_they_are(world: World) -> None:
    world.issued()
    told = {
        one.label: (one.reached, one.goal, one.article) for one in figures.goals(world.cycle, CLAIMING.date())
    }
    assert told["上云上平台的工业企业"] == (1, 10000, "D47-1")
    assert told["工业互联网供应商"] == (2, 200, "D47-1")


@pytest.mark.django_db
def test_the_public_page_gives_no_enterprise_away(world: World) -> None:
    cache.clear()
    world.issued()
    page = html.unescape(Client().get("/figures/").content.decode())
    assert "少于 3 家" in page
    assert page.count("珠海市") == 1 and page.count("提交过申领的券") == 1
    face = Voucher.objects.get().face_fen
    (cell,) = [one for one in figures.by_city(everything()) if one.issued]
    assert cell.issued_fen == face
    sent = Client().get("/figures/?table=cities&format=csv")
    rows = list(csv.reader(b"".join(sent.streaming_content).decode("utf-8-sig").splitlines()))
    (line,) = [row for row in rows if row and row[0].startswith("东莞市")]
    assert line[1:] == [""] * 5


@pytest.mark.django_db
def test_an_empty_programme_says_so(world: World) -> None:
    cache.clear()
    assert "还没有数据" in html.unescape(Client().get("/figures/").content.decode())


@pytest.mark.django_db
@pytest.mark.parametrize(
    "query",
    ["?table=nosuch&format=csv", "?table=cities&format=exe", "?cycle=1999", "?table=ageing&format=csv"],
)
def test_an_unknown_table_is_not_there(world: World, query: str) -> None:
    assert Client().get(f"/figures/{query}").status_code == 404


@pytest.mark.django_db
def test_a_desk_counts_its_own_alone(world: World, settings: Any) -> None:
    settings.SECOND_FACTOR_REQUIRED = False
    cache.clear()
    world.issued()
    for name, place, count in (("dg_reviewer", "city", 1), ("fs_reviewer", "city", 0), ("supplier", "supplier", 1),
                               ("other_supplier", "supplier", 0), ("province_officer", "province", 1)):  # fmt: skip
        client = Client()
        client.force_login(world.person(world[name]), backend="django.contrib.auth.backends.ModelBackend")
        answer = client.get(f"/{place}/figures/")
        assert answer.status_code == 200
        assert answer.context["told"].total.issued == count, name


@pytest.mark.django_db
def test_the_number_of_queries_does_not_grow(world: World, django_assert_num_queries: Any) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def asked() -> int:
        cache.clear()
        with CaptureQueriesContext(
            connection,
        ) as told:
            assert Client().get("/figures/").status_code == 200
        return len(told)

    stage.crowd(world, 4)
    first = asked()
    stage.crowd(world, 30)
    assert asked() == first


def test_every_city_has_its_own_place_on_the_map() -> None:
    from yunquan.desks.shared.figures import TILES
    from yunquan.parties import regions

    assert set(TILES) == {city.code for city in regions.cities()}
    assert len(set(TILES.values())) == 21
    assert tiles([]) == []
