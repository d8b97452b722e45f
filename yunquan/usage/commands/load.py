"""`yunquan usage load`: records of behaviour into a store, a line a file."""

from __future__ import annotations

import click


@click.command()
def load() -> None:
    """把行为数据文件装入数据仓。"""
