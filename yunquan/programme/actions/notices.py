"""公告和指南 on the public pages: drafted, published by a second person, taken into the archive (D47-5.1)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from yunquan.journal.actions import audited, move, notify, record
from yunquan.kernel.calendar import local_date
from yunquan.kernel.refusal import Refusal
from yunquan.kernel.workflow import Actor
from yunquan.parties.checks import role_allows
from yunquan.programme.actions.cycles import PROVINCE_ROLES, refuse
from yunquan.programme.models import PublicNotice

ARTICLE = "D47-5.1"
TITLE_MOST, BODY_MOST, SOURCE_MOST = 120, 20_000, 80


@audited("public_notice.draft", about="notice")
def draft_notice(
    *,
    title: str,
    body: str,
    kind: str,
    audience: str = "",
    source: str = "",
    until_on: date | None = None,
    by: Actor,
    now: datetime,
) -> PublicNotice:
    """Begin a notice or a guide; nobody outside the province sees it yet."""
    refuse([role_allows(by.role, PROVINCE_ROLES, "起草公告")])
    written = _written(title, body, kind, audience, source, until_on)
    refuse(notice_faults(written, local_date(now)))
    row = PublicNotice.objects.create(**written, drafted_by=by.person, drafted_at=now)
    payload = {"title": row.title}
    record(
        "public_notice.draft",
        by=by,
        obj=row.journal_key,
        now=now,
        why=ARTICLE,
        post=row.state,
        payload=payload,
    )
    return row


@audited("public_notice.edit", about="notice")
def edit_notice(
    *,
    notice: PublicNotice,
    title: str,
    body: str,
    kind: str,
    audience: str = "",
    source: str = "",
    until_on: date | None = None,
    by: Actor,
    now: datetime,
) -> PublicNotice:
    """Write a draft anew; whoever does counts as its drafter from then on."""
    row = _locked(notice)
    refusals = [role_allows(by.role, PROVINCE_ROLES, "修改公告")]
    if row.state != "draft":
        message = f"现在是“{row.lifecycle.states[row.state]}”，不能修改。"
        refusals.append(
            Refusal("not_a_draft", message, ARTICLE, "退回起草后再改；已发布的，归档后另发一篇。")
        )
    written = _written(title, body, kind, audience, source, until_on)
    refuse([*refusals, *notice_faults(written, local_date(now))])
    for name, value in {**written, "drafted_by": by.person, "drafted_at": now}.items():
        setattr(row, name, value)
    row.save(update_fields=[*written, "drafted_by", "drafted_at"])
    record(
        "public_notice.edit", by=by, obj=row.journal_key, now=now, why=ARTICLE, payload={"title": row.title}
    )
    return row


@audited("public_notice.submit", about="notice")
def submit_notice(*, notice: PublicNotice, by: Actor, now: datetime) -> PublicNotice:
    """Give a draft to a second person."""
    row = _locked(notice)
    move(row, "submit", by=by, facts=_facts(row, by, now), now=now, changes={"return_reason": ""})
    notify(
        org="bureau:440000",
        obj=row.journal_key,
        kind="public_notice",
        title=f"公告待审核：{row.title}",
        key=f"{row.journal_key}:{row.version}",
        now=now,
        link=f"/province/notices/{row.pk}/",
    )
    return row


@audited("public_notice.publish", about="notice")
def publish_notice(*, notice: PublicNotice, by: Actor, now: datetime) -> PublicNotice:
    """Put a notice on the public pages; another person than its drafter (S3)."""
    row = _locked(notice)
    changes = {"published_at": now, "published_by": by.person}
    payload = {"title": row.title}
    move(row, "publish", by=by, facts=_facts(row, by, now), now=now, changes=changes, payload=payload)
    return row


@audited("public_notice.send_back", about="notice")
def send_back_notice(*, notice: PublicNotice, reason: str, by: Actor, now: datetime) -> PublicNotice:
    """Give a notice back to its drafter, with the reason."""
    row = _locked(notice)
    facts = {**_facts(row, by, now), "reason": reason}
    changes = {"return_reason": reason.strip()}
    move(row, "send_back", by=by, facts=facts, now=now, changes=changes, payload={"reason": reason.strip()})
    return row


@audited("public_notice.discard", about="notice")
def discard_notice(*, notice: PublicNotice, by: Actor, now: datetime) -> PublicNotice:
    """Give up a notice that was never published."""
    row = _locked(notice)
    move(row, "discard", by=by, facts={}, now=now)
    return row


@audited("public_notice.archive", about="notice")
def archive_notice(*, notice: PublicNotice, reason: str, by: Actor, now: datetime) -> PublicNotice:
    """Take a published notice off the current pages; it stays readable in the archive, with the reason."""
    row = _locked(notice)
    changes = {"archived_at": now, "archived_reason": reason.strip()}
    facts = {"reason": reason}
    move(row, "archive", by=by, facts=facts, now=now, changes=changes, payload={"reason": reason.strip()})
    return row


def run_out(today: date) -> list[PublicNotice]:
    """The published notices whose last day is over, for the clock."""
    return list(PublicNotice.objects.filter(state="published", until_on__lt=today).order_by("pk"))


def _written(
    title: str, body: str, kind: str, audience: str, source: str, until_on: date | None
) -> dict[str, Any]:
    return {
        "title": " ".join(title.split()),
        "body": body.strip(),
        "kind": kind,
        "audience": audience,
        "source": source.strip(),
        "until_on": until_on,
    }


def notice_faults(written: Mapping[str, Any], today: date) -> list[Refusal]:
    """Everything that a notice lacks."""
    found = []
    for name, label, most in (("title", "标题", TITLE_MOST), ("body", "正文", BODY_MOST)):
        if not written[name]:
            found.append(Refusal("missing", f"没有填写{label}。", ARTICLE, f"请填写{label}。", name))
        if len(written[name]) > most:
            found.append(Refusal("too_long", f"{label}超过 {most} 个字。", ARTICLE, f"请缩短{label}。", name))
    if len(written["source"]) > SOURCE_MOST:
        found.append(Refusal("too_long", f"来源超过 {SOURCE_MOST} 个字。", ARTICLE, "请缩短来源。", "source"))
    if written["kind"] not in PublicNotice.Kind.values:
        found.append(Refusal("unknown_kind", "没有这种公告。", ARTICLE, "请选择通知公告或办事指南。", "kind"))
    if written["audience"] and written["audience"] not in PublicNotice.Audience.values:
        found.append(Refusal("unknown_audience", "没有这种对象。", ARTICLE, "请从列表中选择。", "audience"))
    if written["kind"] == PublicNotice.Kind.GUIDE and not written["audience"]:
        found.append(Refusal("missing", "没有选择指南面向谁。", ARTICLE, "请选择。", "audience"))
    if written["until_on"] is not None and written["until_on"] < today:
        found.append(
            Refusal("day_past", "到期归档的日期已经过去。", ARTICLE, "请改为以后的日期。", "until_on")
        )
    return found


def _facts(row: PublicNotice, by: Actor, now: datetime) -> dict[str, Any]:
    written = {
        name: getattr(row, name) for name in ("title", "body", "kind", "audience", "source", "until_on")
    }
    return {
        "drafted_by": row.drafted_by,
        "person": by.person,
        "faults": notice_faults(written, local_date(now)),
    }


def _locked(notice: PublicNotice) -> PublicNotice:
    return PublicNotice.objects.select_for_update().get(pk=notice.pk)
