"""Usage verdicts recorded by hand: outcome, reasons, document; marked as 人工录入 for ever (D47-5.13)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import django_filters as filters
from django import forms
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render

from yunquan.desks.province.frame import desk
from yunquan.desks.shared import columns, usage
from yunquan.desks.shared.forms import BaseForm, UploadField
from yunquan.desks.shared.lists import GovTable
from yunquan.desks.shared.outcomes import OutcomeColumn
from yunquan.desks.shared.perform import perform, show_again
from yunquan.desks.shared.registers import PlaceColumn, VoucherFilter, VoucherSearch, voucher_sheet
from yunquan.desks.shared.widgets import Taken
from yunquan.evidence import access as evidence_access
from yunquan.evidence.actions import take_file
from yunquan.journal import clock
from yunquan.kernel.calendar import local_date
from yunquan.kernel.refusal import Refused
from yunquan.programme import queries as programme
from yunquan.vouchers import access as voucher_access
from yunquan.vouchers import actions, queries, usage_queries
from yunquan.vouchers.lifecycle import S

# Of the claim's coded reasons those that speak of use and of its ends; the others are the city's to find.
USAGE_REASONS = ("cloud_ends_missing", "usage_not_done")
OUTCOMES = [
    ("done", "完成：标注完成上云上平台，进入地市兑现审核"),
    ("not_done", "未完成：说明理由，退回企业补正，截止前可再提交"),
    ("not_enough_data", "数据不足：暂不判定，继续等待数据"),
]


class VerdictTable(GovTable):
    """Claims that wait for a usage verdict."""

    caption = "待行为数据判定"
    number = columns.LinkColumn(verbose_name="券号", to=lambda row: f"{row.number}/")
    city = PlaceColumn(verbose_name="地市")
    enterprise = columns.TextColumn(verbose_name="企业", accessor="enterprise__name")
    supplier = columns.TextColumn(verbose_name="供应商", accessor="supplier__name")
    face_fen = columns.MoneyColumn(verbose_name="奖补（元）")
    claimed_at = columns.MomentColumn(verbose_name="兑现申请时间")
    said = OutcomeColumn(verbose_name="系统判定", default="尚未计算", orderable=True)
    waiting_since = columns.MomentColumn(verbose_name="等待自")

    class Meta(GovTable.Meta):
        pass


class VerdictFilter(VoucherFilter):
    """City, days and what was computed; the state is given."""

    said = filters.ChoiceFilter(
        label="系统判定", choices=[(code, label) for code, (label, _tone) in usage.OUTCOMES.items()]
    )
    state = None
    cycle = None


class VerdictList(VoucherSearch):
    """Claims awaiting a usage verdict, the longest waiting first."""

    title = "待行为数据判定"
    table_class = VerdictTable
    filterset_class = VerdictFilter
    search_hint = "券号、企业、供应商（可用拼音）"
    order = ("pk",)
    export_name = "待行为数据判定"
    empty_title = "没有等待判定的兑现申请"
    empty_text = "供应商确认兑现后，申请会来到这里；判定随完成情况表发送地市，或由人工录入。"

    def rows(self) -> QuerySet[Any]:
        rows = queries.waiting_for(self.request.actor, (S.ATTESTED,))  # type: ignore[attr-defined]
        return usage_queries.with_outcome(rows).order_by()


class VerdictForm(BaseForm):
    """What was found, why, and on what document."""

    outcome = forms.ChoiceField(label="判定结果", choices=OUTCOMES, widget=forms.RadioSelect)
    reasons = forms.MultipleChoiceField(
        label="理由（可多选）", required=False, widget=forms.CheckboxSelectMultiple
    )
    reasons_text = forms.CharField(
        label="理由说明",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="写明核对了什么、看到了什么；判定未完成时，企业会看到全部理由",
    )
    document = UploadField(
        label="依据文件", kinds=("pdf", "jpg", "png", "docx", "xlsx"), upload_url="/files/upload"
    )

    def __init__(self, *args: Any, codes: list[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.codes = {one.code: one for one in codes}
        self.fields["reasons"].choices = [(one.code, one.label) for one in codes]  # type: ignore[attr-defined]

    def stated(self) -> list[dict[str, str]]:
        """The reasons as the voucher keeps them."""
        said = [
            {
                "code": code,
                "label": self.codes[code].label,
                "mend": self.codes[code].mend,
                "article": self.codes[code].article,
            }
            for code in self.cleaned_data["reasons"]
        ]
        text = self.cleaned_data["reasons_text"].strip()
        return [*said, {"code": "other", "label": "说明", "text": text}] if text else said


def _voucher(request: HttpRequest, number: str) -> Any:
    voucher = voucher_access.voucher_for(request.actor, number)  # type: ignore[attr-defined]
    if voucher is None:
        raise Http404
    return voucher


def _codes(voucher: Any) -> list[Any]:
    rules = programme.rulebook(voucher.cycle.pack)
    listed = rules.value("reasons.claim", local_date(clock.read())).value
    return [one for one in listed if one.code in USAGE_REASONS]


def _context(request: HttpRequest, voucher: Any, form: VerdictForm) -> dict[str, Any]:
    actor = request.actor  # type: ignore[attr-defined]
    offered = {row.action for row in voucher.lifecycle.offers_to(voucher.state, actor)}
    return voucher_sheet(voucher, actor=actor, now=clock.read()) | {
        **usage.usage_page(voucher, actor=actor, today=clock.today()),
        "form": form,
        "may_record": bool({"mark_done", "mark_not_done"} & offered),
    }


@desk
def verdict(request: HttpRequest, number: str) -> HttpResponse:
    """The claim with what was declared, and the form of the verdict."""
    voucher = _voucher(request, number)
    if request.method != "POST":
        form = VerdictForm(codes=_codes(voucher))
        return render(request, "province/verdict.html", _context(request, voucher, form))
    form = VerdictForm(request.POST, request.FILES, codes=_codes(voucher))
    if form.is_valid():
        answer = perform(
            request,
            lambda: _record(request, voucher, form),
            then="/province/verdicts/",
            done=f"已录入判定（人工录入）：{voucher.number}。",
            form=form,
        )
        if answer:
            return answer
    return show_again(request, "province/verdict.html", _context(request, _voucher(request, number), form))


def _record(request: HttpRequest, voucher: Any, form: VerdictForm) -> Any:
    """Take the document where it came with the form, then record; a file once taken isn't lost."""
    by, now = request.actor, clock.read()  # type: ignore[attr-defined]
    sent = form.cleaned_data["document"]
    if isinstance(sent, Taken):
        file = evidence_access.file_for(by, sent.pk)
    else:
        try:
            file = take_file(content=sent.read(), name=sent.name, org=by.org, by=by, now=now)
        except Refused as refused:
            raise Refused([_beside(refusal) for refusal in refused.refusals]) from None
        kept = QueryDict(mutable=True)
        kept.update(request.POST)
        kept["document_id"], kept["document_name"] = str(file.pk), file.name
        form.data = kept
        form.files = type(form.files)() if form.files else form.files
    return actions.record_verdict(
        voucher=voucher,
        outcome=form.cleaned_data["outcome"],
        reasons=form.stated(),
        document=file,
        by=by,
        now=now,
    )


def _beside(refusal: Any) -> Any:
    return replace(refusal, field="document")
