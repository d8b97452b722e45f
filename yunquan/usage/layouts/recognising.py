"""Which layouts there are, and which one a file is in."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from mmap import ACCESS_READ, mmap
from pathlib import Path

import polars as pl

from yunquan.usage.layouts import access, directives, exports, packets, workbook
from yunquan.usage.layouts.contract import (
    HEAD,
    KEPT_BAD,
    Header,
    Layout,
    LayoutUnknown,
    Options,
    Parsed,
    no_records,
)
from yunquan.usage.layouts.jsonlines import JsonLines
from yunquan.usage.layouts.lines import Delimited, csv_splitter
from yunquan.usage.layouts.mapping import HERE, Layouts, MappingError, _Form, read_folder, spelled
from yunquan.usage.layouts.plain import Wrong, address_of
from yunquan.usage.layouts.records_of import column_of, given_cloud, records_of
from yunquan.usage.layouts.rows import count_lines, pieces

FURTHER = "YUNQUAN_LAYOUTS"


# A piece and what is made of it stay near the processor.
PIECE = 2 * 1024 * 1024


@dataclass(frozen=True)
class TextLayout:
    """A log of lines: a mapping and the form it is written in."""

    mapping: Layouts
    form: _Form

    kind = "text"

    @property
    def id(self) -> str:
        return self.form.id

    @property
    def title(self) -> str:
        return self.mapping.title

    @property
    def source(self) -> str:
        return self.mapping.source

    def header(self, head: bytes) -> Header | None:
        """The columns, where the head is in this layout."""
        match self.form.kind:
            case "delimited":
                return self._delimited_header(head)
            case "jsonl":
                return self._json_header(head)
            case "access":
                return access.header(head)
            case "w3c" | "zeek":
                header = directives.header(head, self.form.kind)
                return header if header and self.recognises(list(header.columns)) else None
        return None

    def recognises(self, columns: list[str]) -> bool:
        """Are all the columns there by which the layout is known (a part's column by any of its names)?"""
        there = {spelled(column) for column in columns}
        for wanted in self.mapping.recognised_by:
            part = self.mapping.fields.get(wanted)  # type: ignore[call-overload]
            if not (
                spelled(wanted) in there or (part is not None and column_of(part, columns)[0] is not None)
            ):
                return False
        return True

    def _delimited_header(self, head: bytes) -> Header | None:
        split = csv_splitter(self.form.separator)
        for number, raw in enumerate(head.split(b"\n")[:20], start=1):
            line = raw.rstrip(b"\r").decode("utf-8", "replace")
            if not line.strip():
                continue
            fields = split(line)
            if fields is None:
                return None
            if self.recognises(fields):
                self._once(fields, number)
                return Header(tuple(fields), number)
            return self._ordered(fields, number)
        return None

    def _once(self, columns: list[str], number: int) -> None:
        """A part of a record can't stand in two columns of one name; raises LayoutUnknown."""
        ours = {
            spelled(name)
            for part in self.mapping.fields.values()
            if part is not None
            for name in (*part.names, *part.otherwise)
        }
        seen: set[str] = set()
        for column in columns:
            if spelled(column) in ours & seen:
                raise LayoutUnknown(
                    "表头中这一列出现了多次", "每列只出现一次的表头", line=number, column=column.strip()
                )
            seen.add(spelled(column))

    def lacks(self, columns: Sequence[str]) -> list[str]:
        """The columns by which the layout would be known and that are not there."""
        there = {spelled(column) for column in columns}
        missing = []
        for wanted in self.mapping.recognised_by:
            part = self.mapping.fields.get(wanted)  # type: ignore[call-overload]
            if part is not None and column_of(part, columns)[0] is None and spelled(wanted) not in there:
                missing.append(part.names[0])
            elif part is None and spelled(wanted) not in there:
                missing.append(wanted)
        return missing

    def _ordered(self, fields: list[str], number: int) -> Header | None:
        """A log without a header is known by the number of its columns and by what stands in them."""
        order = self.form.order
        if not order or len(fields) != len(order):
            return None
        for part in ("a", "b"):
            column, _ = column_of(self.mapping.fields[part], order)  # type: ignore[index]
            text = fields[order.index(column)] if column else ""
            try:
                if text not in self.mapping.none:
                    address_of(text)
            except Wrong:
                return None
        return Header(order, number - 1)

    def _json_header(self, head: bytes) -> Header | None:
        keys: dict[str, None] = {}
        whole = head.split(b"\n")
        for raw in whole[: len(whole) - 1] if len(head) >= HEAD and len(whole) > 1 else whole:
            if raw.strip()[:1] != b"{":
                continue
            try:
                found = json.loads(raw)
            except (ValueError, RecursionError):
                continue
            keys.update(dict.fromkeys(found))
        return Header(tuple(keys)) if keys and self.recognises(list(keys)) else None

    def parse(self, block: bytes, *, first_line: int, header: Header, options: Options) -> Parsed:
        """The records of whole lines of UTF-8."""
        if not block:
            return Parsed(no_records())
        for _ in range(max(0, header.lines - first_line + 1)):
            cut = block.find(b"\n")
            block, first_line = (block[cut + 1 :] if cut >= 0 else b""), first_line + 1
        if "b" not in self.mapping.fields or column_of(self.mapping.fields["b"], header.columns)[0] is None:
            given_cloud(options.cloud)  # Refuses the whole file where no row can have an end.
        holds, parts = header, []
        whole = list(pieces(block, PIECE))
        for place, piece in enumerate(whole, start=1):
            for part, line, columns in self._runs(piece, first_line, holds):
                holds = columns
                if part:
                    parts.append(self._run(part, line, holds, options))
            first_line += count_lines(piece) if place < len(whole) else 0
        bad = [line for part in parts for line in part.bad]
        frame = pl.concat([part.frame for part in parts]) if parts else no_records()
        counts = sum(part.bad_count for part in parts), sum(part.skipped for part in parts)
        return Parsed(frame, bad[:KEPT_BAD], *counts, holds if holds.columns != header.columns else None)

    def _runs(self, piece: bytes, first_line: int, header: Header) -> Iterator[tuple[bytes, int, Header]]:
        """Runs of lines in which the same columns hold."""
        if self.form.kind in ("w3c", "zeek"):
            yield from directives.segments(piece, first_line, header, self.form.kind)
        else:
            yield piece, first_line, header

    def _run(self, block: bytes, first_line: int, header: Header, options: Options) -> Parsed:
        private = self.mapping.private
        match self.form.kind:
            case "delimited":
                reader = Delimited(
                    header.columns, self.form.separator, private=private, ignore=self.form.ignore
                )
                rows = reader.read(block, first_line)
            case "jsonl":
                rows = JsonLines(header.columns, private=private).read(block, first_line)
            case "w3c" | "zeek":
                rows = directives.read(block, first_line, header, self.form.kind, private)
            case _:
                rows = access.read(block, first_line, header)
        return records_of(self.mapping, rows, options)

    def parse_file(self, path: Path, options: Options) -> Iterator[Parsed]:
        raise NotImplementedError("a log of lines is read in blocks")


@dataclass(frozen=True)
class WholeLayout:
    """A file that is read as a whole: a workbook, a capture, export packets."""

    id: str
    title: str
    source: str
    kind: str
    mappings: tuple[Layouts, ...] = ()

    def header(self, head: bytes) -> Header | None:
        """No columns, but whether the file is one."""
        if self.id == "xlsx":
            found = head.startswith(b"PK\x03\x04")
        elif self.id == "pcap":
            found = head.startswith(packets.MAGIC)
        else:
            first = next(exports.datagrams(head), b"")
            found = exports.is_export(first)
        return Header(()) if found else None

    def parse(self, block: bytes, *, first_line: int, header: Header, options: Options) -> Parsed:
        raise NotImplementedError("this file is read as a whole")

    def parse_file(self, path: Path, options: Options) -> Iterator[Parsed]:
        """The records of the file, part by part."""
        if self.id == "xlsx":
            forms = [(mapping, TextLayout(mapping, mapping.forms[0]).recognises) for mapping in self.mappings]
            yield from workbook.parse_workbook(path, forms, options)
        elif self.id == "pcap":
            yield from packets.parse_capture(path, options)
        else:
            yield from self._exported(path, options)

    def _exported(self, path: Path, options: Options) -> Iterator[Parsed]:
        found = exports.Exports()
        # Mapped, not read: the file may be far larger than what a site can spare.
        with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as held:
            for number, datagram in enumerate(exports.datagrams(held), start=1):
                found.take(datagram, number)
                if len(found.sets) >= 1000:
                    yield from found.parsed(options)
        yield from found.parsed(options)
        yield found.rest()


def _folders() -> list[Path]:
    further = os.environ.get(FURTHER)
    return [HERE, Path(further)] if further else [HERE]


def known() -> dict[str, Layout]:
    """Every layout by its id: those that ship, and those of the folder YUNQUAN_LAYOUTS."""
    found: dict[str, Layout] = {}
    tables: list[Layouts] = []
    for folder in _folders():
        try:
            mappings = read_folder(folder)
        except MappingError as wrong:
            raise LayoutUnknown(
                str(wrong), "写法正确的格式文件，见 docs/howto/a-new-log-format.md"
            ) from wrong
        for mapping in mappings:
            for form in mapping.forms:
                if form.kind == "xlsx":
                    tables.append(mapping)
                else:
                    found[form.id] = TextLayout(mapping, form)
    found["xlsx"] = WholeLayout("xlsx", "XLSX 工作簿（列同上述 CSV）", "operator", "table", tuple(tables))
    found["pcap"] = WholeLayout("pcap", "抓包文件 PCAP，或其中的 NetFlow、IPFIX 导出包", "operator", "binary")
    found["netflow"] = WholeLayout("netflow", "NetFlow v5、v9、IPFIX 导出包本身", "operator", "binary")
    return found


def _list() -> str:
    return "；".join(f"{layout.id}（{layout.title}）" for layout in known().values())


def layout(id: str) -> Layout:
    """The layout of this id; raises LayoutUnknown."""
    try:
        return known()[id]
    except KeyError:
        raise LayoutUnknown(f"没有名为“{id}”的格式", f"以下之一：{_list()}") from None


def detect(head: bytes, name: str) -> Layout:
    """The layout a file is in, by its first 64 KB; raises LayoutUnknown with what would be recognised."""
    if not head.strip():
        raise LayoutUnknown("文件是空的", f"以下格式之一：{_list()}")
    found = []
    for each in known().values():
        header = each.header(head[:HEAD])
        if header is not None:
            weight = len(each.mapping.recognised_by) if isinstance(each, TextLayout) else 0
            found.append((weight, each))
    if not found:
        raise _nearly(head) or LayoutUnknown("认不出文件的格式", f"以下格式之一：{_list()}")
    return max(found, key=lambda pair: pair[0])[1]


def _nearly(head: bytes) -> LayoutUnknown | None:
    """What a header lacks that has at least half of the columns of a layout."""
    lines = enumerate(head[:HEAD].split(b"\n")[:20], start=1)
    number, raw = next(((number, raw) for number, raw in lines if raw.strip()), (0, b""))
    near: list[tuple[float, TextLayout, list[str]]] = []
    for each in known().values():
        if not isinstance(each, TextLayout) or each.form.kind != "delimited":
            continue
        columns = csv_splitter(each.form.separator)(raw.strip().decode("utf-8", "replace"))
        missing = each.lacks(columns) if columns else []
        share = len(missing) / max(1, len(each.mapping.recognised_by))
        if missing and share <= 0.5:
            near.append((share, each, missing))
    if not near:
        return None
    _, layout, missing = min(near, key=lambda one: one[0])
    expected = f"{layout.id}（{layout.title}）的表头"
    return LayoutUnknown(f"表头缺少 {'、'.join(missing)}", expected, line=number, column=missing[0])


def header_of(layout: Layout, head: bytes) -> Header:
    """The columns of a file in a layout; raises LayoutUnknown where the file is not in it."""
    header = layout.header(head[:HEAD])
    if header is None:
        raise LayoutUnknown(
            f"文件不是“{layout.title}”（{layout.id}）的写法",
            "该格式的表头或首行；或不写 --format，由程序识别",
        )
    return header
