"""What every decision page has: the documents on the left, coded reasons, buttons from the table, the queue."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest

from yunquan.desks.shared import viewer
from yunquan.desks.shared.forms import NOT_DECIDED, ReasonsForm, speaks_against
from yunquan.kernel.workflow import Actor, Lifecycle
from yunquan.parties import queries as parties
from yunquan.vouchers import returning

REJECT_ONLY = "unlawful"
_LOOKS = {
    "issue": ("btn-primary", "a"),
    "approve": ("btn-primary", "a"),
    "approve_claim": ("btn-primary", "a"),
    "city_pass": ("btn-primary", "a"),
    "send_back": ("btn-outline-warning", "r"),
    "send_back_claim": ("btn-outline-warning", "r"),
    "refuse_change": ("btn-outline-warning", ""),
    "reject": ("btn-outline-danger", "x"),
    "reject_claim": ("btn-outline-danger", "x"),
}
_STATING = ("send_back", "send_back_claim", "refuse_change", "reject", "reject_claim")
_REJECTING = ("reject", "reject_claim")


class DecisionForm(ReasonsForm):
    """One decision on one case: what the officer saw, the reasons ticked and written."""

    seen = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)
    dissent_reason = forms.CharField(
        label="复核人不同意，仍作此决定的理由",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    late_words = forms.CharField(
        label="当时没有告知的原因",
        help_text="选了标有“首次退回时即可发现”的理由时必填；企业、省和审计都会看到。",
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(
        self,
        *args: Any,
        coded: Sequence[Mapping[str, Any]] = (),
        late: Mapping[str, str] | None = None,
        **kwargs: Any,
    ) -> None:
        self.coded, self.late = tuple(coded), dict(late or {})
        super().__init__(*args, codes=[(row["code"], row["label"]) for row in self.coded], **kwargs)

    def clean(self) -> dict[str, Any]:
        """A return or rejection is held to reasons (D47-5.21); with reasons nothing is approved."""
        action = self.data.get("decision", "")
        if action in _STATING:
            return super().clean()
        if action in _LOOKS and speaks_against(self.data):
            self.add_error("reasons", NOT_DECIDED)
        return self.cleaned_data

    def judge(self, action: str) -> bool:
        """Whether the form may go with this action; a reason that only rejects doesn't return a case."""
        ticked = self.cleaned_data.get("reasons", [])
        if REJECT_ONLY in ticked and action not in _REJECTING:
            label = next(row["label"] for row in self.coded if row["code"] == REJECT_ONLY)
            self.add_error("reasons", f"“{label}”只用于驳回；可补正的请取消勾选后再退回。")
            return False
        return True

    def stated(self) -> list[dict[str, str]]:
        """The reasons as an action takes them: coded ones with how to mend, and the officer's own words."""
        ticked = set(self.cleaned_data.get("reasons", []))
        kept = [
            {name: str(row.get(name, "")) for name in ("code", "label", "mend", "article")} | {"text": ""}
            for row in self.coded
            if row["code"] in ticked
        ]
        text = self.cleaned_data.get("reasons_text", "").strip()
        if text:
            kept.append({"code": "other", "label": "补充说明", "text": text, "mend": "", "article": ""})
        return kept

    def shown(self) -> dict[str, Any]:
        """What {% reasons %} draws: the codes, what was ticked and typed, and what is wrong with it."""
        codes = [
            {
                **row,
                "label": f"{row['label']}（只用于驳回）" if row["code"] == REJECT_ONLY else row["label"],
                "late": self.late.get(row["code"], ""),
            }
            for row in self.coded
        ]
        ticked = self.data.getlist("reasons") if self.is_bound else []
        text = self.data.get("reasons_text", "") if self.is_bound else ""
        errors: Sequence[Any] = self.errors.get("reasons", [])
        return {
            "codes": codes,
            "chosen": ticked,
            "text": text,
            "errors": errors,
            "open": bool(errors or ticked or text),
            "late": bool(self.late),
            "late_words": self.late.get("other", ""),
        }


def returned(voucher: Any) -> list[dict[str, Any]]:
    """Every earlier return of a voucher: when, by whom, for what."""
    return [
        {"at": row["at"], "who": parties.organisation_name(row["org"]) or "平台", "reasons": row["reasons"]}
        for row in returning.earlier_returns(voucher)
    ]


def coded_reasons(reasons: Iterable[Any]) -> list[dict[str, Any]]:
    """The coded reasons of a rulebook as plain rows."""
    return [row if isinstance(row, dict) else row.model_dump() for row in reasons]


def buttons(
    lifecycle: Lifecycle, state: str, by: Actor, *, wanted: Iterable[str], against: Mapping[str, int]
) -> list[dict[str, Any]]:
    """The buttons of this page that the table offers; one that checks speak against is off and says how many do."""
    known = frozenset(wanted)
    rows = [row for row in lifecycle.offers_to(state, by) if row.action in known]
    found = []
    for row in sorted(rows, key=lambda row: list(_LOOKS).index(row.action) if row.action in _LOOKS else 99):
        look, key = _LOOKS.get(row.action, ("btn-outline-primary", ""))
        found.append(
            {
                "action": row.action,
                "label": lifecycle.actions[row.action],
                "look": look,
                "key": key,
                "article": row.article,
                "off": against.get(row.action, 0),
                "states": row.action in _STATING,
            }
        )
    return found


def documents(request: HttpRequest, files: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """The documents of a case as tabs, one of them open page by page; nothing marked in them."""
    return viewer.pane(request, files)


def place_in(queue: QuerySet[Any], pk: int, named: str) -> dict[str, Any]:
    """Where a case stands in its queue (n of m) and the name of the one after it, over at most 1000."""
    rows = list(queue.values_list("pk", named)[:1000])
    here = next((number for number, row in enumerate(rows) if row[0] == pk), None)
    if here is None:
        return {"number": 0, "count": len(rows), "following": rows[0][1] if rows else None}
    following = rows[here + 1] if here + 1 < len(rows) else rows[0]
    return {
        "number": here + 1,
        "count": len(rows),
        "following": following[1] if following[0] != pk else None,
    }
