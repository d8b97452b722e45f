"""The verbs of an enterprise's registration (D47-5.7a, D47-5.20) and of its strikes (D47-5.19)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from yunquan.journal.actions import audited, move, notify, record
from yunquan.kernel.calendar import WorkingCalendar, local_date
from yunquan.kernel.refusal import Refusal, Refused
from yunquan.kernel.workflow import Actor
from yunquan.parties import access, regions
from yunquan.parties.actions.opening import open_account
from yunquan.parties.attachments import file_faults
from yunquan.parties.eligible import eligibility_faults
from yunquan.parties.models import Enterprise, Person, Strike
from yunquan.parties.pinyin import searchable
from yunquan.parties.reading import (
    ENTERPRISE_FIELDS,
    read_enterprise,
    read_region,
    typed_from,
)
from yunquan.parties.returning import judge_return, read_reasons, summary
from yunquan.parties.standings import refusals_for
from yunquan.parties.terms import RegistrationTerms, terms_on
from yunquan.policy.roles import Role
from yunquan.policy.rulebook import Rulebook
from yunquan.policy.strikes import Strike as StrikeStanding
from yunquan.policy.strikes import strike_for

EDITABLE = ("draft", "returned", "amending")


@audited("enterprise.register", about="enterprise")
def register_enterprise(
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
) -> tuple[Enterprise, Person]:
    """Open an account for an enterprise with a draft of its basic information (D47-5.7a).

    Raises Refused with every fault: the code's check character, a code or login name already taken.
    """
    return open_account(
        Enterprise, act="enterprise.register", article="D47-5.7a", label="企业", role=Role.ENTERPRISE, taken=_uscc_taken, keep=_typed,
        uscc=uscc, name=name, username=username, password=password, person_name=person_name,
        email=email, phone=phone, typed=typed, by=by, now=now,
    )  # fmt: skip


@audited("enterprise.save", about="enterprise")
def save_enterprise(
    *, enterprise: Enterprise, typed: Mapping[str, Any], by: Actor, now: datetime
) -> Enterprise:
    """Keep the form as it was typed; nothing is judged before the submission, nothing is lost."""
    row = Enterprise.objects.select_for_update().get(pk=enterprise.pk)
    _own(row, by)
    if row.state not in EDITABLE:
        message = f"企业注册现在是“{row.lifecycle.states[row.state]}”，不能修改。"
        mend = "审核中的资料请等待审核结果；已通过的资料请先点“变更资料”。"
        raise Refused([Refusal("not_editable", message, "D47-5.20", mend)])
    row.typed = _typed({**row.typed, **typed})
    row.save(update_fields=["typed"])
    return row


@audited("enterprise.submit", about="enterprise")
def submit_enterprise(
    *, enterprise: Enterprise, by: Actor, now: datetime, rules: Rulebook, calendar: WorkingCalendar
) -> Enterprise:
    """Submit the basic information for review; the region decides the bureau (D47-5.7a, D47-4.1).

    Raises Refused with every fault of the form and every ground of ineligibility at once.
    """
    row = Enterprise.objects.select_for_update().get(pk=enterprise.pk)
    _own(row, by)
    terms, today = terms_on(rules, local_date(now)), local_date(now)
    values, faults = read_enterprise(row.typed)
    faults += _licence_faults(row, values["licence_id"])
    faults += eligibility_faults(values, rules, on=today)
    sanctions = refusals_for(enterprise=row, on=today)
    facts = {"faults": faults, "barred": row.barred_at is not None, "sanctions": sanctions}
    values["search_text"] = searchable(values["name"], row.uscc)
    due_on = None if faults else calendar.add_working_days(today, terms.review_working_days)
    changes = {
        **values,
        "submitted_by": by.person,
        "submitted_at": now,
        "due_on": due_on,
        "return_reasons": [],
    }
    move(row, "submit", by=by, facts=facts, now=now, changes=changes, payload={}, pol=rules.version)
    _tell_bureau(row, f"待审核企业注册：{row.name}", now)
    return row


@audited("enterprise.approve", about="enterprise")
def approve_enterprise(*, enterprise: Enterprise, by: Actor, now: datetime, rules: Rulebook) -> Enterprise:
    """The city (or its county) finds the basic information true and registers (D47-5.20)."""
    row = Enterprise.objects.select_for_update().get(pk=enterprise.pk)
    changes: dict[str, Any] = {
        "reviewed_by": by.person, "due_on": None, "return_reasons": [], "approved": None
    }  # fmt: skip
    facts = {**_review_facts(row, by), "sanctions": refusals_for(enterprise=row, on=local_date(now))}
    move(row, "approve", by=by, facts=facts, now=now, changes=changes, pol=rules.version)
    _tell_enterprise(row, "approve", "企业注册已审核通过", "现在可以申领服务券。", now)
    return row


@audited("enterprise.send_back", about="enterprise")
def send_back_enterprise(
    *, enterprise: Enterprise, reasons: Iterable[Mapping[str, str]], by: Actor, now: datetime, rules: Rulebook
) -> Enterprise:
    """Return the registration once with every reason (D47-5.20); one visible earlier is flagged (S6)."""
    row = Enterprise.objects.select_for_update().get(pk=enterprise.pk)
    read = read_reasons(reasons, _terms(rules, now).enterprise_reasons)
    form = {name: row.typed.get(name, "") for name in ENTERPRISE_FIELDS}
    judged, rounds = judge_return(read, rounds=row.returns, form=form, at=now.isoformat())
    changes = {"return_reasons": judged, "returns": rounds, "reviewed_by": by.person, "due_on": None}
    facts = {**_review_facts(row, by), "reasons": read}
    move(
        row,
        "send_back",
        by=by,
        facts=facts,
        now=now,
        changes=changes,
        payload={"reasons": judged},
        codes=_codes(judged),
        pol=rules.version,
    )
    _tell_enterprise(row, "send_back", "企业注册已退回，请补正后重新提交", summary(judged), now)
    if any(reason["flagged"] for reason in judged):
        tell_province_of_late_reason(row.journal_key, row.version, row.name, now)
    return row


@audited("enterprise.reject", about="enterprise")
def reject_enterprise(
    *, enterprise: Enterprise, reasons: Iterable[Mapping[str, str]], by: Actor, now: datetime, rules: Rulebook
) -> Enterprise:
    """Reject the registration for a breach of law, with the reason (D47-5.20)."""
    row = Enterprise.objects.select_for_update().get(pk=enterprise.pk)
    read = read_reasons(reasons, _terms(rules, now).enterprise_reasons, rejecting=True)
    facts = {**_review_facts(row, by), "reasons": read}
    changes = {"return_reasons": read, "reviewed_by": by.person, "due_on": None}
    codes, payload = _codes(read), {"reasons": read}
    move(
        row,
        "reject",
        by=by,
        facts=facts,
        now=now,
        changes=changes,
        payload=payload,
        codes=codes,
        pol=rules.version,
    )
    _tell_enterprise(row, "reject", "企业注册已驳回", summary(read), now)
    return row


@audited("enterprise.transfer", about="enterprise")
def transfer_enterprise(
    *,
    enterprise: Enterprise,
    city: str,
    county: str = "",
    by: Actor,
    now: datetime,
    rules: Rulebook,
    calendar: WorkingCalendar,
) -> Enterprise:
    """Hand a registration with a wrongly chosen region to the right bureau; its time limit starts anew."""
    row = Enterprise.objects.select_for_update().get(pk=enterprise.pk)
    to_city, to_county, faults = read_region(city, county, article="D47-5.20")
    facts = {
        **_review_facts(row, by),
        "region": (row.city, row.county),
        "new_region": (to_city, to_county),
        "faults": faults,
    }
    days = _terms(rules, now).review_working_days
    changes = {
        "city": to_city,
        "county": to_county,
        "typed": {**row.typed, "city": to_city, "county": to_county},
        "due_on": calendar.add_working_days(local_date(now), days),
    }
    payload = {"from": row.county or row.city, "to": to_county or to_city}
    move(row, "transfer", by=by, facts=facts, now=now, changes=changes, payload=payload, pol=rules.version)
    _tell_bureau(row, f"移交来的企业注册：{row.name}", now)
    home = regions.place_name(to_city) + regions.place_name(to_county)
    _tell_enterprise(row, "transfer", f"企业注册已移交{home}主管部门审核", "", now)
    return row


@audited("enterprise.amend", about="enterprise")
def amend_enterprise(*, enterprise: Enterprise, by: Actor, now: datetime) -> Enterprise:
    """Open a registered enterprise's information for change; it is reviewed again when submitted."""
    row = Enterprise.objects.select_for_update().get(pk=enterprise.pk)
    _own(row, by)
    move(row, "amend", by=by, facts={}, now=now, changes={"returns": [], "approved": typed_from(row)})
    return row


@audited("enterprise.keep", about="enterprise")
def keep_enterprise(*, enterprise: Enterprise, by: Actor, now: datetime) -> Enterprise:
    """Drop an intended or returned change; the registration stands as it was approved."""
    row = Enterprise.objects.select_for_update().get(pk=enterprise.pk)
    _own(row, by)
    changes = {**_as_approved(row), "return_reasons": [], "due_on": None}
    move(row, "keep", by=by, facts={"approved": row.approved}, now=now, changes=changes)
    return row


@audited("enterprise.refuse_change", about="enterprise")
def refuse_change(
    *, enterprise: Enterprise, reasons: Iterable[Mapping[str, str]], by: Actor, now: datetime, rules: Rulebook
) -> Enterprise:
    """Don't agree to a change, with reasons: the registration stands as it was approved (D47-5.20)."""
    row = Enterprise.objects.select_for_update().get(pk=enterprise.pk)
    read = read_reasons(reasons, _terms(rules, now).enterprise_reasons)
    facts = {**_review_facts(row, by), "reasons": read, "approved": row.approved}
    changes = {**_as_approved(row), "return_reasons": read, "reviewed_by": by.person, "due_on": None}
    codes, payload = _codes(read), {"reasons": read}
    move(
        row,
        "refuse_change",
        by=by,
        facts=facts,
        now=now,
        changes=changes,
        payload=payload,
        codes=codes,
        pol=rules.version,
    )
    _tell_enterprise(row, "refuse_change", "资料变更未获同意，仍按原资料办理", summary(read), now)
    return row


@audited("enterprise.strike", about="enterprise")
def count_strike(
    *, enterprise: Enterprise, voucher: str, cycle: str, by: Actor, now: datetime, rules: Rulebook
) -> int:
    """Count a lapsed voucher against its enterprise, once a voucher (D47-5.19); gives the number of strikes.

    At the rules' number the eligibility to apply is cancelled (S5). Again for the same voucher does nothing.
    """
    row = Enterprise.objects.select_for_update().get(pk=enterprise.pk)
    if Strike.objects.filter(voucher=voucher).exists():
        return Strike.objects.filter(enterprise=row).count()
    Strike.objects.create(enterprise=row, voucher=voucher, cycle=cycle, at=now)
    count = Strike.objects.filter(enterprise=row).count()
    payload = {"voucher": voucher, "cycle": cycle, "count": count}
    pol, key = rules.version, row.journal_key
    record("enterprise.strike", by=by, obj=key, now=now, why="D47-5.19", pol=pol, payload=payload)
    standing = strike_for(count, rules, local_date(now))
    if standing is StrikeStanding.BARRED and row.barred_at is None:
        row.barred_at = now
        row.save(update_fields=["barred_at"])
        record("enterprise.bar", by=by, obj=key, now=now, why="D47-5.19", pol=pol, payload={"count": count})
        _tell_enterprise(row, "bar", f"累计 {count} 次未兑现服务券，申领资格已取消", "", now, once=str(count))
    elif standing is StrikeStanding.SUSPENDED:
        text = "下一批服务券的申领资格暂停。"
        _tell_enterprise(row, "suspend", f"累计 {count} 次未兑现服务券", text, now, once=str(count))
    return count


def _as_approved(row: Enterprise) -> dict[str, Any]:
    """The columns as they were last approved, and the form with them; nothing where nothing was approved."""
    if not row.approved:
        return {}
    values, _faults = read_enterprise(row.approved)
    values["search_text"] = searchable(values["name"], row.uscc)
    return {**values, "typed": row.approved, "approved": None}


def _terms(rules: Rulebook, now: datetime) -> RegistrationTerms:
    return terms_on(rules, local_date(now))


def _typed(form: Mapping[str, Any]) -> dict[str, Any]:
    """Keep the known fields only, each as short text."""
    return {name: str(form[name])[:4000] for name in ENTERPRISE_FIELDS if form.get(name) is not None}


def _own(row: Enterprise, by: Actor) -> None:
    if by.org != row.key:
        message = "只能办理本企业的注册。"
        raise Refused([Refusal("not_your_enterprise", message, "D47-5.7a", "请用本企业的账号登录。")])


def _licence_faults(row: Enterprise, licence: int | None) -> list[Refusal]:
    """The licence must be a file that the enterprise itself uploaded."""
    return file_faults(Enterprise, "licence", licence, org=row.key, article="D47-5.7a")


def _review_facts(row: Enterprise, by: Actor) -> dict[str, Any]:
    return {
        "in_area": access.reviews_registrations_of(by, city=row.city, county=row.county),
        "submitted_by": row.submitted_by,
        "person": by.person,
    }


def _codes(reasons: Iterable[Mapping[str, Any]]) -> list[str]:
    """What the log carries of the reasons: their codes, and S6 where one comes late."""
    listed = list(reasons)
    late = ["S6"] if any(reason["flagged"] for reason in listed) else []
    return [*dict.fromkeys(str(reason["code"]) for reason in listed), *late]


def _uscc_taken(code: str) -> Refusal:
    message = f"统一社会信用代码 {code} 已经注册。"
    return Refusal(
        "uscc_taken", message, "D47-5.7a", "请用原账号登录；忘记账号请联系所在地主管部门。", "uscc"
    )


def _tell_bureau(row: Enterprise, title: str, now: datetime) -> None:
    key = f"{row.journal_key}:{row.version}:bureau"
    notify(
        org=f"bureau:{row.city}", obj=row.journal_key, kind="enterprise.due", title=title, key=key, now=now,
        text=f"请在 {row.due_on} 前审核。",
    )  # fmt: skip


def _tell_enterprise(
    row: Enterprise, kind: str, title: str, text: str, now: datetime, once: str = ""
) -> None:
    key = f"{row.journal_key}:{kind}:{once or row.version}"
    notify(
        org=row.key, obj=row.journal_key, kind=f"enterprise.{kind}", title=title, text=text, key=key, now=now
    )


def tell_province_of_late_reason(obj: str, version: int, name: str, now: datetime) -> None:
    """Let the province know that a return gave a reason that could have been given before (S6)."""
    notify(
        org="bureau:440000", obj=obj, kind="late_reason", now=now, key=f"{obj}:{version}:late",
        title=f"再次退回的理由首次审核时即可发现：{name}", text="依据 47号 五20，退回理由应一次性告知。",
    )  # fmt: skip
