"""The coded reasons of a return on a page: what may be ticked, and what was (D47-5.21, S6)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.http import HttpRequest

from yunquan.desks.shared.templatetags.gov import on
from yunquan.journal import clock
from yunquan.kernel.calendar import local_date
from yunquan.kernel.workflow import Actor
from yunquan.programme import queries as programme
from yunquan.vouchers import returning

REJECT_ONLY = "unlawful"
OTHER = {"code": "other", "label": "其他", "mend": "", "article": "D47-5.21"}


def codes_of(pack: str, rule: str, *, rejecting: bool = False) -> list[dict[str, str]]:
    """The reasons of a rule (`reasons.application`, `reasons.claim`) in force today, as dicts."""
    found = programme.rulebook(pack).find(rule, clock.today())
    rows = [reason.model_dump() for reason in found.value] if found is not None else []
    return [row for row in rows if rejecting or row["code"] != REJECT_ONLY]


def late_days(
    voucher: Any, codes: Iterable[Mapping[str, Any]], step: returning.Step, by: Actor
) -> dict[str, str]:
    """Which of these reasons, and `other` for own words, would come late now, with the day of the return that
    could have given them already (S6)."""
    asked = [*(str(row["code"]) for row in codes if row["code"] != REJECT_ONLY), OTHER["code"]]
    found = returning.visible_before(voucher, asked, step=step, by=by)
    return {code: on(local_date(datetime.fromisoformat(since))) for code, since in found.items()}


def marked(
    codes: Iterable[Mapping[str, Any]], voucher: Any, step: returning.Step, by: Actor
) -> list[dict[str, Any]]:
    """The reasons for {% reasons %}, each that would come late with that day."""
    listed = list(codes)
    late = late_days(voucher, listed, step, by)
    return [{**row, "late": late.get(str(row["code"]), "")} for row in listed]


def chosen(request: HttpRequest, codes: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """What was ticked and written, as the actions keep it; own words stand under 其他."""
    ticked = set(request.POST.getlist("reasons"))
    reasons = [
        {name: str(row[name]) for name in ("code", "label", "mend", "article")}
        for row in codes
        if row["code"] in ticked
    ]
    text = request.POST.get("reasons_text", "").strip()[:2000]
    return [*reasons, {**OTHER, "text": text}] if text else reasons
