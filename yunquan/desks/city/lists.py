"""The queues and registers of the desk: vouchers, enterprises, suppliers of the bureau's area."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import django_filters as filters
from django.http import HttpRequest
from django.utils.html import format_html

from yunquan.desks.city import waiting
from yunquan.desks.shared.columns import (
    DayColumn,
    LinkColumn,
    MomentColumn,
    MoneyColumn,
    TextColumn,
)
from yunquan.desks.shared.lists import GovTable, ListPage
from yunquan.desks.shared.registers import (
    EnterpriseList,
    PlaceColumn,
    StateLabel,
    SupplierList,
    VoucherList,
    VoucherSearch,
)
from yunquan.desks.shared.templatetags.gov import left_badge, on
from yunquan.journal import clock
from yunquan.kernel.calendar import local_date
from yunquan.parties import access as parties_access
from yunquan.parties import regions
from yunquan.parties.lifecycle import ENTERPRISE, SUPPLIER
from yunquan.programme import queries as programme
from yunquan.vouchers.lifecycle import LABELS, S

VOUCHER_TONES = {
    S.SUBMITTED: "now", S.CONFIRMED: "waiting", S.RETURNED: "waiting", S.CLAIM_RETURNED: "waiting",
    S.VERIFIED: "waiting", S.APPROVED: "waiting", S.ISSUED: "now", S.LISTED: "now", S.ORDERED: "now",
    S.PAID: "good", S.REJECTED: "bad", S.REFUSED: "bad", S.LAPSED: "bad", S.EXPIRED: "bad",
    S.RECOVERED: "bad", S.REVOKED: "bad",
}  # fmt: skip
PARTY_TONES = {
    "submitted": "waiting", "city_check": "waiting", "returned": "waiting", "approved": "good",
    "registered": "good", "rejected": "bad", "province_review": "now", "expert_review": "now",
}  # fmt: skip


class DueColumn(DayColumn):
    """Until when, with the working days left; the table brings calendar and day."""

    def render(self, value: Any, table: Any) -> str:  # type: ignore[override]
        left = waiting.days_left(table.calendar, value, table.today)
        return format_html("{} {}", left_badge(left), on(value))


class CityList(ListPage):
    """A list page whose table knows the working calendar and today."""

    def _table(self, rows: Iterable[Any]) -> GovTable:
        table = super()._table(rows)
        table.calendar, table.today = programme.working_calendar(), local_date(clock.read())  # type: ignore[attr-defined]
        return table


class QueueTable(GovTable):
    """Vouchers that wait, the most urgent first."""

    caption = "待审核"
    due_on = DueColumn(verbose_name="期限", fixed=True)
    number = LinkColumn(verbose_name="券号", to=lambda row: f"/city/applications/{row.number}/")
    enterprise = TextColumn(verbose_name="企业", accessor="enterprise__name")
    supplier = TextColumn(verbose_name="供应商", accessor="supplier__name")
    county = PlaceColumn(verbose_name="县区", default="—")
    face_fen = MoneyColumn(verbose_name="奖补（元）")
    waiting_since = MomentColumn(verbose_name="到达时间")
    returns = TextColumn(verbose_name="已退回次数")

    class Meta(GovTable.Meta):
        pass


class ClaimQueueTable(QueueTable):
    """Claims that wait, the most urgent first."""

    number = LinkColumn(verbose_name="券号", to=lambda row: f"/city/claims/{row.number}/")
    claim_seq = TextColumn(verbose_name="结算序号")

    class Meta(GovTable.Meta):
        pass


class QueuePage(CityList, VoucherSearch):
    """A queue in the order of the query; it isn't sorted otherwise."""

    table_class: type[GovTable] = QueueTable
    search_hint = "券号、企业或供应商（可用拼音）"


class VoucherFilter(filters.FilterSet):
    """By state and cycle."""

    state = filters.ChoiceFilter(
        label="进度",
        choices=[(str(s), label) for s, label in LABELS.items() if s not in (S.DRAFT, S.CANCELLED)],
    )
    cycle = filters.ModelChoiceFilter(
        label="周期", queryset=lambda request: programme.cycles(request.actor), to_field_name="code"
    )


class VoucherTable(GovTable):
    """All vouchers of the area."""

    caption = "服务券"
    number = LinkColumn(verbose_name="券号", to=lambda row: f"/city/vouchers/{row.number}/")
    enterprise = TextColumn(verbose_name="企业", accessor="enterprise__name")
    supplier = TextColumn(verbose_name="供应商", accessor="supplier__name")
    county = PlaceColumn(verbose_name="县区", default="—")
    face_fen = MoneyColumn(verbose_name="奖补（元）")
    bonus_fen = MoneyColumn(verbose_name="贯标奖补（元）")
    state = StateLabel(verbose_name="进度", labels=LABELS, tones=VOUCHER_TONES)
    due_on = DueColumn(verbose_name="期限", default="—")
    applied_at = MomentColumn(verbose_name="申领时间")

    class Meta(GovTable.Meta):
        pass


class Vouchers(CityList, VoucherList):
    """The vouchers of the bureau's area, the latest first."""

    table_class = VoucherTable
    filterset_class = VoucherFilter


def _county_choices(request: HttpRequest) -> list[tuple[str, str]]:
    city = regions.city(parties_access.bureau_code(request.actor))  # type: ignore[attr-defined]
    return [(county.code, county.name) for county in city.counties] if city is not None else []


class EnterpriseFilter(filters.FilterSet):
    """By state and county."""

    state = filters.ChoiceFilter(label="注册状态", choices=list(ENTERPRISE.states.items()))
    county = filters.ChoiceFilter(label="县区", choices=[])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        counties = _county_choices(self.request)
        if counties:
            self.form.fields["county"].choices = [("", "全部"), *counties]
        else:
            del self.form.fields["county"]


class EnterpriseTable(GovTable):
    """Enterprises of the area."""

    caption = "企业"
    name = LinkColumn(verbose_name="企业名称", to=lambda row: f"/city/enterprises/{row.pk}/")
    uscc = TextColumn(verbose_name="统一社会信用代码")
    county = PlaceColumn(verbose_name="县区", default="—")
    industry = TextColumn(verbose_name="行业")
    size = TextColumn(verbose_name="规模")
    revenue_fen = MoneyColumn(verbose_name="上年度主营业务收入（元）")
    state = StateLabel(verbose_name="注册状态", labels=ENTERPRISE.states, tones=PARTY_TONES)
    due_on = DueColumn(verbose_name="审核期限", default="—")

    class Meta(GovTable.Meta):
        pass


class Enterprises(CityList, EnterpriseList):
    """The enterprises of the bureau's area."""

    table_class = EnterpriseTable
    filterset_class = EnterpriseFilter
    export_name = "企业名录"


class SupplierFilter(filters.FilterSet):
    """By state."""

    state = filters.ChoiceFilter(label="注册状态", choices=list(SUPPLIER.states.items()))


class SupplierTable(GovTable):
    """Suppliers of the city."""

    caption = "供应商"
    name = LinkColumn(verbose_name="供应商名称", to=lambda row: f"/city/suppliers/{row.pk}/")
    uscc = TextColumn(verbose_name="统一社会信用代码")
    platform = TextColumn(verbose_name="所依托的平台")
    state = StateLabel(verbose_name="注册状态", labels=SUPPLIER.states, tones=PARTY_TONES)
    registered_on = DayColumn(verbose_name="注册日期")
    due_on = DueColumn(verbose_name="审核期限", default="—")

    class Meta(GovTable.Meta):
        pass


class Suppliers(CityList, SupplierList):
    """The suppliers whose home is the bureau's city."""

    table_class = SupplierTable
    filterset_class = SupplierFilter
    export_name = "供应商名录"
    empty_text = "本市供应商提交注册后会出现在这里；全省名录见公开页面。"


class RegistrationTable(EnterpriseTable):
    """Registrations that wait, the most urgent first."""

    caption = "待审核的企业注册"
    due_on = DueColumn(verbose_name="期限", default="—", fixed=True)
    name = LinkColumn(verbose_name="企业名称", to=lambda row: f"/city/registrations/enterprises/{row.pk}/")
    submitted_at = MomentColumn(verbose_name="提交时间")

    class Meta(GovTable.Meta):
        sequence = ("due_on", "name", "...")
        exclude = ("industry", "size", "revenue_fen")


class SupplierCheckTable(SupplierTable):
    """Supplier registrations that wait for the city's first check."""

    caption = "待初审的供应商"
    due_on = DueColumn(verbose_name="期限", default="—", fixed=True)
    name = LinkColumn(verbose_name="供应商名称", to=lambda row: f"/city/registrations/suppliers/{row.pk}/")
    submitted_at = MomentColumn(verbose_name="提交时间")

    class Meta(GovTable.Meta):
        sequence = ("due_on", "name", "...")
        exclude = ("registered_on",)
