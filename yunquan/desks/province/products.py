"""Products on their way into the catalogue: function modules and price standard are judged (D47-A1.2-5, D26-2)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from yunquan.catalogue import access, actions, queries
from yunquan.catalogue.lifecycle import PRODUCT
from yunquan.desks.province.frame import desk
from yunquan.desks.province.reviewing import reasons_given, reasons_kept
from yunquan.desks.province.waiting import days_left
from yunquan.desks.shared.forms import NOT_DECIDED, BaseForm, ReasonsForm, speaks_against
from yunquan.desks.shared.lists import ListPage
from yunquan.desks.shared.perform import perform, show_again
from yunquan.desks.shared.registers import PRODUCT_TONES, ProductFilter, ProductTable, past_acts, reason_words
from yunquan.journal import clock
from yunquan.kernel.calendar import local_date
from yunquan.parties.lifecycle import SUPPLIER
from yunquan.programme import queries as programme


class ProductList(ListPage):
    """Every product but drafts."""

    title = "产品"
    table_class = ProductTable
    filterset_class = ProductFilter
    search_fields = ("search_text", "name")
    search_hint = "产品、供应商（可用拼音）"
    order = ("-pk",)
    export_name = "产品"
    empty_title = "还没有产品"
    empty_text = "供应商提交产品上架后，会出现在这里。"

    def rows(self) -> QuerySet[Any]:
        return queries.products(self.request.actor).order_by()  # type: ignore[attr-defined]


class DelistForm(BaseForm):
    """Why a product leaves the catalogue."""

    reason = forms.CharField(label="下架理由", max_length=500, widget=forms.Textarea(attrs={"rows": 2}))


def _product(request: HttpRequest, pk: int) -> Any:
    product = access.product_for(request.actor, pk)  # type: ignore[attr-defined]
    if product is None:
        raise Http404
    return product


def _context(request: HttpRequest, product: Any, **more: Any) -> dict[str, Any]:
    today = local_date(clock.read())
    rules = programme.current_rulebook()
    service = queries.service(rules, product.service, today)
    registered = product.supplier.state == "registered"
    return {
        "product": product,
        "title": product.name,
        "state": PRODUCT.states[product.state],
        "tone": PRODUCT_TONES.get(product.state, ""),
        "left": days_left(programme.working_calendar(), today, product.due_on),
        "service": service,
        "modules": [part if isinstance(part, dict) else {"name": part, "text": ""} for part in product.modules],
        "checks": [
            {"passed": registered, "text": f"供应商{SUPPLIER.states[product.supplier.state]}", "article": "D47-5.3",
             "url": f"/province/suppliers/{product.supplier_id}/", "url_label": "看供应商"},
            {"passed": service is not None, "text": "应用服务在现行目录中", "article": "D47-A1.2-5"},
            {"passed": bool(product.modules), "text": f"列明功能模块 {len(product.modules)} 个", "article": "D26-2"},
            {"passed": bool(product.price_standard), "text": "列明收费标准", "article": "D26-2"},
        ],
        "codes": list(queries.RETURN_REASONS),
        "chosen": [],
        "reasons_text": "",
        "reasons_errors": [],
        "delist_form": DelistForm(),
        "offers": {row.action for row in PRODUCT.offers_to(product.state, request.actor)},  # type: ignore[attr-defined]
        "return_words": reason_words(product.return_reasons),
        "acts": past_acts(product.journal_key),
        **more,
    }  # fmt: skip


@desk
def product(request: HttpRequest, pk: int) -> HttpResponse:
    """The review screen of one product."""
    return render(request, "province/product.html", _context(request, _product(request, pk)))


@require_POST
@desk
def list_product(request: HttpRequest, pk: int) -> HttpResponse:
    """List the product."""
    row = _product(request, pk)
    if speaks_against(request.POST):
        context = _context(request, row, **reasons_kept(request, [NOT_DECIDED]))
        return show_again(request, "province/product.html", context)
    answer = perform(
        request,
        lambda: actions.list_product(product=row, by=request.actor, now=clock.read()),  # type: ignore[attr-defined]
        then="/province/products/?state=submitted",
        done=f"已上架：{row.name}。",
    )
    return answer or show_again(request, "province/product.html", _context(request, _product(request, pk)))


@require_POST
@desk
def send_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Return the product with all reasons at once."""
    row = _product(request, pk)
    form = ReasonsForm(request.POST, codes=[(r["code"], r["label"]) for r in queries.RETURN_REASONS])
    if request.POST.get("step", "") != "send_back":
        form.add_error(None, "请选择予以上架或退回补正。")
    elif form.is_valid():
        answer = perform(
            request,
            lambda: actions.send_back_product(
                product=row,
                reasons=reasons_given(form),
                by=request.actor,
                now=clock.read(),  # type: ignore[attr-defined]
            ),
            then="/province/products/?state=submitted",
            done=f"已退回：{row.name}。",
            form=form,
        )
        if answer:
            return answer
    errors = [str(message) for messages in form.errors.values() for message in messages]
    context = _context(request, _product(request, pk), **reasons_kept(request, errors))
    return show_again(request, "province/product.html", context)


@require_POST
@desk
def delist(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the product off the catalogue."""
    row = _product(request, pk)
    form = DelistForm(request.POST)
    if form.is_valid():
        answer = perform(
            request,
            lambda: actions.delist_product(
                product=row,
                reason=form.cleaned_data["reason"],
                by=request.actor,
                now=clock.read(),  # type: ignore[attr-defined]
            ),
            then=f"/province/products/{pk}/",
            done=f"已下架：{row.name}。",
            form=form,
        )
        if answer:
            return answer
    return show_again(
        request, "province/product.html", _context(request, _product(request, pk), delist_form=form)
    )
