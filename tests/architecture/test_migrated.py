"""A migrated database is kept under a name that changes with whatever migrations are made of."""

from __future__ import annotations

from tests import migrated


def test_an_import_counts_however_it_is_written() -> None:
    text = (
        "from yunquan.vouchers import (\n    checks as c,\n    pairs,\n)\nimport os, yunquan.ledger.books\n"
        "def run():\n    from yunquan.kernel.money import format_yuan\n"
    )
    assert set(migrated.imported(text)) == {
        "yunquan.vouchers", "yunquan.vouchers.checks", "yunquan.vouchers.pairs", "yunquan.ledger.books",
        "yunquan.kernel.money", "yunquan.kernel.money.format_yuan",
    }  # fmt: skip
