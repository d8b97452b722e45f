"""Whole files at once: `yunquan award` and `yunquan queue`, with every fault named or a whole result."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from yunquan.policy import bulk_award, bulk_lines, bulk_queue, tables
from yunquan.policy.rulebook import load_pack
from yunquan.policy.tables import TableFault


def run_award(lines_csv: str | Path, pack: str | Path, out: str | Path) -> list[TableFault]:
    """Write the award of every contract of a cycle; with any fault, say them all and write nothing.

    Raises PackError where the pack itself doesn't load.
    """
    rulebook = load_pack(pack)
    faults: list[TableFault] = []
    lines = bulk_lines.read_lines(lines_csv, rulebook, faults)
    if not faults:
        empty = pl.DataFrame(schema=dict.fromkeys(bulk_award.OUT, pl.String))
        result = empty if lines is None else bulk_award.awards(lines, rulebook, for_writing=True)
        faults = tables.write_whole(result, out, is_plain=lines is not None and lines.is_plain)
    return tables.sort_faults(faults)


def run_queue(claims_csv: str | Path, funds_csv: str | Path, out: str | Path) -> list[TableFault]:
    """Write every city's payment plan; with any fault, say them all and write nothing."""
    faults: list[TableFault] = []
    funds = bulk_queue.read_funds(funds_csv, faults)
    claims = bulk_queue.read_claims(claims_csv, funds, Path(funds_csv).name, faults)
    if not faults:
        empty = pl.DataFrame(schema=dict.fromkeys(bulk_queue.OUT, pl.String))
        result = empty if claims is None else bulk_queue.plan(claims, funds)
        faults = tables.write_whole(result, out, is_plain=claims is not None and claims.is_plain)
    return tables.sort_faults(faults)
