"""What waits for a person's roles at this moment: the list that goes with a change of person (D47-A3, D47-7)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from yunquan.feedback import access as feedback_access
from yunquan.feedback import queries as feedback
from yunquan.inspections import rectify_queries, result_queries, selfcheck_queries
from yunquan.kernel.workflow import Actor
from yunquan.parties import contacts
from yunquan.parties import queries as parties
from yunquan.policy.roles import Role as R
from yunquan.settlement import access as settlement_access
from yunquan.vouchers import queries as vouchers
from yunquan.vouchers.lifecycle import S

MOST = 1000
REVIEWERS = (R.COUNTY_REVIEWER, R.CITY_REVIEWER)


def waiting_with(held: Iterable[Any]) -> list[dict[str, str]]:
    """The open work of these appointments by kind, each kind counted once; work waits for a bureau's role."""
    found: dict[str, str] = {}
    for row in held:
        actor = Actor(person=row.person.key, role=row.role, org=row.org_key)
        for label, rows in _queues(actor).items():
            count = rows.order_by().values("pk")[:MOST].count()
            if count:
                found[label] = "999 以上" if count > 999 else str(count)
    return [{"label": label, "count": count} for label, count in found.items()]


def _queues(actor: Actor) -> dict[str, Any]:
    role = actor.role
    found: dict[str, Any] = {}
    if role in REVIEWERS:
        found["申领审核"] = vouchers.applications_due(actor)
        found["企业注册审核"] = parties.enterprises_due(actor)
    if role == R.CITY_REVIEWER:
        found["兑现审核"] = vouchers.waiting_for(actor, (S.VERIFIED,))
        found["供应商初审"] = parties.suppliers_due(actor)
        found["待列入清单"] = vouchers.waiting_for(actor, (S.APPROVED,))
        found["自查表"] = selfcheck_queries.waiting(actor)
    if role in (R.CITY_REVIEWER, R.PROVINCE_OFFICER):
        found["整改复查"] = rectify_queries.waiting(actor)
    if role == R.CITY_APPROVER:
        lists = settlement_access.lists_visible_to(actor)
        found["清单审批"] = lists.filter(state="drafted")
    if role in (R.CITY_REVIEWER, R.CITY_APPROVER, R.PROVINCE_OFFICER, R.PROVINCE_APPROVER):
        messages = feedback_access.messages_visible_to(actor).filter(bureau=actor.org.partition(":")[2])
        found["留言"] = feedback.waiting(messages)
        found["抽查结果"] = result_queries.waiting_results(actor)
        found["联系人回执确认"] = contacts.to_judge(actor)
    if role in (R.PROVINCE_OFFICER, R.PROVINCE_APPROVER):
        found["供应商审核"] = parties.suppliers_due(actor)
    if role == R.CITY_CASHIER:
        runs = settlement_access.runs_visible_to(actor)
        found["批次放行和登记"] = runs.filter(state__in=("prepared", "released"))
        found["追回入库"] = settlement_access.recoveries_visible_to(actor).filter(state="demanded")
    return found
