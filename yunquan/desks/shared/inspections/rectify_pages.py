"""整改 as pages: what has to be mended, what was done and shown, the second check (D858-2.3)."""

from __future__ import annotations

from typing import Any

import django_filters as filters
from django import forms
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from yunquan.desks.shared import columns
from yunquan.desks.shared.forms import DAY_FORMATS, BaseForm
from yunquan.desks.shared.lists import GovTable, ListPage
from yunquan.desks.shared.perform import perform
from yunquan.desks.shared.registers import CITY_CHOICES, PlaceColumn, StateLabel
from yunquan.desks.shared.typed import Ask, Blank, rearranged
from yunquan.desks.shared.widgets import DayInput
from yunquan.inspections import rectify_queries as queries
from yunquan.inspections.actions import rectifying
from yunquan.inspections.lifecycle import RECTIFICATION
from yunquan.journal import clock
from yunquan.journal import queries as journal
from yunquan.kernel.calendar import CalendarNotAnnounced, local_date
from yunquan.kernel.refusal import Refusal
from yunquan.parties import queries as parties
from yunquan.policy.deadlines import working_days_left
from yunquan.programme.queries import working_calendar

TONES = {"ordered": "waiting", "filed": "now", "done": "good", "failed": "bad"}
CHECKS = {
    "pass": "复查通过。",
    "send_back": "已退回再整改。",
    "fail": "已登记整改不到位，请提出新的处理意见。",
}
KINDS = ("pdf", "jpg", "png", "ofd")
BLANK = Blank(
    asks=(
        Ask(
            "report", "整改情况", kind="area", hint="做了什么、何时完成、由谁负责；另一方已报送的不必重复报送"
        ),
    ),
    rows={"files": (Ask("file", "证明材料", kind="file", kinds=KINDS, hint="使用截图、照片、培训签到等"),)},
)


class CheckForm(BaseForm):
    """The second check: it passes, goes back with a day, or fails."""

    note = forms.CharField(
        label="复查情况或理由", required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 4}),
        help_text="通过的写明怎样复查、看到什么；退回和不通过的写明理由",
    )  # fmt: skip
    due_on = forms.DateField(
        label="新的整改期限（退回时填写）", required=False, widget=DayInput(), input_formats=DAY_FORMATS
    )


class LateColumn(columns.TextColumn):
    """Whether the report is overdue today."""

    def render(self, value: Any, record: Any) -> str:
        return "已逾期" if queries.is_late(record, local_date(clock.read())) else "—"

    def value(self, value: Any, record: Any) -> Any:
        return "已逾期" if queries.is_late(record, local_date(clock.read())) else ""


class RectificationTable(GovTable):
    """What has to be mended."""

    caption = "整改"
    number = columns.LinkColumn(
        verbose_name="券号", accessor="inspection__voucher__number", to=lambda row: f"{row.pk}/"
    )
    city = PlaceColumn(verbose_name="地市", accessor="inspection__city")
    enterprise = columns.TextColumn(verbose_name="企业", accessor="inspection__voucher__enterprise__name")
    supplier = columns.TextColumn(verbose_name="供应商", accessor="inspection__voucher__supplier__name")
    problem = columns.TextColumn(verbose_name="问题", accessor="problem")
    state = StateLabel(verbose_name="状态", labels=RECTIFICATION.states, tones=TONES)
    due_on = columns.DayColumn(verbose_name="整改期限")
    late = LateColumn(verbose_name="逾期", accessor="pk")
    filed_at = columns.MomentColumn(verbose_name="报送时间")

    class Meta(GovTable.Meta):
        pass


class RectificationFilter(filters.FilterSet):
    """State, city, lateness."""

    state = filters.ChoiceFilter(label="状态", choices=list(RECTIFICATION.states.items()))
    city = filters.ChoiceFilter(label="地市", choices=CITY_CHOICES, field_name="inspection__city")
    late = filters.ChoiceFilter(label="逾期", choices=[("1", "只看逾期未报")], method="only_late")

    def only_late(self, rows: QuerySet[Any], _name: str, _value: str) -> QuerySet[Any]:
        return rows.filter(state="ordered", due_on__lt=local_date(clock.read()))


class RectificationList(ListPage):
    """The rectifications that this organisation sees, the nearest due first."""

    title = "整改"
    table_class = RectificationTable
    filterset_class = RectificationFilter
    search_fields = (
        "inspection__voucher__number",
        "inspection__voucher__enterprise__name",
        "inspection__voucher__supplier__name",
    )
    search_hint = "券号、企业、供应商"
    order = ("due_on", "pk")
    export_name = "整改情况"
    empty_title = "没有整改事项"
    empty_text = "抽查发现问题、要求限期整改的，会列在这里。"

    def rows(self) -> QuerySet[Any]:
        return queries.visible_to(self.request.actor)  # type: ignore[attr-defined]


def found(request: HttpRequest, pk: int) -> Any:
    """A rectification that the person may see; 404 otherwise."""
    row = queries.rectification_for(request.actor, pk)  # type: ignore[attr-defined]
    if row is None:
        raise Http404
    return row


def _context(request: HttpRequest, row: Any, base: str) -> dict[str, Any]:
    today = local_date(clock.read())
    people = parties.person_names([one for one in (row.ordered_by, row.filed_by, row.checked_by) if one])
    open_now = row.state in queries.OPEN
    return {
        "row": row,
        "voucher": row.inspection.voucher,
        "plan": row.inspection.plan,
        "state": RECTIFICATION.states[row.state],
        "tone": TONES[row.state],
        "late": queries.is_late(row, today),
        "days_left": _left(row.due_on, today) if open_now else None,
        "ordered_by": people.get(row.ordered_by, ""),
        "filed_by": people.get(row.filed_by, ""),
        "checked_by": people.get(row.checked_by, ""),
        "files": queries.files_of(row),
        "steps": _steps(row, people),
        "base": base,
        "here": f"{base}{row.pk}/",
    }


def _left(due_on: Any, today: Any) -> int | None:
    """Working days left; None where the year's calendar is not announced."""
    try:
        return working_days_left(due_on, today, working_calendar())
    except CalendarNotAnnounced:
        return None


def _steps(row: Any, people: dict[str, str]) -> list[dict[str, Any]]:
    """What has happened, from the log."""
    words = {"order": "要求整改", **RECTIFICATION.actions}
    acts = journal.history(row.journal_key)
    return [
        {
            "title": words.get(act["act"].partition(".")[2], act["act"]),
            "at": act["at"],
            "note": str(act["payload"].get("reason") or act["payload"].get("note") or act["payload"].get("report") or ""),
            "mark": "bad" if act["act"].endswith((".fail", ".send_back")) else "done",
        }
        for act in acts
    ]  # fmt: skip


def report(request: HttpRequest, pk: int, *, base: str) -> HttpResponse:
    """A rectification for a party: what is wrong, until when, and the form of the report while it is open."""
    row, now = found(request, pk), clock.read()
    actor = request.actor  # type: ignore[attr-defined]
    can_report = any(one.action == "file" for one in row.lifecycle.offers_to(row.state, actor))
    typed, faults = BLANK.read(request, taking=request.method == "POST" and can_report)
    status = 200
    refused: list[Refusal] = list(faults)
    form = BLANK.form(typed, org=actor.org, once=request.POST.get("once", ""))
    if request.method == "POST":
        if can_report and rearranged(request, typed, {"files": {"file": ""}}):
            form = BLANK.form(typed, org=actor.org)
        elif not refused:
            files = [int(one["file"]) for one in typed["files"] if str(one["file"]).isdecimal()]
            answer = perform(
                request,
                lambda: rectifying.file(
                    rectification=row, report=typed["report"], files=files, by=actor, now=now
                ),
                then=f"{base}{row.pk}/",
                done="整改情况已报送，等待复查。",
                # Where the form is not shown any more, the reasons stand above the page.
                form=form if can_report else None,
            )
            if answer is not None:
                return answer
            status = 422
        else:
            form.beside(refused)
            status = 422
    context = {
        **_context(request, row, base),
        "form": form if can_report else None,
        "check": None,
        "acts": (),
    }
    return render(request, "shared/inspections/rectification.html", context, status=status)


def check(request: HttpRequest, pk: int, *, base: str, inspection_url: str) -> HttpResponse:
    """A rectification for a bureau: what was reported and shown, and the second check."""
    row = found(request, pk)
    actor = request.actor  # type: ignore[attr-defined]
    acts = [one.action for one in row.lifecycle.offers_to(row.state, actor)]
    form = CheckForm(request.POST or None) if acts else None
    status = 200
    if request.method == "POST":
        sent = CheckForm(request.POST)
        if form is not None:
            sent = form
        action = request.POST.get("action", "")
        if action not in CHECKS and (action or form is None):
            raise Http404
        if not action:
            sent.add_error(None, "请选择复查通过、退回再整改或整改不到位。")
        elif sent.is_valid():
            answer = _checked(request, row, sent, f"{base}{row.pk}/", shown=form is not None)
            if answer is not None:
                return answer
        status = 422
    context = {
        **_context(request, row, base),
        "form": None,
        "check": form,
        "acts": acts,
        "inspection_url": f"{inspection_url}{row.inspection_id}/" if inspection_url else "",
    }
    return render(request, "shared/inspections/rectification.html", context, status=status)


def _checked(
    request: HttpRequest, row: Any, form: CheckForm, here: str, *, shown: bool
) -> HttpResponse | None:
    """Carry the second check out; where its form is not shown any more, the reasons stand above the page."""
    note, due_on, action = form.facts["note"], form.facts["due_on"], request.POST["action"]
    actor, now = request.actor, clock.read()  # type: ignore[attr-defined]

    def call() -> Any:
        if action == "pass":
            return rectifying.accept(rectification=row, note=note, by=actor, now=now)
        if action == "send_back":
            return rectifying.send_back(rectification=row, reason=note, due_on=due_on, by=actor, now=now)
        return rectifying.fail(rectification=row, reason=note, by=actor, now=now)

    return perform(request, call, then=here, done=CHECKS[action], form=form if shown else None)
