"""Reading the files of a form when it is posted, and filling what is empty with what was read (D47-5.10).

Nothing that a person typed is overwritten but by the person's own press of a button beside the field.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest

from yunquan.desks.shared.proposals import (
    NUMBERS,
    Level,
    Look,
    fields_of,
    file_number,
    is_list,
    levels,
    look,
    meant,
    papers_of,
    places,
    read_for,
    warnings,
)
from yunquan.desks.shared.replacing import without_replaced
from yunquan.desks.shared.typed import MOST_ROWS, Ask, Blank, Typed, rearranged, take_upload
from yunquan.desks.shared.uploading import was_full
from yunquan.evidence import alikes, readings
from yunquan.evidence import queries as evidence
from yunquan.evidence.readings import Found
from yunquan.evidence.taking import disk_full
from yunquan.journal import clock
from yunquan.kernel.refusal import Refusal

SECONDS = 12.0
REPLACED = "文件已更换：由原文件填入的内容已清除，改按新文件填入，请逐项核对。"
Wanted = Callable[[Any], bool]
Fresh = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Heard:
    """What a posted form says after its files were read; `stays` where the page is shown again, nothing submitted.

    `replaced` where another file took a file's place: what the old one had proposed went with it.
    """

    typed: Typed
    problems: list[Refusal]
    stays: bool
    filled: bool
    replaced: bool
    look: Look


def listen(
    request: HttpRequest,
    blank: Blank,
    *,
    before: Typed,
    fresh: Fresh,
    wanted: Mapping[str, Wanted] | None = None,
) -> Heard:
    """Read a posted form: take its files, read them, move rows, and fill where 填入 was pressed or a file replaced.

    `before` is the draft as it was kept last.
    """
    typed, problems = blank.read(request)
    org = request.actor.org  # type: ignore[attr-defined]
    typed, replaced = without_replaced(blank, typed, before, org=org, fresh=fresh)
    moved = rearranged(request, typed, fresh)
    for name in blank.rows:
        problems += take_many(request, blank, name, typed, fresh.get(name, {}))
    troubles = read_now(blank, typed, org=org, now=clock.read())
    is_filling = "fill" in request.POST
    if is_filling:
        scope = request.POST["fill"][:80]
        typed, said = filled(blank, typed, org=org, scope=scope, fresh=fresh, wanted=wanted)
        for sentence in said:
            messages.info(request, sentence)
    if replaced:
        # The last rows first: filling may only add rows behind them.
        for scope in [] if moved or is_filling else reversed(replaced):
            typed, _said = filled(blank, typed, org=org, scope=scope, fresh=fresh, wanted=wanted)
        messages.info(request, REPLACED)
    taking = request.POST.get("take", "")[:80]
    if taking:
        typed = taken_over(blank, typed, org=org, name=taking)
    seen = look(blank, typed, org=org, troubles=troubles)
    return Heard(typed, problems, moved or is_filling or bool(taking), is_filling, bool(replaced), seen)


def take_many(
    request: HttpRequest, blank: Blank, name: str, typed: Typed, preset: Mapping[str, Any]
) -> list[Refusal]:
    """Several files chosen at once for rows of a kind: each goes into a row that is still empty, or a new one."""
    ask = next((ask for ask in blank.rows[name] if ask.reader), None)
    if ask is None:
        return []
    field, refusals = f"{name}-many", list[Refusal]()
    if was_full(request) and not request.FILES.getlist(field):
        refusals.append(disk_full())
    numbers = [one for one in request.POST.getlist(f"{field}_id")[:MOST_ROWS] if file_number(one)]
    for sent in request.FILES.getlist(field)[:MOST_ROWS]:
        numbers.append(take_upload(request, sent, field, refusals, ask.kinds))
    rows = [dict(row) for row in typed.get(name) or []]
    for number in filter(None, numbers):
        known = {key: value for key, value in preset.items() if value}
        bare = (row for row in rows if not row.get(ask.name) and _is_preset(row, known))
        row = next(bare, None)
        if row is None:
            if len(rows) >= MOST_ROWS:
                message = f"一次最多 {MOST_ROWS} 行，多出的文件没有收下。"
                refusals.append(Refusal("too_many_rows", message, "", "请分几次申请，或合并为清单。", field))
                break
            row = dict(preset)
            rows.append(row)
        row[ask.name] = number
    typed[name] = rows
    # A refusal of one of many belongs to no field of the form: it stands at the top.
    return [replace(refusal, field="") for refusal in refusals]


def _is_preset(row: Mapping[str, Any], known: Mapping[str, Any]) -> bool:
    return {key: value for key, value in row.items() if value} == known


def read_now(blank: Blank, typed: Mapping[str, Any], *, org: str, now: datetime) -> dict[int, str]:
    """Read the files of a form that nobody has read, and fingerprint all of them, for a bounded time.

    Gives, by file, why one could not be read now; an empty reason means that it is the next one's turn.
    """
    until = time.monotonic() + SECONDS
    found = list(levels(blank, typed))
    asked = {level.pk: level.ask.reader for level in found if level.pk}
    files = evidence.files_by_id(_files_in(blank, typed), org=org)
    troubles: dict[int, str] = {}
    for reader in sorted(set(asked.values())):
        mine = [files[pk] for pk in asked if asked[pk] == reader and pk in files]
        known = readings.readings_of(mine, reader)
        for file in mine:
            stored = known.get(file.sha256)
            if stored is not None and readings.is_current(stored):
                readings.tell(file, stored, now=now)
                continue
            left = until - time.monotonic()
            if left <= 0:
                troubles[file.pk] = ""
                continue
            try:
                readings.read_file(file, reader, now=now, wait=min(left, 3.0))
            except readings.BusyError:
                troubles[file.pk] = ""
            except readings.NotReadError as reason:
                troubles[file.pk] = str(reason)
    for file in alikes.unknown(files.values()):
        if time.monotonic() < until:
            alikes.try_to_remember(file, now=now)
    return troubles


def _files_in(blank: Blank, typed: Mapping[str, Any]) -> list[int]:
    every = [
        file_number(values.get(ask.name))
        for asks, _prefix, values in places(blank, typed)
        for ask in asks
        if ask.kind == "file"
    ]
    return [pk for pk in every if pk]


def filled(
    blank: Blank,
    typed: Typed,
    *,
    org: str,
    scope: str = "",
    fresh: Mapping[str, Mapping[str, Any]] | None = None,
    wanted: Mapping[str, Wanted] | None = None,
) -> tuple[Typed, list[str]]:
    """The typed form with what was read in the fields left empty, and what is to be said about it.

    `scope` names one file or row, empty for all. The rows of a list become rows of the form where `wanted` takes them.
    """
    done = dict(typed)
    said: list[str] = []
    by_rows: dict[str, list[tuple[int, Level, Any]]] = {}
    for level, reading, _file in read_for(blank, typed, org):
        if reading is None or scope not in ("", level.scope):
            continue
        head = level.prefix.partition("-")[0]
        if head in blank.rows:
            by_rows.setdefault(head, []).append((int(level.scope.rpartition("-")[2]), level, reading))
            continue
        paper = meant(papers_of(level.ask.reader, reading)[0], level)
        if paper is None or paper.facts is None or any(warnings(paper.facts)):
            continue
        if head:
            done[head] = _completed(level, paper.facts)
        else:
            done |= _completed(level, paper.facts)
    for name, found in by_rows.items():
        rows = [dict(row) for row in done.get(name) or []]
        new: list[Typed] = []
        gone: set[int] = set()
        for place, level, reading in found:
            papers = papers_of(level.ask.reader, reading)[0]
            paper = meant(papers, level)
            if paper is not None and paper.facts is not None:
                if not any(warnings(paper.facts)):
                    rows[place] = _completed(level, paper.facts)
            elif is_list(papers):
                keep = (wanted or {}).get(name, lambda _facts: True)
                preset = dict((fresh or {}).get(name, {}))
                more = _unfolded(level, papers, rows + new, preset, keep)
                said.append(_counted(papers, more, keep))
                if more:
                    # A row in which something was typed is the person's own, whatever its file turned out to be.
                    own = {key: value for key, value in level.values.items() if key != level.ask.name}
                    if _is_preset(own, {key: value for key, value in preset.items() if value}):
                        gone.add(place)
                    new += more
        done[name] = _joined(
            [row for place, row in enumerate(rows) if place not in gone] + new, blank.rows[name]
        )[:MOST_ROWS]
    return done, said


def _completed(level: Level, facts: Any) -> Typed:
    """The values of a form's part with the empty ones filled."""
    values = dict(level.values)
    for one in fields_of(level, facts):
        if one.standing == "empty":
            values[one.name] = one.value
    return values


def _unfolded(
    level: Level, papers: Sequence[Found[Any]], rows: Sequence[Typed], preset: Typed, wanted: Wanted
) -> list[Typed]:
    """New rows for the papers of a list that no row has yet.

    A statement or a file of several receipts proves each of its payments; a list of invoices is no invoice, whose
    own file is still to come.
    """
    new: list[Typed] = []
    for paper in papers:
        if paper.facts is None or not wanted(paper.facts):
            continue
        keeps = level.ask.reader == "proof" or paper.row is None
        values = preset | ({level.ask.name: level.values[level.ask.name]} if keeps else {})
        row = _completed(replace(level, values=values), paper.facts)
        if not any(_is_same_row(row, other, level.asks) for other in [*rows, *new]):
            new.append(row)
    return new


def _is_same_row(row: Typed, other: Typed, asks: Sequence[Ask]) -> bool:
    number = next((ask.name for ask in asks if ask.reads in NUMBERS), "")
    if row.get(number):
        return readings.same_number(str(row[number]), str(other.get(number) or ""))
    keys = [ask.name for ask in asks if ask.kind in ("day", "money")]
    return all(row.get(key) == other.get(key) for key in keys)


def _counted(papers: Sequence[Found[Any]], more: Sequence[Typed], wanted: Wanted) -> str:
    unread = sum(paper.facts is None for paper in papers)
    strange = sum(paper.facts is not None and not wanted(paper.facts) for paper in papers)
    parts = [f"清单共 {len(papers)} 笔，新填入 {len(more)} 笔"]
    if strange:
        parts.append(f"{strange} 笔的双方不是本券的企业和供应商，没有填入")
    if unread:
        parts.append(f"{unread} 笔没有读出，请照原件填写")
    return "；".join(parts) + "。"


def _joined(rows: list[Typed], asks: Sequence[Ask]) -> list[Typed]:
    """A row whose file belongs to an earlier row without one goes into that row."""
    number = next((ask.name for ask in asks if ask.reads in NUMBERS), "")
    file = next((ask.name for ask in asks if ask.reader), "")
    kept: list[Typed] = []
    for row in rows:
        home = next(
            (
                one for one in kept
                if row.get(file) and not one.get(file)
                and readings.same_number(str(row.get(number) or ""), str(one.get(number) or ""))
            ),
            None,
        )  # fmt: skip
        if home is not None:
            home[file] = row[file]
        else:
            kept.append(row)
    return kept


def taken_over(blank: Blank, typed: Typed, *, org: str, name: str) -> Typed:
    """The typed form with one field as the file has it: the person pressed 改用 or 填入 beside it."""
    one = look(blank, typed, org=org).fields.get(name)
    if one is None:
        return typed
    done = dict(typed)
    head, _, rest = name.partition("-")
    if head in blank.rows:
        place = int(rest.partition("-")[0])
        done[head] = [dict(row) for row in typed[head]]
        done[head][place][one.name] = one.value
    elif head in blank.groups:
        done[head] = {**(typed.get(head) or {}), one.name: one.value}
    else:
        done[name] = one.value
    return done
