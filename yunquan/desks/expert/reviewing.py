"""An expert's opinion on a supplier, judged part by part against annex 1.2 (D47-5.4, D47-A1.2)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from yunquan.catalogue import queries as catalogue
from yunquan.desks.expert.frame import desk
from yunquan.desks.shared.forms import BaseForm, dress
from yunquan.desks.shared.perform import perform, show_again
from yunquan.journal import clock
from yunquan.kernel.calendar import local_date
from yunquan.parties import access, actions
from yunquan.parties import queries as parties
from yunquan.programme import queries as programme

PARTS = (("platform", "平台"), ("supplier", "供应商"), ("product", "应用服务"))
MET = [("yes", "达到标准"), ("no", "未达到标准")]


def standard(on: Any) -> dict[str, list[Any]]:
    """The criteria of annex 1.2 in force on a day, by group."""
    groups: dict[str, list[Any]] = {}
    for criterion in programme.current_rulebook().value("suppliers.standard", on).value:
        groups.setdefault(criterion.group, []).append(criterion)
    return groups


class OpinionForm(BaseForm):
    """Each part met or not, which criteria are not, and why."""

    def __init__(self, *args: Any, groups: dict[str, list[Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.groups = groups
        for name, label in PARTS:
            self.fields[f"{name}_met"] = forms.ChoiceField(
                label=f"{label}是否达到审核标准", choices=MET, widget=forms.RadioSelect,
                error_messages={"required": f"请判断{label}是否达到审核标准。"},
            )  # fmt: skip
            self.fields[f"{name}_unmet"] = forms.MultipleChoiceField(
                label=f"{label}未达到的条目", required=False, widget=forms.CheckboxSelectMultiple,
                choices=[(one.code, one.criterion) for one in groups.get(label, ())],
            )  # fmt: skip
        self.fields["remark"] = forms.CharField(
            label="意见", required=False, max_length=3000, widget=forms.Textarea(attrs={"rows": 4}),
            help_text="判断为未达到时必填：写明哪一条没有达到、依据是什么",
        )  # fmt: skip
        dress(self)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for name, label in PARTS:
            met, unmet = cleaned.get(f"{name}_met"), cleaned.get(f"{name}_unmet")
            if met == "yes" and unmet:
                message = f"勾选了{label}未达到的条目，却判断为达到标准。请改成一致。"
                self.add_error(f"{name}_met", message)
        return cleaned

    def judged(self) -> dict[str, Any]:
        """The opinion as the action takes it: the unmet criteria stand at the head of the remark."""
        words = {one.code: one.criterion for rows in self.groups.values() for one in rows}
        unmet = [words[code] for name, _label in PARTS for code in self.cleaned_data[f"{name}_unmet"]]
        head = f"未达到：{'；'.join(unmet)}。" if unmet else ""
        said = self.cleaned_data["remark"].strip()
        return {
            **{f"{name}_met": self.cleaned_data[f"{name}_met"] == "yes" for name, _label in PARTS},
            "remark": "\n".join(part for part in (head, said) if part),
        }

    def parts(self) -> list[dict[str, Any]]:
        """The form as it is drawn: a card a part."""
        return [
            {"label": label, "met": self[f"{name}_met"], "unmet": self[f"{name}_unmet"]}
            for name, label in PARTS
        ]


@desk
def home(request: HttpRequest) -> HttpResponse:
    """The opinions asked of me, the oldest first."""
    rows = list(parties.suppliers_due(request.actor)[:100])  # type: ignore[attr-defined]
    return render(request, "expert/home.html", {"suppliers": rows})


@desk
def given(request: HttpRequest) -> HttpResponse:
    """What I have answered."""
    rows = [row for row in parties.opinions_of(request.actor)[:200] if row.given_at]  # type: ignore[attr-defined]
    return render(request, "expert/given.html", {"opinions": rows})


@desk
def criteria(request: HttpRequest) -> HttpResponse:
    """The standard to judge by."""
    today = local_date(clock.read())
    held = programme.current_rulebook().value("suppliers.standard", today)
    return render(request, "expert/standard.html", {"groups": standard(today), "held": held})


@desk
def supplier(request: HttpRequest, pk: int) -> HttpResponse:
    """One supplier that I am asked about: what it declares, its papers, the form of the opinion."""
    actor, now = request.actor, clock.read()  # type: ignore[attr-defined]
    row = access.supplier_for(actor, pk)
    if row is None:
        raise Http404
    today = local_date(now)
    groups = standard(today)
    mine = parties.opinions_of(actor).filter(supplier=row).first()
    form = OpinionForm(request.POST or None, groups=groups)
    if request.method == "POST" and form.is_valid():
        answer = perform(
            request,
            lambda: actions.give_opinion(supplier=row, **form.judged(), by=actor, now=now),
            then="/expert/",
            done=f"已提交对“{row.name}”的意见。",
            form=form,
        )
        if answer:
            return answer
    names = {one.number: one.name for one in programme.current_rulebook().services(today)}
    context = {
        "supplier": row,
        "title": row.name,
        "services": [names.get(number, str(number)) for number in row.services],
        "products": list(catalogue.products(actor).filter(supplier=row)[:50]),
        "mine": mine,
        "asked": mine is not None and mine.given_at is None and row.state == "expert_review",
        "form": form,
        "parts": form.parts(),
        "groups": groups,
    }
    if request.method == "POST":
        return show_again(request, "expert/supplier.html", context)
    return render(request, "expert/supplier.html", context)
