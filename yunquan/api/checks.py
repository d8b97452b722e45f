"""Why a token isn't given or taken back: pure functions of facts, each with its article."""

from __future__ import annotations

from yunquan.kernel.refusal import Refusal
from yunquan.kernel.workflow import Facts
from yunquan.policy.roles import Role

ARTICLE = "D47-5.2"
MOST_DAYS = 366
LONGEST_NAME = 60
# The three administrators look after the platform and decide nothing; an expert's opinion is given in person.
WITHOUT_TOKENS = frozenset(
    {Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN, Role.EXPERT, Role.CLOCK, Role.PUBLIC}
)


def own_appointment(facts: Facts) -> Refusal | None:
    """A token is made by the person who will answer for it, for an appointment of one's own (S3)."""
    if facts["actor"] == facts["appointed"]:
        return None
    return Refusal("not_your_appointment", "只能为自己的岗位创建令牌。", ARTICLE, "请由本人登录后创建。")


def role_may_have(facts: Facts) -> Refusal | None:
    """Administrators and experts act in person only."""
    if facts["role"] not in WITHOUT_TOKENS:
        return None
    return Refusal("role_without_token", "这个岗位不能使用接口令牌。", ARTICLE, "请登录后在页面上办理。")


def named(facts: Facts) -> Refusal | None:
    """A token says what it is for, so that a forgotten one is recognised and revoked."""
    if 0 < len(facts["name"]) <= LONGEST_NAME:
        return None
    return Refusal(
        "name_missing",
        f"请用 1 至 {LONGEST_NAME} 个字写明令牌的用途。",
        ARTICLE,
        "例如“ERP 对接”。",
        "name",
    )


def ends_in_time(facts: Facts) -> Refusal | None:
    """No token lives for ever."""
    if 1 <= facts["days"] <= MOST_DAYS:
        return None
    return Refusal(
        "days_out_of_range",
        f"有效期应为 1 至 {MOST_DAYS} 天。",
        ARTICLE,
        "到期前可以再创建新的令牌。",
        "days",
    )


def not_revoked(facts: Facts) -> Refusal | None:
    """A token is revoked once."""
    if not facts["revoked"]:
        return None
    return Refusal("already_revoked", "这个令牌已经撤销。", ARTICLE, "请刷新页面查看。")


ON_CREATE = (own_appointment, role_may_have, named, ends_in_time)
