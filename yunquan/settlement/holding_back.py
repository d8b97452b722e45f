"""Why a voucher's payment waits although its turn has come; the same for the award and for what a city adds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from django.db.models import QuerySet

from yunquan.parties.standings import against, refusals_for
from yunquan.vouchers.checks import REGISTERED
from yunquan.vouchers.holding import held_among, hold_said, holds_among
from yunquan.vouchers.models import Voucher


def held_back(
    vouchers: Iterable[Voucher], *, own: Mapping[int, str], within: QuerySet[Voucher], on: date
) -> dict[int, str]:
    """The reason by voucher: no reviewed account, `own` reasons of the payment, alarms, holds, standings.

    The vouchers come with their enterprise; `within` is the narrow set that their holds are looked for in.
    """
    rows = list(vouchers)
    held = {row.pk: "未登记收款账户" for row in rows if not row.enterprise.bank_account}
    # A change that was handed in stands in the columns already: its account waits for the review (D47-5.20).
    unseen = [row.pk for row in rows if row.enterprise.state not in REGISTERED]
    held.update(dict.fromkeys(unseen, "企业单位资料的变更尚未审核通过"))
    held.update(own)
    numbers = [row.pk for row in rows]
    held.update(dict.fromkeys(held_among(numbers), "发票警示待核查"))
    held.update({pk: hold_said(holds[0]) for pk, holds in holds_among(numbers, within=within).items()})
    known = against((row.enterprise.uscc for row in rows), on=on)
    for row in rows:
        for refusal in refusals_for(enterprise=row.enterprise, on=on, known=known):
            held[row.pk] = refusal.message
    return held


def still_bounced(vouchers: Iterable[Voucher], bounced: Iterable[tuple[int, str, str]]) -> dict[int, str]:
    """The vouchers whose money came back and whose account was not mended since.

    `bounced` are (voucher, bank, account) of the payments that came back, the latest last.
    """
    last = {voucher: (bank, account) for voucher, bank, account in bounced}
    return {
        row.pk: "上次兑付被银行退回，收款账户尚未更正"
        for row in vouchers
        if last.get(row.pk) == (row.enterprise.bank_name, row.enterprise.bank_account)
    }
