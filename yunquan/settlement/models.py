"""Tables of settlement: frozen lists, their lines, objections, payment runs, instructions, bank results, recoveries."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from yunquan.kernel.workflow import Lifecycle
from yunquan.settlement.lifecycle import INSTRUCTION, OBJECTION, PAYMENT_RUN, RECOVERY, SETTLEMENT_LIST


class SettlementList(models.Model):
    """A city's settlement list 结算清单: frozen and hashed, then in public for the full period (D47-5.14, 5.22)."""

    lifecycle: ClassVar[Lifecycle] = SETTLEMENT_LIST

    cycle = models.ForeignKey("programme.Cycle", on_delete=models.PROTECT, related_name="settlement_lists")
    city = models.CharField("地市", max_length=6)
    batch = models.IntegerField("批次")
    edition = models.IntegerField("版本", default=1)
    state = models.CharField(max_length=20, default="drafted")
    version = models.IntegerField(default=0)
    title = models.CharField("标题", max_length=120)
    total_fen = models.BigIntegerField("合计")
    count = models.IntegerField("张数")
    content_hash = models.CharField("清单摘要", max_length=64)
    drafted_by = models.CharField(max_length=40)
    drafted_at = models.DateTimeField()
    approved_by = models.CharField(max_length=40, blank=True)
    published_at = models.DateTimeField("公示开始", null=True, blank=True)
    publicity_ends_at = models.DateTimeField("公示结束", null=True, blank=True)
    publicity_article = models.CharField(max_length=40, blank=True)
    withdrawn_reason = models.TextField("撤下原因", blank=True)
    rule_version = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["cycle", "city", "batch", "edition"], name="settlement_list_once")
        ]

    @property
    def journal_key(self) -> str:
        return f"settlement_list:{self.pk}"

    @property
    def acting_orgs(self) -> frozenset[str]:
        """The city's bureau, the province's and the clock."""
        return frozenset((f"bureau:{self.city}", "bureau:440000", "platform"))


class SettlementLine(models.Model):
    """One voucher of a list with the facts as they were frozen; never changed."""

    settlement_list = models.ForeignKey(SettlementList, on_delete=models.PROTECT, related_name="lines")
    position = models.IntegerField("序")
    voucher = models.ForeignKey("vouchers.Voucher", on_delete=models.PROTECT, related_name="settlement_lines")
    voucher_number = models.CharField("券号", max_length=40)
    enterprise_name = models.CharField("企业", max_length=120)
    enterprise_uscc = models.CharField("统一社会信用代码", max_length=18)
    services = models.CharField("应用服务", max_length=300)
    supplier_name = models.CharField("供应商", max_length=120)
    face_fen = models.BigIntegerField("奖补金额")
    bonus_fen = models.BigIntegerField("贯标奖补", default=0)
    is_pilot = models.BooleanField("试点", default=False)
    claimed_at = models.DateTimeField("兑现申请时间")
    claim_seq = models.BigIntegerField("结算序号")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["settlement_list", "position"], name="settlement_line_position"),
            models.UniqueConstraint(fields=["settlement_list", "voucher"], name="settlement_line_voucher"),
        ]

    @property
    def listed_fen(self) -> int:
        """What the list asks to pay: the award with its bonus, in fen."""
        return self.face_fen + self.bonus_fen


class Objection(models.Model):
    """An objection 异议 to one line, raised within the publicity period (D47-5.22)."""

    lifecycle: ClassVar[Lifecycle] = OBJECTION

    line = models.ForeignKey(SettlementLine, on_delete=models.PROTECT, related_name="objections")
    city = models.CharField(max_length=6, db_index=True)
    code = models.CharField("查询码", max_length=20, unique=True)
    raised_by = models.CharField("提出人", max_length=120)
    contact = models.CharField("联系方式", max_length=120)
    grounds = models.TextField("异议内容")
    file = models.ForeignKey(
        "evidence.StoredFile", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    state = models.CharField(max_length=20, default="raised")
    version = models.IntegerField(default=0)
    raised_at = models.DateTimeField()
    due_on = models.DateField("答复期限")
    answer = models.TextField("答复", blank=True)
    findings = models.TextField("核查情况", blank=True)
    payable_fen = models.BigIntegerField("核减后应付", null=True, blank=True)
    decided_by = models.CharField(max_length=40, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    @property
    def journal_key(self) -> str:
        return f"objection:{self.pk}"

    @property
    def acting_orgs(self) -> frozenset[str]:
        """The city's bureau, the province's and the clock."""
        return frozenset((f"bureau:{self.city}", "bureau:440000", "platform"))


class PaymentRun(models.Model):
    """A common payment 统一兑付 of a city in queue order under its funds (D47-5.15, D47-8.2b)."""

    lifecycle: ClassVar[Lifecycle] = PAYMENT_RUN

    cycle = models.ForeignKey("programme.Cycle", on_delete=models.PROTECT, related_name="payment_runs")
    city = models.CharField("地市", max_length=6, db_index=True)
    number = models.IntegerField("批次")
    state = models.CharField(max_length=20, default="prepared")
    version = models.IntegerField(default=0)
    funds_fen = models.BigIntegerField("可用资金")
    total_fen = models.BigIntegerField("兑付合计")
    plan = models.JSONField("排队结果", default=list)
    plan_hash = models.CharField(max_length=64)
    prepared_by = models.CharField(max_length=40)
    prepared_at = models.DateTimeField()
    released_by = models.CharField(max_length=40, blank=True)
    released_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["cycle", "city", "number"], name="settlement_run_once")
        ]

    @property
    def journal_key(self) -> str:
        return f"payment_run:{self.pk}"

    @property
    def acting_orgs(self) -> frozenset[str]:
        """The city's bureau, the province's and the clock."""
        return frozenset((f"bureau:{self.city}", "bureau:440000", "platform"))


class PaymentInstruction(models.Model):
    """One payment to one enterprise for one voucher: the face and, where due, the bonus (M7)."""

    lifecycle: ClassVar[Lifecycle] = INSTRUCTION

    run = models.ForeignKey(PaymentRun, on_delete=models.PROTECT, related_name="instructions")
    voucher = models.ForeignKey("vouchers.Voucher", on_delete=models.PROTECT, related_name="instructions")
    number = models.CharField("指令号", max_length=40, unique=True)
    amount_fen = models.BigIntegerField("金额")
    payee_name = models.CharField("收款户名", max_length=120)
    bank_name = models.CharField("开户银行", max_length=80)
    bank_account = models.CharField("银行账号", max_length=40)
    state = models.CharField(max_length=20, default="ordered")
    version = models.IntegerField(default=0)
    bank_reference = models.CharField("银行流水号", max_length=60, blank=True)
    refusal_reason = models.CharField("退回原因", max_length=200, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="settlement_instruction_positive"),
            models.UniqueConstraint(
                fields=["voucher"],
                condition=Q(state__in=["ordered", "paid"]),
                name="settlement_one_live_instruction",
            ),
            models.UniqueConstraint(
                fields=["bank_reference"],
                condition=~Q(bank_reference=""),
                name="settlement_bank_reference_once",
            ),
        ]

    @property
    def journal_key(self) -> str:
        return f"instruction:{self.number}"


class BankResult(models.Model):
    """One line of a bank's result file, as it came; the same line twice is one (M9)."""

    instruction = models.ForeignKey(PaymentInstruction, on_delete=models.PROTECT, related_name="results")
    outcome = models.CharField("结果", max_length=10)
    bank_reference = models.CharField("银行流水号", max_length=60)
    reason = models.CharField("原因", max_length=200, blank=True)
    settled_on = models.DateField("入账日期")
    line_hash = models.CharField(max_length=64, unique=True)
    taken_by = models.CharField(max_length=40)
    at = models.DateTimeField()


class Recovery(models.Model):
    """Money asked back after payment 追回 (D47-5.23b); never more than was paid (M10)."""

    lifecycle: ClassVar[Lifecycle] = RECOVERY

    voucher = models.ForeignKey("vouchers.Voucher", on_delete=models.PROTECT, related_name="recoveries")
    city = models.CharField(max_length=6, db_index=True)
    amount_fen = models.BigIntegerField("追回金额")
    reason = models.TextField("理由")
    article = models.CharField("依据", max_length=40)
    document = models.ForeignKey("evidence.StoredFile", on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=20, default="demanded")
    version = models.IntegerField(default=0)
    demanded_by = models.CharField(max_length=40)
    demanded_at = models.DateTimeField()
    bank_reference = models.CharField("入库流水号", max_length=60, blank=True)
    received_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="settlement_recovery_positive")
        ]

    @property
    def journal_key(self) -> str:
        return f"recovery:{self.pk}"

    @property
    def acting_orgs(self) -> frozenset[str]:
        """The city's bureau, the province's and the clock."""
        return frozenset((f"bureau:{self.city}", "bureau:440000", "platform"))
