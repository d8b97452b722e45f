"""复核: a second reviewer's opinion on a case of related parties, before it is decided (D47-5.23)."""

from __future__ import annotations

from datetime import datetime

from yunquan.journal.actions import audited, record
from yunquan.kernel.refusal import Refusal, Refused
from yunquan.kernel.workflow import Actor
from yunquan.parties.access import covers
from yunquan.vouchers.actions.shared import bureau_org, lock, persons, reviewing_org, tell
from yunquan.vouchers.checks import different_person
from yunquan.vouchers.lifecycle import REVIEWERS, S
from yunquan.vouchers.models import SecondLook, Voucher
from yunquan.vouchers.relating import content_of

ARTICLE = "D47-5.23"
WAITING = {SecondLook.Step.APPLICATION: S.CONFIRMED, SecondLook.Step.CLAIM: S.VERIFIED}


@audited("voucher.look_again", about="voucher")
def look_again(
    *, voucher: Voucher, step: str, seen_hash: str, agrees: bool, note: str, by: Actor, now: datetime
) -> SecondLook:
    """Give an opinion on the content that waits at a step, `application` or `claim`; it never changes.

    `seen_hash` is what the reviewer saw (S2). Who looks again decides nothing: another reviewer decides (S3). Looking
    once more gives a new opinion, and the latest of a person counts.
    """
    voucher = lock(voucher)
    refusals = _refusals(voucher, step, by)
    if not refusals and seen_hash != content_of(voucher, step):
        message = "您看到的内容已被更新，复核没有生效。"
        refusals.append(Refusal("content_changed", message, ARTICLE, "请刷新页面，核对最新内容后再填写。"))
    if not note.strip():
        refusals.append(Refusal("missing", "请写明复核意见。", ARTICLE, "例如价格与同类合同的比较。", "note"))
    if refusals:
        raise Refused(refusals)
    look = SecondLook.objects.create(
        voucher=voucher,
        step=step,
        content_hash=seen_hash,
        agrees=agrees,
        note=note.strip(),
        person=by.person,
        looked_at=now,
    )
    payload = {"step": step, "agrees": agrees, "note": look.note, "content_hash": seen_hash}
    record("voucher.look_again", by=by, obj=voucher.journal_key, now=now, why=ARTICLE, payload=payload)
    org = reviewing_org(voucher) if step == SecondLook.Step.APPLICATION else bureau_org(voucher)
    title = f"{voucher.number} 已复核：{'同意' if agrees else '不同意'}，请审核人办理"
    tell(voucher, org=org, kind=f"looked:{look.pk}", title=title, now=now, text=look.note)
    return look


def _refusals(voucher: Voucher, step: str, by: Actor) -> list[Refusal]:
    if step not in WAITING:
        raise ValueError(f"no step {step!r}")
    org = reviewing_org(voucher) if step == SecondLook.Step.APPLICATION else bureau_org(voucher)
    if by.role not in REVIEWERS or by.org != org or not covers(by, city=voucher.city, county=voucher.county):
        message = "复核由负责审核的主管部门的另一位审核人办理。"
        return [Refusal("not_your_role", message, ARTICLE, "请由负责此环节的人员办理。")]
    refusals = []
    if voucher.state != WAITING[SecondLook.Step(step)]:
        message = f"这张券现在是“{voucher.lifecycle.states[voucher.state]}”，不在审核中。"
        refusals.append(Refusal("not_from_this_state", message, ARTICLE, "请刷新页面查看最新状态。"))
    earlier = persons(voucher.submitted_by, voucher.confirmed_by, voucher.claimed_by, voucher.attested_by)
    same = different_person({"person": by.person, "earlier_persons": earlier})
    return [*refusals, *([same] if same is not None else [])]
