"""What a check found is ordered to be mended, reported with evidence, and checked again (D858-2.3)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from yunquan.demonstrations import checks
from yunquan.demonstrations.actions.registering import locked
from yunquan.demonstrations.actions.telling import bureaus, notices
from yunquan.demonstrations.lifecycle import OFFICERS
from yunquan.demonstrations.models import Project, Rectification, Report
from yunquan.demonstrations.outline import MENDING
from yunquan.evidence.models import StoredFile
from yunquan.journal.actions import audited, move, notify_all, record
from yunquan.kernel.calendar import local_date
from yunquan.kernel.refusal import Refusal, Refused
from yunquan.kernel.workflow import Actor

MENDABLE = ("building", "accepted")


@audited("demonstration_rectification.order", about="project")
def order(
    *,
    project: Project,
    problem: str,
    due_on: date | None,
    after: Rectification | None = None,
    by: Actor,
    now: datetime,
) -> Rectification:
    """Order the holder to mend something until a day; `after` is the one that failed before (D858-2.3)."""
    row = locked(project)
    refusals = checks.problem_told({"problem": problem, "due_on": due_on, "today": local_date(now)})
    if by.role not in OFFICERS:
        refusals.append(
            Refusal("not_your_role", "您的岗位不能要求整改。", MENDING, "请由主管部门的经办人办理。")
        )
    elif by.org not in row.acting_orgs:
        refusals.append(Refusal("not_your_case", "这个项目不归本单位办理。", MENDING))
    if row.state not in MENDABLE:
        label = row.lifecycle.states[row.state]
        refusals.append(Refusal("not_from_this_state", f"项目现在是“{label}”，不能要求整改。", MENDING))
    if after is not None and (after.state != "failed" or Rectification.objects.filter(after=after).exists()):
        refusals.append(Refusal("followed_before", "这项整改已经另行要求整改，或并没有不通过。", MENDING))
    if refusals or due_on is None:
        raise Refused(refusals)
    return ordered(row, problem=problem, due_on=due_on, after=after, by=by, now=now)


def ordered(
    project: Project,
    *,
    problem: str,
    due_on: date,
    told_in: Report | None = None,
    after: Rectification | None = None,
    by: Actor,
    now: datetime,
) -> Rectification:
    """Write the order down and tell the holder; the caller has asked whether it may be."""
    row = Rectification.objects.create(
        project=project,
        told_in=told_in,
        after=after,
        problem=problem.strip(),
        due_on=due_on,
        ordered_by=by.person,
        ordered_at=now,
    )
    record(
        "demonstration_rectification.order",
        by=by,
        obj=row.journal_key,
        now=now,
        why=MENDING,
        post=row.state,
        payload={"problem": problem.strip(), "due_on": due_on.isoformat(), "project": project.journal_key},
    )
    title = f"请于 {due_on} 前整改并报送情况：{project.name}"
    told = notices(
        row, "ordered", title, [project.holder_key], now, text=problem.strip(), kind="rectification"
    )
    notify_all(told)
    return row


def _locked(rectification: Rectification) -> Rectification:
    rows = Rectification.objects.select_for_update(of=("self",))
    return rows.select_related("project__enterprise", "project__supplier").get(pk=rectification.pk)


def _second(row: Rectification, by: Actor) -> dict[str, Any]:
    return {"person": by.person, "earlier_persons": (row.ordered_by,), "article": MENDING}


@audited("demonstration_rectification.file", about="rectification")
def file(
    *, rectification: Rectification, report: str, files: Sequence[int], by: Actor, now: datetime
) -> Rectification:
    """Report what was done, with the papers that show it, uploads of the holder's own (D858-2.3)."""
    row = _locked(rectification)
    asked = list(dict.fromkeys(files))
    own = list(StoredFile.objects.filter(pk__in=asked, org=by.org).order_by("pk"))
    facts = {"report": report, "file_count": len(own), "asked_count": len(asked)}
    changes = {"report": report.strip(), "filed_by": by.person, "filed_at": now}
    payload = {"report": report.strip(), "files": [one.sha256 for one in own]}
    move(row, "file", by=by, facts=facts, now=now, changes=changes, payload=payload)
    row.files.set(own)
    title = f"示范项目整改待复查：{row.project.name}"
    notify_all(notices(row, f"filed:{row.version}", title, bureaus(row.project), now, kind="rectification"))
    return row


@audited("demonstration_rectification.send_back", about="rectification")
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
    title = f"整改被退回，请于 {row.due_on} 前重新报送：{row.project.name}"
    return _told(row, "returned", title, reason, now)


@audited("demonstration_rectification.pass", about="rectification")
def accept(*, rectification: Rectification, note: str, by: Actor, now: datetime) -> Rectification:
    """Find at the second check that it was mended; another person than who ordered it (D858-2.3)."""
    row = _locked(rectification)
    changes = {"check_note": note.strip(), "checked_by": by.person, "checked_at": now}
    facts = {"note": note, **_second(row, by)}
    move(row, "pass", by=by, facts=facts, now=now, changes=changes, payload={"note": note.strip()})
    return _told(row, "passed", f"整改复查通过：{row.project.name}", note, now)


@audited("demonstration_rectification.fail", about="rectification")
def fail(*, rectification: Rectification, reason: str, by: Actor, now: datetime) -> Rectification:
    """Find that it was not mended: it is ordered anew, or the title withdrawn (D858-2.3)."""
    row = _locked(rectification)
    changes = {"check_note": reason.strip(), "checked_by": by.person, "checked_at": now}
    facts = {"reason": reason, **_second(row, by)}
    move(row, "fail", by=by, facts=facts, now=now, changes=changes, payload={"reason": reason.strip()})
    title = f"整改不到位，请再次要求整改或提出撤销称号：{row.project.name}"
    notify_all(notices(row, f"failed:{row.version}", title, bureaus(row.project), now, kind="rectification"))
    return _told(row, "failed", f"整改复查不通过：{row.project.name}", reason, now)


def _told(row: Rectification, step: str, title: str, text: str, now: datetime) -> Rectification:
    orgs = [row.project.holder_key]
    told = notices(row, f"{step}:{row.version}", title, orgs, now, text=text.strip(), kind="rectification")
    notify_all(told)
    return row
