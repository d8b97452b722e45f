"""Random bundles judged by verify.py and by a browser: both must say the same, word for word."""

from __future__ import annotations

import base64
import random
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

from tests.policy.draw_bundles import change_meaning, change_one, random_bundle
from yunquan.policy.drawing import bundle

SCRIPT = Path(bundle.__file__).parents[2] / "desks/public/static/public/draw.js"
AT_ONCE = 250
AGREE = """([code, all]) => {
  const unpacked = (text) => Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
  return all.map((files) => {
    const named = Object.fromEntries(Object.entries(files).map(([name, text]) => [name, unpacked(text)]));
    const { fault, found } = sdDraw.verify(named, code);
    return [fault, found ? found.seed : ""];
  });
}"""


def packed(content: bytes) -> str:
    """Bytes as a page can be handed them."""
    return base64.b64encode(content).decode()


@contextmanager
def a_blank_page(browser: Any) -> Iterator[Any]:
    """An empty page with draw.js in it, without a network and without WebCrypto."""
    context = browser.new_context(offline=True)
    page = context.new_page()
    page.goto("about:blank")
    page.add_script_tag(content=SCRIPT.read_text(encoding="utf-8"))
    assert page.evaluate("globalThis.isSecureContext") is False
    yield page
    context.close()


def agree(page: Any, number: int, *, seed: int) -> tuple[int, int]:
    """Judge so many bundles by both; gives how many of them were right and how many were not.

    Half of them stay as they were drawn, a quarter has another number in it, a quarter another byte.
    """
    start = bundle.published_program()
    code = {"length": len(start), "sha256": sha256(start).hexdigest()}
    dice, right, wrong = random.Random(seed), 0, 0
    for _ in range(number // AT_ONCE):
        batch = []
        for _ in range(AT_ONCE):
            files, chance = random_bundle(dice), dice.random()
            if chance > 0.75:
                files = change_one(dice, files)[1]
            elif chance > 0.5:
                files = change_meaning(dice, files)
            batch.append(files)
        asked = [code, [{name: packed(content) for name, content in files.items()} for files in batch]]
        for files, (said, found) in zip(batch, page.evaluate(AGREE, asked), strict=True):
            expected = bundle.difference(files)
            assert said == expected, files
            if expected:
                wrong += 1
            else:
                right += 1
                assert found == bundle.seed_in(files).hex()
    return right, wrong
