"""The platform's own forms: what thousands of papers share because they were filled in on one form."""

from __future__ import annotations

import threading
from datetime import date
from functools import lru_cache
from typing import Any

import numpy as np

from yunquan.evidence.likeness import opening, shingles
from yunquan.evidence.likeness.shingles import Hashes
from yunquan.papers import forms_docx, pdf
from yunquan.policy.rulebook import load_pack

_DAY = date(2019, 1, 1)
# The library that reads PDF may be in one thread at a time, and the first files after a start come together.
_making = threading.Lock()


def own_forms() -> Hashes:
    """The shingles of the contract form of annex 1.3, blank and filled in with each service, as Word and PDF."""
    with _making:
        return _made()


@lru_cache(maxsize=1)
def _made() -> Hashes:
    names = [service.name for service in load_pack("gd-2018").services(_DAY)]
    # Each name is seen first, behind another, and last: what stands around a blank belongs to the form too.
    orders = [names, names[::-1], *([name] for name in names)]
    known: dict[str, Any] = {
        "contract_no": "YQ-2019-001",
        "enterprise": "示例（测试）有限公司",
        "enterprise_code": "91441900MA00000000",
        "supplier": "样板（测试）有限公司",
        "supplier_code": "91440100MA00000000",
        "total_fen": 1_000_000,
        "devices": 10,
        "devices_value_fen": 1_000_000,
        "signed_on": _DAY,
    }
    filled = [
        forms_docx.contract_fields(
            lines=[(name, 1_000_000) for name in order], counts_devices=counted, **known
        )
        for order in orders
        for counted in (False, True)
    ]
    texts = [opening.read(forms_docx.contract(fields), "form.docx")["text"] for fields in filled]
    texts += [opening.read(forms_docx.contract(forms_docx.contract_fields()), "form.docx")["text"]]
    texts += [opening.read(pdf.contract(fields), "form.pdf")["text"] for fields in filled[:4]]
    return np.unique(np.concatenate([shingles.shingles(shingles.wording(text)) for text in texts]))
