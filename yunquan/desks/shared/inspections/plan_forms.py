"""The forms of a plan, of its picks and of its draw; names of fields are those that refusals name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from yunquan.desks.shared.forms import BaseForm, DayField, MomentField, MoneyField, UploadField
from yunquan.inspections import plan_queries as queries
from yunquan.inspections.actions.planning import PlanFacts
from yunquan.inspections.plan_checks import EARLIER, SIGNALS
from yunquan.kernel.calendar import SHANGHAI
from yunquan.kernel.refusal import Refusal
from yunquan.kernel.workflow import Actor
from yunquan.parties import queries as parties
from yunquan.parties import regions
from yunquan.programme import queries as programme

_LINES = {"rows": 3}
_TEXTS = (
    "title", "regime", "purpose", "earlier", "signals", "numbers", "sources", "alg", "operator", "note",
)  # fmt: skip


class ShareField(forms.CharField):
    """A share typed as 20 % or 1/5, cleaned to (num, den)."""

    def to_python(self, value: Any) -> Any:
        text = (super().to_python(value) or "").replace("％", "%").replace("％", "%").strip()
        if not text:
            return None
        try:
            share = Fraction(text[:-1].strip()) / 100 if text.endswith("%") else Fraction(text)
        except (ValueError, ZeroDivisionError):
            raise ValidationError("比例请写成 20 % 或 1/5 的样子。", code="share") from None
        if share.numerator >= 2**31 or share.denominator >= 2**31:
            raise ValidationError("比例请写成 20 % 或 1/5 的样子。", code="share")
        return share.numerator, share.denominator


def lines(text: str) -> list[str]:
    """What stands on the lines of a text, blank ones left out."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def reasons(text: str) -> dict[str, str]:
    """Numbers with their reasons, one a line: the number, a blank, the reason."""
    split = (line.replace("\u3000", " ").partition(" ") for line in lines(text))
    return {number: reason.strip() for number, _, reason in split}


_TIMED = re.compile(r"(.*\S)\s+(\d{4}-\d{1,2}-\d{1,2})[ T]+(\d{1,2}:\d{2})")


def timed(text: str) -> tuple[str, datetime | None]:
    """A source with the time at which its value appears, in Beijing time; None where it says none.

    >>> timed("ssq:2019040 2019-04-07 21:15")
    ('ssq:2019040', datetime.datetime(2019, 4, 7, 21, 15, tzinfo=zoneinfo.ZoneInfo(key='Asia/Shanghai')))
    >>> timed("drand:9")
    ('drand:9', None)
    """
    found = _TIMED.fullmatch(text.strip().replace("：", ":"))
    if found is None:
        return text.strip(), None
    try:
        moment = datetime.strptime(f"{found[2]} {found[3]}", "%Y-%m-%d %H:%M")
    except ValueError:
        return text.strip(), None
    return found[1], moment.replace(tzinfo=SHANGHAI)


def _with_time(plan: Any, source: str) -> str:
    moment = plan.due.get(source)
    return f"{source} {moment.astimezone(SHANGHAI):%Y-%m-%d %H:%M}" if moment else source


class PlanForm(BaseForm):
    """A plan as it is drafted: what, whom, how many, by which chance."""

    title = forms.CharField(label="名称", max_length=120, help_text="如：2019 年第二批兑付前现场抽查")
    regime = forms.ChoiceField(label="抽查规程")
    purpose = forms.CharField(label="目的", max_length=200, help_text="同一范围、期间和目的只能抽取一次")
    starts_on = DayField(label="开始日期")
    ends_on = DayField(label="结束日期")
    cycles = forms.MultipleChoiceField(
        label="发放周期", required=False, widget=forms.CheckboxSelectMultiple, help_text="不选为不限"
    )
    cities = forms.MultipleChoiceField(
        label="地市", required=False, widget=forms.SelectMultiple(attrs={"size": 6}), help_text="不选为不限"
    )
    services = forms.MultipleChoiceField(
        label="应用服务",
        required=False,
        widget=forms.SelectMultiple(attrs={"size": 6}),
        help_text="不选为不限",
    )
    suppliers = forms.CharField(
        label="供应商", required=False, widget=forms.Textarea(attrs=_LINES),
        help_text="每行一家的名称或统一社会信用代码；不填为不限",
    )  # fmt: skip
    states = forms.MultipleChoiceField(
        label="服务券状态", required=False, widget=forms.CheckboxSelectMultiple,
        help_text="不选为规程适用的全部状态",
    )  # fmt: skip
    least_fen = MoneyField(label="奖补金额不少于（元）", required=False)
    earlier = forms.ChoiceField(label="以往抽查", required=False, choices=list(EARLIER.items()))
    signals = forms.ChoiceField(label="行为数据", required=False, choices=list(SIGNALS.items()))
    pilots = forms.BooleanField(label="只抽试点服务券", required=False)
    numbers = forms.CharField(
        label="指定清单", required=False, widget=forms.Textarea(attrs=_LINES),
        help_text="只从这份清单中抽取时填写，每行一个券号",
    )  # fmt: skip
    share = ShareField(label="随机抽取比例", max_length=20, help_text="如 20 %；指定抽查的另计")
    strata = forms.MultipleChoiceField(
        label="分层", required=False, widget=forms.CheckboxSelectMultiple, choices=list(queries.STRATA.items()),
        help_text="每一层各按比例抽取；不选为不分层",
    )  # fmt: skip
    sources = forms.CharField(
        label="公开随机源", widget=forms.Textarea(attrs=_LINES),
        help_text="每行一个，后面写产生的时间，如 ssq:2019040 2019-04-07 21:15（双色球第 2019040 期）；须晚于揭示截止。"
        "drand-quicknet 的时间可以不写，由系统按轮次算出。"
        "备用源写在同一行，用 | 隔开，同样写明时间",
    )  # fmt: skip
    custodians = forms.MultipleChoiceField(
        label="随机数保管人", widget=forms.SelectMultiple(attrs={"size": 8}),
        help_text="来自不同单位；三人以上更可信",
    )  # fmt: skip
    reveals_end_at = MomentField(
        label="揭示截止", required=False, help_text="早于公开随机数产生的时间；冻结名单前必须填写"
    )
    operator = forms.CharField(
        label="协助的第三方机构",
        required=False,
        max_length=120,
        help_text="委托第三方协助的，填写名称，另列清单",
    )
    alg = forms.ChoiceField(label="摘要算法", choices=[("sha256", "SHA-256"), ("sm3", "SM3")])
    note = forms.CharField(label="说明", required=False, widget=forms.Textarea(attrs=_LINES))

    def __init__(self, *args: Any, actor: Actor, today: date, city: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = {one.number: one.name for one in programme.current_rulebook().services(today)}
        choices: dict[str, list[Any]] = {
            "regime": queries.regimes_on(today, city=city),
            "cycles": [(row.code, row.name) for row in programme.cycles(actor)],
            "cities": [(one.code, one.name) for one in regions.cities()],
            "services": [(str(number), name) for number, name in named.items()],
            "states": queries.states_to_choose(),
            "custodians": queries.candidates(actor, today),
        }
        for name, told in choices.items():
            self.fields[name].choices = told  # type: ignore[attr-defined]
        if city:
            del self.fields["cities"]
        self.unknown_suppliers: list[str] = []
        self.actor = actor

    def clean_suppliers(self) -> list[int]:
        found, unknown = [], []
        for word in lines(self.cleaned_data["suppliers"]):
            rows = [row for row in parties.registered_suppliers(word) if word in (row.name, row.uscc)]
            found += [row.pk for row in rows[:1]]
            unknown += [word] if not rows else []
        if unknown:
            raise ValidationError(f"没有找到供应商：{'、'.join(unknown[:5])}。请填写全称。", code="unknown")
        return found

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("share") is None and "share" not in self.errors:
            self.add_error("share", "请填写“随机抽取比例”。")
        return cleaned

    def add_further(self, refusals: Iterable[Refusal]) -> None:
        """What else is wrong in a form that was not read to its end, beside the fields that could be read."""
        unread = set(self.errors) | (
            {"starts_on", "ends_on"} if {"starts_on", "ends_on"} & set(self.errors) else set()
        )
        self.add_refusals([one for one in refusals if one.field not in unread])

    def plan_facts(self, kept: Mapping[str, Any] | None = None) -> PlanFacts:
        """The plan as the action takes it, what could not be read left empty; picks and merges are kept from before."""
        form: dict[str, Any] = (
            {name: "" for name in _TEXTS}
            | {"share": (0, 0), "starts_on": None, "ends_on": None}
            | self.cleaned_data
        )
        scope = {
            "cycles": form.get("cycles", []), "cities": form.get("cities", []),
            "suppliers": form.get("suppliers", []), "services": [int(one) for one in form.get("services", [])],
            "states": form.get("states", []), "least_fen": form.get("least_fen") or 0, "earlier": form["earlier"],
            "signals": form["signals"], "pilots": form.get("pilots", False), "numbers": lines(form["numbers"]),
        }  # fmt: skip
        sources: list[str] = []
        fallback: dict[str, str] = {}
        due: dict[str, datetime] = {}
        for line in lines(form["sources"]):
            first, _, second = line.partition("|")
            (source, moment), (spare, later) = timed(first), timed(second)
            sources.append(source)
            if spare:
                fallback[source] = spare
            due |= {name: one for name, one in ((source, moment), (spare, later)) if one is not None}
        return PlanFacts(
            title=form["title"], regime=form["regime"], purpose=form["purpose"],
            starts_on=form["starts_on"], ends_on=form["ends_on"], scope={key: value for key, value in scope.items() if value},
            share=form["share"], custodians=form.get("custodians", []), sources=sources, fallback=fallback, due=due,
            strata=form.get("strata", []), reveals_end_at=form.get("reveals_end_at"), alg=form["alg"],
            operator=form["operator"], note=form["note"], **(kept or {}),
        )  # fmt: skip


def initial_of(plan: Any) -> dict[str, Any]:
    """A drafted plan as the form shows it again."""
    scope, until = plan.scope, plan.reveals_end_at
    sources = [
        " | ".join(_with_time(plan, name) for name in (one, plan.fallback.get(one)) if name)
        for one in plan.sources
    ]
    chosen = {name: scope.get(name, []) for name in ("cycles", "cities", "states")}
    return {
        **chosen,
        **{name: getattr(plan, name) for name in ("title", "regime", "purpose", "starts_on", "ends_on")},
        **{name: getattr(plan, name) for name in ("strata", "operator", "alg", "note")},
        "services": [str(one) for one in scope.get("services", [])],
        "suppliers": "\n".join(queries.supplier_names(scope.get("suppliers", []))),
        "least_fen": scope.get("least_fen") or None,
        "earlier": scope.get("earlier", ""),
        "signals": scope.get("signals", ""),
        "pilots": scope.get("pilots", False),
        "numbers": "\n".join(scope.get("numbers", [])),
        "share": queries.share_words(plan),
        "sources": "\n".join(sources),
        "custodians": [one.person.username for one in queries.custodians(plan)],
        "reveals_end_at": until.astimezone(SHANGHAI).replace(tzinfo=None) if until else None,
    }


class PicksForm(BaseForm):
    """Who is picked by hand, who is left out, which strata go together."""

    mandatory = forms.CharField(
        label="指定抽查", required=False, widget=forms.Textarea(attrs={"rows": 5}),
        help_text="每行一个：券号、空格、理由",
    )  # fmt: skip
    left_out = forms.CharField(
        label="排除", required=False, widget=forms.Textarea(attrs={"rows": 5}),
        help_text="每行一个：券号、空格、理由",
    )  # fmt: skip

    def __init__(self, *args: Any, strata: list[str], small: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.small = small
        for place, name in enumerate(small):
            self.fields[f"merge-{place}"] = forms.ChoiceField(
                label=f"分层“{name}”并入", required=False,
                choices=[("", "不合并"), *((one, one) for one in strata if one != name)],
                widget=forms.Select(attrs={"class": "form-select"}),
            )  # fmt: skip

    def picks(self) -> dict[str, dict[str, str]]:
        """What the action takes."""
        form = self.cleaned_data
        merged = {name: form[f"merge-{place}"] for place, name in enumerate(self.small)}
        return {
            "mandatory": reasons(form["mandatory"]), "left_out": reasons(form["left_out"]),
            "merged": {name: into for name, into in merged.items() if into},
        }  # fmt: skip


class ReasonForm(BaseForm):
    """A step that needs a reason."""

    reason = forms.CharField(label="理由", max_length=500, widget=forms.Textarea(attrs={"rows": 3}))


class ReplaceForm(ReasonForm):
    """What can't be inspected, and why."""

    item = forms.CharField(label="券号或盲签编号", max_length=60, help_text="“逐张查看”中可查")
    field_order = ("item", "reason")

    def __init__(self, *args: Any, plan: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.plan = plan

    def clean_item(self) -> Any:
        row = queries.replaceable(self.plan, self.cleaned_data["item"].strip())
        if row is None:
            raise ValidationError("本次抽中的券里没有这个编号。", code="unknown")
        return row


class FreezeForm(BaseForm):
    """The time until which secrets are revealed."""

    reveals_end_at = MomentField(label="揭示截止", help_text="晚于现在，早于公开随机数产生的时间")


class DropForm(ReasonForm):
    """A custodian who can't serve."""

    name = forms.ChoiceField(label="保管人")
    field_order = ("name", "reason")

    def __init__(self, *args: Any, names: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].choices = [(one, one) for one in names]  # type: ignore[attr-defined]


class EntropyForm(BaseForm):
    """The public values as they were published, with their evidence."""

    def __init__(self, *args: Any, plan: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.plan = plan
        for place, source in enumerate(plan.sources):
            spare = plan.fallback.get(source)
            self.fields[f"value-{place}"] = forms.CharField(
                label=f"{source} 的值", required=spare is None, max_length=500, strip=True,
                help_text="公布的值，原样填写", widget=forms.TextInput(attrs={"class": "form-control"}),
            )  # fmt: skip
            if spare is not None:
                self.fields[f"spare-{place}"] = forms.CharField(
                    label=f"备用源 {spare} 的值", required=False, max_length=500,
                    help_text="只在前一个没有公布时填写", widget=forms.TextInput(attrs={"class": "form-control"}),
                )  # fmt: skip
                self.fields[f"silent-{place}"] = forms.CharField(
                    label=f"{source} 没有产生的依据", required=False, max_length=500,
                    help_text="使用备用源时必填：停开公告的名称、日期和网址，公开显示",
                    widget=forms.TextInput(attrs={"class": "form-control"}),
                )  # fmt: skip
        self.fields["proof"] = UploadField(
            label="凭证", help_text="公布页面的截图或公告，PDF、JPG 或 PNG", limit_mb=20
        )

    def values(self) -> dict[str, str]:
        """The public values by source."""
        found = {}
        for place, source in enumerate(self.plan.sources):
            found[source] = self.cleaned_data[f"value-{place}"]
            if spare := self.plan.fallback.get(source):
                found[spare] = self.cleaned_data.get(f"spare-{place}", "")
        return {name: value for name, value in found.items() if value.strip()}

    def silences(self) -> dict[str, str]:
        """What shows of a source that it brought no value."""
        told = {
            source: self.cleaned_data.get(f"silent-{place}", "")
            for place, source in enumerate(self.plan.sources)
        }
        return {source: why for source, why in told.items() if why.strip()}


class CommitForm(BaseForm):
    """What a custodian publishes: the commitment, made in the browser."""

    commitment = forms.CharField(
        label="承诺", max_length=64, help_text="64 个十六进制字符，由本页或 yunquan draw commit 生成",
        widget=forms.TextInput(attrs={"data-commitment": "", "autocomplete": "off", "spellcheck": "false"}),
    )  # fmt: skip


class RevealForm(BaseForm):
    """The secret that was kept since the commitment."""

    secret = forms.CharField(
        label="随机数", max_length=128, help_text="公布承诺时保存的那一个，十六进制",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )  # fmt: skip
