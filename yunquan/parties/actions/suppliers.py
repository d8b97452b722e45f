"""The verbs of a supplier's registration (D47-5.3 to 5.5, D47-5.20, D47-A1.2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from yunquan.journal.actions import audited, move, notify, record
from yunquan.kernel.calendar import WorkingCalendar, local_date
from yunquan.kernel.refusal import Refusal, Refused
from yunquan.kernel.workflow import Actor
from yunquan.parties import access
from yunquan.parties.actions.enterprises import tell_province_of_late_reason
from yunquan.parties.actions.opening import open_account
from yunquan.parties.attachments import file_faults
from yunquan.parties.checks import role_allows
from yunquan.parties.models import Appointment, ExpertOpinion, Person, Supplier
from yunquan.parties.pinyin import searchable
from yunquan.parties.reading import SUPPLIER_FIELDS, read_supplier, tidy
from yunquan.parties.returning import judge_return, read_reasons, summary
from yunquan.parties.standings import refusals_for
from yunquan.parties.terms import RegistrationTerms, terms_on
from yunquan.policy.roles import Role
from yunquan.policy.rulebook import Rulebook


@audited("supplier.apply", about="supplier")
def register_supplier(
    *,
    uscc: str,
    name: str,
    username: str,
    password: str,
    person_name: str,
    by: Actor,
    now: datetime,
    email: str = "",
    phone: str = "",
    typed: Mapping[str, Any] | None = None,
) -> tuple[Supplier, Person]:
    """Open an account for a supplier with a draft of its registration (D47-5.3)."""
    return open_account(
        Supplier, act="supplier.apply", article="D47-5.3", label="供应商", role=Role.SUPPLIER, taken=_uscc_taken, keep=_typed,
        uscc=uscc, name=name, username=username, password=password, person_name=person_name,
        email=email, phone=phone, typed=typed, by=by, now=now,
    )  # fmt: skip


@audited("supplier.save", about="supplier")
def save_supplier(*, supplier: Supplier, typed: Mapping[str, Any], by: Actor, now: datetime) -> Supplier:
    """Keep the form as it was typed; nothing is judged before the submission, nothing is lost."""
    row = Supplier.objects.select_for_update().get(pk=supplier.pk)
    _own(row, by)
    if row.state not in ("draft", "returned"):
        message = f"供应商注册现在是“{row.lifecycle.states[row.state]}”，不能修改。"
        raise Refused([Refusal("not_editable", message, "D47-5.4", "请等待审核结果。")])
    row.typed = _typed({**row.typed, **typed})
    row.save(update_fields=["typed"])
    return row


@audited("supplier.submit", about="supplier")
def submit_supplier(
    *,
    supplier: Supplier,
    by: Actor,
    now: datetime,
    rules: Rulebook,
    calendar: WorkingCalendar,
    window_open: bool = True,
    window_text: str = "",
) -> Supplier:
    """Submit the registration: in the province to its city, from outside straight to the province.

    The rules say who reviews (`suppliers.review_steps`); one of the resource pool that they exempt goes
    to the province, which registers it without experts (D0-5.4). Raises Refused with every fault.
    """
    row = Supplier.objects.select_for_update().get(pk=supplier.pk)
    _own(row, by)
    today = local_date(now)
    terms = terms_on(rules, today)
    values, faults = read_supplier(row.typed, services=terms.services)
    for field in ("licence", "proof"):
        faults += file_faults(Supplier, field, values[f"{field}_id"], org=row.key, article="D47-5.3")
    values["search_text"] = searchable(values["name"], row.uscc)
    steps = _steps(terms, values["is_in_province"], values["in_resource_pool"])
    action = "submit" if "city" in steps else "submit_to_province"
    changes = {
        **values,
        "submitted_by": by.person,
        "submitted_at": now,
        "due_on": None if faults else calendar.add_working_days(today, terms.review_working_days),
        "return_reasons": [],
    }
    sanctions = refusals_for(supplier=row, on=today)
    facts = {
        "faults": faults,
        "window_open": window_open,
        "window_text": window_text,
        "sanctions": sanctions,
    }
    move(row, action, by=by, facts=facts, now=now, changes=changes, pol=rules.version)
    _tell_reviewer(row, now)
    return row


@audited("supplier.city_pass", about="supplier")
def city_pass(*, supplier: Supplier, by: Actor, now: datetime) -> Supplier:
    """The supplier's city finds its basic information true and passes it to the province (D47-5.4)."""
    row = Supplier.objects.select_for_update().get(pk=supplier.pk)
    facts = {**_review_facts(row, by), "sanctions": refusals_for(supplier=row, on=local_date(now))}
    move(row, "city_pass", by=by, facts=facts, now=now, changes={"due_on": None})
    _tell_reviewer(row, now)
    _tell_supplier(row, "city_pass", "地市初审已通过，等待省厅审核", "", now)
    return row


@audited("supplier.ask_experts", about="supplier")
def ask_experts(*, supplier: Supplier, experts: Sequence[Person], by: Actor, now: datetime) -> Supplier:
    """The province asks experts of the committee about the capability (D47-5.4).

    Asking again replaces the invitations that nobody has answered yet; given opinions stay.
    """
    row = Supplier.objects.select_for_update().get(pk=supplier.pk)
    valid = set(
        Appointment.objects.filter(
            access.in_force(local_date(now)), person__in=experts, role=Role.EXPERT
        ).values_list("person_id", flat=True)
    )
    strangers = [expert.name for expert in experts if expert.pk not in valid]
    facts = {"experts": [expert.key for expert in experts], "not_experts": strangers}
    asked = [expert.key for expert in experts]
    round_ = _round(row)
    opinions = ExpertOpinion.objects.filter(supplier=row, round=round_)
    move(row, "ask_experts", by=by, facts=facts, now=now, payload={"experts": asked, "round": round_})
    opinions.filter(given_at=None).exclude(expert__in=experts).delete()
    ExpertOpinion.objects.bulk_create(
        [ExpertOpinion(supplier=row, round=round_, expert=expert, asked_at=now) for expert in experts],
        ignore_conflicts=True,
    )
    return row


@audited("supplier.give_opinion", about="supplier")
def give_opinion(
    *,
    supplier: Supplier,
    platform_met: bool | None,
    supplier_met: bool | None,
    product_met: bool | None,
    remark: str,
    by: Actor,
    now: datetime,
) -> ExpertOpinion:
    """An expert judges platform, supplier and product against annex 1.2, once (D47-A1.2)."""
    row = Supplier.objects.select_for_update().get(pk=supplier.pk)
    expert = by.person.partition(":")[2]
    opinion = ExpertOpinion.objects.filter(
        supplier=row, round=_round(row), expert_id=int(expert or 0)
    ).first()
    judgement: dict[str, Any] = {
        "platform_met": platform_met,
        "supplier_met": supplier_met,
        "product_met": product_met,
        "remark": tidy(remark)[:4000],
    }
    facts = {
        **judgement,
        "asked": opinion is not None,
        "answered": opinion is not None and opinion.given_at is not None,
    }
    said = {name: str(value) for name, value in judgement.items()}
    move(row, "give_opinion", by=by, facts=facts, now=now, payload=said)
    assert opinion is not None
    for name, value in judgement.items():
        setattr(opinion, name, value)
    opinion.given_at = now
    opinion.save()
    notify(
        org="bureau:440000", obj=row.journal_key, kind="supplier.opinion", title=f"专家意见：{row.name}",
        key=f"opinion:{opinion.pk}", now=now,
    )  # fmt: skip
    return opinion


@audited("supplier.register", about="supplier")
def register(*, supplier: Supplier, by: Actor, now: datetime, rules: Rulebook) -> Supplier:
    """The province registers a supplier whose capability experts have reviewed (D47-5.4)."""
    row = Supplier.objects.select_for_update().get(pk=supplier.pk)
    opinions = ExpertOpinion.objects.filter(supplier=row, round=_round(row))
    terms = terms_on(rules, local_date(now))
    facts = {
        **_review_facts(row, by),
        "exempt_from_review": "experts" not in _steps(terms, row.is_in_province, row.in_resource_pool),
        "opinions_given": opinions.exclude(given_at=None).count(),
        "opinions_open": opinions.filter(given_at=None).count(),
        "sanctions": refusals_for(supplier=row, on=local_date(now)),
    }
    changes = {
        "registered_on": local_date(now),
        "reviewed_by": by.person,
        "due_on": None,
        "return_reasons": [],
    }
    move(row, "register", by=by, facts=facts, now=now, changes=changes, pol=rules.version)
    _tell_supplier(row, "register", "供应商注册已通过", "", now)
    return row


@audited("supplier.send_back", about="supplier")
def send_back_supplier(
    *, supplier: Supplier, reasons: Iterable[Mapping[str, str]], by: Actor, now: datetime, rules: Rulebook
) -> Supplier:
    """Return the registration once with every reason (D47-5.20); one visible earlier is flagged (S6)."""
    row = Supplier.objects.select_for_update().get(pk=supplier.pk)
    read = read_reasons(reasons, terms_on(rules, local_date(now)).supplier_reasons)
    form = {name: row.typed.get(name, "") for name in SUPPLIER_FIELDS}
    judged, rounds = judge_return(read, rounds=row.returns, form=form, at=now.isoformat())
    changes = {"return_reasons": judged, "returns": rounds, "reviewed_by": by.person, "due_on": None}
    facts = {**_review_facts(row, by), "reasons": read}
    codes = [
        *dict.fromkeys(r["code"] for r in judged),
        *(["S6"] if any(r["flagged"] for r in judged) else []),
    ]
    payload = {"reasons": judged}
    move(row, "send_back", by=by, facts=facts, now=now, changes=changes, payload=payload, codes=codes)
    _tell_supplier(row, "send_back", "供应商注册已退回，请补正后重新提交", summary(judged), now)
    if "S6" in codes:
        tell_province_of_late_reason(row.journal_key, row.version, row.name, now)
    return row


@audited("supplier.reject", about="supplier")
def reject_supplier(
    *, supplier: Supplier, reasons: Iterable[Mapping[str, str]], by: Actor, now: datetime, rules: Rulebook
) -> Supplier:
    """Reject the registration, with the reason (D47-5.20)."""
    row = Supplier.objects.select_for_update().get(pk=supplier.pk)
    read = read_reasons(reasons, terms_on(rules, local_date(now)).supplier_reasons, rejecting=True)
    changes = {"return_reasons": read, "reviewed_by": by.person, "due_on": None}
    facts = {**_review_facts(row, by), "reasons": read}
    codes = list(dict.fromkeys(r["code"] for r in read))
    payload = {"reasons": read}
    move(row, "reject", by=by, facts=facts, now=now, changes=changes, payload=payload, codes=codes)
    _tell_supplier(row, "reject", "供应商注册已驳回", summary(read), now)
    return row


@audited("supplier.hold_pilot_title", about="supplier")
def hold_pilot_title(
    *, supplier: Supplier, held: bool, cycle: str, source: str, by: Actor, now: datetime
) -> Supplier:
    """Give or end the title 试点单位 of a cycle on the decision that `source` names, such as `pilot:3` (D47-6.2, D47-6.5).

    It is called by the pilots' decisions alone; nobody gives the title to himself.
    """
    refusal = role_allows(
        by.role, (Role.PROVINCE_OFFICER, Role.PROVINCE_APPROVER, Role.CLOCK), "授予或结束试点称号"
    )
    if refusal is not None:
        raise Refused([refusal])
    row = Supplier.objects.select_for_update().get(pk=supplier.pk)
    row.is_pilot, row.pilot_cycle = held, cycle if held else ""
    row.save(update_fields=["is_pilot", "pilot_cycle"])
    payload = {"held": held, "cycle": cycle, "source": source}
    record("supplier.hold_pilot_title", by=by, obj=row.journal_key, now=now, why="D47-6.2", payload=payload)
    return row


def _steps(terms: RegistrationTerms, is_in_province: bool, in_resource_pool: bool) -> tuple[str, ...]:
    return terms.steps(is_in_province=is_in_province, in_resource_pool=in_resource_pool)


def _round(row: Supplier) -> int:
    """Opinions are asked anew after each return."""
    return len(row.returns) + 1


def _typed(form: Mapping[str, Any]) -> dict[str, Any]:
    """Keep the known fields only, each as short text or a list of short texts."""
    return {
        name: [str(part)[:60] for part in form[name]][:40]
        if isinstance(form[name], list | tuple)
        else str(form[name])[:4000]
        for name in SUPPLIER_FIELDS
        if form.get(name) is not None
    }


def _own(row: Supplier, by: Actor) -> None:
    if by.org != row.key:
        message = "只能办理本供应商的注册。"
        raise Refused([Refusal("not_your_supplier", message, "D47-5.3", "请用本供应商的账号登录。")])


def _review_facts(row: Supplier, by: Actor) -> dict[str, Any]:
    return {
        "in_area": access.covers(by, city=row.city),
        "submitted_by": row.submitted_by,
        "person": by.person,
    }


def _uscc_taken(code: str) -> Refusal:
    message = f"统一社会信用代码 {code} 已经注册为供应商。"
    return Refusal("uscc_taken", message, "D47-5.3", "请用原账号登录。", "uscc")


def _tell_reviewer(row: Supplier, now: datetime) -> None:
    org = f"bureau:{row.city}" if row.state == "city_check" else "bureau:440000"
    notify(
        org=org, obj=row.journal_key, kind="supplier.due", title=f"待审核供应商注册：{row.name}",
        key=f"{row.journal_key}:{row.version}:bureau", now=now,
    )  # fmt: skip


def _tell_supplier(row: Supplier, kind: str, title: str, text: str, now: datetime) -> None:
    notify(
        org=row.key, obj=row.journal_key, kind=f"supplier.{kind}", title=title, text=text,
        key=f"{row.journal_key}:{kind}:{row.version}", now=now,
    )  # fmt: skip
