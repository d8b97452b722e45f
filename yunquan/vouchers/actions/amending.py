"""更正使用端: the supplier corrects the ends it gave, as long as the verdict is still to come (D47-5.12)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from yunquan.journal.actions import audited, notify, record
from yunquan.kernel.refusal import Refusal, Refused
from yunquan.kernel.workflow import Actor
from yunquan.policy.roles import Role
from yunquan.usage import actions as usage
from yunquan.usage.checks import ARTICLE, end_refusals
from yunquan.usage.ends import declared
from yunquan.usage.holding import cloud_addresses
from yunquan.vouchers.actions.shared import lock
from yunquan.vouchers.lifecycle import LABELS, S
from yunquan.vouchers.models import Voucher
from yunquan.vouchers.sharing import shared_ends

LONGEST_REASON = 500


@audited("usage.amend_ends", about="voucher")
def amend_ends(
    *, voucher: Voucher, ends: Sequence[Mapping[str, Any]], reason: str, by: Actor, now: datetime
) -> usage.EndChange:
    """Correct the ends after the attestation, while the verdict is still to come, with a reason (D47-5.12).

    What held before stays on record with the moment at which it was withdrawn. Raises Refused with every
    reason: another state or supplier, a fault of an end, no reason, nothing changed.
    """
    voucher = lock(voucher)
    words = reason.strip()
    refusals = [*_not_now(voucher, by), *_unexplained(words), *ends_refused(voucher, ends)]
    if refusals:
        raise Refused(refusals)
    change = usage.declare_ends(
        voucher=voucher.number,
        ends=ends,
        own_cloud=own_cloud(voucher),
        shared=shared_ends(voucher, [declared(end) for end in ends]),
        anew=False,
        by=by,
        now=now,
    )
    if not change.added and not change.withdrawn:
        raise Refused(
            [Refusal("ends_unchanged", "使用端没有变化。", ARTICLE, "请先修改再提交更正。", "ends")]
        )
    payload = {
        "reason": words,
        "added": [f"{one.service} {one.side} {one.kind} {one.value}" for one in change.added],
        "withdrawn": [f"{one.service} {one.side} {one.kind} {one.value}" for one in change.withdrawn],
    }
    record("usage.amend_ends", by=by, obj=voucher.journal_key, now=now, why=ARTICLE, payload=payload)
    notify(
        org="bureau:440000",
        obj=voucher.journal_key,
        kind="ends_amended",
        title=f"{voucher.number} 的使用端已由供应商更正",
        key=f"{voucher.journal_key}:ends:{now.isoformat()}",
        now=now,
    )
    return change


def may_amend(voucher: Voucher, by: Actor) -> bool:
    """Whether this actor may correct the ends now."""
    return not _not_now(voucher, by)


def _not_now(voucher: Voucher, by: Actor) -> list[Refusal]:
    if by.role != Role.SUPPLIER or by.org != f"supplier:{voucher.supplier_id}":
        message, mend = "只有本券的供应商可以更正使用端。", "请由供应商的经办人办理。"
        return [Refusal("not_your_role", message, ARTICLE, mend)]
    if voucher.state != S.ATTESTED:
        message = f"这张券现在是“{LABELS[S(voucher.state)]}”，不能更正使用端。"
        mend = "使用端只能在确认兑现之后、判定作出之前更正。"
        return [Refusal("not_from_this_state", message, ARTICLE, mend)]
    return []


def _unexplained(words: str) -> list[Refusal]:
    if 0 < len(words) <= LONGEST_REASON:
        return []
    message = f"请用 1 至 {LONGEST_REASON} 个字写明更正的理由。"
    return [Refusal("no_reason", message, ARTICLE, "例如“企业更换了宽带专线”。", "reason")]


def ends_refused(voucher: Voucher, ends: Sequence[Mapping[str, Any]]) -> list[Refusal]:
    """Every fault of the ends typed for a voucher; only its services that count devices may name machines."""
    lines = list(voucher.lines.all())
    return end_refusals(
        services={line.service: line.service_name for line in lines},
        ends=ends,
        counting=[line.service for line in lines if line.devices is not None],
    )


def own_cloud(voucher: Voucher) -> list[str]:
    """The addresses of the supplier's servers, as its attestations of any voucher name them."""
    rows = Voucher.objects.filter(supplier=voucher.supplier).order_by()
    return cloud_addresses(rows.values("number"))
