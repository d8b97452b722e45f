"""One voucher, one enterprise, one supplier of the area, with all that belongs to it, to look at."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from yunquan.desks.city import facts, reviewing
from yunquan.desks.city.applications import application_papers
from yunquan.desks.city.claims import claim_shown
from yunquan.desks.city.frame import CITY_ROLES, desk
from yunquan.desks.city.lists import PARTY_TONES, VOUCHER_TONES
from yunquan.desks.city.registrations import enterprise_facts, supplier_facts
from yunquan.desks.shared import alarming, journey, viewer
from yunquan.desks.shared.acts import act_label
from yunquan.journal import clock
from yunquan.journal import queries as journal
from yunquan.kernel.calendar import local_date
from yunquan.parties import access as parties_access
from yunquan.parties import queries as parties
from yunquan.parties.lifecycle import ENTERPRISE, SUPPLIER
from yunquan.parties.terms import terms_on
from yunquan.policy.roles import Role
from yunquan.programme import queries as programme
from yunquan.settlement import access as settlement_access
from yunquan.settlement import queries as settlement
from yunquan.vouchers import access, queries
from yunquan.vouchers.lifecycle import VOUCHER, S

_REVIEWS = {S.CONFIRMED: "/city/applications/{}/", S.VERIFIED: "/city/claims/{}/"}


@desk
def voucher(request: HttpRequest, number: str) -> HttpResponse:
    """A voucher: where it stands, its contract and claim, why it is worth what it is, who did what."""
    actor = request.actor  # type: ignore[attr-defined]
    row = access.voucher_for(actor, number)
    if row is None:
        raise Http404
    lines = queries.lines_of(row)
    claim = claim_shown(request, row) if row.claimed_at is not None else {}
    papers = {**application_papers(request, row, lines), **claim}
    if viewer.asks_for_pane(request):
        return render(request, "shared/parts/viewer.html", {"pane": papers["pane"]})
    room = settlement.recovery_room(row) if row.state == S.PAID and actor.role == Role.CITY_APPROVER else {}
    recoveries = settlement_access.recoveries_visible_to(actor).filter(voucher=row).order_by("pk")
    review_url = _REVIEWS.get(S(row.state), "").format(row.number)
    context = {
        "voucher": row,
        "state": VOUCHER.states[row.state],
        "tone": VOUCHER_TONES.get(S(row.state), ""),
        "services": "、".join(line.service_name for line in lines),
        "more": facts.application_more(row, lines),
        "award": facts.award_shown(row.explanation),
        "steps": journey.steps_of(row, list(lines)),
        "earlier": facts.reasons_kept(row),
        "has_claim": bool(claim),
        **papers,
        "review_url": review_url if actor.role in VOUCHER_REVIEWERS.get(S(row.state), ()) else "",
        "recoveries": list(recoveries),
        "alarms": alarming.of_voucher(row),
        "paid": row.state in (S.PAID, S.RECOVERED),
        "may_alarm": row.claimed_at is not None and actor.role in (Role.CITY_REVIEWER, Role.CITY_CASHIER),
        "room": room,
        "history": history(row.journal_key, VOUCHER),
    }
    return render(request, "city/voucher.html", context)


VOUCHER_REVIEWERS = {
    S.CONFIRMED: (Role.CITY_REVIEWER, Role.COUNTY_REVIEWER),
    S.VERIFIED: (Role.CITY_REVIEWER,),
}


def history(key: str, lifecycle: Any) -> list[dict[str, Any]]:
    """The acts on a thing from the log: when, what, who, by which article."""
    acts = journal.history(key)
    people = [str(act["actor"]).partition(";")[0] for act in acts]
    names = parties.person_names(people)
    shown = []
    for act, person in zip(acts, people, strict=True):
        verb = act["act"].partition(".")[2]
        article = str(act.get("why", "")).split(" ")[0]
        shown.append(
            {
                "seq": act["seq"],
                "at": act["at"],
                "act": lifecycle.actions.get(verb) or act_label(act["act"]),
                "who": names.get(person, "平台"),
                "article": article,
            }
        )
    return shown


@desk
def enterprise(request: HttpRequest, pk: int) -> HttpResponse:
    """An enterprise of the area, its strikes and its vouchers."""
    actor = request.actor  # type: ignore[attr-defined]
    row = parties_access.enterprise_for(actor, pk)
    if row is None:
        raise Http404
    held = queries.listed(actor).filter(enterprise=row).order_by("-pk")[:50]
    context = {
        "row": row,
        "what": "企业",
        "back": "/city/enterprises/",
        "state": ENTERPRISE.states.get(row.state, row.state),
        "tone": PARTY_TONES.get(row.state, ""),
        "facts": enterprise_facts(row),
        "pane": reviewing.documents(request, [("营业执照", row.licence)]),
        "vouchers": _voucher_rows(held),
        "strikes": parties.strikes(row),
        "history": history(row.journal_key, ENTERPRISE),
    }
    return render(request, "city/party.html", context)


@desk(only=CITY_ROLES)
def supplier(request: HttpRequest, pk: int) -> HttpResponse:
    """A supplier of the city and its vouchers in the area."""
    actor = request.actor  # type: ignore[attr-defined]
    row = parties_access.supplier_for(actor, pk)
    if row is None:
        raise Http404
    services = terms_on(programme.current_rulebook(), local_date(clock.read())).services
    held = queries.listed(actor).filter(supplier=row).order_by("-pk")[:50]
    context = {
        "row": row,
        "what": "供应商",
        "back": "/city/suppliers/",
        "state": SUPPLIER.states.get(row.state, row.state),
        "tone": PARTY_TONES.get(row.state, ""),
        "facts": supplier_facts(row, services),
        "pane": reviewing.documents(request, [("营业执照", row.licence), ("证明材料", row.proof)]),
        "vouchers": _voucher_rows(held),
        "strikes": [],
        "history": history(row.journal_key, SUPPLIER),
    }
    return render(request, "city/party.html", context)


def _voucher_rows(rows: Any) -> list[dict[str, Any]]:
    return [
        {"row": row, "state": VOUCHER.states[row.state], "tone": VOUCHER_TONES.get(S(row.state), "")}
        for row in rows
    ]
