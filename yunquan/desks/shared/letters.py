"""文书: receipts and notices of a case, each made from its entry in the log and nothing else (D47-5.20, D47-5.21).

A paper carries a digest over the entry's own hash, so that anyone who holds it can see on a public page whether the
platform wrote it, and what was recorded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from yunquan.desks.shared import articles, journey
from yunquan.desks.shared.templatetags.gov import at as moment
from yunquan.journal import queries as journal
from yunquan.kernel.canonical import content_hash
from yunquan.kernel.money import format_yuan
from yunquan.parties import queries as parties

_SYSTEM = "“上云上平台”服务券平台（系统出具）"
# Act in the log: title, tone of the paper, and its opening sentence.
_VOUCHER = {
    "submit": (
        "服务券申领回执",
        "你单位提交的服务券申领，平台已于下列时间收到。供应商确认后由主管部门审核。",
    ),
    "issue": (
        "服务券发放通知书",
        "经审核，现向你单位发放下列服务券。本券为电子券，不得转让、赠送、质押或重复使用；请在兑现截止前提出兑现申请，逾期作废。",
    ),
    "decline": ("服务券申领退回通知书", "供应商未确认下列申领。请按下列理由一次补正后重新提交。"),
    "send_back": ("服务券申领退回通知书", "下列申领需要补正。全部理由一次告知如下，请补正后重新提交。"),
    "reject": ("服务券申领驳回通知书", "下列申领不符合规定，予以驳回，理由如下。"),
    "expire": ("服务券申领关闭通知书", "申领截止前没有完成下列申领，现予关闭。"),
    "claim": (
        "兑现申请回执",
        "你单位提出的兑现申请，平台已于下列时间收到。兑付按收到时间先后排序，序号如下，请妥善保存本回执。",
    ),
    "decline_claim": (
        "兑现申请退回通知书",
        "供应商未确认下列兑现申请。请按下列理由一次补正后重新提交。",
    ),
    "mark_not_done": (
        "兑现申请退回通知书",
        "经行为数据分析，下列服务券未标注为完成上云上平台，兑现申请退回。可在兑现截止前继续使用并重新申请。",
    ),
    "send_back_claim": (
        "兑现申请退回通知书",
        "下列兑现申请需要补正。全部理由一次告知如下，请补正后重新提交。",
    ),
    "reject_claim": ("兑现申请驳回通知书", "下列兑现申请不符合规定，不予兑付，理由如下。"),
    "refuse": ("不予兑付通知书", "公示期内收到的异议经核查成立，下列服务券不予兑付。"),
    "lapse": ("服务券作废通知书", "兑现截止前没有完成兑现，下列服务券作废，并记 1 次未兑现。"),
    "pay": ("奖补资金兑付通知书", "下列服务券的奖补资金已兑付，请核对到账。"),
}
# A voucher ends for an objection, or because its invoice was reversed: the opening and the article are others.
_GROUNDS = {
    "invoice_alarm": ("经核查，下列服务券兑现所用的发票已被红冲或作废，不予兑付，理由如下。", "D47-5.14"),
}
_REGISTRATION = {
    "submit": ("注册资料回执", "你单位提交的注册资料，平台已于下列时间收到，由主管部门审核。"),
    "approve": ("注册审核通过通知书", "你单位的注册资料已审核通过。"),
    "register": ("供应商注册通知书", "你单位已注册为服务券平台供应商。"),
    "send_back": ("注册资料退回通知书", "你单位的注册资料需要补正。全部理由一次告知如下，请补正后重新提交。"),
    "refuse_change": ("资料变更不予同意通知书", "你单位提交的资料变更未获同意，仍按原资料办理，理由如下。"),
    "reject": ("注册申请驳回通知书", "你单位的注册申请不符合规定，予以驳回，理由如下。"),
}
_NOUNS: dict[str, Mapping[str, tuple[str, str]]] = {
    "voucher": _VOUCHER, "enterprise": _REGISTRATION, "supplier": _REGISTRATION,
}  # fmt: skip
# The application window closes returned applications, the claim window returned claims and issued vouchers.
_UNTIL = {
    "decline": "apply", "send_back": "apply", "issue": "claim", "decline_claim": "claim",
    "mark_not_done": "claim", "send_back_claim": "claim",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One paper of a case, ready to be set as PDF or Word; money in fen."""

    seq: int
    act: str
    title: str
    at: datetime
    addressee: str
    paragraphs: Sequence[str]
    items: Sequence[Mapping[str, str]]
    facts: Sequence[tuple[str, str]]
    issuer: str
    digest: str
    total_fen: int | None = None

    @property
    def number(self) -> str:
        return f"日志第 {self.seq} 号"


def digest_of(act: Mapping[str, Any], leaf: str) -> str:
    """What a paper is checked by: the case, the act, its place in the log and the hash of its entry."""
    return content_hash(
        {
            "act": act["act"],
            "form": "yunquan-letter/1",
            "leaf": leaf,
            "obj": act["obj"],
            "seq": str(act["seq"]),
        }
    )


def kind_of(act: Mapping[str, Any]) -> tuple[str, str] | None:
    """Title and opening of the paper that an entry of the log brings, or None for acts without a paper.

    `register` is also the act by which an account is opened: only what ends as registered is a registration.
    """
    noun, _, verb = str(act["act"]).partition(".")
    if verb == "register" and act["post"] != "registered":
        return None
    return _NOUNS.get(noun, {}).get(verb)


def listed(obj: str) -> list[dict[str, Any]]:
    """The papers of a case, the latest first: number in the log, title, time."""
    return [
        {"seq": act["seq"], "title": kind[0], "at": act["at"]}
        for act in reversed(journal.history(obj))
        if (kind := kind_of(act)) is not None
    ]


def letter(thing: Any, seq: int) -> Letter | None:
    """One paper of a voucher, an enterprise or a supplier; None where the log has no such act on it."""
    found = journal.entry(seq)
    if found is None or found["fields"]["obj"] != thing.journal_key or found["fields"]["res"] != "ok":
        return None
    act, payload = found["fields"], found["payload"] or {}
    kind = kind_of(act)
    if kind is None:
        return None
    verb = act["act"].partition(".")[2]
    is_voucher = act["act"].startswith("voucher.")
    total = _sum_of(thing, verb, payload) if is_voucher else None
    return Letter(
        seq=seq,
        act=act["act"],
        title=kind[0],
        at=found["row"].at,
        addressee=thing.enterprise.name if is_voucher else thing.name,
        paragraphs=[
            _GROUNDS.get(payload.get("ground", ""), (kind[1],))[0],
            *([_until(thing, verb)] if is_voucher and verb in _UNTIL else []),
        ],
        items=[_item(reason) for reason in _reasons(payload)],
        facts=_facts(thing, verb, act, payload, found["row"].at, is_voucher=is_voucher),
        issuer=_issuer(act["org"]),
        digest=digest_of(act, found["row"].leaf),
        total_fen=total,
    )


def _reasons(payload: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Why, as the log has it: reasons from the list of the rules, or one in the officer's own words."""
    if payload.get("ground") in _GROUNDS:
        return [{"text": payload.get("reason", ""), "article": _GROUNDS[payload["ground"]][1]}]
    return list(payload.get("reasons", []))


def _item(reason: Mapping[str, Any]) -> dict[str, str]:
    article = str(reason.get("article") or "")
    label, text = str(reason.get("label") or ""), str(reason.get("text") or "")
    late = "此前退回时即可发现" if reason.get("flagged") else ""
    if late and reason.get("why_late"):
        late += f"，当时没有告知的原因：{reason['why_late']}"
    return {
        "says": label or text,
        "text": "；".join(part for part in (text if label else "", late) if part),
        "mend": str(reason.get("mend") or ""),
        "article": articles.short(article) if article else "",
    }


def recorded(payload: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What the log itself says of an act with a paper: sum, place in the queue, hash of the content."""
    rows = []
    for name, label in (("face_fen", "金额"), ("paid_fen", "兑付金额")):
        if payload.get(name):
            rows.append((label, f"{format_yuan(int(payload[name]))} 元"))
    if payload.get("claim_seq"):
        rows.append(("本市结算序号", str(payload["claim_seq"])))
    for name in ("content_hash", "claim_hash"):
        if payload.get(name):
            rows.append(("内容摘要", str(payload[name])))
    return rows


def _sum_of(voucher: Any, verb: str, payload: Mapping[str, Any]) -> int | None:
    """The sum that a paper states: as recorded with the act, the paid one with its bonus."""
    if verb in ("submit", "issue") and "face_fen" in payload:
        return int(payload["face_fen"])
    if verb == "pay":
        # What a decided objection took off was not paid; entries before this was recorded say no sum of their own.
        return int(payload.get("paid_fen") or voucher.face_fen + voucher.bonus_fen)
    return None


def _until(voucher: Any, verb: str) -> str:
    kind = _UNTIL[verb]
    window = journey.window_of(voucher, kind)
    what = "申领" if kind == "apply" else "兑现"
    return f"{what}截止时间：{moment(window.closes_at)}，以平台收到的时间为准。" if window is not None else ""


def _facts(
    thing: Any,
    verb: str,
    act: Mapping[str, Any],
    payload: Mapping[str, Any],
    when: datetime,
    *,
    is_voucher: bool,
) -> list[tuple[str, str]]:
    rows = []
    if is_voucher:
        rows = [
            ("券号", thing.number),
            ("企业", f"{thing.enterprise.name}（{thing.enterprise.uscc}）"),
            ("供应商", thing.supplier.name if thing.supplier is not None else "—"),
        ]
    else:
        rows = [("单位", f"{thing.name}（{thing.uscc}）")]
    rows.append(("收到时间" if verb in ("submit", "claim") else "办理时间", moment(when)))
    rows += recorded(payload)
    if verb == "pay":
        whole = thing.face_fen + thing.bonus_fen
        rows.append(("其中贯标奖补", f"{format_yuan(thing.bonus_fen)} 元"))
        if (paid := _sum_of(thing, verb, payload)) is not None and paid < whole:
            rows.append(("异议处理后核减", f"{format_yuan(whole - paid)} 元"))
    rule = next((code for code in str(act["why"]).split() if "-" in code), "")
    if payload.get("ground") in _GROUNDS:
        rule = _GROUNDS[payload["ground"]][1]
    rows.append(("依据", articles.short(rule) if rule else "—"))
    return rows


def _issuer(org: str) -> str:
    """Who speaks in the paper: the bureau or supplier that acted; the platform itself for receipts and the clock."""
    speaks = org.partition(":")[0] in ("bureau", "supplier")
    return (parties.organisation_name(org) if speaks else "") or _SYSTEM
