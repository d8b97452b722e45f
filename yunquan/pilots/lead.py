"""The draft decree's other way: the lead supplier is paid from its city's money (D0-6.3); a reckoning, no payment.

What a lead supplier earns is taken to be what its pilot's customers would have been awarded: the draft doesn't say
how much it is paid, only how much at most. A city's pilots share its ceiling in the order of their places.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from yunquan.kernel.money import format_yuan
from yunquan.kernel.refusal import Refusal

ARTICLE = "D0-6.3"


@dataclass(frozen=True, slots=True)
class Lead:
    """A pilot as the draft judges it: its home city, its enterprises and how many are local, and the awards in fen."""

    key: int
    name: str
    city: str
    enterprises: int
    local: int
    award_fen: int


@dataclass(frozen=True, slots=True)
class LeadShare:
    """What a lead supplier would get in fen, how that comes, and why not."""

    lead: Lead
    ceiling_fen: int
    room_fen: int
    payable_fen: int
    steps: tuple[str, ...]
    refusals: tuple[Refusal, ...]


def ceiling_fen(fund_fen: int, share: Fraction) -> int:
    """The most that all pilots of a city may be paid, whole fen, never rounded up.

    >>> ceiling_fen(101, Fraction(1, 2))
    50
    """
    return fund_fen * share.numerator // share.denominator


def is_local_enough(lead: Lead, least: Fraction) -> bool:
    """Whether enough of a pilot's enterprises are of its home city, reckoned without rounding."""
    return lead.enterprises > 0 and lead.local * least.denominator >= least.numerator * lead.enterprises


def lead_shares(
    leads: Iterable[Lead], *, funds_fen: Mapping[str, int], share: Fraction, local: Fraction
) -> list[LeadShare]:
    """What each lead supplier would get, in the order given; together no city pays more than its ceiling."""
    spent: dict[str, int] = {}
    found = []
    for lead in leads:
        fund = funds_fen.get(lead.city, 0)
        most = ceiling_fen(fund, share)
        room = most - spent.get(lead.city, 0)
        refusals = _refusals(lead, fund, room, local)
        payable = 0 if refusals else min(lead.award_fen, room)
        spent[lead.city] = spent.get(lead.city, 0) + payable
        found.append(
            LeadShare(lead, most, room, payable, _steps(lead, fund, most, room, payable, share), refusals)
        )
    return found


def _refusals(lead: Lead, fund: int, room: int, local: Fraction) -> tuple[Refusal, ...]:
    found = []
    if not lead.city:
        found.append(Refusal("no_home_city", "牵头供应商不在省内地市，没有可用的切块资金。", ARTICLE))
    elif fund <= 0:
        found.append(Refusal("no_fund", "所在地市还没有下达切块资金。", ARTICLE, "请先下达资金。"))
    if lead.enterprises <= 0:
        found.append(Refusal("no_enterprises", "还没有标注“试点”并发放服务券的企业。", ARTICLE))
    elif not is_local_enough(lead, local):
        said = f"当地企业 {lead.local} 家，占全部 {lead.enterprises} 家的比例低于 {_percent(local)}。"
        found.append(Refusal("not_local_enough", said, ARTICLE))
    if fund > 0 and room <= 0:
        found.append(Refusal("ceiling_spent", "该市用于试点的资金上限已被名次在前的试点用完。", ARTICLE))
    return tuple(found)


def _steps(lead: Lead, fund: int, most: int, room: int, payable: int, share: Fraction) -> tuple[str, ...]:
    return (
        f"所在地市切块资金 {format_yuan(fund)} 元 × {_percent(share)} = 试点合计上限 {format_yuan(most)} 元",
        f"名次在前的试点用去 {format_yuan(most - room)} 元，还有 {format_yuan(room)} 元",
        f"试点客户核定奖补合计 {format_yuan(lead.award_fen)} 元",
        f"可得 {format_yuan(payable)} 元",
    )


def _percent(share: Fraction) -> str:
    whole = share * 100
    return f"{whole.numerator}%" if whole.denominator == 1 else f"{float(whole):g}%"
