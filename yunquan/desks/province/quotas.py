"""Targets and quotas of the 21 cities in one table, re-allocation, money (D47-8.2a, D47-8.2b)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from yunquan.desks.province.frame import cycle_or_404, desk
from yunquan.desks.shared.forms import BaseForm, MoneyField
from yunquan.desks.shared.perform import perform, show_again
from yunquan.desks.shared.registers import CITY_CHOICES
from yunquan.journal import clock
from yunquan.kernel.calendar import local_date
from yunquan.kernel.money import format_wan, format_yuan
from yunquan.programme import actions
from yunquan.programme import queries as programme

CITIES = [("", "请选择"), *CITY_CHOICES]
COLUMNS = {"target": "目标额度（元）", "factor_percent": "发放系数（%）", "quota": "另定发放额度（元）"}


class QuotaTableForm(BaseForm):
    """A row of three cells for each city: target, factor, and a quota given outright."""

    def __init__(self, *args: Any, present: dict[str, Any], usual_percent: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.present, self.usual_percent = present, usual_percent
        for code, name in CITY_CHOICES:
            row = present.get(code)
            for column, title in COLUMNS.items():
                self.fields[f"{code}_{column}"] = _cell(column, f"{name} {title}", self._initial(row, column))

    def _initial(self, row: Any, column: str) -> Any:
        if row is None:
            return None
        if column == "target":
            return row.target_fen
        if column == "factor_percent":
            return row.factor_percent
        plain = row.target_fen * row.factor_percent // 100
        return row.quota_fen if row.quota_fen != plain else None

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for code, _name in CITY_CHOICES:
            target = f"{code}_target"
            touched = any(cleaned.get(f"{code}_{column}") is not None for column in COLUMNS)
            if cleaned.get(target) is None and target not in self.errors:
                if code in self.present:
                    self.add_error(target, "已下达的目标额度不能清空；要改小请填写新的金额。")
                elif touched:
                    self.add_error(target, "请填写目标额度。")
        return cleaned

    def shares(self) -> list[actions.CityShare]:
        """The cities whose row says something other than what holds."""
        found = []
        for code, _name in CITY_CHOICES:
            target, factor, quota = (self.cleaned_data.get(f"{code}_{column}") for column in COLUMNS)
            if target is None:
                continue
            factor = factor if factor is not None else self.usual_percent
            row = self.present.get(code)
            wanted = quota if quota is not None else target * factor // 100
            if row is None or (row.target_fen, row.factor_percent, row.quota_fen) != (target, factor, wanted):
                found.append(actions.CityShare(code, target, factor, quota))
        return found

    def rows(self) -> list[dict[str, Any]]:
        """The table as it is drawn: each cell with its faults, beside it what holds now."""
        return [
            {
                "name": name,
                "now": self.present.get(code),
                "cells": [
                    {"field": self[f"{code}_{column}"], "title": title} for column, title in COLUMNS.items()
                ],
            }
            for code, name in CITY_CHOICES
        ]


def _cell(column: str, label: str, initial: Any) -> forms.Field:
    attrs = {
        "aria-label": label,
        "inputmode": "decimal",
        "autocomplete": "off",
        "class": "form-control g-right g-num",
    }
    if column == "factor_percent":
        return forms.IntegerField(
            label=label, required=False, initial=initial, widget=forms.TextInput(attrs=attrs),
            error_messages={"invalid": "系数请填写整数，如 150。"},
        )  # fmt: skip
    widget = forms.TextInput(attrs=attrs)
    return MoneyField(label=label, required=False, initial=initial, widget=widget, min_fen=None)


class ReallocateForm(BaseForm):
    """Quota from one city to another."""

    from_city = forms.ChoiceField(label="调出地市", choices=CITIES)
    to_city = forms.ChoiceField(label="调入地市", choices=CITIES)
    amount = MoneyField(label="调剂金额", min_fen=1, help_text="调出地市保留的额度不能低于已发放的金额")


class FundsForm(BaseForm):
    """Money sent to a city or taken back."""

    way = forms.ChoiceField(
        label="办理",
        choices=[("appropriate", "下达资金"), ("withdraw", "收回未安排的资金")],
        widget=forms.RadioSelect,
    )
    city = forms.ChoiceField(label="地市", choices=CITIES)
    amount = MoneyField(label="金额", min_fen=1)
    document = forms.CharField(label="资金文号", max_length=120, help_text="如：粤财工〔2019〕1号")


def usual_percent(cycle: Any) -> int:
    """The factor that holds where none is set, in percent."""
    rules = programme.rulebook(cycle.pack)
    return int(rules.value("programme.quota_factor", local_date(clock.read())).value.usual * 100)


@desk
def quotas(request: HttpRequest, pk: int) -> HttpResponse:
    """The 21 cities in one table; every fault stands beside its cell, nothing is half saved."""
    cycle = cycle_or_404(request, pk)
    rules = programme.rulebook(cycle.pack)
    factor = rules.value("programme.quota_factor", local_date(clock.read()))
    table = programme.quota_table(cycle, actor=request.actor)  # type: ignore[attr-defined]
    present = {row.city: row for row in table}
    usual = int(factor.value.usual * 100)
    form = QuotaTableForm(request.POST or None, present=present, usual_percent=usual)
    context = {
        "title": f"{cycle.name}：地市目标额度和发放额度",
        "form": form,
        "cycle": cycle,
        "usual": usual,
        "least": int(factor.value.least * 100),
        "most": int(factor.value.most * 100),
        "article": factor.article,
        "columns": list(COLUMNS.values()),
    }
    if request.method != "POST":
        return render(request, "province/quotas.html", context | {"rows": form.rows()})
    if form.is_valid():
        shares = form.shares()
        if not shares:
            return redirect(f"/province/cycles/{pk}/")
        answer = perform(
            request,
            lambda: actions.split_quota(cycle=cycle, shares=shares, by=request.actor, now=clock.read()),  # type: ignore[attr-defined]
            then=f"/province/cycles/{pk}/",
            done=f"已下达 {len(shares)} 个地市的额度，并已通知各地市。",
            form=form,
        )
        if answer:
            return answer
    return show_again(request, "province/quotas.html", context | {"rows": form.rows()})


@desk
def reallocate(request: HttpRequest, pk: int) -> HttpResponse:
    """Move quota from one city to another; never below what is issued."""
    cycle = cycle_or_404(request, pk)
    form = ReallocateForm(request.POST or None)
    table = programme.quota_table(cycle, actor=request.actor)  # type: ignore[attr-defined]
    context = {
        "title": f"{cycle.name}：调剂额度",
        "form": form,
        "cycle": cycle,
        "rows": table,
        "button": "调剂",
    }
    if request.method != "POST":
        return render(request, "province/reallocate.html", context)
    if form.is_valid():
        facts = form.facts
        answer = perform(
            request,
            lambda: actions.reallocate(
                cycle=cycle,
                from_city=facts["from_city"],
                to_city=facts["to_city"],
                amount_fen=facts["amount"],
                by=request.actor,  # type: ignore[attr-defined]
                now=clock.read(),
            ),
            then=f"/province/cycles/{pk}/reallocate/",
            done=f"已调剂 {format_wan(facts['amount'])}，两个地市都已收到通知。",
            form=form,
        )
        if answer:
            return answer
    return show_again(request, "province/reallocate.html", context)


@desk
def funds(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a city money or take back what it has not committed (D47-8.2b, M8)."""
    cycle = cycle_or_404(request, pk)
    form = FundsForm(request.POST or None, initial={"way": "appropriate"})
    table = programme.quota_table(cycle, actor=request.actor)  # type: ignore[attr-defined]
    context = {
        "title": f"{cycle.name}：下达资金",
        "form": form,
        "cycle": cycle,
        "rows": table,
        "button": "办理",
    }
    if request.method != "POST":
        return render(request, "province/funds.html", context)
    if form.is_valid():
        facts = form.facts
        verb = actions.appropriate_funds if facts["way"] == "appropriate" else actions.withdraw_funds
        answer = perform(
            request,
            lambda: verb(
                cycle=cycle,
                city=facts["city"],
                amount_fen=facts["amount"],
                document=facts["document"],
                by=request.actor,  # type: ignore[attr-defined]
                now=clock.read(),
            ),
            then=f"/province/cycles/{pk}/funds/",
            done=f"已记入资金簿：{format_yuan(facts['amount'])} 元。",
            form=form,
        )
        if answer:
            return answer
    return show_again(request, "province/funds.html", context)
