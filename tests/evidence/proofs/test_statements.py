"""Statements of accounts: a payment a row, and strangers' names not told."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from tests.evidence.proofs.making import Payment, as_csv, as_xlsx, statement
from yunquan.evidence.reading import sandbox
from yunquan.evidence.reading.proofs.masking import discreet, masked
from yunquan.evidence.reading.proofs.statements import NOT_FOUND, read_statement
from yunquan.evidence.reading.unreadable import UnreadableError

FIRST = Payment()
SECOND = Payment().but(serial="20190306000777", amount_fen=40_000_50, day=date(2019, 3, 6))
INCOME = Payment().but(payer="虚构客户有限公司", payer_account="33333333333333333", serial="20190307000001")


def told(content: bytes) -> list[dict[str, Any]]:
    """What each row says, as a few fields."""
    found = []
    for row, facts, reason in read_statement(content):
        assert facts is not None, reason
        found.append(
            {
                "row": row,
                "payer": facts.payer,
                "payee": facts.payee,
                "amount_fen": facts.amount_fen,
                "paid_on": facts.paid_on,
                "serial": facts.serial,
                "no_proof": facts.no_proof,
                "payer_account": facts.payer_account,
                "payee_account": facts.payee_account,
            }
        )
    return found


def expected(paid: Payment, row: int) -> dict[str, Any]:
    return {
        "row": row, "payer": paid.payer, "payee": paid.payee, "amount_fen": paid.amount_fen, "paid_on": paid.day,
        "serial": paid.serial, "no_proof": None, "payer_account": masked(paid.payer_account),
        "payee_account": masked(paid.payee_account),
    }  # fmt: skip


@pytest.mark.clause("D47-5.14", "D47-5.11")
@pytest.mark.parametrize("form", ["gb18030", "utf-8", "utf-8-sig", "utf-16", "xlsx"])
def test_every_payment_of_a_statement_is_read_in_each_form(form: str) -> None:
    rows = statement([FIRST, SECOND])
    content = as_xlsx(rows) if form == "xlsx" else as_csv(rows, form)
    assert told(content) == [expected(FIRST, 4), expected(SECOND, 5)]


def test_money_that_came_in_has_the_other_side_as_payer() -> None:
    rows = statement([FIRST], received=[INCOME])
    found = told(as_csv(rows))
    assert (found[1]["payer"], found[1]["payee"]) == ("虚构客户有限公司", FIRST.payer)


@pytest.mark.parametrize(
    ("heading", "row", "way"),
    [
        (
            ["交易时间", "收支方向", "交易金额", "对方名称", "流水号"],
            ["2019-03-05 10:11:12", "支出", "100.00", "示例云有限公司", "A1001"],
            "out",
        ),
        (
            ["交易时间", "借贷标志", "交易金额", "对方名称", "流水号"],
            ["2019/3/5", "贷", "100.00", "示例云有限公司", "A1001"],
            "in",
        ),
        (["日期", "金额", "对方户名", "流水号"], ["20190305", "-100.00", "示例云有限公司", "A1001"], "out"),
        (["日期", "金额", "对方户名", "流水号"], ["20190305", "+100.00", "示例云有限公司", "A1001"], "in"),
        (
            ["交易日期", "支出", "收入", "对方单位", "凭证号"],
            ["2019年3月5日", "100", "0.00", "示例云有限公司", "A1001"],
            "out",
        ),
    ],
)
def test_the_way_of_the_money_is_told_by_column_word_or_sign(
    heading: list[str], row: list[str], way: str
) -> None:
    (one,) = told(as_csv([["户名：虚构五金有限公司"], heading, row]))
    assert one["amount_fen"] == 100_00 and one["paid_on"] == date(2019, 3, 5) and one["serial"] == "A1001"
    sides = ("虚构五金有限公司", "示例云有限公司")
    assert (one["payer"], one["payee"]) == (sides if way == "out" else sides[::-1])


def test_payer_and_payee_in_columns_of_their_own() -> None:
    heading = [
        "付款日期",
        "付款人名称",
        "付款账号",
        "收款人名称",
        "收款账号",
        "交易日期",
        "金额(元)",
        "交易流水号",
        "交易状态",
    ]
    rows = [
        heading,
        ["", FIRST.payer, FIRST.payer_account, FIRST.payee, FIRST.payee_account, "2019-03-05", "110,000.00", FIRST.serial, "交易成功"],
        ["", FIRST.payer, FIRST.payer_account, FIRST.payee, FIRST.payee_account, "2019-03-05", "110,000.00", "X2", "交易失败"],
        ["", FIRST.payer, FIRST.payer_account, FIRST.payee, FIRST.payee_account, "2019-03-05", "110,000.00", "X3333", "待复核"],
    ]  # fmt: skip
    good, failed, asked = told(as_csv(rows))
    assert good == expected(FIRST, 2)
    assert "没有成功" in failed["no_proof"] and "还没有完成" in asked["no_proof"]


def test_names_of_persons_and_whole_accounts_stay_inside() -> None:
    person = FIRST.but(payee="欧阳虚构", payee_account="6222000012345678901")
    answer = sandbox.run("proof", as_csv(statement([FIRST, person])), "x.csv")
    text = json.dumps(answer, ensure_ascii=False)
    assert "欧阳" not in text and "6222000012345678901" not in text
    assert answer["read"]["proofs"][1]["facts"]["payee"] == "欧***"
    assert discreet("虚构五金厂") == "虚构五金厂"


def test_rows_that_cannot_be_read_say_why_and_the_others_are_read() -> None:
    rows = statement([FIRST])
    rows.insert(3, ["20190305", "一百元", "", "示例云有限公司", "1", "x", "A1"])
    rows.insert(3, ["三月五日", "100.00", "", "示例云有限公司", "1", "x", "A1"])
    found = read_statement(as_csv(rows))
    assert [(row, reason) for row, _facts, reason in found] == [
        (4, "第 4 行的日期“三月五日”不是日期"),
        (5, "金额“一百元”不是金额"),
        (6, None),
    ]


def test_numbers_that_a_program_shortened_are_no_serials() -> None:
    heading = ["交易日期", "支出", "对方户名", "流水号"]
    content = as_xlsx([heading, ["2019-03-05", 100.5, "示例云有限公司", 2.0190305000123e19]])
    (one,) = told(content)
    assert one["amount_fen"] == 100_50 and one["serial"] is None


def test_banks_that_keep_numbers_from_being_shortened_are_understood() -> None:
    rows = [
        ["交易日期", "支出", "对方户名", "流水号"],
        ["\t20190305", "\t100.00", "示例云有限公司", '="000123456"'],
    ]
    (one,) = told(as_csv(rows))
    assert one["serial"] == "000123456" and one["paid_on"] == date(2019, 3, 5)


@pytest.mark.parametrize(
    "content", [as_csv([["a", "b"], ["1", "2"]]), as_xlsx([["会议", "记录"]]), "你好".encode()]
)
def test_a_table_that_is_no_statement_says_what_was_expected(content: bytes) -> None:
    with pytest.raises(UnreadableError) as wrong:
        read_statement(content)
    assert str(wrong.value) == NOT_FOUND


def test_a_statement_that_is_too_long_is_refused() -> None:
    rows = [
        ["交易日期", "支出", "对方户名", "流水号"],
        *[["20190305", "1.00", "示例云有限公司", "A100"]] * 7_000,
    ]
    with pytest.raises(UnreadableError, match="按月分开"):
        read_statement(as_csv(rows))
