"""A cycle with windows and quotas, and a stand-in for issuing vouchers."""

from __future__ import annotations

from datetime import datetime

from tests.parties.making import OFFICER
from yunquan.kernel.calendar import SHANGHAI
from yunquan.ledger.actions import Posting, transfer
from yunquan.ledger.books import Book
from yunquan.programme import accounts, actions
from yunquan.programme.models import Cycle

WAN = 1_000_000
DONGGUAN, FOSHAN = "441900", "440600"


def at(text: str) -> datetime:
    """A moment in Shanghai."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


NOW = at("2018-09-10 09:00")
WINDOWS = {
    "apply": (at("2018-10-15 10:00"), at("2018-12-31 17:00")),
    "claim": (at("2018-11-01 10:00"), at("2019-03-31 17:00")),
}


def made(code: str = "2018", pack: str = "gd-2018") -> Cycle:
    """A cycle in preparation."""
    return actions.create_cycle(code=code, name="2018 年度", pack=pack, year=2018, by=OFFICER, now=NOW)


def target(cycle: Cycle, city: str = DONGGUAN, target_fen: int = 1000 * WAN, **changes):
    return actions.set_target(cycle=cycle, city=city, target_fen=target_fen, by=OFFICER, now=NOW, **changes)


def issue(cycle: Cycle, city: str, face_fen: int) -> None:
    """What issuing a voucher does to the quota."""
    posting = Posting(accounts.quota(cycle.code, city), accounts.reserved(cycle.code, city), face_fen)
    transfer([posting], book=Book.PROMISES, kind="issue", subject="voucher:1", article="D47-5.10", now=NOW)
