"""发票警示 on pages: telling of an invoice that was reversed or made void, and what is told of a voucher (D47-5.14)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponseRedirect

from yunquan.desks.shared import exports
from yunquan.desks.shared.forms import BaseForm, DayField, MoneyField, UploadField
from yunquan.desks.shared.perform import perform
from yunquan.desks.shared.widgets import Taken
from yunquan.evidence import actions as evidence_actions
from yunquan.evidence import queries as evidence
from yunquan.evidence.checks import alarm_understood
from yunquan.evidence.lifecycle import ALARM, HOLDING
from yunquan.kernel.calendar import local_date
from yunquan.kernel.refusal import Refusal
from yunquan.kernel.workflow import Actor
from yunquan.parties import queries as parties
from yunquan.vouchers import actions, holding
from yunquan.vouchers import queries as vouchers

TONES = {"open": "waiting", "upheld": "bad", "lifted": "good"}
KINDS = (("red", "红冲：销售方开了红字发票"), ("void", "作废：发票已被作废"))
FILES = ("pdf", "ofd", "xml", "jpg", "png")


class AlarmForm(BaseForm):
    """Which invoice, what happened to it, when, by how much, and where that is known from."""

    invoice = forms.ChoiceField(label="哪一张发票", required=False, widget=forms.RadioSelect)
    kind = forms.ChoiceField(label="发生了什么", required=False, choices=KINDS, widget=forms.RadioSelect)
    happened_on = DayField(label="发生日期", required=False, help_text="红字发票的开票日期，或作废日期")
    reversed = MoneyField(label="红冲金额", required=False, min_fen=None, help_text="整张红冲或作废的不填")
    red_number = forms.CharField(
        label="红字发票号码", required=False, max_length=20, help_text="知道的请填写"
    )
    note = forms.CharField(
        label="从哪里得知",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="例如“税务发票查验平台查询结果”",
    )
    document = UploadField(
        label="红字发票或查验结果", required=False, kinds=FILES, upload_url="/files/upload"
    )

    def __init__(self, *args: Any, invoices: Iterable[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = list(invoices)
        field = self.fields["invoice"]
        field.choices = [(row.key, f"{row.number}（{row.issued_on}）") for row in rows]  # type: ignore[attr-defined]
        if len(rows) == 1:
            field.initial = rows[0].key


def form_for(request: HttpRequest, voucher: Any) -> AlarmForm:
    """The form about the invoices of a voucher's claim."""
    invoices = vouchers.evidence_of(voucher)["invoices"]
    return AlarmForm(request.POST or None, request.FILES or None, invoices=invoices)


def raised(
    request: HttpRequest, form: AlarmForm, *, then: str, actor: Actor, now: datetime
) -> HttpResponseRedirect | None:
    """Raise what the form tells; None where it was refused, with the reasons in the form."""
    if not form.is_valid():
        form.add_refusals(_others(form, now))
        return None
    told = form.cleaned_data

    def call() -> Any:
        return actions.raise_alarm(
            key=told["invoice"],
            kind=told["kind"],
            happened_on=told["happened_on"],
            note=told["note"],
            reversed_fen=told["reversed"],
            red_number=told["red_number"],
            file=_document(told["document"], actor, now),
            by=actor,
            now=now,
        )

    return perform(
        request, call, then=then, done="发票警示已登记，企业、供应商和主管部门已收到消息。", form=form
    )


def _others(form: AlarmForm, now: datetime) -> list[Refusal]:
    """What else is missing in a form of which a field can't be read: everything is said at once."""
    told = form.cleaned_data
    facts = {
        "kind": told.get("kind", ""),
        "happened_on": told.get("happened_on"),
        "today": local_date(now),
        "reversed_fen": told.get("reversed"),
        "gross_fen": None,
        "note": told.get("note", ""),
        "red_number": told.get("red_number", ""),
    }
    return [one for one in alarm_understood(facts) if one.field not in form.errors]


def _document(sent: Any, actor: Actor, now: datetime) -> Any:
    """The file: sent ahead by this organisation, or coming with the form; there may be none."""
    if isinstance(sent, Taken):
        return evidence.files_by_id([sent.pk], org=actor.org).get(sent.pk)
    if sent is None:
        return None
    return evidence_actions.take_file(
        content=sent.read(), name=sent.name or "file", org=actor.org, by=actor, now=now
    )


ALARMS = exports.Listing(
    "发票警示",
    ("发票", "row.key"), ("券号", "voucher.number"), ("企业", "voucher.enterprise.name"), ("情形", "kind"),
    ("发生日期", "row.happened_on", "date"), ("红冲金额（元）", "row.reversed_fen", "money"), ("登记", "raised_by"),
    ("登记时间", "row.raised_at", "time"), ("状态", "state"), ("核查", "answered_by"),
    ("核查时间", "row.answered_at", "time"), ("核查结论", "row.answer_reason"),
)  # fmt: skip


def listed(actor: Actor, alarms: Iterable[Any], url: str) -> list[dict[str, Any]]:
    """The same for a list, each with its voucher and that voucher's page under `url`."""
    rows = list(alarms)
    vouchers_by_key = holding.vouchers_of(actor, rows)
    return [{**one, "voucher": vouchers_by_key.get(one["row"].key), "url": url} for one in shown(rows)]


def shown(alarms: Iterable[Any]) -> list[dict[str, Any]]:
    """Alarms as pages show them: what happened, how they stand, who told and who answered."""
    rows = list(alarms)
    people = [
        person for row in rows for person in (row.raised_by, row.answered_by) if person.startswith("person:")
    ]
    names = parties.person_names(people) if people else {}
    return [
        {
            "row": row,
            "state": ALARM.states[row.answer],
            "tone": TONES[row.answer],
            "holds": row.answer in HOLDING,
            "kind": row.get_kind_display(),
            "raised_by": names.get(row.raised_by, "平台自动发现"),
            "answered_by": names.get(row.answered_by, ""),
        }
        for row in rows
    ]


def of_voucher(voucher: Any) -> list[dict[str, Any]]:
    """The alarms on the claim of a voucher, for its page."""
    return shown(holding.alarms_of(voucher)) if voucher.claimed_at is not None else []
