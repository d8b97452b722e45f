"""The log: search by object, actor and act, refused attempts, one entry with its hashes, is all as written."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

import django_filters as filters
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from yunquan.desks.auditor import scope
from yunquan.desks.auditor.frame import desk
from yunquan.desks.shared import columns
from yunquan.desks.shared.acts import ACTS, act_label, state_label
from yunquan.desks.shared.lists import GovTable, ListPage
from yunquan.desks.shared.registers import DayFilter, cited, said_reasons
from yunquan.desks.shared.templatetags.gov import badge
from yunquan.journal import queries as journal
from yunquan.parties import queries as parties
from yunquan.parties import regions
from yunquan.policy.roles import Role

MOST_VERIFIED = 300_000


@lru_cache(maxsize=512)
def _fields(entry: str) -> dict[str, str]:
    return dict(json.loads(entry))


def org_label(org: str) -> str:
    """An organisation as an entry names it, in words where it is a bureau."""
    kind, _, code = org.partition(":")
    return (
        f"{regions.place_name(code)}主管部门"
        if kind == "bureau"
        else {"platform": "平台", "public": "社会公众"}.get(org, org)
    )


def role_label(role: str) -> str:
    """A role in words."""
    try:
        return Role(role).label
    except ValueError:
        return role


class EntryField(columns.TextColumn):
    """One field out of an entry's canonical JSON."""

    def __init__(self, name: str, words: Any = str, **kwargs: Any) -> None:
        self.field, self.words = name, words
        super().__init__(accessor="entry", **kwargs)

    def render(self, value: Any) -> str:
        return str(self.words(_fields(value).get(self.field, "")))

    def value(self, value: Any) -> Any:
        return self.render(value)


class ResultColumn(columns.TextColumn):
    """Done or refused."""

    def render(self, value: Any) -> str:
        return badge("被拒绝", "bad") if _fields(value)["res"] == "refused" else badge("办成", "good")

    def value(self, value: Any) -> Any:
        return "被拒绝" if _fields(value)["res"] == "refused" else "办成"


class StateAfter(columns.TextColumn):
    """The state after the act, in the words of its life cycle."""

    def render(self, value: Any) -> str:
        fields = _fields(value)
        return state_label(fields["act"], fields["post"])

    def value(self, value: Any) -> Any:
        return self.render(value)


class ActColumn(columns.TextColumn):
    """An act in words."""

    def render(self, value: Any) -> str:
        return act_label(str(value))

    def value(self, value: Any) -> Any:
        return act_label(str(value))


class LogTable(GovTable):
    """Entries of the log."""

    caption = "日志"
    seq = columns.LinkColumn(verbose_name="序号", to=lambda row: f"{row.seq}/")
    at = columns.MomentColumn(verbose_name="时间")
    act = ActColumn(verbose_name="行为")
    obj = columns.TextColumn(verbose_name="对象")
    actor = EntryField("actor", verbose_name="行为人编号")
    role = EntryField("role", role_label, verbose_name="岗位")
    org = EntryField("org", org_label, verbose_name="单位")
    change = StateAfter(verbose_name="办后状态", accessor="entry")
    result = ResultColumn(verbose_name="结果", accessor="entry")

    class Meta(GovTable.Meta):
        pass


class LogFilter(filters.FilterSet):
    """Object, act, actor, result, days."""

    obj = filters.CharFilter(label="对象（如 voucher:GD…）", lookup_expr="startswith")
    act = filters.ChoiceFilter(label="行为", choices=sorted(ACTS.items(), key=lambda item: item[1]))
    actor = filters.CharFilter(label="行为人编号或登录名", method="by_actor")
    result = filters.ChoiceFilter(
        label="结果", choices=[("ok", "办成"), ("refused", "被拒绝")], method="by_result"
    )
    since = DayFilter(label="自", field_name="at", lookup_expr="date__gte")
    until = DayFilter(label="至", field_name="at", lookup_expr="date__lte")

    def by_actor(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Everything that one person did."""
        key = value.strip()
        if not key.startswith("person:"):
            key = parties.person_key(key) or key
        return rows.filter(entry__contains=f'"actor":"{key}"')

    def by_result(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Done acts or refused attempts."""
        return rows.filter(entry__contains=f'"res":"{value}"')


class LogList(ListPage):
    """The log in the auditor's scope, the latest first."""

    title = "日志"
    table_class = LogTable
    filterset_class = LogFilter
    search_fields = ("obj", "act", "entry")
    search_hint = "券号、行为、条款"
    order = ("-seq",)
    export_name = "日志"
    template_name = "auditor/log.html"
    empty_title = "没有日志"

    def rows(self) -> QuerySet[Any]:
        return journal.entries().filter(scope.of_log(self.request.actor))  # type: ignore[attr-defined]

    def context(self) -> dict[str, Any]:
        return {"head": journal.head(), "sees_all": scope.sees_all(self.request.actor)}  # type: ignore[attr-defined]


@desk
def entry(request: HttpRequest, seq: int) -> HttpResponse:
    """One entry with its fields, hashes and payload."""
    actor = request.actor  # type: ignore[attr-defined]
    if not journal.entries().filter(scope.of_log(actor), seq=seq).exists():
        raise Http404
    found = journal.entry(seq)
    if found is None:
        raise Http404
    fields = found["fields"]
    person = fields["actor"].partition(";")[0]
    payload = found["payload"]
    context = {
        **found,
        "title": f"日志第 {seq} 条",
        "label": act_label(fields["act"]),
        "who": parties.person_names([person])[person],
        "role": role_label(fields["role"]),
        "organisation": org_label(fields["org"]),
        "articles": cited(fields["why"]),
        "before": state_label(fields["act"], fields["pre"]) or "—",
        "after": state_label(fields["act"], fields["post"]) or "—",
        "refused": fields["res"] == "refused",
        "payload_text": json.dumps(payload, ensure_ascii=False, indent=2) if payload else "",
        "reasons": said_reasons(payload) if payload else [],
        "canonical": found["row"].entry,
        "hashes": [
            {"passed": found["leaf_fits"], "text": "条目内容与叶哈希相符"},
            {"passed": found["chain_fits"], "text": "叶哈希接在上一条的链哈希之后，链哈希相符"},
            {
                "passed": found["payload_fits"] if payload is not None else None,
                "text": "附带内容与条目中的摘要相符"
                if payload is not None
                else "附带内容已依法删除，日志仍可校验",
            },
        ],
    }
    return render(request, "auditor/entry.html", context)


@desk
def verify(request: HttpRequest) -> HttpResponse:
    """Walk the whole log and say whether all is as written (L2)."""
    if not scope.sees_all(request.actor):  # type: ignore[attr-defined]
        raise Http404
    head = journal.head()
    too_long = head.size > MOST_VERIFIED
    context = {
        "head": head,
        "too_long": too_long,
        "most": MOST_VERIFIED,
        "fault": None if too_long else journal.verify_log(),
    }
    return render(request, "auditor/verify.html", context)
