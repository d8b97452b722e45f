"""Returning a form: all reasons at once, and a flag on a reason that could have been given before (S6).

The coded reasons stand in the rule pack; here stands which fields of a form each of them speaks of.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from yunquan.kernel.canonical import content_hash

REJECT_ONLY = "unlawful"
OTHER = {"code": "other", "label": "其他", "mend": "", "article": "D47-5.20"}

# A code that isn't named here speaks of the whole form.
FIELDS: Mapping[str, tuple[str, ...]] = {
    "name_differs": ("name", "licence"),
    "code_differs": ("licence",),
    "licence_unreadable": ("licence",),
    "region_wrong": ("city", "county", "address", "is_in_province"),
    "revenue_unproved": ("revenue",),
    "bank_account": ("bank_name", "bank_account"),
    "contact_incomplete": ("contact_name", "contact_phone"),
    "promise_missing": ("pledge",),
    "platform.strength": ("platform",),
    "platform.security": ("platform",),
    "platform.means": ("platform",),
    "supplier.service": ("services",),
    "supplier.security": ("strengths",),
    "supplier.team": ("strengths",),
    "supplier.ownership": ("holds_ip", "proof"),
    "service_wrong": ("service",),
    "modules_unclear": ("modules",),
    "price_unclear": ("price_standard", "price_from"),
}


def read_reasons(
    chosen: Iterable[Mapping[str, str]], known: Iterable[Mapping[str, Any]], *, rejecting: bool = False
) -> list[dict[str, Any]]:
    """Read what a reviewer ticked and wrote; unknown codes and "other" without words don't count.

    A breach of law is a reason to reject, not one to return for (D47-5.20).

    >>> read_reasons([{"code": "other", "text": " "}], [])
    []
    >>> [r["code"] for r in read_reasons([{"code": "other", "text": "地址不全"}], [])]
    ['other']
    """
    by_code = {reason["code"]: reason for reason in [*known, OTHER]}
    read: dict[tuple[str, str], dict[str, Any]] = {}
    for tick in chosen:
        code, text = str(tick.get("code") or "other"), str(tick.get("text") or "").strip()
        reason = by_code.get(code)
        if reason is None or (code == "other" and not text) or (code == REJECT_ONLY and not rejecting):
            continue
        read[code, text] = {
            "code": code,
            "label": reason["label"],
            "text": text[:1000],
            "mend": reason.get("mend", ""),
            "article": reason.get("article", "D47-5.20"),
            "flagged": False,
        }
    return list(read.values())


def snapshot(form: Mapping[str, Any]) -> dict[str, str]:
    """A short hash of each field, to tell later whether it changed."""
    return {field: content_hash(str(form[field]))[:16] for field in sorted(form)}


def visible_since(
    code: str,
    *,
    rounds: Sequence[Mapping[str, Any]],
    seen: Mapping[str, str],
    fields: Mapping[str, tuple[str, ...]] = FIELDS,
) -> str:
    """When an earlier return could have given this reason, because its fields are as they were; empty if none could.

    >>> visible_since("name_differs", rounds=[{"at": "d", "seen": {"name": "1"}}], seen={"name": "1"})
    'd'
    >>> visible_since("name_differs", rounds=[{"at": "d", "seen": {"name": "1"}}], seen={"name": "2"})
    ''
    """
    speaks_of = fields.get(code) or tuple(seen)
    for earlier in rounds:
        if all(earlier["seen"].get(field) == seen.get(field) for field in speaks_of):
            return str(earlier["at"])
    return ""


def judge_return(
    reasons: Sequence[Mapping[str, Any]],
    *,
    rounds: Sequence[Mapping[str, Any]],
    form: Mapping[str, Any],
    at: str,
    fields: Mapping[str, tuple[str, ...]] = FIELDS,
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Flag each reason that was visible at an earlier return, and give reasons and rounds to keep.

    A reason was visible before when its fields are as they were at an earlier return and no earlier
    return gave it; repeating a reason that nobody mended isn't flagged.
    """
    seen = snapshot(form)
    told = {told_as(reason) for earlier in rounds for reason in earlier["reasons"]}
    judged = []
    for reason in reasons:
        since = visible_since(told_as(reason)[0], rounds=rounds, seen=seen, fields=fields)
        judged.append({**reason, "flagged": bool(since) and told_as(reason) not in told})
    return judged, [*map(dict, rounds), {"at": at, "reasons": judged, "seen": seen}]


def told_as(reason: Mapping[str, Any]) -> tuple[str, str]:
    """What makes two reasons the same one: the code, or for own words the words."""
    code = str(reason.get("code") or OTHER["code"])
    said = str(reason.get("text") or reason.get("label") or "")
    return (code, said if code == OTHER["code"] else "")


def summary(reasons: Iterable[Mapping[str, Any]]) -> str:
    """The reasons as one text, for a notice."""
    return "；".join(f"{r['label']}：{r['text']}" if r["text"] else str(r["label"]) for r in reasons)
