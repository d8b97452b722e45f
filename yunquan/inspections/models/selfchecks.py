"""Self-check 自查, rectification 整改 and candidates 培育对象 (D858-2.1, D858-2.3)."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from yunquan.inspections.lifecycle import RECTIFICATION, SELF_CHECK
from yunquan.kernel.workflow import Lifecycle


class SelfCheck(models.Model):
    """The table that one supplier or one city has to file for a plan (D858-2.1)."""

    lifecycle: ClassVar[Lifecycle] = SELF_CHECK

    plan = models.ForeignKey("inspections.Plan", on_delete=models.PROTECT, related_name="self_checks")
    supplier = models.ForeignKey(
        "parties.Supplier", null=True, blank=True, on_delete=models.PROTECT, related_name="self_checks"
    )
    city = models.CharField("地市", max_length=6, blank=True)
    opened_by = models.CharField(max_length=40)
    opened_at = models.DateTimeField("开启时间")
    due_on = models.DateField("填报期限")
    state = models.CharField(max_length=20, default="open", db_index=True)
    version = models.IntegerField(default=0)
    typed = models.JSONField("已填内容", default=dict, blank=True)
    content_hash = models.CharField(max_length=64, blank=True)
    filed_by = models.CharField(max_length=40, blank=True)
    filed_at = models.DateTimeField("填报时间", null=True, blank=True)
    return_reason = models.TextField("退回理由", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "supplier"],
                condition=Q(supplier__isnull=False),
                name="inspections_supplier_once",
            ),
            models.UniqueConstraint(
                fields=["plan", "city"], condition=Q(supplier__isnull=True), name="inspections_city_once"
            ),
        ]

    @property
    def journal_key(self) -> str:
        return f"self_check:{self.pk}"

    @property
    def acting_orgs(self) -> frozenset[str]:
        """Who files it, the province's bureau, and the clock."""
        own = f"supplier:{self.supplier_id}" if self.supplier_id else f"bureau:{self.city}"
        return frozenset((own, "bureau:440000", "platform"))


class SelfCheckLine(models.Model):
    """One voucher of a table, laid down when the round opens; what was said of it is written at the filing.

    A supplier says whether it is in use, a city whether it was inspected and with what result; `figures` are
    what the platform's own records said on the day of filing.
    """

    self_check = models.ForeignKey(SelfCheck, on_delete=models.PROTECT, related_name="lines")
    voucher = models.ForeignKey("vouchers.Voucher", on_delete=models.PROTECT, related_name="+")
    use_state = models.CharField("使用状态", max_length=20, blank=True)
    figures = models.JSONField("行为数据", default=dict, blank=True)
    inspected = models.CharField("抽查情况", max_length=40, blank=True)
    conclusion = models.CharField("检查结论", max_length=40, blank=True)
    note = models.TextField("说明", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["self_check", "voucher"], name="inspections_line_once")
        ]


class Rectification(models.Model):
    """What has to be mended until when, with evidence and a second check (D858-2.3)."""

    lifecycle: ClassVar[Lifecycle] = RECTIFICATION

    inspection = models.ForeignKey(
        "inspections.Inspection", on_delete=models.PROTECT, related_name="rectifications"
    )
    problem = models.TextField("问题")
    due_on = models.DateField("整改期限")
    article = models.CharField(max_length=40)
    state = models.CharField(max_length=20, default="ordered", db_index=True)
    version = models.IntegerField(default=0)
    ordered_by = models.CharField(max_length=40)
    ordered_at = models.DateTimeField()
    report = models.TextField("整改情况", blank=True)
    files = models.ManyToManyField("evidence.StoredFile", related_name="+")
    filed_by = models.CharField(max_length=40, blank=True)
    filed_at = models.DateTimeField("报送时间", null=True, blank=True)
    checked_by = models.CharField(max_length=40, blank=True)
    checked_at = models.DateTimeField("复查时间", null=True, blank=True)
    check_note = models.TextField("复查意见", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["inspection"],
                condition=~models.Q(state="failed"),
                name="inspections_rectification_once",
            )
        ]

    @property
    def journal_key(self) -> str:
        return f"rectification:{self.pk}"

    @property
    def acting_orgs(self) -> frozenset[str]:
        """Both parties of the voucher, the bureaus of the place, and the clock."""
        return self.inspection.acting_orgs


class Candidate(models.Model):
    """A benchmark enterprise 标杆培育企业 or excellent supplier 优秀服务商培育对象 in waiting (D858-2.3)."""

    inspection = models.ForeignKey(
        "inspections.Inspection", on_delete=models.PROTECT, related_name="candidates"
    )
    kind = models.CharField("类别", max_length=40)
    enterprise = models.ForeignKey(
        "parties.Enterprise", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    supplier = models.ForeignKey(
        "parties.Supplier", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    named_by = models.CharField(max_length=40)
    named_at = models.DateTimeField("列入时间")
    published_by = models.CharField(max_length=40, blank=True)
    published_at = models.DateTimeField("公布时间", null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["inspection", "kind"], name="inspections_candidate_once")
        ]

    @property
    def firm(self) -> str:
        """The name of the enterprise or the supplier."""
        party = self.enterprise or self.supplier
        return str(party.name) if party is not None else ""
