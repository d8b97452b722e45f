"""利害关系: an expert declares relations to firms, and sees those that the platform computed (D108-3.1)."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from yunquan.desks.expert.frame import desk
from yunquan.desks.shared.inspections.expert_forms import TieForm
from yunquan.desks.shared.perform import perform, show_again
from yunquan.inspections import expert_queries as queries
from yunquan.inspections.actions import experts as register
from yunquan.journal import clock


@desk
def ties(request: HttpRequest) -> HttpResponse:
    """My sheet on the register and my ties; a new one counts at once."""
    row = queries.own_sheet(request.actor)  # type: ignore[attr-defined]
    form = TieForm(request.POST or None)
    context = {
        "expert": row, "form": form, "ties": queries.ties_of(row) if row else [],
        "attended": queries.attended(row) if row else [],
    }  # fmt: skip
    if request.method != "POST":
        return render(request, "expert/inspections_ties.html", context)
    if row is None:
        raise Http404
    if form.is_valid():
        answer = perform(
            request,
            lambda: register.declare_tie(expert=row, **form.facts, by=request.actor, now=clock.read()),  # type: ignore[attr-defined]
            then="/expert/ties/", done="已申报，与该单位有关的抽查不会再请您。", form=form,
        )  # fmt: skip
        if answer:
            return answer
    return show_again(request, "expert/inspections_ties.html", context)


@require_POST
@desk
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """A declared relation is over."""
    row = queries.own_sheet(request.actor)  # type: ignore[attr-defined]
    if row is None:
        raise Http404
    answer = perform(
        request,
        lambda: register.end_tie(expert=row, tie=pk, by=request.actor, now=clock.read()),  # type: ignore[attr-defined]
        then="/expert/ties/", done="已登记为不再存在。",
    )  # fmt: skip
    return answer or ties(request)
