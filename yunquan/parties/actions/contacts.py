"""联系人回执: asked of every bureau by a day, sent under seal, looked at by the level above (D47-A3, D410-2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from yunquan.journal.actions import audited, move, notify, notify_all, record
from yunquan.journal.models import Notice
from yunquan.kernel.calendar import local_date
from yunquan.kernel.refusal import Refusal, Refused
from yunquan.kernel.workflow import Actor
from yunquan.parties import contact_checks as checks
from yunquan.parties import contact_reading, contacts, regions
from yunquan.parties.checks import role_allows
from yunquan.parties.lifecycle import RECEIPT_JUDGES, RECEIPT_ROLES
from yunquan.parties.models import Bureau, ContactEdition, ContactReceipt, ContactRound

ARTICLE = "D47-A3"
# A row of `evidence.StoredFile`: evidence stands above the parties, which know its key alone.
File = Any


@audited("contact_round.open", about="round")
def open_round(
    *, title: str, due_on: date | None, note: str = "", with_counties: bool = False, by: Actor, now: datetime
) -> ContactRound:
    """Ask the cities (and, if wanted, the counties) or a city's counties for their receipt until a day."""
    code = by.org.partition(":")[2]
    levels = ("city", "county") if with_counties else ("city",)
    if code == regions.PROVINCE:
        asked = list(Bureau.objects.filter(level__in=levels).order_by("code"))
    else:
        asked = list(Bureau.objects.filter(level="county", city=code).order_by("code"))
    facts = {"title": title, "due_on": due_on, "today": local_date(now), "asked": asked}
    _refuse([role_allows(by.role, RECEIPT_JUDGES, "征集联系人回执"), *checks.round_stands(facts)])
    assert due_on is not None
    row = ContactRound.objects.create(
        title=title.strip()[:80],
        bureau=code,
        with_counties=with_counties and code == regions.PROVINCE,
        due_on=due_on,
        note=note.strip(),
        opened_by=by.person,
        opened_at=now,
    )
    receipts = ContactReceipt.objects.bulk_create(
        ContactReceipt(round=row, bureau=one, judge=_judge(one)) for one in asked
    )
    payload = {"title": row.title, "due_on": str(due_on), "asked": str(len(asked))}
    record("contact_round.open", by=by, obj=row.journal_key, now=now, why=ARTICLE, payload=payload)
    notify_all(
        [
            _notice(one, "contacts", f"请于 {due_on} 前报送联系人回执：{row.title}", "asked", now)
            for one in receipts
        ]
    )
    return row


def _judge(bureau: Bureau) -> str:
    """The level above: the province for a city, the city for a county."""
    return bureau.city if bureau.level == Bureau.Level.COUNTY else regions.PROVINCE


@audited("contact_round.postpone", about="round")
def postpone(
    *, round: ContactRound, due_on: date | None, reason: str, by: Actor, now: datetime
) -> ContactRound:
    """Put the day of a call off, with the reason; those who have not sent are told."""
    row = ContactRound.objects.select_for_update().get(pk=round.pk)
    refusals: list[Refusal | None] = [role_allows(by.role, RECEIPT_JUDGES, "调整报送期限")]
    if by.org != f"bureau:{row.bureau}":
        refusals.append(Refusal("not_your_case", "期限由发起征集的单位调整。", ARTICLE))
    if due_on is None or due_on <= row.due_on:
        message = f"新的期限应晚于现在的 {row.due_on}。"
        refusals.append(Refusal("not_later", message, ARTICLE, "请选择更晚的日期。", "due_on"))
    if not reason.strip():
        refusals.append(Refusal("no_reason", "请写明延期的理由。", ARTICLE, field="reason"))
    _refuse(refusals)
    assert due_on is not None
    row.due_on = due_on
    row.save(update_fields=["due_on"])
    payload = {"due_on": str(due_on), "reason": reason.strip()}
    record("contact_round.postpone", by=by, obj=row.journal_key, now=now, why=ARTICLE, payload=payload)
    waiting = row.receipts.filter(state__in=contacts.MISSING).select_related("bureau", "round")
    title = f"联系人回执的报送期限延至 {due_on}：{row.title}"
    notify_all([_notice(one, "contacts", title, f"until:{due_on}", now) for one in waiting])
    return row


@audited("contact_receipt.save", about="receipt")
def save_receipt(
    *, receipt: ContactReceipt, typed: Mapping[str, Any], by: Actor, now: datetime
) -> ContactReceipt:
    """Keep what was typed as it was typed, to fill the form to be sealed; nothing is judged yet."""
    row = _locked(receipt)
    facts = _facts(row, by)
    allowed = role_allows(by.role, RECEIPT_ROLES, "填写联系人回执")
    sent = None
    if row.state == "filed":
        sent = Refusal("filed", "回执已报送，等待确认。", ARTICLE, "退回或确认后可以再改。")
    _refuse([allowed, checks.of_the_bureau_or_its_judge(facts), sent])
    row.typed = contact_reading.kept(typed)
    row.save(update_fields=["typed"])
    # A draft names people: the log is told that there is one, not what it says (L3).
    record("contact_receipt.save", by=by, obj=row.journal_key, now=now, why=ARTICLE)
    return row


@audited("contact_receipt.file", about="receipt")
def file_receipt(
    *, receipt: ContactReceipt, typed: Mapping[str, Any], scan: File | None, by: Actor, now: datetime
) -> ContactReceipt:
    """Send an edition with the scan under seal; each one is kept. Raises Refused with every fault at once."""
    row = _locked(receipt)
    home = row.bureau
    city = home.code if home.level == Bureau.Level.CITY else ""
    values, faults = contact_reading.read(typed, city=city)
    if scan is None or scan.org != by.org:
        mend = "请下载填好的回执，加盖公章后扫描上传。"
        faults.append(Refusal("file_missing", "没有上传加盖公章的回执扫描件。", ARTICLE, mend, "scan"))
    last = row.editions.filter(number=row.edition).first() if row.state == "accepted" else None
    same = last is not None and all(getattr(last, name) == value for name, value in values.items())
    facts = {**_facts(row, by), "faults": faults, "same": same}
    on_behalf = by.org != home.key
    number = row.edition + 1
    changes = {
        "typed": contact_reading.kept(typed),
        "edition": number,
        "entered_by": by.person,
        "filed_at": now,
        "return_reason": "",
    }
    payload = {
        "edition": str(number),
        "on_behalf": on_behalf,
        "scan": scan.sha256 if scan is not None else "",
    }
    move(row, "file", by=by, facts=facts, now=now, changes=changes, payload=payload)
    assert scan is not None  # Else the step was refused.
    ContactEdition.objects.create(
        receipt=row,
        number=number,
        scan=scan,
        on_behalf=on_behalf,
        entered_by=by.person,
        entered_at=now,
        **values,
    )
    notify(
        org=f"bureau:{row.judge}",
        obj=row.journal_key,
        kind="contacts",
        title=f"{home.name}{'变更了联系人' if row.stands else '报送了联系人回执'}，请确认",
        key=f"{row.journal_key}:filed:{number}",
        now=now,
        link=_link(row.judge, row),
    )
    return row


@audited("contact_receipt.accept", about="receipt")
def accept_receipt(*, receipt: ContactReceipt, by: Actor, now: datetime) -> ContactReceipt:
    """Accept the edition that waits; from now on its responsible person is the bureau's contact."""
    row = _locked(receipt)
    changes = {"stands": row.edition, "decided_by": by.person, "decided_at": now}
    payload = {"edition": str(row.edition)}
    move(row, "accept", by=by, facts=_judging(row, by), now=now, changes=changes, payload=payload)
    notify_all([_notice(row, "contacts", "联系人回执已确认", f"accepted:{row.edition}", now)])
    return row


@audited("contact_receipt.send_back", about="receipt")
def send_back_receipt(*, receipt: ContactReceipt, reason: str, by: Actor, now: datetime) -> ContactReceipt:
    """Send an edition back with what is to be mended; what was accepted before stays in force."""
    row = _locked(receipt)
    changes = {"return_reason": reason.strip(), "decided_by": by.person, "decided_at": now}
    facts = {**_judging(row, by), "reason": reason}
    move(
        row, "send_back", by=by, facts=facts, now=now, changes=changes, payload={"edition": str(row.edition)}
    )
    notify_all([_notice(row, "returned", "联系人回执已退回，请补正", f"returned:{row.edition}", now)])
    return row


def reminders(today: date, soon: date, now: datetime) -> list[Notice]:
    """Who has not sent: told shortly before the day and once it is over; then whoever asked is told too (D47-A3)."""
    found = []
    late: dict[int, list[ContactReceipt]] = {}
    for row in contacts.running_late(today, soon):
        day = row.round.due_on
        if day < today:
            late.setdefault(row.round_id, []).append(row)
            found.append(
                _notice(row, "reminder", f"联系人回执已过 {day} 的期限，请尽快报送", f"late:{day}", now)
            )
        else:
            found.append(_notice(row, "reminder", f"请于 {day} 前报送联系人回执", f"soon:{day}", now))
    for rows in late.values():
        first = rows[0].round
        found.append(
            Notice(
                org=f"bureau:{first.bureau}",
                obj=first.journal_key,
                kind="reminder",
                title=f"{first.title}：期限已过，{len(rows)} 个单位没有报送联系人回执",
                link=f"{_desk(first.bureau)}contacts/{first.pk}/",
                key=f"{first.journal_key}:late:{first.due_on}",
                at=now,
            )
        )
    return found


def _desk(code: str) -> str:
    return "/province/" if code == regions.PROVINCE else "/city/"


def _link(code: str, row: ContactReceipt) -> str:
    return f"{_desk(code)}contacts/receipts/{row.pk}/"


def _notice(row: ContactReceipt, kind: str, title: str, step: str, now: datetime) -> Notice:
    return Notice(
        org=row.bureau.key,
        obj=row.journal_key,
        kind=kind,
        title=title,
        link=_link(row.bureau.code, row),
        key=f"{row.journal_key}:{step}",
        at=now,
    )


def _facts(row: ContactReceipt, by: Actor) -> dict[str, Any]:
    return {
        "bureau": row.bureau.key,
        "judge": f"bureau:{row.judge}",
        "org": by.org,
    }


def _judging(row: ContactReceipt, by: Actor) -> dict[str, Any]:
    return {**_facts(row, by), "person": by.person, "writers": contacts.writers(row)}


def _locked(receipt: ContactReceipt) -> ContactReceipt:
    rows = ContactReceipt.objects.select_for_update(of=("self",)).select_related("bureau", "round")
    return rows.get(pk=receipt.pk)


def _refuse(found: Iterable[Refusal | None]) -> None:
    refusals = [refusal for refusal in found if refusal is not None]
    if refusals:
        raise Refused(refusals)
