"""异议: raised in public within the period, handled by the city, where needed by the province (D47-5.22)."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar, cast

from django.db import models
from django.db.models import QuerySet

from yunquan.evidence.models import StoredFile
from yunquan.journal.actions import audited, move, notify, record
from yunquan.kernel.refusal import Refusal, Refused
from yunquan.kernel.workflow import Actor
from yunquan.ledger.actions import lock_accounts
from yunquan.policy.deadlines import review_deadline
from yunquan.programme import accounts
from yunquan.programme.rules import rulebook, working_calendar
from yunquan.settlement import checks
from yunquan.settlement.models import Objection, SettlementLine, SettlementList
from yunquan.vouchers import actions as vouchers
from yunquan.vouchers.actions.shared import lock
from yunquan.vouchers.lifecycle import S

# Without characters that are mistaken for one another on paper or the telephone.
CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
WRITTEN = (("raised_by", "提出人"), ("contact", "联系方式"), ("grounds", "异议内容"))
Kind = TypeVar("Kind", bound=models.Model)


def raised(
    objections: type[Kind],
    *,
    line: Any,
    lists: QuerySet[Any],
    prefix: str,
    written: Mapping[str, str],
    file: StoredFile | None,
    by: Actor,
    now: datetime,
) -> Kind:
    """An objection to a line of the one list in `lists`, judged, kept and recorded, whichever money the list pays.

    Raises Refused when the period is over or a part of what is `written` is missing.
    """
    # Read under lock: a page that was opened before the list was withdrawn must not bring in an objection.
    shown = lists.select_for_update(of=("self",)).select_related("cycle").get()
    facts = {"list_state": shown.state, "publicity_ends_at": shown.publicity_ends_at or now, "now": now}
    refusals = [refusal for refusal in [checks.within_publicity(facts)] if refusal]
    refusals += [
        Refusal("missing", f"请填写{label}。", "D47-5.22", field=name)
        for name, label in WRITTEN
        if not written[name].strip()
    ]
    if refusals:
        raise Refused(refusals)
    row: Any = objections._default_manager.create(
        line=line,
        city=shown.city,
        code=prefix + "".join(secrets.choice(CODE_ALPHABET) for _ in range(10)),
        raised_by=written["raised_by"].strip()[:120],
        contact=written["contact"].strip()[:120],
        grounds=written["grounds"].strip(),
        file=file,
        raised_at=now,
        due_on=review_deadline("claim", now, rulebook(shown.cycle.pack), working_calendar()).due_on,
    )
    record(
        f"{row.lifecycle.noun}.raise",
        by=by,
        obj=row.journal_key,
        now=now,
        why="D47-5.22",
        post=row.state,
        payload={"line": line.pk, "voucher": line.voucher_number},
    )
    return cast(Kind, row)


@audited("objection.raise", about="line")
def raise_objection(
    *,
    line: SettlementLine,
    raised_by: str,
    contact: str,
    grounds: str,
    file: StoredFile | None,
    by: Actor,
    now: datetime,
) -> Objection:
    """Raise an objection to one line within the publicity period; gives a tracking code (D47-5.22)."""
    objection = raised(
        Objection,
        line=line,
        lists=SettlementList.objects.filter(pk=line.settlement_list_id),
        prefix="YY",
        written={"raised_by": raised_by, "contact": contact, "grounds": grounds},
        file=file,
        by=by,
        now=now,
    )
    notify(
        org=f"bureau:{objection.city}",
        obj=objection.journal_key,
        kind="objection",
        title="公示清单收到异议",
        key=f"{objection.journal_key}:raised",
        now=now,
    )
    return objection


def _locked(objection: Objection) -> Objection:
    query = Objection.objects.select_for_update(of=("self",))
    return query.select_related("line__voucher", "line__settlement_list__cycle").get(pk=objection.pk)


def _step(
    action: str,
    *,
    objection: Objection,
    reason: str,
    by: Actor,
    now: datetime,
    changes: Mapping[str, Any],
    facts: Mapping[str, Any] | None = None,
) -> Objection:
    row = _locked(objection)
    move(
        row,
        action,
        by=by,
        facts={"reason": reason, **(facts or {})},
        now=now,
        changes=changes,
        payload={"reason": reason.strip()},
    )
    return row


@audited("objection.escalate", about="objection")
def escalate(*, objection: Objection, reason: str, by: Actor, now: datetime) -> Objection:
    """Pass an objection to the province, which has experts check on site (D47-5.22)."""
    row = _step("escalate", objection=objection, reason=reason, by=by, now=now, changes={})
    notify(
        org="bureau:440000",
        obj=row.journal_key,
        kind="objection",
        title="有异议报请省厅核查",
        key=f"{row.journal_key}:{row.version}:escalated",
        now=now,
    )
    return row


@audited("objection.report", about="objection")
def report(*, objection: Objection, reason: str, by: Actor, now: datetime) -> Objection:
    """The province gives its findings back to the city (D47-5.22)."""
    return _step(
        "report", objection=objection, reason=reason, by=by, now=now, changes={"findings": reason.strip()}
    )


@audited("objection.defer", about="objection")
def defer(*, objection: Objection, reason: str, by: Actor, now: datetime) -> Objection:
    """Put the payment off while the objection can't be settled in time; the others are paid (D47-5.22)."""
    return _step(
        "defer", objection=objection, reason=reason, by=by, now=now, changes={"answer": reason.strip()}
    )


def _decided(reason: str, by: Actor, now: datetime) -> dict[str, Any]:
    return {"answer": reason.strip(), "decided_by": by.person, "decided_at": now}


@audited("objection.dismiss", about="objection")
def dismiss(*, objection: Objection, reason: str, by: Actor, now: datetime) -> Objection:
    """The objection doesn't hold; the voucher is paid in its place (D47-5.22)."""
    changes = _decided(reason, by, now)
    return _step("dismiss", objection=objection, reason=reason, by=by, now=now, changes=changes)


@audited("objection.uphold", about="objection")
def uphold(*, objection: Objection, reason: str, by: Actor, now: datetime) -> Objection:
    """The objection holds; the voucher is not paid and its quota goes back (D47-5.22)."""
    # Its voucher ends in the same transaction, so voucher and accounts are locked before the log's head.
    voucher = lock(objection.line.voucher, with_enterprise=True)
    code, city = voucher.cycle.code, voucher.city
    lock_accounts([accounts.quota(code, city), accounts.reserved(code, city)])
    changes = _decided(reason, by, now)
    row = _step("uphold", objection=objection, reason=reason, by=by, now=now, changes=changes)
    # A second objection to the same voucher may hold too; the voucher ends once.
    if voucher.state != S.REFUSED:
        vouchers.refuse(voucher=voucher, facts={"objection_upheld": True}, by=by, now=now)
    return row


@audited("objection.reduce", about="objection")
def reduce(
    *, objection: Objection, reason: str, payable_fen: int | None, by: Actor, now: datetime
) -> Objection:
    """The objection holds in part; a smaller amount in fen is paid (D47-5.22)."""
    changes = {**_decided(reason, by, now), "payable_fen": payable_fen}
    facts = {"payable_fen": payable_fen, "listed_fen": objection.line.listed_fen}
    return _step("reduce", objection=objection, reason=reason, by=by, now=now, changes=changes, facts=facts)
