"""申领: the wizard from contract to submission; the draft lies on the server, nothing typed is lost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST

from yunquan.catalogue import queries as catalogue
from yunquan.desks.enterprise.asking import application_blanks
from yunquan.desks.enterprise.contract_proposals import contract_proposals, contract_said
from yunquan.desks.enterprise.frame import desk, own_enterprise, own_voucher
from yunquan.desks.enterprise.standing import registration_note
from yunquan.desks.shared import journey, proposals, wizard
from yunquan.desks.shared.differing import differing
from yunquan.desks.shared.filling import listen
from yunquan.desks.shared.perform import perform
from yunquan.desks.shared.typed import Blank, Typed
from yunquan.journal import clock
from yunquan.kernel.calendar import local_date
from yunquan.kernel.money import format_yuan
from yunquan.kernel.refusal import Refusal, Refused
from yunquan.parties import queries as parties
from yunquan.parties import regions
from yunquan.programme import queries as programme
from yunquan.vouchers import actions
from yunquan.vouchers import queries as vouchers
from yunquan.vouchers.lifecycle import S

STEPS = (
    ("contract", "合同与金额"),
    ("services", "供应商与应用服务"),
    ("place", "实施地点与承诺"),
    ("check", "核对并提交"),
)
FRESH: dict[str, dict[str, str]] = {"lines": {}}
MOST_SUPPLIERS = 12


@desk
def overview(request: HttpRequest) -> HttpResponse:
    """When one may apply, what is needed, and the applications under way."""
    enterprise, now = own_enterprise(request), clock.read()
    cycle, today = programme.current_cycle(), local_date(now)
    rows = vouchers.waiting_for(request.actor, (S.DRAFT, S.RETURNED))  # type: ignore[attr-defined]
    rows = rows.prefetch_related("lines", "cycle__windows").order_by("-pk")[:50]
    calendar = programme.working_calendar()
    window = programme.window(cycle, "apply") if cycle is not None else None
    context = {
        "registration": registration_note(enterprise),
        "cycle": cycle,
        "once": Blank().form({})["once"],
        "window": window,
        "window_open": window is not None and window.opens_at <= now < window.closes_at,
        "window_over": window is not None and now >= window.closes_at,
        "left": calendar.working_days_between(today, local_date(window.closes_at)) if window else None,
        "ceiling": vouchers.ceiling_of(enterprise, cycle, now) if cycle is not None else None,
        "rows": [
            {
                "voucher": row,
                "contract": row.typed.get("contract_number", "") or "（未填合同编号）",
                "state": journey.state_said(row),
                "tone": journey.TONES[row.state],
                "left": journey.days_left(row, calendar, today),
            }
            for row in rows
        ],
    }
    return render(request, "enterprise/apply.html", context)


@desk
def start(request: HttpRequest) -> HttpResponse:
    """Open a draft and go to its first step; a second click of the same page opens no second draft."""
    if request.method != "POST":
        return HttpResponseRedirect(reverse("enterprise:apply"))
    enterprise, cycle = own_enterprise(request), programme.current_cycle()
    if cycle is None:
        messages.error(request, "目前没有发放周期，暂不能申领。请留意平台公告。")
        return HttpResponseRedirect(reverse("enterprise:apply"))
    by, now = request.actor, clock.read()  # type: ignore[attr-defined]
    answer = perform(
        request,
        lambda: actions.start(enterprise=enterprise, cycle=cycle, by=by, now=now),
        then=lambda row: _place(row, "contract"),
    )
    return answer or HttpResponseRedirect(reverse("enterprise:apply"))


@desk
def step(request: HttpRequest, number: str, step: str) -> HttpResponse:
    """One step of the wizard: GET shows the draft, POST keeps it, and the last step submits it."""
    voucher = own_voucher(request, number)
    if step not in dict(STEPS):
        raise Http404
    if voucher.state not in (S.DRAFT, S.RETURNED):
        messages.info(request, f"这份申领现在是“{journey.state_said(voucher)}”，不能修改。")
        return HttpResponseRedirect(reverse("enterprise:voucher", args=[number]))
    if step == "check":
        return _check(request, voucher)
    query = request.POST.get("q", request.GET.get("q", ""))[:60]
    blanks = _blanks(voucher, query)
    blank, typed = blanks[step], dict(voucher.typed)
    before = dict(voucher.typed)
    problems: list[Refusal] = []
    look = None
    if request.method == "POST":
        heard = listen(request, blank, before=before, fresh=FRESH)
        problems, look = heard.problems, heard.look
        typed |= heard.typed
        if heard.filled or heard.replaced:
            old = before if heard.replaced else None
            typed = _from_contract(request, voucher, typed, old=old)
        refused = _keep(request, voucher, typed, since=before if heard.filled else None)
        if refused is not None:
            return refused
        onward = "next" in request.POST
        shown_again = heard.stays or look.is_reading or "find" in request.POST
        if not problems and not onward and not shown_again:
            messages.success(request, "草稿已保存。")
            return HttpResponseRedirect(request.path)
        if onward:
            unread = {one.field for one in problems}  # A file that was refused isn't also missing.
            found = _refusals(voucher, typed)
            problems += [one for one in found if blank.names()(one.field) and one.field not in unread]
            if not problems:
                return HttpResponseRedirect(_place(voucher, wizard.after(STEPS, step)))
        blanks = _blanks(voucher, query, typed)
        blank = blanks[step]
    elif "check" in request.GET:
        problems = [one for one in _refusals(voucher, typed) if blank.names()(one.field)]
    org = request.actor.org  # type: ignore[attr-defined]
    look = look or proposals.look(blank, typed, org=org)
    form = blank.form(typed, org=org, once=request.POST.get("once", ""), look=look)
    form.beside(problems)
    context = _frame(voucher, step) | {
        "form": form,
        "query": query,
        "reasons": voucher.return_reasons if voucher.state == S.RETURNED else [],
        "award": _award(voucher, typed),
        "said": contract_said(typed, org=org) if step == "services" else None,
        "general": [one for one in problems if not blank.names()(one.field)],
    }
    status = 422 if problems and request.method == "POST" else 200
    return render(request, "enterprise/apply_step.html", context, status=status)


@require_POST
@desk
def preview(request: HttpRequest, number: str) -> HttpResponse:
    """The award for what stands in the page now, nothing kept; a small move of htmx."""
    voucher = own_voucher(request, number, S.DRAFT, S.RETURNED)
    heard, _problems = _blanks(voucher, "")["services"].read(request, taking=False)
    return render(
        request,
        "enterprise/parts/award_preview.html",
        {"award": _award(voucher, dict(voucher.typed) | heard)},
    )


def _from_contract(request: HttpRequest, voucher: Any, typed: Typed, *, old: Typed | None = None) -> Typed:
    """Carry the services and the supplier of the contract that was read into their own step, where it is empty.

    `old` is the draft with the contract that was replaced: what that one had put there goes first.
    """
    services = programme.rulebook(voucher.cycle.pack).services(clock.today())
    found, said = contract_proposals(
        typed,
        org=request.actor.org,  # type: ignore[attr-defined]
        services=services,
        suppliers=parties.registered_suppliers(),
        old=old,
    )
    if said:
        messages.info(request, f"合同中的{'和'.join(said)}已填到“供应商与应用服务”一步，请到那一步核对。")
    return found


def _keep(
    request: HttpRequest, voucher: Any, typed: Typed, *, since: Typed | None = None
) -> HttpResponse | None:
    by, now = request.actor, clock.read()  # type: ignore[attr-defined]
    try:
        actions.save_application(voucher=voucher, typed=typed, by=by, now=now, since=since)
    except Refused as refused:
        for refusal in refused.refusals:
            messages.error(request, f"{refusal.message}{refusal.mend}")
        return HttpResponseRedirect(reverse("enterprise:voucher", args=[voucher.number]))
    return None


def _check(request: HttpRequest, voucher: Any) -> HttpResponse:
    """Everything on one page, every problem at once, and the submission."""
    now, status = clock.read(), 200
    prepared, refusals = vouchers.preview(voucher, voucher.typed, now)
    blanks = _blanks(voucher, "")
    form = Blank().form({}, once=request.POST.get("once", ""))
    if request.method == "POST":
        by = request.actor  # type: ignore[attr-defined]
        answer = perform(
            request,
            lambda: actions.submit(voucher=voucher, by=by, now=now),
            then=reverse("enterprise:voucher", args=[voucher.number]),
            done=lambda row: f"已提交，等待供应商确认。预计奖补 {format_yuan(row.face_fen)} 元。",
            form=form,
        )
        if answer is not None:
            return answer
        refusals = form.refusals_by_field.get("", [])
        status = 422
    known = prepared.application
    names = {one.number: one.name for one in prepared.rulebook.services(prepared.applied_on)}
    context = _frame(voucher, "check") | {
        "once": form["once"],
        "differing": differing(
            blanks,
            voucher.typed,
            org=request.actor.org,  # type: ignore[attr-defined]
            url=lambda step: _place(voucher, step),
        ),
        "problems": wizard.located(refusals, blanks, lambda step: _place(voucher, step)),
        "known": known,
        "supplier": registered(prepared.supplier),
        "city": regions.place_name(known.implementation_city),
        "files": list(prepared.files.values()),
        "lines": [
            {"name": names[line.service], "fee_fen": line.fee_fen, "devices": line.devices}
            for line in known.lines
        ],
        "award": journey.award_shown(vouchers.award_explanation(prepared)),
        "before_fen": prepared.awarded_before_fen,
    }
    return render(request, "enterprise/apply_check.html", context, status=status)


def registered(supplier: Any) -> Any:
    """The supplier when everybody may know it; one still in registration is named to nobody (A1)."""
    return supplier if supplier is not None and supplier.state == "registered" else None


def _refusals(voucher: Any, typed: Typed) -> Sequence[Refusal]:
    return vouchers.preview(voucher, typed, clock.read())[1]


def _award(voucher: Any, typed: Typed) -> dict[str, Any]:
    prepared, _refusals = vouchers.preview(voucher, typed, clock.read())
    return journey.award_shown(vouchers.award_explanation(prepared))


def _blanks(voucher: Any, query: str, typed: Typed | None = None) -> dict[str, Blank]:
    """The questions with the suppliers found and the products of the one chosen."""
    chosen = str((typed if typed is not None else voucher.typed).get("supplier", ""))
    number = int(chosen) if chosen.isascii() and chosen.isdigit() and len(chosen) < 16 else None
    every = parties.registered_suppliers()
    found = parties.registered_suppliers(query)[:MOST_SUPPLIERS] if query else every[:MOST_SUPPLIERS]
    picked = next((row for row in every if row.pk == number), None)
    if picked is not None and picked not in found:
        found = [picked, *found]
    services = programme.rulebook(voucher.cycle.pack).services(clock.today())
    products = list(catalogue.listed(supplier=number)) if number is not None else []
    return application_blanks(services=services, suppliers=found, products=products)


def _frame(voucher: Any, step: str) -> dict[str, Any]:
    window = journey.window_of(voucher, "apply")
    calendar = programme.working_calendar()
    return {
        "voucher": voucher,
        "steps": wizard.tabs(STEPS, step, lambda one: _place(voucher, one)),
        "labels": [label for _, label in STEPS],
        "current": wizard.place_of(STEPS, step),
        "step": step,
        "closes_at": window.closes_at if window is not None else None,
        "left": journey.days_left(voucher, calendar, clock.today()),
        "previous": _place(voucher, before) if (before := wizard.before(STEPS, step)) else "",
        "preview_url": reverse("enterprise:apply_preview", args=[voucher.number]),
    }


def _place(voucher: Any, step: str) -> str:
    return reverse("enterprise:apply_step", args=[voucher.number, step])
