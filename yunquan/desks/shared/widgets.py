"""The inputs that every form uses: money, day, moment, file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

MB = 1024 * 1024
CALENDAR = forms.Media(
    css={"all": ["vendor/flatpickr/flatpickr.min.css"]},
    js=[
        forms.widgets.Script("vendor/flatpickr/flatpickr.min.js", defer=True),  # type: ignore[list-item]
        forms.widgets.Script("vendor/flatpickr/zh.js", defer=True),  # type: ignore[list-item]
    ],
)


class Drawn:
    """A widget drawn by this app's template, whatever form renderer the settings name."""

    template_name: str

    def render(self, name: str, value: Any, attrs: dict | None = None, renderer: Any = None) -> SafeString:
        return render_to_string(self.template_name, self.get_context(name, value, attrs))  # type: ignore[attr-defined]


class MoneyInput(Drawn, forms.TextInput):
    """A sum in 元, read back in 万元 while it is typed."""

    template_name = "shared/widgets/money.html"


class DayInput(forms.DateInput):
    """A day as 2018-12-31; typed or picked."""

    def __init__(self, attrs: dict | None = None) -> None:
        super().__init__(
            {"data-date": "", "placeholder": "2018-12-31", "autocomplete": "off"} | (attrs or {}),
            format="%Y-%m-%d",
        )

    @property
    def media(self) -> forms.Media:
        return CALENDAR


@dataclass(frozen=True, slots=True)
class Taken:
    """A file that was sent ahead of its form: the number it was kept under and its name.

    The number comes from the browser: whoever uses it asks the door of the noun for the file.
    """

    pk: int
    name: str


class UploadInput(Drawn, forms.ClearableFileInput):
    """A file with its limits said beforehand and, with `upload_url`, sent at once with progress.

    `upload_url` takes a POST of the one `file` and answers {"id", "name", "size", "sha256"} or
    {"errors": [...]}; the form then carries the number instead of the file, and a form that comes back has
    not lost it.  `kept` names a file uploaded earlier (name, url).
    """

    template_name = "shared/widgets/upload.html"

    def __init__(
        self,
        *,
        kinds: Sequence[str],
        limit_mb: int,
        upload_url: str = "",
        kept: dict[str, str] | None = None,
        attrs: dict | None = None,
    ) -> None:
        self.kinds, self.limit_mb, self.upload_url, self.kept = tuple(kinds), limit_mb, upload_url, kept
        super().__init__({"accept": ",".join(f".{kind}" for kind in kinds)} | (attrs or {}))

    def get_context(self, name: str, value: Any, attrs: dict | None) -> dict:
        taken = value if isinstance(value, Taken) else None
        kept = {"name": "", "url": ""} | self.kept if self.kept else None
        return super().get_context(name, None, attrs) | {
            "taken": taken,
            "kinds_said": "可上传 " + "、".join(kind.upper() for kind in self.kinds),
            "limit": self.limit_mb * MB,
            "limit_mb": self.limit_mb,
            "upload_url": self.upload_url,
            "kept": kept,
        }

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        """The file itself, or the one that was sent ahead."""
        sent = super().value_from_datadict(data, files, name)
        number = data.get(f"{name}_id", "")
        if not sent and number.isascii() and number.isdigit() and len(number) < 18:
            return Taken(int(number), data.get(f"{name}_name", "")[:200])
        return sent

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return super().value_omitted_from_data(data, files, name) and f"{name}_id" not in data
