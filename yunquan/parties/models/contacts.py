"""Tables of the contacts receipts 联系人回执: rounds, receipts, their editions, accounts, handovers (D47-A3, D410-2)."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from yunquan.kernel.workflow import Lifecycle
from yunquan.parties.lifecycle import CONTACT_RECEIPT


class ContactRound(models.Model):
    """A call of the province to its cities, or of a city to its counties, to name who is responsible."""

    title = models.CharField("标题", max_length=80)
    bureau = models.CharField("征集单位", max_length=6, db_index=True)
    with_counties = models.BooleanField("连同县区", default=False)
    due_on = models.DateField("报送期限")
    note = models.TextField("说明", blank=True)
    opened_by = models.CharField(max_length=40)
    opened_at = models.DateTimeField("发起时间")

    @property
    def journal_key(self) -> str:
        return f"contact_round:{self.pk}"


class ContactReceipt(models.Model):
    """What one bureau answers in one round; its editions are kept for good."""

    lifecycle: ClassVar[Lifecycle] = CONTACT_RECEIPT

    round = models.ForeignKey(ContactRound, on_delete=models.PROTECT, related_name="receipts")
    bureau = models.ForeignKey("parties.Bureau", on_delete=models.PROTECT, related_name="receipts")
    judge = models.CharField("确认单位", max_length=6)
    typed = models.JSONField("已填内容", default=dict, blank=True)
    edition = models.IntegerField("版次", default=0)
    # The edition that was accepted last; a change under way leaves it in force.
    stands = models.IntegerField("现行版次", default=0)
    state = models.CharField(max_length=20, default="asked", db_index=True)
    version = models.IntegerField(default=0)
    entered_by = models.CharField(max_length=40, blank=True)
    filed_at = models.DateTimeField("报送时间", null=True, blank=True)
    decided_by = models.CharField(max_length=40, blank=True)
    decided_at = models.DateTimeField("办理时间", null=True, blank=True)
    return_reason = models.TextField("退回理由", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["round", "bureau"], name="parties_one_receipt_a_round"),
            models.CheckConstraint(
                condition=Q(stands__lte=models.F("edition")), name="parties_receipt_stands"
            ),
        ]
        indexes = [models.Index(fields=["judge", "state"], name="parties_receipt_to_judge")]

    @property
    def journal_key(self) -> str:
        return f"contact_receipt:{self.pk}"

    @property
    def acting_orgs(self) -> frozenset[str]:
        """The bureau that answers, the one that asked it, and the province's."""
        return frozenset((f"bureau:{self.bureau.code}", f"bureau:{self.judge}", "bureau:440000"))


class ContactEdition(models.Model):
    """One edition of a receipt as it was sent under seal; never changed."""

    receipt = models.ForeignKey(ContactReceipt, on_delete=models.PROTECT, related_name="editions")
    number = models.IntegerField("版次")
    unit = models.CharField("单位", max_length=80)
    leader = models.CharField("分管领导", max_length=40)
    leader_phone = models.CharField("分管领导联系方式", max_length=30)
    section = models.CharField("分管科室", max_length=60)
    section_head = models.CharField("科室负责人", max_length=40)
    section_head_phone = models.CharField("科室负责人联系方式", max_length=30)
    responsible = models.CharField("具体负责人", max_length=40)
    mobile = models.CharField("手机号码", max_length=30)
    landline = models.CharField("座机号码", max_length=30)
    email = models.EmailField("电子邮箱")
    counties = models.JSONField("县区负责人", default=list, blank=True)
    scan = models.ForeignKey("evidence.StoredFile", on_delete=models.PROTECT, related_name="+")
    on_behalf = models.BooleanField("由征集单位按纸质回执代录", default=False)
    entered_by = models.CharField(max_length=40)
    entered_at = models.DateTimeField("报送时间")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["receipt", "number"], name="parties_receipt_edition_once")
        ]


class ContactAccount(models.Model):
    """The management account 管理账号 made for the responsible person of an accepted edition."""

    edition = models.OneToOneField(ContactEdition, on_delete=models.PROTECT, related_name="account")
    person = models.ForeignKey("parties.Person", on_delete=models.PROTECT, related_name="+")
    is_new = models.BooleanField("新建账号", default=True)
    opened_by = models.CharField(max_length=40)
    opened_at = models.DateTimeField("开通时间")
    appointment = models.ForeignKey(
        "parties.Appointment", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    appointed_at = models.DateTimeField("任命时间", null=True, blank=True)


class Handover(models.Model):
    """A change of person 换人交接: who left, who took over, what waited at that moment; never changed."""

    bureau = models.ForeignKey("parties.Bureau", on_delete=models.PROTECT, related_name="+")
    leaver = models.ForeignKey("parties.Person", on_delete=models.PROTECT, related_name="+")
    successor = models.ForeignKey("parties.Person", on_delete=models.PROTECT, related_name="+")
    reason = models.CharField("原因", max_length=200)
    ended = models.JSONField("终止的任命", default=list)
    made = models.JSONField("新的任命", default=list)
    deputies = models.JSONField("随之终止的代理", default=list)
    open_work = models.JSONField("交接的待办", default=list)
    done_by = models.CharField(max_length=40)
    done_at = models.DateTimeField("交接时间")

    @property
    def journal_key(self) -> str:
        return f"handover:{self.pk}"
