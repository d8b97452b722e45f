"""单位资料: the enterprise's registration: saved draft, licence, submission, state, change (D47-5.7a)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST

from yunquan.desks.enterprise.asking import profile_blank
from yunquan.desks.enterprise.frame import desk, own_enterprise
from yunquan.desks.shared.perform import perform
from yunquan.desks.shared.templatetags.gov import on
from yunquan.journal import clock
from yunquan.kernel.money import format_yuan
from yunquan.kernel.refusal import Refusal, Refused
from yunquan.parties import actions, regions
from yunquan.parties import queries as parties
from yunquan.programme import queries as programme

EDITABLE = ("draft", "returned", "amending")
TONES = {"draft": "waiting", "submitted": "now", "returned": "bad", "amending": "waiting", "rejected": "bad"}


@desk
def profile(request: HttpRequest) -> HttpResponse:
    """The form while it can be changed, else what was registered; a POST keeps it and may submit it."""
    enterprise = own_enterprise(request)
    if enterprise.state not in EDITABLE:
        if request.method == "POST":
            messages.info(request, f"单位资料现在是“{_state(enterprise)}”，没有重复办理。")
            return HttpResponseRedirect(request.path)
        return render(request, "enterprise/profile.html", _frame(request, enterprise))
    typed = dict(enterprise.typed)
    problems: list[Refusal] = []
    blank = profile_blank(str(typed.get("city", "")))
    if request.method == "POST":
        heard, problems = blank.read(request)
        by, now = request.actor, clock.read()  # type: ignore[attr-defined]
        try:
            actions.save_enterprise(enterprise=enterprise, typed=heard, by=by, now=now)
        except Refused as refused:
            problems += refused.refusals
        typed |= heard
        blank = profile_blank(str(typed.get("city", "")))
        if not problems and "submit" not in request.POST:
            messages.success(request, "草稿已保存，尚未提交审核。")
            return HttpResponseRedirect(request.path)
    form = blank.form(typed, org=request.actor.org, once=request.POST.get("once", ""))  # type: ignore[attr-defined]
    if problems:
        form.add_refusals(problems)
    elif request.method == "POST":
        answer = _submit(request, enterprise, form)
        if answer is not None:
            return answer
    context = _frame(request, enterprise) | {"form": form, "reasons": enterprise.return_reasons}
    status = 422 if request.method == "POST" else 200
    return render(request, "enterprise/profile_form.html", context, status=status)


def _submit(request: HttpRequest, enterprise: Any, form: Any) -> HttpResponse | None:
    by, now = request.actor, clock.read()  # type: ignore[attr-defined]
    return perform(
        request,
        lambda: actions.submit_enterprise(
            enterprise=enterprise,
            by=by,
            now=now,
            rules=programme.current_rulebook(),
            calendar=programme.working_calendar(),
        ),
        then=reverse("enterprise:profile"),
        done=lambda row: (
            f"已提交，{regions.place_name(row.city)}主管部门将在 {row.due_on} 前审核。现在就可以申领。"
        ),
        form=form,
    )


@require_POST
@desk
def change(request: HttpRequest) -> HttpResponse:
    """Open the registered information for change, or drop the intended change."""
    enterprise = own_enterprise(request)
    verbs = {"amend": actions.amend_enterprise, "keep": actions.keep_enterprise}
    verb = verbs.get(request.POST.get("action", ""))
    if verb is None:
        raise Http404
    by, now = request.actor, clock.read()  # type: ignore[attr-defined]
    place = reverse("enterprise:profile")
    answer = perform(request, lambda: verb(enterprise=enterprise, by=by, now=now), then=place)
    return answer or HttpResponseRedirect(place)


def _frame(request: HttpRequest, enterprise: Any) -> dict[str, Any]:
    place = f"{regions.place_name(enterprise.city)}{regions.place_name(enterprise.county)}"
    row = enterprise
    revenue = f"{format_yuan(row.revenue_fen)} 元" if row.revenue_fen is not None else "—"
    bank = f"{row.bank_name} {row.bank_account}".strip() or "尚未填写，兑付前请补齐"
    return {
        "enterprise": enterprise,
        "state": _state(enterprise),
        "tone": TONES.get(enterprise.state, "good"),
        "bureau": parties.reviewing_bureau(row.city, row.county).name if row.city else "",
        "offers": [one.action for one in row.lifecycle.offers(row.state, request.actor.role)],  # type: ignore[attr-defined]
        "reasons": row.return_reasons,
        "facts": [
            ("企业名称", row.name),
            ("统一社会信用代码", row.uscc),
            ("所在地区", place or "—"),
            ("地址", row.address or "—"),
            ("成立日期", on(row.founded_on)),
            ("行业", row.industry or "—"),
            ("企业规模", row.get_size_display()),
            ("上年度主营业务收入", revenue),
            ("两化融合贯标", "已通过" if row.is_iia_certified else "未通过"),
            ("收款账户", bank),
            ("联系人", f"{row.contact_name} {row.contact_phone}".strip() or "—"),
        ],
    }


def _state(enterprise: Any) -> str:
    return str(enterprise.lifecycle.states.get(enterprise.state, "已通过"))
