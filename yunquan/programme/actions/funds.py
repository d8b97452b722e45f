"""Money for the cities, in the cash book (D47-8.2b, D26-5.4)."""

from __future__ import annotations

from datetime import datetime

from yunquan.journal.actions import audited, record
from yunquan.kernel.money import LARGEST_FEN, format_yuan
from yunquan.kernel.refusal import Refusal, Refused
from yunquan.kernel.workflow import Actor
from yunquan.ledger.actions import Posting, transfer
from yunquan.ledger.books import Book
from yunquan.ledger.queries import balance_fen
from yunquan.parties.checks import role_allows
from yunquan.programme import accounts
from yunquan.programme.actions.cycles import PROVINCE_ROLES, city_faults, open_city_accounts, refuse
from yunquan.programme.models import Cycle

ARTICLE = "D47-8.2b"


@audited("funds.appropriate", about="cycle")
def appropriate_funds(
    *, cycle: Cycle, city: str, amount_fen: int, by: Actor, now: datetime, document: str = ""
) -> None:
    """Send a city money of the cycle; payments can't exceed it (M8)."""
    _check(cycle, city, amount_fen, by)
    open_city_accounts(cycle.code, city)
    posting = Posting(accounts.treasury(cycle.code), accounts.fund(cycle.code, city), amount_fen)
    _write("appropriate", posting, cycle, city, amount_fen, document, by, now)


@audited("funds.withdraw", about="cycle")
def withdraw_funds(
    *, cycle: Cycle, city: str, amount_fen: int, by: Actor, now: datetime, document: str = ""
) -> None:
    """Take back money that a city has not committed; the ledger refuses more (M2, M8)."""
    _check(cycle, city, amount_fen, by)
    open_city_accounts(cycle.code, city)
    posting = Posting(accounts.fund(cycle.code, city), accounts.treasury(cycle.code), amount_fen)
    try:
        _write("withdraw", posting, cycle, city, amount_fen, document, by, now)
    except Refused:
        left = format_yuan(balance_fen(accounts.fund(cycle.code, city)))
        message = f"该市未安排的资金只有 {left} 元，不够收回 {format_yuan(amount_fen)} 元。"
        raise Refused([Refusal("funds_short", message, ARTICLE, f"不超过 {left} 元。", "amount")]) from None


def _check(cycle: Cycle, city: str, amount_fen: int, by: Actor) -> None:
    faults = [role_allows(by.role, PROVINCE_ROLES, "下达资金"), *city_faults(city)]
    if not 0 < amount_fen <= LARGEST_FEN:
        faults.append(
            Refusal("amount_not_positive", "金额必须大于零。", ARTICLE, "请填写以元为单位的金额。", "amount")
        )
    refuse(faults)


def _write(
    kind: str,
    posting: Posting,
    cycle: Cycle,
    city: str,
    amount_fen: int,
    document: str,
    by: Actor,
    now: datetime,
) -> None:
    subject = f"funds:{cycle.code}:{city}"
    transfer([posting], book=Book.CASH, kind=kind, subject=subject, article=ARTICLE, now=now)
    payload = {"amount_fen": amount_fen, "document": document[:120]}
    record(f"funds.{kind}", by=by, obj=subject, now=now, why=ARTICLE, payload=payload)
