"""Tables of the programme: cycles, windows, city targets, rule changes, calendar days, notices."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from yunquan.kernel.workflow import Lifecycle
from yunquan.programme.lifecycle import CYCLE, PUBLIC_NOTICE, RULE_CHANGE


class Cycle(models.Model):
    """A year's programme 服务券发放周期 under one rule pack (D47-5.1)."""

    lifecycle: ClassVar[Lifecycle] = CYCLE

    code = models.CharField("周期", max_length=20, unique=True)
    name = models.CharField("名称", max_length=80)
    pack = models.CharField("规则包", max_length=40)
    year = models.IntegerField("年度")
    order = models.IntegerField("次序", unique=True)
    state = models.CharField(max_length=20, default="draft")
    version = models.IntegerField(default=0)

    @property
    def journal_key(self) -> str:
        return f"cycle:{self.code}"


class Window(models.Model):
    """When applications or claims may arrive (D47-5.18); its closing never moves earlier."""

    class Kind(models.TextChoices):
        REGISTER = "register", "供应商注册"
        APPLY = "apply", "申领"
        CLAIM = "claim", "兑现"

    cycle = models.ForeignKey(Cycle, on_delete=models.PROTECT, related_name="windows")
    kind = models.CharField(max_length=10, choices=Kind)
    opens_at = models.DateTimeField("开放时间")
    closes_at = models.DateTimeField("截止时间")
    published_at = models.DateTimeField("公布时间", null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["cycle", "kind"], name="programme_one_window_a_kind"),
            models.CheckConstraint(
                condition=Q(closes_at__gt=F("opens_at")), name="programme_window_in_order"
            ),
        ]


class CityTarget(models.Model):
    """A city's target and quota of a cycle; quota = target × factor (D47-8.2a, Q2)."""

    cycle = models.ForeignKey(Cycle, on_delete=models.PROTECT, related_name="targets")
    city = models.CharField("地市", max_length=6)
    target_fen = models.BigIntegerField("目标额度")
    factor_percent = models.IntegerField("发放系数（%）")
    quota_fen = models.BigIntegerField("发放额度")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["cycle", "city"], name="programme_one_target_a_city"),
            models.CheckConstraint(condition=Q(target_fen__gte=0), name="programme_target_not_negative"),
            models.CheckConstraint(
                condition=Q(quota_fen__gte=F("target_fen"))
                & Q(quota_fen__lte=F("target_fen") * F("factor_percent") / 100),
                name="programme_quota_between_target_and_factor",
            ),
        ]

    @property
    def journal_key(self) -> str:
        return f"quota:{self.cycle_id}:{self.city}"


class RuleChange(models.Model):
    """A change of one rule value from a day: drafted, published by a second person, then immutable."""

    lifecycle: ClassVar[Lifecycle] = RULE_CHANGE

    pack = models.CharField("规则包", max_length=40)
    rule = models.CharField("规则项", max_length=120)
    value = models.JSONField("新值")
    from_on = models.DateField("生效日期")
    article = models.CharField("依据", max_length=40)
    document = models.CharField("文件", max_length=120, blank=True)
    meaning = models.CharField("说明", max_length=300)
    return_reasons = models.JSONField("退回理由", default=list, blank=True)
    state = models.CharField(max_length=20, default="draft")
    version = models.IntegerField(default=0)
    drafted_by = models.CharField(max_length=40)
    drafted_at = models.DateTimeField()
    published_by = models.CharField(max_length=40, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="published") | (~Q(published_by="") & ~Q(published_by=F("drafted_by"))),
                name="programme_rule_published_by_second",
            )
        ]

    @property
    def journal_key(self) -> str:
        return f"rule_change:{self.pk}"


class CalendarDay(models.Model):
    """A day that the province declares working or free, over the kept calendar library."""

    on = models.DateField("日期", unique=True)
    is_working = models.BooleanField("工作日")
    source = models.CharField("依据", max_length=120)


class CalendarYear(models.Model):
    """A year whose holidays the province has entered in full, ahead of the kept calendar library."""

    year = models.IntegerField("年度", unique=True)
    source = models.CharField("依据", max_length=120)


class PublicNotice(models.Model):
    """A notice or guide on the public pages: drafted, looked at by a second person, published, archived."""

    lifecycle: ClassVar[Lifecycle] = PUBLIC_NOTICE

    class Kind(models.TextChoices):
        NOTICE = "notice", "通知公告"
        GUIDE = "guide", "办事指南"

    class Audience(models.TextChoices):
        ENTERPRISE = "enterprise", "工业企业"
        SUPPLIER = "supplier", "供应商"
        BUREAU = "bureau", "主管部门"
        EXPERT = "expert", "专家"
        PUBLIC = "public", "社会公众"

    kind = models.CharField(max_length=10, choices=Kind, default=Kind.NOTICE)
    audience = models.CharField("面向", max_length=10, choices=Audience, blank=True, default="")
    title = models.CharField("标题", max_length=120)
    body = models.TextField("正文")
    source = models.CharField("来源", max_length=80, blank=True, default="")
    until_on = models.DateField("到期归档", null=True, blank=True)
    state = models.CharField(max_length=20, default="draft", db_index=True)
    version = models.IntegerField(default=0)
    drafted_by = models.CharField(max_length=40, blank=True, default="")
    drafted_at = models.DateTimeField("起草时间", null=True, blank=True)
    return_reason = models.TextField("退回理由", blank=True, default="")
    published_at = models.DateTimeField("发布时间", null=True, blank=True)
    published_by = models.CharField(max_length=40, blank=True, default="")
    archived_at = models.DateTimeField("归档时间", null=True, blank=True)
    archived_reason = models.CharField("归档理由", max_length=200, blank=True, default="")

    @property
    def journal_key(self) -> str:
        return f"public_notice:{self.pk}"
