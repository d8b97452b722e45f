"""Tables of the yearly evaluation of suppliers: its frozen figures, what suppliers reply, the titles (D47-8.3)."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from yunquan.insight.lifecycle import EVALUATION, EXCELLENT_TITLE
from yunquan.kernel.workflow import Lifecycle

PROVINCE = frozenset(("bureau:440000", "platform"))


class Evaluation(models.Model):
    """One edition of a year's evaluation of suppliers, computed once and frozen under a hash (D47-5.17, D47-8.3)."""

    lifecycle: ClassVar[Lifecycle] = EVALUATION
    acting_orgs: ClassVar[frozenset[str]] = PROVINCE

    year = models.IntegerField("年度")
    edition = models.IntegerField("版次")
    pack = models.CharField("规则包", max_length=40)
    from_on = models.DateField("评价期自")
    until_on = models.DateField("评价期至")
    method = models.JSONField("评价办法")
    method_meaning = models.TextField("办法的说明", blank=True)
    rules = models.CharField("规则版本", max_length=64)
    log_seq = models.BigIntegerField("所据日志")
    content_hash = models.CharField("测算摘要", max_length=64)
    state = models.CharField(max_length=20, default="drafted", db_index=True)
    version = models.IntegerField(default=0)
    drafted_by = models.CharField(max_length=40)
    drafted_at = models.DateTimeField("测算时间")
    sent_at = models.DateTimeField("发送时间", null=True, blank=True)
    due_on = models.DateField("答复期限", null=True, blank=True)
    proposed_by = models.CharField(max_length=40, blank=True)
    proposed_at = models.DateTimeField("提名时间", null=True, blank=True)
    decided_by = models.CharField(max_length=40, blank=True)
    decided_at = models.DateTimeField("审定时间", null=True, blank=True)
    publicity_ends_on = models.DateField("公示截止", null=True, blank=True)
    published_at = models.DateTimeField("公布时间", null=True, blank=True)
    note = models.TextField("评选说明", blank=True)
    reason = models.TextField("退回或作废的理由", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["year", "edition"], name="insight_evaluation_edition_once"),
            models.UniqueConstraint(
                fields=["year"], condition=~Q(state="discarded"), name="insight_one_evaluation_a_year"
            ),
            models.CheckConstraint(
                condition=Q(until_on__gt=F("from_on")), name="insight_evaluation_period_in_order"
            ),
            models.CheckConstraint(
                condition=Q(decided_by="") | ~Q(decided_by=F("proposed_by")),
                name="insight_evaluation_decided_by_second",
            ),
        ]

    @property
    def journal_key(self) -> str:
        return f"evaluation:{self.pk}"


class EvaluationLine(models.Model):
    """A supplier's figures in one edition; never changed. Points and scores are hundredths of a point."""

    evaluation = models.ForeignKey(Evaluation, on_delete=models.PROTECT, related_name="lines")
    supplier = models.ForeignKey("parties.Supplier", on_delete=models.PROTECT, related_name="+")
    position = models.IntegerField("序")
    rank = models.IntegerField("名次", null=True, blank=True)
    unranked = models.CharField("不排名的理由", max_length=200, blank=True)
    score = models.IntegerField("总分（百分之一分）")
    figures = models.JSONField("指标")
    candidacies = models.IntegerField("列入培育对象次数", default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["evaluation", "supplier"], name="insight_supplier_once"),
            models.CheckConstraint(
                condition=(Q(rank__isnull=True) & ~Q(unranked="")) | (Q(rank__isnull=False) & Q(unranked="")),
                name="insight_ranked_or_told_why",
            ),
        ]


class EvaluationReply(models.Model):
    """What a supplier says to its figures within the time for replies; one each, never changed."""

    line = models.OneToOneField(EvaluationLine, on_delete=models.PROTECT, related_name="reply")
    text = models.TextField("陈述意见")
    file = models.ForeignKey(
        "evidence.StoredFile", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    filed_by = models.CharField(max_length=40)
    filed_at = models.DateTimeField("提交时间")


class ReplyAnswer(models.Model):
    """What the province answered to a reply; never changed."""

    class Outcome(models.TextChoices):
        KEPT = "kept", "核实后维持"
        WRONG = "wrong", "核实有误，作废后重新测算"

    reply = models.OneToOneField(EvaluationReply, on_delete=models.PROTECT, related_name="answer")
    outcome = models.CharField("处理", max_length=10, choices=Outcome)
    text = models.TextField("答复")
    answered_by = models.CharField(max_length=40)
    answered_at = models.DateTimeField("答复时间")


class ExcellentTitle(models.Model):
    """The yearly title 优秀供应商 of one supplier, from its proposal to its end (D47-8.3)."""

    lifecycle: ClassVar[Lifecycle] = EXCELLENT_TITLE
    acting_orgs: ClassVar[frozenset[str]] = PROVINCE

    line = models.ForeignKey(EvaluationLine, on_delete=models.PROTECT, related_name="titles")
    supplier = models.ForeignKey("parties.Supplier", on_delete=models.PROTECT, related_name="titles")
    year = models.IntegerField("年度")
    from_on = models.DateField("授予日期", null=True, blank=True)
    until_on = models.DateField("有效期至", null=True, blank=True)
    state = models.CharField(max_length=20, default="proposed", db_index=True)
    version = models.IntegerField(default=0)
    proposed_by = models.CharField(max_length=40)
    proposed_at = models.DateTimeField("提名时间")
    decided_by = models.CharField(max_length=40, blank=True)
    ended_reason = models.TextField("撤销或未授予的理由", blank=True)
    ended_by = models.CharField(max_length=40, blank=True)
    ended_at = models.DateTimeField("结束时间", null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["supplier", "year"], condition=~Q(state="dropped"), name="insight_title_once_a_year"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("granted", "expired"))
                | Q(from_on__isnull=False, until_on__isnull=False),
                name="insight_title_has_its_term",
            ),
            models.CheckConstraint(
                condition=Q(decided_by="") | ~Q(decided_by=F("proposed_by")), name="insight_title_by_second"
            ),
        ]

    @property
    def journal_key(self) -> str:
        return f"title:{self.pk}"
