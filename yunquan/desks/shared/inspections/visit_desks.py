"""抽查安排 on the desks of bureaus: the calendar, whom to appoint, one visit with its steps; the same for province and city."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import path
from django.urls.resolvers import URLPattern
from django.views.decorators.http import require_POST

from yunquan.desks.shared import exports
from yunquan.desks.shared.inspections import visit_forms as f
from yunquan.desks.shared.inspections import visit_pages
from yunquan.desks.shared.perform import perform, show_again
from yunquan.desks.shared.registers import past_acts
from yunquan.evidence import actions as evidence
from yunquan.evidence import previews
from yunquan.evidence.taking import MOST_BYTES
from yunquan.inspections import visit_queries, visit_schedule
from yunquan.inspections.actions import appointing, signing, visiting
from yunquan.inspections.lifecycle import VISIT
from yunquan.journal import clock
from yunquan.kernel.calendar import local_date
from yunquan.kernel.workflow import Actor
from yunquan.parties.regions import place_name
from yunquan.policy.regimes.forms import PARTIES, TABLES

MOST_WAITING = 100
VISITS = exports.Listing(
    "抽查安排",
    ("开始时间", "visit.starts_at", "time"), ("被查单位", "whom"), ("内容", "table"), ("地点", "visit.place"),
    ("状态", "state_label"),
)  # fmt: skip
# Steps of one button or one reason: the verb, its field, what is said when it is done.
STEPS = {
    "notify": (appointing.announce, "", "已通知企业、供应商、专家和当地主管部门。"),
    "cancel": (appointing.cancel, "reason", "已取消，原因已告知各方。"),
    "obstruct": (visiting.obstruct, "reason", "已登记不配合。"),
    "accept-paper": (signing.accept_paper, "", "纸质抽查表核对无误，签字完成。"),
}


class VisitPages:
    """The pages of one desk; `base` is the address under which they lie."""

    def __init__(self, desk: Callable[[Any], Any], base: str) -> None:
        self.desk, self.base = desk, base

    def urls(self) -> list[URLPattern]:
        """The addresses, to be put into the desk's own."""
        desk, head = self.desk, "inspections/visits/"
        one = f"{head}<int:pk>/"
        return [
            path(head, desk(self.calendar), name="visits"),
            path(f"{head}visits.ics", desk(self.ics), name="visits_ics"),
            path(f"{head}new/", desk(self.appoint), name="visit_new"),
            path(one, desk(self.show), name="visit"),
            path(f"{one}move/", desk(self.move), name="visit_move"),
            path(f"{one}recuse/<int:seat>/", desk(self.recuse), name="visit_recuse"),
            path(f"{one}paper/", desk(self.bring), name="visit_paper"),
            path(f"{one}paper/<int:number>.png", desk(visit_pages.paper), name="visit_paper_page"),
            path(f"{one}photos/<int:number>.png", desk(visit_pages.photo), name="visit_photo"),
            path(f"{one}table.pdf", desk(visit_pages.table_pdf), name="visit_pdf"),
            path(f"{one}table.xlsx", desk(visit_pages.table_xlsx), name="visit_xlsx"),
            path(f"{one}blank.pdf", desk(visit_pages.blank), name="visit_blank"),
            path(f"{one}do/<slug:step>", require_POST(desk(self.step)), name="visit_step"),
        ]

    def calendar(self, request: HttpRequest) -> HttpResponseBase:
        """A month or a week of visits, with suppliers asked for twice at once, and whom still to appoint."""
        actor, today = request.actor, local_date(clock.read())  # type: ignore[attr-defined]
        is_week = request.GET.get("view") == "week"
        on = _day(request.GET.get("on", ""), today)
        before, after = visit_schedule.steps_of(on, is_week=is_week)
        weeks = visit_schedule.days(actor, on=on, is_week=is_week)
        may_appoint = _officer(actor) and actor.may("visit.appoint")
        waiting = visit_schedule.waiting(actor)[: MOST_WAITING + 1] if may_appoint else []
        context: dict[str, Any] = {
            "base": self.base,
            "weeks": [[_cell(cell, today) for cell in week] for week in weeks],
            "is_week": is_week,
            "on": on,
            "title_day": f"{on:%Y 年 %m 月}" if not is_week else f"{weeks[0][0]['on']:%Y-%m-%d} 起的一周",
            "before": before,
            "after": after,
            "today": today,
            "names": "一二三四五六日",
            "none": not any(cell["visits"] for week in weeks for cell in week),
            "waiting": [
                {
                    "house": one,
                    "table": TABLES[one.table],
                    "city": place_name(one.city),
                    "count": len(one.rows),
                }
                for one in waiting[:MOST_WAITING]
            ],
            "more": len(waiting) > MOST_WAITING,
            "may_appoint": may_appoint,
        }
        shown: Any = [one for week in context["weeks"] for cell in week for one in cell["visits"]]
        context |= {"files": VISITS.files(request)}
        return VISITS.asked(request, shown) or render(request, "shared/inspections/visits.html", context)

    def ics(self, request: HttpRequest) -> HttpResponse:
        """The coming visits as a calendar file."""
        now = clock.read()
        return visit_pages.calendar_file(visit_schedule.coming(request.actor, now), now=now)  # type: ignore[attr-defined]

    def appoint(self, request: HttpRequest) -> HttpResponse:
        """The appointment of one house."""
        actor, now, asked = request.actor, clock.read(), request.GET  # type: ignore[attr-defined]
        pk = asked.get("house", "")
        number, table = asked.get("plan", "")[:40], asked.get("table", "")[:20]
        house = (
            visit_schedule.house(actor, number, table, int(pk)) if pk.isdecimal() and len(pk) < 10 else None
        )
        if house is None or not _officer(actor) or not actor.may("visit.appoint"):
            raise Http404
        form = f.AppointForm(request.POST or None, house=house)
        if request.method == "POST" and form.is_valid():
            facts = form.facts
            chosen = set(facts.pop("inspections"))
            rows = [row for row in house.rows if str(row.pk) in chosen]
            experts = [form.register[one] for one in facts.pop("experts")]
            answer = perform(
                request,
                lambda: appointing.appoint(
                    plan=house.plan,
                    table=table,
                    inspections=rows,
                    experts=experts,
                    by=actor,
                    now=now,
                    **facts,
                ),
                then=lambda visit: f"{self.base}{visit.pk}/",
                done="已排期。核对无误后请发出通知。",
                form=form,
            )
            if answer:
                return answer
        context = {
            "base": self.base, "form": form, "house": house, "table": TABLES[table],
            "title": f"约定抽查：{house.name}", "city": place_name(house.city),
        }  # fmt: skip
        if request.method == "POST":
            return show_again(request, "shared/inspections/visit_new.html", context)
        return render(request, "shared/inspections/visit_new.html", context)

    def show(self, request: HttpRequest, pk: int) -> HttpResponse:
        """One visit with its steps."""
        visit = visit_pages.visit_or_404(request, pk)
        return render(request, "shared/inspections/visit.html", self._context(request, visit))

    def _context(self, request: HttpRequest, visit: Any, **forms: Any) -> dict[str, Any]:
        actor = request.actor  # type: ignore[attr-defined]
        offered = {row.action for row in VISIT.offers_to(visit.state, actor)}
        runs = actor.org == visit.plan.org
        own = visit.acting_orgs
        sheets = visit_queries.live_sheets(visit)
        digest = visit_queries.current_hash(visit)
        context = visit_pages.head(visit) | {
            "base": self.base,
            "here": f"{self.base}{visit.pk}/",
            "may": {
                "notify": "notify" in offered and actor.org in own,
                "move": "move" in offered and actor.org in own,
                "cancel": "cancel" in offered and actor.org in own,
                "obstruct": "obstruct" in offered and runs,
                "recuse": runs
                and _officer(actor)
                and actor.may("visit.recuse")
                and visit.state in visit_queries.COMING,
                "paper": runs
                and _officer(actor)
                and actor.may("visit.paper")
                and visit.state == "under_way"
                and bool(digest),
            },
            "seats": list(visit.panelists.select_related("expert__person").order_by("rank")),
            "presences": [
                {"row": one, "label": PARTIES.get(one.party, one.party)}
                for one in visit.presences.order_by("pk")
            ],
            "sheets": [{"sheet": one, "answered": _answered(one)} for one in sheets],
            "digest": digest,
            "wanted": visit_pages.signatures(visit) if sheets else [],
            "photos": list(visit.photos.order_by("pk")),
            "paper_pages": range(1, min(_pages(visit.paper), 20) + 1),
            "paper_fits": bool(digest) and visit.paper_hash == digest,
            "acts": past_acts(visit.journal_key),
            "form": None,
            "form_title": "",
            "form_action": "",
        }
        return context | forms

    def step(self, request: HttpRequest, pk: int, step: str) -> HttpResponse:
        """One step of one button, or with a reason."""
        visit = visit_pages.visit_or_404(request, pk)
        if step not in STEPS:
            raise Http404
        verb, field, done = STEPS[step]
        facts = {field: request.POST.get(field, "")} if field else {}
        here = f"{self.base}{pk}/"
        answer = perform(
            request,
            lambda: verb(visit=visit, by=request.actor, now=clock.read(), **facts),  # type: ignore[attr-defined,operator]
            then=here,
            done=done,
        )
        return answer or HttpResponseRedirect(here)

    def move(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Another time for a visit."""
        visit = visit_pages.visit_or_404(request, pk)
        first = {"starts_at": visit.starts_at, "ends_at": visit.ends_at, "place": visit.place}
        form = f.MoveForm(request.POST or None, initial=first)
        return self._formed(
            request, visit, form, "改期", "已改期，请重新发出通知。",
            lambda: appointing.move_visit(
                visit=visit, by=request.actor, now=clock.read(), **form.facts  # type: ignore[attr-defined]
            ),
        )  # fmt: skip

    def recuse(self, request: HttpRequest, pk: int, seat: int) -> HttpResponse:
        """An expert is taken off the panel."""
        visit = visit_pages.visit_or_404(request, pk)
        found = next((one for one in visit_queries.panel(visit) if one.pk == seat), None)
        if found is None:
            raise Http404
        form = f.ReasonForm(request.POST or None)
        return self._formed(
            request, visit, form, f"{found.expert.code} {found.expert.person.name} 回避", "已登记回避，顺位专家已接替。",
            lambda: appointing.recuse(
                visit=visit, expert=found.expert, by=request.actor, now=clock.read(), **form.facts  # type: ignore[attr-defined]
            ),
        )  # fmt: skip

    def bring(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The scan of a table signed on paper."""
        visit = visit_pages.visit_or_404(request, pk)
        actor, now = request.actor, clock.read()  # type: ignore[attr-defined]
        form = f.PaperForm(request.POST or None, request.FILES or None)

        def call() -> Any:
            sent = form.cleaned_data["paper"]
            file = evidence.take_file(
                content=sent.read(MOST_BYTES + 1), name=sent.name, org=actor.org, by=actor, now=now
            )
            return signing.bring_paper(visit=visit, file=file, by=actor, now=now)

        return self._formed(request, visit, form, "登记纸质抽查表", "已上传，请另一名经办人核对。", call)

    def _formed(
        self, request: HttpRequest, visit: Any, form: Any, title: str, done: str, call: Callable[[], Any]
    ) -> HttpResponse:
        here = f"{self.base}{visit.pk}/"
        if request.method == "POST" and form.is_valid():
            answer = perform(request, call, then=here, done=done, form=form)
            if answer:
                return answer
        context = self._context(request, visit, form=form, form_title=title, form_action=request.path)
        if request.method == "POST":
            return show_again(request, "shared/inspections/visit.html", context)
        return render(request, "shared/inspections/visit.html", context)


def _officer(actor: Actor) -> bool:
    return any(row.action == "notify" for row in VISIT.offers_to("planned", actor))


def _day(text: str, today: date) -> date:
    try:
        day = date.fromisoformat(text[:10])
    except ValueError:
        return today
    return day if 2000 < day.year < 2100 else today


def _cell(cell: dict[str, Any], today: date) -> dict[str, Any]:
    visits = [
        one | {"whom": visit_pages.whom(one["visit"]), "state_label": VISIT.states[one["visit"].state],
               "table": TABLES[one["visit"].table], "city": place_name(one["visit"].city)}
        for one in cell["visits"]
    ]  # fmt: skip
    return cell | {"is_today": cell["on"] == today, "visits": visits}


def _answered(sheet: Any) -> str:
    found = sheet.findings
    done = sum(
        bool(found.get(f"{row['code']}.{'outcome' if row['kind'] == 'conclusion' else 'finding'}"))
        for row in sheet.rows
    )
    return f"{done} / {len(sheet.rows)}"


def _pages(file: Any) -> int:
    if file is None:
        return 0
    try:
        return previews.page_count(file)
    except previews.PreviewError:
        return 0
