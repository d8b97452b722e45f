"""Tables of the demonstration projects: the plan, its lines and milestones, reports, spending, rectifications."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from yunquan.demonstrations.lifecycle import PROJECT, RECTIFICATION, REPORT
from yunquan.kernel.workflow import Lifecycle


class Project(models.Model):
    """A demonstration project 标杆示范项目: its holder, and the plan of building and of spending (D858-2.1)."""

    lifecycle: ClassVar[Lifecycle] = PROJECT

    class Funded(models.TextChoices):
        PROVINCE = "province", "省级财政资金支持"
        MINISTRY = "ministry", "国家工业互联网创新发展工程支持"

    number = models.CharField("项目编号", max_length=20, unique=True)
    name = models.CharField("项目名称", max_length=120)
    enterprise = models.ForeignKey(
        "parties.Enterprise", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    supplier = models.ForeignKey(
        "parties.Supplier", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    funded_by = models.CharField("资金来源", max_length=12, choices=Funded)
    year = models.IntegerField("立项年度")
    city = models.CharField("地市", max_length=6, db_index=True)
    content = models.TextField("建设内容")
    starts_on = models.DateField("开始日期")
    ends_on = models.DateField("计划完成日期")
    public_fen = models.BigIntegerField("财政资金")
    own_fen = models.BigIntegerField("自筹资金")
    state = models.CharField(max_length=30, default="building", db_index=True)
    version = models.IntegerField(default=0)
    registered_by = models.CharField(max_length=40)
    registered_at = models.DateTimeField("登记时间")
    # What lies before the province's approver: who proposed it, why, with which paper.
    proposed_by = models.CharField(max_length=40, blank=True)
    proposed_at = models.DateTimeField("提出时间", null=True, blank=True)
    proposal = models.TextField("提出的意见", blank=True)
    paper = models.ForeignKey(
        "evidence.StoredFile", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_by = models.CharField(max_length=40, blank=True)
    decided_at = models.DateTimeField("决定时间", null=True, blank=True)
    decision = models.TextField("决定的理由", blank=True)

    class Meta:
        indexes = [models.Index(fields=["city", "state", "ends_on", "id"], name="demonstrations_city_state")]
        constraints = [
            models.CheckConstraint(
                condition=Q(enterprise__isnull=True, supplier__isnull=False)
                | Q(enterprise__isnull=False, supplier__isnull=True),
                name="demonstrations_one_holder",
            ),
            models.CheckConstraint(
                condition=Q(public_fen__gte=0, own_fen__gte=0), name="demonstrations_money_not_negative"
            ),
        ]

    @property
    def journal_key(self) -> str:
        return f"demonstration:{self.pk}"

    @property
    def holder_key(self) -> str:
        """The organisation that builds it."""
        return f"enterprise:{self.enterprise_id}" if self.enterprise_id else f"supplier:{self.supplier_id}"

    @property
    def acting_orgs(self) -> frozenset[str]:
        """The holder, the bureau of the city, the province's, and the clock."""
        return frozenset((self.holder_key, f"bureau:{self.city}", "bureau:440000", "platform"))


class BudgetLine(models.Model):
    """One line of the plan of spending: for what, how much of public and of own money."""

    project = models.ForeignKey("demonstrations.Project", on_delete=models.PROTECT, related_name="budget")
    position = models.IntegerField()
    purpose = models.CharField("用途", max_length=80)
    public_fen = models.BigIntegerField("财政资金")
    own_fen = models.BigIntegerField("自筹资金")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "position"], name="demonstrations_budget_position"),
            models.CheckConstraint(
                condition=Q(public_fen__gte=0, own_fen__gte=0), name="demonstrations_budget_not_negative"
            ),
        ]


class Milestone(models.Model):
    """One step of the plan of building, with its day; reached on the day that a filed report gives."""

    project = models.ForeignKey("demonstrations.Project", on_delete=models.PROTECT, related_name="milestones")
    position = models.IntegerField()
    title = models.CharField("建设节点", max_length=80)
    due_on = models.DateField("计划完成")
    reached_on = models.DateField("实际完成", null=True, blank=True)
    told_in = models.ForeignKey(
        "demonstrations.Report", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "position"], name="demonstrations_milestone_position")
        ]


class Report(models.Model):
    """What the holder tells of its project by the outline, until a day, on how things stood on a day (D858-2.1)."""

    lifecycle: ClassVar[Lifecycle] = REPORT

    project = models.ForeignKey("demonstrations.Project", on_delete=models.PROTECT, related_name="reports")
    title = models.CharField("报告", max_length=80)
    stood_on = models.DateField("情况截至")
    due_on = models.DateField("报送期限")
    state = models.CharField(max_length=20, default="asked", db_index=True)
    version = models.IntegerField(default=0)
    asked_by = models.CharField(max_length=40)
    asked_at = models.DateTimeField("布置时间")
    typed = models.JSONField(default=dict)
    content = models.JSONField(default=dict)
    content_hash = models.CharField(max_length=64, blank=True)
    files = models.ManyToManyField("evidence.StoredFile", related_name="+")
    filed_by = models.CharField(max_length=40, blank=True)
    filed_at = models.DateTimeField("报送时间", null=True, blank=True)
    # What the last return named, what any of them named, and what stood in the report at the last: a later return is
    # held against them.
    return_reasons = models.JSONField(default=dict)
    named = models.JSONField(default=list)
    returned_content = models.JSONField(default=dict)
    returned_by = models.CharField(max_length=40, blank=True)
    outcome = models.CharField("检查结果", max_length=12, blank=True)
    findings = models.TextField("检查情况", blank=True)
    checked_by = models.CharField(max_length=40, blank=True)
    checked_at = models.DateTimeField("检查时间", null=True, blank=True)
    review_note = models.TextField("复核意见", blank=True)
    reviewed_by = models.CharField(max_length=40, blank=True)
    reviewed_at = models.DateTimeField("复核时间", null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["state", "due_on", "id"], name="demonstrations_report_due")]
        constraints = [
            models.UniqueConstraint(fields=["project", "stood_on"], name="demonstrations_report_once_a_day")
        ]

    @property
    def journal_key(self) -> str:
        return f"demonstration_report:{self.pk}"

    @property
    def acting_orgs(self) -> frozenset[str]:
        """Those of its project."""
        return self.project.acting_orgs


class Spending(models.Model):
    """Money that was spent on a line of the plan, with its document; written when a report is filed, in fen."""

    report = models.ForeignKey("demonstrations.Report", on_delete=models.PROTECT, related_name="spending")
    line = models.ForeignKey("demonstrations.BudgetLine", on_delete=models.PROTECT, related_name="spending")
    position = models.IntegerField()
    fund = models.CharField("资金", max_length=8, choices=(("public", "财政资金"), ("own", "自筹资金")))
    amount_fen = models.BigIntegerField("金额")
    paid_on = models.DateField("支付日期")
    document = models.CharField("凭证号", max_length=60)
    payee = models.CharField("收款单位", max_length=120)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["report", "document"], name="demonstrations_document_once"),
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="demonstrations_spending_positive"),
        ]


class Rectification(models.Model):
    """What the holder of a project has to mend until when, with evidence and a second check (D858-2.3)."""

    lifecycle: ClassVar[Lifecycle] = RECTIFICATION

    project = models.ForeignKey(
        "demonstrations.Project", on_delete=models.PROTECT, related_name="rectifications"
    )
    # The report at whose check it was ordered, and the failed one that it follows.
    told_in = models.ForeignKey(
        "demonstrations.Report",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="rectifications",
    )
    after = models.OneToOneField(
        "demonstrations.Rectification", null=True, blank=True, on_delete=models.PROTECT, related_name="next"
    )
    problem = models.TextField("问题")
    due_on = models.DateField("整改期限")
    state = models.CharField(max_length=20, default="ordered", db_index=True)
    version = models.IntegerField(default=0)
    ordered_by = models.CharField(max_length=40)
    ordered_at = models.DateTimeField("要求整改时间")
    report = models.TextField("整改情况", blank=True)
    files = models.ManyToManyField("evidence.StoredFile", related_name="+")
    filed_by = models.CharField(max_length=40, blank=True)
    filed_at = models.DateTimeField("报送时间", null=True, blank=True)
    check_note = models.TextField("复查意见", blank=True)
    checked_by = models.CharField(max_length=40, blank=True)
    checked_at = models.DateTimeField("复查时间", null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["state", "due_on", "id"], name="demonstrations_mending_due")]

    @property
    def journal_key(self) -> str:
        return f"demonstration_rectification:{self.pk}"

    @property
    def acting_orgs(self) -> frozenset[str]:
        """Those of its project."""
        return self.project.acting_orgs
