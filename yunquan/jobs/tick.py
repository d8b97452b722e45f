"""定时任务: close what is over, lapse what was not claimed, remind, escalate (D47-5.18, 5.19, 5.21, 5.22).

Every chore is idempotent: a second run on the same day finds nothing left to do. Each act is one
transaction of its own, so a kill in the middle leaves whole acts and the next run goes on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import QuerySet

from yunquan.dispatch import actions as dispatch
from yunquan.evidence import alikes, scanning
from yunquan.feedback import actions as feedback
from yunquan.feedback.lifecycle import SETTLED
from yunquan.feedback.models import Message
from yunquan.insight import actions as insight
from yunquan.jobs import contacting, demonstrating, evaluating, inspecting, matching_ends, piloting, resulting
from yunquan.journal.actions import notify
from yunquan.kernel.calendar import SHANGHAI, CalendarNotAnnounced, local_date
from yunquan.kernel.refusal import Refused
from yunquan.kernel.workflow import Actor
from yunquan.parties.models import Enterprise, Supplier
from yunquan.policy.packfile import PackError
from yunquan.policy.roles import Role
from yunquan.programme.actions import notices
from yunquan.programme.models import Cycle, Window
from yunquan.programme.rules import rulebook, working_calendar
from yunquan.settlement import actions as settlement
from yunquan.settlement.lifecycle import DECIDED
from yunquan.settlement.models import Objection, SettlementList
from yunquan.usage import nightly, working
from yunquan.vouchers import actions as vouchers
from yunquan.vouchers.actions.shared import bureau_org, reviewing_org
from yunquan.vouchers.lifecycle import S
from yunquan.vouchers.models import Voucher

CLOCK = Actor(person="clock", role=Role.CLOCK, org="platform")
REMIND_DAYS = (30, 7, 1)
SOON_WORKING_DAYS = 2
# The decree gives the supplier no time limit; its silence is told after the time that a bureau would have.
SILENCE = {S.SUBMITTED: "review.application_working_days", S.CLAIMED: "review.claim_working_days"}


@dataclass
class Report:
    """What a run did, by chore, and what it could not do."""

    done: dict[str, int] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)

    def count(self, chore: str) -> None:
        """One more act of a chore."""
        self.done[chore] = self.done.get(chore, 0) + 1


def tick(now: datetime) -> Report:
    """Do every chore that is due at this moment; gives what was done."""
    report = Report()
    _close_applications(now, report)
    _lapse_vouchers(now, report)
    _close_publicity(now, report)
    _close_messages(now, report)
    matching_ends.close(now, lambda chore, act, **arguments: _try(report, chore, act, **arguments))
    _archive_notices(now, report)
    resulting.close(now, lambda chore, act, **arguments: _try(report, chore, act, **arguments))
    piloting.close(now, lambda chore, act, **arguments: _try(report, chore, act, **arguments))
    evaluating.work(now, lambda chore, act, **arguments: _try(report, chore, act, **arguments))
    _remind_of_windows(now, report)
    _remind_of_deadlines(now, report)
    _remind_of_silence(now, report)
    _remind_of_inspections(now, report)
    _work_on_usage(now, report)
    _judge_use(now, report)
    _scan_what_waits(now, report)
    _compare_what_is_new(now, report)
    _send_what_waits(now, report)
    _replay_what_waits(now, report)
    return report


def _send_what_waits(now: datetime, report: Report) -> None:
    """Mail and short messages for what came into the inboxes; what the gateway refuses is tried again later."""
    told = dispatch.work(now)
    if told.sent:
        report.done["messages_sent"] = told.sent
    report.refused += [f"messages: {error}" for error in told.errors]


def _scan_what_waits(now: datetime, report: Report) -> None:
    """Ask the virus scanner again about files that it could not look at when they came (E1)."""
    for _sha256, finding in scanning.look_again(by=CLOCK, now=now):
        report.count(f"files_{finding.scan}")
        if finding.scan == scanning.Scan.WAITING:
            report.refused.append(f"files_waiting: {finding.said}")


def _replay_what_waits(now: datetime, report: Report) -> None:
    """Try the changes of rules that were too large to be tried while the page waited (D47-4.4.1)."""
    for row in insight.waiting():
        try:
            if insight.run(row=row, by=CLOCK, now=now) is not None:
                report.count("replays")
        except PackError as fault:
            report.refused.append(f"{row.journal_key}: {fault}")


def _compare_what_is_new(now: datetime, report: Report) -> None:
    """Hold documents that nobody compared yet against those before them (D47-5.17)."""
    count = alikes.catch_up(now=now)
    if count:
        report.done["files_compared"] = count


def _work_on_usage(now: datetime, report: Report) -> None:
    """Load behaviour data that waits and fetch what is due (D47-5.12)."""
    told = working.work(now)
    for what, count in told.done.items():
        report.done[what] = report.done.get(what, 0) + count
    report.refused += told.refused


def _judge_use(now: datetime, report: Report) -> None:
    """Once a day, where there is behaviour data: roll up, judge what waits, watch what was paid (D47-5.13, 5.16)."""
    try:
        night = nightly.run_if_due(now)
    except CalendarNotAnnounced as unknown:
        report.refused.append(f"verdicts: {unknown}")
        return
    if night is not None:
        report.done["verdicts_written"] = sum(night.written.values())


def _in_steps(rows: QuerySet[Voucher]) -> Iterator[Voucher]:
    """The rows by id in steps, so that a long run holds neither memory nor a cursor."""
    after = 0
    while True:
        step = list(rows.filter(pk__gt=after).order_by("pk")[:500])
        if not step:
            return
        yield from step
        after = step[-1].pk


def _over(kind: str, now: datetime) -> list[int]:
    """The cycles whose window of a kind is over."""
    windows = Window.objects.filter(kind=kind, closes_at__lte=now).exclude(published_at=None)
    return list(windows.values_list("cycle_id", flat=True))


def _close_applications(now: datetime, report: Report) -> None:
    """Drafts and returned applications end with the application window (D47-5.18)."""
    rows = Voucher.objects.filter(cycle__in=_over("apply", now), state__in=(S.DRAFT, S.RETURNED))
    for voucher in _in_steps(rows):
        _try(report, "expired", vouchers.expire, voucher=voucher, by=CLOCK, now=now)


def _lapse_vouchers(now: datetime, report: Report) -> None:
    """Issued vouchers not claimed in time lapse, and each counts a strike (D47-5.18, 5.19)."""
    rows = Voucher.objects.filter(cycle__in=_over("claim", now), state__in=(S.ISSUED, S.CLAIM_RETURNED))
    for voucher in _in_steps(rows):
        _try(report, "lapsed", vouchers.lapse, voucher=voucher, by=CLOCK, now=now)


def _close_publicity(now: datetime, report: Report) -> None:
    """Lists whose full period in public is over stand (D47-5.22)."""
    for row in SettlementList.objects.filter(state="published", publicity_ends_at__lte=now).order_by("pk"):
        _try(report, "publicity_closed", settlement.close, settlement_list=row, by=CLOCK, now=now)


def _close_messages(now: datetime, report: Report) -> None:
    """What was answered and left unrated for thirty days is closed (D47-8.5)."""
    for message in Message.objects.filter(state="answered", answered_at__lte=now - timedelta(days=31)):
        _try(report, "messages_closed", feedback.close, message=message, by=CLOCK, now=now)


def _archive_notices(now: datetime, report: Report) -> None:
    """Public notices whose last day is over go into the archive (D47-5.1)."""
    for notice in notices.run_out(local_date(now)):
        _try(
            report,
            "notices_archived",
            notices.archive_notice,
            notice=notice,
            reason="到期自动归档",
            by=CLOCK,
            now=now,
        )


def _try(report: Report, chore: str, act, **arguments) -> None:  # type: ignore[no-untyped-def]
    try:
        act(**arguments)
        report.count(chore)
    except Refused as refused:
        # Someone acted on the row in the meantime; the refusal stands in the log.
        report.refused.append(f"{chore}: {refused}")


def _remind_of_windows(now: datetime, report: Report) -> None:
    """Remind enterprises 30, 7 and 1 days before a window closes on something unfinished of theirs."""
    waiting = {"apply": (S.DRAFT, S.RETURNED), "claim": (S.ISSUED, S.CLAIM_RETURNED)}
    words = {"apply": "申领", "claim": "兑现"}
    for window in Window.objects.filter(kind__in=waiting, closes_at__gt=now).exclude(published_at=None):
        left = (local_date(window.closes_at) - local_date(now)).days
        day = next((days for days in sorted(REMIND_DAYS) if left <= days), None)
        if day is None:
            continue
        rows = Voucher.objects.filter(cycle=window.cycle_id, state__in=waiting[window.kind])
        for voucher in _in_steps(rows):
            key = f"{voucher.journal_key}:closing:{window.kind}:{window.closes_at:%Y%m%d%H%M}:{day}"
            moment = f"{window.closes_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
            _remind(
                report,
                org=f"enterprise:{voucher.enterprise_id}",
                obj=voucher.journal_key,
                title=f"{words[window.kind]}将于 {moment} 截止，请尽快办理 {voucher.number}",
                key=key,
                now=now,
            )


def _remind_of_deadlines(now: datetime, report: Report) -> None:
    """Remind the bureau when a review is nearly due, and the level above when it is overdue (D47-5.20, 5.21)."""
    today = local_date(now)
    try:
        soon = working_calendar().add_working_days(today, SOON_WORKING_DAYS)
    except CalendarNotAnnounced:
        soon = today + timedelta(days=SOON_WORKING_DAYS)
    rows = Voucher.objects.filter(due_on__lte=soon, state__in=(S.CONFIRMED, S.VERIFIED))
    for voucher in _in_steps(rows):
        org = reviewing_org(voucher) if voucher.state == S.CONFIRMED else bureau_org(voucher)
        _due(report, org, voucher.journal_key, voucher.number, voucher.due_on, now)
    for enterprise in Enterprise.objects.filter(state="submitted", due_on__lte=soon):
        _due(
            report,
            f"bureau:{enterprise.city}",
            enterprise.journal_key,
            enterprise.name,
            enterprise.due_on,
            now,
        )
    for supplier in Supplier.objects.filter(due_on__lte=soon).exclude(state__in=("draft", "registered")):
        org = f"bureau:{supplier.city}" if supplier.state == "city_check" else "bureau:440000"
        _due(report, org, supplier.journal_key, supplier.name, supplier.due_on, now)
    for objection in Objection.objects.filter(due_on__lte=soon).exclude(state__in=DECIDED):
        _due(report, f"bureau:{objection.city}", objection.journal_key, "公示异议", objection.due_on, now)
    for raised in matching_ends.due(soon):
        _due(report, f"bureau:{raised.city}", raised.journal_key, "配套异议", raised.due_on, now)
    for message in Message.objects.filter(due_on__lte=soon).exclude(state__in=SETTLED):
        _due(report, f"bureau:{message.bureau}", message.journal_key, "留言", message.due_on, now)


def _due(report: Report, org: str, obj: str, what: str, due_on, now: datetime) -> None:  # type: ignore[no-untyped-def]
    if due_on is None:
        return
    overdue = due_on < local_date(now)
    title = f"{what} {'已逾期' if overdue else '将于'} {due_on} {'，请立即办理' if overdue else '到期'}"
    kind = "overdue" if overdue else "soon"
    _remind(report, org=org, obj=obj, title=title, key=f"{obj}:{kind}:{due_on}:{org}", now=now)
    if overdue and org != "bureau:440000":
        key = f"{obj}:escalated:{due_on}"
        _remind(
            report,
            org="bureau:440000",
            obj=obj,
            title=f"地市逾期未办：{what}（{due_on} 到期）",
            key=key,
            now=now,
        )


def _remind_of_silence(now: datetime, report: Report) -> None:
    """Remind a supplier that leaves an application or claim unanswered, and tell the enterprise what to do."""
    today, calendar = local_date(now), working_calendar()
    packs = {cycle.pk: rulebook(cycle.pack) for cycle in Cycle.objects.all()}
    for state, rule in SILENCE.items():
        days = {pk: int(rules.value(rule, today).value) for pk, rules in packs.items()}
        for pk, most in days.items():
            rows = Voucher.objects.filter(
                cycle=pk, state=state, waiting_since__lte=now - timedelta(days=most)
            ).select_related("supplier")
            for voucher in _in_steps(rows):
                assert voucher.waiting_since is not None
                try:
                    over = calendar.add_working_days(local_date(voucher.waiting_since), most) < today
                except CalendarNotAnnounced:
                    continue
                if over:
                    _silent(report, voucher, most, now)


def _remind_of_inspections(now: datetime, report: Report) -> None:
    """What of inspections, projects and contacts receipts is nearly due or overdue, and to the bureaus who is late."""
    count = inspecting.remind(now) + demonstrating.remind(now) + contacting.remind(now)
    if count:
        report.done["reminded"] = report.done.get("reminded", 0) + count


def _silent(report: Report, voucher: Voucher, most: int, now: datetime) -> None:
    assert voucher.supplier is not None
    what = "申领" if voucher.state == S.SUBMITTED else "兑现申请"
    mend = "也可以在单据页撤回，修改后重新提交" + ("或改选供应商" if voucher.state == S.SUBMITTED else "")
    key = f"{voucher.journal_key}:{voucher.version}:silent:{voucher.state}"
    _remind(
        report,
        org=voucher.supplier.key,
        obj=voucher.journal_key,
        title=f"{what} {voucher.number} 等您确认已超过 {most} 个工作日",
        text="请尽快核对：无误的确认，有问题的退回并一次写明全部理由。",
        key=f"{key}:supplier",
        now=now,
    )
    _remind(
        report,
        org=f"enterprise:{voucher.enterprise_id}",
        obj=voucher.journal_key,
        title=f"供应商超过 {most} 个工作日没有确认{what} {voucher.number}",
        text=f"请联系供应商尽快办理；{mend}。",
        key=f"{key}:enterprise",
        now=now,
    )


def _remind(
    report: Report, *, org: str, obj: str, title: str, key: str, now: datetime, text: str = ""
) -> None:
    from yunquan.journal.queries import notice_sent

    if notice_sent(key):
        return
    notify(org=org, obj=obj, kind="reminder", title=title[:200], text=text, key=key[:160], now=now)
    report.count("reminded")
