"""Changes of the rules: drafted, submitted, published by a second person, then immutable (D47-4.4.1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from yunquan.journal.actions import audited, move, record
from yunquan.kernel.calendar import local_date
from yunquan.kernel.refusal import Refusal, Refused
from yunquan.kernel.workflow import Actor
from yunquan.parties.checks import role_allows
from yunquan.policy.packfile import PackError
from yunquan.programme.actions.cycles import PROVINCE_ROLES, refuse
from yunquan.programme.models import RuleChange
from yunquan.programme.rules import change_form, rulebook

ARTICLE = "D47-4.4.1"


@audited("rule_change.draft", about="rule")
def draft_rule_change(
    *,
    pack: str,
    rule: str,
    value: Any,
    from_on: date,
    article: str,
    meaning: str,
    by: Actor,
    now: datetime,
    document: str = "",
) -> RuleChange:
    """Draft a new value of a rule from a day; the value is written as in a pack, e.g. “60 万元”."""
    refuse([role_allows(by.role, PROVINCE_ROLES, "起草规则变更")])
    row = RuleChange(drafted_by=by.person, drafted_at=now, pack=pack)
    _fill(row, rule=rule, value=value, from_on=from_on, article=article, meaning=meaning, document=document)
    refuse(_pack_faults(pack))
    row.save()
    record(
        "rule_change.draft",
        by=by,
        obj=row.journal_key,
        now=now,
        why=ARTICLE,
        post="draft",
        payload=_told(row),
    )
    return row


@audited("rule_change.edit", about="change")
def edit_rule_change(
    *,
    change: RuleChange,
    value: Any,
    from_on: date,
    article: str,
    meaning: str,
    by: Actor,
    now: datetime,
    document: str = "",
) -> RuleChange:
    """Correct a draft; its drafter is then whoever touched it last, so the second person stays a second."""
    row = RuleChange.objects.select_for_update().get(pk=change.pk)
    refuse([role_allows(by.role, PROVINCE_ROLES, "修改规则变更")])
    if row.state != "draft":
        message = f"规则变更现在是“{row.lifecycle.states[row.state]}”，不能修改。"
        raise Refused([Refusal("not_editable", message, ARTICLE, "请先退回起草，或另行起草一份。")])
    _fill(
        row, rule=row.rule, value=value, from_on=from_on, article=article, meaning=meaning, document=document
    )
    row.drafted_by, row.drafted_at = by.person, now
    row.save()
    record("rule_change.edit", by=by, obj=row.journal_key, now=now, why=ARTICLE, payload=_told(row))
    return row


@audited("rule_change.submit", about="change")
def submit_rule_change(
    *, change: RuleChange, attached: Mapping[str, str] | None = None, by: Actor, now: datetime
) -> RuleChange:
    """Hand a draft to a second person; everything wrong with it is said at once.

    `attached` names the report of a replay that goes with it, for the log.
    """
    row = RuleChange.objects.select_for_update().get(pk=change.pk)
    facts = {"faults": change_faults(row, now=now)}
    payload = {**_told(row), **(attached or {})}
    move(row, "submit", by=by, facts=facts, now=now, changes={"return_reasons": []}, payload=payload)
    return row


@audited("rule_change.publish", about="change")
def publish_rule_change(
    *, change: RuleChange, attached: Mapping[str, str] | None = None, by: Actor, now: datetime
) -> RuleChange:
    """Publish a change from its day on (D47-4.4.1); whoever drafted it can't (S3).

    What was applied for before that day keeps the old value. The row can't be altered afterwards.
    """
    row = RuleChange.objects.select_for_update().get(pk=change.pk)
    facts = {"drafted_by": row.drafted_by, "person": by.person, "faults": change_faults(row, now=now)}
    changes = {"published_by": by.person, "published_at": now}
    payload = {**_told(row), **(attached or {})}
    move(row, "publish", by=by, facts=facts, now=now, changes=changes, payload=payload)
    return row


@audited("rule_change.send_back", about="change")
def send_back_rule_change(
    *, change: RuleChange, reasons: Sequence[str], by: Actor, now: datetime
) -> RuleChange:
    """Give a change back to its drafter, saying why."""
    row = RuleChange.objects.select_for_update().get(pk=change.pk)
    said = [reason.strip()[:500] for reason in reasons if reason.strip()]
    facts = {"drafted_by": row.drafted_by, "person": by.person, "reasons": said}
    changes = {"return_reasons": said}
    move(row, "send_back", by=by, facts=facts, now=now, changes=changes, payload={"reasons": said})
    return row


@audited("rule_change.withdraw", about="change")
def withdraw_rule_change(*, change: RuleChange, by: Actor, now: datetime) -> RuleChange:
    """Give up a change before it is published."""
    row = RuleChange.objects.select_for_update().get(pk=change.pk)
    move(row, "withdraw", by=by, facts={}, now=now)
    return row


def change_faults(change: RuleChange, *, now: datetime) -> list[Refusal]:
    """Everything that stands against a change: its day, its form, what it does to the whole rulebook."""
    faults = []
    if change.from_on <= local_date(now):
        faults.append(
            Refusal(
                "from_on_not_ahead",
                f"生效日期 {change.from_on} 不晚于今天，会改变已经受理的申请。",
                ARTICLE,
                "请选择明天或以后的日期。",
                "from_on",
            )
        )
    try:
        rulebook(change.pack).overlaid([change_form(change)])
    except PackError as error:
        for fault in error.faults:
            field = fault.key.removeprefix(change.rule).lstrip(".") or "value"
            mend = f"应为：{fault.expected}"
            faults.append(Refusal("rule_value", f"{fault.key}：{fault.reason}", ARTICLE, mend, field))
    return faults


def _fill(
    row: RuleChange, *, rule: str, value: Any, from_on: date, article: str, meaning: str, document: str
) -> None:
    row.rule, row.value, row.from_on = rule.strip()[:120], value, from_on
    row.article, row.meaning, row.document = (
        article.strip()[:40],
        meaning.strip()[:300],
        document.strip()[:120],
    )


def _pack_faults(pack: str) -> list[Refusal]:
    try:
        rulebook(pack)
    except PackError:
        return [Refusal("bad_pack", f"没有规则包“{pack}”。", ARTICLE, "请选择随附的规则包。", "pack")]
    return []


def _told(row: RuleChange) -> dict[str, str]:
    return {
        "pack": row.pack,
        "rule": row.rule,
        "value": str(row.value),
        "from": row.from_on.isoformat(),
        "article": row.article,
    }
