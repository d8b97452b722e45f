"""联系人回执: calls, who has sent, one receipt with its editions; the same pages for the province and below (D47-A3)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import django_filters as filters
from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import path
from django.urls.resolvers import URLPattern

from yunquan.desks.shared import columns, exports
from yunquan.desks.shared.contact_form import blank_of, paper_of, typed_of
from yunquan.desks.shared.forms import BaseForm, DayField
from yunquan.desks.shared.lists import GovTable, ListPage
from yunquan.desks.shared.perform import perform, show_again
from yunquan.desks.shared.registers import StateLabel, past_acts
from yunquan.desks.shared.typed import Blank, rearranged
from yunquan.evidence import access as evidence_access
from yunquan.journal import clock
from yunquan.kernel.calendar import CalendarNotAnnounced, local_date
from yunquan.parties import actions, contacts, regions
from yunquan.parties import queries as parties
from yunquan.parties.access import bureau_code
from yunquan.parties.contact_reading import TEXTS
from yunquan.parties.lifecycle import CONTACT_RECEIPT, RECEIPT_JUDGES, RECEIPT_ROLES
from yunquan.programme.queries import working_calendar

TONES = {"asked": "waiting", "filed": "now", "returned": "bad", "accepted": "good"}
LEVELS = {"city": "地市", "county": "县区", "province": "省级"}
LISTS = (
    exports.Listing(
        "联系人回执征集",
        ("事项", "title"), ("报送期限", "due_on", "date"), ("单位", "asked", "count"), ("已确认", "accepted", "count"),
        ("待确认", "filed", "count"), ("未报送", "missing", "count"), key="rounds",
    ),
    exports.Listing(
        "换人交接",
        ("时间", "done_at", "time"), ("单位", "bureau.name"), ("移交", "leaver.name"), ("接手", "successor.name"),
        ("原因", "reason"), key="handovers",
    ),
)  # fmt: skip
LABELS = {name: label for name, label, _most in TEXTS}


class RoundForm(BaseForm):
    """A call: what for, until when, and whether counties are asked too."""

    title = forms.CharField(label="标题", max_length=80, help_text="如：2019 年度“上云上平台”工作联系方式")
    due_on = DayField(label="报送期限")
    with_counties = forms.BooleanField(
        label="连同县区主管部门一起征集", required=False, help_text="县区的回执由所在地市确认"
    )
    note = forms.CharField(
        label="说明", required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 3})
    )


class PostponeForm(BaseForm):
    """A later day, and why."""

    due_on = DayField(label="延至")
    reason = forms.CharField(label="理由", required=False, max_length=300)


class ReturnForm(BaseForm):
    """What is to be mended."""

    reason = forms.CharField(
        label="退回的理由", required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 2}),
        help_text="退回时填写，写明要补正什么",
    )  # fmt: skip


class MissingFilter(filters.FilterSet):
    """By state, by level, or only who has not sent."""

    missing = filters.ChoiceFilter(
        label="报送情况", choices=[("yes", "未报送"), ("no", "已报送")], method="by_missing"
    )
    state = filters.ChoiceFilter(label="状态", choices=list(CONTACT_RECEIPT.states.items()))
    level = filters.ChoiceFilter(
        label="层级", field_name="bureau__level", choices=[("city", "地市"), ("county", "县区")]
    )

    def by_missing(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Those who have nothing that was sent and not sent back, or the others."""
        sent = {"state__in": contacts.MISSING}
        return rows.filter(**sent) if value == "yes" else rows.exclude(**sent)


class ContactPages:
    """The pages of one desk; `base` is the desk's own address."""

    def __init__(self, desk: Callable[..., Any], base: str) -> None:
        self.desk, self.base = desk, f"{base}contacts/"

    def urls(self) -> list[URLPattern]:
        """The addresses, to be put into the desk's own."""
        return [
            path("contacts/", self.desk(self.home), name="contacts"),
            path("contacts/new/", self.desk(self.call), name="contacts_new"),
            path("contacts/<int:pk>/", self.desk(self.one_round), name="contacts_round"),
            path("contacts/<int:pk>/postpone/", self.desk(self.later), name="contacts_postpone"),
            path("contacts/receipts/<int:pk>/", self.desk(self.receipt), name="contact_receipt"),
            path("contacts/receipts/<int:pk>/receipt.docx", self.desk(self.paper), name="contact_paper"),
        ]

    def home(self, request: HttpRequest) -> HttpResponseBase:
        """What we have to send, what waits for us to look at, our own calls, and changes of person."""
        actor, today = request.actor, local_date(clock.read())  # type: ignore[attr-defined]
        context: dict[str, Any] = {
            "base": self.base,
            "own": [_brief(row, today) for row in contacts.own_receipts(actor)[:20]],
            "waiting": [_brief(row, today) for row in contacts.to_judge(actor)[:200]],
            "rounds": contacts.rounds_of(actor),
            "may_ask": _asks(actor),
            "is_province": bureau_code(actor) == regions.PROVINCE,
            "handovers": list(contacts.handovers(actor)[: exports.most(request, 20)]),
            "today": today,
            "people": [
                {"row": row, "for": row.deputy_for.person.name if row.deputy_for is not None else ""}
                for row in parties.colleagues(actor, today)
            ],
        }
        context["files"] = {one.key: one.files(request) for one in LISTS}
        file = exports.first_asked(request, *((one, context[one.key]) for one in LISTS))
        return file or render(request, "shared/contacts/home.html", context)

    def call(self, request: HttpRequest) -> HttpResponse:
        """Ask for receipts until a day."""
        actor, now = request.actor, clock.read()  # type: ignore[attr-defined]
        if not _asks(actor):
            raise Http404
        form = RoundForm(request.POST or None)
        if bureau_code(actor) != regions.PROVINCE:
            del form.fields["with_counties"]
        context = {"title": "征集联系人回执", "form": form, "button": "发出", "back": self.base}
        if request.method != "POST":
            return render(request, "shared/form.html", context)
        if form.is_valid():
            answer = perform(
                request,
                lambda: actions.open_round(**form.facts, by=actor, now=now),
                then=lambda row: f"{self.base}{row.pk}/",
                done="已发出，各单位的消息中可以看到。",
                form=form,
            )
            if answer:
                return answer
        return show_again(request, "shared/form.html", context)

    def one_round(self, request: HttpRequest, pk: int) -> Any:
        """Who has sent and who has not, to be filtered and exported."""
        row = contacts.round_for(request.actor, pk)  # type: ignore[attr-defined]
        if row is None:
            raise Http404
        return self._listing(row).as_view()(request)

    def _listing(self, call: Any) -> type[ListPage]:
        base = self.base

        class ReceiptTable(GovTable):
            bureau = columns.LinkColumn(
                verbose_name="单位", accessor="bureau__name", to=lambda row: f"{base}receipts/{row.pk}/"
            )
            level = StateLabel(verbose_name="层级", accessor="bureau__level", labels=LEVELS)
            state = StateLabel(verbose_name="状态", labels=CONTACT_RECEIPT.states, tones=TONES)
            section = columns.TextColumn(verbose_name="分管科室", default="—")
            responsible = columns.TextColumn(verbose_name="具体负责人", default="—")
            mobile = columns.TextColumn(verbose_name="手机号码", default="—")
            landline = columns.TextColumn(verbose_name="座机号码", default="—")
            email = columns.TextColumn(verbose_name="电子邮箱", default="—")
            filed_at = columns.MomentColumn(verbose_name="报送时间", default="—")

            class Meta(GovTable.Meta):
                caption = "联系人回执"

        class ReceiptList(ListPage):
            title = call.title
            table_class = ReceiptTable
            filterset_class = MissingFilter
            search_fields = ("bureau__name",)
            search_hint = "单位名称"
            order = ("bureau__code",)
            export_name = "联系人回执报送情况"
            empty_title = "没有符合条件的单位"
            empty_text = "改一改筛选条件。"
            template_name = "shared/contacts/round.html"

            def rows(self) -> QuerySet[Any]:
                return contacts.receipts_of(self.request.actor, call)  # type: ignore[attr-defined]

            def context(self) -> dict[str, Any]:
                over = call.due_on < local_date(clock.read())
                return {"base": base, "call": call, "is_over": over}

        return ReceiptList

    def later(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Put the day off."""
        actor, now = request.actor, clock.read()  # type: ignore[attr-defined]
        row = contacts.round_for(actor, pk)
        if row is None or actor.role not in RECEIPT_JUDGES:
            raise Http404
        form = PostponeForm(request.POST or None)
        back = f"{self.base}{pk}/"
        context = {"title": f"延期：{row.title}", "form": form, "button": "延期", "back": back}
        if request.method != "POST":
            return render(request, "shared/form.html", context)
        if form.is_valid():
            answer = perform(
                request,
                lambda: actions.postpone(round=row, **form.facts, by=actor, now=now),
                then=back,
                done="已延期，没有报送的单位会收到消息。",
                form=form,
            )
            if answer:
                return answer
        return show_again(request, "shared/form.html", context)

    def receipt(self, request: HttpRequest, pk: int) -> HttpResponse:
        """One receipt: the form while it can be sent, the decision while it waits, every edition so far."""
        actor = request.actor  # type: ignore[attr-defined]
        row = _found(request, pk)
        blank, typed = blank_of(row), typed_of(row)
        judging, status = ReturnForm(), 200
        problems: list[Any] = []
        moved = False
        if request.method == "POST" and request.POST.get("step") in ("accept", "send_back"):
            judging = ReturnForm(request.POST)
            answer = _decide(request, row, judging)
            if answer is not None:
                return answer
            status = 422
        elif request.method == "POST" and {"step", "reason"} & set(request.POST):
            judging, status = ReturnForm(request.POST), 422
            judging.add_error(None, "请选择确认或退回。")
        elif request.method == "POST":
            if not _may_send(row, actor):
                messages.info(request, f"回执现在是“{CONTACT_RECEIPT.states[row.state]}”，没有重复办理。")
                return HttpResponseRedirect(request.path)
            heard, problems = blank.read(request)
            moved, typed = rearranged(request, heard, {"counties": {}}), heard
            answer = None if moved else self._send(request, row, blank, heard, problems)
            if answer is not None:
                return answer
        form = blank.form(typed, org=actor.org, once=request.POST.get("once", ""))
        if problems:
            form.add_refusals(problems)
        if request.method == "POST" and not moved:
            status = 422
        return render(
            request, "shared/contacts/receipt.html", self._shown(request, row, form, judging), status=status
        )

    def _send(self, request: HttpRequest, row: Any, blank: Blank, heard: Any, problems: list[Any]) -> Any:
        """Keep the draft, or send it; None where something stands against it, with the reasons put into `problems`."""
        actor, now = request.actor, clock.read()  # type: ignore[attr-defined]
        if problems:
            return None
        form = blank.form(heard, org=actor.org, once=request.POST.get("once", ""))
        if "submit" not in request.POST:
            answer = perform(
                request,
                lambda: actions.save_receipt(receipt=row, typed=heard, by=actor, now=now),
                then=request.path,
                done="草稿已保存，尚未报送。可以下载填好的回执，盖章后扫描上传。",
                form=form,
            )
        else:
            number = str(heard.get("scan", ""))
            scan = evidence_access.file_for(actor, int(number)) if number.isdecimal() else None
            answer = perform(
                request,
                lambda: actions.file_receipt(receipt=row, typed=heard, scan=scan, by=actor, now=now),
                then=request.path,
                done="已报送，等待确认。",
                form=form,
            )
        if answer is None:
            problems.extend(one for found in form.refusals_by_field.values() for one in found)
        return answer

    def _shown(self, request: HttpRequest, row: Any, form: Any, judging: Any) -> dict[str, Any]:
        actor, now = request.actor, clock.read()  # type: ignore[attr-defined]
        editions = contacts.editions(row)
        judges = actor.role in RECEIPT_JUDGES and actor.org in (f"bureau:{row.judge}", "bureau:440000")
        judges = judges and row.state == "filed"
        wrote = judges and actor.person in contacts.writers(row)
        names = parties.person_names([one.entered_by for one in editions])
        return {
            "base": self.base,
            "receipt": row,
            "state": CONTACT_RECEIPT.states[row.state],
            "tone": TONES[row.state],
            "left": _left(row, local_date(now)),
            "form": form if _may_send(row, actor) else None,
            "is_change": row.state == "accepted",
            "on_behalf": actor.org != row.bureau.key,
            "decides": judges and not wrote,
            "entered_by_me": wrote,
            "judging": judging,
            "editions": [
                {
                    "row": one,
                    "who": names[one.entered_by],
                    "stands": one.number == row.stands,
                    "facts": [(label, getattr(one, name)) for name, label in LABELS.items()],
                    "counties": [
                        {**county, "place": regions.place_name(county["county"])} for county in one.counties
                    ],
                    "account": getattr(one, "account", None),
                }
                for one in editions
            ],
            "acts": past_acts(row.journal_key),
        }

    def paper(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The form of annex 3 as a Word document, filled in with what was typed so far."""
        row = _found(request, pk)
        return exports.paper("docx", f"联系人回执-{row.bureau.name}", paper_of(row))


def _asks(actor: Any) -> bool:
    """Whether the actor's bureau has somebody below to ask, and the actor may."""
    if actor.role not in RECEIPT_JUDGES or actor.operator:
        return False
    code = bureau_code(actor)
    return code == regions.PROVINCE or bool(getattr(regions.city(code), "counties", ()))


def _found(request: HttpRequest, pk: int) -> Any:
    row = contacts.receipt_for(request.actor, pk)  # type: ignore[attr-defined]
    if row is None:
        raise Http404
    return row


def _may_send(row: Any, actor: Any) -> bool:
    mine = actor.org in (row.bureau.key, f"bureau:{row.judge}", "bureau:440000")
    return mine and row.state != "filed" and actor.role in RECEIPT_ROLES and not actor.operator


def _brief(row: Any, today: Any) -> dict[str, Any]:
    missing = row.state in contacts.MISSING
    return {
        "row": row,
        "state": CONTACT_RECEIPT.states[row.state],
        "tone": TONES[row.state],
        "left": _left(row, today) if missing else None,
    }


def _left(row: Any, today: Any) -> int | None:
    """Working days left to send, or None where none are told."""
    if row.state not in contacts.MISSING:
        return None
    try:
        return working_calendar().working_days_between(today, row.round.due_on)
    except CalendarNotAnnounced:
        return None


def _decide(request: HttpRequest, row: Any, form: ReturnForm) -> HttpResponse | None:
    actor, now = request.actor, clock.read()  # type: ignore[attr-defined]
    if not form.is_valid():
        return None

    def act() -> Any:
        if request.POST["step"] == "accept":
            return actions.accept_receipt(receipt=row, by=actor, now=now)
        return actions.send_back_receipt(receipt=row, reason=form.facts["reason"], by=actor, now=now)

    done = "已确认，系统管理员可以开通管理账号。" if request.POST["step"] == "accept" else "已退回。"
    return perform(request, act, then=request.path, done=done, form=form)
