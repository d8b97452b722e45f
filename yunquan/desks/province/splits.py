"""下一周期额度测算: sizes of industry, the formula with its working, changes by hand, decided by another (D47-5.17)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import path, re_path
from django.views.decorators.http import require_POST

from yunquan.desks.province.frame import desk
from yunquan.desks.province.importing import table_page
from yunquan.desks.province.quotas import usual_percent
from yunquan.desks.shared import split_pages as shared
from yunquan.desks.shared.forms import BaseForm, MoneyField, dress
from yunquan.desks.shared.perform import perform, show_again
from yunquan.desks.shared.registers import CITY_CHOICES
from yunquan.insight import splitting_actions as actions
from yunquan.insight import splitting_facts
from yunquan.insight import splitting_queries as queries
from yunquan.insight.lifecycle import SPLIT
from yunquan.journal import clock
from yunquan.kernel.calendar import local_date
from yunquan.papers.readers import Fault, Wanted, read_table
from yunquan.parties import regions

BASE = "/province/splits/"
MEANS = {
    "propose": "核对无误后提交，由测算、调整以外的审批人审定",
    "decide": "审定后各地市的目标额度和发放额度随即下达，地市收到通知",
    "send_back": "退回修改，写明理由",
    "discard": "作废这份测算，写明理由",
}
COLUMNS = {"city": "地市", "size": "产业规模"}


class DraftForm(BaseForm):
    """Which cycle is split by which year and which cycle before it."""

    cycle = forms.ChoiceField(label="测算的周期")
    base = forms.ChoiceField(label="上一周期", help_text="上期兑付、提前完成和待结算按这个周期统计")
    industry_year = forms.IntegerField(
        label="产业规模年度", error_messages={"invalid": "请填写四位数字的年度。"}
    )
    total = MoneyField(
        label="目标额度合计", min_fen=None, help_text="全省的目标额度，按公式分到 21 个地市，精确到分"
    )
    factor_percent = forms.IntegerField(
        label="发放系数（%）", error_messages={"invalid": "系数请填写整数，如 150。"},
        help_text="发放额度为目标额度乘以系数",
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rows = {str(row.pk): row for row in queries.cycles()}
        names = [(key, row.name) for key, row in self.rows.items()]
        open_ones = [(key, row.name) for key, row in self.rows.items() if row.state != "closed"]
        self.fields["cycle"].choices = open_ones  # type: ignore[attr-defined]
        self.fields["base"].choices = names  # type: ignore[attr-defined]


class AdjustForm(BaseForm):
    """The amount of each city, and why it is changed."""

    def __init__(self, *args: Any, amounts: dict[str, int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for code, name in CITY_CHOICES:
            attrs = {
                "aria-label": f"{name} 调整后（元）",
                "inputmode": "decimal",
                "class": "form-control g-right g-num",
            }
            self.fields[code] = MoneyField(
                label=f"{name} 调整后",
                initial=amounts.get(code, 0),
                widget=forms.TextInput(attrs=attrs),
                min_fen=None,
            )
        self.fields["sum"] = forms.CharField(label="合计", required=False, widget=forms.HiddenInput)
        self.fields["reason"] = forms.CharField(
            label="调整的理由", required=False, max_length=1000,
            widget=forms.Textarea(attrs={"rows": 3, "class": "form-control"}), help_text="每次调整都要写明，地市可以看到",
        )  # fmt: skip
        dress(self)

    def clean(self) -> dict[str, Any]:
        """Where sums can't be read the action is not asked: that the reason is missing is said with them."""
        cleaned = super().clean() or self.cleaned_data
        if self.errors and not cleaned.get("reason", "").strip():
            self.add_error("reason", actions.NO_REASON)
        return cleaned


class ReasonForm(BaseForm):
    """A reason, where a step asks for one."""

    reason = forms.CharField(
        label="理由", required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 2}),
        help_text="退回、作废时填写",
    )  # fmt: skip


class SizesForm(BaseForm):
    """The size of industry of each city in a year, and where it was taken from."""

    def __init__(self, *args: Any, known: dict[str, int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["source"] = forms.CharField(
            label="数据来源", max_length=200, help_text="如统计年鉴的名称和页码",
            widget=forms.TextInput(attrs={"class": "form-control"}),
        )  # fmt: skip
        for code, name in CITY_CHOICES:
            attrs = {"aria-label": name, "inputmode": "numeric", "class": "form-control g-right g-num"}
            self.fields[code] = forms.IntegerField(
                label=name, required=False, initial=known.get(code), widget=forms.TextInput(attrs=attrs),
                error_messages={"invalid": f"{name}请填写不带单位的整数。"},
            )  # fmt: skip
        dress(self)

    def sizes(self) -> dict[str, int]:
        """The cities that were filled in."""
        return {
            code: self.cleaned_data[code]
            for code, _name in CITY_CHOICES
            if self.cleaned_data.get(code) is not None
        }

    def rows(self) -> list[dict[str, Any]]:
        """The cities with their cells."""
        return [{"name": name, "field": self[code]} for code, name in CITY_CHOICES]


def _no_city(typed: Any) -> str | None:
    return None if regions.find_city(str(typed)) is not None else f"“{typed}”不是广东省的地市"


@desk
def listing(request: HttpRequest) -> HttpResponseBase:
    """Every working, the latest first, and the years with sizes of industry."""
    this_year = local_date(clock.read()).year - 1
    years = splitting_facts.industry_years()
    return shared.listing(request, BASE, computes=True, years=years, this_year=this_year)


@desk
def new(request: HttpRequest) -> HttpResponse:
    """Compute a split."""
    years = splitting_facts.industry_years()
    cycles = queries.cycles()
    initial: dict[str, Any] = {"industry_year": years[0] if years else ""}
    if cycles:
        initial |= {"cycle": str(cycles[0].pk), "factor_percent": usual_percent(cycles[0])}
        initial["base"] = str(cycles[1].pk) if len(cycles) > 1 else ""
    form = DraftForm(request.POST or None, initial=initial)
    context = {"title": "测算地市额度", "form": form, "button": "测算", "back": BASE}
    if request.method != "POST":
        return render(request, "shared/form.html", context)
    if form.is_valid():
        said = form.facts
        answer = perform(
            request,
            lambda: actions.draft(
                cycle=form.rows[said["cycle"]], base=form.rows[said["base"]], industry_year=said["industry_year"],
                total_fen=said["total"], factor_percent=said["factor_percent"], by=request.actor, now=clock.read(),  # type: ignore[attr-defined]
            ),
            then=lambda row: f"{BASE}{row.pk}/",
            done="已测算，合计与目标额度一分不差。",
            form=form,
        )  # fmt: skip
        if answer:
            return answer
    return show_again(request, "shared/form.html", context)


@desk
def sizes(request: HttpRequest, year: int) -> HttpResponse:
    """Enter the sizes of industry of a year."""
    if not actions.FIRST_YEAR <= year <= local_date(clock.read()).year:
        raise Http404
    known = splitting_facts.industry_sizes(year)
    form = SizesForm(request.POST or None, known=known)
    context = {
        "title": f"{year} 年度各地市产业规模", "form": form, "year": year, "base": BASE, "history": queries.entries(year),
        "unit": queries.industry_unit(), "import_url": f"{BASE}sizes/{year}/import/",
    }  # fmt: skip
    if request.method == "POST" and form.is_valid():
        answer = perform(
            request,
            lambda: actions.enter_sizes(
                year=year,
                sizes=form.sizes(),
                source=form.cleaned_data["source"],
                by=request.actor,
                now=clock.read(),  # type: ignore[attr-defined]
            ),
            then=f"{BASE}sizes/{year}/",
            done="产业规模已录入。",
            form=form,
        )
        if answer:
            return answer
    context["rows"] = form.rows()
    return render(request, "province/split_sizes.html", context, status=422 if form.errors else 200)


@desk
def bring_sizes(request: HttpRequest, year: int) -> HttpResponse:
    """The same from a table, with a dry run."""
    if not actions.FIRST_YEAR <= year <= local_date(clock.read()).year:
        raise Http404
    by, this_year = request.actor, local_date(clock.read()).year  # type: ignore[attr-defined]

    def judge(content: bytes, name: str) -> tuple[list[dict[str, Any]], list[Fault]]:
        wanted = [
            Wanted("city", ("地市",), expected="21 个地市之一", check=_no_city),
            Wanted("size", ("产业规模",), "count"),
        ]
        reading = read_table(content, wanted, file_name=name, max_rows=500)
        rows: list[dict[str, Any]] = []
        faults = list(reading.faults)
        for line in reading.rows:
            city = regions.find_city(str(line.values["city"]))
            assert city is not None  # The column was checked.
            if any(row["city"] == city.code for row in rows):
                faults.append(Fault(line.number, "地市", f"{city.name}出现了两次", "每个地市只占一行"))
            else:
                rows.append({"row": line.number, "city": city.code, "size": line.values["size"]})
        places = {row["city"]: row["row"] for row in rows}
        if not faults:
            table = {row["city"]: row["size"] for row in rows}
            for one in actions.size_faults(year, table, name, this_year):
                faults.append(Fault(places.get(one.field, 0), "产业规模", one.message, one.mend))
        return rows, sorted(faults, key=lambda fault: fault.row)

    return table_page(
        request,
        title=f"导入 {year} 年度产业规模",
        key=f"import:sizes:{year}",
        columns=COLUMNS,
        judge=judge,
        load=lambda rows, name: actions.enter_sizes(
            year=year, sizes={row["city"]: row["size"] for row in rows}, source=f"导入文件 {name}"[:200], by=by,
            now=clock.read(),
        ),
        back=f"{BASE}sizes/{year}/",
        notes=["地市可写全称、简称或区划代码。", f"产业规模为整数：{queries.industry_unit()}。"],
    )  # fmt: skip


def _page(request: HttpRequest, row: Any, **more: Any) -> dict[str, Any]:
    offered = {one.action for one in SPLIT.offers(row.state, request.actor.role)}  # type: ignore[attr-defined]
    return {
        **shared.context_of(row, BASE),
        "buttons": [
            {"action": one, "label": SPLIT.actions[one], "means": MEANS[one]}
            for one in MEANS
            if one in offered
        ],
        "may_adjust": row.state == "drafted",
        "form": ReasonForm(),
        **more,
    }


@desk
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """One split with its working line by line."""
    return render(request, "shared/splits/one.html", _page(request, shared.found(request, pk)))


@desk
@require_POST
def step(request: HttpRequest, pk: int, action: str) -> HttpResponse:
    """Propose, decide, send back or discard."""
    row, form = shared.found(request, pk), ReasonForm(request.POST)
    form.is_valid()
    reason = form.cleaned_data.get("reason", "")
    verbs: dict[str, Callable[..., Any]] = {
        "propose": actions.propose,
        "decide": actions.decide,
        "send_back": lambda **rest: actions.send_back(reason=reason, **rest),
        "discard": lambda **rest: actions.discard(reason=reason, **rest),
    }
    answer = perform(
        request,
        lambda: verbs[action](plan=row, by=request.actor, now=clock.read()),  # type: ignore[attr-defined]
        then=f"{BASE}{pk}/",
        done=f"已办理：{SPLIT.actions[action]}。",
        form=form,
    )
    return answer or show_again(
        request, "shared/splits/one.html", _page(request, shared.found(request, pk), form=form)
    )


@desk
def adjust(request: HttpRequest, pk: int) -> HttpResponse:
    """Change cities' amounts by hand; together they stay the total."""
    row = shared.found(request, pk)
    # What was typed while a colleague handed it on is refused in words, and stays.
    if row.state != "drafted" and request.method != "POST":
        raise Http404
    form = AdjustForm(request.POST or None, amounts=actions.amounts_of(row))
    if request.method == "POST" and form.is_valid():
        amounts = {code: form.cleaned_data[code] for code, _name in CITY_CHOICES}
        answer = perform(
            request,
            lambda: actions.adjust(
                plan=row,
                amounts=amounts,
                reason=form.cleaned_data["reason"],
                by=request.actor,
                now=clock.read(),  # type: ignore[attr-defined]
            ),
            then=f"{BASE}{pk}/",
            done="已调整，理由记在每个地市的行里。",
            form=form,
        )
        if answer:
            return answer
    worked = queries.working(row)
    for line in worked["lines"]:
        line["field"] = form[line["city"]]
    context = {**worked, "row": row, "base": BASE, "title": f"{row.cycle.name}：手工调整额度", "form": form}
    return render(request, "province/split_adjust.html", context, status=422 if form.errors else 200)


urlpatterns = [
    path("splits/", listing, name="splits"),
    path("splits/new/", new, name="split_new"),
    path("splits/sizes/<int:year>/", sizes, name="split_sizes"),
    path("splits/sizes/<int:year>/import/", bring_sizes, name="split_sizes_import"),
    path("splits/<int:pk>/", show, name="split"),
    re_path(
        r"^splits/(?P<pk>[0-9]{1,9})/(?P<action>propose|decide|send_back|discard)$", step, name="split_step"
    ),
    path("splits/<int:pk>/adjust/", adjust, name="split_adjust"),
    re_path(
        r"^splits/(?P<pk>[0-9]{1,9})/table\.(?P<kind>xlsx|csv)$", desk(shared.download), name="split_file"
    ),
]
