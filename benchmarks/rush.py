"""Issuing and submitting over HTTP on PostgreSQL, 32 clients on one city, against a bare statement by pgbench.

The whole action is measured: token, idempotency key, locks, ledger, log, notice. After the run the ledger, the
states, the log and the doctor must agree; the negative control shows that the lock is what keeps the quota.
"""

from __future__ import annotations

import json
import re
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlsplit

from benchmarks.load import fire, prepared

CLIENTS = 32
AT_LEAST = 0.15
BLOCK, BLOCKS, WARM = 400, 3, 200
OVER = 100
BASELINE_S = 3
TABLES = """
DROP TABLE IF EXISTS bare_quota, bare_issue;
CREATE TABLE bare_quota (id int PRIMARY KEY, used bigint NOT NULL, cap bigint NOT NULL);
CREATE TABLE bare_issue (id bigserial PRIMARY KEY, face bigint NOT NULL, at timestamptz NOT NULL);
INSERT INTO bare_quota VALUES (1, 0, 1000000000000000);
"""
STATEMENT = (
    "WITH taken AS (UPDATE bare_quota SET used = used + 11000000 "
    "WHERE id = 1 AND used + 11000000 <= cap RETURNING id) "
    "INSERT INTO bare_issue (face, at) SELECT 11000000, now() FROM taken;\n"
)


def bare_rate(database_url: str) -> float:
    """Transactions a second of the bare statement: 32 clients, the same server, the same durability."""
    from django.db import connection

    from harness.postgresql import binaries

    with connection.cursor() as cursor:
        cursor.execute(TABLES)
    where = urlsplit(database_url)
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write(STATEMENT)
        script.flush()
        command = [str(binaries() / "pgbench"), "-n", "-c", str(CLIENTS), "-j", "1", "-T", str(BASELINE_S)]
        command += ["-f", script.name, "-h", "127.0.0.1", "-p", str(where.port), "-U", str(where.username)]
        done = subprocess.run([*command, where.path.lstrip("/")], check=True, capture_output=True, text=True)
    found = re.search(r"tps = ([0-9.]+)", done.stdout)
    assert found is not None, done.stdout
    return float(found[1])


def requests_of(act: str, drafts: Iterable[Any], hashes: dict[str, str], reviewers: list[Any]) -> list[str]:
    """One request a voucher: the enterprise submits, the supplier confirms, one of the reviewers issues."""
    made = []
    for place, draft in enumerate(drafts):
        caller = {"submit": draft.enterprise, "confirm": draft.supplier}.get(
            act, reviewers[place % len(reviewers)]
        )
        body = {} if act == "submit" else {"seen_hash": hashes[draft.number]}
        path = f"/api/v1/vouchers/{draft.number}/{act}"
        made.append(prepared(path=path, token=caller.token, key=f"{act}-{draft.number}", body=body))
    return made


def rate(port: int, requests: list[str], *, wanted: dict[str, int] | None = None) -> float:
    """Answers a second; every answer must be the one that is wanted (all 200 where nothing else is said)."""
    outcome = fire(port, requests, clients=CLIENTS, seconds=300)
    if outcome["statuses"] != (wanted or {"200": len(requests)}):
        raise AssertionError(f"answers {outcome['statuses']}, e.g. {outcome['faults']}")
    print(
        f"    {len(requests)} in {outcome['seconds']:.2f} s, {outcome['p50_ms']}/{outcome['p95_ms']} ms",
        file=sys.stderr,
    )
    return len(requests) / float(outcome["seconds"])


def content_hashes() -> dict[str, str]:
    from yunquan.vouchers.models import Voucher

    return dict(Voucher.objects.values_list("number", "content_hash"))


def blocks(drafts: list[Any]) -> list[list[Any]]:
    """What is measured, in equal parts; the first WARM drafts warm the server up."""
    return [drafts[WARM + n * BLOCK : WARM + (n + 1) * BLOCK] for n in range(BLOCKS)]


def measure(
    port: int, act: str, drafts: list[Any], reviewers: list[Any], baseline: Callable[[], float]
) -> dict[str, Any]:
    """Rates of an act by blocks, a baseline before, between and after; the ratio of the medians."""
    hashes = content_hashes()
    rate(port, requests_of(act, drafts[:WARM], hashes, reviewers))
    bare, rates = [baseline()], []
    for block in blocks(drafts):
        rates.append(rate(port, requests_of(act, block, hashes, reviewers)))
        bare.append(baseline())
    ours, theirs = statistics.median(rates), statistics.median(bare)
    return {
        "benchmark": act,
        "clients": CLIENTS,
        "per_s": round(ours),
        "bare_per_s": round(theirs),
        "ratio": round(ours / theirs, 3),
        "at_least": AT_LEAST,
        "met": ours / theirs >= AT_LEAST,
    }


def main_on(database_url: str) -> list[dict[str, Any]]:
    """Submit, confirm, issue; then ask for more than the quota holds and hold everything against everything."""
    from django.core.management import call_command

    from benchmarks.founding import FACE_FEN, found
    from benchmarks.proof import assert_exact
    from benchmarks.serving import site

    call_command("migrate", verbosity=0)
    fitting = WARM + BLOCK * BLOCKS + OVER
    made = found(drafts=fitting + OVER, quota_fen=fitting * FACE_FEN)
    results = []
    with site(database_url=database_url) as port:
        results.append(measure(port, "submit", made.drafts, made.reviewers, lambda: bare_rate(database_url)))
        rest = made.drafts[WARM + BLOCK * BLOCKS :]
        rate(port, requests_of("submit", rest, {}, made.reviewers))
        rate(port, requests_of("confirm", made.drafts, content_hashes(), made.reviewers))
        results.append(measure(port, "issue", made.drafts, made.reviewers, lambda: bare_rate(database_url)))
        over = requests_of("issue", rest, content_hashes(), made.reviewers)
        rate(port, over, wanted={"200": OVER, "422": OVER})
    assert_exact(made, issued=fitting)
    return results


def main() -> int:
    """Both measurements on a durable server of our own."""
    from benchmarks.house import house

    with house(durable=True) as url:
        results = main_on(url)
    for result in results:
        print(json.dumps(result, ensure_ascii=False), flush=True)
    return 0 if all(result["met"] for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())
