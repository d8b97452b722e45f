"""What of the log and the books lies in an auditor's scope: all for the province's, its own for a city's (A1)."""

from __future__ import annotations

from django.db.models import CharField, Q, Value
from django.db.models.functions import Cast, Concat

from yunquan.demonstrations import access as demonstrations
from yunquan.kernel.workflow import Actor
from yunquan.matching import access as matching
from yunquan.parties import access as parties
from yunquan.parties import regions
from yunquan.settlement import access as settlement
from yunquan.vouchers import access as vouchers


def sees_all(actor: Actor) -> bool:
    """Whether the auditor is the province's."""
    return parties.bureau_code(actor) == regions.PROVINCE


def of_log(actor: Actor) -> Q:
    """The entries of the log in scope."""
    if sees_all(actor):
        return Q()
    city = parties.bureau_code(actor)
    things = {
        "enterprise:": parties.enterprises_visible_to(actor),
        "supplier:": parties.suppliers_visible_to(actor),
        "settlement_list:": settlement.lists_visible_to(actor),
        "objection:": settlement.objections_visible_to(actor),
        "payment_run:": settlement.runs_visible_to(actor),
        "recovery:": settlement.recoveries_visible_to(actor),
        "matching_scheme:": matching.schemes_visible_to(actor),
        "matching_list:": matching.lists_visible_to(actor),
        "matching_line:": matching.lines_visible_to(actor),
        "matching_objection:": matching.objections_visible_to(actor),
        "matching_run:": matching.runs_visible_to(actor),
        "matching_recovery:": matching.recoveries_visible_to(actor),
        "demonstration:": demonstrations.projects_visible_to(actor),
        "demonstration_report:": demonstrations.reports_visible_to(actor),
        "demonstration_rectification:": demonstrations.rectifications_visible_to(actor),
    }
    wanted = Q(entry__contains=f'"org":"bureau:{city}"') | Q(obj__endswith=f":{city}")
    for prefix, rows in things.items():
        key = Concat(Value(prefix), Cast("pk", CharField()), output_field=CharField())
        wanted |= Q(obj__in=rows.order_by().annotate(log_key=key).values("log_key"))
    number = Concat(Value("voucher:"), "number", output_field=CharField())
    return wanted | Q(
        obj__in=vouchers.visible_to(actor).order_by().annotate(log_key=number).values("log_key")
    )


def of_accounts(actor: Actor, field: str) -> Q:
    """The accounts in scope, as a condition on a column that holds an account's key."""
    if sees_all(actor):
        return Q()
    wanted = Q(**{f"{field}__endswith": f":{parties.bureau_code(actor)}"})
    for prefix in ("enterprise:", "own_enterprise:"):
        key = Concat(Value(prefix), Cast("pk", CharField()), output_field=CharField())
        owned = parties.enterprises_visible_to(actor).order_by().annotate(log_key=key).values("log_key")
        wanted |= Q(**{f"{field}__in": owned})
    return wanted
