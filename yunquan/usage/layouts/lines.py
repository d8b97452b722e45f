"""Blocks of lines into columns of text: whole blocks at once, and line by line only where a line is ragged."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import polars as pl
from polars.exceptions import PolarsError

from yunquan.usage.layouts.contract import KEPT_BAD, SHOWN_TEXT, BadLine
from yunquan.usage.layouts.records_of import Rows

PIECE = 256 * 1024
Splitter = Callable[[str], list[str] | None]


def unique_names(columns: Sequence[str]) -> list[str]:
    """Names of columns, a second one of the same name told apart by its place."""
    seen: set[str] = set()
    named = []
    for place, column in enumerate(columns):
        kept = column if column not in seen else f"{column}#{place + 1}"
        seen.add(kept)
        named.append(kept)
    return named


def pieces(block: bytes, size: int = PIECE) -> Iterator[bytes]:
    """A block cut at ends of lines into pieces of about this size."""
    at = 0
    while at < len(block):
        end = block.find(b"\n", min(at + size, len(block) - 1))
        end = len(block) if end < 0 else end + 1
        yield block[at:end]
        at = end


def count_lines(block: bytes) -> int:
    return block.count(b"\n") + (not block.endswith(b"\n") if block else 0)


def line_texts(block: bytes, first_line: int) -> Callable[[int], str]:
    """The text of a line by its number; the block is only cut when the first one is asked for."""
    cut: list[bytes] = []

    def text(line: int) -> str:
        if not cut:
            cut.extend(block.split(b"\n"))
        at = line - first_line
        return cut[at].rstrip(b"\r").decode("utf-8", "replace") if 0 <= at < len(cut) else ""

    return text


def csv_splitter(separator: str) -> Splitter:
    """One line of a CSV into its fields; None where its quotes don't close."""

    def split(line: str) -> list[str] | None:
        if '"' not in line:
            return line.split(separator)
        try:
            rows = list(csv.reader([line], delimiter=separator, strict=True))
        except csv.Error:
            return None
        return rows[0] if len(rows) == 1 else None

    return split


class Delimited:
    """Reader of lines of fields between separators, with or without quotes."""

    def __init__(self, columns: Sequence[str], separator: str, *, split: Splitter | None = None,
                 quotes: bool = True, private: bool = False) -> None:  # fmt: skip
        self.columns = unique_names(columns)
        self.separator, self.quotes, self.private = separator, quotes, private
        self.split = split or (csv_splitter(separator) if quotes else lambda line: line.split(separator))
        self.schema = {column: pl.String() for column in self.columns}

    def read(self, block: bytes, first_line: int) -> Rows:
        """The rows of a block, one a line; blank lines are passed over."""
        frame = self._at_once(block)
        text = line_texts(block, first_line)
        if frame is not None:
            return Rows(frame, np.arange(first_line, first_line + frame.height), text)
        frames, numbers, rows = [], [], Rows(pl.DataFrame(), np.zeros(0, np.int64), text)
        line = first_line
        for piece in pieces(block):
            size = count_lines(piece)
            part = self._at_once(piece)
            if part is None:
                part, kept = self._line_by_line(piece, line, rows)
            else:
                kept = list(range(line, line + size))
            frames.append(part)
            numbers.append(np.array(kept, dtype=np.int64))
            line += size
        rows.frame = pl.concat(frames) if frames else pl.DataFrame(schema=self.schema)
        rows.lines = np.concatenate(numbers) if numbers else np.zeros(0, np.int64)
        return rows

    def _at_once(self, block: bytes) -> pl.DataFrame | None:
        """The whole block by the vectorised reader; None unless every line has exactly its fields."""
        lines = count_lines(block)
        if not lines:
            return pl.DataFrame(schema=self.schema)
        quoted = self.quotes and b'"' in block
        try:
            frame = pl.read_csv(block, has_header=False, schema=self.schema, separator=self.separator,
                                quote_char='"' if self.quotes else None, infer_schema=False)  # fmt: skip
        except PolarsError:
            return None
        if frame.height != lines:
            return None
        wanted = lines * (len(self.columns) - 1)
        # A line that is short by one field shows as an empty last column; a long one is refused by the reader.
        whole = frame.get_column(self.columns[-1]).null_count() == 0
        if not whole and (quoted or block.count(self.separator.encode()) != wanted):
            return None
        return frame

    def _line_by_line(self, piece: bytes, first_line: int, rows: Rows) -> tuple[pl.DataFrame, list[int]]:
        good: list[list[str]] = []
        kept: list[int] = []
        wanted = len(self.columns)
        for number, raw in enumerate(piece.split(b"\n"), start=first_line):
            text = raw.rstrip(b"\r").decode("utf-8", "replace")
            if not text.strip():
                continue
            if "�" in text and not _is_utf8(raw):
                self._set_apart(rows, number, text, "文字不是 UTF-8", "UTF-8 编码的一行")
                continue
            fields = self.split(text)
            if fields is None:
                self._set_apart(
                    rows, number, text, "引号没有成对，或写法不对", "一行一条记录，含分隔符的值用双引号括起"
                )
            elif len(fields) != wanted:
                self._set_apart(rows, number, text, f"有 {len(fields)} 列", f"{wanted} 列")
            else:
                good.append(fields)
                kept.append(number)
        columns = {
            name: pl.Series(name, [fields[place] or None for fields in good], dtype=pl.String())
            for place, name in enumerate(self.columns)
        }
        return pl.DataFrame(columns, schema=self.schema), kept

    def _set_apart(self, rows: Rows, number: int, text: str, reason: str, expected: str) -> None:
        rows.bad_count += 1
        if len(rows.bad) < KEPT_BAD:
            shown = "" if self.private else text[:SHOWN_TEXT]
            rows.bad.append(BadLine(number, "", reason, expected, shown))


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _no_constant(text: str) -> None:
    raise ValueError(text)


class JsonLines:
    """Reader of one JSON object a line; a number or nested value counts as its text."""

    def __init__(self, columns: Sequence[str], *, private: bool = False) -> None:
        self.columns, self.private = unique_names(columns), private

    def read(self, block: bytes, first_line: int) -> Rows:
        """The rows of a block; blank lines are passed over, keys that only some rows have are read as well."""
        text = line_texts(block, first_line)
        frame = self._at_once(block)
        if frame is not None:
            return Rows(frame, np.arange(first_line, first_line + frame.height), text)
        frames, numbers, rows = [], [], Rows(pl.DataFrame(), np.zeros(0, np.int64), text)
        line = first_line
        for piece in pieces(block):
            size = count_lines(piece)
            part = self._at_once(piece)
            if part is None:
                part, kept = self._line_by_line(piece, line, rows)
            else:
                kept = list(range(line, line + size))
            frames.append(part)
            numbers.append(np.array(kept, dtype=np.int64))
            line += size
        rows.frame = pl.concat(frames, how="diagonal") if frames else self._none()
        rows.lines = np.concatenate(numbers) if numbers else np.zeros(0, np.int64)
        return rows

    def _none(self) -> pl.DataFrame:
        return pl.DataFrame(schema={column: pl.String() for column in self.columns})

    def _parsed(self, block: bytes, columns: Sequence[str]) -> pl.DataFrame | None:
        try:
            return pl.read_ndjson(block, schema={column: pl.String() for column in columns})
        except PolarsError:
            return None

    def _at_once(self, block: bytes) -> pl.DataFrame | None:
        lines = count_lines(block)
        if not lines:
            return self._none()
        frame = self._parsed(block, self.columns)
        if frame is None or frame.height != lines:
            return None
        held = sum(frame.height - column.null_count() for column in frame)
        if block.count(b'":') + block.count(b'" :') == held:
            return frame
        # There may be keys that the head of the file did not have: they are part of the record as well.
        more = self._further_keys(block)
        return frame if not more else self._parsed(block, [*self.columns, *more])

    def _further_keys(self, block: bytes) -> list[str]:
        try:
            names = pl.read_ndjson(block, infer_schema_length=None).columns
        except PolarsError:
            found: dict[str, None] = {}
            for line in block.split(b"\n"):
                found.update(dict.fromkeys(_keys(line)))
            names = list(found)
        return [name for name in names if name not in self.columns]

    def _line_by_line(self, piece: bytes, first_line: int, rows: Rows) -> tuple[pl.DataFrame, list[int]]:
        good: list[bytes] = []
        kept: list[int] = []
        for number, raw in enumerate(piece.split(b"\n"), start=first_line):
            if not raw.strip():
                continue
            wrong = _json_fault(raw)
            if wrong:
                rows.bad_count += 1
                if len(rows.bad) < KEPT_BAD:
                    shown = "" if self.private else raw.decode("utf-8", "replace").strip()[:SHOWN_TEXT]
                    rows.bad.append(BadLine(number, "", wrong, '一行一个 JSON 对象，如 {"client": …}', shown))
                continue
            good.append(raw.strip())
            kept.append(number)
        if not good:
            return self._none(), []
        frame = self._at_once(b"\n".join(good))
        if frame is not None:
            return frame, kept
        frames, left = [], []
        for number, raw in zip(kept, good, strict=True):
            part = self._at_once(raw)
            if part is None:
                rows.bad_count += 1
                rows.bad.append(BadLine(number, "", "JSON 写法不对", "一行一个 JSON 对象", ""))
                continue
            frames.append(part)
            left.append(number)
        return (pl.concat(frames, how="diagonal") if frames else self._none()), left


def _keys(raw: bytes) -> list[str]:
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        return []
    return list(found) if isinstance(found, dict) else []


def _json_fault(raw: bytes) -> str:
    """What is wrong with a line that should be a JSON object; empty where nothing is."""
    try:
        found = json.loads(raw, parse_constant=_no_constant)
    except UnicodeDecodeError:
        return "文字不是 UTF-8"
    except (ValueError, RecursionError):
        return "不是 JSON"
    return "" if isinstance(found, dict) else "不是 JSON 对象"
