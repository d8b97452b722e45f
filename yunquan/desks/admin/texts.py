"""通知文本: the text that each kind of notice is sent in, with a preview before it is kept."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from yunquan.desks.admin.frame import desk
from yunquan.desks.shared.forms import BaseForm
from yunquan.desks.shared.perform import perform
from yunquan.dispatch import actions, channels, groups, queries
from yunquan.journal import clock
from yunquan.policy.roles import Role

SAMPLE = {
    "title": "申领已发放，请按期兑现",
    "text": "请在截止日期前完成实施并申请兑现。",
    "link": "https://example.org/desk/",
    "name": "（示例）经办人",
    "site": "云券",
}


class TextForm(BaseForm):
    """Subject, body and short message of one kind."""

    subject = forms.CharField(label="邮件主题", max_length=120)
    body = forms.CharField(label="邮件正文", max_length=4000, widget=forms.Textarea(attrs={"rows": 9}))
    short = forms.CharField(label="短信", max_length=200)


@desk(only=[Role.SYSTEM_ADMIN])
def texts(request: HttpRequest) -> HttpResponse:
    """Every kind of notice, its group, and whether it has a text of its own."""
    context = {
        "rows": queries.kinds(),
        "has_mail": channels.has_mail(),
        "has_sms": channels.has_sms(),
        "standing": queries.standing(),
    }
    return render(request, "admin/texts.html", context)


@desk(only=[Role.SYSTEM_ADMIN])
def text(request: HttpRequest, kind: str) -> HttpResponse:
    """The text of one kind; “预览” shows it filled in, “保存” keeps it."""
    if kind not in {row["kind"] for row in queries.kinds()}:
        raise Http404
    form = TextForm(request.POST or None, initial=queries.template_of(kind))
    shown: dict[str, str] = {}
    if request.method == "POST" and form.is_valid():
        said = form.facts
        if request.POST.get("step") == "preview":
            unknown = {name: groups.unknown_words(said[name]) for name in ("subject", "body", "short")}
            for name, words in unknown.items():
                if words:
                    form.add_error(name, f"“{'、'.join(words)}”不能识别。")
        else:
            done = perform(
                request,
                lambda: actions.reword(kind=kind, by=request.actor, now=clock.read(), **said),  # type: ignore[attr-defined]
                then="/admin/texts/",
                done="已保存，以后的消息按新文本发送。",
                form=form,
            )
            if done is not None:
                return done
    source: Any = form.cleaned_data if form.is_bound and not form.errors else queries.template_of(kind)
    if not form.errors:
        shown = {name: groups.filled(source[name], SAMPLE) for name in ("subject", "body", "short")}
    context = {
        "kind": kind,
        "group": groups.group_of(kind),
        "form": form,
        "shown": shown,
        "words": groups.WORDS,
    }
    return render(request, "admin/text.html", context, status=422 if form.errors else 200)
