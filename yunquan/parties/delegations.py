"""What day-to-day work a bureau may delegate to a third-party operator, in groups that read as work (D47-7).

Decisions on lists, payments, sanctions and rights are never among them. Pure: knows no tables and no Django.
"""

from __future__ import annotations

from dataclasses import dataclass

from yunquan.policy.roles import Role


@dataclass(frozen=True, slots=True)
class Work:
    """A group of acts that is delegated as one."""

    code: str
    label: str
    means: str
    acts: tuple[str, ...]


WORKS = (
    Work(
        "registration",
        "注册审核",
        "企业注册的通过、退回、移交，供应商的初审",
        (
            "enterprise.approve", "enterprise.send_back", "enterprise.transfer", "supplier.city_pass",
            "supplier.send_back",
        ),
    ),
    Work(
        "application",
        "申领审核",
        "申领的退回补正和发放",
        ("voucher.issue", "voucher.send_back", "voucher.look_again"),
    ),
    Work(
        "claim",
        "兑现审核",
        "兑现的审核通过和退回补正",
        ("voucher.approve_claim", "voucher.send_back_claim", "voucher.accept_party", "voucher.look_again"),
    ),
    Work("message", "留言办理", "留言的受理、转办和答复", ("message.accept", "message.transfer", "message.answer")),
    Work(
        "inspection",
        "抽查组织",
        "拟定抽查计划，约定和通知检查，登记材料",
        (
            "plan.draft", "plan.revise", "plan.pick", "visit.appoint", "visit.notify", "visit.move", "visit.cancel",
            "inspection.inform",
        ),
    ),
)  # fmt: skip
BY_CODE = {one.code: one for one in WORKS}
# Who delegates, and as whom the operator's person then acts.
DELEGATES = {Role.CITY_APPROVER: Role.CITY_REVIEWER, Role.PROVINCE_APPROVER: Role.PROVINCE_OFFICER}


def acts_of(codes: list[str]) -> list[str]:
    """The acts of the chosen groups, each once, in order.

    >>> acts_of(["claim"])[0]
    'voucher.approve_claim'
    """
    return list(dict.fromkeys(act for code in codes for act in BY_CODE[code].acts))


def works_in(acts: list[str]) -> list[Work]:
    """The groups that a delegation's acts make up."""
    return [one for one in WORKS if set(one.acts) <= set(acts)]
