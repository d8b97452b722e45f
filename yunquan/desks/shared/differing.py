"""Where a draft differs from its own files: a line for each document, to be looked at before it is submitted (D47-5.10)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from yunquan.desks.shared.proposals import Level, Look, levels, look
from yunquan.desks.shared.typed import Blank
from yunquan.evidence.reading.facts import FOREIGN

PAPERS = {"contract": "合同", "invoice": "发票", "proof": "付款凭证"}


def differing(
    blanks: Mapping[str, Blank], typed: Mapping[str, Any], *, org: str, url: Callable[[str], str]
) -> list[dict[str, Any]]:
    """A check to be looked at for each file that says another thing than what is typed beside it; refuses nothing."""
    return [
        {
            "passed": None,
            "text": text,
            "article": "D47-5.10",
            "mend": "",
            "url": f"{url(step)}#id_{field}",
            "url_label": "去核对",
        }
        for step, blank in blanks.items()
        for text, field in _told(blank, typed, look(blank, typed, org=org))
    ]


def _told(blank: Blank, typed: Mapping[str, Any], seen: Look) -> Iterator[tuple[str, str]]:
    """What is to be said of each file, and the field to which it leads."""
    for level in levels(blank, typed):
        name = f"{level.prefix}{level.ask.name}"
        told = seen.files.get(name)
        if told is None:
            continue
        for said in [*told.warnings, *([told.why] if told.why in FOREIGN else [])]:
            yield f"{_shown(level)}：{said.rstrip('。')}", name
        fields = {ask.name: f"{level.prefix}{ask.name}" for ask in level.asks if ask.reads}
        other = [
            (ask.label.rpartition("：")[2], fields[ask.name])
            for ask in level.asks
            if ask.name in fields and _is_other(seen, fields[ask.name])
        ]
        if other and told.state == "read":
            labels = "、".join(label for label, _field in other)
            yield f"{_shown(level)}：{len(other)} 项与文件不同（{labels}），请核对", other[0][1]


def _is_other(seen: Look, field: str) -> bool:
    beside = seen.fields.get(field)
    return beside is not None and beside.standing == "other"


def _shown(level: Level) -> str:
    """The name of a document as a person knows it: 合同, 发票 2."""
    place = level.prefix.rstrip("-").rpartition("-")[2]
    paper = PAPERS.get(level.ask.reader, level.ask.label)
    return f"{paper} {int(place) + 1}" if place.isdecimal() else paper
