"""抽查, the expert's side: my visits, and one visit from the rules of conduct to the signatures.

Made for a telephone and for places without network: every step is a plain form, and where scripts run the page
keeps what is entered on the device and sends it when there is a network.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from yunquan.desks.expert import visit_ops, visit_sheets
from yunquan.desks.expert.frame import desk
from yunquan.desks.shared.inspections import visit_pages
from yunquan.desks.shared.perform import perform
from yunquan.evidence.taking import MOST_BYTES
from yunquan.inspections import access, visit_queries
from yunquan.inspections.actions import appointing, sheets, visiting
from yunquan.inspections.actions.sheets import Sent
from yunquan.inspections.sheet_fields import fields
from yunquan.inspections.sheet_papers import shown_rows
from yunquan.journal import clock
from yunquan.journal import queries as journal
from yunquan.kernel.calendar import SHANGHAI, local_date
from yunquan.kernel.refusal import Refusal, Refused
from yunquan.policy.regimes.forms import PARTIES

LATELY = timedelta(days=30)
STEPS = ("presence", "leave", "conduct", "begin", "close", "dispute", "obstruct", "absent", "sign")
DONE = {
    "presence": "已登记到场。", "leave": "已登记离场。", "conduct": "行为规范已确认。", "begin": "检查开始。",
    "close": "抽查表已定稿，请各方签字。", "dispute": "异议已记录。", "obstruct": "已登记不配合。",
    "absent": "已登记供应商缺席。", "sign": "签字已保存。",
}  # fmt: skip


@desk
def listing(request: HttpRequest) -> HttpResponse:
    """My visits: today's first, then what comes, then what is done."""
    actor, now = request.actor, clock.read()  # type: ignore[attr-defined]
    today = local_date(now)
    rows = visit_queries.of_expert(actor)
    days: dict[str, list[dict[str, Any]]] = {"今天": [], "接下来": [], "近来": []}
    for row in rows:
        day = local_date(row.starts_at)
        is_open = row.state in visit_queries.COMING
        name = (
            "今天"
            if day == today and row.state != "cancelled"
            else "接下来"
            if day > today and is_open
            else "近来"
        )
        if name == "近来" and not is_open and row.starts_at < now - LATELY:
            continue
        days[name].append(visit_pages.head(row) | {"late": is_open and day < today})
    days["近来"].reverse()
    context = {
        "days": days,
        "any": any(days.values()),
        "notices": journal.inbox([actor.person], limit=5),
        "keep": [f"/expert/visits/{row.pk}/" for row in rows if row.state in visit_queries.COMING],
    }
    return render(request, "expert/visits.html", context)


def _mine(request: HttpRequest, pk: int) -> Any:
    visit = access.visit_for(request.actor, pk) if pk < 2**31 else None  # type: ignore[attr-defined]
    if visit is None or visit.state == "planned":
        raise Http404
    return visit


@desk
def visit(request: HttpRequest, pk: int) -> HttpResponse:
    """One visit: who is there, the sheets, photographs, disputes, closing and signatures."""
    return _shown(request, _mine(request, pk))


def _shown(
    request: HttpRequest, row: Any, *, faults: Sequence[Refusal] = (), typed: Any = None
) -> HttpResponse:
    actor, now = request.actor, clock.read()  # type: ignore[attr-defined]
    lines = visiting.conduct_lines(row)
    live = visit_queries.live_sheets(row)
    present = visit_queries.regime_value(row.plan, f"present.{row.table}").value
    placed = {f"s{sheet.pk}-{name}" for sheet in live for name in fields(sheet.rows)}
    wanted = visit_pages.signatures(row)
    there = {one.party for one in row.presences.all() if one.left_at is None}
    context = visit_pages.head(row) | {
        "now": now,
        "open": row.state in visiting.OPEN,
        "conduct_lines": lines,
        "conduct_done": actor.person in row.conduct,
        "presences": [
            {"row": one, "label": PARTIES.get(one.party, one.party)} for one in row.presences.order_by("pk")
        ],
        "parties": [(one, PARTIES[one]) for one in (*present.must, *present.may, *present.never)],
        "still": [PARTIES[one] for one in present.must if one not in there],
        "sheets": [
            visit_sheets.drawn(
                sheet, faults, typed if isinstance(typed, dict) and typed.get("sheet") == sheet.pk else None
            )
            for sheet in live
        ],
        "read": [{"sheet": one, "voucher": one.inspection.voucher, "rows": shown_rows(one)} for one in live],
        "closed": bool(visit_queries.current_hash(row)),
        "digest": visit_queries.current_hash(row),
        "photos": list(row.photos.order_by("pk")),
        "wanted": wanted,
        "own": f"{seat.expert.speciality}_expert" if (seat := visit_queries.seat_of(row, actor)) else "",
        "person": actor.person,
        "may_be_absent": "supplier" in {one["party"] for one in wanted if one["signature"] is None}
        and bool(visit_queries.regime_find(row.plan, "absent_supplier_accepts"))
        and "supplier" not in {one.party for one in row.presences.all()},
        "faults": [one for one in faults if one.field not in placed],
        "all_faults": faults,
        "once": secrets.token_urlsafe(18),
        "voiced": {one.field: one for one in faults},
    }
    return render(request, "expert/visit.html", context, status=422 if faults else 200)


@desk
@require_POST
def step(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """One step sent as a plain form."""
    row = _mine(request, pk)
    if kind not in STEPS:
        raise Http404
    posted = request.POST.dict() | {
        "lines": request.POST.getlist("lines"),
        "key": request.POST.get("once", "")[:40],
    }
    now = clock.read()
    faults: list[Refusal] = []

    def call() -> None:
        try:
            visit_ops.one(row, kind, posted, by=request.actor, now=now)  # type: ignore[attr-defined]
        except Refused as refused:
            faults.extend(refused.refusals)
            raise

    answer = perform(request, call, then=f"/expert/visits/{pk}/", done=DONE[kind])
    if answer:
        return answer
    _quiet(request)
    row.refresh_from_db()
    return _shown(request, row, faults=faults)


def _quiet(request: HttpRequest) -> None:
    """The refusals stand beside their fields and in the summary; said once is enough."""
    list(messages.get_messages(request))


@desk
@require_POST
def sheet(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """A whole sheet sent as a plain form: what differs from what the page showed becomes entries."""
    row, actor, now = _mine(request, pk), request.actor, clock.read()  # type: ignore[attr-defined]
    found = next((one for one in visit_queries.live_sheets(row) if one.pk == number), None)
    if found is None:
        raise Http404
    entries, typed = _typed(request, found, first=visit_queries.next_number(found, f"form-{actor.person}"))
    try:
        said = sheets.take_entries(
            visit=row, device=f"form-{actor.person}"[:40], entries=entries, by=actor, now=now
        )
    except Refused as refused:
        row.refresh_from_db()
        return _shown(request, row, faults=refused.refusals, typed=typed)
    named = {one.key: one.row for one in entries}
    faults = [
        Refusal("bad_value", why, "D108-3.3", field=f"s{number}-{named[key]}")
        for key, why in said.items()
        if why
    ]
    if faults:
        return _shown(request, row, faults=faults, typed=typed)
    messages.success(request, f"已保存 {len(entries)} 处修改。" if entries else "没有修改。")
    return HttpResponseRedirect(f"/expert/visits/{pk}/#sheet-{number}")


def _typed(request: HttpRequest, found: Any, *, first: int) -> tuple[list[Sent], dict[str, Any]]:
    stem, once = f"s{found.pk}-", request.POST.get("once", "")[:24]
    entries: list[Sent] = []
    typed: dict[str, Any] = {"sheet": found.pk}
    for name, field in fields(found.rows).items():
        was = request.POST.get(f"was-{stem}{name}")
        if field.kind == "tick":
            value: Any = f"{stem}{name}" in request.POST
            before: Any = was == "1"
        else:
            value, before = request.POST.get(f"{stem}{name}", "").replace("\r\n", "\n"), was or ""
        typed[name] = value
        if value != before:
            number = first + len(entries)
            entries.append(
                Sent(key=f"{once}{number}"[-40:], sheet=found.pk, row=name, value=value, number=number)
            )
    return entries, typed


@desk
@require_POST
def sync(request: HttpRequest, pk: int) -> JsonResponse:
    """A device's queue: each op answered for itself, and what the page has to know."""
    row, now = _mine(request, pk), clock.read()
    if _of_another(request):
        return JsonResponse({"error": "这些内容是另一个人填写的。"}, status=409)
    try:
        device, ops = visit_ops.queue(request.body)
    except visit_ops.BadQueue as bad:
        return JsonResponse({"error": str(bad)}, status=400)
    outcomes = visit_ops.take(row, device, ops, by=request.actor, now=now)  # type: ignore[attr-defined]
    row.refresh_from_db()
    return JsonResponse({"outcomes": outcomes} | _state(request, row))


def _of_another(request: HttpRequest) -> bool:
    """Whether a device sends what someone else entered before this person logged in on it."""
    return request.headers.get("X-Person", request.actor.person) != request.actor.person  # type: ignore[attr-defined]


@desk
@require_GET
def state(request: HttpRequest, pk: int) -> JsonResponse:
    """What a page that was kept on the device has to know once there is a network again."""
    return JsonResponse(_state(request, _mine(request, pk)))


def _state(request: HttpRequest, row: Any) -> dict[str, Any]:
    live = visit_queries.live_sheets(row)
    return {
        "now": clock.read().isoformat(timespec="milliseconds"),
        "person": request.actor.person,  # type: ignore[attr-defined]
        "csrf": get_token(request),
        "state": row.state,
        "closed": bool(visit_queries.current_hash(row)),
        "findings": {str(one.pk): visit_queries.findings(one) for one in live},
        "conflicts": visit_sheets.conflicts(live),
    }


@desk
@require_POST
def photos(request: HttpRequest, pk: int) -> HttpResponse:
    """A photograph, from a form or from a device's queue (which asks for JSON)."""
    row, now = _mine(request, pk), clock.read()
    wants_json = request.headers.get("Accept", "").startswith("application/json")
    if _of_another(request):
        return JsonResponse({"error": "这张照片是另一个人拍的。"}, status=409)
    sent = request.FILES.get("photo")
    faults: Sequence[Refusal] = ()
    if sent is None:
        faults = [Refusal("photo_missing", "请选择照片。", "D108-3.3", field="photo")]
    else:
        try:
            visiting.take_photo(
                visit=row, key=request.POST.get("key") or request.POST.get("once") or secrets.token_hex(12),
                content=sent.read(MOST_BYTES + 1), name=sent.name or "照片.jpg", row=request.POST.get("row", ""),
                caption=request.POST.get("caption", ""), by=request.actor, now=now,  # type: ignore[attr-defined]
            )  # fmt: skip
        except Refused as refused:
            faults = refused.refusals
    if wants_json:
        said = [{"message": one.message, "mend": one.mend, "field": one.field} for one in faults]
        told = {"refused": said, "now": clock.read().isoformat(timespec="milliseconds")}
        return JsonResponse(told, status=422 if said else 200)
    if faults:
        return _shown(request, row, faults=faults)
    messages.success(request, "照片已保存。")
    return HttpResponseRedirect(f"/expert/visits/{pk}/#photos")


@desk
@require_POST
def recuse(request: HttpRequest, pk: int) -> HttpResponse:
    """I withdraw from this panel."""
    row, now = _mine(request, pk), clock.read()
    seat = visit_queries.seat_of(row, request.actor)  # type: ignore[attr-defined]
    if seat is None:
        raise Http404
    reason = request.POST.get("reason", "")
    answer = perform(
        request,
        lambda: appointing.recuse(visit=row, expert=seat.expert, reason=reason, by=request.actor, now=now),  # type: ignore[attr-defined]
        then="/expert/visits/",
        done="已登记回避，由顺位在后的专家接替。",
    )
    return answer or HttpResponseRedirect(f"/expert/visits/{pk}/")


@desk
@require_GET
def calendar(request: HttpRequest) -> HttpResponse:
    """My visits for the telephone's calendar."""
    rows = [row for row in visit_queries.of_expert(request.actor) if row.state in visit_queries.COMING]  # type: ignore[attr-defined]
    return visit_pages.calendar_file(rows, now=clock.read().astimezone(SHANGHAI))
