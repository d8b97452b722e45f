"""The form of a contacts receipt: what is asked, what is known already, and the form as a Word document (D47-A3)."""

from __future__ import annotations

from typing import Any

from yunquan.desks.shared.typed import Ask, Blank
from yunquan.papers.contacts_docx import receipt as receipt_paper
from yunquan.parties import queries as parties
from yunquan.parties import regions
from yunquan.parties.contact_reading import NAMES, TEXTS, kept


def _counties(row: Any) -> tuple[Any, ...]:
    city = regions.city(row.bureau.code)
    return city.counties if city is not None else ()


def typed_of(row: Any) -> dict[str, Any]:
    """What was typed so far, or a fresh form with what is known; a scan sent earlier is not taken again."""
    typed = kept(row.typed)
    typed["unit"] = typed["unit"] or row.bureau.name
    if row.state == "accepted":
        typed["scan"] = ""
    return typed


def blank_of(row: Any) -> Blank:
    whole = ("unit", "section")
    asks = [
        Ask(name, label, width="col-12" if name in whole else "col-12 col-md-6")
        for name, label, _most in TEXTS
    ]
    hint = "先下载填好的回执，盖章后扫描"
    asks.append(Ask("scan", "加盖公章的回执扫描件", kind="file", kinds=("pdf", "jpg", "png"), hint=hint))
    counties = _counties(row)
    if not counties:
        return Blank(asks=tuple(asks))
    choices = [(one.code, one.name) for one in counties]
    third = "col-12 col-md-4"
    lines = (
        Ask("county", "县区", kind="choice", choices=choices, must=False, width=third),
        Ask("name", "具体负责人", must=False, width=third),
        Ask("mobile", "手机号码", must=False, width=third),
    )
    return Blank(asks=tuple(asks), rows={"counties": lines})


def paper_of(row: Any) -> bytes:
    """The form of annex 3 as a Word document, filled in with what was typed so far."""
    typed = typed_of(row)
    city = row.bureau.code if row.bureau.level == "city" else ""
    named = []
    for one in typed.get("counties", []):
        county = regions.find_county(one.get("county", ""), city)
        place = county.name if county else one.get("county", "")
        named.append((place, one.get("name", ""), one.get("mobile", "")))
    asking = parties.bureau(row.judge)
    return receipt_paper(
        {name: str(typed.get(name, "")) for name in NAMES},
        named,
        title=row.round.title,
        addressee=asking.name if asking is not None else "",
        due_on=row.round.due_on,
        with_counties=bool(city and _counties(row)),
    )
