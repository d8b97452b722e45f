"""The pages of one desk: the lists, a project with its plan and money, a report, a rectification, and each step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import path, re_path
from django.urls.resolvers import URLPattern

from yunquan.demonstrations import access, queries
from yunquan.demonstrations.actions import mending, registering, reporting
from yunquan.demonstrations.lifecycle import BUILDING, OFFICERS, TO_FILE
from yunquan.demonstrations.outline import LABELS, OUTCOMES, RETURNABLE, SECTIONS
from yunquan.demonstrations.reading import day_of
from yunquan.desks.shared.demonstrations import asking, lists, papers
from yunquan.desks.shared.demonstrations.asking import FRESH
from yunquan.desks.shared.demonstrations.stepping import FOLDER, HEAD, Stepping, found, left
from yunquan.desks.shared.perform import perform
from yunquan.desks.shared.registers import past_acts, place
from yunquan.desks.shared.typed import rearranged
from yunquan.journal import clock
from yunquan.kernel.calendar import local_date
from yunquan.parties import queries as parties


class DemonstrationPages(Stepping):
    """The pages under `base`: a holder files, officials act, an auditor only reads."""

    def __init__(self, desk: Callable[[Any], Any], base: str, *, officials: bool = False) -> None:
        self.desk, self.base, self.officials = desk, base, officials

    def urls(self) -> list[URLPattern]:
        """The addresses, to be put into the desk's own."""
        desk, base = self.desk, self.base

        def listing(page: type[Any]) -> Any:
            return desk(page.as_view(base=base))

        addresses = [
            path(HEAD, listing(lists.ProjectList), name="demonstrations"),
            path(f"{HEAD}reports/", listing(lists.ReportList), name="demonstration_reports"),
            path(f"{HEAD}rectifications/", listing(lists.MendingList), name="demonstration_mendings"),
            re_path(
                rf"^{HEAD}(?P<which>reports/)?list\.(?P<kind>pdf|docx)$",
                desk(self.paper),
                name="demonstration_paper",
            ),
            path(f"{HEAD}<int:pk>/", desk(self.project), name="demonstration"),
            path(f"{HEAD}reports/<int:pk>/", desk(self.report), name="demonstration_report"),
            re_path(
                rf"^{HEAD}reports/(?P<pk>[0-9]{{1,9}})/report\.(?P<kind>pdf|docx|xlsx)$",
                desk(self.report_paper),
                name="demonstration_report_paper",
            ),
            path(f"{HEAD}rectifications/<int:pk>/", desk(self.mending), name="demonstration_mending"),
        ]
        if not self.officials:
            return addresses
        return [
            *addresses,
            path(f"{HEAD}register/", desk(self.register), name="demonstration_register"),
            path(f"{HEAD}ask/", desk(self.ask), name="demonstration_ask"),
            path(f"{HEAD}<int:pk>/<slug:step>/", desk(self.project_step), name="demonstration_step"),
            path(
                f"{HEAD}reports/<int:pk>/<slug:step>/",
                desk(self.report_step),
                name="demonstration_report_step",
            ),
            path(
                f"{HEAD}rectifications/<int:pk>/<slug:step>/",
                desk(self.mending_step),
                name="demonstration_mending_step",
            ),
        ]

    # Papers

    def paper(self, request: HttpRequest, kind: str, which: str | None = None) -> HttpResponseBase:
        """The register, or the reports with who is late, as a paper."""
        page = lists.ReportList() if which else lists.ProjectList()
        page.request, page.base = request, self.base
        return papers.list_paper(page, kind, today=local_date(clock.read()))

    def report_paper(self, request: HttpRequest, pk: str, kind: str) -> HttpResponseBase:
        """A report as a paper; what is not filed is marked as a draft."""
        return papers.report_paper(found(access.report_for, request, int(pk)), kind)

    # A project

    def project(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A project: its plan, its money against the plan, its reports, what it has to mend, who decided what."""
        row, today = found(access.project_for, request, pk), local_date(clock.read())
        names = parties.person_names([one for one in (row.proposed_by, row.decided_by) if one])
        lines, steps = queries.spending_by_line(row), self.steps(request, row, asking.PROJECT_STEPS)
        if self.officials and row.state in mending.MENDABLE and request.actor.role in OFFICERS:  # type: ignore[attr-defined]
            steps["order"] = asking.PROJECT_STEPS["order"]
        context = {
            "row": row,
            "holder": lists.holder_of(row),
            "state": row.lifecycle.states[row.state],
            "tone": lists.PROJECT_TONES[row.state],
            "past": lists.is_past(row),
            "city": place(row.city),
            "funded": row.get_funded_by_display(),
            "lines": lines,
            "public_spent_fen": sum(one.public_spent_fen for one in lines),
            "own_spent_fen": sum(one.own_spent_fen for one in lines),
            "milestones": [
                {"row": one, "late": one.reached_on is None and one.due_on < today}
                for one in queries.milestones_of(row)
            ],
            "reports": [_listed(one, lists.REPORT_TONES, today) for one in queries.reports_of(row)],
            "mendings": [_listed(one, lists.MENDING_TONES, today) for one in queries.rectifications_of(row)],
            "proposed_by": names.get(row.proposed_by, ""),
            "decided_by": names.get(row.decided_by, ""),
            "steps": steps,
            "acts": past_acts(row.journal_key),
            "base": self.base,
            "here": f"{self.base}{pk}/",
        }
        return render(request, f"{FOLDER}/project.html", context)

    def project_step(self, request: HttpRequest, pk: int, step: str) -> HttpResponse:
        """One step of a project."""
        row = found(access.project_for, request, pk)
        title = f"{row.name}（{row.number}）"
        return self.step(request, row, asking.PROJECT_STEPS.get(step), f"{self.base}{pk}/", title)

    def register(self, request: HttpRequest) -> HttpResponse:
        """The registration of a project with its plan."""
        actor = request.actor  # type: ignore[attr-defined]
        if actor.role not in OFFICERS:
            raise Http404
        blank = asking.plan_blank(queries.cities_of(actor))
        start = {"budget": [FRESH["budget"]] * 2, "milestones": [FRESH["milestones"]] * 2}
        return self.filled(
            request,
            blank,
            start,
            lambda typed: registering.register(typed=typed, by=actor, now=clock.read()),
            then=lambda made: f"{self.base}{made.pk}/",
            done="项目已登记，牵头单位会收到消息。",
            context={
                "title": "登记标杆示范项目",
                "back": self.base,
                "button": "登记",
                "template": "plan.html",
            },
        )

    def ask(self, request: HttpRequest) -> HttpResponse:
        """Reports are asked of everybody who builds."""
        actor = request.actor  # type: ignore[attr-defined]
        if actor.role not in OFFICERS:
            raise Http404

        def call(typed: Mapping[str, Any]) -> Any:
            year = typed["year"].strip()
            return reporting.ask(
                title=typed["title"], stood_on=day_of(typed["stood_on"]), due_on=day_of(typed["due_on"]),
                year=int(year) if year.isascii() and year.isdigit() and len(year) == 4 else None if not year else -1,
                by=actor, now=clock.read(),
            )  # fmt: skip

        context = {
            "title": "布置建设情况报告", "back": f"{self.base}reports/", "button": "布置", "template": "step.html",
            "note": "向省级财政支持的在建和到期未验收项目布置；国家工程支持的项目按月向部里报送，不在其中。",
            "article": "D858-2.1", "look": "btn-primary",
        }  # fmt: skip
        return self.filled(
            request, asking.ASKING, {}, call, then=lambda _made: f"{self.base}reports/",
            done=lambda made: f"已向 {len(made)} 个项目布置报告。", context=context,
        )  # fmt: skip

    # A report

    def report(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A report: its form while the holder has to file it, else what was told, with the payments."""
        row = found(access.report_for, request, pk)
        actor = request.actor  # type: ignore[attr-defined]
        mine = actor.org == row.project.holder_key and not self.officials
        if mine and row.state in TO_FILE and row.project.state in BUILDING:
            return self._filing(request, row)
        if request.method == "POST":
            # Filed meanwhile, perhaps by a colleague: the action says so.
            perform(
                request,
                lambda: reporting.save(report=row, typed={}, by=actor, now=clock.read()),
                then=f"{self.base}reports/{pk}/",
            )
        context = {**self._told(row), "steps": self.steps(request, row, asking.REPORT_STEPS)}
        status = 422 if request.method == "POST" else 200
        return render(request, f"{FOLDER}/report.html", context, status=status)

    def _told(self, row: Any) -> dict[str, Any]:
        """What every reader of a report sees."""
        today = local_date(clock.read())
        keys = [one for one in (row.filed_by, row.checked_by, row.reviewed_by) if one]
        names = parties.person_names(keys) if keys else {}
        return {
            "row": row,
            "project": row.project,
            "holder": lists.holder_of(row.project),
            "state": row.lifecycle.states[row.state],
            "tone": lists.REPORT_TONES[row.state],
            "late": queries.is_late(row, today),
            "days_left": left(row.due_on, today) if row.state in TO_FILE else None,
            "sections": [(label, row.content.get(name, "")) for name, label in LABELS.items()],
            "payments": queries.payments_of(row),
            "reached": queries.reached_in(row),
            "files": queries.files_of(row),
            "lines": queries.spending_by_line(row.project),
            "reasons": [(RETURNABLE.get(name, name), text) for name, text in row.return_reasons.items()],
            "outcome": OUTCOMES.get(row.outcome, ""),
            "filed_by": names.get(row.filed_by, ""),
            "checked_by": names.get(row.checked_by, ""),
            "reviewed_by": names.get(row.reviewed_by, ""),
            "unchanged": papers.is_unchanged(row),
            "acts": past_acts(row.journal_key),
            "base": self.base,
            "here": f"{self.base}reports/{row.pk}/",
        }

    def _filing(self, request: HttpRequest, row: Any) -> HttpResponse:
        actor, here = request.actor, f"{self.base}reports/{row.pk}/"  # type: ignore[attr-defined]
        budget = [(str(one.position), one.purpose) for one in queries.budget_of(row.project)]
        steps = [
            (str(one.position), f"{one.title}（计划 {one.due_on}）")
            for one in queries.milestones_of(row.project)
            if one.reached_on is None
        ]
        blank = asking.report_blank(budget, steps)
        typed, faults = blank.read(request, taking=request.method == "POST")
        filing = request.POST.get("action") == "file"
        status, moved = 200, False
        form = blank.form(typed if request.method == "POST" else row.typed, org=actor.org)
        if request.method == "POST":
            fresh = {name: FRESH[name] for name in blank.rows}
            moved = rearranged(request, typed, fresh)
            form = blank.form(typed, org=actor.org, once="" if moved else request.POST.get("once", ""))
            if not moved:

                def call() -> Any:
                    reporting.save(report=row, typed=typed, by=actor, now=clock.read())
                    if filing and not faults:
                        return reporting.file(report=row, typed=typed, by=actor, now=clock.read())
                    return None

                form.beside(faults)
                done = "报告已报送，内容已冻结。" if filing else "已保存草稿。"
                answer = perform(request, call, then=here, done=done, form=form) if not faults else None
                if answer is not None:
                    return answer
                status = 422
        context = {
            **self._told(row),
            "form": form,
            "asked": zip(form.plain, (*SECTIONS, None), strict=True),
            "has_steps": bool(steps),
        }
        return render(request, f"{FOLDER}/filing.html", context, status=status)

    def report_step(self, request: HttpRequest, pk: int, step: str) -> HttpResponse:
        """One step of an official on a report, with the report below it."""
        row = found(access.report_for, request, pk)
        title = f"{row.project.name}（{row.title}）"
        here = f"{self.base}reports/{pk}/"
        return self.step(request, row, asking.REPORT_STEPS.get(step), here, title, told=self._told)

    # A rectification

    def mending(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What has to be mended, what was done and shown; the holder's form while it is open."""
        row, now = found(access.rectification_for, request, pk), clock.read()
        actor, here = request.actor, f"{self.base}rectifications/{pk}/"  # type: ignore[attr-defined]
        open_now = actor.org == row.project.holder_key and not self.officials and row.state == "ordered"
        blank = asking.MENDING
        typed, faults = blank.read(request, taking=request.method == "POST" and open_now)
        form = blank.form(typed, org=actor.org, once=request.POST.get("once", ""))
        status = 200
        if request.method == "POST":
            if open_now and rearranged(request, typed, {"files": FRESH["files"]}):
                form = blank.form(typed, org=actor.org)
            else:
                form.beside(faults)
                files = [int(one["file"]) for one in typed["files"] if str(one["file"]).isdecimal()]

                def call() -> Any:
                    return mending.file(
                        rectification=row, report=typed["report"], files=files, by=actor, now=now
                    )

                shown = form if open_now else None
                answer = (
                    perform(request, call, then=here, done="整改情况已报送。", form=shown)
                    if not faults
                    else None
                )
                if answer is not None:
                    return answer
                status = 422
        today, names = local_date(now), parties.person_names([row.ordered_by])
        steps = self.steps(request, row, asking.MENDING_STEPS)
        can_follow = (
            row.state == "failed" and not hasattr(row, "next") and row.project.state in mending.MENDABLE
        )
        if can_follow and self.officials and actor.role in OFFICERS:
            steps["order_again"] = asking.MENDING_STEPS["order_again"]
        context = {
            "row": row,
            "project": row.project,
            "holder": lists.holder_of(row.project),
            "state": row.lifecycle.states[row.state],
            "tone": lists.MENDING_TONES[row.state],
            "late": queries.is_late(row, today),
            "days_left": left(row.due_on, today) if row.state == "ordered" else None,
            "ordered_by": names.get(row.ordered_by, ""),
            "files": queries.files_of(row),
            "form": form if open_now else None,
            "steps": steps,
            "acts": past_acts(row.journal_key),
            "base": self.base,
            "here": here,
        }
        return render(request, f"{FOLDER}/rectification.html", context, status=status)

    def mending_step(self, request: HttpRequest, pk: int, step: str) -> HttpResponse:
        """One step of an official on a rectification."""
        row = found(access.rectification_for, request, pk)
        here = f"{self.base}rectifications/{pk}/"
        return self.step(request, row, asking.MENDING_STEPS.get(step), here, row.project.name)


def _listed(row: Any, tones: Mapping[str, str], today: Any) -> dict[str, Any]:
    return {
        "row": row,
        "state": row.lifecycle.states[row.state],
        "tone": tones[row.state],
        "late": queries.is_late(row, today),
    }
