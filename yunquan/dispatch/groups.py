"""Kinds of notices in the few groups that a person chooses by, and the text that each kind is sent in.

Pure: knows no tables and no Django.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from string import Formatter


@dataclass(frozen=True, slots=True)
class Group:
    """Kinds of notices that a person takes or leaves together."""

    code: str
    label: str
    means: str
    kinds: tuple[str, ...]
    mail: str


GROUPS = (
    Group("money", "资金", "兑付、退票、追回", ("paid", "bounced", "recovery", "release"), "now"),
    Group(
        "decision",
        "办理结果",
        "发放、退回、驳回、作废、抽查和处理",
        (
            "issued", "returned", "rejected", "expired", "lapsed", "claim_approved", "claim_returned",
            "claim_rejected", "revoked", "pilot", "inspection", "visit", "rectification", "self_check", "alarm",
            "evaluation",
            "demonstration",
        ),
        "now",
    ),
    Group("deadline", "期限提醒", "快到期、已逾期、窗口开放和截止", ("reminder", "window"), "now"),
    Group("work", "新到的待办", "有新的事项等您办理", (), "digest"),
)  # fmt: skip
WORK = GROUPS[-1]
_OF_KIND = {kind: group for group in GROUPS for kind in group.kinds}
BY_CODE = {group.code: group for group in GROUPS}

WORDS = {
    "title": "消息标题",
    "text": "消息正文",
    "link": "办理地址",
    "name": "收件人姓名",
    "site": "平台名称",
}
SUBJECT = "【{site}】{title}"
BODY = "{name}：\n\n{title}\n{text}\n\n办理：{link}\n\n本邮件由平台自动发出，请勿回复；在工作台“消息”页可以改变接收方式。"
SHORT = "【{site}】{title}，请登录平台办理。"
SHORT_MOST, SUBJECT_MOST = 200, 200
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def group_of(kind: str) -> Group:
    """The group of a kind; what no group names is work that came in.

    >>> group_of("paid").label
    '资金'
    >>> group_of("to_review").label
    '新到的待办'
    """
    return _OF_KIND.get(kind, WORK)


def unknown_words(text: str) -> list[str]:
    """What stands in braces and is no word of a template, each once; `{}` is told as such.

    >>> unknown_words("【{site}】{titel}")
    ['titel']
    """
    try:
        named = [name for _, name, _, _ in Formatter().parse(text) if name is not None]
    except ValueError:
        return ["花括号没有成对"]
    return [name or "{}" for name in dict.fromkeys(named) if name not in WORDS]


def filled(text: str, words: Mapping[str, str]) -> str:
    """A template with its words put in; nothing in a word is taken for a template again.

    >>> filled("{title}：{text}", {"title": "{text}", "text": "请办理"})
    '{text}：请办理'
    """
    put = {name: _CONTROL.sub("", words.get(name, "")) for name in WORDS}
    return "".join(
        literal + (put.get(name, "") if name is not None else "")
        for literal, name, _, _ in Formatter().parse(text)
    )
