"""The columns of a list: each knows how it is shown and what it is in an export."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import django_tables2 as tables
from django.utils import timezone
from django.utils.html import format_html

from yunquan.desks.shared.templatetags.gov import at, badge, left_badge, on, until, yuan


class TextColumn(tables.Column):
    """Plain text; choices show their label."""

    paper_kind = "text"
    cell_class = ""

    def __init__(self, *args: Any, fixed: bool = False, exported: bool = True, **kwargs: Any) -> None:
        self.fixed, self.exported = fixed, exported
        kwargs.setdefault("orderable", False)
        super().__init__(*args, **kwargs)


class LinkColumn(TextColumn):
    """Text that leads to the thing; `to(record)` gives the address."""

    def __init__(self, *args: Any, to: Callable[[Any], str], **kwargs: Any) -> None:
        self.to = to
        kwargs.setdefault("fixed", True)
        super().__init__(*args, **kwargs)

    def render(self, value: Any, record: Any) -> str:
        return format_html('<a href="{}">{}</a>', self.to(record), value)

    def value(self, value: Any) -> Any:
        return value


class MoneyColumn(TextColumn):
    """A sum held in fen, shown as 110,000.00 under a heading that says （元）."""

    paper_kind = "money"
    cell_class = "g-right g-num"

    def render(self, value: int) -> str:
        return yuan(value)

    def value(self, value: Any) -> Any:
        return value


class CountColumn(TextColumn):
    """A whole number."""

    paper_kind = "count"
    cell_class = "g-right g-num"

    def value(self, value: Any) -> Any:
        return value


class DayColumn(TextColumn):
    """A day."""

    paper_kind = "date"
    cell_class = "g-num"

    def render(self, value: Any) -> str:
        return on(value)

    def value(self, value: Any) -> Any:
        return value


class MomentColumn(DayColumn):
    """A moment, in Shanghai."""

    paper_kind = "time"

    def render(self, value: Any) -> str:
        return at(value)

    def value(self, value: Any) -> Any:
        return timezone.localtime(value).replace(tzinfo=None) if value and timezone.is_aware(value) else value


class UntilColumn(TextColumn):
    """A moment at which something ends: the midnight after a day is the end of that day, 24:00."""

    cell_class = "g-num"

    def render(self, value: Any) -> str:
        return until(value)

    def value(self, value: Any) -> Any:
        return until(value) if value else None


class StateColumn(TextColumn):
    """A state as a badge; `tones` maps the raw value to good, bad, waiting, now or over."""

    def __init__(self, *args: Any, tones: Mapping[str, str] | None = None, **kwargs: Any) -> None:
        self.tones = dict(tones or {})
        super().__init__(*args, **kwargs)

    def render(self, value: Any, record: Any, bound_column: Any) -> str:
        raw = tables.A(bound_column.accessor).resolve(record, quiet=True)
        return badge(value, self.tones.get(str(raw), ""))

    def value(self, value: Any) -> Any:
        return value


class LeftColumn(TextColumn):
    """Working days left as a badge, red when none are."""

    paper_kind = "count"

    def render(self, value: int) -> str:
        return left_badge(value)

    def value(self, value: Any) -> Any:
        return value
