"""What a contract says beyond its own step: the services with their fees, and the supplier (D47-5.10)."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

from yunquan.desks.shared.proposals import file_number, where
from yunquan.desks.shared.typed import Typed
from yunquan.evidence import queries as evidence
from yunquan.evidence import readings
from yunquan.kernel.money import yuan_plain
from yunquan.policy.contracts import normalise_name
from yunquan.policy.uscc import compact


def contract_proposals(
    typed: Typed,
    *,
    org: str,
    services: Sequence[Any],
    suppliers: Iterable[Any],
    old: Typed | None = None,
) -> tuple[Typed, list[str]]:
    """The typed application with services and supplier as its contract has them, where nothing stands yet.

    What is exactly as the contract in the `old` draft had it goes first. Gives also, in words, what was filled in.
    """
    suppliers = list(suppliers)
    if old is not None:
        none: Typed = {"contract_file": old.get("contract_file"), "supplier": "", "lines": []}
        given, _said = contract_proposals(none, org=org, services=services, suppliers=suppliers)
        if given["supplier"] and typed.get("supplier") == given["supplier"]:
            typed = typed | {"supplier": ""}
        if given["lines"] and _filled(typed.get("lines")) == _filled(given["lines"]):
            typed = typed | {"lines": []}
    pk = file_number(typed.get("contract_file"))
    file = evidence.files_by_id([pk], org=org).get(pk) if pk else None
    facts = readings.contract_facts(file)[0] if file is not None else None
    if facts is None:
        return typed, []
    done, said = dict(typed), list[str]()
    lines = _lines(facts, services)
    if lines and not any(any(row.values()) for row in typed.get("lines") or []):
        done["lines"] = lines
        said.append(f" {len(lines)} 项应用服务")
    if not typed.get("supplier"):
        supplier = _supplier(facts, suppliers)
        if supplier is not None:
            done["supplier"] = str(supplier.pk)
            said.append("供应商")
    return done, said


def contract_said(typed: Typed, *, org: str) -> dict[str, Any] | None:
    """The supplier and the services that the uploaded contract names, to be held against this step; None for nothing."""
    pk = file_number(typed.get("contract_file"))
    file = evidence.files_by_id([pk], org=org).get(pk) if pk else None
    facts = readings.contract_facts(file)[0] if file is not None else None
    if facts is None or not (facts.lines or facts.party_b):
        return None
    return {
        "supplier": facts.party_b,
        "lines": [
            {"service": line.service, "fee_fen": line.fee_fen, "where": where(facts, f"lines.{line.service}")}
            for line in facts.lines
        ],
    }


def _lines(facts: Any, services: Sequence[Any]) -> list[dict[str, str]]:
    by_name = {_plain(one.name): one for one in services}
    lines = []
    for line in facts.lines:
        service = by_name.get(_plain(line.service))
        if service is None:
            continue
        fee = yuan_plain(line.fee_fen) if line.fee_fen is not None and line.fee_fen > 0 else ""
        row = {"service": str(service.number), "fee": fee}
        if service.counts_devices and line.devices:
            row["devices"] = str(line.devices)
        lines.append(row)
    return lines


def _supplier(facts: Any, suppliers: Iterable[Any]) -> Any:
    """The one registered supplier whom the contract names; by its code first, then by its name alone."""
    code = compact(facts.party_b_no) if facts.party_b_no else ""
    name = normalise_name(facts.party_b or "")
    rows = list(suppliers)
    by_code = [row for row in rows if code and row.uscc == code]
    by_name = [row for row in rows if name and normalise_name(row.name) == name]
    found = by_code or by_name
    return found[0] if len(found) == 1 else None


def _filled(rows: Sequence[Typed] | None) -> list[Typed]:
    """Rows of a form without the fields left empty."""
    return [{name: value for name, value in row.items() if value} for row in rows or []]


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())
