"""留言: anyone writes, a bureau answers in working days, anyone follows it by its code (D47-8.5)."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from yunquan.evidence.models import StoredFile
from yunquan.feedback.checks import ARTICLE
from yunquan.feedback.models import Message
from yunquan.journal.actions import audited, move, notify, record
from yunquan.kernel.calendar import local_date
from yunquan.kernel.refusal import Refusal, Refused
from yunquan.kernel.workflow import Actor
from yunquan.parties import regions
from yunquan.parties.models import Bureau, Supplier
from yunquan.programme.rules import current_rulebook, working_calendar
from yunquan.vouchers.models import Voucher

# Without characters that are mistaken for one another on paper or the telephone.
CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
NEEDED = {"title": "标题", "text": "内容"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What a visitor wrote; `voucher` and `supplier` are a number and a name or code as they were typed."""

    kind: str
    about: str
    title: str
    text: str
    city: str = ""
    voucher: str = ""
    supplier: str = ""
    sender: str = ""
    contact: str = ""
    file: StoredFile | None = None
    publication_allowed: bool = False


@audited("message.send", about="message")
def send(*, written: Written, by: Actor, now: datetime) -> Message:
    """Take a message and give its code; a report may be unnamed (D47-8.5). Raises Refused with every fault."""
    refusals = [
        Refusal("missing", f"请填写{label}。", ARTICLE, field=name)
        for name, label in NEEDED.items()
        if not getattr(written, name).strip()
    ]
    if written.kind not in Message.Kind.values:
        refusals.append(Refusal("missing", "请选择类别。", ARTICLE, field="kind"))
    if written.about not in Message.About.values:
        refusals.append(Refusal("missing", "请选择反映的对象。", ARTICLE, field="about"))
    if written.city and not regions.city(written.city):
        refusals.append(Refusal("unknown_city", "请选择广东省的地市。", ARTICLE, field="city"))
    if refusals:
        raise Refused(refusals)
    voucher = (
        Voucher.objects.filter(number=written.voucher.strip().upper()).first() if written.voucher else None
    )
    supplier = _supplier(written.supplier.strip()) or (
        voucher.supplier if voucher and _is_grave(written) else None
    )
    bureau = _bureau(written, voucher)
    row = Message.objects.create(
        code="LY" + "".join(secrets.choice(CODE_ALPHABET) for _ in range(10)),
        kind=written.kind,
        about=written.about,
        supplier=supplier,
        voucher=voucher,
        city=written.city or (voucher.city if voucher else ""),
        bureau=bureau,
        title=written.title.strip(),
        text=_with_typed(written, voucher, supplier),
        sender=written.sender.strip(),
        contact=written.contact.strip(),
        file=written.file,
        publication_allowed=written.publication_allowed,
        sent_at=now,
        due_on=_due(now),
    )
    record(
        "message.send",
        by=by,
        obj=row.journal_key,
        now=now,
        why=ARTICLE,
        post=row.state,
        payload={"kind": row.kind, "about": row.about, "bureau": bureau},
    )
    _tell(row, f"收到{row.get_kind_display()}，请受理", now=now)
    return row


def _is_grave(written: Written) -> bool:
    return (
        written.kind in (Message.Kind.COMPLAINT, Message.Kind.REPORT)
        and written.about == Message.About.SUPPLIER
    )


def _supplier(typed: str) -> Supplier | None:
    """The supplier of a code or a whole name; a visitor learns nothing from what isn't found."""
    if not typed:
        return None
    return Supplier.objects.filter(uscc=typed.upper()).first() or Supplier.objects.filter(name=typed).first()


def _with_typed(written: Written, voucher: Voucher | None, supplier: Supplier | None) -> str:
    """What was typed and not found stays readable: nothing that a visitor wrote is lost."""
    lost = [
        f"{label}：{typed.strip()}"
        for label, typed, found in (
            ("券号", written.voucher, voucher),
            ("供应商", written.supplier, supplier),
        )
        if typed.strip() and found is None
    ]
    return "\n".join([written.text.strip(), *(["（留言人另填）" + "；".join(lost)] if lost else [])])


def _bureau(written: Written, voucher: Voucher | None) -> str:
    """Who answers: the province for what concerns a bureau or the programme, else the city it is about."""
    if written.about in (Message.About.BUREAU, Message.About.PROGRAMME):
        return regions.PROVINCE
    city = voucher.city if voucher is not None else written.city
    return city if city and Bureau.objects.filter(code=city).exists() else regions.PROVINCE


def _due(now: datetime) -> Any:
    today = local_date(now)
    days = current_rulebook().value("feedback.answer_working_days", today).value
    return working_calendar().add_working_days(today, days)


def _tell(row: Message, title: str, *, now: datetime) -> None:
    key = f"{row.journal_key}:{row.version}:{row.bureau}"
    notify(org=f"bureau:{row.bureau}", obj=row.journal_key, kind="message", title=title, key=key, now=now)


def _facts(row: Message, by: Actor, **facts: Any) -> dict[str, Any]:
    return {"is_about_bureau": row.about == Message.About.BUREAU, "org": by.org, **facts}


def _locked(message: Message) -> Message:
    return Message.objects.select_for_update(of=("self",)).get(pk=message.pk)


def _step(
    row: Message,
    action: str,
    *,
    by: Actor,
    now: datetime,
    facts: Mapping[str, Any],
    changes: Mapping[str, Any] | None = None,
    payload: Mapping[str, Any] | None = None,
) -> Message:
    move(row, action, by=by, facts=facts, now=now, changes=dict(changes or {}), payload=payload)
    return row


@audited("message.accept", about="message")
def accept(*, message: Message, by: Actor, now: datetime) -> Message:
    """Take a message up; from now on a complaint weighs in a draw (D858-1)."""
    row = _locked(message)
    return _step(row, "accept", by=by, now=now, facts=_facts(row, by))


@audited("message.transfer", about="message")
def transfer(*, message: Message, to: str, reason: str, by: Actor, now: datetime) -> Message:
    """Pass a message to the bureau that it concerns; its due day stays."""
    row = _locked(message)
    known = to if to and Bureau.objects.filter(code=to).exclude(level="county").exists() else ""
    facts = _facts(row, by, reason=reason, to=known, bureau=row.bureau)
    _step(
        row,
        "transfer",
        by=by,
        now=now,
        facts=facts,
        changes={"bureau": known},
        payload={"reason": reason, "to": to},
    )
    _tell(row, "转来一条留言，请受理", now=now)
    return row


@audited("message.dismiss", about="message")
def dismiss(*, message: Message, reason: str, by: Actor, now: datetime) -> Message:
    """Don't take a message up, with the reason that its sender is shown."""
    row = _locked(message)
    changes = {"dismissed_reason": reason.strip()}
    facts = _facts(row, by, reason=reason)
    return _step(row, "dismiss", by=by, now=now, facts=facts, changes=changes, payload={"reason": reason})


@audited("message.answer", about="message")
def answer(
    *,
    message: Message,
    answer: str,
    is_published: bool = False,
    public_text: str = "",
    by: Actor,
    now: datetime,
) -> Message:
    """Answer a message; published with the bureau's own summary where its sender allowed it."""
    row = _locked(message)
    facts = _facts(
        row,
        by,
        answer=answer,
        is_published=is_published,
        publication_allowed=row.publication_allowed,
        public_text=public_text,
    )
    changes = {
        "answer": answer.strip(),
        "answered_by": by.person,
        "answered_at": now,
        "is_published": is_published,
        "public_text": public_text.strip() if is_published else "",
    }
    return _step(row, "answer", by=by, now=now, facts=facts, changes=changes, payload={"answer": answer})


@audited("message.ask_again", about="message")
def ask_again(*, message: Message, reason: str, by: Actor, now: datetime) -> Message:
    """The sender is not content and asks once more; the days run anew, and a published answer is taken down."""
    row = _locked(message)
    facts = {"reason": reason, "reopened": bool(row.reopened_reason)}
    changes = {"reopened_reason": reason.strip()[:2000], "due_on": _due(now), "is_published": False}
    _step(row, "ask_again", by=by, now=now, facts=facts, changes=changes, payload={"reason": reason})
    _tell(row, "留言人对答复有追问，请再次答复", now=now)
    return row


@audited("message.rate", about="message")
def rate(*, message: Message, rating: int, note: str, by: Actor, now: datetime) -> Message:
    """The sender says how content they are, one to five; the message is closed."""
    row = _locked(message)
    changes = {"rating": rating if rating in range(1, 6) else None, "rating_note": note.strip()[:300]}
    return _step(
        row,
        "rate",
        by=by,
        now=now,
        facts={"rating": rating},
        changes=changes,
        payload={"rating": str(rating)},
    )


@audited("message.close", about="message")
def close(*, message: Message, by: Actor, now: datetime) -> Message:
    """The clock closes what was answered and left unrated for thirty days."""
    row = _locked(message)
    days = (local_date(now) - local_date(row.answered_at)).days if row.answered_at else 0
    return _step(row, "close", by=by, now=now, facts={"days": days})
