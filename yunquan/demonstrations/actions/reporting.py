"""Reports are asked for, saved as drafts, filed by the outline, sent back, checked and reviewed (D858-2.1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from yunquan.demonstrations import queries
from yunquan.demonstrations.actions import mending
from yunquan.demonstrations.actions.registering import locked
from yunquan.demonstrations.actions.telling import notices
from yunquan.demonstrations.lifecycle import BUILDING, OFFICERS, PARTIES, TO_FILE
from yunquan.demonstrations.models import Milestone, Project, Report, Spending
from yunquan.demonstrations.outline import ARTICLE, RETURNABLE
from yunquan.demonstrations.reading import Told, read_report
from yunquan.evidence.models import StoredFile
from yunquan.journal.actions import audited, move, notify_all, record
from yunquan.kernel.calendar import local_date
from yunquan.kernel.canonical import content_hash
from yunquan.kernel.refusal import Refusal, Refused
from yunquan.kernel.workflow import Actor
from yunquan.parties import access as parties_access
from yunquan.parties import regions


@audited("demonstration_report.ask", about="demonstration_report")
def ask(
    *,
    title: str,
    stood_on: date | None,
    due_on: date | None,
    year: int | None = None,
    by: Actor,
    now: datetime,
) -> list[Report]:
    """Ask the holders of all projects still being built for a report on how things stand on a day (D858-2.1).

    The province asks all, a city its own; projects that the ministry supports report to it monthly and are not asked.
    A project that was asked about the same day before is not asked again. Raises Refused where there is none.
    """
    today, code = local_date(now), parties_access.bureau_code(by)
    refusals = []
    if by.role not in OFFICERS:
        refusals.append(Refusal("not_your_role", "报告由省、市主管部门的经办人布置。", ARTICLE))
    if not title.strip() or len(title.strip()) > 80:
        said = "请填写报告名称，不超过 80 个字，如“2020 年 9 月建设情况报告”。"
        refusals.append(Refusal("missing", said, ARTICLE, field="title"))
    if stood_on is None or stood_on > today:
        said = "请填写情况截至哪一天，不能晚于今天。"
        refusals.append(Refusal("stood_on", said, ARTICLE, field="stood_on"))
    if due_on is None or due_on <= today:
        refusals.append(Refusal("due_on", "请填写报送期限，须晚于今天。", ARTICLE, field="due_on"))
    if refusals or stood_on is None or due_on is None:
        raise Refused(refusals)
    rows = Project.objects.filter(state__in=BUILDING, funded_by="province", starts_on__lte=stood_on)
    rows = rows.exclude(reports__stood_on=stood_on)
    if code != regions.PROVINCE:
        rows = rows.filter(city=code)
    if year is not None:
        rows = rows.filter(year=year)
    asked = []
    for one in rows.select_related("enterprise", "supplier").order_by("pk"):
        made = {"title": title.strip(), "due_on": due_on, "asked_by": by.person, "asked_at": now}
        row, is_new = Report.objects.get_or_create(project=one, stood_on=stood_on, defaults=made)
        asked += [row] if is_new else []
    if not asked:
        said = "没有需要布置的项目：范围内没有省级财政支持的在建项目，或都已布置过同一天的报告。"
        raise Refused([Refusal("nothing_to_ask", said, ARTICLE)])
    told = []
    for row in asked:
        record("demonstration_report.ask", by=by, obj=row.journal_key, now=now, why=ARTICLE, post=row.state)
        said = f"请于 {due_on} 前报送{row.title}：{row.project.name}"
        told += notices(row, "asked", said, [row.project.holder_key], now)
    notify_all(told)
    return asked


def _locked(report: Report) -> Report:
    """The report under the lock of its project: project first, so that the sums of two reports never cross."""
    project = locked(report.project)
    row = Report.objects.select_for_update(of=("self",)).get(pk=report.pk)
    row.project = project
    return row


def _stopped(project: Project) -> list[Refusal]:
    if project.state in BUILDING:
        return []
    label = project.lifecycle.states[project.state]
    return [Refusal("project_closed", f"项目现在是“{label}”，不再报送报告。", ARTICLE)]


@audited("demonstration_report.save", about="report")
def save(*, report: Report, typed: Mapping[str, Any], by: Actor, now: datetime) -> Report:
    """Keep a report as it was typed; nothing is judged before it is filed."""
    row = _locked(report)
    refusals = _stopped(row.project)
    if by.org != row.project.holder_key or by.role not in PARTIES:
        refusals.append(Refusal("not_your_case", "这份报告不归本单位报送。", ARTICLE))
    if row.state not in TO_FILE:
        refusals.append(Refusal("not_from_this_state", "报告已经报送，不能再修改。", ARTICLE))
    if refusals:
        raise Refused(refusals)
    row.typed = dict(typed)
    row.save(update_fields=["typed"])
    record("demonstration_report.save", by=by, obj=row.journal_key, now=now, why=ARTICLE)
    return row


@audited("demonstration_report.file", about="report")
def file(*, report: Report, typed: Mapping[str, Any], by: Actor, now: datetime) -> Report:
    """File a report: what was told is frozen under one hash, its payments are held against the plan (D858-2.1).

    Public money is never over the plan; an overspent line is explained. Raises Refused with everything that is wrong.
    """
    row = _locked(report)
    project = row.project
    stopped = _stopped(project)
    if stopped:
        raise Refused(stopped)
    budget = list(project.budget.order_by("position"))
    open_steps = project.milestones.filter(reached_on=None).order_by("position")
    asked = [
        int(one["file"])
        for one in typed.get("files") or ()
        if str(one.get("file") or "").isascii() and str(one.get("file") or "").isdigit()
    ]
    own = StoredFile.objects.filter(pk__in=asked, org=by.org).values_list("pk", flat=True)
    told = read_report(
        typed,
        lines=[one.position for one in budget],
        steps={one.position: one.title for one in open_steps},
        until=row.stood_on,
        files=list(own),
    )
    content = report_content(row, told)
    digest = content_hash(content)
    facts = {
        "faults": told.faults,
        "plan": queries.planned(budget),
        "earlier": queries.spent_before(project, row),
        "now": told.sums(),
        "purposes": {one.position: one.purpose for one in budget},
        "overrun": told.overrun,
        "documents": queries.documents_before(project, row),
        "new_documents": [str(one.get("document") or "").strip() for one in typed.get("spending") or ()],
    }
    changes = {
        "typed": dict(typed),
        "content": content,
        "content_hash": digest,
        "filed_by": by.person,
        "filed_at": now,
    }
    move(row, "file", by=by, facts=facts, now=now, changes=changes, payload={"hash": digest})
    _write(row, told, {one.position: one.pk for one in budget})
    title = f"示范项目报告待检查：{project.name}（{row.title}）"
    notify_all(notices(row, f"filed:{row.version}", title, [f"bureau:{project.city}"], now))
    return row


def report_content(row: Report, told: Told) -> dict[str, Any]:
    """What the hash of a filed report is taken over."""
    return {
        "project": row.project.number,
        "stood_on": row.stood_on.isoformat(),
        **told.texts,
        "overrun": told.overrun,
        "reached": [{"step": str(step), "on": on.isoformat()} for step, on in sorted(told.reached.items())],
        "spending": [
            {
                "line": str(one.line), "fund": one.fund, "amount_fen": str(one.amount_fen),
                "paid_on": one.paid_on.isoformat(), "document": one.document, "payee": one.payee,
            }
            for one in told.spending
        ],
        "files": _hashes(told.files),
    }  # fmt: skip


def is_unchanged(row: Report) -> bool:
    """Whether a filed report still has the hash under which it was frozen."""
    return bool(row.content_hash) and content_hash(row.content) == row.content_hash


def _hashes(files: Sequence[int]) -> list[str]:
    return sorted(StoredFile.objects.filter(pk__in=files).values_list("sha256", flat=True))


def _write(row: Report, told: Told, lines: Mapping[int, int]) -> None:
    Spending.objects.filter(report=row).delete()
    Spending.objects.bulk_create(
        Spending(
            report=row, line_id=lines[one.line], position=place, fund=one.fund, amount_fen=one.amount_fen,
            paid_on=one.paid_on, document=one.document, payee=one.payee,
        )
        for place, one in enumerate(told.spending, 1)
    )  # fmt: skip
    for step, on in told.reached.items():
        Milestone.objects.filter(project=row.project, position=step).update(reached_on=on, told_in=row)
    row.files.set(told.files)


@audited("demonstration_report.send_back", about="report")
def send_back(
    *, report: Report, reasons: Mapping[str, str], due_on: date | None, by: Actor, now: datetime
) -> Report:
    """Send a report back with all that is wrong, section by section, and a new day (D47-5.21).

    A second return names only what the first named or what was changed since.
    """
    row = _locked(report)
    said = {name: text.strip() for name, text in reasons.items() if name in RETURNABLE and text.strip()}
    before, now_told = row.returned_content, row.content
    facts = {
        "reasons": said,
        "returned_before": bool(before),
        "named_before": tuple(row.named),
        "changed": tuple(name for name in RETURNABLE if before.get(name) != now_told.get(name)),
        "due_on": due_on,
        "today": local_date(now),
    }
    changes: dict[str, Any] = {
        "return_reasons": said,
        "named": sorted({*row.named, *said}),
        "returned_content": now_told,
        "returned_by": by.person,
    }
    if due_on is not None:
        changes["due_on"] = due_on
    payload = {"reasons": [f"{RETURNABLE[name]}：{text}" for name, text in said.items()]}
    move(row, "send_back", by=by, facts=facts, now=now, changes=changes, payload=payload)
    Milestone.objects.filter(told_in=row).update(reached_on=None, told_in=None)
    title = f"报告被退回，请于 {row.due_on} 前补正后重新报送：{row.project.name}"
    text = "\n".join(payload["reasons"])
    notify_all(notices(row, f"returned:{row.version}", title, [row.project.holder_key], now, text=text))
    return row


@audited("demonstration_report.check", about="report")
def check(
    *,
    report: Report,
    outcome: str,
    findings: str,
    problem: str = "",
    due_on: date | None = None,
    by: Actor,
    now: datetime,
) -> Report:
    """Enter the result of the city's check; with problems they are ordered to be mended until a day (D858-2.3)."""
    row = _locked(report)
    facts = {
        "outcome": outcome,
        "findings": findings,
        "problem": problem,
        "due_on": due_on,
        "today": local_date(now),
    }
    changes = {
        "outcome": outcome,
        "findings": findings.strip(),
        "checked_by": by.person,
        "checked_at": now,
        "review_note": "",
    }
    payload = {"outcome": outcome, "findings": findings.strip()}
    move(row, "check", by=by, facts=facts, now=now, changes=changes, payload=payload)
    if outcome == "problems" and due_on is not None:
        mending.ordered(row.project, problem=problem, due_on=due_on, told_in=row, by=by, now=now)
    title = f"示范项目检查结果待复核：{row.project.name}（{row.title}）"
    notify_all(notices(row, f"checked:{row.version}", title, ["bureau:440000"], now))
    return row


@audited("demonstration_report.review", about="report")
def review(*, report: Report, note: str, by: Actor, now: datetime) -> Report:
    """Agree with the city's check result; another person than who entered it (D858-2.1)."""
    row = _locked(report)
    facts = {"person": by.person, "earlier_persons": (row.checked_by,)}
    changes = {"review_note": note.strip(), "reviewed_by": by.person, "reviewed_at": now}
    move(row, "review", by=by, facts=facts, now=now, changes=changes, payload={"note": note.strip()})
    title = f"示范项目报告已复核：{row.project.name}（{row.title}）"
    orgs = [row.project.holder_key, f"bureau:{row.project.city}"]
    notify_all(notices(row, f"reviewed:{row.version}", title, orgs, now, text=note.strip()))
    return row


@audited("demonstration_report.check_again", about="report")
def check_again(*, report: Report, reason: str, by: Actor, now: datetime) -> Report:
    """Give a check result back to the city, with the reason; what it ordered to be mended stays ordered."""
    row = _locked(report)
    changes = {"review_note": reason.strip(), "outcome": "", "reviewed_by": by.person}
    move(
        row,
        "check_again",
        by=by,
        facts={"reason": reason},
        now=now,
        changes=changes,
        payload={"reason": reason.strip()},
    )
    title = f"请重新检查示范项目报告：{row.project.name}（{row.title}）"
    orgs = [f"bureau:{row.project.city}"]
    notify_all(notices(row, f"check_again:{row.version}", title, orgs, now, text=reason.strip()))
    return row
