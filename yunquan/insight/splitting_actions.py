"""The next cycle's split: sizes of industry entered, computed and frozen, changed by hand, decided (D47-5.17)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from yunquan.insight import splitting_facts
from yunquan.insight.checks import SPLIT_ARTICLE as ARTICLE
from yunquan.insight.lifecycle import OFFICERS
from yunquan.insight.models import IndustrySize, SplitAdjustment, SplitLine, SplitPlan
from yunquan.insight.splitting_formula import has_figures, split
from yunquan.journal.actions import audited, move, notify, record
from yunquan.journal.queries import log_size
from yunquan.kernel.calendar import local_date
from yunquan.kernel.canonical import content_hash
from yunquan.kernel.money import format_wan, format_yuan
from yunquan.kernel.refusal import Refusal, Refused
from yunquan.kernel.workflow import Actor
from yunquan.parties import regions
from yunquan.parties.checks import role_allows
from yunquan.policy.evaluating import SplitMethod
from yunquan.programme.actions import CityShare, split_faults, split_quota
from yunquan.programme.models import Cycle
from yunquan.programme.rules import rulebook

LARGEST, FIRST_YEAR = 10**13, 2015
# A trillion yuan: more than any programme, and well within what the database holds.
MOST_FEN = 10**14
NO_REASON = "手工调整要写明理由。"


@audited("industry.enter", about="year")
def enter_sizes(
    *, year: int, sizes: Mapping[str, int], source: str, by: Actor, now: datetime
) -> list[IndustrySize]:
    """Enter the size of industry of cities for a year, with its source; what was entered before stays readable."""
    faults = [fault for fault in [role_allows(by.role, OFFICERS, "录入产业规模")] if fault is not None]
    faults += size_faults(year, sizes, source, local_date(now).year)
    if faults:
        raise Refused(faults)
    known = splitting_facts.industry_sizes(year)
    changed = {city: size for city, size in sizes.items() if known.get(city) != size}
    rows = [
        IndustrySize(
            year=year, city=city, size=size, source=source.strip(), entered_by=by.person, entered_at=now
        )
        for city, size in sorted(changed.items())
    ]
    IndustrySize.objects.bulk_create(rows)
    record(
        "industry.enter",
        by=by,
        obj=f"industry:{year}",
        now=now,
        why=ARTICLE,
        payload={
            "source": source.strip(),
            "sizes": {city: str(size) for city, size in sorted(changed.items())},
        },
    )
    return rows


def size_faults(year: int, sizes: Mapping[str, int], source: str, this_year: int) -> list[Refusal]:
    """Everything wrong with a table of sizes; a refusal's field is `year`, `source` or the city's code."""
    faults = []
    if not FIRST_YEAR <= year <= this_year:
        faults.append(_fault("year", f"年度请填写 {FIRST_YEAR} 至 {this_year}。", field="year"))
    if not source.strip():
        faults.append(_fault("no_source", "请写明数据来源，如统计年鉴的名称和页码。", field="source"))
    elif len(source.strip()) > 200:
        faults.append(_fault("source", "数据来源请不超过 200 字。", field="source"))
    if not sizes:
        faults.append(_fault("nothing", "没有填写任何地市的产业规模。"))
    for city, size in sorted(sizes.items()):
        if regions.city(city) is None:
            faults.append(_fault("unknown_city", f"{city} 不是广东省的地市。", field=city))
        elif not 0 <= size <= LARGEST:
            faults.append(_fault("size", f"{regions.place_name(city)}的产业规模不合理。", field=city))
    return faults


@audited("split.draft", about="cycle")
def draft(
    *,
    cycle: Cycle,
    base: Cycle,
    industry_year: int,
    total_fen: int,
    factor_percent: int,
    by: Actor,
    now: datetime,
) -> SplitPlan:
    """Compute the cities' targets by the formula and freeze the working under a hash; every fault at once."""
    rules, today = rulebook(cycle.pack), local_date(now)
    said = rules.find("evaluation.split", today)
    factor = rules.value("programme.quota_factor", today).value
    faults = [fault for fault in [role_allows(by.role, OFFICERS, "测算地市额度")] if fault is not None]
    if said is None:
        faults.append(_fault("no_method", "这个周期的规则没有地市额度测算办法。", "先在“规则与目录”中发布。"))
    if cycle.state == "closed":
        faults.append(_fault("cycle_closed", "这个周期已经结束，额度不能再改。", field="cycle"))
    if base.order >= cycle.order:
        faults.append(_fault("not_earlier", "上一周期要在所测算的周期之前。", field="base"))
    if not 0 < total_fen <= MOST_FEN:
        words = "目标额度合计要大于零。" if total_fen <= 0 else f"目标额度合计不超过 {format_wan(MOST_FEN)}。"
        faults.append(_fault("total", words, field="total"))
    if not FIRST_YEAR <= industry_year <= today.year:
        faults.append(_fault("year", f"年度请填写 {FIRST_YEAR} 至 {today.year}。", field="industry_year"))
    if not factor.least * 100 <= factor_percent <= factor.most * 100:
        least, most = int(factor.least * 100), int(factor.most * 100)
        faults.append(_fault("factor_outside", f"发放系数请填写 {least} 至 {most}。", field="factor_percent"))
    sizes = splitting_facts.industry_sizes(industry_year)
    missing = [city.name for city in regions.cities() if city.code not in sizes]
    if said is not None and said.value.weights.industry and missing:
        words = f"{industry_year} 年度还没有录入{'、'.join(missing[:5])}{'等' if len(missing) > 5 else ''}的产业规模。"
        faults.append(_fault("no_sizes", words, "请先录入 21 个地市的产业规模。", "industry_year"))
    if SplitPlan.objects.filter(cycle=cycle, state__in=("drafted", "proposed")).exists():
        faults.append(_open(cycle))
    if faults:
        raise Refused(faults)
    assert said is not None
    method: SplitMethod = said.value
    figures = splitting_facts.figures(base, sizes, method)
    if not has_figures(figures, method.weights.model_dump()):
        words = "各地市的产业规模、上期兑付、提前完成和待结算全部为零，无法测算。"
        raise Refused([_fault("no_figures", words, "请核对产业规模和上一周期。", "industry_year")])
    parts = split(total_fen, figures, method.weights.model_dump())
    plan = SplitPlan(
        cycle=cycle, base=base, industry_year=industry_year, total_fen=total_fen, factor_percent=factor_percent,
        method=method.model_dump(mode="json"), method_meaning=said.meaning, rules=rules.version, log_seq=log_size(),
        drafted_by=by.person, drafted_at=now,
    )  # fmt: skip
    plan.content_hash = split_hash(plan, {city: (figures[city], part.fen) for city, part in parts.items()})
    try:
        with transaction.atomic():
            plan.save()
    except IntegrityError:
        raise Refused([_open(cycle)]) from None
    SplitLine.objects.bulk_create(
        [
            SplitLine(plan=plan, city=city, figures=figures[city], formula_fen=part.fen)
            for city, part in sorted(parts.items())
        ]
    )
    record(
        "split.draft",
        by=by,
        obj=plan.journal_key,
        now=now,
        why=ARTICLE,
        post=plan.state,
        pol=rules.version,
        payload={
            "cycle": cycle.code,
            "base": base.code,
            "total_fen": str(total_fen),
            "hash": plan.content_hash,
        },
    )
    return plan


def split_hash(plan: SplitPlan, lines: Mapping[str, tuple[Mapping[str, int], int]]) -> str:
    """The hash of a working: what is split, by which method, each city's figures and what the formula gives."""
    return content_hash(
        {
            "cycle": plan.cycle.code,
            "base": plan.base.code,
            "industry_year": plan.industry_year,
            "total_fen": plan.total_fen,
            "factor_percent": plan.factor_percent,
            "method": dict(plan.method),
            "rules": plan.rules,
            "lines": {city: {"figures": dict(figures), "fen": fen} for city, (figures, fen) in lines.items()},
        }
    )


def amounts_of(plan: SplitPlan) -> dict[str, int]:
    """What each city gets as it stands: the latest change by hand, else the formula; two queries."""
    found = {line.pk: (line.city, line.formula_fen) for line in plan.lines.order_by("city")}
    for line, after in (
        SplitAdjustment.objects.filter(line__plan=plan).order_by("pk").values_list("line", "after_fen")
    ):
        found[line] = (found[line][0], after)
    return dict(found.values())


@audited("split.adjust", about="plan")
def adjust(
    *, plan: SplitPlan, amounts: Mapping[str, int], reason: str, by: Actor, now: datetime
) -> list[SplitAdjustment]:
    """Change cities' amounts by hand, with a reason; together they stay exactly the total."""
    row = _locked(plan)
    lines = {line.city: line for line in row.lines.all()}
    held = amounts_of(row)
    changed = {city: fen for city, fen in amounts.items() if held.get(city) != fen}
    faults = [fault for fault in [role_allows(by.role, OFFICERS, "调整额度测算")] if fault is not None]
    if row.state != "drafted":
        faults.append(
            _fault("not_from_this_state", f"额度测算{row.lifecycle.states[row.state]}，不能再调整。")
        )
    faults += [
        _fault("unknown_city", f"{regions.place_name(city)}不在这份测算中。", field=city)
        for city in sorted(changed)
        if city not in lines
    ]
    faults += [
        _fault("negative", f"{regions.place_name(city)}的额度不能小于零。", field=city)
        for city, fen in sorted(changed.items())
        if fen < 0
    ]
    if not changed:
        faults.append(_fault("nothing", "没有一个地市的额度有变化。"))
    if not reason.strip():
        faults.append(_fault("no_reason", NO_REASON, field="reason"))
    difference = sum({**held, **changed}.values()) - row.total_fen
    if difference:
        faults.append(_fault("sum_differs", difference_words(difference), "请改到合计相等。", "sum"))
    if faults:
        raise Refused(faults)
    rows = SplitAdjustment.objects.bulk_create(
        SplitAdjustment(
            line=lines[city], before_fen=held[city], after_fen=fen, reason=reason.strip(), adjusted_by=by.person,
            adjusted_at=now,
        )
        for city, fen in sorted(changed.items())
    )  # fmt: skip
    record(
        "split.adjust",
        by=by,
        obj=row.journal_key,
        now=now,
        why=ARTICLE,
        payload={
            "reason": reason.strip(),
            "amounts": {city: str(fen) for city, fen in sorted(changed.items())},
        },
    )
    return rows


def difference_words(difference_fen: int) -> str:
    """By how much the cities' amounts are off the total, in words."""
    more = "多" if difference_fen > 0 else "少"
    return f"各地市合计比目标额度合计{more} {format_yuan(abs(difference_fen))} 元。"


@audited("split.propose", about="plan")
def propose(*, plan: SplitPlan, by: Actor, now: datetime) -> SplitPlan:
    """Hand the split to another person; what the quota itself would refuse is told already here (D47-8.2a)."""
    row = _locked(plan)
    _refuse(split_faults(cycle=row.cycle, shares=_shares(row), by=by, now=now))
    changes = {"proposed_by": by.person, "proposed_at": now, "reason": ""}
    move(row, "propose", by=by, facts=_facts(row, by), now=now, changes=changes)
    notify(
        org="bureau:440000",
        obj=row.journal_key,
        kind="split",
        title=f"{row.cycle.name}地市额度测算请审定",
        key=f"{row.journal_key}:{row.version}",
        link=f"/province/splits/{row.pk}/",
        now=now,
    )
    return row


@audited("split.send_back", about="plan")
def send_back(*, plan: SplitPlan, reason: str, by: Actor, now: datetime) -> SplitPlan:
    """Send the split back with the reason."""
    row = _locked(plan)
    changes = {"reason": reason.strip()}
    move(row, "send_back", by=by, facts={"reason": reason}, now=now, changes=changes, payload=changes)
    return row


@audited("split.discard", about="plan")
def discard(*, plan: SplitPlan, reason: str, by: Actor, now: datetime) -> SplitPlan:
    """Put a split away with the reason; the cycle may be computed anew."""
    row = _locked(plan)
    changes = {"reason": reason.strip()}
    move(row, "discard", by=by, facts={"reason": reason}, now=now, changes=changes, payload=changes)
    return row


@audited("split.decide", about="plan")
def decide(*, plan: SplitPlan, by: Actor, now: datetime) -> SplitPlan:
    """Another person decides, and the quota of every city is set in the same transaction (D47-5.1, D47-8.2a)."""
    row = _locked(plan)
    changes = {"decided_by": by.person, "decided_at": now}
    amounts = {city: str(fen) for city, fen in amounts_of(row).items()}
    move(row, "decide", by=by, facts=_facts(row, by), now=now, changes=changes, payload={"amounts": amounts})
    split_quota(cycle=row.cycle, shares=_shares(row), by=by, now=now)
    return row


def _facts(row: SplitPlan, by: Actor) -> dict[str, Any]:
    hands = SplitAdjustment.objects.filter(line__plan=row).values_list("adjusted_by", flat=True).distinct()
    total = sum(amounts_of(row).values())
    return {
        "person": by.person,
        "proposers": {row.proposed_by, row.drafted_by, *hands},
        "sum_fen": total,
        "total_fen": row.total_fen,
        "difference": difference_words(total - row.total_fen),
    }


def _shares(row: SplitPlan) -> list[CityShare]:
    return [CityShare(city, fen, row.factor_percent) for city, fen in amounts_of(row).items()]


def _refuse(faults: Sequence[Refusal]) -> None:
    if faults:
        raise Refused(faults)


def _locked(plan: SplitPlan) -> SplitPlan:
    rows = SplitPlan.objects.select_for_update(of=("self",)).select_related("cycle", "base")
    return rows.get(pk=plan.pk)


def _open(cycle: Cycle) -> Refusal:
    return _fault("already", f"{cycle.name}已有一份没有办完的测算。", "先审定或作废。", "cycle")


def _fault(code: str, message: str, mend: str = "", field: str = "") -> Refusal:
    return Refusal(code, message, ARTICLE, mend, field)
