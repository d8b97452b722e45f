"""One JSON object a line into columns: lines of one shape at once, others by the engine, broken ones by line."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np
import polars as pl
from polars.exceptions import PolarsError

from yunquan.usage.layouts.rows import (
    Rows,
    count_lines,
    line_texts,
    of_fields,
    of_frame,
    pieces,
    put_together,
    unique_names,
)
from yunquan.usage.layouts.shape import of_one_shape

PIECE = 128 * 1024
_EXPECTED = '一行一个 JSON 对象，如 {"client": …}'


class JsonLines:
    """Reader of one JSON object a line; a number or nested value counts as its text."""

    def __init__(self, columns: Sequence[str], *, private: bool = False) -> None:
        self.columns, self.private = unique_names(columns), private

    def read(self, block: bytes, first_line: int) -> Rows:
        """The rows of a block; blank lines are passed over, keys that only some rows have are read as well."""
        text = line_texts(block, first_line)
        whole = self._at_once(block, first_line)
        if whole is not None:
            whole.text = text
            return whole
        parts = []
        for piece in pieces(block, PIECE):
            part = self._at_once(piece, first_line)
            parts.append(part if part is not None else self._line_by_line(piece, first_line))
            first_line += count_lines(piece)
        return put_together(parts, text)

    def _none(self) -> Rows:
        return of_fields(self.columns, [], [])

    def _parsed(self, block: bytes, columns: Sequence[str]) -> pl.DataFrame | None:
        try:
            return pl.read_ndjson(block, schema={column: pl.String() for column in columns})
        except PolarsError:
            return None

    def _at_once(self, block: bytes, first_line: int) -> Rows | None:
        if not block:
            return self._none()
        found = of_one_shape(block, first_line)
        if found is not None:
            return found
        frame = self._by_engine(block)
        if frame is None:
            return None
        return of_frame(frame, np.arange(first_line, first_line + frame.height))

    def _by_engine(self, block: bytes) -> pl.DataFrame | None:
        lines = count_lines(block)
        frame = self._parsed(block, self.columns)
        if frame is None or frame.height != lines:
            return None
        held = sum(frame.height - column.null_count() for column in frame)
        if block.count(b'":') + block.count(b'" :') == held:
            return frame
        # There may be keys that the head of the file did not have: they are part of the record as well.
        more = [name for name in _all_keys(block) if name not in self.columns]
        return frame if not more else self._parsed(block, [*self.columns, *more])

    def _line_by_line(self, piece: bytes, first_line: int) -> Rows:
        good: list[bytes] = []
        kept: list[int] = []
        apart: list[tuple[int, str, str, str]] = []
        for number, raw in enumerate(piece.split(b"\n"), start=first_line):
            if not raw.decode("utf-8", "replace").strip():
                continue
            wrong = _json_fault(raw)
            if not wrong and (frame := self._by_engine(raw.strip())) is None:
                wrong = "JSON 写法不对"
            if wrong:
                shown = "" if self.private else raw.decode("utf-8", "replace").strip()
                apart.append((number, wrong, _EXPECTED, shown))
                continue
            good.append(raw.strip())
            kept.append(number)
        rows = self._none()
        if good:
            frame = self._by_engine(b"\n".join(good))
            if frame is None:
                raise RuntimeError("lines that are JSON one by one are JSON together")
            rows = of_frame(frame, np.array(kept, dtype=np.int64))
        for fault in apart:
            rows.set_apart(*fault)
        return rows


def _all_keys(block: bytes) -> list[str]:
    found: dict[str, None] = {}
    try:
        found.update(dict.fromkeys(pl.read_ndjson(block, infer_schema_length=None).columns))
    except PolarsError:
        for line in block.split(b"\n"):
            try:
                held = json.loads(line)
            except (ValueError, RecursionError):
                continue
            if isinstance(held, dict):
                found.update(dict.fromkeys(held))
    return list(found)


def _no_constant(text: str) -> None:
    raise ValueError(text)


def _json_fault(raw: bytes) -> str:
    """What is wrong with a line that should be a JSON object; empty where nothing is."""
    try:
        found = json.loads(raw, parse_constant=_no_constant)
    except UnicodeDecodeError:
        return "文字不是 UTF-8"
    except (ValueError, RecursionError):
        return "不是 JSON"
    return "" if isinstance(found, dict) else "不是 JSON 对象"
