"""Eligibility as the registration form states it: the policy's judgement, beside the form's own fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from yunquan.kernel.refusal import Refusal
from yunquan.parties.models import Enterprise
from yunquan.policy.eligibility import EnterpriseFacts, enterprise_refusals
from yunquan.policy.rulebook import Rulebook

# The form says by itself that a field is empty; the policy's word on it would be the second.
_SAID_BY_THE_FORM = ("revenue_missing", "established_missing")
_FORM_FIELDS = {"region": "city", "established_on": "founded_on", "last_breach_on": "has_serious_breach"}


def eligibility_faults(values: Mapping[str, Any], rules: Rulebook, *, on: date) -> list[Refusal]:
    """Every reason why an enterprise isn't eligible on a day, each with the form's field (D47-4.1)."""
    facts = EnterpriseFacts(
        region_code=values["county"] or values["city"],
        is_legal_person=values["is_legal_person"],
        established_on=values["founded_on"],
        last_year_revenue_fen=values["revenue_fen"],
    )
    refusals = [
        replace(refusal, field=_FORM_FIELDS.get(refusal.field, refusal.field))
        for refusal in enterprise_refusals(facts, rules, on)
        if refusal.code not in _SAID_BY_THE_FORM and (values["city"] or refusal.code != "not_registered_here")
    ]
    clean = rules.find("eligibility.clean_years", on)
    # The form asks whether there was a breach in these years, not when.
    if clean is not None and values["has_serious_breach"]:
        refusals.append(
            Refusal(
                "breach_with_public_funds",
                f"企业近 {clean.value} 年内有财政资金方面的严重违法违规记录。",
                clean.article,
                f"满 {clean.value} 年后可以申领；如勾选有误请改正。",
                "has_serious_breach",
            )
        )
    return refusals


def enterprise_faults(enterprise: Enterprise, rules: Rulebook, *, on: date) -> list[Refusal]:
    """Every reason why a registered enterprise isn't eligible on the day of an application (D47-4.1)."""
    columns = ("city", "county", "is_legal_person", "founded_on", "revenue_fen", "has_serious_breach")
    return eligibility_faults({name: getattr(enterprise, name) for name in columns}, rules, on=on)
