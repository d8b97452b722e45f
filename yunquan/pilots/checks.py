"""Why a step of a pilot 试点示范 is refused: pure functions of the facts that an action gathered (D47-A2, D47-6)."""

from __future__ import annotations

from collections.abc import Iterable

from yunquan.kernel.refusal import Refusal
from yunquan.kernel.workflow import Facts

FORM, RULES, FAILED = "D47-A2", "D47-6.2", "D47-6.5"


def another_person(facts: Facts) -> Refusal | None:
    """Who proposed or prepared it does not decide on it (S3)."""
    if facts["person"] not in facts["earlier_persons"]:
        return None
    return Refusal("same_person", "提出或经办的人不能自己审批。", RULES, "请由另一位省厅审批人办理。")


def reason_stated(facts: Facts) -> Refusal | None:
    """The step says why."""
    if str(facts["reason"] or "").strip():
        return None
    return Refusal("no_reason", "请写明理由。", FORM, field="reason")


def reasons_stated(facts: Facts) -> Refusal | None:
    """An application goes back with every reason at once."""
    if facts["reasons"]:
        return None
    mend = "请一次写明全部需要补正的内容。"
    return Refusal("no_reason", "没有写明退回理由。", FORM, mend, "reasons")


def nothing_new_said(facts: Facts) -> Refusal | None:
    """What stood there at the first return could have been said then: an application is returned once."""
    late = [reason for reason in facts["reasons"] if reason["flagged"]]
    if not late:
        return None
    return Refusal(
        "reason_too_late",
        "材料自上次退回后没有变动的部分，不能再以新的理由退回（一次性告知）。",
        FORM,
        "请受理，由专家评审时评判；或只就变动的内容退回。",
        "reasons",
    )


# The call.


def call_is_whole(facts: Facts) -> Iterable[Refusal]:
    """Everything that is wrong with a call, when it is drafted and again when it is published."""
    return tuple(facts["faults"])


def call_is_over(facts: Facts) -> Refusal | None:
    """Nothing is ranked while somebody may still apply or mend."""
    if facts["now"] >= facts["closes_at"] and not facts["mending"]:
        return None
    said = "申报尚未截止。" if facts["now"] < facts["closes_at"] else "还有申报在补正期内。"
    return Refusal("call_not_over", said, FORM, "请在截止、补正期满后排序。")


def all_are_reviewed(facts: Facts) -> Iterable[Refusal]:
    """Every application was accepted or returned, and has as many sheets as the call asks for, none open."""
    for title in facts["waiting"]:
        yield Refusal("not_accepted", f"“{title}”还没有受理或退回。", FORM, "请先作形式审查。")
    for title, given, least in facts["too_few"]:
        said = f"“{title}”只有 {given} 位专家评分，要求至少 {least} 位。"
        yield Refusal("too_few_sheets", said, FORM, "请催交或增派专家。")
    for title in facts["open_seats"]:
        said = f"“{title}”还有专家没有交评分表。"
        yield Refusal("sheet_open", said, FORM, "请等待评分，或请专家回避。")


def choice_is_whole(facts: Facts) -> Iterable[Refusal]:
    """Those proposed passed the mark and no better one was left out without a reason; each has its earmarks."""
    return tuple(facts["faults"])


# The application.


def call_still_open(facts: Facts) -> Refusal | None:
    """One applies until the closing date; a returned application until its own date for mending."""
    if facts["call_open"]:
        return None
    return Refusal("call_closed", f"申报已于 {facts['closes_said']} 截止。", RULES, "请留意下一次申报通知。")


def nothing_missing(facts: Facts) -> Iterable[Refusal]:
    """Every fault of the form at once."""
    return tuple(facts["faults"])


def nothing_against(facts: Facts) -> Iterable[Refusal]:
    """Nobody cancelled, barred or suspended becomes a pilot (D47-8.4, D108-4)."""
    return tuple(facts["sanctions"])


def is_registered(facts: Facts) -> Refusal | None:
    """The applicant is a registered supplier."""
    if facts["supplier_state"] == "registered":
        return None
    return Refusal("not_registered", "申报单位还不是已注册供应商。", FORM, "请先完成供应商注册。")


def is_of_guangdong(facts: Facts) -> Refusal | None:
    """The applicant is registered in Guangdong as a legal person of its own."""
    if facts["in_guangdong"]:
        return None
    return Refusal("not_of_guangdong", "申报单位须在广东省内依法注册。", FORM, "省外单位可作为联合单位参加。")


def never_failed(facts: Facts) -> Refusal | None:
    """Whose title was withdrawn doesn't apply again."""
    if not facts["title_withdrawn"]:
        return None
    return Refusal("title_withdrawn", "曾被取消试点示范称号，不能再申报。", FAILED)


def holds_no_title(facts: Facts) -> Refusal | None:
    """One title at a time: tags and progress are counted for one pilot."""
    if not facts["holds_title"]:
        return None
    return Refusal("holds_title", "正在承担的试点示范还没有完成。", RULES, "请完成后再申报。")


def enough_enterprises(facts: Facts) -> Refusal | None:
    """A pilot serves at least as many small and medium enterprises as the rules ask for."""
    least, promised = facts["least_enterprises"], facts["promised"]
    if least is None or promised >= least:
        return None
    said = f"计划服务中小工业企业 {promised} 家，不足 {least} 家。"
    return Refusal("too_few_enterprises", said, FORM, f"各地市合计至少 {least} 家。", "areas-0-enterprises")


def fees_within_caps(facts: Facts) -> Iterable[Refusal]:
    """The average fee of a service is no higher than the cap of its award."""
    for place, name, average, cap in facts["fees_above"]:
        said = f"{name}的平均服务费用 {average} 元，高于奖补上限 {cap} 元。"
        yield Refusal(
            "fee_above_cap", said, FORM, f"平均每家（每台套）不高于 {cap} 元。", f"services-{place}-fee"
        )


def done_in_time(facts: Facts) -> Refusal | None:
    """What is planned lies ahead, and is done before the day on which the cycle's claims close."""
    ends_on, settles_on, today = facts["plan_ends_on"], facts["settles_on"], facts["today"]
    if settles_on is None:
        return Refusal("no_settlement_day", "本周期的兑现截止日期尚未公布。", FORM, "请在公布后提交。")
    if ends_on is not None and ends_on <= today:
        said = f"计划 {ends_on} 全部完成，不晚于今天，已经没有要做的。"
        return Refusal("already_over", said, FORM, "请填写今后的完成时间。", facts["last_field"])
    if ends_on is None or ends_on <= settles_on:
        return None
    said = f"计划 {ends_on} 完成，晚于本周期兑现截止日期 {settles_on}。"
    return Refusal("too_late", said, FORM, f"不晚于 {settles_on}。", facts["last_field"])


def has_reference(facts: Facts) -> Refusal | None:
    """A finished project of the same scene in Guangdong stands behind the plan."""
    if facts["references"]:
        return None
    return Refusal(
        "no_reference",
        "没有列出在广东省内、相同应用场景下已经完成的案例。",
        FORM,
        "至少列一个：所在地在省内，勾选相同场景，完成日期不晚于今天。",
        "cases-0-same_scene",
    )


ON_SUBMIT = (
    call_still_open,
    is_registered,
    is_of_guangdong,
    nothing_against,
    never_failed,
    holds_no_title,
    nothing_missing,
    enough_enterprises,
    fees_within_caps,
    done_in_time,
    has_reference,
)


# The review.


def experts_are_right(facts: Facts) -> Iterable[Refusal]:
    """Experts of the committee, none with an interest in the applicant."""
    if not facts["experts"]:
        yield Refusal("no_experts", "请选择评审专家。", FORM, field="experts")
    for name in facts["not_experts"]:
        yield Refusal("not_an_expert", f"{name}不是在任专家。", FORM, field="experts")
    for name, why in facts["conflicts"]:
        yield Refusal("conflict", f"{name}应当回避：{why}。", "D47-8.1", "请改请其他专家。", "experts")


def meeting_is_set(facts: Facts) -> Iterable[Refusal]:
    """A defence or a visit has its time and place."""
    if facts["mode"] not in ("paper", "defence", "on_site"):
        yield Refusal("no_mode", "请选择评审方式。", FORM, field="mode")
    elif facts["mode"] != "paper":
        if facts["held_at"] is None:
            yield Refusal("no_time", "集中答辩、现场考察须定时间。", FORM, field="held_at")
        elif facts["held_at"] <= facts["now"]:
            yield Refusal("time_past", "答辩或考察的时间已经过去。", FORM, field="held_at")
        if not facts["place"]:
            yield Refusal("no_place", "集中答辩、现场考察须定地点。", FORM, field="place")


def seat_is_open(facts: Facts) -> Refusal | None:
    """Only who was asked and neither withdrew nor gave the sheet yet."""
    if facts["seat"] == "open":
        return None
    said = {"recused": "您已回避，不再评审这份申报。", "given": "评分表已经提交，不能修改。"}
    return Refusal("seat_closed", said.get(facts["seat"], "没有请您评审这份申报。"), FORM)


def has_declared(facts: Facts) -> Refusal | None:
    """Interests are declared before anything is scored."""
    if facts["declared"]:
        return None
    return Refusal("not_declared", "请先申报利害关系，再评分。", "D47-8.1")


def meeting_begun(facts: Facts) -> Refusal | None:
    """A defence or visit is scored once it was held."""
    if facts["held_at"] is None or facts["held_at"] <= facts["now"]:
        return None
    return Refusal("meeting_ahead", "答辩或考察还没有举行。", FORM, "请在举行之后评分。")


def sheet_is_whole(facts: Facts) -> Iterable[Refusal]:
    """Each item has whole points from 0 to 100, and the sheet has an opinion."""
    for place, name in enumerate(facts["items"]):
        given = facts["points"][place] if place < len(facts["points"]) else None
        if given is None or not 0 <= given <= 100:
            yield Refusal("no_points", f"“{name}”请打 0 到 100 的整数分。", FORM, field=f"points_{place}")
    if not str(facts["opinion"]).strip():
        yield Refusal("no_opinion", "请写评审意见。", FORM, field="opinion")


# The title.


def publicity_over(facts: Facts) -> Refusal | None:
    """The title is given after the full time in public."""
    if facts["publicity_ends_at"] is not None and facts["now"] >= facts["publicity_ends_at"]:
        return None
    return Refusal("still_public", "公示期未满。", FORM, "请在公示期满、没有异议后办理。")


def no_complaint_open(facts: Facts) -> Refusal | None:
    """A complaint about the applicant is settled first, whether a bureau took it up already or not."""
    if not facts["complaint_open"]:
        return None
    return Refusal(
        "complaint_open", "涉及该单位的投诉或举报没有办结。", FORM, "请先在“留言”中答复；不属实的也要答复。"
    )


def earmarks_fit(facts: Facts) -> Iterable[Refusal]:
    """What is earmarked lies within what the city's quota still has, other pilots' shares left alone (Q1)."""
    if not facts["earmarks"]:
        yield Refusal("no_earmark", "没有安排地市额度。", "D47-6.4", "请退回重排，安排额度。")
    for city, amount, room in facts["too_large"]:
        said = f"{city}安排额度 {amount} 元，超过该市可安排的 {room} 元。"
        yield Refusal(
            "earmark_above_quota", said, "D47-6.4", "请先在“周期与额度”中调剂该市额度，或退回重排。"
        )


def is_over(facts: Facts) -> Refusal | None:
    """A pilot is finished or has failed once its last day has passed."""
    if facts["is_over"]:
        return None
    return Refusal("not_over", "还没有到期。", FAILED)


def promise_is_kept(facts: Facts) -> Refusal | None:
    """As many enterprises have finished as were promised."""
    if facts["finished"] >= facts["promised"]:
        return None
    said = f"承诺 {facts['promised']} 家，已完成 {facts['finished']} 家。"
    return Refusal("not_reached", said, FAILED, "仍有待判定的，请等判定结果。")


def ground_there(facts: Facts) -> Refusal | None:
    """A title is taken for what the decree names: not finished in time, or no longer a supplier in good standing."""
    if facts["ground"]:
        return None
    said = "没有到期未完成，也没有被暂停或取消资格，不能取消称号。"
    return Refusal("no_ground", said, FAILED)


def ground_gone(facts: Facts) -> Refusal | None:
    """A title is kept where the ground no longer stands."""
    if not facts["ground"]:
        return None
    return Refusal(
        "ground_stands", f"事由仍在：{facts['ground_said']}。", FAILED, "事由成立的，应当取消称号。"
    )


def hearing_open(facts: Facts) -> Refusal | None:
    """The supplier is heard until a day, once."""
    if facts["stated"]:
        return Refusal("already_stated", "意见已经提交。", FAILED)
    if facts["today"] <= facts["state_due_on"]:
        return None
    return Refusal("hearing_over", f"陈述意见已于 {facts['state_due_on']} 截止。", FAILED)


def was_heard(facts: Facts) -> Refusal | None:
    """Nobody loses a title unheard."""
    if facts["stated"] or facts["today"] > facts["state_due_on"]:
        return None
    said = f"试点单位可以陈述意见到 {facts['state_due_on']}。"
    return Refusal("not_heard", said, FAILED, "请在收到意见或期满后决定。")
