"""奖补测算: what a contract would be awarded, by the same function that pins a voucher's face (D47-4.4.2, 4.4.3)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from yunquan.catalogue import queries as catalogue
from yunquan.desks.public.frame import open_page
from yunquan.desks.shared import journey
from yunquan.desks.shared.forms import BaseForm, MoneyField, dress
from yunquan.journal import clock
from yunquan.kernel.refusal import Refusal, Refused
from yunquan.policy.award import AwardLine, award
from yunquan.policy.values import SIZE_LABELS
from yunquan.programme.queries import current_rulebook
from yunquan.vouchers.queries import explanation_of

LINES = 4


class ReckoningForm(BaseForm):
    """Up to four services of one contract; nothing is kept."""

    def __init__(self, *args: Any, services: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["once"]
        for place in range(LINES):
            self.fields[f"service{place}"] = forms.ChoiceField(
                label="应用服务", required=False, choices=[("", "不选"), *services]
            )
            self.fields[f"fee{place}"] = MoneyField(label="上云费用（元）", required=False)
            self.fields[f"devices{place}"] = forms.IntegerField(
                label="联网设备台套数", required=False, min_value=1, max_value=1_000_000
            )
        self.fields["size"] = forms.ChoiceField(
            label="企业规模", required=False, choices=[("", "不说明"), *SIZE_LABELS.items()]
        )
        self.fields["before"] = MoneyField(
            label="本周期此前已核定（元）", required=False, help_text="先申领的券已核定的奖补合计"
        )
        dress(self)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for place in range(LINES):
            service, fee = cleaned.get(f"service{place}"), cleaned.get(f"fee{place}")
            if service and fee is None and f"fee{place}" not in self.errors:
                self.add_error(f"fee{place}", "请填写这一项的上云费用。")
            if fee is not None and not service:
                self.add_error(f"service{place}", "请选择应用服务。")
        if not self.errors and not any(cleaned.get(f"service{place}") for place in range(LINES)):
            self.add_error("service0", "至少选择一项应用服务。")
        return cleaned

    def lines(self) -> list[tuple[int, AwardLine]]:
        """The lines that were filled in, each with its place on the form."""
        said = self.cleaned_data
        return [
            (place, AwardLine(int(said[f"service{place}"]), said[f"fee{place}"], said[f"devices{place}"]))
            for place in range(LINES)
            if said.get(f"service{place}")
        ]


@open_page
@require_safe
def reckon(request: HttpRequest) -> HttpResponse:
    """The form, and the award with its explanation; the address holds what was typed, so it can be passed on."""
    rules, on = current_rulebook(), clock.today()
    services = [(str(one.number), f"{one.number} {one.name}") for one in catalogue.services(rules, on)]
    form = ReckoningForm(request.GET or None, services=services)
    shown: dict[str, Any] = {}
    if form.is_bound and form.is_valid():
        placed, size = form.lines(), form.cleaned_data["size"]
        try:
            told = award(
                [line for _place, line in placed],
                rules,
                on,
                already_awarded_fen=form.cleaned_data["before"] or 0,
                enterprise_size=size or None,
            )
            shown = journey.award_shown(explanation_of(told, size=size))
        except Refused as refused:
            form.add_refusals([_beside(refusal, placed) for refusal in refused.refusals])
    rows = [[form[f"{name}{place}"] for name in ("service", "fee", "devices")] for place in range(LINES)]
    context = {"form": form, "rows": rows, "award": shown, "on": on}
    return render(request, "public/reckoning.html", context, status=422 if form.errors else 200)


def _beside(refusal: Refusal, placed: list[tuple[int, AwardLine]]) -> Refusal:
    """A refusal of the award function beside the field of this form."""
    index, _, name = refusal.field.removeprefix("lines.").partition(".")
    field = f"{name}{placed[int(index)][0]}" if index.isdecimal() else ""
    return Refusal(refusal.code, refusal.message, refusal.article, refusal.mend, field)
