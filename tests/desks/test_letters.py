"""回执与通知书: made from the log, for whoever sees the case, and checked by anyone who holds one."""

from __future__ import annotations

import io
import re

import pypdfium2
import pytest
from django.db import connection
from django.urls import reverse
from docx import Document

from tests.cast import APPLYING
from yunquan.desks.shared import letters
from yunquan.journal.models import LogEntry
from yunquan.vouchers import actions

pytestmark = pytest.mark.django_db


def text_of(content: bytes) -> str:
    pages = pypdfium2.PdfDocument(content)
    return "\n".join(page.get_textpage().get_text_bounded() for page in pages)


def squeezed(content: bytes) -> str:
    """The text without blanks: a typesetter puts its own between Chinese and figures."""
    return "".join(text_of(content).split())


def latest(voucher, verb: str) -> int:  # type: ignore[no-untyped-def]
    rows = LogEntry.objects.filter(obj=voucher.journal_key, act=f"voucher.{verb}").order_by("-seq")
    return int(rows.first().seq)  # type: ignore[union-attr]


def paper(client, voucher, verb: str, kind: str = "pdf"):  # type: ignore[no-untyped-def]
    return client.get(reverse("letter", args=["voucher", voucher.number, latest(voucher, verb), kind]))


@pytest.mark.clause("D47-5.7b")
def test_a_receipt_says_when_the_application_came_and_can_be_checked_by_anyone(world, client) -> None:  # type: ignore[no-untyped-def]
    voucher = world.apply()
    client.force_login(world.person(world["dg_enterprise"]))
    answer = paper(client, voucher, "submit")
    text = squeezed(answer.content)
    assert answer["Content-Type"] == "application/pdf"
    assert "服务券申领回执" in text and voucher.number in text and voucher.content_hash[:20] in text
    assert "人民币（大写）" in text
    client.logout()
    letter = letters.letter(voucher, latest(voucher, "submit"))
    assert letter is not None
    place = reverse("public:check_letter", args=[letter.seq, letter.digest])
    page = client.get(place)
    assert page.status_code == 200 and "与平台记录一致" in page.content.decode()
    assert voucher.number in page.content.decode()
    by_hand = client.get(
        reverse("public:check"), {"number": f"日志第 {letter.seq} 号", "digest": letter.digest}
    )
    assert by_hand.status_code == 302 and by_hand["Location"] == place


def test_a_digest_that_was_altered_or_belongs_to_another_entry_is_not_ours(world, client) -> None:  # type: ignore[no-untyped-def]
    voucher = world.issued()
    letter = letters.letter(voucher, latest(voucher, "submit"))
    assert letter is not None
    altered = ("0" if letter.digest[0] != "0" else "1") + letter.digest[1:]
    for seq, digest in (
        (letter.seq, altered),
        (latest(voucher, "issue"), letter.digest),
        (10**17, letter.digest),
    ):
        answer = client.get(reverse("public:check_letter", args=[seq, digest]))
        assert answer.status_code == 404
        assert voucher.number not in answer.content.decode()


@pytest.mark.clause("D47-5.21")
def test_a_return_notice_tells_every_reason_once_with_its_article(world, client) -> None:  # type: ignore[no-untyped-def]
    voucher = world.confirm(world.apply())
    reasons = [
        {"code": "other", "label": "合同缺少签订日期", "mend": "补充附件", "article": "D47-A1.3", "text": ""},
        {"code": "other", "label": "补充说明", "mend": "", "article": "", "text": "第二页不清晰，请重新扫描"},
    ]
    actions.send_back(voucher=voucher, reasons=reasons, by=world["dg_reviewer"], now=APPLYING)
    client.force_login(world.person(world["dg_enterprise"]))
    text = squeezed(paper(client, voucher, "send_back").content)
    for part in (
        "服务券申领退回通知书",
        "合同缺少签订日期",
        "补充附件",
        "47号附件1.3",
        "第二页不清晰",
        "申领截止时间",
    ):
        assert part in text
    word = Document(io.BytesIO(paper(client, voucher, "send_back", "docx").content))
    assert any("合同缺少签订日期" in line.text for line in word.paragraphs)
    page = client.get(reverse("enterprise:voucher", args=[voucher.number])).content.decode()
    assert len(re.findall(r"/papers/voucher/[^\"]+\.pdf", page)) >= 2


def test_a_stranger_to_the_case_finds_no_paper(world, client) -> None:  # type: ignore[no-untyped-def]
    voucher = world.issued()
    own = reverse("letter", args=["voucher", voucher.number, latest(voucher, "issue"), "pdf"])
    for stranger in ("fs_enterprise", "other_supplier"):
        client.force_login(world.person(world[stranger]))
        assert client.get(own).status_code == 404
    client.logout()
    assert client.get(own).status_code == 404
    client.force_login(world.person(world["dg_enterprise"]))
    assert client.get(own).status_code == 200
    assert client.get(own.replace(".pdf", ".exe")).status_code == 404
    confirm = reverse("letter", args=["voucher", voucher.number, latest(voucher, "confirm"), "pdf"])
    assert client.get(confirm).status_code == 404  # An act without a paper.


def test_an_entry_that_was_altered_is_shown_as_such(world, client) -> None:  # type: ignore[no-untyped-def]
    voucher = world.apply()
    seq = latest(voucher, "submit")
    letter = letters.letter(voucher, seq)
    assert letter is not None
    entry = LogEntry.objects.get(seq=seq)
    entry.entry = entry.entry.replace('"role":"enterprise"', '"role":"enterprisf"')
    on_table = " ON journal_logentry" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER journal_logentry_no_update{on_table}")
    entry.save()
    page = client.get(reverse("public:check_letter", args=[seq, letter.digest])).content.decode()
    assert "记录异常" in page


def test_papers_cost_the_same_however_many_acts_there_are(world, django_assert_max_num_queries) -> None:  # type: ignore[no-untyped-def]
    voucher = world.issued()
    with django_assert_max_num_queries(2):
        assert len(letters.listed(voucher.journal_key)) >= 2


def test_opening_an_account_is_no_registration(db) -> None:  # type: ignore[no-untyped-def]
    from tests.parties.test_review_enterprise import approve, submitted

    enterprise, _by = submitted()
    approve(enterprise)
    titles = [row["title"] for row in letters.listed(enterprise.journal_key)]
    assert titles == ["注册审核通过通知书", "注册资料回执"]
    opened = {"act": "supplier.register", "post": ""}
    assert letters.kind_of(opened) is None
    assert letters.kind_of(opened | {"post": "registered"}) is not None
