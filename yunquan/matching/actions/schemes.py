"""配套办法: proposed by one, adopted by another; a change is a new dated version (D47-4.4.6, S3)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from yunquan.catalogue.queries import services
from yunquan.journal.actions import audited, move, notify, record
from yunquan.kernel.calendar import local_date
from yunquan.kernel.money import format_yuan
from yunquan.kernel.refusal import Refusal, Refused
from yunquan.kernel.workflow import Actor
from yunquan.ledger.actions import Posting, lock_accounts, open_account, transfer
from yunquan.ledger.books import Book
from yunquan.ledger.queries import balance_fen
from yunquan.matching import accounts
from yunquan.matching.checks import ARTICLE, scheme_faults
from yunquan.matching.models import MatchingScheme
from yunquan.parties import regions
from yunquan.parties.checks import role_allows
from yunquan.policy.matching import FIXED, RATIO
from yunquan.policy.roles import Role
from yunquan.programme.models import Cycle
from yunquan.programme.rules import rulebook


@audited("matching_scheme.propose", about="cycle")
def propose(
    *,
    cycle: Cycle,
    city: str,
    title: str,
    document: str,
    clause: str,
    basis: str,
    ceiling_fen: int | None,
    total_fen: int | None,
    from_on: date | None,
    by: Actor,
    now: datetime,
    ratio: int | None = 0,
    fixed: Mapping[int, int] | None = None,
    counts_bonus: bool = False,
    within_fee: bool = True,
    rounding: str = "yuan",
    trigger: str = "paid",
    pilots_first: bool = False,
    until_on: date | None = None,
    note: str = "",
) -> MatchingScheme:
    """Propose a version of the city's scheme; nothing holds before another person adopts it."""
    values: dict[str, Any] = {
        "title": title.strip(),
        "document": document.strip(),
        "clause": clause.strip(),
        "basis": basis,
        "ratio": (ratio or 0) if basis == RATIO else 0,
        "fixed": dict(fixed or {}) if basis == FIXED else {},
        "counts_bonus": counts_bonus,
        "within_fee": within_fee,
        "ceiling_fen": ceiling_fen or 0,
        "total_fen": total_fen or 0,
        "rounding": rounding,
        "trigger": trigger,
        "pilots_first": pilots_first,
        "from_on": from_on,
        "until_on": until_on,
    }
    known = [one.number for one in services(rulebook(cycle.pack), local_date(now))]
    refused = [role_allows(by.role, (Role.CITY_REVIEWER,), "提出配套办法"), of_city(city, by)]
    refusals = [one for one in refused if one is not None] + scheme_faults(values, known)
    open_accounts(cycle.code, city)
    # The city's fund stands for its scheme: two who propose at once do so one after the other.
    lock_accounts([accounts.fund(cycle.code, city)])
    earlier = MatchingScheme.objects.filter(cycle=cycle, city=city)
    if earlier.filter(state="proposed").exists():
        refusals.append(
            Refusal(
                "proposal_waits", "已有一个版本待审定。", ARTICLE, "请先审定或退回该版本，再提出新的版本。"
            )
        )
    if refusals:
        raise Refused(refusals)
    row = MatchingScheme.objects.create(
        cycle=cycle,
        city=city,
        edition=earlier.count() + 1,
        note=note.strip(),
        proposed_by=by.person,
        proposed_at=now,
        **values | {"fixed": {str(number): fen for number, fen in values["fixed"].items()}},
    )
    payload = {"edition": row.edition, "document": row.document, "total_fen": str(row.total_fen)}
    record(
        "matching_scheme.propose",
        by=by,
        obj=row.journal_key,
        now=now,
        why=ARTICLE,
        post=row.state,
        payload=payload,
    )
    notify(
        org=f"bureau:{city}",
        obj=row.journal_key,
        kind="matching_scheme",
        title=f"配套办法第 {row.edition} 版待审定",
        key=f"{row.journal_key}:proposed",
        now=now,
    )
    return row


def of_city(city: str, by: Actor) -> Refusal | None:
    """A city's own subsidy is the affair of its own bureau alone (A1)."""
    if regions.city(city) and by.org == f"bureau:{city}":
        return None
    return Refusal("not_your_case", "配套资金由所在地市的主管部门办理。", ARTICLE)


def open_accounts(cycle: str, city: str) -> None:
    """The accounts of a city's own funds, in their own book."""
    open_account(book=Book.MATCHING, key=accounts.treasury(cycle, city), may_go_negative=True)
    for name in (accounts.fund, accounts.committed, accounts.recovered):
        open_account(book=Book.MATCHING, key=name(cycle, city))


def _locked(scheme: MatchingScheme) -> MatchingScheme:
    query = MatchingScheme.objects.select_for_update(of=("self",)).select_related("cycle")
    return query.get(pk=scheme.pk)


@audited("matching_scheme.adopt", about="scheme")
def adopt(*, scheme: MatchingScheme, by: Actor, now: datetime) -> MatchingScheme:
    """Adopt a version as a second person: it holds from its day, and its total is the city's own money now.

    A smaller total takes back what is not committed yet; the ledger refuses more (M2).
    """
    row = _locked(scheme)
    code, city = row.cycle.code, row.city
    lock_accounts([accounts.treasury(code, city), accounts.fund(code, city)])
    last = (
        MatchingScheme.objects.filter(cycle=row.cycle, city=city, state="adopted")
        .order_by("-from_on")
        .first()
    )
    facts = {
        "person": by.person,
        "earlier_persons": {row.proposed_by},
        "is_first": last is None,
        "last_from_on": last.from_on if last is not None else None,
        "from_on": row.from_on,
        "today": local_date(now),
    }
    decision = row.lifecycle.decide("adopt", state=row.state, role=by.role, facts=facts)
    if decision.row is None:
        raise Refused(decision.refusals)
    provided_fen = -balance_fen(accounts.treasury(code, city))
    _provide(row, row.total_fen - provided_fen, now=now)
    changes = {"decided_by": by.person, "decided_at": now}
    payload = {"total_fen": str(row.total_fen), "provided_before_fen": str(provided_fen)}
    move(row, "adopt", by=by, facts=facts, now=now, changes=changes, payload=payload)
    return row


def _provide(row: MatchingScheme, more_fen: int, *, now: datetime) -> None:
    """Bring the city's own money to the total of the version."""
    code, city = row.cycle.code, row.city
    treasury, fund = accounts.treasury(code, city), accounts.fund(code, city)
    if not more_fen:
        return
    posting = Posting(treasury, fund, more_fen) if more_fen > 0 else Posting(fund, treasury, -more_fen)
    kind = "provide" if more_fen > 0 else "reduce"
    try:
        transfer([posting], book=Book.MATCHING, kind=kind, subject=row.journal_key, article=ARTICLE, now=now)
    except Refused:
        free_fen = balance_fen(fund)
        message = f"未安排的配套资金只有 {format_yuan(free_fen)} 元，不能调减 {format_yuan(-more_fen)} 元。"
        mend = "请退回，把总额提高到不低于已安排的金额后重新提出。"
        raise Refused([Refusal("funds_short", message, ARTICLE, mend, "total_fen")]) from None


@audited("matching_scheme.turn_down", about="scheme")
def turn_down(*, scheme: MatchingScheme, reason: str, by: Actor, now: datetime) -> MatchingScheme:
    """Send a proposed version back with the reason; it never held."""
    row = _locked(scheme)
    changes = {"decided_by": by.person, "decided_at": now, "decision_reason": reason.strip()}
    payload = {"reason": reason.strip()}
    move(row, "turn_down", by=by, facts={"reason": reason}, now=now, changes=changes, payload=payload)
    return row
