"""What a sent completion table tells: the city what moved, enterprises what returned, suppliers what is missing (D47-5.13)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from yunquan.journal.models import Notice
from yunquan.journal.queries import history
from yunquan.usage.models import CompletionLine, CompletionTable, Verdict
from yunquan.vouchers.actions.attesting import return_notice
from yunquan.vouchers.actions.shared import notice
from yunquan.vouchers.models import Voucher

_LABELS = dict(Verdict.Outcome.choices)


def notices(
    table: CompletionTable,
    moved: Iterable[tuple[Voucher, str]],
    said: Mapping[str, list[CompletionLine]],
    counted: Mapping[str, int],
    flowing: Mapping[str, int],
    *,
    now: datetime,
) -> list[Notice]:
    """One to the city; to enterprises what returned; to suppliers what is missing."""
    sums = "，".join(f"{label} {counted[outcome]} 张" for outcome, label in _LABELS.items())
    edition = f"第 {table.edition} 版" if table.edition > 1 else ""
    found = [
        Notice(
            org=f"bureau:{table.city}",
            obj=table.journal_key,
            kind="completion_table",
            title=f"省厅下发{table.title}{edition}",
            text=f"{sums}。{flow_words(flowing)}",
            key=f"{table.journal_key}:sent",
            at=now,
        )
    ]
    for voucher, outcome in moved:
        if outcome == Verdict.Outcome.NOT_DONE:
            found.append(return_notice(voucher, now=now))
        elif outcome == Verdict.Outcome.NOT_ENOUGH_DATA:
            found.append(_missing(voucher, table, said[voucher.number], now=now))
    return found


def _missing(
    voucher: Voucher, table: CompletionTable, lines: Sequence[CompletionLine], *, now: datetime
) -> Notice:
    assert voucher.supplier is not None
    told = [
        f"{line.service_name}：{'；'.join(said_of(reason) for reason in unmet(line.reasons)) or '数据不足'}"
        for line in lines
        if line.outcome == Verdict.Outcome.NOT_ENOUGH_DATA
    ]
    kind = f"usage_missing:{table.pk}"
    row = notice(
        voucher,
        org=voucher.supplier.key,
        kind=kind,
        title=f"行为数据不足，请补充：{voucher.number}",
        text="\n".join(told),
        now=now,
    )
    row.kind = "usage_missing"
    return row


def flow_words(flowing: Mapping[str, int]) -> str:
    """What a table moved and what stays, in words, by the number of waiting claims of each outcome.

    >>> flow_words({"done": 2, "not_done": 0, "not_enough_data": 1})
    '2 张完成，已转入兑现审核；1 张数据不足，继续等待数据，已通知供应商补充。'
    >>> flow_words({})
    '列入的兑现申请此前都已流转，这次没有变动。'
    """
    words = {
        Verdict.Outcome.DONE: "张完成，已转入兑现审核",
        Verdict.Outcome.NOT_DONE: "张未完成，已退回企业",
        Verdict.Outcome.NOT_ENOUGH_DATA: "张数据不足，继续等待数据，已通知供应商补充",
    }
    told = [f"{flowing[outcome]} {text}" for outcome, text in words.items() if flowing.get(outcome)]
    if not told:
        return "列入的兑现申请此前都已流转，这次没有变动。"
    stays = "" if _moves(flowing) else "没有兑现申请因此流转："
    return f"{stays}{'；'.join(told)}。"


def _moves(flowing: Mapping[str, int]) -> int:
    return sum(count for outcome, count in flowing.items() if outcome != Verdict.Outcome.NOT_ENOUGH_DATA)


def moved_by(table: CompletionTable) -> dict[str, int]:
    """How many waiting claims of each outcome a table met when it was sent, as the log says."""
    acts = [act for act in history(table.journal_key) if act["act"] == "completion_table.send"]
    return {name: int(count) for name, count in acts[-1]["payload"]["moved"].items()} if acts else {}


def unmet(reasons: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The reasons that speak against done; what was met is no reason to return a claim."""
    return [reason for reason in reasons if not reason.get("met")]


def said_of(reason: Mapping[str, Any]) -> str:
    """A reason in words: its label, and what was added."""
    return "：".join(str(reason[key]) for key in ("label", "text") if reason.get(key))
