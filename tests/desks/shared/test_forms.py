"""A form says everything at once, keeps what was typed, and is carried out once."""

from __future__ import annotations

import re

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client, RequestFactory

from tests.desks.shared.small_pages import DONE, FeeForm
from yunquan.desks.shared.forms import BaseForm, DayField, MoneyField, ReasonsForm, UploadField
from yunquan.desks.shared.problems import problems_of
from yunquan.desks.shared.typed import Ask, Blank
from yunquan.desks.shared.widgets import Taken
from yunquan.kernel.refusal import Refusal

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_done() -> None:
    DONE.clear()
    cache.clear()


def fresh(client: Client) -> str:
    found = re.search(r'name="once" value="([^"]+)"', client.get("/form/").content.decode())
    assert found
    return found[1]


def test_every_error_stands_beside_its_field_and_in_the_summary(client: Client) -> None:
    answer = client.post("/form/", {"contract_no": "", "fee_fen": "12万", "once": "a"})
    html = answer.content.decode()
    assert answer.status_code == 422
    assert "UNKNOWN[" not in html
    assert html.count("请填写“合同编号”。") == 2
    assert 'href="#id_fee_fen"' in html
    assert 'aria-invalid="true"' in html
    assert 'value="12万"' in html


def test_refusals_of_the_action_stand_beside_their_fields_with_article_and_mend(client: Client) -> None:
    html = client.post("/form/", {"contract_no": "旧", "fee_fen": "80000", "once": "b"}).content.decode()
    for part in (
        "这份合同已用于另一张券",
        "五(三)8",
        "请换一份合同",
        "本期已截止",
        "五(六)18",
        'value="80000"',
    ):
        assert part in html
    assert DONE == []


def test_a_form_sent_twice_is_carried_out_once(client: Client) -> None:
    sent = {"contract_no": "新", "fee_fen": "80,000.50", "once": fresh(client)}
    first, second = client.post("/form/", sent), client.post("/form/", sent)
    assert (first.status_code, second.status_code) == (302, 302)
    assert first.headers["Location"] == second.headers["Location"] == "/list/"
    assert DONE == [{"contract_no": "新", "fee_fen": 8_000_050}]
    client.post("/form/", {**sent, "once": fresh(client)})
    assert len(DONE) == 2


def test_a_refused_form_may_be_sent_again_after_it_was_mended(client: Client) -> None:
    token = fresh(client)
    client.post("/form/", {"contract_no": "旧", "fee_fen": "80000", "once": token})
    assert client.post("/form/", {"contract_no": "新", "fee_fen": "80000", "once": token}).status_code == 302
    assert len(DONE) == 1


def test_money_comes_and_goes_as_fen() -> None:
    form = FeeForm({"contract_no": "1", "fee_fen": "１１００００.１"})
    assert form.is_valid()
    assert form.facts["fee_fen"] == 11_000_010
    assert 'value="110000.10"' in str(FeeForm(initial={"fee_fen": 11_000_010})["fee_fen"])
    for wrong in ("-1", "0", "1e5", "0.001", "1,00"):
        assert not FeeForm({"contract_no": "1", "fee_fen": wrong}).is_valid()


class Others(BaseForm):
    signed_on = DayField(label="签订日期")
    limit_fen = MoneyField(label="上限", required=False, max_fen=100)
    file = UploadField(label="合同", kinds=("pdf",), limit_mb=1)


@pytest.mark.parametrize("day", ["2018-11-09", "2018/11/9", "2018年11月09日"])
def test_a_day_may_be_written_in_each_usual_way(day: str) -> None:
    form = Others({"signed_on": day}, {"file": SimpleUploadedFile("合同.PDF", b"%PDF")})
    assert form.is_valid(), form.errors
    assert form.facts["signed_on"].isoformat() == "2018-11-09"


def test_a_wrong_file_is_told_every_fault_at_once() -> None:
    form = Others({"signed_on": "x"}, {"file": SimpleUploadedFile("a.exe", b"x" * 1_100_000)})
    assert len(form.errors["file"]) == 2
    assert form.errors["signed_on"] == ["日期请写成 2018-12-31 的样子。"]


@pytest.mark.clause("D47-5.21")
def test_a_return_needs_a_reason() -> None:
    codes = [("seal", "合同缺少双方签章")]
    assert not ReasonsForm({}, codes=codes).is_valid()
    assert not ReasonsForm({"reasons": ["other"]}, codes=codes).is_valid()
    assert ReasonsForm({"reasons": ["seal"]}, codes=codes).is_valid()
    assert ReasonsForm({"reasons_text": "附件二缺页"}, codes=codes).is_valid()


def test_size_and_language_are_cookies_and_never_lead_away(client: Client) -> None:
    answer = client.get("/prefs/size?to=large&next=/list/")
    assert answer.headers["Location"] == "/list/"
    assert 'data-size="large"' in client.get("/form/").content.decode()
    assert client.get("/prefs/size?to=normal&next=//evil.test/").headers["Location"] == "/"
    assert 'lang="zh-Hans"' in client.get("/form/", headers={"Accept-Language": "en"}).content.decode()
    client.get("/prefs/language?to=en&next=/form/")
    assert '<html lang="en"' in client.get("/form/").content.decode()


def test_a_stale_form_is_told_what_to_do() -> None:
    answer = Client(enforce_csrf_checks=True).post("/form/", {})
    assert answer.status_code == 403
    assert "请再提交一次" in answer.content.decode()


def test_a_page_that_does_not_exist_says_so(client: Client) -> None:
    answer = client.get("/nowhere")
    assert answer.status_code == 404
    assert "没有找到这个页面" in answer.content.decode()


def test_a_get_that_writes_is_refused() -> None:
    from django.contrib.contenttypes.models import ContentType

    from yunquan.desks.shared.reading import GetWritesError, RefusingGet

    def writing(request: object) -> object:
        return ContentType.objects.create(app_label="a", model="b")

    ContentType.objects.exists()
    with pytest.raises(GetWritesError), transaction.atomic():
        RefusingGet(writing)(RequestFactory().get("/"))
    RefusingGet(writing)(RequestFactory().post("/"))


class Ahead(BaseForm):
    contract = UploadField(label="合同", kinds=("pdf",), upload_url="/files/upload")


def test_a_file_sent_ahead_stays_with_a_form_that_comes_back() -> None:
    form = Ahead({"contract_id": "17", "contract_name": "合同<1>.pdf"})
    assert form.is_valid(), form.errors
    assert form.facts["contract"] == Taken(17, "合同<1>.pdf")
    html = str(form["contract"])
    assert 'name="contract_id" data-taken-id value="17"' in html
    assert "合同&lt;1&gt;.pdf" in html
    for odd in ("", "x", "-1", "²", "9" * 30):
        assert not Ahead({"contract_id": odd}).is_valid()


def test_the_summary_says_the_row_of_a_fault_and_no_word_twice() -> None:
    lines = (Ask("purpose", "用途"), Ask("public", "财政资金（元）", kind="money"))
    blank = Blank(
        asks=(Ask("title", "标题"), Ask("code", "牵头单位统一社会信用代码")),
        rows={"budget": lines, "steps": (Ask("on", "日期", kind="day"),)},
    )
    form = blank.form({"title": "", "budget": [{}, {"public": "x"}], "steps": [{}, {"on": "2019-01-01"}]})
    faults = {
        "title": "请填写标题。", "budget-1-public": "财政资金：最多两位小数。", "budget-0-purpose": "请填写用途。",
        "steps-1-on": "须在开始之后。", "code": "统一社会信用代码应为 18 位。", "elsewhere": "已经截止。",
    }  # fmt: skip
    form.add_refusals(Refusal("wrong", said, "D47-5.20", field=name) for name, said in faults.items())
    told = [(one["label"], one["message"]) for one in problems_of(form)]
    assert told == [
        ("", "已经截止。"), ("", "请填写标题。"), ("", "统一社会信用代码应为 18 位。"), ("用途 1", "请填写用途。"),
        ("用途 2", "财政资金：最多两位小数。"),
        ("第 2 行 日期", "须在开始之后。"),
    ]  # fmt: skip
