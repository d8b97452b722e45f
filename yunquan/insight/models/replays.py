"""Tables of the replays: what was asked, how far the work is, the frozen report, what it was attached to.

A replay has no state of its own: it waits until it has a report. What was asked and what was found never change.
"""

from __future__ import annotations

from django.db import models


class Replay(models.Model):
    """Drafts of rules to be tried on the vouchers of some cycles (D47-4.4.1); never changed."""

    title = models.CharField("名称", max_length=120)
    pack = models.CharField("规则包", max_length=40)
    cycles = models.JSONField("周期")
    changes = models.JSONField("试算的变更")
    asked_by = models.CharField(max_length=40)
    asked_at = models.DateTimeField("提出时间")

    @property
    def journal_key(self) -> str:
        return f"replay:{self.pk}"


class ReplayWork(models.Model):
    """How far the work on a replay is; only this row of it changes."""

    replay = models.OneToOneField(Replay, on_delete=models.PROTECT, related_name="work")
    begun_at = models.DateTimeField("开始时间", null=True, blank=True)
    read = models.BigIntegerField("已读张数", default=0)
    total = models.BigIntegerField("总张数", default=0)
    fault = models.TextField("未完成的原因", blank=True)


class ReplayReport(models.Model):
    """What a replay found, frozen under a hash; never changed."""

    replay = models.OneToOneField(Replay, on_delete=models.PROTECT, related_name="report")
    rules_before = models.CharField("原规则版本", max_length=64)
    rules_tried = models.CharField("试算规则版本", max_length=64)
    log_seq = models.BigIntegerField("所据日志")
    content_hash = models.CharField("报告摘要", max_length=64)
    made_at = models.DateTimeField("完成时间")


class ReplayRow(models.Model):
    """One line of a report's tables: figures in fen and counts by city, service, size, reason or voucher."""

    report = models.ForeignKey(ReplayReport, on_delete=models.PROTECT, related_name="rows")
    table = models.CharField("表", max_length=20)
    position = models.IntegerField("序")
    key = models.CharField("项目", max_length=80)
    figures = models.JSONField("数值")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["report", "table", "position"], name="insight_row_once"),
        ]


class AttachedReport(models.Model):
    """A report that goes with a change to its second person; the latest of a change counts (D47-4.4.1)."""

    change = models.ForeignKey("programme.RuleChange", on_delete=models.PROTECT, related_name="+")
    report = models.ForeignKey(ReplayReport, on_delete=models.PROTECT, related_name="attached")
    attached_by = models.CharField(max_length=40)
    attached_at = models.DateTimeField("附上时间")
