"""A plan 抽查计划, who could be drawn, the custodians of its secrets, the files of its draw, and what it picked."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import Q

from yunquan.inspections.lifecycle import INSPECTION, PLAN
from yunquan.kernel.workflow import Lifecycle


class Plan(models.Model):
    """What is inspected, by which regime, and how it is drawn (D108-1, D26-1, D858-1, D858-2.2).

    One draw per scope, period and purpose (D1): `scope_key` is the hash of these three, unique among plans that
    were not aborted.
    """

    lifecycle: ClassVar[Lifecycle] = PLAN

    number = models.CharField("编号", max_length=40, unique=True)
    title = models.CharField("名称", max_length=120)
    regime = models.CharField("抽查规程", max_length=40)
    regime_version = models.CharField(max_length=64)
    in_force_on = models.DateField("适用规程日期")
    run_by = models.CharField("组织方", max_length=10)
    city = models.CharField("地市", max_length=6, blank=True)
    operator = models.CharField("协助的第三方机构", max_length=120, blank=True)
    purpose = models.CharField("目的", max_length=200)
    starts_on = models.DateField("开始日期")
    ends_on = models.DateField("结束日期")
    scope = models.JSONField("范围", default=dict)
    scope_key = models.CharField(max_length=64)
    share_num = models.IntegerField("比例分子", default=1)
    share_den = models.IntegerField("比例分母", default=5)
    strata = models.JSONField("分层", default=list)
    # Strata put together (name → into which), picks with their reasons, and what is left out with the reason.
    merged = models.JSONField("合并的分层", default=dict, blank=True)
    mandatory = models.JSONField("指定的服务券", default=dict, blank=True)
    left_out = models.JSONField("排除的服务券", default=dict, blank=True)
    alg = models.CharField("摘要算法", max_length=10, default="sha256")
    sources = models.JSONField("公开随机源", default=list)
    fallback = models.JSONField("备用随机源", default=dict, blank=True)
    # When each source's value will appear (source → ISO time), later than the secrets are revealed; and of a source
    # that stayed silent, what shows that it did.
    due_at = models.JSONField("公开随机数产生时间", default=dict, blank=True)
    silent = models.JSONField("没有产生的随机源", default=dict, blank=True)
    reveals_end_at = models.DateTimeField("揭示截止", null=True, blank=True)
    entropy = models.JSONField("公开随机数", default=dict, blank=True)
    entropy_proof = models.ForeignKey(
        "evidence.StoredFile", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    seed = models.CharField("种子", max_length=64, blank=True)
    state = models.CharField(max_length=20, default="drafted", db_index=True)
    version = models.IntegerField(default=0)
    drafted_by = models.CharField(max_length=40)
    drafted_at = models.DateTimeField()
    filed_by = models.CharField(max_length=40, blank=True)
    accepted_by = models.CharField(max_length=40, blank=True)
    # When it was filed or published: of two plans the earlier keeps the vouchers that both name (D108-2.2).
    entered_at = models.DateTimeField("列入时间", null=True, blank=True)
    published_by = models.CharField(max_length=40, blank=True)
    published_at = models.DateTimeField("公布时间", null=True, blank=True)
    frozen_by = models.CharField(max_length=40, blank=True)
    frozen_at = models.DateTimeField("冻结时间", null=True, blank=True)
    freeze_seq = models.BigIntegerField("冻结的日志序号", null=True, blank=True)
    drawn_at = models.DateTimeField("抽取时间", null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    note = models.TextField("说明", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["scope_key"], condition=~Q(state="aborted"), name="inspections_one_draw_a_scope"
            ),
            models.CheckConstraint(
                condition=Q(share_num__gt=0) & Q(share_den__gte=models.F("share_num")),
                name="inspections_share_up_to_all",
            ),
        ]

    @property
    def journal_key(self) -> str:
        return f"plan:{self.number}"

    @property
    def due(self) -> dict[str, datetime]:
        """When each source's value will appear."""
        return {source: datetime.fromisoformat(told) for source, told in self.due_at.items()}

    @property
    def org(self) -> str:
        """The bureau that runs it: the drawer's."""
        return f"bureau:{self.city or '440000'}"

    @property
    def acting_orgs(self) -> frozenset[str]:
        """The bureau that runs it, the province's, and the clock."""
        return frozenset((self.org, "bureau:440000", "platform"))


class PlanItem(models.Model):
    """A voucher of a plan's scope: in the population under a blinded reference, or excluded with a reason (D2)."""

    class Outcome(models.TextChoices):
        MANDATORY = "mandatory", "指定"
        DRAWN = "drawn", "抽中"
        RESERVE = "reserve", "备选"

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="items")
    voucher = models.ForeignKey("vouchers.Voucher", on_delete=models.PROTECT, related_name="+")
    ref = models.CharField("盲签", max_length=20)
    salt = models.CharField(max_length=64)
    stratum = models.CharField("层", max_length=120)
    weight = models.IntegerField("权重", default=1)
    weight_reasons = models.JSONField("权重理由", default=list)
    mandatory_reason = models.CharField("指定理由", max_length=300, blank=True)
    excluded_reason = models.CharField("排除理由", max_length=300, blank=True)
    outcome = models.CharField("结果", max_length=10, choices=Outcome, blank=True)
    rank = models.IntegerField("名次", null=True, blank=True)
    # Why a reserve was passed over when one had to be replaced: another plan inspects it.
    passed_reason = models.CharField("跳过理由", max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["plan", "voucher"], name="inspections_voucher_once_a_plan"),
            models.UniqueConstraint(fields=["plan", "ref"], name="inspections_ref_once_a_plan"),
            models.CheckConstraint(
                condition=Q(weight__gte=1, weight__lte=64), name="inspections_weight_1_to_64"
            ),
            models.CheckConstraint(
                condition=Q(mandatory_reason="") | Q(excluded_reason=""), name="inspections_in_or_out"
            ),
        ]
        indexes = [
            models.Index(fields=["plan", "outcome", "stratum", "rank"], name="inspections_item_result")
        ]


class Custodian(models.Model):
    """Who keeps one secret of a draw: a person of another body than the drawer (draw-and-log.md, section 1)."""

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="custodians")
    name = models.CharField("保管人代号", max_length=40)
    person = models.ForeignKey("parties.Person", on_delete=models.PROTECT, related_name="+")
    body = models.CharField("所属单位", max_length=80)
    commitment = models.CharField("承诺值", max_length=64, blank=True)
    committed_at = models.DateTimeField("承诺时间", null=True, blank=True)
    secret = models.CharField("揭示的随机数", max_length=128, blank=True)
    revealed_at = models.DateTimeField("揭示时间", null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["plan", "name"], name="inspections_custodian_name_once"),
            models.UniqueConstraint(fields=["plan", "person"], name="inspections_custodian_once"),
        ]


class DrawFile(models.Model):
    """A file of the draw as it was frozen or written, to the byte; never changed (D1)."""

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="draw_files")
    name = models.CharField(max_length=40)
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    written_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["plan", "name"], name="inspections_draw_file_once")]


class Inspection(models.Model):
    """The inspection of one voucher that a plan picked, from the pick to the published result (D108-3, D108-4)."""

    lifecycle: ClassVar[Lifecycle] = INSPECTION

    item = models.OneToOneField(PlanItem, on_delete=models.PROTECT, related_name="inspection")
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="inspections")
    voucher = models.ForeignKey("vouchers.Voucher", on_delete=models.PROTECT, related_name="inspections")
    city = models.CharField("地市", max_length=6, db_index=True)
    state = models.CharField(max_length=20, default="selected", db_index=True)
    version = models.IntegerField(default=0)
    selected_at = models.DateTimeField()
    replaces = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="replaced_by"
    )
    replace_reason = models.CharField("替换理由", max_length=300, blank=True)
    # The panel's conclusion: `outcome` is a code of the regime's `inspection.outcomes`.
    outcome = models.CharField("结论", max_length=40, blank=True)
    grounds = models.JSONField("依据", default=list, blank=True)
    opinion = models.TextField("专家意见", blank=True)
    concluded_by = models.CharField(max_length=40, blank=True)
    concluded_at = models.DateTimeField("结论时间", null=True, blank=True)
    doubt = models.TextField("金额存疑之处", blank=True)
    informed_at = models.DateTimeField("反馈时间", null=True, blank=True)
    due_on = models.DateField("当前期限", null=True, blank=True)
    proposed_outcome = models.CharField("拟处理", max_length=40, blank=True)
    proposed_grounds = models.JSONField("拟处理依据", default=list, blank=True)
    proposed_by = models.CharField(max_length=40, blank=True)
    decided_by = models.CharField(max_length=40, blank=True)
    decided_at = models.DateTimeField("处理时间", null=True, blank=True)
    reviewed_by = models.CharField("省厅复核人", max_length=40, blank=True)
    published_at = models.DateTimeField("公布时间", null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["voucher"],
                condition=~Q(state__in=("published", "replaced")),
                name="inspections_one_open_a_voucher",
            )
        ]

    @property
    def journal_key(self) -> str:
        return f"inspection:{self.pk}"

    @property
    def acting_orgs(self) -> frozenset[str]:
        """The bureaus of the place, both parties, the panel's experts (platform-wide), and the clock."""
        own = (f"enterprise:{self.voucher.enterprise_id}", f"supplier:{self.voucher.supplier_id}")
        return frozenset((*own, f"bureau:{self.city}", "bureau:440000", "platform"))
