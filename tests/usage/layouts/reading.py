"""Samples read as a load reads them: recognised by the head, cut into blocks, in order."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from yunquan.usage.layouts import Header, Layout, Options, Parsed, detect, header_of
from yunquan.usage.records import SCHEMA, shown

SAMPLES = Path(__file__).parent.parent / "samples"
NOW = datetime(2019, 6, 17, tzinfo=UTC)


def read(content: bytes | str, *, name: str = "x", block: int = 1 << 30, cloud: str | None = None,
         zone: str = "Asia/Shanghai", layout: Layout | None = None) -> tuple[Layout, Parsed]:  # fmt: skip
    """A whole file of text in blocks of about this size."""
    raw = content.encode() if isinstance(content, str) else content
    layout = layout or detect(raw[: 64 * 1024], name)
    header: Header = header_of(layout, raw[: 64 * 1024])
    options = Options(cloud=cloud, zone=zone, now=NOW)
    parts, at, line = [], 0, 1
    while at < len(raw):
        end = raw.find(b"\n", min(at + block, len(raw)) - 1) + 1 or len(raw)
        part = layout.parse(raw[at:end], first_line=line, header=header, options=options)
        header = part.header or header
        line += raw[at:end].count(b"\n")
        parts.append(part)
        at = end
    return layout, together(parts)


def together(parts: list[Parsed]) -> Parsed:
    frame = pl.concat([part.frame for part in parts])
    assert dict(frame.schema) == SCHEMA
    bad = [line for part in parts for line in part.bad]
    return Parsed(frame, bad, sum(part.bad_count for part in parts), sum(part.skipped for part in parts))


def whole(path: Path, layout: Layout, zone: str = "Asia/Shanghai") -> Parsed:
    return together(list(layout.parse_file(path, Options(zone=zone, now=NOW))))


def moment(us: int) -> str:
    at = datetime.fromtimestamp(us // 1_000_000, tz=UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return at + (f".{us % 1_000_000:06d}".rstrip("0") if us % 1_000_000 else "") + "Z"


def lines(parsed: Parsed) -> list[str]:
    """The records in words: ends with ports, times, bytes either way, protocol."""
    said = []
    for row in parsed.frame.iter_rows(named=True):
        a = shown(row["a_hi"], row["a_lo"], row["a_name"])
        b = shown(row["b_hi"], row["b_lo"], row["b_name"])
        span = f"{moment(row['start_us'])} {moment(row['end_us'])}"
        ports = row["a_port"], row["b_port"]
        said.append(
            f"{a} {ports[0]} {b} {ports[1]} {span} {row['bytes_ab']} {row['bytes_ba']} {row['protocol']}"
        )
    return said


def faults(parsed: Parsed) -> list[tuple[int, str]]:
    assert parsed.bad_count == len(parsed.bad)
    return [(line.line, line.column) for line in parsed.bad]
