"""A replay of a changed ceiling and a changed cap on 1,000,000 vouchers, against a loop with Decimal.

    python -m benchmarks.replay [VOUCHERS]

Both work on the same vouchers of one embedded database, made here in bulk, and both have to come to the same sums
by city, by service and by size, to the fen. The loop is the plain way: voucher by voucher, Decimal, dictionaries;
it leaves out quota, money, claims and the cases that change most, which the replay does all the same. In every third
city the quota falls short, so that there it matters who came first.

Processor time, the faster of two rounds each. `work` is from the rows as they were read to the finished tables, and
is held against the loop's work on its rows; `whole` adds the reading, which the database itself bounds for both.
"""

from __future__ import annotations

import json
import os
import random
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

AT_LEAST = 15.0
BLOCK = 12_000
CEILING, CAP = "40 万元", "2 万元"
FIRST = datetime(2018, 10, 15, 2, 0)
DRAFTS = [
    {
        "key": "award.cumulative_ceiling",
        "value": {"amount": CEILING},
        "article": "D47-4.4.3",
        "meaning": "试算。",
    },
    {
        "key": "award.cap.8",
        "value": {"per": "service", "amount": CAP},
        "article": "D47-A1.1",
        "meaning": "试算。",
    },
]
Sums = dict[str, dict[Any, tuple[int, int, int]]]


def build(count: int) -> None:
    """Four vouchers to an enterprise, one to three lines each, awarded by the rules in force."""
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    from benchmarks.founding import found

    made = found(drafts=4, quota_fen=6 * 110_000_00)
    from yunquan.evidence.models import StoredFile
    from yunquan.parties import regions

    file, supplier = StoredFile.objects.values_list("pk", flat=True)[0], made.suppliers[0][0].pk
    cities = [city.code for city in regions.cities()]
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        for (name,) in cursor.fetchall():
            cursor.execute(f"DROP TRIGGER {name}")  # Nobody searches here, and rows come in bulk.
        cursor.execute("PRAGMA synchronous=OFF")
    _fill(0, BLOCK, made.cycle.pk, file, supplier, cities, random.Random(20180920))
    _copy(count)


def _copy(count: int) -> None:
    """Lay the block down again and again, each time as other enterprises with contracts and vouchers of their own."""
    from django.db import connection, models, transaction

    from yunquan.evidence.models import Contract
    from yunquan.parties.models import Enterprise
    from yunquan.vouchers.models import ServiceLine, Voucher

    tables: list[tuple[type[models.Model], tuple[str, ...]]] = [
        (Enterprise, ("uscc",)), (Contract, ("number_key",)), (Voucher, ("number",)), (ServiceLine, ()),
    ]  # fmt: skip
    block = Voucher.objects.exclude(applied_at=None).count()
    last = {model: model.objects.latest("pk").pk for model, _unique in tables}
    for copy in range(1, -(-count // block)):
        with transaction.atomic(), connection.cursor() as cursor:
            for model, unique in tables:
                columns, values = [], []
                for field in model._meta.concrete_fields:
                    columns.append(field.column)
                    target = (
                        field.related_model if field.is_relation else model if field.primary_key else None
                    )
                    shift = last.get(target, 0) * copy  # type: ignore[call-overload]
                    own = f"{field.column} + {shift}" if shift else field.column
                    values.append(f"{field.column} || '-{copy}'" if field.name in unique else own)
                table = model._meta.db_table
                only = (
                    f"number LIKE 'GD-R-%' AND id <= {last[model]}"
                    if model is Voucher
                    else f"id <= {last[model]}"
                )
                if model is ServiceLine:
                    only += f" AND voucher_id <= {last[Voucher]}"
                statement = (
                    f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(values)} FROM {table}"
                )
                cursor.execute(f"{statement} WHERE {only}")


def _fill(
    first: int, last: int, cycle: int, file: int, supplier: int, cities: list[str], dice: random.Random
) -> None:
    from django.db import transaction

    from yunquan.evidence.models import Contract
    from yunquan.parties.models import Enterprise
    from yunquan.policy.award import AwardLine, award
    from yunquan.policy.rulebook import load_pack
    from yunquan.policy.values import SIZES
    from yunquan.vouchers.models import ServiceLine, Voucher
    from yunquan.vouchers.preparing import explanation_of

    rules, numbers = load_pack("gd-2018"), range(first, last)
    with transaction.atomic():
        firms = Enterprise.objects.bulk_create(
            Enterprise(
                uscc=f"R{n:017d}", name=f"虚构企业{n}（测量）有限公司", city=cities[n % len(cities)], state="registered",
                founded_on=date(2005 + n % 12, 5, 1), revenue_fen=(n % 900 + 100) * 10_000_00, size=SIZES[n % 4],
            )
            for n in range(first // 4, last // 4)
        )  # fmt: skip
        contracts, vouchers, lines = [], [], []
        before: dict[int, int] = defaultdict(int)
        for n in numbers:
            firm = firms[(n - first) // 4]
            asked = [
                AwardLine(
                    service,
                    dice.randrange(1_000_00, 300_000_00),
                    dice.randrange(1, 90) if service == 2 else None,
                )
                for service in sorted(dice.sample((2, 3, 4, 8), dice.choice((1, 2, 2, 3))))
            ]
            at = FIRST + timedelta(seconds=dice.randrange(6_000_000), microseconds=n % 1000)
            contracts.append(
                Contract(
                    enterprise=firm, supplier_id=supplier, number=f"R-{n}", number_key=f"R{n}", file_id=file,
                    signed_on=date(2018, 10, 1), total_fen=sum(line.fee_fen for line in asked) * 2,
                    cloud_fee_fen=sum(line.fee_fen for line in asked),
                )
            )  # fmt: skip
            vouchers.append((n, firm, asked, at))
        Contract.objects.bulk_create(contracts)
        # Each enterprise's own in order of time, so that each knows what came before it.
        rows = []
        for place, (n, firm, asked, at) in sorted(
            enumerate(vouchers), key=lambda one: (one[1][1].pk, one[1][3])
        ):
            found = award(asked, rules, (at + timedelta(hours=8)).date(), before[firm.pk], firm.size)
            if found.award_fen == 0:
                continue
            aware = at.replace(tzinfo=UTC)
            rows.append(
                Voucher(
                    cycle_id=cycle, enterprise=firm, supplier_id=supplier, contract=contracts[place], city=firm.city,
                    number=f"GD-R-{n:07d}", state="issued", version=3, applied_at=aware, created_at=aware,
                    applied_on=(at + timedelta(hours=8)).date(), awarded_before_fen=before[firm.pk],
                    face_fen=found.award_fen, implementation_city=firm.city, rule_version=rules.version,
                    explanation=explanation_of(found, size=firm.size),
                )
            )  # fmt: skip
            before[firm.pk] += found.award_fen
            lines.append((asked, found))
        for voucher, (asked, found) in zip(Voucher.objects.bulk_create(rows), lines, strict=True):
            _LINES.extend(
                ServiceLine(
                    voucher=voucher, position=place, service=one.service, service_name=got.name, fee_fen=one.fee_fen,
                    devices=one.devices, award_fen=got.award_fen, binding=got.binding,
                )
                for place, (one, got) in enumerate(zip(asked, found.lines, strict=True), start=1)
            )  # fmt: skip
        ServiceLine.objects.bulk_create(_LINES)
        _LINES.clear()


_LINES: list[Any] = []


def rows_read() -> tuple[list[Any], dict[int, list[Any]]]:
    """The rows of the plain loop, as the mapper gives them."""
    from django.db.models import F

    from yunquan.vouchers.models import ServiceLine, Voucher

    names = (
        "pk", "enterprise_id", "city", "applied_on", "explanation__enterprise_size", "awarded_before_fen", "face_fen",
    )  # fmt: skip
    rows = Voucher.objects.exclude(applied_at=None).order_by("enterprise_id", "cycle_id", "applied_at", "pk")
    vouchers = list(rows.values_list(*names).iterator(chunk_size=20_000))
    lines: dict[int, list[Any]] = defaultdict(list)
    found = ServiceLine.objects.order_by(F("voucher_id"), F("position"))
    for voucher, *line in found.values_list("voucher_id", "service", "fee_fen", "devices").iterator(
        chunk_size=20_000
    ):
        lines[voucher].append(line)
    return vouchers, lines


def loop(vouchers: list[Any], lines: dict[int, list[Any]], before: Any, tried: Any) -> Sums:
    """The plain way: each voucher twice, with Decimal, and what each group comes to."""
    sums: dict[str, dict[Any, list[Decimal]]] = {
        name: defaultdict(lambda: [Decimal(0), Decimal(0), Decimal(0)])
        for name in ("city", "service", "size")
    }
    books: dict[tuple[int, date], Any] = {}
    last, drift = None, Decimal(0)
    for pk, firm, city, on, size, pinned, face in vouchers:
        if firm != last:
            last, drift = firm, Decimal(0)
        awards = []
        for which, rules in enumerate((before, tried)):
            if (which, on) not in books:
                services = {one.number: one.cap for one in rules.services(on)}
                ceiling = Decimal(rules.value("award.cumulative_ceiling", on).value.for_size(size)) / 100
                books[which, on] = (services, ceiling)
            services, ceiling = books[which, on]
            total = Decimal(0)
            for service, fee, devices in lines[pk]:
                cap = services[service]
                most = Decimal(cap.for_size(size)) / 100 * (devices if cap.per == "device" else 1)
                one = min(Decimal(fee) / 100, most)
                sums["service"][service][which] += one
                sums["service"][service][2] += 1 - which
                total += one
            room = ceiling - (Decimal(pinned) / 100 + (drift if which else 0))
            awards.append(min(total, max(room, Decimal(0))))
        assert awards[0] == Decimal(face) / 100, "the award computed again differs from the face"
        drift += awards[1] - awards[0]
        for name, key in (("city", city), ("size", size)):
            group = sums[name][key]
            group[0] += awards[0]
            group[1] += awards[1]
            group[2] += 1
    return {
        name: {key: (int(was * 100), int(now * 100), int(n)) for key, (was, now, n) in groups.items()}
        for name, groups in sums.items()
    }


def told(rows: list[Any]) -> Sums:
    """The same sums out of the lines of a report."""
    out: Sums = {"city": {}, "service": {}, "size": {}}
    for table, key, figures in rows:
        if table in out:
            group = (figures["base_fen"], figures["tried_fen"], figures["count"])
            out[table][int(key) if table == "service" else key] = group
    return out


def timed(act: Callable[[], Any]) -> tuple[float, Any]:
    start = time.process_time()
    result = act()
    return time.process_time() - start, result


def measure() -> bool:
    import numpy as np

    from yunquan.insight import facts as reading
    from yunquan.insight.actions import named
    from yunquan.insight.replaying import Given, replay
    from yunquan.insight.tables import all_rows
    from yunquan.policy.bulk_replay import tried as laid_over
    from yunquan.programme.models import Cycle
    from yunquan.programme.rules import rulebook

    cycle = Cycle.objects.get()
    before = rulebook(cycle.pack)
    tried = laid_over(before, DRAFTS)
    keys = [str(one["key"]) for one in DRAFTS]

    def given(found: Any) -> dict[tuple[int, int], Any]:
        """Quota for all in two cities of three, in the third for nine tenths of what was awarded."""
        cities, at = np.unique(found.city, return_inverse=True)
        awarded = [int(found.face_fen[at == place].sum()) for place in range(len(cities))]
        return {
            (0, int(city)): Given(fen * 9 // 10 if place % 3 == 0 else fen, fen)
            for place, (city, fen) in enumerate(zip(cities, awarded, strict=True))
        }

    def work(found: Any, quotas: Any) -> list[Any]:
        outcome = replay(found, before, tried, keys, quotas)
        return list(named(all_rows(found, outcome, before, tried, {0: cycle.code}, keys)))

    reading_fast, working_fast = [], []
    for _round in range(2):
        spent, found = timed(lambda: reading.read([cycle.pk], with_applicants=False))
        reading_fast.append(spent)
        spent, rows = timed(partial(work, found, given(found)))
        working_fast.append(spent)
    count, fast = len(found), told(rows)
    reading_slow, (vouchers, lines) = timed(rows_read)
    working_slow, slow = timed(lambda: loop(vouchers, lines, before, tried))
    # A reason that newly applies takes a voucher's lines out of its services; the loop knows no reasons.
    refused = sum(figures["count"] for table, _key, figures in rows if table == "refused")
    assert fast["city"] == slow["city"] and fast["size"] == slow["size"], "the loop and the replay differ"
    assert refused or fast["service"] == slow["service"], "the loop and the replay differ by service"
    read_s, work_s = min(reading_fast), min(working_fast)
    ratio = working_slow / work_s
    print(
        json.dumps(
            {
                "benchmark": "replay",
                "vouchers": count,
                "replay_read_s": round(read_s, 2),
                "replay_work_s": round(work_s, 2),
                "loop_read_s": round(reading_slow, 2),
                "loop_work_s": round(working_slow, 2),
                "work_times_faster": round(ratio, 1),
                "whole_times_faster": round((reading_slow + working_slow) / (read_s + work_s), 1),
                "at_least": AT_LEAST,
                "met": ratio >= AT_LEAST,
            }
        ),
        flush=True,
    )
    return ratio >= AT_LEAST


def main(count: int) -> int:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["YUNQUAN_DIR"] = str(Path(folder))
        os.environ.pop("YUNQUAN_DATABASE_URL", None)
        os.environ["DJANGO_SETTINGS_MODULE"] = "yunquan.config.settings"
        import django

        django.setup()
        build(count)
        return 0 if measure() else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000))
