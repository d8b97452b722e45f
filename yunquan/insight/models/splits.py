"""Tables of the next cycle's split over the cities: sizes of industry, the frozen working, changes by hand (D47-5.17)."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from yunquan.insight.lifecycle import SPLIT
from yunquan.kernel.workflow import Lifecycle


class IndustrySize(models.Model):
    """The size of a city's industry in a year as the province entered it; the latest entry counts, none is changed."""

    year = models.IntegerField("年度")
    city = models.CharField("地市", max_length=6)
    size = models.BigIntegerField("产业规模")
    source = models.CharField("数据来源", max_length=200)
    entered_by = models.CharField(max_length=40)
    entered_at = models.DateTimeField("录入时间")

    class Meta:
        indexes = [models.Index(fields=["year", "city", "-id"], name="insight_industry_latest")]
        constraints = [models.CheckConstraint(condition=Q(size__gte=0), name="insight_size_not_negative")]


class SplitPlan(models.Model):
    """A draft of a cycle's targets over the cities by the formula, frozen under a hash (D47-5.17, D47-8.2c)."""

    lifecycle: ClassVar[Lifecycle] = SPLIT
    acting_orgs: ClassVar[frozenset[str]] = frozenset(("bureau:440000",))

    cycle = models.ForeignKey("programme.Cycle", on_delete=models.PROTECT, related_name="+")
    base = models.ForeignKey("programme.Cycle", on_delete=models.PROTECT, related_name="+")
    industry_year = models.IntegerField("产业规模年度")
    total_fen = models.BigIntegerField("目标额度合计")
    factor_percent = models.IntegerField("发放系数（%）")
    method = models.JSONField("测算办法")
    method_meaning = models.TextField("办法的说明", blank=True)
    rules = models.CharField("规则版本", max_length=64)
    log_seq = models.BigIntegerField("所据日志")
    content_hash = models.CharField("测算摘要", max_length=64)
    state = models.CharField(max_length=20, default="drafted", db_index=True)
    version = models.IntegerField(default=0)
    drafted_by = models.CharField(max_length=40)
    drafted_at = models.DateTimeField("测算时间")
    proposed_by = models.CharField(max_length=40, blank=True)
    proposed_at = models.DateTimeField("提交时间", null=True, blank=True)
    decided_by = models.CharField(max_length=40, blank=True)
    decided_at = models.DateTimeField("审定时间", null=True, blank=True)
    reason = models.TextField("退回或作废的理由", blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(total_fen__gt=0), name="insight_split_total_positive"),
            models.UniqueConstraint(
                fields=["cycle"],
                condition=Q(state__in=("drafted", "proposed")),
                name="insight_one_open_split_a_cycle",
            ),
            models.CheckConstraint(
                condition=Q(decided_by="") | ~Q(decided_by=F("proposed_by")),
                name="insight_split_decided_by_second",
            ),
        ]

    @property
    def journal_key(self) -> str:
        return f"split:{self.pk}"


class SplitLine(models.Model):
    """What the formula gives one city, with the figures it rests on; never changed."""

    plan = models.ForeignKey(SplitPlan, on_delete=models.PROTECT, related_name="lines")
    city = models.CharField("地市", max_length=6)
    figures = models.JSONField("依据")
    formula_fen = models.BigIntegerField("公式结果")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["plan", "city"], name="insight_split_city_once"),
            models.CheckConstraint(condition=Q(formula_fen__gte=0), name="insight_split_not_negative"),
        ]


class SplitAdjustment(models.Model):
    """A city's amount changed by hand with the reason; the latest counts, none is changed."""

    line = models.ForeignKey(SplitLine, on_delete=models.PROTECT, related_name="adjustments")
    before_fen = models.BigIntegerField("调整前")
    after_fen = models.BigIntegerField("调整后")
    reason = models.TextField("理由")
    adjusted_by = models.CharField(max_length=40)
    adjusted_at = models.DateTimeField("调整时间")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(after_fen__gte=0) & ~Q(reason=""), name="insight_adjusted_with_reason"
            )
        ]
