"""Lists and sheets that several official desks show alike: vouchers, enterprises, suppliers, one voucher."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import django_filters as filters
from django.db.models import QuerySet

from yunquan.catalogue.lifecycle import PRODUCT
from yunquan.desks.shared import columns, journey
from yunquan.desks.shared.acts import act_label
from yunquan.desks.shared.desk import HOME
from yunquan.desks.shared.forms import DAY_FORMATS
from yunquan.desks.shared.lists import GovTable, ListPage
from yunquan.desks.shared.widgets import DayInput
from yunquan.journal import queries as journal
from yunquan.kernel.workflow import Actor
from yunquan.parties import queries as parties
from yunquan.parties import regions
from yunquan.parties.lifecycle import ENTERPRISE, SUPPLIER
from yunquan.policy.roles import Role
from yunquan.programme import queries as programme
from yunquan.usage import queries as usage
from yunquan.vouchers import queries as vouchers
from yunquan.vouchers import searching, sharing
from yunquan.vouchers.lifecycle import LABELS

CITY_CHOICES = [(city.code, city.name) for city in regions.cities()]
SIZES = {"large": "大型", "medium": "中型", "small": "小型", "micro": "微型"}
VOUCHER_TONES = {
    **dict.fromkeys(("paid", "issued", "approved", "listed"), "good"),
    **dict.fromkeys(("rejected", "refused", "lapsed", "expired", "recovered", "revoked"), "bad"),
    **dict.fromkeys(("returned", "claim_returned"), "waiting"),
    **dict.fromkeys(("submitted", "confirmed", "claimed", "attested", "verified", "ordered"), "now"),
}
PARTY_TONES = {
    "registered": "good", "rejected": "bad", "returned": "waiting", "submitted": "now",
    "city_check": "now", "province_review": "now", "expert_review": "now",
}  # fmt: skip
PRODUCT_TONES = {"listed": "good", "submitted": "now", "returned": "waiting", "delisted": "bad"}


def place(city: str, county: str = "") -> str:
    """A city, with its county where there is one."""
    return regions.place_name(city) + (f" {regions.place_name(county)}" if county else "")


class StateLabel(columns.StateColumn):
    """The state of a thing in the words of its life cycle."""

    def __init__(self, *args: Any, labels: Mapping[Any, str], **kwargs: Any) -> None:
        self.labels = {str(state): label for state, label in labels.items()}
        super().__init__(*args, **kwargs)

    def render(self, value: Any, record: Any, bound_column: Any) -> str:
        return super().render(self.labels.get(str(value), value), record, bound_column)

    def value(self, value: Any) -> Any:
        return self.labels.get(str(value), value)


class PlaceColumn(columns.TextColumn):
    """A region code as a name."""

    def render(self, value: Any) -> str:
        return regions.place_name(str(value)) or "—"

    def value(self, value: Any) -> Any:
        return regions.place_name(str(value or ""))


class ServicesColumn(columns.TextColumn):
    """The services of a voucher: the first and how many in the list, all of them in an export."""

    def render(self, value: Any) -> str:
        return journey.services_said(list(value.all()))

    def value(self, value: Any) -> str:
        return "、".join(line.service_name for line in value.all())


class YesColumn(columns.TextColumn):
    """Yes or no in words."""

    def render(self, value: Any) -> str:
        return "是" if value else "否"

    def value(self, value: Any) -> Any:
        return "是" if value else "否"


class DayFilter(filters.DateFilter):
    """A day of a filter bar, typed or picked."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, widget=DayInput(), input_formats=DAY_FORMATS, **kwargs)


def _cycle_choices() -> list[tuple[str, str]]:
    return [(row.code, row.name) for row in programme.open_cycles()]


def by_city_and_state(states: Mapping[str, str]) -> type[filters.FilterSet]:
    """A filter bar by city and by the states of one life cycle."""
    chosen = {
        "city": filters.ChoiceFilter(label="地市", choices=CITY_CHOICES),
        "state": filters.ChoiceFilter(label="状态", choices=list(states.items())),
    }
    return type("ByCityAndState", (filters.FilterSet,), chosen)


class VoucherTable(GovTable):
    """Vouchers of a whole scope."""

    caption = "服务券"
    number = columns.LinkColumn(verbose_name="券号", to=lambda row: f"{row.number}/")
    city = PlaceColumn(verbose_name="地市")
    enterprise = columns.TextColumn(verbose_name="企业", accessor="enterprise__name")
    supplier = columns.TextColumn(verbose_name="供应商", accessor="supplier__name")
    face_fen = columns.MoneyColumn(verbose_name="奖补（元）")
    bonus_fen = columns.MoneyColumn(verbose_name="贯标奖补（元）")
    state = StateLabel(verbose_name="进度", labels=LABELS, tones=VOUCHER_TONES)
    applied_on = columns.DayColumn(verbose_name="申领日期")
    due_on = columns.DayColumn(verbose_name="办理期限")

    class Meta(GovTable.Meta): ...


class VoucherFilter(filters.FilterSet):
    """City, state, cycle and days of application."""

    city = filters.ChoiceFilter(label="地市", choices=CITY_CHOICES)
    state = filters.ChoiceFilter(label="进度", choices=[(str(state), text) for state, text in LABELS.items()])
    cycle = filters.ChoiceFilter(label="周期", field_name="cycle__code", choices=_cycle_choices)
    since = DayFilter(label="申领自", field_name="applied_on", lookup_expr="gte")
    until = DayFilter(label="申领至", field_name="applied_on", lookup_expr="lte")


class VoucherSearch(ListPage):
    """A list of vouchers, searched by number, parties and contract through the index of character pairs."""

    search_fields = ("search_text",)

    def found(self, rows: QuerySet[Any], words: list[str]) -> QuerySet[Any]:
        actor = self.request.actor  # type: ignore[attr-defined]
        return searching.sought(rows, actor=actor, words=words, latest=self.latest_shown(rows))


class VoucherList(VoucherSearch):
    """All vouchers in the person's scope."""

    title = "服务券"
    table_class = VoucherTable
    filterset_class = VoucherFilter
    search_hint = "券号、企业、供应商（可用拼音）"
    order = ("-pk",)
    export_name = "服务券"
    empty_title = "还没有服务券"
    empty_text = "企业提交申领后，会出现在这里。"

    def rows(self) -> QuerySet[Any]:
        return vouchers.listed(self.request.actor)  # type: ignore[attr-defined]


class EnterpriseTable(GovTable):
    """Registrations of enterprises."""

    caption = "企业"
    name = columns.LinkColumn(verbose_name="企业名称", to=lambda row: f"{row.pk}/")
    uscc = columns.TextColumn(verbose_name="统一社会信用代码")
    city = PlaceColumn(verbose_name="地市")
    county = PlaceColumn(verbose_name="县区")
    industry = columns.TextColumn(verbose_name="行业")
    revenue_fen = columns.MoneyColumn(verbose_name="上年度主营收入（元）")
    state = StateLabel(verbose_name="注册状态", labels=ENTERPRISE.states, tones=PARTY_TONES)
    submitted_at = columns.MomentColumn(verbose_name="提交时间")
    due_on = columns.DayColumn(verbose_name="审核期限")

    class Meta(GovTable.Meta): ...


class EnterpriseFilter(filters.FilterSet):
    """City and state."""

    city = filters.ChoiceFilter(label="地市", choices=CITY_CHOICES)
    state = filters.ChoiceFilter(label="注册状态", choices=list(ENTERPRISE.states.items()))
    overdue = DayFilter(label="审核期限早于", field_name="due_on", lookup_expr="lt")


class EnterpriseList(ListPage):
    """All enterprises in the person's scope."""

    title = "企业"
    table_class = EnterpriseTable
    filterset_class = EnterpriseFilter
    search_fields = ("search_text", "uscc", "name")
    search_hint = "企业名称、信用代码（可用拼音）"
    order = ("-pk",)
    export_name = "企业"
    empty_title = "还没有企业注册"
    empty_text = "企业在平台注册后，会出现在这里。"

    def rows(self) -> QuerySet[Any]:
        return parties.enterprises(self.request.actor).order_by()  # type: ignore[attr-defined]


class SupplierTable(GovTable):
    """Registrations of suppliers."""

    caption = "供应商"
    name = columns.LinkColumn(verbose_name="供应商名称", to=lambda row: f"{row.pk}/")
    uscc = columns.TextColumn(verbose_name="统一社会信用代码")
    is_in_province = YesColumn(verbose_name="省内")
    city = PlaceColumn(verbose_name="地市")
    platform = columns.TextColumn(verbose_name="所依托的平台")
    in_resource_pool = YesColumn(verbose_name="供给资源池")
    is_pilot = YesColumn(verbose_name="试点单位")
    state = StateLabel(verbose_name="注册状态", labels=SUPPLIER.states, tones=PARTY_TONES)
    submitted_at = columns.MomentColumn(verbose_name="提交时间")
    registered_on = columns.DayColumn(verbose_name="注册日期")

    class Meta(GovTable.Meta): ...


class SupplierFilter(filters.FilterSet):
    """City, state, resource pool."""

    city = filters.ChoiceFilter(label="地市", choices=CITY_CHOICES)
    state = filters.ChoiceFilter(label="注册状态", choices=list(SUPPLIER.states.items()))
    is_in_province = filters.TypedChoiceFilter(
        label="省内", choices=[("yes", "省内"), ("no", "省外")], coerce=lambda text: text == "yes"
    )


class SupplierList(ListPage):
    """All suppliers in the person's scope."""

    title = "供应商"
    table_class = SupplierTable
    filterset_class = SupplierFilter
    search_fields = ("search_text", "uscc", "name")
    search_hint = "供应商名称、信用代码（可用拼音）"
    order = ("-pk",)
    export_name = "供应商"
    empty_title = "还没有供应商注册"
    empty_text = "供应商在平台注册后，会出现在这里。"

    def rows(self) -> QuerySet[Any]:
        return parties.suppliers(self.request.actor).order_by()  # type: ignore[attr-defined]


class ProductTable(GovTable):
    """Suppliers' products."""

    caption = "产品"
    name = columns.LinkColumn(verbose_name="产品名称", to=lambda row: f"{row.pk}/")
    supplier = columns.TextColumn(verbose_name="供应商", accessor="supplier__name")
    service = columns.CountColumn(verbose_name="目录序号")
    price_standard = columns.TextColumn(verbose_name="收费标准")
    price_from_fen = columns.MoneyColumn(verbose_name="起价（元）")
    state = StateLabel(verbose_name="状态", labels=PRODUCT.states, tones=PRODUCT_TONES)
    submitted_at = columns.MomentColumn(verbose_name="提交时间")
    due_on = columns.DayColumn(verbose_name="审核期限")

    class Meta(GovTable.Meta): ...


class ProductFilter(filters.FilterSet):
    """State and service."""

    state = filters.ChoiceFilter(label="状态", choices=list(PRODUCT.states.items()))
    service = filters.NumberFilter(label="目录序号")


# One voucher, read only


def past_acts(obj: str, *, with_refused: bool = False) -> list[dict[str, Any]]:
    """The acts on one object with names and words, oldest first."""
    acts = journal.history(obj, with_refused=with_refused)
    names = parties.person_names([act["actor"].partition(";")[0] for act in acts])
    return [
        {
            "seq": act["seq"],
            "at": act["at"],
            "label": act_label(act["act"]),
            "who": names.get(act["actor"].partition(";")[0], act["actor"]) + _entrusted(act["actor"]),
            "articles": cited(act["why"]),
            "refused": act["res"] == "refused",
            "reasons": said_reasons(act["payload"]),
        }
        for act in acts
    ]


def _entrusted(actor: str) -> str:
    """For whom an operator's person acted, as the log says it (D47-7)."""
    operator = actor.partition(";operator=")[2]
    return f"（{operator}受托办理）" if operator else ""


def cited(why: str) -> str:
    """The articles among what an entry gives as its grounds, for the article tag."""
    words = (word.partition(":")[0] for word in why.split())
    return ",".join(dict.fromkeys(word for word in words if word[:1] == "D" and "-" in word))


def said_reasons(payload: Mapping[str, Any]) -> list[str]:
    """The reasons that a payload holds, as words."""
    found = payload.get("reasons") or payload.get("reason") or []
    listed = found if isinstance(found, list) else [found]
    return [_words(one) for one in listed if one]


def _words(reason: Any) -> str:
    if not isinstance(reason, Mapping):
        return str(reason)
    label, text = str(reason.get("label", "")), str(reason.get("text", ""))
    said = f"{label}：{text}" if label and text else label or text
    if reason.get("flagged"):
        why = reason.get("why_late")
        said += f"（首次退回时即可发现{f'；当时没有告知的原因：{why}' if why else ''}）"
    return said


def reason_words(reasons: Iterable[Any]) -> list[str]:
    """Stored reasons as words."""
    return [_words(reason) for reason in reasons or ()]


def voucher_sheet(voucher: Any, *, actor: Actor, now: datetime, with_refused: bool = False) -> dict[str, Any]:
    """Everything an official reads of one voucher; the template is shared/voucher_sheet.html."""
    evidence = vouchers.evidence_of(voucher)
    verdicts = usage.verdicts_of(voucher.number)
    lines = list(vouchers.lines_of(voucher))
    return {
        "voucher": voucher,
        "title": f"{voucher.enterprise.name}　{voucher.number}",
        "state": LABELS.get(voucher.state, voucher.state),
        "tone": VOUCHER_TONES.get(voucher.state, ""),
        "region": place(voucher.city, voucher.county),
        "left": vouchers.working_days_left(voucher, now),
        "steps": journey.steps_of(voucher, lines),
        "lines": lines,
        "award": journey.award_shown(voucher.explanation),
        "return_words": reason_words(voucher.return_reasons),
        "invoices": evidence["invoices"],
        "proofs": evidence["proofs"],
        "ends": sharing.ends_seen(voucher),
        "ends_url": f"{HOME[Role(actor.role)]}vouchers/{voucher.number}/ends/",
        "verdicts": [{"row": row, "words": reason_words(row.reasons)} for row in verdicts],
        "acts": past_acts(voucher.journal_key, with_refused=with_refused),
    }


def enterprise_sheet(row: Any) -> dict[str, Any]:
    """What an official reads of one enterprise."""
    return {
        "enterprise": row,
        "title": row.name,
        "state": ENTERPRISE.states[row.state],
        "tone": PARTY_TONES.get(row.state, ""),
        "region": place(row.city, row.county),
        "strikes": parties.strikes(row),
        "return_words": reason_words(row.return_reasons),
        "acts": past_acts(row.journal_key),
    }
