"""Who sits on a panel: the order of the draw less those with an interest; ties looked for again by hand (D108-3.1)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from yunquan.inspections.actions.panels import able_in_order, barred, panel_for
from yunquan.inspections.models import Expert, Inspection, Tie, Visit
from yunquan.kernel.calendar import local_date
from yunquan.kernel.refusal import Refusal, Refused
from yunquan.parties.models import Appointment
from yunquan.policy.regimes import load_regime
from yunquan.policy.regimes.forms import PARTIES

SPECIALITIES = {"technical_expert": "technical", "finance_expert": "finance"}
INTEREST = "在抽取名单冻结时或现在与被查的企业或供应商有利益关系"


def asked_of(plan_regime: str, table: str, on: object) -> list[str]:
    """The specialities that must be there for a table."""
    must = load_regime(plan_regime).value(f"present.{table}", on).value.must  # type: ignore[arg-type]
    return [SPECIALITIES[one] for one in must if one in SPECIALITIES]


def choose(rows: Sequence[Inspection], table: str, count: int) -> list[Expert]:
    """The first of the order of the draw for each speciality that the table asks for."""
    plan = rows[0].plan
    chosen: list[Expert] = []
    for speciality in asked_of(plan.regime, table, plan.in_force_on):
        chosen += panel_for(rows[0], speciality, count, also=rows[1:])
    if not chosen:
        message = "还没有选择专家。"
        raise Refused([Refusal("panel_incomplete", message, "D108-3.1", "请从专家库中选择。", "experts")])
    return chosen


def next_in_order(visit: Visit, rows: Sequence[Inspection], speciality: str) -> Expert | None:
    """Who follows on the panel: the first of the order that never sat on it; None where nobody is left."""
    seated = set(visit.panelists.values_list("expert_id", flat=True))
    if not rows:
        return None
    try:
        return panel_for(rows[0], speciality, 1, also=rows[1:], besides=seated)[0]
    except Refused:
        return None


def ties_of(
    panel: Sequence[Expert], rows: Sequence[Inspection], table: str, *, now: datetime
) -> list[Refusal]:
    """Why experts can't sit on a panel: ties now or frozen with the draw, full load, no training (D108-3.1, D26-3)."""
    if not rows:
        return []
    plan, firms = rows[0].plan, {}
    for row in rows:
        for firm in (row.voucher.enterprise, row.voucher.supplier):
            if firm is not None:
                firms[firm.uscc] = firm.name
    refusals: list[Refusal] = []
    kept_out = barred(rows[0], panel, also=rows[1:])
    for expert in panel:
        barred_by = kept_out.get(expert.pk, [])
        if not expert.is_active:
            refusals.append(_refused(expert, "已不在专家库"))
        wanted = asked_of(plan.regime, table, plan.in_force_on)
        may = load_regime(plan.regime).value(f"present.{table}", plan.in_force_on).value
        allowed = {SPECIALITIES[one] for one in [*may.must, *may.may] if one in SPECIALITIES}
        if expert.speciality not in allowed:
            said = "、".join(PARTIES[f"{one}_expert"] for one in wanted)
            refusals.append(_refused(expert, f"专业不符，这张表须由{said}填写"))
        if "load" in barred_by:
            refusals.append(_refused(expert, f"同时承担的抽查已满 {expert.most_open} 次"))
        if "untrained" in barred_by:
            refusals.append(
                _refused(expert, "没有参加本规程的抽查培训", "D26-3", "请先安排培训，或换一位专家。")
            )
        before = len(refusals)
        for uscc, name in firms.items():
            if uscc == expert.employer_uscc or name == expert.employer:
                refusals.append(_refused(expert, f"任职于“{name}”"))
        for tie in Tie.objects.filter(expert=expert, ended_at=None):
            name = firms.get(tie.uscc) or (tie.firm if tie.firm in firms.values() else "")
            if name:
                refusals.append(_refused(expert, f"与“{name}”有利益关系（{tie.get_kind_display()}）"))
        refusals += _appointed(expert, rows, now)
        if "interest" in barred_by and len(refusals) == before:
            refusals.append(_refused(expert, INTEREST))
    return refusals


def passed_over(panel: Sequence[Expert], rows: Sequence[Inspection]) -> list[Expert]:
    """Who comes before someone on a ticked panel in the order of the draw, could come, and isn't on it (D108-3.1)."""
    left_out: list[Expert] = []
    for speciality in dict.fromkeys(one.speciality for one in panel):
        ticked = {one.pk for one in panel if one.speciality == speciality}
        first = able_in_order(rows[0], speciality, also=rows[1:])[: len(ticked)]
        left_out += [one for one in first if one.pk not in ticked]
    return left_out


def reason_for(left_out: Sequence[Expert], reason: str) -> list[Refusal]:
    """A panel out of the order of the draw is refused without a written reason."""
    if not left_out or reason.strip():
        return []
    codes = "、".join(one.code for one in left_out)
    message = f"所选专家不合抽取的顺序：排在前面、可以参加的 {codes} 没有选上。"
    mend = "请按顺序选，或写明不按顺序的理由；理由记入日志。"
    return [Refusal("out_of_order", message, "D108-3.1", mend, "departs")]


def _appointed(expert: Expert, rows: Sequence[Inspection], now: datetime) -> list[Refusal]:
    own = Appointment.objects.filter(person_id=expert.person_id, revoked_at=None)
    own = own.exclude(ends_on__lt=local_date(now))
    enterprises = {row.voucher.enterprise_id for row in rows}
    suppliers = {row.voucher.supplier_id for row in rows if row.voucher.supplier_id}
    if own.filter(enterprise_id__in=enterprises).exists() or own.filter(supplier_id__in=suppliers).exists():
        return [_refused(expert, "在被查的企业或供应商有账号任职")]
    return []


def _refused(expert: Expert, why: str, article: str = "D108-3.1", mend: str = "请换一位专家。") -> Refusal:
    message = f"专家 {expert.code}{why}，不能参加这次抽查。"
    return Refusal("expert_not_free", message, article, mend, "experts")
