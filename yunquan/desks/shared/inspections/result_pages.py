"""抽查结果 as pages: what was found, what was answered and heard, what is proposed and decided (D108-3.4, D108-4).

The same pages for the bureaus, the parties, the experts and the auditor; which step a person may take is asked of the
life cycle.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import django_filters as filters
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.urls.resolvers import URLPattern

from yunquan.desks.shared import columns
from yunquan.desks.shared.inspections.result_forms import PlainForm
from yunquan.desks.shared.inspections.result_steps import STEPS, form_of
from yunquan.desks.shared.lists import GovTable, ListPage
from yunquan.desks.shared.perform import perform
from yunquan.desks.shared.registers import CITY_CHOICES, PlaceColumn, StateLabel
from yunquan.inspections import result_queries as queries
from yunquan.inspections.actions import deciding
from yunquan.inspections.lifecycle import INSPECTION, RESULT_STATES
from yunquan.inspections.result_facts import outcome_article, outcome_label
from yunquan.journal import clock
from yunquan.kernel.calendar import CalendarNotAnnounced, local_date
from yunquan.policy.roles import Role

TONES = {
    "concluded": "waiting", "explaining": "waiting", "informed": "now", "answered": "waiting", "proposed": "now",
    "decided": "now", "reviewed": "now", "published": "good",
}  # fmt: skip
PARTIES = (Role.ENTERPRISE, Role.SUPPLIER)
MOST_PUBLISHED = 500
# What is done next in each state, for the bureau and for a party.
NEXT = {
    "concluded": ("把结果和专家意见反馈给供应商和企业；金额存疑的，先要求说明", ""),
    "explaining": ("等待对方说明合同金额", "请在期限内说明合同金额并上传过往同类合同、验收报告和发票"),
    "informed": ("等待供应商和企业的书面意见", "请在期限内提交书面意见"),
    "answered": ("听取陈述申辩（拟作处理的），再提出处理意见", "主管部门正在研究，如有陈述申辩会另行通知"),
    "proposed": ("由另一位审批人决定", "主管部门正在研究"),
    "decided": ("公布结果；地市的结果须复核的，等待省厅复核", "处理已作出；如有异议，可在“资格与处理”中申诉"),
    "reviewed": ("由省厅统一公布", "处理已作出；如有异议，可在“资格与处理”中申诉"),
    "published": ("已公布", "结果已公布"),
}


class OutcomeColumn(columns.TextColumn):
    """The conclusion in the regime's words; a party's list says it once it was told."""

    def render(self, value: Any, record: Any) -> str:
        return outcome_label(record, record.outcome) if record.outcome else "—"

    def value(self, value: Any, record: Any) -> Any:
        return outcome_label(record, record.outcome) if record.outcome else ""


class LeftColumn(columns.TextColumn):
    """The current deadline, and whether it is over."""

    def render(self, value: Any, record: Any) -> str:
        if record.due_on is None or record.state not in ("concluded", "explaining", "informed"):
            return "—"
        late = record.due_on < local_date(clock.read())
        return f"{record.due_on:%Y-%m-%d}{'（已逾期）' if late else ''}"

    def value(self, value: Any, record: Any) -> Any:
        return self.render(value, record)


class ResultTable(GovTable):
    """Inspections with a result."""

    caption = "抽查结果"
    number = columns.LinkColumn(verbose_name="券号", accessor="voucher__number", to=lambda row: f"{row.pk}/")
    city = PlaceColumn(verbose_name="地市")
    enterprise = columns.TextColumn(verbose_name="企业", accessor="voucher__enterprise__name")
    supplier = columns.TextColumn(verbose_name="供应商", accessor="voucher__supplier__name")
    plan = columns.TextColumn(verbose_name="计划", accessor="plan__number")
    outcome = OutcomeColumn(verbose_name="结论", accessor="pk")
    state = StateLabel(verbose_name="状态", labels=INSPECTION.states, tones=TONES)
    due_on = LeftColumn(verbose_name="期限", accessor="pk")

    class Meta(GovTable.Meta):
        pass


class PartyTable(ResultTable):
    """The same for a party: what is proposed or not yet told isn't there."""

    class Meta(GovTable.Meta):
        exclude = ("outcome",)


class ResultFilter(filters.FilterSet):
    """State, city, lateness."""

    state = filters.ChoiceFilter(
        label="状态", choices=[(one, INSPECTION.states[one]) for one in RESULT_STATES]
    )
    city = filters.ChoiceFilter(label="地市", choices=CITY_CHOICES)
    late = filters.ChoiceFilter(label="逾期", choices=[("1", "只看逾期")], method="only_late")

    def only_late(self, rows: QuerySet[Any], _name: str, _value: str) -> QuerySet[Any]:
        return rows.filter(
            state__in=("concluded", "explaining", "informed"), due_on__lt=local_date(clock.read())
        )


class ResultPages:
    """The pages of one desk; `base` is the address under which they lie."""

    def __init__(self, desk: Callable[..., Any], base: str, *, party: bool = False) -> None:
        self.desk, self.base, self.party = desk, base, party

    def urls(self) -> list[URLPattern]:
        """The addresses, to be put into the desk's own; publishing where the desk's people publish."""
        head = "inspections/results/"
        return [
            path(head, self.desk(self.listing().as_view()), name="results"),
            path(f"{head}publish/", self.desk(self.publish), name="results_publish"),
            path(f"{head}<int:pk>/", self.desk(self.one), name="result"),
        ]

    def listing(self) -> type[ListPage]:
        party = self.party

        class ResultList(ListPage):
            title = "抽查结果"
            table_class = PartyTable if party else ResultTable
            filterset_class = ResultFilter
            search_fields = ("voucher__number", "voucher__enterprise__name", "voucher__supplier__name")
            search_hint = "券号、企业、供应商"
            order = ("due_on", "pk")
            export_name = "抽查结果"
            empty_title = "还没有抽查结果"
            empty_text = "抽查表签字完成后，结论、书面意见和处理会列在这里。"
            template_name = "shared/inspections/results.html"

            def rows(self) -> QuerySet[Any]:
                return queries.results_for(self.request.actor)  # type: ignore[attr-defined]

            def context(self) -> dict[str, Any]:
                actor = self.request.actor  # type: ignore[attr-defined]
                publishes = actor.role in (Role.PROVINCE_OFFICER, Role.CITY_REVIEWER)
                return {"can_publish": publishes and not party}

        return ResultList

    def one(self, request: HttpRequest, pk: int) -> HttpResponse:
        """One result: findings, opinions, hearings, decision, and the steps that the person may take."""
        actor, now = request.actor, clock.read()  # type: ignore[attr-defined]
        row = queries.result_for(actor, pk)
        if row is None:
            raise Http404
        here, status = f"{self.base}{row.pk}/", 200
        may = queries.steps_for(row, actor)
        offered = [action for action in STEPS if action in may]
        asked = request.POST.get("action", "")
        forms = {action: form_of(action, row) for action in offered}
        if request.method == "POST":
            if asked not in STEPS:
                raise Http404
            form = form_of(asked, row, request.POST, request.FILES)
            if form.is_valid():
                act = STEPS[asked].act
                answer = perform(
                    request,
                    lambda: act(row, form, actor, now),
                    then=here,
                    done=STEPS[asked].done,
                    form=form if asked in offered else None,
                )
                if answer is not None:
                    return answer
            if asked in offered:
                forms[asked] = form
            status = 422
        return render(
            request, "shared/inspections/result.html", self._context(row, actor, forms), status=status
        )

    def _context(self, row: Any, actor: Any, forms: dict[str, Any]) -> dict[str, Any]:
        today = local_date(clock.read())
        party = actor.role in PARTIES
        try:
            left = queries.days_left(row, today)
        except CalendarNotAnnounced:
            left = None
        waits = row.state in ("concluded", "explaining", "informed")
        return {
            "row": row,
            "voucher": row.voucher,
            "plan": row.plan,
            "seen": queries.result_view(row, for_party=party),
            "next": NEXT[row.state][1 if party else 0],
            "days_left": left if waits else None,
            "late": waits and row.due_on is not None and row.due_on < today,
            "article": outcome_article(row),
            "choices": queries.outcome_choices(row) if {"propose", "reconsider"} & set(forms) else [],
            "tone": TONES[row.state],
            "base": self.base,
            "is_party": party,
            "org": actor.org,
            "steps": [
                {
                    "action": action,
                    "title": STEPS[action].title,
                    "button": STEPS[action].button or INSPECTION.actions.get(action, ""),
                    "hint": STEPS[action].hint,
                    "article": STEPS[action].article,
                    "form": form,
                    "is_danger": action in ("send_back",),
                }
                for action, form in forms.items()
            ],
        }

    def publish(self, request: HttpRequest) -> HttpResponse:
        """Tick the results that are published together (D108-2.2)."""
        actor, now = request.actor, clock.read()  # type: ignore[attr-defined]
        if actor.role not in (Role.PROVINCE_OFFICER, Role.CITY_REVIEWER):
            raise Http404
        rows = queries.publishable(actor)[:MOST_PUBLISHED]
        ticked = {int(one) for one in request.POST.getlist("pks") if one.isascii() and one.isdigit()}
        form = PlainForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            chosen = [row for row in rows if row.pk in ticked]
            answer = perform(
                request,
                lambda: deciding.publish(inspections=chosen, by=actor, now=now),
                then=self.base,
                done=lambda done: f"已公布 {len(done)} 项抽查结果。",
                form=form,
            )
            if answer is not None:
                return answer
        context = {
            "rows": [
                {"row": row, "label": outcome_label(row, row.outcome), "ticked": row.pk in ticked}
                for row in rows
            ],
            "form": form,
            "base": self.base,
        }
        status = 422 if request.method == "POST" else 200
        return render(request, "shared/inspections/results_publish.html", context, status=status)
