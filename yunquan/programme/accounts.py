"""The keys of the programme's accounts in the two books; each carries the cycle's code.

Promises (额度): province → quota → reserved → redeemed. Cash (资金): treasury → fund → committed →
enterprise, and enterprise → recovered.
"""

from __future__ import annotations


def province(cycle: str) -> str:
    """Where a cycle's quotas come from; goes negative by what was given out."""
    return f"province:{cycle}"


def quota(cycle: str, city: str) -> str:
    """What a city may still issue."""
    return f"quota:{cycle}:{city}"


def reserved(cycle: str, city: str) -> str:
    """What living vouchers of a city hold."""
    return f"reserved:{cycle}:{city}"


def redeemed(cycle: str, city: str) -> str:
    """What paid vouchers of a city have used."""
    return f"redeemed:{cycle}:{city}"


def treasury(cycle: str) -> str:
    """Where a cycle's money comes from; goes negative by what was appropriated."""
    return f"treasury:{cycle}"


def fund(cycle: str, city: str) -> str:
    """A city's money that is not yet committed."""
    return f"fund:{cycle}:{city}"


def committed(cycle: str, city: str) -> str:
    """A city's money in payment instructions on their way."""
    return f"committed:{cycle}:{city}"


def recovered(cycle: str, city: str) -> str:
    """What a city got back from enterprises."""
    return f"recovered:{cycle}:{city}"


def enterprise(number: int) -> str:
    """What an enterprise was paid and has not given back."""
    return f"enterprise:{number}"
