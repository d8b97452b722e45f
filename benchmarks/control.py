"""The negative control: the same rush with the ledger's condition and locks taken away must oversell.

Were it to keep the quota all the same, the measurements would prove nothing.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from benchmarks.house import house
from benchmarks.load import fire
from benchmarks.rush import CLIENTS, content_hashes, rate, requests_of
from benchmarks.serving import site

FITTING, ASKED = 200, 600


def oversold(database_url: str) -> dict[str, Any]:
    """Ask for three times the quota with the lock off; gives how many were issued, and whether too many."""
    from django.core.management import call_command
    from django.db import connection

    from benchmarks.founding import CITY, FACE_FEN, found
    from yunquan.ledger.queries import balance_fen
    from yunquan.programme import accounts

    call_command("migrate", verbosity=0)
    made = found(drafts=ASKED, quota_fen=FITTING * FACE_FEN)
    with site(database_url=database_url) as port:
        rate(port, requests_of("submit", made.drafts, {}, made.reviewers))
        rate(port, requests_of("confirm", made.drafts, content_hashes(), made.reviewers))
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE ledger_account DROP CONSTRAINT ledger_balance_not_negative")
    with site(database_url=database_url, target="benchmarks.unlocked:application") as port:
        asked = requests_of("issue", made.drafts, content_hashes(), made.reviewers)
        issued = fire(port, asked, clients=CLIENTS)["statuses"].get("200", 0)
    left = balance_fen(accounts.quota(made.cycle.code, CITY))
    return {
        "benchmark": "issue with the lock off",
        "fitting": FITTING,
        "issued": issued,
        "quota_left_fen": left,
        "must": "oversell",
        "met": issued > FITTING,
    }


def main() -> int:
    """The control on a server of its own; exit 1 when it did not oversell."""
    with house() as url:
        result = oversold(url)
    print(json.dumps(result, ensure_ascii=False), flush=True)
    return 0 if result["met"] else 1


if __name__ == "__main__":
    sys.exit(main())
