"""发票警示: an invoice was reversed or made void after it served a claim; payment waits until it is looked into.

An alarm holds its own voucher alone (F2).  It is raised and answered under the lock of that voucher, so whoever
approves, lists or orders it at the same moment either sees the alarm or came before it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from yunquan.evidence import alarms
from yunquan.evidence.alarms import Heard
from yunquan.evidence.checks import alarm_understood
from yunquan.evidence.lifecycle import RAISERS
from yunquan.evidence.models import Invoice, InvoiceAlarm, StoredFile
from yunquan.evidence.reading.facts import InvoiceFacts
from yunquan.journal.actions import audited, move, notify_all
from yunquan.journal.models import Notice
from yunquan.kernel.calendar import local_date
from yunquan.kernel.refusal import Refusal, Refused
from yunquan.kernel.workflow import Actor
from yunquan.policy.roles import Role
from yunquan.vouchers.access import visible_to
from yunquan.vouchers.actions.shared import bureau_org, end_of_life, lock, lock_all, tell
from yunquan.vouchers.holding import alarms_visible_to, claimant, open_alarms, resting_on, said
from yunquan.vouchers.lifecycle import S
from yunquan.vouchers.models import ClaimInvoice, Voucher

ARTICLE = "D47-5.14"
PAID = (S.PAID, S.RECOVERED)
CLOCK = Actor(person="clock", role=Role.CLOCK, org="platform")


@audited("alarm.raise", about="invoice")
def raise_alarm(
    *,
    key: str,
    kind: str,
    happened_on: date | None,
    note: str,
    reversed_fen: int | None = None,
    red_number: str = "",
    file: StoredFile | None = None,
    by: Actor,
    now: datetime,
) -> InvoiceAlarm:
    """Raise an alarm on an invoice of a claim that the actor may see; `kind` is red or void (D47-5.14).

    `reversed_fen` None means all of it. A voucher not yet paid is held until the alarm is answered; for a paid one
    the city's approver and cashier are told, who may ask the money back (D47-5.23).
    """
    refusals = []
    if by.role not in RAISERS:
        refusals.append(Refusal("not_your_role", "您的岗位不能登记发票警示。", ARTICLE))
    seen = Voucher.objects.all() if by.role == Role.CLOCK else visible_to(by)
    rows = lock_all(list(resting_on(key).filter(pk__in=seen.order_by().values("pk")).order_by("pk")))
    if not rows:
        message = "没有找到以这张发票兑现的服务券。"
        refusals.append(Refusal("unknown_invoice", message, ARTICLE, "请核对发票代码和号码。", "number"))
    invoice = Invoice.objects.filter(key=key, is_live=True).first() if rows else None
    facts = {
        "kind": kind,
        "happened_on": happened_on,
        "today": local_date(now),
        "reversed_fen": reversed_fen,
        "gross_fen": invoice.gross_fen if invoice is not None else None,
        "note": note,
        "red_number": red_number,
    }
    refusals += alarm_understood(facts)
    if refusals or happened_on is None:
        raise Refused(refusals)
    heard = Heard(
        key=key,
        kind=kind,
        happened_on=happened_on,
        note=note,
        reversed_fen=reversed_fen,
        red_number=red_number,
        file=file,
    )
    alarm = alarms.enter_alarm(heard, by=by, now=now, vouchers=[row.number for row in rows])
    notify_all(notice for row in rows for notice in _raised(row, alarm, now=now))
    return alarm


@audited("alarm.answer", about="alarm")
def answer_alarm(*, alarm: InvoiceAlarm, answer: str, reason: str, by: Actor, now: datetime) -> InvoiceAlarm:
    """Answer an alarm, `lifted` or `upheld`, by someone other than who raised it; the reason is told to both sides."""
    rows = lock_all(list(resting_on(alarm.key).order_by("pk")))
    # An alarm outlives the claim: the invoice may be meant to serve again.
    if not alarms_visible_to(by).filter(pk=alarm.pk).exists():
        mend = "请由企业所在地市办理。"
        raise Refused([Refusal("not_your_case", "这条警示不归本单位核查。", ARTICLE, mend)])
    alarm = alarms.answer(alarm, answer=answer, reason=reason, by=by, now=now)
    outcome = "核查后已解除，照常办理" if answer == InvoiceAlarm.Answer.LIFTED else "经核查属实"
    notify_all(
        _notice(
            row, alarm, org=org, title=f"{row.number} 的发票警示{outcome}", text=alarm.answer_reason, now=now
        )
        for row in rows
        for org in _sides(row)
    )
    if not rows:
        title = f"发票 {alarm.key} 的警示{outcome}"
        notify_all([_answered(alarm, claimant(alarm), title, now=now)])
    return alarm


@audited("voucher.refuse", about="voucher")
def refuse_for_alarm(*, voucher: Voucher, reason: str, by: Actor, now: datetime) -> Voucher:
    """End a voucher whose invoice was found reversed or void; its quota goes back (D47-5.14, Q4)."""
    voucher = lock(voucher, with_enterprise=True)
    facts = {"objection_upheld": False, "alarm_upheld": alarm_upheld(voucher), "reason": reason}
    decision = voucher.lifecycle.decide("refuse", state=voucher.state, role=by.role, facts=facts)
    refusals = list(decision.refusals)
    if not reason.strip():
        refusals.append(Refusal("no_reason", "请写明理由，理由会随结果告知企业。", ARTICLE, field="reason"))
    if refusals:
        raise Refused(refusals)
    end_of_life(voucher, by=by, now=now, article=ARTICLE)
    changes = {"waiting_since": None, "due_on": None, "bonus_fen": 0}
    payload = {"ground": "invoice_alarm", "reason": reason.strip()}
    move(voucher, "refuse", by=by, facts=facts, now=now, changes=changes, payload=payload)
    title = "发票被红冲或作废属实，本券不予兑付"
    tell(voucher, org=voucher.enterprise.key, kind="refused", title=title, now=now, text=reason.strip())
    return voucher


def alarm_upheld(voucher: Voucher) -> bool:
    """Whether an alarm on the claim was found true."""
    return any(alarm.answer == InvoiceAlarm.Answer.UPHELD for alarm in open_alarms(voucher))


def hear(file: StoredFile, facts: InvoiceFacts, now: datetime) -> None:
    """A reader found a red invoice: if it reverses one that serves a claim, the alarm is raised by the platform.

    Only where the file came from a party of that claim or from a bureau: anyone can write a red invoice that names
    another's, so a stranger's is a hint to the city and holds nothing.
    """
    heard = alarms.heard_in(facts, file)
    if heard is None or alarms.is_known(heard) or alarms.has_enough(heard):
        return
    rows = list(resting_on(heard.key).order_by("pk"))
    if not rows:
        return
    if not any(_may_tell(file.org, row) for row in rows):
        notify_all(_hint(row, heard.key, now=now) for row in rows)
        return
    try:
        raise_alarm(
            key=heard.key,
            kind=heard.kind,
            happened_on=heard.happened_on,
            note=heard.note,
            reversed_fen=heard.reversed_fen,
            red_number=heard.red_number,
            file=file,
            by=CLOCK,
            now=now,
        )
    except Refused:
        # Somebody told of it in the meantime, or the claim ended: the attempt stands in the log.
        return


def hear_early(voucher: Voucher, *, now: datetime) -> None:
    """Red invoices that were read before this claim rested on the blue ones are heard now, as if they came now.

    Called when the claim is made, and once more when it is attested: a reader may have looked for a claim in the
    moment before this one was there.
    """
    joins = ClaimInvoice.objects.filter(voucher=voucher).order_by("invoice__key")
    blues = joins.values_list("invoice__key", "invoice__seller_uscc")
    for file, facts in alarms.read_before(blues, orgs=_sides(voucher)):
        hear(file, facts, now)


def _may_tell(org: str, voucher: Voucher) -> bool:
    """Whether a file of this organisation raises the alarm by itself."""
    return org.startswith("bureau:") or org in _sides(voucher)


def _hint(voucher: Voucher, key: str, *, now: datetime) -> Notice:
    """What the city is told of a stranger's file, once for each voucher and invoice."""
    return Notice(
        org=bureau_org(voucher),
        obj=voucher.journal_key,
        kind="alarm_hint",
        title=f"{voucher.number}：非当事单位上传的文件称其发票已被红冲，没有登记警示",
        text=f"发票 {key}。请在税务发票查验平台核对；属实的，请在“发票警示”中登记。",
        key=f"alarm_hint:{key}:{voucher.number}",
        at=now,
    )


def _sides(voucher: Voucher) -> Sequence[str]:
    return (f"enterprise:{voucher.enterprise_id}", f"supplier:{voucher.supplier_id}")


def _raised(voucher: Voucher, alarm: InvoiceAlarm, *, now: datetime) -> Sequence[Notice]:
    """Who is told: both sides, and the bureau that holds the payment or has to ask the money back."""
    told = said(alarm)
    if voucher.state in PAID:
        title = f"{voucher.number} 已兑付，其发票被登记{alarm.get_kind_display()}"
        asked = {
            Role.CITY_APPROVER: "请审批人核查是否追回",
            Role.CITY_CASHIER: "请兑付员留意，追回款到账时登记",
        }
        bureau = [
            _notice(
                voucher,
                alarm,
                org=bureau_org(voucher),
                role=role,
                title=f"{title}，{what}",
                text=told,
                now=now,
            )
            for role, what in asked.items()
        ]
    else:
        title = f"{voucher.number} 的发票被登记{alarm.get_kind_display()}，核查结束前暂停兑付"
        if voucher.state == S.ORDERED:
            title = f"{voucher.number} 兑付指令已发出，其发票被登记{alarm.get_kind_display()}"
        bureau = [
            _notice(voucher, alarm, org=bureau_org(voucher), title=f"{title}，请核查", text=told, now=now)
        ]
    return [
        *bureau,
        *(_notice(voucher, alarm, org=org, title=title, text=told, now=now) for org in _sides(voucher)),
    ]


def _answered(alarm: InvoiceAlarm, org: str, title: str, *, now: datetime) -> Notice:
    """The answer to an alarm on which no claim rests any more, for the enterprise that had claimed."""
    key = f"{alarm.journal_key}:{alarm.answer}:{org}"
    text = alarm.answer_reason
    return Notice(org=org, obj=alarm.journal_key, kind="alarm", title=title, text=text, key=key, at=now)


def _notice(
    voucher: Voucher, alarm: InvoiceAlarm, *, org: str, title: str, text: str, now: datetime, role: str = ""
) -> Notice:
    key = f"{alarm.journal_key}:{alarm.answer}:{voucher.number}:{org}:{role}"[:160]
    # The bureau is led to the alarm, the two sides to their voucher.
    obj = alarm.journal_key if org.startswith("bureau:") else voucher.journal_key
    return Notice(org=org, role=role, obj=obj, kind="alarm", title=title, text=text, key=key, at=now)
