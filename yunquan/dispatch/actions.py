"""通知到人: what people chose, the texts, and sending (nothing twice, each one recorded)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from yunquan.dispatch import channels, groups, kinds
from yunquan.dispatch.models import Choice, Dispatch, Progress, Template
from yunquan.journal.actions import audited, record
from yunquan.journal.models import Notice
from yunquan.kernel.calendar import SHANGHAI, local_date
from yunquan.kernel.refusal import Refusal, Refused
from yunquan.kernel.workflow import Actor
from yunquan.parties.access import in_force
from yunquan.parties.models import Appointment, Person
from yunquan.policy.roles import Role

ARTICLE = "D47-5.2"
# An act may still be under way whose notice has a lower number than one already seen.
SETTLED_AFTER = timedelta(hours=1)
LEASE = timedelta(minutes=15)
WAITS = (5, 30, 120, 720)
AT_ONCE = 500
DIGEST_FROM = time(8)
# Who only reads, or only keeps accounts, has no work waiting.
UNTOLD = (Role.AUDITOR, Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN)


@dataclass
class Sent:
    """What one run did."""

    thought_of: int = 0
    sent: int = 0
    failed: int = 0
    errors: list[str] = field(default_factory=list)


@audited("dispatch.choose", about="dispatch")
def choose(
    *,
    choices: Mapping[str, tuple[str, bool]],
    own: Mapping[str, tuple[str, bool] | None] | None = None,
    person: Person,
    by: Actor,
    now: datetime,
) -> None:
    """Keep how a person takes each group: (mail, by_sms), and `own` for single kinds; None goes with the group.

    Raises Refused for what can't be delivered.
    """
    single = {code: chosen for code, chosen in (own or {}).items() if code in kinds.BY_CODE}
    refusals = []
    for code, (mail, by_sms) in choices.items():
        refusals += _undeliverable(code, groups.BY_CODE[code].label, mail, by_sms, person)
    for code, chosen in single.items():
        if chosen is not None:
            refusals += _undeliverable(f"kind-{code}", kinds.BY_CODE[code].label, *chosen, person)
    if refusals:
        raise Refused(refusals)
    for code, (mail, by_sms) in choices.items():
        _keep(person, code, "", mail, by_sms)
    for code, chosen in single.items():
        if chosen is None:
            Choice.objects.filter(person=person, kind=code).delete()
        else:
            _keep(person, kinds.BY_CODE[code].group.code, code, *chosen)
    told = {**choices, **{f"kind:{code}": chosen for code, chosen in single.items()}}
    payload = {code: f"{one[0]}{'+sms' if one[1] else ''}" if one else "group" for code, one in told.items()}
    record("dispatch.choose", by=by, obj=person.key, now=now, why=ARTICLE, payload=payload)


def _undeliverable(field_: str, label: str, mail: str, by_sms: bool, person: Person) -> list[Refusal]:
    """What a choice asks for that can't arrive."""
    found = []
    if mail not in Choice.Mail.values:
        found.append(Refusal("missing", f"请选择“{label}”的邮件方式。", ARTICLE, field=f"{field_}-mail"))
    elif mail != "none" and not person.email:
        found.append(
            Refusal("no_address", "您还没有登记邮箱。", ARTICLE, "请先登记邮箱。", field=f"{field_}-mail")
        )
    if by_sms and not person.phone:
        found.append(
            Refusal("no_phone", "您还没有登记手机号。", ARTICLE, "请先登记手机号。", field=f"{field_}-sms")
        )
    return found


def _keep(person: Person, group: str, kind: str, mail: str, by_sms: bool) -> None:
    if kind:
        # A kind that moved to another group keeps one row alone.
        Choice.objects.filter(person=person, kind=kind).exclude(group=group).delete()
    Choice.objects.update_or_create(
        person=person, group=group, kind=kind, defaults={"mail": mail, "by_sms": by_sms}
    )


@audited("dispatch.reword", about="kind")
def reword(*, kind: str, subject: str, body: str, short: str, by: Actor, now: datetime) -> Template:
    """Keep the text of one kind of notice; an unknown word in braces is refused."""
    refusals = []
    for name, text, label in (
        ("subject", subject, "邮件主题"),
        ("body", body, "邮件正文"),
        ("short", short, "短信"),
    ):
        if not text.strip():
            refusals.append(Refusal("missing", f"请填写{label}。", ARTICLE, field=name))
            continue
        for word in groups.unknown_words(text):
            known = "、".join(f"{{{one}}}" for one in groups.WORDS)
            refusals.append(
                Refusal(
                    "unknown_word", f"{label}中的“{word}”不能识别。", ARTICLE, f"可以用 {known}。", field=name
                )
            )
    if refusals:
        raise Refused(refusals)
    row = Template.objects.select_for_update().filter(kind=kind).first() or Template(kind=kind, version=0)
    row.subject, row.body, row.short = " ".join(subject.split()), body.strip(), short.strip()
    row.version, row.changed_by, row.changed_at = row.version + 1, by.person, now
    row.save()
    payload = {"subject": row.subject, "body": row.body, "short": row.short}
    record(
        "dispatch.reword", by=by, obj=row.journal_key, now=now, why=ARTICLE, objv=row.version, payload=payload
    )
    return row


def work(now: datetime) -> Sent:
    """Think of everyone whom new notices concern, then send what is due; what fails is tried again later.

    A message is marked before it leaves, in a transaction of its own: a kill in between leaves it `unclear`,
    told and not sent a second time.
    """
    told = Sent()
    if not (channels.has_mail() or channels.has_sms()):
        return told
    told.thought_of = _think(now)
    Dispatch.objects.filter(stage="sending", next_at__lte=now - LEASE).update(stage="unclear")
    for group in _due(now):
        _send(group, now, told)
    return told


def _think(now: datetime) -> int:
    """Write a row for each person and way that the notices since the last run concern."""
    with transaction.atomic():
        progress, _ = Progress.objects.select_for_update().get_or_create(pk=1)
        fresh = Notice.objects.filter(pk__gt=progress.upto, at__gt=now - timedelta(days=2)).order_by("pk")
        notices = list(fresh[:5000])
        known = set(Dispatch.objects.filter(notice__in=notices).values_list("notice_id", flat=True))
        rows = _rows([one for one in notices if one.pk not in known], now)
        Dispatch.objects.bulk_create(rows, ignore_conflicts=True)
        settled = Notice.objects.filter(pk__gt=progress.upto, at__lte=now - SETTLED_AFTER)
        last = settled.order_by("-pk").values_list("pk", flat=True).first()
        if last is not None and (len(notices) < 5000 or last <= notices[-1].pk):
            progress.upto = last
        elif len(notices) == 5000:
            progress.upto = notices[-1].pk
        progress.save()
    return len(rows)


def _rows(notices: list[Notice], now: datetime) -> list[Dispatch]:
    people = _people({one.org for one in notices}, local_date(now))
    chosen: dict[tuple[int, str, str], Choice] = {
        (one.person_id, "" if one.kind else one.group, one.kind): one
        for one in Choice.objects.filter(
            person__in={person for held in people.values() for person, _ in held}
        )
    }
    rows: list[Dispatch] = []
    for notice in notices:
        kind, seen = kinds.kind_of(notice.kind), set()
        group = kind.group if kind is not None else groups.group_of(notice.kind)
        for person, role in people.get(notice.org, ()):
            if (notice.role and notice.role != role) or person.pk in seen:
                continue
            seen.add(person.pk)
            choice = chosen.get((person.pk, "", kind.code)) if kind is not None else None
            choice = choice or chosen.get((person.pk, group.code, ""))
            mail = choice.mail if choice is not None else group.mail
            if channels.has_mail() and mail != "none" and person.email:
                stage = "digest" if mail == "digest" else "queued"
                due = _next_digest(now) if mail == "digest" else now
                rows.append(Dispatch(notice=notice, person=person, way="mail", stage=stage, next_at=due))
            if channels.has_sms() and choice is not None and choice.by_sms and person.phone:
                rows.append(Dispatch(notice=notice, person=person, way="sms", stage="queued", next_at=now))
    return rows


def _people(orgs: Iterable[str], today: date) -> dict[str, list[tuple[Person, str]]]:
    """Who acts for each organisation today, in one query for each kind of organisation."""
    numbers: dict[str, list[str]] = {}
    for org in orgs:
        kind, _, number = org.partition(":")
        numbers.setdefault(kind, []).append(number)
    wanted = Q(pk__in=[])
    for kind, field_ in (
        ("enterprise", "enterprise_id"),
        ("supplier", "supplier_id"),
        ("bureau", "bureau__code"),
    ):
        if numbers.get(kind):
            wanted |= Q(**{f"{field_}__in": numbers[kind]})
    rows = Appointment.objects.filter(in_force(today), wanted).exclude(role__in=UNTOLD)
    found: dict[str, list[tuple[Person, str]]] = {}
    for row in rows.select_related("person", "enterprise", "supplier", "bureau").order_by("pk"):
        found.setdefault(row.org_key, []).append((row.person, row.role))
    return found


def _next_digest(now: datetime) -> datetime:
    """The next eight o'clock in the morning, Shanghai."""
    here = now.astimezone(SHANGHAI)
    day = here.date() if here.time() < DIGEST_FROM else here.date() + timedelta(days=1)
    return datetime.combine(day, DIGEST_FROM, tzinfo=SHANGHAI)


def _due(now: datetime) -> list[list[Dispatch]]:
    """What is to leave now, claimed: single messages, and a digest for each person."""
    with transaction.atomic():
        waiting = Dispatch.objects.select_for_update(of=("self",), skip_locked=True)
        rows = list(
            waiting.filter(stage__in=("queued", "digest"), next_at__lte=now)
            .select_related("notice", "person")
            .order_by("pk")[:AT_ONCE]
        )
        Dispatch.objects.filter(pk__in=[one.pk for one in rows]).update(stage="sending", next_at=now)
    digests: dict[int, list[Dispatch]] = {}
    single: list[list[Dispatch]] = []
    for one in rows:
        if one.stage == "digest":
            digests.setdefault(one.person_id, []).append(one)
        else:
            single.append([one])
    return single + list(digests.values())


def _send(rows: list[Dispatch], now: datetime, told: Sent) -> None:
    """Send one message (or one digest) and write down what became of it."""
    first, person = rows[0], rows[0].person
    key = f"{first.pk}-{first.notice_id}-{first.tries}"
    address = person.email if first.way == "mail" else person.phone
    ids = [one.pk for one in rows]
    try:
        if not address or not person.is_active:
            raise channels.NotSent("收件人已没有地址", for_good=True)
        if first.way == "sms":
            channels.send_sms(to=address, text=texts(first.notice, person)["short"], key=key)
        else:
            subject, body = _mail(rows, person)
            channels.send_mail(to=address, subject=subject, body=body, key=key)
    except channels.NotSent as failed:
        tries = first.tries + 1
        over = failed.for_good or tries > len(WAITS)
        changes = {"stage": "failed" if over else first.stage, "tries": tries, "error": str(failed)[:200]}
        changes["next_at"] = now + timedelta(minutes=WAITS[min(tries, len(WAITS)) - 1])
        Dispatch.objects.filter(pk__in=ids, stage="sending").update(**changes)
        told.failed += 1
        told.errors.append(str(failed))
        return
    batch = key if len(rows) > 1 else ""
    Dispatch.objects.filter(pk__in=ids, stage="sending").update(
        stage="sent", sent_at=now, to=masked(address), batch=batch, error=""
    )
    told.sent += 1


def _mail(rows: list[Dispatch], person: Person) -> tuple[str, str]:
    if len(rows) == 1:
        written = texts(rows[0].notice, person)
        return written["subject"], written["body"]
    lines = [
        f"{number}. {one.notice.title}" + (f"\n   {one.notice.text}" if one.notice.text else "")
        for number, one in enumerate(rows, 1)
    ]
    words = {"title": f"今天有 {len(rows)} 条消息", "text": "\n".join(lines), "name": person.name}
    words |= {"link": _link(""), "site": settings.YUNQUAN_SITE_NAME}
    return groups.filled(groups.SUBJECT, words), groups.filled(groups.BODY, words)


def texts(notice: Notice, person: Person) -> dict[str, str]:
    """The subject, body and short text of a notice for a person, by the template of its kind."""
    row = Template.objects.filter(kind=notice.kind).first()
    words = {
        "title": notice.title,
        "text": notice.text,
        "link": _link(notice.link),
        "name": person.name,
        "site": settings.YUNQUAN_SITE_NAME,
    }
    subject = groups.filled(row.subject if row else groups.SUBJECT, words)
    body = groups.filled(row.body if row else groups.BODY, words)
    short = groups.filled(row.short if row else groups.SHORT, words)
    return {"subject": subject[: groups.SUBJECT_MOST], "body": body, "short": short[: groups.SHORT_MOST]}


def _link(link: str) -> str:
    return f"{settings.YUNQUAN_SITE_URL.rstrip('/')}{link or '/desk/'}"


def masked(address: str) -> str:
    """An address as it is kept beside what was sent: enough to recognise one's own.

    >>> masked("zhang@example.com"), masked("13800001234")
    ('z***@example.com', '138****1234')
    """
    name, at, host = address.partition("@")
    return f"{name[:1]}***@{host}" if at else f"{address[:3]}****{address[-4:]}"
