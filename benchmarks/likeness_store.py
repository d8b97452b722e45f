"""What one new document costs in the database beside 1,000, 10,000 and 100,000 fingerprints; it must not grow with them.

The fingerprints are of invented texts, a tenth of them on one form so that some bands are as full as they get. They
are laid into the tables in bulk; what is measured is the store's own way of taking one new document: search by bands,
comparing, writing. The form's bands are full from 10,000 on, so the ratio is taken from there. Processor time, for
others may be at work; statements are counted too. The largest size may be given.
"""

from __future__ import annotations

import os
import random
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

FIRST, FEW, MANY, PROBES = 1_000, 10_000, 100_000, 60
MOST_RATIO = 1.5


def main(most: int = MANY) -> int:
    """Fill the tables to both sizes and time new documents at each; 1 when the target is missed."""
    with tempfile.TemporaryDirectory(prefix="yunquan-likeness-") as folder:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yunquan.config.settings")
        os.environ["YUNQUAN_DIR"] = folder
        import django

        django.setup()
        return _measured(Path(folder), most)


def _measured(folder: Path, most: int) -> int:
    from django.core.management import call_command
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from benchmarks.likeness import _changed, _document, _text
    from yunquan.evidence import alikes

    call_command("migrate", verbosity=0)
    chance = random.Random(20180320)
    form = "".join(chance.choices([chr(sign) for sign in range(0x4E00, 0x4E00 + 3_000)], k=300))
    texts: list[str] = []
    now = datetime(2019, 1, 1, tzinfo=UTC)
    medians: dict[int, float] = {}
    statements: dict[int, int] = {}
    found = 0
    for size in (FIRST, FEW, most):
        _fill(texts, size, chance, form, now)
        costs = []
        for probe in range(PROBES):
            is_copy = probe % 2 == 0
            shown = _changed(chance, chance.choice(texts)) if is_copy else _text(chance, form)
            document = _document(10 * MANY + size + probe, shown)
            with CaptureQueriesContext(connection) as seen:
                started = time.process_time()
                row = alikes.store(document, now=now)
                costs.append(time.process_time() - started)
            statements[size] = max(statements.get(size, 0), len(seen))
            found += is_copy and alikes.Alike.objects.filter(other=row.sha256).exists()
        medians[size] = statistics.median(costs)
        told = f"{1e3 * medians[size]:.1f} ms of processor time a new document"
        print(
            f"{size:>7} stored: {told} (median of {PROBES}), {statements[size]} statements at most",
            flush=True,
        )
    ratio = medians[most] / medians[FEW]
    weight = sum(place.stat().st_size for place in folder.glob("yunquan.sqlite3*")) / 1e6
    print(
        f"ratio {ratio:.2f}, target at most {MOST_RATIO}; copies found {found} of {3 * PROBES // 2}; {weight:.0f} MB on disk"
    )
    return int(ratio > MOST_RATIO or found < 0.95 * 1.5 * PROBES or statements[FEW] != statements[most])


def _fill(texts: list[str], size: int, chance: random.Random, form: str, now: datetime) -> None:
    """Lay fingerprints into the tables without the store's way, on a database that may lose them."""
    from django.db import connection, transaction

    from benchmarks.likeness import _document, _text
    from yunquan.evidence.likeness import sketches

    with connection.cursor() as cursor:
        for speed in ("PRAGMA synchronous=OFF", "PRAGMA cache_size=-600000"):
            cursor.execute(speed)
        while len(texts) < size:
            rows, lanes = [], []
            cursor.execute("SELECT COALESCE(MAX(id), 0) + 1 - %s FROM evidence_fingerprint", [len(texts)])
            (first,) = cursor.fetchone()
            for number in range(len(texts), min(len(texts) + 5_000, size)):
                texts.append(_text(chance, form))
                one = _document(number, texts[-1])
                key = first + number
                rows.append(
                    (key, one.sha256, sketches.text_key(one), sketches.sketch_of(one), "", now.isoformat())
                )
                lanes += [(key, lane, value) for lane, value in sketches.lanes_of(one)]
            with transaction.atomic():
                cursor.executemany(
                    "INSERT INTO evidence_fingerprint (id, sha256, text_key, sketch, error, made_at)"
                    " VALUES (%s, %s, %s, %s, %s, %s)",
                    rows,
                )
                cursor.executemany(
                    "INSERT INTO evidence_likenessband (fingerprint_id, lane, value) VALUES (%s, %s, %s)",
                    lanes,
                )
        for usual in ("PRAGMA synchronous=FULL", "PRAGMA cache_size=-32000"):
            cursor.execute(usual)


if __name__ == "__main__":
    sys.exit(main(*(int(size) for size in sys.argv[1:2])))
