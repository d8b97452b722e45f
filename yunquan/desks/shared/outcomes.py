"""An outcome of behaviour data as a column of lists shows it (D47-5.13)."""

from __future__ import annotations

from typing import Any

from yunquan.desks.shared import columns, usage
from yunquan.desks.shared.templatetags.gov import badge


class OutcomeColumn(columns.StateColumn):
    """An outcome in words."""

    def render(self, value: Any, record: Any, bound_column: Any) -> str:
        label, tone = usage.OUTCOMES[value]
        return badge(label, tone)

    def value(self, value: Any) -> Any:
        return usage.OUTCOMES[value][0] if value in usage.OUTCOMES else value


class BasisColumn(columns.TextColumn):
    """Whether a verdict was computed or recorded by hand."""

    def render(self, value: Any) -> str:
        return {"hand": "人工录入", "computed": "行为数据计算"}.get(str(value), "—")

    value = render  # type: ignore[assignment]
