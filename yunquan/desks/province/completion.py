"""完成情况表 of each city: drafted to look at, sent, or thrown away (D47-5.13)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_POST

from yunquan.desks.province.frame import desk
from yunquan.desks.shared import completion as pages
from yunquan.desks.shared import exports
from yunquan.desks.shared.forms import DAY_FORMATS, BaseForm
from yunquan.desks.shared.perform import perform
from yunquan.desks.shared.registers import CITY_CHOICES
from yunquan.desks.shared.widgets import DayInput
from yunquan.journal import clock
from yunquan.kernel.calendar import local_date
from yunquan.parties import regions
from yunquan.policy.roles import Role
from yunquan.programme import access as programme_access
from yunquan.programme import queries as programme
from yunquan.usage import access
from yunquan.usage.lifecycle import COMPLETION_TABLE
from yunquan.vouchers import queries as vouchers
from yunquan.vouchers.actions import completion as actions
from yunquan.vouchers.actions import completion_notices as told

BASE = "/province/completion/"


class DraftForm(BaseForm):
    """Which city's claims of which days."""

    cycle = forms.ChoiceField(label="周期")
    city = forms.ChoiceField(label="地市", choices=[("", "请选择"), *CITY_CHOICES])
    from_on = forms.DateField(label="兑现申请自", widget=DayInput(), input_formats=DAY_FORMATS)
    to_on = forms.DateField(label="至（含当日）", widget=DayInput(), input_formats=DAY_FORMATS)

    def __init__(self, *args: Any, cycles: list[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.cycles = {str(row.pk): row for row in cycles}
        self.fields["cycle"].choices = [(key, row.name) for key, row in self.cycles.items()]  # type: ignore[attr-defined]


class OnceForm(BaseForm):
    """A button that is pressed once."""


@desk
def tables(request: HttpRequest) -> HttpResponse:
    """What waits for a verdict city by city, the form of a new table, and the tables so far."""
    actor, now = request.actor, clock.read()
    cycles = list(programme.cycles(actor))
    form = DraftForm(
        request.POST or None, cycles=cycles, initial=_suggested(cycles, request, local_date(now))
    )
    if request.method == "POST":
        answer = _draft(request, form, now) if form.is_valid() else None
        if answer is not None:
            return answer
    rows = access.tables_visible_to(actor).order_by("-pk")[: exports.most(request, 100)]
    context = {
        "form": form,
        "can_draft": actor.role == Role.PROVINCE_OFFICER,
        "waiting": _waiting(actor),
        "tables": pages.listed(list(rows)),
        "files": pages.TABLES.files(request),
    }
    file = pages.TABLES.asked(request, context["tables"])
    return file or render(
        request, "province/completion.html", context, status=422 if request.method == "POST" else 200
    )


def _suggested(cycles: list[Any], request: HttpRequest, today: date) -> dict[str, Any]:
    """The present cycle and the month so far; a city from the address."""
    current = programme.current_cycle()
    cycle = current if current is not None else (cycles[0] if cycles else None)
    return {
        "cycle": str(cycle.pk) if cycle is not None else "",
        "city": request.GET.get("city", ""),
        "from_on": (today.replace(day=1) - timedelta(days=1)).replace(day=1),
        "to_on": today,
    }


def _waiting(actor: Any) -> list[dict[str, Any]]:
    """How many claims of each city wait for a verdict, most first."""
    found = vouchers.attested_by_city(actor)
    rows = [{"city": code, "name": regions.place_name(code), **told} for code, told in found.items()]
    return sorted(rows, key=lambda row: (-row["count"], row["city"]))


def _draft(request: HttpRequest, form: DraftForm, now: Any) -> HttpResponse | None:
    actor = request.actor
    said = form.cleaned_data
    cycle = programme_access.cycle_for(actor, int(said["cycle"]))
    if cycle is None:
        raise Http404
    return perform(
        request,
        lambda: actions.draft(
            cycle=cycle, city=said["city"], from_on=said["from_on"], to_on=said["to_on"], by=actor, now=now
        ),
        then=lambda made: f"{BASE}{made.pk}/",
        done=lambda made: f"已编制{made.title}第 {made.edition} 版，共 {made.count} 张，请核对后发送。",
        form=form,
    )


def found(request: HttpRequest, pk: int) -> Any:
    """The table, or 404."""
    row = access.table_for(request.actor, pk)
    if row is None:
        raise Http404
    return row


def shown(request: HttpRequest, row: Any, form: BaseForm, *, status: int = 200) -> HttpResponse:
    """The page of a table, with a button's form that may have been refused."""
    actor = request.actor
    context = pages.page_of(row, page=request.GET.get("page", "1"), base=f"{BASE}{row.pk}/")
    context |= {
        "back": BASE,
        "voucher_base": "/province/vouchers/",
        "place": regions.place_name(row.city),
        "offered": [offer.action for offer in COMPLETION_TABLE.offers_to(row.state, actor)],
        "form": form,
    }
    return render(request, "province/completion_table.html", context, status=status)


@desk
def table(request: HttpRequest, pk: int) -> HttpResponse:
    """One table with its lines, its difference, its hash, and the steps that the life cycle offers."""
    return shown(request, found(request, pk), OnceForm())


@desk(only=[Role.PROVINCE_OFFICER])
@require_POST
def move(request: HttpRequest, pk: int, action: str) -> HttpResponse:
    """Send the table to its city, or throw the draft away."""
    row, now = found(request, pk), clock.read()
    form = OnceForm(request.POST)
    form.is_valid()
    verb = actions.send if action == "send" else actions.withdraw

    def done(after: Any) -> str:
        if action != "send":
            return "草稿已作废，没有发送。"
        return f"情况表已发送地市。{told.flow_words(told.moved_by(after))}"

    answer = perform(
        request,
        lambda: verb(table=row, by=request.actor, now=now),
        then=f"{BASE}{pk}/",
        done=done,
        form=form,
    )
    return answer or shown(request, found(request, pk), form, status=422)


@desk
def download(request: HttpRequest, pk: int, kind: str) -> HttpResponseBase:
    """The table as a paper or a file."""
    return pages.download(found(request, pk), kind)
