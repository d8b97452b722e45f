"""Pure refusals of the parties: each looks at facts and says why a step can't be taken, or None."""

from __future__ import annotations

from collections.abc import Iterable

from yunquan.kernel.refusal import Refusal
from yunquan.kernel.workflow import Facts


def nothing_missing(facts: Facts) -> Iterable[Refusal]:
    """Every reason that reading the form and the eligibility gave, all at once (D47-4.1, D47-5.20)."""
    return tuple(facts.get("faults", ()))


def not_barred(facts: Facts) -> Refusal | None:
    """An enterprise with three strikes registers no more (D47-5.19)."""
    if facts.get("barred"):
        return Refusal(
            "enterprise_barred",
            "企业累计三次未兑现服务券，申领资格已取消。",
            "D47-5.19",
            "如有疑问请联系所在地主管部门。",
        )
    return None


def says_why(facts: Facts) -> Refusal | None:
    """A return or a rejection states at least one reason (S6)."""
    if facts.get("reasons"):
        return None
    return Refusal(
        "reason_missing",
        "没有填写理由。",
        "D47-5.20",
        "请至少选择或填写一条理由，并一次性列全。",
        field="reasons",
    )


def approved_before(facts: Facts) -> Refusal | None:
    """Only a change can be given up or refused; a first registration has nothing to go back to (D47-5.20)."""
    if facts.get("approved"):
        return None
    return Refusal(
        "nothing_approved_before",
        "这是首次注册，没有已通过的资料可以恢复。",
        "D47-5.20",
        "首次注册请选择通过、退回或驳回。",
    )


def not_own_submission(facts: Facts) -> Refusal | None:
    """Who submitted doesn't review (S3)."""
    if facts.get("submitted_by") and facts["submitted_by"] == facts.get("person"):
        return Refusal(
            "own_submission", "提交人不能审核自己提交的注册申请。", "D47-5.20", "请由其他审核人员办理。"
        )
    return None


def is_in_reviewers_area(facts: Facts) -> Refusal | None:
    """A city or county reviews its own enterprises and suppliers (A1)."""
    if facts.get("in_area", True):
        return None
    return Refusal(
        "not_your_area", "该单位不在您所在主管部门的辖区内。", "D47-5.20", "请由其所在地主管部门办理。"
    )


def region_is_another(facts: Facts) -> Refusal | None:
    """A transfer names a region other than the present one."""
    if facts.get("new_region") != facts.get("region"):
        return None
    return Refusal(
        "same_region",
        "所选地区与现在的所在地相同，无需移交。",
        "D47-5.20",
        "请选择实际所在地区。",
        field="city",
    )


def window_open(facts: Facts) -> Refusal | None:
    """Suppliers register in windows (D47-A1.2-5); without a published window registration is open."""
    if facts.get("window_open", True):
        return None
    return Refusal(
        "register_window_closed",
        f"供应商注册不在开放时间内：{facts.get('window_text', '当前没有开放的注册时间')}。",
        "D47-A1.2-5",
        "填写的内容已经保存，请在下一次开放时间提交。",
    )


def capability_reviewed(facts: Facts) -> Refusal | None:
    """The province registers after experts looked at the capability, unless the rules exempt (D47-5.4)."""
    if facts.get("exempt_from_review") or (
        facts.get("opinions_given", 0) > 0 and not facts.get("opinions_open")
    ):
        return None
    if facts.get("opinions_open"):
        return Refusal(
            "opinions_open",
            f"还有 {facts['opinions_open']} 位专家没有给出意见。",
            "D47-5.4",
            "请等待专家意见，或撤回对该专家的邀请。",
        )
    return Refusal(
        "experts_not_heard",
        "应用服务提供能力尚未经专家审核。",
        "D47-5.4",
        "请先邀请专家审核供应商的应用服务提供能力。",
    )


def experts_named(facts: Facts) -> Iterable[Refusal]:
    """At least one expert is asked, and each holds an expert's appointment (D47-5.4)."""
    if not facts.get("experts"):
        yield Refusal("no_expert", "没有选择专家。", "D47-5.4", "请至少选择一位专家。", field="experts")
    for name in facts.get("not_experts", ()):
        yield Refusal(
            "not_an_expert",
            f"{name} 没有有效的专家任职。",
            "D47-5.4",
            "请选择专家库中的专家。",
            field="experts",
        )


def asked_and_open(facts: Facts) -> Refusal | None:
    """An expert answers once, and only when asked."""
    if facts.get("asked") and not facts.get("answered"):
        return None
    if facts.get("answered"):
        return Refusal("opinion_given", "您已经给出过意见，意见提交后不能修改。", "D47-5.4")
    return Refusal("opinion_not_asked", "这家供应商没有邀请您审核。", "D47-5.4", "请联系省厅经办人。")


def opinion_complete(facts: Facts) -> Iterable[Refusal]:
    """An opinion answers all three parts of the standard and explains each "not met" (D47-A1.2)."""
    parts = (("platform_met", "平台"), ("supplier_met", "供应商"), ("product_met", "应用服务"))
    for field, label in parts:
        if facts.get(field) is None:
            yield Refusal(
                "opinion_incomplete",
                f"没有回答“{label}是否达到审核标准”。",
                "D47-A1.2",
                "请三项都作出判断。",
                field=field,
            )
    if any(facts.get(field) is False for field, _label in parts) and not str(facts.get("remark", "")).strip():
        yield Refusal(
            "opinion_unexplained",
            "判断为未达到标准时，请写明理由。",
            "D47-A1.2",
            "请在意见栏写明哪一条标准没有达到。",
            field="remark",
        )


def role_allows(role: str, allowed: Iterable[str], doing: str) -> Refusal | None:
    """An act outside a life cycle belongs to certain roles too."""
    if role in allowed:
        return None
    return Refusal("not_your_role", f"您的岗位不能{doing}。", "D47-7", "请由负责此事的人员办理。")


# Which organisations may hold which role; an empty level is the platform itself.
LEVELS_OF_ROLES = {
    "enterprise": ("enterprise",),
    "supplier": ("supplier",),
    "county_reviewer": ("county",),
    "city_reviewer": ("city",),
    "city_approver": ("city",),
    "city_cashier": ("city",),
    "province_officer": ("province",),
    "province_approver": ("province",),
    "expert": ("province", ""),
    "auditor": ("province", "city"),
    "system_admin": ("province", ""),
    "security_admin": ("province", ""),
    "audit_admin": ("province", ""),
}
ADMIN_ROLES = ("system_admin", "security_admin", "audit_admin")


def appointment_stands(facts: Facts) -> Iterable[Refusal]:
    """A role fits its organisation, the days are in order, and administrators stay apart (A2)."""
    role = facts["role"]
    levels = LEVELS_OF_ROLES.get(role)
    if levels is None:
        words = "没有这个岗位。" if role else "请选择岗位。"
        yield Refusal("unknown_role", words, "D47-7", "请从岗位列表中选择。", field="role")
    elif facts["level"] not in levels:
        yield Refusal(
            "role_not_there", "这个岗位不属于所选单位。", "D47-7", "请选择与岗位相符的单位。", field="role"
        )
    if facts.get("ends_on") and facts["ends_on"] < facts["starts_on"]:
        yield Refusal("days_reversed", "截止日期早于开始日期。", "D47-7", "请改正日期。", field="ends_on")
    yield from separated(facts)
    if facts.get("appoints_oneself"):
        yield Refusal(
            "appoints_oneself", "不能任命自己。", "D47-7", "请由另一位安全管理员办理。", field="person"
        )


def separated(facts: Facts) -> Iterable[Refusal]:
    """System, security and audit administrators are different people without business roles (A2)."""
    role, others = facts["role"], [held for held in facts.get("held", ()) if held != facts["role"]]
    clashes = others if role in ADMIN_ROLES else [held for held in others if held in ADMIN_ROLES]
    if clashes:
        yield Refusal(
            "separation_of_duties",
            "系统管理员、安全管理员、安全审计员须由不同的人担任，且不能兼任业务岗位。",
            "D47-7",
            "请另选一人，或先撤销其现有任命。",
            field="person",
        )


def deputy_stands(facts: Facts) -> Iterable[Refusal]:
    """A deputy is another person, for a limited time inside the appointment that it stands in for."""
    if facts["same_person"]:
        yield Refusal("deputy_oneself", "代理人不能是本人。", "D47-7", "请选择另一位同事。", field="deputy")
    if facts["is_deputy"]:
        yield Refusal("deputy_of_deputy", "代理的岗位不能再委派他人。", "D47-7", "请由本岗位人员委派。")
    if not facts["in_force"]:
        yield Refusal("not_in_force", "这项任命已经失效，不能委派代理人。", "D47-7", "请刷新页面。")
    if facts["ends_on"] is None:
        yield Refusal(
            "deputy_without_end", "没有填写代理的截止日期。", "D47-7", "请填写截止日期。", field="ends_on"
        )
    elif facts.get("principal_ends_on") and facts["ends_on"] > facts["principal_ends_on"]:
        yield Refusal(
            "deputy_too_long",
            f"代理截止日期晚于任命的截止日期 {facts['principal_ends_on']}。",
            "D47-7",
            "请提前代理的截止日期。",
            field="ends_on",
        )
