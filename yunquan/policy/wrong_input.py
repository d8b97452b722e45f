"""What a command answers to input that is wrong: every fault at once on standard error, and exit code 2."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import NoReturn

import click

WRONG_INPUT = 2


def refuse(faults: Iterable[object], *, outcome: str = "，没有写出结果") -> NoReturn:
    """Print every fault and how many there are, and leave; `outcome` says what did not come of it."""
    listed = list(faults)
    for fault in listed:
        click.echo(str(fault), err=True)
    click.echo(f"共 {len(listed)} 处错误{outcome}", err=True)
    sys.exit(WRONG_INPUT)
