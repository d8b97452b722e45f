"""The invariants of the catalogue, as `yunquan doctor` checks them."""

from __future__ import annotations

from collections.abc import Iterator

from yunquan.catalogue.models import Product
from yunquan.journal.invariants import Breach, unlogged


def breaches() -> Iterator[Breach]:
    """Check states against the log (L1) and that listed products carry modules and price (D26-2)."""
    rows = Product.objects.values_list("pk", "state", "version").iterator(chunk_size=2000)
    yield from unlogged(
        ((f"product:{pk}", state, version) for pk, state, version in rows), "product:", "draft"
    )
    for row in Product.objects.filter(state="listed"):
        if not row.modules or not row.price_standard:
            yield Breach("D26-2", row.journal_key, "已上架的产品缺少功能模块或收费标准")
        if row.reviewed_by == row.submitted_by:
            yield Breach("S3", row.journal_key, "提交和审核是同一个人")
    for row in Product.objects.filter(state="returned"):
        if not row.return_reasons:
            yield Breach("S6", row.journal_key, "退回没有理由")
