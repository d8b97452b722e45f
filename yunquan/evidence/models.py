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
