"""地方配套 as every desk shows it: the scheme in words, own funds, a line's working; pages to read for those who only read."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import path

from yunquan.catalogue import queries as catalogue
from yunquan.desks.shared import exports
from yunquan.desks.shared.list_papers import list_pdf, public_days
from yunquan.journal import clock
from yunquan.kernel.calendar import local_date
from yunquan.kernel.money import format_yuan
from yunquan.matching import access, queries
from yunquan.matching.checks import TRIGGERS
from yunquan.matching.lifecycle import MATCHING_LINE, MATCHING_LIST, MATCHING_RUN, SCHEME
from yunquan.papers.tables import Column, Sheet
from yunquan.parties import regions
from yunquan.policy.matching import RATIO, ROUNDINGS, percent
from yunquan.programme import queries as programme
from yunquan.programme.rules import rulebook

LIST_TONES = {"drafted": "waiting", "published": "now", "standing": "good", "withdrawn": "bad"}
LINE_TONES = {
    "listed": "waiting", "ordered": "now", "paid": "good", "recovered": "bad", "refused": "bad", "dropped": "bad",
    "left": "",
}  # fmt: skip
RUN_TONES = {"prepared": "waiting", "released": "now", "done": "good", "cancelled": "bad"}
SCHEME_TONES = {"proposed": "waiting", "adopted": "good", "turned_down": "bad"}
APART = "配套资金是地市自有资金，与省奖补资金分账管理、分开兑付。"
COLUMNS = (
    Column("position", "序", "count", 6),
    Column("voucher_number", "券号", "text", 20),
    Column("enterprise_name", "企业", "text", 30),
    Column("enterprise_uscc", "统一社会信用代码", "text", 22),
    Column("award_fen", "省奖补（元）", "money", 16),
    Column("amount_fen", "本市配套（元）", "money", 16),
    Column("payable_fen", "核减后（元）", "money", 16),
    Column("scheme_edition", "办法版本", "count", 8),
    Column("told", "计算过程", "text", 60),
)
# What a list says of a line on paper: in public too, so without the enterprise's code.
PAPER = [
    column
    for column in COLUMNS
    if column.name in ("position", "voucher_number", "enterprise_name", "award_fen", "amount_fen")
]
LIST_KINDS = ("pdf", "xlsx", "csv", "json")
OBJECTION = "公示期内在平台这份清单中对应的一行提出异议；涉及的这一笔配套暂不兑付，其余照常。"
CITY_COLUMNS = (
    Column("city_name", "地市", "text", 12),
    Column("scheme", "配套方式", "text", 24),
    Column("provided_fen", "配套资金总额（元）", "money", 18),
    Column("committed_fen", "兑付在途（元）", "money", 16),
    Column("paid_fen", "已兑付（元）", "money", 16),
    Column("free_fen", "可用（元）", "money", 16),
    Column("recovered_fen", "已追回（元）", "money", 16),
)


def how(row: Any) -> str:
    """The way of a version in few words."""
    if row.basis == RATIO:
        return f"省奖补的 {percent(row.ratio)}"
    return f"按 {len(row.fixed)} 项应用服务定额"


def scheme_facts(row: Any, names: dict[int, str] | None = None) -> list[tuple[str, str]]:
    """The values of a version in words, for a list of terms."""
    known = names or {}
    facts = [("配套方式", how(row))]
    if row.basis == RATIO:
        facts.append(("贯标奖补", "计入配套基数" if row.counts_bonus else "不计入配套基数"))
    else:
        fixed = sorted((int(number), int(fen)) for number, fen in row.fixed.items())
        told = "；".join(
            f"{known.get(number) or f'第 {number} 项'} {format_yuan(fen)} 元" for number, fen in fixed
        )
        facts.append(("每项定额", told))
    until = f"至 {row.until_on}" if row.until_on else "起，未定截止"
    return [
        *facts,
        ("每家企业上限", f"{format_yuan(row.ceiling_fen)} 元（本周期累计）"),
        ("与企业自付费用", "配套不超过企业自付的上云费用" if row.within_fee else "不与企业自付费用比较"),
        ("取整", f"{ROUNDINGS[row.rounding]}，只舍不入"),
        ("何时配套", TRIGGERS[row.trigger]),
        (
            "兑付次序",
            "结转在先，试点优先，其余按兑现申请先后" if row.pilots_first else "结转在先，其余按兑现申请先后",
        ),
        ("配套资金总额", f"{format_yuan(row.total_fen)} 元（本市自有资金）"),
        ("适用日期", f"{row.from_on} {until}"),
        ("依据", f"{row.title}（{row.document}）{row.clause}"),
    ]


def services_named(pack: str, now: datetime) -> dict[int, str]:
    """The services of a pack's catalogue by number."""
    return {row.number: row.name for row in catalogue.services(rulebook(pack), local_date(now))}


def fund_tiles(funds: dict[str, int]) -> list[dict[str, Any]]:
    """A city's own money; never added to the province's."""
    return [
        {"label": "配套资金总额（元）", "value": format_yuan(funds["provided_fen"]), "note": "本市自有资金"},
        {"label": "可用（元）", "value": format_yuan(funds["free_fen"]), "tone": "good"},
        {"label": "兑付在途（元）", "value": format_yuan(funds["committed_fen"])},
        {"label": "已兑付（元）", "value": format_yuan(funds["paid_fen"])},
        {"label": "已追回（元）", "value": format_yuan(funds["recovered_fen"])},
    ]


def own_funds_told(cycle: Any, city: str) -> str:
    """One line on a city's own money, to stand beside the province's figures; empty where it has no scheme."""
    funds = queries.funds_of(cycle, city)
    if not funds["provided_fen"]:
        return ""
    return (
        f"本市配套（自有资金，不计入省奖补数字）：总额 {format_yuan(funds['provided_fen'])} 元，"
        f"已兑付 {format_yuan(funds['paid_fen'])} 元，在途 {format_yuan(funds['committed_fen'])} 元，"
        f"可用 {format_yuan(funds['free_fen'])} 元。"
    )


def working_told(working: dict[str, Any]) -> list[dict[str, Any]]:
    """The steps of a line as a table."""
    return [{"label": label, "working": done, "after_fen": fen} for label, done, fen in working["steps"]]


def line_rows(lines: Iterable[Any]) -> list[dict[str, Any]]:
    """Lines with state and working, as pages and sheets show them."""
    return [
        {
            "row": line,
            "state": MATCHING_LINE.states[line.state],
            "tone": LINE_TONES[line.state],
            "steps": working_told(line.working),
        }
        for line in lines
    ]


def list_sheet(row: Any) -> Sheet:
    """A list as a sheet: every line with its working, and the hash."""
    rows = [
        {
            **{name: getattr(line, name) for name in (
                "position", "voucher_number", "enterprise_name", "enterprise_uscc", "award_fen", "amount_fen",
                "payable_fen",
            )},
            "scheme_edition": line.scheme.edition,
            "told": "；".join(f"{label}：{done} → {format_yuan(fen)} 元" for label, done, fen in line.working["steps"]),
        }
        for line in queries.lines_of(row)
    ]  # fmt: skip
    totals = {name: sum(line[name] for line in rows) for name in ("award_fen", "amount_fen")}
    notes = (f"版本 {row.edition}，摘要 {row.content_hash}", APART)
    return Sheet(columns=COLUMNS, rows=rows, title=row.title, notes=notes, totals=totals)


def list_download(row: Any, kind: str) -> HttpResponseBase:
    """A list as PDF, XLSX, CSV, or the canonical bytes that its hash is taken over."""
    if kind == "json":
        headers = {"Content-Disposition": exports.disposition(row.title, "json")}
        return HttpResponse(queries.hashed_bytes(row), content_type="application/json", headers=headers)
    if kind == "pdf":
        return exports.paper("pdf", row.title, list_paper(row))
    return exports.answer(kind, row.title, list_sheet(row))


def list_paper(row: Any) -> bytes:
    """A list as an official paper; set once and kept for a day, since setting takes time."""
    days = public_days(row)
    key = f"matching-list-pdf:{row.pk}:{row.content_hash}:{days[1] if days else 'draft'}"
    made = cache.get(key)
    if made is None:
        lines = (
            {column.name: getattr(line, column.name) for column in PAPER} for line in queries.lines_of(row)
        )
        made = list_pdf(row, PAPER, lines, objection=OBJECTION, notes=[APART])
        cache.set(key, made, 86400)
    return made


def list_files(base: str, row: Any) -> list[dict[str, str]]:
    """What can be downloaded of a list."""
    return [
        {"label": "配套清单 PDF", "url": f"{base}lists/{row.pk}/list.pdf"},
        {"label": "配套清单 Excel", "url": f"{base}lists/{row.pk}/list.xlsx", "note": f"{row.count} 行"},
        {"label": "配套清单 CSV", "url": f"{base}lists/{row.pk}/list.csv"},
        {"label": "摘要原文 JSON", "url": f"{base}lists/{row.pk}/list.json", "note": "用于自行核对摘要"},
    ]


LISTS = exports.Listing(
    "配套清单",
    ("清单", "row.title"), ("地市", "place"), ("版本", "row.edition", "count"), ("张数", "row.count", "count"),
    ("本市配套合计（元）", "row.total_fen", "money"), ("公示结束", "row.publicity_ends_at", "until"), ("状态", "state"),
    ("摘要", "row.content_hash"), key="lists",
)  # fmt: skip
RUNS = exports.Listing(
    "配套兑付批次",
    ("地市", "place"), ("批次", "row.number", "count"), ("兑付合计（元）", "row.total_fen", "money"),
    ("编制时间", "row.prepared_at", "time"), ("放行时间", "row.released_at", "time"), ("状态", "state"), key="runs",
)  # fmt: skip


def list_heads(rows: Iterable[Any]) -> list[dict[str, Any]]:
    """Lists with state in words."""
    return [
        {
            "row": row,
            "place": regions.place_name(row.city),
            "state": MATCHING_LIST.states[row.state],
            "tone": LIST_TONES[row.state],
        }
        for row in rows
    ]


def run_heads(rows: Iterable[Any]) -> list[dict[str, Any]]:
    """Runs with state in words."""
    return [
        {
            "row": row,
            "place": regions.place_name(row.city),
            "state": MATCHING_RUN.states[row.state],
            "tone": RUN_TONES[row.state],
        }
        for row in rows
    ]


def scheme_heads(rows: Iterable[Any]) -> list[dict[str, Any]]:
    """Versions with state in words."""
    return [
        {"row": row, "state": SCHEME.states[row.state], "tone": SCHEME_TONES[row.state], "how": how(row)}
        for row in rows
    ]


def chosen_cycle(request: HttpRequest) -> tuple[Any, list[dict[str, Any]]]:
    """The cycle that a page is about, and the others to choose from; an unknown one is not there."""
    cycles = list(programme.cycles(request.actor))  # type: ignore[attr-defined]
    wanted = request.GET.get("cycle", "")
    if wanted:
        cycle = next((row for row in cycles if row.code == wanted), None)
        if cycle is None:
            raise Http404
    else:
        with_scheme = {row.cycle_id for row in access.schemes_visible_to(request.actor)}  # type: ignore[attr-defined]
        cycle = next((row for row in cycles if row.pk in with_scheme), cycles[0] if cycles else None)
    tabs = [{"label": row.name, "url": f"?cycle={row.code}", "active": row == cycle} for row in cycles]
    return cycle, tabs


class ReadPages:
    """The cities' own subsidies for a desk that only reads: by city, a city's lists and runs, a list, a line."""

    def __init__(self, desk: Callable[..., Any], base: str) -> None:
        self.desk, self.base = desk, base

    def urls(self) -> list[Any]:
        """The addresses below the desk's own."""
        at = self.base.split("/", 2)[2]
        return [
            path(at, self.desk(self.index), name="matching"),
            path(f"{at}lists/<int:pk>/", self.desk(self.one), name="matching_list"),
            *(
                path(f"{at}lists/<int:pk>/list.{kind}", self.desk(self.file), {"kind": kind})
                for kind in LIST_KINDS
            ),
        ]

    def index(self, request: HttpRequest) -> HttpResponseBase:
        """Every city in scope with its scheme and its own money, and all lists and runs of the cycle."""
        actor, now = request.actor, clock.read()  # type: ignore[attr-defined]
        cycle, tabs = chosen_cycle(request)
        schemes = [
            row for row in access.schemes_visible_to(actor) if cycle is not None and row.cycle_id == cycle.pk
        ]
        adopted = sorted((row for row in schemes if row.state == "adopted"), key=lambda row: row.from_on)
        latest = {row.city: row for row in adopted if row.from_on <= local_date(now)}
        latest = {row.city: row for row in adopted} | latest
        funds = queries.funds_by_city(cycle, latest) if cycle is not None else {}
        names = services_named(cycle.pack, now) if cycle is not None else {}
        rows = [
            {
                "city_name": regions.place_name(city),
                "scheme": how(row),
                "row": row,
                "facts": scheme_facts(row, names),
                **funds[city],
            }
            for city, row in sorted(latest.items())
        ]
        kind = request.GET.get("format", "")
        if kind in exports.KINDS and "list" not in request.GET:
            title = f"{cycle.name if cycle is not None else ''}地方配套"
            return exports.answer(
                kind, title, Sheet(columns=CITY_COLUMNS, rows=rows, title=title, notes=(APART,))
            )
        most = exports.most(request, 200)
        lists = access.lists_visible_to(actor).filter(cycle=cycle).order_by("city", "-pk")[:most]
        runs = access.runs_visible_to(actor).filter(cycle=cycle).order_by("city", "-pk")[:most]
        code = cycle.code if cycle is not None else ""
        context: dict[str, Any] = {
            "base": self.base,
            "cycle": cycle,
            "tabs": tabs,
            "cities": rows,
            "list_files": {one.key: one.files(request) for one in (LISTS, RUNS)},
            "lists": list_heads(lists),
            "runs": run_heads(runs),
            "apart": APART,
            "files": [
                {"label": label, "url": f"?cycle={code}&format={name}"}
                for name, label in exports.KINDS.items()
            ],
        }
        file = exports.first_asked(request, (LISTS, context["lists"]), (RUNS, context["runs"]))
        return file or render(request, "shared/matching/cities.html", context)

    def one(self, request: HttpRequest, pk: int) -> HttpResponse:
        """One list with every line's working."""
        row = self._found(request, pk)
        context = {
            "base": self.base,
            "list": row,
            "place": regions.place_name(row.city),
            "state": MATCHING_LIST.states[row.state],
            "tone": LIST_TONES[row.state],
            "lines": line_rows(queries.lines_of(row)),
            "unchanged": queries.is_unchanged(row),
            "files": list_files(self.base, row),
            "apart": APART,
        }
        return render(request, "shared/matching/list.html", context)

    def file(self, request: HttpRequest, pk: int, kind: str) -> HttpResponseBase:
        """The list as a file."""
        return list_download(self._found(request, pk), kind)

    def _found(self, request: HttpRequest, pk: int) -> Any:
        row = access.list_for(request.actor, pk)  # type: ignore[attr-defined]
        if row is None:
            raise Http404
        return row
