"""The public pages in a real browser: axe finds nothing, they fit a telephone, the strict policy holds."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tests.cast import World, at
from yunquan.catalogue.models import Product
from yunquan.journal import clock
from yunquan.programme.models import PublicNotice

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
# A folder for pictures to look at; none are taken without it.
PICTURES = os.environ.get("YUNQUAN_PICTURES", "")


@pytest.fixture
def shown(
    lasting_world: World, monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path
) -> dict[str, str]:
    """A world with something on every page, and the addresses of the pages."""
    settings.STATIC_ROOT = str(tmp_path)
    monkeypatch.setattr(clock, "read", lambda: at("2019-04-12 10:00"))
    world = lasting_world
    world.add_enterprise("dg_second", title="虚构模具（测试）有限公司")
    world.approved()
    world.approved("dg_second")
    published = world.published()
    for kind, title in (("notice", "2018 年度申领兑现时间安排（测试）"), ("guide", "服务券申领指南（测试）")):
        PublicNotice.objects.create(
            kind=kind,
            title=title,
            body="测试正文",
            state="published",
            published_at=at("2018-10-01 09:00"),
            published_by="person:1",
        )
    product = Product.objects.filter(supplier=world.supplier).first()
    line = published.lines.order_by("position").first()
    assert product is not None
    assert line is not None
    return {
        "home": "/",
        "catalogue": "/catalogue/",
        "service": "/catalogue/2/",
        "suppliers": "/suppliers/",
        "supplier": f"/suppliers/{world.supplier.pk}/",
        "product": f"/products/{product.pk}/",
        "publicity": "/publicity/",
        "list": f"/publicity/{published.pk}/",
        "proof": f"/publicity/{published.pk}/proof/",
        "objection": f"/publicity/{published.pk}/lines/{line.pk}/objection/",
        "tracking": "/objections/",
        "rules": "/rules/",
        "notices": "/notices/",
        "deadlines": "/deadlines/",
        "feedback": "/feedback/",
        "reference": "/api/reference",
    }


def _faults(page: Any) -> list[tuple[str, str]]:
    """What axe finds, with the first place of each."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    return [(fault["id"], fault["nodes"][0]["html"]) for fault in found]


@pytest.mark.parametrize("width", [1440, 390])
def test_public_pages_are_clean_in_both_widths(
    chromium: Any, live_server: Any, shown: dict[str, str], width: int
) -> None:
    context = chromium.new_context(viewport={"width": width, "height": 900}, locale="zh-CN")
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    for name, path in shown.items():
        page.goto(live_server.url + path)
        if PICTURES:
            page.screenshot(path=f"{PICTURES}/{name}-{width}.png", full_page=True)
        assert said == [], name
        assert page.evaluate(
            "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
        ), name
        assert _faults(page) == [], name
    context.close()


@pytest.mark.clause("D47-5.22")
def test_a_visitor_objects_and_reads_the_code(chromium: Any, live_server: Any, shown: dict[str, str]) -> None:
    page = chromium.new_page(viewport={"width": 390, "height": 900})
    page.goto(live_server.url + shown["list"])
    page.click("text=提出异议 >> nth=0")
    page.click("text=提交异议")
    assert page.locator(".g-summary").count() == 1
    assert _faults(page) == []
    if PICTURES:
        page.screenshot(path=f"{PICTURES}/objection-faults-390.png", full_page=True)
    page.fill("[name=raised_by]", "测试单位")
    page.fill("[name=contact]", "0769-12345678")
    page.fill("[name=grounds]", "测试异议内容")
    page.click("button:has-text('提交异议')")
    page.wait_for_url("**/objections/?code=*")
    assert "待处理" in page.inner_text("main")
    assert "0769-12345678" not in page.inner_text("main")
    if PICTURES:
        page.screenshot(path=f"{PICTURES}/tracked-390.png", full_page=True)


def test_a_visitor_checks_the_list_in_the_browser(
    chromium: Any, live_server: Any, shown: dict[str, str], tmp_path: Path
) -> None:
    page = chromium.new_page()
    page.goto(live_server.url + shown["proof"])
    with page.expect_download() as download:
        page.click("a[href$='list.json']")
    place = tmp_path / "list.json"
    download.value.save_as(place)
    page.set_input_files("#proof_file", place)
    page.wait_for_selector("text=✓ 一致")
    altered = tmp_path / "altered.json"
    altered.write_bytes(place.read_bytes() + b" ")
    page.set_input_files("#proof_file", altered)
    page.wait_for_selector("text=✗ 不一致")
