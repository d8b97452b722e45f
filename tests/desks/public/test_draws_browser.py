"""The check in a real browser: it agrees with verify.py word for word, and the page shows what it found."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from tests.desks.public.draw_agreement import AGREE, a_blank_page, agree, packed
from tests.kernel.test_draw import ITEMS, PARAMS, SECRETS, VALUES
from tests.policy.test_draw_bundle import known_bundle
from yunquan.kernel import draw
from yunquan.kernel.canonical import canonical_json
from yunquan.policy.drawing import bundle
from yunquan.policy.drawing.reading import Source

PICTURES = os.environ.get("YUNQUAN_PICTURES", "")
DIGESTS = """(all) => all.map((text) => {
  const message = Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
  return [sdDraw.hex(sdDraw.sha256(message)), sdDraw.hex(sdDraw.sm3(message))];
})"""


@pytest.fixture
def blank(chromium: Any) -> Iterator[Any]:
    with a_blank_page(chromium) as page:
        yield page


@pytest.mark.browser
@pytest.mark.clause("D1")
def test_browser_and_python_say_the_same_of_random_bundles(blank: Any) -> None:
    """Ten thousand of them in tests/campaigns."""
    right, wrong = agree(blank, 500, seed=20191101)
    assert min(right, wrong) > 200


@pytest.mark.browser
def test_both_hashes_of_the_browser_are_those_of_python(blank: Any) -> None:
    dice = random.Random(3)
    messages = [dice.randbytes(size) for size in range(200)] + [b"abc", b"abcd" * 16, bytes(100_000)]
    for message, (one, other) in zip(
        messages, blank.evaluate(DIGESTS, list(map(packed, messages))), strict=True
    ):
        assert one == sha256(message).hexdigest()
        assert other == draw.HASHES["sm3"](message).hex()


STRANGE = [
    "", "[]", "null", "1", '"x"', "{}", "{", "[1", '{"a":null}', '{"a":1}', '{"a":1.5}', '{"a":1.0}', '{"a":-0}',
    '{"a":{"b":["c"]}}', '{"a":[["b"]]}', '{"a":"b","a":"b"}', '{"b":"1","a":"2"}', '{"a": "b"}', "\ufeff{}",
    '{"a":"b"}\r\n', '{"__proto__":"b"}', '{"constructor":"b","toString":"c"}', '{"a":"e\u0301"}', '{"a":"\\u00e9"}',
    '{"a":"\\ud800"}', '{"a":"\\u2028"}', '{"\uffe6":"1","\U00020000":"2"}', '{"\U00020000":"2","\uffe6":"1"}',
    "[" * 3000 + "]" * 3000, "{}\n", "{}\n{}\n", "\n", "NaN", "1e999", "9" * 400, '{"a":true}', '{"":""}',
]  # fmt: skip


@pytest.mark.browser
def test_strange_contents_are_refused_in_the_same_words(blank: Any) -> None:
    start, known = bundle.published_program(), known_bundle()
    code = {"length": len(start), "sha256": sha256(start).hexdigest()}
    spoilt = [{**known, name: text.encode()} for name in bundle.NAMES for text in STRANGE]
    spoilt += [{**known, name: known[name][:5] + b"\xff" + known[name][5:]} for name in bundle.NAMES]
    for name in ("params.json", "population.jsonl"):
        for key in (b'"den"', b'"ref"', b'"alg"', b'"weight"', b'"entropy"'):
            for other in (b'"__proto__"', b'"constructor"', b'"zz"'):
                spoilt.append({**known, name: known[name].replace(key, other)})
    asked = [code, [{name: packed(content) for name, content in files.items()} for files in spoilt]]
    for files, (said, _seed) in zip(spoilt, blank.evaluate(AGREE, asked), strict=True):
        assert said == bundle.difference(files)
        assert said or files == known


@pytest.mark.browser
def test_a_missing_file_is_named_in_the_browser_too(blank: Any) -> None:
    code = {"length": 1, "sha256": ""}
    for missing in bundle.NAMES:
        files = {name: packed(content) for name, content in known_bundle().items() if name != missing}
        assert blank.evaluate(AGREE, [code, [files]])[0][0] == f"{missing}：缺少这个文件"


def lonely_bundle() -> dict[str, bytes]:
    """A draw of a small programme: one custodian, one source."""
    return bundle.run(
        population=Source("population.jsonl", draw.population_bytes(ITEMS)),
        params=Source("params.json", canonical_json({**PARAMS, "entropy": ["ssq:2020045"]})),
        reveals=Source("reveals.json", canonical_json({"city": SECRETS["city"].hex()})),
        entropy=Source("entropy.json", canonical_json({"ssq:2020045": VALUES["ssq:2020045"]})),
    )


def faults(page: Any) -> list[tuple[str, str]]:
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    return [(fault["id"], fault["nodes"][0]["html"]) for fault in found]


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("width", [1440, 390])
def test_a_visitor_checks_a_bundle_without_a_network(
    chromium: Any, live_server: Any, tmp_path: Path, settings: Any, width: int
) -> None:
    settings.STATIC_ROOT = str(tmp_path / "static")
    (tmp_path / "static").mkdir()
    bundle.write(known_bundle(), tmp_path / "bundle")
    chosen = sorted((tmp_path / "bundle").iterdir())
    context = chromium.new_context(viewport={"width": width, "height": 900}, locale="zh-CN")
    page = context.new_page()
    said: list[str] = []
    page.on(
        "console",
        lambda told: said.append(told.text + told.location["url"]) if told.type == "error" else None,
    )
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(live_server.url + "/draws/verify/", wait_until="networkidle")
    context.set_offline(True)
    assert faults(page) == []
    page.set_input_files("#draw_files", chosen)
    page.wait_for_selector("[data-draw-said] .is-good")
    assert "e69d4d2ce26e618c771efbbd59538b40a8cb138ddf47e3f7a37e9f00aaee091f" in page.inner_text("main")
    cells = [cell.text_content() for cell in page.query_selector_all("[data-draw-strata] td")]
    assert cells == ["汕尾", "4", "0", "1", "3", "深圳", "8", "1", "2", "5"]
    page.fill("#draw_ref", "V005")
    assert page.text_content("[data-draw-one]") == "深圳：抽中，本层第 2 位"
    assert faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    if PICTURES:
        page.screenshot(path=f"{PICTURES}/draw-right-{width}.png", full_page=True)
    page.fill("#draw_ref", "V05")
    assert page.text_content("[data-draw-one]") == "名单中没有这个编号。"
    files = known_bundle()
    changed = {**files, "result.jsonl": files["result.jsonl"].replace(b"V003", b"V006", 1)}
    bundle.write(changed, tmp_path / "changed")
    page.set_input_files("#draw_files", sorted((tmp_path / "changed").iterdir()))
    page.wait_for_selector("[data-draw-said] .is-bad")
    assert "result.jsonl 第 1 行：应为" in page.inner_text("[data-draw-said]")
    assert page.locator("[data-draw-found]").is_hidden()
    assert faults(page) == []
    if PICTURES:
        page.screenshot(path=f"{PICTURES}/draw-wrong-{width}.png", full_page=True)
    bundle.write(lonely_bundle(), tmp_path / "lonely")
    page.set_input_files("#draw_files", sorted((tmp_path / "lonely").iterdir()))
    page.wait_for_selector("text=保管人只有一名")
    assert "随机源只有一个" in page.inner_text("[data-draw-facts]")
    page.set_input_files("#draw_files", [one for one in chosen if one.name != "entropy.json"])
    page.wait_for_selector("text=entropy.json：缺少这个文件")
    other = tmp_path / "bundle.zip"
    other.write_bytes(b"PK")
    page.set_input_files("#draw_files", other)
    page.wait_for_selector("text=请先解压抽取包")
    assert said == []
    context.close()
