"""The invariants of the evidence, as `yunquan doctor` checks them."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import models
from django.db.models import Count

from yunquan.evidence.keys import invoice_key, proof_key
from yunquan.evidence.models import AcceptanceReport, Contract, Invoice, PaymentProof, StoredFile
from yunquan.evidence.scanning import Scan
from yunquan.evidence.taking import is_whole
from yunquan.journal.invariants import Breach
from yunquan.policy.contracts import normalise_contract_number


def breaches(*, with_contents: bool = True) -> Iterator[Breach]:
    """Check that files are as they were taken (E1) and that keys live once and are rightly made (U1 to U3).

    `with_contents` reads every kept file again; without it only the tables are checked.
    """
    if with_contents:
        rows = StoredFile.objects.exclude(scan=Scan.INFECTED).order_by("sha256")
        for pk, sha256, scan in rows.values_list("pk", "sha256", "scan").iterator():
            if not is_whole(sha256, held=scan == Scan.WAITING):
                yield Breach("E1", f"file:{pk}", "文件缺失或内容与上传时的哈希不符")
    yield from _twice("U1", Contract, ("number_key", "enterprise", "supplier"))
    yield from _twice("U2", Invoice, ("key",))
    yield from _twice("U3", PaymentProof, ("key",))
    yield from _twice("U3", AcceptanceReport, ("key",))
    for contract in Contract.objects.iterator(chunk_size=2000):
        if contract.number_key != normalise_contract_number(contract.number):
            yield Breach("U1", f"contract:{contract.pk}", "合同编号的规范形式不符")
    for invoice in Invoice.objects.iterator(chunk_size=2000):
        if invoice.key != invoice_key(invoice.code, invoice.number):
            yield Breach("U2", f"invoice:{invoice.pk}", "发票号码的规范形式不符")
    for proof in PaymentProof.objects.iterator(chunk_size=2000):
        if proof.key != proof_key(proof.bank, proof.serial):
            yield Breach("U3", f"proof:{proof.pk}", "付款流水号的规范形式不符")


def _twice(invariant: str, model: type[models.Model], fields: tuple[str, ...]) -> Iterator[Breach]:
    live = model._default_manager.filter(is_live=True)
    for row in live.values(*fields).annotate(times=Count("pk")).filter(times__gt=1):
        key = "|".join(str(row[field]) for field in fields)
        yield Breach(invariant, f"{model._meta.model_name}:{key}", f"同时有 {row['times']} 条有效记录")
