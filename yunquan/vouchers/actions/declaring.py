"""关联关系申报: each side says whether it is related to the other, and vows a fair price where it is (D47-5.23)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from yunquan.kernel.refusal import Refusal
from yunquan.kernel.workflow import Actor
from yunquan.vouchers.models import RelatedDeclaration, Voucher
from yunquan.vouchers.preparing import Prepared

ARTICLE = "D47-5.23"
LONGEST = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Declares:
    """What the supplier says of its relation to the enterprise."""

    is_related: bool
    note: str = ""
    fair_price_vowed: bool = False


def declaration_refusals(declares: Declares | None) -> list[Refusal]:
    """What is missing in a declaration: a related side says how, and vows; nothing where none was made."""
    if declares is None or not declares.is_related:
        return []
    refusals = []
    note = declares.note.strip()
    if not note:
        refusals.append(Refusal("missing", "请说明与企业的关联关系。", ARTICLE, field="related_party_note"))
    elif len(note) > LONGEST:
        message = f"关联关系说明不应超过 {LONGEST} 个字。"
        refusals.append(Refusal("too_long", message, ARTICLE, "请缩短后再提交。", "related_party_note"))
    if not declares.fair_price_vowed:
        message = "关联交易须承诺合同金额为市场公平合理价格。"
        refusals.append(Refusal("missing", message, ARTICLE, field="fair_price_vowed"))
    return refusals


def declare(voucher: Voucher, declares: Declares | None, *, by: Actor, now: datetime) -> None:
    """Keep what the supplier declared, in the transaction of its step; the same again adds nothing."""
    if declares is None:
        return
    row = _row(voucher, RelatedDeclaration.Side.SUPPLIER, declares, by=by, now=now)
    last = RelatedDeclaration.objects.filter(voucher=voucher, side=row.side).order_by("-pk").first()
    if last is None or _said(last) != _said(row):
        row.save()


def declared_said(declares: Declares | None) -> dict[str, bool]:
    """What the log keeps of a declaration beside the step it came with; the note stands in its own row."""
    return {"related": declares.is_related} if declares is not None else {}


def declare_of_enterprises(accepted: Iterable[tuple[Any, Voucher, Prepared]]) -> None:
    """Keep what enterprises declare with the applications that they submit, before these are moved.

    Nothing is written, and nothing asked, for an application that never named a relation.
    """
    rows = [
        _row(
            voucher,
            RelatedDeclaration.Side.ENTERPRISE,
            Declares(
                is_related=prepared.application.is_related_party,
                note=prepared.application.related_party_note,
                fair_price_vowed=prepared.application.fair_price_vowed,
            ),
            by=submission.by,
            now=submission.now,
        )
        for submission, voucher, prepared in accepted
        if prepared.application.is_related_party or voucher.is_related_party
    ]
    if rows:
        RelatedDeclaration.objects.bulk_create(rows)


def _row(voucher: Voucher, side: str, declares: Declares, *, by: Actor, now: datetime) -> RelatedDeclaration:
    note = declares.note.strip() if declares.is_related else ""
    return RelatedDeclaration(
        voucher=voucher,
        side=side,
        is_related=declares.is_related,
        note=note,
        fair_price_vowed=declares.is_related and declares.fair_price_vowed,
        declared_by=by.person,
        declared_at=now,
    )


def _said(row: RelatedDeclaration) -> tuple[bool, str, bool]:
    return row.is_related, row.note, row.fair_price_vowed
