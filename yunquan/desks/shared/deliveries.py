"""行为数据送达 on any desk: the form that uploads, the list, one delivery with its bad lines."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import django_filters
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from yunquan.desks.shared import columns, exports
from yunquan.desks.shared.forms import BaseForm, UploadField
from yunquan.desks.shared.lists import GovTable, ListPage
from yunquan.desks.shared.perform import perform
from yunquan.desks.shared.registers import CITY_CHOICES
from yunquan.desks.shared.widgets import MB, UploadInput
from yunquan.journal import clock
from yunquan.kernel.refusal import Refused
from yunquan.parties import regions
from yunquan.usage import access, deliveries
from yunquan.usage.inbox import Kept
from yunquan.usage.lifecycle import DELIVERY
from yunquan.usage.reach import OPERATORS
from yunquan.usage.reach import said as reach_said

KINDS = ("csv", "jsonl", "log", "txt", "xlsx", "gz", "zip", "zst")
TONES = {"received": "waiting", "loaded": "good", "refused": "bad", "withdrawn": "bad"}
SOURCES = {"operator": "运营商连接记录", "application": "应用系统日志"}
CHANNELS = {"upload": "页面上传", "api": "接口推送", "pull": "平台拉取"}
MOST_SHOWN = 50
# Said outright on the page: whoever forgets to choose must not vouch for all operators.
MERGED = "merged"


class LogField(UploadField):
    """A log or its compressed form; what it is says its content, for rotated logs have any ending."""

    def __init__(self, **kwargs: Any) -> None:
        limit = settings.MOST_BODY_BYTES // MB
        widget = UploadInput(kinds=KINDS, limit_mb=limit, attrs={"accept": ""})
        super().__init__(kinds=KINDS, limit_mb=limit, widget=widget, required=False, **kwargs)

    def to_python(self, data: Any) -> Any:
        uploaded = forms.FileField.to_python(self, data)
        if uploaded is not None and (uploaded.size or 0) > self.limit_mb * MB:
            raise ValidationError(f"“{uploaded.name}”超过 {self.limit_mb} MB，请按日期分开或改用接口推送。")
        return uploaded


class DeliveryForm(BaseForm):
    """One file, what application it belongs to, and its format where the platform need not guess."""

    file = LogField(label="文件")
    cloud = forms.CharField(label="应用域名", required=False, max_length=120)
    operator = forms.ChoiceField(
        label="哪家运营商提供",
        choices=[("", "请选择"), (MERGED, "各运营商合并的文件"), *OPERATORS.items()],
        help_text="只有承载用户端的运营商都送达了记录，才能据以判定未完成；只来自一家的请选明",
    )
    cities = forms.MultipleChoiceField(
        label="覆盖哪些地市",
        required=False,
        choices=CITY_CHOICES,
        widget=forms.CheckboxSelectMultiple,
        help_text="不选表示全省",
    )
    layout = forms.ChoiceField(label="格式", required=False)

    def __init__(self, *args: Any, source: str, clouds: Sequence[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = deliveries.layout_choices(source)
        self.fields["layout"].choices = [("", "由平台识别"), *choices]  # type: ignore[attr-defined]
        self.fields["layout"].help_text = "一般不用选；识别不对时再指定"
        if source == "operator":
            del self.fields["cloud"]
        else:
            del self.fields["operator"], self.fields["cities"]
            known = f"已填报的云端：{'、'.join(clouds[:6])}。" if clouds else ""
            self.fields["cloud"].help_text = f"日志里没有应用端地址时填写，如 mes.example.com。{known}"

    def clean_cloud(self) -> str:
        """A host or an address, said together with what else is wrong."""
        text: str = self.cleaned_data["cloud"]
        if deliveries.normal_cloud(text) is None:
            raise ValidationError("“应用域名”应为域名或 IP 地址，例如 mes.example.com，不带 http:// 和路径。")
        return text


def upload(
    request: HttpRequest,
    *,
    source: str,
    supplier: Any = None,
    clouds: Sequence[str] = (),
    then: Callable[[Any], str],
) -> tuple[DeliveryForm, HttpResponseRedirect | None]:
    """The form, and where to go once the file was taken; a small file is loaded at once.

    A file that came with other faults is kept on the disk, so that it need not be sent again.
    """
    key = f"arrived:{source}"
    if request.method != "POST":
        request.session.pop(key, None)
        return DeliveryForm(source=source, clouds=clouds), None
    form = DeliveryForm(request.POST, request.FILES, source=source, clouds=clouds)
    valid, sent = form.is_valid(), request.FILES.get("file")
    if sent is not None and "file" not in form.errors:
        try:
            kept = deliveries.keep(sent.chunks())
            request.session[key] = {"sha256": kept.sha256, "size": kept.size, "name": sent.name or ""}
        except Refused as refused:
            form.add_refusals(refused.refusals)
            valid = False
    arrived = request.session.get(key)
    if arrived is None or not deliveries.inbox().place(arrived["sha256"]).exists():
        if "file" not in form.errors:
            form.add_error("file", ValidationError("请选择要送达的文件。", code="required"))
        return form, None
    form["file"].help_text = f"已收到“{arrived['name']}”，改正后直接送达即可，不必重新选择。"
    if not valid:
        return form, None
    by, now = request.actor, clock.read()  # type: ignore[attr-defined]

    def call() -> Any:
        taken = deliveries.take(
            kept=Kept(arrived["sha256"], arrived["size"]),
            name=arrived["name"],
            source=source,
            channel="upload",
            supplier=supplier,
            cloud=form.cleaned_data.get("cloud", ""),
            operator=form.cleaned_data.get("operator", "").removeprefix(MERGED),
            cities=form.cleaned_data.get("cities", ()),
            layout=form.cleaned_data["layout"],
            by=by,
            now=now,
        )
        return taken, loaded_if_small(taken.delivery)

    answer = perform(
        request, call, then=lambda found: then(found[1]), done=lambda found: _said(*found), form=form
    )
    if answer is not None:
        request.session.pop(key, None)
    return form, answer


def loaded_if_small(row: Any) -> Any:
    """The delivery, loaded where that takes but a moment and nobody else is writing."""
    from yunquan.usage.store import StoreBusy, StoreFailed

    if not deliveries.is_small(row):
        return row
    try:
        return deliveries.load(delivery=row, now=clock.read())
    except (StoreBusy, StoreFailed):
        return row


def _said(taken: Any, row: Any) -> str:
    known = "" if taken.is_new else "这份文件以前送达过，没有重复计入。"
    words = {
        "received": "文件已收妥，稍后装入，可离开本页。",
        "loaded": f"已装入 {row.records} 条记录。",
        "refused": "文件已收到，但未能装入，请看原因。",
    }
    return known or words[row.state]


class DeliveryTable(GovTable):
    """Deliveries, as the list and its export show them."""

    caption = "行为数据送达"
    name = columns.LinkColumn(verbose_name="文件", to=lambda record: f"../{record.pk}/")
    source = columns.TextColumn(verbose_name="来源")
    channel = columns.TextColumn(verbose_name="方式")
    cloud = columns.TextColumn(verbose_name="应用域名", default="—")
    state = columns.StateColumn(verbose_name="状态", tones=TONES)
    records = columns.CountColumn(verbose_name="记录数")
    bad_lines = columns.CountColumn(verbose_name="坏行")
    received_at = columns.MomentColumn(verbose_name="送达时间")

    def render_state(self, value: str, record: Any, bound_column: Any) -> str:
        from yunquan.desks.shared.templatetags.gov import badge

        return badge(DELIVERY.states[value], TONES[value])

    def value_state(self, value: str) -> str:
        return DELIVERY.states[value]


class DeliveryFilter(django_filters.FilterSet):
    """State and way in."""

    state = django_filters.ChoiceFilter(label="状态", choices=list(DELIVERY.states.items()))
    channel = django_filters.ChoiceFilter(label="方式", choices=list(CHANNELS.items()))


class DeliveryList(ListPage):
    """送达记录: the files whose door is open to whoever looks."""

    table_class = DeliveryTable
    filterset_class = DeliveryFilter
    search_fields: tuple[str, ...] = ("name", "cloud")
    order = ("-pk",)
    export_name = "行为数据送达"

    def rows(self) -> QuerySet[Any]:
        return access.deliveries_visible_to(self.request.actor)  # type: ignore[attr-defined]


def found(request: HttpRequest, pk: int) -> Any:
    """A delivery through its door, or 404."""
    row = access.delivery_for(request.actor, pk)  # type: ignore[attr-defined]
    if row is None:
        raise Http404
    return row


def shown(row: Any) -> dict[str, Any]:
    """A delivery as a table of a page shows it."""
    days = row.days
    span = f"{days[0]} 至 {days[-1]}，{len(days)} 天" if len(days) > 1 else "".join(days)
    return {
        "row": row,
        "state": DELIVERY.states[row.state],
        "tone": TONES[row.state],
        "source": SOURCES[row.source],
        "channel": CHANNELS[row.channel],
        "days": span or "—",
        "reach": reach_said(str(deliveries.reach_of(row)), regions.place_name)
        if row.source == "operator"
        else "",
        "size": _size(row.size),
    }


def _size(size: int) -> str:
    return f"{size / MB:.1f} MB" if size >= MB else f"{max(1, size // 1024)} KB"


def page(
    request: HttpRequest,
    pk: int,
    *,
    back: str,
    title: str,
    form: BaseForm | None = None,
    acts: Sequence[Any] = (),
    status: int = 200,
) -> HttpResponse:
    """One delivery: what was recognised, what was set apart and why; with `form`, the way to take it back."""
    row = found(request, pk)
    bad = deliveries.bad_lines(row, most=MOST_SHOWN)
    context = {
        **shown(row),
        "back": back,
        "crumb": title,
        "layout": deliveries.layout_title(row.layout) if row.layout else "",
        "bad": bad,
        "more": row.bad_lines > len(bad),
        "has_file": bool(bad),
        "form": form,
        "acts": acts,
    }
    return render(request, "shared/delivery.html", context, status=status)


def bad_lines(request: HttpRequest, pk: int) -> FileResponse:
    """The lines that were set apart, as CSV."""
    row = found(request, pk)
    place = deliveries.bad_lines_file(row)
    if place is None:
        raise Http404
    headers = {"Content-Disposition": exports.disposition(f"坏行-{row.name}", "csv")}
    return FileResponse(place.open("rb"), content_type=exports.CONTENT_TYPES["csv"], headers=headers)
