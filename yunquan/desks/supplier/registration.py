"""注册资料: the supplier's registration: saved draft, submission to city or province, state (D47-5.3 to 5.5)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from yunquan.desks.shared.perform import perform
from yunquan.desks.shared.templatetags.gov import on
from yunquan.desks.supplier.asking import registration_blank
from yunquan.desks.supplier.frame import desk, own_supplier
from yunquan.journal import clock
from yunquan.kernel.refusal import Refusal, Refused
from yunquan.parties import actions, regions
from yunquan.programme import queries as programme

EDITABLE = ("draft", "returned")
TONES = {"draft": "waiting", "returned": "bad", "rejected": "bad", "registered": "good"}


@desk
def registration(request: HttpRequest) -> HttpResponse:
    """The form while it can be changed, else what was registered; a POST keeps it and may submit it."""
    supplier, now = own_supplier(request), clock.read()
    rules = programme.current_rulebook()
    services = rules.services(clock.today())
    context = _frame(supplier, {one.number: one.name for one in services})
    if supplier.state not in EDITABLE:
        if request.method == "POST":
            messages.info(request, f"注册申请现在是“{context['state']}”，没有重复办理。")
            return HttpResponseRedirect(request.path)
        return render(request, "supplier/registration.html", context)
    blank, typed = registration_blank(services), dict(supplier.typed)
    problems: list[Refusal] = []
    by = request.actor  # type: ignore[attr-defined]
    if request.method == "POST":
        heard, problems = blank.read(request)
        try:
            actions.save_supplier(supplier=supplier, typed=heard, by=by, now=now)
        except Refused as refused:
            problems += refused.refusals
        typed |= heard
        if not problems and "submit" not in request.POST:
            messages.success(request, "草稿已保存，尚未提交审核。")
            return HttpResponseRedirect(request.path)
    form = blank.form(typed, org=by.org, once=request.POST.get("once", ""))
    window_open, window_text = programme.registering(now)
    if problems:
        form.add_refusals(problems)
    elif request.method == "POST":
        answer = perform(
            request,
            lambda: actions.submit_supplier(
                supplier=supplier,
                by=by,
                now=now,
                rules=rules,
                calendar=programme.working_calendar(),
                window_open=window_open,
                window_text=window_text,
            ),
            then=reverse("supplier:registration"),
            done=lambda row: f"已提交，现在是“{row.lifecycle.states[row.state]}”。",
            form=form,
        )
        if answer is not None:
            return answer
    context |= {"form": form, "window_open": window_open, "window_text": window_text}
    status = 422 if request.method == "POST" else 200
    return render(request, "supplier/registration_form.html", context, status=status)


def _frame(supplier: Any, services: dict[int, str]) -> dict[str, Any]:
    where = regions.place_name(supplier.city) if supplier.is_in_province else "省外"
    return {
        "supplier": supplier,
        "state": supplier.lifecycle.states[supplier.state],
        "tone": TONES.get(supplier.state, "now"),
        "reasons": supplier.return_reasons,
        "facts": [
            ("供应商名称", supplier.name),
            ("统一社会信用代码", supplier.uscc),
            ("注册地", where or "—"),
            ("地址", supplier.address or "—"),
            ("所依托的平台", supplier.platform or "—"),
            ("拟提供的应用服务", "、".join(services.get(one, str(one)) for one in supplier.services) or "—"),
            ("知识产权", "自有" if supplier.holds_ip else "代理或授权"),
            ("供给资源池", "已入选" if supplier.in_resource_pool else "未入选"),
            ("试点示范", "承担" if supplier.is_pilot else "未承担"),
            ("注册日期", on(supplier.registered_on)),
            ("联系人", f"{supplier.contact_name} {supplier.contact_phone}".strip() or "—"),
        ],
    }
