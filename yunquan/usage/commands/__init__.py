"""The group `yunquan usage`. Every module beside this one is a command, imported when it is asked for.

A command `set-apart` lives in `set_apart.py` as the function of the same name. Adding one is adding its module.
"""

from __future__ import annotations

import importlib
import pkgutil

import click


class Late(click.Group):
    """A group that knows its commands by their modules, so that one command does not wait for another's imports."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        names = [module.name for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_")]
        return sorted(name.replace("_", "-") for name in names)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        name = cmd_name.replace("-", "_")
        command = getattr(importlib.import_module(f"{__name__}.{name}"), name)
        assert isinstance(command, click.Command)
        return command


@click.group(cls=Late)
def usage() -> None:
    """行为数据：装载、核验、模拟。"""
