"""Why a step from the conclusion of an inspection to its published result is refused; pure functions of facts.

D108-A2, D108-3.4, D108-4, D108-2.2, D26-4.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from yunquan.kernel.refusal import Refusal
from yunquan.kernel.workflow import Facts

# What is a sanction and is not laid on anyone unheard; that the voucher itself isn't paid is none.
SANCTIONS = frozenset(
    {
        "supplier_vouchers_revoked",
        "supplier_standing_cancelled",
        "supplier_barred",
        "enterprise_barred",
        "recovery",
    }
)
PARTIES = {"supplier": "供应商", "enterprise": "企业"}


def on_the_panel(facts: Facts) -> Refusal | None:
    """An expert speaks on what its own panel looked at (D108-3.1)."""
    if facts.get("on_panel", True):
        return None
    return Refusal("not_on_panel", "您不在这次抽查的专家组内。", "D108-3.1")


def runs_it(facts: Facts) -> Refusal | None:
    """The bureau that runs the plan handles its results (D108-2.2, D26-1)."""
    if facts.get("runs_it", True):
        return None
    return Refusal("not_your_plan", "这次抽查由其他主管部门组织，请由组织方办理。", "D108-2.2")


def outcome_known(facts: Facts) -> Refusal | None:
    """An outcome is one that the regime knows."""
    if facts["outcome_known"]:
        return None
    return Refusal("unknown_outcome", "请选择抽查规程列明的结论。", "D108-4", field="outcome")


def grounds_given(facts: Facts) -> Refusal | None:
    """What is not qualified says on which of the grounds (D108-4, D26-4)."""
    if facts.get("qualified", True) or facts.get("grounds"):
        return None
    return Refusal("no_grounds", "不合格的结论须写明属于哪种情形。", "D108-4", field="grounds")


def asked_once(facts: Facts) -> Refusal | None:
    """An amount in doubt is asked about once; the three working days do not begin again (D108-A2)."""
    if not facts["asked_before"]:
        return None
    return Refusal("asked_before", "已要求说明过一次，请按已有材料给出结论。", "D108-A2")


def text_stated(facts: Facts) -> Refusal | None:
    """An explanation explains (D108-A2)."""
    if str(facts.get("text") or "").strip():
        return None
    mend = "请说明定价依据，并上传过往同类合同、验收报告和发票。"
    return Refusal("no_text", "请填写说明。", "D108-A2", mend, "text")


def files_own(facts: Facts) -> Refusal | None:
    """What is filed was uploaded by the party itself."""
    if facts.get("files_own", True):
        return None
    return Refusal("file_unknown", "附件不存在，请重新上传。", "D108-A2", field="files")


def time_over(facts: Facts) -> Refusal | None:
    """The clock steps in on the day after the last one."""
    if facts["due_on"] is not None and facts["today"] > facts["due_on"]:
        return None
    return Refusal("time_left", "期限还没有过。", "D108-3.4")


def explained_before(facts: Facts) -> Refusal | None:
    """A panel thinks again because of an explanation, or because none came (D108-A2)."""
    if facts["asked_before"]:
        return None
    return Refusal("not_asked", "没有要求过说明，结论不能改。", "D108-A2", "金额存疑的，请先要求说明。")


def answer_stated(facts: Facts) -> Iterable[Refusal]:
    """A written answer accepts or not, and says why not (D108-3.4)."""
    if facts["accepts"] is None:
        yield Refusal("no_choice", "请选择是否认可抽查结果。", "D108-3.4", field="accepts")
    elif not facts["accepts"] and not str(facts.get("text") or "").strip():
        yield Refusal("no_text", "不认可的，请写明意见。", "D108-3.4", "可一并上传证明材料。", "text")


def answered_once(facts: Facts) -> Refusal | None:
    """Each party answers once."""
    if not facts["answered_before"]:
        return None
    return Refusal(
        "answered_before", "贵单位已经提交过书面意见。", "D108-3.4", "补充情况可在陈述申辩时说明。"
    )


def answers_in(facts: Facts) -> Refusal | None:
    """Nobody proposes before those concerned have answered or their time is over (D108-3.4)."""
    if not facts["silent"] or facts["due_on"] is None or facts["today"] > facts["due_on"]:
        return None
    who = "、".join(PARTIES[one] for one in facts["silent"])
    return Refusal(
        "answers_awaited",
        f"{who}的书面意见还没有收到，答复期限到 {facts['due_on']}。",
        "D108-3.4",
        "请在收到意见或期限过后再提出处理意见。",
    )


def heard_before_sanction(facts: Facts) -> Refusal | None:
    """Nobody is sanctioned unheard: who stays away was asked (D108-4, D47-8.4)."""
    if not facts["unheard"]:
        return others_heard(facts.get("others_unheard") or ())
    who = "、".join(PARTIES[one] for one in facts["unheard"])
    return Refusal(
        "not_heard",
        f"这一处理涉及取消资格、限期不得申请或追回，或者比已反馈的结果更重，须先听取{who}的陈述申辩。",
        "D108-4",
        "请通知当事方并登记陈述申辩的情况（缺席也要登记）。",
    )


def others_heard(names: Sequence[str]) -> Refusal | None:
    """Nor is another voucher that was paid asked back before its enterprise could speak (D108-4)."""
    if not names:
        return None
    some = "、".join(names[:5]) + (f"等 {len(names)} 家" if len(names) > 5 else "")
    return Refusal(
        "others_not_heard",
        f"这一处理还要追回供应商其他已兑付的券，须先通知{some}陈述申辩。",
        "D108-4",
        "请再发出陈述申辩的通知，会一并通知这些企业；到了时间再办理。",
    )


def may_send_back(facts: Facts) -> Refusal | None:
    """A proposal goes back to its officer; a decision only while its review is open and nothing was done."""
    if facts["effective"]:
        return Refusal("effective", "处理已经生效，不能退回。", "D108-4", "请由当事方申诉。")
    return runs_it(facts) if facts["state"] == "proposed" else review_asked(facts)


def decision_document(facts: Facts) -> Refusal | None:
    """A sanction rests on a document (D108-4, D47-5.23)."""
    if not facts["sanctions"] or facts["document"]:
        return None
    return Refusal("no_document", "请上传处理决定文件。", "D108-4", "追回和资格处理以它为依据。", "document")


def review_asked(facts: Facts) -> Refusal | None:
    """The province reviews a city's result where the regime says so (D108-2.2)."""
    if facts["to_review"]:
        return None
    return Refusal("no_review", "这次抽查的结果不须省厅复核。", "D108-2.2")


def reviewed_where_asked(facts: Facts) -> Refusal | None:
    """A city's result is not published before its review (D108-2.2)."""
    if not facts["to_review"] or facts["state"] == "reviewed":
        return None
    return Refusal("review_awaited", "地市抽查结果须经省厅复核后统一发布。", "D108-2.2")


def publishes_it(facts: Facts) -> Refusal | None:
    """The province publishes its own and what it reviewed, together; a city what it runs alone (D108-2.2, D26-1)."""
    if facts["publishes"]:
        return None
    return Refusal("published_elsewhere", "这次抽查的结果由另一主管部门发布。", "D108-2.2")


def rectification_failed(facts: Facts) -> Refusal | None:
    """A decision is opened again where what it ordered was found not mended (D858-2.3)."""
    if facts["rectification_failed"]:
        return None
    return Refusal(
        "nothing_failed", "没有复查不通过的整改，不能重新处理。", "D858-2.3", "请先完成整改的复查。"
    )


def no_other_inspection(facts: Facts) -> Refusal | None:
    """A voucher is in one open inspection at a time."""
    if not facts["other_open"]:
        return None
    return Refusal(
        "inspected_elsewhere", "这张券正在另一次抽查中。", "D858-2.3", "请在那次抽查中提出处理意见。"
    )


def hearing_told(facts: Facts) -> Iterable[Refusal]:
    """A hearing says when, how, who came, what was said and what follows."""
    wanted = (("mode", "方式"), ("summary", "陈述申辩要点"), ("finding", "听取意见后的认定"))
    for field, label in wanted:
        if not str(facts.get(field) or "").strip():
            yield Refusal("missing", f"请填写{label}。", "D108-4", field=field)
    if not facts["parties"]:
        yield Refusal("missing", "请登记当事方是否到场。", "D108-4", field="parties")
    if facts["held_at"] is None or facts["held_at"] > facts["now"]:
        yield Refusal("not_held", "请填写实际举行的时间。", "D108-4", field="held_at")
    elif facts["since"] is not None and facts["held_at"] < facts["since"]:
        yield Refusal(
            "before_informed", "举行时间不能早于向当事方反馈（或重新处理）的时间。", "D108-4", field="held_at"
        )
    if facts["uncalled"]:
        who = "、".join(PARTIES[one] for one in facts["uncalled"])
        yield Refusal(
            "not_summoned",
            f"没有通知{who}参加当天这一时间的陈述申辩，不能登记为缺席。",
            "D108-4",
            "请先发出通知，到时仍不到场的再登记缺席。",
            "parties",
        )
