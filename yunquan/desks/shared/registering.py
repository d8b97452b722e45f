"""Opening an account: what the registration pages of enterprises and suppliers share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.http import HttpRequest

from yunquan.desks.shared.limits import within_limit
from yunquan.kernel.refusal import Refusal, Refused
from yunquan.kernel.workflow import Actor
from yunquan.parties import queries

TRIED_AN_HOUR = 60
TOO_MANY = Refusal(
    "too_many",
    "同一网络一小时内的注册尝试过多，暂时不能再提交。",
    "D47-5.7a",
    "请一小时后再提交，或拨打主管部门电话；已填内容可先自行保存。",
)


def keep_pace(request: HttpRequest) -> None:
    """Raise Refused when one address tries registrations without end, to take codes or to guess names."""
    if not within_limit(request, "register", times=TRIED_AN_HOUR):
        raise Refused([TOO_MANY])


def open_account(
    register: Callable[..., tuple[Any, Any]], typed: Mapping[str, Any], *, by: Actor, now: datetime
) -> tuple[Any, Any]:
    """Run a registration; a missing or unequal password is said together with all else that is wrong."""
    faults = []
    if not typed["password"]:
        faults.append(
            Refusal(
                "missing", "没有填写密码。", "D47-5.7a", "请设一个至少 8 位、不全是数字的密码。", "password"
            )
        )
    elif typed["password"] != typed["password_again"]:
        faults.append(
            Refusal(
                "passwords_differ", "两次输入的密码不一致。", "D47-5.7a", "请重新输入两次。", "password_again"
            )
        )
    if faults:
        # The rest is judged by a run that can't succeed, so that every fault is said at once.
        raise Refused([*faults, *_rest(register, typed, by=by, now=now)])
    return register(**_facts(typed), by=by, now=now)


def _rest(
    register: Callable[..., Any], typed: Mapping[str, Any], *, by: Actor, now: datetime
) -> tuple[Refusal, ...]:
    try:
        # An empty login name is always refused, so nothing is made; its own refusal is dropped below.
        register(**{**_facts(typed), "username": "", "password": ""}, by=by, now=now)
    except Refused as refused:
        said = tuple(one for one in refused.refusals if one.field != "username")
        if not typed["username"].strip():
            return (*said, _no_username())
        return (*said, _taken(typed["username"])) if queries.person_key(typed["username"]) else said
    return ()


def _taken(username: str) -> Refusal:
    message = f"登录名“{username.strip()}”已被使用。"
    return Refusal("username_taken", message, "D47-5.7a", "请换一个登录名。", "username")


def _no_username() -> Refusal:
    return Refusal("bad_username", "没有填写登录名。", "D47-5.7a", "请设一个登录名。", "username")


def _facts(typed: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: typed[name]
        for name in ("uscc", "name", "username", "password", "person_name", "email", "phone")
    }
