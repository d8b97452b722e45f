"""The form base of every desk: all errors at once, each beside its field, in words that say what to do."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from pathlib import PurePath
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError

from yunquan.desks.shared.widgets import MB, DayInput, MoneyInput, Taken, UploadInput
from yunquan.kernel.money import MoneyError, parse_yuan, yuan_plain
from yunquan.kernel.refusal import Refusal

DAY_FORMATS = ["%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日"]
MOMENT_FORMATS = ["%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M", "%Y/%m/%d %H:%M"]

_VERBS = {"checkbox": "请勾选", "radio": "请选择", "select": "请选择", "file": "请上传"}


class MoneyField(forms.CharField):
    """A sum typed in 元, cleaned to integer fen; the initial value is fen as well."""

    widget = MoneyInput

    def __init__(self, *, min_fen: int | None = 0, max_fen: int | None = None, **kwargs: Any) -> None:
        self.min_fen, self.max_fen = min_fen, max_fen
        super().__init__(**kwargs)

    def prepare_value(self, value: Any) -> Any:
        return yuan_plain(value) if isinstance(value, int) else value

    def to_python(self, value: Any) -> int | None:  # type: ignore[override]
        text = super().to_python(value)
        if not text:
            return None
        try:
            return parse_yuan(text)
        except MoneyError as wrong:
            raise ValidationError(str(wrong), code="money") from wrong

    def validate(self, value: int | None) -> None:  # type: ignore[override]
        forms.Field.validate(self, value)

    def run_validators(self, value: int | None) -> None:  # type: ignore[override]
        if value is None:
            return
        if self.min_fen is not None and value < self.min_fen:
            raise ValidationError(f"金额不能小于 {yuan_plain(self.min_fen)} 元。", code="too_small")
        if self.max_fen is not None and value > self.max_fen:
            raise ValidationError(f"金额不能大于 {yuan_plain(self.max_fen)} 元。", code="too_large")

    def has_changed(self, initial: Any, data: Any) -> bool:
        return (self.prepare_value(initial) or "") != (data or "")


class DayField(forms.DateField):
    """A day, typed as 2018-12-31, 2018/12/31 or 2018年12月31日."""

    widget = DayInput

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(input_formats=DAY_FORMATS, **kwargs)
        self.error_messages["invalid"] = "日期请写成 2018-12-31 的样子。"

    def prepare_value(self, value: Any) -> Any:
        return value.strftime("%Y-%m-%d") if isinstance(value, (date, datetime)) else value


class MomentField(forms.DateTimeField):
    """A day with time of day in Shanghai, typed as 2018-12-31 17:00."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault(
            "widget", forms.DateTimeInput(format="%Y-%m-%d %H:%M", attrs={"placeholder": "2018-12-31 17:00"})
        )
        super().__init__(input_formats=MOMENT_FORMATS, **kwargs)
        self.error_messages["invalid"] = "日期和时刻请写成 2018-12-31 17:00 的样子。"


class UploadField(forms.FileField):
    """A file of the named kinds within the limit; its content is judged by evidence, not here.

    Cleans to the uploaded file, or to `Taken` where the page had sent it ahead.
    """

    def __init__(
        self,
        *,
        kinds: Sequence[str] = ("pdf", "jpg", "png"),
        limit_mb: int = 20,
        upload_url: str = "",
        kept: dict[str, str] | None = None,
        **kwargs: Any,
    ) -> None:
        self.kinds, self.limit_mb = tuple(kinds), limit_mb
        kwargs.setdefault(
            "widget", UploadInput(kinds=kinds, limit_mb=limit_mb, upload_url=upload_url, kept=kept)
        )
        super().__init__(**kwargs)
        self.error_messages |= {
            "empty": "这个文件是空的，请检查后重新选择。",
            "missing": "没有收到文件，请重新选择。",
            "invalid": "没有收到文件，请重新选择。",
        }

    def clean(self, data: Any, initial: Any = None) -> Any:
        return data if isinstance(data, Taken) else super().clean(data, initial)

    def bound_data(self, data: Any, initial: Any) -> Any:
        """What was sent ahead stays with the form that comes back."""
        return data if isinstance(data, Taken) else super().bound_data(data, initial)

    def to_python(self, data: Any) -> Any:
        uploaded = super().to_python(data)
        if uploaded is None:
            return None
        wrong = []
        if PurePath(uploaded.name or "").suffix.lower().lstrip(".") not in self.kinds:
            wrong.append(
                f"“{uploaded.name}”的格式不对，请上传 {'、'.join(k.upper() for k in self.kinds)} 文件。"
            )
        if (uploaded.size or 0) > self.limit_mb * MB:
            wrong.append(f"“{uploaded.name}”超过 {self.limit_mb} MB，请压缩或分开上传。")
        if wrong:
            raise ValidationError(wrong)
        return uploaded


def dress(form: forms.BaseForm) -> None:
    """Give every input its look, and every field words of its own for what is missing."""
    for name, field in form.fields.items():
        widget = field.widget
        kind = getattr(widget, "input_type", "")
        if isinstance(widget, forms.Select) and kind == "select":
            look = "form-select"
        elif kind in ("checkbox", "radio"):
            look = "form-check-input"
        else:
            look = "form-control"
        if kind != "hidden" and look not in widget.attrs.get("class", "").split():
            widget.attrs["class"] = f"{widget.attrs.get('class', '')} {look}".strip()
        label = field.label or name
        verb = {"checkbox": "请勾选", "radio": "请选择", "select": "请选择", "file": "请上传"}.get(
            kind, "请填写"
        )
        field.error_messages["required"] = f"{verb}“{label}”。"
        if isinstance(field, forms.EmailField):
            field.error_messages["invalid"] = "邮箱请写成 name@example.cn 的样子。"


class BaseForm(forms.Form):
    """A form whose refusals stand beside their fields and which carries the token of one submission.

    Pages draw it with {% form_fields form %}; views run it through `perform`.
    """

    use_required_attribute = False
    # The fields marked as to be filled in although the act behind the form asks for them, all at once.
    musts: ClassVar[Collection[str]] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        self.refusals_by_field: dict[str, list[Refusal]] = {}
        self.fields["once"] = forms.CharField(
            required=False, max_length=64, widget=forms.HiddenInput, initial=secrets.token_urlsafe(18)
        )
        dress(self)

    def full_clean(self) -> None:
        super().full_clean()
        for name in self.errors:
            self._mark(name)

    @property
    def token(self) -> str:
        """The token of this submission, empty where the page sent none."""
        return self.data.get(self.add_prefix("once"), "")[:64] if self.is_bound else ""

    @property
    def facts(self) -> dict[str, Any]:
        """The cleaned values without the token, ready as keyword arguments of an action."""
        return {name: value for name, value in self.cleaned_data.items() if name != "once"}

    def add_refusals(self, refusals: Iterable[Refusal]) -> None:
        """Put each refusal beside the field it names, those without one at the top."""
        for refusal in refusals:
            name = refusal.field if refusal.field in self.fields else ""
            self.refusals_by_field.setdefault(name, []).append(refusal)
            self.add_error(name or None, ValidationError(refusal.message, code=refusal.code))
            self._mark(name)

    def _mark(self, name: str) -> None:
        widget = self.fields[name].widget if name in self.fields else None
        if widget is not None and "is-invalid" not in widget.attrs.get("class", ""):
            widget.attrs["class"] = f"{widget.attrs.get('class', '')} is-invalid".strip()


NOT_DECIDED = "勾选了退回或驳回的理由，没有办理；请取消勾选后再通过，或选退回、驳回。"


def speaks_against(sent: Any) -> bool:
    """Whether what was sent carries ticked or written reasons, with which nothing is approved (D47-5.21)."""
    return any(sent.getlist("reasons")) or bool(sent.get("reasons_text", "").strip())


class ReasonsForm(BaseForm):
    """The reasons of a return or rejection: coded ones and free text, at least one (D47-5.21).

    Draw it with {% reasons form.codes ... %} or {% form_fields form %}.
    """

    reasons = forms.MultipleChoiceField(label="退回理由", required=False, widget=forms.CheckboxSelectMultiple)
    reasons_text = forms.CharField(
        label="补充说明", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, codes: Sequence[tuple[str, str]] = (), **kwargs: Any) -> None:
        self.codes = tuple(codes)
        super().__init__(*args, **kwargs)
        self.fields["reasons"].choices = self.codes  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors and not cleaned.get("reasons") and not cleaned.get("reasons_text", "").strip():
            self.add_error(
                "reasons",
                ValidationError(
                    "请至少勾选或写明一条理由，并一次性告知全部需要补正的内容。", code="no_reason"
                ),
            )
        return cleaned
