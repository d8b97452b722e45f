"""注册审核: enterprises' registrations and the first check of suppliers (D47-5.4, D47-5.7a, D47-5.20)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from yunquan.desks.city import facts, reviewing, waiting
from yunquan.desks.city.frame import REVIEWERS, desk
from yunquan.desks.city.lists import CityList, EnterpriseFilter, RegistrationTable, SupplierCheckTable
from yunquan.desks.shared.forms import BaseForm
from yunquan.desks.shared.perform import perform
from yunquan.desks.shared.templatetags.gov import on
from yunquan.journal import clock
from yunquan.kernel.calendar import local_date
from yunquan.kernel.money import format_yuan
from yunquan.kernel.workflow import Actor
from yunquan.parties import access, actions, queries, regions
from yunquan.parties.eligible import enterprise_faults
from yunquan.parties.lifecycle import ENTERPRISE, SUPPLIER
from yunquan.parties.terms import terms_on
from yunquan.policy.roles import Role
from yunquan.programme.queries import current_rulebook, working_calendar

_DONE = {
    "approve": "注册审核已通过",
    "city_pass": "初审已通过，转省厅审核",
    "send_back": "已退回",
    "refuse_change": "变更未获同意，恢复原资料",
    "reject": "已驳回",
}


class Enterprises(CityList):
    """The enterprise registrations that wait for this bureau."""

    title = "企业注册审核"
    crumb = "按审核期限先后"
    table_class = RegistrationTable
    filterset_class = EnterpriseFilter
    search_fields = ("search_text",)
    export_name = "待审核企业注册"
    empty_title = "没有待审核的企业注册"
    empty_text = "企业提交注册资料后会到这里。"
    template_name = "city/registrations.html"

    def rows(self) -> Any:
        return queries.enterprises_due(self.request.actor)  # type: ignore[attr-defined]

    def context(self) -> dict[str, Any]:
        return {"kinds": kinds(self.request, "enterprises")}


class Suppliers(CityList):
    """The supplier registrations that wait for the city's first check."""

    title = "供应商初审"
    crumb = "初审通过后由省厅组织专家审核"
    table_class = SupplierCheckTable
    search_fields = ("search_text",)
    export_name = "待初审供应商"
    empty_title = "没有待初审的供应商"
    empty_text = "本市供应商提交注册后会到这里。"
    template_name = "city/registrations.html"

    def rows(self) -> Any:
        return queries.suppliers_due(self.request.actor)  # type: ignore[attr-defined]

    def context(self) -> dict[str, Any]:
        return {"kinds": kinds(self.request, "suppliers")}


def kinds(request: HttpRequest, active: str) -> list[dict[str, Any]]:
    """The two tabs of the page; a county has one only."""
    tabs = [{"label": "企业", "url": "/city/registrations/", "active": active == "enterprises"}]
    if request.actor.role == Role.CITY_REVIEWER:  # type: ignore[attr-defined]
        tabs.append(
            {"label": "供应商初审", "url": "/city/registrations/suppliers/", "active": active == "suppliers"}
        )
    return tabs


class TransferForm(BaseForm):
    """Where a wrongly chosen registration goes."""

    region = forms.ChoiceField(label="转到", choices=[])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        groups: list[Any] = [("", "请选择地区")]
        for city in regions.cities():
            places = [
                (f"{city.code}:{county.code}", f"{city.short}市{county.name}") for county in city.counties
            ]
            groups.append((city.name, [(f"{city.code}:", f"{city.name}（市级）"), *places]))
        self.fields["region"].choices = groups  # type: ignore[attr-defined]


def _enterprise(actor: Actor, pk: int) -> Any:
    row = access.enterprise_for(actor, pk)
    if row is None or not access.reviews_registrations_of(actor, city=row.city, county=row.county):
        raise Http404
    return row


@desk(only=REVIEWERS)
def enterprise(request: HttpRequest, pk: int) -> HttpResponse:
    """Decide one enterprise's registration on one screen, or hand it to the right region."""
    actor, now = request.actor, clock.read()  # type: ignore[attr-defined]
    row = _enterprise(actor, pk)
    rules = current_rulebook()
    coded = terms_on(rules, local_date(now)).enterprise_reasons
    place = reviewing.place_in(queries.enterprises_due(actor), row.pk, "pk")
    transferring = request.POST.get("decision") == "transfer"
    sent = request.POST or None
    form = reviewing.DecisionForm(None if transferring else sent, coded=coded)
    transfer = TransferForm(sent if transferring else None, auto_id="transfer_%s")
    status = 200
    if request.method == "POST":
        status = 422
        answer = (
            _transfer(request, row, transfer, rules, now)
            if transferring
            else _decide(request, row, form, _enterprise_verbs(rules), "enterprises", place, now)
        )
        if answer is not None:
            return answer
        row = _enterprise(actor, pk)
    elif row.state != "submitted":
        return HttpResponseRedirect(f"/city/enterprises/{row.pk}/")
    context = {
        **_shared(request, row, form, place, "enterprises", ENTERPRISE, now),
        "pane": reviewing.documents(request, [("营业执照", row.licence)]),
        "facts": enterprise_facts(row),
        "checks": _eligibility(row, rules, local_date(now)),
        "transfer": transfer if ENTERPRISE.row("transfer", row.state) is not None else None,
    }
    return render(request, "city/registration.html", context, status=status)


def _enterprise_verbs(rules: Any) -> Mapping[str, Any]:
    return {
        "approve": lambda row, reasons, by, now: actions.approve_enterprise(
            enterprise=row, by=by, now=now, rules=rules
        ),
        "send_back": lambda row, reasons, by, now: actions.send_back_enterprise(
            enterprise=row, reasons=reasons, by=by, now=now, rules=rules
        ),
        "reject": lambda row, reasons, by, now: actions.reject_enterprise(
            enterprise=row, reasons=reasons, by=by, now=now, rules=rules
        ),
        "refuse_change": lambda row, reasons, by, now: actions.refuse_change(
            enterprise=row, reasons=reasons, by=by, now=now, rules=rules
        ),
    }


def _transfer(
    request: HttpRequest, row: Any, form: TransferForm, rules: Any, now: Any
) -> HttpResponse | None:
    if not form.is_valid():
        return None
    city, _, county = form.cleaned_data["region"].partition(":")

    def call() -> Any:
        return actions.transfer_enterprise(
            enterprise=row, city=city, county=county, by=request.actor, now=now, rules=rules,  # type: ignore[attr-defined]
            calendar=working_calendar(),
        )  # fmt: skip

    done = f"{row.name}的注册已移交{regions.place_name(city)}{regions.place_name(county)}，审核期限重新计算。"
    return perform(request, call, then="/city/registrations/", done=done, form=form)


def _decide(
    request: HttpRequest,
    row: Any,
    form: Any,
    verbs: Mapping[str, Any],
    kind: str,
    place: dict[str, Any],
    now: Any,
) -> HttpResponse | None:
    action = request.POST.get("decision", "")
    if not form.is_valid():
        return None
    if action not in verbs:
        form.add_error(None, "请选择通过、退回或驳回。")
        return None
    if not form.judge(action):
        return None
    following = place["following"]
    then = f"/city/registrations/{kind}/{following}/" if following else "/city/registrations/"
    said = f"{row.name}：{_DONE[action]}。" + ("下面是下一件。" if following else "")
    by = request.actor  # type: ignore[attr-defined]
    return perform(
        request, lambda: verbs[action](row, form.stated(), by, now), then=then, done=said, form=form
    )


def _shared(
    request: HttpRequest, row: Any, form: Any, place: dict[str, Any], kind: str, lifecycle: Any, now: Any
) -> dict[str, Any]:
    actor = request.actor  # type: ignore[attr-defined]
    own = row.submitted_by == actor.person
    return {
        "row": row,
        "kind": kind,
        "left": waiting.days_left(working_calendar(), row.due_on, local_date(now)),
        "place": place,
        "back": "/city/registrations/" if kind == "enterprises" else "/city/registrations/suppliers/",
        "skip_url": f"/city/registrations/{kind}/{place['following']}/" if place["following"] else "",
        "earlier": row.return_reasons,
        "form": form,
        "reasons": form.shown(),
        "article": "D47-5.20",
        "buttons": reviewing.buttons(
            lifecycle,
            row.state,
            actor,
            wanted=[one for one in _DONE if one != "refuse_change" or getattr(row, "approved", None)],
            against=dict.fromkeys(_DONE, int(own)),
        ),
        "state": lifecycle.states[row.state],
        "transfer": None,
    }


def _eligibility(row: Any, rules: Any, today: Any) -> list[dict[str, Any]]:
    faults = enterprise_faults(row, rules, on=today)
    if not faults:
        return [facts.check(True, f"企业资格：按 {on(today)} 的规定逐条核算，符合申领条件", "D47-4.1")]
    return [facts.check(False, fault.message, fault.article, mend=fault.mend) for fault in faults]


def enterprise_facts(row: Any) -> list[tuple[str, Any]]:
    """The basic information of an enterprise as rows; its bank account shows its last digits only."""
    home = regions.place_name(row.city) + regions.place_name(row.county)
    revenue = "—" if row.revenue_fen is None else f"{format_yuan(row.revenue_fen)} 元"
    return [
        ("企业名称", row.name),
        ("统一社会信用代码", row.uscc),
        ("所属地区", home),
        ("地址", row.address or "—"),
        ("独立法人", "是" if row.is_legal_person else "否"),
        ("成立日期", on(row.founded_on)),
        ("行业", row.industry or "—"),
        ("企业规模", row.get_size_display()),
        ("上年度主营业务收入", revenue),
        ("近 5 年严重违法违规", "有" if row.has_serious_breach else "无"),
        ("贯标评定", "已通过" if row.is_iia_certified else "未申报"),
        ("已获省贯标奖补", "是" if row.had_iia_award else "否"),
        ("企业承诺书", "已承诺" if row.pledge else "未承诺"),
        ("开户银行", row.bank_name or "—"),
        ("银行账号", f"尾号 {row.bank_account[-4:]}" if row.bank_account else "—"),
        ("联系人", f"{row.contact_name} {row.contact_phone}".strip() or "—"),
    ]


def _supplier(actor: Actor, pk: int) -> Any:
    row = access.supplier_for(actor, pk)
    if row is None:
        raise Http404
    return row


@desk(only=[Role.CITY_REVIEWER])
def supplier(request: HttpRequest, pk: int) -> HttpResponse:
    """The city's first check of one supplier's basic information."""
    actor, now = request.actor, clock.read()  # type: ignore[attr-defined]
    row = _supplier(actor, pk)
    rules = current_rulebook()
    terms = terms_on(rules, local_date(now))
    place = reviewing.place_in(queries.suppliers_due(actor), row.pk, "pk")
    form = reviewing.DecisionForm(request.POST or None, coded=terms.supplier_reasons)
    status = 200
    if request.method == "POST":
        status = 422
        answer = _decide(request, row, form, _supplier_verbs(rules), "suppliers", place, now)
        if answer is not None:
            return answer
        row = _supplier(actor, pk)
    elif row.state != "city_check":
        return HttpResponseRedirect(f"/city/suppliers/{row.pk}/")
    context = {
        **_shared(request, row, form, place, "suppliers", SUPPLIER, now),
        "pane": reviewing.documents(request, [("营业执照", row.licence), ("证明材料", row.proof)]),
        "facts": supplier_facts(row, terms.services),
        "checks": [],
    }
    return render(request, "city/registration.html", context, status=status)


def _supplier_verbs(rules: Any) -> Mapping[str, Any]:
    return {
        "city_pass": lambda row, reasons, by, now: actions.city_pass(supplier=row, by=by, now=now),
        "send_back": lambda row, reasons, by, now: actions.send_back_supplier(
            supplier=row, reasons=reasons, by=by, now=now, rules=rules
        ),
        "reject": lambda row, reasons, by, now: actions.reject_supplier(
            supplier=row, reasons=reasons, by=by, now=now, rules=rules
        ),
    }


def supplier_facts(row: Any, services: Mapping[int, str]) -> list[tuple[str, Any]]:
    """The basic information of a supplier as rows."""
    offered = "、".join(services.get(number, str(number)) for number in row.services)
    return [
        ("供应商名称", row.name),
        ("统一社会信用代码", row.uscc),
        ("所在地", "省内 " + regions.place_name(row.city) if row.is_in_province else "省外"),
        ("地址", row.address or "—"),
        ("所依托的平台", row.platform or "—"),
        ("拟提供的应用服务", offered or "—"),
        ("服务能力说明", row.strengths or "—"),
        ("拥有知识产权", "是" if row.holds_ip else "否"),
        ("入选供给资源池", "是" if row.in_resource_pool else "否"),
        ("试点单位", "是" if row.is_pilot else "否"),
        ("联系人", f"{row.contact_name} {row.contact_phone}".strip() or "—"),
    ]
