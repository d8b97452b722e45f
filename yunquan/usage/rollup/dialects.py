"""The SQL texts beside this module, written once for DuckDB and carried over to other engines by sqlglot."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

SQL = Path(__file__).parent / "sql"
ENGINES = ("duckdb", "spark", "clickhouse")


@cache
def text(name: str, engine: str = "duckdb") -> str:
    """One of the texts (rollup, ranges, figures) as an engine reads it.

    >>> "`group`" in text("rollup", "spark"), "intDiv" in text("rollup", "clickhouse")
    (True, True)
    """
    written = (SQL / f"{name}.sql").read_text(encoding="utf-8")
    return written if engine == "duckdb" else carried_over(written, engine)


def carried_over(written: str, engine: str) -> str:
    """A text in DuckDB's dialect as another engine reads it."""
    # Reading SQL takes longer to import than a small night's work; DuckDB alone doesn't need it.
    import sqlglot
    from sqlglot import exp

    functions = {exp.BitwiseAnd: "bitAnd", exp.IntDiv: "intDiv", exp.BitwiseLeftShift: "bitShiftLeft"}

    def spelled(node: Any) -> Any:
        """What sqlglot leaves as it is although ClickHouse has no such operator, or means another thing by it."""
        if isinstance(node, exp.Anonymous) and node.name == "bit_count":
            name, parts = "bitCount", node.expressions
        elif type(node) in functions:
            name, parts = functions[type(node)], [node.this, node.expression]
        else:
            return node
        return exp.func(name, *(part.transform(spelled) for part in parts), dialect="clickhouse")

    tree = sqlglot.parse_one(written, read="duckdb")
    for part in tree.find_all(exp.CTE):
        # Only DuckDB is told which parts not to keep.
        part.set("materialized", None)
    if engine == "clickhouse":
        tree = tree.transform(spelled)
    carried = tree.sql(dialect=engine, pretty=True, comments=False)
    # Without this ClickHouse fills an outer join's missing rows with zeros.
    return carried + "\nSETTINGS join_use_nulls = 1" if engine == "clickhouse" else carried
