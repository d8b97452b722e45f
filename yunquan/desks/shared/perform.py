"""Run an action behind a page: refusals become errors, success redirects, a second click does nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from django.contrib import messages
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from yunquan.desks.shared.forms import BaseForm
from yunquan.kernel.refusal import Refused

Result = TypeVar("Result")
_KEPT = 40  # Tokens remembered in a session; older pages are refused by the action's own state check.
_DAY_SECONDS = 86_400


def perform(
    request: HttpRequest,
    call: Callable[[], Result],
    *,
    then: str | Callable[[Result], str],
    done: str | Callable[[Result], str] = "",
    form: BaseForm | None = None,
) -> HttpResponseRedirect | None:
    """Run `call` and redirect to `then`; None when it was refused, with the reasons in form or messages.

    `then` and `done` (the sentence of success) may be functions of the action's result.  A form sent
    twice runs once: the second redirects to where the first led.
    """
    token = form.token if form is not None else request.POST.get("once", "")[:64]
    earlier = dict(request.session.get("performed", {}))
    if token and token in earlier:
        messages.info(request, "这一步已经办过，没有重复办理。")
        return HttpResponseRedirect(earlier[token])
    # Only the holder of the session can be kept waiting by the token, so it is bound to it.
    key = f"once:{request.session.session_key}:{token}"
    if token and not cache.add(key, "running", _DAY_SECONDS):
        messages.info(request, "同一份提交正在办理，请稍候刷新查看结果。")
        return HttpResponseRedirect(request.path)
    try:
        result = call()
    except Refused as refused:
        if token:
            cache.delete(key)
        if form is not None:
            form.add_refusals(refused.refusals)
        else:
            for refusal in refused.refusals:
                mend = f"怎么办：{refusal.mend}" if refusal.mend else ""
                messages.error(request, f"{refusal.message}{mend}")
        return None
    except BaseException:
        if token:
            cache.delete(key)
        raise
    place = then(result) if callable(then) else then
    if token:
        kept = list(earlier.items())[-(_KEPT - 1) :]
        request.session["performed"] = dict([*kept, (token, place)])
    said = done(result) if callable(done) else done
    if said:
        messages.success(request, said)
    return HttpResponseRedirect(place)


def show_again(request: HttpRequest, template: str, context: Mapping[str, Any]) -> HttpResponse:
    """The page once more with what was typed and every error, as status 422."""
    return render(request, template, dict(context), status=422)
