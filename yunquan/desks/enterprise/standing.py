"""What the first page says of an enterprise and of one voucher: whose turn it is and what to do."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.urls import reverse

from yunquan.desks.shared import journey
from yunquan.desks.shared.templatetags.gov import at, on
from yunquan.kernel.calendar import WorkingCalendar
from yunquan.parties import queries as parties
from yunquan.parties import regions
from yunquan.vouchers.lifecycle import S

APPROVED = ("registered", "approved", "amending")
_NEXT_WORDS = {
    S.SUBMITTED: (
        "供应商 {supplier} 正在核对合同和金额",
        "确认后转主管部门审核；确认前您可以撤回修改。",
        "D47-5.9",
    ),
    S.CONFIRMED: ("{bureau}正在审核", "审核通过即发放服务券；有问题会一次性告知。", "D47-5.10"),
    S.CLAIMED: (
        "供应商 {supplier} 正在确认兑现材料",
        "供应商还要填报用户端和公有云应用端；确认前、兑现截止前您可以撤回修改。",
        "D47-5.12",
    ),
    S.ATTESTED: ("省厅正在判定上云上平台行为数据", "判定完成后转地市审核兑现。", "D47-5.13"),
    S.VERIFIED: ("{city}主管部门正在审核兑现", "通过后列入结算清单公示。", "D47-5.14"),
    S.APPROVED: ("兑现审核已通过，等待列入结算清单", "列入后公示不少于 7 天。", "D47-5.14"),
    S.LISTED: ("已列入结算清单公示", "公示期满且没有异议，按先后次序兑付。", "D47-5.22"),
    S.ORDERED: ("银行正在付款", "款项将付到单位资料中的银行账户。", "D47-5.15"),
    S.PAID: ("已兑付", "请保存合同、发票和使用记录，配合今后的抽查。", "D47-5.23"),
    S.RECOVERED: ("奖补资金已全额追回", "", "D47-5.23"),
    S.REJECTED: ("申领被驳回", "", "D47-5.21"),
    S.REFUSED: ("不予兑付", "", "D47-5.21"),
    S.EXPIRED: ("申领截止时仍未完成，已关闭", "没有发券，不记未兑现；下一周期可重新申领。", "D47-5.18"),
    S.LAPSED: ("逾期未兑现，本券作废，已记 1 次未兑现", "", "D47-5.19"),
    S.CANCELLED: ("您已撤销这份申领", "", ""),
    S.REVOKED: (
        "抽查认定不符合要求，奖补资格已取消",
        "理由和处理见“抽查”；有异议的，向作出处理的主管部门书面提出。",
        "D108-4",
    ),
}


def present(voucher: Any, *, calendar: WorkingCalendar, today: date, now: datetime) -> dict[str, Any]:
    """Whose turn it is, since when, until when, what happens otherwise, and the button that leads on."""
    due = journey.deadline_of(voucher)
    left = journey.days_left(voucher, calendar, today)
    shown: dict[str, Any] = {
        "mine": False, "text": "", "then": "", "article": "", "url": "", "button": "",
        "since": voucher.waiting_since, "left": left, "due": due,
        "late": f"已超期 {-left} 个工作日" if left is not None and left < 0 else "",
    }  # fmt: skip
    if voucher.state in (S.DRAFT, S.RETURNED):
        url = reverse("enterprise:apply_step", args=[voucher.number, "contract"])
        verb = "改好后重新提交" if voucher.state == S.RETURNED else "填完并提交申领"
        return shown | {
            "mine": True,
            "text": _until(due, now, verb),
            "then": "需要：盖章的合同、各项上云费用、供应商。逾期未提交，本周期不能再申领。",
            "article": "D47-5.18",
            "url": url,
            "button": "修改申领" if voucher.state == S.RETURNED else "继续填写",
        }
    if voucher.state in (S.ISSUED, S.CLAIM_RETURNED):
        url = reverse("enterprise:claim_step", args=[voucher.number, "invoices"])
        verb = "补正兑现材料并重新提交" if voucher.state == S.CLAIM_RETURNED else "提出兑现申请"
        return shown | {
            "mine": True,
            "text": _until(due, now, verb),
            "then": "需要：发票、支付凭证、验收报告。逾期未兑现，本券作废，并记 1 次未兑现。",
            "article": "D47-5.18,D47-5.19",
            "url": url,
            "button": "补正材料" if voucher.state == S.CLAIM_RETURNED else "开始兑现",
        }
    text, then, article = _NEXT_WORDS[S(voucher.state)]
    if voucher.state == S.LISTED:
        shown |= _publicity(voucher)
    supplier = voucher.supplier.name if voucher.supplier is not None else ""
    city = regions.place_name(voucher.city)
    bureau = parties.reviewing_bureau(voucher.city, voucher.county).name if "{bureau}" in text else ""
    return shown | {
        "text": text.format(supplier=supplier, bureau=bureau, city=city),
        "then": shown["then"] or then,
        "article": article,
    }


def _publicity(voucher: Any) -> dict[str, Any]:
    """The list that the voucher stands on, once it is in public: until when, and the way to it."""
    lines = voucher.settlement_lines.select_related("settlement_list").order_by("-pk")
    line = lines.filter(settlement_list__published_at__isnull=False).first()
    bounced = voucher.instructions.filter(state="bounced").order_by("-pk").first()
    if line is None:
        return {}
    row = line.settlement_list
    url = reverse("public:one_list", args=[row.pk])
    shown: dict[str, Any] = {"due": row.publicity_ends_at, "url": url, "button": "查看公示"}
    if bounced is not None:
        why = f"（{bounced.refusal_reason}）" if bounced.refusal_reason else ""
        shown["then"] = f"上次付款被银行退回{why}。请在“单位资料”核对并变更收款账户，下一批再付。"
    return shown


def _until(due: datetime | date | None, now: datetime, verb: str) -> str:
    if due is None:
        return f"{verb}（截止时间尚未公布）"
    if isinstance(due, datetime) and due <= now:
        return f"已于 {at(due)} 截止，不能再{verb}"
    return f"请在 {at(due)} 前{verb}"


def registration_note(enterprise: Any) -> dict[str, str]:
    """What the enterprise still has to do about its registration, empty once it is approved."""
    url = reverse("enterprise:profile")
    if enterprise.state == "draft":
        return {
            "tone": "is-waiting", "title": "先补齐单位资料",
            "text": "填好单位资料并提交后就可以申领；资料审核与申领审核同时进行。",
            "url": url, "button": "填写单位资料",
        }  # fmt: skip
    if enterprise.state == "submitted":
        said = f"，期限 {on(enterprise.due_on)}" if enterprise.due_on else ""
        return {
            "tone": "", "title": "单位资料正在审核",
            "text": f"{regions.place_name(enterprise.city)}主管部门审核中{said}。审核期间可以先申领。",
            "url": url, "button": "查看",
        }  # fmt: skip
    if enterprise.state == "returned":
        return {
            "tone": "is-bad", "title": "单位资料被退回", "text": "请按退回理由补正后重新提交。",
            "url": url, "button": "去补正",
        }  # fmt: skip
    if enterprise.state == "amending":
        return {
            "tone": "is-waiting", "title": "单位资料正在变更", "text": "改好后请提交审核，或放弃变更。",
            "url": url, "button": "继续变更",
        }  # fmt: skip
    if enterprise.state == "rejected":
        return {
            "tone": "is-bad", "title": "单位资料审核未通过", "text": "不能申领服务券；如有异议请联系主管部门。",
            "url": url, "button": "查看理由",
        }  # fmt: skip
    return {}
