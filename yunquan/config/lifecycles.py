"""Every life cycle of the house, for the generated docs and the exhaustive tests."""

from __future__ import annotations

from yunquan.catalogue.lifecycle import PRODUCT
from yunquan.kernel.workflow import Lifecycle
from yunquan.parties.lifecycle import ENTERPRISE, SUPPLIER
from yunquan.programme.lifecycle import CYCLE, RULE_CHANGE
from yunquan.settlement.lifecycle import INSTRUCTION, OBJECTION, PAYMENT_RUN, RECOVERY, SETTLEMENT_LIST
from yunquan.vouchers.lifecycle import VOUCHER

LIFECYCLES: tuple[Lifecycle, ...] = (
    VOUCHER,
    ENTERPRISE,
    SUPPLIER,
    PRODUCT,
    CYCLE,
    RULE_CHANGE,
    SETTLEMENT_LIST,
    OBJECTION,
    PAYMENT_RUN,
    INSTRUCTION,
    RECOVERY,
)
