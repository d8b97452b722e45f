"""Tables of the evidence: files by their content, and the contracts, invoices and proofs typed from them.

`is_live` says that the row serves a living voucher; the unique keys hold among live rows only (U1–U3).
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class StoredFile(models.Model):
    """An uploaded file, kept under its SHA-256 and never changed (E1)."""

    sha256 = models.CharField(max_length=64, db_index=True)
    name = models.CharField("文件名", max_length=200)
    media_type = models.CharField(max_length=80)
    size = models.BigIntegerField("字节")
    org = models.CharField("上传单位", max_length=80, db_index=True)
    uploaded_by = models.CharField(max_length=40)
    uploaded_at = models.DateTimeField()
    scan = models.CharField("病毒查杀", max_length=20, default="not_scanned")

    @property
    def journal_key(self) -> str:
        return f"file:{self.pk}"


class Contract(models.Model):
    """A contract between enterprise and supplier (D47-A1.3); one living voucher each (U1)."""

    enterprise = models.ForeignKey("parties.Enterprise", on_delete=models.PROTECT)
    supplier = models.ForeignKey("parties.Supplier", on_delete=models.PROTECT)
    number = models.CharField("合同编号", max_length=80)
    number_key = models.CharField(max_length=80)
    signed_on = models.DateField("签订日期")
    total_fen = models.BigIntegerField("合同总额")
    cloud_fee_fen = models.BigIntegerField("上云费用合计")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    addendum = models.ForeignKey(
        StoredFile, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    is_live = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["number_key", "enterprise", "supplier"],
                condition=Q(is_live=True),
                name="evidence_one_live_contract",
            )
        ]


class Invoice(models.Model):
    """An invoice of the supplier (D47-5.11, D47-5.14); in one living claim at most (U2)."""

    key = models.CharField(max_length=60)
    code = models.CharField("发票代码", max_length=20, blank=True)
    number = models.CharField("发票号码", max_length=20)
    issued_on = models.DateField("开票日期")
    seller_uscc = models.CharField("销售方税号", max_length=20)
    seller_name = models.CharField("销售方名称", max_length=120)
    buyer_uscc = models.CharField("购买方税号", max_length=20)
    gross_fen = models.BigIntegerField("价税合计")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    is_live = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["key"], condition=Q(is_live=True), name="evidence_invoice_used_once"
            ),
            models.CheckConstraint(condition=Q(gross_fen__gt=0), name="evidence_invoice_positive"),
        ]
        # Alarms ask also for those that serve no claim any more.
        indexes = [models.Index(fields=["key"], name="evidence_invoice_by_key")]


class PaymentProof(models.Model):
    """A proof that the enterprise paid the supplier; in one living claim at most (U3)."""

    key = models.CharField(max_length=120)
    bank = models.CharField("付款银行", max_length=80)
    serial = models.CharField("流水号", max_length=60)
    paid_on = models.DateField("付款日期")
    payer_name = models.CharField("付款方", max_length=120)
    payee_name = models.CharField("收款方", max_length=120)
    amount_fen = models.BigIntegerField("金额")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    is_live = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["key"], condition=Q(is_live=True), name="evidence_proof_used_once"
            ),
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="evidence_proof_positive"),
        ]


class AcceptanceReport(models.Model):
    """The stamped acceptance report 验收报告, entered by hand; its content serves one voucher only."""

    key = models.CharField(max_length=120)
    number = models.CharField("验收报告编号", max_length=80)
    accepted_on = models.DateField("验收日期")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    is_live = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["key"], condition=Q(is_live=True), name="evidence_report_used_once"
            )
        ]


class Reading(models.Model):
    """What one reader found in one content, with the version of the reader; never changed (E1).

    `facts` is as_json() of the facts, None where the file could not be read; `error` says why, in Chinese.
    """

    sha256 = models.CharField(max_length=64)
    reader = models.CharField("读取方式", max_length=12)
    version = models.IntegerField("读取程序版本")
    facts = models.JSONField("读到的内容", null=True)
    error = models.TextField("未读成的原因", blank=True)
    read_at = models.DateTimeField("读取时间")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["sha256", "reader", "version"], name="evidence_read_once_a_version"
            ),
        ]


class Fingerprint(models.Model):
    """What a content is compared by: its text's shingles and its pages' hashes; never changed (D47-5.17)."""

    sha256 = models.CharField(max_length=64, unique=True)
    text_key = models.BigIntegerField("文字指纹", null=True, db_index=True)
    sketch = models.BinaryField("比对指纹")
    error = models.TextField("未能比对的原因", blank=True)
    made_at = models.DateTimeField()


class LikenessBand(models.Model):
    """One band of a fingerprint: contents that share a band are held against each other."""

    fingerprint = models.ForeignKey(Fingerprint, on_delete=models.PROTECT, related_name="bands")
    lane = models.IntegerField("带号")
    value = models.BigIntegerField("带值")

    class Meta:
        indexes = [models.Index(fields=["lane", "value", "-id"], name="evidence_by_band")]


class Alike(models.Model):
    """Two contents that have much in common; shown to reviewers, never a verdict (D47-5.17)."""

    one = models.CharField("内容甲", max_length=64, db_index=True)
    other = models.CharField("内容乙", max_length=64, db_index=True)
    kind = models.CharField("相似方式", max_length=20)
    score = models.IntegerField("相似度（千分）")
    why = models.TextField("相似之处")
    found_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["one", "other", "kind"], name="evidence_alike_once"),
            models.CheckConstraint(
                condition=Q(score__gte=0) & Q(score__lte=1000), name="evidence_alike_thousandths"
            ),
        ]


class DeclaredParty(models.Model):
    """Another firm that stands for a party in a claim's documents, with reason and proof (D47-5.14)."""

    part = models.CharField("代替", max_length=12)
    name = models.CharField("单位名称", max_length=120)
    uscc = models.CharField("统一社会信用代码", max_length=20, blank=True)
    relation = models.CharField("关系", max_length=12)
    reason = models.TextField("说明")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    accepted_by = models.CharField("认可人", max_length=40, blank=True)
    accepted_at = models.DateTimeField("认可时间", null=True, blank=True)


class RedInvoice(models.Model):
    """A red invoice 红字发票 that was read in a file, kept under the blue one that it names; never changed (D47-5.14).

    It may be read before any claim rests on the blue one; whose file it was decides what it is worth.
    """

    key = models.CharField("蓝字发票键", max_length=60)
    red_number = models.CharField("红字发票号码", max_length=20, blank=True)
    seller_uscc = models.CharField("销售方税号", max_length=20)
    issued_on = models.DateField("开票日期")
    reversed_fen = models.BigIntegerField("红冲金额", null=True, blank=True)
    org = models.CharField("上传单位", max_length=80)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    read_at = models.DateTimeField("读到时间")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key", "org", "red_number"], name="evidence_red_once_an_org"),
        ]


class InvoiceAlarm(models.Model):
    """An invoice that was reversed or made void after it served a claim: payment holds until answered.

    `reversed_fen` is None where the whole invoice is meant (D47-5.14, D47-5.23).
    """

    class Kind(models.TextChoices):
        RED = "red", "红冲"
        VOID = "void", "作废"

    class Answer(models.TextChoices):
        OPEN = "open", "待核查"
        LIFTED = "lifted", "核查后解除"
        UPHELD = "upheld", "属实"

    key = models.CharField("发票键", max_length=60, db_index=True)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    happened_on = models.DateField("发生日期")
    reversed_fen = models.BigIntegerField("红冲金额", null=True, blank=True)
    red_number = models.CharField("红字发票号码", max_length=20, blank=True)
    note = models.TextField("来源说明")
    file = models.ForeignKey(StoredFile, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    raised_by = models.CharField(max_length=40)
    raised_at = models.DateTimeField("登记时间")
    answer = models.CharField(max_length=8, choices=Answer.choices, default=Answer.OPEN)
    answered_by = models.CharField(max_length=40, blank=True)
    answered_at = models.DateTimeField("核查时间", null=True, blank=True)
    answer_reason = models.TextField("核查结论", blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(reversed_fen__isnull=True) | Q(reversed_fen__gt=0),
                name="evidence_reversed_positive",
            ),
            # One that was looked into and lifted doesn't keep the same from being told when it comes true.
            models.UniqueConstraint(
                fields=["key", "kind", "red_number"],
                condition=Q(answer__in=("open", "upheld")),
                name="evidence_one_alarm_a_reversal",
            ),
        ]

    @property
    def journal_key(self) -> str:
        return f"alarm:{self.pk}"
