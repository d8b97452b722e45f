"""兑现: after implementation the enterprise files invoices, payments and the acceptance report (D47-5.11)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from yunquan.evidence import actions as evidence
from yunquan.evidence.declaring import enter_party
from yunquan.evidence.models import StoredFile
from yunquan.journal.actions import audited, move
from yunquan.kernel.calendar import local_date
from yunquan.kernel.canonical import content_hash
from yunquan.kernel.refusal import Refusal, Refused
from yunquan.kernel.workflow import Actor
from yunquan.parties.standings import refusals_for
from yunquan.programme.models import Window
from yunquan.programme.rules import rulebook
from yunquan.vouchers.actions.alarms import hear_early
from yunquan.vouchers.actions.shared import lock, release_claim_evidence, tell
from yunquan.vouchers.claiming import ClaimFacts, understand_claim
from yunquan.vouchers.claimsums import claim_start_refusals
from yunquan.vouchers.lifecycle import S
from yunquan.vouchers.models import ClaimInvoice, ClaimParty, ClaimProof, ClaimQueue, Voucher


@audited("voucher.save_claim", about="voucher")
def save_claim(
    *,
    voucher: Voucher,
    typed: Mapping[str, Any],
    by: Actor,
    now: datetime,
    since: Mapping[str, Any] | None = None,
) -> Voucher:
    """Keep the claim as it was typed; it can be edited until it is made.

    `since` is the draft that a slow proposal of the machine began from: where a person saved meanwhile, the person's
    draft stays.
    """
    voucher = lock(voucher)
    if by.org != f"enterprise:{voucher.enterprise_id}":
        raise Refused(
            [Refusal("not_your_case", "只能办理本企业的兑现。", "D47-5.11", "请用本企业的账号登录。")]
        )
    if voucher.state not in (S.ISSUED, S.CLAIM_RETURNED):
        raise Refused(
            [
                Refusal(
                    "not_editable",
                    f"这张券现在是“{voucher.lifecycle.states[voucher.state]}”，不能修改兑现材料。",
                    "D47-5.11",
                )
            ]
        )
    if since is not None and voucher.typed_claim != dict(since):
        return voucher
    voucher.typed_claim = dict(typed)
    voucher.save(update_fields=["typed_claim"])
    return voucher


@audited("voucher.claim", about="voucher")
def claim(*, voucher: Voucher, by: Actor, now: datetime, typed: Mapping[str, Any] | None = None) -> Voucher:
    """Make the claim: every reason against it at once, or it takes the next place in the queue (F1).

    The place is taken at arrival; a claim that was returned takes a new place when it comes again.
    """
    voucher = lock(voucher, with_enterprise=True)
    if typed is not None:
        voucher.typed_claim = dict(typed)
    seen = understand_claim(voucher.typed_claim)
    files = _own_files(seen, voucher)
    facts = claim_facts(voucher, seen=seen, now=now)
    decision = voucher.lifecycle.decide("claim", state=voucher.state, role=by.role, facts=facts)
    if decision.row is None:
        raise Refused(decision.refusals)
    _drop_earlier_evidence(voucher)
    _enter_evidence(voucher, seen, files)
    digest = claim_hash(voucher, seen, files)
    place, arrived_at = _next_place(voucher, now)
    changes = {
        "typed_claim": voucher.typed_claim,
        "report": voucher.report,
        "claimed_at": arrived_at,
        "claim_seq": place,
        "claim_hash": digest,
        "attested_hash": "",
        "claimed_by": by.person,
        "attested_by": "",
        "return_reasons": [],
        "waiting_since": now,
        "due_on": None,
    }
    payload = {"claim_hash": digest, "claim_seq": str(place)}
    move(voucher, "claim", by=by, facts=facts, now=now, changes=changes, payload=payload)
    assert voucher.supplier is not None
    tell(voucher, org=voucher.supplier.key, kind="to_attest", title="有兑现申请待您确认", now=now)
    hear_early(voucher, now=now)
    return voucher


@audited("voucher.withdraw_claim", about="voucher")
def withdraw_claim(*, voucher: Voucher, by: Actor, now: datetime) -> Voucher:
    """Take a claim back that the supplier has not attested yet (D47-5.11); its place in the queue is given up.

    What was typed stays. Once the claim window is over the claim can't be taken back: it could not come again.
    """
    voucher = lock(voucher, with_enterprise=True)
    window = Window.objects.filter(cycle=voucher.cycle, kind=Window.Kind.CLAIM).first()
    if voucher.lifecycle.row("withdraw_claim", voucher.state) is not None:
        _drop_earlier_evidence(voucher)
    changes = {
        "report": None,
        "claimed_at": None,
        "claim_seq": None,
        "claim_hash": "",
        "claimed_by": "",
        "waiting_since": now,
        "due_on": None,
    }
    move(voucher, "withdraw_claim", by=by, facts={"now": now, "window": window}, now=now, changes=changes)
    assert voucher.supplier is not None
    tell(
        voucher,
        org=voucher.supplier.key,
        kind="claim_withdrawn",
        title="企业撤回了兑现申请，无需确认",
        now=now,
    )
    return voucher


def claim_facts(voucher: Voucher, *, seen: ClaimFacts, now: datetime) -> dict[str, Any]:
    """The facts of a claim, for the action and for the wizard's preview."""
    used = evidence.used_elsewhere(
        invoices=[(invoice.code, invoice.number) for invoice in seen.invoices],
        proofs=[(proof.bank, proof.serial) for proof in seen.proofs],
        report=(voucher.supplier, seen.report.number) if seen.report and voucher.supplier else None,
        allowed_invoices=[join.invoice_id for join in voucher.claim_invoices.all()],
        allowed_proofs=[join.proof_id for join in voucher.claim_proofs.all()],
        allowed_report=voucher.report_id,
    )
    return {
        "now": now,
        "window": Window.objects.filter(cycle=voucher.cycle, kind=Window.Kind.CLAIM).first(),
        "form_refusals": seen.refusals,
        "standing": refusals_for(enterprise=voucher.enterprise, on=local_date(now)),
        "findings": claim_start_refusals(voucher, seen, now=now),
        "evidence_used": [replace(one, field=seen.typed_at(one.field)) for one in used],
        "same_content_in": _same_content(voucher, seen) if not seen.same_file_note else (),
        "declared": bool(seen.same_file_note),
    }


def _same_content(voucher: Voucher, seen: ClaimFacts) -> list[str]:
    """Whether another voucher's living claim rests on a file with the same content (U3); names no one."""
    keys = [row.file for row in seen.invoices] + [row.file for row in seen.proofs]
    keys += [seen.report.file] if seen.report is not None else []
    contents = list(StoredFile.objects.filter(pk__in=keys).values_list("sha256", flat=True))
    invoices = ClaimInvoice.objects.filter(invoice__is_live=True, invoice__file__sha256__in=contents)
    proofs = ClaimProof.objects.filter(proof__is_live=True, proof__file__sha256__in=contents)
    reports = Voucher.objects.filter(report__is_live=True, report__file__sha256__in=contents)
    found = (
        invoices.exclude(voucher=voucher).exists()
        or proofs.exclude(voucher=voucher).exists()
        or reports.exclude(pk=voucher.pk).exists()
    )
    return ["另一张服务券"] if found else []


def _own_files(seen: ClaimFacts, voucher: Voucher) -> dict[int, StoredFile]:
    named = [(f"invoices-{invoice.place}-file", invoice.file) for invoice in seen.invoices]
    named += [(f"proofs-{proof.place}-file", proof.file) for proof in seen.proofs]
    named += [(f"parties-{party.place}-file", party.file) for party in seen.parties]
    if seen.report is not None:
        named.append(("report-file", seen.report.file))
    keys = [key for _name, key in named]
    files = {file.pk: file for file in StoredFile.objects.filter(pk__in=keys, org=voucher.enterprise.key)}
    for name, key in named:
        if key not in files:
            seen.refuse("unknown_file", "没有找到上传的文件，请重新上传。", name)
    return files


def _drop_earlier_evidence(voucher: Voucher) -> None:
    release_claim_evidence(voucher)
    voucher.claim_invoices.all().delete()
    voucher.claim_proofs.all().delete()
    voucher.claim_parties.all().delete()
    voucher.report = None


def _enter_evidence(voucher: Voucher, seen: ClaimFacts, files: dict[int, StoredFile]) -> None:
    invoices = [
        evidence.enter_invoice(
            code=typed.code,
            number=typed.number,
            issued_on=typed.issued_on,
            seller_uscc=typed.seller_uscc,
            seller_name=typed.seller_name,
            buyer_uscc=typed.buyer_uscc,
            gross_fen=typed.gross_fen,
            file=files[typed.file],
        )
        for typed in sorted(seen.invoices, key=lambda typed: (typed.code, typed.number))
    ]
    proofs = [
        evidence.enter_proof(
            bank=typed.bank,
            serial=typed.serial,
            paid_on=typed.paid_on,
            payer_name=typed.payer_name,
            payee_name=typed.payee_name,
            amount_fen=typed.amount_fen,
            file=files[typed.file],
        )
        for typed in sorted(seen.proofs, key=lambda typed: (typed.bank, typed.serial))
    ]
    ClaimInvoice.objects.bulk_create(ClaimInvoice(voucher=voucher, invoice=row) for row in invoices)
    ClaimProof.objects.bulk_create(ClaimProof(voucher=voucher, proof=row) for row in proofs)
    parties = [
        enter_party(
            part=typed.part,
            name=typed.name,
            uscc=typed.uscc,
            relation=typed.relation,
            reason=typed.reason,
            file=files[typed.file],
        )
        for typed in seen.parties
    ]
    ClaimParty.objects.bulk_create(ClaimParty(voucher=voucher, party=row) for row in parties)
    assert seen.report is not None and voucher.supplier is not None
    voucher.report = evidence.enter_report(
        supplier=voucher.supplier,
        number=seen.report.number,
        accepted_on=seen.report.accepted_on,
        file=files[seen.report.file],
    )


def claim_hash(voucher: Voucher, seen: ClaimFacts, files: dict[int, StoredFile]) -> str:
    """The hash of what was claimed: what the supplier attests and the city approves is this (S2).

    A claim that declares no other firm has the hash it had before these could be declared.
    """
    assert seen.report is not None
    parties = [
        {
            "part": row.part,
            "name": row.name,
            "uscc": row.uscc,
            "relation": row.relation,
            "reason": row.reason,
            "file": files[row.file].sha256,
        }
        for row in seen.parties
    ]
    return content_hash(
        {
            **({"parties": parties} if parties else {}),
            "voucher": voucher.number,
            "content": voucher.content_hash,
            "invoices": [
                {
                    "code": row.code,
                    "number": row.number,
                    "issued_on": str(row.issued_on),
                    "seller": row.seller_uscc,
                    "buyer": row.buyer_uscc,
                    "gross_fen": str(row.gross_fen),
                    "file": files[row.file].sha256,
                }
                for row in seen.invoices
            ],
            "proofs": [
                {
                    "bank": row.bank,
                    "serial": row.serial,
                    "paid_on": str(row.paid_on),
                    "payer": row.payer_name,
                    "payee": row.payee_name,
                    "amount_fen": str(row.amount_fen),
                    "file": files[row.file].sha256,
                }
                for row in seen.proofs
            ],
            "report": {
                "number": seen.report.number,
                "accepted_on": str(seen.report.accepted_on),
                "file": files[seen.report.file].sha256,
            },
        }
    )


def _next_place(voucher: Voucher, now: datetime) -> tuple[int, datetime]:
    """The next settlement number of the city and cycle, under the queue's lock (F1).

    The time that goes with it never runs before the time of the place ahead, so that the order of times
    is the order of numbers.
    """
    rule = rulebook(voucher.cycle.pack).value("settlement.queue_place_after_return", local_date(now))
    if voucher.claim_seq is not None and voucher.claimed_at is not None and rule.value == "old_place":
        return voucher.claim_seq, voucher.claimed_at
    ClaimQueue.objects.bulk_create(
        [ClaimQueue(cycle=voucher.cycle, city=voucher.city)], ignore_conflicts=True
    )
    queue = ClaimQueue.objects.select_for_update().get(cycle=voucher.cycle, city=voucher.city)
    place, arrived_at = queue.next_seq, max(now, queue.last_at or now)
    queue.next_seq, queue.last_at = place + 1, arrived_at
    queue.save(update_fields=["next_seq", "last_at"])
    return place, arrived_at
