"""The forms of an appointment: when, where, with whom; another time; a scan of the paper table."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms

from yunquan.desks.shared.forms import BaseForm, MomentField, UploadField, dress
from yunquan.inspections import visit_queries
from yunquan.policy.regimes.forms import MODES


class WhenForm(BaseForm):
    """A time with its end."""

    starts_at = MomentField(label="开始时间")
    ends_at = MomentField(label="结束时间")
    place = forms.CharField(label="地点或会议号", max_length=200)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        starts, ends = cleaned.get("starts_at"), cleaned.get("ends_at")
        if starts and ends and ends <= starts:
            self.add_error("ends_at", "结束时间应在开始时间之后。")
        if starts and ends and ends - starts > timedelta(days=5):
            self.add_error("ends_at", "一次抽查不超过 5 天，请检查结束时间。")
        return cleaned


class AppointForm(WhenForm):
    """What is looked at, how, when, where, by whom."""

    inspections = forms.MultipleChoiceField(
        label="这次查的服务券",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "请至少选择一张服务券。"},
    )
    mode = forms.ChoiceField(label="方式", widget=forms.RadioSelect)
    experts = forms.MultipleChoiceField(
        label="专家", required=False, widget=forms.CheckboxSelectMultiple,
        help_text="不选的，按抽取的顺序由系统确定，已除去回避、满额和未参加培训的专家",
    )  # fmt: skip
    departs = forms.CharField(
        label="不按抽取顺序选专家的理由", required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 2}),
        help_text="所选专家越过顺序在前、可以参加的专家时必填，记入日志并列在办理记录中",
    )  # fmt: skip
    count = forms.IntegerField(label="每个专业的专家人数", min_value=1, max_value=9, initial=2)
    prepare = forms.CharField(
        label="另请准备的材料", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="每行一项；合同、票据、系统演示等规定的材料已自动列入通知",
    )  # fmt: skip

    field_order = (
        "inspections", "mode", "starts_at", "ends_at", "place", "experts", "departs", "count", "prepare",
    )  # fmt: skip

    def __init__(self, *args: Any, house: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        plan, table = house.plan, house.table
        modes = visit_queries.regime_value(plan, "modes").value
        self.fields["mode"].choices = [(one, MODES[one]) for one in modes]  # type: ignore[attr-defined]
        self.fields["mode"].initial = modes[0]
        self.fields["inspections"].choices = [  # type: ignore[attr-defined]
            (
                str(row.pk),
                f"{row.voucher.number}（{row.voucher.enterprise.name} / {row.voucher.supplier.name}）",
            )
            for row in house.rows
        ]
        together = list(house.rows)
        if visit_queries.supplier_signs(plan, table):
            one_firm = house.rows[0].voucher.supplier_id
            together = [row for row in house.rows if row.voucher.supplier_id == one_firm]
        self.fields["inspections"].initial = [str(row.pk) for row in together]
        if len(together) < len(house.rows):
            self.fields["inspections"].help_text = "这张表须由供应商签字，一次只选一家供应商的，其余另行约定"
        self.register = {str(one.pk): one for one in visit_queries.experts_for(plan, table)}
        self.fields["experts"].choices = [  # type: ignore[attr-defined]
            (pk, f"{one.code} {one.person.name}，{one.get_speciality_display()}，{one.employer}")
            for pk, one in self.register.items()
        ]
        days = visit_queries.regime_value(plan, "notice_days").value
        self.fields["starts_at"].help_text = f"至少提前 {days} 天通知"
        dress(self)


class MoveForm(WhenForm):
    """Another time, and why."""

    reason = forms.CharField(label="改期的理由", max_length=500, widget=forms.Textarea(attrs={"rows": 2}))


class ReasonForm(BaseForm):
    """Why."""

    reason = forms.CharField(label="理由", max_length=1000, widget=forms.Textarea(attrs={"rows": 2}))


class PaperForm(BaseForm):
    """The scan of a table signed on paper."""

    paper = UploadField(label="签字后的纸质抽查表扫描件", kinds=("pdf", "jpg", "png"))
