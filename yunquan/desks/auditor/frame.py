"""The frame of the auditor's desk: reads everything in scope, changes nothing."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from yunquan.desks.shared.desk import Desk
from yunquan.policy.roles import Role

_ITEMS = (
    ("/auditor/", "概况"),
    ("/auditor/log/", "日志"),
    ("/auditor/vouchers/", "服务券"),
    ("/auditor/deliveries/", "行为数据"),
    ("/auditor/verdicts/", "使用判定"),
    ("/auditor/lists/", "结算清单"),
    ("/auditor/runs/", "兑付批次"),
    ("/auditor/matching/", "地方配套"),
    ("/auditor/accounts/", "账户"),
    ("/auditor/transfers/", "流水"),
    ("/auditor/demonstrations/", "示范项目"),
    ("/auditor/evaluations/", "供应商评价"),
    ("/auditor/splits/", "额度测算"),
    ("/auditor/contacts/", "联系人回执"),
    ("/auditor/messages/", "留言"),
    ("/desk/custody/", "随机数保管"),
    ("/auditor/rules/", "规则变更"),
    ("/auditor/replays/", "规则试算"),
    ("/auditor/enterprises/", "企业"),
    ("/auditor/suppliers/", "供应商"),
)


def nav(request: HttpRequest) -> list[dict[str, Any]]:
    """The pages of the desk; nothing waits here."""
    return [{"url": url, "label": label} for url, label in _ITEMS]


desk = Desk(roles=(Role.AUDITOR,), nav=nav)
