"""How far a file of connections reaches: whose network it tells of, in which cities (decision 10).

A record says what was seen; the reach says what would have been seen. Only days on which every operator that
carries one of a service's client ends delivered for the voucher's city can prove that it was not used.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import NamedTuple

OPERATORS: Mapping[str, str] = {
    "telecom": "中国电信",
    "mobile": "中国移动",
    "unicom": "中国联通",
    "broadcasting": "中国广电",
    "other": "其他运营商",
}
# An end of which nobody said who carries it may be on the network of any of these.
BASIC = ("telecom", "mobile", "unicom")
_CITY = re.compile(r"[0-9]{6}", re.ASCII)
_BETWEEN = "\x1f"


class BadReach(ValueError):
    """A reach that names no known operator or no city; the message says what is expected, in Chinese."""


class Reach(NamedTuple):
    """One operator or, empty, all of them together; some cities or, empty, the whole province.

    >>> str(Reach("telecom", ("441900",))), str(Reach()), Reach.parse("@440600")
    ('telecom@441900', '', Reach(operator='', cities=('440600',)))
    """

    operator: str = ""
    cities: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.operator + ("@" + "+".join(self.cities) if self.cities else "")

    @classmethod
    def of(cls, operator: str, cities: Iterable[str] = ()) -> Reach:
        """The reach in its one spelling; raises BadReach."""
        listed = tuple(sorted(set(cities)))
        if operator and operator not in OPERATORS:
            raise BadReach(f"不认识运营商“{operator}”，应为 {'、'.join(OPERATORS)} 之一，或不填（各家合并）")
        for city in listed:
            if not _CITY.fullmatch(city):
                raise BadReach(f"“{city}”不是地市代码，应为六位数字，如 441900，或不填（全省）")
        return cls(operator, listed)

    @classmethod
    def parse(cls, text: str) -> Reach:
        """The way back from `str`; raises BadReach."""
        operator, _, cities = text.partition("@")
        return cls.of(operator, cities.split("+") if cities else ())


class Hearing(NamedTuple):
    """What of a service's group decides which files speak of it: the deliveries' scope, its city, its operators.

    >>> Hearing.parse(str(Hearing("supplier:3", "441900", "unicom")))
    Hearing(scope='supplier:3', city='441900', operators='unicom')
    >>> str(Hearing("supplier:3"))
    'supplier:3'
    """

    scope: str = ""
    city: str = ""
    operators: str = ""

    def __str__(self) -> str:
        return _BETWEEN.join(self).rstrip(_BETWEEN)

    @classmethod
    def parse(cls, text: str) -> Hearing:
        return cls(*text.split(_BETWEEN))

    @property
    def needed(self) -> tuple[str, ...]:
        """The operators without any one of which part of the use may go unseen."""
        return tuple(self.operators.split("+")) if self.operators else BASIC


def needed(carriers: Iterable[str]) -> str:
    """The operators that carry the client ends of a service, as a fact of its group; empty ones are not known.

    >>> needed(["unicom", "telecom", "unicom"]), needed(["other", ""]), needed([])
    ('telecom+unicom', 'mobile+other+telecom+unicom', '')
    """
    found = set(carriers)
    known = found - {""}
    return "+".join(sorted(known | set(BASIC) if "" in found and known else known))


def operators_fault(text: str) -> str:
    """What is wrong with the operators of a group as a registry names them; empty for nothing."""
    unknown = [one for one in text.split("+") if one not in OPERATORS] if text else []
    return f"不认识运营商“{unknown[0]}”" if unknown else ""


def covered(loads: Iterable[tuple[str, Iterable[date]]], hearing: Hearing) -> set[date]:
    """The days of which the loads, given by reach and days, would show any use of a service.

    A file of all operators covers its days alone; those of single ones cover a day together.
    """
    whole, of = set[date](), dict[str, set[date]]()
    for text, days in loads:
        reach = Reach.parse(text)
        if not reach.cities or hearing.city in reach.cities:
            (of.setdefault(reach.operator, set()) if reach.operator else whole).update(days)
    return whole | set.intersection(*(of.get(operator, set()) for operator in hearing.needed))


def heard(hearing: Hearing, reaches: Iterable[str]) -> Hearing:
    """A hearing without what makes no difference among these reaches, so that many groups share one.

    >>> heard(Hearing("supplier:3", "440600", "unicom"), ["", "@441900"])
    Hearing(scope='supplier:3', city='', operators='')
    """
    parsed = [Reach.parse(text) for text in reaches]
    is_named = any(hearing.city in reach.cities for reach in parsed)
    is_told_apart = any(reach.operator for reach in parsed)
    return Hearing(
        hearing.scope, hearing.city if is_named else "", hearing.operators if is_told_apart else ""
    )


def said(text: str, place_name: Callable[[str], str] = str) -> str:
    """A reach in words.

    >>> said("unicom@441900"), said("")
    ('中国联通，441900', '各运营商合并，全省')
    """
    reach = Reach.parse(text)
    cities = "、".join(place_name(city) for city in reach.cities) or "全省"
    return f"{OPERATORS.get(reach.operator, '各运营商合并')}，{cities}"
