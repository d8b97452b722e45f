"""Every public page opens for everybody, shows what it should and nothing personal."""

from __future__ import annotations

import hashlib
import io
import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from python_calamine import CalamineWorkbook

import yunquan
from tests.cast import World, at
from yunquan.catalogue.models import Product
from yunquan.desks.public.clauses import CLAUSES
from yunquan.desks.public.home import time_left
from yunquan.programme.models import PublicNotice
from yunquan.settlement import actions as settlement
from yunquan.settlement.models import SettlementList

pytestmark = pytest.mark.django_db
FIXED = ("/", "/deadlines/", "/feedback/", "/catalogue/", "/catalogue/2/", "/suppliers/", "/publicity/",
         "/objections/", "/rules/", "/notices/")  # fmt: skip


def _get(path: str, **query: Any) -> Any:
    return Client().get(path, query)


def _page(path: str, **query: Any) -> str:
    answer = _get(path, **query)
    assert answer.status_code == 200, path
    return answer.content.decode()


@pytest.mark.parametrize("path", FIXED)
def test_a_page_opens_without_login(published: SettlementList, path: str) -> None:
    page = _page(path)
    assert " style=" not in page
    assert "登录" in page


@pytest.mark.parametrize("path", FIXED)
def test_a_page_opens_before_anything_is_set_up(db: None, set_clock: Any, path: str) -> None:
    assert _get(path).status_code == 200


def test_nothing_personal_stands_on_public_pages(world: World, published: SettlementList) -> None:
    world.supplier.contact_name, world.supplier.contact_phone = "测试联系人", "00000000000"
    world.supplier.save()
    product = Product.objects.filter(supplier=world.supplier).first()
    assert product is not None
    paths = [
        *FIXED,
        f"/publicity/{published.pk}/",
        f"/suppliers/{world.supplier.pk}/",
        f"/products/{product.pk}/",
    ]
    for path in paths:
        page = _page(path)
        for secret in ("测试联系人", "00000000000", "6200000000000000", "虚构银行"):
            assert secret not in page, path


@pytest.mark.clause("D47-5.18", "public")
def test_the_deadlines_say_the_time_of_day_and_what_happens_then(world: World, set_clock: Any) -> None:
    set_clock(at("2018-12-30 12:00"))
    page = _page("/deadlines/")
    assert "2018-12-31 17:00" in page
    assert "1 天 5 小时" in page
    assert "作废" in page
    assert "2019-03-31 17:00" in _page("/")


@pytest.mark.parametrize(
    ("until", "words"),
    [("2018-12-31 17:00", "1 天 5 小时"), ("2018-12-30 15:20", "3 小时 20 分"), ("2018-12-30 12:00", "")],
)
def test_the_time_left_is_said_in_two_units(until: str, words: str) -> None:
    assert time_left(at(until), at("2018-12-30 12:00")) == words


@pytest.mark.clause("D47-A1.1", "public")
def test_the_catalogue_has_eleven_services_in_four_stages(world: World, set_clock: Any) -> None:
    page = _page("/catalogue/")
    for stage in ("研发设计", "生产管理", "售后管理", "经营管理"):
        assert f"<h2>{stage}</h2>" in page
    assert len(set(re.findall(r'href="/catalogue/(\d+)/"', page))) == 11
    service = _page("/catalogue/2/")
    assert "0.2 万元" in service
    assert "测试产品 2" in service
    assert _get("/catalogue/12/").status_code == 404


def test_suppliers_are_found_by_name_and_pinyin(world: World, set_clock: Any) -> None:
    world.supplier.search_text = "虚构云服务（测试）有限公司 xugouyunfuwu xgyfw"
    world.supplier.save()
    for query in ("云服务", "xgyfw", "XGYFW"):
        page = _page("/suppliers/", q=query)
        assert "虚构云服务（测试）有限公司" in page
        assert "虚构软件（测试）有限公司" not in page
    assert "没有符合条件" in _page("/suppliers/", q="没有这家")
    assert "虚构云服务" in _page("/suppliers/", service="2", city="441900")
    assert "虚构云服务" not in _page("/suppliers/", service="9")


@pytest.mark.clause("D26-2", "public")
def test_a_product_shows_modules_and_price_standard(world: World, set_clock: Any) -> None:
    product = Product.objects.filter(supplier=world.supplier).first()
    assert product is not None
    page = _page(f"/products/{product.pk}/")
    assert "模块一" in page
    assert "按年订阅" in page
    product.state = "draft"
    product.save()
    assert _get(f"/products/{product.pk}/").status_code == 404


def test_an_unregistered_supplier_is_not_there(world: World, set_clock: Any) -> None:
    world.supplier.state = "suspended"
    world.supplier.save()
    assert _get(f"/suppliers/{world.supplier.pk}/").status_code == 404
    assert "虚构云服务（测试）" not in _page("/suppliers/")


@pytest.mark.clause("D47-5.14b", "D47-5.22", "public")
def test_a_list_in_public_shows_its_lines_countdown_and_hash(published: SettlementList) -> None:
    page = _page(f"/publicity/{published.pk}/")
    for told in (
        "虚构五金（测试）有限公司",
        "110,000.00",
        "公示中，还剩 5 天",
        "提出异议",
        published.content_hash,
    ):
        assert told in page
    assert "2019-04-08" in page
    assert "2019-04-15" in page
    assert published.title in _page("/")


def test_a_list_over_its_time_takes_no_more_objections(published: SettlementList, set_clock: Any) -> None:
    set_clock(at("2019-04-16 00:00"))
    page = _page(f"/publicity/{published.pk}/")
    assert "公示已结束" in page
    assert "/objection/" not in page


def test_a_list_not_in_public_is_not_there(world: World, set_clock: Any) -> None:
    world.approved()
    drawn = settlement.draw_up(
        cycle=world.cycle, city="441900", by=world["dg_reviewer"], now=at("2019-04-08 09:00")
    )
    for tail in ("", "proof/", "list.json", "list.pdf", "list.xlsx"):
        assert _get(f"/publicity/{drawn.pk}/{tail}").status_code == 404


def test_anyone_can_check_the_hash_of_a_list(published: SettlementList) -> None:
    content = _get(f"/publicity/{published.pk}/list.json").content
    assert hashlib.sha256(content).hexdigest() == published.content_hash
    page = _page(f"/publicity/{published.pk}/proof/")
    assert "certutil" in page
    assert 'is-good">一致' in page
    SettlementList.objects.filter(pk=published.pk).update(title="改过的标题")
    assert 'is-over">不一致' in _page(f"/publicity/{published.pk}/proof/")


def test_a_list_is_downloaded_as_pdf_and_spreadsheet(published: SettlementList) -> None:
    assert _get(f"/publicity/{published.pk}/list.pdf").content.startswith(b"%PDF")
    answer = _get(f"/publicity/{published.pk}/list.xlsx")
    book = CalamineWorkbook.from_filelike(io.BytesIO(b"".join(answer.streaming_content)))
    cells = [cell for row in book.get_sheet_by_index(0).to_python() for cell in row]
    assert "虚构五金（测试）有限公司" in cells
    assert 110000 in cells


def test_a_long_list_is_read_page_by_page_with_the_same_queries(
    world: World, published: SettlementList, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(12):
        _page(f"/publicity/{published.pk}/")
    assert _get(f"/publicity/{published.pk}/", page="x").status_code == 200


def test_a_list_of_hundreds_is_paged(published: SettlementList) -> None:
    model = published.lines.get()
    for place in range(2, 251):
        model.pk, model.position = None, place
        model.voucher = _another_voucher(model.voucher, place)
        model.save()
    SettlementList.objects.filter(pk=published.pk).update(count=250)
    assert "第 1 页，共 3 页" in _page(f"/publicity/{published.pk}/")
    last = _page(f"/publicity/{published.pk}/", page="3")
    assert last.count('data-label="序"') == 50
    assert "第 3 页" in _page(f"/publicity/{published.pk}/", page="99999999999999999999")


def _another_voucher(voucher: Any, place: int) -> Any:
    """A bare voucher beside another, so that a list can have many lines."""
    return type(voucher).objects.create(
        cycle=voucher.cycle, enterprise=voucher.enterprise, number=f"GD2018-DG-T{place}", city=voucher.city,
        created_at=at("2018-12-01 09:00"),
    )  # fmt: skip


def test_a_page_that_has_not_changed_is_not_sent_again(published: SettlementList) -> None:
    first = _get("/catalogue/")
    assert first["Cache-Control"] == "public, max-age=60"
    again = Client().get("/catalogue/", headers={"If-None-Match": first["ETag"]})
    assert again.status_code == 304
    assert "Set-Cookie" not in first.headers
    assert not first.cookies


def test_a_person_logged_in_is_not_answered_from_a_cache(world: World, set_clock: Any) -> None:
    client = Client()
    client.force_login(world.person(world["dg_enterprise"]))
    answer = client.get("/")
    assert answer["Cache-Control"] == "private, no-store"
    assert "我的工作台" in answer.content.decode()
    assert "csrfmiddlewaretoken" in answer.content.decode()


def test_notices_and_guides_are_read(world: World, set_clock: Any) -> None:
    row = PublicNotice.objects.create(
        kind="guide", state="published", title="申领指南（测试）", body="第一步\n\n第二步 <b>", published_at=at("2018-10-01 09:00"),
        published_by="person:1",
    )  # fmt: skip
    assert row.title in _page("/notices/")
    assert "&lt;b&gt;" in _page(f"/notices/{row.pk}/")
    assert _get("/notices/424242/").status_code == 404


def test_every_clause_that_is_cited_has_its_place_on_the_rules_page(world: World, set_clock: Any) -> None:
    page = _page("/rules/")
    places = set(re.findall(r'id="([A-Z0-9]+-[A-Za-z0-9.-]+)"', page))
    cited = set()
    form = re.compile(r"\b((?:D47|D108|D26|D858|D410|D0|P2020)-A?[0-9]+(?:\.[0-9]+)*[a-z]?(?:-[0-9]+)?)\b")
    for path in Path(yunquan.__path__[0]).rglob("*"):
        if path.suffix in (".py", ".html") and "packs" not in path.parts:
            cited |= set(form.findall(path.read_text(encoding="utf-8")))
    assert cited - places == set()
    assert set(CLAUSES) <= places


def test_the_rules_say_value_meaning_and_since_when(world: World, set_clock: Any) -> None:
    page = _page("/rules/")
    for told in ("结算清单公示天数", "平台设定", "2018-03-20", "每台套联网设备", "由本平台设定的地方"):
        assert told in page
    assert "将生效" in page
    # Nothing of a value stands in the pack's own words: every part of it has a name that people read.
    assert re.findall(r"\b[a-z_]{3,}：", re.sub(r"<[^>]+>", " ", page)) == []
