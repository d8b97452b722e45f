"""How suppliers are evaluated and the next cycle is split over the cities: the values `evaluation.…` (D47-5.17, 8.3)."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from yunquan.policy.values import Count, Form, Ratio, Words, fault

Weight = Annotated[Count, Field(le=100)]


class _Weights(Form):
    """Weights in per cent; together they are a hundred."""

    @model_validator(mode="after")
    def _a_hundred(self) -> Self:
        total = sum(value for _name, value in self)
        if total != 100:
            raise fault(f"weights 各项合计应为 100，现在是 {total}")
        return self


class SupplierWeights(_Weights):
    """What each figure of a supplier weighs."""

    vouchers: Weight
    completion: Weight
    usage: Weight
    inspection: Weight
    complaints: Weight
    price: Weight
    answering: Weight


class SupplierMethod(Form):
    """The yearly evaluation of suppliers: weights, what earns full points, who is ranked, terms (D47-8.3)."""

    weights: SupplierWeights
    full_vouchers: Annotated[Count, Field(ge=1)]
    complaint_share: Ratio
    answer_working_days: Count
    least_vouchers: Count
    least_weight: Ratio
    least_points: Annotated[Count, Field(le=100)]
    most_titles: Count
    reply_working_days: Annotated[Count, Field(ge=1)]
    publicity_working_days: Annotated[Count, Field(ge=1)]
    valid_months: Annotated[Count, Field(ge=1, le=60)]

    @model_validator(mode="after")
    def _sensible(self) -> Self:
        if self.complaint_share <= 0:
            raise fault("complaint_share 应当大于零")
        if self.least_weight > 1:
            raise fault("least_weight 应当不大于 100 %")
        return self


class SplitWeights(_Weights):
    """What each ground of a city's share weighs."""

    industry: Weight
    result: Weight
    early: Weight
    queue: Weight


class SplitMethod(Form):
    """The next cycle's split over the cities: weights, and who counts as early with many waiting (D47-8.2c)."""

    weights: SplitWeights
    early_days: Count
    least_waiting: Count
    industry: Words
