"""What an auditor reads besides log and books: vouchers, parties, lists, runs, rules."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

from yunquan.desks.auditor import scope
from yunquan.desks.auditor.frame import desk
from yunquan.desks.shared import columns, exports, registers
from yunquan.desks.shared.acts import act_label
from yunquan.desks.shared.lists import GovTable, ListPage
from yunquan.desks.shared.registers import (
    PARTY_TONES,
    PlaceColumn,
    StateLabel,
    by_city_and_state,
    enterprise_sheet,
    past_acts,
    place,
    reason_words,
    voucher_sheet,
)
from yunquan.journal import clock
from yunquan.journal import queries as journal
from yunquan.parties import access as parties_access
from yunquan.parties import queries as parties
from yunquan.parties.lifecycle import SUPPLIER
from yunquan.programme import access as programme_access
from yunquan.programme import queries as programme
from yunquan.programme.lifecycle import RULE_CHANGE
from yunquan.settlement import access as settlement_access
from yunquan.settlement import queries as settlement
from yunquan.settlement.lifecycle import PAYMENT_RUN, SETTLEMENT_LIST
from yunquan.vouchers import access as voucher_access
from yunquan.vouchers import queries as vouchers


@desk
def home(request: HttpRequest) -> HttpResponse:
    """The state of the log, the books and the cities at a glance."""
    actor = request.actor  # type: ignore[attr-defined]
    cycle = programme.current_cycle()
    table = programme.quota_table(cycle, actor=actor) if cycle else []
    seen = scope.of_log(actor)
    context = {
        "head": journal.head(),
        "cycle": cycle,
        "rows": table,
        "total": programme.total_row(table),
        "sees_all": scope.sees_all(actor),
        "refused": [_line(row) for row in journal.entries(refused=True).filter(seen)[:10]],
        "waiting": vouchers.waiting_count(actor, ("confirmed", "verified", "attested")),
    }
    return render(request, "auditor/home.html", context)


def _line(row: Any) -> dict[str, Any]:
    return {"seq": row.seq, "at": row.at, "label": act_label(row.act), "obj": row.obj}


class VoucherList(registers.VoucherList):
    """Vouchers in scope."""


class EnterpriseList(registers.EnterpriseList):
    """Enterprises in scope."""


class SupplierList(registers.SupplierList):
    """Suppliers in scope."""


@desk
def voucher(request: HttpRequest, number: str) -> HttpResponse:
    """One voucher with every act on it, refused attempts too."""
    actor = request.actor  # type: ignore[attr-defined]
    row = voucher_access.voucher_for(actor, number)
    if row is None:
        raise Http404
    sheet = voucher_sheet(row, actor=actor, now=clock.read(), with_refused=True)
    return render(request, "auditor/voucher.html", sheet)


@desk
def enterprise(request: HttpRequest, pk: int) -> HttpResponse:
    """One enterprise."""
    row = parties_access.enterprise_for(request.actor, pk)  # type: ignore[attr-defined]
    if row is None:
        raise Http404
    return render(request, "shared/enterprise_sheet.html", enterprise_sheet(row))


@desk
def supplier(request: HttpRequest, pk: int) -> HttpResponse:
    """One supplier with the experts' opinions."""
    row = parties_access.supplier_for(request.actor, pk)  # type: ignore[attr-defined]
    if row is None:
        raise Http404
    context = {
        "supplier": row,
        "title": row.name,
        "state": SUPPLIER.states[row.state],
        "tone": PARTY_TONES.get(row.state, ""),
        "region": place(row.city) if row.is_in_province else "省外",
        "opinions": list(parties.opinions(row)),
        "return_words": reason_words(row.return_reasons),
        "acts": past_acts(row.journal_key, with_refused=True),
    }
    return render(request, "auditor/supplier.html", context)


class ListTable(GovTable):
    """Settlement lists."""

    caption = "结算清单"
    title = columns.LinkColumn(verbose_name="清单", to=lambda row: f"{row.pk}/")
    city = PlaceColumn(verbose_name="地市")
    count = columns.CountColumn(verbose_name="张数")
    total_fen = columns.MoneyColumn(verbose_name="合计（元）")
    state = StateLabel(
        verbose_name="状态",
        labels=SETTLEMENT_LIST.states,
        tones={"published": "now", "standing": "good", "withdrawn": "bad", "drafted": "waiting"},
    )
    published_at = columns.MomentColumn(verbose_name="公示开始")
    publicity_ends_at = columns.UntilColumn(verbose_name="公示结束")

    class Meta(GovTable.Meta):
        pass


class SettlementLists(ListPage):
    """The settlement lists in scope."""

    title = "结算清单"
    table_class = ListTable
    filterset_class = by_city_and_state(SETTLEMENT_LIST.states)
    search_fields = ("title", "content_hash")
    search_hint = "标题、清单摘要"
    order = ("-pk",)
    export_name = "结算清单"
    empty_title = "还没有结算清单"

    def rows(self) -> QuerySet[Any]:
        return settlement_access.lists_visible_to(self.request.actor)  # type: ignore[attr-defined]


@desk
def settlement_list(request: HttpRequest, pk: int) -> HttpResponse:
    """One list with its lines, its hash, and whether it is as it was published."""
    row = settlement_access.list_for(request.actor, pk)  # type: ignore[attr-defined]
    if row is None:
        raise Http404
    context = {
        "row": row,
        "title": row.title,
        "state": SETTLEMENT_LIST.states[row.state],
        "lines": list(settlement.lines_of(row)),
        "checks": [
            {
                "passed": settlement.is_unchanged(row),
                "text": "清单内容与公示时的摘要一致",
                "article": "D47-5.22",
            }
        ],
        "acts": past_acts(row.journal_key, with_refused=True),
    }
    return render(request, "auditor/settlement_list.html", context)


class RunTable(GovTable):
    """Payment runs."""

    caption = "兑付批次"
    number = columns.LinkColumn(verbose_name="批次", to=lambda row: f"{row.pk}/")
    city = PlaceColumn(verbose_name="地市")
    cycle = columns.TextColumn(verbose_name="周期", accessor="cycle__name")
    funds_fen = columns.MoneyColumn(verbose_name="可用资金（元）")
    total_fen = columns.MoneyColumn(verbose_name="兑付合计（元）")
    state = StateLabel(
        verbose_name="状态",
        labels=PAYMENT_RUN.states,
        tones={"done": "good", "released": "now", "prepared": "waiting"},
    )
    prepared_at = columns.MomentColumn(verbose_name="编制时间")
    released_at = columns.MomentColumn(verbose_name="放行时间")

    class Meta(GovTable.Meta):
        pass


class RunList(ListPage):
    """The payment runs in scope."""

    title = "兑付批次"
    table_class = RunTable
    filterset_class = by_city_and_state(PAYMENT_RUN.states)
    order = ("-pk",)
    export_name = "兑付批次"
    empty_title = "还没有兑付批次"

    def rows(self) -> QuerySet[Any]:
        return settlement_access.runs_visible_to(self.request.actor)  # type: ignore[attr-defined]


@desk
def run(request: HttpRequest, pk: int) -> HttpResponse:
    """One payment run with its instructions."""
    row = settlement_access.run_for(request.actor, pk)  # type: ignore[attr-defined]
    if row is None:
        raise Http404
    context = {
        "row": row,
        "title": f"{place(row.city)}　第 {row.number} 批兑付",
        "state": PAYMENT_RUN.states[row.state],
        "instructions": [
            {"row": one, "state": one.lifecycle.states[one.state]} for one in settlement.instructions_of(row)
        ],
        "acts": past_acts(row.journal_key, with_refused=True),
    }
    return render(request, "auditor/run.html", context)


CHANGES = exports.Listing(
    "规则变更",
    ("规则", "row.rule"), ("规则包", "row.pack"), ("生效日期", "row.from_on", "date"), ("状态", "state"), ("起草", "drafter"),
    ("发布", "publisher"), ("发布时间", "row.published_at", "time"), ("依据", "row.article"),
)  # fmt: skip


@desk
def rule_changes(request: HttpRequest) -> HttpResponseBase:
    """Every change of the rules, whoever may see it."""
    rows = list(programme.rule_changes(request.actor)[: exports.most(request, 200)])  # type: ignore[attr-defined]
    names = parties.person_names([key for row in rows for key in (row.drafted_by, row.published_by)])
    changes = [
        {
            "row": row,
            "state": RULE_CHANGE.states[row.state],
            "drafter": names.get(row.drafted_by, ""),
            "publisher": names.get(row.published_by, "") if row.published_by else "",
        }
        for row in rows
    ]
    context = {"changes": changes, "files": CHANGES.files(request)}
    return CHANGES.asked(request, changes) or render(request, "auditor/rules.html", context)


@desk
def rule_change(request: HttpRequest, pk: int) -> HttpResponse:
    """One change with its diff."""
    row = programme_access.rule_change_for(request.actor, pk)  # type: ignore[attr-defined]
    if row is None:
        raise Http404
    diff = programme.rule_diff(row)
    context = {
        "change": row,
        "diff": diff,
        "state": RULE_CHANGE.states[row.state],
        "before": str(diff.before.raw) if diff.before else "尚未规定",
        "after": str(row.value),
        "acts": past_acts(row.journal_key, with_refused=True),
    }
    return render(request, "auditor/rule_change.html", context)
