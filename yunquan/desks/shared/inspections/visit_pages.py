"""Parts that every desk's pages of a visit have: the papers, the photographs, who comes, the calendar file."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from urllib.parse import quote

from django.http import Http404, HttpRequest, HttpResponse

from yunquan.desks.shared.files import HEADERS
from yunquan.evidence import previews
from yunquan.inspections import visit_queries
from yunquan.inspections.lifecycle import VISIT
from yunquan.inspections.sheet_papers import blank_pdf, visit_pdf, visit_xlsx
from yunquan.inspections.visit_words import to_prepare
from yunquan.kernel.workflow import Actor
from yunquan.papers.calendars import CONTENT_TYPE, Event, calendar
from yunquan.parties.regions import place_name
from yunquan.policy.regimes.forms import MODES, PARTIES, TABLES

TONES = {
    "planned": "", "noticed": "now", "under_way": "waiting", "signed": "good", "obstructed": "bad", "cancelled": "",
}  # fmt: skip
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def visit_or_404(request: HttpRequest, pk: int) -> Any:
    """A visit that the person may see."""
    row = visit_queries.visit_of_party(request.actor, pk) if pk < 2**31 else None  # type: ignore[attr-defined]
    if row is None:
        raise Http404
    return row


def whom(visit: Any) -> str:
    """Whom a visit goes to."""
    firm = visit.supplier if visit.table == "finance" else visit.enterprise
    return str(firm.name)


def head(visit: Any, actor: Actor | None = None) -> dict[str, Any]:
    """What every page of a visit shows at its head; with an actor, of what is inspected its own alone."""
    present = visit_queries.regime_value(visit.plan, f"present.{visit.table}")
    return {
        "visit": visit,
        "title": f"{TABLES[visit.table]}：{whom(visit)}",
        "whom": whom(visit),
        "state_label": VISIT.states[visit.state],
        "tone": TONES[visit.state],
        "mode_label": MODES[visit.mode],
        "table_label": TABLES[visit.table],
        "city_label": place_name(visit.city),
        "panel": visit_queries.panel(visit),
        "inspections": inspected(visit, actor),
        "prepare": to_prepare(visit),
        "must": [PARTIES[one] for one in present.value.must],
        "may": [PARTIES[one] for one in present.value.may],
        "never": [PARTIES[one] for one in present.value.never],
        "present_article": present.article,
    }


def inspected(visit: Any, actor: Actor | None) -> list[Any]:
    """What a visit inspects, as far as an actor may know."""
    if actor is None:
        return list(visit.inspections.all())
    return list(visit_queries.inspections_for(actor, visit))


def signatures(visit: Any) -> list[dict[str, Any]]:
    """Who signs, and what was signed, with the picture's lines for those who drew."""
    rows = []
    for one in visit_queries.wanted_signatures(visit):
        signature = one["signature"]
        lines = [_line(stroke) for stroke in signature.strokes] if signature is not None else []
        rows.append({**one, "lines": lines, "box": _box(signature.strokes) if lines else ""})
    return rows


def _line(stroke: list[int]) -> str:
    points = [f"{stroke[at]},{stroke[at + 1]}" for at in range(0, len(stroke) - 1, 2)]
    return " ".join(points * (2 if len(points) == 1 else 1))


def _box(strokes: list[list[int]]) -> str:
    xs, ys = [x for one in strokes for x in one[::2]], [y for one in strokes for y in one[1::2]]
    return f"{min(xs) - 6} {min(ys) - 6} {max(xs) - min(xs) + 12} {max(ys) - min(ys) + 12}"


def table_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """The check table as it stands; `?sheet=` names one of several on-site sheets."""
    visit = visit_or_404(request, pk)
    sheets = visit_queries.sheets_for(request.actor, visit)  # type: ignore[attr-defined]
    if not sheets:
        raise Http404
    wanted = request.GET.get("sheet", "")
    sheet = next((one for one in sheets if str(one.pk) == wanted), sheets[0])
    return _file(visit_pdf(visit, sheet), f"抽查表-{visit.pk}.pdf", "application/pdf")


def table_xlsx(request: HttpRequest, pk: int) -> HttpResponse:
    """Every row of the visit's sheets as a spreadsheet."""
    visit = visit_or_404(request, pk)
    return _file(visit_xlsx(visit), f"抽查表-{visit.pk}.xlsx", XLSX)


def blank(request: HttpRequest, pk: int) -> HttpResponse:
    """The official form of the visit's table with nothing in it."""
    visit = visit_or_404(request, pk)
    return _file(blank_pdf(visit.plan, visit.table), f"空白抽查表-{visit.pk}.pdf", "application/pdf")


def photo(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """A photograph, drawn anew by the confined process; the upload itself is never sent."""
    visit = visit_or_404(request, pk)
    row = visit.photos.filter(pk=number).select_related("file").first() if number < 2**31 else None
    if row is None:
        raise Http404
    return _picture(row.file, 1)


def paper(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """A page of the scanned paper table."""
    visit = visit_or_404(request, pk)
    if visit.paper is None:
        raise Http404
    return _picture(visit.paper, number)


def _picture(file: Any, page: int) -> HttpResponse:
    try:
        picture = previews.page_png(file, page=page)
    except previews.PreviewError as unseen:
        raise Http404 from unseen
    response = HttpResponse(picture, content_type="image/png")
    for name, value in HEADERS.items():
        response.headers[name] = value
    return response


def _file(content: bytes, name: str, kind: str) -> HttpResponse:
    response = HttpResponse(content, content_type=kind)
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    return response


def calendar_file(visits: Iterable[Any], *, now: datetime, actor: Actor | None = None) -> HttpResponse:
    """Visits as an iCalendar file, to be taken into a telephone's calendar."""
    events = [
        Event(
            uid=f"visit-{visit.pk}",
            sequence=visit.version,
            starts_at=visit.starts_at,
            ends_at=visit.ends_at,
            title=f"{TABLES[visit.table]}：{whom(visit)}",
            place=visit.place,
            text=f"服务券 {'、'.join(row.voucher.number for row in inspected(visit, actor))}。"
            f"请准备：{'；'.join(to_prepare(visit))}",
            is_tentative=visit.state == "planned",
        )
        for visit in visits
    ]
    response = HttpResponse(calendar(events, name="抽查安排", now=now), content_type=CONTENT_TYPE)
    response.headers["Content-Disposition"] = 'attachment; filename="visits.ics"'
    return response
