"""The verbs of the voucher, the only writers of its tables, one file a stage of its life."""

from yunquan.vouchers.actions.accepting import accept_party
from yunquan.vouchers.actions.alarms import answer_alarm, raise_alarm, refuse_for_alarm
from yunquan.vouchers.actions.amending import amend_ends
from yunquan.vouchers.actions.applying import (
    Submission,
    cancel,
    save_application,
    start,
    submit,
    submit_all,
    withdraw,
)
from yunquan.vouchers.actions.attesting import attest, decline_claim, record_verdict
from yunquan.vouchers.actions.claiming import claim, save_claim, withdraw_claim
from yunquan.vouchers.actions.closing import expire, lapse
from yunquan.vouchers.actions.confirming import confirm, decline
from yunquan.vouchers.actions.declaring import Declares
from yunquan.vouchers.actions.holds import hold_all, lift_all
from yunquan.vouchers.actions.looking import look_again
from yunquan.vouchers.actions.paying import (
    bounce,
    carry_over,
    enter_list,
    leave_list,
    order,
    pay,
    recover,
    refuse,
)
from yunquan.vouchers.actions.reviewing import Approval, issue, issue_all, reject, send_back
from yunquan.vouchers.actions.reviewing_claims import approve_claim, reject_claim, send_back_claim
from yunquan.vouchers.actions.revoking import revoke_all

__all__ = [
    "Approval",
    "Declares",
    "Submission",
    "accept_party",
    "amend_ends",
    "answer_alarm",
    "approve_claim",
    "attest",
    "bounce",
    "cancel",
    "carry_over",
    "claim",
    "confirm",
    "decline",
    "decline_claim",
    "enter_list",
    "expire",
    "hold_all",
    "issue",
    "issue_all",
    "lapse",
    "leave_list",
    "lift_all",
    "look_again",
    "order",
    "pay",
    "raise_alarm",
    "record_verdict",
    "recover",
    "refuse",
    "refuse_for_alarm",
    "reject",
    "reject_claim",
    "revoke_all",
    "save_application",
    "save_claim",
    "send_back",
    "send_back_claim",
    "start",
    "submit",
    "submit_all",
    "withdraw",
    "withdraw_claim",
]
