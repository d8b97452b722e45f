"""Reasons against many applications and claims at once: equal to the single judgements."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yunquan.policy import bulk_refusals
from yunquan.policy.bulk_replay import EPOCH, tried
from yunquan.policy.eligibility import EnterpriseFacts, ProjectFacts, enterprise_refusals, project_refusals
from yunquan.policy.rulebook import Rulebook, load_pack
from yunquan.policy.settlement import Invoice, Party, Payment, SettlementFacts, settlement_checks

SLOWLY = settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
PACKS = st.sampled_from(["gd-2018", "gd-2018-draft"])
days = st.integers(0, 700).map(lambda more: date(2018, 4, 1) + timedelta(more))


def change(key: str, value: Any) -> dict[str, Any]:
    return {"key": key, "from_on": "2019-06-01", "value": value, "article": "D47-4.1", "meaning": "试一试。"}


drafts = st.lists(
    st.one_of(
        st.integers(0, 20).map(lambda years: change("eligibility.age_years", years)),
        st.integers(0, 5000).map(lambda wan: change("eligibility.least_revenue", f"{wan} 万元")),
        st.sampled_from(["44", "4419", "441900"]).map(
            lambda code: change("eligibility.place_of_implementation", {"name": "某地", "code": code})
        ),
        st.sampled_from(["44", "4406"]).map(
            lambda code: change("eligibility.region", {"name": "某地", "code": code})
        ),
        st.booleans().map(
            lambda counts: change(
                "eligibility.contract_signed_after", {"day": "2018-06-01", "day_counts": counts}
            )
        ),
        st.sampled_from(["0 %", "60 %", "33.337 %", "100 %"]).map(
            lambda share: change("settlement.paid_contract_ratio", share)
        ),
        st.sampled_from(["at_least_face", "equals_contract"]).map(
            lambda rule: change("settlement.invoice_rule", rule)
        ),
    ),
    max_size=5,
    unique_by=lambda one: one["key"],
)
draft_pairs = st.tuples(PACKS, drafts)


def rules_of(pair: tuple[str, list[dict[str, Any]]]) -> Rulebook:
    pack, drafted = pair
    document = "D47" if pack == "gd-2018" else "D0"
    return tried(load_pack(pack), [{**one, "article": f"{document}-4.1"} for one in drafted])


applicants = st.tuples(
    days,
    st.sampled_from(["441900", "441302", "440600", "110100"]),
    st.booleans(),
    st.dates(date(1990, 1, 1), date(2019, 12, 31)) | st.just(date(2016, 2, 29)),
    st.integers(0, 10**12),
    st.sampled_from(["441900", "440600", "310100"]),
    days | st.sampled_from([date(2018, 5, 31), date(2018, 6, 1)]),
)


def whole(values: list[int]) -> np.ndarray:
    return np.array(values, dtype=np.int64)


@pytest.mark.clause("D47-4.1", "D47-4.3")
@given(st.lists(applicants, min_size=1, max_size=12), draft_pairs)
@SLOWLY
def test_reasons_against_applications_are_those_of_the_single_judgement(
    found: list[Any], pair: tuple[str, list[dict[str, Any]]]
) -> None:
    rules = rules_of(pair)
    wanted = []
    for on, region, is_legal, founded, revenue, place, signed in found:
        facts = EnterpriseFacts(region, is_legal, founded, revenue)
        refusals = enterprise_refusals(facts, rules, on)
        refusals += project_refusals(ProjectFacts(signed, place, False), rules, on)
        wanted.append({refusal.code for refusal in refusals})
    cases = bulk_refusals.Applicants(
        day=whole([(one[0] - EPOCH).days for one in found]),
        region=whole([int(one[1]) for one in found]),
        is_legal_person=np.array([one[2] for one in found]),
        founded=whole([(one[3] - EPOCH).days for one in found]),
        revenue_fen=whole([one[4] for one in found]),
        has_breach=np.zeros(len(found), dtype=bool),
        place=whole([int(one[5]) for one in found]),
        signed=whole([(one[6] - EPOCH).days for one in found]),
    )
    bits = bulk_refusals.against_applications(cases, rules)
    told = bulk_refusals.reasons(bits, bulk_refusals.ELIGIBILITY)
    assert [{code for code, rows in told.items() if rows[at]} for at in range(len(found))] == wanted


claims = st.tuples(
    days, st.integers(1, 10**12), st.integers(0, 10**12), st.integers(0, 10**12), st.integers(1, 10**12)
)


@pytest.mark.clause("D47-5.14", "M6")
@given(st.lists(claims, min_size=1, max_size=12), draft_pairs, st.booleans())
@SLOWLY
def test_reasons_against_claims_are_those_of_the_single_judgement(
    found: list[Any], pair: tuple[str, list[dict[str, Any]]], all_paid: bool
) -> None:
    rules = rules_of(pair)
    # A payment of just the share, and a fen below it, lie on the edge.
    found = [(on, c, i, (c * 6 // 10 if all_paid else paid), f) for on, c, i, paid, f in found]
    firm, wanted = Party("某公司", ""), []
    for on, contract, invoiced, paid, face in found:
        invoices = [Invoice("1", firm, invoiced)] if invoiced else []
        payments = [Payment("1", firm, paid)] if paid else []
        checks = settlement_checks(SettlementFacts(firm, face, contract, invoices, payments, on), rules)
        wanted.append({one.code for one in checks if not one.passed} & set(bulk_refusals.CLAIM))
    papers = bulk_refusals.Papers(
        day=whole([(one[0] - EPOCH).days for one in found]),
        contract_fen=whole([one[1] for one in found]),
        invoiced_fen=whole([one[2] for one in found]),
        has_invoices=whole([one[2] for one in found]) > 0,
        paid_fen=whole([one[3] for one in found]),
        has_payments=whole([one[3] for one in found]) > 0,
    )
    bits = bulk_refusals.against_claims(papers, whole([one[4] for one in found]), rules)
    told = bulk_refusals.reasons(bits, bulk_refusals.CLAIM)
    assert [{code for code, rows in told.items() if rows[at]} for at in range(len(found))] == wanted
