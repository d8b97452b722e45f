"""The parts of a page, drawn from dicts and read again."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.template import Context, Template

from yunquan.desks import shared
from yunquan.desks.shared import articles

FOLDER = Path(shared.__file__).parent


def drawn(source: str, **context: object) -> str:
    return Template("{% load gov %}" + source).render(Context(context))


@pytest.mark.parametrize(
    ("citation", "said"),
    [
        ("D47-5.10", "47号 五(三)10"),
        ("D47-5.22", "47号 五(六)22"),
        ("D47-4.4.2", "47号 四(四)2"),
        ("D47-A1.1", "47号 附件1.1"),
        ("D47-5.7b", "47号 五(三)7"),
        ("D47-8.2a", "47号 八(二)"),
        ("D108-3.2", "108号 三(二)"),
        ("没有出处", "没有出处"),
    ],
)
def test_a_citation_reads_as_the_decree_numbers_it(citation: str, said: str) -> None:
    assert articles.short(citation) == said


def test_paragraphs_of_one_clause_stand_once_beside_each_other() -> None:
    said = drawn('{% article "D47-5.17,D47-8.2c,D47-8.2a" %}')
    assert said.count(">47号 八(二)<") == 1 and "/rules/#D47-8.2c" in said and ">47号 五(五)17<" in said


def test_a_citation_leads_to_the_rule() -> None:
    assert 'href="/rules/#D47-5.10"' in drawn('{% article "D47-5.10" %}')
    assert drawn('{% article "D47-5.18、D47-5.19" %}').count("<a ") == 2
    assert drawn('{% article "" %}') == ""


def test_money_has_thousands_and_a_large_sum_is_said_in_wan_too() -> None:
    assert "110,000.00 元" in drawn("{% money fen %}", fen=11_000_000)
    assert "万元" not in drawn("{% money fen %}", fen=11_000_000)
    assert "5,318.4 万元" in drawn("{% money fen %}", fen=5_318_400_000)
    assert "—" in drawn("{% money fen %}", fen=None)


@pytest.mark.parametrize(
    ("left", "said", "tone"),
    [
        (12, "还剩 12 个工作日", ""),
        (3, "还剩 3 个工作日", "is-waiting"),
        (1, "还剩 1 个工作日", "is-bad"),
        (0, "今天到期", "is-bad"),
        (-2, "已逾期 2 个工作日", "is-over"),
    ],
)
def test_working_days_left_are_said_and_turn_red(left: int, said: str, tone: str) -> None:
    html = drawn("{% left_badge left %}", left=left)
    assert said in html
    assert f'class="g-badge{" " + tone if tone else ""}"' in html


def test_a_deadline_says_the_time_of_day_in_shanghai_and_what_happens_then() -> None:
    html = drawn('{% deadline due 2 "逾期作废" "D47-5.18" %}', due=datetime(2019, 3, 31, 9, 0, tzinfo=UTC))
    for part in ("2019-03-31 17:00", "还剩 2 个工作日", "逾期作废", "五(六)18"):
        assert part in html


def test_a_difference_between_entry_and_document_is_marked_and_an_unread_fact_is_not_called_equal() -> None:
    html = drawn(
        "{% compare rows %}",
        rows=[
            {"label": "费用", "entered": 48_000_000, "found": 46_000_000, "money": True},
            {"label": "编号", "entered": "A", "found": "A"},
            {"label": "原值", "entered": 1, "found": None, "money": True},
        ],
    )
    assert html.count("is-different") == 1
    for part in ("差 20,000.00", "一致", "未能读出"):
        assert part in html


def test_what_people_typed_never_becomes_markup() -> None:
    evil = "<script>alert(1)</script>"
    for source in (
        "{% badge x %}",
        "{% empty x x %}",
        "{% timeline rows %}",
        "{% checks rows %}",
        "{% article x %}",
        "{% compare rows %}",
        "{% tiles rows %}",
        "{% tabs rows %}",
        "{% chart 'k' x option %}",
    ):
        row = {
            "title": evil,
            "note": evil,
            "text": evil,
            "detail": evil,
            "passed": False,
            "label": evil,
            "entered": evil,
            "found": "",
            "value": evil,
            "url": "#",
        }
        assert "<script>alert" not in drawn(source, x=evil, rows=[row], option={"title": evil})


def test_no_template_carries_style_or_script_of_its_own() -> None:
    for place in (FOLDER / "templates").rglob("*.html"):
        text = place.read_text("utf-8")
        assert not re.search(r"\sstyle=|<style|\son[a-z]+=|javascript:", text), place
        assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", text)), place
