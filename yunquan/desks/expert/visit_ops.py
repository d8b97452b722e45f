"""What a visit's page sends: the same steps as plain forms and as a device's queue, each once by its key.

A queue comes as JSON: `{"device": …, "ops": [{"key", "number", "at", "kind", …}]}`; each is answered for itself.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from yunquan.inspections.actions import sheets, signing, visiting
from yunquan.inspections.actions.sheets import Sent
from yunquan.inspections.visit_reading import strokes_of
from yunquan.kernel.refusal import Refusal, Refused
from yunquan.kernel.workflow import Actor

MOST_OPS, MOST_BODY = 500, 3 * 1024 * 1024
Op = Mapping[str, Any]


class BadQueue(ValueError):
    """The body is no queue of a device."""


def queue(body: bytes) -> tuple[str, list[Op]]:
    """The device and its ops in the device's order; raises BadQueue."""
    if len(body) > MOST_BODY:
        raise BadQueue("一次同步的内容太多。")
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        raise BadQueue("没有读懂同步的内容。") from None
    ops = told.get("ops") if isinstance(told, dict) else None
    device = told.get("device") if isinstance(told, dict) else None
    if (
        not isinstance(ops, list)
        or len(ops) > MOST_OPS
        or not isinstance(device, str)
        or not 0 < len(device) <= 40
    ):
        raise BadQueue("没有读懂同步的内容。")
    for op in ops:
        key = op.get("key") if isinstance(op, dict) else None
        number = op.get("number") if isinstance(op, dict) else None
        if not isinstance(key, str) or not 0 < len(key) <= 40 or "\x00" in key:
            raise BadQueue("同步的内容缺少编号。")
        if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number < 2**31:
            raise BadQueue("同步的内容缺少次序。")
    return device, sorted(ops, key=lambda op: op["number"])


def take(
    visit: Any, device: str, ops: Sequence[Op], *, by: Actor, now: datetime
) -> dict[str, list[dict[str, str]]]:
    """Do each op; gives for its key the reasons why it can't be taken, none where it was (now or before)."""
    outcomes: dict[str, list[dict[str, str]]] = {}
    for kind, group in groupby(ops, key=lambda op: str(op.get("kind"))):
        if kind == "entry":
            outcomes |= _entries(visit, device, list(group), by=by, now=now)
            continue
        for op in group:
            try:
                one(visit, kind, op, by=by, now=now)
                outcomes[op["key"]] = []
            except Refused as refused:
                outcomes[op["key"]] = [_told(reason) for reason in refused.refusals]
    return outcomes


def _entries(visit: Any, device: str, ops: Sequence[Op], *, by: Actor, now: datetime) -> dict[str, Any]:
    sent = [
        Sent(
            key=op["key"], sheet=_whole(op.get("sheet")), row=str(op.get("row", ""))[:60], value=op.get("value"),
            number=op["number"], at=_moment(op.get("at")),
        )
        for op in ops
    ]  # fmt: skip
    try:
        said = sheets.take_entries(visit=visit, device=device, entries=sent, by=by, now=now)
    except Refused as refused:
        return {op["key"]: [_told(reason) for reason in refused.refusals] for op in ops}
    return {key: [{"message": why, "mend": "", "field": ""}] if why else [] for key, why in said.items()}


def one(visit: Any, kind: str, op: Op, *, by: Actor, now: datetime) -> Any:
    """Do one step of a visit; raises Refused."""
    key = str(op.get("key", ""))[:40]
    if kind == "presence":
        return visiting.enter_presence(
            visit=visit, key=key, party=_text(op, "party", 20), name=_text(op, "name", 60),
            duty=_text(op, "duty", 60), by=by, now=now,
        )  # fmt: skip
    if kind == "leave":
        return visiting.leave(visit=visit, key=_text(op, "of", 40), by=by, now=now)
    if kind == "conduct":
        lines = op.get("lines")
        ticked = [int(line) for line in lines if str(line).isdecimal()] if isinstance(lines, list) else []
        return visiting.confirm_conduct(
            visit=visit, lines=ticked, name=_text(op, "conduct_name", 60), by=by, now=now
        )
    if kind == "begin":
        return visiting.begin(visit=visit, by=by, now=now)
    if kind == "close":
        return sheets.close_sheets(visit=visit, by=by, now=now)
    if kind == "dispute":
        return visiting.note_dispute(visit=visit, text=_text(op, "dispute", 2000), by=by, now=now)
    if kind == "obstruct":
        return visiting.obstruct(visit=visit, reason=_text(op, "reason", 2000), by=by, now=now)
    if kind == "absent":
        return signing.accept_absent(visit=visit, key=key, shown=_shown(op), by=by, now=now)
    if kind == "sign":
        return signing.sign(
            visit=visit, key=key, party=_text(op, "party", 20), name=_text(op, "name", 60),
            strokes=strokes_of(op.get("strokes")), agrees=op.get("agrees") not in (False, "no"),
            remark=_text(op, "remark", 300), shown=_shown(op), device_at=_moment(op.get("at")), by=by, now=now,
        )  # fmt: skip
    raise Refused([Refusal("unknown_step", "没有这一步。", "D108-3.3", "请刷新页面。")])


def _told(reason: Refusal) -> dict[str, str]:
    return {"message": reason.message, "mend": reason.mend, "field": reason.field}


def _text(op: Op, name: str, most: int) -> str:
    value = op.get(name, "")
    return value.replace("\x00", "")[:most] if isinstance(value, str) else ""


def _whole(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def _moment(value: Any) -> datetime | None:
    """What a device's clock said, however wrong; None where it is no moment."""
    try:
        moment = datetime.fromisoformat(str(value)[:40])
    except ValueError:
        return None
    if (
        moment.tzinfo is None
        or not 1970 < moment.year < 2200
        or abs(moment.utcoffset() or timedelta()) > timedelta(hours=15)
    ):
        return None
    return moment


def _shown(op: Op) -> dict[int, dict[str, Any]] | None:
    """The findings that a signer saw on a device, by sheet; None where the device says nothing of it."""
    shown = op.get("shown")
    if not isinstance(shown, dict):
        return None
    return {
        int(sheet): {str(name): value for name, value in seen.items() if isinstance(value, str | bool)}
        for sheet, seen in shown.items()
        if str(sheet).isdecimal() and len(str(sheet)) < 10 and isinstance(seen, dict)
    }
