"""Searching inside the words of vouchers at a cost that does not grow with their number.

The index of character pairs proposes vouchers, never too few; the plain substring comparison decides.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection
from django.db.models import QuerySet

from yunquan.kernel.workflow import Actor
from yunquan.parties import access as parties_access
from yunquan.parties import regions
from yunquan.parties.pinyin import folded
from yunquan.vouchers.models import Voucher
from yunquan.vouchers.pairs import (
    INDEX,
    hash_of_city,
    hash_of_supplier,
    hashes_of,
    long_or_short,
    pieces_of,
)

MOST_PROPOSED = 300  # So many vouchers are looked at one by one before the plain search is asked.


def sought(
    rows: QuerySet[Voucher], *, actor: Actor, words: Sequence[str], latest: int = 0
) -> QuerySet[Voucher]:
    """The rows in whose search text every word occurs; full width and capitals don't count.

    `rows` lie within what the actor may see.  With `latest` the caller shows no more than so many rows from
    the one with the highest key down; the answer then may leave out the rows after them.
    """
    words = [folded(word) for word in words]
    for word in words:
        rows = rows.filter(search_text__contains=word)
    long = [word for word in words if len(word) > 1 and "\0" not in word]
    if not long or parties_access.enterprise_number(actor) is not None:
        return rows  # An enterprise has a handful of vouchers; a single character is soon found.
    keys = _proposed(long, actor)
    if len(keys) < MOST_PROPOSED:
        return rows.filter(pk__in=keys)
    if 0 < latest <= len(keys):
        newest = rows.filter(pk__in=keys).order_by("-pk").values_list("pk", flat=True)[:latest]
        if len(found := list(newest)) == latest:
            return rows.filter(pk__in=found)
    return rows.filter(pk__lte=keys[0])


def _covering(word: str) -> list[int]:
    """The pieces of a word side by side and its last: those that overlap them cost the index more than they rule out."""
    length = long_or_short(word)
    pieces = hashes_of(word, length)
    return [*pieces[::length], *pieces[-1:]]


def _proposed(words: Sequence[str], actor: Actor) -> list[int]:
    """The keys of the latest vouchers in the actor's area that may hold every word, the latest first."""
    supplier, code = parties_access.supplier_number(actor), parties_access.bureau_code(actor)
    city = regions.city(code)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            wanted = {piece for word in words for piece in _covering(word)}
            wanted |= {hash_of_city(city.code)} if city is not None else set()
            wanted |= {hash_of_supplier(supplier)} if supplier is not None else set()
            cursor.execute(
                f"SELECT voucher_id FROM {INDEX} WHERE pairs @> %s::int[] ORDER BY voucher_id DESC LIMIT %s",
                [sorted(wanted), MOST_PROPOSED],
            )
        else:
            phrases = [f'"{" ".join(pieces_of(word, long_or_short(word)))}"' for word in words]
            phrases += [f"c{city.code}"] if city is not None else []
            phrases += [f"s{supplier}"] if supplier is not None else []
            cursor.execute(
                f"SELECT rowid FROM {INDEX} WHERE {INDEX} MATCH %s ORDER BY rowid DESC LIMIT %s",
                [" AND ".join(phrases), MOST_PROPOSED],
            )
        return [key for (key,) in cursor.fetchall()]
