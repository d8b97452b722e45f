"""People, their accounts, their appointments and deputies (A2, A3)."""

from __future__ import annotations

import secrets
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_POST

from yunquan.desks.admin.frame import desk
from yunquan.desks.shared import exports
from yunquan.desks.shared.forms import BaseForm, DayField
from yunquan.desks.shared.perform import perform, show_again
from yunquan.journal import clock
from yunquan.kernel.calendar import local_date
from yunquan.kernel.refusal import Refusal, Refused
from yunquan.parties import access, actions, regions
from yunquan.parties import queries as parties
from yunquan.policy.roles import Role

# Without characters that are mistaken for one another on paper.
_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyzABCDEFGHJKMNPQRSTUVWXYZ"
APPOINTED = [(role.value, role.label) for role in Role if role not in (Role.CLOCK, Role.PUBLIC)]
SHOWN = 200


def first_password() -> str:
    """An initial password that nobody can guess, to be changed at the first login."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(5)) for _ in range(3))


class PersonForm(BaseForm):
    """A new account."""

    username = forms.CharField(label="登录名", max_length=60, help_text="建议用单位简称加姓名拼音，不含空格")
    person_name = forms.CharField(label="姓名", max_length=60)
    phone = forms.CharField(label="手机", max_length=30, required=False)
    email = forms.EmailField(label="邮箱", required=False)


class AppointForm(BaseForm):
    """A role in one organisation for a time."""

    role = forms.ChoiceField(label="岗位", choices=[("", "请选择"), *APPOINTED])
    organisation = forms.CharField(
        label="单位代码",
        required=False,
        max_length=18,
        help_text="主管部门填 6 位区划代码（省厅 440000、东莞 441900）；企业、供应商填统一社会信用代码；平台管理员留空",
    )
    starts_on = DayField(label="自")
    ends_on = DayField(label="至", required=False, help_text="留空为长期")


class DeputyForm(BaseForm):
    """Who stands in, from when to when."""

    deputy = forms.CharField(label="代理人登录名", max_length=60)
    starts_on = DayField(label="自")
    ends_on = DayField(label="至")


@desk
def home(request: HttpRequest) -> HttpResponse:
    """What this administrator is here for."""
    return render(request, "admin/home.html", {"role": request.actor.role})  # type: ignore[attr-defined]


PEOPLE = exports.Listing(
    "人员和任命",
    ("姓名", "person.name"), ("登录名", "person.username"), ("岗位", "role"), ("单位", "where"), ("状态", "state"),
)  # fmt: skip


@desk
def people(request: HttpRequest) -> HttpResponseBase:
    """People with their appointments; two hundred at a time, the search finds the rest."""
    query = request.GET.get("q", "").strip()[:60]
    today = local_date(clock.read())
    found = list(parties.people(request.actor, query)[: exports.most(request, SHOWN) + 1])  # type: ignore[attr-defined]
    rows = [
        {"person": person, "appointments": [standing(row, today) for row in person.appointments.all()]}
        for person in found[: exports.most(request, SHOWN)]
    ]
    context = {
        "rows": rows,
        "query": query,
        "more": len(found) > SHOWN,
        "shown": SHOWN,
        "files": PEOPLE.files(request),
    }
    jobs = ({**one, **job} for one in rows for job in one["appointments"] or [{}])
    return PEOPLE.asked(request, jobs) or render(request, "admin/people.html", context)


def standing(row: Any, today: Any) -> dict[str, Any]:
    """An appointment in words, with how it stands today."""
    if row.revoked_at is not None:
        state, tone = "已撤销", "bad"
    elif row.ends_on and row.ends_on < today:
        state, tone = "已到期", ""
    elif row.starts_on > today:
        state, tone = "未生效", "waiting"
    else:
        state, tone = "有效", "good"
    kind, _, code = row.org_key.partition(":")
    where = regions.place_name(code) if kind == "bureau" else {"platform": "平台"}.get(kind, "")
    return {
        "row": row,
        "role": Role(row.role).label,
        "where": where or {"enterprise": "企业", "supplier": "供应商"}.get(kind, ""),
        "state": state,
        "tone": tone,
        "live": tone in ("good", "waiting"),
    }


@desk(only=[Role.SYSTEM_ADMIN])
def add(request: HttpRequest) -> HttpResponse:
    """A new account with an initial password that is shown this once."""
    form = PersonForm(request.POST or None)
    context = {"title": "新建账号", "form": form, "button": "新建", "back": "/admin/people/"}
    if request.method != "POST":
        return render(request, "shared/form.html", context)
    if form.is_valid():
        facts, password, made = form.facts, first_password(), []
        answer = perform(
            request,
            lambda: made.append(
                actions.add_person(
                    username=facts["username"],
                    name=facts["person_name"],
                    phone=facts["phone"],
                    email=facts["email"],
                    password=password,
                    by=request.actor,  # type: ignore[attr-defined]
                    now=clock.read(),
                )
            ),
            then="/admin/people/",
            form=form,
        )
        if made:
            return render(
                request, "admin/password.html", {"person": made[0], "password": password, "is_new": True}
            )
        if answer:
            return answer
    return show_again(request, "shared/form.html", context)


def _person(request: HttpRequest, pk: int) -> Any:
    person = access.person_for(request.actor, pk)  # type: ignore[attr-defined]
    if person is None:
        raise Http404
    return person


def _context(request: HttpRequest, person: Any, **more: Any) -> dict[str, Any]:
    actor, today = request.actor, local_date(clock.read())  # type: ignore[attr-defined]
    return {
        "person": person,
        "title": person.name,
        "appointments": [standing(row, today) for row in parties.appointments(person)],
        "appoints": actor.role == Role.SECURITY_ADMIN,
        "resets": actor.role == Role.SYSTEM_ADMIN,
        "form": AppointForm(initial={"starts_on": today}),
        "hands_over": actor.role == Role.SECURITY_ADMIN and _is_official(person, today),
        **more,
    }


def _is_official(person: Any, today: Any) -> bool:
    """Whether the person holds a role of a bureau that somebody can take over."""
    held = access.appointments_of(person, today)
    return any(row.bureau_id and not row.deputy_for_id and not row.operator for row in held)


@desk
def person(request: HttpRequest, pk: int) -> HttpResponse:
    """One person with every appointment, in force or not."""
    return render(request, "admin/person.html", _context(request, _person(request, pk)))


@require_POST
@desk(only=[Role.SYSTEM_ADMIN])
def reset(request: HttpRequest, pk: int) -> HttpResponse:
    """A new initial password, shown this once."""
    row, password, made = _person(request, pk), first_password(), []
    answer = perform(
        request,
        lambda: made.append(
            actions.set_password(person=row, password=password, by=request.actor, now=clock.read())  # type: ignore[attr-defined]
        ),
        then=f"/admin/people/{pk}/",
    )
    if made:
        return render(request, "admin/password.html", {"person": row, "password": password, "is_new": False})
    return answer or show_again(request, "admin/person.html", _context(request, row))


def _organisation(role: str, code: str) -> dict[str, Any]:
    """The organisation that a role's code means; raises Refused where there is none."""
    wanted = code.strip().upper()
    if not wanted:
        return {}
    kind = role if role in (Role.ENTERPRISE, Role.SUPPLIER) else "bureau"
    found = parties.organisation_by_code(kind, wanted)
    if found is None:
        mend = "主管部门填 6 位区划代码，企业和供应商填 18 位统一社会信用代码。"
        raise Refused(
            [Refusal("no_organisation", f"没有代码为“{wanted}”的单位。", "D47-7", mend, "organisation")]
        )
    return {kind: found}


@require_POST
@desk(only=[Role.SECURITY_ADMIN])
def appoint(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a person a role in an organisation (A2: the reasons of separation are said)."""
    row, form = _person(request, pk), AppointForm(request.POST)
    if form.is_valid():
        facts = form.facts
        answer = perform(
            request,
            lambda: actions.appoint(
                person=row,
                role=facts["role"],
                starts_on=facts["starts_on"],
                ends_on=facts["ends_on"],
                by=request.actor,  # type: ignore[attr-defined]
                now=clock.read(),
                **_organisation(facts["role"], facts["organisation"]),
            ),
            then=f"/admin/people/{pk}/",
            done="已任命，下一次请求起生效。",
            form=form,
        )
        if answer:
            return answer
    return show_again(request, "admin/person.html", _context(request, row, form=form))


def _appointment(request: HttpRequest, pk: int) -> Any:
    row = parties.appointment_for(request.actor, pk)  # type: ignore[attr-defined]
    if row is None:
        raise Http404
    return row


@require_POST
@desk(only=[Role.SECURITY_ADMIN])
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """Withdraw an appointment; it fails at the next request (A3)."""
    row = _appointment(request, pk)
    answer = perform(
        request,
        lambda: actions.revoke(appointment=row, by=request.actor, now=clock.read()),  # type: ignore[attr-defined]
        then=f"/admin/people/{row.person_id}/",
        done="已撤销，对方的下一次请求即失效。",
    )
    return answer or show_again(request, "admin/person.html", _context(request, row.person))


@desk(only=[Role.SECURITY_ADMIN])
def deputise(request: HttpRequest, pk: int) -> HttpResponse:
    """Let another person stand in for a time."""
    row = _appointment(request, pk)
    form = DeputyForm(request.POST or None, initial={"starts_on": local_date(clock.read())})
    context = {
        "title": f"委派代理人：{row.person.name}，{Role(row.role).label}",
        "form": form, "button": "委派", "back": f"/admin/people/{row.person_id}/",
    }  # fmt: skip
    if request.method != "POST":
        return render(request, "shared/form.html", context)
    if form.is_valid():
        facts = form.facts
        answer = perform(
            request,
            lambda: actions.deputise(
                appointment=row,
                deputy=_named(request, facts["deputy"]),
                starts_on=facts["starts_on"],
                ends_on=facts["ends_on"],
                by=request.actor,  # type: ignore[attr-defined]
                now=clock.read(),
            ),
            then=f"/admin/people/{row.person_id}/",
            done="已委派；代理人的每一步都记在代理人名下。",
            form=form,
        )
        if answer:
            return answer
    return show_again(request, "shared/form.html", context)


def _named(request: HttpRequest, username: str) -> Any:
    key = parties.person_key(username)
    found = parties.person_of(key) if key else None
    if found is None:
        message = f"没有登录名为“{username}”的账号。"
        raise Refused(
            [Refusal("no_person", message, "D47-7", "请核对登录名，或先请系统管理员新建账号。", "deputy")]
        )
    return found
