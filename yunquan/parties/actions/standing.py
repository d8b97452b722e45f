"""资格处理: imposed by a decision, ended by the clock or lifted, appealed against (D47-8.4, D108-4, D26-4)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from yunquan.journal.actions import audited, move, notify, record
from yunquan.kernel.calendar import local_date
from yunquan.kernel.refusal import Refusal, Refused
from yunquan.kernel.workflow import Actor
from yunquan.parties import standing_checks as checks
from yunquan.parties.checks import role_allows
from yunquan.parties.lifecycle import APPROVERS
from yunquan.parties.models import Appeal, Enterprise, Standing, Supplier

ARTICLE = "D47-8.4"
# A row of `evidence.StoredFile`: evidence stands above the parties, which know its key alone.
File = Any


@audited("standing.impose", about="party")
def impose(
    *,
    kind: str,
    party: Enterprise | Supplier,
    years: int = 0,
    reason: str,
    article: str,
    regime: str = "",
    source: str,
    document: File | None = None,
    by: Actor,
    now: datetime,
) -> Standing:
    """Lay a standing on a party from today, for so many years or, with 0, for good (D108-4, D26-4).

    `source` is the journal key of the decision; the same decision lays the same kind on a party once. Raises
    Refused for who may not decide, without a reason, and for a cancelled supplier that is an enterprise.
    """
    refusals = [role_allows(by.role, APPROVERS, "作出资格处理"), checks.reason_stated({"reason": reason})]
    if kind == Standing.Kind.SUPPLIER_CANCELLED and not isinstance(party, Supplier):
        refusals.append(Refusal("not_a_supplier", "只能取消供应商的供应商资格。", article))
    if kind not in Standing.Kind.values:
        refusals.append(Refusal("unknown_kind", "没有这种处理。", article, field="kind"))
    found = [refusal for refusal in refusals if refusal is not None]
    if found:
        raise Refused(found)
    # Whoever applies at this moment came before it or sees it.
    type(party)._default_manager.select_for_update().get(pk=party.pk)
    side = {"enterprise": party} if isinstance(party, Enterprise) else {"supplier": party}
    known = Standing.objects.filter(source=source, kind=kind, **side).first()
    if known is not None:
        return known
    today = local_date(now)
    row = Standing.objects.create(
        kind=kind,
        **side,
        uscc=party.uscc,
        reason=reason.strip(),
        article=article,
        regime=regime,
        source=source,
        bureau=by.org.partition(":")[2],
        document=document,
        from_on=today,
        until_on=last_day(today, years),
        entered_by=by.person,
        entered_at=now,
    )
    payload = {"kind": kind, "party": party.key, "source": source, "reason": reason.strip()}
    record(
        "standing.impose",
        by=by,
        obj=row.journal_key,
        now=now,
        why=article,
        post=row.state,
        payload={**payload, "until": str(row.until_on or "")},
    )
    title = f"贵单位{row.get_kind_display()}（自 {today} 起，{row.term}）"
    _tell(row, party.key, "imposed", title, f"{reason.strip()} 如有异议，可在“资格与处理”中申诉。", now)
    if party.city:
        _tell(row, f"bureau:{party.city}", "imposed", f"{party.name}{row.get_kind_display()}", reason, now)
    return row


def last_day(start: date, years: int) -> date | None:
    """The last day of a term of full years from a day; None for 0, which is for good."""
    if years <= 0:
        return None
    try:
        again = start.replace(year=start.year + years)
    except ValueError:  # From the 29th of February to a year without one.
        again = start.replace(year=start.year + years, month=3, day=1)
    return again - timedelta(days=1)


@audited("standing.suspend", about="party")
def suspend(
    *, party: Enterprise | Supplier, reason: str, document: File | None, by: Actor, now: datetime
) -> Standing:
    """Suspend a party whose results are poor until it has mended them (D47-8.4): lifted by `lift`."""
    from_city = f"bureau:{party.city}"
    refusals = [checks.document_there({"document": document})]
    if by.org not in (from_city, "bureau:440000"):
        refusals.append(Refusal("not_your_case", "这家单位不归本单位处理。", ARTICLE))
    found = [refusal for refusal in refusals if refusal is not None]
    if found:
        raise Refused(found)
    return impose(
        kind=Standing.Kind.SUSPENDED,
        party=party,
        reason=reason,
        article=ARTICLE,
        source=f"suspend:{party.key}:{now:%Y%m%d%H%M%S}",
        document=document,
        by=by,
        now=now,
    )


@audited("standing.lift", about="standing")
def lift(*, standing: Standing, reason: str, document: File | None, by: Actor, now: datetime) -> Standing:
    """End a standing before its term, by another person, with reason and document."""
    row = _locked(standing)
    _lift(row, reason=reason, document=document, by=by, now=now)
    return row


def _lift(row: Standing, *, reason: str, document: File | None, by: Actor, now: datetime) -> None:
    facts = {
        "reason": reason,
        "document": document,
        "person": by.person,
        "earlier_persons": {row.entered_by},
    }
    changes = {
        "ended_by": by.person,
        "ended_at": now,
        "ended_reason": reason.strip(),
        "ended_document": document,
    }
    payload = {"reason": reason.strip()}
    move(row, "lift", by=by, facts=facts, now=now, changes=changes, payload=payload)
    _tell(row, row.party_key, "lifted", f"{row.get_kind_display()}的处理已解除", reason.strip(), now)


@audited("standing.expire", about="standing")
def expire(*, standing: Standing, by: Actor, now: datetime) -> Standing:
    """The clock closes a standing whose last day has passed (D26-4)."""
    row = _locked(standing)
    facts = {"until_on": row.until_on, "today": local_date(now)}
    move(row, "expire", by=by, facts=facts, now=now, changes={"ended_by": by.person, "ended_at": now})
    _tell(row, row.party_key, "expired", f"{row.get_kind_display()}的期限已满", "可以重新办理。", now)
    return row


@audited("appeal.file", about="standing")
def appeal(*, standing: Standing, text: str, files: Sequence[File] = (), by: Actor, now: datetime) -> Appeal:
    """The party appeals against what stands, with its proof; decided by another person."""
    row = _locked(standing)
    facts = {
        "text": text,
        "state": row.state,
        "appeal_open": Appeal.objects.filter(standing=row, state="filed").exists(),
    }
    refusals = [one for one in (checks.appeal_stated(facts), *checks.appeal_open_to(facts)) if one]
    if by.org != row.party_key:
        refusals.insert(0, Refusal("not_your_case", "只能由当事单位申诉。", ARTICLE))
    if any(file.org != by.org for file in files):
        refusals.append(Refusal("file_unknown", "附件不存在，请重新上传。", ARTICLE, field="files"))
    if refusals:
        raise Refused(refusals)
    filed = Appeal.objects.create(standing=row, text=text.strip(), filed_by=by.person, filed_at=now)
    filed.files.set(files)
    record(
        "appeal.file",
        by=by,
        obj=filed.journal_key,
        now=now,
        why=ARTICLE,
        post=filed.state,
        payload={"standing": row.pk, "text": text.strip()},
    )
    for org in {f"bureau:{row.bureau}", "bureau:440000"}:
        _tell(row, org, f"appeal{filed.pk}", "收到资格处理的申诉，请由另一人裁定", text.strip()[:500], now)
    return filed


@audited("appeal.decide", about="appeal")
def decide_appeal(
    *,
    appeal: Appeal,
    upheld: bool,
    reason: str,
    document: File | None = None,
    by: Actor,
    now: datetime,
) -> Appeal:
    """Decide an appeal as another person; one that holds lifts the standing in the same transaction."""
    standing = _locked(appeal.standing)
    row = Appeal.objects.select_for_update(of=("self",)).select_related("standing").get(pk=appeal.pk)
    facts = {
        "reason": reason,
        "document": document,
        "person": by.person,
        "earlier_persons": {standing.entered_by, row.filed_by},
    }
    changes = {"answer": reason.strip(), "decided_by": by.person, "decided_at": now}
    action = "uphold" if upheld else "dismiss"
    move(row, action, by=by, facts=facts, now=now, changes=changes, payload={"reason": reason.strip()})
    if upheld and standing.state == "stands":
        _lift(standing, reason=f"申诉成立：{reason.strip()}", document=document, by=by, now=now)
    _tell(
        standing, standing.party_key, f"answer{row.pk}", row.lifecycle.states[row.state], reason.strip(), now
    )
    return row


def publish_standings(*, source: str, by: Actor, now: datetime) -> int:
    """Show what a decision laid on parties on the public page, once its result is published; gives how many."""
    return Standing.objects.filter(source=source, published_at=None).update(published_at=now)


def _locked(standing: Standing) -> Standing:
    rows = Standing.objects.select_for_update(of=("self",)).select_related("enterprise", "supplier")
    return rows.get(pk=standing.pk)


def _tell(row: Standing, org: str, kind: str, title: str, text: str, now: datetime) -> None:
    key = f"{row.journal_key}:{kind}:{org}"
    notify(
        org=org, obj=row.journal_key, kind=f"standing.{kind}"[:20], title=title, text=text, key=key, now=now
    )
