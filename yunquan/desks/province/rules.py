"""The rules in force and how they change: draft → diff → second person → published from a day (D47-4.4.1)."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST
from ruamel.yaml import YAML, YAMLError

from yunquan.desks.province.cycles import packs
from yunquan.desks.province.frame import desk
from yunquan.desks.shared.forms import BaseForm, DayField
from yunquan.desks.shared.perform import perform, show_again
from yunquan.desks.shared.registers import past_acts
from yunquan.desks.shared.replays import tiles
from yunquan.desks.shared.rule_values import value_lines
from yunquan.insight import queries as insight
from yunquan.journal import clock
from yunquan.kernel.calendar import local_date
from yunquan.parties import queries as parties
from yunquan.programme import access, actions
from yunquan.programme import queries as programme
from yunquan.programme.actions.rule_changes import change_faults
from yunquan.programme.lifecycle import RULE_CHANGE

TONES = {"draft": "waiting", "submitted": "now", "published": "good", "withdrawn": ""}


def as_yaml(raw: Any) -> str:
    """A value as it is written in a pack."""
    if not isinstance(raw, Mapping | list | tuple):
        return "true" if raw is True else "false" if raw is False else str(raw)
    writer: Any = YAML(typ="safe", pure=True)
    out = io.StringIO()
    writer.default_flow_style, writer.allow_unicode = False, True
    writer.sort_base_mapping_type_on_output = False
    writer.dump(_plain(raw), out)
    return out.getvalue()


def _plain(raw: Any) -> Any:
    if isinstance(raw, Mapping):
        return {str(key): _plain(part) for key, part in raw.items()}
    if isinstance(raw, list | tuple):
        return [_plain(part) for part in raw]
    return raw if isinstance(raw, bool | int | float | str) or raw is None else str(raw)


class ChangeForm(BaseForm):
    """A new value of one rule, from a day, with its article and one sentence on what it means."""

    value = forms.CharField(label="新值", max_length=20_000, widget=forms.Textarea(attrs={"rows": 3}))
    from_on = DayField(label="生效日期", help_text="须晚于今天；此前提交的申请仍按原值")
    article = forms.CharField(label="依据条款", max_length=40, help_text="如 D47-A1.1，写文件代号和条款号")
    document = forms.CharField(
        label="文件名称", required=False, max_length=120, help_text="依据条款所在文件的代号；留空按条款的文件"
    )
    meaning = forms.CharField(label="说明", max_length=300, help_text="一句话说明这条规则，公众也会看到")

    def __init__(self, *args: Any, described: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.last = described.entries[-1] if described is not None and described.entries else None
        if described is None:
            return
        field = self.fields["value"]
        field.help_text = f"应为：{described.expects}"
        if described.choices and not isinstance(described.entries[-1].raw if described.entries else "", list):
            field.widget = forms.Select(
                choices=list(described.choices.items()), attrs={"class": "form-select"}
            )
        elif described.entries and isinstance(described.entries[-1].raw, Mapping | list | tuple):
            field.widget.attrs["rows"] = min(24, as_yaml(described.entries[-1].raw).count("\n") + 2)

    def clean_value(self) -> Any:
        typed = self.cleaned_data["value"]
        try:
            read = YAML(typ="safe", pure=True).load(typed)
        except YAMLError as wrong:
            place = getattr(getattr(wrong, "problem_mark", None), "line", None)
            at = f"第 {place + 1} 行" if place is not None else ""
            raise forms.ValidationError(
                f"新值{at}的写法看不懂，请照原值的格式填写。", code="unread"
            ) from wrong
        if read is None:
            raise forms.ValidationError("请填写新值。", code="empty")
        before = _plain(self.last.raw) if self.last is not None else None
        if isinstance(before, dict) and "amount" in before and isinstance(read, str | int):
            return {**before, "amount": str(read)}  # The amount alone was typed; the rest stays as it was.
        return _plain(read)


class SendBackForm(BaseForm):
    """Why a change goes back to its drafter."""

    reasons = forms.CharField(label="退回理由", max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))


def _pack(request: HttpRequest) -> str:
    cycle = programme.current_cycle()
    chosen = request.GET.get("pack", "")
    return chosen if chosen in packs() else cycle.pack if cycle else next(iter(packs()))


@desk
def rules(request: HttpRequest) -> HttpResponse:
    """Every rule value in force with article, meaning and since when; the changes under way."""
    pack, today = _pack(request), local_date(clock.read())
    book = programme.rulebook(pack)
    query = request.GET.get("q", "").strip()
    chapters: dict[str, list[dict[str, Any]]] = {}
    for described, dated in programme.rule_table(book, today):
        if query and query not in f"{described.title} {described.key} {dated.meaning if dated else ''}":
            continue
        chapters.setdefault(described.chapter, []).append(
            {
                "key": described.key,
                "title": described.title,
                "lines": value_lines(dated.raw, described.choices)[:3] if dated else ["尚未规定"],
                "more": len(value_lines(dated.raw)) > 3 if dated else False,
                "dated": dated,
                "open_point": described.open_point,
                "coming": [entry for entry in described.entries if entry.from_on > today],
            }
        )
    changes = list(programme.rule_changes(request.actor, pack=pack)[:50])  # type: ignore[attr-defined]
    names = parties.person_names([row.drafted_by for row in changes] + [row.published_by for row in changes])
    context = {
        "pack": pack,
        "book": book,
        "query": query,
        "packs": [
            {"label": label, "url": f"?pack={code}", "active": code == pack}
            for code, label in packs().items()
        ],
        "chapters": chapters,
        "changes": [
            {
                "row": row,
                "title": _title(book, row.rule),
                "state": RULE_CHANGE.states[row.state],
                "tone": TONES[row.state],
                "drafter": names.get(row.drafted_by, ""),
                "publisher": names.get(row.published_by, "") if row.published_by else "",
            }
            for row in changes
        ],
    }
    return render(request, "province/rules.html", context)


def _title(book: Any, key: str) -> str:
    try:
        return book.describe(key).title
    except KeyError:
        return key


def _described(pack: str, key: str) -> Any:
    if pack not in packs():
        raise Http404
    book = programme.rulebook(pack)
    known = book.keys()
    if key not in known:
        raise Http404
    return book.describe(key)


@desk
def rule(request: HttpRequest, pack: str, key: str) -> HttpResponse:
    """One rule with everything it ever was and will be."""
    described, today = _described(pack, key), local_date(clock.read())
    held = programme.rulebook(pack).find(key, today)
    entries = [
        {
            "dated": entry,
            "lines": value_lines(entry.raw, described.choices),
            "holds": held is not None and entry.from_on == held.from_on,
            "coming": entry.from_on > today,
        }
        for entry in reversed(described.entries)
    ]
    return render(request, "province/rule.html", {"described": described, "entries": entries, "pack": pack})


@desk
def draft(request: HttpRequest, pack: str, key: str) -> HttpResponse:
    """Draft a new value; the page after it shows the diff."""
    described, now = _described(pack, key), clock.read()
    last = described.entries[-1]
    initial = {
        "value": as_yaml(last.raw),
        "from_on": local_date(now) + timedelta(days=30),
        "article": last.article,
        "document": last.document,
        "meaning": last.meaning,
    }
    form = ChangeForm(request.POST or None, initial=initial, described=described)
    context = {
        "title": f"起草变更：{described.title}", "form": form, "button": "起草，看新旧对照",
        "back": f"/province/rules/{pack}/{key}/",
    }  # fmt: skip
    if request.method != "POST":
        return render(request, "shared/form.html", context)
    if form.is_valid():
        answer = perform(
            request,
            lambda: actions.draft_rule_change(
                pack=pack,
                rule=key,
                **form.facts,
                by=request.actor,
                now=clock.read(),  # type: ignore[attr-defined]
            ),
            then=lambda change: f"/province/rules/changes/{change.pk}/",
            done="已起草。请核对新旧对照，再提交复核。",
            form=form,
        )
        if answer:
            return answer
    return show_again(request, "shared/form.html", context)


def _change(request: HttpRequest, pk: int) -> Any:
    change = access.rule_change_for(request.actor, pk)  # type: ignore[attr-defined]
    if change is None:
        raise Http404
    return change


def _change_context(request: HttpRequest, change: Any, **more: Any) -> dict[str, Any]:
    diff = programme.rule_diff(change)
    actor, now = request.actor, clock.read()  # type: ignore[attr-defined]
    offers = {row.action for row in RULE_CHANGE.offers_to(change.state, actor)}
    own = change.drafted_by == actor.person
    faults = [] if change.state == "published" else change_faults(change, now=now)
    report = insight.attached_to(change)
    return {
        "change": change,
        "diff": diff,
        "before": value_lines(diff.before.raw) if diff.before else ["尚未规定"],
        "after": value_lines(diff.after.raw) if diff.after else value_lines(change.value),
        "state": RULE_CHANGE.states[change.state],
        "tone": TONES[change.state],
        "offers": offers,
        "faults": faults,
        "own": own,
        "names": parties.person_names([change.drafted_by, change.published_by]),
        "drafter": parties.person_names([change.drafted_by])[change.drafted_by],
        "acts": past_acts(change.journal_key),
        "form": SendBackForm(),
        "report": report,
        "report_tiles": tiles(insight.report_of(report)) if report is not None else [],
        "reports": insight.reports_for(change) if change.state == "draft" else [],
        **more,
    }


@desk
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """A change with its diff: what holds without it and with it, and the steps that the table offers."""
    return render(request, "province/change.html", _change_context(request, _change(request, pk)))


@desk
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Correct a draft."""
    row = _change(request, pk)
    described = _described(row.pack, row.rule)
    initial = {
        "value": as_yaml(row.value), "from_on": row.from_on, "article": row.article,
        "document": row.document, "meaning": row.meaning,
    }  # fmt: skip
    form = ChangeForm(request.POST or None, initial=initial, described=described)
    context = {
        "title": f"修改变更：{described.title}",
        "form": form,
        "button": "保存",
        "back": f"/province/rules/changes/{pk}/",
    }
    if request.method != "POST":
        return render(request, "shared/form.html", context)
    if form.is_valid():
        answer = perform(
            request,
            lambda: actions.edit_rule_change(change=row, **form.facts, by=request.actor, now=clock.read()),  # type: ignore[attr-defined]
            then=f"/province/rules/changes/{pk}/",
            done="已保存。",
            form=form,
        )
        if answer:
            return answer
    return show_again(request, "shared/form.html", context)


_VERBS = {
    "submit": (actions.submit_rule_change, "已提交复核，等待另一位审批人。"),
    "publish": (actions.publish_rule_change, "已发布，到生效日期自动适用。"),
    "withdraw": (actions.withdraw_rule_change, "已撤回。"),
}


@require_POST
@desk
def move(request: HttpRequest, pk: int, action: str) -> HttpResponse:
    """Submit, publish, send back or withdraw a change."""
    row, by, now = _change(request, pk), request.actor, clock.read()  # type: ignore[attr-defined]
    if action == "send_back":
        form = SendBackForm(request.POST)
        if form.is_valid():
            said = [line for line in form.cleaned_data["reasons"].splitlines() if line.strip()]
            answer = perform(
                request,
                lambda: actions.send_back_rule_change(change=row, reasons=said, by=by, now=now),
                then=f"/province/rules/changes/{pk}/",
                done="已退回起草人。",
                form=form,
            )
            if answer:
                return answer
        return show_again(
            request, "province/change.html", _change_context(request, _change(request, pk), form=form)
        )
    verb, done = _VERBS[action]
    attached = {} if action == "withdraw" else {"attached": insight.attached_payload(row)}
    answer = perform(
        request,
        lambda: verb(change=row, by=by, now=now, **attached),  # type: ignore[operator]
        then=f"/province/rules/changes/{pk}/",
        done=done,
    )
    return answer or show_again(
        request, "province/change.html", _change_context(request, _change(request, pk))
    )


@desk
def catalogue(request: HttpRequest) -> HttpResponse:
    """The edition of the catalogue in force: services, caps, pains and scenes (D47-A1.1, D47-4.4.1)."""
    pack, today = _pack(request), local_date(clock.read())
    book = programme.rulebook(pack)
    edition = book.value("catalogue.edition", today)
    context = {
        "pack": pack,
        "edition": edition,
        "title": edition.value.title,
        "services": [
            {
                "service": one,
                "cap": value_lines(book.value(f"award.cap.{one.number}", today).raw),
                "pains": [pain.rstrip("；。;") for pain in one.pains],
            }
            for one in book.services(today)
        ],
        "coming": [entry for entry in book.describe("catalogue.edition").entries if entry.from_on > today],
    }
    return render(request, "province/catalogue.html", context)
