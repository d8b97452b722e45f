"""Official forms as Word documents, filled in."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from docxtpl import DocxTemplate
from jinja2.sandbox import SandboxedEnvironment

from yunquan.kernel.money import capitals, format_yuan

_FORMS = Path(__file__).parent / "forms"
_BLANK = "__________"
# Word refuses a document that holds these.
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def _said(value: Any) -> str:
    return _NOT_XML.sub("", str(value)) if value not in (None, "") else _BLANK


def _filled(name: str, fields: Mapping[str, Any]) -> bytes:
    form = DocxTemplate(_FORMS / name)
    form.render(dict(fields), jinja_env=SandboxedEnvironment(autoescape=True), autoescape=True)
    place = io.BytesIO()
    form.save(place)
    return place.getvalue()


def contract(
    *,
    lines: Sequence[tuple[str, int | None]] = (),
    contract_no: str = "",
    enterprise: str = "",
    enterprise_code: str = "",
    supplier: str = "",
    supplier_code: str = "",
    body: str = "",
    place: str = "",
    total_fen: int | None = None,
    devices: int | None = None,
    devices_value_fen: int | None = None,
    signed_on: date | None = None,
    counts_devices: bool = False,
    addendum: str = "",
) -> bytes:
    """The contract of annex 1.3 filled in as far as known; what is missing stays a blank to write on.

    `lines` are services with their cloud fee in fen; the cloud-fee total is their sum when every fee is
    known.  Devices stand in it only with `counts_devices` (D47-A1.3).
    """
    fees = [fee for _, fee in lines]
    cloud_fen = sum(fees) if fees and None not in fees else None  # type: ignore[arg-type]
    money = {"total": total_fen, "cloud_total": cloud_fen}
    return _filled(
        "contract.docx",
        {
            "contract_no": _said(contract_no),
            "enterprise": _said(enterprise),
            "enterprise_code": _said(enterprise_code),
            "supplier": _said(supplier),
            "supplier_code": _said(supplier_code),
            "body": _said(body),
            "place": _said(place),
            "services": "、".join(
                f"{number}. {_said(service)}" for number, (service, _) in enumerate(lines, start=1)
            )
            or _BLANK,
            **{name: format_yuan(fen) if fen is not None else _BLANK for name, fen in money.items()},
            "total_capitals": capitals(total_fen) if total_fen is not None else _BLANK,
            "cloud_capitals": capitals(cloud_fen) if cloud_fen is not None else _BLANK,
            "lines": [
                {
                    "number": number,
                    "service": _said(service),
                    "fee": format_yuan(fee) if fee is not None else _BLANK,
                }
                for number, (service, fee) in enumerate(lines, start=1)
            ],
            "devices": _said(devices) if counts_devices else "",
            "devices_value": format_yuan(devices_value_fen) if devices_value_fen is not None else _BLANK,
            "signed_on": signed_on.isoformat() if signed_on else "____ 年 __ 月 __ 日",
            "addendum": _NOT_XML.sub("", addendum),
        },
    )
