"""The books: accounts, transfers, and whether they sum to zero."""

from __future__ import annotations

from typing import Any

import django_filters as filters
from django.db.models import QuerySet

from yunquan.desks.auditor import scope
from yunquan.desks.shared import columns
from yunquan.desks.shared.lists import GovTable, ListPage
from yunquan.desks.shared.registers import DayFilter
from yunquan.ledger import queries as ledger
from yunquan.parties import regions

BOOKS = {"promises": "额度簿", "cash": "资金簿", "matching": "地方配套簿"}
_KINDS = {
    "province": "省额度", "quota": "可发放额度", "reserved": "已发放额度", "redeemed": "已兑付额度",
    "treasury": "财政", "fund": "未安排资金", "committed": "在途资金", "recovered": "追回资金",
    "enterprise": "企业", "own_treasury": "市财政（配套）", "own_fund": "配套未安排资金",
    "own_committed": "配套在途资金", "own_recovered": "配套追回资金", "own_enterprise": "企业（配套）",
}  # fmt: skip
_MOVES = {
    "allot": "下达额度", "take_back": "收回额度", "reallocate": "调剂额度", "issue": "发券占用",
    "release": "退回额度", "redeem": "兑付核销", "appropriate": "下达资金", "withdraw": "收回资金",
    "commit": "安排兑付", "uncommit": "退回安排", "pay": "付款", "recover": "追回", "lapse": "作废退回",
    "provide": "落实配套资金", "reduce": "调减配套资金",
}  # fmt: skip


def account_label(key: str) -> str:
    """An account's key in words: 可发放额度 2018 东莞市."""
    kind, _, rest = key.partition(":")
    cycle, _, city = rest.rpartition(":")
    words = [_KINDS.get(kind, kind), cycle, regions.place_name(city)]
    return " ".join(word for word in words if word)


class BookColumn(columns.TextColumn):
    """Which book."""

    def render(self, value: Any) -> str:
        return BOOKS.get(str(value), str(value))

    value = render  # type: ignore[assignment]


class AccountColumn(columns.TextColumn):
    """An account in words."""

    def render(self, value: Any) -> str:
        return account_label(str(value))

    value = render  # type: ignore[assignment]


class MoveColumn(columns.TextColumn):
    """The kind of a transfer in words."""

    def render(self, value: Any) -> str:
        return _MOVES.get(str(value), str(value))

    value = render  # type: ignore[assignment]


class AccountTable(GovTable):
    """Accounts with balances."""

    caption = "账户"
    book = BookColumn(verbose_name="账簿")
    label = AccountColumn(verbose_name="账户", accessor="key")
    key = columns.TextColumn(verbose_name="账户代码")
    balance_fen = columns.MoneyColumn(verbose_name="余额（元）")

    class Meta(GovTable.Meta):
        pass


class AccountFilter(filters.FilterSet):
    """Book and account."""

    book = filters.ChoiceFilter(label="账簿", choices=list(BOOKS.items()))
    key = filters.CharFilter(label="账户代码含", lookup_expr="contains")


class AccountList(ListPage):
    """Every account in scope with its balance."""

    title = "账户"
    table_class = AccountTable
    filterset_class = AccountFilter
    search_fields = ("key",)
    search_hint = "账户代码、区划代码"
    order = ("book", "key")
    per_page = 50
    export_name = "账户"
    template_name = "auditor/accounts.html"

    def rows(self) -> QuerySet[Any]:
        return ledger.accounts().filter(scope.of_accounts(self.request.actor, "key"))  # type: ignore[attr-defined]

    def context(self) -> dict[str, Any]:
        if not scope.sees_all(self.request.actor):  # type: ignore[attr-defined]
            return {"sums": []}
        return {
            "sums": [
                {
                    "passed": total == 0,
                    "text": f"{BOOKS.get(book, book)}：全部账户余额合计为零",
                    "detail": "" if total == 0 else str(total),
                }
                for book, total in ledger.book_sums_fen().items()
            ]
        }


class TransferTable(GovTable):
    """Transfers between accounts."""

    caption = "流水"
    pk = columns.CountColumn(verbose_name="序号")
    at = columns.MomentColumn(verbose_name="时间")
    book = BookColumn(verbose_name="账簿")
    kind = MoveColumn(verbose_name="事项")
    credit = AccountColumn(verbose_name="付出账户")
    debit = AccountColumn(verbose_name="收入账户")
    amount_fen = columns.MoneyColumn(verbose_name="金额（元）")
    subject = columns.TextColumn(verbose_name="对象")
    article = columns.TextColumn(verbose_name="依据")

    class Meta(GovTable.Meta):
        pass


class TransferFilter(filters.FilterSet):
    """Book, subject, account, days."""

    book = filters.ChoiceFilter(label="账簿", choices=list(BOOKS.items()))
    subject = filters.CharFilter(label="对象", lookup_expr="exact")
    kind = filters.CharFilter(label="事项代码", lookup_expr="exact")
    since = DayFilter(label="自", field_name="at", lookup_expr="date__gte")
    until = DayFilter(label="至", field_name="at", lookup_expr="date__lte")


class TransferList(ListPage):
    """Every transfer in scope, the latest first."""

    title = "流水"
    table_class = TransferTable
    filterset_class = TransferFilter
    search_fields = ("subject", "credit", "debit")
    search_hint = "券号、账户代码"
    order = ("-pk",)
    export_name = "流水"

    def rows(self) -> QuerySet[Any]:
        actor = self.request.actor  # type: ignore[attr-defined]
        wanted = scope.of_accounts(actor, "credit") | scope.of_accounts(actor, "debit")
        return ledger.transfers().filter(wanted)
