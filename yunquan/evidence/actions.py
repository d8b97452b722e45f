"""The verbs of the evidence: files are taken; contracts, invoices, proofs, reports entered and released.

Entering happens inside the action of the voucher that rests on the row, in its transaction.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any, TypeVar

from django.db import IntegrityError, models, transaction

from yunquan.evidence.keys import invoice_key, proof_key, report_key
from yunquan.evidence.models import AcceptanceReport, Contract, Invoice, PaymentProof, StoredFile
from yunquan.evidence.scanning import Finding, Scan, close_known, infected, look_at
from yunquan.evidence.taking import MOST_BYTES, clean_name, judge, keep
from yunquan.journal.actions import audited, record
from yunquan.kernel.refusal import Refusal, Refused
from yunquan.kernel.workflow import Actor
from yunquan.parties.models import Enterprise, Supplier
from yunquan.policy.contracts import normalise_contract_number

Row = TypeVar("Row", bound=models.Model)


def take_file(*, content: bytes, name: str, org: str, by: Actor, now: datetime) -> StoredFile:
    """Take an upload for an organisation and keep it unchanged under its hash (E1).

    Raises Refused for an empty or oversized file, for kinds that aren't taken, for a virus and for a full disk.
    The virus scanner is asked before anything is written and outside the transaction; what it could not look at
    is held back until it could, and without a scanner the row says honestly that nobody looked.
    """
    finding = Finding(Scan.NOT_SCANNED)
    if by.org == org and 0 < len(content) <= MOST_BYTES:
        finding = look_at(content)
    if finding.scan == Scan.INFECTED:
        close_known(hashlib.sha256(content).hexdigest(), said=finding.said, by=by, now=now)
    return _take(content=content, name=name, org=org, finding=finding, by=by, now=now)


@audited("file.take", about="org")
def _take(*, content: bytes, name: str, org: str, finding: Finding, by: Actor, now: datetime) -> StoredFile:
    if by.org != org:
        raise Refused(
            [Refusal("not_your_organisation", "只能为本单位上传文件。", "D47-5.7b", "请重新登录。")]
        )
    media_type = judge(content, name)
    if finding.scan == Scan.INFECTED:
        raise Refused([infected(name, finding.said)])
    scan = finding.scan
    sha256 = hashlib.sha256(content).hexdigest()
    known = set(StoredFile.objects.filter(sha256=sha256).values_list("scan", flat=True))
    if scan in (Scan.WAITING, Scan.NOT_SCANNED) and Scan.INFECTED in known:
        # What was found once is not forgotten while nobody can look.
        raise Refused([infected(name, "以前的查杀结果")])
    if scan == Scan.WAITING and Scan.CLEAN in known:
        scan = Scan.CLEAN
    row = StoredFile.objects.create(
        sha256=keep(content, held=scan == Scan.WAITING),
        name=clean_name(name, media_type),
        media_type=media_type,
        size=len(content),
        org=org,
        uploaded_by=by.person,
        uploaded_at=now,
        scan=scan,
    )
    record(
        "file.take", by=by, obj=row.journal_key, now=now, why="D47-5.7b E1", payload={"sha256": row.sha256}
    )
    return row


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractFacts:
    """A contract as a voucher enters it; `contract` is the row to correct, None for a new one."""

    enterprise: Enterprise
    supplier: Supplier
    number: str
    signed_on: date
    total_fen: int
    cloud_fee_fen: int
    file: StoredFile
    addendum: StoredFile | None = None
    contract: Contract | None = None

    def row(self) -> Contract:
        """The row with these facts, not yet written."""
        row = self.contract if self.contract is not None else Contract()
        row.enterprise, row.supplier, row.number = self.enterprise, self.supplier, self.number.strip()
        row.number_key = normalise_contract_number(self.number)
        row.signed_on, row.total_fen, row.cloud_fee_fen = self.signed_on, self.total_fen, self.cloud_fee_fen
        row.file, row.addendum, row.is_live = self.file, self.addendum, True
        return row


def enter_contract(**facts: Any) -> Contract:
    """Enter a contract for a voucher, or correct the one given; raises Refused when another holds it (U1)."""
    return enter_contracts([ContractFacts(**facts)])[0]


def enter_contracts(entered: Sequence[ContractFacts]) -> list[Contract]:
    """The same for several; new ones are written in one statement, and if one is refused, none is."""
    rows = [facts.row() for facts in entered]
    new = [row for row in rows if row.pk is None]
    try:
        with transaction.atomic():
            Contract.objects.bulk_create(new)
    except IntegrityError:
        for row in new:
            row.pk = None
        taken = next((row for row in new if _lives_elsewhere(row)), None)
        if taken is None:
            raise
        raise Refused([contract_used(taken.number)]) from None
    for facts, row in zip(entered, rows, strict=True):
        if facts.contract is not None:
            _unique(row, partial(contract_used, facts.number))
    return rows


def enter_invoice(
    *,
    code: str = "",
    number: str,
    issued_on: date,
    seller_uscc: str,
    seller_name: str,
    buyer_uscc: str,
    gross_fen: int,
    file: StoredFile,
) -> Invoice:
    """Enter an invoice of a claim; raises Refused when a living claim already rests on it (U2)."""
    row = Invoice(
        key=invoice_key(code, number),
        code=code.strip(),
        number=number.strip(),
        issued_on=issued_on,
        seller_uscc=seller_uscc,
        seller_name=seller_name,
        buyer_uscc=buyer_uscc,
        gross_fen=gross_fen,
        file=file,
    )
    return _unique(row, lambda: invoice_used(number))


def enter_proof(
    *,
    bank: str,
    serial: str,
    paid_on: date,
    payer_name: str,
    payee_name: str,
    amount_fen: int,
    file: StoredFile,
) -> PaymentProof:
    """Enter a payment proof of a claim; raises Refused when a living claim already rests on it (U3)."""
    row = PaymentProof(
        key=proof_key(bank, serial),
        bank=bank.strip(),
        serial=serial.strip(),
        paid_on=paid_on,
        payer_name=payer_name,
        payee_name=payee_name,
        amount_fen=amount_fen,
        file=file,
    )
    return _unique(row, lambda: proof_used(serial))


def enter_report(*, supplier: Supplier, number: str, accepted_on: date, file: StoredFile) -> AcceptanceReport:
    """Enter the stamped acceptance report; raises Refused when it already serves a living voucher (U3)."""
    row = AcceptanceReport(
        key=report_key(supplier.uscc, number), number=number.strip(), accepted_on=accepted_on, file=file
    )
    return _unique(row, lambda: report_used(number))


def release(
    *,
    row: Contract | Invoice | PaymentProof | AcceptanceReport | None = None,
    contract: Contract | None = None,
) -> None:
    """Free a row when its voucher or claim ends: its key may serve another from now on (U1 to U3)."""
    freed = contract if contract is not None else row
    if freed is None:
        raise ValueError("nothing to release")
    type(freed)._default_manager.filter(pk=freed.pk).update(is_live=False)
    freed.is_live = False


def used_elsewhere(
    *,
    invoices: Iterable[tuple[str, str]] = (),
    proofs: Iterable[tuple[str, str]] = (),
    report: tuple[Supplier, str] | None = None,
    allowed_invoices: Sequence[int] = (),
    allowed_proofs: Sequence[int] = (),
    allowed_report: int | None = None,
) -> list[Refusal]:
    """Every invoice, proof and report of a claim that a living claim holds already, or that stands twice.

    `allowed_*` are the rows that the claim itself holds from before.
    """
    refusals: list[Refusal] = []
    refusals += _taken_or_twice(
        "invoices",
        Invoice,
        [(invoice_key(code, number), number) for code, number in invoices],
        allowed_invoices,
        invoice_used,
    )
    refusals += _taken_or_twice(
        "proofs",
        PaymentProof,
        [(proof_key(bank, serial), serial) for bank, serial in proofs],
        allowed_proofs,
        proof_used,
    )
    if report is not None and report[0] is not None:
        live = AcceptanceReport.objects.filter(key=report_key(report[0].uscc, report[1]), is_live=True)
        if live.exclude(pk=allowed_report or 0).exists():
            refusals.append(report_used(report[1]))
    return refusals


def contract_used(number: str) -> Refusal:
    """One contract, one voucher (U1, D47-5.8)."""
    return Refusal(
        "contract_used",
        f"合同“{number.strip()}”已经用于另一张服务券。",
        "D47-5.8",
        "每份合同只对应一张服务券；请核对合同编号，或先撤回原来的申领。",
        "contract_number",
    )


def invoice_used(number: str, field: str = "invoices") -> Refusal:
    """One invoice, one living claim (U2, D47-5.14)."""
    return Refusal(
        "invoice_used",
        f"发票“{number.strip()}”已经用于另一份兑现申请。",
        "D47-5.14",
        "一张发票只能用一次；请更换发票。",
        field,
    )


def proof_used(serial: str, field: str = "proofs") -> Refusal:
    """One payment proof, one living claim (U3, D47-5.14)."""
    return Refusal(
        "proof_used",
        f"付款凭证“{serial.strip()}”已经用于另一份兑现申请。",
        "D47-5.14",
        "一份付款凭证只能用一次；请更换凭证。",
        field,
    )


def report_used(number: str) -> Refusal:
    """One acceptance report, one living voucher (D47-5.11)."""
    return Refusal(
        "report_used",
        f"验收报告“{number.strip()}”已经用于另一张服务券。",
        "D47-5.11",
        "每张服务券须有自己的验收报告；请核对编号。",
        "report-number",
    )


def _taken_or_twice(
    name: str,
    model: type[models.Model],
    keyed: Sequence[tuple[str, str]],
    allowed: Sequence[int],
    used: Callable[[str, str], Refusal],
) -> list[Refusal]:
    live = model._default_manager.filter(key__in=[key for key, _shown in keyed], is_live=True)
    taken = set(live.exclude(pk__in=list(allowed)).values_list("key", flat=True))
    refusals, seen = [], set()
    for place, (key, shown) in enumerate(keyed):
        field = f"{name}-{place}-number" if name == "invoices" else f"{name}-{place}-serial"
        if key in taken:
            refusals.append(used(shown, field))
        elif key in seen:
            message = f"“{shown.strip()}”在本次申请中填写了两次。"
            refusals.append(Refusal("listed_twice", message, "D47-5.14", "请删去重复的一行。", field))
        seen.add(key)
    return refusals


def _unique(row: Row, refusal: Callable[[], Refusal]) -> Row:
    """Write a row; when the database says that its key lives already, say so in the domain's words."""
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        if _lives_elsewhere(row):
            raise Refused([refusal()]) from None
        raise
    return row


def _lives_elsewhere(row: Any) -> bool:
    """Whether it was the unique key that failed: any other broken constraint is a fault of the program."""
    live = type(row)._default_manager.filter(is_live=True).exclude(pk=row.pk)
    if isinstance(row, Contract):
        parties = {"enterprise_id": row.enterprise_id, "supplier_id": row.supplier_id}
        return live.filter(number_key=row.number_key, **parties).exists()
    return live.filter(key=row.key).exists()
