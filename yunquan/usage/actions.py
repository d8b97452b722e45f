"""The verbs of usage: ends are declared at the attestation, verdicts are recorded and never edited."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_network
from types import MappingProxyType
from typing import Any

from yunquan.evidence.models import StoredFile
from yunquan.kernel.calendar import local_date
from yunquan.kernel.refusal import Refusal, Refused
from yunquan.kernel.workflow import Actor
from yunquan.usage.ends import Declared, declared, said, weaknesses
from yunquan.usage.holding import as_declared
from yunquan.usage.models import End, Verdict
from yunquan.usage.queries import ends_of


@dataclass(frozen=True, slots=True)
class EndChange:
    """What a declaration changed."""

    added: tuple[Declared, ...]
    withdrawn: tuple[Declared, ...]


def declare_ends(
    *,
    voucher: str,
    ends: Sequence[Mapping[str, Any]],
    own_cloud: Iterable[str] = (),
    shared: Mapping[Declared, str] = MappingProxyType({}),
    anew: bool = True,
    by: Actor,
    now: datetime,
) -> EndChange:
    """Let exactly these ends hold for a voucher (D47-5.12); `own_cloud` are the supplier's cloud addresses.

    `shared` are those that others declare too, with the words to warn in.

    An attestation declares all of them anew; a correction (`anew` false) leaves what it doesn't touch as it
    was declared. What is gone stays on record as withdrawn.
    """
    wanted = dict.fromkeys(declared(end) for end in ends)
    networks = [ip_network(value) for value in own_cloud]
    warnings = {
        end: said(weaknesses(end, beside=wanted, own_cloud=networks), shared.get(end, "")) for end in wanted
    }
    holding = {as_declared(row): row for row in ends_of(voucher)}
    gone = [end for end in holding if anew or end not in warnings]
    fresh = [end for end in wanted if anew or end not in holding]
    End.objects.filter(pk__in=[holding[end].pk for end in gone]).update(withdrawn_at=now)
    for end, row in holding.items():
        if end in warnings and warnings[end] != row.warning:
            End.objects.filter(pk=row.pk).update(warning=warnings[end])
    End.objects.bulk_create(
        End(
            voucher=voucher,
            service=end.service,
            side=end.side,
            kind=end.kind,
            value=end.value,
            port=end.port,
            operator=end.operator,
            warning=warnings[end],
            declared_by=by.person,
            declared_at=now,
        )
        for end in fresh
    )
    return EndChange(tuple(fresh), tuple(gone))


def record_by_hand(
    *,
    voucher: str,
    outcome: str,
    reasons: Sequence[Mapping[str, str]],
    document: StoredFile | None,
    by: Actor,
    now: datetime,
) -> Verdict:
    """Record a verdict by hand: it needs a reason and a document, and says for ever that it was by hand.

    Raises Refused when either is missing or the outcome is unknown (D47-5.13).
    """
    refusals = []
    if outcome not in Verdict.Outcome.values:
        refusals.append(Refusal("unknown_outcome", "请选择判定结果。", "D47-5.13", field="outcome"))
    if not reasons:
        refusals.append(Refusal("no_reason", "人工录入的判定须写明理由。", "D47-5.13", field="reasons"))
    if document is None:
        refusals.append(
            Refusal("no_document", "人工录入的判定须上传依据文件。", "D47-5.13", field="document")
        )
    if refusals:
        raise Refused(refusals)
    return Verdict.objects.create(
        voucher=voucher,
        outcome=outcome,
        source=Verdict.Source.HAND,
        reasons=[dict(reason) for reason in [*reasons, *_corrected(voucher, outcome)]],
        document=document,
        recorded_by=by.person,
        at=now,
    )


def _corrected(voucher: str, outcome: str) -> list[dict[str, str]]:
    """A verdict by hand that says otherwise than the computed one before it says so (D47-5.13)."""
    rows = Verdict.objects.filter(voucher=voucher).order_by("-pk")[:1]
    if not rows or rows[0].source != Verdict.Source.COMPUTED or rows[0].outcome == outcome:
        return []
    computed = rows[0]
    label = f"人工更正系统判定：系统按行为数据算得“{computed.get_outcome_display()}”"
    text = f"{local_date(computed.at)} 计算，规则版本 {computed.rule_version[:12]}"
    return [{"code": "corrects_computed", "label": label, "text": text, "article": "D47-5.13"}]
