"""Tables of a city's own subsidy on top: scheme, lists with lines, objections, runs, instructions, recoveries."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from yunquan.kernel.workflow import Lifecycle
from yunquan.matching import lifecycle as tables
from yunquan.policy.matching import Terms


class OfCity(models.Model):
    """What belongs to one city's own subsidy and is moved by its bureau and the clock alone."""

    class Meta:
        abstract = True

    @property
    def journal_key(self) -> str:
        return f"{self.lifecycle.noun}:{self.pk}"  # type: ignore[attr-defined]

    @property
    def acting_orgs(self) -> frozenset[str]:
        """The city's bureau and the clock; the province only reads."""
        return frozenset((f"bureau:{self.city}", "platform"))  # type: ignore[attr-defined]


class MatchingScheme(OfCity):
    """One dated version of a city's scheme 配套办法: rule values, own funds and the city's legal source.

    `ratio` is in hundredths of a percent of the province's award; `fixed` gives fen by service.
    """

    lifecycle: ClassVar[Lifecycle] = tables.SCHEME

    cycle = models.ForeignKey("programme.Cycle", on_delete=models.PROTECT, related_name="matching_schemes")
    city = models.CharField("地市", max_length=6)
    edition = models.IntegerField("版本")
    state = models.CharField(max_length=20, default="proposed")
    version = models.IntegerField(default=0)
    title = models.CharField("文件名称", max_length=120)
    document = models.CharField("文号", max_length=60)
    clause = models.CharField("条款", max_length=60)
    basis = models.CharField("配套方式", max_length=10)
    ratio = models.IntegerField("配套比例", default=0)
    fixed = models.JSONField("每项定额", default=dict, blank=True)
    counts_bonus = models.BooleanField("贯标奖补计入", default=False)
    within_fee = models.BooleanField("不超过企业自付费用", default=True)
    ceiling_fen = models.BigIntegerField("每家企业上限")
    rounding = models.CharField("取整", max_length=6)
    trigger = models.CharField("何时配套", max_length=10)
    pilots_first = models.BooleanField("试点优先", default=False)
    total_fen = models.BigIntegerField("配套资金总额")
    from_on = models.DateField("起始日期")
    until_on = models.DateField("截止日期", null=True, blank=True)
    note = models.TextField("说明", blank=True)
    proposed_by = models.CharField(max_length=40)
    proposed_at = models.DateTimeField()
    decided_by = models.CharField(max_length=40, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decision_reason = models.TextField("退回理由", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["cycle", "city", "edition"], name="matching_scheme_once"),
            models.UniqueConstraint(
                fields=["cycle", "city"], condition=Q(state="proposed"), name="matching_one_proposal"
            ),
            models.CheckConstraint(
                condition=Q(ceiling_fen__gt=0, total_fen__gt=0), name="matching_scheme_positive"
            ),
            models.CheckConstraint(
                condition=Q(until_on=None) | Q(until_on__gte=F("from_on")), name="matching_scheme_days"
            ),
        ]

    @property
    def terms(self) -> Terms:
        """The values as the reckoning takes them."""
        return Terms(
            basis=self.basis,
            ratio=self.ratio,
            fixed={int(number): int(fen) for number, fen in self.fixed.items()},
            ceiling_fen=self.ceiling_fen,
            counts_bonus=self.counts_bonus,
            within_fee=self.within_fee,
            rounding=self.rounding,
        )


class MatchingList(OfCity):
    """A city's own list 配套清单: frozen and hashed, then in public for the full period."""

    lifecycle: ClassVar[Lifecycle] = tables.MATCHING_LIST

    cycle = models.ForeignKey("programme.Cycle", on_delete=models.PROTECT, related_name="matching_lists")
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

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["cycle", "city", "batch", "edition"], name="matching_list_once")
        ]


class MatchingLine(OfCity):
    """What the city adds to one voucher, with the working; its amounts are frozen with the list."""

    lifecycle: ClassVar[Lifecycle] = tables.MATCHING_LINE

    matching_list = models.ForeignKey(MatchingList, on_delete=models.PROTECT, related_name="lines")
    scheme = models.ForeignKey(MatchingScheme, on_delete=models.PROTECT, related_name="lines")
    city = models.CharField("地市", max_length=6)
    position = models.IntegerField("序")
    voucher = models.ForeignKey("vouchers.Voucher", on_delete=models.PROTECT, related_name="matching_lines")
    voucher_number = models.CharField("券号", max_length=40)
    enterprise = models.ForeignKey("parties.Enterprise", on_delete=models.PROTECT, related_name="+")
    enterprise_name = models.CharField("企业", max_length=120)
    enterprise_uscc = models.CharField("统一社会信用代码", max_length=18)
    award_fen = models.BigIntegerField("省奖补")
    amount_fen = models.BigIntegerField("本市配套")
    working = models.JSONField("计算过程", default=dict)
    is_pilot = models.BooleanField("试点", default=False)
    claimed_at = models.DateTimeField("兑现申请时间")
    claim_seq = models.BigIntegerField("结算序号")
    state = models.CharField(max_length=20, default="listed")
    version = models.IntegerField(default=0)
    payable_fen = models.BigIntegerField("核减后应付", null=True, blank=True)
    carried_at = models.DateTimeField("结转时间", null=True, blank=True)
    paid_at = models.DateTimeField("兑付时间", null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["matching_list", "position"], name="matching_line_position"),
            models.UniqueConstraint(
                fields=["voucher"], condition=~Q(state=tables.GONE), name="matching_one_line_a_voucher"
            ),
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="matching_line_positive"),
            models.CheckConstraint(
                condition=Q(payable_fen=None) | Q(payable_fen__gt=0, payable_fen__lt=F("amount_fen")),
                name="matching_line_reduced",
            ),
        ]

    @property
    def due_fen(self) -> int:
        """What is to be paid in fen: as listed, or as reduced by an objection."""
        return self.amount_fen if self.payable_fen is None else self.payable_fen


class MatchingObjection(OfCity):
    """An objection to one line of a city's own list, raised within the period (D47-5.22)."""

    lifecycle: ClassVar[Lifecycle] = tables.MATCHING_OBJECTION

    line = models.ForeignKey(MatchingLine, on_delete=models.PROTECT, related_name="objections")
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
    payable_fen = models.BigIntegerField("核减后应付", null=True, blank=True)
    decided_by = models.CharField(max_length=40, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)


class MatchingRun(OfCity):
    """A payment of a city's own subsidy in queue order under its own funds."""

    lifecycle: ClassVar[Lifecycle] = tables.MATCHING_RUN

    cycle = models.ForeignKey("programme.Cycle", on_delete=models.PROTECT, related_name="matching_runs")
    city = models.CharField("地市", max_length=6, db_index=True)
    number = models.IntegerField("批次")
    state = models.CharField(max_length=20, default="prepared")
    version = models.IntegerField(default=0)
    funds_fen = models.BigIntegerField("可用配套资金")
    total_fen = models.BigIntegerField("兑付合计")
    plan = models.JSONField("排队结果", default=list)
    plan_hash = models.CharField(max_length=64)
    pilots_first = models.BooleanField("试点优先", default=False)
    prepared_by = models.CharField(max_length=40)
    prepared_at = models.DateTimeField()
    released_by = models.CharField(max_length=40, blank=True)
    released_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["cycle", "city", "number"], name="matching_run_once"),
            models.UniqueConstraint(
                fields=["cycle", "city"], condition=Q(state="prepared"), name="matching_one_run_waits"
            ),
        ]


class MatchingInstruction(OfCity):
    """One payment to one enterprise for one line."""

    lifecycle: ClassVar[Lifecycle] = tables.MATCHING_INSTRUCTION

    run = models.ForeignKey(MatchingRun, on_delete=models.PROTECT, related_name="instructions")
    line = models.ForeignKey(MatchingLine, on_delete=models.PROTECT, related_name="instructions")
    city = models.CharField("地市", max_length=6)
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
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="matching_instruction_positive"),
            models.UniqueConstraint(
                fields=["line"],
                condition=Q(state__in=["ordered", "paid"]),
                name="matching_one_live_instruction",
            ),
            models.UniqueConstraint(
                fields=["bank_reference"],
                condition=~Q(bank_reference=""),
                name="matching_bank_reference_once",
            ),
        ]

    @property
    def journal_key(self) -> str:
        return f"matching_instruction:{self.number}"


class MatchingResult(models.Model):
    """One line of a bank's result file on a city's own payments, as it came; the same line twice is one (M9)."""

    instruction = models.ForeignKey(MatchingInstruction, on_delete=models.PROTECT, related_name="results")
    outcome = models.CharField("结果", max_length=10)
    bank_reference = models.CharField("银行流水号", max_length=60)
    reason = models.CharField("原因", max_length=200, blank=True)
    settled_on = models.DateField("入账日期")
    line_hash = models.CharField(max_length=64, unique=True)
    taken_by = models.CharField(max_length=40)
    at = models.DateTimeField()


class MatchingRecovery(OfCity):
    """A city's own money asked back after its voucher was recovered or revoked; never more than was paid (M10)."""

    lifecycle: ClassVar[Lifecycle] = tables.MATCHING_RECOVERY

    line = models.ForeignKey(MatchingLine, on_delete=models.PROTECT, related_name="recoveries")
    city = models.CharField(max_length=6, db_index=True)
    amount_fen = models.BigIntegerField("追回金额")
    reason = models.TextField("理由")
    state = models.CharField(max_length=20, default="demanded")
    version = models.IntegerField(default=0)
    demanded_by = models.CharField(max_length=40)
    demanded_at = models.DateTimeField()
    bank_reference = models.CharField("入库流水号", max_length=60, blank=True)
    received_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="matching_recovery_positive")
        ]
