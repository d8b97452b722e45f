"""Tables of the message board: a message, and what was answered to it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from yunquan.feedback.lifecycle import MESSAGE
from yunquan.kernel.workflow import Lifecycle


class Message(models.Model):
    """What anyone tells the programme, named or unnamed (D47-8.5); who sent it is known to its bureau alone."""

    lifecycle: ClassVar[Lifecycle] = MESSAGE

    class Kind(models.TextChoices):
        OPINION = "opinion", "意见"
        SUGGESTION = "suggestion", "建议"
        COMPLAINT = "complaint", "投诉"
        REPORT = "report", "举报"

    class About(models.TextChoices):
        PROGRAMME = "programme", "政策和平台"
        SUPPLIER = "supplier", "供应商"
        ENTERPRISE = "enterprise", "工业企业"
        BUREAU = "bureau", "主管部门"

    code = models.CharField("查询码", max_length=20, unique=True)
    kind = models.CharField("类别", max_length=12, choices=Kind)
    about = models.CharField("反映对象", max_length=12, choices=About)
    supplier = models.ForeignKey(
        "parties.Supplier", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    voucher = models.ForeignKey(
        "vouchers.Voucher", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    city = models.CharField("涉及地市", max_length=6, blank=True)
    bureau = models.CharField("办理单位", max_length=6, db_index=True)
    title = models.CharField("标题", max_length=80)
    text = models.TextField("内容")
    sender = models.CharField("留言人", max_length=120, blank=True)
    contact = models.CharField("联系方式", max_length=120, blank=True)
    file = models.ForeignKey(
        "evidence.StoredFile", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    publication_allowed = models.BooleanField("同意公开", default=False)
    state = models.CharField(max_length=20, default="received", db_index=True)
    version = models.IntegerField(default=0)
    sent_at = models.DateTimeField("留言时间")
    due_on = models.DateField("答复期限")
    answer = models.TextField("答复", blank=True)
    answered_by = models.CharField(max_length=40, blank=True)
    answered_at = models.DateTimeField("答复时间", null=True, blank=True)
    dismissed_reason = models.TextField("不予受理的理由", blank=True)
    reopened_reason = models.TextField("追问", blank=True)
    is_published = models.BooleanField("公开", default=False)
    public_text = models.TextField("公开的摘要", blank=True)
    rating = models.IntegerField("满意度", null=True, blank=True)
    rating_note = models.CharField("评价", max_length=300, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["bureau", "state", "due_on", "id"], name="feedback_bureau_due"),
            models.Index(fields=["is_published", "-answered_at"], name="feedback_published"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(is_published=False) | (Q(publication_allowed=True) & ~Q(public_text="")),
                name="feedback_published_as_allowed",
            ),
            models.CheckConstraint(
                condition=Q(rating__isnull=True) | Q(rating__gte=1, rating__lte=5),
                name="feedback_rating_1_to_5",
            ),
        ]

    @property
    def journal_key(self) -> str:
        return f"message:{self.pk}"

    @property
    def acting_orgs(self) -> frozenset[str]:
        """The bureau that handles it, the province's, whoever holds its code, and the clock."""
        return frozenset((f"bureau:{self.bureau}", "bureau:440000", "public", "platform"))
