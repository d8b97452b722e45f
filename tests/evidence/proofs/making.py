"""Receipts and statements of plainly invented firms, in the ways in which banks commonly print them.

No real receipt was at hand: labels and places follow what is commonly known of them.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import xlsxwriter

from tests.evidence.papers.pdf import Text, set_pages
from yunquan.kernel.money import capitals, format_yuan


@dataclass(frozen=True)
class Payment:
    """An invented payment; the sum in fen."""

    bank: str = "中国工商银行"
    payer: str = "虚构五金制品（东莞）有限公司"
    payer_account: str = "2010021009200000018"
    payer_bank: str = "中国工商银行东莞测试支行"
    payee: str = "示例云科技（东莞）有限公司"
    payee_account: str = "44050177000800000027"
    payee_bank: str = "中国建设银行东莞虚构支行"
    amount_fen: int = 110_000_00
    day: date = date(2019, 3, 5)
    serial: str = "20190305000123"

    def but(self, **changes: Any) -> Payment:
        return replace(self, **changes)

    @property
    def yuan(self) -> str:
        return format_yuan(self.amount_fen)

    @property
    def words(self) -> str:
        return capitals(self.amount_fen)


def _pdf(*pages: list[Text]) -> bytes:
    return set_pages([(page, "") for page in pages])


def upright(paid: Payment, top: float = 0.0) -> list[Text]:
    """付款人 and 收款人 upright at the left of each half, the same labels in both."""
    y = top
    return [
        (70, y + 8, f"{paid.bank} 网上银行电子回单"), (10, y + 18, f"电子回单号码：0000-1234-5678-{paid.serial[-4:]}"),
        *[(8, y + 28 + 5 * place, sign) for place, sign in enumerate("付款人")],
        *[(106, y + 28 + 5 * place, sign) for place, sign in enumerate("收款人")],
        (14, y + 26, "户  名"), (36, y + 26, paid.payer), (112, y + 26, "户  名"), (134, y + 26, paid.payee),
        (14, y + 33, "账  号"), (36, y + 33, paid.payer_account), (112, y + 33, "账  号"), (134, y + 33, paid.payee_account),
        (14, y + 40, "开户银行"), (36, y + 40, paid.payer_bank), (112, y + 40, "开户银行"), (134, y + 40, paid.payee_bank),
        (14, y + 50, "金额"), (36, y + 50, f"人民币（大写）：{paid.words}"), (134, y + 50, f"¥{paid.yuan} 元"),
        (14, y + 57, "摘要"), (36, y + 57, "云平台服务费"), (112, y + 57, "业务（产品）种类"), (150, y + 57, "跨行发报"),
        (14, y + 64, "用途"), (36, y + 64, "付款申请2019-03服务费"), (112, y + 64, "交易流水号"), (140, y + 64, paid.serial),
        (14, y + 71, "时间戳"), (36, y + 71, f"{paid.day}-10.11.12.000001"),
        (14, y + 78, "备注：如发生退汇，款项将退回原账户"), (120, y + 85, f"记账日期：{paid.day:%Y年%m月%d日}"),
        (14, y + 92, "本回单不作为收款方发货依据，重复打印请注意"), (14, y + 99, "制单：虚构甲  复核：虚构乙  打印日期：2019-04-30"),
    ]  # fmt: skip


def labelled(paid: Payment) -> list[Text]:
    """Every label says its side; label and value in one piece."""
    return [
        (70, 8, f"{paid.bank}单位客户专用回单"), (10, 16, f"币别：人民币  {paid.day:%Y年%m月%d日}"), (140, 16, f"流水号：{paid.serial}"),
        (10, 26, f"付款人全称：{paid.payer}"), (110, 26, f"收款人全称：{paid.payee}"),
        (10, 33, f"付款人账号：{paid.payer_account}"), (110, 33, f"收款人账号：{paid.payee_account}"),
        (10, 40, f"付款人开户行：{paid.payer_bank}"), (110, 40, f"收款人开户行：{paid.payee_bank}"),
        (10, 50, f"（大写）金额：{paid.words}"), (110, 50, f"（小写）金额：{paid.yuan}"),
        (10, 57, "手续费：15.50"), (110, 57, "账户余额：9,876,543.21"),
        (10, 64, "用途：软件服务费"), (110, 64, f"交易日期：{paid.day:%Y%m%d}"), (10, 71, "交易状态：交易成功"),
    ]  # fmt: skip


def stacked(paid: Payment) -> list[Text]:
    """One below the other: a heading 付款方信息, then its rows; figures of full width."""
    wide = str.maketrans("0123456789.", "０１２３４５６７８９．")
    return [
        (70, 8, f"{paid.bank}转账汇款电子回单"),
        (10, 16, "付款方信息"), (10, 22, "户名"), (50, 22, paid.payer), (10, 28, "账号"), (50, 28, paid.payer_account),
        (10, 34, "开户行"), (50, 34, paid.payer_bank),
        (10, 44, "收款方信息"), (10, 50, "户名"), (50, 50, paid.payee), (10, 56, "账号"), (50, 56, paid.payee_account),
        (10, 62, "开户行"), (50, 62, paid.payee_bank),
        (10, 72, "交易金额"), (50, 72, f"{paid.amount_fen / 100:.2f}".translate(wide)), 
        (10, 78, "大写金额"), (50, 78, f"人民币{paid.words}"),
        (10, 84, "交易时间"), (50, 84, f"{paid.day:%Y/%m/%d} 10:11:12"), (10, 90, "交易流水号"), (50, 90, paid.serial),
        (10, 96, "预约日期"), (50, 96, "2018-01-01"),
    ]  # fmt: skip


def columns(paid: Payment) -> list[Text]:
    """付款人 and 收款人 as heads of two columns, one label at the left of each row."""
    return [
        (70, 8, f"{paid.bank}业务回单"), (60, 18, "付款人"), (130, 18, "收款人"),
        (10, 26, "名称"), (45, 26, paid.payer), (120, 26, paid.payee),
        (10, 33, "账号"), (45, 33, paid.payer_account), (120, 33, paid.payee_account),
        (10, 40, "开户行"), (45, 40, paid.payer_bank), (120, 40, paid.payee_bank),
        (10, 50, "小写金额"), (45, 50, f"RMB {paid.yuan}"), (10, 57, "日期"), (45, 57, f"{paid.day}"),
        (10, 64, "核心流水号"), (45, 64, paid.serial),
    ]  # fmt: skip


def below(paid: Payment) -> list[Text]:
    """Labels as the head of a table, values under them."""
    return [
        (70, 8, f"{paid.bank}付款回单"),
        (10, 20, "付款账号"), (60, 20, "付款户名"), (130, 20, "付款行"),
        (10, 27, paid.payer_account), (60, 27, paid.payer), (130, 27, paid.payer_bank),
        (10, 38, "收款账号"), (60, 38, "收款户名"), (130, 38, "收款行"),
        (10, 45, paid.payee_account), (60, 45, paid.payee), (130, 45, paid.payee_bank),
        (10, 56, "交易金额"), (60, 56, "交易日期"), (130, 56, "交易流水号"),
        (10, 63, paid.yuan), (60, 63, f"{paid.day}"), (130, 63, paid.serial),
    ]  # fmt: skip


LAYOUTS = {
    "upright": upright,
    "labelled": labelled,
    "stacked": stacked,
    "columns": columns,
    "below": below,
}


def receipt(paid: Payment | None = None, way: str = "upright", extra: Sequence[Text] = ()) -> bytes:
    """A receipt as PDF; `extra` is printed besides."""
    return _pdf([*LAYOUTS[way](paid or Payment()), *extra])


def page(texts: list[Text]) -> bytes:
    """A page with these texts."""
    return _pdf(texts)


def pages(*of: list[Text]) -> bytes:
    """Pages with these texts."""
    return _pdf(*of)


HEADING = ("交易日期", "借方发生额", "贷方发生额", "对方户名", "对方账号", "摘要", "交易流水号")


def statement(payments: Sequence[Payment], *, received: Sequence[Payment] = ()) -> list[list[str]]:
    """The rows of an account's statement, as banks write them out."""
    own = payments[0]
    rows = [["中国工商银行账户明细"], [f"户名：{own.payer}", "", "账号：", own.payer_account], list(HEADING)]
    for paid in payments:
        rows.append(
            [f"{paid.day:%Y%m%d}", paid.yuan, "", paid.payee, paid.payee_account, "服务费", paid.serial]
        )
    for paid in received:
        rows.append(
            [f"{paid.day:%Y%m%d}", "", paid.yuan, paid.payer, paid.payer_account, "货款", paid.serial]
        )
    rows.append(["合计", own.yuan, "", "", "", "", ""])
    return rows


def as_csv(rows: Sequence[Sequence[str]], encoding: str = "gb18030") -> bytes:
    """Rows as CSV."""
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue().encode(encoding)


def as_xlsx(rows: Sequence[Sequence[Any]]) -> bytes:
    """Rows as a workbook."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    sheet = book.add_worksheet()
    for number, row in enumerate(rows):
        for column, cell in enumerate(row):
            sheet.write(number, column, cell)
    book.close()
    return out.getvalue()
