"""The custodian's page: the commitment that the browser makes is the one that Python expects of the secret."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.desks.public.draw_agreement import a_blank_page
from yunquan.kernel import draw
from yunquan.policy.drawing import bundle

SCRIPT = Path(bundle.__file__).parents[2] / "desks/shared/static/inspections/custody.js"
PAGE = """([alg, drawId, custodian]) => {
  document.body.innerHTML = '<div data-custody hidden><button data-custody-make></button><div data-custody-made hidden>'
    + '<p data-custody-secret></p><a data-custody-save></a></div></div><input data-commitment>';
  Object.assign(document.querySelector("[data-custody]").dataset, { alg, drawId, custodian });
}"""


@pytest.mark.browser
@pytest.mark.parametrize("alg", ["sha256", "sm3"])
def test_the_browser_commits_to_its_secret_as_the_draw_asks(chromium: Any, alg: str) -> None:
    with a_blank_page(chromium) as page:
        page.evaluate(PAGE, [alg, "CC2019-440000-001", "惠州市工业和信息化局"])
        page.add_script_tag(content=SCRIPT.read_text(encoding="utf-8"))
        seen = set()
        for _ in range(3):
            page.click("[data-custody-make]")
            secret = page.inner_text("[data-custody-secret]")
            made = draw.commitment(
                alg=alg, draw_id="CC2019-440000-001", custodian="惠州市工业和信息化局",
                secret=bytes.fromhex(secret),
            )  # fmt: skip
            assert page.input_value("[data-commitment]") == made.hex() and len(secret) == 64
            seen.add(secret)
        assert len(seen) == 3
