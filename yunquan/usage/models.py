"""Tables of usage: the ends declared at the attestation and the verdicts on real use.

Vouchers stand above usage, so a row names its voucher by number.
"""

from __future__ import annotations

from django.db import models


class End(models.Model):
    """A client end or a cloud end of one application service of a voucher (D47-5.12)."""

    class Side(models.TextChoices):
        CLIENT = "client", "用户端"
        CLOUD = "cloud", "公有云应用端"

    class Kind(models.TextChoices):
        IP = "ip", "IP 地址"
        CIDR = "cidr", "专线网段"
        BROADBAND = "broadband", "宽带账号"
        MOBILE = "mobile", "手机号码"
        DEVICE = "device", "设备标识"
        HOST = "host", "域名"

    voucher = models.CharField("券号", max_length=40, db_index=True)
    service = models.IntegerField("目录序号")
    side = models.CharField(max_length=10, choices=Side)
    kind = models.CharField(max_length=12, choices=Kind)
    value = models.CharField("值", max_length=120)
    port = models.IntegerField("端口", null=True, blank=True)
    warning = models.CharField("提示", max_length=120, blank=True)
    declared_by = models.CharField(max_length=40)
    declared_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)


class Verdict(models.Model):
    """Done, not done or not enough data, for one voucher; never edited, the latest holds (D47-5.13)."""

    class Outcome(models.TextChoices):
        DONE = "done", "完成"
        NOT_DONE = "not_done", "未完成"
        NOT_ENOUGH = "not_enough", "数据不足"

    class Source(models.TextChoices):
        HAND = "hand", "人工录入"
        COMPUTED = "computed", "行为数据计算"

    voucher = models.CharField("券号", max_length=40, db_index=True)
    outcome = models.CharField(max_length=12, choices=Outcome)
    source = models.CharField(max_length=10, choices=Source)
    reasons = models.JSONField("理由", default=list)
    document = models.ForeignKey(
        "evidence.StoredFile", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    rule_version = models.CharField(max_length=64, blank=True)
    input_hash = models.CharField(max_length=64, blank=True)
    recorded_by = models.CharField(max_length=40)
    at = models.DateTimeField()
