"""留言: anyone writes without login, follows the answer by a code, asks once more or rates it (D47-8.5)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from yunquan.desks.public.frame import VISITOR, open_page
from yunquan.desks.public.visiting import VisitorForm
from yunquan.desks.shared.forms import BaseForm
from yunquan.desks.shared.limits import within_limit
from yunquan.desks.shared.perform import perform
from yunquan.desks.shared.registers import CITY_CHOICES, place
from yunquan.feedback import access, actions
from yunquan.feedback.lifecycle import MESSAGE
from yunquan.journal import clock
from yunquan.kernel.calendar import local_date
from yunquan.kernel.refusal import Refusal, Refused
from yunquan.parties import queries as parties
from yunquan.parties import regions
from yunquan.programme.queries import working_calendar

KINDS = [
    ("opinion", "意见"),
    ("suggestion", "建议"),
    ("complaint", "投诉"),
    ("report", "举报（虚假材料、骗补等）"),
]
ABOUT = [
    ("programme", "政策和平台"), ("supplier", "供应商"), ("enterprise", "工业企业"), ("bureau", "主管部门"),
]  # fmt: skip
SENT_AN_HOUR, TRIED_AN_HOUR, LOOKED_UP_AN_HOUR = 5, 30, 60
SHOWN = 30
TOO_MANY = Refusal(
    "too_many",
    "同一网络一小时内的留言过多，暂时不能再提交。",
    "D47-8.5",
    "请一小时后再提交，或拨打监督电话；已填内容可先自行保存。",
)
TONES = {"received": "waiting", "handling": "now", "answered": "good", "closed": "good", "dismissed": "bad"}


class MessageForm(VisitorForm):
    """What it is about, in the visitor's own words; name and contact may stay empty."""

    what = "message"
    send = "提交留言"

    kind = forms.ChoiceField(label="类别", choices=KINDS, widget=forms.RadioSelect)
    about = forms.ChoiceField(label="反映的对象", choices=ABOUT, widget=forms.RadioSelect)
    city = forms.ChoiceField(
        label="涉及地市", required=False, choices=[("", "不涉及某个地市"), *CITY_CHOICES],
        help_text="由该地市主管部门办理；反映主管部门的，一律由省厅办理",
    )  # fmt: skip
    supplier = forms.CharField(
        label="供应商名称或代码", required=False, max_length=120, help_text="知道的话请填写全称"
    )
    voucher = forms.CharField(label="券号", required=False, max_length=40, help_text="知道的话请填写")
    title = forms.CharField(label="标题", max_length=80)
    text = forms.CharField(
        label="内容", max_length=5000, widget=forms.Textarea(attrs={"rows": 7}),
        help_text="写明时间、地点、事情经过和线索",
    )  # fmt: skip
    sender = forms.CharField(
        label="您的姓名或单位",
        required=False,
        max_length=120,
        help_text="可以不填；填写的仅供办理单位核实，不公开",
    )
    contact = forms.CharField(
        label="联系方式", required=False, max_length=120, help_text="可以不填；不填的，请凭查询码查看答复"
    )
    publication_allowed = forms.BooleanField(
        label="同意把留言摘要和答复公开（不含姓名和联系方式）", required=False
    )

    field_order = (
        "kind", "about", "city", "supplier", "voucher", "title", "text", "file", "sender", "contact",
        "publication_allowed",
    )  # fmt: skip


def _offices() -> list[dict[str, str]]:
    return [
        {"place": regions.place_name(row.code), "name": row.name, "telephone": row.telephone}
        for row in parties.bureaus()
        if row.telephone and row.level != "county"
    ]


def _shown() -> list[dict[str, Any]]:
    return [
        {
            "kind": row.get_kind_display(),
            "place": place(row.bureau),
            "text": row.public_text,
            "answer": row.answer,
            "answered_at": row.answered_at,
        }
        for row in access.published()[:SHOWN]
    ]


def _pointed_at(request: HttpRequest) -> dict[str, str]:
    """What a page that sends here says already: the kind, what it is about and the supplier's whole name."""
    return {name: request.GET[name] for name in ("kind", "about", "supplier") if name in request.GET}


@open_page
def board(request: HttpRequest) -> HttpResponse:
    """The telephones, the form, and what was answered in public."""
    context = {"offices": _offices(), "shown": _shown()}
    if request.method != "POST":
        return render(
            request, "public/feedback.html", {**context, "form": MessageForm(initial=_pointed_at(request))}
        )
    form = MessageForm(request.POST, request.FILES)
    if not within_limit(request, "message-try", times=TRIED_AN_HOUR):
        form.add_refusals([TOO_MANY])
        return _again(request, context, form)
    form.judge(request)
    if form.errors:
        form.hold()
        return _again(request, context, form)
    done = perform(
        request,
        lambda: _send(request, form),
        form=form,
        then=lambda made: f"{reverse('public:message')}?code={made.code}",
        done="留言已收到。请抄下查询码，凭它查看答复。",
    )
    return done if done is not None else _again(request, context, form)


def _send(request: HttpRequest, form: MessageForm) -> Any:
    if not within_limit(request, "message", times=SENT_AN_HOUR):
        raise Refused([TOO_MANY])
    typed = {name: form.cleaned_data[name] for name in MessageForm.field_order if name != "file"}
    return actions.send(written=actions.Written(**typed, file=form.taken()), by=VISITOR, now=clock.read())


def _again(request: HttpRequest, context: dict[str, Any], form: MessageForm) -> HttpResponse:
    form.once_more()
    return render(request, "public/feedback.html", {**context, "form": form}, status=422)


class FollowForm(BaseForm):
    """The sender's word on the answer: a rating, or one more question."""

    rating = forms.ChoiceField(
        label="对答复是否满意", required=False, widget=forms.RadioSelect,
        choices=[("5", "很满意"), ("4", "满意"), ("3", "一般"), ("2", "不满意"), ("1", "很不满意")],
    )  # fmt: skip
    reason = forms.CharField(
        label="补充说明", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="追问的，请写明还有什么没有答复清楚；每条留言可以追问一次",
    )  # fmt: skip


@open_page
def follow(request: HttpRequest) -> HttpResponse:
    """What became of a message, by its code; nothing about who sent it."""
    code = (request.POST.get("code") or request.GET.get("code", "")).strip()[:20]
    if not code or "\x00" in code:
        return render(request, "public/message.html", {"code": "", "message": None})
    if not within_limit(request, "tracking", times=LOOKED_UP_AN_HOUR):
        return render(request, "429.html", status=429)
    row = access.message_by_code(code)
    if row is None:
        return render(request, "public/message.html", {"code": code, "message": None}, status=404)
    form = FollowForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        step = request.POST.get("step", "")
        if step not in ("rate", "ask_again"):
            form.add_error(None, "请选择提交评价或追问。")
        elif done := perform(
            request,
            lambda: _step(row, step, form),
            form=form,
            then=f"{reverse('public:message')}?code={row.code}",
            done="已收到，谢谢。",
        ):
            return done
        row = access.message_by_code(code)
        assert row is not None
    today = local_date(clock.read())
    offered = {one.action for one in MESSAGE.offers(row.state, VISITOR.role)}
    told = {
        "row": row,
        "kind": row.get_kind_display(),
        "state": MESSAGE.states[row.state],
        "tone": TONES[row.state],
        "place": place(row.bureau),
        "left": working_calendar().working_days_between(today, row.due_on),
        "is_open": row.state in ("received", "handling"),
        "may_rate": "rate" in offered,
        "may_ask": "ask_again" in offered and not row.reopened_reason,
    }
    status = 422 if request.method == "POST" else 200
    context = {"code": row.code, "message": told, "form": form}
    answer = render(request, "public/message.html", context, status=status)
    answer["Cache-Control"] = "private, no-store"
    return answer


def _step(row: Any, step: str, form: FollowForm) -> Any:
    now, said = clock.read(), form.cleaned_data
    if step == "ask_again":
        return actions.ask_again(message=row, reason=said["reason"], by=VISITOR, now=now)
    rating = int(said["rating"]) if said["rating"] else 0
    return actions.rate(message=row, rating=rating, note=said["reason"], by=VISITOR, now=now)
