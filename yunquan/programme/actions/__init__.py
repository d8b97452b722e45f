"""The verbs of the programme, the only writers of its tables."""

from yunquan.programme.actions.calendars import announce_year, declare_day
from yunquan.programme.actions.cycles import (
    close_cycle,
    create_cycle,
    open_cycle,
    publish_window,
    publish_windows,
)
from yunquan.programme.actions.funds import appropriate_funds, withdraw_funds
from yunquan.programme.actions.notices import (
    archive_notice,
    discard_notice,
    draft_notice,
    edit_notice,
    notice_faults,
    publish_notice,
    send_back_notice,
    submit_notice,
)
from yunquan.programme.actions.quotas import reallocate, set_target
from yunquan.programme.actions.rule_changes import (
    draft_rule_change,
    edit_rule_change,
    publish_rule_change,
    send_back_rule_change,
    submit_rule_change,
    withdraw_rule_change,
)
from yunquan.programme.actions.splitting import CityShare, split_faults, split_quota

__all__ = [
    "CityShare",
    "announce_year",
    "appropriate_funds",
    "archive_notice",
    "close_cycle",
    "create_cycle",
    "declare_day",
    "discard_notice",
    "draft_notice",
    "draft_rule_change",
    "edit_notice",
    "edit_rule_change",
    "notice_faults",
    "open_cycle",
    "publish_notice",
    "publish_rule_change",
    "publish_window",
    "publish_windows",
    "reallocate",
    "send_back_notice",
    "send_back_rule_change",
    "set_target",
    "split_faults",
    "split_quota",
    "submit_notice",
    "submit_rule_change",
    "withdraw_funds",
    "withdraw_rule_change",
]
