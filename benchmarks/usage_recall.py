"""How many planted frauds the signals find in a labelled synthetic year, by kind; no figure on real frauds."""

from __future__ import annotations

import sys
import tempfile
import time
from datetime import UTC, date, datetime
from pathlib import Path

from yunquan.usage.simulate.trial import try_signals

SEEDS, VOUCHERS, FRAUDS = (1, 2), 300, 0.25
LEAST_RECALL, MOST_FALSE_ALARMS = 0.95, 0.02


def main() -> int:
    """Try several synthetic years; 1 when a target is missed in any of them."""
    missed = 0
    for seed in SEEDS:
        started = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            recall = try_signals(
                Path(folder),
                seed=seed,
                vouchers=VOUCHERS,
                frauds=FRAUDS,
                from_on=date(2019, 1, 1),
                to_on=date(2019, 12, 31),
                now=datetime.now(UTC),
            )
        print(f"seed {seed}, {VOUCHERS} vouchers, {time.monotonic() - started:.0f} s", flush=True)
        print("\n".join(recall.lines()), flush=True)
        for (voucher, service), kind in recall.missed:
            print(f"  missed {kind}: {voucher} {service}")
        missed += recall.recall < LEAST_RECALL or recall.false_alarms > MOST_FALSE_ALARMS
    print(f"targets: recall at least {LEAST_RECALL:.0%}, false alarms at most {MOST_FALSE_ALARMS:.0%}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
