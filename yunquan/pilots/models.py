"""Tables of the pilots: a call, an application with what became of it, an expert's seat, the quota earmarked."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from yunquan.kernel.workflow import Lifecycle
from yunquan.pilots.lifecycle import CALL, PILOT

PROVINCE, PLATFORM = "bureau:440000", "platform"


class PilotCall(models.Model):
    """The province asks for applications to a cycle's pilots until a day, and says how they are judged (D47-6.2)."""

    lifecycle: ClassVar[Lifecycle] = CALL

    cycle = models.ForeignKey("programme.Cycle", on_delete=models.PROTECT, related_name="pilot_calls")
    title = models.CharField("标题", max_length=120)
    text = models.TextField("通知正文")
    closes_at = models.DateTimeField("申报截止时间")
    # Items of the score sheet: name, about, weight; the weights make 100.
    criteria = models.JSONField("评分项目", default=list)
    pass_mark = models.IntegerField("入选最低分")
    least_experts = models.IntegerField("每份至少评审专家数")
    state = models.CharField(max_length=20, default="draft", db_index=True)
    version = models.IntegerField(default=0)
    drafted_by = models.CharField(max_length=40)
    drafted_at = models.DateTimeField()
    published_by = models.CharField(max_length=40, blank=True)
    published_at = models.DateTimeField("发布时间", null=True, blank=True)
    ranked_by = models.CharField(max_length=40, blank=True)
    ranked_at = models.DateTimeField(null=True, blank=True)
    unranked_reason = models.TextField("退回重排的理由", blank=True)
    publicised_by = models.CharField(max_length=40, blank=True)
    publicised_at = models.DateTimeField("公示时间", null=True, blank=True)
    publicity_ends_at = models.DateTimeField("公示结束时间", null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state="draft") | (~Q(published_by="") & ~Q(published_by=F("drafted_by"))),
                name="pilots_call_published_by_second",
            ),
            models.CheckConstraint(
                condition=~Q(state="public") | Q(publicity_ends_at__isnull=False),
                name="pilots_publicity_has_an_end",
            ),
        ]

    @property
    def journal_key(self) -> str:
        return f"pilot_call:{self.pk}"

    @property
    def acting_orgs(self) -> frozenset[str]:
        """The province alone."""
        return frozenset((PROVINCE,))


class Pilot(models.Model):
    """One supplier's application of annex 2 to a call, and the pilot that came of it (D47-A2, D47-6)."""

    lifecycle: ClassVar[Lifecycle] = PILOT

    class Mode(models.TextChoices):
        PAPER = "paper", "书面评审"
        DEFENCE = "defence", "集中答辩"
        ON_SITE = "on_site", "现场考察"

    class Ground(models.TextChoices):
        OVERDUE = "overdue", "没有按期完成试点示范任务"
        SUSPENDED = "suspended", "被暂停或取消供应商资格"

    call = models.ForeignKey(PilotCall, on_delete=models.PROTECT, related_name="pilots")
    supplier = models.ForeignKey("parties.Supplier", on_delete=models.PROTECT, related_name="pilots")
    typed = models.JSONField("已填内容", default=dict, blank=True)
    title = models.CharField("应用服务名称", max_length=80, blank=True)
    scene = models.CharField("面向场景", max_length=200, blank=True)
    promised = models.IntegerField("承诺服务企业数", default=0)
    plan_ends_on = models.DateField("计划完成日期", null=True, blank=True)
    state = models.CharField(max_length=20, default="draft", db_index=True)
    version = models.IntegerField(default=0)
    started_at = models.DateTimeField()
    submitted_by = models.CharField(max_length=40, blank=True)
    submitted_at = models.DateTimeField("提交时间", null=True, blank=True)
    content_hash = models.CharField("提交内容摘要", max_length=64, blank=True)
    return_reasons = models.JSONField("本次退回理由", default=list, blank=True)
    returns = models.JSONField("历次退回", default=list, blank=True)
    mend_due_on = models.DateField("补正期限", null=True, blank=True)
    mode = models.CharField("评审方式", max_length=10, choices=Mode, blank=True)
    held_at = models.DateTimeField("答辩或考察时间", null=True, blank=True)
    place = models.CharField("地点", max_length=120, blank=True)
    # The mean of the experts' sheets in hundredths of a point, and the place among the call's applications.
    score = models.IntegerField("平均分（百分之一分）", null=True, blank=True)
    rank = models.IntegerField("名次", null=True, blank=True)
    proposed_by = models.CharField(max_length=40, blank=True)
    not_chosen_reason = models.TextField("未入选的理由", blank=True)
    named_by = models.CharField(max_length=40, blank=True)
    named_at = models.DateTimeField("授予称号时间", null=True, blank=True)
    ground = models.CharField("取消称号的事由", max_length=12, choices=Ground, blank=True)
    hearing_by = models.CharField(max_length=40, blank=True)
    hearing_at = models.DateTimeField(null=True, blank=True)
    state_due_on = models.DateField("陈述意见期限", null=True, blank=True)
    statement = models.TextField("陈述意见", blank=True)
    stated_at = models.DateTimeField(null=True, blank=True)
    decision = models.TextField("决定理由", blank=True)
    decided_by = models.CharField(max_length=40, blank=True)
    ended_at = models.DateTimeField("称号结束时间", null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["call", "supplier"], name="pilots_one_application_a_call"),
            models.UniqueConstraint(
                fields=["supplier"],
                condition=Q(state__in=("named", "hearing")),
                name="pilots_one_title_at_a_time",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("named", "hearing", "finished", "withdrawn"))
                | (~Q(named_by="") & ~Q(named_by=F("proposed_by"))),
                name="pilots_named_by_second",
            ),
        ]
        indexes = [models.Index(fields=["state", "call", "rank"], name="pilots_by_state")]

    @property
    def journal_key(self) -> str:
        return f"pilot:{self.pk}"

    @property
    def acting_orgs(self) -> frozenset[str]:
        """Its supplier, the province, and the platform (experts and the clock act for it)."""
        return frozenset((f"supplier:{self.supplier_id}", PROVINCE, PLATFORM))


class PilotSeat(models.Model):
    """An expert's seat in the review of one application: interests declared first, then the sheet, once (D47-A2)."""

    pilot = models.ForeignKey(Pilot, on_delete=models.PROTECT, related_name="seats")
    person = models.ForeignKey("parties.Person", on_delete=models.PROTECT, related_name="pilot_seats")
    asked_by = models.CharField(max_length=40)
    asked_at = models.DateTimeField()
    employer = models.CharField("所在单位", max_length=120, blank=True)
    interest = models.TextField("利害关系", blank=True)
    declared_at = models.DateTimeField("申报时间", null=True, blank=True)
    recused_at = models.DateTimeField("回避时间", null=True, blank=True)
    recused_why = models.CharField("回避理由", max_length=300, blank=True)
    # Points 0 to 100 by the place of the item in the call's sheet; the total in hundredths of a point.
    points = models.JSONField("各项得分", default=list, blank=True)
    total = models.IntegerField("总分（百分之一分）", null=True, blank=True)
    opinion = models.TextField("评审意见", blank=True)
    given_at = models.DateTimeField("评分时间", null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pilot", "person"], name="pilots_one_seat_each"),
            models.CheckConstraint(
                condition=Q(given_at__isnull=True)
                | Q(total__gte=0, total__lte=10000, recused_at__isnull=True, declared_at__isnull=False),
                name="pilots_sheet_within_bounds",
            ),
        ]


class Earmark(models.Model):
    """What a pilot's customers are expected to draw of a city's quota: a plan inside it, no second quota (D47-6.4)."""

    pilot = models.ForeignKey(Pilot, on_delete=models.PROTECT, related_name="earmarks")
    city = models.CharField("地市", max_length=6)
    enterprises = models.IntegerField("计划企业数")
    amount_fen = models.BigIntegerField("安排额度")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pilot", "city"], name="pilots_one_earmark_a_city"),
            models.CheckConstraint(
                condition=Q(amount_fen__gt=0, enterprises__gt=0), name="pilots_earmark_positive"
            ),
        ]
