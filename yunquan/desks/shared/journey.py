"""Where a voucher stands, in words: who has it, since when, until when, what comes next, how much and why."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from yunquan.desks.shared.templatetags.gov import at
from yunquan.journal import queries as journal
from yunquan.kernel.calendar import WorkingCalendar, local_date
from yunquan.kernel.money import format_yuan
from yunquan.vouchers import queries as vouchers
from yunquan.vouchers.lifecycle import LABELS, S

TONES: Mapping[str, str] = {
    S.DRAFT: "waiting", S.RETURNED: "bad", S.SUBMITTED: "now", S.CONFIRMED: "now", S.ISSUED: "waiting",
    S.CLAIMED: "now", S.CLAIM_RETURNED: "bad", S.ATTESTED: "now", S.VERIFIED: "now", S.APPROVED: "now",
    S.LISTED: "now", S.ORDERED: "now", S.PAID: "good", S.RECOVERED: "bad", S.REJECTED: "bad",
    S.REFUSED: "bad", S.EXPIRED: "", S.LAPSED: "bad", S.CANCELLED: "", S.REVOKED: "bad",
}  # fmt: skip
# Where the closing of a window is the voucher's deadline.
CLOSES_WITH = {S.DRAFT: "apply", S.RETURNED: "apply", S.ISSUED: "claim", S.CLAIM_RETURNED: "claim"}
_STEP_OF_ACT = {
    "voucher.submit": "提交申领",
    "voucher.confirm": "供应商确认",
    "voucher.issue": "主管部门审核并发放",
    "voucher.claim": "提出兑现申请",
    "voucher.attest": "供应商确认兑现",
    "voucher.mark_done": "行为数据判定",
    "voucher.approve_claim": "地市审核兑现",
    "voucher.order": "公示结算清单",
    "voucher.pay": "兑付",
}
_RETURNS = {
    "voucher.decline": "供应商退回", "voucher.send_back": "主管部门退回", "voucher.withdraw": "企业撤回",
    "voucher.withdraw_claim": "企业撤回兑现",
    "voucher.decline_claim": "供应商退回兑现", "voucher.mark_not_done": "行为数据判定未完成",
    "voucher.send_back_claim": "兑现审核退回", "voucher.bounce": "银行退票",
}  # fmt: skip

_AGAIN = {S.RETURNED: "修改后重新提交", S.CLAIM_RETURNED: "补正后重新提交兑现申请"}


def window_of(voucher: Any, kind: str) -> Any:
    """The published window of a voucher's cycle, from the prefetched ones where there are."""
    return next(
        (row for row in voucher.cycle.windows.all() if row.kind == kind and row.published_at is not None),
        None,
    )


def deadline_of(voucher: Any) -> datetime | date | None:
    """Until when the present step must be done: the window's closing for the enterprise, else the due day."""
    kind = CLOSES_WITH.get(voucher.state)
    if kind is None:
        return voucher.due_on
    window = window_of(voucher, kind)
    return window.closes_at if window is not None else None


def days_left(voucher: Any, calendar: WorkingCalendar, today: date) -> int | None:
    """Working days until the deadline, negative when overdue, None without one."""
    due = deadline_of(voucher)
    if due is None:
        return None
    return calendar.working_days_between(today, local_date(due) if isinstance(due, datetime) else due)


def services_said(lines: list[Any]) -> str:
    """The services in a few words: the first one, and how many there are."""
    if not lines:
        return "尚未选择应用服务"
    names = [line.service_name for line in lines]
    return names[0] if len(names) == 1 else f"{names[0]} 等 {len(names)} 项"


def services_joined(lines: list[Any]) -> str:
    """All services, as a heading."""
    return " ＋ ".join(line.service_name for line in lines) or "尚未选择应用服务"


def award_shown(explanation: Mapping[str, Any]) -> dict[str, Any]:
    """A kept explanation in the form that {% award %} draws."""
    if not explanation:
        return {}
    lines = []
    for line in explanation.get("lines", ()):
        cap = next((one for one in line["ceilings"] if one["kind"] == "cap"), None)
        least = min(line["ceilings"], key=lambda one: one["amount_fen"], default=None)
        lines.append(
            {
                "service": line["name"],
                "reckoning": _short(cap) if cap else "",
                "cap_fen": cap["amount_fen"] if cap else None,
                "fee_fen": line["fee_fen"],
                "award_fen": line["award_fen"],
                "binding": "按费用核定" if least and least["kind"] == "fee" else "按上限核定",
                "article": cap["article"] if cap else "",
            }
        )
    notes = []
    if explanation.get("is_cut"):
        notes.append(
            f"各项合计 {format_yuan(explanation['sum_fen'])} 元，超过本周期剩余额度 "
            f"{format_yuan(explanation['room_fen'])} 元，按剩余额度核定。"
        )
    elif explanation.get("steps"):
        notes.append(str(explanation["steps"][-1]))
    return {
        "lines": lines,
        "total_fen": explanation["award_fen"],
        "notes": notes,
        "article": ",".join(explanation.get("articles", ())),
    }


def _short(ceiling: Mapping[str, Any]) -> str:
    label = str(ceiling["label"]).removeprefix("奖补上限").strip(" （）")
    return f"上限 {format_yuan(ceiling['amount_fen'])}" if "×" not in label else label.removeprefix("每台套 ")


def steps_of(voucher: Any, lines: list[Any]) -> list[dict[str, Any]]:
    """The timeline with what the log knows: each step and each return with its time, what comes next."""
    kind = CLOSES_WITH.get(voucher.state)
    window = window_of(voucher, kind) if kind else None
    steps = vouchers.timeline(voucher, closes_at=window.closes_at if window else None)
    acts = journal.history(voucher.journal_key)
    latest = {_STEP_OF_ACT[act["act"]]: act["at"] for act in acts if act["act"] in _STEP_OF_ACT}
    past = [step for step in steps if step["mark"] == "done"]
    for step in past:
        step["at"] = latest.get(step["title"], step["at"])
        step["note"] = step["note"] or _note(voucher, step["title"], lines)
    told = {step["at"] for step in past}
    past += [_earlier(act) for act in acts if act["act"] in _STEP_OF_ACT and act["at"] not in told]
    past += [_returned(act) for act in acts if act["act"] in _RETURNS]
    known = max((step["at"] for step in past if step["at"]), default=None)
    past.sort(key=lambda step: (step["at"] or known) if known else 0)
    here = [step for step in steps if step["mark"] in ("now", "bad")]
    for step in here:
        step["title"] = _AGAIN.get(voucher.state, step["title"])
        if step["mark"] == "now" and step["at"] is not None:
            step["at"] = f"截止 {at(step['at'])}"
    ahead = [step["title"] for step in steps if step["mark"] == "next"]
    rest = {"title": " → ".join(ahead), "note": "", "at": None, "mark": "next", "article": ""}
    return [*past, *here, *([rest] if ahead else [])]


def _earlier(act: Mapping[str, Any]) -> dict[str, Any]:
    """A step that was taken and then undone by a return or withdrawal."""
    return {"title": _STEP_OF_ACT[act["act"]], "note": "", "at": act["at"], "mark": "done", "article": ""}


def _returned(act: Mapping[str, Any]) -> dict[str, Any]:
    said = "；".join(_reason_said(reason) for reason in act["payload"].get("reasons", ()))
    return {"title": _RETURNS[act["act"]], "note": said, "at": act["at"], "mark": "bad", "article": ""}


def _note(voucher: Any, title: str, lines: list[Any]) -> str:
    contract = voucher.contract
    if title == "提交申领" and contract is not None:
        return f"合同 {contract.number}，上云费用 {format_yuan(contract.cloud_fee_fen)} 元"
    if title == "供应商确认" and voucher.confirmed_hash:
        digest = voucher.confirmed_hash
        return f"合同真实，金额一致（内容摘要 {digest[:4]}…{digest[-2:]}）"
    if title == "主管部门审核并发放":
        return f"服务券 {format_yuan(voucher.face_fen)} 元，{len(lines)} 项应用服务"
    if title == "供应商确认兑现" and voucher.attested_hash:
        digest = voucher.attested_hash
        return f"发票和付款真实，已填报用户端和云端（内容摘要 {digest[:4]}…{digest[-2:]}）"
    if title == "提出兑现申请" and voucher.claim_seq:
        return f"本市结算序号 {voucher.claim_seq}"
    if title == "兑付":
        return f"{format_yuan(voucher.face_fen + voucher.bonus_fen)} 元已拨付到企业账户"
    return ""


def _reason_said(reason: Mapping[str, Any]) -> str:
    label, text = str(reason.get("label") or ""), str(reason.get("text") or "")
    return f"{label}：{text}" if label and text else label or text


def state_said(voucher: Any) -> str:
    """The state as people read it."""
    return LABELS[S(voucher.state)]
