"""Beside the facts of a case: alarms, related parties, declared firms, what is alike, prices; none of it a verdict."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse

from yunquan.desks.city.facts import LOOK_MISSING, check
from yunquan.desks.shared import alike_pages
from yunquan.desks.shared.forms import BaseForm
from yunquan.desks.shared.perform import perform
from yunquan.evidence import alikes
from yunquan.evidence.likeness.comparing import Kind
from yunquan.journal import clock
from yunquan.kernel.refusal import Refusal
from yunquan.kernel.workflow import Actor
from yunquan.parties import access as parties_access
from yunquan.parties import queries as parties
from yunquan.policy.substitutes import PARTS, RELATIONS
from yunquan.vouchers import actions, holding, price_queries, relating, twins

# So many alike documents are named; the rest is counted.
MOST_ALIKE = 6
UNACCEPTED = "exception_unaccepted"
_ELSEWHERE = "其他地区一家单位的材料（名称不显示）"
# Where on the page a decision that is stopped goes on.
_WAYS = {
    UNACCEPTED: {"url": "#declared", "url_label": "看说明"},
    LOOK_MISSING: {"url": "#related", "url_label": "看关联"},
}
_STANDINGS = {
    "declared": ("双方已披露", "waiting"), "one_sided": ("一方披露", "bad"), "undisclosed": ("均未披露，有相同信息", "bad"),
    "hinted": ("有相同信息", ""), "none": ("没有发现", "good"),
}  # fmt: skip


class LookForm(BaseForm):
    """A second reviewer's opinion on a case of related parties (D47-5.23)."""

    note = forms.CharField(
        label="复核意见", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
    )


def beside(
    request: HttpRequest, voucher: Any, *, step: str, files: Sequence[tuple[str, Any]], here: bool
) -> dict[str, Any]:
    """The panels of a review, in a number of queries that doesn't grow with documents, lines or alarms."""
    actor = request.actor  # type: ignore[attr-defined]
    related = relating.relation_of(voucher, step=step, on=clock.today())
    joins = voucher.claim_parties.select_related("party__file").order_by("pk") if step == "claim" else ()
    return {
        "prices": price_queries.price_view(voucher),
        "related": _related(voucher, related, actor, step=step, here=here),
        "declared": [_declared(join.party) for join in joins],
        "alarms": [_alarm(row) for row in holding.open_alarms(voucher)] if step == "claim" else [],
        "alike": _alike(actor, files, twins.twins_of(voucher)),
    }


def look(request: HttpRequest, voucher: Any, *, step: str, form: LookForm) -> HttpResponse | None:
    """Keep a second reviewer's opinion, or say beside the form why it can't be kept."""
    if not form.is_valid():
        return None
    actor, now = request.actor, clock.read()  # type: ignore[attr-defined]
    return perform(
        request,
        lambda: actions.look_again(
            voucher=voucher, step=step, seen_hash=request.POST.get("seen", ""),
            agrees=request.POST.get("look") == "agree", note=form.cleaned_data["note"], by=actor, now=now,
        ),
        then=request.path, done="复核意见已记录，请另一位审核人办理。", form=form,
    )  # fmt: skip


def accept(request: HttpRequest, voucher: Any) -> HttpResponse | None:
    """Accept one declared firm of this claim; one that isn't there is 404."""
    wanted = request.POST.get("accept", "")
    joins = voucher.claim_parties.select_related("party")
    party = next((join.party for join in joins if str(join.party_id) == wanted), None)
    if party is None:
        raise Http404
    actor, now = request.actor, clock.read()  # type: ignore[attr-defined]
    return perform(
        request,
        lambda: actions.accept_party(party=party, by=actor, now=now),
        then=f"{request.path}#declared",
        done=f"已认可“{party.name}”的说明，记入日志。",
    )


def told_once(found: Iterable[Any], refusals: Iterable[Refusal]) -> list[Any]:
    """The findings without those on declared firms that a refusal says, which waits for them to be accepted."""
    said = [refusal.message for refusal in refusals if refusal.code == UNACCEPTED]
    words = [f"的{word}" for word, _whose, _article in PARTS.values()]

    def told(one: Any) -> bool:
        waits = not one.passed and one.code.endswith("_excepted")
        return waits and any(word in one.message and word in text for word in words for text in said)

    return [one for one in found if not told(one)]


def finding_checks(found: Iterable[Any]) -> list[dict[str, Any]]:
    """Findings as checks: each that doesn't pass by itself, those that pass together by what was checked."""
    rows, passed = [], dict[str, list[Any]]()
    for one in found:
        if one.passed:
            passed.setdefault(one.code, []).append(one)
        else:
            verdict = False if one.weight == "refuses" else None
            rows.append(check(verdict, one.message, one.article, mend=one.mend))
    for several in passed.values():
        more = f"（共 {len(several)} 处）" if len(several) > 1 else ""
        rows.append(check(True, several[0].message + more, several[0].article))
    return rows


def unsaid(refusals: Iterable[Refusal], rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """What stops the decision and no check said yet, so that a button that is off always shows why."""
    said = {row["text"] for row in rows if row["passed"] is False}
    return [
        check(False, refusal.message, refusal.article, mend=refusal.mend) | _WAYS.get(refusal.code, {})
        for refusal in refusals
        if refusal.message not in said
    ]


def _related(voucher: Any, related: Any, actor: Actor, *, step: str, here: bool) -> dict[str, Any]:
    found = related.disclosure
    asks_look = here and found.second_reviewer
    waits = asks_look and not related.looks_of_others(actor.person)
    label, tone = _STANDINGS[found.standing]
    names = parties.person_names([look.person for look in related.looks])
    others = related.looks_of_others(actor.person)
    supplier = related.supplier
    return {
        "standing": found.standing,
        "label": label,
        "tone": tone,
        "message": found.message,
        "article": found.article,
        "enterprise": (voucher.related_party_note or "有") if voucher.is_related_party else "没有披露",
        "supplier": "没有申报"
        if supplier is None
        else (supplier.note or "有")
        if supplier.is_related
        else "声明没有",
        "hints": [{"text": hint.message, "strong": hint.strength == "strong"} for hint in related.hints],
        "looks": [
            {
                "who": names.get(look.person, ""),
                "agrees": look.agrees,
                "note": look.note,
                "at": look.looked_at,
                "own": look.person == actor.person,
            }
            for look in related.looks
        ],
        "asks_look": asks_look,
        "may_look": relating.second_reviewers(voucher, step=step, on=clock.today(), besides=actor.person)
        if waits
        else [],
        "dissent": here and any(not look.agrees for look in others),
        "is_open": found.standing in ("declared", "one_sided", "undisclosed"),
    }


def _declared(party: Any) -> dict[str, Any]:
    word, whose, article = PARTS.get(party.part, (party.part, "supplier", "D47-5.14"))
    return {
        "pk": party.pk,
        "text": f"{word}“{party.name}”是{'供应商' if whose == 'supplier' else '企业'}的{RELATIONS.get(party.relation, party.relation)}",
        "reason": party.reason,
        "file": party.file,
        "accepted_at": party.accepted_at,
        "article": article,
    }


def _alarm(row: Any) -> dict[str, str]:
    url = f"/city/alarms/{row.pk}/"
    return {"title": "发票警示，暂停兑付：", "text": holding.said(row), "url": url}


def _alike(actor: Actor, files: Sequence[tuple[str, Any]], split: Sequence[Any]) -> dict[str, Any]:
    """What each document has in common with documents of other cases, the likest first; twin contracts above."""
    held = {file.pk: (label, file) for label, file in files if file is not None}
    found = alikes.alikes_of_each([file for _label, file in held.values()], beside=list(held))
    rows = [(held[pk][0], pk, one) for pk, several in found.items() for one in several]
    rows.sort(key=lambda row: -row[2].score)
    shown = rows[:MOST_ALIKE]
    names = _owners(actor, [one.org for _label, _pk, one in shown])
    return {
        "rows": [
            {
                "label": "合同", "owner": f"本企业与本供应商的 {twin.number}", "kind": Kind.TWIN_CONTRACTS.label,
                "why": twin.why, "url": f"/city/vouchers/{twin.number}/",
                "link": "看那张券",
            }
            for twin in split[:MOST_ALIKE]
        ]
        + [
            {
                "label": label,
                "owner": f"{names[one.org]}的“{one.file.name}”" if one.org in names else _ELSEWHERE,
                "kind": one.label,
                "why": one.why,
                "url": alike_pages.address("/city/", pk, one.file.pk),
                "link": "并排对照",
            }
            for label, pk, one in shown
        ],
        "more": len(rows) - len(shown) + max(0, len(split) - MOST_ALIKE),
    }  # fmt: skip


def _owners(actor: Actor, orgs: Iterable[str]) -> dict[str, str]:
    """The names of those organisations that the officer may see."""
    numbers: dict[str, set[int]] = {"enterprise": set(), "supplier": set()}
    for org in orgs:
        kind, _, number = org.partition(":")
        if kind in numbers and number.isdecimal():
            numbers[kind].add(int(number))
    known: dict[str, str] = {}
    for kind, rows in (
        ("enterprise", parties_access.enterprises_visible_to(actor)),
        ("supplier", parties_access.suppliers_visible_to(actor)),
    ):
        if numbers[kind]:
            known |= {
                f"{kind}:{pk}": name
                for pk, name in rows.filter(pk__in=numbers[kind]).values_list("pk", "name")
            }
    return known
