"""Receipts of payments: what they say, masked accounts, and pages that prove nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.evidence.likeness.making import page as picture
from tests.evidence.likeness.making import saved, scan_pdf
from tests.evidence.proofs import making
from tests.evidence.proofs.making import LAYOUTS, Payment, receipt, upright
from yunquan.evidence.reading import sandbox
from yunquan.evidence.reading.facts import Conflict, ProofFacts
from yunquan.evidence.reading.proofs import layouts
from yunquan.evidence.reading.proofs.masking import masked
from yunquan.evidence.reading.proofs.reading import SCAN, read, read_pdf

BANKS = [each for each in layouts.receipts() if each.bank]


def said(paid: Payment) -> dict[str, Any]:
    """What the payment is, by the names of the facts."""
    return {
        "payer": paid.payer,
        "payer_account": masked(paid.payer_account),
        "payee": paid.payee,
        "payee_account": masked(paid.payee_account),
        "amount_fen": paid.amount_fen,
        "paid_on": paid.day,
        "serial": paid.serial,
        "no_proof": None,
    }


def found(facts: ProofFacts) -> dict[str, Any]:
    """What was read, by the same names."""
    return {name: getattr(facts, name) for name in said(Payment())}


@pytest.mark.clause("D47-5.14", "D47-5.11")
@pytest.mark.parametrize("way", LAYOUTS)
def test_a_receipt_is_read_in_each_way_of_printing(way: str) -> None:
    paid = Payment()
    (facts,) = read_pdf(receipt(paid, way))
    assert found(facts) == said(paid)
    assert (facts.layout, facts.bank) == ("icbc", "中国工商银行")
    assert facts.conflicts == () and set(facts.sources) == set(facts.places)
    box = facts.places["amount_fen"].box
    assert facts.places["amount_fen"].page == 1 and box is not None and 0 < box[0] < box[2] <= 1000


@pytest.mark.parametrize("way", LAYOUTS)
@pytest.mark.parametrize("bank", [each.id for each in BANKS])
def test_each_bank_is_known_by_its_title_and_not_by_the_other_side_s_bank(bank: str, way: str) -> None:
    layout = next(each for each in BANKS if each.id == bank)
    paid = Payment().but(bank=layout.bank, payer_bank=f"{layout.bank}东莞测试支行")
    (facts,) = read_pdf(receipt(paid, way))
    assert (facts.layout, facts.bank) == (layout.id, layout.bank)
    assert found(facts) == said(paid)


def test_at_least_six_banks_have_a_layout_and_each_says_what_it_was_checked_against() -> None:
    assert len({each.bank for each in BANKS}) >= 6
    for layout in (*layouts.receipts(), *layouts.statements(), layouts.generic()):
        assert "没有对照真实" in layout.checked


def test_the_receipt_of_an_unknown_bank_is_read_by_the_common_labels() -> None:
    paid = Payment().but(bank="虚构星球银行")
    (facts,) = read_pdf(receipt(paid, "labelled"))
    assert found(facts) == said(paid)
    assert (facts.layout, facts.bank) == ("generic", None)


@pytest.mark.parametrize("way", LAYOUTS)
def test_no_account_leaves_the_reader_whole(way: str) -> None:
    paid = Payment()
    told = json.dumps(sandbox.run("proof", receipt(paid, way), "x"), ensure_ascii=False)
    assert paid.payer_account not in told and paid.payee_account not in told
    assert paid.payer_account[6:-6] not in told


def test_a_sum_whose_capitals_say_another_is_told() -> None:
    paid = Payment()
    texts = [(x, y, text.replace(paid.words, "壹拾壹万零叁拾元整")) for x, y, text in upright(paid)]
    (facts,) = read_pdf(making.page(texts))
    assert facts.amount_fen == paid.amount_fen and facts.sources["amount_fen"] == ("text",)
    assert facts.conflicts == (Conflict("amount_fen", (("text", paid.amount_fen), ("capitals", 110_030_00))),)


@pytest.mark.clause("D47-5.14")
@pytest.mark.parametrize(
    ("text", "shows"),
    [
        ("付款申请单", "付款申请"),
        ("交易状态：待审核", "待审核"),
        ("指令状态：银行受理中", "受理中"),
        ("预约转账", "预约转账"),
        ("制单成功", "制单成功"),
        ("处理结果：提交成功，等待银行处理", "提交成功"),
        ("交易状态：交易失败", "交易失败"),
        ("状态：已退汇", "退汇"),
        ("已冲正", "已冲正"),
        ("该笔交易已撤销", "已撤销"),
        ("作废", "作废"),
        ("结算业务申请书", "结算业务申请书"),
    ],
)
def test_a_page_that_only_asks_or_failed_is_no_proof(text: str, shows: str) -> None:
    for way in ("upright", "stacked"):
        (facts,) = read_pdf(receipt(way=way, extra=[(150, 128, text)]))
        assert facts.no_proof is not None and f"“{shows}”" in facts.no_proof
        # What it asks for is told all the same.
        assert facts.amount_fen == Payment().amount_fen


@pytest.mark.parametrize(
    "text",
    [
        "交易状态：交易成功", "处理结果：成功", "用途：付款申请单 2019-03", "附言：预约付款转入", "冲正标志：否", "退汇标志：0",
        "温馨提示：若交易失败请联系开户网点", "摘要：退汇重发", "制单：虚构甲",
    ],
)  # fmt: skip
def test_words_in_purposes_and_notes_make_no_request_of_it(text: str) -> None:
    (facts,) = read_pdf(receipt(way="stacked", extra=[(10, 110, text)]))
    assert facts.no_proof is None
    assert found(facts) == said(Payment())


def test_several_receipts_in_a_file_are_told_apart() -> None:
    first, second, third = (
        Payment().but(serial=f"2019030500012{n}", amount_fen=n * 1_000_00) for n in (1, 2, 3)
    )
    content = making.pages(making.labelled(first), [*making.below(second), *_lower(making.below(third), 68)])
    facts = read_pdf(content)
    assert [found(one) for one in facts] == [said(first), said(second), said(third)]
    assert [one.places["serial"].page for one in facts] == [1, 2, 2]


def _lower(texts: list[making.Text], by: float) -> list[making.Text]:
    return [(x, y + by, text) for x, y, text in texts]


def test_a_name_that_a_narrow_column_breaks_is_whole_again() -> None:
    paid = Payment()
    texts = []
    for x, y, text in making.stacked(paid):
        if text == paid.payee:
            texts += [(x, y, text[:8]), (x, y + 3.5, text[8:])]
        else:
            texts.append((x, y, text))
    (facts,) = read_pdf(making.page(texts))
    assert facts.payee == paid.payee


def test_fees_balances_and_days_of_printing_are_not_taken_for_the_payment() -> None:
    paid = Payment()
    texts: list[making.Text] = [
        (10, 10, "电子回单"), (10, 20, "打印日期：2020-01-01"), (10, 30, "手续费：5.00"), (10, 40, "账户余额：88,888.00"),
        (10, 50, f"收款人：{paid.payee}"), (10, 60, "委托日期：2019-01-01"),
    ]  # fmt: skip
    (facts,) = read_pdf(making.page(texts))
    assert (facts.amount_fen, facts.paid_on, facts.payee) == (None, None, paid.payee)


def test_a_day_without_a_label_counts_where_it_is_the_only_one() -> None:
    texts: list[making.Text] = [
        (70, 8, "中国建设银行单位客户专用回单"), (80, 16, "2019年03月05日"), (10, 24, "打印日期"), (40, 24, "2020-01-01"),
        (10, 32, "收款人：示例云科技（东莞）有限公司"),
    ]  # fmt: skip
    (facts,) = read_pdf(making.page(texts))
    assert facts.paid_on == Payment().day
    (facts,) = read_pdf(making.page([*texts, (140, 40, "2019年04月01日")]))
    assert facts.paid_on is None


def test_a_sum_in_another_currency_is_not_read() -> None:
    texts: list[making.Text] = [
        (10, 10, "电子回单"),
        (10, 20, "币种：美元"),
        (10, 30, "交易金额：100.00"),
        (10, 40, "收款人：虚构公司"),
    ]
    (facts,) = read_pdf(making.page(texts))
    assert facts.amount_fen is None


@pytest.mark.parametrize(
    "content", [scan_pdf([picture("回单")]), saved(picture("回单")), saved(picture("回单"), kind="PNG")]
)
def test_a_scan_is_stored_and_typed_by_hand(content: bytes) -> None:
    answer = sandbox.run("proof", content, "scan")
    assert answer["error"] is None
    (one,) = answer["read"]["proofs"]
    assert ProofFacts.from_json(one["facts"]) == ProofFacts(reason=SCAN)


def test_a_page_that_has_nothing_of_a_payment_says_so() -> None:
    answer = read(making.page([(10, 10, "会议通知"), (10, 20, "请各部门准时参加本次会议，谢谢配合。")]), "x")
    assert answer["proofs"][0]["facts"]["reason"] == "没有认出付款信息，请手工填写"


def test_what_was_read_comes_back_from_json() -> None:
    (facts,) = read_pdf(receipt())
    assert ProofFacts.from_json(json.loads(json.dumps(facts.as_json()))) == facts
