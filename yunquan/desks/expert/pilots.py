"""试点评审: interests first, then the score sheet, once (D47-A2, D47-8.1)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from yunquan.desks.expert.frame import desk
from yunquan.desks.shared import pilot_papers, pilot_parts
from yunquan.desks.shared.forms import BaseForm, dress
from yunquan.desks.shared.perform import perform, show_again
from yunquan.journal import clock
from yunquan.pilots import access, actions


class TieForm(BaseForm):
    """Where the expert works, and what ties him to the applicant."""

    employer = forms.CharField(label="所在单位", max_length=120, required=False, help_text="没有单位的写“无”")
    interest = forms.CharField(
        label="与申报单位、联合单位或其他申报单位的利害关系", max_length=1000, required=False,
        widget=forms.Textarea(attrs={"rows": 2}), help_text="没有的留空；填写后即回避，不再评审这份申报",
    )  # fmt: skip


class SheetForm(BaseForm):
    """The items of the call's sheet, and an opinion."""

    opinion = forms.CharField(
        label="评审意见", max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 4})
    )

    def __init__(self, *args: Any, items: list[dict[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields = {
            f"points_{place}": forms.CharField(
                label=f"{item['name']}（{item['weight']}%）", required=False, max_length=6,
                help_text=item["about"], widget=forms.TextInput(attrs={"inputmode": "numeric"}),
            )
            for place, item in enumerate(items)
        }  # fmt: skip
        self.fields = {**fields, **self.fields}
        dress(self)

    def points(self) -> list[int | None]:
        """The points as whole numbers; what isn't one is None."""
        typed = [self.data.get(name, "").strip() for name in self.fields if name.startswith("points_")]
        return [int(one) if one.isascii() and one.isdecimal() and len(one) < 4 else None for one in typed]


@desk
def listing(request: HttpRequest) -> HttpResponse:
    """The applications that one is asked to review, those without a sheet first."""
    rows = [_row(seat) for seat in access.seats_of(request.actor)[:200]]
    rows.sort(key=lambda row: not row["is_open"])
    return render(request, "expert/pilots.html", {"rows": rows})


@desk
def seat(request: HttpRequest, pk: int) -> HttpResponse:
    """One application: declare, read, score."""
    return render(request, "expert/pilot.html", _context(request, _seat(request, pk)))


@require_POST
@desk
def declare(request: HttpRequest, pk: int) -> HttpResponse:
    """Name the employer and any interest."""
    row, sent = _seat(request, pk), TieForm(request.POST)
    if sent.is_valid():
        answer = perform(
            request,
            lambda: actions.declare(pilot=row.pilot, by=request.actor, now=clock.read(), **sent.facts),
            then=lambda seat: "/expert/pilots/" if seat.recused_at else f"/expert/pilots/{pk}/",
            done=lambda seat: f"您已回避：{seat.recused_why}。" if seat.recused_at else "已申报，请评分。",
            form=sent,
        )
        if answer:
            return answer
    context = _context(request, _seat(request, pk)) | {"tie_form": sent}
    return show_again(request, "expert/pilot.html", context)


@require_POST
@desk
def score(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the sheet."""
    row = _seat(request, pk)
    sent = SheetForm(request.POST, items=row.pilot.call.criteria)
    if sent.is_valid():
        answer = perform(
            request,
            lambda: actions.score(
                pilot=row.pilot, points=sent.points(), opinion=sent.cleaned_data["opinion"], by=request.actor,
                now=clock.read(),
            ),
            then="/expert/pilots/", done="评分表已提交。", form=sent,
        )  # fmt: skip
        if answer:
            return answer
    context = _context(request, _seat(request, pk)) | {"sheet_form": sent}
    return show_again(request, "expert/pilot.html", context)


@require_safe
@desk
def download(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """The application as PDF or Word, for who may review it."""
    row = _seat(request, pk)
    if row.declared_at is None or row.recused_at is not None:
        raise Http404
    return pilot_papers.answer(row.pilot, kind)


def _seat(request: HttpRequest, pk: int) -> Any:
    row = access.seat_for(request.actor, pk)
    if row is None:
        raise Http404
    return row


def _row(seat: Any) -> dict[str, Any]:
    is_open = seat.given_at is None and seat.recused_at is None and seat.pilot.state == "reviewing"
    said = (
        ("已回避", "bad")
        if seat.recused_at
        else ("已评分", "good")
        if seat.given_at
        else ("待评分", "waiting")
    )
    return {
        "seat": seat,
        "pilot": seat.pilot,
        "is_open": is_open,
        "said": said if is_open or said[0] != "待评分" else ("评审已结束", ""),
        "total": pilot_parts.points(seat.total),
    }


def _context(request: HttpRequest, seat: Any) -> dict[str, Any]:
    pilot, now = seat.pilot, clock.read()
    row = _row(seat)
    # Who stood back reads nothing of the application any more; nobody reads it before declaring.
    may_read = seat.declared_at is not None and seat.recused_at is None
    waits = pilot.held_at is not None and pilot.held_at > now
    return {
        **row,
        "title": pilot.title,
        "may_read": may_read,
        "waits": waits,
        "parts": pilot_parts.parts(pilot, now) if may_read else [],
        "proofs": pilot_parts.proofs(pilot) if may_read else [],
        "tie_form": TieForm() if row["is_open"] and not may_read else None,
        "sheet_form": SheetForm(items=pilot.call.criteria)
        if row["is_open"] and may_read and not waits
        else None,
        "points": list(zip([item["name"] for item in pilot.call.criteria], seat.points, strict=False)),
    }
