"""规则: every value with its article, what it means and since when; every cited clause has its place."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from yunquan.desks.public.clauses import CLAUSES
from yunquan.desks.public.frame import open_page, page
from yunquan.desks.shared import articles
from yunquan.desks.shared.rule_values import WORDS
from yunquan.journal import clock
from yunquan.kernel.citation import Citation, CitationError
from yunquan.policy.rulebook import Dated, KeyDescription, Rulebook
from yunquan.policy.values import SIZE_LABELS
from yunquan.programme.queries import current_rulebook, rule_table

LABELS = {
    **WORDS,
    "amount": "金额", "by_size": "按规模", "per": "计算单位", "service": "每项", "device": "每台套联网设备",
    "least": "最低", "most": "最高", "usual": "通常", "day": "日期", "day_counts": "含当天", "name": "名称",
    "code": "区划代码前缀", "limit": "不超过", "cloud_fee": "上云费用", "contract_amount": "合同金额",
    "id": "版次", "title": "名称", "services": "服务序号", "years": "年数", "ratio": "比例",
    "all_vouchers": "其他服务券", "lose_award": "一律不再奖补", "recheck_first": "先重点核查",
    "in_province": "省内", "out_of_province": "省外", "pool_exempt": "资源池免审", "city": "地市",
    "experts": "专家", "province": "省厅", "exclusion_group": "互斥组", **SIZE_LABELS,
}  # fmt: skip
ON_THE_CATALOGUE_PAGE = "catalogue.service."


def said(raw: Any, choices: Mapping[str, str]) -> str:
    """A value as people say it; an unknown word of a pack stands for itself.

    >>> said(True, {}), said({"per": "device", "amount": "0.2 万元"}, {})
    ('是', '计算单位：每台套联网设备；金额：0.2 万元')
    """
    if isinstance(raw, bool):
        return "是" if raw else "否"
    if isinstance(raw, Mapping):
        raw = {**raw, "years": "永久"} if raw.get("years") == 0 else raw
        parts = (f"{LABELS.get(str(name), str(name))}：{said(part, choices)}" for name, part in raw.items())
        return "；".join(parts)
    if isinstance(raw, list | tuple):
        if raw and isinstance(raw[0], Mapping):
            return "；".join(
                str(one.get("label") or one.get("criterion") or said(one, choices)) for one in raw
            )
        return "、".join(said(part, choices) for part in raw)
    if isinstance(raw, date):
        return raw.isoformat()
    if isinstance(raw, Fraction):
        return str(float(raw))
    return choices.get(str(raw)) or LABELS.get(str(raw)) or str(raw)


def _row(description: KeyDescription, on: date) -> list[dict[str, Any]]:
    """Every dated value of a key: the one in force, those before it and those to come."""
    entries = description.entries
    in_force = next((one for one in reversed(entries) if one.from_on <= on), None)
    return [_value(description, one, in_force, on) for one in entries]


def _value(description: KeyDescription, one: Dated, in_force: Dated | None, on: date) -> dict[str, Any]:
    state = "现行" if one == in_force else "将生效" if one.from_on > on else "已被取代"
    return {
        "key": one.key,
        "title": description.title,
        "value": said(one.raw, description.choices),
        "meaning": one.meaning,
        "from_on": one.from_on,
        "article": one.article,
        "state": state,
        "tone": {"现行": "good", "将生效": "now"}.get(state, ""),
        "is_open_point": description.open_point is not None,
    }


def _place(article: str) -> tuple[int, str, tuple[Any, ...]]:
    """The order of clauses: by document, then as the decree numbers them."""
    order = list(articles.FULL_TITLES)
    document, _, clause = article.partition("-")
    parts = [
        (int("".join(sign for sign in part if sign.isdigit()) or 0), part)
        for part in clause.replace("-", ".").split(".")
    ]
    return (order.index(document) if document in order else len(order), document, (clause[:1] == "A", *parts))


def sections(rules: Rulebook, on: date) -> list[dict[str, Any]]:
    """Documents with their clauses; a clause carries its paraphrase and the values that rest on it."""
    values: dict[str, list[dict[str, Any]]] = {}
    for description, _dated in rule_table(rules, on):
        if description.key.startswith(ON_THE_CATALOGUE_PAGE):
            continue
        for row in _row(description, on):
            values.setdefault(row["article"], []).append(row)
    titles = {**articles.FULL_TITLES, **rules.documents}
    found: dict[str, list[dict[str, Any]]] = {}
    for article in sorted({*CLAUSES, *values}, key=_place):
        document = article.partition("-")[0]
        shown: dict[str, Any] = {"id": article, "short": _short(article, rules)}
        shown |= {"text": CLAUSES.get(article, ""), "rows": values.get(article, [])}
        found.setdefault(document, []).append(shown)
    return [
        {"document": document, "title": titles.get(document, document), "clauses": clauses}
        for document, clauses in found.items()
    ]


def _short(article: str, rules: Rulebook) -> str:
    if article.partition("-")[0] in articles.TITLES:
        return articles.short(article)
    try:
        Citation.parse(article)
    except CitationError:
        return article
    return rules.cite(article)


@open_page
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """All rules of the current cycle; `/rules/#D47-5.10` leads to a clause."""
    rules, on = current_rulebook(), clock.today()
    points = [
        {
            "number": number,
            "title": description.title,
            "value": said(dated.raw, description.choices),
            "meaning": dated.meaning,
            "article": dated.article,
        }
        for number, description, dated in rules.open_points(on)
    ]
    context = {"rules": rules, "points": points, "sections": sections(rules, on), "on": on}
    return page(request, "rules", context)
