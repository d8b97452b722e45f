"""Ends that others declare too: one cloud of several suppliers, one client of several enterprises (D47-5.12).

Whose they are is said to nobody here: a supplier is told that there are others, an official finds them by signals.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from yunquan.usage.ends import CLIENT, LONGEST, Declared
from yunquan.usage.holding import as_declared, meeting
from yunquan.usage.models import End
from yunquan.usage.queries import ends_of
from yunquan.vouchers.models import Voucher

_SAID = re.compile(r"；?另有 \d+ 家(?:企业|供应商)[^；]*")


def shared_ends(voucher: Voucher, ends: Collection[Declared]) -> dict[Declared, str]:
    """Those of the ends that other parties declare as well, with the words to say; a constant number of queries."""
    met = meeting(ends, apart_from=voucher.number)
    parties: Mapping[str, tuple[int | None, int]] = {
        number: (supplier, enterprise)
        for number, supplier, enterprise in Voucher.objects.filter(
            number__in={number for numbers in met.values() for number in numbers}
        ).values_list("number", "supplier_id", "enterprise_id")
    }
    found = {}
    for end, numbers in met.items():
        known = [parties[number] for number in numbers if number in parties]
        if end.side == CLIENT:
            others = {enterprise for _supplier, enterprise in known} - {voucher.enterprise_id}
            text = f"另有 {len(others)} 家企业也填报了这个用户端，请核对是否本企业专用"
        else:
            others = {supplier or 0 for supplier, _enterprise in known} - {voucher.supplier_id}
            text = f"另有 {len(others)} 家供应商也填报了这个云端，请核对是否本应用所用"
        if others:
            found[end] = text
    return found


def ends_seen(voucher: Voucher) -> list[End]:
    """The ends that hold of a voucher, each with its warning and with who declares it too by now."""
    rows = ends_of(voucher.number)
    shared = shared_ends(voucher, [as_declared(row) for row in rows])
    for row in rows:
        kept = _SAID.sub("", row.warning).strip("；")
        row.warning = "；".join(text for text in (kept, shared.get(as_declared(row), "")) if text)[:LONGEST]
    return rows
