"""When a public source of chance gives its value, where that can be computed; pure, no network.

A drand round appears at the chain's first moment and a whole number of periods after it. The public chain `quicknet`
of the League of Entropy is known here by its published parameters; a lottery's calendar is not.
"""

from __future__ import annotations

from datetime import UTC, datetime

# The chain's first moment in Unix seconds, and the seconds between two rounds.
CHAINS = {"drand-quicknet": (1692803367, 3)}


def appears_at(source: str) -> datetime | None:
    """The moment of the value that a source names; None where it can't be computed.

    >>> appears_at("drand-quicknet:27946612")
    datetime.datetime(2026, 4, 20, 0, 0, tzinfo=datetime.timezone.utc)
    >>> appears_at("drand-quicknet:1").isoformat()
    '2023-08-23T15:09:27+00:00'
    >>> appears_at("ssq:2019040") is None, appears_at("drand-quicknet:999999999999") is None
    (True, True)
    """
    chain, _, number = source.partition(":")
    if chain not in CHAINS or not (number.isascii() and number.isdecimal()) or len(number) > 10:
        return None
    first, period = CHAINS[chain]
    if int(number) < 1:
        return None
    return datetime.fromtimestamp(first + (int(number) - 1) * period, UTC)
