"""本单位: who holds which role, deputies, the supervision telephone, and whether counties review (D47-5.10)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from yunquan.desks.city.frame import desk
from yunquan.desks.shared.forms import BaseForm, DayField
from yunquan.desks.shared.perform import perform
from yunquan.journal import clock
from yunquan.kernel.calendar import local_date
from yunquan.kernel.workflow import Actor
from yunquan.parties import actions, queries
from yunquan.parties.access import bureau_code
from yunquan.policy.roles import Role

HOME = "/city/bureau/"


class CountiesForm(BaseForm):
    """Whether the counties review."""

    reviews = forms.ChoiceField(
        label="申领由谁审核",
        choices=[("city", "由本市审核全部申领"), ("county", "企业在县区的，由县区审核")],
        widget=forms.RadioSelect,
    )


class TelephoneForm(BaseForm):
    """The supervision telephone."""

    telephone = forms.CharField(
        label="监督电话", required=False, max_length=40, help_text="在公开页面显示，供社会监督"
    )


class DeputyForm(BaseForm):
    """A colleague who stands in for one's own role for a time."""

    deputy = forms.ChoiceField(label="代理人", choices=[])
    starts_on = DayField(label="自")
    ends_on = DayField(label="至", required=False)

    def __init__(self, *args: Any, colleagues: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["deputy"].choices = [("", "请选择同事"), *colleagues]  # type: ignore[attr-defined]


@desk
def bureau(request: HttpRequest) -> HttpResponse:
    """The bureau's page; each form posts back here under its own name."""
    actor, now = request.actor, clock.read()  # type: ignore[attr-defined]
    row = queries.bureau(bureau_code(actor))
    if row is None:
        raise Http404
    rows = queries.colleagues(actor, local_date(now))
    sent, what = request.POST or None, request.POST.get("what", "")
    people = {str(held.person_id): held.person.name for held in rows if held.person.key != actor.person}
    counties = CountiesForm(
        sent if what == "counties" else None,
        initial={"reviews": "county" if row.counties_review else "city"},
        auto_id="counties_%s",
    )
    telephone = TelephoneForm(
        sent if what == "telephone" else None, initial={"telephone": row.telephone}, auto_id="telephone_%s"
    )
    deputy = DeputyForm(
        sent if what == "deputy" else None,
        colleagues=list(people.items()),
        initial={"starts_on": local_date(now)},
        auto_id="deputy_%s",
    )
    if request.method == "POST":
        answer = _act(
            request, what, row, rows, {"counties": counties, "telephone": telephone, "deputy": deputy}, now
        )
        if answer is not None:
            return answer
    context = {
        "bureau": row,
        "rows": [_held(held, actor) for held in rows],
        "counties": counties if actor.role == Role.CITY_APPROVER and row.level == "city" else None,
        "telephone": telephone if actor.role in (Role.CITY_APPROVER, Role.CITY_REVIEWER) else None,
        "deputy": deputy if _own(request) is not None and people else None,
        "has_counties": queries.bureaus("county").filter(city=row.code).exists(),
        "role": Role(actor.role).label,
    }
    return render(request, "city/bureau.html", context, status=422 if request.method == "POST" else 200)


def _held(held: Any, actor: Actor) -> dict[str, Any]:
    principal = held.deputy_for
    mine = principal is not None and held.appointed_by == actor.person
    return {
        "row": held,
        "role": Role(held.role).label,
        "for": principal.person.name if principal is not None else "",
        "can_revoke": mine,
    }


def _own(request: HttpRequest) -> Any:
    """The person's own appointment under which the page is open; a deputy has none to hand on."""
    held = request.appointment  # type: ignore[attr-defined]
    return held if held is not None and held.deputy_for_id is None else None


def _act(
    request: HttpRequest, what: str, row: Any, rows: list[Any], sent: dict[str, BaseForm], now: datetime
) -> HttpResponse | None:
    if what == "revoke":
        return _revoke(request, rows, now)
    form = sent.get(what)
    if form is None or not form.is_valid():
        return None
    actor, facts = request.actor, form.facts  # type: ignore[attr-defined]
    if what == "counties":
        reviews = facts["reviews"] == "county"
        done = "已改为由县区审核。" if reviews else "已改为由本市审核。"
        return perform(
            request,
            lambda: actions.let_counties_review(bureau=row, reviews=reviews, by=actor, now=now),
            then=HOME, done=done, form=form,
        )  # fmt: skip
    if what == "telephone":
        return perform(
            request,
            lambda: actions.set_telephone(bureau=row, telephone=facts["telephone"], by=actor, now=now),
            then=HOME, done="监督电话已更新。", form=form,
        )  # fmt: skip
    own = _own(request)
    if own is None:
        raise Http404
    person = next(held.person for held in rows if str(held.person_id) == facts["deputy"])
    return perform(
        request,
        lambda: actions.deputise(
            appointment=own, deputy=person, starts_on=facts["starts_on"], ends_on=facts["ends_on"], by=actor, now=now
        ),
        then=HOME, done=f"已委派{person.name}代理。", form=form,
    )  # fmt: skip


def _revoke(request: HttpRequest, rows: list[Any], now: datetime) -> HttpResponse | None:
    wanted = request.POST.get("appointment", "")
    held = next((held for held in rows if str(held.pk) == wanted and held.deputy_for_id is not None), None)
    if held is None:
        raise Http404
    return perform(
        request,
        lambda: actions.revoke(appointment=held, by=request.actor, now=now),  # type: ignore[attr-defined]
        then=HOME, done="代理已撤销。",
    )  # fmt: skip
