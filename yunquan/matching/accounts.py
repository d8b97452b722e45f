"""The keys of a city's own funds in their own book (配套簿); no transfer joins them to the province's.

treasury → fund → committed → enterprise, and enterprise → recovered.
"""

from __future__ import annotations

PREFIX = "own_"


def treasury(cycle: str, city: str) -> str:
    """Where a city's own money comes from; goes negative by what was provided."""
    return f"own_treasury:{cycle}:{city}"


def fund(cycle: str, city: str) -> str:
    """A city's own money that is not yet committed."""
    return f"own_fund:{cycle}:{city}"


def committed(cycle: str, city: str) -> str:
    """A city's own money in payment instructions on their way."""
    return f"own_committed:{cycle}:{city}"


def recovered(cycle: str, city: str) -> str:
    """What a city got back of its own money."""
    return f"own_recovered:{cycle}:{city}"


def enterprise(number: int) -> str:
    """What an enterprise was paid on top and has not given back."""
    return f"own_enterprise:{number}"
