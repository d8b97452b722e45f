"""What several verbs of the voucher need: locks in order, reasons, notices, ends of life."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from yunquan.evidence import actions as evidence
from yunquan.journal.actions import notify_all
from yunquan.journal.models import Notice
from yunquan.kernel.calendar import local_date
from yunquan.kernel.workflow import Actor
from yunquan.ledger.actions import Posting, transfer
from yunquan.ledger.books import Book
from yunquan.parties.models import Bureau, Enterprise
from yunquan.programme import accounts
from yunquan.programme.rules import rulebook, working_calendar
from yunquan.vouchers.lifecycle import COUNTED
from yunquan.vouchers.models import Voucher

Reason = Mapping[str, str]
# What is on file about an enterprise's registration; no act on a voucher reads it.
UNREAD = (
    "typed",
    "approved",
    "return_reasons",
    "returns",
    "submitted_by",
    "submitted_at",
    "due_on",
    "reviewed_by",
)


def lock(voucher: Voucher, *, with_enterprise: bool = False) -> Voucher:
    """Lock the enterprise where asked, then the voucher: the head of the one lock order."""
    return lock_all([voucher], with_enterprise=with_enterprise)[0]


def lock_all(
    vouchers: Sequence[Voucher], *, with_enterprise: bool = False, without: Sequence[str] = ()
) -> list[Voucher]:
    """The same for several, each kind in the order of its keys; gives them fresh, in the order asked.

    `without` names columns that the act doesn't read.
    """
    query = Voucher.objects.select_for_update(of=("self",)).order_by("pk").defer(*without)
    if not with_enterprise:
        rows = query.select_related("cycle", "enterprise", "supplier").in_bulk([row.pk for row in vouchers])
        return [rows[row.pk] for row in vouchers]
    enterprises = Enterprise.objects.select_for_update().order_by("pk").defer(*UNREAD)
    locked = enterprises.in_bulk({row.enterprise_id for row in vouchers})
    rows = query.select_related("cycle", "supplier").in_bulk([row.pk for row in vouchers])
    for row in rows.values():
        row.enterprise = locked[row.enterprise_id]
    return [rows[row.pk] for row in vouchers]


def stated(reasons: Sequence[Reason]) -> list[dict[str, str]]:
    """Reasons as they are stored: code, label, way to mend, article, and the reviewer's own words."""
    kept = [{key: str(value).strip() for key, value in reason.items()} for reason in reasons]
    return [reason for reason in kept if reason.get("label") or reason.get("text")]


def codes_of(voucher: Voucher, reasons: Sequence[Mapping[str, Any]], *, now: datetime) -> list[str]:
    """What the log carries of reasons: the codes that the rules know, and S6 where one comes late.

    Own words stand in the payload (L3).
    """
    rules, today = rulebook(voucher.cycle.pack), local_date(now)
    found = [rules.find(name, today) for name in ("reasons.application", "reasons.claim")]
    known = {"other", *(reason.code for rule in found if rule is not None for reason in rule.value)}
    late = ["S6"] if any(reason.get("flagged") for reason in reasons) else []
    return [reason["code"] for reason in reasons if reason.get("code") in known] + late


def due(voucher: Voucher, rule: str, *, now: datetime) -> date:
    """The last day to act, counted in working days from a rule value."""
    today = local_date(now)
    days = rulebook(voucher.cycle.pack).value(rule, today).value
    return working_calendar().add_working_days(today, days)


def persons(*names: str) -> frozenset[str]:
    """Those who took an earlier step; nobody takes two steps that check each other (S3)."""
    return frozenset(name for name in names if name)


def tell(voucher: Voucher, *, org: str, kind: str, title: str, now: datetime, text: str = "") -> None:
    """A message about this voucher into an inbox, once per state it reached."""
    notify_all([notice(voucher, org=org, kind=kind, title=title, now=now, text=text)])


def notice(voucher: Voucher, *, org: str, kind: str, title: str, now: datetime, text: str = "") -> Notice:
    """The message itself, for acts that write many at once."""
    obj = voucher.journal_key
    key = f"{obj}:{voucher.version}:{kind}:{org}"[:160]
    return Notice(org=org, obj=obj, kind=kind, title=title, text=text, key=key, at=now)


def bureau_org(voucher: Voucher) -> str:
    """The inbox of the bureau that reviews claims: the city's (D47-5.14)."""
    return f"bureau:{voucher.city}"


def reviewing_org(voucher: Voucher) -> str:
    """The inbox of the bureau that reviews applications: the county's where the city so set (D47-5.10)."""
    counties_review = Bureau.objects.filter(code=voucher.city, counties_review=True).exists
    return f"bureau:{voucher.county}" if voucher.county and counties_review() else bureau_org(voucher)


def end_of_life(voucher: Voucher, *, by: Actor, now: datetime, article: str) -> None:
    """Before a voucher dies: give back its quota exactly once (Q4) and free what it rested on (U1–U3)."""
    if voucher.contract_id:
        evidence.release(contract=voucher.contract)
    release_claim_evidence(voucher)
    if voucher.state in COUNTED:
        give_back_quota(voucher, now=now, article=article)


def give_back_quota(voucher: Voucher, *, now: datetime, article: str) -> None:
    """Move the face from reserved back to the city's quota (Q4)."""
    code, city = voucher.cycle.code, voucher.city
    transfer(
        [Posting(accounts.reserved(code, city), accounts.quota(code, city), voucher.face_fen)],
        book=Book.PROMISES,
        kind="release",
        subject=voucher.journal_key,
        article=article,
        now=now,
    )


def release_claim_evidence(voucher: Voucher) -> None:
    """Free invoices, proofs and the acceptance report of a claim that no longer stands."""
    if voucher.claimed_at is None:
        return
    rows: list[Any] = [join.invoice for join in voucher.claim_invoices.select_related("invoice")]
    rows += [join.proof for join in voucher.claim_proofs.select_related("proof")]
    if voucher.report is not None:
        rows.append(voucher.report)
    for row in rows:
        evidence.release(row=row)
