"""A project is registered with its plan, put off, or its registration undone (D858-2.1)."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from yunquan.demonstrations.actions.telling import notices
from yunquan.demonstrations.lifecycle import OFFICERS
from yunquan.demonstrations.models import BudgetLine, Milestone, Project
from yunquan.demonstrations.outline import ARTICLE
from yunquan.demonstrations.reading import Plan, read_plan
from yunquan.journal.actions import audited, move, notify_all, record
from yunquan.kernel.refusal import Refusal, Refused
from yunquan.kernel.workflow import Actor
from yunquan.parties import access as parties_access
from yunquan.parties import regions
from yunquan.parties.models import Bureau, Enterprise, Supplier
from yunquan.policy.roles import Role
from yunquan.policy.uscc import UsccError, validate_uscc


@audited("demonstration.register", about="demonstration")
def register(*, typed: Mapping[str, Any], by: Actor, now: datetime) -> Project:
    """Enter a project with its holder, its plan of building and its plan of spending, in fen (D858-2.1).

    A city enters its own. Raises Refused with everything that is wrong, each beside its field.
    """
    plan, refusals = read_plan(typed, cities=[one.code for one in regions.cities()])
    holder, against = _holder(typed)
    unread = {one.field for one in refusals}
    against = [one for one in against if one.field not in unread]
    refusals = [*refusals, *against, *_against(typed, by), *_before(typed)]
    if refusals or plan is None or holder is None:
        raise Refused(refusals)
    row = _create(plan, holder, by, now)
    record(
        "demonstration.register",
        by=by,
        obj=row.journal_key,
        now=now,
        why=ARTICLE,
        post=row.state,
        payload={
            "number": row.number, "holder": row.holder_key, "public_fen": str(row.public_fen),
            "own_fen": str(row.own_fen), "lines": str(len(plan.budget)), "milestones": str(len(plan.milestones)),
        },
    )  # fmt: skip
    title = f"已登记为标杆示范项目：{row.name}"
    text = "请核对建设计划和资金计划；有误的请联系登记的主管部门。"
    notify_all(notices(row, "registered", title, [row.holder_key], now, text=text))
    return row


def _holder(typed: Mapping[str, Any]) -> tuple[Enterprise | Supplier | None, list[Refusal]]:
    """The registered enterprise or supplier of a code."""
    code = str(typed.get("holder_code") or "").strip().upper()
    models: dict[str, Any] = {"enterprise": Enterprise, "supplier": Supplier}
    model = models.get(str(typed.get("holder_kind") or ""))
    if not code:
        return None, []
    try:
        code = validate_uscc(code)
    except UsccError as error:
        mend = "请按营业执照逐位核对后重新填写。"
        return None, [Refusal("uscc_invalid", f"{error}。", ARTICLE, mend, "holder_code")]
    if model is None:
        return None, []
    found = model.objects.filter(uscc=code, state="registered").first()
    if found is not None:
        return found, []
    said = "平台上没有这个代码的已注册单位。"
    mend = "请核对代码和单位类别；没有注册的，请牵头单位先在平台注册。"
    return None, [Refusal("holder_unknown", said, ARTICLE, mend, "holder_code")]


def _before(typed: Mapping[str, Any]) -> list[Refusal]:
    """The same project is registered once: two registrations at once look one after the other."""
    name, year, city = (str(typed.get(one) or "").strip() for one in ("name", "year", "city"))
    if not (name and city and year.isascii() and year.isdigit() and len(year) == 4):
        return []
    # The bureaus whose officers may register it stand for the projects of their city.
    bureaus = Bureau.objects.select_for_update(no_key=True).filter(code__in=(city, regions.PROVINCE))
    list(bureaus.order_by("pk").values_list("pk"))
    if not Project.objects.filter(name=name, year=int(year), city=city).exclude(state="cancelled").exists():
        return []
    said = f"{year} 年已登记过同名的项目。"
    return [Refusal("registered_before", said, ARTICLE, "请在项目列表里查看。", "name")]


def _against(typed: Mapping[str, Any], by: Actor) -> list[Refusal]:
    if by.role not in OFFICERS or (by.role == Role.PROVINCE_OFFICER) != (by.org == "bureau:440000"):
        return [Refusal("not_your_role", "示范项目由省、市主管部门的经办人登记。", ARTICLE)]
    city = str(typed.get("city") or "")
    if city and not parties_access.covers(by, city=city):
        return [Refusal("other_city", "只能登记本市的项目。", ARTICLE, "请选择本市。", "city")]
    return []


def _create(plan: Plan, holder: Enterprise | Supplier, by: Actor, now: datetime) -> Project:
    row = Project.objects.create(
        number=secrets.token_hex(8),
        name=plan.name,
        enterprise=holder if isinstance(holder, Enterprise) else None,
        supplier=holder if isinstance(holder, Supplier) else None,
        funded_by=plan.funded_by,
        year=plan.year,
        city=plan.city,
        content=plan.content,
        starts_on=plan.starts_on,
        ends_on=plan.ends_on,
        public_fen=plan.public_fen,
        own_fen=plan.own_fen,
        registered_by=by.person,
        registered_at=now,
    )
    # By the row's own number: two registrations at the same moment never ask for the same one.
    row.number = f"SF{plan.year}-{row.pk:04d}"
    row.save(update_fields=["number"])
    BudgetLine.objects.bulk_create(
        BudgetLine(
            project=row,
            position=place,
            purpose=one.purpose,
            public_fen=one.public_fen,
            own_fen=one.own_fen,
        )
        for place, one in enumerate(plan.budget, 1)
    )
    Milestone.objects.bulk_create(
        Milestone(project=row, position=place, title=one.title, due_on=one.due_on)
        for place, one in enumerate(plan.milestones, 1)
    )
    return row


def locked(project: Project) -> Project:
    """The row of a project, held until the act is over: sums of money are taken under it."""
    rows = Project.objects.select_for_update(of=("self",)).select_related("enterprise", "supplier")
    return rows.get(pk=project.pk)


@audited("demonstration.extend", about="project")
def extend(*, project: Project, ends_on: date | None, reason: str, by: Actor, now: datetime) -> Project:
    """Put the day off until which the project is to be built, with the reason (D858-2.1)."""
    row = locked(project)
    facts = {"reason": reason, "ends_on": ends_on, "stood": row.ends_on}
    stood = row.ends_on
    move(
        row,
        "extend",
        by=by,
        facts=facts,
        now=now,
        changes={"ends_on": ends_on},
        payload={"reason": reason.strip(), "stood": str(stood), "ends_on": str(ends_on)},
    )
    title = f"示范项目延期至 {row.ends_on}：{row.name}"
    notify_all(notices(row, f"extended:{row.version}", title, [row.holder_key], now, text=reason.strip()))
    return row


@audited("demonstration.cancel", about="project")
def cancel(*, project: Project, reason: str, by: Actor, now: datetime) -> Project:
    """Undo a registration that was entered wrongly, while nothing was asked on it."""
    row = locked(project)
    facts = {"reason": reason, "report_count": row.reports.count()}
    changes = {"decision": reason.strip(), "decided_by": by.person, "decided_at": now}
    move(row, "cancel", by=by, facts=facts, now=now, changes=changes, payload={"reason": reason.strip()})
    title = f"示范项目登记已作废：{row.name}"
    notify_all(notices(row, "cancelled", title, [row.holder_key], now, text=reason.strip()))
    return row
