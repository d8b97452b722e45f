"""Guangdong's 21 cities and their counties, frozen from the national list of division codes (GB/T 2260).

东莞 and 中山 have no counties. The short letters serve voucher numbers and account keys.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PROVINCE = "440000"


@dataclass(frozen=True, slots=True)
class County:
    """A county, district or county-level city 县区."""

    code: str
    name: str
    city: str


@dataclass(frozen=True, slots=True)
class City:
    """A prefecture-level city 地市 with its letters and counties."""

    code: str
    name: str
    short: str
    letters: str
    counties: tuple[County, ...]


@dataclass(frozen=True, slots=True)
class BureauRow:
    """A competent department as the list of regions implies it."""

    code: str
    level: str
    name: str
    city: str


@cache
def cities() -> tuple[City, ...]:
    """All cities in the order of their codes.

    >>> len(cities()), cities()[0].short
    (21, '广州')
    """
    kept = json.loads((Path(__file__).parent / "regions.json").read_text(encoding="utf-8"))
    return tuple(
        City(
            row["code"],
            row["name"],
            row["short"],
            row["letters"],
            tuple(County(county["code"], county["name"], row["code"]) for county in row["counties"]),
        )
        for row in kept["cities"]
    )


@cache
def _by_code() -> dict[str, City | County]:
    places: dict[str, City | County] = {city.code: city for city in cities()}
    places.update((county.code, county) for city in cities() for county in city.counties)
    return places


def city(code: str) -> City | None:
    """The city of a code, or None for anything else.

    >>> city("441900").letters
    'DG'
    """
    place = _by_code().get(code)
    return place if isinstance(place, City) else None


def county(code: str) -> County | None:
    """The county of a code, or None."""
    place = _by_code().get(code)
    return place if isinstance(place, County) else None


def city_of(code: str) -> str:
    """The code of the city that a city or county code belongs to; the province stands for itself.

    >>> city_of("441302"), city_of("441900"), city_of("440000")
    ('441300', '441900', '440000')
    """
    if code == PROVINCE:
        return PROVINCE
    place = _by_code()[code]
    return place.city if isinstance(place, County) else place.code


def place_name(code: str) -> str:
    """The name people read; an unknown code stands for itself, an empty one is empty.

    >>> place_name("441302"), place_name("440000"), place_name("")
    ('惠城区', '广东省', '')
    """
    if code == PROVINCE:
        return "广东省"
    place = _by_code().get(code)
    return place.name if place else code


def find_city(text: str) -> City | None:
    """The city that a code, a name or a short name means, for imports.

    >>> find_city("东莞").code, find_city("东莞市").code, find_city("DG").code
    ('441900', '441900', '441900')
    """
    wanted = text.strip()
    for row in cities():
        if wanted in (row.code, row.name, row.short) or wanted.upper() == row.letters:
            return row
    return None


def find_county(text: str, city_code: str) -> County | None:
    """The county of a city that a code or a name means, for imports."""
    wanted, home = text.strip(), city(city_code)
    return next((row for row in (home.counties if home else ()) if wanted in (row.code, row.name)), None)


def bureaus() -> Iterator[BureauRow]:
    """The competent departments 主管部门: the province's, each city's, each county's."""
    yield BureauRow(PROVINCE, "province", "广东省经济和信息化委员会", PROVINCE)
    for row in cities():
        yield BureauRow(row.code, "city", f"{row.name}经济和信息化局", row.code)
        for part in row.counties:
            yield BureauRow(part.code, "county", f"{row.short}市{part.name}经济和信息化局", row.code)


def letters(code: str) -> str:
    """The letters of the city that a code lies in, as voucher numbers carry them.

    >>> letters("441900"), letters("441302")
    ('DG', 'HZ')
    """
    home = city(city_of(code))
    if home is None:
        raise KeyError(code)
    return home.letters
