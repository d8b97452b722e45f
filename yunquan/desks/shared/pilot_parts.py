"""What the desks show of a pilot in the same way: where it stands, what the form says, how far it has come (D47-6)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django import forms

from yunquan.desks.shared import exports
from yunquan.desks.shared.forms import BaseForm
from yunquan.evidence import queries as evidence
from yunquan.kernel.workflow import Actor
from yunquan.parties import regions
from yunquan.pilots import paper, progress
from yunquan.pilots.lifecycle import HOLDING, PILOT
from yunquan.pilots.reading import rows

TONES = {
    "submitted": "waiting", "returned": "bad", "reviewing": "now", "proposed": "now", "public": "now", "named": "good",
    "hearing": "bad", "finished": "good", "withdrawn": "bad", "not_chosen": "",
}  # fmt: skip
# States in which a pilot has customers to count.
COUNTING = (*HOLDING, "finished", "withdrawn")


_PROGRESS: tuple[exports.Told, ...] = (("承诺服务企业", "progress.promised", "count"), ("已发券", "progress.issued", "count"),
             ("已完成", "progress.finished", "count"))  # fmt: skip
# The lists of pilots as files: inside the province with marks, for applicants and cities without.
CALLS = exports.Listing(
    "试点申报通知",
    ("通知", "call.title"), ("周期", "call.cycle.name"), ("申报截止", "call.closes_at", "time"), ("状态", "state"),
    ("申报", "call.applied", "count"), ("评审中", "call.reviewing", "count"), ("承担试点", "call.holding", "count"),
    ("公示到", "call.publicity_ends_at", "until"), key="calls",
)  # fmt: skip
INSIDE = exports.Listing(
    "试点申报和试点",
    ("申报单位", "pilot.supplier.name"), ("统一社会信用代码", "pilot.supplier.uscc"), ("应用服务", "title"),
    ("通知", "pilot.call.title"), ("状态", "state"), ("名次", "pilot.rank", "count"), ("平均分", "score"), *_PROGRESS,
    ("不列入的理由", "pilot.not_chosen_reason"), key="pilots",
)  # fmt: skip
OUTSIDE = exports.Listing(
    "试点示范",
    ("试点单位", "pilot.supplier.name"), ("应用服务", "title"), ("通知", "pilot.call.title"), ("状态", "state"),
    *_PROGRESS,
)  # fmt: skip
RANKING = exports.Listing(
    "试点评审排序",
    ("名次", "rank", "count"), ("申报单位", "pilot.supplier.name"), ("应用服务", "title"), ("状态", "state"),
    ("平均分", "score"), ("已交评分表", "given", "count"), ("评审专家", "seats", "count"), ("达到最低分", "passes_said"),
)  # fmt: skip
EARMARKS = exports.Listing(
    "各市试点安排额度",
    ("地市", "name"), ("安排给试点（元）", "earmarked_fen", "money"), ("试点已用（元）", "used_fen", "money"),
    ("预计还需（元）", "expected_fen", "money"), ("该市额度剩余（元）", "left_fen", "money"), key="earmarks",
)  # fmt: skip


class ReasonForm(BaseForm):
    """A decision's reason."""

    reason = forms.CharField(
        label="理由", max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, label: str = "理由", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].label = label


def points(hundredths: int | None) -> str:
    """A score as 86.50.

    >>> points(8650), points(None)
    ('86.50', '—')
    """
    return "—" if hundredths is None else f"{hundredths // 100}.{hundredths % 100:02d}"


def state_said(pilot: Any) -> str:
    """Where a pilot stands; before the list is in public nobody outside the province knows who is proposed."""
    return PILOT.states[pilot.state]


def outwardly(pilot: Any) -> tuple[str, str]:
    """The state as the applicant may know it: proposed or not is told with the publicity, not before."""
    if pilot.state in ("proposed", "not_chosen") and pilot.call.state != "public":
        return PILOT.states["reviewing"], TONES["reviewing"]
    return PILOT.states[pilot.state], TONES.get(pilot.state, "")


def shown(pilots: Iterable[Any], now: datetime, *, inside: bool = False) -> list[dict[str, Any]]:
    """Pilots as rows of a list, with their progress in two queries; `inside` for the province's own eyes."""
    listed = list(pilots)
    told = progress.progress_of(listed)
    found = []
    for row in listed:
        state, tone = outwardly(row) if not inside else (state_said(row), TONES.get(row.state, ""))
        found.append(
            {
                "pilot": row,
                "title": row.title or row.typed.get("title", "") or "（未填应用服务名称）",
                "state": state,
                "tone": tone,
                "score": points(row.score) if inside else "",
                "progress": told[row.pk] if row.state in COUNTING else None,
                "is_late": row.state in HOLDING and told[row.pk].has_failed(now),
            }
        )
    return found


def parts(pilot: Any, now: datetime) -> list[dict[str, Any]]:
    """The form's content as label and text, part by part, the way the paper shows it."""
    found = []
    for part in paper.form(pilot, now).parts:
        facts, label = [], ""
        for cell in part.cells:
            if cell.get("head"):
                label = cell["text"]
            else:
                facts.append((label, cell["text"] or "—"))
                label = ""
        found.append({"heading": part.heading, "facts": facts, "texts": [pair for pair in part.texts]})
    return found


def proofs(pilot: Any) -> list[dict[str, Any]]:
    """The files of an application with their titles."""
    typed = [(row.get("title", ""), str(row.get("file", ""))) for row in rows(pilot.typed, "proofs")]
    typed += [("盖章的申请书", str(pilot.typed.get("sealed", "")))]
    pks = [int(pk) for _title, pk in typed if pk.isdecimal()]
    files = evidence.files_by_id(pks, org=f"supplier:{pilot.supplier_id}")
    return [
        {"title": title, "file": files[int(pk)]} for title, pk in typed if pk.isdecimal() and int(pk) in files
    ]


def context(pilot: Any, actor: Actor, now: datetime, *, inside: bool = False) -> dict[str, Any]:
    """What every page of one pilot shows."""
    state, tone = (state_said(pilot), TONES.get(pilot.state, "")) if inside else outwardly(pilot)
    told = progress.progress_of([pilot])[pilot.pk] if pilot.state in COUNTING else None
    is_told = inside or pilot.call.state == "public"
    return {
        "pilot": pilot,
        "title": pilot.title or pilot.typed.get("title", "") or "试点申报",
        "state": state,
        "tone": tone,
        "is_told": is_told,
        "score": points(pilot.score),
        "place": regions.place_name(pilot.supplier.city),
        "parts": parts(pilot, now),
        "proofs": proofs(pilot),
        "reasons": pilot.return_reasons if pilot.state == "returned" else [],
        "earmarks": [
            {
                "city": regions.place_name(one.city),
                "enterprises": one.enterprises,
                "amount_fen": one.amount_fen,
            }
            for one in pilot.earmarks.order_by("city")
        ]
        if is_told
        else [],
        "progress": told,
        "tiles": tiles(told) if told is not None else [],
        "is_late": told is not None and pilot.state in HOLDING and told.has_failed(now),
    }


def tiles(told: Any) -> list[dict[str, Any]]:
    """The progress as figures."""
    return [
        {"label": "承诺服务企业", "value": told.promised},
        {"label": "已发券", "value": told.issued, "note": "家中小企业"},
        {"label": "待判定", "value": told.pending},
        {"label": "已完成", "value": told.finished, "note": f"完成 {told.percent}%"},
    ]
