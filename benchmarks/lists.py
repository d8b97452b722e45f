"""Queue pages and lists at 1,000,000 vouchers against 10,000, through the site's own views.

`python -m benchmarks.lists [LARGE] [--postgresql] [--processor]` builds two databases in bulk (embedded ones
unless PostgreSQL is asked for) and opens the same pages in each, in turns; a page may take at most 1.5 times as
long in the large one. Every page is opened by a process of its own, so that neither database warms up for the
other.

Both databases are alike but for their size: a hundred times the vouchers are a hundred times as many that wait for
each city, supplier and officer. So many wait that a page of fifty rows is full in the small one too; `rows` says how
many rows a page showed in each, for a page of fifty costs more than one of five whatever lies behind it.

`--processor` counts the processor's time instead of the clock's, for a machine that others use too; on
PostgreSQL that leaves out the server's own time, so it is of use on the embedded database alone.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from harness.postgresql import temporary_server

SMALL, LARGE = 10_000, 1_000_000
AT_MOST = 1.5
ROUNDS, TIMES = 3, 15
PAGES = {
    "the city's first page": ("city_reviewer", "/city/"),
    "queue of applications": ("city_reviewer", "/city/applications/"),
    "queue of claims": ("city_reviewer", "/city/claims/"),
    "list of vouchers": ("city_reviewer", "/city/vouchers/"),
    "list, third page": ("city_reviewer", "/city/vouchers/?page=3"),
    "list, filtered by state": ("city_reviewer", "/city/vouchers/?state=issued"),
    "list, a word in many": ("city_reviewer", "/city/vouchers/?q=量7"),
    "list, a word in all": ("city_reviewer", "/city/vouchers/?q=虚构企业"),
    "list, a word in four": ("city_reviewer", "/city/vouchers/?q=量2011("),
    "list, a word in none": ("city_reviewer", "/city/vouchers/?q=东莞云帆"),
    "list, pinyin in all": ("city_reviewer", "/city/vouchers/?q=xugouqiye"),
    "list, pinyin and a number": ("city_reviewer", "/city/vouchers/?q=xugou+liang2011("),
    "list, initials": ("city_reviewer", "/city/vouchers/?q=xgqyl2011("),
    "list, a voucher's number": ("city_reviewer", "/city/vouchers/?q=-B-0008044"),
    "the auditor's list": ("auditor", "/auditor/vouchers/"),
    "the auditor's list, a word in four": ("auditor", "/auditor/vouchers/?q=量2010("),
    "the auditor's list, a word in all": ("auditor", "/auditor/vouchers/?q=虚构企业"),
    "the supplier's first page": ("supplier", "/supplier/"),
    "the supplier's list": ("supplier", "/supplier/vouchers/"),
    "the supplier's list, searched": ("supplier", "/supplier/vouchers/?q=量2010("),
    "the province's first page": ("province_officer", "/province/"),
    "the enterprise's first page": ("enterprise", "/enterprise/"),
    "public first page": ("", "/"),
    "public index of lists": ("", "/publicity/"),
}
# In percent; so many wait for a city that its pages of fifty rows are full among 10,000 vouchers too.
SHARES = {
    "draft": 4,
    "submitted": 3,
    "confirmed": 14,
    "issued": 20,
    "claimed": 4,
    "attested": 2,
    "verified": 14,
    "approved": 6,
    "paid": 33,
}


def build(count: int) -> None:
    """An enterprise for every four vouchers, over all cities, in the states of a cycle under way."""
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    from benchmarks import crowd
    from benchmarks.founding import FACE_FEN, callers, found
    from yunquan.evidence.models import Contract, StoredFile
    from yunquan.journal import clock
    from yunquan.kernel.calendar import local_date
    from yunquan.parties import regions
    from yunquan.parties.models import Bureau, Enterprise
    from yunquan.parties.pinyin import searchable
    from yunquan.policy.roles import Role
    from yunquan.vouchers.models import Voucher

    crowd.hurried()
    made = found(drafts=4, quota_fen=6 * FACE_FEN)
    callers(["计"], Role.AUDITOR, [{"bureau": Bureau.objects.get(code="440000")}], clock.read())
    now, today = clock.read(), local_date(clock.read())
    cities, suppliers = [city.code for city in regions.cities()], [row.pk for row, _ in made.suppliers]
    states = [state for state, share in SHARES.items() for _ in range(share)]
    name = f"虚构企业量{crowd.PLACE}（测量）有限公司"
    state_of, city_of = crowd.one_of(states, "n * 7919"), crowd.one_of(cities, "n / 4")
    with crowd.bare(Enterprise, Contract, Voucher):
        enterprise = Enterprise.objects.create(
            uscc=f"B{0:017d}",
            name=name.replace(crowd.PLACE, "0"),
            search_text=searchable(name).replace(crowd.PLACE, "0"),
            city=cities[0],
            address="测试路 1 号",
            state="registered",
        )
        contract = Contract.objects.create(
            enterprise=enterprise,
            supplier_id=suppliers[0],
            number="B-0",
            number_key="B0",
            signed_on=today,
            total_fen=150_000_00,
            cloud_fee_fen=130_000_00,
            file=StoredFile.objects.get(pk=1),
        )
        numbers = f"GD{made.cycle.code}-B-"
        voucher = Voucher.objects.create(
            cycle=made.cycle,
            enterprise=enterprise,
            supplier_id=suppliers[0],
            contract=contract,
            number=f"{numbers}{0:07d}",
            city=cities[0],
            state=states[0],
            version=3,
            face_fen=FACE_FEN,
            applied_on=today,
            applied_at=now,
            waiting_since=now,
            created_at=now,
            search_text=f"{numbers.lower()}{0:07d} {enterprise.search_text}",
        )
        crowd.multiply(
            enterprise,
            count // 4,
            {
                "uscc": "'B' || " + crowd.padded("n", 17),
                "name": crowd.numbered(name, "n"),
                "search_text": crowd.numbered(searchable(name), "n"),
                "city": crowd.one_of(cities, "n"),
            },
        )
        crowd.multiply(
            contract,
            count,
            {
                "enterprise_id": f"{enterprise.pk} + n / 4",
                "supplier_id": crowd.one_of(suppliers, "n"),
                "number": "'B-' || n",
                "number_key": "'B' || n",
            },
        )
        crowd.multiply(
            voucher,
            count,
            {
                "enterprise_id": f"{enterprise.pk} + n / 4",
                "supplier_id": crowd.one_of(suppliers, "n"),
                "contract_id": f"{contract.pk} + n",
                "number": f"'{numbers}' || " + crowd.padded("n", 7),
                "city": city_of,
                "state": state_of,
                "due_on": f"CASE WHEN {state_of} IN ('confirmed', 'verified') THEN one.applied_on END",
                "search_text": f"'{numbers.lower()}' || {crowd.padded('n', 7)} || ' ' || "
                + crowd.numbered(searchable(name), "n / 4"),
            },
        )
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")


def open_pages(clock: Callable[[], float]) -> dict[str, tuple[float, int]]:
    """The median seconds of each page, opened by someone who has logged in, and how many rows it shows."""
    from django.test import Client

    from yunquan.parties.models import Person

    taken: dict[str, tuple[float, int]] = {}
    for page, (who, address) in PAGES.items():
        client = Client()
        if who:
            client.force_login(
                Person.objects.get(username=f"bench-{who}-0"),
                backend="django.contrib.auth.backends.ModelBackend",
            )
        times = []
        for _ in range(TIMES + 2):
            start = clock()
            answer = client.get(address)
            times.append(clock() - start)
            assert answer.status_code == 200, (address, answer.status_code)
        taken[page] = statistics.median(times[2:]), answer.content.count(b"<tr")
    return taken


@contextmanager
def houses(large: int, *, postgresql: bool) -> Iterator[dict[int, dict[str, str]]]:
    """What names the two databases to a process; gone afterwards."""
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="yunquan-bench-")))
        found: dict[int, dict[str, str]] = {}
        for count in (SMALL, large):
            url = stack.enter_context(temporary_server()) if postgresql else ""
            found[count] = {"YUNQUAN_DIR": str(home / str(count)), "YUNQUAN_DATABASE_URL": url}
        yield found


def _in_house(house: dict[str, str], *arguments: str) -> str:
    """Run this module on one of the two databases in a process of its own."""
    environment = {**os.environ, **house, "YUNQUAN_SECOND_FACTOR": "false"}
    command = [sys.executable, "-m", "benchmarks.lists", *arguments]
    return subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout


def compare(large: int, options: list[str]) -> list[dict[str, Any]]:
    """Open the pages in both databases in turns; one result a page."""
    seen: dict[int, list[dict[str, tuple[float, int]]]] = {SMALL: [], large: []}
    with houses(large, postgresql="--postgresql" in options) as found:
        for count, house in found.items():
            start = time.perf_counter()
            _in_house(house, "build", str(count))
            print(f"    {count} vouchers built in {time.perf_counter() - start:.0f} s", file=sys.stderr)
        for _ in range(ROUNDS):
            for count, house in found.items():
                seen[count].append(json.loads(_in_house(house, "open", *options)))
    results = []
    for page in PAGES:
        few, many = (statistics.median(one[page][0] for one in seen[count]) for count in (SMALL, large))
        results.append(
            {
                "benchmark": page,
                "vouchers": [SMALL, large],
                "rows": [seen[count][0][page][1] for count in (SMALL, large)],
                "ms": [round(few * 1000, 1), round(many * 1000, 1)],
                "ratio": round(many / few, 2),
                "at_most": AT_MOST,
                "met": many / few <= AT_MOST,
            }
        )
    return results


def main(arguments: list[str]) -> int:
    """Measure, or (with `build` and `open`) one of its steps."""
    options = [word for word in arguments if word.startswith("--")]
    if arguments[:1] in (["build"], ["open"]):
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yunquan.config.settings")
        import django

        django.setup()
        if arguments[0] == "build":
            build(int(arguments[1]))
        else:
            clock = time.process_time if "--processor" in options else time.perf_counter
            print(json.dumps(open_pages(clock)))
        return 0
    sizes = [int(word) for word in arguments if word not in options]
    results = compare(sizes[0] if sizes else LARGE, options)
    for result in results:
        print(json.dumps(result, ensure_ascii=False), flush=True)
    return 0 if all(result["met"] for result in results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
