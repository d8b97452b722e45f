"""What follows an inspection: opinions in writing, hearings, effects (D108-A2, D108-3.4, D108-4, D26-4, D47-8.4)."""

from __future__ import annotations

from django.db import models


class Opinion(models.Model):
    """What a party filed on an inspection: the explanation of an amount, or the written answer; never changed."""

    class Kind(models.TextChoices):
        EXPLANATION = "explanation", "金额说明"
        ANSWER = "answer", "书面意见"

    inspection = models.ForeignKey(
        "inspections.Inspection", on_delete=models.PROTECT, related_name="opinions"
    )
    kind = models.CharField(max_length=12, choices=Kind)
    # Which party: the organisation as the log names it.
    org = models.CharField("提交单位", max_length=40, default="")
    accepts = models.BooleanField("认可结果", null=True)
    text = models.TextField("内容")
    files = models.ManyToManyField("evidence.StoredFile", related_name="+")
    filed_by = models.CharField(max_length=40)
    filed_at = models.DateTimeField()


class Summons(models.Model):
    """One party asked to a hearing: when and where; never changed (D108-4)."""

    inspection = models.ForeignKey(
        "inspections.Inspection", on_delete=models.PROTECT, related_name="summonses"
    )
    # Which party: the organisation as the log names it.
    org = models.CharField("当事方", max_length=40)
    held_at = models.DateTimeField("陈述申辩时间")
    place = models.CharField("地点或会议号", max_length=200)
    summoned_by = models.CharField(max_length=40)
    summoned_at = models.DateTimeField("通知时间")


class Hearing(models.Model):
    """A second hearing before a sanction: who was heard, what was said, what is made of it."""

    inspection = models.ForeignKey(
        "inspections.Inspection", on_delete=models.PROTECT, related_name="hearings"
    )
    held_at = models.DateTimeField("时间")
    mode = models.CharField("方式", max_length=20)
    # Who was asked to it and came or stayed away: {"supplier": "attended", "enterprise": "absent"}.
    parties = models.JSONField("当事方到场情况", default=dict)
    summary = models.TextField("陈述申辩要点")
    finding = models.TextField("听取意见后的认定")
    record = models.ForeignKey(
        "evidence.StoredFile", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    entered_by = models.CharField(max_length=40)
    entered_at = models.DateTimeField()


class Ruling(models.Model):
    """One word on the outcome of an inspection: the panel's, the officer's proposal, the decision; never changed."""

    class Step(models.TextChoices):
        CONCLUDED = "concluded", "专家结论"
        RECONSIDERED = "reconsidered", "说明后重新结论"
        PROPOSED = "proposed", "拟处理意见"
        SENT_BACK = "sent_back", "退回重议"
        DECIDED = "decided", "处理决定"
        REVIEWED = "reviewed", "省厅复核"
        REOPENED = "reopened", "整改不到位，重新处理"

    inspection = models.ForeignKey("inspections.Inspection", on_delete=models.PROTECT, related_name="rulings")
    step = models.CharField("环节", max_length=12, choices=Step.choices)
    outcome = models.CharField("结论", max_length=40, blank=True)
    grounds = models.JSONField("依据", default=list, blank=True)
    text = models.TextField("说明", blank=True)
    document = models.ForeignKey(
        "evidence.StoredFile", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    person = models.CharField(max_length=40)
    role = models.CharField(max_length=30)
    org = models.CharField(max_length=40)
    at = models.DateTimeField("时间")


class Effect(models.Model):
    """One thing that a decided outcome did, with its article; all of an outcome in one transaction (S5)."""

    inspection = models.ForeignKey("inspections.Inspection", on_delete=models.PROTECT, related_name="effects")
    # Which decision of the inspection: 1, and one more each time that it was opened again (D858-2.3).
    round = models.PositiveSmallIntegerField("第几次处理", default=1)
    code = models.CharField("措施", max_length=40)
    obj = models.CharField("对象", max_length=80)
    before = models.CharField(max_length=40, blank=True)
    after = models.CharField(max_length=40, blank=True)
    amount_fen = models.BigIntegerField("金额", default=0)
    article = models.CharField(max_length=40)
    done_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["inspection", "round", "code", "obj"], name="inspections_effect_once_a_round"
            )
        ]
