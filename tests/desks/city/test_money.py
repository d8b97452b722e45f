"""Lists, objections, payment runs, bank results, recoveries and funds of a city."""

from __future__ import annotations

import csv
import io
import zipfile
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.cast import PDF, World, at
from tests.desks.officials import text_of
from tests.papers.test_pdf import read
from yunquan.settlement import actions as settlement
from yunquan.settlement.models import Objection, PaymentRun, Recovery, SettlementList
from yunquan.vouchers.models import Voucher


@pytest.mark.clause("D47-5.14")
def test_a_list_is_drawn_up_by_one_and_published_by_another(world: World, enter: Any, moment: Any) -> None:
    voucher = world.approved()
    moment("2019-04-08 09:00")
    reviewer, approver = enter("dg_reviewer"), enter("dg_approver")
    assert voucher.number in text_of(reviewer.get("/city/lists/"))
    place = f"/city/lists/draw/{world.cycle.pk}/"
    text_of(reviewer.get(place))
    assert approver.post(place).status_code == 404
    answer = reviewer.post(place, {"once": "draw"})
    assert answer.status_code == 302
    drawn = SettlementList.objects.get()
    assert text_of(reviewer.get(answer.url)).count(drawn.content_hash) == 1
    assert reviewer.post(f"/city/lists/{drawn.pk}/publish/").status_code == 404
    assert approver.post(f"/city/lists/{drawn.pk}/publish/").status_code == 302
    drawn.refresh_from_db()
    assert drawn.state == "published"
    page = text_of(approver.get(f"/city/lists/{drawn.pk}/"))
    assert "公示中，还剩" in page
    nothing = text_of(reviewer.post(place, {"once": "again"}), 422)
    assert "没有已审核通过、待列入清单的服务券" in nothing


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize(
    ("name", "place"),
    [("dg_reviewer", "/city/lists/?list=lists&format="), ("auditor", "/auditor/lists/?format=")],
)
def test_a_list_of_lists_says_the_end_of_the_period_as_its_page_does(
    world: World, enter: Any, moment: Any, name: str, place: str, kind: str
) -> None:
    world.approved()
    world.published()
    moment("2019-04-09 09:00")
    client = enter(name)
    shown = text_of(client.get(place.partition("?")[0]))
    answer = client.get(f"{place}{kind}")
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    if kind == "xlsx":
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            content = b"".join(book.read(part) for part in book.namelist())
    for text in (shown, content.decode(errors="ignore")):
        assert "2019-04-15 24:00" in text and "2019-04-16 00:00" not in text


def test_a_list_is_withdrawn_only_with_a_reason(world: World, enter: Any, moment: Any) -> None:
    voucher = world.approved()
    drawn = world.published()
    moment("2019-04-09 09:00")
    client, place = enter("dg_approver"), f"/city/lists/{drawn.pk}/withdraw/"
    assert "请写明理由" in text_of(client.post(place, {"reason": " "}), 422)
    assert client.post(place, {"reason": "有一张券金额有误"}).status_code == 302
    voucher.refresh_from_db()
    assert voucher.state == "approved"
    assert "有一张券金额有误" in text_of(client.get(f"/city/lists/{drawn.pk}/"))


@pytest.mark.parametrize(
    ("kind", "start"), [("pdf", b"%PDF"), ("xlsx", b"PK"), ("csv", b"\xef\xbb\xbf"), ("json", b"{")]
)
def test_a_list_is_downloaded(world: World, enter: Any, moment: Any, kind: str, start: bytes) -> None:
    world.approved()
    drawn = world.published()
    moment("2019-04-09 09:00")
    answer = enter("dg_cashier").get(f"/city/lists/{drawn.pk}/list.{kind}")
    assert answer.status_code == 200
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    assert content.startswith(start)


@pytest.mark.clause("D47-5.22")
def test_the_city_and_the_public_read_the_same_last_day_on_paper(
    world: World, enter: Any, moment: Any
) -> None:
    world.approved()
    drawn = world.published()
    moment("2019-04-09 09:00")
    for place in (f"/city/lists/{drawn.pk}/list.pdf", f"/publicity/{drawn.pk}/list.pdf"):
        assert "2019-04-08 至 2019-04-15（7 个整日）" in read(enter("dg_cashier").get(place).content)[0], (
            place
        )


def raise_one(world: World) -> Objection:
    line = SettlementList.objects.get().lines.get()
    return settlement.raise_objection(
        line=line, raised_by="测试举报人", contact="13800000000", grounds="验收不实", file=None,
        by=world["province_officer"], now=at("2019-04-09 10:00"),
    )  # fmt: skip


@pytest.mark.clause("D47-5.22")
def test_an_objection_is_escalated_by_the_reviewer_and_decided_by_the_approver(
    world: World, enter: Any, moment: Any
) -> None:
    world.approved()
    world.published()
    raised = raise_one(world)
    moment("2019-04-10 09:00")
    reviewer, approver, place = enter("dg_reviewer"), enter("dg_approver"), f"/city/objections/{raised.pk}/"
    assert "验收不实" in text_of(reviewer.get(place))
    assert "虚构五金" in text_of(approver.get("/city/objections/"))
    assert "请写明理由" in text_of(approver.post(place, {"decision": "dismiss", "reason": ""}), 422)
    wrong = approver.post(place, {"decision": "reduce", "reason": "部分不实", "payable": "999999999"})
    page = text_of(wrong, 422)
    assert "核减后金额应大于 0" in page
    assert "部分不实" in page
    assert "999999999" in page
    assert reviewer.post(place, {"decision": "escalate", "reason": "需现场核查"}).status_code == 302
    assert "等待反馈" in text_of(approver.get(place))
    settlement.report(
        objection=raised, reason="现场核查无误", by=world["province_officer"], now=at("2019-04-11 09:00")
    )
    assert approver.post(place, {"decision": "dismiss", "reason": "核查无误"}).status_code == 302
    page = text_of(approver.get(place))
    assert "现场核查无误" in page
    assert "核查无误" in page


@pytest.fixture
def released(world: World, moment: Any) -> PaymentRun:
    world.approved()
    world.standing()
    moment("2019-05-22 10:00")
    return world.released()


@pytest.mark.clause("D47-5.15")
def test_a_run_is_prepared_by_the_reviewer_and_released_by_the_cashier(
    world: World, enter: Any, moment: Any
) -> None:
    world.approved()
    world.standing()
    moment("2019-05-20 10:00")
    reviewer, cashier = enter("dg_reviewer"), enter("dg_cashier")
    assert "本批兑付" in text_of(reviewer.get("/city/payments/"))
    place = f"/city/payments/prepare/{world.cycle.pk}/"
    assert cashier.post(place).status_code == 404
    answer = reviewer.post(place, {"once": "run"})
    assert answer.status_code == 302
    again = text_of(reviewer.post(place, {"once": "run-2"}), 422)
    assert "已有一个批次待放行" in again
    assert "您的岗位不能" in text_of(reviewer.post(answer.url, {"decision": "release"}), 422)
    assert cashier.post(answer.url, {"decision": "release"}).status_code == 302
    assert PaymentRun.objects.get().state == "released"
    assert "还有 1 笔" in text_of(cashier.get(answer.url))
    assert "没有银行回单" in text_of(cashier.post(answer.url, {"decision": "finish"}), 422)


def test_account_numbers_stand_only_in_the_cashiers_file(
    world: World, enter: Any, released: PaymentRun
) -> None:
    cashier, base = enter("dg_cashier"), f"/city/payments/{released.pk}/"
    assert "6200000000000000" in text_of(cashier.get(base + "payment.csv"))
    book = cashier.get(base + "payment.xlsx")
    assert b"".join(book.streaming_content).startswith(b"PK")
    assert "6200000000000000" not in text_of(cashier.get(base))
    for name in ("dg_reviewer", "dg_approver", "fs_cashier"):
        assert enter(name).get(base + "payment.csv").status_code == 404


def sent(lines: list[dict[str, str]], columns: tuple[str, ...] = ()) -> SimpleUploadedFile:
    """A result file as a bank makes it."""
    place = io.StringIO()
    heads = columns or ("instruction", "amount", "outcome", "bank_reference", "settled_on", "reason")
    writer = csv.DictWriter(place, heads, extrasaction="ignore")
    writer.writeheader()
    writer.writerows(lines)
    return SimpleUploadedFile("results.csv", place.getvalue().encode())


@pytest.mark.clause("D47-5.15", "M9")
def test_bank_results_are_taken_line_by_line_and_once(world: World, enter: Any, released: PaymentRun) -> None:
    cashier, place = enter("dg_cashier"), f"/city/payments/{released.pk}/results/"
    good = world.result(released)
    bad = {**good, "instruction": "ZF-none", "amount": "很多", "settled_on": "昨天"}
    page = text_of(cashier.post(place, {"results": sent([bad, good])}))
    assert "已登记" in page
    assert "本批次没有这个指令号" in page
    assert "入账日期应写成" in page
    page = text_of(cashier.post(place, {"results": sent([good])}))
    assert "此前已登记，未重复" in page
    assert Voucher.objects.get().state == "paid"
    assert cashier.post(f"/city/payments/{released.pk}/", {"decision": "finish"}).status_code == 302
    assert enter("dg_reviewer").post(place).status_code == 404


def test_a_result_file_without_a_column_is_refused_whole(
    world: World, enter: Any, released: PaymentRun
) -> None:
    cashier, place = enter("dg_cashier"), f"/city/payments/{released.pk}/results/"
    missing = sent([world.result(released)], ("instruction", "amount", "outcome", "reason"))
    page = text_of(cashier.post(place, {"results": missing}), 422)
    assert "文件没有导入，有 2 处问题" in page
    assert "第 1 行“银行流水号”" in page
    assert Voucher.objects.get().state == "ordered"
    assert "请上传" in text_of(cashier.post(place, {}), 422)
    empty = SimpleUploadedFile("results.csv", b"\x00\x01\x02")
    assert "文件没有导入" in text_of(cashier.post(place, {"results": empty}), 422)


@pytest.mark.clause("D47-5.23")
def test_money_is_asked_back_by_the_approver_and_booked_by_the_cashier(
    world: World, enter: Any, released: PaymentRun
) -> None:
    world.pay_all(released)
    voucher = Voucher.objects.get()
    approver, cashier = enter("dg_approver"), enter("dg_cashier")
    place = f"/city/vouchers/{voucher.number}/recover/"
    assert place in text_of(approver.get(f"/city/vouchers/{voucher.number}/"))
    assert cashier.get(place).status_code == 404
    page = text_of(approver.post(place, {"amount": "99999999", "reason": "检查认定"}), 422)
    assert "追回金额应大于 0" in page
    assert "请上传检查或审计结论文件" in page
    assert "检查认定" in page
    document = SimpleUploadedFile("结论.pdf", PDF)
    answer = approver.post(place, {"amount": "1,000.00", "reason": "检查认定", "document": document})
    assert answer.status_code == 302
    recovery = Recovery.objects.get()
    assert recovery.amount_fen == 1000_00
    assert "请填写入库流水号" in text_of(cashier.post(answer.url, {"bank_reference": ""}), 422)
    assert cashier.post(answer.url, {"bank_reference": "R1"}).status_code == 302
    assert "已追回入库" in text_of(cashier.get("/city/recoveries/"))


@pytest.mark.clause("A1")
def test_another_citys_officers_find_none_of_dongguans_money(
    world: World, enter: Any, released: PaymentRun
) -> None:
    settled = SettlementList.objects.get()
    for name in ("fs_reviewer", "fs_approver", "fs_cashier"):
        client = enter(name)
        for place in (
            f"/city/lists/{settled.pk}/",
            f"/city/lists/{settled.pk}/list.pdf",
            f"/city/payments/{released.pk}/",
            f"/city/payments/{released.pk}/payment.csv",
        ):
            assert client.get(place).status_code == 404, (name, place)
        for place in ("/city/lists/", "/city/payments/", "/city/quota/"):
            assert "东莞" not in text_of(client.get(place)).split("<main")[1]
    assert (
        enter("fs_approver").post(f"/city/lists/{settled.pk}/withdraw/", {"reason": "x"}).status_code == 404
    )
    assert (
        enter("fs_cashier").post(f"/city/payments/{released.pk}/", {"decision": "finish"}).status_code == 404
    )
    assert enter("hc_reviewer").get("/city/payments/").status_code == 404


@pytest.mark.clause("D47-8.2a")
def test_quota_and_funds_are_shown_and_exported(world: World, enter: Any) -> None:
    world.issued()
    client = enter("dg_cashier")
    page = text_of(client.get("/city/quota/"))
    assert "15,000,000.00" in page
    assert "10,000,000.00" in page
    assert "发放额度" in text_of(client.get("/city/quota/?format=csv"))


def test_a_carried_voucher_is_shown_in_one_plan(world: World, enter, moment) -> None:
    from tests.settlement.making import add_funds, leave_funds, several
    from yunquan.programme import actions as programme

    first, second = several(world, 2)
    leave_funds(world, first.face_fen)
    world.standing()
    world.pay_all(world.released())
    world.cycle = programme.create_cycle(
        code="2019", name="2019 年度", pack="gd-2018", year=2019,
        by=world["province_officer"], now=at("2019-05-20 10:00"),
    )  # fmt: skip
    add_funds(world, 500_000_00)
    moment("2019-05-22 10:00")
    text = enter("dg_reviewer").get("/city/payments/").content.decode()
    assert text.count(f">{second.number}<") == 1
