"""The invariants of the log, as `yunquan doctor` checks them; every layer above reports breaches alike."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from django.db.models import Count, Max

from yunquan.journal.models import LogEntry, LogHead, RequestKey
from yunquan.journal.queries import verify_log
from yunquan.kernel.workflow import Lifecycle

# A mobile number, a mail address, a resident's identity number with its day of birth.
PERSONAL = re.compile(
    r"(?<![0-9A-Za-z])(?:1[3-9]\d{9}|[1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx])"
    r"(?![0-9A-Za-z])|[\w.+-]+@[\w-]+\.\w+"
)
HASH = re.compile(r"[0-9a-f]{64}")


class Breach(NamedTuple):
    """One broken invariant: which, at which row, and what is wrong in words."""

    invariant: str
    row: str
    message: str


def breaches() -> Iterator[Breach]:
    """Check that the log is whole (L2) and that each object's steps follow one another (L1)."""
    fault = verify_log()
    if fault is not None:
        yield Breach("L2", f"log:{fault.seq}", fault.reason)
    head = LogHead.objects.filter(pk=1).first()
    last = LogEntry.objects.aggregate(last=Max("seq"))["last"]
    if head is None:
        yield Breach("L2", "log:head", "日志头不存在")
    elif head.size != (0 if last is None else last + 1):
        yield Breach("L2", "log:head", f"日志头记 {head.size} 条，末条序号是 {last}")
    yield from _broken_steps()
    yield from _personal()
    yield from _keys()


def _personal() -> Iterator[Breach]:
    """No entry carries a telephone, mail or identity number: what is personal stands in payloads alone (L3)."""
    for seq, entry in LogEntry.objects.order_by("seq").values_list("seq", "entry").iterator(chunk_size=2000):
        if PERSONAL.search(entry):
            yield Breach("L3", f"log:{seq}", "日志条目中有电话、邮箱或证件号码")


def _keys() -> Iterator[Breach]:
    """An idempotency key was served once, and the answer that it gave is kept with what was asked (U4)."""
    twice = RequestKey.objects.values("owner", "key").annotate(count=Count("pk")).filter(count__gt=1)
    for row in twice:
        yield Breach("U4", f"request:{row['owner']}:{row['key']}", f"同一个幂等键办理了 {row['count']} 次")
    for kept in RequestKey.objects.iterator(chunk_size=2000):
        if not HASH.fullmatch(kept.content_hash) or not kept.answer:
            yield Breach("U4", f"request:{kept.owner}:{kept.key}", "幂等键没有留下原来的内容摘要或答复")


def _read(entry: str) -> dict[str, str]:
    """An entry's fields; one that was altered beyond reading stands for no step, the chain names it (L2)."""
    try:
        fields = json.loads(entry)
    except ValueError:
        fields = {}
    return {**dict.fromkeys(("pre", "post", "role", "res"), ""), "objv": "0", **fields}


def _broken_steps() -> Iterator[Breach]:
    """Each step of an object must start where its last one ended: a state changed past the log shows here."""
    reached: dict[str, tuple[str, int]] = {}
    for row in LogEntry.objects.order_by("seq").iterator(chunk_size=2000):
        fields = _read(row.entry)
        if fields["res"] == "refused" or fields["objv"] == "0" or not fields["post"]:
            continue
        version = int(fields["objv"])
        before = reached.get(row.obj)
        if before is not None and (fields["pre"] != before[0] or version != before[1] + 1):
            yield Breach(
                "L1",
                f"log:{row.seq}",
                f"{row.obj} 从“{before[0]}”第 {before[1]} 版接到了“{fields['pre']}”第 {version} 版",
            )
        reached[row.obj] = (fields["post"], version)


def off_table(lifecycles: Iterable[Lifecycle]) -> Iterator[Breach]:
    """Each step in the log is one that its table allows, from there to there, by that role (S1)."""
    tables = {table.noun: table for table in lifecycles}
    for row in LogEntry.objects.order_by("seq").iterator(chunk_size=2000):
        noun, _, action = row.act.partition(".")
        fields = _read(row.entry)
        if noun not in tables or fields["res"] == "refused" or fields["objv"] == "0":
            continue
        step = tables[noun].row(action, fields["pre"])
        if step is None or step.target != fields["post"] or fields["role"] not in step.roles:
            told = f"{row.obj} 由 {fields['role']} 从“{fields['pre']}”{action}到“{fields['post']}”"
            yield Breach("S1", f"log:{row.seq}", f"{told}，流转表中没有这一步")


def state_of_log(prefix: str) -> dict[str, tuple[str, int]]:
    """The state and version that the log gives each object whose key starts so, to hold against tables."""
    states: dict[str, tuple[str, int]] = {}
    for row in LogEntry.objects.filter(obj__startswith=prefix).order_by("seq").iterator(chunk_size=2000):
        fields = _read(row.entry)
        if fields["res"] != "refused" and fields["objv"] != "0" and fields["post"]:
            states[row.obj] = (fields["post"], int(fields["objv"]))
    return states


def unlogged(rows: Iterator[tuple[str, str, int]], prefix: str, initial: str) -> Iterator[Breach]:
    """Compare each row's (key, state, version) with the log: every change of state has its entry (L1)."""
    logged = state_of_log(prefix)
    for key, state, version in rows:
        if (state, version) != logged.get(key, (initial, 0)):
            told = logged.get(key, (initial, 0))
            yield Breach("L1", key, f"表中是“{state}”第 {version} 版，日志中是“{told[0]}”第 {told[1]} 版")
