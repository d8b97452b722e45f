"""Every point of an application and of a claim, on what was entered and what its files say (D47-5.8 to 5.14).

What was read in a file never replaces what was entered, and a difference refuses nothing; only a mark that makes a
paper worthless does: an invoice that is red or void, a page on which a payment is merely asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar

from yunquan.evidence import readings
from yunquan.evidence.alarms import is_known, read_before, red_heard
from yunquan.evidence.declaring import declared
from yunquan.evidence.keys import invoice_key, proof_key
from yunquan.evidence.matching import Finding, VoucherFacts, match_claim, match_contract
from yunquan.evidence.models import Invoice, PaymentProof, Reading, StoredFile
from yunquan.evidence.reading.facts import ContractFacts, InvoiceFacts, ProofFacts
from yunquan.evidence.readings import Found
from yunquan.kernel.calendar import local_date
from yunquan.policy.substitutes import PARTS, DeclaredParty, Part, Party, Standing, standing
from yunquan.programme.rules import rulebook
from yunquan.vouchers.claiming import ClaimFacts, TypedInvoice, TypedProof
from yunquan.vouchers.holding import alarmed_invoices, said
from yunquan.vouchers.models import Voucher

Facts = TypeVar("Facts")
# Used once is the database's business, which knows all claims; here it would be said a second time.
SAID_ELSEWHERE = ("invoice_used", "proof_used", "listed_twice", "contract_used")


def claim_findings(voucher: Voucher) -> list[Finding]:
    """Every point of the claim that stands, passed ones too, for the reviewer and for the approval (D47-5.14)."""
    invoices = [
        join.invoice for join in voucher.claim_invoices.select_related("invoice__file").order_by("pk")
    ]
    proofs = [join.proof for join in voucher.claim_proofs.select_related("proof__file").order_by("pk")]
    facts = _voucher_facts(
        voucher,
        exceptions=exceptions_of(voucher),
        claimed_at=voucher.claimed_at,
        accepted_on=voucher.report.accepted_on if voucher.report is not None else None,
    )
    papers, receipts = _read([row.file for row in invoices], [row.file for row in proofs])
    entered = [_invoice(row, papers.get(row.file.sha256)) for row in invoices]
    paid = [_proof(row, receipts.get(row.file.sha256)) for row in proofs]
    keys = [row.key for row in proofs]
    return _matched(voucher, facts, entered, paid, keys)


def typed_findings(voucher: Voucher, seen: ClaimFacts, *, now: datetime) -> list[Finding]:
    """The same on a claim as it is typed, each point beside the field that it is about."""
    facts = _voucher_facts(
        voucher,
        exceptions=[row.declared for row in seen.parties],
        claimed_at=now,
        accepted_on=seen.report.accepted_on if seen.report is not None else None,
    )
    pks = [row.file for row in seen.invoices] + [row.file for row in seen.proofs]
    files = StoredFile.objects.filter(org=voucher.enterprise.key).in_bulk(pks)
    papers, receipts = _read(
        [files[row.file] for row in seen.invoices if row.file in files],
        [files[row.file] for row in seen.proofs if row.file in files],
    )
    contents = {pk: file.sha256 for pk, file in files.items()}
    entered = [_invoice(row, papers.get(contents.get(row.file, ""))) for row in seen.invoices]
    paid = [_proof(row, receipts.get(contents.get(row.file, ""))) for row in seen.proofs]
    keys = [proof_key(row.bank, row.serial) for row in seen.proofs]
    found = _matched(voucher, facts, entered, paid, keys)
    found += _alarmed(seen)
    return [replace(one, field=seen.typed_at(one.field)) for one in found]


def application_findings(voucher: Voucher) -> list[Finding]:
    """Every point of the contract that an application rests on (D47-5.8, D47-A1.3)."""
    return _said_here(match_contract(_voucher_facts(voucher)))


@dataclass(frozen=True, slots=True)
class Stranger:
    """A firm in a claim's papers that is none of the voucher's parties: where it stands, and how it was explained."""

    part: Part
    name: str
    code: str
    standing: Standing
    message: str


def strangers(voucher: Voucher, seen: ClaimFacts) -> list[Stranger]:
    """The other firms that a typed claim's papers name, each once for its part (D47-5.14)."""
    assert voucher.supplier is not None
    wanted = {
        "supplier": Party(voucher.supplier.name, voucher.supplier.uscc),
        "enterprise": Party(voucher.enterprise.name, voucher.enterprise.uscc),
    }
    named: list[tuple[Part, str, Party]] = []
    for row in seen.invoices:
        named.append(("issuer", f"发票 {row.number}", Party(row.seller_name, row.seller_uscc)))
        named.append(("buyer", f"发票 {row.number}", Party("", row.buyer_uscc)))
    for proof in seen.proofs:
        named.append(("payee", f"付款 {proof.serial}", Party(proof.payee_name)))
        named.append(("payer", f"付款 {proof.serial}", Party(proof.payer_name)))
    exceptions, found = [row.declared for row in seen.parties], dict[tuple[str, str], Stranger]()
    for part, paper, party in named:
        word, whose, _article = PARTS[part]
        stood, _declared = standing(part, party, wanted[whose], exceptions)
        if stood != "same":
            message = f"{paper} 的{word}是{party.shown}，不是“{wanted[whose].name}”"
            at = (part, party.code or party.name)
            found.setdefault(at, Stranger(part, party.name, party.code, stood, message))
    return list(found.values())


def exceptions_of(voucher: Voucher) -> list[DeclaredParty]:
    """The other firms that the claim that stands declares, accepted or not."""
    return [declared(join.party) for join in voucher.claim_parties.select_related("party").order_by("pk")]


def _voucher_facts(
    voucher: Voucher,
    *,
    exceptions: Sequence[DeclaredParty] = (),
    claimed_at: datetime | None = None,
    accepted_on: Any = None,
) -> VoucherFacts:
    enterprise, supplier, contract = voucher.enterprise, voucher.supplier, voucher.contract
    assert supplier is not None and contract is not None and voucher.applied_on is not None
    return VoucherFacts(
        enterprise=Party(enterprise.name, enterprise.uscc),
        supplier=Party(supplier.name, supplier.uscc),
        face_fen=voucher.face_fen,
        applied_on=voucher.applied_on,
        services={line.service_name: line.fee_fen for line in voucher.lines.all()},
        contract=ContractFacts(
            number=contract.number,
            party_a=enterprise.name,
            party_b=supplier.name,
            signed_on=contract.signed_on,
            total_fen=contract.total_fen,
            cloud_fee_fen=contract.cloud_fee_fen,
        ),
        exceptions=exceptions,
        claimed_on=local_date(claimed_at) if claimed_at is not None else None,
        accepted_on=accepted_on,
    )


def _matched(
    voucher: Voucher,
    facts: VoucherFacts,
    invoices: Sequence[InvoiceFacts],
    proofs: Sequence[ProofFacts],
    keys: Sequence[str],
) -> list[Finding]:
    rules = rulebook(voucher.cycle.pack)
    found = match_claim(facts, invoices, proofs, rulebook=rules, proof_keys=keys)
    return _said_here([*found, *match_contract(facts)])


def _said_here(found: Sequence[Finding]) -> list[Finding]:
    return [one for one in found if one.code not in SAID_ELSEWHERE]


def _read(
    invoices: Sequence[StoredFile], proofs: Sequence[StoredFile]
) -> tuple[dict[str, Reading], dict[str, Reading]]:
    """What readers found in the files, in a query for each kind; what nobody has read yet is left out."""
    return readings.readings_of(invoices, "invoice"), readings.readings_of(proofs, "proof")


def _invoice(row: Invoice | TypedInvoice, reading: Reading | None) -> InvoiceFacts:
    """An invoice as entered or typed, with the marks and lines that its file bears."""
    entered = InvoiceFacts(
        code=row.code,
        number=row.number,
        issued_on=row.issued_on,
        seller=row.seller_name,
        seller_no=row.seller_uscc,
        buyer_no=row.buyer_uscc,
        gross_fen=row.gross_fen,
    )
    told = _own(readings.invoices_in(reading)[0], lambda facts: facts.number, row.number)
    return replace(entered, red=told.red, void=told.void, lines=told.lines) if told is not None else entered


def _proof(row: PaymentProof | TypedProof, reading: Reading | None) -> ProofFacts:
    """A payment as entered or typed, and whether its file only asks for it."""
    entered = ProofFacts(
        bank=row.bank,
        serial=row.serial,
        paid_on=row.paid_on,
        payer=row.payer_name,
        payee=row.payee_name,
        amount_fen=row.amount_fen,
    )
    told = _own(readings.proofs_in(reading)[0], lambda facts: facts.serial, row.serial)
    return replace(entered, no_proof=told.no_proof) if told is not None else entered


def _own(
    rows: Sequence[Found[Facts]], number: Callable[[Facts], str | None], wanted: str | None
) -> Facts | None:
    """What a file says of one paper: the paper that it is, or of several the one of this number."""
    if len(rows) == 1 and rows[0].row is None:
        return rows[0].facts
    known = (row.facts for row in rows if row.facts is not None)
    return next((facts for facts in known if readings.same_number(number(facts), wanted)), None)


def reversed_before(voucher: Voucher, seen: ClaimFacts) -> list[Finding]:
    """Typed invoices that a red one of a party or a bureau names already: an alarm comes with the claim (D47-5.14)."""
    assert voucher.supplier is not None
    keyed = {invoice_key(row.code, row.number): place for place, row in enumerate(seen.invoices)}
    blues = [(invoice_key(row.code, row.number), row.seller_uscc) for row in seen.invoices]
    orgs, found = (voucher.enterprise.key, voucher.supplier.key), dict[str, Finding]()
    for file, facts in read_before(blues, orgs=orgs, strangers=False):
        heard = red_heard(facts, file)
        if heard is None or is_known(heard):
            continue
        message = f"读到红字发票 {heard.red_number}（{heard.happened_on}），冲销的是发票 {heard.key}"
        mend = "请更换有效的发票；仍以此提交的，平台会登记发票警示，主管部门核查前暂停兑付。"
        at = seen.typed_at(f"invoices-{keyed[heard.key]}-number")
        found.setdefault(heard.key, Finding("early_red", False, "look", message, "D47-5.14", mend, at))
    return list(found.values())


def _alarmed(seen: ClaimFacts) -> list[Finding]:
    """An invoice that was told to be reversed or void can't serve a claim before that is cleared up."""
    keys = [invoice_key(row.code, row.number) for row in seen.invoices]
    alarms = alarmed_invoices(keys)
    mend = "请更换有效的发票；已查明有误的，由地市主管部门解除警示。"
    return [
        Finding(
            "invoice_alarm", False, "refuses", said(alarms[key]), "D47-5.14", mend, f"invoices-{place}-number"
        )
        for place, key in enumerate(keys)
        if key in alarms
    ]
