"""What a decided outcome does, as the regime names it: all of it in one transaction, each thing a row (S5, D108-4, D26-4).

The caller holds the inspection under lock and its transaction open. Everything that will be touched is locked first,
in the house's order, so that a payment run released at the same moment either sees the decision or came before it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from yunquan.evidence.models import StoredFile
from yunquan.inspections.actions import rectifying
from yunquan.inspections.models import Effect, Inspection
from yunquan.inspections.result_checks import others_heard
from yunquan.inspections.result_facts import (
    others_unheard,
    outcome_article,
    outcome_of,
    round_of,
    tell,
)
from yunquan.kernel.refusal import Refusal, Refused
from yunquan.kernel.workflow import Actor
from yunquan.ledger.actions import lock_accounts
from yunquan.parties import actions as parties
from yunquan.parties.models import Standing, Supplier
from yunquan.policy.regimes.forms import EFFECTS, Outcome
from yunquan.programme import accounts
from yunquan.settlement import actions as settlement
from yunquan.settlement.actions.recovering import left_to_demand_fen
from yunquan.vouchers import actions as vouchers
from yunquan.vouchers.actions.revoking import bank_first
from yunquan.vouchers.actions.shared import lock_all
from yunquan.vouchers.lifecycle import REVOCABLE, S
from yunquan.vouchers.models import Hold, Voucher

OF_SUPPLIER = ("supplier_vouchers_revoked", "supplier_vouchers_checked_first")
TAKES_AWAY = ("voucher_revoked", "supplier_vouchers_revoked", "recovery")


def label(code: str) -> str:
    """A measure in words."""
    return EFFECTS.get(code, code)


@dataclass(slots=True)
class _Work:
    """One decision while it is carried out."""

    row: Inspection
    outcome: Outcome
    own: Voucher
    others: list[Voucher]
    document: StoredFile | None
    reason: str
    article: str
    by: Actor
    now: datetime
    round: int = 1
    done: list[Effect] = field(default_factory=list)
    gone: set[int] = field(default_factory=set)

    @property
    def source(self) -> str:
        return self.row.journal_key

    def note(self, code: str, obj: str, before: str, after: str, amount_fen: int = 0) -> None:
        """Keep what was done to one thing, once."""
        if any((one.code, one.obj) == (code, obj) for one in self.done):
            return
        self.done.append(
            Effect(
                inspection=self.row,
                round=self.round,
                code=code,
                obj=obj,
                before=before,
                after=after,
                amount_fen=amount_fen,
                article=self.article,
                done_at=self.now,
            )
        )


def apply(
    inspection: Inspection,
    *,
    outcome: str,
    document: StoredFile | None,
    text: str,
    by: Actor,
    now: datetime,
) -> list[Effect]:
    """Carry out every effect of an outcome; raises Refused, and does nothing, where one of them can't be done.

    A voucher that the bank has in hand refuses the whole decision until its result is in; what is paid is asked back
    with the decision as its document (M9, M10).
    """
    found = outcome_of(inspection, outcome)
    assert found is not None
    wide = set(found.effects) & set(OF_SUPPLIER)
    others = _others(inspection) if wide else []
    own, *rest = lock_all([inspection.voucher, *others], with_enterprise=True)
    if inspection.voucher.supplier_id is not None:
        Supplier.objects.select_for_update().get(pk=inspection.voucher.supplier_id)
    touched = [own, *rest]
    lock_accounts(
        name(one.cycle.code, one.city) for one in touched for name in (accounts.quota, accounts.reserved)
    )
    grounds = "；".join(inspection.grounds)
    reason = text.strip() or f"经抽查认定：{found.label}" + (f"（{grounds}）" if grounds else "")
    work = _Work(inspection, found, own, rest, document, reason, outcome_article(inspection), by, now)
    work.round = round_of(inspection)
    _bank_first(work)
    for code in found.effects:
        _DOES[code](work, code)
    if own.pk not in work.gone:
        _release(work)
    Effect.objects.bulk_create(work.done)
    return work.done


def _others(inspection: Inspection) -> list[Voucher]:
    """The supplier's other vouchers that a decision can still touch, in every city."""
    rows = Voucher.objects.filter(
        supplier=inspection.voucher.supplier_id, state__in=(*REVOCABLE, S.ORDERED, S.PAID)
    )
    return list(rows.exclude(pk=inspection.voucher_id).order_by("pk"))


def _bank_first(work: _Work) -> None:
    """Nothing is decided on a voucher that the bank has in hand, nor over the head of who would have to pay back."""
    asked: list[Voucher] = []
    if set(work.outcome.effects) & set(TAKES_AWAY):
        asked.append(work.own)
    if "supplier_vouchers_revoked" in work.outcome.effects:
        asked += work.others
    refusals = [bank_first(one, work.article) for one in asked if one.state == S.ORDERED]
    if (unheard := others_heard(others_unheard(work.row, work.outcome.code, work.now))) is not None:
        refusals.append(unheard)
    if refusals:
        raise Refused(refusals)


def _take_away(work: _Work, code: str, rows: list[Voucher]) -> None:
    """End what may still end, ask back what is paid; what ended before is noted as it stands."""
    before = {one.pk: one.state for one in rows}
    ending = [one for one in rows if one.state in REVOCABLE]
    if ending:
        ended = vouchers.revoke_all(
            vouchers=ending,
            source=work.source,
            reason=work.reason,
            article=work.article,
            by=work.by,
            now=work.now,
        )
        for one in ended:
            work.gone.add(one.pk)
            work.note(code, one.journal_key, before[one.pk], one.state, one.face_fen)
    for one in rows:
        if one.state == S.PAID:
            _ask_back(work, code, one)
        elif one.state not in REVOCABLE:
            work.note(code, one.journal_key, one.state, one.state)


def _ask_back(work: _Work, code: str, voucher: Voucher) -> None:
    left = left_to_demand_fen(voucher)
    if left <= 0:
        work.note(code, voucher.journal_key, voucher.state, "demanded_before")
        return
    if work.document is None:
        raise Refused(
            [Refusal("no_document", "请上传处理决定文件。", work.article, "追回以它为依据。", "document")]
        )
    recovery = settlement.demand(
        voucher=voucher,
        amount_fen=left,
        reason=work.reason,
        document=work.document,
        decision=work.source,
        article=work.article,
        by=work.by,
        now=work.now,
    )
    work.note(code, voucher.journal_key, voucher.state, recovery.journal_key, left)


def _own_revoked(work: _Work, code: str) -> None:
    _take_away(work, code, [work.own])


def _suppliers_revoked(work: _Work, code: str) -> None:
    _take_away(work, code, work.others)


def _checked_first(work: _Work, code: str) -> None:
    """The supplier's other vouchers wait until they are checked; the next plan picks them first (D26-4).

    What the bank has in hand goes on; its hold stands for the case that it comes back.
    """
    rows = [one for one in work.others if one.state in (*REVOCABLE, S.ORDERED)]
    supplier = work.own.supplier.name if work.own.supplier is not None else ""
    vouchers.hold_all(
        vouchers=rows,
        kind=Hold.Kind.CHECKED_FIRST,
        source=work.source,
        reason=f"供应商{supplier}有违规项目，须先重点核查",
        article=work.article,
        by=work.by,
        now=work.now,
    )
    for one in rows:
        work.note(code, one.journal_key, one.state, "held")


def _standing(work: _Work, code: str) -> None:
    """Cancel the supplier or bar a party for the regime's years (0: for good)."""
    party = work.own.enterprise if code == "enterprise_barred" else work.own.supplier
    if party is None:
        return
    cancelled = code == "supplier_standing_cancelled"
    row = parties.impose(
        kind=Standing.Kind.SUPPLIER_CANCELLED if cancelled else Standing.Kind.BARRED,
        party=party,
        years=0 if cancelled else work.outcome.years or 0,
        reason=work.reason,
        article=work.article,
        regime=work.row.plan.regime,
        source=work.source,
        document=work.document,
        by=work.by,
        now=work.now,
    )
    work.note(code, party.journal_key, "", row.journal_key)


def _recovery(work: _Work, code: str) -> None:
    _take_away(work, code, [work.own])


def _advice(work: _Work, code: str) -> None:
    """The experts' opinion helps the supplier to do better (D108-4)."""
    org = f"supplier:{work.own.supplier_id}"
    title = f"专家对 {work.own.number} 的意见建议"
    tell(work.row, org, "advice", title, work.row.opinion or "抽查合格，没有其他意见。", work.now)
    work.note(code, org, "", "told")


def _rectification(work: _Work, code: str) -> None:
    problem = "；".join(work.row.grounds) or work.row.opinion or work.reason
    ordered = rectifying.order(
        inspection=work.row, problem=problem, by=work.by, now=work.now, article=work.article
    )
    work.note(code, work.own.journal_key, "", ordered.journal_key)


def _candidate(work: _Work, code: str) -> None:
    named = rectifying.name_candidate(inspection=work.row, kind=code, by=work.by, now=work.now)
    whom = f"enterprise:{named.enterprise_id}" if named.enterprise_id else f"supplier:{named.supplier_id}"
    work.note(code, whom, "", f"candidate:{named.pk}")


_DOES: dict[str, Callable[[_Work, str], None]] = {
    "voucher_revoked": _own_revoked,
    "supplier_vouchers_revoked": _suppliers_revoked,
    "supplier_vouchers_checked_first": _checked_first,
    "supplier_standing_cancelled": _standing,
    "supplier_barred": _standing,
    "enterprise_barred": _standing,
    "recovery": _recovery,
    "advice": _advice,
    "rectification": _rectification,
    "benchmark_candidate": _candidate,
    "excellent_supplier_candidate": _candidate,
}
assert set(_DOES) == set(EFFECTS)


def _release(work: _Work) -> None:
    """The voucher waits for this inspection no longer; a good one is checked as well (D26-4)."""
    told = f"抽查已有结果：{work.outcome.label}"
    own = [work.own]
    vouchers.lift_all(source=work.row.plan.journal_key, reason=told, vouchers=own, by=work.by, now=work.now)
    if not work.outcome.qualified:
        return
    first = Hold.objects.filter(voucher=work.own, kind=Hold.Kind.CHECKED_FIRST, lifted_at=None)
    for source in sorted(set(first.values_list("source", flat=True))):
        vouchers.lift_all(source=source, reason=told, vouchers=own, by=work.by, now=work.now)
