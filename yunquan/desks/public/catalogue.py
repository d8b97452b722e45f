"""服务目录: the services in their stages with pains, scenes and caps; each with the products listed for it."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from yunquan.catalogue import access as catalogue_access
from yunquan.catalogue import queries as catalogue
from yunquan.desks.public.frame import open_page, page
from yunquan.insight import evaluation_queries
from yunquan.journal import clock
from yunquan.kernel.money import format_wan
from yunquan.policy.rulebook import Rulebook, Service
from yunquan.policy.values import SIZE_LABELS
from yunquan.programme.queries import current_rulebook

PRODUCTS = 200


def cap_words(service: Service) -> str:
    """The cap in words: 每项最高 10 万元, 每台套联网设备 0.2 万元, or by size."""
    unit = "每台套联网设备" if service.counts_devices else "每项最高"
    if service.cap.amount is not None:
        return f"{unit} {format_wan(service.cap.amount)}"
    graded = service.cap.by_size or {}
    return f"{unit} " + "、".join(f"{SIZE_LABELS[size]} {format_wan(fen)}" for size, fen in graded.items())


def shown(service: Service) -> dict[str, Any]:
    """A service as the pages show it."""
    return {
        "number": service.number,
        "name": service.name,
        "stage": service.stage,
        "pains_summary": service.pains_summary,
        "pains": service.pains,
        "first_pain": service.pains[0].rstrip("；。;") + "。" if service.pains else "",
        "scenes_summary": service.scenes_summary,
        "scenes": service.scenes,
        "cap": cap_words(service),
        "cap_meaning": service.cap_meaning,
        "cap_article": service.cap_article,
        "article": service.article,
        "edition": service.edition,
        "counts_devices": service.counts_devices,
    }


def _edition(rules: Rulebook, on: date) -> dict[str, Any]:
    dated = rules.find("catalogue.edition", on)
    if dated is None:
        return {"title": "目录尚未发布", "from_on": None, "article": ""}
    return {"title": dated.value.title, "from_on": dated.from_on, "article": dated.article}


@open_page
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The edition in force, stage by stage (D47-A1.1)."""
    rules, on = current_rulebook(), clock.today()
    counts = catalogue.counts_by_service()
    edition = _edition(rules, on)
    stages = catalogue.stages(rules, on) if edition["from_on"] else {}
    ceiling = rules.find("award.cumulative_ceiling", on)
    return page(
        request,
        "catalogue",
        {
            "edition": edition,
            "stages": {
                stage: [shown(one) | {"products": counts.get(one.number, 0)} for one in services]
                for stage, services in stages.items()
            },
            "ceiling": ceiling,
        },
    )


@open_page
@require_safe
def service(request: HttpRequest, number: int) -> HttpResponse:
    """One service: pains, scenes, cap, and every listed product with its price standard (D26-2)."""
    rules, on = current_rulebook(), clock.today()
    one = catalogue.service(rules, number, on) if rules.find("catalogue.edition", on) else None
    if one is None:
        raise Http404
    rows, excellent = catalogue.listed(service=number), set(evaluation_queries.excellent_suppliers(on))
    # What excellent suppliers offer is put forward (D47-8.3).
    first = rows.filter(supplier__in=excellent)[:PRODUCTS]
    products = [*first, *rows.exclude(supplier__in=excellent)[:PRODUCTS]][:PRODUCTS]
    context = {
        "service": shown(one), "products": products, "edition": _edition(rules, on), "excellent": excellent,
    }  # fmt: skip
    return page(request, "service", context)


@open_page
@require_safe
def product(request: HttpRequest, pk: int) -> HttpResponse:
    """One listed product with its function modules and price standard (D26-2)."""
    row = catalogue_access.product_for(None, pk)
    if row is None or row.supplier.state != "registered":
        raise Http404
    one = catalogue.service(current_rulebook(), row.service, clock.today())
    modules = [module if isinstance(module, str) else str(module.get("name", "")) for module in row.modules]
    return page(request, "product", {"product": row, "modules": modules, "service": one.name if one else ""})
