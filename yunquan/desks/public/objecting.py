"""异议: raised by anyone to one line within the period, followed by its code (D47-5.22).

The province's awards and a city's own subsidy (`matching`) are objected to in the same way; what differs is said
by an `ObjectionKind`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from yunquan.desks.public.frame import VISITOR, open_page
from yunquan.desks.public.publicity import brief
from yunquan.desks.public.visiting import VisitorForm
from yunquan.desks.shared.limits import within_limit
from yunquan.desks.shared.perform import perform
from yunquan.journal import clock
from yunquan.kernel.calendar import local_date
from yunquan.kernel.refusal import Refusal, Refused
from yunquan.kernel.workflow import Lifecycle
from yunquan.parties import queries as parties
from yunquan.parties.reading import MAIL_LOOKS, PHONE_LOOKS, unreached
from yunquan.programme.queries import working_calendar
from yunquan.settlement import access, actions
from yunquan.settlement.lifecycle import OBJECTION

RAISED_AN_HOUR, TRIED_AN_HOUR, LOOKED_UP_AN_HOUR = 5, 30, 60
TOO_MANY = Refusal(
    "too_many",
    "同一网络一小时内提出的异议过多，暂时不能再提交。",
    "D47-5.22",
    "请一小时后再提交，或拨打监督电话反映；已填内容可先自行保存。",
)


class ObjectionForm(VisitorForm):
    """Who objects, how to answer, why, and a file."""

    send = "提交异议"

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

    def __init__(self, *args: Any, what: str, **kwargs: Any) -> None:
        self.what = what
        super().__init__(*args, **kwargs)

    def clean_contact(self) -> str:
        """A telephone number or a mail address, or several: nobody can be answered otherwise."""
        contact = str(self.cleaned_data["contact"])
        if wrong := unreached(contact):
            said = (
                f"联系方式“{wrong}”不是电话号码，也不是邮箱地址。{PHONE_LOOKS.rstrip('。')}；邮箱{MAIL_LOOKS}"
            )
            raise ValidationError(said, code="not_reached")
        return contact


@dataclass(frozen=True, slots=True)
class ObjectionKind:
    """What differs between objections to two kinds of lists: rooms, addresses and words.

    `of_line` is a line's field that holds its list; `texts` and `sums` are what is told of a line, each a label
    and the field (fen for the sums); `prefix` is what the codes begin with, `meanwhile` what happens until the
    objection is decided.
    """

    access: Any
    actions: Any
    lifecycle: Lifecycle
    of_line: str
    list_page: str
    tracking_page: str
    title: str
    search_title: str
    prefix: str
    meanwhile: str
    texts: tuple[tuple[str, str], ...]
    sums: tuple[tuple[str, str], ...]


class ObjectionPages:
    """The form for one line, and what became of an objection."""

    def __init__(self, kind: ObjectionKind) -> None:
        self.kind = kind

    def raise_objection(self, request: HttpRequest, pk: int, line: int) -> HttpResponse:
        """The form for one line; once the period is over the page says so and whom to ring."""
        row = self.kind.access.public_line(line)
        if row is None or self._list_of(row).pk != pk:
            raise Http404
        what = f"{self.kind.lifecycle.noun}:{row.pk}"
        if request.method != "POST":
            return self._shown(request, row, ObjectionForm(what=what))
        form = ObjectionForm(request.POST, request.FILES, what=what)
        if not within_limit(request, "objection-try", times=TRIED_AN_HOUR):
            form.add_refusals([TOO_MANY])
            return self._again(request, row, form)
        form.judge(request)
        if form.errors:
            form.hold()
            return self._again(request, row, form)
        done = perform(
            request,
            lambda: self._raise(request, row, form),
            form=form,
            then=lambda made: f"{reverse(self.kind.tracking_page)}?code={made.code}",
            done="异议已提交。请抄下查询码，凭它查看处理结果。",
        )
        return done if done is not None else self._again(request, row, form)

    def _list_of(self, line: Any) -> Any:
        return getattr(line, self.kind.of_line)

    def _raise(self, request: HttpRequest, line: Any, form: ObjectionForm) -> Any:
        if not within_limit(request, "objection", times=RAISED_AN_HOUR):
            raise Refused([TOO_MANY])
        said = {name: form.cleaned_data[name] for name in ("raised_by", "contact", "grounds")}
        return self.kind.actions.raise_objection(
            line=line, **said, file=form.taken(), by=VISITOR, now=clock.read()
        )

    def _shown(
        self, request: HttpRequest, line: Any, form: ObjectionForm, *, status: int = 200
    ) -> HttpResponse:
        kind, shown = self.kind, self._list_of(line)
        context = {
            "kind": kind,
            "list": brief(shown, clock.read()),
            "list_url": reverse(kind.list_page, args=[shown.pk]),
            "line": line,
            "texts": [(label, getattr(line, name)) for label, name in kind.texts],
            "sums": [(label, getattr(line, name)) for label, name in kind.sums],
            "contacts": parties.contact_points(shown.city),
            "form": form,
        }
        return render(request, "public/objection.html", context, status=status)

    def _again(self, request: HttpRequest, line: Any, form: ObjectionForm) -> HttpResponse:
        """The form once more with all that was typed."""
        form.once_more()
        return self._shown(request, line, form, status=422)

    def tracking(self, request: HttpRequest) -> HttpResponse:
        """What became of an objection, by its code: outcome and answer, nothing about who raised it."""
        code = request.GET.get("code", "").strip()[:20]
        if not code or "\x00" in code:
            return self._told(request, "", None)
        if not within_limit(request, "tracking", times=LOOKED_UP_AN_HOUR):
            return render(request, "429.html", status=429)
        row = self.kind.access.objection_by_code(code)
        if row is None:
            return self._told(request, code, None, status=404)
        shown = self._list_of(row.line)
        is_shown = shown.state in self.kind.access.PUBLIC_STATES
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
            "list": shown,
            "list_url": reverse(self.kind.list_page, args=[shown.pk]) if is_shown else "",
        }
        answer = self._told(request, row.code, told)
        answer["Cache-Control"] = "private, no-store"
        return answer

    def _told(
        self, request: HttpRequest, code: str, told: dict[str, Any] | None, *, status: int = 200
    ) -> HttpResponse:
        context = {"kind": self.kind, "code": code, "objection": told}
        return render(request, "public/tracking.html", context, status=status)


_PAGES = ObjectionPages(
    ObjectionKind(
        access=access,
        actions=actions,
        lifecycle=OBJECTION,
        of_line="settlement_list",
        list_page="public:one_list",
        tracking_page="public:tracking",
        title="提出异议",
        search_title="异议查询",
        prefix="YY",
        meanwhile="涉及的这张券暂不兑付，其余照常。处理不了的，报省主管部门核查。",
        texts=(("应用服务", "services"), ("供应商", "supplier_name")),
        sums=(("奖补", "listed_fen"),),
    )
)
raise_objection, tracking = open_page(_PAGES.raise_objection), open_page(_PAGES.tracking)
