"""The pages of a city's own subsidy: from the scheme to the payment, wrong input, strangers, every desk that reads."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.cast import CLOCK, World, broken
from tests.matching.making import (
    ADDING,
    LISTING,
    paid,
    pay_all,
    published,
    released,
    result,
    scheme,
    standing,
)
from tests.papers.test_pdf import read
from yunquan.desks.city import run_pages
from yunquan.journal import clock
from yunquan.matching import actions as matching
from yunquan.matching.models import MatchingLine, MatchingList, MatchingObjection, MatchingRun, MatchingScheme
from yunquan.parties.models import Enterprise
from yunquan.settlement import actions as settlement

BASE = "/city/matching/"
TYPED = {
    "title": "虚构市上云配套办法（测试）", "document": "测工信〔2019〕1号", "clause": "第三条", "basis": "ratio",
    "ratio": "50", "ceiling_fen": "200,000", "total_fen": "1000000", "rounding": "yuan", "trigger": "paid",
    "from_on": "2019-01-01", "until_on": "", "fixed": "", "note": "",
}  # fmt: skip


@pytest.fixture(autouse=True)
def moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "read", lambda: LISTING)


def enter(world: World, name: str) -> Client:
    client = Client()
    client.force_login(world.person(world[name]))
    return client


def page(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200, url
    return answer.content.decode()


def fetched(client: Client, url: str) -> bytes:
    """A download, read to its end."""
    answer = client.get(url)
    assert answer.status_code == 200, url
    return answer.getvalue()


def sent(client: Client, url: str, **typed: Any) -> str:
    """Post a form that is accepted; gives where it led."""
    answer = client.post(url, typed)
    assert answer.status_code == 302, answer.content.decode()[:3000]
    return str(answer.headers["Location"])


@pytest.mark.clause("D47-4.4.6")
def test_a_city_goes_from_its_scheme_to_the_payment_on_its_pages(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    reviewer, approver, cashier = (enter(world, f"dg_{role}") for role in ("reviewer", "approver", "cashier"))
    first, _second = paid(world)
    assert "今天没有适用的配套办法" in page(reviewer, BASE)
    form = f"{BASE}schemes/propose/{world.cycle.pk}/"
    page(reviewer, form)
    wrong = reviewer.post(
        form,
        {
            **TYPED,
            "title": "",
            "basis": "fixed",
            "ratio": "五成",
            "ceiling_fen": "很多",
            "fixed": "x\n2 1\n2 2",
        },
    )
    said = wrong.content.decode()
    assert wrong.status_code == 422
    for text in (
        "请填写本市依据文件的文件名称",
        "比例请写成百分数",
        "请写成“目录序号 金额”",
        "重复了同一项",
        "五成",
        "很多",
        "测工信〔2019〕1号",
    ):
        assert text in said
    empty = reviewer.post(
        form, {**TYPED, "title": "", "ratio": "", "total_fen": "", "from_on": ""}
    ).content.decode()
    for text in (
        "请填写本市依据文件的文件名称",
        "配套比例应大于 0",
        "配套资金总额应大于 0",
        "请填写起始日期",
    ):
        assert text in empty
    long = reviewer.post(
        form,
        {
            **TYPED,
            "title": "长" * 121,
            "basis": "fixed",
            "fixed": "2 1000\n98 1000\nx",
            "until_on": "2018-01-01",
            "total_fen": "x",
        },
    ).content.decode()
    for text in (
        "不能超过 120 个",
        "长" * 121,
        "没有序号 98",
        "第 3 行请写成",
        "截止日期不能早于",
        'value="x"',
    ):
        assert text in long
    assert page(reviewer, form).count("必填") == 9
    place = sent(reviewer, form, **TYPED)
    assert "省奖补的 50%" in page(approver, place)
    unchosen = approver.post(place, {"reason": "比例过高（测试）"})
    assert unchosen.status_code == 422 and "请选择审定或退回" in unchosen.content.decode()
    assert "比例过高（测试）" in unchosen.content.decode()
    assert MatchingScheme.objects.get().state == "proposed"
    assert form not in page(reviewer, BASE) and "第 1 版待审定" in page(reviewer, BASE)
    again = approver.post(place, {"decision": "turn_down", "reason": ""})
    assert again.status_code == 422 and "请写明理由" in again.content.decode()
    assert "配套办法待审定" in page(approver, "/city/")
    sent(approver, place, decision="adopt")
    assert "待列入" in page(reviewer, BASE)
    draw = f"{BASE}lists/draw/{world.cycle.pk}/"
    assert "按比例配套" in page(reviewer, draw)
    place = sent(reviewer, draw)
    assert first.number in page(approver, place)
    unchosen = approver.post(place, {"reason": "写好的理由"})
    assert unchosen.status_code == 422 and "请选择审批并公示，或撤下清单" in unchosen.content.decode()
    assert "写好的理由" in unchosen.content.decode() and MatchingList.objects.get().state == "drafted"
    sent(approver, place, decision="publish")
    shown = MatchingList.objects.get()
    assert shown.publicity_ends_at is not None
    matching.close(matching_list=shown, by=CLOCK, now=shown.publicity_ends_at)
    monkeypatch.setattr(clock, "read", lambda: ADDING)
    prepare = f"{BASE}runs/prepare/{world.cycle.pk}/"
    assert first.number in page(reviewer, prepare)
    with monkeypatch.context() as poor:  # Everything is carried over: a run that pays nothing isn't offered.
        carried = lambda kept: run_pages.plan_rows([{**row, "outcome": "carry"} for row in kept])  # noqa: E731
        poor.setattr("yunquan.desks.city.matching_runs.plan_rows", carried)
        assert "按此结果编制批次" not in page(reviewer, prepare) and "没有可以兑付的" in page(
            reviewer, prepare
        )
    place = sent(reviewer, prepare)
    assert page(cashier, "/city/").count("配套批次待放行") == 2  # The tile above and the line below.
    assert cashier.post(place, {"decision": ""}).status_code == 422
    sent(cashier, place, decision="release")
    run = MatchingRun.objects.get()
    bank = fetched(cashier, f"{place}payment.csv").decode("utf-8-sig")
    assert "6200000000000000" in bank and run.instructions.first().number in bank
    assert fetched(cashier, f"{place}payment.xlsx")[:2] == b"PK"
    assert enter(world, "dg_reviewer").get(f"{place}payment.csv").status_code == 404
    rows = [result(row) for row in run.instructions.order_by("number")]
    rows[1]["amount"] = "1.00"
    heads = ("instruction", "amount", "outcome", "bank_reference", "settled_on", "reason")
    text = "\n".join([",".join(heads), *(",".join(row[name] for name in heads) for row in rows)])
    file = SimpleUploadedFile("结果.csv", text.encode(), "text/csv")
    told = cashier.post(f"{place}results/", {"results": file}).content.decode()
    assert "已登记" in told and "不符" in told
    assert cashier.post(f"{place}results/", {}).status_code == 422
    assert broken() == []


@pytest.mark.clause("D47-4.4.6", "A1")
def test_every_desk_shows_it_apart_and_strangers_find_nothing(world: World) -> None:
    scheme(world)
    first, _second = paid(world)
    shown = standing(world)
    pay_all(world, released(world))
    line = MatchingLine.objects.get(voucher=first)
    version, run = MatchingScheme.objects.get(), MatchingRun.objects.get()
    own = [
        BASE, f"{BASE}schemes/{version.pk}/", f"{BASE}lists/{shown.pk}/", f"{BASE}lines/{line.pk}/",
        f"{BASE}runs/{run.pk}/", f"{BASE}lists/{shown.pk}/list.json", f"{BASE}lists/{shown.pk}/list.pdf",
    ]  # fmt: skip
    for role in ("reviewer", "approver", "cashier"):
        client, other = enter(world, f"dg_{role}"), enter(world, f"fs_{role}")
        for url in own:
            fetched(client, url)
            if url != BASE:
                assert other.get(url).status_code == 404, url
        assert first.number not in page(other, BASE)
    for name, desk in (("province_officer", "province"), ("auditor", "auditor")):
        client = enter(world, name)
        assert "省奖补的 50%" in page(client, f"/{desk}/matching/")
        assert "按比例配套" in page(client, f"/{desk}/matching/lists/{shown.pk}/")
        assert "东莞" in fetched(client, f"/{desk}/matching/?format=csv").decode("utf-8-sig")
        assert client.get(f"/{desk}/matching/?cycle=none").status_code == 404
        assert client.get(f"/{desk}/matching/lists/999/").status_code == 404
        assert fetched(client, f"/{desk}/matching/lists/{shown.pk}/list.xlsx")[:2] == b"PK"
        assert fetched(client, f"/{desk}/matching/lists/{shown.pk}/list.pdf")[:5] == b"%PDF-"
    clerk = next(name for name, actor in world.people.items() if actor.org == first.enterprise.key)
    assert "55,000.00" in page(enter(world, clerk), "/enterprise/matching/")
    assert first.number not in page(enter(world, "fs_enterprise"), "/enterprise/matching/")
    assert "被银行退回" not in page(enter(world, clerk), "/enterprise/matching/")
    visitor = Client()
    assert "省奖补的 50%" in page(visitor, "/publicity/matching/")
    assert "55,000.00" in page(visitor, f"/publicity/matching/{shown.pk}/")
    assert "按比例配套" in fetched(visitor, f"/publicity/matching/{shown.pk}/list.csv").decode("utf-8-sig")
    paper = read(fetched(visitor, f"/publicity/matching/{shown.pk}/list.pdf"))
    told = "".join(paper).replace("\r\n", "").replace("\n", "")
    assert first.number in told and "55,000.00" in told and shown.content_hash[:8] in told
    assert "配套资金是地市自有资金" in told and first.enterprise.uscc not in told
    assert 'list.pdf">PDF</a>' in page(visitor, f"/publicity/matching/{shown.pk}/")
    assert visitor.get("/publicity/matching/999/list.pdf").status_code == 404
    assert visitor.get("/publicity/matching/999/").status_code == 404
    for url in ("/city/figures/", "/city/quota/"):
        assert "本市配套" in page(enter(world, "dg_reviewer"), url)


@pytest.mark.clause("D47-5.22", "D47-5.23", "D47-4.4.6")
def test_objections_and_recoveries_have_their_pages(world: World) -> None:
    scheme(world)
    first, second = paid(world)
    shown = published(world)
    line, other = shown.lines.order_by("position")
    visitor = Client()
    form = f"/publicity/matching/{shown.pk}/lines/{line.pk}/objection/"
    assert "对配套提出异议" in page(visitor, form)
    assert visitor.post(form, {"grounds": "留着的话"}).status_code == 422
    row = matching.raise_objection(
        line=line, raised_by="测试", contact="测试联系", grounds="请核查（测试）", file=None,
        by=CLOCK, now=LISTING,
    )  # fmt: skip
    assert "待处理" in page(visitor, f"/publicity/matching/objections/?code={row.code}")
    assert visitor.get("/publicity/matching/objections/?code=PT0").status_code == 404
    assert "测试联系" not in page(visitor, f"/publicity/matching/objections/?code={row.code}")
    approver = enter(world, "dg_approver")
    place = f"{BASE}objections/{row.pk}/"
    assert "请核查" in page(approver, place)
    bad = approver.post(place, {"decision": "reduce", "reason": "", "payable": "999999"})
    assert (
        bad.status_code == 422 and "请写明理由" in bad.content.decode() and "999999" in bad.content.decode()
    )
    sent(approver, place, decision="reduce", reason="核减（测试）", payable="10000")
    assert MatchingObjection.objects.get().state == "reduced"
    assert shown.publicity_ends_at is not None
    matching.close(matching_list=shown, by=CLOCK, now=shown.publicity_ends_at)
    pay_all(world, released(world))
    by = world["dg_approver"]
    settlement.demand(
        voucher=second, amount_fen=second.face_fen, reason="测试", document=world.file(by), by=by, now=ADDING
    )
    assert "应追回的配套" in page(approver, BASE)
    place = f"{BASE}lines/{other.pk}/"
    assert approver.post(place, {"amount": "99999999", "reason": ""}).status_code == 422
    place = sent(approver, place, amount="55000", reason="省奖补已追回（测试）")
    cashier = enter(world, "dg_cashier")
    assert cashier.post(place, {"bank_reference": ""}).status_code == 422
    sent(cashier, place, bank_reference="R9")
    assert "已追回" in page(cashier, f"{BASE}lines/{other.pk}/")
    assert enter(world, "fs_cashier").get(place).status_code == 404
    assert first.number and broken() == []


def test_the_overview_asks_no_more_for_more_lines(world: World, django_assert_max_num_queries: Any) -> None:
    scheme(world)
    paid(world, 4)
    shown = standing(world)
    client = enter(world, "dg_reviewer")
    with django_assert_max_num_queries(75):
        page(client, BASE)
    with django_assert_max_num_queries(40):
        page(client, f"{BASE}lists/{shown.pk}/")


@pytest.mark.clause("D47-4.4.6")
def test_whose_payment_the_bank_sent_back_is_told_until_the_account_is_changed(world: World) -> None:
    scheme(world)
    first, _second = paid(world)
    standing(world)
    run = released(world)
    row = run.instructions.get(line__voucher=first)
    matching.take_result(
        run=run, columns=result(row, "失败"), by=world["dg_cashier"], now=ADDING + timedelta(days=1)
    )
    clerk = next(name for name, actor in world.people.items() if actor.org == first.enterprise.key)
    told = page(enter(world, clerk), "/enterprise/matching/")
    assert "上次付款被银行退回" in told and 'href="/enterprise/profile/"' in told.partition("被银行退回")[2]
    Enterprise.objects.filter(pk=first.enterprise_id).update(bank_account="6200000000000999")
    assert "被银行退回" not in page(enter(world, clerk), "/enterprise/matching/")
