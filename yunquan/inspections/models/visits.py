"""A visit 现场或远程抽查: panel, who was present, check tables, photographs, signatures (D108-3.2, 3.3, D858-3)."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from yunquan.inspections.lifecycle import VISIT
from yunquan.kernel.workflow import Lifecycle


class Visit(models.Model):
    """One appointment: at an enterprise (on-site table) or with a supplier (finance table, a row a contract)."""

    lifecycle: ClassVar[Lifecycle] = VISIT

    plan = models.ForeignKey("inspections.Plan", on_delete=models.PROTECT, related_name="visits")
    inspections = models.ManyToManyField("inspections.Inspection", related_name="visits")
    table = models.CharField("抽查表", max_length=20)
    mode = models.CharField("方式", max_length=10)
    enterprise = models.ForeignKey(
        "parties.Enterprise", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    supplier = models.ForeignKey(
        "parties.Supplier", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    city = models.CharField("地市", max_length=6, db_index=True)
    place = models.CharField("地点或会议号", max_length=200)
    starts_at = models.DateTimeField("开始时间", db_index=True)
    ends_at = models.DateTimeField("结束时间")
    prepare = models.TextField("需准备的材料", blank=True)
    state = models.CharField(max_length=20, default="planned", db_index=True)
    version = models.IntegerField(default=0)
    planned_by = models.CharField(max_length=40)
    planned_at = models.DateTimeField()
    noticed_at = models.DateTimeField("通知时间", null=True, blank=True)
    begun_at = models.DateTimeField(null=True, blank=True)
    signed_at = models.DateTimeField("签字完成", null=True, blank=True)
    obstruction = models.TextField("不配合的情形", blank=True)
    dispute = models.TextField("现场异议", blank=True)
    conduct = models.JSONField("行为规范确认", default=dict, blank=True)
    # A scanned paper copy instead of drawn signatures: who brought it, over which content; another person accepts it.
    paper = models.ForeignKey(
        "evidence.StoredFile", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    paper_by = models.CharField("纸质表登记人", max_length=40, blank=True)
    paper_hash = models.CharField("纸质表对应内容", max_length=64, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=models.F("starts_at")), name="inspections_visit_lasts"
            ),
            models.CheckConstraint(
                condition=Q(table="finance", supplier__isnull=False)
                | (~Q(table="finance") & Q(enterprise__isnull=False)),
                name="inspections_visit_whom",
            ),
        ]

    @property
    def journal_key(self) -> str:
        return f"visit:{self.pk}"

    @property
    def acting_orgs(self) -> frozenset[str]:
        """Who runs the plan, the experts of the panel and the clock; the bureaus of the place only read."""
        return self.plan.acting_orgs


class Panelist(models.Model):
    """An expert of a visit's panel, in the order of the draw; who withdraws stays visible (D108-3.1)."""

    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="panelists")
    expert = models.ForeignKey("inspections.Expert", on_delete=models.PROTECT, related_name="panels")
    rank = models.IntegerField("名次")
    is_lead = models.BooleanField("组长", default=False)
    accepted_at = models.DateTimeField(null=True, blank=True)
    recused_at = models.DateTimeField("回避时间", null=True, blank=True)
    recused_reason = models.CharField("回避理由", max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["visit", "expert"], name="inspections_expert_once_a_visit")
        ]


class Presence(models.Model):
    """Who was there, of which party (D108-3.3, D858-3); names stay out of the log."""

    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="presences")
    key = models.CharField("设备端编号", max_length=40)
    party = models.CharField("身份", max_length=20)
    name = models.CharField("姓名", max_length=60)
    duty = models.CharField("职务", max_length=60, blank=True)
    entered_by = models.CharField(max_length=40, blank=True)
    entered_at = models.DateTimeField()
    left_at = models.DateTimeField("离场时间", null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["visit", "key"], name="inspections_presence_once")]


class CheckSheet(models.Model):
    """One filled check table: of a voucher (on site) or of a contract (finance); prefilled, then found."""

    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="sheets")
    inspection = models.ForeignKey("inspections.Inspection", on_delete=models.PROTECT, related_name="sheets")
    table = models.CharField(max_length=20)
    # The rows as the regime sets them on the day, with what the platform knew (modules, price, usage): frozen.
    rows = models.JSONField("项目", default=list)
    prefilled = models.JSONField("预填", default=dict)
    findings = models.JSONField("检查情况", default=dict)
    content_hash = models.CharField(max_length=64, blank=True)
    closed_at = models.DateTimeField("定稿", null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["visit", "inspection", "table"], name="inspections_sheet_once")
        ]


class SheetEntry(models.Model):
    """One thing entered on a device; sent once or ten times it counts once (`key`). Never changed."""

    sheet = models.ForeignKey(CheckSheet, on_delete=models.PROTECT, related_name="entries")
    key = models.CharField("设备端编号", max_length=40)
    device = models.CharField("设备", max_length=40)
    number = models.IntegerField("设备上的次序")
    row = models.CharField("项目", max_length=60)
    value = models.JSONField("内容")
    entered_by = models.CharField(max_length=40)
    entered_at = models.DateTimeField("设备时间", null=True, blank=True)
    received_at = models.DateTimeField("到达时间")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["sheet", "key"], name="inspections_entry_once")]


class Photo(models.Model):
    """A photograph of a visit, kept under its content; sent twice it is one."""

    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="photos")
    key = models.CharField("设备端编号", max_length=40)
    row = models.CharField("项目", max_length=60, blank=True)
    file = models.ForeignKey("evidence.StoredFile", on_delete=models.PROTECT, related_name="+")
    caption = models.CharField("说明", max_length=120, blank=True)
    taken_by = models.CharField(max_length=40)
    received_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["visit", "key"], name="inspections_photo_once")]


class Signature(models.Model):
    """A drawn signature over the content of the sheets (hash), or that an absent supplier accepts; never changed."""

    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="signatures")
    key = models.CharField("设备端编号", max_length=40)
    party = models.CharField("身份", max_length=20)
    name = models.CharField("签字人", max_length=60, blank=True)
    strokes = models.JSONField("笔迹", default=list)
    is_absent = models.BooleanField("缺席视为接受", default=False)
    agrees = models.BooleanField("认同结论", default=True)
    remark = models.CharField("异议", max_length=300, blank=True)
    content_hash = models.CharField("所签内容", max_length=64)
    person = models.CharField(max_length=40, blank=True)
    entered_at = models.DateTimeField("设备时间", null=True, blank=True)
    signed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["visit", "key"], name="inspections_signature_once")]
