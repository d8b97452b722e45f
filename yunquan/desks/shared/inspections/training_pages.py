"""专家培训: sessions before inspections and who was there; the same pages for the province and the cities (D26-3)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.urls.resolvers import URLPattern

from yunquan.desks.shared import columns
from yunquan.desks.shared.inspections.expert_forms import AttendForm, TrainingForm
from yunquan.desks.shared.lists import GovTable, ListPage
from yunquan.desks.shared.perform import perform, show_again
from yunquan.inspections import expert_queries as queries
from yunquan.inspections.actions import experts as register
from yunquan.journal import clock


class TrainingPages:
    """The pages of one desk; `base` is the address under which they lie."""

    def __init__(self, desk: Callable[[Any], Any], base: str) -> None:
        self.desk, self.base = desk, base

    def urls(self) -> list[URLPattern]:
        """The addresses, to be put into the desk's own."""
        head = "inspections/training/"
        return [
            path(head, self.desk(self.listing().as_view()), name="training"),
            path(f"{head}new/", self.desk(self.write), name="training_new"),
            path(f"{head}<int:pk>/", self.desk(self.show), name="training_one"),
        ]

    def listing(self) -> type[ListPage]:
        base = self.base

        class TrainingTable(GovTable):
            title = columns.LinkColumn(verbose_name="培训", to=lambda row: f"{base}{row.pk}/")
            regime = columns.TextColumn(verbose_name="规程")
            held_at = columns.MomentColumn(verbose_name="时间")
            place = columns.TextColumn(verbose_name="地点或会议号")
            count = columns.CountColumn(verbose_name="到场")

            class Meta(GovTable.Meta):
                caption = "专家培训"

        class TrainingList(ListPage):
            title = "专家培训"
            table_class = TrainingTable
            search_fields = ("title", "place")
            order = ("-held_at", "-pk")
            export_name = "专家培训"
            empty_title = "还没有登记培训"
            empty_text = "规程要求培训的，只有到场的专家才能进入抽查专家组。"
            empty_url = f"{base}new/"
            empty_action = "登记培训"
            template_name = "shared/inspections/trainings.html"

            def rows(self) -> QuerySet[Any]:
                return queries.trainings(self.request.actor)  # type: ignore[attr-defined]

            def context(self) -> dict[str, Any]:
                return {"base": base}

        return TrainingList

    def write(self, request: HttpRequest) -> HttpResponse:
        """Enter a session."""
        form = TrainingForm(request.POST or None)
        context = {"title": "登记培训", "form": form, "button": "保存", "back": self.base}
        if request.method != "POST":
            return render(request, "shared/form.html", context)
        if form.is_valid():
            answer = perform(
                request,
                lambda: register.hold_training(**form.facts, by=request.actor, now=clock.read()),  # type: ignore[attr-defined]
                then=lambda row: f"{self.base}{row.pk}/", done="已登记。培训后再登记到场的专家。", form=form,
            )  # fmt: skip
            if answer:
                return answer
        return show_again(request, "shared/form.html", context)

    def show(self, request: HttpRequest, pk: int) -> HttpResponse:
        """One session: who was there, and who is entered now."""
        actor, now = request.actor, clock.read()  # type: ignore[attr-defined]
        row = queries.training_for(actor, pk)
        if row is None:
            raise Http404
        known = queries.who_attended(row)
        form = AttendForm(request.POST or None, known=known)
        context = {
            "training": row, "title": row.title, "form": form, "base": self.base,
            "attended": [label for number, label in queries.choices() if int(number) in known],
            "regime_title": dict(queries.regime_titles()).get(row.regime, row.regime),
        }  # fmt: skip
        if request.method != "POST":
            return render(request, "shared/inspections/training.html", context)
        if form.is_valid():
            people = queries.experts_by(form.cleaned_data["experts"])
            answer = perform(
                request, lambda: register.attend(training=row, experts=people, by=actor, now=now),
                then=f"{self.base}{pk}/", done="到场已登记。", form=form,
            )  # fmt: skip
            if answer:
                return answer
        return show_again(request, "shared/inspections/training.html", context)
