"""The command `yunquan`. Commands that touch a database take --dir, the folder of the embedded one."""

from __future__ import annotations

import os
from pathlib import Path

import click

from yunquan.policy.commands import award, policy, queue


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="yunquan")
def main() -> None:
    """云券 Yunquan: a subsidy-voucher programme from the decree to the last fen."""


main.add_command(award)
main.add_command(queue)
main.add_command(policy)


def open_house(folder: Path | None, *, demo: bool = False) -> None:
    """Set Django up on a folder (or on YUNQUAN_DATABASE_URL where that is set)."""
    if folder is not None:
        os.environ["YUNQUAN_DIR"] = str(folder)
    if demo:
        os.environ["YUNQUAN_DEMO"] = "1"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yunquan.config.settings")
    import django

    django.setup()


folder_option = click.option(
    "--dir", "folder", type=click.Path(path_type=Path, file_okay=False), default=None, help="存放内置数据库和文件的目录"
)
