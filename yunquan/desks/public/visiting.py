"""A form that anybody may send: no picture to puzzle over, a stamp and a trap keep machines out, a good file is kept."""

from __future__ import annotations

import time
from typing import Any

from django import forms
from django.core import signing
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from yunquan.desks.public.frame import VISITOR
from yunquan.desks.shared.forms import BaseForm, UploadField
from yunquan.evidence import access as evidence_access
from yunquan.evidence import actions as evidence
from yunquan.journal import clock
from yunquan.kernel.refusal import Refusal, Refused

LEAST_SECONDS, MOST_SECONDS = 3, 86400
FILE_MB = 10


def fresh_stamp(what: str, *, at: float | None = None) -> str:
    """The stamp of a form that was opened at a moment (seconds since the epoch), now by default."""
    return signing.dumps({"what": what, "at": time.time() if at is None else at}, salt="visitor")


class VisitorForm(BaseForm):
    """A form of a page without login; `what` names it, `send` is the word on its button."""

    what = ""
    send = "提交"
    file_label = "证明材料"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.held = self._left_before(self.data.get("kept", "")) if self.is_bound else None
        shown = {"name": self.held["name"], "url": ""} if self.held else None
        self.fields["file"] = UploadField(
            label=self.file_label, required=False, kinds=("pdf", "jpg", "png"), limit_mb=FILE_MB, kept=shown
        )
        self.fields["file"].widget.attrs.setdefault("class", "form-control")
        self.fields["stamp"] = forms.CharField(required=False, max_length=300, widget=forms.HiddenInput)
        self.fields["stamp"].initial = fresh_stamp(self.what)
        self.fields["kept"] = forms.CharField(required=False, max_length=600, widget=forms.HiddenInput)
        self.order_fields(self.field_order)

    def clean_stamp(self) -> str:
        """Not sooner than anyone can read the form, not later than a day."""
        stamp = self.cleaned_data["stamp"]
        try:
            told = signing.loads(stamp, salt="visitor", max_age=MOST_SECONDS)
        except signing.BadSignature as stale:
            raise ValidationError("stale", code="stale") from stale
        if told.get("what") != self.what or time.time() - told.get("at", 0) < LEAST_SECONDS:
            raise ValidationError("hasty", code="hasty")
        return str(stamp)

    def judge(self, request: HttpRequest) -> None:
        """Say what machines do wrong in words that also help a person."""
        self.is_valid()
        if self.errors.pop("stamp", None) is not None:
            mend = f"已填内容都在，请核对后再点一次“{self.send}”。"
            self.add_refusals([Refusal("stamp", "页面打开太久或提交太快，系统没有收下。", "", mend)])
        if request.POST.get("homepage"):
            self.add_refusals([Refusal("trap", "系统判断这不是人工填写。", "", "请不要使用自动填表工具。")])

    def taken(self) -> Any:
        """The file sent now, else the one that an earlier try left; None without either."""
        sent = self.cleaned_data.get("file")
        if sent:
            sent.seek(0)
            return evidence.take_file(
                content=sent.read(), name=sent.name or "file", org=VISITOR.org, by=VISITOR, now=clock.read()
            )
        return evidence_access.visitors_file(self.held["pk"]) if self.held is not None else None

    def hold(self) -> None:
        """Keep a good file although something else was wrong, so that nobody has to upload it twice."""
        turned_away = any(
            refusal.code in ("trap", "too_many", "stamp")
            for listed in self.refusals_by_field.values()
            for refusal in listed
        )
        if turned_away or self.errors.get("file") or not self.cleaned_data.get("file"):
            return
        try:
            taken = self.taken()
        except Refused as refused:
            self.add_refusals(refused.refusals)
            return
        self.held = {"pk": taken.pk, "name": taken.name}
        self.fields["file"].widget.kept = {"name": taken.name, "url": ""}

    def once_more(self) -> None:
        """What the page needs to be sent again: a stamp that is old enough, and the file that is kept."""
        data = self.data.copy()
        data["stamp"] = fresh_stamp(self.what, at=time.time() - LEAST_SECONDS)
        mark = {**self.held, "what": self.what} if self.held else None
        data["kept"] = signing.dumps(mark, salt="visitor-file") if mark else ""
        self.data = data

    def _left_before(self, text: str) -> dict[str, Any] | None:
        """The file that an earlier try of this very form left with us; what another form keeps is not its own."""
        try:
            held: dict[str, Any] = signing.loads(text, salt="visitor-file", max_age=MOST_SECONDS)
        except signing.BadSignature:
            return None
        return held if held.get("what") == self.what else None
