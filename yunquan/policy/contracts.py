"""What makes a contract the same contract: its number without looks, and its parties (invariant U1)."""

from __future__ import annotations

import unicodedata

from yunquan.policy.uscc import compact


def normalise_contract_number(number: str) -> str:
    """Reduce a contract number to its letters and digits: full width, case, dashes and spaces don't count.

    >>> normalise_contract_number("ｄｇ－2018 / 001号")
    'DG2018001号'
    """
    folded = unicodedata.normalize("NFKC", number).upper()
    return "".join(sign for sign in folded if unicodedata.category(sign)[0] in "LNM")


def contract_key(number: str, enterprise_code: str, supplier_code: str) -> str:
    """Give the key that is unique province-wide for a contract: number and both parties' codes."""
    return "|".join((normalise_contract_number(number), compact(enterprise_code), compact(supplier_code)))


def normalise_name(name: str) -> str:
    """Reduce an organisation's name for comparison: width, brackets, spaces and case don't count.

    >>> normalise_name("示例科技(东莞)有限公司") == normalise_name("示例科技（东莞）有限公司 ")
    True
    """
    return "".join(unicodedata.normalize("NFKC", name).split()).casefold()
