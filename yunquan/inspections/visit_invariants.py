"""What holds of every visit: who signed it signed what stands, and a sheet is what its entries merge to."""

from __future__ import annotations

from collections.abc import Iterator

from yunquan.inspections.models import CheckSheet, Visit
from yunquan.inspections.visit_queries import findings, sheets_hash, wanted_signatures
from yunquan.journal.invariants import Breach


def breaches() -> Iterator[Breach]:
    """Every broken invariant of the visits (D2: what was signed is what is kept)."""
    for sheet in CheckSheet.objects.select_related("inspection").iterator(chunk_size=500):
        if sheet.findings != findings(sheet):
            yield Breach("E1", f"sheet:{sheet.pk}", "抽查表的内容与逐条填写的记录不一致")
    for visit in Visit.objects.filter(state="signed").select_related("plan").iterator(chunk_size=500):
        closed = list(
            visit.sheets.exclude(content_hash="").select_related("inspection__voucher").order_by("pk")
        )
        digest = sheets_hash(visit, {sheet.pk: sheet.findings for sheet in closed}, closed)
        if not closed or any(sheet.content_hash != digest for sheet in closed):
            yield Breach("E1", visit.journal_key, "已签字的抽查表与定稿时的内容不一致")
            continue
        if visit.paper_id is not None and visit.paper_hash == digest:
            continue
        short = [one["label"] for one in wanted_signatures(visit, closed) if one["signature"] is None]
        if short:
            yield Breach("E1", visit.journal_key, f"已签字的抽查缺{'、'.join(short)}对现有内容的签字")
