"""名单和结果: what was frozen of a plan and what came of it, voucher by voucher, for its bureau."""

from __future__ import annotations

from typing import Any

import django_filters as filters
from django.db.models import QuerySet
from django.http import Http404

from yunquan.desks.shared import columns
from yunquan.desks.shared.lists import GovTable, ListPage
from yunquan.inspections import access
from yunquan.inspections import plan_queries as queries


def item_list(number: str) -> type[ListPage]:
    """The list of one plan; a plan of another bureau isn't there."""

    class ItemTable(GovTable):
        ref = columns.TextColumn(verbose_name="盲签", fixed=True)
        voucher__number = columns.TextColumn(verbose_name="券号", accessor="voucher__number")
        enterprise = columns.TextColumn(verbose_name="企业", accessor="voucher__enterprise__name")
        supplier = columns.TextColumn(verbose_name="供应商", accessor="voucher__supplier__name")
        stratum = columns.TextColumn(verbose_name="分层")
        weight = columns.CountColumn(verbose_name="权重")
        outcome = columns.TextColumn(verbose_name="结果")
        rank = columns.CountColumn(verbose_name="名次")
        mandatory_reason = columns.TextColumn(verbose_name="指定理由")
        excluded_reason = columns.TextColumn(verbose_name="排除理由")

        class Meta(GovTable.Meta):
            caption = "名单和结果"

    class ItemFilter(filters.FilterSet):
        outcome = filters.ChoiceFilter(
            label="结果", choices=[("mandatory", "指定"), ("drawn", "抽中"), ("reserve", "备选")]
        )

    class ItemList(ListPage):
        title = f"{number} 名单和结果"
        table_class = ItemTable
        filterset_class = ItemFilter
        search_fields = ("ref", "voucher__number")
        order = ("stratum", "outcome", "rank", "ref")
        export_name = f"{number} 名单和结果"
        empty_title = "名单还没有冻结"

        def rows(self) -> QuerySet[Any]:
            plan = access.plan_for(self.request.actor, number)  # type: ignore[attr-defined]
            if plan is None:
                raise Http404
            return queries.items(plan)

    return ItemList
