"""A supplier's registration: the documents, the standard, the experts' opinions, the decision (D47-5.4, D47-A1.2)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from yunquan.desks.province.frame import desk
from yunquan.desks.province.waiting import days_left
from yunquan.desks.shared.forms import NOT_DECIDED, BaseForm, ReasonsForm, speaks_against
from yunquan.desks.shared.perform import perform, show_again
from yunquan.desks.shared.registers import PARTY_TONES, past_acts, place, reason_words
from yunquan.evidence import queries as evidence
from yunquan.journal import clock
from yunquan.kernel.calendar import local_date
from yunquan.parties import access, actions
from yunquan.parties import queries as parties
from yunquan.parties.lifecycle import SUPPLIER
from yunquan.parties.terms import terms_on
from yunquan.programme import queries as programme

# Whether the state says that the city found the basic information true; absent where it doesn't tell.
_CITY_DONE = {"city_check": False, "province_review": True, "expert_review": True, "registered": True}
MARK = {True: "达到", False: "未达到", None: "—"}


class ExpertsForm(BaseForm):
    """Which experts are asked."""

    experts = forms.MultipleChoiceField(label="邀请专家", required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, people: list[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["experts"].choices = [(str(one.pk), one.name) for one in people]  # type: ignore[attr-defined]


def document_of(file: Any, number: int, base: str) -> dict[str, Any] | None:
    """A file as the document part draws it, at one page; None where there is no file."""
    if file is None:
        return None
    pages = 1
    seen = evidence.has_preview(file)
    if seen:
        try:
            pages = evidence.page_count(file)
        except (evidence.PreviewError, OSError):
            seen = False
    number = max(1, min(number, pages))
    return {
        "name": file.name,
        "image_url": f"/files/{file.pk}/page/{number}.png" if seen else "",
        "page": number,
        "pages": pages,
        "original_url": f"/files/{file.pk}/",
        "previous_url": f"{base}page={number - 1}" if number > 1 else "",
        "next_url": f"{base}page={number + 1}" if number < pages else "",
        "digest": file.sha256,
        "scan": evidence.scan_label(file),
    }


def _supplier(request: HttpRequest, pk: int) -> Any:
    supplier = access.supplier_for(request.actor, pk)  # type: ignore[attr-defined]
    if supplier is None:
        raise Http404
    return supplier


def _context(request: HttpRequest, supplier: Any, **more: Any) -> dict[str, Any]:
    actor, now = request.actor, clock.read()  # type: ignore[attr-defined]
    today = local_date(now)
    rules = programme.current_rulebook()
    terms = terms_on(rules, today)
    shown = request.GET.get("document", "licence")
    number = request.GET.get("page", "1")
    file = supplier.proof if shown == "proof" and supplier.proof_id else supplier.licence
    opinions = list(parties.opinions(supplier))
    people = parties.experts(today)
    asked = {opinion.expert_id for opinion in opinions}
    offers = {row.action for row in SUPPLIER.offers_to(supplier.state, actor)}
    steps = terms.steps(is_in_province=supplier.is_in_province, in_resource_pool=supplier.in_resource_pool)
    given = [opinion for opinion in opinions if opinion.given_at]
    standard = rules.value("suppliers.standard", today)
    groups: dict[str, list[Any]] = {}
    for criterion in standard.value:
        groups.setdefault(criterion.group, []).append(criterion)
    return {
        "supplier": supplier,
        "title": supplier.name,
        "state": SUPPLIER.states[supplier.state],
        "tone": PARTY_TONES.get(supplier.state, ""),
        "left": days_left(programme.working_calendar(), today, supplier.due_on),
        "region": place(supplier.city) if supplier.is_in_province else "省外",
        "services": [terms.services.get(number, str(number)) for number in supplier.services],
        "document": document_of(
            file, int(number) if len(number) < 6 and number.isdecimal() else 1, f"?document={shown}&"
        ),
        "documents": [
            {"label": "营业执照", "url": "?document=licence", "active": shown != "proof"},
            {"label": "知识产权或授权证明", "url": "?document=proof", "active": shown == "proof"},
        ]
        if supplier.proof_id
        else [],
        "checks": _checks(supplier, opinions, given, steps),
        "groups": groups,
        "opinions": [
            {"row": row, "marks": [MARK[row.platform_met], MARK[row.supplier_met], MARK[row.product_met]]}
            for row in opinions
        ],
        "experts_form": ExpertsForm(people=people, initial={"experts": [str(pk) for pk in asked]}),
        "reasons_form": ReasonsForm(codes=[(r["code"], r["label"]) for r in terms.supplier_reasons]),
        "codes": list(terms.supplier_reasons),
        "chosen": [],
        "reasons_text": "",
        "reasons_errors": [],
        "offers": offers,
        "labels": SUPPLIER.actions,
        "return_words": reason_words(supplier.return_reasons),
        "acts": past_acts(supplier.journal_key),
        **more,
    }


def _checks(
    supplier: Any, opinions: list[Any], given: list[Any], steps: tuple[str, ...]
) -> list[dict[str, Any]]:
    """What the platform knows of the case, as checks."""
    unmet = [row for row in given if False in (row.platform_met, row.supplier_met, row.product_met)]
    exempt = "experts" not in steps
    rows: list[dict[str, Any]] = [
        {"passed": True, "text": "统一社会信用代码校验位正确，全省未重复注册", "article": "D47-5.3"},
        {
            "passed": bool(supplier.holds_ip or supplier.proof_id),
            "text": "拥有知识产权" if supplier.holds_ip else "代理或授权：已上传证明",
            "article": "D47-A1.2-3",
        },
        {
            "passed": bool(supplier.services),
            "text": f"拟提供目录中的 {len(supplier.services)} 项应用服务",
            "article": "D47-A1.2-3",
        },
    ]
    if "city" in steps:
        passed = _CITY_DONE.get(supplier.state)
        rows.append({"passed": passed, "text": "所在地市已核实基本信息", "article": "D47-5.4"})
    if exempt:
        rows.append({"passed": None, "text": "入选供给资源池，按规则免专家审核", "article": "D0-5.4"})
    else:
        done: bool | None = bool(opinions) and len(given) == len(opinions)
        if not done and supplier.state not in ("province_review", "expert_review"):
            done = None
        text = f"专家意见：邀请 {len(opinions)} 位，已给出 {len(given)} 位"
        rows.append({"passed": done, "text": text, "article": "D47-5.4"})
    if unmet:
        rows.append(
            {
                "passed": None,
                "text": f"{len(unmet)} 位专家认为有未达到标准之处，请看意见",
                "article": "D47-A1.2",
            }
        )
    return rows


@desk
def supplier(request: HttpRequest, pk: int) -> HttpResponse:
    """The review screen of one supplier."""
    return render(request, "province/supplier.html", _context(request, _supplier(request, pk)))


@require_POST
@desk
def ask(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask experts about the capability."""
    row, now = _supplier(request, pk), clock.read()
    people = parties.experts(local_date(now))
    form = ExpertsForm(request.POST, people=people)
    if form.is_valid():
        chosen = [one for one in people if str(one.pk) in form.cleaned_data["experts"]]
        answer = perform(
            request,
            lambda: actions.ask_experts(supplier=row, experts=chosen, by=request.actor, now=now),  # type: ignore[attr-defined]
            then=f"/province/suppliers/{pk}/",
            done=f"已邀请 {len(chosen)} 位专家。",
            form=form,
        )
        if answer:
            return answer
    return show_again(
        request, "province/supplier.html", _context(request, _supplier(request, pk), experts_form=form)
    )


@require_POST
@desk
def register(request: HttpRequest, pk: int) -> HttpResponse:
    """Register the supplier."""
    row, now = _supplier(request, pk), clock.read()
    if speaks_against(request.POST):
        context = _context(request, row, **reasons_kept(request, [NOT_DECIDED]))
        return show_again(request, "province/supplier.html", context)
    answer = perform(
        request,
        lambda: actions.register(
            supplier=row,
            by=request.actor,
            now=now,
            rules=programme.current_rulebook(),  # type: ignore[attr-defined]
        ),
        then="/province/suppliers/?state=province_review",
        done=f"已注册：{row.name}。",
    )
    return answer or show_again(request, "province/supplier.html", _context(request, _supplier(request, pk)))


def reasons_given(form: ReasonsForm) -> list[dict[str, str]]:
    """What was ticked and written, as the actions read it."""
    chosen = [{"code": code, "text": ""} for code in form.cleaned_data["reasons"]]
    text = form.cleaned_data["reasons_text"].strip()
    return [*chosen, {"code": "other", "text": text}] if text else chosen


def reasons_kept(request: HttpRequest, errors: list[str]) -> dict[str, Any]:
    """What was ticked and written, for the page once more, and what is wrong with it."""
    return {
        "chosen": request.POST.getlist("reasons"),
        "reasons_text": request.POST.get("reasons_text", ""),
        "reasons_errors": errors,
    }


@require_POST
@desk
def turn_down(request: HttpRequest, pk: int) -> HttpResponse:
    """Send back with all reasons at once, or reject."""
    row, now = _supplier(request, pk), clock.read()
    rules = programme.current_rulebook()
    terms = terms_on(rules, local_date(now))
    form = ReasonsForm(request.POST, codes=[(r["code"], r["label"]) for r in terms.supplier_reasons])
    step = request.POST.get("step", "")
    rejects = step == "reject"
    verb = actions.reject_supplier if rejects else actions.send_back_supplier
    if step not in ("send_back", "reject"):
        form.add_error(None, "请选择予以注册、退回补正或驳回。")
    elif form.is_valid():
        answer = perform(
            request,
            lambda: verb(
                supplier=row,
                reasons=reasons_given(form),
                by=request.actor,
                now=now,
                rules=rules,  # type: ignore[attr-defined]
            ),
            then="/province/suppliers/?state=province_review",
            done=f"已{'驳回' if rejects else '退回'}：{row.name}。",
            form=form,
        )
        if answer:
            return answer
    errors = [str(message) for messages in form.errors.values() for message in messages]
    context = _context(request, _supplier(request, pk), **reasons_kept(request, errors))
    return show_again(request, "province/supplier.html", context)
