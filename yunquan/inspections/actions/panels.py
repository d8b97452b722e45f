"""抽查专家组: from the draw's own seed, less conflicts and full load, front-line experts first (D108-3.1, D108-6)."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from yunquan.inspections.expert_ties import asked_in_turn, firms_against, open_panels
from yunquan.inspections.models import Attendance, Expert, Inspection
from yunquan.inspections.plan_population import regime_of
from yunquan.kernel import draw as kernel
from yunquan.kernel.refusal import Refusal, Refused
from yunquan.policy.drawing import bundle
from yunquan.vouchers.models import ServiceLine


def panel_for(
    inspection: Inspection,
    speciality: str,
    count: int,
    *,
    also: Sequence[Inspection] = (),
    besides: Collection[int] = (),
) -> list[Expert]:
    """The first `count` experts of the drawn order that can come; raises Refused where there are too few.

    `also` are further inspections of the same visit, whose conflicts count too; `besides` the numbers of experts
    who withdrew or sit on the panel already. Left out are those with an interest (frozen, declared since or
    computed now), with full load now, off the register, and the untrained where the regime asks for training.
    """
    found = able_in_order(inspection, speciality, also=also, besides=besides)
    if len(found) < count:
        label = dict(Expert.Speciality.choices).get(speciality, speciality)
        training = "、未参加培训" if _asks_training(inspection) else ""
        raise Refused(
            [
                Refusal(
                    "too_few_experts",
                    f"{inspection.item.ref} 需要 {count} 名{label}专家，除去回避、满额{training}的，只剩 {len(found)} 名。",
                    "D108-3.1", "请在专家库中增补专家或安排培训后再约定。",
                )
            ]
        )  # fmt: skip
    return found[:count]


def able_in_order(
    inspection: Inspection,
    speciality: str,
    *,
    also: Sequence[Inspection] = (),
    besides: Collection[int] = (),
) -> list[Expert]:
    """All experts of the drawn order that can come, the first first."""
    order = order_for(inspection, speciality)
    rows = {one.code: one for one in Expert.objects.filter(is_active=True, code__in=order)}
    asked = [rows[code] for code in order if code in rows and rows[code].pk not in besides]
    kept_out = barred(inspection, asked, also=also)
    return [one for one in asked if one.pk not in kept_out]


def barred(
    inspection: Inspection, experts: Sequence[Expert], *, also: Sequence[Inspection] = ()
) -> dict[int, list[str]]:
    """What keeps each of these experts off the panel, by their numbers: `interest`, `load`, `untrained`.

    An interest that was frozen for the draw counts though the tie has been ended since.
    """
    refs = {one.item.ref for one in (inspection, *also)}
    frozen = {one.expert: one.conflicts for one in _frozen_experts(inspection)}
    against, loads = firms_against(experts), open_panels(experts)
    firms = {
        firm
        for one in (inspection, *also)
        for firm in (("enterprise", one.voucher.enterprise_id), ("supplier", one.voucher.supplier_id))
    }
    trained = _trained(inspection, experts)
    found: dict[int, list[str]] = {}
    for one in experts:
        said = []
        if refs & frozen.get(one.code, frozenset()) or firms & against.get(one.pk, set()):
            said.append("interest")
        if loads.get(one.pk, 0) >= one.most_open:
            said.append("load")
        if trained is not None and one.pk not in trained:
            said.append("untrained")
        if said:
            found[one.pk] = said
    return found


def order_for(inspection: Inspection, speciality: str) -> list[str]:
    """The codes of the frozen experts in the order in which they are asked, as `yunquan draw experts` gives it.

    The groups of `asked_in_turn` one after the other, each in the order of the seed.
    """
    plan, ref = inspection.plan, inspection.item.ref
    seed, experts = bytes.fromhex(plan.seed), _frozen_experts(inspection)
    order: dict[str, None] = {}
    for group in asked_in_turn(speciality, _service(inspection, speciality)):
        for one in kernel.expert_order(experts, alg=plan.alg, seed=seed, ref=ref, speciality=group):
            order.setdefault(one.expert)
    return list(order)


def _frozen_experts(inspection: Inspection) -> list[kernel.Expert]:
    files = inspection.plan.draw_files.filter(name="experts.jsonl").first()
    return bundle.experts_in({"experts.jsonl": bytes(files.content)}) if files is not None else []


def _service(inspection: Inspection, speciality: str) -> int | None:
    """The field of a technical panel is the service with the largest fee; papers of money have no field."""
    if speciality != Expert.Speciality.TECHNICAL:
        return None
    rows = ServiceLine.objects.filter(voucher=inspection.voucher_id).order_by("-fee_fen", "service")
    return rows.values_list("service", flat=True).first()


def _trained(inspection: Inspection, experts: Sequence[Expert]) -> set[int] | None:
    """Who attended a training of this regime; None where the regime asks for none (D26-3)."""
    if not _asks_training(inspection):
        return None
    rows = Attendance.objects.filter(expert__in=experts, training__regime=inspection.plan.regime)
    return set(rows.values_list("expert_id", flat=True))


def _asks_training(inspection: Inspection) -> bool:
    asked = regime_of(inspection.plan).find("training", inspection.plan.in_force_on)
    return asked is not None and bool(asked.value)
