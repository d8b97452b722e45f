"""What the rule pack says of registrations on a day, read in one place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from yunquan.policy.rulebook import Rulebook


@dataclass(frozen=True, slots=True)
class RegistrationTerms:
    """The limits, reasons and steps of registration that hold on one day."""

    version: str
    review_working_days: int
    enterprise_reasons: tuple[Mapping[str, Any], ...]
    supplier_reasons: tuple[Mapping[str, Any], ...]
    in_province_steps: tuple[str, ...]
    out_of_province_steps: tuple[str, ...]
    pool_exempt: bool
    services: Mapping[int, str]

    def steps(self, *, is_in_province: bool, in_resource_pool: bool) -> tuple[str, ...]:
        """Who reviews a supplier, in order; one of the resource pool only where the rules don't exempt it."""
        if in_resource_pool and self.pool_exempt:
            return ()
        return self.in_province_steps if is_in_province else self.out_of_province_steps


def terms_on(rules: Rulebook, on: date) -> RegistrationTerms:
    """The terms of registration on a day; raises NotInForce for a day before the rules."""
    reasons = [reason.model_dump() for reason in rules.value("reasons.registration", on).value]
    standard = [
        {
            "code": criterion.code,
            "label": f"未达到审核标准：{criterion.criterion}",
            "mend": "请补充说明和证明材料",
            "article": criterion.article,
        }
        for criterion in rules.value("suppliers.standard", on).value
    ]
    steps = rules.value("suppliers.review_steps", on).value
    only_enterprise = ("revenue_unproved", "promise_missing", "bank_account")
    return RegistrationTerms(
        version=rules.version,
        review_working_days=rules.value("review.registration_working_days", on).value,
        enterprise_reasons=tuple(reasons),
        supplier_reasons=(*(r for r in reasons if r["code"] not in only_enterprise), *standard),
        in_province_steps=tuple(steps.in_province),
        out_of_province_steps=tuple(steps.out_of_province),
        pool_exempt=steps.pool_exempt,
        services={service.number: service.name for service in rules.services(on)},
    )
