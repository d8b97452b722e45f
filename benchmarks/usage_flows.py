"""The same IPv4 flows in nfdump's own file and in a store: records a CPU second of each.

The file is a real one: NetFlow v5 datagrams go over the loopback to nfcapd. nfdump keeps what has a registered
client on either side by its filter's list of addresses, and prints it; who it belongs to needs a join of what
it printed, which DuckDB does. What is compared is the evaluation alone, from each one's own file.
"""

from __future__ import annotations

import argparse
import os
import signal
import socket
import statistics
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import numpy as np
import polars as pl

from benchmarks import usage_records
from yunquan.usage.rollup.engines.duckdb import DuckEngine
from yunquan.usage.rollup.kept import Rollups
from yunquan.usage.rollup.nightly import update
from yunquan.usage.store import Store

AT_LEAST, ROUNDS, A_DATAGRAM, PORT = 4.0, 3, 30, 19995
HEADER = np.dtype(
    {
        "names": ["version", "count", "uptime", "seconds", "nanoseconds", "sequence", "engine", "sampling"],
        "formats": [">u2", ">u2", ">u4", ">u4", ">u4", ">u4", ">u2", ">u2"],
    }
)
FLOW = np.dtype(
    {
        "names": [
            "src",
            "dst",
            "hop",
            "snmp",
            "packets",
            "octets",
            "first",
            "last",
            "sport",
            "dport",
            "pad",
            "flags",
            "protocol",
            "tos",
            "systems",
            "masks",
        ],
        "formats": [*[">u4"] * 8, *[">u2"] * 2, *["u1"] * 4, *[">u4"] * 2],
    }
)


def _datagrams(frame: pl.DataFrame) -> list[bytes]:
    flows = np.zeros(frame.height // A_DATAGRAM * A_DATAGRAM, dtype=FLOW)
    taken = frame[: len(flows)]
    origin = int(taken["start_us"].to_numpy().min())
    for name, column in (("src", "a_lo"), ("dst", "b_lo"), ("sport", "a_port"), ("dport", "b_port")):
        flows[name] = taken[column].to_numpy() & (0xFFFFFFFF if column.endswith("lo") else 0xFFFF)
    flows["first"] = (taken["start_us"].to_numpy() - origin) // 1000
    flows["last"] = (taken["end_us"].to_numpy() - origin) // 1000
    flows["packets"], flows["octets"], flows["protocol"] = 1, taken["bytes_ab"].to_numpy(), 6
    head = np.zeros(1, dtype=HEADER)
    head["version"], head["count"], head["uptime"] = 5, A_DATAGRAM, 90_000_000
    head["seconds"] = origin // 1_000_000 + 90_000
    made = []
    for start in range(0, len(flows), A_DATAGRAM):
        head["sequence"] = start
        made.append(head.tobytes() + flows[start : start + A_DATAGRAM].tobytes())
    return made


def _capture(folder: Path, frame: pl.DataFrame) -> Path:
    """Send the flows to nfcapd and give its file."""
    folder.mkdir()
    command = [
        "nfcapd",
        "-w",
        str(folder),
        "-p",
        str(PORT),
        "-b",
        "127.0.0.1",
        "-t",
        "3600",
        "-B",
        "20000000",
    ]
    collector = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(2)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for number, datagram in enumerate(_datagrams(frame)):
            sender.sendto(datagram, ("127.0.0.1", PORT))
            if number % 20 == 19:
                time.sleep(0.004)
    time.sleep(3)
    collector.send_signal(signal.SIGTERM)
    collector.wait(60)
    (file,) = [path for path in folder.iterdir() if path.name.startswith("nfcapd.")]
    return file


def _child_cpu(command: list[str], out: Path) -> float:
    with out.open("wb") as target:
        process = subprocess.Popen(command, stdout=target)
        _, status, used = os.wait4(process.pid, 0)
    process.returncode = status
    if status:
        raise RuntimeError(f"nfdump left with {status}")
    return used.ru_utime + used.ru_stime


def measure(
    folder: Path,
    sizes: argparse.Namespace,
    tell: Callable[..., bool],
    cpu: Callable[[Callable[[], object]], float],
) -> bool:
    """Hold both against each other on the flows that nfcapd really got."""
    count = min(sizes.records, 1_000_000)
    frame = usage_records.records(count, sizes.vouchers, matched=sizes.matched)
    file = _capture(folder / "flows", frame)
    told = subprocess.run(
        ["nfdump", "-I", "-r", str(file)], check=True, capture_output=True, text=True
    ).stdout
    arrived = int(next(line for line in told.splitlines() if line.startswith("Flows:")).split(":")[1])
    clients = [
        usage_records.dotted(int(usage_records.client(voucher, number)))
        for voucher in range(sizes.vouchers)
        for number in range(usage_records.CLIENTS)
    ]
    (folder / "filter").write_text(f"ip in [ {' '.join(clients)} ]\n")
    pairs = {
        "client": clients,
        "voucher": [voucher for voucher in range(sizes.vouchers) for _ in range(usage_records.CLIENTS)],
    }
    known, store = usage_records.registry(sizes.vouchers), Store(folder / "store")
    ends = {
        "voucher": [voucher for voucher in range(sizes.vouchers) for _ in range(usage_records.CLOUDS)],
        "cloud": [
            usage_records.dotted(int(usage_records.cloud(voucher, number)))
            for voucher in range(sizes.vouchers)
            for number in range(usage_records.CLOUDS)
        ],
    }
    usage_records.commit(store, [(usage_records.FIRST, frame)], "flows")
    pl.DataFrame(pairs).join(pl.DataFrame(ends), on="voucher").write_parquet(folder / "pairs.parquet")
    engine, connection = DuckEngine(folder), duckdb.connect()
    connection.execute(f"CREATE TABLE pairs AS SELECT * FROM '{folder}/pairs.parquet'")
    printed = folder / "printed.csv"
    filtering = ["nfdump", "-r", str(file), "-f", str(folder / "filter"), "-q", "-N", "-o"]
    filtering.append("fmt:%sa,%da,%sp,%dp,%ts,%td,%byt")
    join = f"""
        SELECT voucher, client, count(*), sum(bytes) FROM (
            SELECT DISTINCT trim(a) AS a, trim(b) AS b, p, q, t, d, bytes FROM read_csv('{printed}', header = false,
                columns = {{a: 'VARCHAR', b: 'VARCHAR', p: 'INT', q: 'INT', t: 'VARCHAR', d: 'VARCHAR', bytes: 'BIGINT'}})
        ) JOIN pairs ON (a = client AND b = cloud) OR (b = client AND a = cloud) GROUP BY ALL
    """

    def ours() -> None:
        for path in Rollups(store.root).root.glob("day=*/source=*/state.json"):
            path.unlink()
        update(store, known, engine=engine)

    ours()
    theirs_s, ours_s = [], []
    for _ in range(ROUNDS):
        filtered = _child_cpu(filtering, printed)
        theirs_s.append(filtered + cpu(lambda: connection.execute(join).fetchall()))
        ours_s.append(cpu(ours))
    ratio = (frame.height / statistics.median(ours_s)) / (arrived / statistics.median(theirs_s))
    return tell(
        "usage_nfdump",
        ratio >= AT_LEAST,
        records=frame.height,
        arrived=arrived,
        cpu_s=statistics.median(ours_s),
        nfdump_cpu_s=statistics.median(theirs_s),
        times_nfdump=ratio,
        at_least=AT_LEAST,
    )
