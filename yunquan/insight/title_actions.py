"""The titles 优秀供应商: decided by another person, in public, granted, expired, withdrawn (D47-8.3)."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from yunquan.insight.models import Evaluation, ExcellentTitle
from yunquan.journal.actions import audited, move, notify
from yunquan.kernel.calendar import local_date
from yunquan.kernel.workflow import Actor
from yunquan.parties import standings
from yunquan.parties.models import Supplier
from yunquan.policy.evaluating import SupplierMethod
from yunquan.programme.rules import working_calendar

BEFORE_ITS_END = ("publicity", "granted")


def method_of(evaluation: Evaluation) -> SupplierMethod:
    """The method under which an edition was computed, as it was frozen."""
    return SupplierMethod.model_validate(evaluation.method)


def standing_words(suppliers: Sequence[Supplier], on: date) -> dict[int, str]:
    """By supplier what stands against it on a day, in words; empty where nothing does. One query."""
    known = standings.against([one.uscc for one in suppliers], on=on)
    return {
        one.pk: "；".join(
            refusal.message.rstrip("。")
            for refusal in standings.refusals_for(supplier=one, on=on, known=known)
        )
        for one in suppliers
    }


def months_later(day: date, months: int) -> date:
    """The day before the same day so many months later, or the month's last day where there is no such day.

    >>> from datetime import date
    >>> months_later(date(2019, 6, 17), 12), months_later(date(2019, 8, 31), 6)
    (datetime.date(2020, 6, 16), datetime.date(2020, 2, 29))
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = monthrange(year, month + 1)[1]
    return (
        date(year, month + 1, last) if day.day > last else date(year, month + 1, day.day) - timedelta(days=1)
    )


@audited("evaluation.decide", about="evaluation")
def decide(*, evaluation: Evaluation, by: Actor, now: datetime) -> Evaluation:
    """Another person decides; the titles stand in public for their working days before they are granted (S3)."""
    row = Evaluation.objects.select_for_update(of=("self",)).get(pk=evaluation.pk)
    today = local_date(now)
    titles = _titles(row, ("proposed",))
    words = standing_words([title.supplier for title in titles], today)
    ends_on = working_calendar().add_working_days(today, method_of(row).publicity_working_days)
    proposers = (row.proposed_by, row.drafted_by)
    move(
        row,
        "decide",
        by=by,
        facts={
            "person": by.person,
            "proposers": proposers,
            "chosen": [
                {
                    "name": title.supplier.name,
                    "is_registered": title.supplier.state == "registered",
                    "standing": words[title.supplier_id],
                }
                for title in titles
            ],
        },
        now=now,
        changes={"decided_by": by.person, "decided_at": now, "publicity_ends_on": ends_on},
        payload={"titles": [title.journal_key for title in titles], "publicity_ends_on": ends_on.isoformat()},
    )
    for title in titles:
        facts = {"person": by.person, "proposers": proposers}
        move(title, "decide", by=by, facts=facts, now=now, changes={"decided_by": by.person})
        _tell(
            title,
            f"本单位拟授予 {row.year} 年度优秀供应商，公示至 {ends_on}",
            now,
            link=f"/excellent/{row.year}/",
        )
    return row


@audited("evaluation.close", about="evaluation")
def close(*, evaluation: Evaluation, by: Actor, now: datetime) -> Evaluation:
    """After the whole time in public the titles are granted and the evaluation is published.

    Who was barred in the meantime gets none.
    """
    row = Evaluation.objects.select_for_update(of=("self",)).get(pk=evaluation.pk)
    today = local_date(now)
    facts = {"today": today, "publicity_ends_on": row.publicity_ends_on or today}
    move(row, "close", by=by, facts=facts, now=now, changes={"published_at": now})
    titles = _titles(row, ("publicity",))
    words = standing_words([title.supplier for title in titles], today)
    until_on = months_later(today, method_of(row).valid_months)
    for title in titles:
        if words[title.supplier_id]:
            continue  # The clock withdraws it, and says why.
        move(title, "grant", by=by, facts=facts, now=now, changes={"from_on": today, "until_on": until_on})
        _tell(
            title,
            f"本单位获 {row.year} 年度优秀供应商称号，有效期至 {until_on}",
            now,
            link=f"/excellent/{row.year}/",
        )
    return row


@audited("title.withdraw", about="title")
def withdraw(*, title: ExcellentTitle, reason: str, by: Actor, now: datetime) -> ExcellentTitle:
    """Take a title back with the reason: a ban, or what became known later (D47-8.4)."""
    row = ExcellentTitle.objects.select_for_update(of=("self",)).get(pk=title.pk)
    changes = {"ended_reason": reason.strip(), "ended_by": by.person, "ended_at": now}
    payload = {"reason": reason.strip()}
    move(row, "withdraw", by=by, facts={"reason": reason}, now=now, changes=changes, payload=payload)
    _tell(row, f"本单位 {row.year} 年度优秀供应商称号已撤销", now, text=reason.strip())
    return row


@audited("title.expire", about="title")
def expire(*, title: ExcellentTitle, by: Actor, now: datetime) -> ExcellentTitle:
    """The clock ends a title after its last day."""
    row = ExcellentTitle.objects.select_for_update(of=("self",)).get(pk=title.pk)
    facts = {"today": local_date(now), "until_on": row.until_on}
    move(row, "expire", by=by, facts=facts, now=now, changes={"ended_by": by.person, "ended_at": now})
    return row


def drop_titles(evaluation: Evaluation, *, reason: str, by: Actor, now: datetime) -> None:
    """What was proposed of an edition falls; inside the transaction of the step that lets it fall."""
    for title in _titles(evaluation, ("proposed",)):
        changes = {"ended_reason": reason.strip(), "ended_by": by.person, "ended_at": now}
        move(title, "drop", by=by, facts={}, now=now, changes=changes)


def due_for_close(today: date) -> list[Evaluation]:
    """The evaluations whose time in public is over."""
    return list(Evaluation.objects.filter(state="publicity", publicity_ends_on__lt=today).order_by("pk"))


def due_to_expire(today: date) -> list[ExcellentTitle]:
    """The titles whose term ran out."""
    return list(ExcellentTitle.objects.filter(state="granted", until_on__lt=today).order_by("pk"))


def barred(today: date) -> Iterator[tuple[ExcellentTitle, str]]:
    """The titles of suppliers against whom something stands, with the reason, and those that a close left ungranted."""
    rows = list(
        ExcellentTitle.objects.filter(state__in=BEFORE_ITS_END)
        .select_related("supplier", "line__evaluation")
        .order_by("pk")
    )
    words = standing_words([row.supplier for row in rows], today)
    for row in rows:
        if words[row.supplier_id]:
            yield row, words[row.supplier_id]
        elif row.state == "publicity" and row.line.evaluation.state == "published":
            yield row, "公示期满时受到资格处理，没有授予"


def _titles(evaluation: Evaluation, states: Sequence[str]) -> list[ExcellentTitle]:
    rows = ExcellentTitle.objects.select_for_update(of=("self",)).filter(
        line__evaluation=evaluation, state__in=states
    )
    return list(rows.select_related("supplier").order_by("line__position"))


def _tell(title: ExcellentTitle, words: str, now: datetime, *, text: str = "", link: str = "") -> None:
    notify(
        org=f"supplier:{title.supplier_id}",
        obj=title.journal_key,
        kind="evaluation",
        title=words,
        text=text[:500],
        key=f"{title.journal_key}:{title.version}",
        link=link or f"/supplier/evaluation/{title.line.evaluation_id}/",
        now=now,
    )
