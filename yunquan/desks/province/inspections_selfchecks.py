"""自查: rounds are opened, who is late is shown, tables are read beside the records and sent back (D858-2.1)."""

from __future__ import annotations

from typing import Any

import django_filters as filters
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

from yunquan.desks.province.frame import desk
from yunquan.desks.shared import columns, exports
from yunquan.desks.shared.forms import BaseForm
from yunquan.desks.shared.inspections import selfcheck_pages
from yunquan.desks.shared.lists import GovTable, ListPage
from yunquan.desks.shared.perform import perform
from yunquan.desks.shared.registers import StateLabel
from yunquan.inspections import selfcheck_queries as queries
from yunquan.inspections.actions import self_checks
from yunquan.inspections.lifecycle import SELF_CHECK
from yunquan.journal import clock
from yunquan.kernel.calendar import local_date
from yunquan.policy.roles import Role

BASE = "/province/inspections/self-checks/"


class OpenForm(BaseForm):
    """A button that is pressed once."""


LISTS = (
    exports.Listing(
        "逾期未报的自查表",
        ("填报单位", "who"), ("自查表", "kind"), ("计划", "row.plan.title"), ("填报期限", "row.due_on", "date"),
        ("状态", "state"), key="late",
    ),
    exports.Listing(
        "自查",
        ("计划", "title"), ("编号", "number"), ("自查表", "tables", "count"), ("已填报", "filed", "count"),
        ("退回中", "returned", "count"), key="rounds",
    ),
)  # fmt: skip


@desk
def rounds(request: HttpRequest) -> HttpResponseBase:
    """The rounds so far, the plans whose round can be opened, and everyone who is late."""
    actor, now = request.actor, clock.read()  # type: ignore[attr-defined]
    today = local_date(now)
    most = exports.most(request, 200)
    late = list(queries.overdue(today)[:most])
    context: dict[str, Any] = {
        "rounds": list(queries.plans_with_rounds(actor)[:most]),
        "ready": queries.plans_to_open(),
        "late": selfcheck_pages.listed(late, base=BASE, today=today),
        "base": BASE,
        "can_open": actor.role in self_checks.OPENERS,
    }
    context["files"] = {one.key: one.files(request) for one in LISTS}
    file = exports.first_asked(request, *((one, context[one.key]) for one in LISTS))
    return file or render(request, "province/inspections/self_checks.html", context)


def _plan(number: str) -> Any:
    plan = queries.plan_with_round(number)
    if plan is None:
        raise Http404
    return plan


@desk
def opening(request: HttpRequest, number: str) -> HttpResponse:
    """Open the round of a plan: what will be asked of whom until when, then one button."""
    actor, now = request.actor, clock.read()  # type: ignore[attr-defined]
    plan = _plan(number)
    form = OpenForm(request.POST or None)
    if request.method == "POST":
        answer = perform(
            request,
            lambda: self_checks.open_round(plan=plan, by=actor, now=now),
            then=f"{BASE}plans/{plan.number}/",
            done=lambda rows: f"已开启，共 {len(rows)} 份自查表，填报单位都已收到消息。",
            form=form,
        )
        if answer is not None:
            return answer
    context = {
        "plan": plan,
        "form": form,
        "asked": queries.asked_by(plan, today=local_date(now)),
        "rules": queries.form_of(plan),
        "base": BASE,
        "can_open": actor.role in self_checks.OPENERS,
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "province/inspections/self_check_open.html", context, status=status)


class WhoColumn(columns.LinkColumn):
    """Who files a table, with the way to it."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(to=lambda row: f"{BASE}{row.pk}/", accessor="pk", **kwargs)

    def render(self, value: Any, record: Any) -> str:
        return super().render(queries.whose(record), record)

    def value(self, value: Any, record: Any) -> Any:  # type: ignore[override]
        return queries.whose(record)


class KindColumn(columns.TextColumn):
    """Which of the two tables it is."""

    def render(self, value: Any, record: Any) -> str:
        return "服务商汇总表" if record.supplier_id else "地市检查表"

    def value(self, value: Any, record: Any) -> Any:
        return self.render(value, record)


class LateColumn(columns.TextColumn):
    """Whether the table is overdue today."""

    def render(self, value: Any, record: Any) -> str:
        return "已逾期" if queries.is_late(record, local_date(clock.read())) else "—"

    def value(self, value: Any, record: Any) -> Any:
        return "已逾期" if queries.is_late(record, local_date(clock.read())) else ""


class RoundTable(GovTable):
    """The tables of a round."""

    caption = "自查表"
    who = WhoColumn(verbose_name="填报单位")
    kind = KindColumn(verbose_name="自查表", accessor="pk")
    line_count = columns.CountColumn(verbose_name="服务券")
    state = StateLabel(verbose_name="状态", labels=SELF_CHECK.states, tones=selfcheck_pages.TONES)
    due_on = columns.DayColumn(verbose_name="填报期限")
    late = LateColumn(verbose_name="逾期", accessor="pk")
    filed_at = columns.MomentColumn(verbose_name="填报时间")
    above = columns.CountColumn(verbose_name="与记录不符")

    class Meta(GovTable.Meta):
        pass


class RoundFilter(filters.FilterSet):
    """State, kind, lateness, differences."""

    state = filters.ChoiceFilter(label="状态", choices=list(SELF_CHECK.states.items()))
    whose = filters.ChoiceFilter(
        label="填报单位", choices=[("supplier", "服务商"), ("city", "地市")], method="by_kind"
    )
    late = filters.ChoiceFilter(label="逾期", choices=[("1", "只看逾期未报")], method="only_late")
    differs = filters.ChoiceFilter(label="对照", choices=[("1", "只看与记录不符")], method="only_different")

    def by_kind(self, rows: QuerySet[Any], _name: str, value: str) -> QuerySet[Any]:
        return rows.filter(supplier__isnull=value == "city")

    def only_late(self, rows: QuerySet[Any], _name: str, _value: str) -> QuerySet[Any]:
        return rows.filter(state__in=queries.OPEN, due_on__lt=local_date(clock.read()))

    def only_different(self, rows: QuerySet[Any], _name: str, _value: str) -> QuerySet[Any]:
        return rows.filter(above__gt=0)


class RoundList(ListPage):
    """The tables of one round: who filed, who is late, whose claims stand above the records."""

    table_class = RoundTable
    filterset_class = RoundFilter
    search_fields = ("supplier__name",)
    search_hint = "服务商名称"
    order = ("due_on", "pk")
    export_name = "自查情况"
    empty_title = "没有这样的自查表"
    template_name = "province/inspections/self_check_round.html"

    def plan(self) -> Any:
        return _plan(self.kwargs["number"])  # type: ignore[attr-defined]

    def shown_title(self) -> str:
        return f"自查：{self.plan().title}"

    def rows(self) -> QuerySet[Any]:
        return queries.round_of(self.plan())

    def context(self) -> dict[str, Any]:
        return {"plan": self.plan(), "base": BASE}


@desk
def table(request: HttpRequest, pk: int) -> HttpResponse:
    """One table with the records beside it, and the way back to who filed it."""
    row = selfcheck_pages.found(request, pk)
    officer = request.actor.role == Role.PROVINCE_OFFICER  # type: ignore[attr-defined]
    back = f"{BASE}plans/{row.plan.number}/"
    return selfcheck_pages.read(request, pk, base=BASE, back=back, can_send_back=officer)


@desk
def download(request: HttpRequest, pk: int, kind: str) -> HttpResponseBase:
    """The table as a file."""
    return selfcheck_pages.download(request, pk, kind)
