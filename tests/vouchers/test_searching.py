"""Searching in vouchers: the index of character pairs finds what the plain substring search finds."""

from __future__ import annotations

import random
from typing import Any

import pytest
from django.db import connection

from tests.cast import APPLYING, DONGGUAN, FOSHAN, World
from yunquan.parties.pinyin import folded
from yunquan.vouchers import queries, searching
from yunquan.vouchers.models import Voucher
from yunquan.vouchers.pairs import pieces_of

LETTERS = "云帆东莞aAb1（-%_'\""


def _words(chance: random.Random, most: int) -> list[str]:
    return ["".join(chance.choices(LETTERS, k=chance.randint(1, 8))) for _ in range(chance.randint(1, most))]


def random_vouchers(world: World, count: int, seed: int = 1) -> random.Random:
    """Vouchers with random search texts, in two cities, with and without the supplier, some of them drafts."""
    chance = random.Random(seed)
    Voucher.objects.bulk_create(
        Voucher(
            cycle=world.cycle,
            enterprise=world.enterprise,
            supplier=world.supplier if chance.random() < 0.7 else None,
            number=f"GD2018-X-{n:06d}",
            city=chance.choice((DONGGUAN, DONGGUAN, FOSHAN)),
            state=chance.choice(("rejected", "expired", "cancelled")),
            search_text=" ".join([f"gd2018-x-{n:06d}", *_words(chance, 5)]),
            created_at=APPLYING,
        )
        for n in range(count)
    )
    return chance


def plainly(rows: Any, words: list[str]) -> list[int]:
    for word in words:
        rows = rows.filter(search_text__contains=folded(word))
    return list(rows.order_by("-pk").values_list("pk", flat=True))


@pytest.mark.django_db
@pytest.mark.parametrize("most", [5, 40, 300])
def test_every_search_finds_what_the_plain_search_finds_in_its_order(
    world: World, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    chance = random_vouchers(world, 300, seed=most)
    monkeypatch.setattr(searching, "MOST_PROPOSED", most)
    actors = [world[name] for name in ("dg_reviewer", "province_officer", "supplier", "dg_enterprise")]
    texts, found = list(Voucher.objects.values_list("search_text", flat=True)), 0
    for _ in range(150):
        actor, words = chance.choice(actors), _words(chance, 2)
        if chance.random() < 0.6:
            whole = chance.choice(chance.choice(texts).split())
            first = chance.randrange(len(whole))
            words = [whole[first : first + chance.randint(1, 9)], *words[2:]]
        if chance.random() < 0.2:
            words.append(str(chance.randrange(1, 300)))
        rows = queries.listed(actor)
        if chance.random() < 0.5:
            rows = rows.filter(state="expired")
        expected = plainly(rows, words)
        everything = searching.sought(rows, actor=actor, words=words)
        assert list(everything.order_by("-pk").values_list("pk", flat=True)) == expected, words
        latest = chance.choice((1, 6, 26))
        page = searching.sought(rows, actor=actor, words=words, latest=latest).order_by("-pk")
        assert list(page.values_list("pk", flat=True)[:latest]) == expected[:latest], words
        found += len(expected)
    assert found > 500


@pytest.mark.django_db
def test_the_index_follows_every_change_of_a_voucher(world: World) -> None:
    voucher = world.apply()
    reviewer = world["dg_reviewer"]

    def found(word: str) -> list[Voucher]:
        return list(searching.sought(queries.listed(reviewer), actor=reviewer, words=[word]))

    assert found(voucher.number[-6:]) == [voucher]
    assert found(voucher.number) == found(voucher.number.lower()) == [voucher]
    Voucher.objects.filter(pk=voucher.pk).update(search_text="虚构改名(测试) xugougaiming")
    assert found(voucher.number[-6:]) == []
    assert found("改名（测试）") == found("改名(测试)") == found("XuGou") == [voucher]
    assert found("改名") == found("gaiming") == [voucher]
    Voucher.objects.filter(pk=voucher.pk).update(city=FOSHAN, county="")
    assert found("改名") == []
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM vouchers_serviceline")
        cursor.execute("DELETE FROM vouchers_voucher WHERE id = %s", [voucher.pk])
        held = "vouchers_pairs MATCH '{}'".format(pieces_of("改名", 2)[0])
        if connection.vendor == "postgresql":
            held = "voucher_id = " + str(voucher.pk)
        cursor.execute(f"SELECT count(*) FROM vouchers_pairs WHERE {held}")
        assert cursor.fetchone() == (0,)


def test_pieces_leave_out_the_gaps_between_words_and_the_case_of_ascii_letters() -> None:
    assert pieces_of("", 2) == pieces_of("云", 2) == pieces_of("云 帆", 2) == pieces_of("云帆 东", 4) == []
    assert pieces_of("AB", 2) == pieces_of("ab", 2)
    assert pieces_of("É1", 2) != pieces_of("é1", 2)
