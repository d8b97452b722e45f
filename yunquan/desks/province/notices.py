"""Public notices and guides, and the calendar of working days."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from yunquan.desks.province.frame import desk
from yunquan.desks.shared import exports
from yunquan.desks.shared.forms import BaseForm, DayField
from yunquan.desks.shared.perform import perform, show_again
from yunquan.desks.shared.registers import past_acts
from yunquan.journal import clock
from yunquan.kernel.calendar import local_date
from yunquan.programme import access, actions
from yunquan.programme import queries as programme
from yunquan.programme.lifecycle import PUBLIC_NOTICE

KINDS = {"notice": "通知公告", "guide": "办事指南"}
AUDIENCES = {
    "enterprise": "工业企业",
    "supplier": "供应商",
    "bureau": "主管部门",
    "expert": "专家",
    "public": "社会公众",
}
NOTICES = exports.Listing(
    "公告和指南",
    ("标题", "row.title"), ("类别", "kind"), ("面向", "audience"), ("来源", "row.source"), ("状态", "state"),
    ("发布时间", "row.published_at", "time"), ("到期归档", "row.until_on", "date"),
    ("归档时间", "row.archived_at", "time"),
)  # fmt: skip
TONES = {"draft": "waiting", "submitted": "now", "published": "good"}
LOOKS = {"submit": "btn-primary", "publish": "btn-primary", "discard": "btn-outline-danger"}
DONE = {
    "submit": "已提交，请另一位审批人审核发布。",
    "publish": "已发布，公众页面同步显示。",
    "send_back": "已退回起草。",
    "discard": "已作废。",
    "archive": "已归档，公众可以在“往期公告”中查到。",
}
LATEST = 200


class NoticeForm(BaseForm):
    """A notice or guide for the public pages."""

    musts = ("kind", "title", "body")

    kind = forms.ChoiceField(label="类别", required=False, choices=list(KINDS.items()))
    audience = forms.ChoiceField(
        label="面向", required=False, choices=[("", "不限"), *AUDIENCES.items()], help_text="办事指南必选"
    )
    title = forms.CharField(label="标题", required=False)
    body = forms.CharField(
        label="正文", required=False, widget=forms.Textarea(attrs={"rows": 12}), help_text="空一行另起一段"
    )
    source = forms.CharField(label="来源", required=False, help_text="留空为本网站主办单位")
    until_on = DayField(label="到期归档", required=False, help_text="过了这一天自动移入往期公告；留空为长期")

    def clean(self) -> dict[str, Any]:
        """The rules are held against what could be read, so that every fault is told at once."""
        unread = set(self.errors)
        written = {**dict.fromkeys(NoticeForm.base_fields, ""), "until_on": None, **self.cleaned_data}
        faults = actions.notice_faults(written, local_date(clock.read()))
        self.add_refusals(one for one in faults if one.field not in unread)
        return self.cleaned_data


class StepForm(BaseForm):
    """Why a notice goes back or into the archive."""

    reason = forms.CharField(label="理由", required=False, help_text="退回、归档时填写")


class DayForm(BaseForm):
    """A day declared working or free."""

    on = DayField(label="日期")
    is_working = forms.TypedChoiceField(
        label="这一天", choices=[("no", "放假"), ("yes", "上班（调休）")], coerce=lambda typed: typed == "yes",
        widget=forms.RadioSelect,
    )  # fmt: skip
    source = forms.CharField(label="依据", max_length=120, help_text="放假通知的文号或名称")


class YearForm(BaseForm):
    """A year whose holidays have all been entered."""

    year = forms.IntegerField(label="年度", min_value=2000, max_value=2100)
    source = forms.CharField(label="依据", max_length=120, help_text="放假通知的文号或名称")


@desk
def notices(request: HttpRequest) -> HttpResponse:
    """All notices and guides, drafts first, then the latest."""
    found = access.notices_visible_to(request.actor).order_by("-pk")[: exports.most(request, LATEST)]  # type: ignore[attr-defined]
    rows = [
        {
            "row": row,
            "kind": KINDS.get(row.kind, row.kind),
            "state": PUBLIC_NOTICE.states[row.state],
            "tone": TONES.get(row.state, ""),
            "audience": AUDIENCES.get(row.audience, "不限"),
        }
        for row in found
    ]
    context = {"notices": rows, "files": NOTICES.files(request)}
    return NOTICES.asked(request, rows) or render(request, "province/notices.html", context)


@desk
def write(request: HttpRequest, pk: int = 0) -> HttpResponse:
    """Draft a notice or a guide, or write a draft anew."""
    actor, now = request.actor, clock.read()  # type: ignore[attr-defined]
    row = access.notice_for(actor, pk) if pk else None
    # What was typed while a colleague handed the draft on is told and kept, not lost.
    if pk and (row is None or (row.state != "draft" and request.method != "POST")):
        raise Http404
    known = {name: getattr(row, name) for name in NoticeForm.base_fields} if row is not None else {}
    form = NoticeForm(request.POST or None, initial=known or {"kind": request.GET.get("kind", "notice")})
    back = f"/province/notices/{pk}/" if pk else "/province/notices/"
    context = {
        "title": "修改公告或指南" if pk else "起草公告或指南",
        "form": form,
        "button": "保存草稿",
        "back": back,
    }
    if request.method != "POST":
        return render(request, "shared/form.html", context)
    if form.is_valid():
        answer = perform(
            request,
            lambda: (
                actions.edit_notice(notice=row, **form.facts, by=actor, now=now)
                if row is not None
                else actions.draft_notice(**form.facts, by=actor, now=now)
            ),
            then=lambda made: f"/province/notices/{made.pk}/",
            done="草稿已保存；提交后由另一位审批人审核发布。",
            form=form,
        )
        if answer:
            return answer
    return show_again(request, "shared/form.html", context)


@desk
def notice(request: HttpRequest, pk: int) -> HttpResponse:
    """One notice as the public reads it, with the steps that this person may take."""
    actor, now = request.actor, clock.read()  # type: ignore[attr-defined]
    row = access.notice_for(actor, pk)
    if row is None:
        raise Http404
    form, status = StepForm(request.POST or None), 200
    if request.method == "POST":
        step = request.POST.get("step", "")
        if step not in DONE:
            raise Http404
        if form.is_valid():
            answer = perform(
                request,
                lambda: _step(step, row, form.facts["reason"], actor, now),
                then=request.path,
                done=DONE[step],
                form=form,
            )
            if answer:
                return answer
        status = 422
    offered = [one.action for one in PUBLIC_NOTICE.offers(row.state, actor.role)]
    if row.drafted_by == actor.person:
        offered = [one for one in offered if one not in ("publish", "send_back")]
    context = {
        "notice": row,
        "kind": KINDS.get(row.kind, row.kind),
        "audience": AUDIENCES.get(row.audience, ""),
        "state": PUBLIC_NOTICE.states[row.state],
        "tone": TONES.get(row.state, ""),
        "form": form,
        "needs_reason": bool({"send_back", "archive"} & set(offered)),
        "buttons": [
            {"action": one, "label": PUBLIC_NOTICE.actions[one], "look": LOOKS.get(one, "btn-plain")}
            for one in offered
        ],
        "waits_for_another": row.state == "submitted" and "publish" not in offered,
        "acts": past_acts(row.journal_key),
    }
    return render(request, "province/notice.html", context, status=status)


def _step(step: str, row: Any, reason: str, actor: Any, now: Any) -> Any:
    if step == "archive":
        return actions.archive_notice(notice=row, reason=reason, by=actor, now=now)
    if step == "send_back":
        return actions.send_back_notice(notice=row, reason=reason, by=actor, now=now)
    plain: dict[str, Any] = {
        "submit": actions.submit_notice,
        "publish": actions.publish_notice,
        "discard": actions.discard_notice,
    }
    return plain[step](notice=row, by=actor, now=now)


def _calendar_context(request: HttpRequest, **more: Any) -> dict[str, Any]:
    today = local_date(clock.read())
    wanted = request.GET.get("year", "")
    year = (
        int(wanted) if len(wanted) == 4 and wanted.isdecimal() and 2000 <= int(wanted) <= 2100 else today.year
    )
    calendar = programme.working_calendar()
    return {
        "year": year,
        "years": [
            {"label": f"{one} 年", "url": f"?year={one}", "active": one == year}
            for one in range(today.year - 1, today.year + 3)
        ],
        "known": calendar.is_announced(year),
        "days": programme.declared_days(year),
        "day_form": DayForm(initial={"is_working": "no"}),
        "year_form": YearForm(initial={"year": year}),
        **more,
    }


@desk
def calendar(request: HttpRequest) -> HttpResponse:
    """The declared days of a year; declare one, or say that a year is complete (D47-5.20)."""
    if request.method != "POST":
        return render(request, "province/calendar.html", _calendar_context(request))
    if request.POST.get("step") == "year":
        form: BaseForm = YearForm(request.POST)
        verb: Any
        verb, name, done = actions.announce_year, "year_form", "已公布，这一年的工作日可以计算了。"
    else:
        form = DayForm(request.POST)
        verb, name, done = actions.declare_day, "day_form", "已录入；已经算定的期限不变。"
    if form.is_valid():
        year = form.facts["year"] if name == "year_form" else form.facts["on"].year
        answer = perform(
            request,
            lambda: verb(**form.facts, by=request.actor, now=clock.read()),  # type: ignore[attr-defined,operator]
            then=f"/province/calendar/?year={year}",
            done=done,
            form=form,
        )
        if answer:
            return answer
    return show_again(request, "province/calendar.html", _calendar_context(request, **{name: form}))
