"""What is typed at each step of a result: the questions of every form, one class a step (D108-A2, D108-3.4, D108-4)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from yunquan.desks.shared.forms import BaseForm, MomentField, UploadField
from yunquan.desks.shared.widgets import Taken
from yunquan.evidence import actions as evidence
from yunquan.evidence import queries as evidence_queries
from yunquan.kernel.workflow import Actor

KINDS = ("pdf", "jpg", "png", "ofd")
FILES = ("file1", "file2", "file3", "file4")
PRESENCE = [("", "不涉及"), ("attended", "到场"), ("absent", "已通知，缺席")]


def _area(label: str, *, hint: str = "", rows: int = 4) -> forms.CharField:
    return forms.CharField(
        label=label, required=False, max_length=4000, help_text=hint, widget=forms.Textarea(attrs={"rows": rows})
    )  # fmt: skip


def _upload(label: str, hint: str = "") -> UploadField:
    return UploadField(
        label=label, required=False, kinds=KINDS, limit_mb=20, upload_url="/files/upload", help_text=hint
    )


class StepForm(BaseForm):
    """A form among several of one page: its fields are named apart, refusals find them all the same."""

    # How refusals name a field that stands for several here.
    stands_for: dict[str, str] = {}

    def add_refusals(self, refusals: Any) -> None:
        from dataclasses import replace

        super().add_refusals(
            [replace(one, field=self.stands_for.get(one.field, one.field)) for one in refusals]
        )


class AskForm(StepForm):
    """What is doubtful about the amount."""

    doubt = _area("金额存疑之处", hint="写明与哪类合同、哪项价格相比偏高；对方须在规程期限内说明并举证")
    stands_for = {"reason": "doubt"}


class ExplainForm(StepForm):
    """The explanation with its proof."""

    text = _area("说明", hint="定价依据、与过往同类合同（不含上云上平台项目）的比较", rows=6)
    file1, file2 = _upload("过往同类合同"), _upload("同类合同的验收报告")
    file3, file4 = _upload("同类合同的发票"), _upload("其他证明材料")
    stands_for = {"files": "file1"}


class ReconsiderForm(StepForm):
    """The conclusion after the explanation."""

    outcome = forms.ChoiceField(label="重新给出的结论", required=False)
    grounds = _area("属于哪种情形", hint="不合格的必填，一行一条", rows=3)
    opinion = _area("专家意见")
    reason = _area("改变（或维持）结论的理由", rows=3)


class AnswerForm(StepForm):
    """Whether the party accepts the result."""

    accepts = forms.ChoiceField(
        label="对抽查结果的意见", required=False, widget=forms.RadioSelect,
        choices=[("yes", "认可"), ("no", "不认可")],
    )  # fmt: skip
    text = _area("意见", hint="不认可的，写明不认可哪一条、事实和证据是什么", rows=6)
    file1, file2 = _upload("证明材料 1"), _upload("证明材料 2")
    stands_for = {"files": "file1"}


class SummonForm(StepForm):
    """When and where a hearing is."""

    held_at = MomentField(label="时间", required=False)
    place = forms.CharField(label="地点或会议号", required=False, max_length=200)


class HearForm(StepForm):
    """What was said at a hearing."""

    held_at = MomentField(label="举行时间", required=False)
    mode = forms.ChoiceField(
        label="方式",
        required=False,
        choices=[("", "请选择"), *((one, one) for one in ("现场", "视频", "书面"))],
    )
    supplier = forms.ChoiceField(label="供应商", required=False, choices=PRESENCE)
    enterprise = forms.ChoiceField(label="企业", required=False, choices=PRESENCE)
    summary = _area("陈述申辩要点", rows=5)
    finding = _area("听取意见后的认定", rows=3)
    file1 = _upload("笔录")
    stands_for = {"parties": "supplier"}


class ProposeForm(StepForm):
    """The outcome that is proposed."""

    outcome = forms.ChoiceField(label="拟处理结论", required=False)
    grounds = _area("属于哪种情形", hint="不合格的必填，一行一条；可从上面的情形中抄录", rows=3)
    reason = _area("理由", hint="事实、证据、对书面意见和陈述申辩的采纳情况")


class DecideForm(StepForm):
    """The decision and its document."""

    text = _area("批示", hint="可不填；填写的内容会作为处理理由告知当事方", rows=3)
    file1 = _upload("处理决定文件", "涉及取消资格、限期不得申请或追回的必传")
    stands_for = {"document": "file1"}


class ReviewForm(StepForm):
    """The province's word on a city's result."""

    text = _area("复核意见", rows=3)


class SendBackForm(StepForm):
    """Why it goes back."""

    reason = _area("退回理由", rows=3)


class ReopenForm(StepForm):
    """What was not mended."""

    reason = _area("重新处理的理由", hint="写明哪一项没有整改到位", rows=3)


class PlainForm(StepForm):
    """A step that asks nothing."""


class AppealForm(StepForm):
    """What is wrong with a standing."""

    text = _area("申诉理由", rows=6)
    file1, file2 = _upload("证明材料 1"), _upload("证明材料 2")
    stands_for = {"files": "file1"}


class LiftForm(StepForm):
    """Why a standing ends before its term."""

    reason = _area("解除理由", rows=3)
    file1 = _upload("解除决定文件", "必传")
    stands_for = {"document": "file1"}


class AppealDecisionForm(StepForm):
    """What is made of an appeal."""

    verdict = forms.ChoiceField(
        label="裁定", required=False, widget=forms.RadioSelect,
        choices=[("upheld", "申诉成立，解除处理"), ("dismissed", "申诉不成立，维持处理")],
    )  # fmt: skip
    reason = _area("裁定理由", rows=4)
    file1 = _upload("裁定文件", "申诉成立的必传")
    stands_for = {"document": "file1"}


class SuspendForm(StepForm):
    """Poor results: suspended until mended."""

    reason = _area("理由", hint="写明效果不理想的事实和改善要求", rows=4)
    file1 = _upload("处理决定文件", "必传")
    stands_for = {"document": "file1"}


class FirstCheckForm(StepForm):
    """What a key check found."""

    reason = _area("核查情况", hint="写明核查了什么、谁核查、结论是什么", rows=5)


def taken(sent: Any, actor: Actor, now: Any) -> Any:
    """A file: sent ahead by this organisation, or coming with the form; None where there is none."""
    if isinstance(sent, Taken):
        return evidence_queries.files_by_id([sent.pk], org=actor.org).get(sent.pk)
    if sent is None:
        return None
    return evidence.take_file(content=sent.read(), name=sent.name or "file", org=actor.org, by=actor, now=now)


def taken_all(form: BaseForm, actor: Actor, now: Any, names: Sequence[str] = FILES) -> list[int]:
    """The keys of every file of a form."""
    files = [taken(form.cleaned_data.get(name), actor, now) for name in names if name in form.fields]
    return [file.pk for file in files if file is not None]


def lines(text: str) -> list[str]:
    """What was typed a line each."""
    return [line.strip() for line in text.splitlines() if line.strip()]
