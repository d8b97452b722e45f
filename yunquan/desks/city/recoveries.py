"""追回: asked back by the approver with a document, booked by the cashier when it arrives (D47-5.23)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

from yunquan.desks.city import reviewing
from yunquan.desks.city.frame import CITY_ROLES, desk
from yunquan.desks.city.records import history
from yunquan.desks.shared import exports
from yunquan.desks.shared.forms import BaseForm, MoneyField, UploadField
from yunquan.desks.shared.perform import perform
from yunquan.desks.shared.widgets import Taken
from yunquan.evidence import actions as evidence_actions
from yunquan.evidence import queries as evidence
from yunquan.journal import clock
from yunquan.kernel.workflow import Actor
from yunquan.parties import queries as parties
from yunquan.policy.roles import Role
from yunquan.settlement import access, actions, queries
from yunquan.settlement.lifecycle import RECOVERY
from yunquan.vouchers import access as voucher_access

RECOVERIES = exports.Listing(
    "追回",
    ("企业", "row.voucher.enterprise.name"), ("券号", "row.voucher.number"), ("追回金额（元）", "row.amount_fen", "money"),
    ("理由", "row.reason"), ("下达时间", "row.demanded_at", "time"), ("状态", "state"),
    ("入库流水号", "row.bank_reference"),
)  # fmt: skip
TONES = {"demanded": "waiting", "received": "good"}


class DemandForm(BaseForm):
    """How much is asked back, why, and the document that says so."""

    amount = MoneyField(label="追回金额", required=False)
    reason = forms.CharField(
        label="理由", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )
    document = UploadField(
        label="检查或审计结论文件", required=False, kinds=("pdf", "jpg", "png", "docx"), limit_mb=20,
        upload_url="/files/upload",
    )  # fmt: skip


class ReceiveForm(BaseForm):
    """The reference under which the money came in."""

    bank_reference = forms.CharField(label="入库流水号", required=False, max_length=60)


@desk(only=CITY_ROLES)
def recoveries(request: HttpRequest) -> HttpResponseBase:
    """The recoveries of the city, open ones first."""
    rows = access.recoveries_visible_to(request.actor).order_by("state", "-pk")[: exports.most(request, 200)]  # type: ignore[attr-defined]
    shown = [{"row": row, "state": RECOVERY.states[row.state], "tone": TONES[row.state]} for row in rows]
    context = {"recoveries": shown, "files": RECOVERIES.files(request)}
    return RECOVERIES.asked(request, shown) or render(request, "city/recoveries.html", context)


@desk(only=[Role.CITY_APPROVER])
def demand(request: HttpRequest, number: str) -> HttpResponse:
    """Ask back part or all of what was paid for a voucher."""
    actor, now = request.actor, clock.read()  # type: ignore[attr-defined]
    voucher = voucher_access.voucher_for(actor, number)
    if voucher is None:
        raise Http404
    form = DemandForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():

        def call() -> Any:
            return actions.demand(
                voucher=voucher,
                amount_fen=form.cleaned_data["amount"] or 0,
                reason=form.cleaned_data["reason"],
                document=_document(form.cleaned_data["document"], actor, now),
                by=actor,
                now=now,
            )

        done = "追回通知已下达，企业已收到消息。"
        answer = perform(request, call, then=lambda row: f"/city/recoveries/{row.pk}/", done=done, form=form)
        if answer is not None:
            return answer
    context = {"voucher": voucher, "room": queries.recovery_room(voucher), "form": form}
    return render(request, "city/demand.html", context, status=422 if request.method == "POST" else 200)


def _document(sent: Any, actor: Actor, now: Any) -> Any:
    """The file: sent ahead by this bureau, or coming with the form."""
    if isinstance(sent, Taken):
        return evidence.files_by_id([sent.pk], org=actor.org).get(sent.pk)
    if sent is None:
        return None
    return evidence_actions.take_file(
        content=sent.read(), name=sent.name or "file", org=actor.org, by=actor, now=now
    )


@desk(only=CITY_ROLES)
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """One recovery; the cashier books it when the money is back."""
    actor, now = request.actor, clock.read()  # type: ignore[attr-defined]
    row = access.recovery_for(actor, pk)
    if row is None:
        raise Http404
    offered = [offer.action for offer in RECOVERY.offers_to(row.state, actor)]
    form = ReceiveForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        answer = perform(
            request,
            lambda: actions.receive(
                recovery=row, bank_reference=form.cleaned_data["bank_reference"], by=actor, now=now
            ),
            then=f"/city/recoveries/{pk}/",
            done="已登记追回入库。",
            form=form,
        )
        if answer is not None:
            return answer
    names = parties.person_names([row.demanded_by])
    context = {
        "recovery": row,
        "state": RECOVERY.states[row.state],
        "tone": TONES[row.state],
        "demanded_by": names.get(row.demanded_by, ""),
        "offered": offered,
        "own": row.demanded_by == actor.person,
        "pane": reviewing.documents(request, [("依据文件", row.document)]),
        "form": form,
        "history": history(row.journal_key, RECOVERY),
    }
    return render(request, "city/recovery.html", context, status=422 if request.method == "POST" else 200)
