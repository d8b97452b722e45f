"""Whom an act on a demonstration project is told, and where it leads them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from yunquan.demonstrations.models import Project
from yunquan.journal.models import Notice

PLACES = {
    "demonstration": "",
    "demonstration_report": "reports/",
    "demonstration_rectification": "rectifications/",
}


def bureaus(project: Project) -> list[str]:
    """The bureau of the city and the province's."""
    return [f"bureau:{project.city}", "bureau:440000"]


def link(org: str, thing: Any) -> str:
    """The page of a thing on the desk of an organisation."""
    kind, _, code = org.partition(":")
    desk = kind if kind != "bureau" else "province" if code == "440000" else "city"
    return f"/{desk}/demonstrations/{PLACES[thing.lifecycle.noun]}{thing.pk}/"


def notices(
    thing: Any,
    step: str,
    title: str,
    orgs: Iterable[str],
    now: datetime,
    *,
    text: str = "",
    kind: str = "demonstration",
) -> list[Notice]:
    """The messages of one step, one to each organisation; the same step is told once."""
    return [
        Notice(
            org=org, obj=thing.journal_key, kind=kind, title=title, text=text, at=now, link=link(org, thing),
            key=f"{thing.journal_key}:{step}:{org}",
        )
        for org in orgs
    ]  # fmt: skip
