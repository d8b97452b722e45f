"""Registration of an enterprise: open to everyone, account and draft of the 单位资料 in one step."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from yunquan.desks.enterprise.asking import account_blank
from yunquan.desks.shared.perform import perform
from yunquan.desks.shared.registering import keep_pace, open_account
from yunquan.journal import clock
from yunquan.parties import actions as parties


def register(request: HttpRequest) -> HttpResponse:
    """Open an account for an enterprise; every fault beside its field, what was typed stays (D47-5.7a)."""
    if request.user.is_authenticated:
        return HttpResponseRedirect("/desk/")
    blank = account_blank()
    typed, _faults = blank.read(request)
    form = blank.form(typed, once=request.POST.get("once", ""))
    status = 200
    if request.method == "POST":
        by, now = request.actor, clock.read()  # type: ignore[attr-defined]
        made: list[Any] = []

        def call() -> None:
            keep_pace(request)
            _row, person = open_account(parties.register_enterprise, typed, by=by, now=now)
            made.append(person)

        answer = perform(
            request,
            call,
            then=reverse("enterprise:profile"),
            done="账号已开通，请补齐单位资料后提交审核。",
            form=form,
        )
        if answer is not None:
            if made:
                login(request, made[0], backend="django.contrib.auth.backends.ModelBackend")
            return answer
        status = 422
    context = {
        "form": form,
        "title": "企业注册",
        "lead": "工业企业开通账号后填写单位资料，由所在地主管部门审核。一家企业注册一次；同事的账号请联系系统管理员开通。",
        "other_url": reverse("supplier:register"),
        "other": "我是供应商",
        "articles": "D47-5.7a",
    }
    return render(request, "shared/register.html", context, status=status)
