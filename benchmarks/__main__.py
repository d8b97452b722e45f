"""`python -m benchmarks`: every measurement in a process of its own; each prints ratios with their targets.

Exit 1 when a target is missed. Times depend on the machine, ratios within one run hardly do.
"""

from __future__ import annotations

import subprocess
import sys

MEASUREMENTS = (
    ("bulk", "award and queue for 1,000,000 rows: at most 4 times reading the file, 5 times a plain loop"),
    (
        "replay",
        "a change of rules replayed on 1,000,000 vouchers: at least 15 times as fast as a loop with Decimal",
    ),
    ("rush", "submit and issue over HTTP on PostgreSQL, 32 clients on one city: 0.15 of a bare statement"),
    ("control", "the same with the ledger's lock off: it must oversell"),
    ("usage_load", "behaviour data: CSV and JSON read at 0.7 of DuckDB's rate; a load stays below 1 GB"),
    (
        "usage_large",
        "behaviour data: 100,000,000 records loaded, killed twice and gone on with, below 1 GB (13 GB of disk)",
    ),
    ("lists", "queue pages and lists at 1,000,000 vouchers: at most 1.5 times as long as at 10,000"),
    (
        "usage_match",
        "behaviour data: matching against hand-written SQL and nfdump, a night, a year's verdicts",
    ),
    (
        "usage_recall",
        "planted frauds in synthetic years: at least 95 % found, at most 2 % of the honest accused",
    ),
    ("invoices", "invoices a minute and core: at most 1.3 times the bare libraries' time"),
    (
        "draw",
        "a draw of 50,000 items from frozen files to the result: at most 3 times the bare hashing it needs",
    ),
    ("draw_plan", "a 20 % plan over 100,000 vouchers, from the query to the published list: reported"),
    ("likeness", "alike documents: the cost of one more among 100,000 at most 1.5 times that among 10,000"),
    ("likeness_store", "the same in the database: among 100,000 at most 1.5 times that among 10,000"),
    (
        "usage_signals",
        "all signals on a year of 10,000 vouchers: at most 5 times a plain scan of the roll-ups",
    ),
)


def main(wanted: list[str]) -> int:
    """Run those named, or all; give 1 when a target is missed."""
    missed = []
    for name, what in MEASUREMENTS:
        if wanted and name not in wanted:
            continue
        print(f"— {name}: {what}", flush=True)
        if subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=False).returncode:
            missed.append(name)
    print(f"missed: {', '.join(missed)}" if missed else "every target met")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
