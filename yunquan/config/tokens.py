"""接口令牌: an organisation's own system gets a token for one of its people's appointments, shown once.

Desks and the API stand side by side and don't know each other; this page knows both, so it lives here.
"""

from __future__ import annotations

from django import forms
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_POST

from yunquan.api import actions, queries
from yunquan.api.access import token_for
from yunquan.desks.shared.desk import HOME
from yunquan.desks.shared.forms import BaseForm
from yunquan.desks.shared.perform import perform
from yunquan.journal import clock
from yunquan.kernel.refusal import Refused
from yunquan.policy.roles import Role


class TokenForm(BaseForm):
    """What a token is for, for how long, and whether it may change anything."""

    name = forms.CharField(label="用途", max_length=60, help_text="写明哪个系统使用，例如“ERP 对接”。")
    days = forms.IntegerField(label="有效天数", initial=180, min_value=1, max_value=366)
    may_write = forms.BooleanField(label="允许办理（提交、确认等），不勾选则只能查询", required=False)


def tokens(request: HttpRequest) -> HttpResponse:
    """The organisation's tokens, and a form for a new one; the text of a new token is shown this once."""
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    appointment = request.appointment  # type: ignore[attr-defined]
    if appointment is None:
        raise Http404
    actor, now = request.actor, clock.read()  # type: ignore[attr-defined]
    form, issued = TokenForm(request.POST or None), None
    if request.method == "POST" and form.is_valid():
        try:
            issued = actions.create_token(appointment=appointment, by=actor, now=now, **form.facts)
            form = TokenForm()
        except Refused as refused:
            form.add_refusals(refused.refusals)
    context = {
        "form": form,
        "issued": issued.text if issued else "",
        "tokens": queries.tokens_of(actor, now),
        "home": HOME.get(Role(actor.role), "/"),
    }
    answer = render(request, "account/tokens.html", context, status=422 if form.errors else 200)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@require_POST
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a token back at once."""
    token = token_for(request.actor, pk)  # type: ignore[attr-defined]
    if token is None:
        raise Http404

    def call() -> object:
        return actions.revoke_token(token=token, by=request.actor, now=clock.read())  # type: ignore[attr-defined]

    answer = perform(request, call, then="/desk/tokens/", done="令牌已收回。")
    # Not `tokens(request)`: that would read this POST as an order for a new token.
    return answer or redirect("/desk/tokens/")


urlpatterns = [
    path("", tokens, name="tokens"),
    path("<int:pk>/revoke", revoke, name="revoke_token"),
]
