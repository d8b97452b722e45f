"""Access logs of nginx (and Apache) in the combined layout, with the host before it and quoted fields behind it."""

from __future__ import annotations

import re

from yunquan.usage.layouts.contract import Header
from yunquan.usage.layouts.lines import Delimited
from yunquan.usage.layouts.plain import numeric_address
from yunquan.usage.layouts.rows import Rows
from yunquan.usage.layouts.spans import Spans, of_texts

_QUOTED = r'"((?:[^"\\]|\\.)*)"'
_LINE = re.compile(
    r"(\S+) (\S+) (.*?) (\[[^\] ]* [^\] ]*\]) "
    + _QUOTED
    + r" (\S+) (\S+) "
    + _QUOTED
    + " "
    + _QUOTED
    + r"((?: .*)?)"
)
_EXTRA = re.compile(r' (?:"((?:[^"\\]|\\.)*)"|(\S+))')
_FIXED = ("remote_addr", "ident", "remote_user", "time_local", "request", "status", "body_bytes_sent",
          "http_referer", "http_user_agent")  # fmt: skip
HOST = "host"


def split_line(line: str, host: bool) -> list[str] | None:
    """A line into its fields, whatever stands in them; None where it is not of this layout."""
    before = ""
    if host:
        before, _, line = line.partition(" ")
    found = _LINE.fullmatch(line)
    if found is None or not _EXTRA_WHOLE.fullmatch(found[10]):
        return None
    extras = [quoted if quoted is not None else bare or "" for quoted, bare in _extras(found[10])]
    day, zone = found[4].split(" ")
    fields: list[str] = [*found.group(1, 2, 3), day, zone, *found.group(5, 6, 7, 8, 9), *extras]
    return ([before] if host else []) + fields


_EXTRA_WHOLE = re.compile(r'(?: (?:"(?:[^"\\]|\\.)*"|[^\s"]+))*')


def _extras(text: str) -> list[tuple[str | None, str | None]]:
    return [(found[1], found[2]) for found in _EXTRA.finditer(text)]


def header(head: bytes) -> Header | None:
    """The columns, from the first line that is of this layout."""
    for raw in head.split(b"\n")[:50]:
        line = raw.rstrip(b"\r").decode("utf-8", "replace")
        for host in (False, True):
            fields = split_line(line, host)
            if fields is not None and numeric_address(fields[host]) is not None:
                extra = len(fields) - host - len(_FIXED) - 1
                names = (
                    ([HOST] if host else []) + [*_FIXED] + [f"extra_{place + 1}" for place in range(extra)]
                )
                return Header(tuple(names))
    return None


def read(block: bytes, first_line: int, head: Header) -> Rows:
    """The rows of a block."""
    host = head.columns[0] == HOST
    at = head.columns.index("time_local")
    columns = [*head.columns[:at], "time_from", "time_zone", *head.columns[at + 1 :]]
    reader = Delimited(columns, " ", split=lambda line: split_line(line, host), private=True)
    rows = reader.read(block, first_line)
    begin, zone = rows.columns.pop("time_from"), rows.columns.pop("time_zone")
    if begin.buffer is zone.buffer:
        rows.columns["time_local"] = Spans(
            begin.buffer, begin.starts, zone.starts + zone.sizes - begin.starts
        )
    else:
        texts = [f"{begin.text(row)} {zone.text(row)}" for row in range(rows.height)]
        rows.columns["time_local"] = of_texts(texts)
    return rows
