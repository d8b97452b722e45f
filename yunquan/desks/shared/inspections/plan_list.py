"""The list of 抽查计划 of a desk, with what the export says (D108-2, D858-2.2)."""

from __future__ import annotations

from typing import Any

import django_filters as filters
from django.db.models import QuerySet

from yunquan.desks.shared import columns
from yunquan.desks.shared.lists import GovTable, ListPage
from yunquan.desks.shared.registers import StateLabel
from yunquan.inspections import plan_queries as queries
from yunquan.inspections.lifecycle import OFFICERS, PLAN
from yunquan.parties import regions

TONES = {"closed": "good", "drawn": "good", "aborted": "bad", "drafted": "waiting", "filed": "now",
         "accepted": "now", "published": "now", "frozen": "now"}  # fmt: skip


class PlanFilter(filters.FilterSet):
    """By state and regime."""

    state = filters.ChoiceFilter(label="状态", choices=list(PLAN.states.items()))


def plan_list(base: str) -> type[ListPage]:
    """The list page of the desk whose pages lie under this address."""

    class PlanTable(GovTable):
        number = columns.LinkColumn(verbose_name="编号", to=lambda row: f"{base}{row.number}/")
        title = columns.TextColumn(verbose_name="名称")
        regime = columns.TextColumn(verbose_name="规程")
        city = columns.TextColumn(verbose_name="组织单位", empty_values=())
        starts_on = columns.DayColumn(verbose_name="开始")
        ends_on = columns.DayColumn(verbose_name="结束")
        state = StateLabel(verbose_name="状态", labels=PLAN.states, tones=TONES)

        def render_city(self, value: str) -> str:
            return regions.place_name(value) if value else "省厅"

        def value_city(self, value: str) -> str:
            return self.render_city(value)

        def render_regime(self, value: str) -> str:
            return queries.regime_titles().get(value, value)

        def value_regime(self, value: str) -> str:
            return self.render_regime(value)

        class Meta(GovTable.Meta):
            caption = "抽查计划"

    class PlanList(ListPage):
        title = "抽查计划"
        table_class = PlanTable
        filterset_class = PlanFilter
        search_fields = ("number", "title")
        order = ("-pk",)
        export_name = "抽查计划"
        empty_title = "还没有抽查计划"
        empty_text = "拟定计划后先试算名单，再由另一人审批公布。"
        empty_action = "拟定计划"
        template_name = "shared/inspections/plans.html"

        def rows(self) -> QuerySet[Any]:
            return queries.plans(self.request.actor)  # type: ignore[attr-defined]

        @property
        def may_draft(self) -> bool:
            """Whether who looks may begin a plan."""
            actor = self.request.actor  # type: ignore[attr-defined]
            return actor.role in OFFICERS and actor.may("plan.draft")

        @property
        def empty_url(self) -> str:  # type: ignore[override]
            """Where an empty list leads: nowhere for who only approves or reads."""
            return f"{base}new/" if self.may_draft else ""

        def context(self) -> dict[str, Any]:
            return {"base": base, "may_draft": self.may_draft}

    return PlanList
