"""The invariant of sanctions, as `yunquan doctor` checks it: what a decision says was done is done, and stays so (S5)."""

from __future__ import annotations

from collections.abc import Iterator

from yunquan.inspections.models import Candidate, Effect, Inspection, Rectification
from yunquan.inspections.result_facts import outcome_of, round_of, to_review
from yunquan.journal.invariants import Breach
from yunquan.parties.models import Standing
from yunquan.settlement.actions.recovering import left_to_demand_fen
from yunquan.settlement.models import Recovery
from yunquan.vouchers.lifecycle import COUNTED, S
from yunquan.vouchers.models import Voucher

# What of a supplier that lost all its vouchers may not be alive any more; the paid are asked back.
GONE = {S.CONFIRMED, *COUNTED} - {S.PAID, S.RECOVERED}
EFFECTIVE = ("decided", "reviewed", "published")
STANDINGS = {
    "supplier_standing_cancelled": Standing.Kind.SUPPLIER_CANCELLED,
    "supplier_barred": Standing.Kind.BARRED,
    "enterprise_barred": Standing.Kind.BARRED,
}
# A supplier without vouchers to touch leaves no row of these.
MAY_BE_EMPTY = {"supplier_vouchers_revoked", "supplier_vouchers_checked_first"}


def result_breaches() -> Iterator[Breach]:
    """Every decided inspection: the measures of its outcome are all there, and each row's after-state holds."""
    rows = Inspection.objects.filter(state__in=EFFECTIVE).select_related("plan", "voucher").order_by("pk")
    for row in rows.iterator(chunk_size=500):
        ever = list(Effect.objects.filter(inspection=row))
        turn = round_of(row)
        done = [one for one in ever if one.round == turn]
        if row.state == "decided" and to_review(row):
            if done:
                yield Breach("S5", row.journal_key, "省厅尚未复核，处理却已执行")
            continue
        outcome = outcome_of(row, row.outcome)
        wanted = set(outcome.effects) if outcome is not None else set()
        codes = {one.code for one in done}
        for code in sorted((wanted - codes) - MAY_BE_EMPTY) + sorted(codes - wanted):
            yield Breach("S5", row.journal_key, f"结论与措施不符：{code}")
        for one in ever:
            yield from _holds(row, one)
        if "supplier_vouchers_revoked" in wanted:
            yield from _supplier_has_none(row)
        if row.decided_by and row.decided_by in (row.proposed_by, row.concluded_by):
            yield Breach("S3", row.journal_key, "处理决定与意见是同一人作出")


def _holds(row: Inspection, effect: Effect) -> Iterator[Breach]:
    """The after-state of one measure, looked up where it stands."""
    kind, _, key = effect.after.partition(":")
    found = True
    if effect.after == S.REVOKED:
        found = Voucher.objects.filter(number=effect.obj.removeprefix("voucher:"), state=S.REVOKED).exists()
    elif kind == "recovery":
        demanded = Recovery.objects.filter(pk=key, amount_fen=effect.amount_fen)
        found = demanded.filter(voucher__number=effect.obj.removeprefix("voucher:")).exists()
    elif kind == "standing":
        laid = Standing.objects.filter(pk=key, source=row.journal_key, kind=STANDINGS[effect.code])
        found = any(one.party_key == effect.obj for one in laid)
    elif kind == "rectification":
        found = Rectification.objects.filter(pk=key, inspection=row).exists()
    elif kind == "candidate":
        found = Candidate.objects.filter(pk=key, inspection=row).exists()
    if not found:
        yield Breach("S5", row.journal_key, f"措施没有落实：{effect.code} {effect.obj} {effect.after}")


def _supplier_has_none(row: Inspection) -> Iterator[Breach]:
    """A sanctioned supplier has no voucher left that should be gone, and nothing paid that isn't asked back."""
    moments = [one.done_at for one in Effect.objects.filter(inspection=row).order_by("done_at")[:1]]
    if not moments:
        return
    of_supplier = Voucher.objects.filter(supplier=row.voucher.supplier_id, applied_at__lte=moments[0])
    for number in of_supplier.filter(state__in=GONE).values_list("number", flat=True):
        yield Breach("S5", f"voucher:{number}", f"供应商已被处理（{row.journal_key}），服务券仍然有效")
    for one in of_supplier.filter(state=S.PAID):
        if left_to_demand_fen(one) > 0:
            yield Breach("S5", one.journal_key, f"供应商已被处理（{row.journal_key}），已兑付的没有追回")
