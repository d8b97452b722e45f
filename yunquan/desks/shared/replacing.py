"""A file that is replaced by another takes along what it had proposed: no value of the old paper stays as if typed.

Only what is letter for letter the old file's own proposal goes; what the person typed otherwise stays (D47-5.10).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from yunquan.desks.shared.proposals import Level, fields_of, levels, meant, papers_of, read_for
from yunquan.desks.shared.typed import Blank, Typed
from yunquan.evidence import queries as evidence


def without_replaced(
    blank: Blank, typed: Typed, before: Mapping[str, Any], *, org: str, fresh: Mapping[str, Mapping[str, Any]]
) -> tuple[Typed, list[str]]:
    """The typed form without what files proposed that others have replaced, and the scopes of those files.

    `before` is the draft as it was kept last; `fresh` what a new row knows without any file: that comes back.
    """
    replaced = _replaced(blank, typed, before, org)
    if not replaced:
        return typed, []
    done, old = dict(typed), dict(typed)
    for level, pk in replaced.values():
        _put(old, blank, level, {level.ask.name: str(pk)})
    for level, reading, _file in read_for(blank, old, org):
        if level.scope not in replaced or reading is None:
            continue
        paper = meant(papers_of(level.ask.reader, reading)[0], level)
        if paper is None or paper.facts is None:
            continue
        preset = fresh.get(level.prefix.partition("-")[0], {})
        gone = {
            one.name: preset.get(one.name, "")
            for one in fields_of(level, paper.facts)
            if str(level.values.get(one.name) or "").strip() == one.value
        }
        _put(done, blank, level, gone)
    return done, list(replaced)


def _replaced(
    blank: Blank, typed: Typed, before: Mapping[str, Any], org: str
) -> dict[str, tuple[Level, int]]:
    """The files in whose places others stood that are gone from the form, by scope, with the number of the old one."""
    now = list(levels(blank, typed))
    there = {level.pk for level in now}
    stood = {level.scope: level.pk for level in levels(blank, before)}
    changed = {
        level.scope: (level, stood[level.scope])
        for level in now
        if level.pk and stood.get(level.scope) and stood[level.scope] not in there
    }
    files = evidence.files_by_id([pk for level, old in changed.values() for pk in (level.pk, old)], org=org)
    return {
        scope: (level, old)
        for scope, (level, old) in changed.items()
        if level.pk in files and old in files and files[level.pk].sha256 != files[old].sha256
    }


def _put(typed: Typed, blank: Blank, level: Level, values: Mapping[str, Any]) -> None:
    """Put values into the part of a form to which a file belongs."""
    head, _, rest = level.prefix.partition("-")
    if head in blank.rows:
        rows = [dict(row) for row in typed.get(head) or []]
        rows[int(rest.partition("-")[0])] |= values
        typed[head] = rows
    elif head:
        typed[head] = {**(typed.get(head) or {}), **values}
    else:
        typed |= values
