"""Acceptance 验收 and withdrawal of the title: one person proposes, the province's approver decides (D858-2.1, D858-2.3)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from yunquan.demonstrations import queries
from yunquan.demonstrations.actions.registering import locked
from yunquan.demonstrations.actions.telling import bureaus, notices
from yunquan.demonstrations.models import Project
from yunquan.demonstrations.outline import ARTICLE, MENDING
from yunquan.evidence.models import StoredFile
from yunquan.journal.actions import audited, move, notify_all
from yunquan.kernel.workflow import Actor


@audited("demonstration.propose_acceptance", about="project")
def propose_acceptance(
    *, project: Project, reason: str, paper: StoredFile | None, by: Actor, now: datetime
) -> Project:
    """Propose the acceptance with what was found and its paper; every report is reviewed, nothing left to mend."""
    row = locked(project)
    own = paper if paper is not None and paper.org == by.org else None
    facts = {"reason": reason, "has_paper": own is not None, **queries.readiness(row)}
    return _proposed(row, "propose_acceptance", "提请验收", facts, reason, own, by, now)


@audited("demonstration.propose_withdrawal", about="project")
def propose_withdrawal(
    *, project: Project, reason: str, paper: StoredFile | None = None, by: Actor, now: datetime
) -> Project:
    """Propose to withdraw the title, with the reason that the holder is told (D858-2.3)."""
    row = locked(project)
    own = paper if paper is not None and paper.org == by.org else None
    facts = {"reason": reason, "article": MENDING}
    return _proposed(row, "propose_withdrawal", "提出撤销称号", facts, reason, own, by, now)


def _proposed(
    row: Project,
    step: str,
    said: str,
    facts: dict[str, Any],
    reason: str,
    paper: StoredFile | None,
    by: Actor,
    now: datetime,
) -> Project:
    changes = {
        "proposed_by": by.person,
        "proposed_at": now,
        "proposal": reason.strip(),
        "paper": paper,
        "decision": "",
        "decided_by": "",
        "decided_at": None,
    }
    payload = {"reason": reason.strip(), **({"paper": paper.sha256} if paper is not None else {})}
    move(row, step, by=by, facts=facts, now=now, changes=changes, payload=payload)
    orgs = ["bureau:440000", *([row.holder_key] if step == "propose_withdrawal" else [])]
    notify_all(
        notices(row, f"{step}:{row.version}", f"{said}待决定：{row.name}", orgs, now, text=reason.strip())
    )
    return row


@audited("demonstration.accept", about="project")
def accept(*, project: Project, reason: str = "", by: Actor, now: datetime) -> Project:
    """Accept the project; another person than who proposed it, and what was ready then is still (D858-2.1)."""
    row = locked(project)
    return _decided(row, "accept", "已通过验收", queries.readiness(row), reason, ARTICLE, by, now)


@audited("demonstration.decline_acceptance", about="project")
def decline_acceptance(*, project: Project, reason: str, by: Actor, now: datetime) -> Project:
    """Don't accept the project yet, with the reason; it goes on being built."""
    return _decided(locked(project), "decline_acceptance", "验收没有通过", {}, reason, ARTICLE, by, now)


@audited("demonstration.withdraw", about="project")
def withdraw(*, project: Project, reason: str, by: Actor, now: datetime) -> Project:
    """Withdraw the title, with the reason (D858-2.3)."""
    return _decided(locked(project), "withdraw", "已撤销称号", {}, reason, MENDING, by, now)


@audited("demonstration.keep", about="project")
def keep(*, project: Project, reason: str, by: Actor, now: datetime) -> Project:
    """Leave the title where it is, with the reason."""
    return _decided(locked(project), "keep", "不予撤销称号", {}, reason, MENDING, by, now)


def _decided(
    row: Project,
    step: str,
    said: str,
    facts: dict[str, Any],
    reason: str,
    article: str,
    by: Actor,
    now: datetime,
) -> Project:
    known = {
        "person": by.person,
        "earlier_persons": (row.proposed_by,),
        "reason": reason,
        "article": article,
        **facts,
    }
    changes = {"decision": reason.strip(), "decided_by": by.person, "decided_at": now}
    move(row, step, by=by, facts=known, now=now, changes=changes, payload={"reason": reason.strip()})
    orgs = [row.holder_key, *bureaus(row)]
    notify_all(notices(row, f"{step}:{row.version}", f"{said}：{row.name}", orgs, now, text=reason.strip()))
    return row
