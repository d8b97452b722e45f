"""Measure `yunquan award` and `yunquan queue` on a million rows, as ratios within one run.

Each is held against reading the same CSV with the same reader (at most 4 times as long), and against
a loop over the rows with Decimal (at least 5 times faster). The reader is the command's own: the file's
bytes into whole columns of text, its form checked. How long the bare parser under it takes is told too.
Each round writes a new file: what it costs the disk to throw an older result away is no part of judging.
Prints one JSON object a line.

    python benchmarks/bulk.py [ROWS]
"""

from __future__ import annotations

import csv
import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import polars as pl

from yunquan.policy import bulk, bulk_lines, bulk_queue, tables
from yunquan.policy.rulebook import load_pack

ROUNDS = 7
AT_MOST_READING, AT_LEAST_LOOP = 4.0, 5.0
CITIES = [
    "广州",
    "深圳",
    "珠海",
    "汕头",
    "佛山",
    "韶关",
    "河源",
    "梅州",
    "惠州",
    "汕尾",
    "东莞",
    "中山",
    "江门",
]


def write_lines(path: Path, rows: int, dice: random.Random) -> None:
    services = load_pack("gd-2018").services(datetime(2018, 10, 8).date())
    start = datetime.fromisoformat("2018-10-08T09:00:00+08:00")
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write("contract_no,enterprise,applied_at,service,cloud_fee,devices\n")
        written = contract = 0
        while written < rows:
            contract += 1
            enterprise = f"示例企业{dice.randrange(rows // 6 + 1):07d}"
            at = (start + timedelta(seconds=dice.randrange(7_000_000))).isoformat()
            for one in dice.sample(services, min(dice.choice([1, 1, 2, 2, 3]), rows - written)):
                devices = dice.randint(1, 60) if one.counts_devices else ""
                word = one.name if dice.random() < 0.5 else one.number
                fee = f"{dice.randrange(1, 60_000_000) / 100:.2f}"
                file.write(f"HT2018-{contract:07d},{enterprise},{at},{word},{fee},{devices}\n")
                written += 1


def write_claims(path: Path, funds: Path, rows: int, dice: random.Random) -> None:
    start = datetime.fromisoformat("2019-01-01T00:00:00+08:00")
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write("claim_no,city,amount,claimed_at,pilot,carried,held\n")
        for place in range(rows):
            at = (start + timedelta(seconds=dice.randrange(7_000_000))).isoformat()
            flags = ",".join(str(int(dice.random() < share)) for share in (0.1, 0.1, 0.02))
            file.write(
                f"DX{place:08d},{dice.choice(CITIES)},{dice.randrange(1, 50**4) / 10:.2f},{at},{flags}\n"
            )
    funds.write_text(
        "city,amount\n" + "".join(f"{city},{rows * 9000}.00\n" for city in CITIES), encoding="utf-8"
    )


def award_in_a_loop(source: Path, out: Path) -> None:
    """The plain way: row by row with Decimal."""
    services = load_pack("gd-2018").services(datetime(2018, 10, 8).date())
    by_word = {word: one for one in services for word in (str(one.number), one.name)}
    contracts: dict[str, list[dict[str, str]]] = {}
    with source.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            contracts.setdefault(row["contract_no"], []).append(row)
    order = sorted(
        contracts.values(),
        key=lambda rows: (
            rows[0]["enterprise"],
            datetime.fromisoformat(rows[0]["applied_at"]),
            rows[0]["contract_no"],
        ),
    )
    totals: dict[str, Decimal] = {}
    with out.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(
            ["contract_no", "enterprise", "applied_at", "award", "line_awards", "binding", "articles"]
        )
        for rows in order:
            amounts, words = [], []
            for row in rows:
                one, fee = by_word[row["service"]], Decimal(row["cloud_fee"])
                cap = Decimal(one.cap.amount or 0) / 100 * (int(row["devices"]) if one.counts_devices else 1)
                amounts.append(min(fee, cap))
                words.append("fee" if fee <= cap else "cap")
            before, whole = totals.get(rows[0]["enterprise"], Decimal(0)), sum(amounts, Decimal(0))
            room = Decimal(500_000) - before
            articles = ["D47-4.4.2", "D47-A1.1"]
            if whole > room:
                words.append("cumulative")
                articles.append("D47-4.4.3")
            totals[rows[0]["enterprise"]] = before + min(whole, room)
            writer.writerow(
                [
                    *(rows[0][name] for name in ("contract_no", "enterprise", "applied_at")),
                    f"{min(whole, room):.2f}",
                    ";".join(f"{amount:.2f}" for amount in amounts),
                    ";".join(words),
                    ";".join(articles),
                ]
            )


def queue_in_a_loop(source: Path, funds: Path, out: Path) -> None:
    """The plain way: row by row with Decimal."""
    with funds.open(encoding="utf-8", newline="") as file:
        left = {row["city"]: Decimal(row["amount"]) for row in csv.DictReader(file)}
    with source.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    rows.sort(
        key=lambda row: (
            row["city"],
            0 if row["carried"] == "1" else 1 if row["pilot"] == "1" else 2,
            datetime.fromisoformat(row["claimed_at"]),
            row["claim_no"],
        )
    )
    stopped: set[str] = set()
    position: dict[str, int] = {}
    with out.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["city", "position", "claim_no", "amount", "outcome"])
        for row in rows:
            city, amount = row["city"], Decimal(row["amount"])
            position[city] = position.get(city, 0) + 1
            if row["held"] == "1":
                outcome = "held"
            elif city in stopped or amount > left[city]:
                stopped.add(city)
                outcome = "carry"
            else:
                left[city] -= amount
                outcome = "pay"
            writer.writerow([city, position[city], row["claim_no"], f"{amount:.2f}", outcome])


def seconds(act: Callable[[], object]) -> tuple[float, float]:
    """How long an act takes by the clock, and the processor's time of all its threads."""
    start, worked = time.perf_counter(), time.process_time()
    act()
    return time.perf_counter() - start, time.process_time() - worked


def read(source: Path, columns: Sequence[str]) -> None:
    """Read every column as text with the reader of the commands."""
    assert tables.read_fast(source.read_bytes(), columns) is not None


def measure(
    name: str,
    rows: int,
    source: Path,
    out: Path,
    columns: Sequence[str],
    fast: Callable[[Path], object],
    loop: Callable[[], object],
) -> bool:
    """Take reading and judging in turn, so that whatever else the machine does meets both."""
    read(source, columns)
    fast(out)
    rounds = []
    for _ in range(ROUNDS):
        out.unlink()
        rounds.append(
            (
                seconds(lambda: pl.read_csv(source, infer_schema=False)),
                seconds(lambda: read(source, columns)),
                seconds(lambda: fast(out)),
            )
        )
    parsing, reading, judging = (
        statistics.median(clock for clock, _ in times) for times in zip(*rounds, strict=True)
    )
    looping, _ = seconds(loop)
    to_reading, by_processor = (
        statistics.median(fast_time[place] / read_time[place] for _, read_time, fast_time in rounds)
        for place in (0, 1)
    )
    to_loop = looping / judging
    is_met = to_reading <= AT_MOST_READING and to_loop >= AT_LEAST_LOOP
    print(
        json.dumps(
            {
                "benchmark": name,
                "rows": rows,
                "read_s": round(reading, 3),
                "parse_s": round(parsing, 3),
                "bulk_s": round(judging, 3),
                "loop_s": round(looping, 3),
                "times_reading": round(to_reading, 2),
                "times_reading_by_processor": round(by_processor, 2),
                "at_most": AT_MOST_READING,
                "times_parsing": round(judging / parsing, 2),
                "times_faster_than_loop": round(to_loop, 2),
                "at_least": AT_LEAST_LOOP,
                "met": is_met,
            }
        ),
        flush=True,
    )
    return is_met


def main(rows: int) -> int:
    dice = random.Random(20180920)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        lines, claims, funds = home / "lines.csv", home / "claims.csv", home / "funds.csv"
        fast, slow = home / "fast.csv", home / "slow.csv"
        write_lines(lines, rows, dice)
        write_claims(claims, funds, rows, dice)
        met = measure(
            "award",
            rows,
            lines,
            fast,
            bulk_lines.COLUMNS,
            lambda out: bulk.run_award(lines, "gd-2018", out),
            lambda: award_in_a_loop(lines, slow),
        )
        assert fast.read_bytes() == slow.read_bytes(), "award: the loop and the bulk path differ"
        met &= measure(
            "queue",
            rows,
            claims,
            fast,
            bulk_queue.CLAIM_COLUMNS,
            lambda out: bulk.run_queue(claims, funds, out),
            lambda: queue_in_a_loop(claims, funds, slow),
        )
        assert fast.read_bytes() == slow.read_bytes(), "queue: the loop and the bulk path differ"
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000))
