"""Forms that keep what was typed as it was typed: wizards and registrations.

A `Blank` names what is asked; it reads a request into the typed JSON that an action keeps, and draws typed
JSON as a form whose fields are named as refusals name them (`lines-0-fee`, `report-number`). Judging is
the action's alone.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.datastructures import MultiValueDict
from django.utils.html import format_html

from yunquan.desks.shared.forms import BaseForm, dress
from yunquan.desks.shared.uploading import of_kinds, was_full
from yunquan.desks.shared.widgets import DayInput, MoneyInput, UploadInput
from yunquan.evidence import actions as evidence
from yunquan.evidence import queries as evidence_queries
from yunquan.evidence.queries import MOST_BYTES
from yunquan.evidence.taking import disk_full
from yunquan.journal import clock
from yunquan.kernel.refusal import Refusal, Refused

Typed = dict[str, Any]
KINDS = ("pdf", "jpg", "png", "ofd")
MOST_ROWS = 60
# More than any text may have: what is too long is refused by the act that judges it, as it was typed.
MOST_LETTERS = 20_000


@dataclass(frozen=True, slots=True)
class Ask:
    """One question of a form; `kind` is text, area, money, day, choice, radio, many, tick or file."""

    name: str
    label: str
    kind: str = "text"
    must: bool = True
    hint: str = ""
    choices: Sequence[tuple[str, str]] = ()
    width: str = "col-12"
    # For a file: who reads it, and what may be chosen. For another question: which fact of that file answers it.
    reader: str = ""
    kinds: Sequence[str] = KINDS
    reads: str = ""


@dataclass(frozen=True, slots=True)
class Blank:
    """The questions of a form: plain ones, groups of them under one name, and rows that can be added."""

    asks: tuple[Ask, ...] = ()
    rows: Mapping[str, tuple[Ask, ...]] = field(default_factory=dict)
    groups: Mapping[str, tuple[Ask, ...]] = field(default_factory=dict)

    def read(self, request: HttpRequest, *, taking: bool = True) -> tuple[Typed, list[Refusal]]:
        """What was typed, and the refusals of files that could not be taken; rows left empty are dropped.

        A file that came with the form is kept for the person's organisation and its number is typed.
        """
        refusals: list[Refusal] = []
        typed: Typed = {ask.name: _typed(request, ask, ask.name, refusals, taking) for ask in self.asks}
        for group, asks in self.groups.items():
            typed[group] = {
                ask.name: _typed(request, ask, f"{group}-{ask.name}", refusals, taking) for ask in asks
            }
        for name, asks in self.rows.items():
            found: list[Typed] = []
            for place in _places(request, name):
                before = len(refusals)
                row = {
                    ask.name: _typed(request, ask, f"{name}-{place}-{ask.name}", refusals, taking)
                    for ask in asks
                }
                if not any(row.values()) and len(refusals) == before:
                    continue
                refusals[before:] = [
                    _moved(refusal, name, place, len(found)) for refusal in refusals[before:]
                ]
                found.append(row)
            typed[name] = found[:MOST_ROWS]
        return typed, refusals

    def form(self, typed: Mapping[str, Any], *, org: str = "", once: str = "", look: Any = None) -> TypedForm:
        """The form that shows what was typed; an organisation's own files are named, `look` is what they say."""
        return TypedForm(self, typed, org=org, once=once, look=look)

    def names(self) -> Callable[[str], bool]:
        """A test whether a refusal's field belongs to this form."""
        plain = {ask.name for ask in self.asks}
        heads = {*self.rows, *self.groups}
        return lambda name: name in plain or name.partition("-")[0] in heads


def rearranged(request: HttpRequest, typed: Typed, fresh: Mapping[str, Mapping[str, Any]]) -> bool:
    """Add or remove a row where a button of that name was pressed; whether one was."""
    added, removed = request.POST.get("add", ""), request.POST.get("remove", "")
    if added in fresh:
        # One row more than the page shows, although rows left empty were not read.
        rows = list(typed.get(added, ()))
        wanted = max(len(_places(request, added)), 1) + 1
        typed[added] = rows + [dict(fresh[added]) for _ in range(wanted - len(rows))]
        return True
    name, _, place = removed.rpartition("-")
    if name in fresh and place.isascii() and place.isdigit():
        kept = [one for one in _places(request, name) if one != int(place[:4])]
        filled = [one for one in _places(request, name) if _is_filled(request, name, one)]
        by_place = dict(zip(filled, typed.get(name, ()), strict=False))
        typed[name] = [by_place[one] for one in kept if one in by_place]
        return True
    return False


def _is_filled(request: HttpRequest, name: str, place: int) -> bool:
    """Whether anything was typed into a row; the empty ones are not read."""
    head = f"{name}-{place}-"
    typed = any(value for key, value in request.POST.items() if key.startswith(head))
    return typed or any(key.startswith(head) for key in request.FILES)


class TypedForm(BaseForm):
    """A form over typed JSON: bound from the start, so that refusals can be put beside its fields."""

    def __init__(
        self, blank: Blank, typed: Mapping[str, Any], *, org: str = "", once: str = "", look: Any = None
    ) -> None:
        self.blank, self.look = blank, look
        flat = list(_flat(blank, typed))
        pks = [int(value) for _, ask, value in flat if ask.kind == "file" and str(value).isdecimal()]
        files = evidence_queries.files_by_id(pks, org=org) if pks and org else {}
        data: MultiValueDict = MultiValueDict({"once": [once or secrets.token_urlsafe(18)]})
        for name, ask, value in flat:
            _lay(data, name, ask, value, files)
        super().__init__(data=data, files=MultiValueDict())
        for name, ask, value in flat:
            file = files.get(int(value)) if ask.kind == "file" and str(value).isdecimal() else None
            self.fields[name] = _field(ask, file, name)
        dress(self)
        self.full_clean()
        for name, ask, _ in flat:
            self.fields[name].required = ask.must

    @property
    def plain(self) -> list[Any]:
        """The plain questions, as bound fields with their width."""
        return [self._item(ask.name, ask) for ask in self.blank.asks]

    def _item(self, name: str, ask: Ask) -> dict[str, Any]:
        """A question as it is drawn: the bound field, what a file says about it, what is known of the file."""
        told = (self.look.fields, self.look.files) if self.look is not None else ({}, {})
        beside, file = told[0].get(name), told[1].get(name)
        return {"name": name, "bound": self[name], "width": ask.width, "beside": beside, "told": file}

    @property
    def grouped(self) -> dict[str, list[Any]]:
        """The questions of each group."""
        return {
            group: [self._item(f"{group}-{ask.name}", ask) for ask in asks]
            for group, asks in self.blank.groups.items()
        }

    @property
    def lined(self) -> dict[str, list[dict[str, Any]]]:
        """The rows of each kind: place, number from one, and the bound fields."""
        return {
            name: [
                {
                    "place": place,
                    "number": place + 1,
                    "fields": [self._item(f"{name}-{place}-{ask.name}", ask) for ask in asks],
                }
                for place in range(self._count(name))
            ]
            for name, asks in self.blank.rows.items()
        }

    def _count(self, name: str) -> int:
        last = self.blank.rows[name][-1].name
        return sum(1 for field in self.fields if field.startswith(f"{name}-") and field.endswith(f"-{last}"))

    def beside(self, refusals: Iterable[Refusal]) -> TypedForm:
        """The form with the refusals that name one of its fields or rows; others are left out."""
        mine = self.blank.names()
        self.add_refusals(refusal for refusal in refusals if mine(refusal.field))
        return self


def _flat(blank: Blank, typed: Mapping[str, Any]) -> Iterable[tuple[str, Ask, Any]]:
    for ask in blank.asks:
        yield ask.name, ask, typed.get(ask.name, "")
    for group, asks in blank.groups.items():
        inner = typed.get(group) or {}
        for ask in asks:
            yield f"{group}-{ask.name}", ask, inner.get(ask.name, "")
    for name, asks in blank.rows.items():
        for place, row in enumerate(list(typed.get(name) or [{}])[:MOST_ROWS]):
            for ask in asks:
                yield f"{name}-{place}-{ask.name}", ask, row.get(ask.name, "")


def _lay(data: MultiValueDict, name: str, ask: Ask, value: Any, files: Mapping[int, Any]) -> None:
    if ask.kind == "file":
        pk = int(value) if str(value).isdecimal() else 0
        if pk in files:
            data[f"{name}_id"], data[f"{name}_name"] = str(pk), files[pk].name
    elif ask.kind == "many":
        data.setlist(name, [str(one) for one in value] if isinstance(value, list | tuple) else [])
    elif ask.kind != "tick" or _is_ticked(value):
        data[name] = str(value) if value is not None else ""


def _is_ticked(value: Any) -> bool:
    return value is True or str(value).lower() in ("1", "true", "on", "yes")


def _field(ask: Ask, file: Any, name: str) -> forms.Field:
    hint: Any = ask.hint
    choices = [(str(value), label) for value, label in ask.choices]
    if ask.kind == "file":
        attrs = {"data-fill": name.rpartition("-")[0] or name} if ask.reader else {}
        widget: forms.Widget = UploadInput(
            kinds=ask.kinds,
            limit_mb=20,
            upload_url=f"/files/upload?kinds={','.join(ask.kinds)}",
            attrs=attrs,
        )
        if file is not None:
            hint = _said(hint, file)
    elif ask.kind == "choice":
        widget = forms.Select(choices=[("", "请选择"), *choices])
    elif ask.kind == "radio":
        widget = forms.RadioSelect(choices=choices)
    elif ask.kind == "many":
        widget = forms.CheckboxSelectMultiple(choices=choices)
    elif ask.kind == "tick":
        widget = forms.CheckboxInput()
    elif ask.kind == "area":
        widget = forms.Textarea(attrs={"rows": 4})
    elif ask.kind == "money":
        widget = MoneyInput()
    elif ask.kind == "day":
        widget = DayInput()
    elif ask.kind == "password":
        widget = forms.PasswordInput(attrs={"autocomplete": "new-password"})
    else:
        widget = forms.TextInput(attrs={"autocomplete": "off"})
    return forms.Field(required=False, label=ask.label, help_text=hint, widget=widget)


def _said(hint: Any, file: Any) -> Any:
    """The hint of a file that was uploaded: its name, and what is known about viruses in it."""
    scan = evidence_queries.scan_label(file)
    if not evidence_queries.is_open(file):
        why = evidence_queries.why_held(file)
        return format_html("{} 已上传“{}”：<b>{}</b>。{}。", hint, file.name, scan, why)
    link = '{} <a href="/files/{}/">查看已上传的“{}”</a>（病毒查杀：{}）'
    return format_html(link, hint, file.pk, file.name, scan)


def _typed(request: HttpRequest, ask: Ask, name: str, refusals: list[Refusal], taking: bool) -> Any:
    if ask.kind == "file":
        return _file(request, ask, name, refusals, taking)
    if ask.kind == "many":
        return [one[:60] for one in request.POST.getlist(name)[:60]]
    if ask.kind == "tick":
        return "1" if request.POST.get(name) else ""
    return request.POST.get(name, "")[:MOST_LETTERS]


def _file(request: HttpRequest, ask: Ask, name: str, refusals: list[Refusal], taking: bool) -> str:
    ahead = request.POST.get(f"{name}_id", "")
    kept = ahead if ahead.isascii() and ahead.isdigit() and len(ahead) < 16 else ""
    sent = request.FILES.get(name)
    if sent is None and taking and was_full(request) and not kept:
        # Of several files nobody knows which one was dropped: each that is missing may be it.
        refusals.append(replace(disk_full(), field=name))
    if sent is None or not taking:
        return kept
    return take_upload(request, sent, name, refusals, ask.kinds) or kept


def take_upload(
    request: HttpRequest, sent: Any, name: str, refusals: list[Refusal], kinds: Sequence[str] = ()
) -> str:
    """Keep a file that came with the form and give its number; empty where it was refused, with the reasons."""
    actor = request.actor  # type: ignore[attr-defined]
    try:
        row = evidence.take_file(
            content=sent.read(MOST_BYTES + 1),
            name=sent.name or "file",
            org=actor.org,
            by=actor,
            now=clock.read(),
        )
    except Refused as refused:
        refusals.extend(replace(one, field=name) for one in of_kinds(refused.refusals, kinds))
        return ""
    return str(row.pk)


def _places(request: HttpRequest, name: str) -> list[int]:
    pattern = re.compile(rf"{re.escape(name)}-(\d{{1,3}})-")
    found = (pattern.match(key) for key in [*request.POST, *request.FILES])
    return sorted({int(match[1]) for match in found if match})[: MOST_ROWS * 2]


def _moved(refusal: Refusal, name: str, before: int, after: int) -> Refusal:
    """A refusal of a row's file follows the row when rows above it were dropped."""
    return replace(refusal, field=refusal.field.replace(f"{name}-{before}-", f"{name}-{after}-", 1))
