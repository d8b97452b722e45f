"""Tables of the voucher 服务券: the voucher, its service lines, what its claim rests on, and the claim queue."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from yunquan.kernel.workflow import Lifecycle
from yunquan.vouchers.lifecycle import COUNTED, LIVE, VOUCHER


class Voucher(models.Model):
    """A service voucher from draft to payment (D47-3, D47-5.6 to 5.15); it can't change hands.

    `face_fen` is the award pinned at submission with the edition and rule version of that day (M4).
    """

    lifecycle: ClassVar[Lifecycle] = VOUCHER

    cycle = models.ForeignKey("programme.Cycle", on_delete=models.PROTECT, related_name="vouchers")
    enterprise = models.ForeignKey("parties.Enterprise", on_delete=models.PROTECT, related_name="vouchers")
    supplier = models.ForeignKey(
        "parties.Supplier", null=True, blank=True, on_delete=models.PROTECT, related_name="vouchers"
    )
    contract = models.OneToOneField(
        "evidence.Contract", null=True, blank=True, on_delete=models.PROTECT, related_name="voucher"
    )
    number = models.CharField("券号", max_length=40, unique=True)
    city = models.CharField("所在地市", max_length=6)
    county = models.CharField("所在县区", max_length=6, blank=True)
    place = models.CharField("实施地点", max_length=200, blank=True)
    implementation_city = models.CharField("实施地市", max_length=6, blank=True)
    state = models.CharField(max_length=20, default="draft")
    version = models.IntegerField(default=0)
    typed = models.JSONField("已填申领内容", default=dict, blank=True)
    typed_claim = models.JSONField("已填兑现内容", default=dict, blank=True)
    is_related_party = models.BooleanField("关联方交易", default=False)
    related_party_note = models.TextField("关联关系说明", blank=True)
    is_pilot = models.BooleanField("试点", default=False)

    content_hash = models.CharField(max_length=64, blank=True)
    confirmed_hash = models.CharField(max_length=64, blank=True)
    claim_hash = models.CharField(max_length=64, blank=True)
    attested_hash = models.CharField(max_length=64, blank=True)
    applied_on = models.DateField("申领日期", null=True, blank=True)
    applied_at = models.DateTimeField("申领时间", null=True, blank=True)
    edition = models.CharField("目录版次", max_length=40, blank=True)
    rule_version = models.CharField(max_length=64, blank=True)
    awarded_before_fen = models.BigIntegerField("此前已核定", default=0)
    face_fen = models.BigIntegerField("奖补金额", default=0)
    bonus_fen = models.BigIntegerField("贯标奖补", default=0)
    explanation = models.JSONField("核定说明", default=dict, blank=True)
    due_on = models.DateField("办理期限", null=True, blank=True)
    waiting_since = models.DateTimeField("到达当前环节时间", null=True, blank=True)

    issued_at = models.DateTimeField("发放时间", null=True, blank=True)
    claimed_at = models.DateTimeField("兑现申请时间", null=True, blank=True)
    claim_seq = models.BigIntegerField("结算序号", null=True, blank=True)
    approved_at = models.DateTimeField("兑现审核通过时间", null=True, blank=True)
    carried_at = models.DateTimeField("结转时间", null=True, blank=True)
    paid_at = models.DateTimeField("兑付时间", null=True, blank=True)
    report = models.OneToOneField(
        "evidence.AcceptanceReport", null=True, blank=True, on_delete=models.PROTECT, related_name="voucher"
    )

    submitted_by = models.CharField(max_length=40, blank=True)
    confirmed_by = models.CharField(max_length=40, blank=True)
    reviewed_by = models.CharField(max_length=40, blank=True)
    claimed_by = models.CharField(max_length=40, blank=True)
    attested_by = models.CharField(max_length=40, blank=True)
    approved_by = models.CharField(max_length=40, blank=True)
    return_reasons = models.JSONField("退回理由", default=list, blank=True)
    returns = models.IntegerField("退回次数", default=0)
    search_text = models.TextField(blank=True, default="")
    created_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["state", "due_on", "id"], name="voucher_by_due"),
            models.Index(fields=["city", "state", "due_on", "id"], name="voucher_city_due"),
            models.Index(fields=["county", "state", "due_on", "id"], name="voucher_county_due"),
            models.Index(fields=["supplier", "state", "due_on", "id"], name="voucher_supplier_due"),
            models.Index(
                fields=["supplier", "state", "waiting_since", "id"], name="voucher_supplier_waiting"
            ),
            models.Index(fields=["enterprise", "cycle"], name="voucher_enterprise_cycle"),
            models.Index(fields=["city", "-id"], name="voucher_city_latest"),
            models.Index(fields=["city", "state", "-id"], name="voucher_city_state_latest"),
            models.Index(fields=["cycle", "city", "state", "claim_seq"], name="voucher_queue"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["cycle", "city", "claim_seq"],
                condition=Q(claim_seq__isnull=False),
                name="voucher_one_place_in_queue",
            ),
            models.UniqueConstraint(
                fields=["enterprise"], condition=Q(bonus_fen__gt=0), name="voucher_bonus_once_ever"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=COUNTED) | Q(face_fen__gt=0), name="voucher_counted_has_face"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=LIVE) | Q(contract__isnull=False), name="voucher_live_has_contract"
            ),
        ]

    @property
    def journal_key(self) -> str:
        return f"voucher:{self.number}"

    @property
    def acting_orgs(self) -> frozenset[str]:
        """The organisations that may take a step on this voucher: its own, its supplier, its bureaus, the clock."""
        bureaus = (f"bureau:{code}" for code in (self.city, self.county, "440000") if code)
        own = (f"enterprise:{self.enterprise_id}", f"supplier:{self.supplier_id}", "platform")
        return frozenset((*own, *bureaus))


class ServiceLine(models.Model):
    """One application service of the contract with its cloud fee, and what it was awarded before the ceiling."""

    voucher = models.ForeignKey(Voucher, on_delete=models.CASCADE, related_name="lines")
    position = models.IntegerField("序")
    service = models.IntegerField("目录序号")
    service_name = models.CharField("应用服务", max_length=60)
    product = models.ForeignKey("catalogue.Product", null=True, blank=True, on_delete=models.PROTECT)
    fee_fen = models.BigIntegerField("上云费用")
    devices = models.IntegerField("联网设备台套数", null=True, blank=True)
    device_value_fen = models.BigIntegerField("设备原值", null=True, blank=True)
    award_fen = models.BigIntegerField("本项核定")
    binding = models.CharField(max_length=12)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["voucher", "service"], name="voucher_service_once"),
            models.CheckConstraint(condition=Q(fee_fen__gt=0), name="voucher_fee_positive"),
        ]


class ClaimInvoice(models.Model):
    """An invoice that a claim rests on (D47-5.11)."""

    voucher = models.ForeignKey(Voucher, on_delete=models.PROTECT, related_name="claim_invoices")
    invoice = models.OneToOneField("evidence.Invoice", on_delete=models.PROTECT)


class ClaimProof(models.Model):
    """A payment proof that a claim rests on (D47-5.11)."""

    voucher = models.ForeignKey(Voucher, on_delete=models.PROTECT, related_name="claim_proofs")
    proof = models.OneToOneField("evidence.PaymentProof", on_delete=models.PROTECT)


class ClaimParty(models.Model):
    """Another firm in a claim's documents that was declared with its proof (D47-5.14)."""

    voucher = models.ForeignKey(Voucher, on_delete=models.PROTECT, related_name="claim_parties")
    party = models.OneToOneField("evidence.DeclaredParty", on_delete=models.PROTECT)


class RelatedDeclaration(models.Model):
    """What one side says of its relation to the other, with the vow of a fair price (D47-5.23); never changed.

    The latest of a side counts.
    """

    class Side(models.TextChoices):
        ENTERPRISE = "enterprise", "企业"
        SUPPLIER = "supplier", "供应商"

    voucher = models.ForeignKey(Voucher, on_delete=models.PROTECT, related_name="related_declarations")
    side = models.CharField("申报方", max_length=10, choices=Side.choices)
    is_related = models.BooleanField("存在关联关系")
    note = models.TextField("关联关系说明", blank=True)
    fair_price_vowed = models.BooleanField("承诺价格公允", default=False)
    declared_by = models.CharField(max_length=40)
    declared_at = models.DateTimeField("申报时间")


class SecondLook(models.Model):
    """A second reviewer's opinion on a case of related parties, before it is decided (D47-5.23); never changed."""

    class Step(models.TextChoices):
        APPLICATION = "application", "申领审核"
        CLAIM = "claim", "兑现审核"

    voucher = models.ForeignKey(Voucher, on_delete=models.PROTECT, related_name="second_looks")
    step = models.CharField("环节", max_length=12, choices=Step.choices)
    content_hash = models.CharField("所看内容", max_length=64)
    agrees = models.BooleanField("同意")
    note = models.TextField("意见")
    person = models.CharField(max_length=40)
    looked_at = models.DateTimeField("复核时间")


class Hold(models.Model):
    """A reason that keeps one voucher from payment until it is lifted (D47-5.22, D108-5, D26-4).

    `source` is the journal key of what holds it (`inspection:12`). Only the lifting is ever written after it.
    """

    class Kind(models.TextChoices):
        INSPECTION = "inspection", "抽查未了结"
        CHECKED_FIRST = "checked_first", "重点核查"

    voucher = models.ForeignKey(Voucher, on_delete=models.PROTECT, related_name="payment_holds")
    kind = models.CharField("种类", max_length=20, choices=Kind.choices)
    source = models.CharField("来源", max_length=80)
    reason = models.CharField("原因", max_length=300)
    article = models.CharField("依据", max_length=40)
    held_by = models.CharField(max_length=40)
    held_at = models.DateTimeField("暂缓时间")
    lifted_by = models.CharField(max_length=40, blank=True)
    lifted_at = models.DateTimeField("解除时间", null=True, blank=True)
    lifted_reason = models.CharField("解除理由", max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["voucher", "source"], condition=Q(lifted_at__isnull=True), name="voucher_held_once"
            ),
            models.CheckConstraint(
                condition=Q(lifted_at__isnull=True) | ~Q(lifted_by=""), name="voucher_hold_lifted_by"
            ),
        ]
        indexes = [
            models.Index(
                fields=["source", "voucher"], condition=Q(lifted_at__isnull=True), name="voucher_hold_open"
            )
        ]

    @property
    def journal_key(self) -> str:
        return f"hold:{self.pk}"


class ClaimQueue(models.Model):
    """The next settlement number of a city and cycle: gapless, in order of arrival (F1)."""

    cycle = models.ForeignKey("programme.Cycle", on_delete=models.PROTECT)
    city = models.CharField(max_length=6)
    next_seq = models.BigIntegerField(default=1)
    last_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["cycle", "city"], name="voucher_one_queue_a_city")]
