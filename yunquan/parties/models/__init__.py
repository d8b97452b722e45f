"""Tables of the parties: people, appointments, bureaus, enterprises, suppliers, opinions, strikes."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q

from yunquan.kernel.workflow import Lifecycle
from yunquan.parties.lifecycle import APPEAL, ENTERPRISE, STANDING, SUPPLIER
from yunquan.parties.models.contacts import (
    ContactAccount,
    ContactEdition,
    ContactReceipt,
    ContactRound,
    Handover,
)
from yunquan.policy.roles import Role

__all__ = [
    "Appeal",
    "Appointment",
    "Bureau",
    "ContactAccount",
    "ContactEdition",
    "ContactReceipt",
    "ContactRound",
    "Enterprise",
    "ExpertOpinion",
    "Handover",
    "Person",
    "PersonManager",
    "Standing",
    "Strike",
    "Supplier",
]


class PersonManager(BaseUserManager["Person"]):
    """Finds people by their login name; people are made by `parties.actions.add_person`."""


class Person(AbstractBaseUser):
    """Someone who can log in. What a person may do stands in appointments, never here."""

    username = models.CharField("登录名", max_length=60, unique=True)
    name = models.CharField("姓名", max_length=60)
    email = models.EmailField("邮箱", blank=True)
    phone = models.CharField("手机", max_length=30, blank=True)
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField()
    # Set by someone else: known to two people until it is changed.
    password_is_first = models.BooleanField("首次密码", default=False)

    USERNAME_FIELD = "username"
    objects = PersonManager()

    @property
    def key(self) -> str:
        """The opaque id that the log carries instead of a name."""
        return f"person:{self.pk}"


class Bureau(models.Model):
    """A competent department 主管部门: the province's, a city's or a county's."""

    class Level(models.TextChoices):
        PROVINCE = "province", "省级"
        CITY = "city", "地市"
        COUNTY = "county", "县区"

    code = models.CharField("区划代码", max_length=6, unique=True)
    level = models.CharField(max_length=10, choices=Level)
    name = models.CharField("名称", max_length=60)
    city = models.CharField(max_length=6, db_index=True)
    telephone = models.CharField("监督电话", max_length=40, blank=True)
    counties_review = models.BooleanField("由县区审核申领", default=False)

    @property
    def key(self) -> str:
        return f"bureau:{self.code}"


class Enterprise(models.Model):
    """An industrial enterprise 工业企业 (D47-4.1, D47-5.7a)."""

    lifecycle: ClassVar[Lifecycle] = ENTERPRISE

    class Size(models.TextChoices):
        LARGE = "large", "大型"
        MEDIUM = "medium", "中型"
        SMALL = "small", "小型"
        MICRO = "micro", "微型"

    uscc = models.CharField("统一社会信用代码", max_length=18, unique=True)
    name = models.CharField("企业名称", max_length=120)
    city = models.CharField("所在地市", max_length=6, db_index=True)
    county = models.CharField("所在县区", max_length=6, blank=True)
    address = models.CharField("地址", max_length=200, blank=True)
    is_legal_person = models.BooleanField("具有独立法人资格", default=True)
    founded_on = models.DateField("成立日期", null=True, blank=True)
    industry = models.CharField("行业", max_length=60, blank=True)
    size = models.CharField("企业规模", max_length=10, choices=Size, default=Size.SMALL)
    revenue_fen = models.BigIntegerField("上年度主营业务收入", null=True, blank=True)
    has_serious_breach = models.BooleanField("近5年财政资金方面严重违法违规", default=False)
    is_iia_certified = models.BooleanField("已通过两化融合管理体系贯标评定", default=False)
    had_iia_award = models.BooleanField("已获省财政贯标评定奖补", default=False)
    licence = models.ForeignKey(
        "evidence.StoredFile", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    pledge = models.BooleanField("企业承诺书", default=False)
    bank_name = models.CharField("开户银行", max_length=80, blank=True)
    bank_account = models.CharField("银行账号", max_length=40, blank=True)
    contact_name = models.CharField("联系人", max_length=60, blank=True)
    contact_phone = models.CharField("联系电话", max_length=30, blank=True)
    typed = models.JSONField("已填内容", default=dict, blank=True)
    # While a change is under way: the form as it was last approved, to which a refused change goes back.
    approved = models.JSONField("变更前的资料", null=True, blank=True)
    search_text = models.TextField(blank=True, default="")
    state = models.CharField(max_length=20, default="draft", db_index=True)
    version = models.IntegerField(default=0)
    submitted_by = models.CharField(max_length=40, blank=True)
    submitted_at = models.DateTimeField(null=True, blank=True)
    due_on = models.DateField("审核期限", null=True, blank=True)
    reviewed_by = models.CharField(max_length=40, blank=True)
    return_reasons = models.JSONField("本次退回理由", default=list, blank=True)
    returns = models.JSONField("历次退回", default=list, blank=True)
    barred_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["city", "state", "due_on", "submitted_at"], name="enterprise_city_due"),
            models.Index(fields=["county", "state", "due_on", "submitted_at"], name="enterprise_county_due"),
        ]

    @property
    def journal_key(self) -> str:
        return f"enterprise:{self.pk}"

    @property
    def key(self) -> str:
        return f"enterprise:{self.pk}"


class Supplier(models.Model):
    """A supplier 供应商 in or out of the province (D47-5.3 to 5.5)."""

    lifecycle: ClassVar[Lifecycle] = SUPPLIER

    uscc = models.CharField("统一社会信用代码", max_length=18, unique=True)
    name = models.CharField("供应商名称", max_length=120)
    is_in_province = models.BooleanField("省内供应商", default=True)
    city = models.CharField("所在地市", max_length=6, blank=True, db_index=True)
    address = models.CharField("地址", max_length=200, blank=True)
    platform = models.CharField("所依托的平台", max_length=120, blank=True)
    strengths = models.TextField("服务能力说明", blank=True)
    services = models.JSONField("拟提供的应用服务", default=list, blank=True)
    holds_ip = models.BooleanField("拥有知识产权", default=True)
    licence = models.ForeignKey(
        "evidence.StoredFile", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    proof = models.ForeignKey(
        "evidence.StoredFile", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    in_resource_pool = models.BooleanField("入选供给资源池", default=False)
    is_pilot = models.BooleanField("试点单位", default=False)
    # A pilot is of one cycle, and its customers' vouchers are of that cycle (D47-6.3, D47-6.4).
    pilot_cycle = models.CharField("试点所属周期", max_length=20, blank=True, default="")
    contact_name = models.CharField("联系人", max_length=60, blank=True)
    contact_phone = models.CharField("联系电话", max_length=30, blank=True)
    typed = models.JSONField("已填内容", default=dict, blank=True)
    search_text = models.TextField(blank=True, default="")
    state = models.CharField(max_length=20, default="draft", db_index=True)
    version = models.IntegerField(default=0)
    submitted_by = models.CharField(max_length=40, blank=True)
    submitted_at = models.DateTimeField(null=True, blank=True)
    due_on = models.DateField("审核期限", null=True, blank=True)
    reviewed_by = models.CharField(max_length=40, blank=True)
    return_reasons = models.JSONField("本次退回理由", default=list, blank=True)
    returns = models.JSONField("历次退回", default=list, blank=True)
    registered_on = models.DateField(null=True, blank=True)

    def holds_pilot(self, cycle: str) -> bool:
        """Whether it holds the title for a cycle, given by its code."""
        return self.is_pilot and self.pilot_cycle == cycle

    @property
    def journal_key(self) -> str:
        return f"supplier:{self.pk}"

    @property
    def key(self) -> str:
        return f"supplier:{self.pk}"


class Appointment(models.Model):
    """A person's role in one organisation for a time; a withdrawn one fails at the next request (A3)."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="appointments")
    role = models.CharField("岗位", max_length=30, choices=[(role.value, role.label) for role in Role])
    enterprise = models.ForeignKey(Enterprise, null=True, blank=True, on_delete=models.PROTECT)
    supplier = models.ForeignKey(Supplier, null=True, blank=True, on_delete=models.PROTECT)
    bureau = models.ForeignKey(Bureau, null=True, blank=True, on_delete=models.PROTECT)
    starts_on = models.DateField("自")
    ends_on = models.DateField("至", null=True, blank=True)
    revoked_at = models.DateTimeField("撤销时间", null=True, blank=True)
    deputy_for = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT)
    appointed_by = models.CharField(max_length=40)
    # A third-party operator 第三方机构 acts for the bureau, in these acts alone (D47-7).
    operator = models.CharField("第三方机构", max_length=120, blank=True, default="")
    acts = models.JSONField("委托事项", default=list, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(operator="") | Q(bureau__isnull=False, ends_on__isnull=False),
                name="parties_operator_for_a_bureau_for_a_time",
            ),
            models.CheckConstraint(
                condition=(
                    Q(enterprise__isnull=True, supplier__isnull=True)
                    | Q(enterprise__isnull=True, bureau__isnull=True)
                    | Q(supplier__isnull=True, bureau__isnull=True)
                ),
                name="parties_appointment_one_organisation",
            ),
        ]

    @property
    def org_key(self) -> str:
        """The organisation as the log names it."""
        for organisation in (self.enterprise, self.supplier, self.bureau):
            if organisation is not None:
                return organisation.key
        return "platform"


class ExpertOpinion(models.Model):
    """An expert's view of a supplier's capability against annex 1.2 (D47-5.4, D47-A1.2)."""

    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="opinions")
    round = models.IntegerField(default=1)
    expert = models.ForeignKey(Person, on_delete=models.PROTECT)
    platform_met = models.BooleanField("平台达到标准", null=True)
    supplier_met = models.BooleanField("供应商达到标准", null=True)
    product_met = models.BooleanField("产品达到标准", null=True)
    remark = models.TextField("意见", blank=True)
    asked_at = models.DateTimeField()
    given_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["supplier", "round", "expert"], name="parties_one_opinion_each")
        ]


class Strike(models.Model):
    """A voucher that the enterprise let lapse (D47-5.19); one strike a voucher."""

    enterprise = models.ForeignKey(Enterprise, on_delete=models.PROTECT, related_name="strikes")
    voucher = models.CharField(max_length=40, unique=True)
    cycle = models.CharField(max_length=20)
    at = models.DateTimeField()


class Standing(models.Model):
    """What a decision laid on a party: cancelled, barred for years, or suspended (D47-8.4, D108-4, D26-4).

    A bar follows the firm by its credit code, whether it comes as enterprise or as supplier. `until_on` is the last
    day; none means for good. Only what ends it is written later.
    """

    lifecycle: ClassVar[Lifecycle] = STANDING

    class Kind(models.TextChoices):
        SUPPLIER_CANCELLED = "supplier_cancelled", "被取消供应商资格"
        BARRED = "barred", "被限期不得申请财政扶持"
        SUSPENDED = "suspended", "被暂停享受本政策"

    kind = models.CharField("处理", max_length=20, choices=Kind.choices)
    enterprise = models.ForeignKey(
        Enterprise, null=True, blank=True, on_delete=models.PROTECT, related_name="standings"
    )
    supplier = models.ForeignKey(
        Supplier, null=True, blank=True, on_delete=models.PROTECT, related_name="standings"
    )
    uscc = models.CharField("统一社会信用代码", max_length=18)
    reason = models.TextField("理由")
    article = models.CharField("依据", max_length=40)
    regime = models.CharField("抽查规程", max_length=40, blank=True)
    source = models.CharField("来源", max_length=80)
    bureau = models.CharField("作出机关", max_length=6)
    document = models.ForeignKey(
        "evidence.StoredFile", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    from_on = models.DateField("自")
    until_on = models.DateField("至", null=True, blank=True)
    state = models.CharField(max_length=20, default="stands")
    version = models.IntegerField(default=0)
    entered_by = models.CharField(max_length=40)
    entered_at = models.DateTimeField()
    published_at = models.DateTimeField("公布时间", null=True, blank=True)
    ended_by = models.CharField(max_length=40, blank=True)
    ended_at = models.DateTimeField("结束时间", null=True, blank=True)
    ended_reason = models.TextField("解除理由", blank=True)
    ended_document = models.ForeignKey(
        "evidence.StoredFile", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(enterprise__isnull=True, supplier__isnull=False)
                | Q(enterprise__isnull=False, supplier__isnull=True),
                name="parties_standing_one_party",
            ),
            models.CheckConstraint(
                condition=Q(until_on__isnull=True) | Q(until_on__gte=models.F("from_on")),
                name="parties_standing_days_in_order",
            ),
            models.UniqueConstraint(
                fields=["source", "kind", "enterprise"],
                condition=Q(enterprise__isnull=False),
                name="parties_standing_once_enterprise",
            ),
            models.UniqueConstraint(
                fields=["source", "kind", "supplier"],
                condition=Q(supplier__isnull=False),
                name="parties_standing_once_supplier",
            ),
        ]
        indexes = [models.Index(fields=["uscc", "state"], name="parties_standing_of_firm")]

    @property
    def journal_key(self) -> str:
        return f"standing:{self.pk}"

    @property
    def term(self) -> str:
        """How long it stands, in words."""
        if self.until_on is not None:
            return f"至 {self.until_on}"
        return "直至改善" if self.kind == self.Kind.SUSPENDED else "不设期限"

    @property
    def party_key(self) -> str:
        """The organisation that it lies on, as the log names it."""
        return f"enterprise:{self.enterprise_id}" if self.enterprise_id else f"supplier:{self.supplier_id}"

    @property
    def acting_orgs(self) -> frozenset[str]:
        """The bureau that imposed it, the province's, and the clock."""
        return frozenset((f"bureau:{self.bureau}", "bureau:440000", "platform"))


class Appeal(models.Model):
    """A party's appeal against a standing, decided by another person than who imposed it (S3)."""

    lifecycle: ClassVar[Lifecycle] = APPEAL

    standing = models.ForeignKey(Standing, on_delete=models.PROTECT, related_name="appeals")
    text = models.TextField("申诉理由")
    files = models.ManyToManyField("evidence.StoredFile", related_name="+")
    filed_by = models.CharField(max_length=40)
    filed_at = models.DateTimeField("申诉时间")
    state = models.CharField(max_length=20, default="filed", db_index=True)
    version = models.IntegerField(default=0)
    answer = models.TextField("裁定理由", blank=True)
    decided_by = models.CharField(max_length=40, blank=True)
    decided_at = models.DateTimeField("裁定时间", null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["standing"], condition=Q(state="filed"), name="parties_one_open_appeal"
            )
        ]

    @property
    def journal_key(self) -> str:
        return f"appeal:{self.pk}"

    @property
    def acting_orgs(self) -> frozenset[str]:
        """The bureaus that may decide it."""
        return self.standing.acting_orgs
