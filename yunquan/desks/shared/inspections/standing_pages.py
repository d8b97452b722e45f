"""资格与处理 as pages: what was laid on whom, until when, the appeal and its answer (D47-8.4, D108-4, D26-4, D47-5.19)."""

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
from yunquan.desks.shared.inspections import result_forms as f
from yunquan.desks.shared.lists import GovTable, ListPage
from yunquan.desks.shared.perform import perform
from yunquan.desks.shared.registers import StateLabel
from yunquan.inspections.actions import deciding
from yunquan.journal import clock
from yunquan.parties import access as parties_access
from yunquan.parties import actions as parties
from yunquan.parties import standings as queries
from yunquan.parties.lifecycle import APPEAL, APPROVERS, STANDING
from yunquan.policy.roles import Role
from yunquan.vouchers import access as voucher_access

TONES = {"stands": "bad", "lifted": "good", "expired": ""}
KINDS = dict(queries.Kind.choices)
PARTIES = (Role.ENTERPRISE, Role.SUPPLIER)
FORMS: dict[str, type[f.StepForm]] = {
    "appeal": f.AppealForm,
    "lift": f.LiftForm,
    "decide": f.AppealDecisionForm,
}
DONE = {"appeal": "申诉已提交，由另一位审批人裁定。", "lift": "处理已解除。", "decide": "申诉已裁定。"}
TITLES = {"appeal": "申诉", "lift": "提前解除", "decide": "裁定申诉"}


class WhoColumn(columns.TextColumn):
    """The enterprise or the supplier, leading to the standing."""

    def render(self, value: Any, record: Any) -> str:
        return str((record.enterprise or record.supplier).name)

    def value(self, value: Any, record: Any) -> Any:
        return self.render(value, record)


class StandingTable(GovTable):
    """What stands and what stood."""

    caption = "资格与处理"
    number = columns.LinkColumn(verbose_name="编号", accessor="pk", to=lambda row: f"{row.pk}/")
    who = WhoColumn(verbose_name="单位", accessor="pk")
    kind = StateLabel(verbose_name="处理", labels=KINDS)
    from_on = columns.DayColumn(verbose_name="自")
    until_on = columns.DayColumn(verbose_name="至（空为不设期限）")
    article = columns.TextColumn(verbose_name="依据")
    state = StateLabel(verbose_name="状态", labels=STANDING.states, tones=TONES)

    class Meta(GovTable.Meta):
        pass


class StandingFilter(filters.FilterSet):
    """Kind and state."""

    kind = filters.ChoiceFilter(label="处理", choices=list(KINDS.items()))
    state = filters.ChoiceFilter(label="状态", choices=list(STANDING.states.items()))


class StandingPages:
    """The pages of one desk; `base` is the address under which they lie."""

    def __init__(self, desk: Callable[..., Any], base: str) -> None:
        self.desk, self.base = desk, base

    def urls(self) -> list[URLPattern]:
        """The addresses, to be put into the desk's own."""
        head = "inspections/standings/"
        return [
            path(head, self.desk(self.listing().as_view()), name="standings"),
            path(f"{head}<int:pk>/", self.desk(self.one), name="party_standing"),
            path(f"{head}suspend/<str:kind>/<int:pk>/", self.desk(self.suspend), name="suspend"),
            path(f"{head}first-check/<str:number>/", self.desk(self.first_check), name="first_check"),
        ]

    def listing(self) -> type[ListPage]:
        class StandingList(ListPage):
            title = "资格与处理"
            table_class = StandingTable
            filterset_class = StandingFilter
            search_fields = ("enterprise__name", "supplier__name", "uscc")
            search_hint = "单位、统一社会信用代码"
            order = ("-pk",)
            export_name = "资格与处理"
            empty_title = "没有资格处理"
            empty_text = "取消供应商资格、限期不得申请财政扶持、暂停享受政策的处理会列在这里。"

            def rows(self) -> QuerySet[Any]:
                return queries.visible_to(self.request.actor)  # type: ignore[attr-defined]

        return StandingList

    def one(self, request: HttpRequest, pk: int) -> HttpResponse:
        """One standing with its history: the party appeals, another approver lifts or decides."""
        actor, now = request.actor, clock.read()  # type: ignore[attr-defined]
        row = queries.standing_for(actor, pk)
        if row is None:
            raise Http404
        appeals = list(row.appeals.prefetch_related("files").order_by("-pk"))
        waiting = next((one for one in appeals if one.state == "filed"), None)
        offered = self._offered(row, actor, waiting)
        forms = {action: FORMS[action](auto_id=f"id_{action}_%s") for action in offered}
        status, asked = 200, request.POST.get("action", "")
        if request.method == "POST":
            if asked not in FORMS:
                raise Http404
            form = FORMS[asked](request.POST, request.FILES, auto_id=f"id_{asked}_%s")
            if form.is_valid():
                answer = perform(
                    request,
                    lambda: _act(asked, row, waiting, form, actor, now),
                    then=f"{self.base}{pk}/",
                    done=DONE[asked],
                    form=form if asked in offered else None,
                )
                if answer is not None:
                    return answer
            if asked in offered:
                forms[asked] = form
            status = 422
        party = row.enterprise or row.supplier
        assert party is not None  # One of the two, by the table's own constraint.
        context = {
            "row": row,
            "party": party,
            "state": STANDING.states[row.state],
            "tone": TONES[row.state],
            "appeals": [{"row": one, "state": APPEAL.states[one.state]} for one in appeals],
            "history": queries.history(party),
            "is_party": actor.role in PARTIES,
            "base": self.base,
            "steps": [
                {"action": action, "title": TITLES[action], "form": form} for action, form in forms.items()
            ],
        }
        return render(request, "shared/inspections/standing.html", context, status=status)

    def _offered(self, row: Any, actor: Any, waiting: Any) -> list[str]:
        if row.state != "stands":
            return ["decide"] if waiting is not None and self._decides(row, actor) else []
        if actor.role in PARTIES:
            return [] if waiting is not None else ["appeal"]
        if not self._decides(row, actor):
            return []
        return ["decide"] if waiting is not None else ["lift"]

    def _decides(self, row: Any, actor: Any) -> bool:
        # Who imposed it is shown no form that would refuse (S3); the verb refuses all the same.
        own = actor.person == row.entered_by
        return actor.role in APPROVERS and actor.org in row.acting_orgs and not own

    def suspend(self, request: HttpRequest, kind: str, pk: int) -> HttpResponse:
        """Suspend a party whose results are poor until it has mended them (D47-8.4)."""
        actor, now = request.actor, clock.read()  # type: ignore[attr-defined]
        finders = {"enterprise": parties_access.enterprise_for, "supplier": parties_access.supplier_for}
        party = finders[kind](actor, pk) if kind in finders else None
        if party is None or actor.role not in APPROVERS:
            raise Http404
        form = f.SuspendForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            answer = perform(
                request,
                lambda: parties.suspend(
                    party=party,
                    reason=form.facts["reason"],
                    document=f.taken(form.facts["file1"], actor, now),
                    by=actor,
                    now=now,
                ),
                then=lambda row: f"{self.base}{row.pk}/",
                done="已暂停，当事单位已收到消息。",
                form=form,
            )
            if answer is not None:
                return answer
        context = {"party": party, "form": form, "base": self.base, "history": queries.history(party)}
        status = 422 if request.method == "POST" else 200
        return render(request, "shared/inspections/suspend.html", context, status=status)

    def first_check(self, request: HttpRequest, number: str) -> HttpResponse:
        """End the key check of a voucher whose supplier has a violation elsewhere (D26-4)."""
        actor, now = request.actor, clock.read()  # type: ignore[attr-defined]
        voucher = voucher_access.voucher_for(actor, number)
        if voucher is None or actor.role not in APPROVERS:
            raise Http404
        form = f.FirstCheckForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            answer = perform(
                request,
                lambda: deciding.clear_first_check(
                    voucher=voucher, reason=form.facts["reason"], by=actor, now=now
                ),
                then=f"/{'city' if actor.role == Role.CITY_APPROVER else 'province'}/vouchers/{number}/",
                done="重点核查已了结，本券按原来的次序办理。",
                form=form,
            )
            if answer is not None:
                return answer
        status = 422 if request.method == "POST" else 200
        context = {"voucher": voucher, "form": form, "base": self.base}
        return render(request, "shared/inspections/first_check.html", context, status=status)


def _act(action: str, row: Any, waiting: Any, form: Any, actor: Any, now: Any) -> Any:
    told = form.facts
    if action == "appeal":
        files = [one for one in (f.taken(told[name], actor, now) for name in ("file1", "file2")) if one]
        return parties.appeal(standing=row, text=told["text"], files=files, by=actor, now=now)
    document = f.taken(told["file1"], actor, now)
    if action == "lift":
        return parties.lift_standing(
            standing=row, reason=told["reason"], document=document, by=actor, now=now
        )
    if waiting is None:
        raise Http404
    if told["verdict"] not in ("upheld", "dismissed"):
        from yunquan.kernel.refusal import Refusal, Refused

        raise Refused([Refusal("no_choice", "请选择申诉是否成立。", "D47-8.4", field="verdict")])
    return parties.decide_appeal(
        appeal=waiting,
        upheld=told["verdict"] == "upheld",
        reason=told["reason"],
        document=document,
        by=actor,
        now=now,
    )
