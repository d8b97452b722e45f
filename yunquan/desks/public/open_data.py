"""开放数据: what is public anyway, as CSV with a dictionary of every column; nothing personal, no small cells."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from yunquan.catalogue import queries as catalogue
from yunquan.desks.public.frame import open_page, page
from yunquan.desks.public.rules import said
from yunquan.desks.shared import exports
from yunquan.desks.shared import figures as shared
from yunquan.insight import figures
from yunquan.journal import clock
from yunquan.papers.tables import Column, Sheet
from yunquan.parties import queries as parties
from yunquan.parties import regions
from yunquan.programme import queries as programme
from yunquan.settlement import access as settlement_access

KIND_WORDS = {
    "text": "文字", "money": "金额（元，两位小数）", "count": "整数", "date": "日期", "time": "时间（北京时间）",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Dataset:
    """One file: its columns with what each means, and its rows."""

    code: str
    title: str
    means: str
    columns: tuple[tuple[Column, str], ...]
    rows: Callable[[], Iterable[Any]]
    article: str


def _catalogue() -> Iterator[tuple[Any, ...]]:
    for one in catalogue.services(programme.current_rulebook(), clock.today()):
        counts = "是" if one.counts_devices else "否"
        yield (one.number, one.name, one.stage, one.cap.amount, counts, one.cap_article, one.edition)


def _suppliers() -> Iterator[tuple[Any, ...]]:
    for row in parties.public_suppliers().order_by("uscc").iterator(chunk_size=500):
        place = regions.place_name(row.city) if row.is_in_province else "省外"
        yield (row.uscc, row.name, place, row.platform, row.registered_on)


def _products() -> Iterator[tuple[Any, ...]]:
    for row in catalogue.listed().order_by("supplier_id", "pk").iterator(chunk_size=500):
        yield (row.supplier.uscc, row.supplier.name, row.name, row.service, row.listed_on)


def _lists() -> Iterator[tuple[Any, ...]]:
    for row in settlement_access.public_lists().order_by("pk").iterator(chunk_size=500):
        head = (
            row.cycle.code,
            regions.place_name(row.city),
            row.title,
            row.edition,
            row.count,
            row.total_fen,
        )
        yield (*head, row.published_at, row.publicity_ends_at, row.content_hash)


def _cities() -> Iterator[tuple[Any, ...]]:
    for cycle in programme.open_cycles():
        scope = figures.scope_of(figures.everything(), cycle)
        told = shared.counted(scope, cycle, clock.read(), key="public", is_public=True)
        for cell in told.cities:
            line = (cell.enterprises, cell.issued, cell.issued_fen, cell.paid, cell.paid_fen)
            shown = (None,) * 5 if cell.is_hidden else line
            yield (cycle.code, cell.label, *shown, "是" if cell.is_hidden else "否")


def _rules() -> Iterator[tuple[Any, ...]]:
    for about, dated in programme.rule_table(programme.current_rulebook(), clock.today()):
        if dated is not None:
            yield (
                about.key,
                about.title,
                said(dated.raw, about.choices),
                dated.from_on,
                dated.article,
                dated.meaning,
            )


DATASETS = (
    Dataset(
        "catalogue", "应用服务目录", "现行目录的每一项应用服务和奖补上限。",
        (
            (Column("number", "序号", "count"), "目录中的序号"), (Column("name", "应用服务"), "名称"),
            (Column("stage", "环节"), "所属环节"),
            (Column("cap", "上限（元）", "money"), "每项（按设备的为每台套）最高奖补；按规模分档的为空"),
            (Column("devices", "按联网设备计算"), "是或否"), (Column("article", "依据"), "文件代号和条款"),
            (Column("edition", "版次"), "目录版次"),
        ),
        _catalogue, "D47-4.4.1",
    ),
    Dataset(
        "suppliers", "已注册供应商", "审核通过的供应商；不含联系人。",
        (
            (Column("uscc", "统一社会信用代码"), "18 位"), (Column("name", "供应商"), "名称"),
            (Column("place", "所在地"), "地市，或省外"), (Column("platform", "所依托的平台"), "注册时填写"),
            (Column("on", "注册日期", "date"), "审核通过的日期"),
        ),
        _suppliers, "D47-5.3",
    ),
    Dataset(
        "products", "已上架产品", "供应商上架的应用服务产品。",
        (
            (Column("uscc", "供应商代码"), "统一社会信用代码"), (Column("supplier", "供应商"), "名称"),
            (Column("name", "产品"), "名称"), (Column("service", "目录序号", "count"), "对应的应用服务"),
            (Column("on", "上架日期", "date"), "上架日期"),
        ),
        _products, "D26-2",
    ),
    Dataset(
        "lists", "结算清单", "公示过的结算清单；逐行内容在各清单的页面上。",
        (
            (Column("cycle", "周期"), "周期代号"), (Column("city", "地市"), "名称"),
            (Column("title", "标题"), "清单标题"), (Column("edition", "版本", "count"), "从 1 起"),
            (Column("count", "张数", "count"), "服务券张数"),
            (Column("total", "合计（元）", "money"), "券面加贯标奖补"),
            (Column("from", "公示开始", "time"), "发布时间"), (Column("to", "公示结束", "time"), "此刻起公示期满"),
            (Column("hash", "摘要"), "清单规范内容的 SHA-256，可自行核对"),
        ),
        _lists, "D47-5.14b",
    ),
    Dataset(
        "cities", "各地市统计", "每个周期各地市的发放和兑付；企业少于 3 家的不公布。",
        (
            (Column("cycle", "周期"), "周期代号"), (Column("city", "地市"), "名称"),
            (Column("enterprises", "企业数", "count"), "有已发放服务券的企业"),
            (Column("issued", "已发放（张）", "count"), "已发放且未作废，含已兑付"),
            (Column("issued_fen", "已发放（元）", "money"), "券面合计"),
            (Column("paid", "已兑付（张）", "count"), "银行付款成功"),
            (Column("paid_fen", "已兑付（元）", "money"), "实付合计"),
            (Column("hidden", "不公布"), "是：企业太少，数字略去"),
        ),
        _cities, "D47-5.2",
    ),
    Dataset(
        "rules", "现行规则值", "平台按其办理的每个规则值，注明依据。",
        (
            (Column("key", "代号"), "规则值的代号"), (Column("title", "名称"), "中文名称"),
            (Column("value", "值"), "现行的值，如规则页所示"), (Column("from", "自", "date"), "从这一天起施行"),
            (Column("article", "依据"), "文件代号和条款"), (Column("meaning", "说明"), "一句话说明"),
        ),
        _rules, "D47-5.1",
    ),
)  # fmt: skip
BY_CODE = {one.code: one for one in DATASETS}


@open_page
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The datasets with their dictionaries."""
    return page(request, "data", {"datasets": _described()})


@open_page
@require_safe
def dictionary(request: HttpRequest) -> JsonResponse:
    """The same dictionary for programs."""
    return JsonResponse({"datasets": _described()}, json_dumps_params={"ensure_ascii": False})


@open_page
@require_safe
def download(request: HttpRequest, code: str) -> HttpResponseBase:
    """One dataset as CSV (UTF-8, a header, amounts in 元)."""
    found = BY_CODE.get(code)
    if found is None:
        raise Http404
    columns = [column for column, _means in found.columns]
    return exports.answer("csv", found.title, Sheet(columns, found.rows(), name=found.title))


def _described() -> list[dict[str, Any]]:
    return [
        {
            "code": one.code,
            "title": one.title,
            "means": one.means,
            "article": one.article,
            "url": f"/data/{one.code}.csv",
            "columns": [
                {"title": column.title, "kind": KIND_WORDS[column.kind], "means": means}
                for column, means in one.columns
            ],
        }
        for one in DATASETS
    ]
