"""行为数据: what arrived, what is missing by voucher and service, the form that uploads (D47-5.12)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from yunquan.desks.shared import deliveries as shared
from yunquan.desks.supplier.frame import desk, own_supplier
from yunquan.journal import clock
from yunquan.kernel.calendar import local_date
from yunquan.programme import queries as programme
from yunquan.usage import access, arrivals
from yunquan.usage import queries as usage
from yunquan.vouchers import queries as vouchers
from yunquan.vouchers.lifecycle import LABELS, S

# Data is wanted from the attestation on, and after the payment too.
WANTED = (S.ATTESTED, S.VERIFIED, S.APPROVED, S.LISTED, S.ORDERED, S.PAID)
MOST_SHOWN, MOST_CASES = 10, 200


@desk
def behaviour(request: HttpRequest) -> HttpResponse:
    """What arrived, what is missing, and the upload form."""
    supplier, actor = own_supplier(request), request.actor  # type: ignore[attr-defined]
    today = local_date(clock.read())
    wanted = arrivals.working_days(programme.working_calendar(), today)
    cases, clouds = _cases(actor, supplier, wanted, today)
    form, answer = shared.upload(
        request,
        source="application",
        supplier=supplier,
        clouds=clouds,
        then=lambda row: reverse("supplier:delivery", args=[row.pk]),
    )
    if answer is not None:
        return answer
    rows = access.deliveries_visible_to(actor).order_by("-pk")[:MOST_SHOWN]
    counts = arrivals.counts(supplier.pk)
    source = access.sources_visible_to(actor).first()
    context = {
        "tiles": _tiles(counts, cases, source),
        "cases": cases,
        "days": len(wanted),
        "span": arrivals.SHOWN_DAYS,
        "form": form,
        "deliveries": [shared.shown(row) for row in rows],
        "delivery_base": reverse("supplier:behaviour"),
        "base_url": request.build_absolute_uri("/api/v1/deliveries"),
    }
    return render(
        request, "supplier/behaviour.html", context, status=422 if request.method == "POST" else 200
    )


def _tiles(counts: dict[str, int], cases: list[dict[str, Any]], source: Any) -> list[dict[str, Any]]:
    lacking = sum(1 for one in cases if one["missing"])
    pull, tone, note = "未设置", "", "可由平台定时来取"
    if source is not None:
        failing = source.is_active and source.failures
        pull = f"连续失败 {source.failures} 次" if failing else "正常" if source.is_active else "已停用"
        tone, note = "bad" if failing else "", "查看拉取结果"
    return [
        {"label": "缺数据的服务", "value": lacking, "note": f"近 {arrivals.SHOWN_DAYS} 天",
         "tone": "waiting" if lacking else ""},
        {"label": "已装入文件", "value": counts["loaded"], "note": f"其中 {counts['with_bad']} 份有坏行"},
        {"label": "待装入", "value": counts["received"], "note": "平台正在处理"},
        {"label": "未能装入", "value": counts["refused"], "note": "请看原因后重新送达",
         "tone": "bad" if counts["refused"] else ""},
        {"label": "平台拉取", "value": pull, "note": note, "tone": tone, "url": reverse("supplier:pull")},
    ]  # fmt: skip


def _cases(
    actor: Any, supplier: Any, wanted: list[Any], today: Any
) -> tuple[list[dict[str, Any]], list[str]]:
    """Each voucher and service with its cloud ends and the working days of which nothing came."""
    rows = vouchers.listed(actor).filter(state__in=WANTED).prefetch_related("lines").order_by("-pk")
    cases = list(rows[:MOST_CASES])
    ends: dict[tuple[str, int], list[str]] = {}
    for end in usage.ends_among([row.number for row in cases]):
        if end.side == "cloud":
            ends.setdefault((end.voucher, end.service), []).append(end.value)
    by_cloud = arrivals.days_by_cloud(supplier.pk, today - timedelta(days=arrivals.SHOWN_DAYS))
    found: list[dict[str, Any]] = []
    for row in cases:
        for line in row.lines.all():
            clouds = sorted(set(ends.get((row.number, line.service), ())))
            days = arrivals.covered(by_cloud, clouds)
            missing = [day for day in wanted if day not in days]
            found.append(
                {
                    "voucher": row,
                    "service": line.service_name,
                    "state": LABELS[S(row.state)],
                    "clouds": clouds,
                    "received": len(wanted) - len(missing),
                    "missing": missing,
                    "spans": _spans(missing, wanted),
                }
            )
    found.sort(key=lambda one: -len(one["missing"]))
    return found, sorted({cloud for values in ends.values() for cloud in values})


def _spans(missing: list[Any], wanted: list[Any]) -> str:
    """Missing days in words: runs of working days become 2019-06-03 至 06-06."""
    runs: list[list[Any]] = []
    for day in missing:
        at = wanted.index(day)
        if runs and at and runs[-1][-1] == wanted[at - 1]:
            runs[-1].append(day)
        else:
            runs.append([day])
    said = [f"{run[0]}" if len(run) == 1 else f"{run[0]} 至 {run[-1]:%m-%d}" for run in runs]
    return "、".join(said[:6]) + (f" 等 {len(said)} 段" if len(said) > 6 else "")


class DeliveryList(shared.DeliveryList):
    """送达记录: every file of the supplier."""

    title = "送达记录"
    search_hint = "文件名、应用域名"
    empty_title = "还没有送达行为数据"
    empty_text = "在“行为数据”页上传日志，或用接口推送、平台拉取。"


listing = desk(DeliveryList.as_view())  # type: ignore[arg-type]


@desk
def delivery(request: HttpRequest, pk: int) -> HttpResponse:
    """One delivery."""
    return shared.page(request, pk, back=reverse("supplier:behaviour"), title="行为数据")


@desk
def bad_lines(request: HttpRequest, pk: int) -> FileResponse:
    """Its bad lines as CSV."""
    return shared.bad_lines(request, pk)
