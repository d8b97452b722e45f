"""What must hold after a rush: neither oversold nor undersold, nothing lost, the log without a gap."""

from __future__ import annotations

from typing import Any

from benchmarks.founding import CITY, FACE_FEN
from yunquan.jobs.doctor import breaches
from yunquan.journal.models import LogEntry, LogHead, Notice
from yunquan.ledger.models import Transfer
from yunquan.ledger.queries import balance_fen
from yunquan.programme import accounts
from yunquan.vouchers.models import Voucher


def assert_exact(made: Any, *, issued: int) -> None:
    """Quota, reservation, transfers, states, notices and log all tell of exactly so many issued vouchers."""
    code = made.cycle.code
    counted = {
        "quota left": (balance_fen(accounts.quota(code, CITY)), 0),
        "reserved": (balance_fen(accounts.reserved(code, CITY)), issued * FACE_FEN),
        "transfers": (Transfer.objects.filter(kind="issue").count(), issued),
        "issued vouchers": (Voucher.objects.filter(state="issued").count(), issued),
        "log of issues": (_acts("voucher.issue", '"res":"ok"'), issued),
        "refusals in the log": (_acts("voucher.issue", '"res":"refused"'), len(made.drafts) - issued),
        "log of submits": (_acts("voucher.submit", '"res":"ok"'), len(made.drafts)),
        "notices of issues": (Notice.objects.filter(kind="issued").count(), issued),
        "notices of submits": (Notice.objects.filter(kind="to_confirm").count(), len(made.drafts)),
        "log": (LogEntry.objects.count(), LogHead.objects.get(pk=1).size),
    }
    wrong = {name: pair for name, pair in counted.items() if pair[0] != pair[1]}
    assert not wrong, f"counted and wanted differ: {wrong}"
    # The mass of parties was laid down in bulk, without their registrations.
    laid_down = ("enterprise:", "supplier:")
    broken = [row for row in breaches() if not (row.invariant == "L1" and row.row.startswith(laid_down))]
    assert not broken, f"the doctor finds {broken[:5]}"


def _acts(act: str, mark: str) -> int:
    return LogEntry.objects.filter(act=act, entry__contains=mark).count()
