"""完成情况表: drafted by the province from the verdicts, sent to the city, and the claims moved by it (D47-5.13)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from yunquan.journal.actions import Step, audited, move, move_all, notify_all, record
from yunquan.kernel.calendar import local_date
from yunquan.kernel.refusal import Refusal, Refused
from yunquan.kernel.workflow import Actor
from yunquan.parties import regions
from yunquan.policy.roles import Role
from yunquan.programme.models import Cycle
from yunquan.programme.rules import rulebook
from yunquan.usage import completion
from yunquan.usage.models import CompletionLine, CompletionTable, Verdict
from yunquan.usage.queries import holding, resting_on_ends
from yunquan.vouchers.actions.attesting import CLAIM_DAYS, done_step, return_step
from yunquan.vouchers.actions.completion_notices import notices, said_of, unmet
from yunquan.vouchers.actions.shared import due, lock_all
from yunquan.vouchers.lifecycle import S
from yunquan.vouchers.models import Voucher
from yunquan.vouchers.verification import claimed_between, for_city

ARTICLE = "D47-5.13"


@audited("completion_table.draft", about="city")
def draft(
    *, cycle: Cycle, city: str, from_on: date, to_on: date, by: Actor, now: datetime
) -> CompletionTable:
    """Freeze the verdicts of a city's claims of a period (by day of claim) into a table to look at (D47-5.13).

    The same period again is the next edition of its table: it names the vouchers of the one before with
    what is said of them now, and those that have come since. Raises Refused where there is nothing to say.
    """
    _province_only(by)
    _sound_period(cycle, from_on, to_on, now)
    waiting = list(claimed_between(cycle, city, from_on, to_on).filter(state=S.ATTESTED))
    before = _sent_lines(cycle, city, from_on, to_on)
    named = Voucher.objects.filter(number__in={line.voucher for line in before}).exclude(
        pk__in=[row.pk for row in waiting]
    )
    vouchers = _locked([*waiting, *named])
    batch, edition = _next_number(cycle, city, from_on, to_on)
    before = _sent_lines(cycle, city, from_on, to_on)
    lines = for_city(_lines(vouchers, before, from_on, to_on), city)
    if not lines:
        raise Refused([_nothing_waits()])
    if before and completion.says_the_same(before, lines):
        raise Refused([_nothing_new(before[0].table)])
    rules = rulebook(cycle.pack)
    table = CompletionTable(
        cycle=cycle,
        city=city,
        batch=batch,
        edition=edition,
        title=f"{regions.place_name(city)}企业“上云上平台”完成情况表（{cycle.name}第 {batch} 批）",
        from_on=from_on,
        to_on=to_on,
        count=len(completion.by_voucher(lines)),
        rule_version=rules.version,
        input_hash=completion.inputs_hash(lines),
        drafted_by=by.person,
        drafted_at=now,
    )
    table.content_hash = completion.table_hash(table, lines)
    table.save()
    for line in lines:
        line.table = table
    CompletionLine.objects.bulk_create(lines)
    counted = completion.totals(lines)
    record(
        "completion_table.draft",
        by=by,
        obj=table.journal_key,
        now=now,
        why=ARTICLE,
        post=table.state,
        pol=table.rule_version,
        payload={"hash": table.content_hash, "counts": {name: str(n) for name, n in counted.items()}},
    )
    return table


def _locked(vouchers: Sequence[Voucher]) -> list[Voucher]:
    """The vouchers under lock in the order of their keys, with their services."""
    rows = lock_all(sorted(vouchers, key=lambda row: row.pk))
    services = {
        row.pk: row
        for row in Voucher.objects.filter(pk__in=[one.pk for one in rows]).prefetch_related("lines")
    }
    for row in rows:
        row._prefetched_objects_cache = {"lines": services[row.pk].lines.all()}  # type: ignore[attr-defined]
    return rows


def _sent_lines(cycle: Cycle, city: str, from_on: date, to_on: date) -> list[CompletionLine]:
    """The lines of the latest edition that was sent for exactly this period."""
    rows = CompletionTable.objects.filter(
        cycle=cycle, city=city, from_on=from_on, to_on=to_on, state="sent"
    ).order_by("-edition")
    latest = rows.first()
    return list(latest.lines.select_related("verdict", "table")) if latest is not None else []


def _lines(
    vouchers: Sequence[Voucher], before: Sequence[CompletionLine], from_on: date, to_on: date
) -> list[CompletionLine]:
    """What is said now of each voucher; one claimed anew outside the period keeps its line as it was."""
    held = resting_on_ends(holding([row.number for row in vouchers]))
    earlier = completion.by_voucher(before)
    lines: list[CompletionLine] = []
    for row in vouchers:
        inside = row.claimed_at is not None and from_on <= local_date(row.claimed_at) <= to_on
        if not inside and row.number in earlier:
            lines.extend(completion.carried(line) for line in earlier[row.number])
            continue
        lines.extend(completion.lines_for(_subject(row), held.get(row.number)))
    return completion.in_order(lines)


def _subject(voucher: Voucher) -> completion.Subject:
    assert voucher.supplier is not None
    return completion.Subject(
        voucher=voucher.number,
        enterprise_name=voucher.enterprise.name,
        enterprise_uscc=voucher.enterprise.uscc,
        supplier_name=voucher.supplier.name,
        services={line.service: line.service_name for line in voucher.lines.all()},
    )


def _next_number(cycle: Cycle, city: str, from_on: date, to_on: date) -> tuple[int, int]:
    """Batch and edition: the same period is the next edition of its batch; periods never overlap otherwise."""
    rows = list(
        CompletionTable.objects.select_for_update()
        .filter(cycle=cycle, city=city)
        .order_by("-batch", "-edition")
    )
    waiting = next((row for row in rows if row.state == "drafted"), None)
    if waiting is not None:
        raise Refused(
            [
                Refusal(
                    "draft_waiting",
                    f"“{waiting.title}”第 {waiting.edition} 版还在待发送。",
                    ARTICLE,
                    "请先发送或作废这份草稿，再编制新的情况表。",
                )
            ]
        )
    same = [row for row in rows if (row.from_on, row.to_on) == (from_on, to_on)]
    if same:
        return same[0].batch, same[0].edition + 1
    crossing = next(
        (row for row in rows if row.state == "sent" and row.from_on <= to_on and row.to_on >= from_on), None
    )
    if crossing is not None:
        raise Refused(
            [
                Refusal(
                    "period_overlaps",
                    f"与第 {crossing.batch} 批的期间（{crossing.from_on} 至 {crossing.to_on}）重叠。",
                    ARTICLE,
                    "更新该批请用同一期间编制新版本；新的一批请避开已发送的期间。",
                    "from_on",
                )
            ]
        )
    return (rows[0].batch + 1 if rows else 1), 1


@audited("completion_table.send", about="table")
def send(*, table: CompletionTable, by: Actor, now: datetime) -> CompletionTable:
    """Send a drafted table to its city; claims still waiting move with it, all of them or none (D47-5.13).

    Done goes on to the city's review, not done returns to the enterprise with every reason and number, not
    enough data stays and its supplier is told what is missing.
    """
    numbers = set(table.lines.order_by().values_list("voucher", flat=True))
    vouchers = lock_all(list(Voucher.objects.filter(number__in=numbers).order_by("pk")), with_enterprise=True)
    query = CompletionTable.objects.select_for_update(of=("self",)).select_related("cycle")
    row = query.get(pk=table.pk)
    lines = list(row.lines.select_related("verdict").order_by("position"))
    said = completion.by_voucher(lines)
    waiting = [voucher for voucher in vouchers if voucher.state == S.ATTESTED]
    facts = {
        "content_hash": row.content_hash,
        "recomputed_hash": completion.table_hash(row, lines),
        "outdated": _outdated(vouchers, said, row),
    }
    counted = completion.totals(lines)
    outcomes = {number: completion.outcome_of(line.outcome for line in of) for number, of in said.items()}
    flowing = completion.counts_of(outcomes[voucher.number] for voucher in waiting)
    payload = {
        "hash": row.content_hash,
        "counts": {name: str(n) for name, n in counted.items()},
        "moved": {name: str(n) for name, n in flowing.items()},
    }
    steps = [
        Step(
            thing=row, action="send", by=by, facts=facts, now=now, pol=row.rule_version, payload=payload,
            changes={"sent_by": by.person, "sent_at": now},
        )
    ]  # fmt: skip
    moved: list[tuple[Voucher, str]] = []
    due_on = due(waiting[0], CLAIM_DAYS, now=now) if waiting else None
    for voucher in waiting:
        outcome = outcomes[voucher.number]
        step = _step(voucher, outcome, said[voucher.number], row, due_on, by=by, now=now)
        if step is not None:
            steps.append(step)
        moved.append((voucher, outcome))
    move_all(steps)
    notify_all(notices(row, moved, said, counted, flowing, now=now))
    return row


def _outdated(
    vouchers: Iterable[Voucher], said: Mapping[str, list[CompletionLine]], table: CompletionTable
) -> list[str]:
    """The vouchers of which another verdict holds than the one frozen, or whose ends have changed since."""
    rows = [
        row
        for row in vouchers
        if row.claimed_at is not None and table.from_on <= local_date(row.claimed_at) <= table.to_on
    ]
    held = resting_on_ends(holding([row.number for row in rows]))
    now = {number: verdict.pk for number, verdict in held.items()}
    return sorted(row.number for row in rows if said[row.number][0].verdict_id != now.get(row.number))


def _step(
    voucher: Voucher,
    outcome: str,
    lines: Sequence[CompletionLine],
    table: CompletionTable,
    due_on: date | None,
    *,
    by: Actor,
    now: datetime,
) -> Step | None:
    told = {"source": "table", "table": table.journal_key, "hash": table.content_hash}
    if outcome == Verdict.Outcome.DONE and due_on is not None:
        return done_step(voucher, verdict=outcome, due_on=due_on, payload=told, by=by, now=now)
    if outcome == Verdict.Outcome.NOT_DONE:
        reasons = not_done_reasons(voucher, lines, now=now)
        return return_step(
            voucher,
            "mark_not_done",
            reasons=reasons,
            by=by,
            now=now,
            facts={"verdict": outcome},
            payload=told,
        )
    return None


def not_done_reasons(
    voucher: Voucher, lines: Sequence[CompletionLine], *, now: datetime
) -> list[dict[str, str]]:
    """Why a claim returns: the coded reason of the rules, then each service with every number (D47-5.13)."""
    rule = rulebook(voucher.cycle.pack).find("reasons.claim", local_date(now))
    coded = next((one for one in rule.value if one.code == "usage_not_done"), None) if rule else None
    found = [
        {
            "code": "usage_not_done",
            "label": coded.label if coded is not None else "行为数据判定未完成",
            "mend": coded.mend if coded is not None else "",
            "article": ARTICLE,
        }
    ]
    for line in lines:
        if line.outcome != Verdict.Outcome.NOT_DONE:
            continue
        for reason in unmet(line.reasons):
            found.append(
                {
                    "code": str(reason.get("code", "other")),
                    "label": f"{line.service_name}：{said_of(reason)}",
                    "mend": str(reason.get("mend", "")),
                    "article": str(reason.get("article") or ARTICLE),
                }
            )
    return found


@audited("completion_table.withdraw", about="table")
def withdraw(*, table: CompletionTable, by: Actor, now: datetime) -> CompletionTable:
    """Throw a draft away that was not sent; nothing else changes (D47-5.13)."""
    query = CompletionTable.objects.select_for_update(of=("self",)).select_related("cycle")
    row = query.get(pk=table.pk)
    move(row, "withdraw", by=by, facts={}, now=now, payload={"hash": row.content_hash})
    return row


def _province_only(by: Actor) -> None:
    if by.role == Role.PROVINCE_OFFICER and by.org == "bureau:440000":
        return
    raise Refused([Refusal("not_your_role", "完成情况表由省厅经办人编制。", ARTICLE, "请由省厅经办人办理。")])


def _sound_period(cycle: Cycle, from_on: date, to_on: date, now: datetime) -> None:
    refusals = []
    if from_on.year < cycle.year:
        refusals.append(
            Refusal("period_early", "起始日期早于本周期的年度。", ARTICLE, "请核对周期和期间。", "from_on")
        )
    if from_on > to_on:
        refusals.append(
            Refusal("period_backwards", "起始日期晚于截止日期。", ARTICLE, "请核对期间。", "from_on")
        )
    if to_on > local_date(now):
        refusals.append(
            Refusal("period_open", "截止日期还没有到。", ARTICLE, "截止日期最晚填今天。", "to_on")
        )
    if refusals:
        raise Refused(refusals)


def _nothing_waits() -> Refusal:
    return Refusal(
        "nothing_waits",
        "这一期间没有等待行为数据判定的兑现申请。",
        ARTICLE,
        "请核对地市和期间（按兑现申请日期计）。",
    )


def _nothing_new(table: CompletionTable) -> Refusal:
    return Refusal(
        "nothing_new",
        f"与已发送的第 {table.edition} 版一致，没有变化。",
        ARTICLE,
        "有新的判定或新的兑现申请后再编制新版本。",
    )
