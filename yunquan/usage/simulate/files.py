"""Writing a synthetic year: the operator's files, the suppliers' logs, registry, labels and what they are."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from yunquan.usage.simulate.cast import CITIES, Cloud, Plant, address_block
from yunquan.usage.simulate.traffic import DAY, EPOCH, Traffic

REGISTRY = (
    *("voucher", "service", "end", "kind", "value", "port"),
    *("enterprise", "supplier", "devices", "claimed_on", "paid_on", "region", "shifts"),
)
_ISO = "%Y-%m-%dT%H:%M:%S+08:00"
_CLF = "%d/%b/%Y:%H:%M:%S +0800"
NOTICE = """合成数据，不是真实记录。SYNTHETIC DATA, NOT REAL RECORDS.

本目录由 yunquan usage simulate 生成（种子 {seed}，{from_on} 至 {to_on}，{vouchers} 张券）。
企业、供应商、券号、账号、号码和用户名全部虚构；地址取自文档和测试专用网段
（198.18.0.0/15 RFC 2544，192.0.2.0/24、198.51.100.0/24、203.0.113.0/24 RFC 5737，2001:db8::/32 RFC 3849）
和专用地址 10.0.0.0/8；手机号码以 100 开头，国内没有这样的号码；域名以 .example 结尾（RFC 2606）。

operator/           运营商连接记录，每月一个文件（client,cloud,port,start,end,bytes_up,bytes_down）
application/        供应商的应用日志，每家每月一个文件；双数供应商为 nginx 日志（带主机名），单数为 JSON 行
registry.csv        登记表：券、应用服务、用户端和公有云应用端，以及申报的事实
labels.csv          标签：每张券的每项应用服务是诚实的（fraud 为空）还是哪一种造假
networks.yaml       这个合成世界的网段归属表；拷入数据仓目录后，“用户端不是企业自己的”和
                    “使用地点与企业所在地不符”两个信号据此计算

对这份数据算出的召回率和误报率只说明算法对这些造法的表现，不能说明对真实造假的表现。
"""


def write_notice(out: Path, *, seed: int, vouchers: int, from_on: date, to_on: date) -> None:
    """Say what the folder is."""
    text = NOTICE.format(seed=seed, vouchers=vouchers, from_on=from_on, to_on=to_on)
    (out / "SYNTHETIC.txt").write_text(text, encoding="utf-8")


def write_networks(out: Path) -> None:
    """The networks of the synthetic world: its clouds, its data centre, its suppliers, its cities."""
    lines = [
        "# 合成数据的网段归属表（SYNTHETIC），只用于合成数据。",
        "edition: synthetic",
        "ranges:",
    ]
    for kind, owner, network in (
        ("cloud", "合成公有云（虚构）", "192.0.2.0/25"),
        ("data_centre", "合成机房（虚构）", "192.0.2.128/25"),
        ("supplier", "合成供应商办公网（虚构）", "198.51.100.0/24"),
    ):
        lines += [
            f"  - kind: {kind}",
            f"    owner: {owner}",
            "    as_of: 2018-01-01",
            "    source: 合成数据",
            f"    networks: [{network}]",
        ]
    lines.append("regions:")
    for city, region in enumerate(CITIES):
        first = address_block(city, 0)
        dotted = ".".join(str(first >> shift & 255) for shift in (24, 16, 8, 0))
        lines += [f'  - region: "{region}"', f'    networks: [{dotted}/18, "2001:db8:{city + 1:x}::/48"]']
    (out / "networks.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_registry(out: Path, plants: Sequence[Plant]) -> None:
    """Registry and labels."""
    with (out / "registry.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(REGISTRY)
        for plant in plants:
            facts = [
                plant.enterprise,
                f"合成供应商{plant.cloud.supplier + 1:02}（虚构）",
                plant.devices or "",
                plant.claimed_on or "",
                plant.paid_on or "",
                plant.city,
                plant.shifts,
            ]
            for client in plant.clients:
                kind = "ip" if client.kind in ("ip", "ipv6") else client.kind
                writer.writerow([plant.voucher, plant.service, "client", kind, client.value, "", *facts])
            for kind, value in (("ip", plant.cloud.address), ("host", plant.cloud.host)):
                writer.writerow(
                    [plant.voucher, plant.service, "cloud", kind, value, plant.cloud.port, *facts]
                )
    with (out / "labels.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("voucher", "service", "fraud"))
        writer.writerows((plant.voucher, plant.service, plant.fraud) for plant in plants)


def write_operator(out: Path, parts: Sequence[tuple[Plant, Traffic]]) -> int:
    """The operator's records, one file a month, in order of time; the number of records."""
    folder = out / "operator"
    folder.mkdir(parents=True, exist_ok=True)
    ends = _Words()
    frames = []
    for plant, traffic in parts:
        if not len(traffic.start) or not plant.operator_ends:
            continue
        names = np.array([ends.place(end) for end in plant.operator_ends], dtype=np.int64)
        frames.append(
            pl.DataFrame(
                {
                    "client": names[traffic.end],
                    "cloud": np.full(len(traffic.start), ends.place(plant.cloud.address)),
                    "port": np.full(len(traffic.start), plant.cloud.port),
                    "start": traffic.start,
                    "end": traffic.start + traffic.seconds,
                    "bytes_up": traffic.up,
                    "bytes_down": traffic.down,
                }
            )
        )
    for month, frame in _months(frames, "start"):
        words = ends.column()
        frame.select(
            words.gather(frame["client"]).alias("client"),
            words.gather(frame["cloud"]).alias("cloud"),
            "port",
            _written("start", _ISO),
            _written("end", _ISO),
            "bytes_up",
            "bytes_down",
        ).write_csv(folder / f"synthetic-operator-{month}.csv")
    return sum(frame.height for frame in frames)


def write_logs(out: Path, parts: Sequence[tuple[Plant, Traffic]], lost: dict[int, set[int]]) -> int:
    """The suppliers' logs, one file a month each; `lost` says which days a supplier's log is missing."""
    folder = out / "application"
    folder.mkdir(parents=True, exist_ok=True)
    written = 0
    by_supplier: dict[int, list[tuple[Plant, Traffic]]] = {}
    for plant, traffic in parts:
        by_supplier.setdefault(plant.cloud.supplier, []).append((plant, traffic))
    for supplier, own in sorted(by_supplier.items()):
        words, frames = _Words(), []
        for plant, traffic in own:
            if not len(traffic.at) or not plant.logged_ends:
                continue
            ends = np.array([words.place(end) for end in plant.logged_ends], dtype=np.int64)
            users = np.array([words.place(user) for user in _users(plant)], dtype=np.int64)
            frames.append(
                pl.DataFrame(
                    {
                        "at": traffic.at,
                        "ip": ends[traffic.log_end],
                        "user": users[traffic.user % len(users)],
                        "host": np.full(len(traffic.at), words.place(_host(plant.cloud))),
                        "bytes": traffic.log_bytes,
                        "action": (traffic.log_bytes + traffic.user) % 5,
                    }
                )
            )
        missing = [day * DAY for day in lost.get(supplier, ())]
        for month, frame in _months(frames, "at"):
            kept = frame.filter(~(pl.col("at") // DAY * DAY).is_in(missing)) if missing else frame
            if kept.height:
                written += kept.height
                _write_log(folder, supplier, month, kept, words.column())
    return written


def _write_log(folder: Path, supplier: int, month: str, frame: pl.DataFrame, words: pl.Series) -> None:
    ip, user, host = (words.gather(frame[name]).alias(name) for name in ("ip", "user", "host"))
    named = frame.select(ip, user, host, "at", "bytes", "action")
    stem = f"synthetic-supplier-{supplier + 1:02}-{month}"
    if supplier % 2:
        line = pl.format(
            '{} {} - {} [{}] "GET /synthetic/{} HTTP/1.1" 200 {} "-" "synthetic"',
            "host",
            "ip",
            "user",
            _written("at", _CLF),
            "action",
            "bytes",
        )
        path = folder / f"{stem}.log"
    else:
        line = pl.format(
            '{"user":"{}","time":"{}","ip":"{}","action":"synthetic-{}","host":"{}","bytes":{}}'.replace(
                '{"', '\u0001"'
            ).replace(":{}}", ":{}\u0002"),
            "user",
            _written("at", _ISO),
            "ip",
            "action",
            "host",
            "bytes",
        ).str.replace_many(["\u0001", "\u0002"], ["{", "}"])
        path = folder / f"{stem}.jsonl"
    lines = named.select(line.alias("line"))["line"]
    path.write_bytes(("\n".join(lines.to_list()) + "\n").encode("utf-8"))


def _users(plant: Plant) -> list[str]:
    """The names in the log; a device reports under its own."""
    if plant.devices:
        return [end for end in plant.operator_ends]
    return [f"synthetic-{plant.index + 1:05}-{n + 1:02}" for n in range(plant.users)]


def _host(cloud: Cloud) -> str:
    return f"{cloud.host}:{cloud.port}"


def _written(column: str, layout: str) -> pl.Expr:
    return pl.from_epoch(pl.col(column), time_unit="s").dt.strftime(layout).alias(column)


def _months(frames: list[pl.DataFrame], by: str) -> Iterator[tuple[str, pl.DataFrame]]:
    """The rows in order of time, month by month."""
    if not frames:
        return
    whole = pl.concat(frames).sort(by, maintain_order=True)
    months = whole.select(pl.from_epoch(pl.col(by), time_unit="s").dt.strftime("%Y-%m").alias("month"))[
        "month"
    ]
    bounds: Iterable[str] = months.unique(maintain_order=True).to_list()
    for month in bounds:
        yield month, whole.filter(months == month)


class _Words:
    """Texts by number, so that columns of a million rows hold numbers."""

    def __init__(self) -> None:
        self._places: dict[str, int] = {}

    def place(self, text: str) -> int:
        return self._places.setdefault(text, len(self._places))

    def column(self) -> pl.Series:
        return pl.Series("words", list(self._places))


def day_number(day: date) -> int:
    """A day's number since 1970."""
    return (day - EPOCH).days
