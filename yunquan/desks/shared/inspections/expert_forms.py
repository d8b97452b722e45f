"""The forms of experts that several desks show: a tie, a training session, who was there."""

from __future__ import annotations

from typing import Any

from django import forms

from yunquan.desks.shared.forms import BaseForm, MomentField
from yunquan.inspections import expert_queries as queries


class TieForm(BaseForm):
    """A relation to a firm."""

    firm = forms.CharField(label="单位名称", max_length=120)
    uscc = forms.CharField(
        label="统一社会信用代码", required=False, max_length=30, help_text="知道的请填写，比对更准"
    )
    kind = forms.ChoiceField(label="关系", choices=queries.KINDS)


class TrainingForm(BaseForm):
    """A training session."""

    title = forms.CharField(label="培训名称", max_length=120)
    regime = forms.ChoiceField(label="抽查规程", choices=queries.regime_titles)
    held_at = MomentField(label="时间")
    place = forms.CharField(label="地点或会议号", required=False, max_length=120)


class AttendForm(BaseForm):
    """Who was at a session."""

    experts = forms.MultipleChoiceField(
        label="到场的专家", required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, known: set[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rest = [one for one in queries.choices() if int(one[0]) not in known]
        self.fields["experts"].choices = rest  # type: ignore[attr-defined]
