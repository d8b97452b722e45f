"""Whether a reason of a return could have been given at an earlier return already (S6, D47-5.21).

What stood in the application or claim at each return is kept with its entry in the log, as a short hash of each
part; the coded reasons of the rule pack speak of the parts named here. A supplier's returns and a bureau's are
compared with their own only: neither saw the other's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from yunquan.journal.queries import history
from yunquan.kernel.workflow import Actor
from yunquan.parties.returning import judge_return, snapshot, visible_since
from yunquan.usage import queries as usage
from yunquan.vouchers.holding import alarms_of
from yunquan.vouchers.models import Voucher

Step = Literal["application", "claim"]
_PAPERS = ("contract_file", "addendum")
_INVOICES = ("invoices", "parties", "alarms")

# A code that isn't named here speaks of the whole application or claim.
FIELDS: Mapping[Step, Mapping[str, tuple[str, ...]]] = {
    "application": {
        "fee_not_stated": _PAPERS,
        "fee_differs": (*_PAPERS, "sums", "lines"),
        "fee_not_eligible": (*_PAPERS, "lines"),
        "lines_not_split": (*_PAPERS, "lines"),
        "service_wrong": (*_PAPERS, "lines"),
        "devices_wrong": (*_PAPERS, "lines"),
        "seal_missing": _PAPERS,
        "signed_too_early": (*_PAPERS, "signed_on"),
        "supplier_not_main": (*_PAPERS, "supplier"),
        "place_outside": (*_PAPERS, "place"),
        "contract_unreadable": _PAPERS,
    },
    "claim": {
        "invoice_issuer": _INVOICES,
        "payee": ("proofs", "parties"),
        "invoice_short": _INVOICES,
        "payment_short": ("proofs",),
        "invoice_reused": _INVOICES,
        "proof_unreadable": ("proofs",),
        "acceptance_missing": ("report",),
        "cloud_ends_missing": ("ends",),
        "usage_not_done": ("verdict",),
    },
}
_RETURNS: Mapping[Step, tuple[str, ...]] = {
    "application": ("voucher.decline", "voucher.send_back"),
    "claim": ("voucher.decline_claim", "voucher.send_back_claim"),
}


def judged(
    voucher: Voucher, reasons: Sequence[Mapping[str, Any]], *, step: Step, by: Actor
) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """The reasons with a flag on those that were visible at an earlier return, and what stands in the form now."""
    form = form_of(voucher, step)
    rounds = rounds_of(voucher, step, by)
    found, _rounds = judge_return(reasons, rounds=rounds, form=form, at="", fields=FIELDS[step])
    return found, snapshot(form)


def visible_before(voucher: Voucher, codes: Iterable[str], *, step: Step, by: Actor) -> dict[str, str]:
    """Of these coded reasons those that would come late now, each with the moment of the return that could have
    given it; nothing is asked of the log where the voucher never returned."""
    rounds = rounds_of(voucher, step, by)
    if not rounds:
        return {}
    seen = snapshot(form_of(voucher, step))
    told = {str(reason.get("code") or "") for earlier in rounds for reason in earlier["reasons"]} - {"other"}
    found = {
        code: visible_since(code, rounds=rounds, seen=seen, fields=FIELDS[step])
        for code in codes
        if code not in told
    }
    return {code: since for code, since in found.items() if since}


def rounds_of(voucher: Voucher, step: Step, by: Actor) -> list[dict[str, Any]]:
    """The earlier returns of this step by the same side, the oldest first; one whose payload was erased is unknown."""
    if not voucher.returns:
        return []
    return [
        {"at": act["at"].isoformat(), "reasons": act["payload"]["reasons"], "seen": act["payload"]["seen"]}
        for act in history(voucher.journal_key)
        if act["act"] in _RETURNS[step] and _side(act["org"]) == _side(by.org) and "seen" in act["payload"]
    ]


def earlier_returns(voucher: Voucher) -> list[dict[str, Any]]:
    """Every return of the voucher so far with its reasons, the oldest first."""
    if not voucher.returns:
        return []
    wanted = (*_RETURNS["application"], *_RETURNS["claim"], "voucher.mark_not_done")
    acts = [act for act in history(voucher.journal_key) if act["act"] in wanted]
    return [
        {"at": act["at"], "org": act["org"], "reasons": act["payload"].get("reasons", [])} for act in acts
    ]


def form_of(voucher: Voucher, step: Step) -> dict[str, Any]:
    """What the reviewer has before him, part by part; files by their content, so that the same file again is the same."""
    return _application(voucher) if step == "application" else _claim(voucher)


def _application(voucher: Voucher) -> dict[str, Any]:
    contract = voucher.contract
    lines = voucher.lines.order_by("position").values_list(
        "service", "product", "fee_fen", "devices", "device_value_fen"
    )
    return {
        "contract_file": contract.file.sha256 if contract else "",
        "addendum": contract.addendum.sha256 if contract and contract.addendum else "",
        "number": contract.number if contract else "",
        "signed_on": str(contract.signed_on) if contract else "",
        "sums": [contract.total_fen, contract.cloud_fee_fen] if contract else [],
        "lines": list(lines),
        "supplier": voucher.supplier_id,
        "place": [voucher.implementation_city, voucher.place],
        "related": [voucher.is_related_party, voucher.related_party_note],
    }


def _claim(voucher: Voucher) -> dict[str, Any]:
    invoices = voucher.claim_invoices.order_by("invoice__key").values_list(
        "invoice__key", "invoice__issued_on", "invoice__seller_uscc", "invoice__seller_name",
        "invoice__buyer_uscc", "invoice__gross_fen", "invoice__file__sha256",
    )  # fmt: skip
    proofs = voucher.claim_proofs.order_by("proof__bank", "proof__serial").values_list(
        "proof__bank", "proof__serial", "proof__paid_on", "proof__payer_name", "proof__payee_name",
        "proof__amount_fen", "proof__file__sha256",
    )  # fmt: skip
    parties = voucher.claim_parties.order_by("party__name", "party__part").values_list(
        "party__part", "party__name", "party__uscc", "party__relation", "party__reason", "party__file__sha256"
    )
    report, verdict = voucher.report, usage.latest_verdict(voucher.number)
    ends = [(end.service, end.side, end.kind, end.value, end.port) for end in usage.ends_of(voucher.number)]
    return {
        "invoices": list(invoices),
        "proofs": list(proofs),
        "parties": list(parties),
        "report": [report.number, str(report.accepted_on), report.file.sha256] if report else [],
        "ends": sorted(map(str, ends)),
        "verdict": [verdict.outcome, verdict.document and verdict.document.sha256] if verdict else [],
        "alarms": [(alarm.pk, alarm.answer) for alarm in alarms_of(voucher)],
    }


def _side(org: str) -> str:
    return org.partition(":")[0]
