"""专家库: who is on it, ties, load and training, kept by the province (D108-3.1, D47-8.1)."""

from __future__ import annotations

from typing import Any

import django_filters as filters
from django import forms
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from yunquan.desks.province.frame import desk
from yunquan.desks.shared import columns
from yunquan.desks.shared.forms import BaseForm
from yunquan.desks.shared.inspections.expert_forms import TieForm
from yunquan.desks.shared.lists import GovTable, ListPage
from yunquan.desks.shared.perform import perform, show_again
from yunquan.inspections import expert_queries as queries
from yunquan.inspections.actions import experts as register
from yunquan.journal import clock
from yunquan.kernel.calendar import local_date
from yunquan.policy.roles import Role
from yunquan.programme import queries as programme

BASE = "/province/inspections/experts/"


class ExpertTable(GovTable):
    """The register as a list."""

    code = columns.LinkColumn(verbose_name="编号", to=lambda row: f"{BASE}{row.pk}/")
    name = columns.TextColumn(verbose_name="姓名", accessor="person__name")
    speciality = columns.TextColumn(verbose_name="专业")
    employer = columns.TextColumn(verbose_name="工作单位")
    title = columns.TextColumn(verbose_name="职称")
    is_front_line = columns.TextColumn(verbose_name="一线企业")
    open_count = columns.CountColumn(verbose_name="正在承担")
    most_open = columns.CountColumn(verbose_name="上限")
    tie_count = columns.CountColumn(verbose_name="利害关系")
    training_count = columns.CountColumn(verbose_name="培训")
    is_active = columns.TextColumn(verbose_name="在库")

    def render_is_front_line(self, value: bool) -> str:
        return "是" if value else "否"

    def value_is_front_line(self, value: bool) -> str:
        return self.render_is_front_line(value)

    def render_is_active(self, value: bool) -> str:
        return "在库" if value else "已离库"

    def value_is_active(self, value: bool) -> str:
        return self.render_is_active(value)

    class Meta(GovTable.Meta):
        caption = "专家库"


class ExpertFilter(filters.FilterSet):
    """By field, and whether still on the register."""

    speciality = filters.ChoiceFilter(label="专业", choices=queries.SPECIALITIES)
    is_active = filters.ChoiceFilter(
        label="在库", choices=[("1", "在库"), ("0", "已离库")], method="by_active"
    )

    def by_active(self, rows: QuerySet[Any], _name: str, value: str) -> QuerySet[Any]:
        return rows.filter(is_active=value == "1")


class ExpertList(ListPage):
    """The register, exported as it stands."""

    title = "专家库"
    table_class = ExpertTable
    filterset_class = ExpertFilter
    search_fields = ("code", "person__name", "employer")
    search_hint = "编号、姓名、单位"
    order = ("code",)
    export_name = "专家库"
    empty_title = "专家库还是空的"
    empty_text = "先由管理员开通“专家”岗位的账号，再在这里入库。"
    empty_url = f"{BASE}new/"
    empty_action = "专家入库"
    template_name = "province/inspections/experts.html"

    def rows(self) -> QuerySet[Any]:
        return queries.register(self.request.actor)  # type: ignore[attr-defined]

    def context(self) -> dict[str, Any]:
        return {"base": BASE, "may_write": self.request.actor.role == Role.PROVINCE_OFFICER}  # type: ignore[attr-defined]


class ExpertForm(BaseForm):
    """An expert's sheet."""

    username = forms.ChoiceField(label="专家账号")
    code = forms.CharField(label="专家编号", max_length=20, help_text="公开抽取时用编号，不用姓名，如 T001")
    speciality = forms.ChoiceField(label="专业", choices=queries.SPECIALITIES)
    services = forms.MultipleChoiceField(
        label="熟悉的应用服务", required=False, widget=forms.CheckboxSelectMultiple
    )
    employer = forms.CharField(label="工作单位", max_length=120)
    employer_uscc = forms.CharField(label="单位统一社会信用代码", required=False, max_length=30)
    title = forms.CharField(label="职称", required=False, max_length=60)
    is_front_line = forms.BooleanField(label="一线企业专家（优先）", required=False)
    most_open = forms.IntegerField(label="同时承担上限", min_value=1, max_value=60, initial=6)

    def __init__(self, *args: Any, expert: Any = None, today: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = [(str(one.number), one.name) for one in programme.current_rulebook().services(today)]
        self.fields["services"].choices = named  # type: ignore[attr-defined]
        if expert is not None:
            del self.fields["username"]
        else:
            self.fields["username"].choices = queries.logins(today)  # type: ignore[attr-defined]

    @property
    def told(self) -> dict[str, Any]:
        """The sheet as the action takes it."""
        return {**self.facts, "services": [int(one) for one in self.cleaned_data["services"]]}


class LeaveForm(BaseForm):
    """Why someone leaves the register or comes back."""

    reason = forms.CharField(label="理由", max_length=300)


def _expert(request: HttpRequest, pk: int) -> Any:
    row = queries.expert_for(request.actor, pk)  # type: ignore[attr-defined]
    if row is None:
        raise Http404
    return row


@desk(only=[Role.PROVINCE_OFFICER])
def write(request: HttpRequest, pk: int = 0) -> HttpResponse:
    """Put someone on the register, or change a sheet."""
    actor, now = request.actor, clock.read()  # type: ignore[attr-defined]
    row = _expert(request, pk) if pk else None
    initial = (
        {name: getattr(row, name) for name in ExpertForm.base_fields if name != "username"} if row else {}
    )
    form = ExpertForm(request.POST or None, expert=row, today=local_date(now), initial=initial)
    back = f"{BASE}{pk}/" if pk else BASE
    context = {
        "title": f"修改 {row.code}" if row else "专家入库",
        "form": form,
        "button": "保存",
        "back": back,
    }
    if request.method != "POST":
        return render(request, "shared/form.html", context)
    if form.is_valid():
        answer = perform(
            request,
            lambda: (
                register.revise(expert=row, **form.told, by=actor, now=now)
                if row
                else register.add(**form.told, by=actor, now=now)
            ),
            then=lambda one: f"{BASE}{one.pk}/",
            done="已保存；系统已比对其单位和以往意见中的利害关系。",
            form=form,
        )
        if answer:
            return answer
    return show_again(request, "shared/form.html", context)


@desk
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """One expert: sheet, ties, load, training; a tie can be entered, the expert taken off or put on again."""
    actor, now = request.actor, clock.read()  # type: ignore[attr-defined]
    row = _expert(request, pk)
    sent = request.POST if request.method == "POST" else None
    tie = TieForm(sent if sent and "firm" in sent else None)
    leave = LeaveForm(sent if sent and "reason" in sent else None)
    context = {
        "expert": row, "title": f"{row.code} {row.person.name}", "ties": queries.ties_of(row), "base": BASE,
        "panels": queries.panels_of(row), "attended": queries.attended(row), "tie": tie, "leave": leave,
        "may_write": actor.role == Role.PROVINCE_OFFICER,
    }  # fmt: skip
    if request.method != "POST":
        return render(request, "province/inspections/expert.html", context)
    answer = None
    if actor.role == Role.PROVINCE_OFFICER and tie.is_bound and tie.is_valid():
        answer = perform(
            request, lambda: register.declare_tie(expert=row, **tie.facts, by=actor, now=now),
            then=f"{BASE}{pk}/", done="已登记，今后的专家组自动回避。", form=tie,
        )  # fmt: skip
    elif actor.role == Role.PROVINCE_OFFICER and leave.is_bound and leave.is_valid():
        answer = perform(
            request,
            lambda: register.leave(
                expert=row, is_active=not row.is_active, reason=leave.cleaned_data["reason"], by=actor, now=now
            ),
            then=f"{BASE}{pk}/", done="已办理。", form=leave,
        )  # fmt: skip
    return answer or show_again(request, "province/inspections/expert.html", context)
