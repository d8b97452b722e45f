"""The steps of a wizard: which comes next, and on which step a refusal is mended."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from yunquan.desks.shared.problems import row_said
from yunquan.desks.shared.typed import Blank
from yunquan.kernel.refusal import Refusal

Steps = Sequence[tuple[str, str]]


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
        row = row_said(refusal.field, rows)
        found.append(
            {
                "message": f"{row}：{refusal.message}" if row else refusal.message,
                "article": refusal.article,
                "mend": refusal.mend,
                "url": f"{url(step)}?check=1#id_{refusal.field}" if step else "",
            }
        )
    return found
