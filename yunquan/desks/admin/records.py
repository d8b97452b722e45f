"""What the audit administrator reads: grants of rights and logins; nothing here acts."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render

from yunquan.desks.admin.frame import desk
from yunquan.desks.shared import exports
from yunquan.desks.shared.acts import act_label
from yunquan.desks.shared.registers import said_reasons
from yunquan.journal import queries as journal
from yunquan.parties import queries as parties
from yunquan.parties import regions
from yunquan.policy.roles import Role

GRANTS = ("appointment.", "person.", "bureau.", "contact_account.")
SHOWN = 100
GRANTED = exports.Listing(
    "授权日志",
    ("序号", "seq", "count"), ("时间", "at", "time"), ("办理人", "who"), ("事项", "label"), ("对象", "obj"), ("内容", "told"),
    ("结果", "result"),
)  # fmt: skip
LOGINS = exports.Listing(
    "登录记录",
    ("登录时间", "attempt_time", "time"), ("登录名", "username"), ("地址", "ip_address"),
    ("退出时间", "logout_time", "time"), key="logins",
)  # fmt: skip
FAILURES = exports.Listing(
    "失败的登录",
    ("最近一次", "attempt_time", "time"), ("登录名", "username"), ("地址", "ip_address"),
    ("次数", "failures_since_start", "count"), key="failures",
)  # fmt: skip


@desk(only=[Role.AUDIT_ADMIN])
def grants(request: HttpRequest) -> HttpResponseBase:
    """Accounts made, roles given and withdrawn, refused attempts among them; the latest first."""
    page = request.GET.get("before", "")
    rows = journal.entries(acts=GRANTS)
    if page.isdecimal() and len(page) < 17:
        rows = rows.filter(seq__lt=int(page))
    most = exports.most(request, SHOWN)
    found = list(rows[: most + 1])
    acts = journal.told(found[:most])
    keys = [one["fields"]["actor"] for one in acts]
    keys += [str(one["payload"]["person"]) for one in acts if "person" in one["payload"]]
    names = parties.person_names(keys)
    shown = [_grant(one, names) for one in acts]
    last = shown[-1]["seq"] if len(found) > most else None
    context = {"rows": shown, "before": last, "files": GRANTED.files(request)}
    return GRANTED.asked(request, shown) or render(request, "admin/grants.html", context)


def _grant(one: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    fields, payload = one["fields"], one["payload"]
    told = []
    if payload.get("person"):
        told.append(names.get(str(payload["person"]), str(payload["person"])))
    if payload.get("role"):
        told.append(Role(payload["role"]).label)
    kind, _, code = str(payload.get("org", "")).partition(":")
    if kind == "bureau":
        told.append(regions.place_name(code))
    if payload.get("username"):
        told.append(f"登录名 {payload['username']}")
    if payload.get("from"):
        told.append(f"{payload['from']} 至 {payload.get('to') or '长期'}")
    return {
        "seq": one["row"].seq,
        "at": one["row"].at,
        "label": act_label(fields["act"]),
        "who": names.get(fields["actor"], fields["actor"]),
        "obj": fields["obj"],
        "told": "，".join(told),
        "refused": fields["res"] == "refused",
        "reasons": said_reasons(payload),
        "result": "被拒绝" if fields["res"] == "refused" else "办成",
    }


def _logins(name: str, order: str) -> QuerySet[Any]:
    return apps.get_model("axes", name)._default_manager.order_by(order)


@desk(only=[Role.AUDIT_ADMIN])
def logins(request: HttpRequest) -> HttpResponseBase:
    """The latest logins and the failed attempts."""
    context: dict[str, Any] = {
        "logins": list(_logins("AccessLog", "-attempt_time")[: exports.most(request, SHOWN)]),
        "failures": list(_logins("AccessAttempt", "-attempt_time")[: exports.most(request, SHOWN)]),
        "files": {one.key: one.files(request) for one in (LOGINS, FAILURES)},
    }
    file = exports.first_asked(request, *((one, context[one.key]) for one in (LOGINS, FAILURES)))
    return file or render(request, "admin/logins.html", context)
