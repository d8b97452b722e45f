"""回执账号和换人: the system administrator opens accounts from receipts, the security administrator appoints (A2, D47-A3)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from yunquan.desks.admin.frame import desk
from yunquan.desks.admin.people import first_password
from yunquan.desks.shared.forms import BaseForm
from yunquan.desks.shared.open_work import waiting_with
from yunquan.desks.shared.perform import perform
from yunquan.journal import clock
from yunquan.kernel.calendar import local_date
from yunquan.kernel.refusal import Refusal, Refused
from yunquan.parties import access, actions, contacts
from yunquan.parties import queries as parties
from yunquan.parties.checks import LEVELS_OF_ROLES
from yunquan.policy.roles import Role

HOME = "/admin/contacts/"


class OpenForm(BaseForm):
    """A new account, or one that the person has already."""

    kind = forms.ChoiceField(
        label="账号",
        choices=[("new", "新建账号，初始密码只显示一次"), ("known", "本人已有账号，登记登录名")],
        widget=forms.RadioSelect,
        initial="new",
    )
    username = forms.CharField(label="登录名", max_length=60, help_text="建议用单位简称加姓名拼音，不含空格")


class AppointForm(BaseForm):
    """Which role, or from whom everything is taken over."""

    leaver = forms.ChoiceField(
        label="接替", required=False, help_text="换人的，选离任的人：其全部岗位和待办一次移交"
    )
    role = forms.ChoiceField(label="岗位", required=False, help_text="不接替别人时选择")
    reason = forms.CharField(
        label="换人的原因", required=False, max_length=200, help_text="如：岗位调整、退休"
    )

    def __init__(self, *args: Any, bureau: Any, holders: list[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people: dict[str, list[Any]] = {}
        for row in holders:
            people.setdefault(str(row.person_id), []).append(row)
        self.people = {key: rows[0].person for key, rows in people.items()}
        chosen: Any = self.fields["leaver"]
        chosen.choices = [
            ("", "不接替，新任命"),
            *(
                (key, f"{rows[0].person.name}（{'、'.join(Role(r.role).label for r in rows)}）")
                for key, rows in people.items()
            ),
        ]
        role: Any = self.fields["role"]
        fitting = [Role(one) for one, levels in LEVELS_OF_ROLES.items() if bureau.level in levels]
        role.choices = [("", "请选择"), *((one.value, one.label) for one in fitting)]


class HandOverForm(BaseForm):
    """Who takes over from this person, in which bureau, and why."""

    bureau = forms.ChoiceField(label="单位")
    successor = forms.CharField(label="接手人的登录名", max_length=60)
    reason = forms.CharField(label="原因", required=False, max_length=200, help_text="如：岗位调整、退休")


@desk(only=[Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN])
def listing(request: HttpRequest) -> HttpResponse:
    """What waits for this administrator, and the changes of person so far."""
    actor = request.actor  # type: ignore[attr-defined]
    context = {
        "opens": actor.role == Role.SYSTEM_ADMIN,
        "editions": list(contacts.to_open(actor)[:200]),
        "accounts": list(contacts.to_appoint(actor)[:200]),
        "handovers": list(contacts.handovers(actor)[:50]),
    }
    return render(request, "admin/contacts.html", context)


@desk(only=[Role.SYSTEM_ADMIN])
def opening(request: HttpRequest, pk: int) -> HttpResponse:
    """Open the account of one receipt's responsible person; a first password is shown this once."""
    actor = request.actor  # type: ignore[attr-defined]
    edition = contacts.to_open(actor).filter(pk=pk).first()
    if edition is None:
        raise Http404
    form = OpenForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        password, made = first_password() if form.facts["kind"] == "new" else "", []
        answer = perform(
            request,
            lambda: made.append(
                actions.open_contact_account(
                    edition=edition,
                    username=form.facts["username"],
                    password=password,
                    by=actor,
                    now=clock.read(),
                )
            ),
            then=HOME,
            done="" if password else "已登记，请安全管理员任命。",
            form=form,
        )
        if made and password:
            shown = {"person": made[0].person, "password": password, "is_new": True}
            return render(request, "admin/password.html", shown)
        if answer is not None:
            return answer
    context = {"edition": edition, "form": form}
    return render(
        request, "admin/contact_open.html", context, status=422 if request.method == "POST" else 200
    )


@desk(only=[Role.SECURITY_ADMIN])
def appointing(request: HttpRequest, pk: int) -> HttpResponse:
    """Appoint the account's person, or let the person take over from a colleague, in one act."""
    actor, now = request.actor, clock.read()  # type: ignore[attr-defined]
    account = contacts.to_appoint(actor).filter(pk=pk).first()
    if account is None:
        raise Http404
    bureau, today = account.edition.receipt.bureau, local_date(now)
    held = [row for row in contacts.holders(bureau, today) if row.person_id != account.person_id]
    form = AppointForm(request.POST or None, bureau=bureau, holders=held)
    if request.method == "POST" and form.is_valid():
        leaver = form.people.get(form.facts["leaver"])
        mine = [row for row in held if leaver is not None and row.person_id == leaver.pk]
        answer = perform(
            request,
            lambda: actions.appoint_contact(
                account=account, role=form.facts["role"], leaver=leaver, reason=form.facts["reason"],
                open_work=waiting_with(mine), by=actor, now=now,
            ),
            then=HOME,
            done="已任命，下一次请求起生效。" if leaver is None else f"{leaver.name}的岗位和待办已全部移交。",
            form=form,
        )  # fmt: skip
        if answer is not None:
            return answer
    people = list({row.person_id: row.person for row in held}.values())
    context = {
        "account": account,
        "bureau": bureau,
        "form": form,
        "open_work": waiting_with(held),
        "deputies": contacts.deputies(people, bureau, today),
    }
    return render(
        request, "admin/contact_appoint.html", context, status=422 if request.method == "POST" else 200
    )


@desk(only=[Role.SECURITY_ADMIN])
def handing_over(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything that a person holds in a bureau goes to a successor, in one act."""
    actor, now = request.actor, clock.read()  # type: ignore[attr-defined]
    leaver = access.person_for(actor, pk)
    today = local_date(now)
    held = [
        row
        for row in (access.appointments_of(leaver, today) if leaver is not None else [])
        if row.bureau is not None and row.deputy_for_id is None and not row.operator
    ]
    if leaver is None or not held:
        raise Http404
    bureaus: dict[str, Any] = {str(row.bureau_id): row.bureau for row in held}
    form = HandOverForm(request.POST or None)
    chosen: Any = form.fields["bureau"]
    chosen.choices = [(key, row.name) for key, row in bureaus.items()]
    if request.method == "POST" and form.is_valid():
        bureau = bureaus[form.facts["bureau"]]
        mine = [row for row in held if row.bureau_id == bureau.pk]
        answer = perform(
            request,
            lambda: actions.hand_over(
                leaver=leaver, successor=_named(form.facts["successor"]), bureau=bureau,
                reason=form.facts["reason"], open_work=waiting_with(mine), by=actor, now=now,
            ),
            then=f"/admin/people/{pk}/",
            done="已交接：原岗位立即失效，接手人下一次请求起生效。",
            form=form,
        )  # fmt: skip
        if answer is not None:
            return answer
    context = {
        "person": leaver,
        "held": [{"role": Role(row.role).label, "bureau": bureaus[str(row.bureau_id)].name} for row in held],
        "form": form,
        "open_work": waiting_with(held),
        "deputies": [
            one for bureau in bureaus.values() for one in contacts.deputies([leaver], bureau, today)
        ],
    }
    return render(request, "admin/hand_over.html", context, status=422 if request.method == "POST" else 200)


def _named(username: str) -> Any:
    key = parties.person_key(username)
    found = parties.person_of(key) if key else None
    if found is None:
        message, mend = f"没有登录名为“{username}”的账号。", "请核对登录名，或先请系统管理员新建账号。"
        raise Refused([Refusal("no_person", message, "D47-A3", mend, "successor")])
    return found
