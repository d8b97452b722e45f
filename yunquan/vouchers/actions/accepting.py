"""认可代付说明: the reviewer accepts, one by one, the other firms that a claim declares (D47-5.14)."""

from __future__ import annotations

from datetime import datetime

from yunquan.evidence.declaring import accept
from yunquan.evidence.models import DeclaredParty
from yunquan.journal.actions import audited, record
from yunquan.kernel.refusal import Refusal, Refused
from yunquan.kernel.workflow import Actor
from yunquan.policy.roles import Role
from yunquan.vouchers.actions.shared import lock, persons
from yunquan.vouchers.checks import different_person
from yunquan.vouchers.lifecycle import S
from yunquan.vouchers.models import ClaimParty, Voucher

ARTICLE = "D47-5.14"


@audited("voucher.accept_party", about="party")
def accept_party(*, party: DeclaredParty, by: Actor, now: datetime) -> DeclaredParty:
    """Accept that a declared firm stands for the party: its proof was looked at and shows the relation.

    By a reviewer of the voucher's city who took none of the claim's own steps (S3), while the claim waits for the
    city; accepting twice changes nothing. A firm that can't be accepted is a reason to return the claim.
    """
    join = ClaimParty.objects.filter(party=party).select_related("voucher").first()
    if join is None:
        raise Refused([_not_standing()])
    voucher = lock(join.voucher)
    refusals = _refusals(voucher, by)
    row = DeclaredParty.objects.select_for_update().get(pk=party.pk)
    if not ClaimParty.objects.filter(party=row, voucher=voucher).exists():
        refusals.append(_not_standing())
    if refusals:
        raise Refused(refusals)
    if row.accepted_at is not None:
        return row
    row = accept(row, by=by, now=now)
    payload = {
        "part": row.part,
        "relation": row.relation,
        "party": str(row.pk),
        "claim_hash": voucher.claim_hash,
    }
    record("voucher.accept_party", by=by, obj=voucher.journal_key, now=now, why=ARTICLE, payload=payload)
    return row


def _refusals(voucher: Voucher, by: Actor) -> list[Refusal]:
    if by.role != Role.CITY_REVIEWER or by.org != f"bureau:{voucher.city}":
        message = "代付说明由企业所在地市的审核人核对。"
        return [Refusal("not_your_role", message, ARTICLE, "请由负责此环节的人员办理。")]
    refusals = []
    if voucher.state != S.VERIFIED:
        message = f"这张券现在是“{voucher.lifecycle.states[voucher.state]}”，不在兑现审核中。"
        refusals.append(Refusal("not_from_this_state", message, ARTICLE, "请刷新页面查看最新状态。"))
    earlier = persons(voucher.submitted_by, voucher.confirmed_by, voucher.claimed_by, voucher.attested_by)
    same = different_person({"person": by.person, "earlier_persons": earlier})
    return [*refusals, *([same] if same is not None else [])]


def _not_standing() -> Refusal:
    return Refusal(
        "not_standing", "这条说明不属于现在的兑现申请。", ARTICLE, "企业可能已重新提交，请刷新页面。"
    )
