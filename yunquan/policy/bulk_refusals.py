"""Which reasons speak against many applications and claims at once, as far as their facts are stored.

The same judgements as `eligibility`, `parties.eligible` and `settlement`, a bit for each reason.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date, timedelta

import numpy as np

from yunquan.policy.bulk_replay import EPOCH
from yunquan.policy.eligibility import years_after
from yunquan.policy.rulebook import Dated, Rulebook

UNKNOWN = -1  # A day or an amount that nobody stated.
ELIGIBILITY = {
    "not_registered_here": "企业不在规定地区登记注册",
    "not_legal_person": "企业没有独立法人资格",
    "too_young": "企业成立年限不够",
    "revenue_too_low": "上年度主营业务收入不够",
    "breach_with_public_funds": "有财政资金方面的严重违法违规",
    "implemented_elsewhere": "实施地点不在规定地区",
    "signed_in_future": "合同签订日期晚于申请日",
    "signed_too_early": "合同签订日期早于规定日期",
}
CLAIM = {
    "invoices_equal_contract": "发票合计不等于合同金额",
    "invoices_cover_face": "发票合计低于服务券金额",
    "payments_cover_face": "付款合计低于服务券金额",
    "paid_share_of_contract": "付款占合同的比例不够",
}
_BIT = {code: 1 << place for codes in (ELIGIBILITY, CLAIM) for place, code in enumerate(codes)}


@dataclass(slots=True)
class Applicants:
    """What is stored of applications and their enterprises; money in fen, days since 1970, regions as numbers."""

    day: np.ndarray
    region: np.ndarray
    is_legal_person: np.ndarray
    founded: np.ndarray
    revenue_fen: np.ndarray
    has_breach: np.ndarray
    place: np.ndarray
    signed: np.ndarray


@dataclass(slots=True)
class Papers:
    """What the papers of claims come to, in fen."""

    day: np.ndarray
    contract_fen: np.ndarray
    invoiced_fen: np.ndarray
    has_invoices: np.ndarray
    paid_fen: np.ndarray
    has_payments: np.ndarray

    def of(self, rows: np.ndarray) -> Papers:
        """The papers of some claims."""
        return Papers(*(getattr(self, one.name)[rows] for one in fields(self)))


def reasons(bits: np.ndarray, words: dict[str, str]) -> dict[str, np.ndarray]:
    """For each reason that occurs, which rows it speaks against."""
    found = {code: (bits & _BIT[code]) > 0 for code in words}
    return {code: rows for code, rows in found.items() if rows.any()}


def against_applications(cases: Applicants, rulebook: Rulebook) -> np.ndarray:
    """The reasons against each application by the rules of its day (D47-4.1, D47-4.3), as bits."""
    bits = np.zeros(len(cases.day), dtype=np.int64)

    def refuse(code: str, rows: np.ndarray, wrong: np.ndarray) -> None:
        bits[rows[wrong]] |= _BIT[code]

    for rows, rule in spans(cases.day, rulebook, "eligibility.region"):
        # The form asks for the place; where none is stated the form says so.
        stated = cases.region[rows] > 0
        refuse("not_registered_here", rows, stated & ~_within(cases.region[rows], rule.value.code))
        refuse("not_legal_person", rows, ~cases.is_legal_person[rows])
    for rows, rule in spans(cases.day, rulebook, "eligibility.age_years"):
        full = _later(cases.founded[rows], rule.value)
        refuse("too_young", rows, (cases.founded[rows] != UNKNOWN) & (full > cases.day[rows]))
    for rows, rule in spans(cases.day, rulebook, "eligibility.least_revenue"):
        revenue = cases.revenue_fen[rows]
        refuse("revenue_too_low", rows, (revenue != UNKNOWN) & (revenue < rule.value))
    for rows, _rule in spans(cases.day, rulebook, "eligibility.clean_years"):
        refuse("breach_with_public_funds", rows, cases.has_breach[rows])
    for rows, rule in spans(cases.day, rulebook, "eligibility.place_of_implementation"):
        refuse("implemented_elsewhere", rows, ~_within(cases.place[rows], rule.value.code))
    for rows, rule in spans(cases.day, rulebook, "eligibility.contract_signed_after"):
        signed, limit = cases.signed[rows], (rule.value.day - EPOCH).days
        ahead = (signed != UNKNOWN) & (signed > cases.day[rows])
        early = (signed < limit) | ((signed == limit) & (not rule.value.day_counts))
        refuse("signed_in_future", rows, ahead)
        refuse("signed_too_early", rows, (signed != UNKNOWN) & ~ahead & early)
    return bits


def against_claims(papers: Papers, face_fen: np.ndarray, rulebook: Rulebook) -> np.ndarray:
    """The reasons of sums against each claim by the rules of its application day (D47-5.14, M6), as bits."""
    bits = np.zeros(len(papers.day), dtype=np.int64)
    for rows, rule in spans(papers.day, rulebook, "settlement.invoice_rule"):
        invoiced, face = papers.invoiced_fen[rows], face_fen[rows]
        if rule.value == "equals_contract":
            code, wrong = "invoices_equal_contract", invoiced != papers.contract_fen[rows]
        else:
            code, wrong = "invoices_cover_face", invoiced < face
        bits[rows[wrong | ~papers.has_invoices[rows]]] |= _BIT[code]
    short = ~papers.has_payments | (papers.paid_fen < face_fen)
    bits[short] |= _BIT["payments_cover_face"]
    for rows, rule in spans(papers.day, rulebook, "settlement.paid_contract_ratio"):
        over, under = rule.value.numerator, rule.value.denominator
        if over:
            wrong = papers.paid_fen[rows] < _rounded_up(papers.contract_fen[rows], over, under)
            bits[rows[wrong]] |= _BIT["paid_share_of_contract"]
    return bits


def _rounded_up(fen: np.ndarray, over: int, under: int) -> np.ndarray:
    """A share of each amount, rounded up, without leaving whole numbers."""
    if max(over, under) > 10_000:
        return np.array([-(-one * over // under) for one in fen.tolist()], dtype=np.int64)
    return fen // under * over - (-(fen % under) * over // under)


def spans(days: np.ndarray, rulebook: Rulebook, key: str) -> Iterator[tuple[np.ndarray, Dated]]:
    """The rows of each span of days in which a key has one value, with that value."""
    changes = [day for day in rulebook.change_days(key) if rulebook.find(key, day) is not None]
    starts = np.array([(day - EPOCH).days for day in changes], dtype=np.int64)
    at = np.searchsorted(starts, days, side="right") - 1
    for place, day in enumerate(changes):
        rows = np.flatnonzero(at == place)
        if len(rows):
            yield rows, rulebook.value(key, day)


def _within(region: np.ndarray, code: str) -> np.ndarray:
    return region // 10 ** (6 - len(code)) == int(code)


def _later(days: np.ndarray, years: int) -> np.ndarray:
    """The same day so many years later; few different days occur, and each is worked out once."""
    known, place = np.unique(days, return_inverse=True)
    moved = [UNKNOWN if one == UNKNOWN else _days(EPOCH + timedelta(one), years) for one in known.tolist()]
    return np.array(moved, dtype=np.int64)[place]


def _days(day: date, years: int) -> int:
    return (years_after(day, years) - EPOCH).days
