"""The province's pages of evaluations and splits, the supplier's reply, the public title, what a city reads."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.cast import World, at
from tests.desks.officials import file_of, text_of
from tests.insight.test_evaluation import draft, let_few_be_ranked
from tests.insight.test_splitting import CITIES, coming
from yunquan.insight import evaluation_actions, title_actions
from yunquan.insight.models import Evaluation, EvaluationLine, ExcellentTitle, IndustrySize, SplitPlan
from yunquan.jobs.tick import tick
from yunquan.journal import clock
from yunquan.parties.models import Supplier

BASE, SPLITS = "/province/evaluations/", "/province/splits/"


def set_clock(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(clock, "read", lambda: at(text))


@pytest.mark.clause("D47-8.3", "D47-5.17", "S3")
def test_a_year_from_its_figures_to_the_public_title(
    world: World, enter: Any, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    let_few_be_ranked(world)
    world.approved()
    set_clock(monkeypatch, "2019-06-03 09:00")
    officer = enter("province_officer")
    assert "还没有评价" in text_of(officer.get(BASE))
    bad = officer.post(f"{BASE}new/", {"year": "很多", "from_on": "昨天", "until_on": ""})
    assert bad.status_code == 422
    for words in ("年度请填写四位数字", "日期请写成", "请填写“评价期至”", 'value="很多"', 'value="昨天"'):
        assert words in text_of(bad, 422)
    bad = officer.post(f"{BASE}new/", {"year": "1999", "from_on": "2019-06-01", "until_on": "2019-07-01"})
    assert (
        bad.status_code == 422
        and "评价期还没有结束" in text_of(bad, 422)
        and "年度请填写 2018" in text_of(bad, 422)
    )
    officer.post(f"{BASE}new/", {"year": "2018", "from_on": "2018-10-01", "until_on": "2019-05-31"})
    row = Evaluation.objects.get()
    assert "核对指标，发送供应商" in text_of(officer.get("/province/"))
    page = text_of(officer.get(f"{BASE}{row.pk}/"))
    assert (
        world.supplier.name in page and "100.00" in page and row.content_hash in page and "假定" not in page
    )
    supplier = enter("supplier")
    assert supplier.get(f"/supplier/evaluation/{row.pk}/").status_code == 404
    assert "还没有年度评价" in text_of(supplier.get("/supplier/evaluation/"))
    officer = enter("province_officer")
    officer.post(f"{BASE}{row.pk}/send", {})
    supplier = enter("supplier")
    empty = supplier.post(f"/supplier/evaluation/{row.pk}/", {"text": " "})
    assert empty.status_code == 422 and "请填写“意见”" in text_of(empty, 422)
    proof = SimpleUploadedFile("证明.pdf", b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n")
    supplier.post(f"/supplier/evaluation/{row.pk}/", {"text": "答复时间应为全部按时。", "file": proof})
    line = EvaluationLine.objects.get()
    assert "等待答复" in text_of(supplier.get(f"/supplier/evaluation/{row.pk}/"))
    file = line.reply.file.pk
    assert supplier.get(f"/files/{file}/").status_code == 200
    assert enter("dg_reviewer").get(f"/files/{file}/").status_code == 404
    officer = enter("province_officer")
    early = officer.post(f"{BASE}{row.pk}/propose", {"suppliers": [world.supplier.pk], "note": "说明文字"})
    assert early.status_code == 422
    for words in ("供应商可以答复到", "还有 1 份意见没有答复", "说明文字"):
        assert words in text_of(early, 422)
    officer.post(f"{BASE}{row.pk}/lines/{line.pk}/", {"outcome": "kept", "text": "已核实。"})
    set_clock(monkeypatch, "2019-06-20 09:00")
    assert officer.post(f"{BASE}{row.pk}/propose", {"suppliers": [world.supplier.pk]}).status_code == 302
    assert officer.post(f"{BASE}{row.pk}/decide", {}).status_code == 422
    approver = enter("province_approver")
    back = approver.post(f"{BASE}{row.pk}/send_back", {"reason": ""})
    assert back.status_code == 422 and "请写明理由" in text_of(back, 422)
    assert approver.post(f"{BASE}{row.pk}/decide", {}).status_code == 302
    anonymous = type(client)()
    assert "公示中" in text_of(anonymous.get("/excellent/2018/"))
    assert "现在没有有效的称号" in text_of(anonymous.get("/excellent/"))
    tick(at("2019-07-01 09:00"))
    set_clock(monkeypatch, "2019-07-01 10:00")
    page = text_of(anonymous.get("/excellent/"))
    assert world.supplier.name in page and "测试产品" in page
    assert (
        "权重" in text_of(anonymous.get("/excellent/2018/"))
        and anonymous.get("/excellent/2017/").status_code == 404
    )
    assert "2018 年度优秀供应商" in text_of(anonymous.get(f"/suppliers/{world.supplier.pk}/"))
    text = file_of(enter("province_officer").get(f"{BASE}{row.pk}/table.csv")).decode("utf-8-sig")
    assert world.supplier.name in text and "权重 20" in text
    title = ExcellentTitle.objects.get()
    url = f"{BASE}titles/{title.pk}/withdraw/"
    assert enter("province_officer").get(url).status_code == 404
    approver = enter("province_approver")
    assert approver.post(url, {"reason": " "}).status_code == 422
    approver.post(url, {"reason": "复核发现材料不实（测试）。"})
    assert "现在没有有效的称号" in text_of(anonymous.get("/excellent/"))
    assert "复核发现材料不实" in text_of(anonymous.get("/excellent/2018/"))
    # What the clock gives as its reason is a standing, which has its own day in public or none at all.
    ExcellentTitle.objects.update(ended_by="clock", ended_reason="自 2019-06-01 起被暂停享受本政策。")
    page = text_of(anonymous.get("/excellent/2018/"))
    assert "被暂停享受" not in page and "不再符合授予条件" in page


@pytest.mark.clause("A1")
def test_strangers_find_nothing_and_odd_addresses_do_no_harm(world: World, enter: Any) -> None:
    let_few_be_ranked(world)
    world.approved()
    row = evaluation_actions.send(
        evaluation=draft(world), by=world["province_officer"], now=at("2019-06-03 09:00")
    )
    line = row.lines.get()
    places = [
        BASE,
        f"{BASE}{row.pk}/",
        f"{BASE}{row.pk}/lines/{line.pk}/",
        SPLITS,
        "/province/evaluations/award-standard/",
    ]
    for name in ("dg_reviewer", "dg_enterprise", "supplier", "expert"):
        stranger = enter(name)
        for place in places:
            assert stranger.get(place).status_code == 404, (name, place)
    other = Supplier.objects.exclude(pk=world.supplier.pk).first()
    assert other is None or enter("supplier").get(f"/supplier/evaluation/{row.pk + 1}/").status_code == 404
    officer = enter("province_officer")
    for place in (f"{BASE}999/", f"{BASE}{row.pk}/lines/999/", f"{SPLITS}999/", f"{SPLITS}sizes/1999/"):
        assert officer.get(place).status_code == 404, place


def test_the_queries_do_not_grow_with_suppliers(world: World, enter: Any) -> None:
    let_few_be_ranked(world)
    world.approved()
    row = draft(world)
    client = enter("province_officer")

    def queries() -> int:
        with CaptureQueriesContext(connection) as caught:
            assert client.get(f"{BASE}{row.pk}/").status_code == 200
        return len(caught)

    queries()
    few, line = queries(), row.lines.get()
    for place in range(2, 8):
        firm = world.add_supplier(f"extra{place}")
        EvaluationLine.objects.create(
            evaluation=row, supplier=firm, position=place, rank=place, score=9000, figures=line.figures
        )
    assert queries() <= few + 1


def test_what_comes_too_late_is_told_and_stays_in_the_form(
    world: World, enter: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    let_few_be_ranked(world)
    world.approved()
    row = evaluation_actions.send(
        evaluation=draft(world), by=world["province_officer"], now=at("2019-06-03 09:00")
    )
    set_clock(monkeypatch, "2019-06-03 10:00")
    supplier, own = enter("supplier"), f"/supplier/evaluation/{row.pk}/"
    assert supplier.post(own, {"text": "第一份意见"}).status_code == 302
    again = text_of(supplier.post(own, {"text": "同事写的第二份意见"}), 422)
    assert "已经提交过意见" in again and "同事写的第二份意见" in again
    officer, line = enter("province_officer"), f"{BASE}{row.pk}/lines/{row.lines.get().pk}/"
    assert officer.post(line, {"outcome": "kept", "text": "核实无误"}).status_code == 302
    again = text_of(officer.post(line, {"outcome": "wrong", "text": "另一位写的答复"}), 422)
    assert "已经答复" in again and "另一位写的答复" in again


@pytest.mark.clause("D47-5.17", "D47-8.2c")
def test_a_split_from_the_sizes_to_the_quota_and_what_a_city_reads(
    world: World, enter: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_clock(monkeypatch, "2019-06-03 09:00")
    cycle = coming(world)
    officer = enter("province_officer")
    assert "还没有测算" in text_of(officer.get(SPLITS))
    sizes = f"{SPLITS}sizes/2018/"
    bad = officer.post(sizes, {"source": "", CITIES[0]: "许多", CITIES[1]: "5"})
    assert (
        bad.status_code == 422
        and "不带单位的整数" in text_of(bad, 422)
        and "请填写“数据来源”" in text_of(bad, 422)
    )
    assert 'value="许多"' in text_of(bad, 422)
    head = "地市,产业规模\n"
    wrong = SimpleUploadedFile("规模.csv", (head + "广州,abc\n北京,3\n广州,4\n").encode())
    tried = officer.post(f"{sizes}import/", {"table": wrong})
    assert (
        tried.status_code == 422
        and "不是广东省的地市" in text_of(tried, 422)
        and IndustrySize.objects.count() == 0
    )
    rows = "".join(f"{city},{100 + place}\n" for place, city in enumerate(CITIES))
    tried = officer.post(f"{sizes}import/", {"table": SimpleUploadedFile("规模.csv", (head + rows).encode())})
    assert IndustrySize.objects.count() == 0 and "试运行通过" in text_of(tried)
    token = text_of(tried).split('name="load" value="')[1].split('"')[0]
    officer.post(f"{sizes}import/", {"load": token, "once": token})
    assert IndustrySize.objects.count() == 21
    form = {
        "cycle": cycle.pk,
        "base": world.cycle.pk,
        "industry_year": "2018",
        "total": "很多",
        "factor_percent": "150",
    }
    assert officer.post(f"{SPLITS}new/", form).status_code == 422
    officer.post(f"{SPLITS}new/", {**form, "total": "1000000.01"})
    plan = SplitPlan.objects.get()
    page = text_of(officer.get(f"{SPLITS}{plan.pk}/"))
    assert "1,000,000.01" in page and "怎么算的" in page
    amounts = {line.city: line.formula_fen for line in plan.lines.all()}
    typed = {city: f"{fen / 100:.2f}" for city, fen in amounts.items()}
    bad = officer.post(f"{SPLITS}{plan.pk}/adjust/", {**typed, CITIES[0]: "99999999", "reason": ""})
    assert bad.status_code == 422 and "99999999" in text_of(bad, 422)
    assert "手工调整要写明理由" in text_of(bad, 422) and "各地市合计比目标额度合计多" in text_of(bad, 422)
    assert "Sum" not in text_of(bad, 422)
    unread = {**typed, CITIES[0]: "许多", CITIES[1]: "-1", "reason": " "}
    bad = text_of(officer.post(f"{SPLITS}{plan.pk}/adjust/", unread), 422)
    assert "许多" in bad and "手工调整要写明理由" in bad and "还有 3 处" in bad
    moved = {
        CITIES[0]: f"{amounts[CITIES[0]] / 100 + 1:.2f}",
        CITIES[1]: f"{amounts[CITIES[1]] / 100 - 1:.2f}",
    }
    assert officer.post(f"{SPLITS}{plan.pk}/adjust/", {**typed, **moved, "reason": "测试"}).status_code == 302
    assert officer.post(f"{SPLITS}{plan.pk}/propose", {}).status_code == 302
    assert officer.get(f"{SPLITS}{plan.pk}/adjust/").status_code == 404
    late = text_of(officer.post(f"{SPLITS}{plan.pk}/adjust/", {**typed, "reason": "来晚了的理由"}), 422)
    assert "不能再调整" in late and "来晚了的理由" in late
    assert "审定或退回" in text_of(enter("province_approver").get("/province/"))
    reviewer = enter("dg_reviewer")
    assert "还没有下达的测算" in text_of(reviewer.get("/city/splits/"))
    assert reviewer.get(f"/city/splits/{plan.pk}/").status_code == 404
    assert enter("province_approver").post(f"{SPLITS}{plan.pk}/decide", {}).status_code == 302
    reviewer = enter("dg_reviewer")
    assert "怎么算的" in text_of(reviewer.get("/city/splits/"))
    assert file_of(reviewer.get(f"/city/splits/{plan.pk}/table.xlsx")).startswith(b"PK")


@pytest.mark.clause("D47-5.17")
def test_the_award_standard_is_shown_by_service_with_its_definitions(world: World, enter: Any) -> None:
    world.issued()
    officer = enter("province_officer")
    page = text_of(officer.get("/province/evaluations/award-standard/"))
    assert "到上限" in page and "口径" in page and "生产设备" in page
    text = file_of(officer.get("/province/evaluations/award-standard/?format=csv")).decode("utf-8-sig")
    assert "费用与上限之比（%）" in text
    assert officer.get("/province/evaluations/award-standard/?cycle=nothing").status_code == 404


def test_title_terms_are_whole_months() -> None:
    assert title_actions.months_later(at("2019-02-28 09:00").date(), 12).isoformat() == "2020-02-27"
