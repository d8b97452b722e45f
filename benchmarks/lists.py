"""Queue pages and lists at 1,000,000 vouchers against 10,000, through the site's own views.

`python -m benchmarks.lists [LARGE]` builds two embedded databases in bulk and opens the same pages in each, in
turns; a page may take at most 1.5 times as long in the large one. Every page is opened by a process of its own,
so that neither database warms up for the other.
"""

from __future__ import annotations

import itertools
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

SMALL, LARGE = 10_000, 1_000_000
AT_MOST = 1.5
ROUNDS, TIMES = 3, 15
PAGES = {
    "the city's first page": ("reviewer", "/city/"),
    "queue of applications": ("reviewer", "/city/applications/"),
    "queue of claims": ("reviewer", "/city/claims/"),
    "list of vouchers": ("reviewer", "/city/vouchers/"),
    "list, third page": ("reviewer", "/city/vouchers/?page=3"),
    "list, filtered by state": ("reviewer", "/city/vouchers/?state=issued"),
    "list, searched": ("reviewer", "/city/vouchers/?q=%E9%87%8F7"),
    "the enterprise's first page": ("enterprise", "/enterprise/"),
    "public first page": ("", "/"),
    "public index of lists": ("", "/publicity/"),
}
STATES = ("draft", "submitted", "confirmed", "issued", "claimed", "attested", "verified", "approved", "paid")
SHARES = (4, 2, 1, 20, 4, 2, 1, 6, 60)


def build(count: int) -> None:
    """An enterprise for every four vouchers, over all cities, in the states of a cycle under way."""
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    from benchmarks.founding import FACE_FEN, found
    from yunquan.evidence.models import Contract, StoredFile
    from yunquan.journal import clock
    from yunquan.kernel.calendar import local_date
    from yunquan.parties import regions
    from yunquan.parties.models import Enterprise
    from yunquan.vouchers.models import Voucher

    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous=OFF")
    made = found(drafts=4, quota_fen=6 * FACE_FEN)
    now, cities = clock.read(), [city.code for city in regions.cities()]
    today, suppliers = local_date(now), [row for row, _ in made.suppliers]
    file = StoredFile.objects.get(pk=1)
    states = list(itertools.chain.from_iterable([s] * n for s, n in zip(STATES, SHARES, strict=True)))
    kept = {"address": "测试路 1 号", "state": "registered"}
    for first in range(0, count, 4000):
        enterprises = Enterprise.objects.bulk_create(
            Enterprise(
                uscc=f"B{n:017d}", name=f"虚构企业量{n}（测量）有限公司", city=cities[n % len(cities)], **kept
            )
            for n in range(first // 4, min(first + 4000, count) // 4)
        )
        place = range(first, first + 4 * len(enterprises))
        contracts = Contract.objects.bulk_create(
            Contract(
                enterprise=enterprises[(n - first) // 4],
                supplier=suppliers[n % len(suppliers)],
                number=f"B-{n}",
                number_key=f"B{n}",
                signed_on=today,
                total_fen=150_000_00,
                cloud_fee_fen=130_000_00,
                file=file,
            )
            for n in place
        )
        Voucher.objects.bulk_create(
            Voucher(
                cycle=made.cycle,
                enterprise=(home := enterprises[(n - first) // 4]),
                supplier=suppliers[n % len(suppliers)],
                contract=contract,
                number=f"GD{made.cycle.code}-B-{n:07d}",
                city=home.city,
                state=(state := states[(n * 7919) % len(states)]),
                version=3,
                face_fen=FACE_FEN,
                applied_on=today,
                applied_at=now,
                due_on=today if state in ("confirmed", "verified") else None,
                waiting_since=now,
                created_at=now,
                search_text=f"GD{made.cycle.code}-B-{n:07d} {home.name}",
            )
            for n, contract in zip(place, contracts, strict=True)
        )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def open_pages() -> dict[str, float]:
    """The median seconds of each page, opened by someone who has logged in."""
    from django.test import Client

    from yunquan.parties.models import Person

    names = {"reviewer": "bench-city_reviewer-0", "enterprise": "bench-enterprise-0"}
    taken: dict[str, float] = {}
    for page, (who, address) in PAGES.items():
        client = Client()
        if who:
            client.force_login(
                Person.objects.get(username=names[who]), backend="django.contrib.auth.backends.ModelBackend"
            )
        times = []
        for _ in range(TIMES + 2):
            start = time.perf_counter()
            answer = client.get(address)
            times.append(time.perf_counter() - start)
            assert answer.status_code == 200, (address, answer.status_code)
        taken[page] = statistics.median(times[2:])
    return taken


def _in_house(folder: Path, *arguments: str) -> str:
    """Run this module on one of the two databases in a process of its own."""
    environment = {**os.environ, "YUNQUAN_DIR": str(folder), "YUNQUAN_SECOND_FACTOR": "false"}
    environment.pop("YUNQUAN_DATABASE_URL", None)
    command = [sys.executable, "-m", "benchmarks.lists", *arguments]
    return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout


def compare(large: int) -> list[dict[str, Any]]:
    """Open the pages in both databases in turns; one result a page."""
    with tempfile.TemporaryDirectory(prefix="yunquan-bench-") as home:
        folders = {SMALL: Path(home) / "small", large: Path(home) / "large"}
        for count, folder in folders.items():
            _in_house(folder, "build", str(count))
        seen: dict[int, list[dict[str, float]]] = {SMALL: [], large: []}
        for _ in range(ROUNDS):
            for count, folder in folders.items():
                seen[count].append(json.loads(_in_house(folder, "open")))
    results = []
    for page in PAGES:
        few, many = (statistics.median(one[page] for one in seen[count]) for count in (SMALL, large))
        results.append(
            {
                "benchmark": page,
                "vouchers": [SMALL, large],
                "ms": [round(few * 1000, 1), round(many * 1000, 1)],
                "ratio": round(many / few, 2),
                "at_most": AT_MOST,
                "met": many / few <= AT_MOST,
            }
        )
    return results


def main(arguments: list[str]) -> int:
    """Measure, or (with `build` and `open`) one of its steps."""
    if arguments[:1] in (["build"], ["open"]):
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yunquan.config.settings")
        import django

        django.setup()
        if arguments[0] == "build":
            build(int(arguments[1]))
        else:
            print(json.dumps(open_pages()))
        return 0
    results = compare(int(arguments[0]) if arguments else LARGE)
    for result in results:
        print(json.dumps(result, ensure_ascii=False), flush=True)
    return 0 if all(result["met"] for result in results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
