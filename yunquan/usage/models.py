"""Tables of usage: the ends declared at the attestation and the verdicts on real use.

Vouchers stand above usage, so a row names its voucher by number.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from yunquan.kernel.workflow import Lifecycle
from yunquan.usage.lifecycle import COMPLETION_TABLE, DELIVERY
from yunquan.usage.reach import OPERATORS


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
        DEVICE = "device", "终端设备标识"
        MACHINE = "machine", "工业设备标识"
        HOST = "host", "域名"

    voucher = models.CharField("券号", max_length=40, db_index=True)
    service = models.IntegerField("目录序号")
    side = models.CharField(max_length=10, choices=Side)
    kind = models.CharField(max_length=12, choices=Kind)
    value = models.CharField("值", max_length=120)
    port = models.IntegerField("端口", null=True, blank=True)
    operator = models.CharField(
        "运营商", max_length=16, blank=True, default="", choices=list(OPERATORS.items())
    )
    warning = models.CharField("提示", max_length=120, blank=True)
    declared_by = models.CharField(max_length=40)
    declared_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["value"], name="usage_end_value")]


class Verdict(models.Model):
    """Done, not done or not enough data, for one voucher; never edited, the latest holds (D47-5.13)."""

    class Outcome(models.TextChoices):
        DONE = "done", "完成"
        NOT_DONE = "not_done", "未完成"
        NOT_ENOUGH_DATA = "not_enough_data", "数据不足"

    class Source(models.TextChoices):
        HAND = "hand", "人工录入"
        COMPUTED = "computed", "行为数据计算"

    voucher = models.CharField("券号", max_length=40, db_index=True)
    outcome = models.CharField(max_length=16, choices=Outcome)
    source = models.CharField(max_length=10, choices=Source)
    reasons = models.JSONField("理由", default=list)
    document = models.ForeignKey(
        "evidence.StoredFile", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    rule_version = models.CharField(max_length=64, blank=True)
    input_hash = models.CharField(max_length=64, blank=True)
    # Said beside the JSON, so that a province of vouchers is counted by the database.
    is_watching = models.BooleanField("持续观察", default=False)
    signal_kinds = models.IntegerField("异常种数", default=0)
    recorded_by = models.CharField(max_length=40)
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["voucher", "-id"], name="usage_verdict_latest")]


class ServiceVerdict(models.Model):
    """A verdict's part for one application service, with its figures, reasons and signals; never edited."""

    verdict = models.ForeignKey(Verdict, on_delete=models.PROTECT, related_name="services")
    service = models.IntegerField("目录序号")
    outcome = models.CharField(max_length=16, choices=Verdict.Outcome)
    figures = models.JSONField("数据", default=dict)
    reasons = models.JSONField("理由", default=list)
    signals = models.JSONField("异常信号", default=list)


class PullSource(models.Model):
    """A supplier's 上云上平台 pull interface: where the platform fetches its application logs (D47-5.12)."""

    supplier = models.OneToOneField("parties.Supplier", on_delete=models.PROTECT, related_name="pull_source")
    url = models.URLField("接口地址", max_length=300)
    user_id = models.CharField("用户标识", max_length=80)
    cloud = models.CharField("应用域名", max_length=120, blank=True)
    every_hours = models.IntegerField("间隔小时", default=24)
    is_active = models.BooleanField("启用", default=True)
    fetched_to_at = models.DateTimeField("已取到", null=True, blank=True)
    next_at = models.DateTimeField("下次拉取")
    failures = models.IntegerField("连续失败次数", default=0)
    changed_by = models.CharField(max_length=40)
    changed_at = models.DateTimeField()

    @property
    def journal_key(self) -> str:
        return f"pull_source:{self.pk}"


class Delivery(models.Model):
    """A file of behaviour data that was acknowledged: kept by its hash, then loaded or refused whole (D47-5.12)."""

    lifecycle: ClassVar[Lifecycle] = DELIVERY

    class Source(models.TextChoices):
        OPERATOR = "operator", "运营商连接记录"
        APPLICATION = "application", "应用系统登录日志"

    class Channel(models.TextChoices):
        UPLOAD = "upload", "页面上传"
        API = "api", "接口推送"
        PULL = "pull", "平台拉取"

    org = models.CharField("送达单位", max_length=80, db_index=True)
    supplier = models.ForeignKey(
        "parties.Supplier", null=True, blank=True, on_delete=models.PROTECT, related_name="deliveries"
    )
    source = models.CharField("来源", max_length=12, choices=Source)
    channel = models.CharField("方式", max_length=8, choices=Channel)
    state = models.CharField(max_length=20, default="received")
    version = models.IntegerField(default=0)
    sha256 = models.CharField(max_length=64, db_index=True)
    name = models.CharField("文件名", max_length=200)
    size = models.BigIntegerField("字节")
    cloud = models.CharField("应用域名", max_length=120, blank=True)
    operator = models.CharField(
        "运营商", max_length=16, blank=True, default="", choices=list(OPERATORS.items())
    )
    cities = models.JSONField("覆盖地市", default=list)
    layout = models.CharField("格式", max_length=40, blank=True)
    records = models.BigIntegerField("记录数", default=0)
    bad_lines = models.BigIntegerField("坏行数", default=0)
    days = models.JSONField("涉及日期", default=list)
    faults = models.JSONField("不能装入的原因", default=list)
    received_by = models.CharField(max_length=40)
    received_at = models.DateTimeField(db_index=True)
    loaded_at = models.DateTimeField(null=True, blank=True)
    withdrawn_reason = models.CharField("撤回理由", max_length=300, blank=True, default="")

    @property
    def journal_key(self) -> str:
        return f"delivery:{self.pk}"

    class Meta:
        constraints = [
            # The same file of the same source counts once, whoever sends it again.
            models.UniqueConstraint(
                fields=["source", "sha256"],
                condition=~Q(state__in=("refused", "withdrawn")),
                name="usage_one_delivery_per_file",
            )
        ]


class PullAttempt(models.Model):
    """One attempt to pull, with what came of it; never edited."""

    pull_source = models.ForeignKey(PullSource, on_delete=models.PROTECT, related_name="attempts")
    from_at = models.DateTimeField("起")
    to_at = models.DateTimeField("止")
    at = models.DateTimeField("时间", db_index=True)
    is_done = models.BooleanField("成功")
    message = models.CharField("结果", max_length=300)
    delivery = models.ForeignKey(Delivery, null=True, blank=True, on_delete=models.PROTECT, related_name="+")


class CompletionTable(models.Model):
    """A city's completion table 完成情况表 of a period: frozen, hashed, with editions (D47-5.13)."""

    lifecycle: ClassVar[Lifecycle] = COMPLETION_TABLE

    cycle = models.ForeignKey("programme.Cycle", on_delete=models.PROTECT, related_name="completion_tables")
    city = models.CharField("地市", max_length=6)
    batch = models.IntegerField("批次")
    edition = models.IntegerField("版本", default=1)
    state = models.CharField(max_length=20, default="drafted")
    version = models.IntegerField(default=0)
    title = models.CharField("标题", max_length=120)
    from_on = models.DateField("起")
    to_on = models.DateField("止")
    count = models.IntegerField("张数")
    content_hash = models.CharField("摘要", max_length=64)
    rule_version = models.CharField(max_length=64)
    input_hash = models.CharField(max_length=64)
    drafted_by = models.CharField(max_length=40)
    drafted_at = models.DateTimeField()
    sent_by = models.CharField(max_length=40, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["cycle", "city", "batch", "edition"], name="completion_table_once"
            )
        ]

    @property
    def journal_key(self) -> str:
        return f"completion_table:{self.pk}"

    @property
    def acting_orgs(self) -> frozenset[str]:
        """The province's bureau and the clock."""
        return frozenset(("bureau:440000", "platform"))


class CompletionLine(models.Model):
    """One service of one voucher in a completion table, with the facts as they were frozen; never changed."""

    table = models.ForeignKey(CompletionTable, on_delete=models.PROTECT, related_name="lines")
    position = models.IntegerField("序")
    voucher = models.CharField("券号", max_length=40, db_index=True)
    enterprise_name = models.CharField("企业", max_length=120)
    enterprise_uscc = models.CharField("统一社会信用代码", max_length=18)
    supplier_name = models.CharField("供应商", max_length=120)
    service = models.IntegerField("目录序号")
    service_name = models.CharField("应用服务", max_length=60)
    outcome = models.CharField(max_length=16, choices=Verdict.Outcome)
    figures = models.JSONField("数据", default=dict)
    reasons = models.JSONField("理由", default=list)
    signals = models.JSONField("异常信号", default=list)
    verdict = models.ForeignKey(Verdict, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["table", "position"], name="completion_line_position"),
            models.UniqueConstraint(fields=["table", "voucher", "service"], name="completion_line_once"),
        ]
