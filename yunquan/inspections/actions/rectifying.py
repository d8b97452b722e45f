"""The verbs of the rectification 整改 and of the candidates 培育对象 (D858-2.3)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from yunquan.evidence.models import StoredFile
from yunquan.inspections.lifecycle import APPROVERS, OFFICERS
from yunquan.inspections.models import Candidate, Inspection, Rectification
from yunquan.inspections.rectify_checks import ARTICLE, problem_told
from yunquan.journal.actions import audited, move, notify_all, record
from yunquan.journal.models import Notice
from yunquan.kernel.calendar import local_date
from yunquan.kernel.refusal import Refusal, Refused
from yunquan.kernel.workflow import Actor
from yunquan.policy.regimes import load_regime
from yunquan.policy.roles import Role
from yunquan.programme.rules import working_calendar

KINDS = {"benchmark_candidate": "标杆培育企业", "excellent_supplier_candidate": "优秀服务商培育对象"}
ORDERERS = (*OFFICERS, *APPROVERS)
REMIND_DAYS = (3, 1)


def due_for(inspection: Inspection, *, now: datetime) -> date | None:
    """The last day of a rectification that is ordered today, in the working days of the regime; None where it has none."""
    found = load_regime(inspection.plan.regime).find(
        "rectification_working_days", inspection.plan.in_force_on
    )
    if found is None:
        return None
    return working_calendar().add_working_days(local_date(now), int(found.value))


@audited("rectification.order", about="inspection")
def order(
    *,
    inspection: Inspection,
    problem: str,
    by: Actor,
    now: datetime,
    due_on: date | None = None,
    article: str = ARTICLE,
) -> Rectification:
    """Order what was found to be mended until a day: the regime's working days where no day is given (D858-2.3).

    A second order for the same inspection gives the first, unless that one failed. Enterprise and supplier are told.
    """
    row = (
        Inspection.objects.select_for_update(of=("self",))
        .select_related("plan", "voucher")
        .get(pk=inspection.pk)
    )
    earlier = Rectification.objects.filter(inspection=row).exclude(state="failed").first()
    if earlier is not None:
        return earlier
    due_on = due_on or due_for(row, now=now)
    today = local_date(now)
    facts = {"problem": problem, "due_on": due_on, "today": today, "role": by.role, "roles": ORDERERS}
    refusals = problem_told(facts)
    if by.org not in row.acting_orgs:
        refusals.append(Refusal("not_your_case", "这次抽查不归本单位办理。", ARTICLE))
    if refusals or due_on is None:
        raise Refused(refusals)
    made = Rectification.objects.create(
        inspection=row,
        problem=problem.strip(),
        due_on=due_on,
        article=article,
        ordered_by=by.person,
        ordered_at=now,
    )
    record(
        "rectification.order",
        by=by,
        obj=made.journal_key,
        now=now,
        why=article,
        pol=row.plan.regime_version,
        payload={"problem": problem.strip(), "due": due_on.isoformat(), "inspection": row.journal_key},
    )
    title = f"请于 {due_on} 前整改并报送情况：服务券 {row.voucher.number}"
    notify_all(_tell(made, "ordered", title, problem.strip(), _parties(made), now))
    return made


@audited("rectification.file", about="rectification")
def file(
    *, rectification: Rectification, report: str, files: Sequence[int], by: Actor, now: datetime
) -> Rectification:
    """Report what was done, with the papers that show it; one party reports for both (D858-2.3).

    `files` are uploads of the reporter's own organisation. Raises Refused with everything that is missing.
    """
    row = _locked(rectification)
    asked = list(dict.fromkeys(files))
    own = list(StoredFile.objects.filter(pk__in=asked, org=by.org).order_by("pk"))
    facts = {"report": report, "file_count": len(own), "asked_count": len(asked)}
    changes = {"report": report.strip(), "filed_by": by.person, "filed_at": now}
    shown = [one.sha256 for one in own]
    move(
        row,
        "file",
        by=by,
        facts=facts,
        now=now,
        changes=changes,
        payload={"report": report.strip(), "files": shown},
    )
    row.files.add(*own)
    title = f"整改情况待复查：服务券 {row.inspection.voucher.number}"
    notify_all(_tell(row, "filed", title, "", _bureaus(row), now))
    return row


@audited("rectification.send_back", about="rectification")
def send_back(
    *, rectification: Rectification, reason: str, due_on: date | None, by: Actor, now: datetime
) -> Rectification:
    """Let what was reported be mended again, with the reason and a new day."""
    row = _locked(rectification)
    facts = {"reason": reason, "due_on": due_on, "today": local_date(now), **_second(row, by)}
    changes: dict[str, Any] = {"check_note": reason.strip(), "checked_by": by.person, "checked_at": now}
    if due_on is not None:
        changes["due_on"] = due_on
    move(row, "send_back", by=by, facts=facts, now=now, changes=changes, payload={"reason": reason.strip()})
    title = f"整改被退回，请于 {row.due_on} 前重新报送：服务券 {row.inspection.voucher.number}"
    notify_all(_tell(row, "returned", title, reason.strip(), _parties(row), now))
    return row


@audited("rectification.pass", about="rectification")
def accept(*, rectification: Rectification, note: str, by: Actor, now: datetime) -> Rectification:
    """Find at the second check that it was mended; another person than who ordered it (D858-2.3)."""
    row = _locked(rectification)
    changes = {"check_note": note.strip(), "checked_by": by.person, "checked_at": now}
    facts = {"note": note, **_second(row, by)}
    move(row, "pass", by=by, facts=facts, now=now, changes=changes, payload={"note": note.strip()})
    title = f"整改复查通过：服务券 {row.inspection.voucher.number}"
    notify_all(_tell(row, "passed", title, note.strip(), _parties(row), now))
    return row


@audited("rectification.fail", about="rectification")
def fail(*, rectification: Rectification, reason: str, by: Actor, now: datetime) -> Rectification:
    """Find that it was not mended; the bureau is told that another decision has to be proposed (D858-2.3)."""
    row = _locked(rectification)
    changes = {"check_note": reason.strip(), "checked_by": by.person, "checked_at": now}
    facts = {"reason": reason, **_second(row, by)}
    move(row, "fail", by=by, facts=facts, now=now, changes=changes, payload={"reason": reason.strip()})
    number = row.inspection.voucher.number
    told = _tell(row, "failed", f"整改复查不通过：服务券 {number}", reason.strip(), _parties(row), now)
    title = f"整改不到位，请对服务券 {number} 提出新的处理意见"
    notify_all([*told, *_tell(row, "failed", title, reason.strip(), _bureaus(row), now)])
    return row


def _locked(rectification: Rectification) -> Rectification:
    rows = Rectification.objects.select_for_update(of=("self",))
    return rows.select_related("inspection__plan", "inspection__voucher").get(pk=rectification.pk)


def _second(row: Rectification, by: Actor) -> dict[str, Any]:
    return {"person": by.person, "earlier_persons": (row.ordered_by,)}


def _parties(row: Rectification) -> list[str]:
    voucher = row.inspection.voucher
    return [f"enterprise:{voucher.enterprise_id}", f"supplier:{voucher.supplier_id}"]


def _bureaus(row: Rectification) -> list[str]:
    """The bureau that runs the plan: the city's own, or the province's with the city."""
    city = f"bureau:{row.inspection.city}"
    return [city] if row.inspection.plan.city else [city, "bureau:440000"]


def _link(org: str, pk: int) -> str:
    kind, _, code = org.partition(":")
    desk = kind if kind != "bureau" else "province" if code == "440000" else "city"
    return f"/{desk}/inspections/rectifications/{pk}/"


def _tell(
    row: Rectification, kind: str, title: str, text: str, orgs: Iterable[str], now: datetime
) -> list[Notice]:
    return [
        Notice(
            org=org, obj=row.journal_key, kind="rectification", title=title, text=text, at=now,
            link=_link(org, row.pk), key=f"{row.journal_key}:{row.version}:{kind}:{org}",
        )
        for org in orgs
    ]  # fmt: skip


def reminders(now: datetime) -> list[Notice]:
    """What the clock has to say of rectifications: nearly due, overdue, and the bureaus told of these; each once."""
    today, told = local_date(now), list[Notice]()
    rows = Rectification.objects.filter(state="ordered", due_on__lte=today + timedelta(days=max(REMIND_DAYS)))
    for row in rows.select_related("inspection__plan", "inspection__voucher").order_by("pk"):
        left, number = (row.due_on - today).days, row.inspection.voucher.number
        if left < 0:
            step, title = "overdue", f"整改已逾期（{row.due_on}），请立即报送：服务券 {number}"
            bureau = f"整改逾期未报（{row.due_on} 到期）：服务券 {number}"
            told += _reminded(row, f"late:{row.due_on}", bureau, _bureaus(row), now)
        else:
            days = next(one for one in sorted(REMIND_DAYS) if left <= one)
            step, title = f"soon:{days}", f"整改将于 {row.due_on} 到期，请按时报送：服务券 {number}"
        told += _reminded(row, f"{step}:{row.due_on}", title, _parties(row), now)
    return told


def _reminded(row: Rectification, step: str, title: str, orgs: Iterable[str], now: datetime) -> list[Notice]:
    return [
        Notice(
            org=org, obj=row.journal_key, kind="reminder", title=title, at=now, link=_link(org, row.pk),
            key=f"{row.journal_key}:{step}:{org}",
        )
        for org in orgs
    ]  # fmt: skip


# Candidates


@audited("candidate.name", about="inspection")
def name_candidate(*, inspection: Inspection, kind: str, by: Actor, now: datetime) -> Candidate:
    """Put the enterprise or the supplier of a good inspection on the list of those to be fostered (D858-2.3).

    `kind` is the effect that the regime names: benchmark_candidate or excellent_supplier_candidate. Named twice it is
    on the list once.
    """
    row = Inspection.objects.select_for_update(of=("self",)).select_related("voucher").get(pk=inspection.pk)
    if kind not in KINDS:
        raise Refused([Refusal("unknown", "没有这一类培育对象。", ARTICLE)])
    if by.role not in ORDERERS or by.org not in row.acting_orgs:
        raise Refused([Refusal("not_your_role", "您的岗位不能列入培育对象。", ARTICLE, "请由主管部门办理。")])
    earlier = Candidate.objects.filter(inspection=row, kind=kind).first()
    if earlier is not None:
        return earlier
    of_enterprise = kind == "benchmark_candidate"
    made = Candidate.objects.create(
        inspection=row,
        kind=kind,
        enterprise_id=row.voucher.enterprise_id if of_enterprise else None,
        supplier_id=None if of_enterprise else row.voucher.supplier_id,
        named_by=by.person,
        named_at=now,
    )
    record(
        "candidate.name",
        by=by,
        obj=f"candidate:{made.pk}",
        now=now,
        why=ARTICLE,
        payload={"inspection": row.journal_key},
    )
    return made


@audited("candidate.publish", about="kind")
def publish_candidates(*, kind: str, pks: Sequence[int], by: Actor, now: datetime) -> int:
    """Put candidates on the public list; another person of the province than who named them. Gives how many.

    Raises Refused where one is unknown, was published before, or was named by the same person.
    """
    rows = list(Candidate.objects.select_for_update().filter(pk__in=list(pks), kind=kind).order_by("pk"))
    refusals = []
    if by.role != Role.PROVINCE_APPROVER:
        refusals.append(Refusal("not_your_role", "培育对象名单由省厅审批人公布。", ARTICLE))
    if not rows or len(rows) < len(set(pks)):
        refusals.append(Refusal("missing", "请至少选择一个尚未公布的培育对象。", ARTICLE, field="pks"))
    if any(row.published_at is not None for row in rows):
        refusals.append(Refusal("published_before", "所选的已有公布过的，请刷新后重选。", ARTICLE))
    if any(row.named_by == by.person for row in rows):
        said = "列入名单的和公布的须是两个人。"
        refusals.append(Refusal("same_person", said, ARTICLE, "请由同事办理。"))
    if refusals:
        raise Refused(refusals)
    Candidate.objects.filter(pk__in=[row.pk for row in rows]).update(published_by=by.person, published_at=now)
    for row in rows:
        record("candidate.publish", by=by, obj=f"candidate:{row.pk}", now=now, why=ARTICLE)
    return len(rows)
