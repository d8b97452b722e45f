"""The steps of a wizard: which comes next, and on which step a refusal is mended."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from yunquan.desks.shared.typed import Blank
from yunquan.kernel.refusal import Refusal

Steps = Sequence[tuple[str, str]]
_ROWS = {
    "lines": "应用服务",
    "invoices": "发票",
    "proofs": "付款凭证",
    "parties": "代付说明",
    "ends": "使用端",
    "modules": "功能模块",
}


def place_of(steps: Steps, step: str) -> int:
    """The number of a step, from one."""
    return [name for name, _ in steps].index(step) + 1


def after(steps: Steps, step: str) -> str:
    """The next step; the last stays."""
    return steps[min(place_of(steps, step), len(steps) - 1)][0]


def before(steps: Steps, step: str) -> str:
    """The step before, empty for the first."""
    place = place_of(steps, step)
    return steps[place - 2][0] if place > 1 else ""


def tabs(steps: Steps, step: str, url: Callable[[str], str]) -> list[dict[str, Any]]:
    """The steps as tabs: any step can be opened at any time, the draft is kept."""
    return [
        {"label": f"{number}. {label}", "url": url(name), "active": name == step}
        for number, (name, label) in enumerate(steps, start=1)
    ]


def _numbered(refusal: Refusal, rows: Mapping[str, str]) -> str:
    """The message with the kind and the number of the row that it speaks of."""
    found = re.match(r"([a-z]+)-(\d+)-", refusal.field)
    if found is None:
        return refusal.message
    return f"{rows.get(found[1]) or _ROWS.get(found[1], '第')} {int(found[2]) + 1}：{refusal.message}"


def located(
    refusals: Iterable[Refusal],
    blanks: Mapping[str, Blank],
    url: Callable[[str], str],
    rows: Mapping[str, str] | None = None,
) -> list[dict[str, str]]:
    """Each refusal with the address of the field where it is mended, empty where no field can mend it.

    `rows`: what a form calls its rows, where it is not what the voucher's form calls them.
    """
    found = []
    for refusal in refusals:
        step = next(
            (name for name, blank in blanks.items() if refusal.field and blank.names()(refusal.field)), ""
        )
        found.append(
            {
                "message": _numbered(refusal, rows or {}),
                "article": refusal.article,
                "mend": refusal.mend,
                "url": f"{url(step)}?check=1#id_{refusal.field}" if step else "",
            }
        )
    return found
