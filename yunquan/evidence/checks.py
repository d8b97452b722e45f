"""Pure refusals of the evidence: what a preview or a claim may ask of files before anything is written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from yunquan.kernel.money import format_yuan
from yunquan.kernel.refusal import Refusal
from yunquan.kernel.workflow import Facts


def same_content_declared(facts: Facts) -> Refusal | None:
    """The same file content in two vouchers must be declared (U3)."""
    others = facts.get("same_content_in", ())
    if not others or facts.get("declared"):
        return None
    return Refusal(
        "same_file_elsewhere",
        f"这个文件与 {'、'.join(map(str, others))} 的文件内容完全相同。",
        "D47-5.14",
        "请更换文件，或写明为什么使用同一份文件。",
        "same_file_note",
    )


def reason_stated(facts: Facts) -> Refusal | None:
    """The answer to an alarm states what was found (D47-5.14)."""
    if str(facts["reason"]).strip():
        return None
    return Refusal("no_reason", "请写明核查情况，会告知企业和供应商。", "D47-5.14", field="reason")


def second_person(facts: Facts) -> Refusal | None:
    """Who raised an alarm, or upheld it, does not answer it (S3)."""
    if facts["person"] not in facts["earlier_persons"]:
        return None
    return Refusal(
        "same_person",
        "这条警示由您登记或认定，须由另一人核查。",
        "D47-5.14",
        "请由另一位有权限的同事办理。",
    )


def alarm_understood(facts: Facts) -> Iterator[Refusal]:
    """What is told of an invoice: how it ended, when, by how much, and where that is known from (D47-5.14)."""
    if facts["kind"] not in ("red", "void"):
        yield Refusal("missing", "请选择红冲还是作废。", "D47-5.14", field="kind")
    day = facts["happened_on"]
    if day is None:
        yield Refusal(
            "not_a_date", "请填写红冲或作废的日期。", "D47-5.14", "写法如 2019-03-09。", "happened_on"
        )
    elif day > facts["today"]:
        yield Refusal("day_in_future", f"日期 {day} 还没有到。", "D47-5.14", "请核对日期。", "happened_on")
    amount, gross = facts["reversed_fen"], facts["gross_fen"]
    if amount is not None and amount <= 0:
        yield Refusal("not_positive", "红冲金额应大于 0。", "D47-5.14", "整张红冲的可以不填。", "reversed")
    elif amount is not None and gross is not None and amount > gross:
        message = f"红冲金额大于发票的 {format_yuan(gross)} 元。"
        yield Refusal(
            "more_than_invoice", message, "D47-5.14", "请核对金额；整张红冲的可以不填。", "reversed"
        )
    if not str(facts["note"]).strip():
        yield Refusal("missing", "请写明从哪里得知。", "D47-5.14", "例如“税务发票查验平台查询结果”。", "note")
    if len(str(facts["red_number"])) > 20:
        yield Refusal("too_long", "红字发票号码不应超过 20 个字符。", "D47-5.14", field="red_number")


def relation_declared(facts: Facts) -> Iterable[Refusal]:
    """A supplier that is related to the enterprise says how, and vows a fair price (D47-5.23)."""
    return facts["declaration"]


def second_look_there(facts: Facts) -> Iterable[Refusal]:
    """Related parties are looked at by a second reviewer where there is one; dissent is answered (D47-5.23)."""
    second = facts["second_look"]
    if not second["needed"]:
        return
    others = [agrees for person, agrees in second["looks"] if person != facts["person"]]
    if not others:
        yield Refusal(
            "second_look_missing",
            f"{second['why']}，须由另一位审核人先复核同一内容。",
            "D47-5.23",
            "请另一位审核人打开本页，填写复核意见后再办理。",
        )
    elif not all(others) and not second["reason"]:
        yield Refusal(
            "dissent_unanswered",
            "复核人不同意，请写明仍作此决定的理由，理由记入日志。",
            "D47-5.23",
            "也可以退回并说明理由。",
            "dissent_reason",
        )


def exceptions_judged(facts: Facts) -> Iterable[Refusal]:
    """Other firms declared for a party are judged by the reviewer before the claim is approved (D47-5.14)."""
    return facts["exceptions"]


def no_open_alarm(facts: Facts) -> Iterable[Refusal]:
    """No invoice of the claim was reversed or made void, or it was looked into and the alarm lifted (D47-5.14)."""
    mend = "请先核查警示：不属实或余下发票足够的解除；属实的退回或不予兑付。"
    return [Refusal("invoice_alarm", f"{said}，暂停办理。", "D47-5.14", mend) for said in facts["alarms"]]


def alarm_found_true(facts: Facts) -> Refusal | None:
    """A claim that was approved comes back only for an invoice found reversed or void (D47-5.14)."""
    if facts["alarm_upheld"]:
        return None
    return Refusal("no_upheld_alarm", "没有认定属实的发票警示，不能退回已审核通过的兑现。", "D47-5.14")
