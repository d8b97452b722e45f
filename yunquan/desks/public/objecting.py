"""异议: raised by anyone to one line within the period, followed by its code (D47-5.22)."""

from __future__ import annotations

import time
from typing import Any

from django import forms
from django.core import signing
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from yunquan.desks.public.frame import VISITOR, open_page
from yunquan.desks.public.publicity import brief
from yunquan.desks.shared.forms import BaseForm, UploadField
from yunquan.desks.shared.limits import within_limit
from yunquan.desks.shared.perform import perform
from yunquan.evidence import actions as evidence
from yunquan.journal import clock
from yunquan.kernel.calendar import local_date
from yunquan.kernel.refusal import Refusal, Refused
from yunquan.parties import queries as parties
from yunquan.programme.queries import working_calendar
from yunquan.settlement import access, actions

SALT = "objection"
LEAST_SECONDS, MOST_SECONDS = 3, 86400
RAISED_AN_HOUR, TRIED_AN_HOUR, LOOKED_UP_AN_HOUR = 5, 30, 60
FILE_MB = 10
TOO_MANY = Refusal(
    "too_many",
    "同一网络一小时内提出的异议过多，暂时不能再提交。",
    "D47-5.22",
    "请一小时后再提交，或拨打监督电话反映；已填内容可先自行保存。",
)


class ObjectionForm(BaseForm):
    """Who objects, how to answer, why, and a file; a signed stamp and a trap keep machines out."""

    raised_by = forms.CharField(label="提出人或单位", max_length=120, help_text="仅供主管部门核实，不公开。")
    contact = forms.CharField(
        label="联系方式", max_length=120, help_text="电话或邮箱，用于核实和答复，不公开。"
    )
    grounds = forms.CharField(
        label="异议内容",
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 7}),
        help_text="写明哪一项不实、理由和线索；请勿填写与异议无关的个人信息。",
    )
    stamp = forms.CharField(required=False, max_length=300, widget=forms.HiddenInput)
    kept = forms.CharField(required=False, max_length=600, widget=forms.HiddenInput)

    def __init__(self, *args: Any, line: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.line = line
        self.held = _held(self.data.get("kept", "")) if self.is_bound else None
        shown = {"name": self.held["name"], "url": ""} if self.held else None
        self.fields["file"] = UploadField(
            label="证明材料", required=False, kinds=("pdf", "jpg", "png"), limit_mb=FILE_MB, kept=shown
        )
        self.fields["file"].widget.attrs.setdefault("class", "form-control")
        self.fields["stamp"].initial = fresh_stamp(line)

    def clean_stamp(self) -> str:
        """Not sooner than anyone can read the form, not later than a day (no picture to puzzle over)."""
        stamp = self.cleaned_data["stamp"]
        try:
            told = signing.loads(stamp, salt=SALT, max_age=MOST_SECONDS)
        except signing.BadSignature as stale:
            raise ValidationError("stale", code="stale") from stale
        if told.get("line") != self.line or time.time() - told.get("at", 0) < LEAST_SECONDS:
            raise ValidationError("hasty", code="hasty")
        return str(stamp)


def fresh_stamp(line: int, *, at: float | None = None) -> str:
    """The stamp of a form that was opened at a moment (seconds since the epoch), now by default."""
    return signing.dumps({"line": line, "at": time.time() if at is None else at}, salt=SALT)


def _held(text: str) -> dict[str, Any] | None:
    """The file that an earlier try of this form left with us."""
    try:
        held: dict[str, Any] = signing.loads(text, salt="objection-file", max_age=MOST_SECONDS)
    except signing.BadSignature:
        return None
    return held


@open_page
def raise_objection(request: HttpRequest, pk: int, line: int) -> HttpResponse:
    """The form for one line; once the period is over the page says so and whom to ring."""
    row = access.public_line(line)
    if row is None or row.settlement_list_id != pk:
        raise Http404
    head = brief(row.settlement_list, clock.read())
    context = {"list": head, "line": row, "contacts": parties.contact_points(row.settlement_list.city)}
    if request.method != "POST":
        form = ObjectionForm(line=row.pk)
        return render(request, "public/objection.html", {**context, "form": form})
    form = ObjectionForm(request.POST, request.FILES, line=row.pk)
    if not within_limit(request, "objection-try", times=TRIED_AN_HOUR):
        form.add_refusals([TOO_MANY])
        return _again(request, context, form)
    _judge(request, form)
    if form.errors:
        _hold(form)
        return _again(request, context, form)

    def act() -> Any:
        if not within_limit(request, "objection", times=RAISED_AN_HOUR):
            raise Refused([TOO_MANY])
        file = _file_of(form)
        return actions.raise_objection(
            line=row,
            raised_by=form.cleaned_data["raised_by"],
            contact=form.cleaned_data["contact"],
            grounds=form.cleaned_data["grounds"],
            file=file,
            by=VISITOR,
            now=clock.read(),
        )

    done = perform(
        request,
        act,
        form=form,
        then=lambda made: f"{reverse('public:tracking')}?code={made.code}",
        done="异议已提交。请抄下查询码，凭它查看处理结果。",
    )
    if done is not None:
        return done
    return _again(request, context, form)


def _judge(request: HttpRequest, form: ObjectionForm) -> None:
    """Say what machines do wrong in words that also help a person."""
    form.is_valid()
    if form.errors.pop("stamp", None) is not None:
        form.add_refusals(
            [
                Refusal(
                    "stamp",
                    "页面打开太久或提交太快，系统没有收下。",
                    "",
                    "已填内容都在，请核对后再点一次“提交异议”。",
                )
            ]
        )
    if request.POST.get("homepage"):
        form.add_refusals([Refusal("trap", "系统判断这不是人工填写。", "", "请不要使用自动填表工具。")])


def _take(form: ObjectionForm) -> Any:
    sent = form.cleaned_data.get("file")
    if not sent:
        return None
    sent.seek(0)
    return evidence.take_file(
        content=sent.read(), name=sent.name or "file", org=VISITOR.org, by=VISITOR, now=clock.read()
    )


def _file_of(form: ObjectionForm) -> Any:
    """The file sent now, else the one an earlier try left."""
    taken = _take(form)
    if taken is not None or form.held is None:
        return taken
    return access.visitors_file(form.held["pk"])


def _hold(form: ObjectionForm) -> None:
    """Keep a good file although something else was wrong, so that nobody has to upload it twice."""
    if (
        "stamp" in form.errors
        or form.errors.get("file")
        or any(
            refusal.code in ("trap", "too_many")
            for listed in form.refusals_by_field.values()
            for refusal in listed
        )
    ):
        return
    try:
        taken = _take(form)
    except Refused as refused:
        form.add_refusals(refused.refusals)
        return
    if taken is not None:
        form.held = {"pk": taken.pk, "name": taken.name}
        form.fields["file"].widget.kept = {"name": taken.name, "url": ""}


def _again(request: HttpRequest, context: dict[str, Any], form: ObjectionForm) -> HttpResponse:
    """The form once more with all that was typed, a fresh stamp and the file that is kept."""
    data = form.data.copy()
    data["stamp"] = fresh_stamp(form.line, at=time.time() - LEAST_SECONDS)
    data["kept"] = signing.dumps(form.held, salt="objection-file") if form.held else ""
    form.data = data
    return render(request, "public/objection.html", {**context, "form": form}, status=422)


@open_page
def tracking(request: HttpRequest) -> HttpResponse:
    """What became of an objection, by its code: outcome and answer, nothing about who raised it."""
    code = request.GET.get("code", "").strip()[:20]
    if not code or "\x00" in code:
        return render(request, "public/tracking.html", {"code": "", "objection": None})
    if not within_limit(request, "tracking", times=LOOKED_UP_AN_HOUR):
        return render(request, "429.html", status=429)
    row = access.objection_by_code(code)
    if row is None:
        return render(request, "public/tracking.html", {"code": code, "objection": None}, status=404)
    told = {
        "state": row.lifecycle.states[row.state],
        "is_decided": row.state in row.lifecycle.final,
        "raised_at": row.raised_at,
        "due_on": row.due_on,
        "left": working_calendar().working_days_between(local_date(clock.read()), row.due_on),
        "answer": row.answer,
        "decided_at": row.decided_at,
        "payable_fen": row.payable_fen,
        "line": row.line,
        "list": row.line.settlement_list,
    }
    answer = render(request, "public/tracking.html", {"code": row.code, "objection": told})
    answer["Cache-Control"] = "private, no-store"
    return answer
