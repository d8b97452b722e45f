"""The register of experts 专家库: field, employer, relations, load, training (D108-3.1, D47-8.1, D26-3)."""

from __future__ import annotations

from django.db import models


class Expert(models.Model):
    """Someone who may be drawn for a panel."""

    class Speciality(models.TextChoices):
        TECHNICAL = "technical", "技术"
        FINANCE = "finance", "财务"

    person = models.OneToOneField("parties.Person", on_delete=models.PROTECT, related_name="expert")
    code = models.CharField("专家编号", max_length=20, unique=True)
    speciality = models.CharField("专业", max_length=12, choices=Speciality)
    services = models.JSONField("熟悉的应用服务", default=list, blank=True)
    employer = models.CharField("工作单位", max_length=120)
    employer_uscc = models.CharField("单位统一社会信用代码", max_length=18, blank=True)
    title = models.CharField("职称", max_length=60, blank=True)
    is_front_line = models.BooleanField("一线企业专家", default=False)
    most_open = models.IntegerField("同时承担上限", default=6)
    is_active = models.BooleanField("在库", default=True)
    added_by = models.CharField(max_length=40)
    added_at = models.DateTimeField()

    @property
    def journal_key(self) -> str:
        return f"expert:{self.pk}"


class Tie(models.Model):
    """A relation of an expert to a firm, declared or computed: no expert with an interest (D108-3.1)."""

    class Kind(models.TextChoices):
        EMPLOYED = "employed", "任职"
        SHAREHOLDER = "shareholder", "持股"
        ADVISER = "adviser", "顾问或合作"
        FAMILY = "family", "亲属任职或持股"
        OTHER = "other", "其他利益关系"

    expert = models.ForeignKey(Expert, on_delete=models.PROTECT, related_name="ties")
    uscc = models.CharField("统一社会信用代码", max_length=18, blank=True)
    firm = models.CharField("单位名称", max_length=120)
    kind = models.CharField("关系", max_length=12, choices=Kind)
    is_computed = models.BooleanField("系统比对得出", default=False)
    declared_by = models.CharField(max_length=40)
    declared_at = models.DateTimeField()
    ended_at = models.DateTimeField("不再存在", null=True, blank=True)


class Training(models.Model):
    """A training session before inspections (D26-3)."""

    title = models.CharField("培训名称", max_length=120)
    regime = models.CharField("抽查规程", max_length=40)
    held_at = models.DateTimeField("时间")
    place = models.CharField("地点或会议号", max_length=120, blank=True)
    entered_by = models.CharField(max_length=40)

    @property
    def journal_key(self) -> str:
        return f"training:{self.pk}"


class Attendance(models.Model):
    """Who was at a training session."""

    training = models.ForeignKey(Training, on_delete=models.PROTECT, related_name="attendances")
    expert = models.ForeignKey(Expert, on_delete=models.PROTECT, related_name="attendances")
    entered_by = models.CharField(max_length=40)
    entered_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["training", "expert"], name="inspections_attended_once")
        ]
