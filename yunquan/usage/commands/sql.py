"""`yunquan usage sql`: the texts that evaluate records, as each engine reads them."""

from __future__ import annotations

import click

from yunquan.usage.rollup.dialects import ENGINES, SQL, text


@click.command("sql")
@click.argument("name", type=click.Choice(sorted(path.stem for path in SQL.glob("*.sql"))))
@click.option(
    "--engine", type=click.Choice(ENGINES), default="duckdb", show_default=True, help="写给哪种引擎"
)
def sql(name: str, engine: str) -> None:
    """打印核验所用的 SQL（rollup：按天汇总；figures：期间数值），可以拿到集群上运行。"""
    click.echo(text(name, engine))
