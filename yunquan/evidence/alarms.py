"""Alarms on invoices: written when one is heard of, answered once it was looked into (D47-5.14, D47-5.23).

Evidence knows no vouchers. Who rests on an invoice, and who must be told, is asked of the layer above, which calls
these inside its own transaction and lock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from yunquan.evidence.lifecycle import ALARM, HOLDING
from yunquan.evidence.models import Invoice, InvoiceAlarm, RedInvoice, StoredFile
from yunquan.evidence.reading.facts import InvoiceFacts
from yunquan.journal.actions import record
from yunquan.journal.rows import insert
from yunquan.kernel.refusal import Refusal, Refused
from yunquan.kernel.workflow import Actor

ACTIONS = {"lifted": "lift", "upheld": "uphold"}
# An invoice may be reversed in parts; a list with red rows without end still asks for a few answers only.
MOST_OPEN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What was heard of an invoice: red or void, when, by how much (fen; None is all of it), and from where."""

    key: str
    kind: str
    happened_on: date
    note: str
    reversed_fen: int | None = None
    red_number: str = ""
    file: StoredFile | None = None


def enter_alarm(heard: Heard, *, by: Actor, now: datetime, vouchers: list[str]) -> InvoiceAlarm:
    """Write an alarm down with the numbers of the vouchers that it holds; raises Refused for one known already."""
    row = InvoiceAlarm(
        key=heard.key,
        kind=heard.kind,
        happened_on=heard.happened_on,
        reversed_fen=heard.reversed_fen,
        red_number=heard.red_number.strip(),
        note=heard.note.strip(),
        file=heard.file,
        raised_by=by.person,
        raised_at=now,
    )
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        if not _reversals(heard).filter(answer__in=HOLDING).exists():
            raise
        raise Refused([_known()]) from None
    payload = {"invoice": heard.key, "kind": heard.kind, "vouchers": vouchers, "note": row.note}
    record(
        "alarm.raise",
        by=by,
        obj=row.journal_key,
        now=now,
        why="D47-5.14",
        post=ALARM.initial,
        payload=payload,
    )
    return row


def is_known(heard: Heard) -> bool:
    """Whether the same reversal was told before, answered or not: a file says nothing new then."""
    return _reversals(heard).exists()


def _reversals(heard: Heard) -> QuerySet[InvoiceAlarm]:
    number = heard.red_number.strip()
    return InvoiceAlarm.objects.filter(key=heard.key, kind=heard.kind, red_number=number)


def answer(alarm: InvoiceAlarm, *, answer: str, reason: str, by: Actor, now: datetime) -> InvoiceAlarm:
    """Lift or uphold an alarm; the second person and the reason are asked by the table (S3)."""
    row = InvoiceAlarm.objects.select_for_update().get(pk=alarm.pk)
    action = ACTIONS.get(answer)
    if action is None:
        raise Refused([Refusal("missing", "请选择解除或认定属实。", "D47-5.14", field="answer")])
    facts = {"reason": reason, "person": by.person, "earlier_persons": {row.raised_by, row.answered_by}}
    decision = ALARM.decide(action, state=row.answer, role=by.role, facts=facts)
    if decision.row is None:
        raise Refused(decision.refusals)
    before, times = row.answer, 2 if row.answer == "upheld" else 1
    row.answer, row.answered_by, row.answered_at = decision.row.target, by.person, now
    row.answer_reason = reason.strip()
    row.save(update_fields=["answer", "answered_by", "answered_at", "answer_reason"])
    record(
        f"alarm.{action}",
        by=by,
        obj=row.journal_key,
        now=now,
        why=decision.row.article,
        pre=before,
        post=row.answer,
        objv=times,
        payload={"invoice": row.key, "reason": row.answer_reason},
    )
    return row


def heard_in(facts: InvoiceFacts, file: StoredFile) -> Heard | None:
    """What a red invoice tells of the blue one that it names; None where it is not red or names none.

    Only the seller of the blue invoice can reverse it, so another's paper raises nothing.
    """
    heard = red_heard(facts, file)
    if heard is None:
        return None
    blue = Invoice.objects.filter(key=heard.key).order_by("-is_live", "-pk").first()
    if blue is None or blue.seller_uscc != (facts.seller_no or ""):
        return None
    part = heard.reversed_fen is not None and heard.reversed_fen < blue.gross_fen
    return heard if part else replace(heard, reversed_fen=None)


def red_heard(facts: InvoiceFacts, file: StoredFile) -> Heard | None:
    """What a red invoice says by itself of the blue one, whether or not that one is known; None where it says none."""
    if not facts.red or not facts.reverses or facts.issued_on is None:
        return None
    return Heard(
        key=facts.reverses,
        kind=InvoiceAlarm.Kind.RED,
        happened_on=facts.issued_on,
        reversed_fen=abs(facts.gross_fen) if facts.gross_fen else None,
        red_number=(facts.number or "")[:20],
        note=f"读取上传的文件“{file.name}”时发现红字发票",
        file=file,
    )


Hearer = Callable[[StoredFile, InvoiceFacts, datetime], None]
_hearers: list[Hearer] = []


def tells_red(hearer: Hearer) -> None:
    """Have each red invoice that a reader finds told to a layer above."""
    if hearer not in _hearers:
        _hearers.append(hearer)


def tell_reds(file: StoredFile, papers: Iterable[InvoiceFacts], *, now: datetime) -> None:
    """A reader found invoices: of the red ones that name an invoice known here, whoever asked is told.

    All are kept for claims that come later. A list may hold thousands of red rows; those that concern nobody cost
    few queries together.
    """
    reds = [facts for facts in papers if facts.red and facts.reverses]
    _keep(file, reds, now=now)
    known = (
        Invoice.objects.filter(key__in={facts.reverses for facts in reds}) if reds else Invoice.objects.none()
    )
    keys = set(known.values_list("key", flat=True))
    for facts in reds:
        if facts.reverses in keys:
            for hearer in _hearers:
                hearer(file, facts, now)


RED = ("key", "red_number", "seller_uscc", "issued_on", "reversed_fen", "org", "file", "read_at")


def _keep(file: StoredFile, reds: Iterable[InvoiceFacts], *, now: datetime) -> None:
    """Keep red invoices under the blue ones that they name, each once for an organisation that sent it."""
    rows = [
        (
            facts.reverses,
            (facts.number or "").strip()[:20],
            facts.seller_no,
            facts.issued_on,
            abs(facts.gross_fen) if facts.gross_fen else None,
            file.org,
            file.pk,
            now,
        )
        for facts in reds
        if facts.reverses and len(facts.reverses) <= 60
        if facts.issued_on and facts.seller_no and len(facts.seller_no) <= 20
    ]
    if rows:
        insert(RedInvoice, RED, rows, skip_known=True)


def read_before(
    blues: Iterable[tuple[str, str]], *, orgs: Sequence[str], strangers: bool = True
) -> list[tuple[StoredFile, InvoiceFacts]]:
    """The red invoices of the same seller read so far that name these, each given by its key and seller's code.

    Of bureaus and of `orgs` up to MOST_OPEN for each; of others one for each, for it only tells that there is one.
    """
    found: list[tuple[StoredFile, InvoiceFacts]] = []
    trusted = Q(org__in=orgs) | Q(org__startswith="bureau:")
    for key, seller in blues:
        rows = RedInvoice.objects.filter(key=key, seller_uscc=seller).select_related("file").order_by("pk")
        named = list(rows.filter(trusted)[:MOST_OPEN])
        if strangers:
            named += rows.exclude(trusted)[:1]
        found += [(row.file, _as_read(row)) for row in named]
    return found


def _as_read(row: RedInvoice) -> InvoiceFacts:
    return InvoiceFacts(
        number=row.red_number,
        issued_on=row.issued_on,
        seller_no=row.seller_uscc,
        gross_fen=-row.reversed_fen if row.reversed_fen is not None else None,
        red=True,
        reverses=row.key,
    )


def has_enough(heard: Heard) -> bool:
    """Whether so many alarms stand open on an invoice that one more by a file would tell nobody anything."""
    return InvoiceAlarm.objects.filter(key=heard.key, answer="open").count() >= MOST_OPEN


def _known() -> Refusal:
    return Refusal(
        "alarm_known",
        "这张发票的同一次红冲或作废已经登记，还没有解除。",
        "D47-5.14",
        "请在“发票警示”中查看。",
        "number",
    )
