"""产品: what the supplier lists, with function modules and price standard (D26-2, D47-A1.2-5)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST

from yunquan.catalogue import actions
from yunquan.catalogue import queries as catalogue
from yunquan.desks.shared import columns
from yunquan.desks.shared.lists import GovTable, ListPage
from yunquan.desks.shared.perform import perform
from yunquan.desks.shared.typed import rearranged
from yunquan.desks.supplier.asking import product_blank
from yunquan.desks.supplier.frame import desk, own_supplier
from yunquan.journal import clock
from yunquan.kernel.refusal import Refusal, Refused
from yunquan.programme import queries as programme

EDITABLE = ("draft", "returned")
STATES = {"填写中": "waiting", "待审核": "now", "已退回": "bad", "已上架": "good", "已下架": ""}


class _State(columns.TextColumn):
    def render(self, record: Any) -> str:
        said = record.lifecycle.states[record.state]
        from yunquan.desks.shared.templatetags.gov import badge

        return badge(said, STATES.get(said, ""))

    def value(self, record: Any) -> str:
        return str(record.lifecycle.states[record.state])


class ProductTable(GovTable):
    """The supplier's products."""

    caption = "产品列表"
    name = columns.LinkColumn(
        verbose_name="产品名称",
        to=lambda record: reverse("supplier:product", args=[record.pk]),
        empty_values=(),
    )
    service = columns.CountColumn(verbose_name="目录序号", default="—")
    price_from_fen = columns.MoneyColumn(verbose_name="起价（元）", default="—")
    state = _State(verbose_name="进度")
    listed_on = columns.DayColumn(verbose_name="上架日期", default="—")

    def render_name(self, value: Any, record: Any, column: Any) -> str:
        return columns.LinkColumn.render(column, value or "（未命名）", record)

    def value_name(self, value: Any) -> str:
        return value or "（未命名）"


class ProductList(ListPage):
    """产品."""

    title = "产品"
    table_class = ProductTable
    search_fields = ("name",)
    search_hint = "产品名称"
    order = ("-pk",)
    export_name = "产品"
    empty_title = "还没有产品"
    empty_text = "新建产品，写明功能模块和收费标准，随注册申请一起提交上架。"
    template_name = "supplier/products.html"

    def rows(self) -> QuerySet[Any]:
        return catalogue.own_products(self.request.actor)  # type: ignore[attr-defined]


listing = desk(ProductList.as_view())  # type: ignore[arg-type]


@require_POST
@desk
def start(request: HttpRequest) -> HttpResponse:
    """Open a draft of a product."""
    supplier, now = own_supplier(request), clock.read()
    by = request.actor  # type: ignore[attr-defined]
    answer = perform(
        request,
        lambda: actions.draft_product(supplier=supplier, by=by, now=now),
        then=lambda row: reverse("supplier:product", args=[row.pk]),
    )
    return answer or HttpResponseRedirect(reverse("supplier:products"))


@desk
def product(request: HttpRequest, pk: int) -> HttpResponse:
    """One product: its form while it can be changed, else what was submitted or listed."""
    row, now = _own(request, pk), clock.read()
    rules = programme.current_rulebook()
    services = rules.services(clock.today())
    names = {one.number: one.name for one in services}
    context = {
        "product": row,
        "service": names.get(row.service, ""),
        "state": row.lifecycle.states[row.state],
        "tone": STATES.get(row.lifecycle.states[row.state], ""),
        "reasons": row.return_reasons,
        "offers": [one.action for one in row.lifecycle.offers(row.state, request.actor.role)],  # type: ignore[attr-defined]
    }
    if row.state not in EDITABLE:
        if request.method == "POST":
            messages.info(request, f"产品现在是“{context['state']}”，没有重复办理。")
            return HttpResponseRedirect(request.path)
        return render(request, "supplier/product.html", context)
    blank, typed, moved = product_blank(services), dict(row.typed), False
    problems: list[Refusal] = []
    by = request.actor  # type: ignore[attr-defined]
    if isinstance(typed.get("modules"), str):
        typed["modules"] = []
    if request.method == "POST":
        heard, problems = blank.read(request)
        moved = rearranged(request, heard, {"modules": {}})
        try:
            actions.save_product(product=row, typed=heard, by=by, now=now)
        except Refused as refused:
            problems += refused.refusals
        typed |= heard
        if not problems and not moved and "submit" not in request.POST:
            messages.success(request, "草稿已保存，尚未提交上架。")
            return HttpResponseRedirect(request.path)
    form = blank.form(typed, org=by.org, once=request.POST.get("once", ""))
    status = 200
    if problems:
        form.add_refusals(problems)
        status = 422
    elif request.method == "POST" and not moved:
        answer = perform(
            request,
            lambda: actions.submit_product(
                product=row, by=by, now=now, rules=rules, calendar=programme.working_calendar()
            ),
            then=reverse("supplier:products"),
            done="产品已提交，等待省厅审核。",
            form=form,
        )
        if answer is not None:
            return answer
        status = 422
    return render(request, "supplier/product_form.html", context | {"form": form}, status=status)


@require_POST
@desk
def delist(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a listed product off the catalogue, saying why."""
    row, now = _own(request, pk), clock.read()
    by, reason = request.actor, request.POST.get("reasons", "")  # type: ignore[attr-defined]
    place = reverse("supplier:product", args=[pk])
    answer = perform(
        request,
        lambda: actions.delist_product(product=row, reason=reason, by=by, now=now),
        then=place,
        done="产品已下架。",
    )
    return answer or HttpResponseRedirect(place)


def _own(request: HttpRequest, pk: int) -> Any:
    row = catalogue.own_products(request.actor).select_related("supplier").filter(pk=pk).first()  # type: ignore[attr-defined]
    if row is None:
        raise Http404
    return row
