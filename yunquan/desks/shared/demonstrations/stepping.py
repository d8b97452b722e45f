"""What the pages of the demonstration projects have in common: the thing behind its door, a step, a form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from yunquan.desks.shared.demonstrations.asking import FRESH, Step
from yunquan.desks.shared.perform import perform
from yunquan.desks.shared.typed import Blank, rearranged
from yunquan.journal import clock
from yunquan.kernel.calendar import CalendarNotAnnounced
from yunquan.policy.deadlines import working_days_left
from yunquan.programme.queries import working_calendar

HEAD = "demonstrations/"
FOLDER = "shared/demonstrations"


class Stepping:
    """The steps of officials and the forms of everybody, under one desk's `base`."""

    base: str
    officials: bool

    def steps(self, request: HttpRequest, row: Any, steps: Mapping[str, Step]) -> dict[str, Step]:
        """The steps that this person may take on a thing as it stands: the buttons of its page."""
        if not self.officials:
            return {}
        offered = {one.action for one in row.lifecycle.offers_to(row.state, request.actor)}  # type: ignore[attr-defined]
        return {name: step for name, step in steps.items() if name in offered}

    def step(
        self,
        request: HttpRequest,
        row: Any,
        step: Step | None,
        here: str,
        subject: str,
        *,
        told: Callable[[Any], dict[str, Any]] | None = None,
    ) -> HttpResponse:
        """The page of one step; `told` gives what is shown below its form."""
        actor = request.actor  # type: ignore[attr-defined]
        roles = {role for one in row.lifecycle.rows for role in one.roles}
        if step is None or actor.role not in roles:
            raise Http404
        context = {
            "title": step.title, "subject": subject, "note": step.note, "article": step.article, "look": step.look,
            "button": step.title, "back": here, "template": "step.html", **(told(row) if told is not None else {}),
        }  # fmt: skip
        return self.filled(
            request, step.blank, {}, lambda typed: step.call(row, typed, actor, clock.read()),
            then=lambda _made: here, done=step.done, context=context,
        )  # fmt: skip

    def filled(
        self,
        request: HttpRequest,
        blank: Blank,
        start: Mapping[str, Any],
        call: Callable[[dict[str, Any]], Any],
        *,
        then: Callable[[Any], str],
        done: str | Callable[[Any], str],
        context: Mapping[str, Any],
    ) -> HttpResponse:
        """A form: shown, rows added or removed, or carried out; refused, it comes back as it was typed."""
        org, status = request.actor.org, 200  # type: ignore[attr-defined]
        form = blank.form(start, org=org)
        if request.method == "POST":
            typed, faults = blank.read(request)
            if rearranged(request, typed, {name: FRESH[name] for name in blank.rows}):
                form = blank.form(typed, org=org)
            else:
                form = blank.form(typed, org=org, once=request.POST.get("once", ""))
                form.beside(faults)
                answer = (
                    None if faults else perform(request, lambda: call(typed), then=then, done=done, form=form)
                )
                if answer is not None:
                    return answer
                status = 422
        shown = {
            "note": "",
            "article": "",
            "look": "btn-primary",
            "subject": "",
            "base": self.base,
            **context,
        }
        return render(request, f"{FOLDER}/{context['template']}", {**shown, "form": form}, status=status)


def found(door: Callable[..., Any], request: HttpRequest, pk: int) -> Any:
    """A thing that the person may see; 404 otherwise."""
    row = door(request.actor, pk)  # type: ignore[attr-defined]
    if row is None:
        raise Http404
    return row


def left(due_on: Any, today: Any) -> int | None:
    """Working days left; None where the year's calendar is not announced."""
    try:
        return working_days_left(due_on, today, working_calendar())
    except CalendarNotAnnounced:
        return None
