"""供应商: registered suppliers, found by Chinese, pinyin or initials, each with its products."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_safe

from yunquan.catalogue import queries as catalogue
from yunquan.desks.public.frame import open_page, page
from yunquan.desks.shared.columns import LinkColumn, TextColumn
from yunquan.desks.shared.lists import GovTable, ListPage
from yunquan.insight import evaluation_queries
from yunquan.journal import clock
from yunquan.parties import queries as parties
from yunquan.parties import regions
from yunquan.programme.queries import current_rulebook


def services_named() -> list[tuple[str, str]]:
    """The services of today's catalogue by number and name; none before a catalogue holds."""
    rules, on = current_rulebook(), clock.today()
    if rules.find("catalogue.edition", on) is None:
        return []
    return [(str(one.number), one.name) for one in rules.services(on)]


class SupplierFilter(django_filters.FilterSet):
    """By place and by the service that a listed product serves."""

    city = django_filters.ChoiceFilter(
        label="所在地市", choices=lambda: [(one.code, one.name) for one in regions.cities()]
    )
    service = django_filters.ChoiceFilter(label="应用服务", choices=services_named, method="by_service")

    def by_service(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Suppliers with a product listed for the service."""
        return rows.filter(pk__in=catalogue.listed(service=int(value)).order_by().values("supplier"))


class PlaceColumn(TextColumn):
    """The name of a place; a supplier from outside the province says so."""

    def render(self, value: Any, record: Any) -> str:
        return self.value(value, record)

    def value(self, value: Any, record: Any) -> str:
        return regions.place_name(record.city) if record.is_in_province else "省外"


class ServicesColumn(TextColumn):
    """The names of the services a supplier offers."""

    def render(self, value: Any) -> str:
        return self.value(value)

    def value(self, value: Any) -> str:
        names = dict(services_named())
        return "、".join(names[str(number)] for number in value or () if str(number) in names) or "—"


class SupplierTable(GovTable):
    """One row a supplier; nothing of its people."""

    caption = "已注册供应商"
    name = LinkColumn(verbose_name="供应商", to=lambda row: reverse("public:supplier", args=[row.pk]))
    place = PlaceColumn(verbose_name="所在地", accessor="city", empty_values=())
    platform = TextColumn(verbose_name="所依托的平台")
    services = ServicesColumn(verbose_name="应用服务", empty_values=())


class Suppliers(ListPage):
    """The registered suppliers that an enterprise may choose from (D47-5.3)."""

    title = "供应商"
    table_class = SupplierTable
    filterset_class = SupplierFilter
    search_fields = ("search_text",)
    search_hint = "名称、拼音或首字母，如 ynzz"
    order = ("name", "pk")
    export_name = "已注册供应商"
    empty_title = "还没有已注册的供应商"
    empty_text = "供应商通过省厅审核后在这里公布。"

    def rows(self) -> QuerySet[Any]:
        return parties.public_suppliers()

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Search the way the search text is written: folded, in small letters."""
        query = request.GET.get("q", "")
        if query:
            chosen: QueryDict = request.GET.copy()
            chosen["q"] = " ".join(parties.wanted_words(query.replace("\x00", "")))
            request.GET = chosen  # type: ignore[assignment]
        return super().get(request, *args, **kwargs)


listing = open_page(Suppliers.as_view())


@open_page
@require_safe
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """One supplier with its listed products; no contact person, no telephone."""
    row = parties.public_supplier(pk)
    if row is None:
        raise Http404
    names = dict(services_named())
    products = list(catalogue.listed(supplier=row.pk))
    for product in products:
        product.service_name = names.get(str(product.service), "")
    return page(
        request,
        "supplier",
        {
            "supplier": row,
            "place": regions.place_name(row.city) if row.is_in_province else "省外",
            "services": [names[str(number)] for number in row.services if str(number) in names],
            "products": products,
            "excellent": evaluation_queries.excellent_suppliers(clock.today()).get(row.pk),
        },
    )
