"""Replays: asked for by the province, worked on by page, command or clock, frozen, attached to a change."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import Any

from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import Q

from yunquan.insight import facts as reading
from yunquan.insight.coverage import is_replayed
from yunquan.insight.models import AttachedReport, Replay, ReplayReport, ReplayRow, ReplayWork
from yunquan.insight.replaying import Given, asks_who_applies, replay
from yunquan.insight.tables import Row, all_rows
from yunquan.journal.actions import audited, record
from yunquan.journal.queries import log_size
from yunquan.journal.rows import insert
from yunquan.kernel.canonical import content_hash
from yunquan.kernel.refusal import Refusal, Refused
from yunquan.kernel.workflow import Actor
from yunquan.parties.checks import role_allows
from yunquan.policy.bulk_replay import tried
from yunquan.policy.packfile import PackError
from yunquan.policy.roles import Role
from yunquan.policy.rulebook import Rulebook
from yunquan.programme.models import Cycle, RuleChange
from yunquan.programme.queries import quota_table
from yunquan.programme.rules import change_form, rulebook
from yunquan.vouchers.models import Voucher

ARTICLE = "D47-4.4.1"
OFFICERS = (Role.PROVINCE_OFFICER, Role.PROVINCE_APPROVER)
# Work that has told nothing for so long was killed, and whoever comes next begins again.
SILENT = timedelta(minutes=30)
AT_ONCE = 20_000
_BATCH = 2_000
ROW = ("report", "table", "position", "key", "figures")


@audited("replay.ask", about="subject")
def ask(
    *,
    changes: Sequence[RuleChange],
    cycles: Sequence[Cycle],
    title: str = "",
    by: Actor,
    now: datetime,
    subject: str = "replay",
) -> Replay:
    """Ask what drafts of rules would do to the vouchers of some cycles; every reason against it at once.

    What the drafts say is copied, so that the report stays true to what was tried when a draft is edited later.
    """
    faults = [fault for fault in [role_allows(by.role, OFFICERS, "试算规则变更")] if fault is not None]
    faults += asking_faults(changes=changes, cycles=cycles)
    if faults:
        raise Refused(faults)
    forms = [_copied(change) for change in changes]
    row = Replay.objects.create(
        title=title.strip()[:120] or _title(changes, cycles),
        pack=changes[0].pack,
        cycles=[cycle.code for cycle in cycles],
        changes=forms,
        asked_by=by.person,
        asked_at=now,
    )
    ReplayWork.objects.create(replay=row)
    payload = {"cycles": row.cycles, "changes": [form["change"] for form in forms], "form": forms_hash(forms)}
    record("replay.ask", by=by, obj=row.journal_key, now=now, why=ARTICLE, payload=payload)
    return row


def asking_faults(*, changes: Sequence[RuleChange], cycles: Sequence[Cycle]) -> list[Refusal]:
    """Everything that keeps these drafts from being tried on these cycles."""
    faults = []
    if not changes:
        faults.append(
            _refusal("no_change", "请至少选择一项规则变更。", "先在“规则与目录”中起草变更。", "changes")
        )
    if not cycles:
        faults.append(_refusal("no_cycle", "请至少选择一个周期。", "选择要试算的周期。", "cycles"))
    packs = {change.pack for change in changes}
    if len(packs) > 1:
        faults.append(
            _refusal("several_packs", "所选变更分属不同的规则包。", "一次试算一个规则包。", "changes")
        )
    over = [change for change in changes if change.state not in ("draft", "submitted")]
    for change in over:
        said = f"“{change.rule}”的变更{change.lifecycle.states[change.state]}，不能再试算。"
        faults.append(_refusal("not_a_draft", said, "请另行起草一份变更。", "changes"))
    named = [change.rule for change in changes]
    for rule in sorted({rule for rule in named if named.count(rule) > 1}):
        said = f"选择了“{rule}”的两份变更，不知道试算哪一份。"
        faults.append(_refusal("rule_twice", said, "同一项规则只选一份。", "changes"))
    for cycle in cycles:
        if len(packs) == 1 and cycle.pack not in packs:
            said = f"{cycle.name}用的是另一个规则包，这些变更对它不适用。"
            faults.append(_refusal("other_pack", said, "去掉这个周期，或选择它的规则包的变更。", "cycles"))
    if changes and not any(is_replayed(change.rule) for change in changes):
        said = "所选变更都不影响奖补、资格和结算检查，试算不会有差别。"
        faults.append(_refusal("nothing_replayed", said, "页面下方列有可以试算的规则项。", "changes"))
    if not faults:
        try:
            tried(rulebook(changes[0].pack), [change_form(change) for change in changes])
        except PackError as error:
            faults += [
                _refusal("rule_value", f"{one.key}：{one.reason}", f"应为：{one.expected}", "changes")
                for one in error.faults
            ]
    return faults


def waiting() -> list[Replay]:
    """The replays that have no report yet, the first asked first."""
    return list(Replay.objects.filter(report=None).select_related("work").order_by("pk"))


def is_small(row: Replay) -> bool:
    """Whether a page may wait for it: few enough vouchers."""
    rows = Voucher.objects.filter(cycle__code__in=row.cycles).order_by().values("pk")
    return rows[: AT_ONCE + 1].count() <= AT_ONCE


def run(*, row: Replay, by: Actor, now: datetime) -> ReplayReport | None:
    """Work on a replay and freeze its report; None where another works on it, or it is done already.

    A kill leaves nothing but the word that work had begun; whoever comes next begins again.
    """
    idle = Q(begun_at=None) | Q(begun_at__lt=now - SILENT)
    if not ReplayWork.objects.filter(idle, replay=row, replay__report=None).update(begun_at=now, fault=""):
        return None
    try:
        rules = rulebook(row.pack)
        other = tried(rules, [one["form"] for one in row.changes])
        cycles = list(Cycle.objects.filter(code__in=row.cycles).order_by("order"))
        seen = log_size()
        keys = [one["form"]["key"] for one in row.changes]
        with _telling(row) as progress:
            rows = computed(rules, other, cycles, keys, progress=progress)
        return _freeze(row, rules, other, seen, rows, by=by, now=now)
    except IntegrityError:
        return None  # Another, after a silence of this one, was faster.
    except Exception as fault:
        words = "；".join(map(str, fault.faults)) if isinstance(fault, PackError) else type(fault).__name__
        ReplayWork.objects.filter(replay=row).update(begun_at=None, fault=words[:2000])
        raise


def computed(
    rules: Rulebook,
    other: Rulebook,
    cycles: Sequence[Cycle],
    keys: Sequence[str],
    *,
    progress: reading.Progress = lambda _done, _total: None,
) -> list[Row]:
    """The lines of a report on the vouchers as they stand; writes nothing."""
    wanted = [cycle.pk for cycle in cycles]
    found = reading.read(wanted, with_applicants=asks_who_applies(keys), progress=progress)
    given = {
        (place, int(line.city)): Given(line.issued_fen + line.remaining_fen, line.appropriated_fen)
        for place, cycle in enumerate(cycles)
        for line in quota_table(cycle)
    }
    outcome = replay(found, rules, other, keys, given)
    codes = {place: cycle.code for place, cycle in enumerate(cycles)}
    return list(named(all_rows(found, outcome, rules, other, codes, keys)))


def trial(*, changes: Sequence[RuleChange], cycles: Sequence[Cycle]) -> list[Row]:
    """The lines of a report that nobody keeps, for a command."""
    rules = rulebook(changes[0].pack)
    other = tried(rules, [change_form(change) for change in changes])
    return computed(rules, other, cycles, [change.rule for change in changes])


def named(rows: Sequence[Row]) -> Iterator[Row]:
    """The lines with vouchers by their numbers."""
    wanted = [int(key) for table, key, _figures in rows if table in ("case", "set_apart")]
    numbers: dict[int, str] = {}
    for first in range(0, len(wanted), _BATCH):
        batch = wanted[first : first + _BATCH]
        numbers.update(Voucher.objects.filter(pk__in=batch).values_list("pk", "number"))
    for table, key, figures in rows:
        yield table, numbers[int(key)] if table in ("case", "set_apart") else key, figures


def report_hash(row: Replay, before: str, other: str, rows: Sequence[Row]) -> str:
    """The hash of a report: what was asked, by which rules, and every line."""
    return content_hash(
        {
            "cycles": row.cycles,
            "changes": forms_hash(row.changes),
            "rules": [before, other],
            "rows": [{"table": table, "key": key, "figures": figures} for table, key, figures in rows],
        }
    )


def forms_hash(forms: Sequence[Mapping[str, Any]]) -> str:
    """The hash of drafts as they were tried, whichever order they were chosen in."""
    texts = sorted(json.dumps(dict(form), sort_keys=True, ensure_ascii=False) for form in forms)
    return content_hash(texts)


def _freeze(
    row: Replay, rules: Rulebook, other: Rulebook, seen: int, rows: Sequence[Row], *, by: Actor, now: datetime
) -> ReplayReport:
    with transaction.atomic():
        report = ReplayReport.objects.create(
            replay=row,
            rules_before=rules.version,
            rules_tried=other.version,
            log_seq=seen,
            content_hash=report_hash(row, rules.version, other.version, rows),
            made_at=now,
        )
        places: dict[str, int] = {}
        lines = []
        for table, key, figures in rows:
            places[table] = places.get(table, 0) + 1
            lines.append((report.pk, table, places[table], key, figures))
        insert(ReplayRow, ROW, lines)
        payload = {"hash": report.content_hash, "rows": len(lines)}
        record("replay.freeze", by=by, obj=row.journal_key, now=now, why=ARTICLE, payload=payload)
    return report


@contextmanager
def _telling(row: Replay) -> Iterator[reading.Progress]:
    """Tell how far the work is, past the snapshot that it reads: by a connection of its own."""
    if connection.in_atomic_block:
        yield lambda _done, _total: None
        return
    beside = connection.copy()

    def told(done: int, total: int) -> None:
        # Work goes on though nobody can be told for a moment.
        with suppress(DatabaseError), beside.cursor() as cursor:
            table = ReplayWork._meta.db_table
            cursor.execute(
                f"UPDATE {table} SET read = %s, total = %s WHERE replay_id = %s", [done, total, row.pk]
            )

    try:
        yield told
    finally:
        beside.close()


@audited("rule_change.attach_report", about="change")
def attach(*, change: RuleChange, report: ReplayReport, by: Actor, now: datetime) -> AttachedReport:
    """Let a report go with a draft to the second person; it has to be of the draft as it stands now."""
    row = RuleChange.objects.select_for_update().get(pk=change.pk)
    faults = [fault for fault in [role_allows(by.role, OFFICERS, "附上试算报告")] if fault is not None]
    if row.state != "draft":
        said = f"这项变更{row.lifecycle.states[row.state]}，不能再附报告。"
        faults.append(_refusal("not_a_draft", said, "请先退回起草。"))
    if not is_of(report, row):
        said = "报告试算的不是这份变更现在的内容。"
        faults.append(_refusal("other_content", said, "请按现在的内容重新试算，再附上。"))
    if faults:
        raise Refused(faults)
    joined = AttachedReport.objects.create(change=row, report=report, attached_by=by.person, attached_at=now)
    payload = {"replay": report.replay.journal_key, "hash": report.content_hash}
    record("rule_change.attach_report", by=by, obj=row.journal_key, now=now, why=ARTICLE, payload=payload)
    return joined


def is_of(report: ReplayReport, change: RuleChange) -> bool:
    """Whether a report tried this change as it stands now."""
    return any(form == _copied(change) for form in report.replay.changes)


def attached_to(change: RuleChange) -> ReplayReport | None:
    """The report that goes with a change; None also where the change was edited after it was tried."""
    rows = AttachedReport.objects.filter(change=change).select_related("report__replay").order_by("-pk")
    joined = rows.first()
    return joined.report if joined is not None and is_of(joined.report, change) else None


def _copied(change: RuleChange) -> dict[str, Any]:
    return {"change": str(change.pk), "form": change_form(change)}


def _title(changes: Sequence[RuleChange], cycles: Sequence[Cycle]) -> str:
    known = rulebook(changes[0].pack)
    titles = [known.describe(change.rule).title for change in changes]
    return f"{'、'.join(titles)}（{'、'.join(cycle.code for cycle in cycles)}）"


def _refusal(code: str, message: str, mend: str, field: str = "") -> Refusal:
    return Refusal(code, message, ARTICLE, mend, field)
