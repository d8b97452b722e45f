"""Why a step of a voucher is refused: pure functions of facts, each with its article and a way to mend it.

Facts are gathered by the actions under lock; a check never asks a database or a clock.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from yunquan.evidence.checks import (
    alarm_found_true,
    exceptions_judged,
    no_open_alarm,
    relation_declared,
    same_content_declared,
    second_look_there,
)
from yunquan.kernel.calendar import SHANGHAI
from yunquan.kernel.money import format_yuan
from yunquan.kernel.refusal import Refusal
from yunquan.kernel.workflow import Facts
from yunquan.vouchers.paying_checks import (
    decision_named,
    no_open_hold,
    objection_or_alarm_upheld,
    publicity_complete,
    recovered_in_full,
)

# The table takes them from here.
__all__ = ["alarm_found_true", "decision_named", "objection_or_alarm_upheld", "recovered_in_full"]
# A registered enterprise whose change of information is not submitted yet is registered all the same.
REGISTERED = ("registered", "amending")


def _clock(moment: datetime) -> str:
    return moment.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")


def _window(facts: Facts, *, code: str, what: str) -> Refusal | None:
    window, now = facts.get("window"), facts["now"]
    if window is None or window.published_at is None:
        return Refusal(
            f"{code}_window_unknown", f"本周期的{what}时间尚未公布。", "D47-5.18", "请留意平台公告。"
        )
    if now < window.opens_at:
        return Refusal(
            f"{code}_window_not_open",
            f"{what}将于 {_clock(window.opens_at)} 开放。",
            "D47-5.18",
            "您填写的内容已保存，开放后可直接提交。",
        )
    if now >= window.closes_at:
        return Refusal(
            f"{code}_window_closed",
            f"{what}已于 {_clock(window.closes_at)} 截止，本次提交在截止后到达。",
            "D47-5.18",
            "您填写的内容仍保存为草稿；如有下一周期，可在开放后继续。",
        )
    return None


def window_open_for_application(facts: Facts) -> Refusal | None:
    """T1: an application counts only when it arrives before the closing time."""
    return _window(facts, code="apply", what="申领")


def window_open_for_claim(facts: Facts) -> Refusal | None:
    """T1 for claims."""
    return _window(facts, code="claim", what="兑现申请")


def typed_completely(facts: Facts) -> Iterable[Refusal]:
    """Everything typed was understood, else each fault beside its field (D47-5.7b, D47-A1.3)."""
    return facts["form_refusals"]


def claims_still_open(facts: Facts) -> Refusal | None:
    """A claim that was approved goes back only while it can come again (D47-5.18)."""
    window = facts.get("window")
    if window is not None and facts["now"] < window.closes_at:
        return None
    mend = "请由审批人不予兑付；余下发票足够的，查明后解除警示。"
    return Refusal("claims_closed", "本周期的兑现已截止，退回后企业无法再提交。", "D47-5.18", mend)


def eligible(facts: Facts) -> Iterable[Refusal]:
    """The enterprise meets D47-4.1; every reason at once."""
    return facts["eligibility"]


def registration_under_way(facts: Facts) -> Refusal | None:
    """An enterprise may apply before its registration is approved, not before it is submitted (D47-5.7a)."""
    if facts["enterprise_state"] in ("submitted", *REGISTERED):
        return None
    return Refusal(
        "enterprise_not_registered",
        "单位资料尚未提交审核，不能申领。",
        "D47-5.7a",
        "请先在“单位资料”中补齐并提交。",
    )


def supplier_registered(facts: Facts) -> Refusal | None:
    """The supplier is registered on the platform (D47-5.3, D47-5.8)."""
    if facts["supplier_state"] == "registered":
        return None
    if any(refusal.field == "supplier" for refusal in facts.get("form_refusals", ())):
        return None  # None was chosen, which is said already.
    return Refusal(
        "supplier_not_registered",
        "所选供应商目前不是平台注册供应商。",
        "D47-5.3",
        "请选择“供应商”名录中的单位，或请该供应商先完成注册。",
        field="supplier",
    )


def award_left(facts: Facts) -> Refusal | None:
    """Something is left under the cumulative ceiling of the cycle (D47-4.4.3)."""
    award = facts.get("award")
    if award is None or award.award_fen > 0:
        return None
    return Refusal(
        "ceiling_reached",
        f"贵企业本周期已核定 {format_yuan(facts['awarded_before_fen'])} 元，已达累计奖补上限。",
        "D47-4.4.3",
        "本周期不能再申领；下一周期可重新申领。",
    )


def contract_unused(facts: Facts) -> Refusal | None:
    """One contract, one living voucher, province-wide (D47-5.8, U1)."""
    used_by = facts.get("contract_used_by")
    if not used_by:
        return None
    return Refusal(
        "contract_used",
        "这份合同已用于另一张服务券，一份合同只能申领一张。",
        "D47-5.8",
        "如编号填写有误请改正；同一合同涉及多项服务的，请在同一张券内分行填写。",
        field="contract_number",
    )


def standing_good(facts: Facts) -> Iterable[Refusal]:
    """No bar, cancelling or suspension on the day, for lapsed vouchers or by a decision (D47-5.19, D47-8.4)."""
    return facts["standing"]


def same_content(facts: Facts) -> Refusal | None:
    """What is confirmed is exactly what was submitted, by content hash (S2)."""
    if facts["content_hash"] == facts["seen_hash"]:
        return None
    return Refusal(
        "content_changed",
        "您看到的内容已被更新，确认没有生效。",
        "D47-5.9",
        "请刷新页面，核对最新内容后再确认。",
    )


def different_person(facts: Facts) -> Refusal | None:
    """Submitter, confirmer, reviewer, approver and releaser are different people (S3)."""
    if facts["person"] not in facts["earlier_persons"]:
        return None
    return Refusal(
        "same_person",
        "您已办理过这张券的前一环节，同一人不能再办理本环节。",
        "D47-5.10",
        "请由另一位有权限的同事办理。",
    )


def pilot_held(facts: Facts) -> Refusal | None:
    """Only a supplier that holds a pilot may tag 试点 (D47-5.9, D47-6.3)."""
    if not facts["tag_pilot"] or facts["supplier_is_pilot"]:
        return None
    return Refusal(
        "no_pilot_held",
        "贵单位未承担本周期试点示范，不能标注“试点”。",
        "D47-6.3",
        "请取消勾选“试点”。",
        "is_pilot",
    )


def reviews_here(facts: Facts) -> Refusal | None:
    """The city reviews, or its county where the city so set (D47-5.10)."""
    if facts["reviews_here"]:
        return None
    return Refusal(
        "reviewed_elsewhere", facts["reviews_elsewhere_note"], "D47-5.10", "请由设定的审核部门办理。"
    )


def reasons_stated(facts: Facts) -> Refusal | None:
    """A return or rejection states at least one reason, all at once (D47-5.21, S6)."""
    if facts["reasons"]:
        return None
    return Refusal(
        "no_reason", "请至少勾选或填写一条理由，并一次性告知全部理由。", "D47-5.21", field="reasons"
    )


def late_reasons_explained(facts: Facts) -> Refusal | None:
    """A reason that was visible at an earlier return is given only with words on why it comes now (S6)."""
    if not facts["late"] or facts["late_words"]:
        return None
    return Refusal(
        "late_reason",
        f"上次退回时即可发现、当时没有告知：{'、'.join(facts['late'])}。",
        "D47-5.21",
        "退回理由应当一次性告知。确需以此再次退回的，请写明当时没有告知的原因；企业、省和审计都会看到。",
        "late_words",
    )


def enterprise_approved(facts: Facts) -> Refusal | None:
    """A voucher is issued only to an enterprise whose registration is approved (D47-5.10)."""
    if facts["enterprise_state"] in REGISTERED:
        return None
    return Refusal(
        "enterprise_not_approved",
        "该企业的单位资料尚未审核通过，暂不能发放。",
        "D47-5.10",
        "请先在“注册审核”中办理该企业的资料审核。",
    )


def still_claimable(facts: Facts) -> Refusal | None:
    """A voucher that could no longer be claimed isn't issued: it would only lapse and count (D47-5.18, 5.19)."""
    closed_at = facts.get("claim_closed_at")
    if closed_at is None:
        return None
    return Refusal(
        "claim_window_over",
        f"本周期的兑现已于 {_clock(closed_at)} 截止，发放后无法兑现。",
        "D47-5.18",
        "请驳回并写明原因，企业可在下一周期重新申领。",
    )


def enterprise_reviewed(facts: Facts) -> Refusal | None:
    """A claim is approved, and its bonus reckoned, on reviewed information alone (D47-4.4.5, D47-5.20)."""
    if facts["enterprise_state"] in REGISTERED:
        return None
    return Refusal(
        "enterprise_under_review",
        "该企业单位资料的变更尚未审核通过，暂不能通过兑现审核。",
        "D47-5.20",
        "请先在“注册审核”中办理该企业的资料审核。",
    )


def quota_left(facts: Facts) -> Refusal | None:
    """The city's quota covers the face (D47-8.2a, Q1, Q3); decided again by the ledger itself."""
    left, face = facts["quota_left_fen"], facts["face_fen"]
    if left is None or face <= left:
        return None
    return quota_exhausted(left_fen=left, face_fen=face)


def quota_exhausted(*, left_fen: int, face_fen: int) -> Refusal:
    """The refusal "no quota": remaining and wanted amounts in fen."""
    return Refusal(
        "no_quota",
        f"本市剩余额度 {format_yuan(left_fen)} 元，不足本券 {format_yuan(face_fen)} 元。",
        "D47-8.2a",
        "可向省厅申请调剂额度；调剂后按先到先得继续发放。",
    )


def claim_papers_agree(facts: Facts) -> Iterable[Refusal]:
    """Parties, sums, days and marks of a claim's papers agree with the voucher before it is made (D47-4.2, 5.11)."""
    return facts["findings"]


def evidence_unused(facts: Facts) -> Iterable[Refusal]:
    """Invoice, proof and acceptance report serve one claim only (U2, U3)."""
    return facts["evidence_used"]


def supplier_may_decline(facts: Facts) -> Refusal | None:
    """A supplier may decline a claim where the rules say so (D47-5.12, open point 11)."""
    if facts["may_decline"]:
        return None
    return Refusal(
        "may_not_decline", "现行规则不允许供应商退回兑现申请。", "D47-5.12", "请核实后确认，或联系主管部门。"
    )


def ends_given(facts: Facts) -> Iterable[Refusal]:
    """Client and cloud ends for every service (D47-5.12)."""
    return facts["ends_missing"]


def verdict_done(facts: Facts) -> Refusal | None:
    """The latest usage verdict says done (D47-5.13)."""
    if facts["verdict"] == "done":
        return None
    return Refusal("no_verdict", "行为数据尚未判定为“完成”。", "D47-5.13", "请先录入或等待判定。")


def verdict_not_done(facts: Facts) -> Refusal | None:
    """The latest usage verdict says not done; "not enough data" is never the same (D47-5.13)."""
    if facts["verdict"] == "not_done":
        return None
    return Refusal("no_verdict", "行为数据尚未判定为“未完成”。", "D47-5.13", "数据不足不等于未完成。")


def claim_checks_pass(facts: Facts) -> Iterable[Refusal]:
    """Issuer, payee and sums as the city must check them (D47-5.14, M6)."""
    return facts["claim_refusals"]


def application_window_over(facts: Facts) -> Refusal | None:
    """The clock closes drafts and returned applications only after the application window (D47-5.18)."""
    return _still_open(facts)


def claim_window_over(facts: Facts) -> Refusal | None:
    """The clock lapses a voucher only after the claim window (D47-5.18)."""
    return _still_open(facts)


def _still_open(facts: Facts) -> Refusal | None:
    window = facts.get("window")
    if window is not None and window.published_at is not None and facts["now"] >= window.closes_at:
        return None
    return Refusal("window_still_open", "截止时间未到，不能关闭。", "D47-5.18")


ON_SUBMIT = (
    window_open_for_application,
    typed_completely,
    registration_under_way,
    eligible,
    standing_good,
    supplier_registered,
    contract_unused,
    award_left,
)
ON_CONFIRM = (
    same_content,
    standing_good,
    supplier_registered,
    different_person,
    pilot_held,
    relation_declared,
)
ON_ISSUE = (
    reviews_here,
    same_content,
    standing_good,
    enterprise_approved,
    still_claimable,
    different_person,
    second_look_there,
    quota_left,
)
ON_CLAIM = (
    window_open_for_claim,
    typed_completely,
    standing_good,
    claim_papers_agree,
    evidence_unused,
    same_content_declared,
)
ON_DECLINE_CLAIM = (supplier_may_decline, reasons_stated)
ON_ATTEST = (same_content, standing_good, different_person, ends_given, relation_declared)
ON_APPROVE = (
    same_content,
    standing_good,
    enterprise_reviewed,
    different_person,
    claim_checks_pass,
    exceptions_judged,
    second_look_there,
    no_open_alarm,
)
ON_LIST = (standing_good, no_open_hold, no_open_alarm)
ON_ORDER = (standing_good, publicity_complete, no_open_hold, no_open_alarm)
