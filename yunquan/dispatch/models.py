"""Tables of what leaves the house: what people chose, the texts, and each mail or short message that was sent."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from yunquan.dispatch.groups import GROUPS


class Choice(models.Model):
    """How a person takes one group of notices, or one kind of a group; without a row the wider way holds."""

    class Mail(models.TextChoices):
        NOW = "now", "逐条发送"
        DIGEST = "digest", "每天汇总一封"
        NONE = "none", "不发邮件"

    person = models.ForeignKey("parties.Person", on_delete=models.PROTECT, related_name="+")
    group = models.CharField("类别", max_length=12, choices=[(one.code, one.label) for one in GROUPS])
    # Empty for the group as a whole; a kind's own row goes before its group's.
    kind = models.CharField("消息种类", max_length=40, blank=True, default="")
    mail = models.CharField("邮件", max_length=8, choices=Mail)
    by_sms = models.BooleanField("短信", default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "group", "kind"], name="dispatch_one_choice_a_kind")
        ]


class Template(models.Model):
    """The text that one kind of notice is sent in; without a row the house's own text holds."""

    kind = models.CharField("消息种类", max_length=40, unique=True)
    subject = models.CharField("邮件主题", max_length=120)
    body = models.TextField("邮件正文")
    short = models.CharField("短信", max_length=200)
    version = models.IntegerField(default=1)
    changed_by = models.CharField(max_length=40)
    changed_at = models.DateTimeField()

    @property
    def journal_key(self) -> str:
        return f"template:{self.kind}"


class Dispatch(models.Model):
    """One notice to one person over one way; written before it is sent, and never sent twice."""

    class Way(models.TextChoices):
        MAIL = "mail", "邮件"
        SMS = "sms", "短信"

    class Stage(models.TextChoices):
        QUEUED = "queued", "待发"
        DIGEST = "digest", "待汇总"
        SENDING = "sending", "发送中"
        SENT = "sent", "已发"
        FAILED = "failed", "未发出"
        UNCLEAR = "unclear", "是否发出不明"

    notice = models.ForeignKey("journal.Notice", on_delete=models.CASCADE, related_name="dispatches")
    person = models.ForeignKey("parties.Person", on_delete=models.PROTECT, related_name="+")
    way = models.CharField("方式", max_length=8, choices=Way)
    stage = models.CharField("状态", max_length=8, choices=Stage)
    to = models.CharField("发往", max_length=80, blank=True)
    batch = models.CharField("汇总", max_length=40, blank=True)
    tries = models.IntegerField("次数", default=0)
    next_at = models.DateTimeField("下次发送")
    sent_at = models.DateTimeField("发出时间", null=True, blank=True)
    error = models.CharField("原因", max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["notice", "person", "way"], name="dispatch_once_a_person_and_way")
        ]
        indexes = [
            models.Index(
                fields=["stage", "next_at"],
                name="dispatch_due",
                condition=Q(stage__in=("queued", "digest", "sending")),
            )
        ]


class Progress(models.Model):
    """Up to which notice everyone was thought of; one row."""

    upto = models.BigIntegerField(default=0)
