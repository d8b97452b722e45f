"""抽查: the page from which each desk reaches plans, visits, results, self-checks and rectifications."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse

from yunquan.inspections import plan_queries, rectify_queries, result_queries, selfcheck_queries
from yunquan.kernel.workflow import Actor
from yunquan.policy.roles import Role

Count = Callable[[Actor], int]
# The page's name on the desk, its title, what it is for, and how much of it waits for the person.
PARTS: tuple[tuple[str, str, str, Count | None], ...] = (
    ("plans", "抽查计划", "拟定、公布、承诺、冻结、抽取，都可由任何人核验", plan_queries.waiting_count),
    ("custody", "随机数保管", "公布承诺值，冻结后揭示", None),
    ("visits", "抽查安排", "约定时间、通知、检查表和签字", None),
    ("results", "抽查结果", "结论、反馈、书面意见、处理和公布", result_queries.waiting_count),
    ("standings", "资格与处理", "取消资格、限期不得申请、暂停；申诉和解除", None),
    ("self_checks", "自查", "服务商和地市逐券填报，与行为数据对照", selfcheck_queries.waiting_count),
    ("rectifications", "整改", "限期整改、证明材料和复查", rectify_queries.waiting_count),
    ("candidates", "培育对象", "标杆培育企业和优秀服务商", None),
    ("experts", "专家库", "专业、单位、回避关系、承担情况", None),
    ("training", "专家培训", "场次和到场", None),
)


# Who has a step of a result to take.
RESULTS = (
    Role.SUPPLIER, Role.ENTERPRISE, Role.CITY_REVIEWER, Role.CITY_APPROVER, Role.PROVINCE_OFFICER,
    Role.PROVINCE_APPROVER,
)  # fmt: skip


def waiting_count(actor: Actor) -> int:
    """What waits for the person among results, self-checks and rectifications."""
    mine = 0
    if actor.role in (Role.SUPPLIER, Role.CITY_REVIEWER):
        mine += selfcheck_queries.waiting_count(actor)
    if actor.role in (Role.SUPPLIER, Role.ENTERPRISE, Role.CITY_REVIEWER, Role.PROVINCE_OFFICER):
        mine += rectify_queries.waiting_count(actor)
    if actor.role in RESULTS:
        mine += result_queries.waiting_count(actor)
    return mine


def page(desk: Callable[..., Any], name: str) -> Any:
    """The parts of the inspections that a desk has, as a page behind the desk's door."""

    @desk
    def shown(request: HttpRequest) -> HttpResponse:
        actor = request.actor  # type: ignore[attr-defined]
        parts: list[dict[str, Any]] = []
        for part, label, text, count in PARTS:
            try:
                url = reverse(f"{name}:{part}")
            except NoReverseMatch:
                continue
            # Tables that others have to file are no work of the province's.
            own = count is not None and not (part == "self_checks" and name == "province")
            waits = count(actor) if count is not None and own else 0
            parts.append({"url": url, "label": label, "text": text, "count": waits})
        return render(request, "shared/inspections/hub.html", {"parts": parts})

    return shown
