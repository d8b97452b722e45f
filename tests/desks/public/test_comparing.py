"""Products of one service side by side by an address alone; notices with their archive; what search engines read."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from typing import Any

import pytest
from django.test import Client

from tests.cast import World, at
from tests.programme.test_notices import drafted, published
from yunquan.catalogue.models import Product
from yunquan.programme import actions
from yunquan.programme.models import PublicNotice

pytestmark = pytest.mark.django_db


def page(path: str, status: int = 200, **query: Any) -> str:
    answer = Client().get(path, query)
    assert answer.status_code == status, path
    return answer.content.decode()


@pytest.fixture
def products(world: World, set_clock: Any) -> list[Product]:
    """Five products for service 2 by five suppliers, and one for service 3."""
    set_clock(at("2018-12-03 12:00"))
    for place in range(4):
        world.add_supplier(f"bijiao{place}", title=f"虚构比较{place}（测试）有限公司", is_pilot=place == 1)
    rows = list(Product.objects.filter(service=2).order_by("pk"))
    for place, row in enumerate(rows):
        row.name, row.search_text = f"比较产品{place}（测试）", f"比较产品{place}"
        row.modules, row.price_standard, row.price_from_fen = (
            [f"模块{place}"],
            f"每年 {place} 元",
            100_00 * (place + 1),
        )
        row.save()
    return [*rows[:5], Product.objects.filter(service=3)[0]]


@pytest.mark.clause("public", "D26-2")
def test_products_of_one_service_stand_side_by_side_in_the_order_of_the_address(
    products: list[Product],
) -> None:
    first, second = products[0], products[1]
    shown = page("/products/compare/", p=[second.pk, first.pk])
    for word in ("模块0", "模块1", "每年 0 元", "每年 1 元", "公开的抽查结果", "没有"):
        assert word in shown
    assert shown.index("比较产品1（测试）") < shown.index("比较产品0（测试）")
    assert " style=" not in shown and "<script" not in shown.split("<main", 1)[1]


def test_more_than_four_or_another_service_are_left_out_in_words(products: list[Product]) -> None:
    shown = page("/products/compare/", p=[row.pk for row in products])
    assert shown.count('<th scope="col"><a') == 4
    assert "没有列入" in shown and "比较产品4（测试）" in shown and "测试产品 3" in shown
    assert "还没有选择产品" in page("/products/compare/")
    assert "还没有选择产品" in page("/products/compare/", p=["x", "-1", "99999999999999", "0"])
    products[0].state = "draft"
    products[0].save()
    shown = page("/products/compare/", p=[products[0].pk, products[1].pk])
    assert "1 个已经下架" in shown and "模块0" not in shown


def test_products_are_found_by_words_and_service(products: list[Product]) -> None:
    shown = page("/products/", q="比较产品2", service="2")
    assert "比较产品2（测试）" in shown and "比较产品1（测试）" not in shown
    assert f'name="p" value="{products[2].pk}"' in shown
    assert "没有符合条件的产品" in page("/products/", q="没有这个")
    assert "比较产品0" in page("/products/", service="999", page="x")


def test_the_comparison_asks_no_more_of_the_database_for_four(
    products: list[Product], django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(12):
        page("/products/compare/", p=[row.pk for row in products[:4]])


@pytest.mark.clause("public")
def test_an_archived_notice_stays_readable_and_says_so(world: World, set_clock: Any) -> None:
    set_clock(at("2018-09-12 10:00"))
    guide = published(world, kind="guide", audience="supplier", title="供应商指南")
    row, draft = published(world, title="旧通知"), drafted(world, title="没有发布的")
    actions.archive_notice(
        notice=row, reason="已有新通知", by=world["province_officer"], now=at("2018-09-11 10:00")
    )
    shown = page("/notices/")
    assert (
        "<h3>供应商</h3>" in shown
        and "供应商指南" in shown
        and "旧通知" not in shown
        and "没有发布的" not in shown
    )
    assert "旧通知" in page("/notices/archive/") and "没有发布的" not in page("/notices/archive/")
    shown = page(f"/notices/{row.pk}/")
    assert "已有新通知" in shown and 'name="ArticleTitle" content="旧通知"' in shown
    assert 'name="PubDate" content="2018-09-10 10:00"' in shown and 'name="ContentSource"' in shown
    page(f"/notices/{draft.pk}/", 404)
    assert 'name="ColumnName" content="办事指南"' in page(f"/notices/{guide.pk}/")


def test_the_site_map_tells_the_day_in_shanghai(world: World, set_clock: Any) -> None:
    set_clock(at("2018-09-12 10:00"))
    row = published(world, title="凌晨发布的通知")
    # 07:30 in Shanghai, still the day before at Greenwich.
    PublicNotice.objects.filter(pk=row.pk).update(published_at=at("2018-09-11 07:30"))
    address = f"/notices/{row.pk}/</loc><lastmod>2018-09-11</lastmod>"
    assert address in page("/sitemap.xml")


@pytest.mark.clause("public")
def test_search_engines_read_what_is_public_and_nothing_else(
    world: World, products: list[Product], settings: Any
) -> None:
    settings.YUNQUAN_SITE_URL = "https://example.org/"
    robots = page("/robots.txt")
    assert "Disallow: /desk/" in robots and "Sitemap: https://example.org/sitemap.xml" in robots
    found = [
        one.text for one in ElementTree.fromstring(page("/sitemap.xml")).iter() if one.tag.endswith("loc")
    ]
    assert len(found) == len(set(found)) and f"https://example.org/products/{products[0].pk}/" in found
    closed = tuple(line.partition(" /")[2] for line in robots.splitlines() if line.startswith("Disallow"))
    for address in found:
        path = str(address).removeprefix("https://example.org")
        assert not path.startswith(tuple(f"/{one}" for one in closed))
        shown = page(path)
        assert f'<link rel="canonical" href="{address}">' in shown and "noindex" not in shown, path
    home = page("/suppliers/", q="x")
    for tag in (
        "SiteName",
        "SiteDomain",
        "SiteIDCode",
        "ColumnName",
        "ColumnType",
        "ColumnDescription",
        "ColumnKeywords",
    ):
        assert f'<meta name="{tag}"' in home
    assert 'href="https://example.org/suppliers/"' in home
    assert "noindex" in page("/accounts/login/") and "网站地图" in page("/sitemap/")
    for one in ("/demonstrations/", "/publicity/matching/", "/pilots/"):
        assert f'href="{one}"' in page("/sitemap/") and f"https://example.org{one}" in found
